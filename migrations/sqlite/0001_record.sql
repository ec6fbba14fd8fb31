-- The record: every signed structure, in the one order in which it was stored. Rows are added, never changed.
-- What a row tells the operator: which kind of structure, when, how long, in which session and case, and of which
-- account. Bodies are signed structures in clear (who may read, who consented to what); words are only in parts,
-- and those are ciphertext.
create table structures (
    position integer primary key not null,
    kind     integer not null,
    hash     blob    not null unique,
    account  blob,
    case_id  blob,
    session  blob,
    body     blob    not null,
    at       integer not null
) strict;
create index structures_by_session on structures (session, position) where session is not null;
create index structures_by_case on structures (case_id, position) where case_id is not null;
create index structures_by_account on structures (account, kind, position) where account is not null;
create index structures_by_kind on structures (kind, position);

-- What is stored beside a structure and addressed by hash in it: wraps, ciphertexts, texts of consent documents.
-- A row tells the operator a length. Wraps and ciphertexts are sealed; consent texts are public.
create table parts (
    position integer not null references structures (position),
    place    integer not null,
    bytes    blob    not null,
    primary key (position, place)
) strict, without rowid;

-- One row for each account: its pseudonym, and what OPAQUE keeps (useless without the key file).
create table accounts (
    account      blob    primary key not null,
    handle       text    not null unique,
    opaque       blob    not null,
    recovery_key blob    not null
) strict, without rowid;

-- The newest sealed vault of each account. A row tells how large it is and how often it changed.
create table vaults (
    account         blob    primary key not null references accounts (account),
    version         integer not null,
    vault           blob    not null,
    vault_head      blob    not null,
    passphrase_wrap blob    not null,
    recovery_wrap   blob    not null
) strict, without rowid;

-- Sign-ins: only the hash of each token. A row tells when an account signed in.
create table tokens (
    hash    blob    primary key not null,
    account blob    not null references accounts (account),
    issued  integer not null,
    expires integer not null
) strict, without rowid;
create index tokens_by_account on tokens (account);

-- Where each session stands: its current manifest, and its letters as number and running hash.
create table sessions (
    session    blob    primary key not null,
    case_id    blob    not null,
    epoch      integer not null,
    manifest   blob    not null,
    letters    integer not null,
    transcript blob    not null,
    position   integer not null
) strict, without rowid;

-- Who is or was a member of a session. A row tells who writes with whom; `until` is the position of the manifest that
-- ended it, null while it lasts.
create table members (
    session blob not null references sessions (session),
    account blob not null,
    until   integer,
    primary key (session, account)
) strict, without rowid;
create index members_by_account on members (account);

-- One row for each letter: who sent it, as which of the sender's letters. Makes ids and sequence numbers unique.
create table letters (
    session  blob    not null references sessions (session),
    id       blob    not null,
    sender   blob    not null,
    sequence integer not null,
    hash     blob    not null,
    position integer not null references structures (position),
    primary key (session, id),
    unique (session, sender, sequence)
) strict, without rowid;
