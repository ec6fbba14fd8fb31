//! Letters: sealed for one place only, padded, hedged, committed (docs/protocol.md §6).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;

use amanah_crypto_core::OpenError;
use amanah_crypto_core::letter::{SealError, SealedLetter, open_letter, seal_letter};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, LetterId, SessionId};
use amanah_protocol::letter::{Letter, LetterHeader, MAX_PADDED};
use amanah_protocol::padding::is_padded_length;
use amanah_protocol::signature::{Signed, Unverified};
use common::{Blocks, Session, Stuck, session};

fn seal(session: &Session, content: &[u8]) -> SealedLetter {
    let mut rng = Blocks::new("letter");
    let sender = session.people[0].keyring.newest();
    seal_letter(&mut rng, &session.epoch(0), sender, session.header(0, 1), content).unwrap()
}

/// The letter with another body, signed again by the sender.
fn resign(session: &Session, letter: &Signed<Letter>, change: impl FnOnce(&mut Letter)) -> Signed<Letter> {
    let mut body = letter.body().clone();
    change(&mut body);
    Signed::sign(body, session.people[0].keyring.newest())
}

#[test]
fn what_was_sealed_opens_and_its_signature_checks() {
    let session = session(&mut Blocks::new("opens"), 2);
    let sealed = seal(&session, "Assalamu’alaikum, apa kabar? 🌱".as_bytes());
    let key = session.people[0].card.card().verifying_key;
    let letter = Unverified::<Letter>::parse(sealed.letter.wire()).unwrap().verify(&key).unwrap();
    let opened = open_letter(&session.epoch(1), &letter, &sealed.ciphertext).unwrap();
    assert_eq!(opened.as_bytes(), "Assalamu’alaikum, apa kabar? 🌱".as_bytes());
}

#[test]
fn lengths_are_padded_and_too_long_a_letter_is_refused() {
    let session = session(&mut Blocks::new("lengths"), 1);
    for length in [0, 1, 100, 255] {
        assert_eq!(seal(&session, &vec![7; length]).ciphertext.len(), 256 + 16);
    }
    for length in [256, 1_000, 5_000, MAX_PADDED - 1] {
        let sealed = seal(&session, &vec![7; length]);
        assert!(is_padded_length(sealed.ciphertext.len() - 16), "{length}");
        let opened = open_letter(&session.epoch(0), &sealed.letter, &sealed.ciphertext).unwrap();
        assert_eq!(opened.as_bytes(), vec![7; length]);
    }
    let sender = session.people[0].keyring.newest();
    let too_long = vec![7; MAX_PADDED];
    let refused = seal_letter(&mut Blocks::new("x"), &session.epoch(0), sender, session.header(0, 1), &too_long);
    assert_eq!(refused.err(), Some(SealError::TooLong));
}

#[test]
fn a_letter_moved_to_another_place_does_not_open_even_if_signed_again() {
    let session = session(&mut Blocks::new("moved letter"), 2);
    let sealed = seal(&session, b"text");
    let epoch = session.epoch(1);
    let changes: [fn(&mut LetterHeader); 10] = [
        |h| h.session = SessionId::from_random_bytes([1; 16]),
        |h| h.epoch = 1,
        |h| h.manifest = Hash([1; 32]),
        |h| h.sender = AccountId([1; 32]),
        |h| h.card = Hash([1; 32]),
        |h| h.id = LetterId::from_random_bytes([2; 16]),
        |h| h.sequence = 1,
        |h| h.previous_own = Some(Hash([1; 32])),
        |h| h.seen = Some(Hash([1; 32])),
        |h| h.salt.0[31] ^= 1,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let moved = resign(&session, &sealed.letter, |letter| change(&mut letter.header));
        assert_eq!(open_letter(&epoch, &moved, &sealed.ciphertext).err(), Some(OpenError), "{index}");
    }
}

#[test]
fn a_letter_of_another_epoch_does_not_open() {
    let mut rng = Blocks::new("another epoch");
    let (one, two) = (session(&mut rng, 2), session(&mut rng, 2));
    let sealed = seal(&one, b"text");
    assert_eq!(open_letter(&two.epoch(0), &sealed.letter, &sealed.ciphertext).err(), Some(OpenError));
    let sender = one.people[0].keyring.newest();
    let refused = seal_letter(&mut rng, &two.epoch(0), sender, one.header(0, 1), b"text");
    assert_eq!(refused.err(), Some(SealError::Header));
}

#[test]
fn nobody_seals_in_another_members_name() {
    let mut rng = Blocks::new("name");
    let session = session(&mut rng, 2);
    let other = session.people[1].keyring.newest();
    let refused = seal_letter(&mut rng, &session.epoch(0), other, session.header(0, 1), b"text");
    assert_eq!(refused.err(), Some(SealError::Header));
    let mut header = session.header(0, 1);
    header.card = Hash([1; 32]);
    let refused = seal_letter(&mut rng, &session.epoch(0), session.people[0].keyring.newest(), header, b"text");
    assert_eq!(refused.err(), Some(SealError::Header));
}

#[test]
fn every_altered_bit_and_every_truncation_of_a_ciphertext_is_refused() {
    let session = session(&mut Blocks::new("bits"), 2);
    let sealed = seal(&session, b"text");
    let epoch = session.epoch(1);
    let refuses = |ciphertext: &[u8]| {
        let plain = open_letter(&epoch, &sealed.letter, ciphertext).is_err();
        let hash = of_bytes(ciphertext);
        let named = resign(&session, &sealed.letter, |letter| letter.ciphertext = hash);
        plain && open_letter(&epoch, &named, ciphertext).is_err()
    };
    for bit in 0..sealed.ciphertext.len() * 8 {
        let mut altered = sealed.ciphertext.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(refuses(&altered), "{bit}");
    }
    for length in 0..sealed.ciphertext.len() {
        assert!(refuses(&sealed.ciphertext[..length]), "{length}");
    }
}

#[test]
fn another_commitment_is_refused() {
    let session = session(&mut Blocks::new("commitment"), 2);
    let sealed = seal(&session, b"text");
    for bit in 0..256 {
        let altered = resign(&session, &sealed.letter, |letter| letter.commitment.0[bit / 8] ^= 1 << (bit % 8));
        assert!(open_letter(&session.epoch(1), &altered, &sealed.ciphertext).is_err(), "{bit}");
    }
}

/// §6: the salt hedges. With a stuck source the same letter gives the same bytes, and every other one another key.
#[test]
fn a_stuck_random_source_never_repeats_a_key_for_another_content() {
    let session = session(&mut Blocks::new("stuck"), 2);
    let epoch = session.epoch(0);
    let sender = session.people[0].keyring.newest();
    let seal = |content: &[u8]| seal_letter(&mut Stuck(0), &epoch, sender, session.header(0, 1), content).unwrap();
    assert_eq!(seal(b"same"), seal(b"same"));
    let contents: Vec<Vec<u8>> = (0..200_u8).map(|byte| vec![byte; 20]).collect();
    let salts: BTreeSet<_> = contents.iter().map(|content| seal(content).letter.body().header.salt).collect();
    let commitments: BTreeSet<_> = contents.iter().map(|content| seal(content).letter.body().commitment).collect();
    assert_eq!((salts.len(), commitments.len()), (200, 200));
}

#[test]
fn a_working_random_source_gives_another_salt_each_time() {
    let session = session(&mut Blocks::new("salts"), 1);
    let (epoch, sender) = (session.epoch(0), session.people[0].keyring.newest());
    let mut rng = Blocks::new("salt");
    let mut seal = || seal_letter(&mut rng, &epoch, sender, session.header(0, 1), b"same").unwrap();
    assert_ne!(seal().letter.body().header.salt, seal().letter.body().header.salt);
}
