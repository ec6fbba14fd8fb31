-- What keeps the leaf of each structure in the log from being guessed. A row tells nothing more than before.
alter table structures add column salt blob not null default x'';
update structures set salt = randomblob(16);

-- The log's tiles: hashes over hashes of structures, which tell nothing without the salts. Those of the leaves are here
-- once they are full, and are made of the structures until then; those above also while they grow.
create table log_tiles (
    level  integer not null,
    place  integer not null,
    hashes blob    not null,
    primary key (level, place)
) strict, without rowid;

-- How far the log goes: one row with its size, its root, and the root of the account map.
create table log_head (
    one  integer primary key not null check (one = 1),
    size integer not null,
    root blob    not null,
    map  blob    not null
) strict;
