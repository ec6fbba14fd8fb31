//! What follows from the record and is kept once more, to be found quickly: sessions, members, letters, deposits, releases.
//!
//! Each row is computed from the structures and asked for with all its values; the number of rows says that there is no
//! other one. In memory is where each session stands, and whose its members were.

use std::collections::BTreeMap;

use amanah_protocol::card::Card;
use amanah_protocol::cbor::Structure;
use amanah_protocol::escrow::Policy;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, SessionId};
use amanah_protocol::letter::{Letter, Transcript};
use amanah_protocol::manifest::Manifest;
use amanah_protocol::record::Entry;
use amanah_protocol::release::{Notice, Request};

use super::view::{Value, View};
use super::{Found, LookError};
use crate::claimed::Claimed;
use crate::erasure::Belongs;

const LETTER: &str = "select count(*) from letters where session = $1 and id = $2 and sender = $3 and sequence = $4 \
     and hash = $5 and position = $6";
const DEPOSIT: &str = "select count(*) from deposits where manifest = $1 and session = $2 and policy = $3 and x = $4 \
     and account = $5 and position = $6";
const RECEIPT: &str = "select count(*) from deposits where manifest = $1 and x = $2 and receipt = $3";
const RELEASE: &str = "select count(*) from releases where request = $1 and session = $2 and requester = $3 \
     and recipient = $4 and expires = $5 and notice_at = $6";
const NOTICE: &str = "select count(*) from releases where request = $1 and notice = $2";
const SESSION: &str = "select count(*) from sessions where session = $1 and case_id = $2 and epoch = $3 \
     and manifest = $4 and letters = $5 and transcript = $6 and position = $7";
const MEMBER: &str = "select count(*) from members where session = $1 and account = $2 and until is null";
const FORMER: &str = "select count(*) from members where session = $1 and account = $2 and until = $3";

/// The columns beside the body of a structure, which repeat what is in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) hash: Hash,
    pub(super) account: Option<Vec<u8>>,
    pub(super) case: Option<Vec<u8>>,
    pub(super) session: Option<Vec<u8>>,
}

/// Where a session stands.
#[derive(Debug)]
struct Standing {
    case: CaseId,
    epoch: u32,
    manifest: Hash,
    transcript: Transcript,
    position: u64,
    /// Every account that is or was a member, with the position of the manifest that ended it.
    members: BTreeMap<AccountId, Option<u64>>,
}

/// A request, and whether its session was told of it.
#[derive(Debug)]
struct Asked {
    session: SessionId,
    noticed: bool,
}

/// What was computed so far.
#[derive(Debug, Default)]
pub(super) struct Derived {
    sessions: BTreeMap<SessionId, Standing>,
    cases: BTreeMap<CaseId, Vec<SessionId>>,
    /// The case of each grant.
    grants: BTreeMap<Hash, CaseId>,
    policies: BTreeMap<Hash, Policy>,
    requests: BTreeMap<Hash, Asked>,
    letters: u64,
    deposits: u64,
    receipts: u64,
    notices: u64,
}

/// What a structure is about.
#[derive(Debug, Default)]
struct About {
    account: Option<AccountId>,
    case: Option<CaseId>,
    session: Option<SessionId>,
}

impl Derived {
    /// Takes the next structure, and looks for the rows that follow from it and never change.
    pub(super) async fn take(
        &mut self,
        view: &mut View,
        entry: &Entry,
        columns: &Columns,
        found: &mut Found,
    ) -> Result<(), LookError> {
        let (Ok(claimed), Ok(hash)) = (Claimed::parse(entry), entry.structure_hash()) else {
            found.at("structures", entry.position, "the body is no structure of its kind");
            return Ok(());
        };
        let about = self.about(&claimed);
        let expected = Columns {
            hash,
            account: about.account.map(|id| id.0.to_vec()),
            case: about.case.map(|id| id.0.as_bytes().to_vec()),
            session: about.session.map(|id| id.0.as_bytes().to_vec()),
        };
        if *columns != expected {
            found.at("structures", entry.position, "hash, account, case or session are not those of the body");
        }
        let position = entry.position;
        let touched = match &claimed {
            Claimed::Policy(policy) => {
                self.policies.insert(hash, policy.claimed().clone());
                false
            }
            Claimed::Grant(grant) => {
                self.grants.insert(hash, grant.claimed().case);
                true
            }
            Claimed::Manifest(manifest) => {
                self.seat(manifest.claimed(), hash, position);
                self.check_deposits(view, manifest.claimed(), hash, position, found).await?;
                true
            }
            Claimed::Letter(letter) => {
                self.advance(&letter.claimed().header.session, &hash);
                self.check_letter(view, letter.claimed(), hash, position, found).await?;
                true
            }
            Claimed::DepositReceipt(receipt) => {
                let receipt = receipt.claimed();
                self.receipts += 1;
                let row = [(&receipt.manifest.0).into(), u64::from(receipt.x).into(), position.into()];
                found.unless(
                    view.has(RECEIPT, &row).await?,
                    "deposits",
                    position,
                    "no row of a share names its receipt",
                );
                true
            }
            Claimed::Request(request) => {
                let session = request.claimed().outline.session;
                self.requests.insert(hash, Asked { session, noticed: false });
                self.check_request(view, entry, request.claimed(), hash, found).await?;
                false
            }
            Claimed::Notice(notice) => {
                self.check_notice(view, notice.claimed(), hash, position, found).await?;
                true
            }
            Claimed::Step(step) => self.requests.get(&step.request()).is_some_and(|asked| asked.noticed),
            _ => true,
        };
        if touched {
            self.touch(&about, position);
        }
        Ok(())
    }

    /// Compares where the sessions stand, and the numbers of rows.
    pub(super) async fn finish(&self, view: &mut View, found: &mut Found) -> Result<(), LookError> {
        let (mut sessions, mut members, mut all) = (0_u64, 0_u64, 0_u64);
        for (id, standing) in &self.sessions {
            let session = Value::from(id.0.as_bytes());
            let row = [
                session.clone(),
                standing.case.0.as_bytes().into(),
                u64::from(standing.epoch).into(),
                (&standing.manifest.0).into(),
                standing.transcript.count.into(),
                (&standing.transcript.head.0).into(),
                standing.position.into(),
            ];
            sessions += u64::from(!view.has(SESSION, &row).await?);
            for (account, until) in &standing.members {
                all += 1;
                let account = (&account.0).into();
                let there = match until {
                    None => view.has(MEMBER, &[session.clone(), account]).await?,
                    Some(until) => view.has(FORMER, &[session.clone(), account, (*until).into()]).await?,
                };
                members += u64::from(!there);
            }
        }
        let length = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        for (table, expected, missing) in [
            ("sessions", length(self.sessions.len()), sessions),
            ("members", all, members),
            ("letters", self.letters, 0),
            ("deposits", self.deposits, 0),
            ("releases", length(self.requests.len()), 0),
        ] {
            if missing > 0 {
                found.table(table, &format!("{missing} rows are missing or are not what the structures give"));
            }
            found.rows(view, table, expected).await?;
        }
        let receipts = view.number("select count(receipt) from deposits", &[]).await?;
        let notices = view.number("select count(notice) from releases", &[]).await?;
        if (receipts, notices) != (self.receipts, self.notices) {
            found.table("deposits, releases", "rows name receipts or notices that are not there");
        }
        Ok(())
    }

    fn about(&self, claimed: &Claimed) -> About {
        let case = |case: CaseId| About { case: Some(case), ..About::default() };
        match claimed {
            Claimed::Card(card) => About { account: Some(account_of(card.claimed())), ..About::default() },
            Claimed::VaultHead(head) => About { account: Some(head.claimed().account), ..About::default() },
            Claimed::Grant(grant) => case(grant.claimed().case),
            Claimed::Revocation(revocation) => {
                About { case: self.grants.get(&revocation.claimed().grant).copied(), ..About::default() }
            }
            Claimed::Guardianship(guardianship) => case(guardianship.claimed().case),
            Claimed::Manifest(manifest) => {
                let outline = &manifest.claimed().outline;
                About { case: Some(outline.case), session: Some(outline.session), account: None }
            }
            other => {
                let session = match other.belongs() {
                    Belongs::Nowhere => None,
                    Belongs::To(session) | Belongs::Asks(session, _) => Some(session),
                    Belongs::Answers(request) => self.requests.get(&request).map(|asked| asked.session),
                };
                About { session, ..About::default() }
            }
        }
    }

    fn seat(&mut self, manifest: &Manifest, hash: Hash, position: u64) {
        let outline = &manifest.outline;
        let standing = self.sessions.entry(outline.session).or_insert_with(|| {
            self.cases.entry(outline.case).or_default().push(outline.session);
            let transcript = Transcript::start(outline.session);
            let members = BTreeMap::new();
            Standing { case: outline.case, epoch: 0, manifest: hash, transcript, position, members }
        });
        (standing.epoch, standing.manifest) = (outline.epoch, hash);
        for until in standing.members.values_mut() {
            *until = until.or(Some(position));
        }
        standing.members.extend(outline.members.iter().map(|member| (member.account, None)));
    }

    fn advance(&mut self, session: &SessionId, hash: &Hash) {
        if let Some(standing) = self.sessions.get_mut(session) {
            standing.transcript = standing.transcript.with(hash);
        }
    }

    /// Moves the newest position of what it is about: a session, or all sessions of a case.
    fn touch(&mut self, about: &About, position: u64) {
        let of_case = about.case.filter(|_| about.session.is_none()).and_then(|case| self.cases.get(&case));
        for session in about.session.iter().chain(of_case.into_iter().flatten()) {
            if let Some(standing) = self.sessions.get_mut(session) {
                standing.position = position;
            }
        }
    }

    async fn check_deposits(
        &mut self,
        view: &mut View,
        manifest: &Manifest,
        hash: Hash,
        position: u64,
        found: &mut Found,
    ) -> Result<(), LookError> {
        let outline = &manifest.outline;
        if let Some(escrow) = &outline.escrow {
            for trustee in &escrow.trustees {
                self.deposits += 1;
                let row = [
                    (&hash.0).into(),
                    outline.session.0.as_bytes().into(),
                    (&escrow.policy.0).into(),
                    u64::from(trustee.x).into(),
                    (&trustee.account.0).into(),
                    position.into(),
                ];
                found.unless(
                    view.has(DEPOSIT, &row).await?,
                    "deposits",
                    position,
                    "no row for a share of this manifest",
                );
            }
        }
        Ok(())
    }

    async fn check_letter(
        &mut self,
        view: &mut View,
        letter: &Letter,
        hash: Hash,
        position: u64,
        found: &mut Found,
    ) -> Result<(), LookError> {
        self.letters += 1;
        let header = &letter.header;
        let row = [
            header.session.0.as_bytes().into(),
            header.id.0.as_bytes().into(),
            (&header.sender.0).into(),
            header.sequence.into(),
            (&hash.0).into(),
            position.into(),
        ];
        found.unless(view.has(LETTER, &row).await?, "letters", position, "no row for this letter");
        Ok(())
    }

    async fn check_request(
        &mut self,
        view: &mut View,
        entry: &Entry,
        request: &Request,
        hash: Hash,
        found: &mut Found,
    ) -> Result<(), LookError> {
        let outline = &request.outline;
        let ground = self.policies.get(&outline.policy).and_then(|policy| policy.ground(outline.ground));
        let notice_at = entry.time.plus(ground.map_or(0, |ground| ground.notice_ms));
        let row = [
            (&hash.0).into(),
            outline.session.0.as_bytes().into(),
            (&outline.requester.0).into(),
            (&outline.recipient.0).into(),
            outline.expires.0.into(),
            notice_at.0.into(),
        ];
        found.unless(view.has(RELEASE, &row).await?, "releases", entry.position, "no row for this request");
        Ok(())
    }

    async fn check_notice(
        &mut self,
        view: &mut View,
        notice: &Notice,
        hash: Hash,
        position: u64,
        found: &mut Found,
    ) -> Result<(), LookError> {
        self.notices += 1;
        if let Some(asked) = self.requests.get_mut(&notice.request) {
            asked.noticed = true;
        }
        self.advance(&notice.session, &hash);
        let row = [(&notice.request.0).into(), position.into()];
        found.unless(view.has(NOTICE, &row).await?, "releases", position, "no row of a request names this notice");
        Ok(())
    }
}

/// The account of a card: of the first one, its own hash.
fn account_of(card: &Card) -> AccountId {
    card.account.unwrap_or_else(|| AccountId(card.hash().0))
}
