//! Ids, keys and handles as text, and the JSON of the relay: one spelling, and everything else refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use amanah_protocol::NotHex;
use amanah_protocol::api::{
    Bytes, DepositItem, DepositReport, EscrowItem, EscrowItems, PROBLEM_PREFIX, ProblemCode, SignInStart, Stored,
};
use amanah_protocol::card::XWingKey;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, CentreId, Handle, LetterId, NotAHandle, SessionId, Timestamp};
use amanah_protocol::signature::{Signature, VerifyingKey};
use amanah_protocol::statement::{CLOCK_SKEW_MS, HEAD_VALID_MS};

/// The bytes `00 01 02 …` as text, and everything that is nearly that text.
macro_rules! lower_case_hexadecimal {
    ( $( $name:ident: $type:ty, $length:literal; )* ) => { $(
        #[test]
        fn $name() {
            let bytes: Vec<u8> = (0..$length).map(|index: u16| index.to_le_bytes()[0] | 0x0a).collect();
            let value = <$type>::from_slice(&bytes).unwrap();
            let text = value.to_string();
            assert_eq!((<$type>::LENGTH, text.len()), ($length, 2 * $length));
            assert_eq!(text, hex::encode(&bytes));
            assert_eq!(text.parse::<$type>(), Ok(value));
            assert_eq!(value.as_bytes().as_slice(), bytes);
            assert!(format!("{value:?}").ends_with(&format!("({text})")));

            let refused = Err(NotHex(2 * $length));
            let wrong = [
                String::new(),
                text.to_uppercase(),
                text.replacen('a', "A", 1),
                text.replacen('a', "g", 1),
                text[1..].to_owned(),
                text[2..].to_owned(),
                format!("{text}0"),
                format!("{text}00"),
                format!(" {text}"),
                format!("{text}\n"),
                format!("0x{}", &text[2..]),
                format!("{}:{}", &text[..2], &text[3..]),
                format!("é{}", &text[2..]),
                format!("{}\0\0", &text[2..]),
            ];
            for text in wrong {
                assert_eq!(text.parse::<$type>(), refused, "{text:?}");
            }
            assert_eq!(<$type>::from_slice(&bytes[1..]), None);
            assert_eq!(<$type>::from_slice(&[&bytes[..], &[0]].concat()), None);
        }
    )* };
}

lower_case_hexadecimal! {
    an_account_id: AccountId, 32;
    a_centre_id: CentreId, 32;
    a_hash: Hash, 32;
    a_verifying_key: VerifyingKey, 32;
    a_signature: Signature, 64;
    an_x_wing_key: XWingKey, 1216;
}

#[test]
fn random_ids_are_version_4_and_written_with_hyphens() {
    const TEXT: &str = "ffffffff-ffff-4fff-bfff-ffffffffffff";
    assert_eq!(CaseId::from_random_bytes([0xff; 16]).to_string(), TEXT);
    assert_eq!(SessionId::from_random_bytes([0xff; 16]).to_string(), TEXT);
    assert_eq!(LetterId::from_random_bytes([0xff; 16]).to_string(), TEXT);
    assert_eq!(SessionId::from_random_bytes([0; 16]).to_string(), "00000000-0000-4000-8000-000000000000");
    assert_eq!(TEXT.parse::<CaseId>(), Ok(CaseId::from_random_bytes([0xff; 16])));
}

#[test]
fn random_ids_of_another_form_are_refused() {
    let wrong = [
        "",
        "ffffffff-ffff-4fff-bfff-fffffffffff",
        "ffffffff-ffff-4fff-bfff-fffffffffffff",
        "ffffffff-ffff-4fff-bfff-ffffffffffgg",
        "ffffffff-ffff-4fff-bfffffffffffffff-",
        "ffffffffffff-4fff-bfff-ffff-ffffffff",
        " ffffffff-ffff-4fff-bfff-ffffffffffff",
        "ffffffff-ffff-4fff-bfff-ffffffffffff\n",
        "ffffffff/ffff-4fff-bfff-ffffffffffff",
        "FFFFFFFF-ffff-4fff-bfff-ffffffffffff",
        "ffffffffffff4fffbfffffffffffffff",
        "{ffffffff-ffff-4fff-bfff-ffffffffffff}",
        "urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff",
    ];
    for text in wrong {
        assert!(text.parse::<CaseId>().is_err(), "{text:?}");
        assert!(text.parse::<SessionId>().is_err(), "{text:?}");
        assert!(text.parse::<LetterId>().is_err(), "{text:?}");
    }
}

#[test]
fn handles_are_short_plain_and_lower_case() {
    let longest = "k".repeat(32);
    for text in ["abc", "kunang", "k-1_2.3", "007", "a..", &longest] {
        assert_eq!(text.parse::<Handle>().unwrap().as_str(), text);
    }
    let too_long = "k".repeat(33);
    let wrong = [
        "",
        "a",
        "ab",
        &too_long,
        "Abc",
        "abC",
        "ABC",
        ".abc",
        "-abc",
        "_abc",
        "a b",
        " abc",
        "abc ",
        "abc\n",
        "a/b",
        "a@b",
        "a\0b",
        "ábc",
        "аbc",
        "ab٣",
        "abc\u{200b}",
    ];
    for text in wrong {
        assert_eq!(text.parse::<Handle>(), Err(NotAHandle), "{text:?}");
        let bytes = minicbor::to_vec(text).unwrap();
        assert!(minicbor::decode::<Handle>(&bytes).is_err(), "{text:?}");
    }
}

#[test]
fn times_do_not_overflow() {
    assert_eq!(Timestamp(5).plus(3), Timestamp(8));
    assert_eq!(Timestamp(u64::MAX).plus(1), Timestamp(u64::MAX));
    assert_eq!(Timestamp(5).distance(Timestamp(8)), 3);
    assert_eq!(Timestamp(8).distance(Timestamp(5)), 3);
    assert_eq!(Timestamp(0).distance(Timestamp(u64::MAX)), u64::MAX);
}

#[test]
fn ten_minutes_are_ten_minutes() {
    assert_eq!((HEAD_VALID_MS, CLOCK_SKEW_MS), (10 * 60 * 1000, 10 * 60 * 1000));
}

#[test]
fn bytes_in_json_are_base64url_without_padding() {
    for (bytes, text) in [(&b""[..], ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"\xfb\xff", "-_8")] {
        let json = format!("\"{text}\"");
        assert_eq!(serde_json::to_string(&Bytes(bytes.to_vec())).unwrap(), json);
        assert_eq!(serde_json::from_str::<Bytes>(&json).unwrap(), Bytes(bytes.to_vec()));
    }
    for text in ["Zg==", "Zg=", "Z", "+/8", "Zh", "Zm9v ", "Zm 9v", "Zm9v\\n", "é"] {
        assert!(serde_json::from_str::<Bytes>(&format!("\"{text}\"")).is_err(), "{text:?}");
    }
    for json in ["null", "[1]", "1", "{}"] {
        assert!(serde_json::from_str::<Bytes>(json).is_err(), "{json}");
    }
}

#[test]
fn messages_have_exactly_their_fields() {
    let message = SignInStart { handle: "kunang".to_owned(), request: Bytes(vec![1]) };
    let json = r#"{"handle":"kunang","request":"AQ"}"#;
    assert_eq!(serde_json::to_string(&message).unwrap(), json);
    assert_eq!(serde_json::from_str::<SignInStart>(json).unwrap(), message);
    let wrong = [
        r#"{"handle":"kunang"}"#,
        r#"{"handle":"kunang","request":"AQ","more":1}"#,
        r#"{"handle":"kunang","request":"AQ","handle":"melati"}"#,
        r#"{"handle":1,"request":"AQ"}"#,
        r#"{"handle":"kunang","request":null}"#,
    ];
    for json in wrong {
        assert!(serde_json::from_str::<SignInStart>(json).is_err(), "{json}");
    }
    assert!(serde_json::from_str::<Stored>(r#"{"hash":"00","position":-1}"#).is_err());
}

/// The message has this JSON and is read back from it; with a field more, or with one less, it is not.
fn written<T>(message: &T, json: &str, without_last: &str)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    assert_eq!(serde_json::to_string(message).unwrap(), json);
    assert_eq!(&serde_json::from_str::<T>(json).unwrap(), message);
    assert!(serde_json::from_str::<T>(without_last).is_err(), "{without_last}");
    let more = format!("{},\"more\":1}}", json.strip_suffix('}').unwrap());
    assert!(serde_json::from_str::<T>(&more).is_err(), "{more}");
}

#[test]
fn the_messages_of_escrow_have_exactly_their_fields() {
    let item = EscrowItem { session: "s".to_owned(), part: "trustee".to_owned(), deposits: 2, requests: 1 };
    let json = r#"{"session":"s","part":"trustee","deposits":2,"requests":1}"#;
    written(&item, json, r#"{"session":"s","part":"trustee","deposits":2}"#);
    written(&EscrowItems { items: vec![item] }, &format!("{{\"items\":[{json}]}}"), "{}");
    let item = DepositItem {
        policy: "p".to_owned(),
        trustee: "t".to_owned(),
        deposits: 3,
        receipts: 2,
        oldest_missing: Some(7),
    };
    let json = r#"{"policy":"p","trustee":"t","deposits":3,"receipts":2,"oldest_missing":7}"#;
    written(&item, json, r#"{"policy":"p","trustee":"t","deposits":3,"oldest_missing":7}"#);
    written(&DepositReport { trustees: vec![item.clone()] }, &format!("{{\"trustees\":[{json}]}}"), "{}");
    let all = DepositItem { oldest_missing: None, ..item };
    assert!(serde_json::to_string(&all).unwrap().ends_with(r#""oldest_missing":null}"#));
}

#[test]
fn problems_of_consent_and_escrow_have_these_codes() {
    let table = [
        (ProblemCode::DocumentReplaced, "document-replaced", 403),
        (ProblemCode::GuardianNeeded, "guardian-needed", 403),
        (ProblemCode::EscrowDiffers, "escrow-differs", 409),
        (ProblemCode::TooEarly, "too-early", 409),
        (ProblemCode::ReleaseClosed, "release-closed", 409),
        (ProblemCode::NotCancellable, "not-cancellable", 403),
    ];
    for (problem, code, status) in table {
        assert_eq!((problem.code(), problem.status()), (code, status));
    }
}

#[test]
fn problems_have_a_code_of_their_own_and_are_found_by_it() {
    let codes: std::collections::BTreeSet<_> = ProblemCode::ALL.iter().map(|problem| problem.code()).collect();
    assert_eq!(codes.len(), ProblemCode::ALL.len());
    for problem in ProblemCode::ALL {
        let code = problem.code();
        assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{code}");
        assert!((400..600).contains(&problem.status()), "{code}");
        assert!(problem.title().ends_with('.'), "{code}");
        assert_eq!(ProblemCode::from_type(&format!("{PROBLEM_PREFIX}{code}")), Some(*problem));
        assert_eq!(ProblemCode::from_type(code), None);
    }
    assert_eq!(ProblemCode::from_type("urn:amanah:problem:unheard-of"), None);
    assert_eq!(ProblemCode::from_type("about:blank"), None);
}
