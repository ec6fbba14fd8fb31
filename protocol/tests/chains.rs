//! Chains of cards and roots, and what a root appoints (docs/protocol.md §3.1, §3.2).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_protocol::card::{Card, CardChain, CardError, SignedCard, UnverifiedCard, XWingKey, is_small_order};
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::{Appointment, Dismissal, Licence, RelayCertificate, Role};
use amanah_protocol::centre::{Root, RootError, SignedRoot, UnverifiedRoot};
use amanah_protocol::consent::Document;
use amanah_protocol::erasure::Tombstone;
use amanah_protocol::evidence::Moment;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CentreId, Timestamp};
use amanah_protocol::signature::{BadSignature, Signed, Signer, Unverified, VerifyingKey};
use common::world::{MOMENT, Person, World};
use common::{Key, LATER, NOW, chained_wire, hash, samples, x_wing_key};

fn read(wire: &[u8]) -> UnverifiedCard {
    UnverifiedCard::parse(wire).unwrap()
}

fn sign_first(card: Card, key: &Key) -> Result<SignedCard, CardError> {
    read(SignedCard::sign_first(card, key).wire()).verify_first()
}

/// Signs the card as the next of the person with key 2, and checks it.
fn sign_next(card: &Card, person: &Person) -> Result<SignedCard, CardError> {
    read(SignedCard::sign_next(card.clone(), &Key::new(2), &person.key).wire()).verify_next(&person.card)
}

#[test]
fn an_account_is_the_hash_of_its_first_card() {
    let person = Person::new(1);
    let card = sign_first(person.card.card().clone(), &person.key).unwrap();
    assert_eq!(card, person.card);
    assert_eq!(card.account(), AccountId(card.card().hash().0));
    assert_eq!(card.hash(), card.card().hash());
}

#[test]
fn a_first_card_has_number_one_and_nothing_before_it() {
    let person = Person::new(1);
    let good = person.card.card();
    let cards = [
        Card { number: 0, ..good.clone() },
        Card { number: 2, ..good.clone() },
        Card { account: Some(person.account()), ..good.clone() },
        Card { previous: Some(hash(1)), ..good.clone() },
    ];
    for card in cards {
        assert_eq!(sign_first(card.clone(), &person.key), Err(CardError::Chain), "{card:?}");
    }
    let body = good.to_bytes();
    let (own, next) = (person.key.sign_as("card", &body), person.key.sign_as("card-next", &body));
    assert_eq!(read(&chained_wire(&body, own, Some(next))).verify_first(), Err(CardError::Chain));
    assert!(read(&chained_wire(&body, own, None)).verify_first().is_ok());
}

#[test]
fn a_first_card_is_signed_by_its_own_key() {
    let person = Person::new(1);
    assert_eq!(sign_first(person.card.card().clone(), &Key::new(2)), Err(CardError::Signature));
}

#[test]
fn a_next_card_keeps_the_account() {
    let person = Person::new(1);
    let next = sign_next(&person.next_card(2), &person).unwrap();
    assert_eq!(next.account(), person.account());
    assert_ne!(next.hash(), person.card.hash());
    assert_eq!(read(next.wire()).claimed(), &person.next_card(2));
}

#[test]
fn a_next_card_continues_account_number_and_previous() {
    let person = Person::new(1);
    let good = person.next_card(2);
    let cards = [
        Card { account: None, ..good.clone() },
        Card { account: Some(Person::new(3).account()), ..good.clone() },
        Card { number: 1, ..good.clone() },
        Card { number: 3, ..good.clone() },
        Card { previous: None, ..good.clone() },
        Card { previous: Some(Person::new(3).card.hash()), ..good.clone() },
    ];
    for card in cards {
        assert_eq!(sign_next(&card, &person), Err(CardError::Chain), "{card:?}");
    }
}

#[test]
fn numbers_do_not_begin_again_after_the_last() {
    let person = Person::new(1);
    let last = SignedCard::sign_first(Card { number: u32::MAX, ..person.card.card().clone() }, &person.key);
    for number in [0, 1, u32::MAX] {
        let card = Card { number, account: Some(last.account()), previous: Some(last.hash()), ..person.next_card(2) };
        let next = SignedCard::sign_next(card, &Key::new(2), &person.key);
        assert_eq!(read(next.wire()).verify_next(&last), Err(CardError::Chain), "{number}");
    }
}

#[test]
fn a_next_card_needs_both_signatures() {
    let person = Person::new(1);
    let body = person.next_card(2).to_bytes();
    let (new, stranger) = (Key::new(2), Key::new(3));
    let check = |own, previous| read(&chained_wire(&body, own, previous)).verify_next(&person.card).err();
    let own = new.sign_as("card", &body);
    let by_previous = person.key.sign_as("card-next", &body);
    assert_eq!(check(own, Some(by_previous)), None);
    assert_eq!(check(own, None), Some(CardError::Chain));
    assert_eq!(check(own, Some(own)), Some(CardError::Signature));
    assert_eq!(check(own, Some(stranger.sign_as("card-next", &body))), Some(CardError::Signature));
    assert_eq!(check(own, Some(person.key.sign_as("card", &body))), Some(CardError::Signature));
    assert_eq!(check(by_previous, Some(by_previous)), Some(CardError::Signature));
    assert_eq!(check(stranger.sign_as("card", &body), Some(by_previous)), Some(CardError::Signature));
    assert_eq!(check(new.sign_as("card-next", &body), Some(by_previous)), Some(CardError::Signature));
}

/// X25519 values that any scalar maps to zero, in every spelling that X25519 takes (RFC 7748 §5).
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
];

fn unsound_kem_keys() -> Vec<XWingKey> {
    let good = x_wing_key(2);
    let with_point = |text: &str, high_bit: u8| {
        let mut key = good;
        hex::decode_to_slice(text, &mut key.0[1184..]).unwrap();
        key.0[1215] |= high_bit;
        key
    };
    let mut keys: Vec<_> = SMALL_ORDER.iter().flat_map(|text| [with_point(text, 0), with_point(text, 0x80)]).collect();
    // 0xd01 is q, and 0xfff is greater: no coefficient of ML-KEM (FIPS 203 §7.2)
    for coefficient in [[0x01, 0x0d], [0xff, 0x0f]] {
        let mut key = good;
        key.0[..2].copy_from_slice(&coefficient);
        keys.push(key);
    }
    keys
}

#[test]
fn points_of_small_order_are_known() {
    for text in SMALL_ORDER {
        assert!(is_small_order(hex::decode(text).unwrap().try_into().unwrap()), "{text}");
    }
    assert!(!is_small_order([9; 32]));
    assert!(x_wing_key(1).is_sound());
}

#[test]
fn a_card_with_a_key_that_nobody_may_use_is_refused() {
    let person = Person::new(1);
    for kem_key in unsound_kem_keys() {
        assert!(!kem_key.is_sound(), "{kem_key}");
        let first = Card { kem_key, ..person.card.card().clone() };
        assert_eq!(sign_first(first, &person.key), Err(CardError::Key));
        let next = Card { kem_key, ..person.next_card(2) };
        assert_eq!(sign_next(&next, &person), Err(CardError::Key));
    }
    for point in [0, 1] {
        let weak = VerifyingKey([&[point][..], &[0; 31]].concat().try_into().unwrap());
        let first = Card { verifying_key: weak, ..person.card.card().clone() };
        assert_eq!(sign_first(first, &person.key), Err(CardError::Key));
        let next = Card { verifying_key: weak, ..person.next_card(2) };
        assert_eq!(sign_next(&next, &person), Err(CardError::Key));
    }
}

/// A person's first three cards.
fn three_cards(number: u8) -> [SignedCard; 3] {
    let person = Person::new(number);
    let second = SignedCard::sign_next(person.next_card(2), &Key::new(2), &person.key);
    let third = Card { number: 3, previous: Some(second.hash()), ..person.next_card(3) };
    let third = SignedCard::sign_next(third, &Key::new(3), &Key::new(2));
    [person.card, second, third]
}

fn chain(account: AccountId, cards: &[&SignedCard]) -> Result<CardChain, CardError> {
    CardChain::verify(account, cards.iter().map(|card| read(card.wire())))
}

#[test]
fn a_chain_is_checked_from_its_first_card_to_its_newest() {
    let cards = three_cards(1);
    let [first, second, third] = &cards;
    let account = first.account();
    let whole = chain(account, &[first, second, third]).unwrap();
    assert_eq!((whole.account(), whole.newest()), (account, third));
    for card in &cards {
        assert_eq!(whole.find(&card.hash()), Some(card));
    }
    assert_eq!(whole.find(&hash(1)), None);
    assert_eq!(chain(account, &[first]).unwrap().newest(), first);
}

#[test]
fn a_broken_chain_is_refused() {
    let [first, second, third] = &three_cards(1);
    let [other_first, other_second, _] = &three_cards(4);
    let account = first.account();
    let broken: [&[&SignedCard]; 8] = [
        &[],
        &[second],
        &[first, third],
        &[first, third, second],
        &[second, first],
        &[first, first],
        &[first, second, second],
        &[first, other_second],
    ];
    for cards in broken {
        assert_eq!(chain(account, cards), Err(CardError::Chain));
    }
    assert_eq!(chain(other_first.account(), &[first, second, third]), Err(CardError::Chain));
}

#[test]
fn the_key_before_the_last_cannot_continue_a_chain() {
    let [first, second, third] = three_cards(1);
    let body = Card { verifying_key: Key::new(9).verifying_key(), ..third.card().clone() };
    let forged = SignedCard::sign_next(body, &Key::new(9), &Key::new(1));
    assert_eq!(chain(first.account(), &[&first, &second, &forged]), Err(CardError::Signature));
}

fn read_root(wire: &[u8]) -> UnverifiedRoot {
    UnverifiedRoot::parse(wire).unwrap()
}

fn root_wire(root: &Root, own: &Key, previous: Option<&Key>) -> Vec<u8> {
    let body = root.to_bytes();
    chained_wire(&body, own.sign_as("root", &body), previous.map(|key| key.sign_as("root-next", &body)))
}

#[test]
fn a_centre_is_the_hash_of_its_first_root() {
    let root = SignedRoot::sign_first(&Key::new(1));
    let body = Root { number: 1, verifying_key: Key::new(1).verifying_key(), previous: None };
    assert_eq!(root.centre(), CentreId(body.hash().0));
    assert_eq!(read_root(root.wire()).claimed_centre(), root.centre());
    assert_eq!(read_root(root.wire()).verify_first(root.centre()), Ok(root.clone()));
    assert_eq!(root.verifying_key(), &Key::new(1).verifying_key());
}

#[test]
fn a_root_of_a_centre_that_is_not_pinned_is_refused() {
    let root = SignedRoot::sign_first(&Key::new(1));
    let other = SignedRoot::sign_first(&Key::new(2));
    assert_eq!(read_root(root.wire()).verify_first(other.centre()), Err(RootError::Chain));
}

#[test]
fn a_first_root_has_number_one_and_nothing_before_it() {
    let key = Key::new(1);
    let good = Root { number: 1, verifying_key: key.verifying_key(), previous: None };
    let cases = [
        (Root { number: 0, ..good.clone() }, None, Some(RootError::Chain)),
        (Root { number: 2, ..good.clone() }, None, Some(RootError::Chain)),
        (Root { previous: Some(hash(1)), ..good.clone() }, None, Some(RootError::Chain)),
        (good.clone(), Some(&key), Some(RootError::Chain)),
        (good, None, None),
    ];
    for (root, previous, expected) in cases {
        let verified = read_root(&root_wire(&root, &key, previous)).verify_first(root.hash().into());
        assert_eq!(verified.err(), expected, "{root:?}");
    }
}

#[test]
fn a_first_root_is_signed_by_its_own_key() {
    let root = Root { number: 1, verifying_key: Key::new(1).verifying_key(), previous: None };
    let verified = read_root(&root_wire(&root, &Key::new(2), None)).verify_first(root.hash().into());
    assert_eq!(verified, Err(RootError::Signature));
    let weak = Root { verifying_key: VerifyingKey([0; 32]), ..root };
    let verified = read_root(&root_wire(&weak, &Key::new(1), None)).verify_first(weak.hash().into());
    assert_eq!(verified, Err(RootError::Signature));
}

#[test]
fn a_next_root_keeps_the_centre() {
    let first = SignedRoot::sign_first(&Key::new(1));
    let next = first.sign_next(&Key::new(1), &Key::new(2));
    assert_eq!(read_root(next.wire()).verify_next(&first), Ok(next.clone()));
    assert_eq!(next.centre(), first.centre());
    let third = next.sign_next(&Key::new(2), &Key::new(3));
    assert_eq!(read_root(third.wire()).verify_next(&next), Ok(third.clone()));
    assert_eq!(read_root(third.wire()).verify_next(&first), Err(RootError::Chain));
}

#[test]
fn a_next_root_continues_number_and_previous_with_both_signatures() {
    let (old, new, stranger) = (Key::new(1), Key::new(2), Key::new(3));
    let first = SignedRoot::sign_first(&old);
    let good = Root { number: 2, verifying_key: new.verifying_key(), previous: Some(first.hash()) };
    let other = SignedRoot::sign_first(&stranger).hash();
    let cases = [
        (good.clone(), &new, Some(&old), None),
        (Root { number: 1, ..good.clone() }, &new, Some(&old), Some(RootError::Chain)),
        (Root { number: 3, ..good.clone() }, &new, Some(&old), Some(RootError::Chain)),
        (Root { previous: None, ..good.clone() }, &new, Some(&old), Some(RootError::Chain)),
        (Root { previous: Some(other), ..good.clone() }, &new, Some(&old), Some(RootError::Chain)),
        (good.clone(), &new, None, Some(RootError::Chain)),
        (good.clone(), &new, Some(&new), Some(RootError::Signature)),
        (good.clone(), &new, Some(&stranger), Some(RootError::Signature)),
        (good.clone(), &old, Some(&old), Some(RootError::Signature)),
        (good, &stranger, Some(&old), Some(RootError::Signature)),
    ];
    for (root, own, previous, expected) in cases {
        let verified = read_root(&root_wire(&root, own, previous)).verify_next(&first);
        assert_eq!(verified.err(), expected, "{root:?}");
    }
}

/// What the root says of a structure that this key signed.
fn verified<T: amanah_protocol::centre::SignedByRoot>(
    root: &SignedRoot,
    body: T,
    key: &Key,
) -> Result<Hash, BadSignature> {
    let signed = Signed::sign(body, key);
    root.verify(Unverified::<T>::parse(signed.wire()).unwrap()).map(|signed| signed.hash())
}

#[test]
fn a_root_speaks_for_its_own_centre_only() {
    let world = World::new();
    let (root, key, other) = (&world.root, &world.root_key, samples::CENTRE);
    let appointment = world.appointment(world.counsellor.account(), Role::Counsellor);
    let dismissal = Dismissal { centre: root.centre(), ..samples::dismissal() };
    let certificate = RelayCertificate { centre: root.centre(), ..samples::relay_certificate() };
    let document = world.document.body().clone();
    let tombstone = Tombstone { centre: root.centre(), ..samples::tombstone() };

    assert_eq!(verified(root, appointment.clone(), key), Ok(appointment.hash()));
    assert_eq!(verified(root, dismissal.clone(), key), Ok(dismissal.hash()));
    assert_eq!(verified(root, certificate.clone(), key), Ok(certificate.hash()));
    assert_eq!(verified(root, document.clone(), key), Ok(document.hash()));
    assert_eq!(verified(root, tombstone.clone(), key), Ok(tombstone.hash()));

    assert_eq!(verified(root, Appointment { centre: other, ..appointment.clone() }, key), Err(BadSignature));
    assert_eq!(verified(root, Dismissal { centre: other, ..dismissal.clone() }, key), Err(BadSignature));
    assert_eq!(verified(root, RelayCertificate { centre: other, ..certificate.clone() }, key), Err(BadSignature));
    assert_eq!(verified(root, Document { centre: other, ..document.clone() }, key), Err(BadSignature));
    assert_eq!(verified(root, Tombstone { centre: other, ..tombstone.clone() }, key), Err(BadSignature));

    for key in [&world.counsellor.key, &world.client.key] {
        assert_eq!(verified(root, appointment.clone(), key), Err(BadSignature));
        assert_eq!(verified(root, dismissal.clone(), key), Err(BadSignature));
        assert_eq!(verified(root, certificate.clone(), key), Err(BadSignature));
        assert_eq!(verified(root, document.clone(), key), Err(BadSignature));
        assert_eq!(verified(root, tombstone.clone(), key), Err(BadSignature));
    }
}

#[test]
fn a_root_does_not_speak_for_the_next_one() {
    let world = World::new();
    let next = world.root.sign_next(&world.root_key, &Key::new(2));
    let appointment = world.appointment(world.counsellor.account(), Role::Counsellor);
    assert!(verified(&next, appointment.clone(), &Key::new(2)).is_ok());
    assert_eq!(verified(&next, appointment.clone(), &world.root_key), Err(BadSignature));
    assert_eq!(verified(&world.root, appointment, &Key::new(2)), Err(BadSignature));
}

#[test]
fn an_appointment_is_in_force_from_its_first_moment_until_before_its_last() {
    let appointment = World::new().appointment(samples::COUNSELLOR, Role::Counsellor);
    let licence = Licence { expires: Timestamp(NOW.0 + 500), ..appointment.licence.clone().unwrap() };
    let licensed = Appointment { licence: Some(licence), ..appointment.clone() };
    let unlicensed = Appointment { licence: None, ..appointment.clone() };
    let table = [
        // time             appointment  licence ends   no licence
        (NOW.0 - 1, false, false, false),
        (NOW.0, true, true, true),
        (NOW.0 + 499, true, true, true),
        (NOW.0 + 500, true, false, true),
        (LATER.0 - 1, true, false, true),
        (LATER.0, false, false, false),
        (LATER.0 + 1, false, false, false),
    ];
    for (time, plain, ending, without) in table {
        let in_force = [&appointment, &licensed, &unlicensed].map(|a| a.in_force(Timestamp(time)));
        assert_eq!(in_force, [plain, ending, without], "{time}");
    }
}

#[test]
fn a_dismissal_ends_an_appointment_after_its_position_and_from_its_time() {
    let mut world = World::new();
    world.dismiss(0, 50, Timestamp(NOW.0 + 1000));
    let [counsellor, supervisor] = [0, 1].map(|index| world.evidence.appointments[index].signed.hash());
    let dismissed = |appointment: &Hash, position, time| {
        world.evidence.dismissed(appointment, Moment { position, time: Timestamp(NOW.0 + time) })
    };
    assert!(dismissed(&counsellor, 51, 1000));
    assert!(dismissed(&counsellor, 51, 5000));
    assert!(!dismissed(&counsellor, 50, 5000), "placed at the moment itself");
    assert!(!dismissed(&counsellor, 51, 999), "not yet");
    assert!(!dismissed(&supervisor, 51, 5000), "another appointment");
    assert!(world.evidence.dismissed(&counsellor, MOMENT));
}
