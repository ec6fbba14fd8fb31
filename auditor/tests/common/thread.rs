//! A session: epochs, answers and letters in their order.

use std::collections::BTreeMap;

use amanah_protocol::centre::Role;
use amanah_protocol::escrow::{DepositReceipt, Policy};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::history::{History, HistoryOutline};
use amanah_protocol::ids::{AccountId, CaseId, LetterId, SessionId};
use amanah_protocol::letter::{Letter, LetterHeader, SenderState, Transcript};
use amanah_protocol::manifest::{
    Acceptance, Capabilities, Deposit, Escrow, Manifest, Member, Outline, Reason, Refusal, RefusalCode, Trustee,
    WRAP_LENGTH,
};
use amanah_protocol::record::Kind;
use amanah_protocol::signature::Signed;

use super::store::{Person, Store};

/// Somebody in an epoch: as what, and under which grant.
pub(crate) struct Seat<'a>(pub(crate) &'a Person, pub(crate) Role, pub(crate) Hash);

/// A session.
pub(crate) struct Thread {
    pub(crate) case: CaseId,
    pub(crate) session: SessionId,
    pub(crate) manifests: Vec<Signed<Manifest>>,
    pub(crate) transcript: Transcript,
    pub(crate) senders: BTreeMap<AccountId, SenderState>,
    pub(crate) letters: Vec<(AccountId, Hash)>,
}

impl Seat<'_> {
    fn member(&self) -> Member {
        let Self(person, role, grant) = self;
        let capabilities = if *role == Role::Supervisor { Capabilities::READ } else { Capabilities::MANAGE };
        let (account, card) = (person.account(), person.card.hash());
        Member { account, card, role: *role, capabilities, grant: Some(*grant) }
    }
}

/// The escrow section under a policy.
pub(crate) fn escrow_of(policy: &Signed<Policy>, trustees: &[Person]) -> Escrow {
    let named = (1..).zip(trustees);
    Escrow {
        policy: policy.hash(),
        threshold: policy.body().threshold,
        trustees: named.map(|(x, t)| Trustee { x, account: t.account(), card: t.card.hash() }).collect(),
    }
}

impl Thread {
    pub(crate) fn new(store: &mut Store, case: CaseId) -> Self {
        let session = SessionId::from_random_bytes(store.id());
        let (manifests, senders, letters) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { case, session, manifests, transcript: Transcript::start(session), senders, letters }
    }

    pub(crate) fn current(&self) -> &Signed<Manifest> {
        self.manifests.last().unwrap()
    }

    /// The next epoch as it must be, and the wraps and sealed shares beside it.
    pub(crate) fn draft(
        &self,
        store: &mut Store,
        author: &Person,
        seats: &[Seat<'_>],
        escrow: Option<Escrow>,
    ) -> (Manifest, Vec<Vec<u8>>) {
        let mut members: Vec<Member> = seats.iter().map(Seat::member).collect();
        members.sort_by_key(|member| member.account);
        let before = self.manifests.last();
        let trustees = escrow.as_ref().map_or(0, |escrow| escrow.trustees.len());
        let wraps: Vec<_> = members.iter().map(|_| store.random(WRAP_LENGTH)).collect();
        let shares: Vec<_> = (0..trustees).map(|_| store.random(WRAP_LENGTH)).collect();
        let outline = Outline {
            case: self.case,
            session: self.session,
            epoch: u32::try_from(self.manifests.len()).unwrap(),
            previous: before.map(Signed::hash),
            transcript: before.map(|_| self.transcript.clone()),
            members,
            escrow,
            reason: if before.is_some() { Reason::Members } else { Reason::Opened },
            author: author.account(),
            created: store.now,
        };
        let hashes = |sealed: &[Vec<u8>]| sealed.iter().map(|bytes| of_bytes(bytes)).collect::<Vec<_>>();
        let deposits = hashes(&shares).into_iter().map(|seal| Deposit { share: store.hash(), seal }).collect();
        let manifest = Manifest { outline, commitment: store.hash(), wraps: hashes(&wraps), deposits };
        (manifest, [wraps, shares].concat())
    }

    /// Stores an epoch.
    pub(crate) fn begin(&mut self, store: &mut Store, author: &Person, (manifest, parts): (Manifest, Vec<Vec<u8>>)) {
        let signed = store.post(Kind::Manifest, manifest, &author.key, parts);
        self.manifests.push(signed);
    }

    /// Makes and stores the next epoch.
    pub(crate) fn epoch(&mut self, store: &mut Store, author: &Person, seats: &[Seat<'_>], escrow: Option<Escrow>) {
        let draft = self.draft(store, author, seats, escrow);
        self.begin(store, author, draft);
    }

    pub(crate) fn accept(&self, store: &mut Store, reader: &Person) {
        let (session, manifest, account) = (self.session, self.current().hash(), reader.account());
        let body = Acceptance { session, manifest, account, card: reader.card.hash(), time: store.now };
        store.post(Kind::Acceptance, body, &reader.key, Vec::new());
    }

    pub(crate) fn refuse(&self, store: &mut Store, reader: &Person) {
        let (session, manifest, account) = (self.session, self.current().hash(), reader.account());
        let (code, index) = (RefusalCode::OtherWrap, Some(0));
        store.post(
            Kind::Refusal,
            Refusal { session, manifest, account, code, index, time: store.now },
            &reader.key,
            vec![],
        );
    }

    /// A trustee's receipt for its share of the current epoch.
    pub(crate) fn receipt(&self, store: &mut Store, trustee: &Person) {
        let current = self.current();
        let held = current.body().deposited().find(|(held, _)| held.account == trustee.account()).unwrap();
        let body = DepositReceipt {
            session: self.session,
            manifest: current.hash(),
            x: held.0.x,
            trustee: trustee.account(),
            share: held.1.share,
            time: store.now,
        };
        store.post(Kind::DepositReceipt, body, &trustee.key, Vec::new());
    }

    /// The next letter of a sender as it must be, with a ciphertext of this length.
    pub(crate) fn letter_of(&self, store: &mut Store, sender: &Person, ciphertext: &[u8]) -> Letter {
        let state = self.senders.get(&sender.account()).copied().unwrap_or_default();
        let foreign = self.letters.iter().rev().find(|(author, _)| *author != sender.account());
        let header = LetterHeader {
            session: self.session,
            epoch: self.current().body().outline.epoch,
            manifest: self.current().hash(),
            sender: sender.account(),
            card: sender.card.hash(),
            id: LetterId::from_random_bytes(store.id()),
            sequence: state.next,
            previous_own: state.last,
            seen: foreign.map(|(_, hash)| *hash),
            salt: store.hash(),
        };
        Letter { header, commitment: store.hash(), ciphertext: of_bytes(ciphertext) }
    }

    /// Stores a letter.
    pub(crate) fn post(&mut self, store: &mut Store, sender: &Person, letter: Letter, ciphertext: Vec<u8>) {
        let signed = store.post(Kind::Letter, letter, &sender.key, vec![ciphertext]);
        self.transcript = self.transcript.with(&signed.hash());
        self.senders.insert(sender.account(), SenderState::after(&signed));
        self.letters.push((sender.account(), signed.hash()));
    }

    /// Writes a letter, of 256, 512 or 1024 padded bytes.
    pub(crate) fn write(&mut self, store: &mut Store, sender: &Person) {
        self.write_padded(store, sender, 256 << (self.letters.len() % 3));
    }

    /// Writes a letter of so many padded bytes.
    pub(crate) fn write_padded(&mut self, store: &mut Store, sender: &Person, padded: usize) {
        let ciphertext = store.random(padded + 16);
        let letter = self.letter_of(store, sender, &ciphertext);
        self.post(store, sender, letter, ciphertext);
    }

    /// The epochs before the current one, handed to somebody under a grant.
    pub(crate) fn hand_over(&self, store: &mut Store, author: &Person, to: &Person, grant: Hash) {
        let earlier = self.manifests.split_last().unwrap().1;
        let bundle = store.random(1136 + 32 * earlier.len());
        let outline = HistoryOutline {
            session: self.session,
            manifest: self.current().hash(),
            to: to.account(),
            card: to.card.hash(),
            grant,
            epochs: earlier.iter().map(Signed::hash).collect(),
            author: author.account(),
            time: store.now,
        };
        store.post(Kind::History, History { outline, bundle: of_bytes(&bundle) }, &author.key, vec![bundle]);
    }
}
