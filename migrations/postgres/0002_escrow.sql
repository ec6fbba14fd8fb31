-- Which trustee holds which share of which epoch. A row tells the operator that an epoch of a session is escrowed,
-- under which policy, who holds a share of it, and by `receipt`, the position of the trustee's receipt, whether and when
-- the trustee has looked at it; null until then. The share itself is sealed, among the parts of the manifest.
create table deposits (
    manifest bytea  not null,
    session  bytea  not null references sessions (session),
    policy   bytea  not null,
    x        bigint not null,
    account  bytea  not null,
    position bigint not null references structures (position),
    receipt  bigint references structures (position),
    primary key (manifest, x)
);
create index deposits_by_account on deposits (account, session);
create index deposits_by_session on deposits (session);

-- Requests to open escrowed epochs. A row tells the operator who asked to have a session opened for whom, until when,
-- from when on the session is to hear of it, and by `notice`, the position of the relay's notice, that it has heard; null
-- until then. Why it was asked for is sealed, among the parts of the request.
create table releases (
    request   bytea  primary key not null,
    session   bytea  not null references sessions (session),
    requester bytea  not null,
    recipient bytea  not null,
    expires   bigint not null,
    notice_at bigint not null,
    notice    bigint references structures (position)
);
create index releases_by_session on releases (session);
create index releases_by_requester on releases (requester);
create index releases_by_recipient on releases (recipient);
create index releases_by_notice on releases (notice_at) where notice is null;
