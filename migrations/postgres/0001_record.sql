-- The record: every signed structure, in the one order in which it was stored. Rows are added, never changed.
-- What a row tells the operator: which kind of structure, when, how long, in which session and case, and of which
-- account. Bodies are signed structures in clear (who may read, who consented to what); words are only in parts,
-- and those are ciphertext.
create table structures (
    position bigint primary key not null,
    kind     bigint not null,
    hash     bytea    not null unique,
    account  bytea,
    case_id  bytea,
    session  bytea,
    body     bytea    not null,
    at       bigint not null
);
create index structures_by_session on structures (session, position) where session is not null;
create index structures_by_case on structures (case_id, position) where case_id is not null;
create index structures_by_account on structures (account, kind, position) where account is not null;
create index structures_by_kind on structures (kind, position);

-- What is stored beside a structure and addressed by hash in it: wraps, ciphertexts, texts of consent documents.
-- A row tells the operator a length. Wraps and ciphertexts are sealed; consent texts are public.
create table parts (
    position bigint not null references structures (position),
    place    bigint not null,
    bytes    bytea    not null,
    primary key (position, place)
);

-- One row for each account: its pseudonym, and what OPAQUE keeps (useless without the key file).
create table accounts (
    account      bytea    primary key not null,
    handle       text    not null unique,
    opaque       bytea    not null,
    recovery_key bytea    not null
);

-- The newest sealed vault of each account. A row tells how large it is and how often it changed.
create table vaults (
    account         bytea    primary key not null references accounts (account),
    version         bigint not null,
    vault           bytea    not null,
    vault_head      bytea    not null,
    passphrase_wrap bytea    not null,
    recovery_wrap   bytea    not null
);

-- Sign-ins: only the hash of each token. A row tells when an account signed in.
create table tokens (
    hash    bytea    primary key not null,
    account bytea    not null references accounts (account),
    issued  bigint not null,
    expires bigint not null
);
create index tokens_by_account on tokens (account);

-- Where each session stands: its current manifest, and its letters as number and running hash.
create table sessions (
    session    bytea    primary key not null,
    case_id    bytea    not null,
    epoch      bigint not null,
    manifest   bytea    not null,
    letters    bigint not null,
    transcript bytea    not null,
    position   bigint not null
);

-- Who is or was a member of a session. A row tells who writes with whom; `until` is the position of the manifest that
-- ended it, null while it lasts.
create table members (
    session bytea not null references sessions (session),
    account bytea not null,
    until   bigint,
    primary key (session, account)
);
create index members_by_account on members (account);

-- One row for each letter: who sent it, as which of the sender's letters. Makes ids and sequence numbers unique.
create table letters (
    session  bytea    not null references sessions (session),
    id       bytea    not null,
    sender   bytea    not null,
    sequence bigint not null,
    hash     bytea    not null,
    position bigint not null references structures (position),
    primary key (session, id),
    unique (session, sender, sequence)
);
