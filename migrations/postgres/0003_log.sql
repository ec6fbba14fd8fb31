-- What keeps the leaf of each structure in the log from being guessed. A row tells nothing more than before.
alter table structures add column salt bytea;
update structures set salt = uuid_send(gen_random_uuid());
alter table structures alter column salt set not null;

-- The log's tiles: hashes over hashes of structures, which tell nothing without the salts. Those of the leaves are here
-- once they are full, and are made of the structures until then; those above also while they grow.
create table log_tiles (
    level  bigint not null,
    place  bigint not null,
    hashes bytea  not null,
    primary key (level, place)
);

-- How far the log goes: one row with its size, its root, and the root of the account map.
create table log_head (
    one  bigint primary key check (one = 1),
    size bigint not null,
    root bytea  not null,
    map  bytea  not null
);
