//! New epochs (docs/protocol.md §5.6, §5.9): who is seated in the next one, when it is due, and history for new readers.

use amanah_crypto_core::epoch::{AuthoredEpoch, Epoch, EpochCards, author_epoch};
use amanah_crypto_core::history::seal_history;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::card::SignedCard;
use amanah_protocol::cbor::ByteString;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::Purpose;
use amanah_protocol::escrow::{check_escrow, policy_due};
use amanah_protocol::evidence::{Evidence, Moment};
use amanah_protocol::hash::Hash;
use amanah_protocol::history::{HistoryOutline, MAX_EPOCHS};
use amanah_protocol::ids::{AccountId, CaseId, SessionId, Timestamp};
use amanah_protocol::manifest::{Capabilities, Escrow, Manifest, Member, Outline, Reason, Trustee};
use amanah_protocol::policy::{Action, Denied, may, may_have_history};
use amanah_protocol::record::{HistoryUpload, ManifestUpload};
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;

use crate::account::Account;
use crate::relay::RelayError;
use crate::session::{MAX_ATTEMPTS, SendError};
use crate::thread::Thread;
use crate::transport::{Clock, Transport};

/// An epoch that is older gets a successor before the next letter: 7 days.
const EPOCH_MS: u64 = 7 * 86_400_000;
/// An epoch with so many letters gets a successor before the next one.
const EPOCH_LETTERS: u64 = 100;

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// The escrow section that an epoch of these members must have now, with the trustees' newest cards.
    pub(crate) async fn escrow_due(
        &mut self,
        outline: &Outline,
        moment: Moment,
        evidence: &Evidence,
    ) -> Result<Option<Escrow>, SendError> {
        let Some(policy) = policy_due(outline, moment, evidence) else {
            return Ok(None);
        };
        let mut trustees = Vec::with_capacity(policy.body().trustees.len());
        for trustee in &policy.body().trustees {
            self.check_known(trustee.account).await?;
            let card = self.pinned_card(trustee.account).await?.hash();
            trustees.push(Trustee { x: trustee.x, account: trustee.account, card });
        }
        Ok(Some(Escrow { policy: policy.hash(), threshold: policy.body().threshold, trustees }))
    }

    /// Begins a new epoch: new keys for everything that follows. Whoever may no longer read is left out.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::Contended`] if others were faster each time.
    pub async fn rotate(&mut self, session: SessionId) -> Result<(), SendError> {
        self.begin_epoch(session, Reason::Requested, None).await
    }

    /// Lets one more person read from now on, whom a grant of each client names for it.
    ///
    /// What was written before stays closed to them. Under a grant for consultation a counsellor only reads.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::NotAppointed`] if the centre has not appointed them in this role.
    pub async fn add_reader(
        &mut self,
        session: SessionId,
        account: AccountId,
        role: Role,
        grant: Hash,
    ) -> Result<(), SendError> {
        self.sync(session).await?;
        if role != Role::Client {
            self.centre.appointment(&account, role, self.clock.now()).ok_or(SendError::NotAppointed)?;
        }
        let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
        let signed = thread.grants().find(|given| given.hash() == grant).ok_or(Denied::NoGrant)?;
        let counsels = signed.body().allows(Purpose::Counselling, Some(&account));
        let capabilities = match role {
            Role::Client => Capabilities::MANAGE,
            Role::Counsellor if counsels => Capabilities::MANAGE,
            _ => Capabilities::READ,
        };
        let card = self.pinned_card(account).await?.hash();
        let reader = Member { account, card, role, capabilities, grant: Some(grant) };
        self.begin_epoch(session, Reason::Members, Some(reader)).await
    }

    /// Hands a member what was written before, in a bundle that only they open: of each earlier epoch to which this
    /// account has keys, and whose clients have all allowed it.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::Denied`] if no earlier epoch may be handed over.
    pub async fn hand_over_history(&mut self, session: SessionId, to: AccountId, grant: Hash) -> Result<(), SendError> {
        for _ in 0..MAX_ATTEMPTS {
            self.begin_epoch(session, Reason::Members, None).await?;
            let manifest = self.ready(session, Action::Manage).await?;
            let card = self.pinned_card(to).await?;
            let outline = &manifest.body().outline;
            let own = outline.member(&self.id()).ok_or(SendError::NoEpoch)?;
            let reader = outline.member(&to).ok_or(Denied::NotNamed)?;
            let identity = self.keyring.by_card(&own.card).ok_or(SendError::NoEpoch)?;
            let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
            let mut stale = false;
            for epochs in allowed_history(thread, reader, &grant, self.clock.now())?.chunks(MAX_EPOCHS) {
                let outline = HistoryOutline {
                    session,
                    manifest: manifest.hash(),
                    to,
                    card: card.hash(),
                    grant,
                    epochs: epochs.iter().map(|epoch| epoch.manifest()).collect(),
                    author: self.keyring.account(),
                    time: self.clock.now(),
                };
                let sealed = seal_history(&mut self.rng, identity, outline, &card, epochs);
                let sealed = sealed.map_err(|_| SendError::Keys)?;
                let history = ByteString(sealed.history.wire().to_vec());
                let upload = HistoryUpload { history, bundle: ByteString(sealed.bundle) };
                match self.relay.post_history(&self.token, session, &upload).await {
                    Ok(_) => {}
                    Err(RelayError::Refused(ProblemCode::StaleManifest)) => {
                        stale = true;
                        break;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if !stale {
                return Ok(());
            }
        }
        Err(SendError::Contended)
    }

    /// Begins a new epoch with everybody who may still read, with their newest cards and grants, and with whoever joins.
    /// Where another member has done so meanwhile, nothing is left to do.
    pub(crate) async fn begin_epoch(
        &mut self,
        session: SessionId,
        reason: Reason,
        joining: Option<Member>,
    ) -> Result<(), SendError> {
        for _ in 0..MAX_ATTEMPTS {
            let manifest = self.ready(session, Action::Manage).await?;
            let outline = &manifest.body().outline;
            let sound = self.is_sound(session, outline);
            let done = match reason {
                Reason::Members => sound.is_ok() && self.has_newest_cards(outline) && joining.is_none(),
                Reason::Schedule | Reason::Release => sound.is_ok() && self.epoch_due(session, &manifest)?.is_none(),
                _ => false,
            };
            if done {
                return Ok(());
            }
            let reason = if sound.is_ok() { reason } else { Reason::Members };
            let mut members = outline.members.clone();
            members.retain(|member| joining.as_ref().is_none_or(|joining| joining.account != member.account));
            members.extend(joining.clone());
            members.sort_by_key(|member| member.account);
            let mut next = self.outline(outline.case, session, members, reason, Some(&manifest));
            next.members = self.seated(session, &next);
            for member in &mut next.members {
                self.check_known(member.account).await?;
                member.card = self.pinned_card(member.account).await?.hash();
            }
            let evidence = self.threads.get(&session).ok_or(SendError::NoEpoch)?.evidence().clone();
            let moment = Moment::latest(self.clock.now());
            let own = next.member(&self.id()).ok_or(Denied::NotNamed)?;
            may(Action::Read, own, &next, moment, &evidence)?;
            if let Some(joining) = &joining {
                may(Action::Read, joining, &next, moment, &evidence)?;
            }
            next.escrow = self.escrow_due(&next, moment, &evidence).await?;
            match self.post_epoch(next).await {
                Err(SendError::Relay(RelayError::Refused(ProblemCode::StaleManifest | ProblemCode::EscrowDiffers))) => {
                }
                other => return other,
            }
        }
        Err(SendError::Contended)
    }

    /// Those members who may read now, each under the newest grant that allows it. Clients who may no longer read
    /// beside the others are left out first.
    pub(crate) fn seated(&self, session: SessionId, outline: &Outline) -> Vec<Member> {
        let Some(thread) = self.threads.get(&session) else {
            return Vec::new();
        };
        let (evidence, mut outline) = (thread.evidence(), outline.clone());
        let moment = Moment::latest(self.clock.now());
        let seat = |member: &Member, outline: &Outline, action| {
            let newest = thread.grants().collect::<Vec<_>>().into_iter().rev().map(Signed::hash);
            let mut seats = newest.map(|grant| Member { grant: Some(grant), ..member.clone() });
            seats.find(|seat| may(action, seat, outline, moment, evidence).is_ok())
        };
        loop {
            let before = outline.members.len();
            let kept = outline
                .members
                .iter()
                .filter(|member| member.role != Role::Client || seat(member, &outline, Action::Read).is_some());
            outline.members = kept.cloned().collect();
            if outline.members.len() == before {
                break;
            }
        }
        let seats = outline.members.iter().filter_map(|member| {
            if member.role != Role::Client {
                return seat(member, &outline, Action::Read);
            }
            // a client's entry names the newest grant under which it writes; where there is none, it goes on naming the
            // one that says why
            let stays = || may(Action::Read, member, &outline, moment, evidence).is_ok().then(|| member.clone());
            seat(member, &outline, Action::Write).or_else(stays).or_else(|| seat(member, &outline, Action::Read))
        });
        seats.collect()
    }

    /// Whether everybody in an epoch may read, under the grants that it names, and it is escrowed as agreed.
    fn is_sound(&self, session: SessionId, outline: &Outline) -> Result<(), Denied> {
        let Some(thread) = self.threads.get(&session) else {
            return Err(Denied::NoGrant);
        };
        let moment = Moment::latest(self.clock.now());
        for member in &outline.members {
            may(Action::Read, member, outline, moment, thread.evidence())?;
        }
        check_escrow(outline, moment, thread.evidence()).map_err(|_| Denied::NoGrant)
    }

    /// Whether the secret of an epoch is wrapped to the newest card of each member.
    fn has_newest_cards(&self, outline: &Outline) -> bool {
        let newest = |member: &Member| self.cards.get(&member.account).map(|chain| chain.newest().hash());
        outline.members.iter().all(|member| newest(member) == Some(member.card))
    }

    /// Whether the next letter needs a new epoch first: somebody may no longer read or has new keys, escrow was agreed
    /// to or taken back, keys were released, or the epoch is old or long.
    pub(crate) fn epoch_due(
        &self,
        session: SessionId,
        manifest: &Signed<Manifest>,
    ) -> Result<Option<Reason>, SendError> {
        let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
        let outline = &manifest.body().outline;
        if let Err(denied) = self.is_sound(session, outline) {
            // a letter that nobody else would read is not sent
            let others = self.seated(session, outline).iter().any(|member| member.account != self.id());
            return if others { Ok(Some(Reason::Members)) } else { Err(denied.into()) };
        }
        let manages = outline.member(&self.id()).is_some_and(|own| own.capabilities.allow(Action::Manage));
        if !self.has_newest_cards(outline) && manages {
            return Ok(Some(Reason::Members));
        }
        if thread.is_released() && manages {
            return Ok(Some(Reason::Release));
        }
        let worn = is_worn(outline.created, self.clock.now(), thread.letters_in_epoch());
        Ok((worn && manages).then_some(Reason::Schedule))
    }

    pub(crate) fn outline(
        &self,
        case: CaseId,
        session: SessionId,
        members: Vec<Member>,
        reason: Reason,
        previous: Option<&Signed<Manifest>>,
    ) -> Outline {
        let thread = self.threads.get(&session);
        Outline {
            case,
            session,
            epoch: previous.map_or(0, |manifest| manifest.body().outline.epoch.saturating_add(1)),
            previous: previous.map(Signed::hash),
            transcript: previous.and(thread).map(|thread| thread.transcript().clone()),
            members,
            escrow: None,
            reason,
            author: self.id(),
            created: self.clock.now(),
        }
    }

    pub(crate) async fn post_epoch(&mut self, outline: Outline) -> Result<(), SendError> {
        let session = outline.session;
        let members = self.pinned_cards(outline.members.iter().map(|member| member.account).collect()).await?;
        let trustees = self.pinned_cards(outline.trustees().iter().map(|trustee| trustee.account).collect()).await?;
        let (members, trustees) = (members.iter().collect::<Vec<_>>(), trustees.iter().collect::<Vec<_>>());
        let cards = EpochCards { members: &members, trustees: &trustees };
        let authored = author_epoch(&mut self.rng, self.keyring.newest(), outline, cards);
        let AuthoredEpoch { manifest, wraps, seals } = authored.map_err(|_| SendError::Keys)?;
        let upload = ManifestUpload {
            manifest: ByteString(manifest.wire().to_vec()),
            wraps: wraps.into_iter().map(ByteString).collect(),
            seals: seals.into_iter().map(ByteString).collect(),
        };
        let head = self.relay.post_manifest(&self.token, session, &upload).await?;
        let head = self.verify_statement(&head)?;
        if head.body().manifest == manifest.hash() { Ok(()) } else { Err(SendError::Receipt) }
    }

    async fn pinned_cards(&mut self, accounts: Vec<AccountId>) -> Result<Vec<SignedCard>, SendError> {
        let mut cards = Vec::with_capacity(accounts.len());
        for account in accounts {
            cards.push(self.pinned_card(account).await?);
        }
        Ok(cards)
    }
}

/// The earlier epochs that a grant allows to hand to a reader.
///
/// # Errors
/// [`Denied`] of the newest one, if there are some and none may be handed over.
fn allowed_history<'t>(
    thread: &'t Thread,
    reader: &Member,
    grant: &Hash,
    now: Timestamp,
) -> Result<Vec<&'t Epoch>, Denied> {
    let (mut allowed, mut refused) = (Vec::new(), Ok(()));
    for epoch in thread.earlier_epochs() {
        let outline = &thread.manifest_of(epoch).ok_or(Denied::NoGrant)?.body().outline;
        match may_have_history(reader, grant, outline, Moment::latest(now), thread.evidence()) {
            Ok(()) => allowed.push(epoch),
            Err(denied) => refused = Err(denied),
        }
    }
    if allowed.is_empty() { refused.map(|()| allowed) } else { Ok(allowed) }
}

/// Whether an epoch is old or long enough for a successor.
fn is_worn(created: Timestamp, now: Timestamp, letters: u64) -> bool {
    created.plus(EPOCH_MS) <= now || letters >= EPOCH_LETTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_lasts_seven_days_or_a_hundred_letters() {
        let created = Timestamp(1_000);
        let week = 7 * 24 * 60 * 60 * 1000;
        assert!(!is_worn(created, created.plus(week - 1), 99));
        assert!(is_worn(created, created.plus(week), 0));
        assert!(is_worn(created, created, 100));
        assert!(!is_worn(created.plus(5), created, 0), "a clock that is behind");
    }
}
