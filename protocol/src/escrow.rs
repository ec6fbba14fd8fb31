//! Key escrow (docs/protocol.md §7): the centre's policy, what its trustees sign, and when an epoch is escrowed.
//!
//! An epoch is escrowed exactly when all its clients agreed to one and the same policy, and otherwise not at all. So
//! nobody can add escrow, and nobody can leave it out.

use std::collections::BTreeSet;

use crate::centre::Role;
use crate::consent::Purpose;
use crate::evidence::{Evidence, Moment};
use crate::hash::{Hash, tagged};
use crate::ids::{AccountId, CentreId, SessionId, Timestamp};
use crate::manifest::{Manifest, Outline};
use crate::signature::Signed;
use crate::{code, structure};

/// The smallest threshold: nobody opens anything alone.
pub const MIN_THRESHOLD: u8 = 2;
/// The greatest number of trustees.
pub const MAX_TRUSTEES: usize = 15;
/// The longest delay of a ground, in milliseconds: 365 days.
pub const MAX_DELAY_MS: u64 = 365 * DAY;
/// The longest time for which clients may not be told of a request, in milliseconds: 90 days.
pub const MAX_DEFERRAL_MS: u64 = 90 * DAY;

const DAY: u64 = 86_400_000;

code! {
    /// On which ground a release may be asked for.
    pub enum GroundCode {
        /// Somebody's life or health is in danger.
        ImminentDanger = 1,
        /// A court orders it.
        CourtOrder = 2,
        /// The client has lost all keys and has a new account.
        AccountRecovery = 3,
        /// A practice on a session of one's own, in which nobody else is.
        Drill = 4,
    }
}

structure! {
    /// One trustee of a policy.
    pub part PolicyTrustee => {
        /// The share's number, from 1.
        x: u8,
        /// Who.
        account: AccountId,
        /// How clients reach them by another way than the relay.
        contact: String,
    }
}

structure! {
    /// On which conditions a ground opens something.
    pub part Ground => {
        /// Which ground.
        code: GroundCode,
        /// How long each trustee waits after having seen the request, in milliseconds.
        delay_ms: u64,
        /// How long after the request the clients are told at the latest, in milliseconds; 0 is at once.
        notice_ms: u64,
        /// Who may ask.
        requesters: Vec<Role>,
        /// Who may get it.
        recipients: Vec<Role>,
        /// Whether a client may cancel it.
        cancellable: bool,
    }
}

structure! {
    /// An escrow policy, signed by the centre's root.
    pub struct Policy = "escrow-policy", at most 16_384 => {
        /// The centre.
        centre: CentreId,
        /// 1, 2, 3 …
        number: u32,
        /// How many trustees are needed.
        threshold: u8,
        /// All of them, by rising number.
        trustees: Vec<PolicyTrustee>,
        /// The grounds, and no others.
        grounds: Vec<Ground>,
    }
}

structure! {
    /// A trustee accepts a policy, signed by the trustee.
    pub struct PolicyAcceptance = "policy-acceptance", at most 256 => {
        /// The policy.
        policy: Hash,
        /// Who accepts.
        trustee: AccountId,
        /// When, by the trustee's clock.
        time: Timestamp,
    }
}

structure! {
    /// A trustee has opened its share of an epoch and found it to be the one committed to. Signed by the trustee.
    pub struct DepositReceipt = "deposit-receipt", at most 256 => {
        /// The session.
        session: SessionId,
        /// The manifest.
        manifest: Hash,
        /// The share's number.
        x: u8,
        /// Who holds it.
        trustee: AccountId,
        /// The commitment that fits it.
        share: Hash,
        /// When, by the trustee's clock.
        time: Timestamp,
    }
}

/// The policy says too little to be one, or contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not 2 ≤ t ≤ n ≤ 15, numbers other than 1 to n, one account twice, or a trustee whom nobody can reach.
    #[error("the trustees are not 2 to 15 different people, each with a contact, of whom at least two are needed")]
    Trustees,
    /// No ground, one twice, one with too long a delay, or one that the wrong people ask or get.
    #[error("a ground is missing, doubled, too long, or for the wrong people")]
    Grounds,
    /// No number.
    #[error("a policy is numbered from 1")]
    Number,
}

/// An epoch is not escrowed as its clients agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not escrowed as the clients agreed to")]
pub struct NotAsAgreed;

/// A deposit receipt does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receipt is not for this trustee's share of this epoch")]
pub struct NotThisDeposit;

impl Policy {
    /// Whether the policy says everything that it must.
    ///
    /// # Errors
    /// [`PolicyError`], the first that is found.
    pub fn check(&self) -> Result<(), PolicyError> {
        if self.number == 0 {
            return Err(PolicyError::Number);
        }
        let count = self.trustees.len();
        let enough =
            (usize::from(MIN_THRESHOLD)..=count).contains(&usize::from(self.threshold)) && count <= MAX_TRUSTEES;
        let numbered = self.trustees.iter().map(|trustee| trustee.x).eq((1..=u8::MAX).take(count));
        let accounts: BTreeSet<_> = self.trustees.iter().map(|trustee| trustee.account).collect();
        let reachable = self.trustees.iter().all(|trustee| !trustee.contact.trim().is_empty());
        if !(enough && numbered && reachable && accounts.len() == count) {
            return Err(PolicyError::Trustees);
        }
        let codes: BTreeSet<_> = self.grounds.iter().map(|ground| ground.code).collect();
        let once = codes.len() == self.grounds.len() && !codes.is_empty();
        if once && self.grounds.iter().all(Ground::is_sound) { Ok(()) } else { Err(PolicyError::Grounds) }
    }

    /// The ground with this code.
    pub fn ground(&self, code: GroundCode) -> Option<&Ground> {
        self.grounds.iter().find(|ground| ground.code == code)
    }

    /// The trustee with this account.
    pub fn trustee(&self, account: &AccountId) -> Option<&PolicyTrustee> {
        self.trustees.iter().find(|trustee| trustee.account == *account)
    }
}

impl Ground {
    fn is_sound(&self) -> bool {
        let times = self.delay_ms <= MAX_DELAY_MS && self.notice_ms <= MAX_DEFERRAL_MS;
        let staff = |roles: &[Role]| {
            let asks =
                |role: &Role| matches!(role, Role::Counsellor | Role::Supervisor | Role::Registrar | Role::Director);
            let different: BTreeSet<_> = roles.iter().collect();
            !roles.is_empty() && different.len() == roles.len() && roles.iter().all(asks)
        };
        let people = match self.code {
            GroundCode::ImminentDanger | GroundCode::CourtOrder => staff(&self.requesters) && staff(&self.recipients),
            GroundCode::AccountRecovery => staff(&self.requesters) && self.recipients == [Role::Client],
            GroundCode::Drill => self.requesters == [Role::Client] && self.recipients == [Role::Client],
        };
        times && people
    }
}

/// `H("share", context ‖ x ‖ share)`: what a manifest says of a share.
pub fn share_commitment(context: &Hash, x: u8, share: &[u8; 32]) -> Hash {
    tagged("share", &[context.as_bytes(), &[x], share])
}

/// Whether all trustees of a policy have accepted it and are appointed.
pub fn is_ready(policy: &Signed<Policy>, moment: Moment, evidence: &Evidence) -> bool {
    policy.body().trustees.iter().all(|trustee| {
        let accepted = evidence.policy_acceptances.iter().any(|placed| {
            let body = placed.signed.body();
            placed.position < moment.position && body.policy == policy.hash() && body.trustee == trustee.account
        });
        accepted && evidence.appointed(&trustee.account, Role::Trustee, moment)
    })
}

/// The policy under which an epoch of these members is escrowed at this moment, or none.
///
/// It is the one that the newest grant for escrow of every client of the epoch names, if all name the same, none is
/// taken back or over, and the policy is ready. What is missing is never replaced by something else.
pub fn policy_due<'e>(outline: &Outline, moment: Moment, evidence: &'e Evidence) -> Option<&'e Signed<Policy>> {
    let mut agreed = outline.clients().map(|client| {
        let given = evidence.grants.iter().filter(|given| {
            let body = given.signed.body();
            given.position < moment.position
                && body.client == *client
                && body.case == outline.case
                && body.allows(Purpose::Escrow, None)
        });
        let newest = &given.max_by_key(|given| given.position)?.signed;
        evidence.consents(newest, Purpose::Escrow, None, moment).ok()?;
        newest.body().escrow_policy
    });
    let first = agreed.next()??;
    if agreed.any(|other| other != Some(first)) {
        return None;
    }
    let policy = evidence.policies.iter().find(|p| p.position < moment.position && p.signed.hash() == first)?;
    is_ready(&policy.signed, moment, evidence).then_some(&policy.signed)
}

/// Checks that an epoch is escrowed exactly as its clients agreed to: the policy, its threshold and all its trustees.
///
/// # Errors
/// [`NotAsAgreed`].
pub fn check_escrow(outline: &Outline, moment: Moment, evidence: &Evidence) -> Result<(), NotAsAgreed> {
    let same = match (policy_due(outline, moment, evidence), &outline.escrow) {
        (None, None) => true,
        (Some(policy), Some(escrow)) => {
            let named = escrow.trustees.iter().map(|trustee| (trustee.x, trustee.account));
            escrow.policy == policy.hash()
                && escrow.threshold == policy.body().threshold
                && named.eq(policy.body().trustees.iter().map(|trustee| (trustee.x, trustee.account)))
        }
        _ => false,
    };
    if same { Ok(()) } else { Err(NotAsAgreed) }
}

/// Checks a deposit receipt whose signature is already known to be its trustee's.
///
/// # Errors
/// [`NotThisDeposit`].
pub fn check_deposit_receipt(receipt: &DepositReceipt, manifest: &Signed<Manifest>) -> Result<(), NotThisDeposit> {
    let body = manifest.body();
    let held = body.deposited().any(|(trustee, deposit)| {
        (trustee.account, trustee.x, deposit.share) == (receipt.trustee, receipt.x, receipt.share)
    });
    let same = receipt.manifest == manifest.hash() && receipt.session == body.outline.session;
    if held && same { Ok(()) } else { Err(NotThisDeposit) }
}
