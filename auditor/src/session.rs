//! Sessions as their readers check them (docs/protocol.md §5.8), for all at once and without keys: lists of readers and
//! the answers to them, letters, and histories.

use std::collections::{BTreeMap, BTreeSet};

use amanah_protocol::cbor::Structure;
use amanah_protocol::hash::Hash;
use amanah_protocol::history::{History, HistoryError, check_erased_history, check_history};
use amanah_protocol::ids::{AccountId, CaseId, SessionId};
use amanah_protocol::letter::{
    Letter, LetterError, LetterHeader, SenderState, Transcript, check_erased_letter, check_letter,
};
use amanah_protocol::manifest::{Acceptance, Manifest, ManifestError, Outline, Refusal, check_manifest};
use amanah_protocol::record::Entry;
use amanah_protocol::signature::{Signed, Unverified, VerifyingKey};

use crate::check::Check;
use crate::claimed::part_bytes;
use crate::consent::Consent;
use crate::control::Controls;
use crate::doubles::Doubles;
use crate::findings::Findings;
use crate::place::Place;

/// Why something of a session must not be, besides what the rules of `protocol` say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum SessionError {
    /// There is no list of readers before it, or none that was proven.
    #[error("there is no proven list of readers before it")]
    NoManifest,
    /// An answer to another list of readers than the current one, or by nobody on it.
    #[error("an answer that is not by a reader of the current list, with the card in it")]
    NotAReader,
    /// A second answer of the same kind.
    #[error("the same reader answers twice")]
    AnsweredTwice,
}

/// A list of readers that was proven. It is read again when something names it, which is rare.
struct Kept {
    wire: Box<[u8]>,
    key: VerifyingKey,
}

/// Where a sender stands, and its number among the senders of the session.
struct Sender {
    number: u32,
    state: SenderState,
}

/// One session.
struct Session {
    case: CaseId,
    current: Option<Signed<Manifest>>,
    manifests: BTreeMap<Hash, Kept>,
    /// Who accepted (true) or refused (false) the current list of readers.
    answered: BTreeSet<(AccountId, bool)>,
    transcript: Transcript,
    senders: BTreeMap<AccountId, Sender>,
    /// The beginning of each letter's hash, and the number of its sender.
    written: BTreeMap<[u8; 16], u32>,
}

/// All sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    all: BTreeMap<SessionId, Session>,
    /// `session ‖ id` of every letter.
    ids: Doubles,
    keys: UsedOnce,
}

/// What must not occur twice anywhere.
#[derive(Default)]
struct UsedOnce {
    commitments: Doubles,
    salts: Doubles,
    epochs: Doubles,
    wraps: Doubles,
}

impl Session {
    fn new(session: SessionId, case: CaseId) -> Self {
        Self {
            case,
            current: None,
            manifests: BTreeMap::new(),
            answered: BTreeSet::new(),
            transcript: Transcript::start(session),
            senders: BTreeMap::new(),
            written: BTreeMap::new(),
        }
    }

    /// The list of readers with this hash.
    fn manifest(&self, hash: &Hash) -> Option<Signed<Manifest>> {
        if let Some(current) = self.current.as_ref().filter(|current| current.hash() == *hash) {
            return Some(current.clone());
        }
        let kept = self.manifests.get(hash)?;
        Unverified::parse(&kept.wire).ok()?.verify(&kept.key).ok()
    }

    /// The outline of a list of readers before the current one.
    fn earlier(&self, hash: &Hash) -> Option<Outline> {
        let kept = self.manifests.get(hash).filter(|_| self.current.as_ref().map(Signed::hash) != Some(*hash))?;
        Some(Unverified::<Manifest>::parse(&kept.wire).ok()?.claimed().outline.clone())
    }

    fn author_of(&self, letter: &Hash) -> Option<AccountId> {
        let number = *self.written.get(&beginning(letter))?;
        self.senders.iter().find(|(_, sender)| sender.number == number).map(|(account, _)| *account)
    }

    /// Takes a letter into the session, whether it may be there or not: the next ones follow it.
    fn remember(&mut self, header: &LetterHeader, letter: Hash) {
        self.transcript = self.transcript.with(&letter);
        let number = u32::try_from(self.senders.len()).unwrap_or(u32::MAX);
        let sender = self.senders.entry(header.sender).or_insert(Sender { number, state: SenderState::default() });
        sender.state = SenderState { next: header.sequence.saturating_add(1), last: Some(letter) };
        self.written.insert(beginning(&letter), sender.number);
    }
}

/// The first half of a hash: two that have it in common are 2⁶⁴ hashes of work.
fn beginning(hash: &Hash) -> [u8; 16] {
    let mut beginning = [0; 16];
    beginning.iter_mut().zip(hash.0).for_each(|(to, from)| *to = from);
    beginning
}

impl Sessions {
    /// The case of a session.
    pub(crate) fn case(&self, session: &SessionId) -> Option<CaseId> {
        self.all.get(session).map(|session| session.case)
    }

    /// The proven list of readers of a session with this hash.
    pub(crate) fn manifest(&self, session: &SessionId, hash: &Hash) -> Option<Signed<Manifest>> {
        self.all.get(session)?.manifest(hash)
    }

    /// What the session's letters and notices were so far.
    pub(crate) fn transcript(&self, session: &SessionId) -> Option<&Transcript> {
        self.all.get(session).map(|session| &session.transcript)
    }

    /// Takes a notice into the transcript.
    pub(crate) fn remember_notice(&mut self, session: &SessionId, notice: &Hash) {
        if let Some(session) = self.all.get_mut(session) {
            session.transcript = session.transcript.with(notice);
        }
    }

    pub(crate) fn take_manifest(
        &mut self,
        place: &mut Place<'_>,
        signed: Signed<Manifest>,
        consent: &mut Consent,
        controls: &mut Controls,
    ) {
        place.count(Check::Readers);
        let outline = &signed.body().outline;
        let case = outline.case;
        let known = self.all.contains_key(&outline.session);
        let session = self.all.entry(outline.session).or_insert_with(|| Session::new(outline.session, case));
        if known && session.current.is_none() {
            place.found(Check::Readers, &SessionError::NoManifest);
        } else {
            let before = session.current.as_ref();
            let transcript = before.map(|_| &session.transcript);
            let moment = place.moment();
            let outcome = consent.ask(case, |evidence| {
                let newest = |account: &AccountId| place.newest_card(account);
                let outcome = check_manifest(&signed, before, transcript, newest, moment, evidence);
                if outcome.is_ok()
                    && let Some(planted) = controls.with_stranger(&signed)
                {
                    let newest = |account: &AccountId| Controls::card_of_stranger(account).or_else(|| newest(account));
                    controls.tried_reader(check_manifest(&planted, before, transcript, newest, moment, evidence));
                }
                outcome
            });
            match outcome {
                Err(ManifestError::Escrow) => place.found(Check::Escrow, &ManifestError::Escrow),
                other => place.check(Check::Readers, other),
            }
        }
        if outline.escrow.is_some() {
            place.count(Check::Escrow);
        }
        self.keys.take_manifest(signed.body(), place);
        let key = place.signers.accounts().newest_before(&outline.author, place.entry.position).map(|card| card.key);
        if let Some(key) = key {
            session.manifests.insert(signed.hash(), Kept { wire: signed.wire().into(), key });
        }
        session.answered.clear();
        session.current = Some(signed);
    }

    /// A list of readers whose signature is not right: what follows it rests on nothing.
    pub(crate) fn take_unproven_manifest(&mut self, manifest: &Manifest) {
        let outline = &manifest.outline;
        let new = || Session::new(outline.session, outline.case);
        self.all.entry(outline.session).or_insert_with(new).current = None;
    }

    pub(crate) fn take_acceptance(&mut self, place: &mut Place<'_>, acceptance: &Acceptance) {
        let Acceptance { session, manifest, account, card, .. } = acceptance;
        self.take_answer(place, (session, manifest), (*account, true), Some(card));
    }

    pub(crate) fn take_refusal(&mut self, place: &mut Place<'_>, refusal: &Refusal) {
        let Refusal { session, manifest, account, .. } = refusal;
        self.take_answer(place, (session, manifest), (*account, false), None);
    }

    fn take_answer(
        &mut self,
        place: &mut Place<'_>,
        (session, manifest): (&SessionId, &Hash),
        answer: (AccountId, bool),
        card: Option<&Hash>,
    ) {
        place.count(Check::Readers);
        let session = self.all.get_mut(session);
        let Some((current, answered)) = session.and_then(|s| Some((s.current.as_ref()?, &mut s.answered))) else {
            return place.found(Check::Readers, &SessionError::NoManifest);
        };
        let member = current.body().outline.member(&answer.0).filter(|_| current.hash() == *manifest);
        if member.is_none_or(|member| card.is_some_and(|card| *card != member.card)) {
            place.found(Check::Readers, &SessionError::NotAReader);
        } else if !answered.insert(answer) {
            place.found(Check::Readers, &SessionError::AnsweredTwice);
        }
    }

    pub(crate) fn take_letter(&mut self, place: &mut Place<'_>, signed: &Signed<Letter>, consent: &mut Consent) {
        place.count(Check::Letters);
        let outcome = self.check_letter(place, signed, consent);
        // what is not the ciphertext that is named was found as such
        if outcome != Err(Some(LetterError::Ciphertext)) || place.whole {
            match outcome {
                Ok(()) => {}
                Err(None) => place.found(Check::Letters, &SessionError::NoManifest),
                Err(Some(error)) => place.found(Check::Letters, &error),
            }
        }
        self.remember_letter(place.entry, signed.body(), signed.hash());
    }

    /// `None` if there is no list of readers for it.
    fn check_letter(
        &self,
        place: &Place<'_>,
        signed: &Signed<Letter>,
        consent: &mut Consent,
    ) -> Result<(), Option<LetterError>> {
        let header = &signed.body().header;
        let session = self.all.get(&header.session).ok_or(None)?;
        let manifest = session.current.as_ref().ok_or(None)?;
        let state = session.senders.get(&header.sender).map(|sender| sender.state).unwrap_or_default();
        let seen = header.seen.and_then(|seen| session.author_of(&seen));
        let ciphertext = place.entry.parts.first().map(|part| part.0.as_slice()).unwrap_or_default();
        let moment = place.moment();
        let outcome = consent.ask(session.case, |evidence| {
            if place.erased {
                check_erased_letter(signed, manifest, &state, seen, moment, evidence)
            } else {
                check_letter(signed, ciphertext, manifest, &state, seen, moment, evidence)
            }
        });
        outcome.map_err(Some)
    }

    /// Takes a letter in whose signature is not right: the next ones follow it all the same.
    pub(crate) fn take_unproven_letter(&mut self, entry: &Entry, letter: &Letter) {
        self.remember_letter(entry, letter, letter.hash());
    }

    fn remember_letter(&mut self, entry: &Entry, letter: &Letter, hash: Hash) {
        let (header, position) = (&letter.header, entry.position);
        self.ids.add(&[&header.session.0.as_bytes()[..], header.id.0.as_bytes()].concat(), position);
        self.keys.commitments.add(letter.commitment.as_bytes(), position);
        self.keys.salts.add(header.salt.as_bytes(), position);
        if let Some(session) = self.all.get_mut(&header.session) {
            session.remember(header, hash);
        }
    }

    pub(crate) fn take_history(&mut self, place: &mut Place<'_>, signed: &Signed<History>, consent: &mut Consent) {
        place.count(Check::Histories);
        let outline = &signed.body().outline;
        let session = self.all.get(&outline.session);
        let Some((session, current)) = session.and_then(|session| Some((session, session.current.as_ref()?))) else {
            return place.found(Check::Histories, &SessionError::NoManifest);
        };
        let named = outline.epochs.iter().filter_map(|hash| Some((*hash, session.earlier(hash)?)));
        let epochs: BTreeMap<Hash, Outline> = named.collect();
        let parts = part_bytes(place.entry);
        let bundle = parts.first().map(Vec::as_slice).unwrap_or_default();
        let moment = place.moment();
        let outcome = consent.ask(session.case, |evidence| {
            let epoch = |hash: &Hash| epochs.get(hash);
            if place.erased {
                check_erased_history(signed, current, epoch, moment, evidence)
            } else {
                check_history(signed, bundle, current, epoch, moment, evidence)
            }
        });
        // what is not the bundle that is named was found as such
        if outcome != Err(HistoryError::Bundle) || place.whole {
            place.check(Check::Histories, outcome);
        }
    }

    /// Looks for what occurs twice.
    pub(crate) fn finish(self, findings: &mut Findings) {
        let UsedOnce { commitments, salts, epochs, wraps } = self.keys;
        for (check, doubles, reason) in [
            (Check::Letters, self.ids, "a second letter with the same id in a session"),
            (Check::UniqueKeys, commitments, "a letter under a key that sealed another one"),
            (Check::UniqueKeys, salts, "a letter with the salt of another one"),
            (Check::UniqueKeys, epochs, "an epoch with the secret of another one"),
            (Check::UniqueKeys, wraps, "a wrap or sealed share that stands in another place, too"),
        ] {
            if check == Check::UniqueKeys {
                findings.count(check, doubles.len());
            }
            for position in doubles.positions() {
                findings.found(check, Some(position), reason);
            }
        }
    }
}

impl UsedOnce {
    fn take_manifest(&mut self, manifest: &Manifest, place: &Place<'_>) {
        let position = place.entry.position;
        self.epochs.add(manifest.commitment.as_bytes(), position);
        let seals = manifest.deposits.iter().map(|deposit| &deposit.seal);
        manifest.wraps.iter().chain(seals).for_each(|sealed| self.wraps.add(sealed.as_bytes(), position));
    }
}
