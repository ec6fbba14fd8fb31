//! Wycheproof's vectors against the calls that this crate and the protocol make.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, Tag};
use wycheproof::{aead, eddsa, hkdf, xdh};

use crate::kdf::Prk;

#[test]
fn chacha20poly1305_agrees_with_wycheproof() {
    let set = aead::TestSet::load(aead::TestName::ChaCha20Poly1305).unwrap();
    let mut checked = 0;
    for group in set.test_groups.iter().filter(|group| group.nonce_size == 96 && group.tag_size == 128) {
        for test in &group.tests {
            let cipher = ChaCha20Poly1305::new_from_slice(&test.key).unwrap();
            let nonce = Nonce::try_from(test.nonce.as_slice()).unwrap();
            let tag = Tag::try_from(test.tag.as_slice()).unwrap();
            let mut text = test.ct.to_vec();
            let opened = cipher.decrypt_inout_detached(&nonce, &test.aad, text.as_mut_slice().into(), &tag).is_ok();
            assert_eq!(opened, !test.result.must_fail(), "{}", test.tc_id);
            if opened {
                assert_eq!(text, test.pt.as_slice());
                let again = cipher.encrypt_inout_detached(&nonce, &test.aad, text.as_mut_slice().into()).unwrap();
                assert_eq!((text.as_slice(), again), (test.ct.as_slice(), tag));
            }
            checked += 1;
        }
    }
    assert!(checked >= 300, "{checked}");
}

#[test]
fn strict_ed25519_agrees_with_wycheproof() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut checked = 0;
    for group in &set.test_groups {
        let key: [u8; 32] = group.key.pk.as_slice().try_into().unwrap();
        for test in &group.tests {
            // the three steps of amanah_protocol::signature::VerifyingKey::check
            let key = ed25519_dalek::VerifyingKey::from_bytes(&key).ok().filter(|key| !key.is_weak());
            let signature = ed25519_dalek::Signature::from_slice(&test.sig).ok();
            let verified = key.zip(signature).is_some_and(|(key, sig)| key.verify_strict(&test.msg, &sig).is_ok());
            assert_eq!(verified, !test.result.must_fail(), "{}", test.tc_id);
            checked += 1;
        }
    }
    assert!(checked >= 150, "{checked}");
}

#[test]
fn x25519_agrees_with_wycheproof_and_small_orders_are_those_without_a_secret() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    let (mut checked, mut small) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let private: [u8; 32] = test.private_key.as_slice().try_into().unwrap();
        let public: [u8; 32] = test.public_key.as_slice().try_into().unwrap();
        let secret = x25519_dalek::StaticSecret::from(private).diffie_hellman(&public.into());
        assert_eq!(secret.as_bytes(), test.shared_secret.as_slice(), "{}", test.tc_id);
        let is_small = amanah_protocol::card::is_small_order(public);
        assert_eq!(is_small, test.shared_secret.iter().all(|byte| *byte == 0), "{}", test.tc_id);
        (checked, small) = (checked + 1, small + usize::from(is_small));
    }
    assert!(checked >= 500 && small >= 10, "{checked} {small}");
}

#[test]
fn hkdf_agrees_with_wycheproof_and_derivation_is_hkdf_with_a_label() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let mut checked = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let hkdf = ::hkdf::Hkdf::<sha2::Sha256>::new(Some(&test.salt), &test.ikm);
        let mut okm = vec![0; test.size];
        let given = hkdf.expand(&test.info, &mut okm).is_ok();
        assert_eq!(given, !test.result.must_fail(), "{}", test.tc_id);
        assert!(!given || okm == test.okm.as_slice(), "{}", test.tc_id);

        let (first, second) = test.ikm.split_at(test.ikm.len() / 2);
        let derived = Prk::extract(&test.salt, &[first, second]).derive::<64>("message", &[b"head", &test.info]);
        let mut expected = [0; 64];
        let info = [b"amanah/v1/kdf/message\0head".as_slice(), &test.info].concat();
        hkdf.expand(&info, &mut expected).unwrap();
        assert_eq!(derived.expose(), &expected);
        checked += 1;
    }
    assert!(checked >= 80, "{checked}");
}
