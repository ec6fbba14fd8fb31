//! Properties: what was sealed opens, and bytes from outside never panic and never open.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_crypto_core::fingerprint;
use amanah_crypto_core::letter::{open_letter, seal_letter};
use amanah_crypto_core::recovery::RecoveryCode;
use amanah_crypto_core::root::RootKey;
use amanah_crypto_core::sheet::Sheet;
use amanah_crypto_core::vault::VaultKey;
use amanah_protocol::hash::of_bytes;
use amanah_protocol::ids::AccountId;
use amanah_protocol::letter::Letter;
use amanah_protocol::manifest::Manifest;
use amanah_protocol::signature::{Signed, Unverified};
use common::{Blocks, session};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_content_opens_for_every_member(content in prop::collection::vec(any::<u8>(), 0..3000), seed in any::<u64>()) {
        let mut rng = Blocks::new(&seed.to_string());
        let session = session(&mut rng, 3);
        let sender = session.people[1].keyring.newest();
        let sealed = seal_letter(&mut rng, &session.epoch(1), sender, session.header(1, 1), &content).unwrap();
        for reader in 0..3 {
            let opened = open_letter(&session.epoch(reader), &sealed.letter, &sealed.ciphertext).unwrap();
            prop_assert_eq!(opened.as_bytes(), content.as_slice());
        }
    }

    #[test]
    fn arbitrary_ciphertexts_that_a_member_signed_do_not_open(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut rng = Blocks::new("arbitrary ciphertext");
        let session = session(&mut rng, 2);
        let sender = session.people[0].keyring.newest();
        let sealed = seal_letter(&mut rng, &session.epoch(0), sender, session.header(0, 1), b"text").unwrap();
        let mut letter = sealed.letter.body().clone();
        letter.ciphertext = of_bytes(&bytes);
        let letter = Signed::sign(letter, sender);
        prop_assert!(open_letter(&session.epoch(1), &letter, &bytes).is_err());
    }

    #[test]
    fn arbitrary_wraps_that_the_author_signed_do_not_open(
        bytes in prop::collection::vec(any::<u8>(), 1100..1200), reader in 0..2_usize,
    ) {
        let mut session = session(&mut Blocks::new("arbitrary wraps"), 2);
        let mut manifest = session.manifest.body().clone();
        manifest.wraps[reader] = of_bytes(&bytes);
        session.wraps[reader] = bytes;
        session.manifest = Signed::sign(manifest, session.people[0].keyring.newest());
        for person in &session.people {
            prop_assert!(session.opened_by(&person.keyring).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_never_open(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
        let mut rng = Blocks::new("arbitrary bytes");
        let code = RecoveryCode::generate(&mut rng);
        prop_assert!(VaultKey::generate(&mut rng).open(&bytes).is_err());
        prop_assert!(VaultKey::open_recovery_wrap(&bytes, &code).is_err());
        prop_assert!(!VaultKey::wrap_needs_sheet(&bytes));
        prop_assert!(RootKey::open(&bytes, b"").is_err());
        prop_assert!(Unverified::<Letter>::parse(&bytes).is_err());
        prop_assert!(Unverified::<Manifest>::parse(&bytes).is_err());
    }

    #[test]
    fn arbitrary_text_is_no_code(text in ".{0,60}") {
        prop_assert!(RecoveryCode::parse(&text).is_err());
        prop_assert!(Sheet::parse(&text).is_err());
        prop_assert!(!fingerprint::matches(&AccountId([1; 32]), &text));
    }

    #[test]
    fn codes_read_back_and_one_altered_digit_is_found(seed in any::<u64>(), at in 2..37_usize, digit in 0..32_usize) {
        let code = RecoveryCode::generate(&mut Blocks::new(&seed.to_string()));
        let text = code.to_text().to_string();
        prop_assert_eq!(RecoveryCode::parse(&text).unwrap().to_text().to_string(), text.clone());
        let mut altered = text.clone().into_bytes();
        let digit = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit];
        if altered[at] != b'-' && altered[at] != digit {
            altered[at] = digit;
            prop_assert!(RecoveryCode::parse(std::str::from_utf8(&altered).unwrap()).is_err());
        }
    }
}
