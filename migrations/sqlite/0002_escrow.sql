-- Which trustee holds which share of which epoch. A row tells the operator that an epoch of a session is escrowed,
-- under which policy, who holds a share of it, and by `receipt`, the position of the trustee's receipt, whether and when
-- the trustee has looked at it; null until then. The share itself is sealed, among the parts of the manifest.
create table deposits (
    manifest blob    not null,
    session  blob    not null references sessions (session),
    policy   blob    not null,
    x        integer not null,
    account  blob    not null,
    position integer not null references structures (position),
    receipt  integer references structures (position),
    primary key (manifest, x)
) strict, without rowid;
create index deposits_by_account on deposits (account, session);
create index deposits_by_session on deposits (session);

-- Requests to open escrowed epochs. A row tells the operator who asked to have a session opened for whom, until when,
-- from when on the session is to hear of it, and by `notice`, the position of the relay's notice, that it has heard; null
-- until then. Why it was asked for is sealed, among the parts of the request.
create table releases (
    request   blob    primary key not null,
    session   blob    not null references sessions (session),
    requester blob    not null,
    recipient blob    not null,
    expires   integer not null,
    notice_at integer not null,
    notice    integer references structures (position)
) strict, without rowid;
create index releases_by_session on releases (session);
create index releases_by_requester on releases (requester);
create index releases_by_recipient on releases (recipient);
create index releases_by_notice on releases (notice_at) where notice is null;
