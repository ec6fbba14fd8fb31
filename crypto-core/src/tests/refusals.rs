//! What must not open: one ciphertext under two keys, altered bytes, another use; and what a stuck random source does.

use serde_json::Value;

use crate::committed::{self, OVERHEAD};
use crate::person_seal::{self, Purpose, XWingSecret};
use crate::secret::Secret;
use crate::tests::Blocks;
use amanah_protocol::hash::Hash;

fn salamander() -> (Vec<u8>, Vec<u8>, Vec<u8>, String) {
    let json = include_str!("../../tests/vectors/published/one-ciphertext-two-keys.json");
    let vector: Value = serde_json::from_str(json).unwrap();
    let bytes = |name: &str| hex::decode(vector[name].as_str().unwrap()).unwrap();
    (bytes("k1"), bytes("k2"), bytes("sealed"), vector["begins_under_k1"].as_str().unwrap().to_owned())
}

#[test]
fn a_ciphertext_with_two_keys_opens_twice_with_the_plain_cipher() {
    use chacha20poly1305::aead::Aead;
    use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
    let (k1, k2, sealed, begins) = salamander();
    let open = |key: &[u8]| {
        ChaCha20Poly1305::new_from_slice(key).unwrap().decrypt(&Nonce::default(), sealed.as_slice()).unwrap()
    };
    assert!(open(&k1).starts_with(begins.as_bytes()));
    assert_ne!(open(&k1), open(&k2));
}

/// The plain ciphertext is offered with every commitment that one of the two keys could have.
#[test]
fn a_ciphertext_with_two_keys_never_opens_under_both_when_committed() {
    let (k1, k2, sealed, _) = salamander();
    let mut rng = Blocks::new("salamander");
    for committing in [&k1, &k2] {
        let honest = committed::seal(&mut rng, &[committing], "vault", b"", b"");
        let offered = [&honest[..64], &sealed].concat();
        for key in [&k1, &k2] {
            assert!(committed::open(&[key], "vault", b"", &offered).is_err());
        }
    }
}

/// Even somebody who makes both keys collide on the tag cannot make them collide on the commitment.
#[test]
fn only_the_committed_key_opens() {
    let (k1, k2, ..) = salamander();
    let sealed = committed::seal(&mut Blocks::new("committed"), &[&k1], "vault", b"header", b"text");
    assert_eq!(committed::open(&[&k1], "vault", b"header", &sealed).unwrap().as_slice(), b"text");
    assert!(committed::open(&[&k2], "vault", b"header", &sealed).is_err());
    assert!(committed::open(&[&k1], "vault/recovery", b"header", &sealed).is_err());
    assert!(committed::open(&[&k1], "vault", b"other", &sealed).is_err());
}

#[test]
fn every_altered_bit_and_every_truncation_of_a_committed_sealing_is_refused() {
    let sealed = committed::seal(&mut Blocks::new("bits"), &[b"key"], "vault", b"header", b"text");
    assert_eq!(sealed.len(), 4 + OVERHEAD);
    for bit in 0..sealed.len() * 8 {
        let mut altered = sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(committed::open(&[b"key"], "vault", b"header", &altered).is_err(), "{bit}");
    }
    for length in 0..sealed.len() {
        assert!(committed::open(&[b"key"], "vault", b"header", &sealed[..length]).is_err(), "{length}");
    }
    assert!(committed::open(&[b"key"], "vault", b"header", &[sealed.as_slice(), &[0]].concat()).is_err());
}

struct Person {
    key: XWingSecret,
    sealed: Vec<u8>,
}

const CONTEXT: Hash = Hash([1; 32]);
const CARD: Hash = Hash([2; 32]);
const PURPOSE: Purpose<'_> = Purpose { label: "epoch", context: &CONTEXT, card: &CARD };

fn person() -> Person {
    let mut rng = Blocks::new("person");
    let key = XWingSecret::new(Secret::generate(&mut rng));
    let sealed = person_seal::seal(&key.public_key(), PURPOSE, &[5; 32], Secret::generate(&mut rng)).unwrap();
    Person { key, sealed }
}

#[test]
fn a_wrap_does_not_open_for_another_use_context_card_or_person() {
    let Person { key, sealed } = person();
    assert_eq!(key.open(PURPOSE, &sealed).unwrap().as_slice(), &[5; 32]);
    let other = Hash([3; 32]);
    let moved = [
        Purpose { label: "history", ..PURPOSE },
        Purpose { context: &other, ..PURPOSE },
        Purpose { card: &other, ..PURPOSE },
        Purpose { context: &CARD, card: &CONTEXT, ..PURPOSE },
    ];
    assert!(moved.iter().all(|purpose| key.open(*purpose, &sealed).is_err()));
    let stranger = XWingSecret::new(Secret::generate(&mut Blocks::new("stranger")));
    assert!(stranger.open(PURPOSE, &sealed).is_err());
}

#[test]
fn altered_and_truncated_wraps_are_refused() {
    let Person { key, sealed } = person();
    for byte in (0..sealed.len()).filter(|byte| byte % 7 == 0 || *byte > 1080) {
        let mut altered = sealed.clone();
        altered[byte] ^= 1 << (byte % 8);
        // X25519 ignores the highest bit, but the encapsulation is part of what X-Wing hashes
        assert!(key.open(PURPOSE, &altered).is_err(), "{byte}");
    }
    for length in [0, 1, 32, 1087, 1088, 1119, 1120, 1121, 1135, 1136, 1167] {
        assert!(key.open(PURPOSE, &sealed[..length]).is_err(), "{length}");
    }
    assert!(key.open(PURPOSE, &[sealed.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn the_same_coins_give_the_same_wrap_and_others_another() {
    let Person { key, sealed } = person();
    let seal = |coin: u8| {
        person_seal::seal(&key.public_key(), PURPOSE, &[5; 32], Secret::fill(|bytes| bytes.fill(coin))).unwrap()
    };
    assert_eq!(seal(1), seal(1));
    assert_ne!(seal(1), seal(2));
    assert_ne!(seal(1), sealed);
}
