//! A signature is good for one purpose, one body and one key, and nothing else (docs/protocol.md §2.2).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_protocol::card::{Card, UnverifiedCard};
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::{Root, SignedRoot, UnverifiedRoot};
use amanah_protocol::signature::{BadSignature, Signature, Signed, Signer, Unverified, VerifyingKey};
use amanah_protocol::statement::Receipt;
use common::{Key, chained_wire, samples, wire, x_wing_key};

/// One thing that is signed: its tag, its body, and whether a body with a signature is accepted.
struct Purpose {
    tag: &'static str,
    body: Vec<u8>,
    accepts: Box<Accepts>,
}

type Accepts = dyn Fn(&[u8], Signature) -> bool;

impl Purpose {
    fn of<T: Structure>(value: &T) -> Self {
        let accepts = |body: &[u8], signature| {
            Unverified::<T>::parse(&wire(body, signature))
                .is_ok_and(|unverified| unverified.verify(&signer().verifying_key()).is_ok())
        };
        Self { tag: T::NAME, body: value.to_bytes(), accepts: Box::new(accepts) }
    }
}

/// The key that signs whatever is good.
fn signer() -> Key {
    Key::new(1)
}

fn first_card() -> Card {
    Card { verifying_key: signer().verifying_key(), kem_key: x_wing_key(1), ..samples::first_card() }
}

fn card() -> Purpose {
    let accepts = |body: &[u8], signature| {
        UnverifiedCard::parse(&chained_wire(body, signature, None)).is_ok_and(|card| card.verify_first().is_ok())
    };
    Purpose { tag: "card", body: first_card().to_bytes(), accepts: Box::new(accepts) }
}

fn card_next() -> Purpose {
    let first = amanah_protocol::card::SignedCard::sign_first(first_card(), &signer());
    let next = Card {
        account: Some(first.account()),
        number: 2,
        previous: Some(first.hash()),
        verifying_key: Key::new(2).verifying_key(),
        ..first_card()
    };
    let accepts = move |body: &[u8], signature| {
        let own = Key::new(2).sign_as("card", body);
        UnverifiedCard::parse(&chained_wire(body, own, Some(signature)))
            .is_ok_and(|card| card.verify_next(&first).is_ok())
    };
    Purpose { tag: "card-next", body: next.to_bytes(), accepts: Box::new(accepts) }
}

fn first_root() -> Root {
    Root { number: 1, verifying_key: signer().verifying_key(), previous: None }
}

fn root() -> Purpose {
    let accepts = |body: &[u8], signature| {
        UnverifiedRoot::parse(&chained_wire(body, signature, None))
            .is_ok_and(|root| root.verify_first(first_root().hash().into()).is_ok())
    };
    Purpose { tag: "root", body: first_root().to_bytes(), accepts: Box::new(accepts) }
}

fn root_next() -> Purpose {
    let first = SignedRoot::sign_first(&signer());
    let next = Root { number: 2, verifying_key: Key::new(2).verifying_key(), previous: Some(first.hash()) };
    let accepts = move |body: &[u8], signature| {
        let own = Key::new(2).sign_as("root", body);
        UnverifiedRoot::parse(&chained_wire(body, own, Some(signature)))
            .is_ok_and(|root| root.verify_next(&first).is_ok())
    };
    Purpose { tag: "root-next", body: next.to_bytes(), accepts: Box::new(accepts) }
}

fn purposes() -> Vec<Purpose> {
    vec![
        root(),
        root_next(),
        card(),
        card_next(),
        Purpose::of(&samples::relay_certificate()),
        Purpose::of(&samples::appointment()),
        Purpose::of(&samples::dismissal()),
        Purpose::of(&samples::document()),
        Purpose::of(&samples::vault_head()),
        Purpose::of(&samples::recovery_request()),
        Purpose::of(&samples::succession()),
        Purpose::of(&samples::grant()),
        Purpose::of(&samples::revocation()),
        Purpose::of(&samples::manifest()),
        Purpose::of(&samples::acceptance()),
        Purpose::of(&samples::refusal()),
        Purpose::of(&samples::letter()),
        Purpose::of(&samples::history()),
        Purpose::of(&samples::head_statement()),
        Purpose::of(&samples::receipt()),
        Purpose::of(&samples::guardianship()),
        Purpose::of(&samples::policy()),
        Purpose::of(&samples::policy_acceptance()),
        Purpose::of(&samples::deposit_receipt()),
        Purpose::of(&samples::request()),
        Purpose::of(&samples::sighting()),
        Purpose::of(&samples::approval()),
        Purpose::of(&samples::veto()),
        Purpose::of(&samples::cancellation()),
        Purpose::of(&samples::outcome()),
        Purpose::of(&samples::notice()),
        Purpose::of(&samples::tombstone()),
        Purpose::of(&samples::web_bundle()),
        Purpose::of(&samples::absence()),
        Purpose::of(&samples::attestation()),
    ]
}

#[test]
fn the_tags_are_those_of_the_specification() {
    let tags: Vec<_> = purposes().iter().map(|purpose| purpose.tag).collect();
    let specified = [
        "root",
        "root-next",
        "card",
        "card-next",
        "relay-certificate",
        "appointment",
        "dismissal",
        "consent-document",
        "vault-head",
        "recovery-request",
        "succession",
        "grant",
        "revocation",
        "manifest",
        "acceptance",
        "refusal",
        "letter",
        "history",
        "head-statement",
        "receipt",
        "guardianship",
        "escrow-policy",
        "policy-acceptance",
        "deposit-receipt",
        "release-request",
        "release-sighting",
        "release-approval",
        "release-veto",
        "release-cancellation",
        "release-outcome",
        "release-notice",
        "tombstone",
        "web-bundle",
        "absence",
        "audit-attestation",
    ];
    assert_eq!(tags, specified);
}

#[test]
fn a_signature_for_one_purpose_is_refused_for_every_other() {
    let others = [
        "",
        "epoch-context",
        "history-context",
        "release-context",
        "letter-header",
        "page",
        "letter-upload",
        "escrow-upload",
        "audit-report",
        "signed-report",
        "vault",
        "transcript",
        "share",
        "release-share",
    ];
    for purpose in purposes() {
        for tag in purposes().iter().map(|other| other.tag).chain(others) {
            let signature = signer().sign_as(tag, &purpose.body);
            let accepted = (purpose.accepts)(&purpose.body, signature);
            assert_eq!(accepted, tag == purpose.tag, "signed as {tag:?}, shown as {}", purpose.tag);
        }
    }
}

#[test]
fn a_signed_structure_is_not_read_as_another() {
    for signed in purposes() {
        for shown in purposes().iter().filter(|shown| shown.tag != signed.tag) {
            let signature = signer().sign_as(signed.tag, &signed.body);
            assert!(!(shown.accepts)(&signed.body, signature), "{} shown as {}", signed.tag, shown.tag);
            assert!(!(shown.accepts)(&shown.body, signature), "signature of {} at {}", signed.tag, shown.tag);
        }
    }
}

#[test]
fn a_signature_without_the_prefix_of_this_protocol_is_refused() {
    use ed25519_dalek::Signer as _;
    for Purpose { tag, body, accepts } in purposes() {
        let bare = [tag.as_bytes(), &[0], &body].concat();
        let hashed = [b"amanah/v1/hash/", tag.as_bytes(), &[0], &body].concat();
        let later = [b"amanah/v2/sign/", tag.as_bytes(), &[0], &body].concat();
        for input in [&body, &bare, &hashed, &later] {
            assert!(!accepts(&body, Signature(signer().0.sign(input).to_bytes())), "{tag}");
        }
    }
}

#[test]
fn an_altered_signature_is_refused() {
    for Purpose { tag, body, accepts } in purposes() {
        let good = signer().sign_as(tag, &body);
        assert!(accepts(&body, good));
        for bit in 0..512 {
            let mut altered = good;
            altered.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!accepts(&body, altered), "{tag}: bit {bit}");
        }
    }
}

#[test]
fn an_altered_body_is_refused() {
    for Purpose { tag, body, accepts } in purposes() {
        let signature = signer().sign_as(tag, &body);
        for index in 0..body.len() {
            let mut altered = body.clone();
            altered[index] ^= 1;
            assert!(!accepts(&altered, signature), "{tag}: byte {index}");
        }
    }
}

#[test]
fn a_signature_by_another_key_is_refused() {
    for Purpose { tag, body, accepts } in purposes() {
        assert!(!accepts(&body, Key::new(3).sign_as(tag, &body)), "{tag}");
    }
}

#[test]
fn a_signature_with_the_group_order_added_to_s_is_refused() {
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order = hex::decode(ORDER).unwrap();
    for Purpose { tag, body, accepts } in purposes() {
        let mut signature = signer().sign_as(tag, &body);
        let mut carry = 0;
        for (byte, added) in signature.0[32..].iter_mut().zip(&order) {
            let sum = u16::from(*byte) + u16::from(*added) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
        assert_eq!(carry, 0);
        assert!(!accepts(&body, signature), "{tag}");
    }
}

/// What a verification that is not strict says of the sample receipt.
fn lax(key: &VerifyingKey, signature: &Signature) -> bool {
    use ed25519_dalek::Verifier;
    let input = [b"amanah/v1/sign/receipt\0", &samples::receipt().to_bytes()[..]].concat();
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key.0).unwrap();
    key.verify(&input, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
}

fn verified(key: &VerifyingKey, signature: Signature) -> Result<Signed<Receipt>, BadSignature> {
    Unverified::parse(&wire(&samples::receipt().to_bytes(), signature)).unwrap().verify(key)
}

/// The points of order 1, 2, 4 and 8.
const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
];

#[test]
fn a_key_of_small_order_verifies_nothing() {
    let mut fooled = 0;
    for text in SMALL_ORDER {
        let key: VerifyingKey = text.parse().unwrap();
        assert!(!key.is_sound(), "{text}");
        for r in SMALL_ORDER {
            let signature = Signature::from_slice(&[hex::decode(r).unwrap(), vec![0; 32]].concat()).unwrap();
            fooled += usize::from(lax(&key, &signature));
            assert_eq!(verified(&key, signature), Err(BadSignature), "key {text}, R {r}");
        }
    }
    assert!(fooled >= 8, "one R for each key fits if nobody looks");
}

#[test]
fn a_signature_with_a_commitment_of_small_order_is_refused() {
    // R is the neutral point and S = k·a, which only the holder of the key can make
    const SIGNATURE: &str = concat!(
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e65a2af5ea15ddf0c44770cd47f40fcc8b4408329457e4c8025b22cdb9e02f01",
    );
    let signature: Signature = SIGNATURE.parse().unwrap();
    assert!(lax(&signer().verifying_key(), &signature));
    assert_eq!(verified(&signer().verifying_key(), signature), Err(BadSignature));
}

#[test]
fn a_key_that_is_no_point_verifies_nothing() {
    let key = VerifyingKey([&[2][..], &[0; 31]].concat().try_into().unwrap());
    assert!(ed25519_dalek::VerifyingKey::from_bytes(&key.0).is_err());
    assert!(!key.is_sound());
    assert_eq!(verified(&key, signer().sign_as("receipt", &samples::receipt().to_bytes())), Err(BadSignature));
}

#[test]
fn a_good_signature_gives_body_hash_and_wire() {
    let signed = Signed::sign(samples::receipt(), &signer());
    let read = Unverified::<Receipt>::parse(signed.wire()).unwrap().verify(&signer().verifying_key());
    assert_eq!(read.as_ref(), Ok(&signed));
    assert_eq!((signed.body(), signed.hash()), (&samples::receipt(), samples::receipt().hash()));
    assert!(signer().verifying_key().is_sound());
}
