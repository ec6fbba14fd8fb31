//! Published vectors of the exact constructions: HPKE with X-Wing, X-Wing itself, Argon2id; and small orders.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, setup_receiver, setup_sender_with_rng};
use serde::Deserialize;
use x_wing::Decapsulate;

use crate::coins::Coins;
use crate::person_seal::{self, ENCAPSULATION, PersonSealError, Purpose, XWingSecret};
use crate::secret::Secret;
use crate::tests::Blocks;

#[derive(Deserialize)]
#[serde(transparent)]
struct Hex(#[serde(with = "hex::serde")] Vec<u8>);

#[derive(Deserialize)]
#[expect(non_snake_case, reason = "the names of the published file")]
struct HpkeVector {
    info: Hex,
    ikmE: Hex,
    skRm: Hex,
    pkRm: Hex,
    enc: Hex,
    encryptions: Vec<Encryption>,
}

#[derive(Deserialize)]
struct Encryption {
    aad: Hex,
    pt: Hex,
    ct: Hex,
}

#[test]
fn hpke_with_x_wing_agrees_with_the_draft_and_with_our_coins() {
    let json = include_str!("../../tests/vectors/published/hpke-647a-hkdf-sha256-chacha20poly1305.json");
    let vectors: Vec<HpkeVector> = serde_json::from_str(json).unwrap();
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let secret = <XWing as Kem>::PrivateKey::from_bytes(&vector.skRm.0).unwrap();
        let ours = XWingSecret::new(Secret::from_slice(&vector.skRm.0).unwrap());
        assert_eq!(ours.public_key().as_bytes().as_slice(), vector.pkRm.0);
        let public = <XWing as Kem>::PublicKey::from_bytes(&vector.pkRm.0).unwrap();
        let mut coins = Coins::new(Secret::from_slice(&vector.ikmE.0).unwrap());
        let (encapsulation, mut sender) = setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &public,
            &vector.info.0,
            &mut coins,
        )
        .unwrap();
        assert!(coins.were_used_right());
        assert_eq!(encapsulation.to_bytes().as_slice(), vector.enc.0);
        let mut receiver = setup_receiver::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &secret,
            &encapsulation,
            &vector.info.0,
        )
        .unwrap();
        assert_eq!(vector.encryptions.len(), 10);
        for Encryption { aad, pt, ct } in vector.encryptions {
            assert_eq!(sender.seal(&pt.0, &aad.0).unwrap(), ct.0);
            assert_eq!(receiver.open(&ct.0, &aad.0).unwrap(), pt.0);
        }
    }
}

#[derive(Deserialize)]
struct XWingVector {
    seed: Hex,
    eseed: Hex,
    ss: Hex,
    pk: Hex,
    ct: Hex,
}

#[test]
fn x_wing_agrees_with_its_draft() {
    let json = include_str!("../../tests/vectors/published/x-wing.json");
    let vectors: Vec<XWingVector> = serde_json::from_str(json).unwrap();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let seed: [u8; 32] = vector.seed.0.as_slice().try_into().unwrap();
        let ours = XWingSecret::new(Secret::from_slice(&seed).unwrap());
        assert_eq!(ours.public_key().as_bytes().as_slice(), vector.pk.0);
        let coins = Secret::from_slice(&vector.eseed.0).unwrap();
        let sealed = person_seal::seal(&ours.public_key(), nowhere(), b"", coins).unwrap();
        assert_eq!(sealed[..ENCAPSULATION], vector.ct.0);
        let key = x_wing::DecapsulationKey::from(seed);
        let encapsulation = x_wing::Ciphertext::try_from(vector.ct.0.as_slice()).unwrap();
        assert_eq!(key.decapsulate(&encapsulation).as_slice(), vector.ss.0);
    }
}

#[derive(Deserialize)]
struct Argon2Vector {
    length: usize,
    lanes: u32,
    iter: u32,
    memcost: u32,
    secret: Option<Hex>,
    pass: Hex,
    salt: Hex,
    ad: Option<Hex>,
    output: Hex,
}

#[test]
fn argon2id_agrees_with_rfc_9106() {
    let json = include_str!("../../tests/vectors/published/argon2id.json");
    let vectors: Vec<Argon2Vector> = serde_json::from_str(json).unwrap();
    assert_eq!(vectors.len(), 6);
    for vector in vectors {
        let mut builder = argon2::ParamsBuilder::new();
        builder.m_cost(vector.memcost).t_cost(vector.iter).p_cost(vector.lanes).output_len(vector.length);
        if let Some(ad) = &vector.ad {
            builder.data(argon2::AssociatedData::new(&ad.0).unwrap());
        }
        let params = builder.build().unwrap();
        let (algorithm, version) = (argon2::Algorithm::Argon2id, argon2::Version::V0x13);
        let secret = vector.secret.as_ref().map(|secret| secret.0.as_slice()).unwrap_or_default();
        let argon2 = argon2::Argon2::new_with_secret(secret, algorithm, version, params).unwrap();
        let mut output = vec![0; vector.length];
        argon2.hash_password_into(&vector.pass.0, &vector.salt.0, &mut output).unwrap();
        assert_eq!(output, vector.output.0);
    }
}

/// Public values without a secret: 0, 1, the two points of order 8, p − 1, p, p + 1, also with the highest bit set.
fn small_orders() -> Vec<[u8; 32]> {
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]
    .iter()
    .flat_map(|hex| {
        let point: [u8; 32] = hex::decode(hex).unwrap().try_into().unwrap();
        let mut high = point;
        high[31] |= 0x80;
        [point, high]
    })
    .collect()
}

const ZERO: amanah_protocol::hash::Hash = amanah_protocol::hash::Hash([0; 32]);

fn nowhere() -> Purpose<'static> {
    Purpose { label: "test", context: &ZERO, card: &ZERO }
}

#[test]
fn a_key_of_small_order_is_not_sealed_to() {
    let mut rng = Blocks::new("small order key");
    let key = XWingSecret::new(Secret::generate(&mut rng)).public_key();
    for point in small_orders() {
        let mut bad = key;
        bad.0[1184..].copy_from_slice(&point);
        assert!(!bad.is_sound());
        let sealed = person_seal::seal(&bad, nowhere(), b"secret", Secret::generate(&mut rng));
        assert_eq!(sealed.err(), Some(PersonSealError::Key));
    }
}

/// Whoever knows the shared secret can seal under it: RFC 9180 §5.1 by hand.
fn seal_under(shared: &[u8], info: &[u8], text: &[u8]) -> Vec<u8> {
    use chacha20poly1305::KeyInit;
    use chacha20poly1305::aead::Aead;
    let suite = [b"HPKE".as_slice(), &[0x64, 0x7a, 0, 1, 0, 3]].concat();
    let extract = |salt: &[u8], label: &str, ikm: &[u8]| {
        let labeled = [b"HPKE-v1".as_slice(), &suite, label.as_bytes(), ikm].concat();
        hkdf::Hkdf::<sha2::Sha256>::extract(Some(salt), &labeled)
    };
    let (psk_id_hash, _) = extract(b"", "psk_id_hash", b"");
    let (info_hash, _) = extract(b"", "info_hash", info);
    let context = [&[0], psk_id_hash.as_slice(), &info_hash].concat();
    let (_, secret) = extract(shared, "secret", b"");
    let expand = |label: &str, length: u8| {
        let info = [&[0, length], b"HPKE-v1".as_slice(), &suite, label.as_bytes(), &context].concat();
        let mut out = vec![0; usize::from(length)];
        secret.expand(&info, &mut out).unwrap();
        out
    };
    let cipher = chacha20poly1305::ChaCha20Poly1305::new_from_slice(&expand("key", 32)).unwrap();
    let nonce = chacha20poly1305::Nonce::try_from(expand("base_nonce", 12).as_slice()).unwrap();
    cipher.encrypt(&nonce, text).unwrap()
}

/// The crate below opens such encapsulations (its standard is a draft), others refuse: so do we.
#[test]
fn an_encapsulation_of_small_order_is_not_opened_although_the_crate_would() {
    let seed = Blocks::new("small order encapsulation").bytes::<32>();
    let ours = XWingSecret::new(Secret::from_slice(&seed).unwrap());
    let info = [b"amanah/v1/hpke/test\0".as_slice(), &[0; 64]].concat();
    let coins = Secret::fill(|bytes| bytes.fill(9));
    let good = person_seal::seal(&ours.public_key(), nowhere(), b"secret", coins).unwrap();
    assert_eq!(ours.open(nowhere(), &good).unwrap().as_slice(), b"secret");
    for point in small_orders() {
        let mut encapsulation = good[..ENCAPSULATION].to_vec();
        encapsulation[1088..].copy_from_slice(&point);
        let ciphertext = x_wing::Ciphertext::try_from(encapsulation.as_slice()).unwrap();
        let shared = x_wing::DecapsulationKey::from(seed).decapsulate(&ciphertext);
        let sealed = seal_under(&shared, &info, b"secret");
        let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &<XWing as Kem>::PrivateKey::from_bytes(&seed).unwrap(),
            &<XWing as Kem>::EncappedKey::from_bytes(&encapsulation).unwrap(),
            &info,
            &sealed,
            b"",
        );
        assert_eq!(plain.unwrap(), b"secret");
        assert!(ours.open(nowhere(), &[encapsulation, sealed].concat()).is_err());
    }
}
