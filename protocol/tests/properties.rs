//! Any value survives its encoding, and no bytes from outside do anything but be that value or be refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "common/values.rs"]
mod values;

use amanah_protocol::card::UnverifiedCard;
use amanah_protocol::cbor::{ByteString, Structure, encode};
use amanah_protocol::centre::{Root, UnverifiedRoot};
use amanah_protocol::signature::{Signature, Unverified};
use proptest::prelude::*;
use proptest::sample::Index;

/// One change of some bytes.
#[derive(Debug, Clone)]
enum Change {
    Replace(Index, u8),
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Truncate(Index),
    Double(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let byte = || prop_oneof![any::<u8>(), proptest::sample::select(&[0x00, 0x18, 0x58, 0x80, 0x9f, 0xf6, 0xff][..])];
    prop_oneof![
        (any::<Index>(), byte()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (any::<Index>(), 0..8u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (any::<Index>(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        any::<Index>().prop_map(Change::Remove),
        any::<Index>().prop_map(Change::Truncate),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Double(from, to)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            return bytes;
        }
        let length = bytes.len();
        match change {
            Change::Replace(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Change::Flip(at, bit) => *at.get_mut(&mut bytes) ^= 1 << bit,
            Change::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Change::Remove(at) => _ = bytes.remove(at.index(length)),
            Change::Truncate(at) => bytes.truncate(at.index(length)),
            Change::Double(from, to) => {
                let (from, to) = (from.index(length), to.index(length));
                bytes.extend_from_within(from.min(to)..from.max(to));
            }
        }
    }
    bytes
}

/// Whatever is read from these bytes is written as these bytes.
fn read_is_written<T: Structure>(bytes: &[u8]) {
    if let Ok(value) = T::parse(bytes) {
        assert_eq!(value.to_bytes(), bytes);
        assert!(bytes.len() <= T::MAX);
    }
    if let Ok(signed) = Unverified::<T>::parse(bytes) {
        let (ByteString(body), _): (ByteString, Signature) = minicbor::decode(bytes).unwrap();
        assert_eq!(signed.claimed().to_bytes(), body);
    }
}

macro_rules! properties {
    ( $( $function:ident, )* ) => {
        /// Every decoder at once.
        fn every_decoder(bytes: &[u8]) {
            fn of<T: Structure>(_: impl FnOnce() -> T, bytes: &[u8]) {
                read_is_written::<T>(bytes);
            }
            $( of(|| sample(values::$function()), bytes); )*
            let _ = UnverifiedCard::parse(bytes);
            let _ = UnverifiedRoot::parse(bytes).map(|root| root.claimed_centre());
        }

        $(
            mod $function {
                use super::*;

                proptest! {
                    #[test]
                    fn survives_its_encoding(value in values::$function()) {
                        fn check<T: Structure + PartialEq + std::fmt::Debug>(value: &T) {
                            let bytes = value.to_bytes();
                            assert_eq!(T::parse(&bytes).as_ref(), Ok(value));
                            let signed = encode(&(ByteString(bytes), Signature([7; 64])));
                            assert_eq!(Unverified::<T>::parse(&signed).unwrap().claimed(), value);
                        }
                        check(&value);
                    }

                    #[test]
                    fn is_read_from_no_other_bytes(
                        value in values::$function(),
                        changes in proptest::collection::vec(change(), 1..4),
                    ) {
                        fn check<T: Structure + PartialEq + std::fmt::Debug>(value: &T, changes: &[Change]) {
                            let bytes = value.to_bytes();
                            let other = changed(bytes.clone(), changes);
                            if let Ok(read) = T::parse(&other) {
                                assert_eq!(read.to_bytes(), other);
                                assert_eq!(&read == value, other == bytes);
                                assert_eq!(read.hash() == value.hash(), other == bytes);
                            }
                        }
                        check(&value, &changes);
                        every_decoder(&changed(value.to_bytes(), &changes));
                    }
                }
            }
        )*
    };
}

fn sample<T>(_: impl Strategy<Value = T>) -> T {
    unreachable!("only the type counts")
}

properties! {
    card, root, relay_certificate, appointment, dismissal, tombstone, document, grant, revocation, outline, manifest, acceptance,
    refusal, letter_header, letter, history_outline, history, head_statement, receipt, vault_head, recovery_request, succession, page,
    manifest_upload, letter_upload, history_upload, document_upload, guardianship, policy, policy_acceptance,
    deposit_receipt, request_outline, request, sighting, approval, veto, cancellation, outcome, notice, web_bundle, absence,
    escrow_upload, attestation, signed_report,
}

/// Bytes that look like CBOR more often than random ones do.
fn near_cbor() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just(vec![0x01]),
        Just(vec![0xf6]),
        (0x80..=0x8bu8).prop_map(|head| vec![head]),
        any::<[u8; 32]>().prop_map(|bytes| [&[0x58, 0x20], &bytes[..]].concat()),
        any::<[u8; 16]>().prop_map(|bytes| [&[0x50], &bytes[..]].concat()),
        any::<[u8; 64]>().prop_map(|bytes| [&[0x58, 0x40], &bytes[..]].concat()),
        any::<u64>().prop_map(|number| [&[0x1b], &number.to_be_bytes()[..]].concat()),
        proptest::collection::vec(any::<u8>(), 1..4),
    ];
    proptest::collection::vec(token, 0..14).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_a_value_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        every_decoder(&bytes);
    }

    #[test]
    fn any_items_are_a_value_or_refused(bytes in near_cbor()) {
        every_decoder(&bytes);
    }

    #[test]
    fn chained_wire_forms_survive_their_encoding(
        root in values::root(),
        card in values::card(),
        previous in proptest::option::of(Just(Signature([8; 64]))),
        changes in proptest::collection::vec(change(), 1..4),
    ) {
        let wire = |body| encode(&(ByteString(body), Signature([7; 64]), previous));
        let (root_wire, card_wire) = (wire(root.to_bytes()), wire(card.to_bytes()));
        assert_eq!(UnverifiedRoot::parse(&root_wire).unwrap().claimed_centre(), Root::hash(&root).into());
        assert_eq!(UnverifiedCard::parse(&card_wire).unwrap().claimed(), &card);
        every_decoder(&changed(root_wire, &changes));
        every_decoder(&changed(card_wire, &changes));
    }
}
