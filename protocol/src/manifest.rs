//! Manifests (docs/protocol.md §5): who reads an epoch of a session, signed, chained and checkable without a key.

use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::cbor::Structure;
use crate::centre::Role;
use crate::escrow::check_escrow;
use crate::evidence::{Evidence, Moment};
use crate::hash::{Hash, of_bytes, tagged};
use crate::ids::{AccountId, CaseId, SessionId, Timestamp};
use crate::letter::Transcript;
use crate::policy::{Action, Denied, capabilities_due, may};
use crate::signature::Signed;
use crate::{code, structure};

/// The greatest number of members of an epoch.
pub const MAX_MEMBERS: usize = 50;

/// Length of a wrap or a sealed share: X-Wing encapsulation (1120), 32 sealed bytes, tag (16).
pub const WRAP_LENGTH: usize = 1168;

/// What a member may do beyond reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities(u8);

impl Capabilities {
    /// Reads only.
    pub const READ: Self = Self(0);
    /// Reads and sends letters.
    pub const WRITE: Self = Self(1);
    /// Reads, sends letters and makes the next epoch.
    pub const MANAGE: Self = Self(3);

    /// Whether the action is covered.
    pub const fn allow(self, action: Action) -> bool {
        let needed = match action {
            Action::Read => 0,
            Action::Write => 1,
            Action::Manage => 2,
        };
        self.0 & needed == needed
    }
}

impl<C> Encode<C> for Capabilities {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u8(self.0)?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Capabilities {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.u8()? {
            bits @ (0 | 1 | 3) => Ok(Self(bits)),
            _ => Err(minicbor::decode::Error::message("capabilities")),
        }
    }
}

structure! {
    /// One reader of an epoch.
    pub part Member => {
        /// Who.
        account: AccountId,
        /// The card to which the epoch's secret is wrapped.
        card: Hash,
        /// As what.
        role: Role,
        /// What the member may do beyond reading.
        capabilities: Capabilities,
        /// The grant that allows it: the client's own, or the one that names this member.
        grant: Option<Hash>,
    }
}

structure! {
    /// One trustee of an escrow section.
    pub part Trustee => {
        /// The share's number, from 1.
        x: u8,
        /// Who.
        account: AccountId,
        /// The card to which the share is sealed.
        card: Hash,
    }
}

structure! {
    /// Under which policy the epoch's secret is escrowed, and with whom.
    pub part Escrow => {
        /// The policy that the client's grant names.
        policy: Hash,
        /// How many trustees are needed.
        threshold: u8,
        /// All of them.
        trustees: Vec<Trustee>,
    }
}

structure! {
    /// Commitment to one trustee's share, and the hash of the sealed share beside the manifest.
    pub part Deposit => {
        /// `H("share", context ‖ x ‖ share)`, x as one byte.
        share: Hash,
        /// SHA-256 of the sealed share.
        seal: Hash,
    }
}

code! {
    /// Why an epoch begins.
    pub enum Reason {
        /// The session is opened.
        Opened = 1,
        /// The members, their cards or grants changed.
        Members = 2,
        /// Time or number of letters.
        Schedule = 3,
        /// A member asked for it.
        Requested = 4,
        /// A release of escrowed keys.
        Release = 5,
    }
}

structure! {
    /// What is known of an epoch before its secret: `M0` of the specification.
    pub struct Outline = "epoch-context", at most 32_768 => {
        /// The case.
        case: CaseId,
        /// The session.
        session: SessionId,
        /// 0, 1, 2 …
        epoch: u32,
        /// Hash of the manifest before; null in epoch 0.
        previous: Option<Hash>,
        /// The session's letters when this epoch begins; null in epoch 0.
        transcript: Option<Transcript>,
        /// The readers, sorted by account.
        members: Vec<Member>,
        /// Escrow, or none.
        escrow: Option<Escrow>,
        /// Why this epoch begins.
        reason: Reason,
        /// Who makes it.
        author: AccountId,
        /// When, by the author's clock.
        created: Timestamp,
    }
}

structure! {
    /// The signed statement of an epoch: outline, key commitment, and the hashes of what is stored beside it.
    pub struct Manifest = "manifest", at most 65_536 => {
        /// Who reads, and how the epoch came about.
        outline: Outline,
        /// Commits to the epoch's secret.
        commitment: Hash,
        /// SHA-256 of each member's wrap, in the order of the members.
        wraps: Vec<Hash>,
        /// Each trustee's deposit, in the order of the trustees.
        deposits: Vec<Deposit>,
    }
}

structure! {
    /// A reader has checked everything about an epoch and found it right.
    pub struct Acceptance = "acceptance", at most 256 => {
        /// The session.
        session: SessionId,
        /// The manifest.
        manifest: Hash,
        /// Who accepts.
        account: AccountId,
        /// With which card.
        card: Hash,
        /// When, by the reader's clock.
        time: Timestamp,
    }
}

code! {
    /// What a reader found wrong.
    pub enum RefusalCode {
        /// Structure, chain, author or policy.
        Manifest = 1,
        /// The reader's own wrap does not open.
        OwnWrap = 2,
        /// The secret does not fit the commitment.
        Commitment = 3,
        /// Another member's wrap is not the one that follows from the secret.
        OtherWrap = 4,
        /// A trustee's deposit is not the one that follows from the secret.
        Deposit = 5,
    }
}

structure! {
    /// A reader has found something wrong with an epoch and seals nothing in it.
    pub struct Refusal = "refusal", at most 256 => {
        /// The session.
        session: SessionId,
        /// The manifest.
        manifest: Hash,
        /// Who refuses.
        account: AccountId,
        /// What is wrong.
        code: RefusalCode,
        /// Which member or trustee it concerns, from 0.
        index: Option<u32>,
        /// When, by the reader's clock.
        time: Timestamp,
    }
}

/// Why a manifest is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not the successor of the current manifest: read the session again and make it anew.
    #[error("the session has moved on")]
    Stale,
    /// Members are unsorted, doubled, too many or too few; wraps or deposits are not one for each.
    #[error("the member list is not in order")]
    Members,
    /// A member's card is not the newest of that account.
    #[error("a member's card is not the newest")]
    Card,
    /// The author may not make this epoch.
    #[error("the author may not make this epoch")]
    Author,
    /// A member may not be a reader.
    #[error("a member may not read: {0}")]
    Denied(#[from] Denied),
    /// A member may do more than its role allows, or less.
    #[error("a member may do more than its role allows, or less")]
    Capabilities,
    /// Somebody who was a member before, and may still read, is missing.
    #[error("somebody who may read was left out")]
    LeftOut,
    /// Escrow that the clients did not agree to, or none, or with others than the policy says.
    #[error("not escrowed as the clients agreed to")]
    Escrow,
    /// The wraps or sealed shares are not those that the manifest names.
    #[error("the wraps or sealed shares are not those that the manifest names")]
    Wraps,
}

impl Manifest {
    /// The trustees with their deposits.
    pub fn deposited(&self) -> impl Iterator<Item = (&Trustee, &Deposit)> {
        self.outline.trustees().iter().zip(&self.deposits)
    }
}

impl Outline {
    /// `ctx`, which binds the epoch's secret to everything in the outline.
    pub fn context(&self) -> Hash {
        self.hash()
    }

    /// The trustees; none without escrow.
    pub fn trustees(&self) -> &[Trustee] {
        self.escrow.as_ref().map(|escrow| escrow.trustees.as_slice()).unwrap_or_default()
    }

    /// The member with this account.
    pub fn member(&self, account: &AccountId) -> Option<&Member> {
        self.members.iter().find(|member| member.account == *account)
    }
}

/// Checks a manifest whose signature is already known to be its author's.
///
/// `previous` and `transcript` are the session's current manifest and letters, both `None` before epoch 0;
/// `newest_card` gives the hash of an account's newest card; the moment is that at which the manifest is placed.
///
/// # Errors
/// [`ManifestError`]; `Stale` is the only one that making the manifest anew can mend.
pub fn check_manifest(
    manifest: &Signed<Manifest>,
    previous: Option<&Signed<Manifest>>,
    transcript: Option<&Transcript>,
    newest_card: impl Fn(&AccountId) -> Option<Hash>,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), ManifestError> {
    let outline = &manifest.body().outline;
    check_succession(outline, previous, transcript)?;
    check_members(manifest.body())?;
    let author = previous.map_or(outline, |p| &p.body().outline).member(&outline.author);
    let author = author.ok_or(ManifestError::Author)?;
    if previous.is_none() && author.role != Role::Client {
        return Err(ManifestError::Author);
    }
    may(Action::Manage, author, outline, moment, evidence).map_err(|_| ManifestError::Author)?;
    // whoever leaves makes no keys for those who stay
    outline.member(&outline.author).ok_or(ManifestError::Author)?;
    for member in &outline.members {
        if newest_card(&member.account) != Some(member.card) {
            return Err(ManifestError::Card);
        }
        may(Action::Read, member, outline, moment, evidence)?;
        if member.capabilities != capabilities_due(member, outline, moment, evidence) {
            return Err(ManifestError::Capabilities);
        }
    }
    if let Some(previous) = previous {
        check_left_out(outline, &previous.body().outline, moment, evidence)?;
    }
    check_escrow(outline, moment, evidence).map_err(|_| ManifestError::Escrow)?;
    let trustees = outline.trustees();
    if trustees.iter().any(|trustee| newest_card(&trustee.account) != Some(trustee.card)) {
        return Err(ManifestError::Card);
    }
    if manifest.body().deposits.len() == trustees.len() { Ok(()) } else { Err(ManifestError::Escrow) }
}

fn check_succession(
    outline: &Outline,
    previous: Option<&Signed<Manifest>>,
    transcript: Option<&Transcript>,
) -> Result<(), ManifestError> {
    let follows = match previous {
        None => outline.epoch == 0 && outline.previous.is_none() && outline.transcript.is_none(),
        Some(previous) => {
            let before = &previous.body().outline;
            outline.session == before.session
                && outline.case == before.case
                && before.epoch.checked_add(1) == Some(outline.epoch)
                && outline.previous == Some(previous.hash())
                && outline.transcript.as_ref() == transcript
        }
    };
    if follows { Ok(()) } else { Err(ManifestError::Stale) }
}

/// Whoever was a member stays one while they may read. Whether they may is asked as if nobody had left: of two clients who
/// have taken back that they read each other's letters, both may be missing.
fn check_left_out(
    outline: &Outline,
    previous: &Outline,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), ManifestError> {
    let missing = previous.members.iter().filter(|member| outline.member(&member.account).is_none());
    let mut together = outline.clone();
    together.members.extend(missing.clone().cloned());
    let mut allowed = missing.filter(|member| may(Action::Read, member, &together, moment, evidence).is_ok());
    if allowed.next().is_some() { Err(ManifestError::LeftOut) } else { Ok(()) }
}

fn check_members(manifest: &Manifest) -> Result<(), ManifestError> {
    let members = &manifest.outline.members;
    let sorted = members.is_sorted_by(|a, b| a.account < b.account);
    let counted = (1..=MAX_MEMBERS).contains(&members.len()) && manifest.wraps.len() == members.len();
    let client = members.iter().any(|member| member.role == Role::Client);
    if sorted && counted && client { Ok(()) } else { Err(ManifestError::Members) }
}

/// Checks that what stands beside a manifest is what it names: the wraps, then the sealed shares.
///
/// # Errors
/// [`ManifestError::Wraps`].
pub fn check_parts<T: AsRef<[u8]>>(manifest: &Manifest, parts: &[T]) -> Result<(), ManifestError> {
    let seals = manifest.deposits.iter().map(|deposit| &deposit.seal);
    let same = parts.len() == manifest.wraps.len().saturating_add(manifest.deposits.len())
        && parts
            .iter()
            .zip(manifest.wraps.iter().chain(seals))
            .all(|(part, hash)| part.as_ref().len() == WRAP_LENGTH && of_bytes(part.as_ref()) == *hash);
    if same { Ok(()) } else { Err(ManifestError::Wraps) }
}

impl Transcript {
    /// No letters and notices yet.
    pub fn start(session: SessionId) -> Self {
        Self { count: 0, head: tagged("transcript", &[session.0.as_bytes()]) }
    }

    /// After one more letter or notice.
    #[must_use]
    pub fn with(&self, entry: &Hash) -> Self {
        Self { count: self.count.saturating_add(1), head: tagged("transcript", &[&self.head.0, &entry.0]) }
    }
}
