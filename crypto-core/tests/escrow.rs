//! Deposits and releases: shares that every reader checks, and epochs that only enough trustees open together
//! (docs/protocol.md §7).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_crypto_core::OpenError;
use amanah_crypto_core::epoch::{AuthoredEpoch, EpochCards, EpochError, author_epoch, open_epoch};
use amanah_crypto_core::escrow::open_share;
use amanah_crypto_core::identity::Keyring;
use amanah_crypto_core::letter::{open_letter, seal_letter};
use amanah_crypto_core::release::{JustificationError, Opened, open_justification, open_release, seal_justification};
use amanah_crypto_core::root::RootKey;
use amanah_protocol::card::SignedCard;
use amanah_protocol::centre::{Appointment, Role, SignedRoot};
use amanah_protocol::escrow::{Ground, GroundCode, Policy, PolicyTrustee};
use amanah_protocol::evidence::{Evidence, Moment, Placed};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, CentreId, LetterId};
use amanah_protocol::letter::LetterHeader;
use amanah_protocol::manifest::{Escrow, Manifest, Outline, RefusalCode};
use amanah_protocol::release::{
    Approval, Justification, Release, Request, RequestOutline, Requested, Sighting, Step, check_request,
};
use amanah_protocol::signature::Signed;
use common::{Blocks, NOW, Person, Session, cards, escrow, escrowed, outline, people, person};

const MOMENT: Moment = Moment { position: 100, time: NOW };

fn refused_by_all(session: &Session, index: usize, what: &str) {
    for reader in &session.people {
        let refused = session.opened_by(&reader.keyring).err();
        assert_eq!(
            refused,
            Some(EpochError { code: RefusalCode::Deposit, index: u32::try_from(index).ok() }),
            "{what}"
        );
    }
}

#[test]
fn every_reader_accepts_the_deposit_and_every_trustee_opens_the_own_share() {
    let session = escrowed(&mut Blocks::new("deposit"), 3, 5, 3);
    for reader in 0..3 {
        session.epoch(reader);
    }
    for (index, trustee) in session.trustees.iter().enumerate() {
        let share = open_share(&trustee.keyring, &session.manifest, &session.seals).unwrap();
        assert_eq!(usize::from(share.x()), index + 1);
        assert_eq!(share.commitment(), session.manifest.body().deposits[index].share);
    }
    for stranger in session.people.iter().chain([&person(&mut Blocks::new("stranger"))]) {
        assert!(open_share(&stranger.keyring, &session.manifest, &session.seals).is_err());
    }
}

/// A second implementation with the same random bytes makes the same deposit.
#[test]
fn the_deposit_of_these_random_bytes() {
    let session = escrowed(&mut Blocks::new("deposit"), 2, 3, 2);
    let deposits = &session.manifest.body().deposits;
    let shown = deposits.iter().map(|deposit| (deposit.share.to_string(), deposit.seal.to_string()));
    assert_eq!(shown.collect::<Vec<_>>(), DEPOSIT.map(|(share, seal)| (share.to_owned(), seal.to_owned())));
}

const DEPOSIT: [(&str, &str); 3] = [
    (
        "d50f3b4503bf8893a97a0a10d9aa06965fc5131aa83c5767df2e29468cbc36cc",
        "efdbc1c911ef67f1f7aa5452d06029ae4a5f4064742df272ff6086986e61fefc",
    ),
    (
        "d1e9ea5b6294f15ae90e519016d8a4f47396fe033941359207d5bf54e13b76d3",
        "1e36e0ae7e7fc41685bb74f20799a5ddbcb1dab6fef191e9b80496fdd9bc30d1",
    ),
    (
        "2e6022855a2c97fcaee163a0cdd63a06f23746d441b81fff9460ccfd67e6f45d",
        "51e1f13a1788821ace42b95fa92f69f1377132a66244f25b087d2fdbed20cb2e",
    ),
];

/// Each element of a deposit, one at a time, replaced by what a cheating author could put there.
#[test]
fn a_bogus_element_of_a_deposit_is_refused_by_every_reader() {
    let fresh = || escrowed(&mut Blocks::new("bogus"), 2, 3, 2);
    let other = escrowed(&mut Blocks::new("other"), 2, 3, 2);
    for index in 0..3 {
        let mut session = fresh();
        session.resign(|manifest| manifest.deposits[index].share = Hash([1; 32]));
        refused_by_all(&session, index, "another commitment");

        let mut session = fresh();
        let seal = other.seals[index].clone();
        session.resign(|manifest| manifest.deposits[index].seal = of_bytes(&seal));
        session.seals[index] = seal;
        refused_by_all(&session, index, "the seal of another session");

        let mut session = fresh();
        session.seals[index][7] ^= 1;
        refused_by_all(&session, index, "a seal that the manifest does not name");
    }
    let mut session = fresh();
    session.seals.swap(0, 1);
    session.resign(|manifest| manifest.deposits.swap(0, 1));
    refused_by_all(&session, 0, "two trustees with each other's shares");

    let mut session = fresh();
    session.seals.pop();
    session.resign(|manifest| manifest.deposits.truncate(2));
    for reader in &session.people {
        assert_eq!(session.opened_by(&reader.keyring).err().unwrap().code, RefusalCode::Deposit, "one is missing");
    }
}

/// Outline and secret are bound, so a deposit made under another policy or threshold is not this epoch's.
#[test]
fn a_deposit_of_another_policy_or_threshold_does_not_fit() {
    let changes: [fn(&mut Manifest); 2] = [
        |manifest| manifest.outline.escrow.as_mut().unwrap().policy = Hash([1; 32]),
        |manifest| manifest.outline.escrow.as_mut().unwrap().threshold = 3,
    ];
    for change in changes {
        let mut session = escrowed(&mut Blocks::new("policy"), 2, 3, 2);
        session.resign(change);
        assert!(session.people.iter().all(|reader| session.opened_by(&reader.keyring).is_err()));
        assert!(open_share(&session.trustees[0].keyring, &session.manifest, &session.seals).is_err());
    }
}

#[test]
fn a_share_is_opened_only_where_it_is_committed_to() {
    let mut session = escrowed(&mut Blocks::new("share"), 2, 3, 2);
    session.resign(|manifest| manifest.deposits[1].share = Hash([1; 32]));
    assert!(open_share(&session.trustees[1].keyring, &session.manifest, &session.seals).is_err());
    assert!(open_share(&session.trustees[0].keyring, &session.manifest, &session.seals[1..]).is_err());
}

/// A release of two epochs of one session, by three trustees of whom two are needed.
struct Story {
    rng: Blocks,
    people: Vec<Person>,
    trustees: Vec<Person>,
    recipient: Person,
    epochs: [AuthoredEpoch; 2],
    release: Release,
    evidence: Evidence,
}

fn story() -> Story {
    let mut rng = Blocks::new("release");
    let root_key = RootKey::generate(&mut rng);
    let root = SignedRoot::sign_first(&root_key);
    let (people, recipient) = (people(&mut rng, 2), person(&mut rng));
    let trustees: Vec<Person> = (0..3).map(|_| person(&mut rng)).collect();
    let policy = Signed::sign(policy(root.centre(), &trustees), &root_key);
    let first = outline(&mut rng, &people);
    let epochs = [0, 1].map(|epoch| {
        let escrow = Some(Escrow { policy: policy.hash(), ..escrow(&trustees, 2) });
        let outline = Outline { epoch, escrow, ..first.clone() };
        let (members, held) = (cards(&people), cards(&trustees));
        let all = EpochCards { members: &members, trustees: &held };
        author_epoch(&mut rng, people[0].keyring.newest(), outline, all).unwrap()
    });
    let staff = trustees.iter().map(|trustee| (trustee, Role::Trustee)).chain([(&recipient, Role::Supervisor)]);
    let appointed = staff.map(|(person, role)| {
        let (centre, account, name) = (root.centre(), person.card.account(), "Budi".to_owned());
        let appointment = Appointment { centre, account, role, name, licence: None, from: NOW, until: NOW.plus(1_000) };
        Placed { position: 1, signed: Signed::sign(appointment, &root_key) }
    });
    let evidence = Evidence { appointments: appointed.collect(), ..Evidence::default() };
    let release = request(&mut rng, &epochs, &trustees, &recipient, &policy, &evidence);
    Story { rng, people, trustees, recipient, epochs, release, evidence }
}

fn policy(centre: CentreId, trustees: &[Person]) -> Policy {
    let staff = vec![Role::Supervisor];
    let ground = Ground {
        code: GroundCode::ImminentDanger,
        delay_ms: 0,
        notice_ms: 0,
        requesters: staff.clone(),
        recipients: staff,
        cancellable: true,
    };
    let held = (1..).zip(trustees);
    let trustees = held.map(|(x, held)| PolicyTrustee { x, account: held.card.account(), contact: "tel".to_owned() });
    Policy { centre, number: 1, threshold: 2, trustees: trustees.collect(), grounds: vec![ground] }
}

/// The recipient's own request for both epochs, accepted.
fn request(
    rng: &mut Blocks,
    epochs: &[AuthoredEpoch; 2],
    trustees: &[Person],
    recipient: &Person,
    policy: &Signed<Policy>,
    evidence: &Evidence,
) -> Release {
    let account = recipient.card.account();
    let outline = RequestOutline {
        session: epochs[0].manifest.body().outline.session,
        policy: policy.hash(),
        epochs: epochs.iter().map(|epoch| epoch.manifest.hash()).collect(),
        ground: GroundCode::ImminentDanger,
        requester: account,
        recipient: account,
        card: recipient.card.hash(),
        created: NOW,
        expires: NOW.plus(1_000),
    };
    let sealed: Vec<Vec<u8>> =
        trustees.iter().map(|trustee| seal_justification(rng, &outline, &trustee.card, "in danger").unwrap()).collect();
    let named = trustees.iter().zip(&sealed).map(|(trustee, sealed)| Justification {
        trustee: trustee.card.account(),
        card: trustee.card.hash(),
        sealed: of_bytes(sealed),
    });
    let request = Request { outline, justifications: named.collect() };
    let newest = |account: &AccountId| {
        let mut everybody = trustees.iter().chain([recipient]);
        everybody.find(|person| person.card.account() == *account).map(|person| person.card.hash())
    };
    let signed = Signed::sign(request, recipient.keyring.newest());
    for (trustee, sealed_to) in trustees.iter().zip(&sealed) {
        assert_eq!(*open_justification(&trustee.keyring, &signed, &sealed).unwrap(), "in danger");
        assert!(!sealed_to.windows(9).any(|window| window == b"in danger"));
    }
    assert!(open_justification(&recipient.keyring, &signed, &sealed).is_err(), "not even the requester");
    let manifests = [&epochs[0].manifest, &epochs[1].manifest];
    let against = Requested { policy, manifests: &manifests, justifications: Some(&sealed), moment: MOMENT };
    check_request(signed, &against, newest, evidence).unwrap()
}

impl Story {
    fn manifests(&self) -> [&Signed<Manifest>; 2] {
        [&self.epochs[0].manifest, &self.epochs[1].manifest]
    }

    /// The shares of a trustee, sealed again for a request to a card.
    fn reseals(&mut self, trustee: usize, request: &Hash, card: &SignedCard) -> Vec<Vec<u8>> {
        let keyring = &self.trustees[trustee].keyring;
        let shares = self.epochs.iter().map(|epoch| open_share(keyring, &epoch.manifest, &epoch.seals).unwrap());
        let shares: Vec<_> = shares.collect();
        shares.iter().map(|share| share.reseal(&mut self.rng, request, card).unwrap()).collect()
    }

    /// A trustee sees the request and approves it with these shares.
    fn approve(&mut self, trustee: usize, reseals: Vec<Vec<u8>>) {
        let (request, person) = (self.release.request().hash(), &self.trustees[trustee]);
        let account = person.card.account();
        let sighting = Signed::sign(Sighting { request, trustee: account, time: NOW }, person.keyring.newest());
        self.release.take(Step::Seen(sighting), MOMENT, &self.evidence).unwrap();
        let x = u8::try_from(trustee).unwrap() + 1;
        let hashes = reseals.iter().map(|reseal| of_bytes(reseal)).collect();
        let approval = Approval { request, trustee: account, x, reseals: hashes, time: NOW };
        let approval = Signed::sign(approval, person.keyring.newest());
        self.release.take(Step::Approved(approval, Some(reseals)), MOMENT, &self.evidence).unwrap();
    }

    /// A trustee approves as it should.
    fn approves(&mut self, trustee: usize) {
        let (request, card) = (self.release.request().hash(), self.recipient.card.clone());
        let reseals = self.reseals(trustee, &request, &card);
        self.approve(trustee, reseals);
    }

    fn open(&self, keyring: &Keyring) -> Result<Opened, OpenError> {
        open_release(keyring, &self.release, &self.manifests())
    }
}

#[test]
fn enough_trustees_open_exactly_these_epochs_for_the_recipient() {
    let mut story = story();
    story.approves(2);
    let too_few = story.open(&story.recipient.keyring).unwrap();
    assert!(too_few.epochs.is_none());
    assert_eq!((too_few.used, too_few.bad), (vec![], vec![]));
    story.approves(0);
    let opened = story.open(&story.recipient.keyring).unwrap();
    assert_eq!((&opened.used[..], &opened.bad[..]), (&[3, 1][..], &[][..]));
    let sender = story.people[1].keyring.newest();
    for (epoch, authored) in opened.epochs.unwrap().iter().zip(&story.epochs) {
        let header = LetterHeader {
            session: epoch.session(),
            epoch: epoch.number(),
            manifest: authored.manifest.hash(),
            sender: sender.account(),
            card: sender.card_hash(),
            id: LetterId::from_random_bytes([1; 16]),
            sequence: 0,
            previous_own: None,
            seen: None,
            salt: Hash([0; 32]),
        };
        let parts: Vec<&Vec<u8>> = authored.wraps.iter().chain(&authored.seals).collect();
        let (members, held) = (cards(&story.people), cards(&story.trustees));
        let all = EpochCards { members: &members, trustees: &held };
        let own = open_epoch(&story.people[1].keyring, &authored.manifest, &parts, all).unwrap();
        let letter = seal_letter(&mut Blocks::new("letter"), &own, sender, header, b"satu").unwrap();
        assert_eq!(open_letter(epoch, &letter.letter, &letter.ciphertext).unwrap().as_bytes(), b"satu");
    }
    for other in story.people.iter().chain(&story.trustees) {
        assert!(story.open(&other.keyring).is_err(), "only the recipient");
    }
}

#[test]
fn a_trustee_who_lies_is_named_and_others_take_its_place() {
    let mut story = story();
    let (request, stranger) = (story.release.request().hash(), person(&mut story.rng));
    // sealed to somebody else
    let lie = story.reseals(0, &request, &stranger.card);
    story.approve(0, lie);
    story.approves(1);
    let opened = story.open(&story.recipient.keyring).unwrap();
    assert!(opened.epochs.is_none());
    assert_eq!(opened.bad, [1]);
    story.approves(2);
    let opened = story.open(&story.recipient.keyring).unwrap();
    assert!(opened.epochs.is_some());
    assert_eq!((opened.used, opened.bad), (vec![2, 3], vec![1]));
}

#[test]
fn shares_of_another_trustee_request_or_epoch_are_bad() {
    type Lie = fn(&mut Story, &Hash, &SignedCard) -> Vec<Vec<u8>>;
    let card = story().recipient.card.clone();
    let lies: [Lie; 3] = [
        |story, request, card| story.reseals(1, request, card),
        |story, _, card| story.reseals(0, &Hash([7; 32]), card),
        |story, request, card| {
            let mut swapped = story.reseals(0, request, card);
            swapped.reverse();
            swapped
        },
    ];
    for lie in lies {
        let mut story = story();
        let request = story.release.request().hash();
        let shares = lie(&mut story, &request, &card);
        story.approve(0, shares);
        story.approves(2);
        assert_eq!(story.open(&story.recipient.keyring).unwrap().bad, [1]);
    }
}

#[test]
fn other_manifests_than_those_of_the_request_are_refused() {
    let mut story = story();
    story.approves(0);
    story.approves(1);
    let [first, second] = story.manifests();
    for manifests in [vec![first], vec![second, first], vec![first, second, second]] {
        assert!(open_release(&story.recipient.keyring, &story.release, &manifests).is_err());
    }
}

#[test]
fn a_justification_is_bound_to_its_request_and_not_longer_than_it_may_be() {
    let mut story = story();
    let mut outline = story.release.outline().clone();
    let (trustee, rng) = (&story.trustees[0], &mut story.rng);
    let long = "x".repeat(16_384);
    let refused = seal_justification(rng, &outline, &trustee.card, &long).unwrap_err();
    assert_eq!(refused, JustificationError::TooLong);
    let sealed = seal_justification(rng, &outline, &trustee.card, "why").unwrap();
    let of = |outline: RequestOutline| {
        let named =
            Justification { trustee: trustee.card.account(), card: trustee.card.hash(), sealed: of_bytes(&sealed) };
        let request = Request { outline, justifications: vec![named] };
        open_justification(&trustee.keyring, &Signed::sign(request, story.recipient.keyring.newest()), &[&sealed])
    };
    assert_eq!(*of(outline.clone()).unwrap(), "why");
    outline.recipient = story.people[0].card.account();
    assert!(of(outline).is_err());
}
