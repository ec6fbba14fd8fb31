-- The newest checkpoint that each witness has cosigned, as a signed note. A row tells which auditors follow the log, and
-- when they last looked; anyone may ask for it.
create table cosignatures (
    account bytea primary key not null,
    note    bytea not null
);
