//! Whatever somebody sends: the relay answers with a problem that repeats nothing of it, changes nothing, and goes on.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that cannot go on has failed"
)]

use std::collections::BTreeSet;
use std::process::Command;

use amanah_client_sdk::transport::Clock;
use amanah_crypto_core::identity::Identity;
use amanah_crypto_core::opaque::{Registration, SignIn};
use amanah_crypto_core::root::RootKey;
use amanah_protocol::absence::Absence;
use amanah_protocol::account::{Succession, SuccessionGround, VaultHead};
use amanah_protocol::api::{Bytes, ProblemCode};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::{Dismissal, RelayCertificate, Role};
use amanah_protocol::consent::{Document, Grant, Purpose, Revocation};
use amanah_protocol::erasure::{Basis, Tombstone};
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::hash::Hash;
use amanah_protocol::history::HistoryOutline;
use amanah_protocol::ids::{CaseId, CentreId, SessionId, Timestamp};
use amanah_protocol::letter::{Letter, LetterHeader, Transcript};
use amanah_protocol::manifest::{Acceptance, Outline};
use amanah_protocol::record::{DocumentUpload, Kind, LetterUpload, ManifestUpload};
use amanah_protocol::signature::{Signed, Unverified};
use amanah_protocol::statement::Receipt;
use amanah_tests::accomplice;
use amanah_tests::by_hand::escrow::{accepts, new_policy};
use amanah_tests::by_hand::{self, ByHand, Hand, by_root, epoch, letter_hash, opening, random};
use amanah_tests::door::{Asked, CBOR, JSON};
use amanah_tests::on_both_stores;
use amanah_tests::people::{DAY, PASSPHRASE, Wall, appointment, consent_document, open_session, read, rng, send};
use amanah_tests::relay::{Store, binary};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stores! {
    a_wrong_request_is_a_problem_and_changes_nothing,
    arbitrary_bytes_are_a_problem_and_change_nothing,
    history_goes_only_to_whom_a_grant_names,
    what_the_wrong_key_signed_is_refused,
    what_breaks_a_rule_is_refused,
    an_account_or_vault_that_breaks_a_rule_is_refused,
    a_time_that_is_far_off_is_refused,
    a_letter_that_breaks_a_rule_is_refused,
    a_letter_posted_again_gets_the_same_receipt,
    an_epoch_that_does_not_follow_the_current_one_is_stale,
    a_letter_after_a_revocation_is_refused,
    a_dismissed_counsellor_neither_writes_nor_reads,
}

/// What an address takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Json,
    Cbor,
    Note,
}

/// Whom an address lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Everybody,
    /// Anybody who is signed in, for themselves.
    SignedIn,
    /// Somebody; a stranger who sends the very same gets this problem.
    Only(ProblemCode),
}

/// One address: method, path, what it takes, and whom it lets in.
#[derive(Debug, Clone, Copy)]
struct Address(&'static str, &'static str, Takes, Who);

use ProblemCode as P;
use Takes::{Cbor, Json, Note, Nothing};
use Who::{Everybody, Only, SignedIn};

/// Every address of the OpenAPI document.
const ADDRESSES: &[Address] = &[
    Address("GET", "/health/live", Nothing, Everybody),
    Address("GET", "/health/ready", Nothing, Everybody),
    Address("GET", "/v1/centre", Nothing, Everybody),
    Address("POST", "/v1/centre/relay-certificate", Cbor, Everybody),
    Address("POST", "/v1/centre/appointments", Cbor, Everybody),
    Address("POST", "/v1/centre/dismissals", Cbor, Everybody),
    Address("POST", "/v1/centre/documents", Cbor, Everybody),
    Address("POST", "/v1/centre/policies", Cbor, Everybody),
    Address("POST", "/v1/centre/policy-acceptances", Cbor, Only(P::BadSignature)),
    Address("POST", "/v1/centre/successions", Cbor, Only(P::BadSignature)),
    Address("POST", "/v1/centre/absences", Cbor, Only(P::BadSignature)),
    Address("POST", "/v1/registration/start", Json, Everybody),
    Address("POST", "/v1/registration/finish", Json, Everybody),
    Address("POST", "/v1/sign-in/start", Json, Everybody),
    Address("POST", "/v1/sign-in/finish", Json, Everybody),
    Address("POST", "/v1/recovery/start", Json, Everybody),
    Address("POST", "/v1/recovery/finish", Json, Everybody),
    Address("GET", "/v1/vault", Nothing, SignedIn),
    Address("PUT", "/v1/vault", Json, Only(P::BadSignature)),
    Address("GET", "/v1/accounts/{account}/cards", Nothing, SignedIn),
    Address("POST", "/v1/grants", Cbor, Only(P::BadSignature)),
    Address("POST", "/v1/revocations", Cbor, Only(P::BadSignature)),
    Address("POST", "/v1/guardianships", Cbor, Only(P::BadSignature)),
    Address("GET", "/v1/cases/{case}/consent", Nothing, Only(P::NotFound)),
    Address("GET", "/v1/sessions", Nothing, SignedIn),
    Address("GET", "/v1/sessions/{session}/record", Nothing, Only(P::NotAMember)),
    Address("GET", "/v1/sessions/{session}/head", Nothing, Only(P::NotAMember)),
    Address("POST", "/v1/sessions/{session}/answers", Cbor, Only(P::NotAMember)),
    Address("POST", "/v1/sessions/{session}/letters", Cbor, Only(P::NotAdmitted)),
    Address("POST", "/v1/sessions/{session}/manifests", Cbor, Only(P::BadSignature)),
    Address("POST", "/v1/sessions/{session}/history", Cbor, Only(P::BadSignature)),
    Address("GET", "/v1/sessions/{session}/escrow", Nothing, Only(P::NotFound)),
    Address("POST", "/v1/sessions/{session}/escrow", Cbor, Only(P::BadSignature)),
    Address("GET", "/v1/escrow", Nothing, SignedIn),
    Address("GET", "/v1/escrow/deposits", Nothing, Only(P::Forbidden)),
    Address("GET", "/v1/events", Nothing, SignedIn),
    Address("GET", "/v1/log/checkpoint", Nothing, Everybody),
    Address("GET", "/v1/log/cosigned", Nothing, Everybody),
    Address("POST", "/v1/log/cosigned", Note, Everybody),
    Address("GET", "/v1/log/tile/{*path}", Nothing, Everybody),
    Address("GET", "/v1/log/map/{account}", Nothing, SignedIn),
    Address("GET", "/v1/audit/bundle", Nothing, Only(P::NotAppointed)),
    // This ends the session.
    Address("POST", "/v1/centre/tombstones", Cbor, Everybody),
    // These change the keys and the credential of one person, who does nothing else afterwards.
    Address("POST", "/v1/credential/start", Json, SignedIn),
    Address("POST", "/v1/credential/finish", Json, Only(P::BadSignature)),
    Address("POST", "/v1/cards", Cbor, Only(P::NotAdmitted)),
    Address("DELETE", "/v1/sign-in", Nothing, SignedIn),
];

impl Address {
    fn method(&self) -> Method {
        self.0.parse().unwrap()
    }

    fn content_type(&self) -> Option<&'static str> {
        match self.2 {
            Nothing => None,
            Json => Some(JSON),
            Cbor => Some(CBOR),
            Note => Some("text/plain"),
        }
    }
}

#[test]
fn every_address_of_the_document_is_tried() {
    let printed = Command::new(binary("amanah-server")).arg("openapi").output().unwrap();
    let document: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let body = operation["requestBody"]["content"].as_object();
            let content_type = body.map(|content| content.keys().next().unwrap().clone());
            described.insert((method.to_uppercase(), path.clone(), content_type));
        }
    }
    let row =
        |address: &Address| (address.0.to_owned(), address.1.to_owned(), address.content_type().map(str::to_owned));
    assert_eq!(described, ADDRESSES.iter().map(row).collect());
}

/// Somebody who asks, and the request that the relay accepts from them, fresh for its time limits.
async fn honest(scene: &ByHand, address: &Address) -> Asked {
    let (client, stranger) = (&scene.client, &scene.stranger);
    let now = Wall.now();
    let path = address
        .1
        .replace("{account}", &client.id().to_string())
        .replace("{*path}", "0/000.p/1")
        .replace("{case}", &scene.case.to_string())
        .replace("{session}", &scene.session().to_string());
    let asked = Asked::new(address.method(), path.clone());
    let json = |value: Value| asked.clone().with(JSON, value.to_string());
    let message = |value: Vec<u8>| asked.clone().with(JSON, value);
    match (address.0, address.1) {
        (_, "/health/live" | "/health/ready" | "/v1/centre") => asked,
        (_, "/v1/centre/relay-certificate") => {
            let key = scene.centre.relay.key;
            let certificate = RelayCertificate { centre: scene.centre.id, key, from: now, until: now.plus(DAY) };
            asked.with(CBOR, Signed::sign(certificate, &scene.root).wire())
        }
        (_, "/v1/centre/appointments") => {
            let appointment = appointment(scene.centre.id, stranger.id(), Role::Registrar, "Pak Asing");
            asked.with(CBOR, Signed::sign(appointment, &scene.root).wire())
        }
        (_, "/v1/centre/dismissals") => {
            // In force after this test.
            let dismissal = Dismissal { centre: scene.centre.id, appointment: scene.appointment, from: now.plus(DAY) };
            asked.with(CBOR, Signed::sign(dismissal, &scene.root).wire())
        }
        (_, "/v1/centre/tombstones") => asked.with(CBOR, Signed::sign(tombstone(scene, now), &scene.root).wire()),
        (_, "/v1/centre/documents") => {
            let (document, texts) = consent_document(scene.centre.id, 2);
            let document = ByteString(Signed::sign(document, &scene.root).wire().to_vec());
            let texts = texts.into_iter().map(|text| ByteString(text.into_bytes())).collect();
            asked.with(CBOR, DocumentUpload { document, texts }.to_bytes())
        }
        (_, "/v1/centre/successions") => scene.counsellor.posts(path, succession(scene, now).wire()),
        (_, "/v1/centre/absences") => says_absent(&scene.counsellor, absence(scene, &scene.counsellor, now)),
        (_, "/v1/registration/start") => {
            let (_, request) = Registration::start(&mut rng(), PASSPHRASE.as_bytes());
            json(json!({ "handle": "baru", "request": Bytes(request) }))
        }
        (_, "/v1/registration/finish") => {
            let registration = by_hand::registration(&scene.door, &scene.centre, &Hand::new("baru")).await;
            message(serde_json::to_vec(&registration).unwrap())
        }
        (_, "/v1/sign-in/start") => {
            let (_, request) = SignIn::start(&mut rng(), PASSPHRASE.as_bytes());
            json(json!({ "handle": client.handle.as_str(), "request": Bytes(request) }))
        }
        (_, "/v1/sign-in/finish") => {
            let finish = by_hand::sign_in(&scene.door, &scene.centre, client).await;
            message(serde_json::to_vec(&finish).unwrap())
        }
        (_, "/v1/recovery/start") => json(json!({ "handle": client.handle.as_str() })),
        (_, "/v1/recovery/finish") => {
            let request = by_hand::recovery(&scene.door, &scene.centre, client).await;
            json(json!({ "request": Bytes(request.wire().to_vec()) }))
        }
        ("PUT", "/v1/vault") => {
            let vault = serde_json::to_vec(&client.vault(2, now)).unwrap();
            client.asks(Method::PUT, path).with(JSON, vault)
        }
        (_, "/v1/grants") => client.posts(path, client.sign(scene.grant_of(client)).wire()),
        (_, "/v1/revocations") => {
            let revocation = Revocation { grant: scene.grant, purposes: vec![Purpose::Research], issued: now };
            client.posts(path, client.sign(revocation).wire())
        }
        (_, "/v1/guardianships") => {
            let attested = scene.counsellor.sign(scene.guardianship().await);
            scene.counsellor.posts(path, attested.wire())
        }
        (_, "/v1/sessions/{session}/answers") => client.posts(path, client.acceptance(&scene.manifest, now).wire()),
        (_, "/v1/sessions/{session}/letters") => {
            let letter = client.letter(&scene.manifest, 1, Some(letter_hash(&scene.letter)));
            client.posts(path, letter.to_bytes())
        }
        (_, "/v1/sessions/{session}/manifests") => {
            let members = [(client, Role::Client), (&scene.counsellor, Role::Counsellor)];
            let outline = opening(client, scene.case, scene.grant, &members);
            let path = format!("/v1/sessions/{}/manifests", outline.session);
            let (_, upload) = epoch(client, outline, &[&client.card, &scene.counsellor.card]);
            client.posts(path, upload.to_bytes())
        }
        (_, "/v1/sessions/{session}/history") => client.hands_over(scene.earlier_epoch().await, 1),
        (_, "/v1/credential/start") => {
            let (_, request) = Registration::start(&mut rng(), PASSPHRASE.as_bytes());
            client.asks(Method::POST, path).with(JSON, json!({ "request": Bytes(request) }).to_string())
        }
        (_, "/v1/credential/finish") => {
            let credential = by_hand::new_credential(&scene.door, &scene.centre, client, 3).await;
            client.asks(Method::POST, path).with(JSON, serde_json::to_vec(&credential).unwrap())
        }
        (_, "/v1/cards") => client.posts(path, client.identity.next(&mut rng(), now).1.wire()),
        (_, "/v1/log/map/{account}") => client.asks(Method::GET, path),
        _ if address.1.starts_with("/v1/log/") => honest_of_log(scene, address, asked).await,
        (_, "/v1/audit/bundle") => scene.escrow().director.asks(Method::GET, path),
        _ if address.1.contains("/polic") || address.1.contains("/escrow") => honest_of_escrow(scene, address),
        _ => client.asks(address.method(), path),
    }
}

/// The same at the addresses of the log.
async fn honest_of_log(scene: &ByHand, address: &Address, asked: Asked) -> Asked {
    if address.0 == "GET" {
        return asked;
    }
    let auditor = &scene.escrow().director;
    let name = format!("amanah/witness/{}", auditor.id());
    let checkpoint = accomplice::checkpoint(&scene.centre).await;
    let line = checkpoint.cosign(&name, Wall.now(), &auditor.identity).unwrap();
    let note = format!("{}{}\n", checkpoint.by_relay_alone().note(), line.line());
    asked.with("text/plain", note.into_bytes())
}

/// The same at the addresses of escrow.
fn honest_of_escrow(scene: &ByHand, address: &Address) -> Asked {
    let escrow = scene.escrow();
    let trustee = &escrow.trustees[0];
    match (address.0, address.1) {
        (_, "/v1/centre/policies") => {
            let policy = new_policy(scene, [&scene.client, &scene.stranger]);
            by_root("policies", Signed::sign(policy, &scene.root).wire())
        }
        (_, "/v1/centre/policy-acceptances") => accepts(trustee, trustee, escrow.other_policy.hash()),
        ("POST", _) => {
            let (request, justifications) = escrow.request(GroundCode::ImminentDanger);
            escrow.step(&escrow.supervisor, Kind::Request, request, justifications)
        }
        (_, "/v1/escrow/deposits") => escrow.director.asks(Method::GET, address.1),
        (_, "/v1/escrow") => trustee.asks(Method::GET, address.1),
        _ => trustee.asks(Method::GET, escrow.address()),
    }
}

/// Somebody is away for a day.
fn absence(scene: &ByHand, who: &Hand, time: Timestamp) -> Absence {
    let (centre, account) = (scene.centre.id, who.id());
    Absence { centre, account, from: time, until: time.plus(DAY), note: "Besok kembali.".to_owned(), time }
}

fn says_absent(by: &Hand, absence: Absence) -> Asked {
    by.posts("/v1/centre/absences", by.sign(absence).wire())
}

fn succession(scene: &ByHand, time: Timestamp) -> Signed<Succession> {
    let (old, new) = (scene.stranger.id(), scene.client.id());
    let checked_by = scene.counsellor.id();
    let ground = SuccessionGround::KeysLost;
    scene.counsellor.sign(Succession { centre: scene.centre.id, old, new, checked_by, ground, time })
}

/// A request that is wrong in one way: what is wrong, and the problems that may answer it; none means any refusal.
struct Wrong(String, Asked, Vec<ProblemCode>);

/// Stands in everything wrong, so that an answer that repeats it is seen for what it is.
const ECHO: &str = "burung-kenari";

fn wrong_requests(address: &Address, honest: &Asked, stranger: &Hand) -> Vec<Wrong> {
    let mut wrong = wrong_methods(address, honest);
    wrong.extend(wrong_tokens(address, honest, stranger));
    wrong.extend(wrong_places(address, honest));
    if let Some(body) = &honest.body {
        wrong.extend(wrong_types(address, honest));
        let refused = if address.2 == Json { vec![P::BadRequest] } else { vec![P::NotCanonical] };
        let bodies = match address.2 {
            Json => wrong_json(body),
            Note => cut(body),
            Cbor | Nothing => wrong_cbor(body),
        };
        wrong.extend(bodies.into_iter().map(|(what, body, codes)| {
            let codes = codes.unwrap_or_else(|| refused.clone());
            Wrong(what, Asked { body: Some(body), ..honest.clone() }, codes)
        }));
        let large = Asked { body: Some(vec![b' '; 1_500_001]), ..honest.clone() };
        wrong.push(Wrong("a body that is too large".to_owned(), large, vec![P::TooLarge]));
    }
    wrong
}

fn wrong_methods(address: &Address, honest: &Asked) -> Vec<Wrong> {
    let known = |method: &str| ADDRESSES.iter().any(|other| other.1 == address.1 && other.0 == method);
    let unknown = ["GET", "POST", "PUT", "DELETE", "PATCH", "KENARI"].into_iter().filter(|method| !known(method));
    let wrong = |method: &str| {
        let asked = Asked { method: method.parse().unwrap(), ..honest.clone() };
        Wrong(format!("method {method}"), asked, vec![P::MethodNotAllowed])
    };
    unknown.map(wrong).collect()
}

fn wrong_tokens(address: &Address, honest: &Asked, stranger: &Hand) -> Vec<Wrong> {
    if address.3 == Everybody {
        return Vec::new();
    }
    let honest_token = honest.authorization.clone().unwrap();
    let tokens = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some(format!("Bearer {ECHO}")),
        Some(format!("Bearer {}", "0".repeat(64))),
        Some(honest_token.replace("Bearer", "Basic")),
        Some(honest_token.replace("Bearer ", "Bearer  ")),
        Some(format!("{honest_token}0")),
        Some(format!("Bearer {}", ECHO.repeat(400))),
    ];
    let mut wrong: Vec<Wrong> = tokens
        .into_iter()
        .map(|token| {
            let asked = Asked { authorization: token.clone(), ..honest.clone() };
            Wrong(format!("token {token:?}"), asked, vec![P::NotSignedIn])
        })
        .collect();
    if let Only(code) = address.3 {
        wrong.push(Wrong("a stranger's token".to_owned(), honest.clone().by(&stranger.token), vec![code]));
    }
    wrong
}

fn wrong_places(address: &Address, honest: &Asked) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let place = |what: &str, path: String, codes: &[P]| {
        Wrong(format!("{what}: {path}"), Asked { path, ..honest.clone() }, codes.to_vec())
    };
    if address.1.contains("/{") {
        let (before, rest) = address.1.split_once('{').unwrap();
        let after = rest.split_once('}').unwrap().1;
        for id in [
            ECHO,
            "%ff",
            "%00",
            "..%2f..",
            "0",
            "%F0%9F%99%8F",
            &"f".repeat(400),
            "00000000-0000-0000-0000-00000000000",
        ] {
            wrong.push(place("no id", format!("{before}{id}{after}"), &[P::BadRequest]));
        }
        wrong.push(place("an empty id", format!("{before}{after}"), &[P::BadRequest, P::NotFound]));
        let unknown = match address.1 {
            path if path.contains("{account}") => "0".repeat(64),
            path if path.contains("{*path}") => "0/999".to_owned(),
            _ => SessionId::from_random_bytes(random()).to_string(),
        };
        let places = ["/letters", "/manifests", "/history", "/escrow"];
        let signed_for = address.0 == "POST" && places.iter().any(|place| after.starts_with(place));
        let codes: &[P] = if signed_for { &[P::NotAdmitted] } else { &[P::NotFound] };
        wrong.push(place("an unknown id", format!("{before}{unknown}{after}"), codes));
    }
    let paged =
        ["/v1/centre", "/v1/cases/{case}/consent", "/v1/sessions/{session}/record", "/v1/sessions/{session}/escrow"];
    if address.0 == "GET" && paged.contains(&address.1) {
        for after in [ECHO, "", "-1", "1.5", "18446744073709551616", "%ff", "1&after=2"] {
            wrong.push(place("no position", format!("{}?after={after}", honest.path), &[P::BadRequest]));
        }
    }
    let none: &[P] = if address.1.contains("{*path}") { &[P::BadRequest] } else { &[P::NotFound] };
    wrong.push(place("more of a path", format!("{}/{ECHO}", honest.path), none));
    wrong
}

fn wrong_types(address: &Address, honest: &Asked) -> Vec<Wrong> {
    let own = address.content_type().unwrap();
    let other = if address.2 == Json { CBOR } else { JSON };
    let with_parameter = format!("{own}; charset=utf-8");
    let types = [None, Some(""), Some(ECHO), Some(other), Some("text/html"), Some("*/*"), Some(&with_parameter)];
    let wrong = |content_type: Option<&str>| {
        let asked = Asked { content_type: content_type.map(str::to_owned), ..honest.clone() };
        Wrong(format!("content type {content_type:?}"), asked, vec![P::UnsupportedType])
    };
    types.into_iter().map(wrong).collect()
}

/// A wrong body: what is wrong, the bytes, and the problems that answer it where it is not the usual one.
type WrongBody = (String, Vec<u8>, Option<Vec<ProblemCode>>);

/// The body, shorter, and longer by a byte.
fn cut(honest: &[u8]) -> Vec<WrongBody> {
    let cut = |length: usize| (format!("cut to {length} bytes"), honest[..length].to_vec(), None);
    let mut bodies: Vec<WrongBody> = [0, 1, 2, honest.len() / 2, honest.len() - 1].map(cut).to_vec();
    bodies.push(("one byte more".to_owned(), [honest, &[0]].concat(), None));
    bodies
}

fn wrong_cbor(honest: &[u8]) -> Vec<WrongBody> {
    let mut bodies = cut(honest);
    bodies.push(("twice".to_owned(), [honest, honest].concat(), Some(vec![P::NotCanonical, P::TooLarge])));
    // RFC 8949 §4.2.1: the shortest form of each length, and no indefinite ones.
    let first = honest[0];
    assert_eq!(first >> 5, 4, "each body is an array of few elements");
    let rest = &honest[1..];
    bodies.push(("a long length".to_owned(), [&[0x98, first & 0x1f], rest].concat(), None));
    bodies.push(("a longer length".to_owned(), [&[0x99, 0, first & 0x1f], rest].concat(), None));
    bodies.push(("an indefinite length".to_owned(), [&[0x9f], rest, &[0xff]].concat(), None));
    bodies.push(("a tag before it".to_owned(), [&[0xd9, 0xd9, 0xf7], honest].concat(), None));
    bodies.push(("an element too few".to_owned(), [&[first - 1], rest].concat(), None));
    bodies.push(("an element too many".to_owned(), [&[first + 1], rest, &[0xf6]].concat(), None));
    bodies.push(("another type".to_owned(), [&[0x78, 13], ECHO.as_bytes()].concat(), None));
    bodies.push((
        "an array that claims to be endless".to_owned(),
        vec![0x9b, 0x7f, 255, 255, 255, 255, 255, 255, 255],
        None,
    ));
    bodies.push((
        "bytes that claim to be endless".to_owned(),
        vec![0x82, 0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255],
        None,
    ));
    bodies.push(("deep nesting".to_owned(), vec![0x81; 300], None));
    let mut flipped = honest.to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    // an upload without sealed shares ends in the length of nothing
    let ends = if honest.ends_with(&[0x80]) { P::NotCanonical } else { P::NotAdmitted };
    bodies.push(("the last bit".to_owned(), flipped, Some(vec![P::BadSignature, ends])));
    bodies.push(("more than any structure".to_owned(), vec![0; 1_400_000], Some(vec![P::TooLarge])));
    bodies
}

fn wrong_json(honest: &[u8]) -> Vec<WrongBody> {
    let mut bodies: Vec<WrongBody> = Vec::new();
    for length in [0, 1, honest.len() / 2, honest.len() - 1] {
        bodies.push((format!("cut to {length} bytes"), honest[..length].to_vec(), None));
    }
    bodies.push(("something behind it".to_owned(), [honest, b"}"].concat(), None));
    bodies.push(("a byte order mark".to_owned(), [b"\xef\xbb\xbf", honest].concat(), None));
    for text in ["null", "[]", "{}", "0", "true", "\"burung-kenari\"", "{\"burung-kenari\":1}", "\u{feff}{}"] {
        bodies.push((text.to_owned(), text.as_bytes().to_vec(), None));
    }
    bodies.push(("deep nesting".to_owned(), [b"[".repeat(10_000), b"]".repeat(10_000)].concat(), None));
    bodies.push(("no text".to_owned(), vec![0xff, 0xfe, 0xfd], None));
    let message: Value = serde_json::from_slice(honest).unwrap();
    let fields: Vec<String> = message.as_object().unwrap().keys().cloned().collect();
    let altered = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut message = message.clone();
        change(message.as_object_mut().unwrap());
        serde_json::to_vec(&message).unwrap()
    };
    let unknown = altered(&|message| drop(message.insert(ECHO.to_owned(), Value::Null)));
    bodies.push(("an unknown field".to_owned(), unknown, None));
    for field in &fields {
        let without = altered(&|message| drop(message.remove(field)));
        bodies.push((format!("without {field}"), without, None));
        for value in [Value::Null, json!(7), json!([ECHO]), json!({ ECHO: 1 })] {
            let other = altered(&|message| drop(message.insert(field.clone(), value.clone())));
            bodies.push((format!("{field} is {value}"), other, None));
        }
        let twice = format!("{{\"{field}\":{},{}", message[field], String::from_utf8_lossy(&honest[1..]));
        bodies.push((format!("{field} twice"), twice.into_bytes(), None));
        let Some(text) = message[field].as_str() else { continue };
        // An empty wrap opens nothing, which only its owner knows.
        let values = ["", " ", "burung kenari", "=", "\u{0}", &format!("{text}="), &format!("{text}!")];
        for value in values.into_iter().skip(usize::from(field.ends_with("_wrap"))) {
            let other = altered(&|message| drop(message.insert(field.clone(), json!(value))));
            let codes = Some(vec![P::BadRequest, P::SignInFailed, P::NotCanonical, P::NotAdmitted]);
            bodies.push((format!("{field} is {value:?}"), other, codes));
        }
    }
    bodies
}

async fn a_wrong_request_is_a_problem_and_changes_nothing(store: Store) {
    let scene = ByHand::found_with_escrow(store).await;
    let (mut counsellor, _) = scene.centre.counsellor("bu-rini").await;
    let mut client = scene.centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "sebelum").await;
    let mut found = Vec::new();
    for address in ADDRESSES {
        let asked = honest(&scene, address).await;
        let before = scene.snapshot().await;
        for Wrong(what, wrong, codes) in wrong_requests(address, &asked, &scene.stranger) {
            let answer = scene.door.ask(wrong).await;
            let echoes = answer.headers.values().any(|value| value.to_str().is_ok_and(|text| text.contains(ECHO)));
            match answer.problem() {
                Ok(code) if code.status() < 500 && !echoes && (codes.is_empty() || codes.contains(&code)) => {}
                other => found.push(format!("{} {}, {what}: {other:?}", address.0, address.1)),
            }
        }
        assert!(scene.snapshot().await == before, "{address:?}: something was stored");
        // What was refused was refused for what was wrong with it: the honest request is accepted.
        if address.1 != "/v1/events" {
            let answer = scene.door.ask(honest(&scene, address).await).await;
            assert!(answer.is_success(), "{address:?}: {:?}", answer.problem());
        }
    }
    assert!(found.is_empty(), "{} of the answers:\n{}", found.len(), found.join("\n"));
    // And everybody goes on.
    assert_eq!(read(&mut counsellor, session).await, ["sebelum"]);
    send(&mut counsellor, session, "sesudah").await;
    assert_eq!(read(&mut client, session).await, ["sebelum", "sesudah"]);
}

/// How many bodies each address gets.
const CASES: u32 = 60;

async fn arbitrary_bytes_are_a_problem_and_change_nothing(store: Store) {
    let scene = ByHand::found_with_escrow(store).await;
    let mut requests = Vec::new();
    for address in ADDRESSES.iter().filter(|address| address.2 != Nothing) {
        requests.push((address, honest(&scene, address).await));
    }
    let before = scene.snapshot().await;
    for (address, asked) in requests {
        let body = asked.body.clone().unwrap();
        let bodies = if address.2 == Json { any_json().boxed() } else { spoiled(body).boxed() };
        let refused = |body: Vec<u8>| {
            let asked = Asked { body: Some(body), ..asked.clone() };
            let answer = tokio::runtime::Handle::current().block_on(scene.door.ask(asked));
            match answer.problem() {
                Ok(code) if code.status() < 500 => Ok(()),
                other => Err(TestCaseError::fail(format!("{address:?}: {other:?}"))),
            }
        };
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let tried = tokio::task::block_in_place(|| TestRunner::new(config).run(&bodies, refused));
        tried.unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(scene.snapshot().await == before, "something was stored");
    let letter = honest(&scene, ADDRESSES.iter().find(|address| address.1.ends_with("/letters")).unwrap()).await;
    scene.door.ask(letter).await.accepted();
}

/// Any bytes, and honest ones with a few bytes changed, cut out or put in.
fn spoiled(honest: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = honest.len();
    let changed = (Just(honest.clone()), 0..length, 1..=255_u8).prop_map(|(mut bytes, at, by)| {
        bytes[at] ^= by;
        bytes
    });
    let cut = (Just(honest.clone()), 0..length, 1..20_usize).prop_map(|(mut bytes, at, count)| {
        let end = bytes.len().min(at + count);
        bytes.drain(at..end);
        bytes
    });
    let put =
        (Just(honest), 0..length, proptest::collection::vec(any::<u8>(), 1..20)).prop_map(|(mut bytes, at, more)| {
            bytes.splice(at..at, more);
            bytes
        });
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..2000), changed, cut, put]
}

/// Any bytes, and JSON of any shape.
fn any_json() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
    ];
    let names =
        prop_oneof!["\\PC{0,12}", Just("handle".to_owned()), Just("request".to_owned()), Just("vault".to_owned())];
    let tree = leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..2000), tree.prop_map(|value| value.to_string().into_bytes()),]
}

async fn history_goes_only_to_whom_a_grant_names(store: Store) {
    let scene = ByHand::found(store).await;
    let (client, counsellor) = (&scene.client, &scene.counsellor);
    let outline = scene.earlier_epoch().await;
    let other = scene.earlier_epoch().await;
    let with = |change: fn(&mut HistoryOutline)| {
        let mut outline = outline.clone();
        change(&mut outline);
        outline
    };
    let by = |author: &Hand, outline: HistoryOutline| {
        let outline = HistoryOutline { author: author.id(), ..outline };
        author.hands_over(outline, 1)
    };
    let named = |grant: Hash| HistoryOutline { grant, ..outline.clone() };
    let epochs = |epochs: Vec<Hash>| HistoryOutline { epochs, ..outline.clone() };
    let (first, current) = (outline.epochs[0], outline.manifest);
    scene
        .refuses(vec![
            ("a grant for counselling alone", client.hands_over(named(scene.grant), 1), P::NoGrant),
            ("a grant that is not there", client.hands_over(named(Hash([1; 32])), 1), P::NoGrant),
            ("a grant of another case", client.hands_over(named(other.grant), 1), P::NoGrant),
            ("another card", client.hands_over(with(|outline| outline.card = Hash([1; 32])), 1), P::NoGrant),
            ("by somebody who is no member", by(&scene.stranger, outline.clone()), P::Forbidden),
            ("the current epoch", client.hands_over(epochs(vec![current]), 1), P::NotAdmitted),
            ("an epoch of another session", client.hands_over(epochs(other.epochs.clone()), 1), P::NotAdmitted),
            ("an epoch twice", client.hands_over(epochs(vec![first, first]), 2), P::NotAdmitted),
            ("no epochs", client.hands_over(epochs(Vec::new()), 0), P::NotAdmitted),
            ("an unknown epoch", client.hands_over(epochs(vec![Hash([1; 32])]), 1), P::UnknownReference),
            ("a bundle of another length", client.hands_over(outline.clone(), 2), P::NotAdmitted),
            ("an old manifest", client.hands_over(with(|o| o.manifest = o.epochs[0]), 1), P::StaleManifest),
            ("a time that is off", client.hands_over(with(|o| o.time = Timestamp(0)), 1), P::WrongTime),
        ])
        .await;
    scene.door.ask(by(counsellor, outline.clone())).await.accepted();
    scene.door.ask(client.hands_over(outline, 1)).await.accepted();
}

fn json_body<T: serde::Serialize>(asked: Asked, message: &T) -> Asked {
    asked.with(JSON, serde_json::to_vec(message).unwrap())
}

/// The end of the session, as the root would sign it.
fn tombstone(scene: &ByHand, time: Timestamp) -> Tombstone {
    Tombstone { centre: scene.centre.id, session: scene.session(), basis: Basis::ClientAsked, time }
}

async fn what_the_wrong_key_signed_is_refused(store: Store) {
    let scene = ByHand::found(store).await;
    let now = Wall.now();
    let (client, counsellor, thief) = (&scene.client, &scene.counsellor, &scene.stranger);
    let other_root = RootKey::generate(&mut rng());
    let id = scene.centre.id;
    let certificate = RelayCertificate { centre: id, key: scene.centre.relay.key, from: now, until: now.plus(DAY) };
    let appointed = appointment(id, thief.id(), Role::Counsellor, "Palsu");
    let other_centre = appointment(CentreId([7; 32]), thief.id(), Role::Counsellor, "Palsu");
    let dismissal = Dismissal { centre: id, appointment: scene.appointment, from: now };
    let erasure = tombstone(&scene, now);
    let (document, texts) = consent_document(id, 2);
    let document = Signed::sign(document, &other_root);
    let texts = texts.into_iter().map(|text| ByteString(text.into_bytes())).collect();
    let document = DocumentUpload { document: ByteString(document.wire().to_vec()), texts };
    let stolen = |path: &str, wire: &[u8]| client.posts(path, wire);
    let revocation = Revocation { grant: scene.grant, purposes: vec![Purpose::Research], issued: now };
    let acceptance = Signed::sign(client.acceptance(&scene.manifest, now).body().clone(), &thief.identity);
    let letter = client.letter_header(&scene.manifest, 1, Some(letter_hash(&scene.letter)));
    let mut succession = succession(&scene, now).body().clone();
    succession.checked_by = counsellor.id();
    let mut vault = client.vault(2, now);
    let head = Unverified::<VaultHead>::parse(&vault.vault_head.0).unwrap().claimed().clone();
    vault.vault_head = Bytes(thief.sign(head).wire().to_vec());
    let mut newcomer = by_hand::registration(&scene.door, &scene.centre, &Hand::new("baru")).await;
    newcomer.credential.vault_head = vault.vault_head.clone();
    let next_card = thief.identity.next(&mut rng(), now).1;
    let mut recovery = by_hand::recovery(&scene.door, &scene.centre, client).await.body().clone();
    let forged = Signed::sign(recovery.clone(), &thief.recovery.signer());
    recovery.centre = CentreId([7; 32]);
    let elsewhere = Signed::sign(recovery, &client.recovery.signer());
    let recover = |wire: &[u8]| {
        json_body(Asked::new(Method::POST, "/v1/recovery/finish"), &json!({ "request": Bytes(wire.to_vec()) }))
    };
    let outline = opening(client, scene.case, scene.grant, &[(client, Role::Client), (counsellor, Role::Counsellor)]);
    let path = format!("/v1/sessions/{}/manifests", outline.session);
    let (manifest, mut upload) = epoch(client, outline, &[&client.card, &counsellor.card]);
    upload.manifest = ByteString(thief.sign(manifest.body().clone()).wire().to_vec());
    let registering = Asked::new(Method::POST, "/v1/registration/finish");
    let wrong = vec![
        ("certificate", by_root("relay-certificate", Signed::sign(certificate, &other_root).wire()), P::BadSignature),
        ("appointment", by_root("appointments", Signed::sign(appointed, &other_root).wire()), P::BadSignature),
        ("another centre", by_root("appointments", Signed::sign(other_centre, &scene.root).wire()), P::BadSignature),
        ("dismissal", by_root("dismissals", Signed::sign(dismissal, &other_root).wire()), P::BadSignature),
        ("document", by_root("documents", document.to_bytes()), P::BadSignature),
        ("tombstone", by_root("tombstones", Signed::sign(erasure.clone(), &other_root).wire()), P::BadSignature),
        ("a client's tombstone", by_root("tombstones", client.sign(erasure).wire()), P::BadSignature),
        ("succession", counsellor.posts("/v1/centre/successions", thief.sign(succession).wire()), P::BadSignature),
        (
            "absence",
            counsellor.posts("/v1/centre/absences", thief.sign(absence(&scene, counsellor, now)).wire()),
            P::BadSignature,
        ),
        ("grant", stolen("/v1/grants", thief.sign(scene.grant_of(client)).wire()), P::BadSignature),
        ("revocation", stolen("/v1/revocations", thief.sign(revocation).wire()), P::BadSignature),
        ("manifest", stolen(&path, &upload.to_bytes()), P::BadSignature),
        ("acceptance", stolen(&scene.in_session("answers"), acceptance.wire()), P::BadSignature),
        (
            "letter",
            stolen(&scene.in_session("letters"), &thief.letter_of(letter, vec![0; 272]).to_bytes()),
            P::BadSignature,
        ),
        ("card", stolen("/v1/cards", next_card.wire()), P::NotAdmitted),
        ("vault", json_body(client.asks(Method::PUT, "/v1/vault"), &vault), P::BadSignature),
        ("registration", json_body(registering, &newcomer), P::BadSignature),
        ("recovery", recover(forged.wire()), P::SignInFailed),
        ("recovery elsewhere", recover(elsewhere.wire()), P::SignInFailed),
    ];
    scene.refuses(wrong).await;
}

async fn what_breaks_a_rule_is_refused(store: Store) {
    let scene = ByHand::found(store).await;
    let now = Wall.now();
    let (client, counsellor, stranger) = (&scene.client, &scene.counsellor, &scene.stranger);
    let grant = |change: &dyn Fn(&mut Grant)| {
        let mut grant = scene.grant_of(client);
        change(&mut grant);
        client.posts("/v1/grants", client.sign(grant).wire())
    };
    let revocation = |grant: Hash, purposes: &[Purpose]| {
        let revocation = Revocation { grant, purposes: purposes.to_vec(), issued: now };
        client.posts("/v1/revocations", client.sign(revocation).wire())
    };
    let answer = |hand: &Hand, change: &dyn Fn(&mut Acceptance)| {
        let mut acceptance = counsellor.acceptance(&scene.manifest, now).body().clone();
        change(&mut acceptance);
        hand.posts(scene.in_session("answers"), hand.sign(acceptance).wire())
    };
    let unknown = Hash([9; 32]);
    let of_counsellor = counsellor.sign(scene.grant_of(client));
    let in_anothers_case = stranger.sign(Grant { case: scene.case, ..scene.grant_of(stranger) });
    let not_theirs = Revocation { grant: scene.grant, purposes: vec![Purpose::Research], issued: now };
    let dismissal = Dismissal { centre: scene.centre.id, appointment: unknown, from: now };
    let nobodys = Tombstone { session: SessionId::from_random_bytes(random()), ..tombstone(&scene, now) };
    let (mut document, texts) = consent_document(scene.centre.id, 2);
    let wires: Vec<ByteString> = texts.iter().map(|text| ByteString(text.clone().into_bytes())).collect();
    let publish = |document: &Document, texts: &[ByteString]| {
        let document = ByteString(Signed::sign(document.clone(), &scene.root).wire().to_vec());
        by_root("documents", DocumentUpload { document, texts: texts.to_vec() }.to_bytes())
    };
    let other_texts = publish(&document, &[wires[1].clone(), wires[0].clone()]);
    let no_texts = publish(&document, &[]);
    document.wordings[0].rights.clear();
    let mut own = succession(&scene, now).body().clone();
    (own.old, own.checked_by) = (own.new, counsellor.id());
    let own = counsellor.posts("/v1/centre/successions", counsellor.sign(own).wire());
    let mut not_appointed = succession(&scene, now).body().clone();
    not_appointed.checked_by = stranger.id();
    let not_appointed = stranger.posts("/v1/centre/successions", stranger.sign(not_appointed).wire());
    let away = |change: &dyn Fn(&mut Absence)| {
        let mut absence = absence(&scene, counsellor, now);
        change(&mut absence);
        says_absent(counsellor, absence)
    };
    let wrong = vec![
        ("a grant for somebody else", counsellor.posts("/v1/grants", of_counsellor.wire()), P::NotAdmitted),
        ("a grant in another's case", stranger.posts("/v1/grants", in_anothers_case.wire()), P::NotAdmitted),
        ("a grant of nothing", grant(&|grant| grant.permissions.clear()), P::NotAdmitted),
        (
            "a grant of what is not offered",
            grant(&|grant| grant.permissions[1].purpose = Purpose::Escrow),
            P::NotAdmitted,
        ),
        ("a grant that names nobody", grant(&|grant| grant.permissions[0].named = None), P::NotAdmitted),
        ("a grant in an unknown language", grant(&|grant| grant.locale.push('x')), P::NotAdmitted),
        ("a grant under no document", grant(&|grant| grant.document = unknown), P::UnknownReference),
        ("a grant that follows none", grant(&|grant| grant.previous = Some(unknown)), P::NotAdmitted),
        ("a revocation of nothing", revocation(scene.grant, &[]), P::NotAdmitted),
        ("a revocation of what was not granted", revocation(scene.grant, &[Purpose::Escrow]), P::NotAdmitted),
        ("a revocation of no grant", revocation(unknown, &[Purpose::Research]), P::UnknownReference),
        (
            "another's revocation",
            counsellor.posts("/v1/revocations", counsellor.sign(not_theirs).wire()),
            P::NotAdmitted,
        ),
        (
            "a dismissal of nobody",
            by_root("dismissals", Signed::sign(dismissal, &scene.root).wire()),
            P::UnknownReference,
        ),
        (
            "a tombstone of no session",
            by_root("tombstones", Signed::sign(nobodys, &scene.root).wire()),
            P::UnknownReference,
        ),
        ("other texts", other_texts, P::NotAdmitted),
        ("no texts", no_texts, P::NotAdmitted),
        ("a document without rights", publish(&document, &wires), P::NotAdmitted),
        ("an acceptance for another", answer(client, &|_| ()), P::NotAdmitted),
        ("an acceptance with another card", answer(counsellor, &|it| it.card = client.card.hash()), P::NotAdmitted),
        ("an acceptance of no manifest", answer(counsellor, &|it| it.manifest = unknown), P::StaleManifest),
        ("a succession of oneself", own, P::NotAdmitted),
        ("a succession by somebody not appointed", not_appointed, P::NotAppointed),
        ("an absence of a client", says_absent(client, absence(&scene, client, now)), P::NotAppointed),
        ("an absence of somebody else", away(&|it| it.account = client.id()), P::NotAdmitted),
        ("an absence elsewhere", away(&|it| it.centre = CentreId([7; 32])), P::NotAdmitted),
        ("an absence that ends before it begins", away(&|it| it.until = Timestamp(it.from.0 - 1)), P::NotAdmitted),
        ("an absence of years", away(&|it| it.until = now.plus(366 * DAY + 1)), P::NotAdmitted),
        ("an absence with a long story", away(&|it| it.note = "a".repeat(501)), P::NotAdmitted),
    ];
    scene.refuses(wrong).await;
}

async fn an_account_or_vault_that_breaks_a_rule_is_refused(store: Store) {
    let scene = ByHand::found(store).await;
    let (client, now) = (&scene.client, Wall.now());
    let vault = |version| json_body(client.asks(Method::PUT, "/v1/vault"), &client.vault(version, now));
    let mut large = client.vault(2, now);
    large.vault = Bytes(vec![0; 1_048_577]);
    let mut other = client.vault(2, now);
    other.vault = Bytes(vec![0; 400]);
    let mut taken = Hand::new("bunga-0");
    let twice = by_hand::registration(&scene.door, &scene.centre, &taken).await;
    taken = Hand::new("baru");
    let mut again = by_hand::registration(&scene.door, &scene.centre, &taken).await;
    again.card = Bytes(client.card.wire().to_vec());
    again.credential = client.credential(1, again.credential.upload.0.clone());
    let mut later = by_hand::registration(&scene.door, &scene.centre, &taken).await;
    later.credential = taken.credential(2, later.credential.upload.0.clone());
    let register = |message| json_body(Asked::new(Method::POST, "/v1/registration/finish"), message);
    let mut credential = by_hand::new_credential(&scene.door, &scene.centre, client, 2).await;
    credential.passphrase_wrap = Bytes(vec![0; 257]);
    let credential = json_body(client.asks(Method::POST, "/v1/credential/finish"), &credential);
    let wrong = vec![
        ("a vault of the same version", vault(1), P::VersionConflict),
        ("a vault of a later version", vault(3), P::VersionConflict),
        ("a vault of version 0", vault(0), P::VersionConflict),
        ("a vault of the last version", vault(u64::MAX), P::VersionConflict),
        ("a vault that is too large", json_body(client.asks(Method::PUT, "/v1/vault"), &large), P::TooLarge),
        ("another vault", json_body(client.asks(Method::PUT, "/v1/vault"), &other), P::NotAdmitted),
        ("a taken handle", register(&twice), P::HandleTaken),
        ("a taken account", register(&again), P::AlreadyExists),
        ("a first vault of version 2", register(&later), P::NotAdmitted),
        ("a wrap that is too large", credential, P::TooLarge),
    ];
    scene.refuses(wrong).await;
}

async fn a_time_that_is_far_off_is_refused(store: Store) {
    let scene = ByHand::found(store).await;
    let (client, counsellor) = (&scene.client, &scene.counsellor);
    let now = Wall.now();
    let minutes = 60_000;
    for time in [Timestamp(0), Timestamp(now.0 - 11 * minutes), now.plus(11 * minutes), Timestamp(u64::MAX)] {
        let grant = Grant { issued: time, ..scene.grant_of(client) };
        let revocation = Revocation { grant: scene.grant, purposes: vec![Purpose::Research], issued: time };
        let members = [(client, Role::Client), (counsellor, Role::Counsellor)];
        let mut outline = opening(client, scene.case, scene.grant, &members);
        outline.created = time;
        let path = format!("/v1/sessions/{}/manifests", outline.session);
        let (_, upload) = epoch(client, outline, &[&client.card, &counsellor.card]);
        let mut newcomer = by_hand::registration(&scene.door, &scene.centre, &Hand::new("baru")).await;
        newcomer.credential.vault_head = Bytes(Vec::new());
        newcomer.card = Bytes(Identity::generate(&mut rng(), time).1.wire().to_vec());
        let mut credential = by_hand::new_credential(&scene.door, &scene.centre, client, 2).await;
        let vault = client.vault(2, time);
        (credential.vault, credential.vault_head) = (vault.vault.clone(), vault.vault_head.clone());
        let acceptance = client.acceptance(&scene.manifest, time);
        let succession = succession(&scene, time);
        let wrong = vec![
            (
                "tombstone",
                by_root("tombstones", Signed::sign(tombstone(&scene, time), &scene.root).wire()),
                P::WrongTime,
            ),
            ("grant", client.posts("/v1/grants", client.sign(grant).wire()), P::WrongTime),
            ("revocation", client.posts("/v1/revocations", client.sign(revocation).wire()), P::WrongTime),
            ("manifest", client.posts(path, upload.to_bytes()), P::WrongTime),
            ("acceptance", client.posts(scene.in_session("answers"), acceptance.wire()), P::WrongTime),
            ("card", client.posts("/v1/cards", client.identity.next(&mut rng(), time).1.wire()), P::WrongTime),
            ("vault", json_body(client.asks(Method::PUT, "/v1/vault"), &vault), P::WrongTime),
            ("credential", json_body(client.asks(Method::POST, "/v1/credential/finish"), &credential), P::WrongTime),
            ("registration", json_body(Asked::new(Method::POST, "/v1/registration/finish"), &newcomer), P::WrongTime),
            ("succession", counsellor.posts("/v1/centre/successions", succession.wire()), P::WrongTime),
            ("absence", says_absent(counsellor, absence(&scene, counsellor, time)), P::WrongTime),
        ];
        scene.refuses(wrong).await;
    }
}

async fn a_letter_that_breaks_a_rule_is_refused(store: Store) {
    let scene = ByHand::found(store).await;
    let (client, counsellor, stranger) = (&scene.client, &scene.counsellor, &scene.stranger);
    let first = letter_hash(&scene.letter);
    let header = |change: &dyn Fn(&mut LetterHeader)| {
        let mut header = client.letter_header(&scene.manifest, 1, Some(first));
        change(&mut header);
        header
    };
    let letter = |change: &dyn Fn(&mut LetterHeader)| {
        let upload = client.letter_of(header(change), random::<272>().to_vec());
        client.posts(scene.in_session("letters"), upload.to_bytes())
    };
    let sized = |length: usize| {
        let upload = client.letter_of(header(&|_| ()), vec![7; length]);
        client.posts(scene.in_session("letters"), upload.to_bytes())
    };
    let mut swapped = client.letter_of(header(&|_| ()), random::<272>().to_vec());
    swapped.ciphertext = ByteString(random::<272>().to_vec());
    let of_stranger = stranger.letter(&scene.manifest, 0, None);
    let as_client = counsellor.letter_of(header(&|_| ()), random::<272>().to_vec());
    let other_session = SessionId::from_random_bytes(random());
    let nowhere = client.letter_of(header(&|header| header.session = other_session), random::<272>().to_vec());
    let wrong = vec![
        ("no member", stranger.posts(scene.in_session("letters"), of_stranger.to_bytes()), P::NotAMember),
        ("another's name", counsellor.posts(scene.in_session("letters"), as_client.to_bytes()), P::NotAdmitted),
        ("another session", letter(&|header| header.session = other_session), P::NotAdmitted),
        ("no session", client.posts(format!("/v1/sessions/{other_session}/letters"), nowhere.to_bytes()), P::NotFound),
        ("another epoch", letter(&|header| header.epoch = 1), P::StaleManifest),
        ("another manifest", letter(&|header| header.manifest = first), P::StaleManifest),
        ("another card", letter(&|header| header.card = counsellor.card.hash()), P::NotAMember),
        ("a number too few", letter(&|header| header.sequence = 0), P::StaleSequence),
        ("a number too many", letter(&|header| header.sequence = 2), P::StaleSequence),
        ("the last number", letter(&|header| header.sequence = u64::MAX), P::StaleSequence),
        ("no letter before", letter(&|header| header.previous_own = None), P::StaleSequence),
        ("another letter before", letter(&|header| header.previous_own = Some(Hash([9; 32]))), P::StaleSequence),
        ("seen a letter that is not there", letter(&|header| header.seen = Some(Hash([9; 32]))), P::NotAdmitted),
        ("seen its own letter", letter(&|header| header.seen = header.previous_own), P::NotAdmitted),
        ("another ciphertext", client.posts(scene.in_session("letters"), swapped.to_bytes()), P::NotAdmitted),
        ("nothing in it", sized(0), P::NotAdmitted),
        ("a tag alone", sized(16), P::NotAdmitted),
        ("a length that tells", sized(273), P::NotAdmitted),
        ("more than 256 KiB", sized(262_144 + 16 + 1), P::NotAdmitted),
        ("the next length after 256 KiB", sized(262_144 + 16_384 + 16), P::TooLarge),
    ];
    scene.refuses(wrong).await;
    // The largest letter fits.
    scene.door.ask(sized(262_144 + 16)).await.accepted();
}

async fn a_letter_posted_again_gets_the_same_receipt(store: Store) {
    let scene = ByHand::found(store).await;
    let client = &scene.client;
    let path = scene.in_session("letters");
    let post = |upload: &LetterUpload| scene.door.ask(client.posts(&path, upload.to_bytes()));
    let first = post(&scene.letter).await.accepted();
    let second = client.letter(&scene.manifest, 1, Some(letter_hash(&scene.letter)));
    let receipt = post(&second).await.accepted();
    let before = scene.snapshot().await;
    assert_eq!(post(&scene.letter).await.accepted(), first, "also after the session has moved on");
    assert_eq!(post(&second).await.accepted(), receipt);
    let claimed = Unverified::<Receipt>::parse(&receipt).unwrap().verify(&scene.centre.relay.key).unwrap();
    assert_eq!(claimed.body().letter, letter_hash(&second));

    // The same id over other bytes, and the same letter with another ciphertext, are not the same letter.
    let mut header = client.letter_header(&scene.manifest, 2, Some(letter_hash(&second)));
    header.id = Unverified::<Letter>::parse(&second.letter.0).unwrap().claimed().header.id;
    let other = client.letter_of(header, random::<272>().to_vec());
    assert_eq!(post(&other).await.problem(), Ok(P::DuplicateId));
    assert!(scene.snapshot().await == before);
    // Nobody but the sender is told of it.
    let by_counsellor = scene.door.ask(scene.counsellor.posts(&path, second.to_bytes())).await;
    assert_eq!(by_counsellor.problem(), Ok(P::NotAdmitted));
}

async fn an_epoch_that_does_not_follow_the_current_one_is_stale(store: Store) {
    let scene = ByHand::found(store).await;
    let (client, counsellor) = (&scene.client, &scene.counsellor);
    let letters = Transcript::start(scene.session()).with(&letter_hash(&scene.letter));
    let post = |upload: &ManifestUpload| client.posts(scene.in_session("manifests"), upload.to_bytes());
    let changed = |change: &dyn Fn(&mut Outline)| {
        let mut outline = scene.next_epoch(letters.clone()).0.body().outline.clone();
        change(&mut outline);
        post(&epoch(client, outline, &[&client.card, &counsellor.card]).1)
    };
    let mut swapped = scene.next_epoch(letters.clone()).1;
    swapped.wraps.swap(0, 1);
    let mut short = scene.next_epoch(letters.clone()).1;
    short.wraps.pop();
    let wrong = vec![
        ("epoch 0 again", changed(&|outline| outline.epoch = 0), P::StaleManifest),
        ("epoch 2", changed(&|outline| outline.epoch = 2), P::StaleManifest),
        ("the last epoch", changed(&|outline| outline.epoch = u32::MAX), P::StaleManifest),
        ("another before it", changed(&|outline| outline.previous = Some(Hash([9; 32]))), P::StaleManifest),
        ("none before it", changed(&|outline| outline.previous = None), P::StaleManifest),
        ("without the letter", post(&scene.next_epoch(Transcript::start(scene.session())).1), P::StaleManifest),
        ("another case", changed(&|outline| outline.case = CaseId::from_random_bytes(random())), P::StaleManifest),
        (
            "without the client",
            changed(&|outline| outline.members.retain(|it| it.role != Role::Client)),
            P::NotAdmitted,
        ),
        ("unsorted", changed(&|outline| outline.members.reverse()), P::NotAdmitted),
        ("twice the same", changed(&|outline| outline.members.push(outline.members[1].clone())), P::NotAdmitted),
        (
            "a reader without a grant",
            changed(&|outline| {
                let readers = outline.members.iter_mut().filter(|it| it.role != Role::Client);
                readers.for_each(|it| it.grant = None);
            }),
            P::NoGrant,
        ),
        ("swapped wraps", post(&swapped), P::NotAdmitted),
        ("a wrap too few", post(&short), P::NotAdmitted),
    ];
    scene.refuses(wrong).await;

    // Two made at once: one is the next, the other is stale, and so is a letter of the epoch before.
    let (one, two) = (scene.next_epoch(letters.clone()).1, scene.next_epoch(letters).1);
    let answers = tokio::join!(scene.door.ask(post(&one)), scene.door.ask(post(&two)));
    let stale = if answers.0.is_success() { answers.1 } else { answers.0 };
    assert_eq!(stale.problem(), Ok(P::StaleManifest));
    let old = client.letter(&scene.manifest, 1, Some(letter_hash(&scene.letter)));
    let old = client.posts(scene.in_session("letters"), old.to_bytes());
    let acceptance = client.acceptance(&scene.manifest, Wall.now());
    let acceptance = client.posts(scene.in_session("answers"), acceptance.wire());
    scene.refuses(vec![("letter", old, P::StaleManifest), ("acceptance", acceptance, P::StaleManifest)]).await;
}

async fn a_letter_after_a_revocation_is_refused(store: Store) {
    let scene = ByHand::found(store).await;
    let (client, counsellor) = (&scene.client, &scene.counsellor);
    let answer = counsellor.letter(&scene.manifest, 0, None);
    scene.door.ask(counsellor.posts(scene.in_session("letters"), answer.to_bytes())).await.accepted();
    let late = counsellor.letter(&scene.manifest, 1, Some(letter_hash(&answer)));
    let letter = client.letter(&scene.manifest, 1, Some(letter_hash(&scene.letter)));
    let letters = Transcript::start(scene.session()).with(&letter_hash(&scene.letter)).with(&letter_hash(&answer));
    let (_, next) = scene.next_epoch(letters);
    let revocation = Revocation { grant: scene.grant, purposes: vec![Purpose::Counselling], issued: Wall.now() };
    scene.door.ask(client.posts("/v1/revocations", client.sign(revocation).wire())).await.accepted();
    let outline = opening(client, scene.case, scene.grant, &[(client, Role::Client), (counsellor, Role::Counsellor)]);
    let elsewhere = format!("/v1/sessions/{}/manifests", outline.session);
    let (_, upload) = epoch(client, outline, &[&client.card, &counsellor.card]);
    let head = counsellor.asks(Method::GET, scene.in_session("head"));
    let record = counsellor.asks(Method::GET, scene.in_session("record"));
    let wrong = vec![
        ("the counsellor's letter", counsellor.posts(scene.in_session("letters"), late.to_bytes()), P::GrantRevoked),
        ("the client's letter", client.posts(scene.in_session("letters"), letter.to_bytes()), P::GrantRevoked),
        ("the next epoch", client.posts(scene.in_session("manifests"), next.to_bytes()), P::GrantRevoked),
        ("a new session", client.posts(elsewhere, upload.to_bytes()), P::GrantRevoked),
        ("the counsellor's head", head, P::GrantRevoked),
        ("the counsellor's record", record, P::GrantRevoked),
    ];
    scene.refuses(wrong).await;
}

async fn a_dismissed_counsellor_neither_writes_nor_reads(store: Store) {
    let scene = ByHand::found(store).await;
    let (client, counsellor) = (&scene.client, &scene.counsellor);
    let letter = counsellor.letter(&scene.manifest, 0, None);
    let sealed_to_them = client.letter(&scene.manifest, 1, Some(letter_hash(&scene.letter)));
    scene.door.ask(counsellor.asks(Method::GET, scene.in_session("record"))).await.accepted();
    let from = Timestamp(Wall.now().0 - 1);
    let dismissal = Dismissal { centre: scene.centre.id, appointment: scene.appointment, from };
    scene.door.ask(by_root("dismissals", Signed::sign(dismissal, &scene.root).wire())).await.accepted();
    let wrong = vec![
        ("letter", counsellor.posts(scene.in_session("letters"), letter.to_bytes()), P::NotAppointed),
        (
            "a letter sealed to them",
            client.posts(scene.in_session("letters"), sealed_to_them.to_bytes()),
            P::NewEpochNeeded,
        ),
        ("head", counsellor.asks(Method::GET, scene.in_session("head")), P::NotAppointed),
        ("record", counsellor.asks(Method::GET, scene.in_session("record")), P::NotAppointed),
    ];
    scene.refuses(wrong).await;
}
