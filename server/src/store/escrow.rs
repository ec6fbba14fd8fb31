//! Escrow: which trustee holds which share, which receipts are there, and which requests their session must hear of.

use amanah_protocol::api::ProblemCode;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, SessionId, Timestamp};
use amanah_protocol::manifest::Manifest;
use amanah_protocol::signature::Signed;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::accounts::account_of;
use super::sessions::{hash, uuid};
use super::structures::Place;
use super::{Connection, Store, StoreError, signed, unsigned};

/// A request that was admitted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) request: Hash,
    pub(crate) session: SessionId,
    pub(crate) requester: AccountId,
    pub(crate) recipient: AccountId,
    pub(crate) expires: Timestamp,
    /// Whether its session was told of it.
    pub(crate) noticed: bool,
}

/// Where to look for notices that are due.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Due {
    /// In every session.
    Anywhere,
    /// In one session.
    In(SessionId),
    /// In the sessions in which an account is or was a member.
    For(AccountId),
}

/// As what an account has a part in the escrow of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Trustee,
    Requester,
    Recipient,
}

/// A session in whose escrow an account has a part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartItem {
    pub(crate) session: SessionId,
    pub(crate) part: Part,
    /// Shares without a receipt; none of a session that was erased.
    pub(crate) deposits: u64,
    /// Requests that have not expired; none of a session that was erased.
    pub(crate) requests: u64,
}

/// What one trustee of a policy holds and has confirmed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrusteeCount {
    pub(crate) policy: Hash,
    pub(crate) trustee: AccountId,
    pub(crate) deposits: u64,
    pub(crate) receipts: u64,
    pub(crate) oldest_missing: Option<Timestamp>,
}

impl Asked {
    /// Whether the account asks for it or gets it.
    pub(crate) fn concerns(&self, account: AccountId) -> bool {
        self.requester == account || self.recipient == account
    }
}

impl Store {
    /// The sessions in which a notice is due.
    pub(crate) async fn due(&self, due: Due, now: Timestamp) -> Result<Vec<SessionId>, StoreError> {
        let query = match due {
            Due::Anywhere => {
                sqlx::query("select distinct session from releases where notice is null and notice_at <= $1")
            }
            Due::In(_) => sqlx::query(
                "select distinct session from releases where notice is null and notice_at <= $1 and session = $2",
            ),
            Due::For(_) => sqlx::query(
                "select distinct session from releases where notice is null and notice_at <= $1 \
                 and session in (select session from members where account = $2)",
            ),
        };
        let query = query.bind(signed(now.0));
        let query = match due {
            Due::Anywhere => query,
            Due::In(session) => query.bind(session.0.as_bytes().to_vec()),
            Due::For(account) => query.bind(account.0.to_vec()),
        };
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(SessionId(uuid(row, "session")?))).collect()
    }

    /// Where an account has a part in escrow.
    pub(crate) async fn escrow_parts(&self, account: AccountId, now: Timestamp) -> Result<Vec<PartItem>, StoreError> {
        let mut items = Vec::new();
        for part in [Part::Trustee, Part::Requester, Part::Recipient] {
            let query = sqlx::query(part.query()).bind(account.0.to_vec()).bind(signed(now.0));
            for row in &query.fetch_all(&self.pool).await? {
                items.push(PartItem {
                    session: SessionId(uuid(row, "session")?),
                    part,
                    deposits: unsigned(row.try_get("deposits")?),
                    requests: unsigned(row.try_get("requests")?),
                });
            }
        }
        Ok(items)
    }
}

impl Part {
    fn query(self) -> &'static str {
        match self {
            Self::Trustee => {
                "select d.session as session, \
                 count(case when d.receipt is null and d.session not in (select session from structures where kind = 27) \
                 then 1 end) as deposits, \
                 (select count(*) from releases r where r.session = d.session and r.expires > $2 \
                 and r.session not in (select session from structures where kind = 27)) as requests \
                 from deposits d where d.account = $1 group by d.session order by min(d.position)"
            }
            Self::Requester => {
                "select session, cast(0 as bigint) as deposits, \
                 count(case when expires > $2 and session not in (select session from structures where kind = 27) \
                 then 1 end) as requests from releases where requester = $1 group by session order by session"
            }
            Self::Recipient => {
                "select session, cast(0 as bigint) as deposits, \
                 count(case when expires > $2 and session not in (select session from structures where kind = 27) \
                 then 1 end) as requests from releases where recipient = $1 group by session order by session"
            }
        }
    }
}

/// What every trustee of every policy holds and has confirmed, in sessions that were not erased.
pub(crate) async fn trustee_counts(connection: &mut Connection) -> Result<Vec<TrusteeCount>, StoreError> {
    let query = sqlx::query(
        "select d.policy as policy, d.account as account, count(*) as deposits, count(d.receipt) as receipts, \
         coalesce(min(case when d.receipt is null then s.at end), -1) as oldest \
         from deposits d join structures s on s.position = d.position \
         where d.session not in (select session from structures where kind = 27) \
         group by d.policy, d.account order by d.policy, d.account",
    );
    let count = |row: &AnyRow| {
        let oldest: i64 = row.try_get("oldest")?;
        Ok(TrusteeCount {
            policy: hash(row, "policy")?,
            trustee: account_of(row)?,
            deposits: unsigned(row.try_get("deposits")?),
            receipts: unsigned(row.try_get("receipts")?),
            oldest_missing: u64::try_from(oldest).ok().map(Timestamp),
        })
    };
    query.fetch_all(connection).await?.iter().map(count).collect()
}

/// Remembers which trustee holds which share of an epoch.
pub(crate) async fn deposit(
    connection: &mut Connection,
    manifest: &Signed<Manifest>,
    place: Place,
) -> Result<(), StoreError> {
    let outline = &manifest.body().outline;
    if let Some(escrow) = &outline.escrow {
        for trustee in &escrow.trustees {
            sqlx::query(
                "insert into deposits (manifest, session, policy, x, account, position) \
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(manifest.hash().0.to_vec())
            .bind(outline.session.0.as_bytes().to_vec())
            .bind(escrow.policy.0.to_vec())
            .bind(i64::from(trustee.x))
            .bind(trustee.account.0.to_vec())
            .bind(signed(place.position))
            .execute(&mut *connection)
            .await?;
        }
    }
    Ok(())
}

/// Remembers the one receipt for a share.
pub(crate) async fn confirm_deposit(
    connection: &mut Connection,
    manifest: &Hash,
    x: u8,
    place: Place,
) -> Result<(), StoreError> {
    let updated = sqlx::query("update deposits set receipt = $1 where manifest = $2 and x = $3 and receipt is null")
        .bind(signed(place.position))
        .bind(manifest.0.to_vec())
        .bind(i64::from(x))
        .execute(connection)
        .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(ProblemCode::AlreadyExists.into()) }
}

/// Whether an account holds a share of any epoch of a session.
pub(crate) async fn is_trustee(
    connection: &mut Connection,
    session: SessionId,
    account: AccountId,
) -> Result<bool, StoreError> {
    let row = sqlx::query("select 1 as one from deposits where account = $1 and session = $2 limit 1")
        .bind(account.0.to_vec())
        .bind(session.0.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// The policies under which epochs of a session are escrowed.
pub(crate) async fn escrow_policies(connection: &mut Connection, session: SessionId) -> Result<Vec<Hash>, StoreError> {
    let rows = sqlx::query("select distinct policy from deposits where session = $1")
        .bind(session.0.as_bytes().to_vec())
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| hash(row, "policy")).collect()
}

/// Remembers a request and when its session is to hear of it.
pub(crate) async fn open_request(
    connection: &mut Connection,
    asked: &Asked,
    notice_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into releases (request, session, requester, recipient, expires, notice_at) \
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(asked.request.0.to_vec())
    .bind(asked.session.0.as_bytes().to_vec())
    .bind(asked.requester.0.to_vec())
    .bind(asked.recipient.0.to_vec())
    .bind(signed(asked.expires.0))
    .bind(signed(notice_at.0))
    .execute(connection)
    .await?;
    Ok(())
}

/// The request with this hash, if it is there.
pub(crate) async fn asked(connection: &mut Connection, request: &Hash) -> Result<Option<Asked>, StoreError> {
    let row = sqlx::query(
        "select request, session, requester, recipient, expires, \
         cast(case when notice is null then 0 else 1 end as bigint) as noticed from releases where request = $1",
    )
    .bind(request.0.to_vec())
    .fetch_optional(connection)
    .await?;
    row.map(|row| asked_of(&row)).transpose()
}

/// The requests of a session.
pub(crate) async fn asked_in(connection: &mut Connection, session: SessionId) -> Result<Vec<Asked>, StoreError> {
    let rows = sqlx::query(
        "select request, session, requester, recipient, expires, \
         cast(case when notice is null then 0 else 1 end as bigint) as noticed from releases where session = $1",
    )
    .bind(session.0.as_bytes().to_vec())
    .fetch_all(connection)
    .await?;
    rows.iter().map(asked_of).collect()
}

/// The requests of which a session is to hear now, and has not yet.
pub(crate) async fn due_requests(
    connection: &mut Connection,
    session: SessionId,
    now: Timestamp,
) -> Result<Vec<Hash>, StoreError> {
    let rows = sqlx::query(
        "select request from releases where session = $1 and notice is null and notice_at <= $2 \
         order by notice_at, request",
    )
    .bind(session.0.as_bytes().to_vec())
    .bind(signed(now.0))
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| hash(row, "request")).collect()
}

/// Remembers that the session was told of a request.
pub(crate) async fn mark_noticed(connection: &mut Connection, request: &Hash, place: Place) -> Result<(), StoreError> {
    sqlx::query("update releases set notice = $1 where request = $2")
        .bind(signed(place.position))
        .bind(request.0.to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

fn asked_of(row: &AnyRow) -> Result<Asked, StoreError> {
    let account = |column: &str| {
        let bytes: Vec<u8> = row.try_get(column)?;
        AccountId::from_slice(&bytes).ok_or(StoreError::Unavailable)
    };
    let noticed: i64 = row.try_get("noticed")?;
    Ok(Asked {
        request: hash(row, "request")?,
        session: SessionId(uuid(row, "session")?),
        requester: account("requester")?,
        recipient: account("recipient")?,
        expires: Timestamp(unsigned(row.try_get("expires")?)),
        noticed: noticed == 1,
    })
}
