//! A second implementation, PyPI `cryptography` (50 or newer), opens what we seal, and we open what it seals.
//!
//! `AMANAH_TEST_PYTHON` names a Python that has it; `cargo xtask test` sets it.

use std::io::Write;
use std::process::{Command, Stdio};

use amanah_protocol::escrow::share_commitment;
use amanah_protocol::hash::Hash;
use serde_json::{Value, json};

use crate::committed;
use crate::escrow::{coefficients, evaluate};
use crate::kdf::Prk;
use crate::person_seal::{self, Purpose, XWingSecret};
use crate::secret::Secret;
use crate::tests::Blocks;

fn python(request: &Value) -> Value {
    let python = std::env::var("AMANAH_TEST_PYTHON").expect(
        "AMANAH_TEST_PYTHON is not set: make a Python with `python3 -m venv V && V/bin/pip install 'cryptography>=50'` \
         and set it to V/bin/python, or run `cargo xtask test`, which does",
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "differential.py failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("hexadecimal")).unwrap()
}

#[test]
fn the_other_implementation_opens_our_wraps_and_we_open_its() {
    let mut rng = Blocks::new("differential wraps");
    for _ in 0..8 {
        let seed = rng.bytes::<32>();
        let key = XWingSecret::new(Secret::from_slice(&seed).unwrap());
        let (context, card) = (Hash(rng.bytes()), Hash(rng.bytes()));
        let purpose = Purpose { label: "epoch", context: &context, card: &card };
        let text = rng.bytes::<32>();
        let sealed = person_seal::seal(&key.public_key(), purpose, &text, Secret::generate(&mut rng)).unwrap();
        let mut altered = sealed.clone();
        altered[usize::from(text[0])] ^= 1;
        let answer = python(&json!({
            "wrap": {
                "seed": hex::encode(seed),
                "info": hex::encode([b"amanah/v1/hpke/epoch\0".as_slice(), &context.0, &card.0].concat()),
                "sealed": hex::encode(&sealed),
                "altered": hex::encode(&altered),
                "text": hex::encode(text),
            }
        }));
        assert_eq!(bytes(&answer["public_key"]), key.public_key().0);
        assert_eq!(bytes(&answer["opened"]), text);
        assert_eq!(answer["altered_opened"], Value::Bool(false));
        let theirs = bytes(&answer["sealed"]);
        assert_eq!(key.open(purpose, &theirs).unwrap().as_slice(), text);
        assert!(key.open(Purpose { label: "history", ..purpose }, &theirs).is_err());
    }
}

#[test]
fn the_other_implementation_agrees_on_derivation_and_committed_sealing() {
    let mut rng = Blocks::new("differential sealing");
    for length in [0, 1, 255, 4096] {
        let key = rng.bytes::<64>();
        let header = rng.bytes::<70>();
        let text: Vec<u8> = (0..length).map(|_| rng.bytes::<1>()[0]).collect();
        let sealed = committed::seal(&mut rng, &[&key], "vault", &header, &text);
        let answer = python(&json!({
            "committed": {
                "key": hex::encode(key),
                "label": "vault",
                "header": hex::encode(header),
                "sealed": hex::encode(&sealed),
                "text": hex::encode(&text),
            }
        }));
        assert_eq!(bytes(&answer["opened"]), text);
        let theirs = bytes(&answer["sealed"]);
        assert_eq!(committed::open(&[&key], "vault", &header, &theirs).unwrap().as_slice(), text);
        let derived = Prk::extract(&header, &[&key]).derive::<32>("epoch/commit", &[&text]);
        assert_eq!(bytes(&answer["derived"]), derived.expose());
    }
}

#[test]
fn the_other_implementation_makes_the_same_shares() {
    let mut rng = Blocks::new("differential shares");
    for (threshold, count) in [(2_u8, 2_u8), (2, 3), (3, 5), (15, 15)] {
        let (secret, context, policy) = (rng.bytes::<32>(), Hash(rng.bytes()), Hash(rng.bytes()));
        let answer = python(&json!({
            "shares": {
                "secret": hex::encode(secret),
                "context": context.to_string(),
                "policy": policy.to_string(),
                "threshold": hex::encode([threshold]),
                "count": hex::encode([count]),
            }
        }));
        let powers = coefficients(&Prk::extract(context.as_bytes(), &[&secret]), &policy, threshold);
        for x in 1..=count {
            let share = evaluate(&Secret::from_slice(&secret).unwrap(), &powers, x);
            assert_eq!(bytes(&answer[x.to_string()][0]), share.expose());
            assert_eq!(bytes(&answer[x.to_string()][1]), share_commitment(&context, x, share.expose()).0);
        }
    }
}
