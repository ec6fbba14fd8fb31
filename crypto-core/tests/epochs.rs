//! Epochs: one secret for all readers, or none (docs/protocol.md §5).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use amanah_crypto_core::epoch::{AuthorError, AuthoredEpoch, Epoch, EpochCards, EpochError, author_epoch};
use amanah_crypto_core::identity::{Identity, Keyring};
use amanah_crypto_core::letter::{open_letter, seal_letter};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{CaseId, SessionId};
use amanah_protocol::manifest::{Manifest, Outline, Reason, RefusalCode};
use common::{Blocks, NOW, Session, cards, outline, people, session};

fn refused(session: &Session, reader: usize) -> EpochError {
    open(session, reader).err().expect("refused")
}

fn open(session: &Session, reader: usize) -> Result<Epoch, EpochError> {
    session.opened_by(&session.people[reader].keyring)
}

fn error(code: RefusalCode, index: u32) -> EpochError {
    EpochError { code, index: Some(index) }
}

/// What the first of these people makes of an outline with the cards of all.
fn author(rng: &mut Blocks, people: &[common::Person], outline: Outline) -> Result<AuthoredEpoch, AuthorError> {
    let members = cards(people);
    author_epoch(rng, people[0].keyring.newest(), outline, EpochCards { members: &members, trustees: &[] })
}

/// Puts another wrap into a member's place, named by the manifest.
fn replace_wrap(session: &mut Session, index: usize, wrap: Vec<u8>) {
    let hash = of_bytes(&wrap);
    session.wraps[index] = wrap;
    session.resign(|manifest| manifest.wraps[index] = hash);
}

#[test]
fn every_member_opens_the_same_epoch() {
    let mut rng = Blocks::new("same epoch");
    let session = session(&mut rng, 5);
    let sender = session.people[0].keyring.newest();
    let sealed = seal_letter(&mut rng, &session.epoch(0), sender, session.header(0, 1), b"hello").unwrap();
    for reader in 0..5 {
        let opened = open_letter(&session.epoch(reader), &sealed.letter, &sealed.ciphertext).unwrap();
        assert_eq!(opened.as_bytes(), b"hello");
    }
}

#[test]
fn two_secrets_for_two_members_are_refused_by_both() {
    let mut rng = Blocks::new("two secrets");
    let mut one = session(&mut rng, 3);
    let outline = one.manifest.body().outline.clone();
    let other = author(&mut rng, &one.people, outline).unwrap();
    replace_wrap(&mut one, 2, other.wraps[2].clone());
    assert_eq!(refused(&one, 0), error(RefusalCode::OtherWrap, 2));
    assert_eq!(refused(&one, 1), error(RefusalCode::OtherWrap, 2));
    assert_eq!(refused(&one, 2), EpochError { code: RefusalCode::Commitment, index: None });
}

#[test]
fn junk_in_another_members_place_is_refused_by_everybody() {
    let mut one = session(&mut Blocks::new("junk"), 3);
    let junk = vec![0x5a; one.wraps[1].len()];
    replace_wrap(&mut one, 1, junk);
    assert_eq!(refused(&one, 0), error(RefusalCode::OtherWrap, 1));
    assert_eq!(refused(&one, 1), error(RefusalCode::OwnWrap, 1));
}

/// The right secret, sealed with fresh coins, opens for its reader. It is refused all the same: others cannot check it.
#[test]
fn a_wrap_that_opens_but_was_not_derived_is_refused() {
    let mut rng = Blocks::new("fresh coins");
    let mut one = session(&mut rng, 2);
    let mut altered = one.wraps[1].clone();
    altered[5] ^= 1;
    replace_wrap(&mut one, 1, altered);
    assert_eq!(refused(&one, 0).code, RefusalCode::OtherWrap);
    assert_eq!(refused(&one, 1).code, RefusalCode::OwnWrap);
}

#[test]
fn a_wrap_to_another_key_in_a_members_place_is_refused() {
    let mut rng = Blocks::new("another key");
    let mut one = session(&mut rng, 2);
    let stranger = people(&mut rng, 1).remove(0);
    let (_, card) = stranger.keyring.newest().next(&mut rng, NOW);
    let mut members = cards(&one.people);
    members[1] = &card;
    let opened = one.opened_with(&one.people[0].keyring, EpochCards { members: &members, trustees: &[] });
    assert_eq!(opened.err(), Some(EpochError { code: RefusalCode::Manifest, index: None }));
    one.wraps.swap(0, 1);
    one.resign(|manifest| manifest.wraps.swap(0, 1));
    assert_eq!(refused(&one, 0), error(RefusalCode::OwnWrap, 0));
}

#[test]
fn another_commitment_is_refused() {
    let mut one = session(&mut Blocks::new("commitment"), 2);
    one.resign(|manifest| manifest.commitment = Hash([1; 32]));
    for reader in 0..2 {
        assert_eq!(refused(&one, reader), EpochError { code: RefusalCode::Commitment, index: None });
    }
}

/// Wraps are bound to everything in the outline: moved to any other, they do not open.
#[test]
fn wraps_moved_to_another_session_epoch_or_outline_are_refused() {
    let fresh = || session(&mut Blocks::new("moved"), 2);
    let changes: [fn(&mut Manifest); 8] = [
        |m| m.outline.session = SessionId::from_random_bytes([1; 16]),
        |m| m.outline.case = CaseId::from_random_bytes([1; 16]),
        |m| m.outline.epoch = 1,
        |m| m.outline.previous = Some(Hash([1; 32])),
        |m| m.outline.reason = Reason::Schedule,
        |m| m.outline.created.0 += 1,
        |m| m.outline.members[1].grant = None,
        |m| m.outline.members[1].capabilities = amanah_protocol::manifest::Capabilities::READ,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut moved = fresh();
        moved.resign(change);
        for reader in 0..2 {
            assert_eq!(refused(&moved, reader).code, RefusalCode::OwnWrap, "{index}");
        }
    }
}

#[test]
fn an_altered_or_missing_wrap_is_refused_before_anything_is_opened() {
    let mut one = session(&mut Blocks::new("altered"), 2);
    one.wraps[1][0] ^= 1;
    assert_eq!(refused(&one, 0), error(RefusalCode::Manifest, 1));
    one.wraps.pop();
    assert_eq!(refused(&one, 0), EpochError { code: RefusalCode::Manifest, index: None });
}

#[test]
fn only_the_author_of_the_outline_makes_the_epoch_and_only_with_the_cards_it_names() {
    let mut rng = Blocks::new("author");
    let people = people(&mut rng, 2);
    let outline = outline(&mut rng, &people);
    let (members, stranger) = (cards(&people), common::person(&mut rng));
    let right = EpochCards { members: &members, trustees: &[] };
    let by_other = author_epoch(&mut rng, people[1].keyring.newest(), outline.clone(), right);
    assert_eq!(by_other.err(), Some(AuthorError::Outline));
    let swapped = [&people[1].card, &people[0].card];
    for (members, trustees) in [(&swapped[..], &[][..]), (&members[..1], &[]), (&members, &[&stranger.card])] {
        let made =
            author_epoch(&mut rng, people[0].keyring.newest(), outline.clone(), EpochCards { members, trustees });
        assert_eq!(made.err(), Some(AuthorError::Outline));
    }
}

#[test]
fn somebody_who_is_no_member_opens_nothing() {
    let mut rng = Blocks::new("stranger");
    let one = session(&mut rng, 2);
    let stranger = people(&mut rng, 1).remove(0);
    let opened = one.opened_by(&stranger.keyring);
    assert_eq!(opened.err(), Some(EpochError { code: RefusalCode::Manifest, index: None }));
}

#[test]
fn a_new_card_is_chained_and_the_old_one_still_opens_its_epochs() {
    let mut rng = Blocks::new("rotation");
    let mut one = session(&mut rng, 2);
    let (next, card) = one.people[1].keyring.newest().next(&mut rng, NOW);
    let unverified = amanah_protocol::card::UnverifiedCard::parse(card.wire()).unwrap();
    assert_eq!(unverified.verify_next(&one.people[1].card).unwrap().hash(), next.card_hash());
    assert!(one.people[1].keyring.add(next));
    assert_eq!(one.people[1].keyring.newest().number(), 2);
    assert!(open(&one, 1).is_ok());
    assert!(one.people[1].keyring.by_card(&card.hash()).is_some());
    let (stranger, _) = Identity::generate(&mut rng, NOW);
    assert!(!one.people[1].keyring.add(stranger));
}

/// A reader whose keyring has lost the card cannot open, and says so about its own wrap.
#[test]
fn a_keyring_without_the_card_refuses_its_own_wrap() {
    let mut rng = Blocks::new("lost card");
    let mut one = session(&mut rng, 2);
    let (next, _) = one.people[1].keyring.newest().next(&mut rng, NOW);
    one.people[1].keyring = Keyring::new(next);
    assert_eq!(refused(&one, 1), error(RefusalCode::OwnWrap, 1));
}
