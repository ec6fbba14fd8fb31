//! Witnesses: auditors who follow the log and cosign it, clients who demand that some have, and relays that show different
//! logs to different people.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::collections::BTreeSet;

use amanah_auditor::{Check, audit_bundle, look};
use amanah_client_sdk::RelayError;
use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::log::LogError;
use amanah_client_sdk::session::SyncError;
use amanah_client_sdk::transport::{Clock, Request, Response};
use amanah_client_sdk::witness::{CosignError, QuorumError};
use amanah_protocol::api::ProblemCode;
use amanah_protocol::card::UnverifiedCard;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::{Dismissal, Role};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, SessionId, Timestamp};
use amanah_protocol::log::{
    Checkpoint, CosignedCheckpoints, Quorum, SignedCheckpoint, TooFewWitnesses, UnverifiedCheckpoint, Witness,
};
use amanah_protocol::record::Page;
use amanah_protocol::signature::Signer;
use amanah_tests::accomplice::{checkpoint, leaves, relay_key, rewrite, served};
use amanah_tests::by_hand::keys_and_token_of;
use amanah_tests::door::{Asked, CBOR, Door};
use amanah_tests::hostile::Hostile;
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Device, Wall, open_session, read, rng, send};
use amanah_tests::relay::Store;
use base64ct::{Base64, Encoding};

on_both_stores! {
    a_client_goes_on_while_enough_witnesses_cosign,
    what_a_witness_cosigned_is_looked_at_in_the_database,
}

type Way = Hostile<HttpTransport>;

/// An appointed auditor.
async fn auditor(centre: &Centre, name: &str) -> Device<HttpTransport> {
    let mut auditor = centre.client(name).await;
    centre.appoint(auditor.id(), Role::Auditor, "Kantor Akuntan").await;
    auditor.refresh_centre().await.unwrap();
    auditor
}

fn quorum(needed: u32, witnesses: &[AccountId]) -> Quorum {
    Quorum::new(needed, witnesses.iter().copied().collect::<BTreeSet<_>>()).unwrap()
}

fn too_few(found: u32, needed: u32) -> LogError {
    LogError::TooFewWitnesses(TooFewWitnesses { found, needed })
}

async fn cosigns(auditor: &mut Device<HttpTransport>) {
    let watched = auditor.watch_log().await.unwrap();
    auditor.cosign(watched).await.unwrap();
}

async fn a_client_goes_on_while_enough_witnesses_cosign(store: Store) {
    let mut centre = Centre::found(store).await;
    let mut first = auditor(&centre, "auditor-1").await;
    let second = auditor(&centre, "auditor-2").await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let both = [first.id(), second.id()];

    let early = client.demand_witnesses(Some(quorum(1, &both))).await.unwrap_err();
    assert_eq!(early, QuorumError::Centre(CentreError::Log(too_few(0, 1))));
    assert_eq!(client.quorum(), None, "nothing has changed");
    send(&mut client, session, "satu").await;

    cosigns(&mut first).await;
    let note = served(&centre, "checkpoint").await;
    let key = keys_and_token_of(&centre, "auditor-1").await.0.newest().verifying_key();
    let origin = Checkpoint::origin(centre.id);
    let relay = [&[1], &centre.relay.key.0[..]].concat();
    let relay = format!("{origin}+{:08x}+{}", signed_note::key_id(&origin, &relay), Base64::encode_string(&relay));
    let relay = signed_note::VerifierList::new(vec![Box::new(signed_note::StandardVerifier::new(&relay).unwrap())]);
    let (_, others) = signed_note::Note::from_bytes(&note).unwrap().verify(&relay).unwrap();
    let id = signed_note::key_id(&format!("amanah/witness/{}", first.id()), &[&[4], &key.0[..]].concat());
    assert_eq!(
        others.iter().map(signed_note::Signature::id).collect::<Vec<_>>(),
        [id],
        "a foreign tool finds the witness"
    );

    client.demand_witnesses(Some(quorum(1, &both))).await.unwrap();
    send(&mut client, session, "dua").await;
    let more = client.demand_witnesses(Some(quorum(2, &both))).await.unwrap_err();
    assert_eq!(more, QuorumError::Centre(CentreError::Log(too_few(1, 2))));

    centre.relay.stop();
    centre.relay.restart();
    let mut device = centre.another_device_over("bunga-3", None, centre.relay.transport()).await;
    assert_eq!(device.quorum(), client.quorum(), "every device knows");
    send(&mut device, session, "tiga").await;
    let known = device.witnesses().await.unwrap();
    let cosigned = |account: AccountId| known.iter().find(|standing| standing.account == account).unwrap().cosigned;
    assert!(cosigned(first.id()).is_some() && cosigned(second.id()).is_none());

    device.demand_witnesses(None).await.unwrap();
    assert_eq!(centre.another_device_over("bunga-3", None, centre.relay.transport()).await.quorum(), None);
}

/// A client who counts on a witness, behind a liar.
struct Story {
    centre: Centre,
    witness: Device<HttpTransport>,
    counsellor: Device<HttpTransport>,
    way: Way,
    device: Device<Way>,
    session: SessionId,
}

async fn story() -> Story {
    let centre = Centre::found(Store::Sqlite).await;
    let mut witness = auditor(&centre, "auditor-1").await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    read(&mut counsellor, session).await;
    cosigns(&mut witness).await;
    client.demand_witnesses(Some(quorum(1, &[witness.id()]))).await.unwrap();
    let way = Hostile::new(centre.relay.transport());
    let device = centre.another_device_over("bunga-3", None, way.clone()).await;
    Story { centre, witness, counsellor, way, device, session }
}

/// The client has never seen what the relay leaves out; only the witness has.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_the_witness_has_seen_otherwise_is_noticed() {
    let Story { centre, mut witness, mut counsellor, way, mut device, session } = story().await;
    device.refresh_centre().await.unwrap();
    send(&mut counsellor, session, "dua").await;
    cosigns(&mut witness).await;
    let mut leaves = leaves(&centre).await;
    *leaves.last_mut().unwrap() = Hash([7; 32]);
    rewrite(&centre, &way, &leaves).await;
    let noticed = device.refresh_centre().await.unwrap_err();
    assert_eq!(noticed, CentreError::Log(LogError::Forked));
    let draft = device.draft("must not leave".to_owned(), None).unwrap();
    assert!(device.send(session, &draft).await.is_err());

    // without the witness nobody could have noticed
    way.be_honest();
    let mut trusting = centre.another_device_over("bunga-3", None, way.clone()).await;
    trusting.demand_witnesses(None).await.unwrap();
    let mut leaves = self::leaves(&centre).await;
    send(&mut counsellor, session, "tiga").await;
    leaves.push(Hash([7; 32]));
    rewrite(&centre, &way, &leaves).await;
    trusting.refresh_centre().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_hides_the_witnesses_is_not_relied_on() {
    let Story { centre: _centre, way, mut device, session, .. } = story().await;
    way.tell(|request: &Request, mut answer: Response| {
        if request.path == "/v1/log/cosigned" {
            answer.body = CosignedCheckpoints { notes: Vec::new() }.to_bytes();
        }
        Ok(answer)
    });
    let noticed = device.sync(session).await.map(drop).unwrap_err();
    assert_eq!(noticed, SyncError::Centre(CentreError::Log(too_few(0, 1))));
    let draft = device.draft("must not leave".to_owned(), None).unwrap();
    assert!(device.send(session, &draft).await.is_err());
    way.be_honest();
    assert_eq!(read(&mut device, session).await, ["satu"]);
}

/// The relay goes on showing the card of before, with whose key somebody else may cosign.
#[tokio::test(flavor = "multi_thread")]
async fn a_cosignature_by_a_replaced_key_does_not_count() {
    let Story { centre, mut witness, way, mut device, session, .. } = story().await;
    let (keys, token) = keys_and_token_of(&centre, "auditor-1").await;
    let (_, card) = keys.newest().next(&mut rng(), Wall.now());
    let new = card.hash();
    let asked = Asked::new(reqwest::Method::POST, "/v1/cards").with(CBOR, card.wire().to_vec()).by(&token);
    Door::of(&centre.relay).ask(asked).await.accepted();
    let watched = witness.watch_log().await.unwrap();
    let own = Witness::of(witness.id(), keys.newest().verifying_key()).unwrap();
    let checkpoint = checkpoint(&centre).await.by_relay_alone();
    assert_eq!(checkpoint.head(), watched.head());
    let line = checkpoint.cosign(own.name(), Wall.now(), keys.newest()).unwrap();
    let note = checkpoint.with_cosignature(&own, line).unwrap().note().into_bytes();
    way.tell(move |request: &Request, mut answer: Response| {
        if request.path == "/v1/log/cosigned" {
            answer.body = CosignedCheckpoints { notes: vec![ByteString(note.clone())] }.to_bytes();
        }
        if request.path.contains("/cards") {
            let mut page = Page::parse(&answer.body).unwrap();
            page.entries.retain(|entry| UnverifiedCard::parse(&entry.body.0).unwrap().claimed().hash() != new);
            answer.body = page.to_bytes();
        }
        Ok(answer)
    });
    let noticed = device.sync(session).await.map(drop).unwrap_err();
    assert_eq!(noticed, SyncError::Centre(CentreError::Log(too_few(0, 1))));
}

/// The relay goes on showing the cosignatures of somebody whom the root has dismissed.
#[tokio::test(flavor = "multi_thread")]
async fn a_cosignature_of_somebody_who_was_dismissed_does_not_count() {
    let Story { centre, mut witness, way, mut device, session, .. } = story().await;
    read(&mut device, session).await;
    let shown = served(&centre, "cosigned").await;
    let appointment = witness.centre().appointment(&witness.id(), Role::Auditor, Wall.now()).unwrap().hash();
    let dismissal = Dismissal { centre: centre.id, appointment, from: Wall.now() };
    centre.director.dismiss(centre.relay.transport(), dismissal).await.unwrap();
    witness.refresh_centre().await.unwrap();
    way.tell(move |request: &Request, mut answer: Response| {
        if request.path == "/v1/log/cosigned" {
            answer.body.clone_from(&shown);
        }
        Ok(answer)
    });
    let noticed = device.sync(session).await.map(drop).unwrap_err();
    assert_eq!(noticed, SyncError::Centre(CentreError::Log(too_few(0, 1))));
}

/// A witness who is shown another log than the other witness says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_witness_notices_what_another_witness_has_seen_otherwise() {
    let Story { centre, mut witness, mut counsellor, session, .. } = story().await;
    auditor(&centre, "auditor-2").await;
    let way = Hostile::new(centre.relay.transport());
    let mut other = centre.another_device_over("auditor-2", None, way.clone()).await;
    other.watch_log().await.unwrap();
    send(&mut counsellor, session, "dua").await;
    cosigns(&mut witness).await;
    let mut leaves = leaves(&centre).await;
    *leaves.last_mut().unwrap() = Hash([7; 32]);
    rewrite(&centre, &way, &leaves).await;
    assert_eq!(other.watch_log().await.unwrap_err(), CentreError::Log(LogError::Forked));
    let shown = UnverifiedCheckpoint::parse(other.shown_checkpoint().unwrap().as_bytes()).unwrap();
    assert_ne!(shown.claimed().root, checkpoint(&centre).await.head().root, "what was shown is kept as evidence");
}

/// A witness who comes back, with what it kept on its own disk, and is shown the log of before.
#[tokio::test(flavor = "multi_thread")]
async fn a_witness_remembers_more_than_the_relay_shows() {
    let Story { centre, mut witness, mut counsellor, session, .. } = story().await;
    send(&mut counsellor, session, "dua").await;
    let old = served(&centre, "checkpoint").await;
    send(&mut counsellor, session, "tiga").await;
    let head = witness.watch_log().await.unwrap().head();
    auditor(&centre, "auditor-2").await;
    let way = Hostile::new(centre.relay.transport());
    let mut back = centre.another_device_over("auditor-2", None, way.clone()).await;
    back.remember_log(head);
    back.watch_log().await.unwrap();
    way.tell(move |request: &Request, mut answer: Response| {
        if request.path == "/v1/log/checkpoint" {
            answer.body.clone_from(&old);
        }
        Ok(answer)
    });
    back.remember_log(head);
    assert_eq!(back.watch_log().await.unwrap_err(), CentreError::Log(LogError::RolledBack));
}

/// What is posted is by an auditor, of this log, of now, and not older than what is there.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_an_auditor_has_cosigned_is_kept() {
    let Story { centre, mut witness, mut counsellor, session, device, .. } = story().await;
    let door = Door::of(&centre.relay);
    let (keys, _) = keys_and_token_of(&centre, "auditor-1").await;
    let own = Witness::of(witness.id(), keys.newest().verifying_key()).unwrap();
    let note = async |of: &SignedCheckpoint, by: &Witness, time: Timestamp| {
        of.clone().by_relay_alone().cosign(by.name(), time, keys.newest()).map(|line| {
            let note = of.clone().by_relay_alone().note();
            format!("{note}{}\n", line.line())
        })
    };
    let refused = async |body: String| {
        let asked = Asked::new(reqwest::Method::POST, "/v1/log/cosigned").with("text/plain", body.into_bytes());
        door.ask(asked).await.problem().unwrap()
    };
    let before = checkpoint(&centre).await;
    send(&mut counsellor, session, "dua").await;
    let now = checkpoint(&centre).await;
    cosigns(&mut witness).await;
    let good = note(&now, &own, Wall.now()).await.unwrap();
    let line = good.lines().last().unwrap().to_owned();
    let ahead = Checkpoint { size: now.head().size + 1, ..*now.checkpoint() };
    let ahead = SignedCheckpoint::sign(ahead, &relay_key(&centre));
    let client = Witness::of(device.id(), keys.newest().verifying_key()).unwrap();
    let stranger = Witness::of(AccountId([9; 32]), keys.newest().verifying_key()).unwrap();
    let minutes = |minutes: u64| Timestamp(Wall.now().0 - minutes * 60_000);
    let cases = [
        ("nothing", String::new(), ProblemCode::NotCanonical),
        ("no line of a witness", now.clone().by_relay_alone().note(), ProblemCode::NotAdmitted),
        ("no line of the relay", format!("{}\n{line}\n", now.checkpoint().text()), ProblemCode::BadSignature),
        ("another line besides", format!("{good}— other AAAAAAAAAAAA\n"), ProblemCode::NotAdmitted),
        (
            "an altered checkpoint",
            good.replacen(&format!("\n{}\n", now.head().size), "\n3\n", 1),
            ProblemCode::BadSignature,
        ),
        (
            "the line of another checkpoint",
            format!("{}{line}\n", before.by_relay_alone().note()),
            ProblemCode::BadSignature,
        ),
        ("a log that is ahead", note(&ahead, &own, Wall.now()).await.unwrap(), ProblemCode::NotAdmitted),
        ("a client", note(&now, &client, Wall.now()).await.unwrap(), ProblemCode::NotAppointed),
        ("nobody", note(&now, &stranger, Wall.now()).await.unwrap(), ProblemCode::NotAppointed),
        ("eleven minutes ago", note(&now, &own, minutes(11)).await.unwrap(), ProblemCode::WrongTime),
        ("before what is there", note(&now, &own, minutes(2)).await.unwrap(), ProblemCode::VersionConflict),
    ];
    for (name, body, expected) in cases {
        assert_eq!(refused(body).await, expected, "{name}");
    }
    let asked = Asked::new(reqwest::Method::POST, "/v1/log/cosigned").with(CBOR, good.clone().into_bytes());
    assert_eq!(door.ask(asked).await.problem().unwrap(), ProblemCode::UnsupportedType);
    for _ in 0..2 {
        let asked = Asked::new(reqwest::Method::POST, "/v1/log/cosigned").with("text/plain", good.clone().into_bytes());
        door.ask(asked).await.accepted();
    }
    let notes = async || CosignedCheckpoints::parse(&served(&centre, "cosigned").await).unwrap().notes;
    assert_eq!(notes().await, [ByteString(good.into_bytes())]);

    let appointment = witness.centre().appointment(&witness.id(), Role::Auditor, Wall.now()).unwrap().hash();
    let dismissal = Dismissal { centre: centre.id, appointment, from: Wall.now() };
    centre.director.dismiss(centre.relay.transport(), dismissal).await.unwrap();
    assert_eq!(notes().await, [], "whoever is dismissed is no witness");
    let watched = witness.watch_log().await.unwrap();
    let dismissed = witness.cosign(watched).await.unwrap_err();
    assert_eq!(dismissed, CosignError::Relay(RelayError::Refused(ProblemCode::NotAppointed)));
}

async fn what_a_witness_cosigned_is_looked_at_in_the_database(store: Store) {
    let mut centre = Centre::found(store).await;
    let mut witness = auditor(&centre, "auditor-1").await;
    cosigns(&mut witness).await;
    let other = centre.client("bunga-3").await;
    let bundle = {
        let mut auditor = witness;
        let mut bundle = Vec::new();
        let took = auditor.audit_bundle(async |piece: Vec<u8>| {
            bundle.extend(piece);
            true
        });
        took.await.unwrap();
        bundle
    };
    let honest = CosignedCheckpoints::parse(&served(&centre, "cosigned").await).unwrap().notes.remove(0).0;
    let (keys, _) = keys_and_token_of(&centre, "auditor-1").await;
    let account = keys.account();
    let now = checkpoint(&centre).await;
    let forged = SignedCheckpoint::sign(Checkpoint { root: Hash([7; 32]), ..*now.checkpoint() }, &relay_key(&centre));
    let own = Witness::of(account, keys.newest().verifying_key()).unwrap();
    let line = forged.cosign(own.name(), Wall.now(), keys.newest()).unwrap();
    let forged = forged.with_cosignature(&own, line).unwrap().note().into_bytes();
    let chatty = [&honest[..], format!("— words {}\n", Base64::encode_string(b"Dia bercerita")).as_bytes()].concat();
    centre.relay.stop();
    let url = match centre.relay.database() {
        Some(url) => url.to_owned(),
        None => format!("sqlite:{}", centre.relay.folder().join("amanah.db").display()),
    };
    let looked = async || {
        let looked = look(&url, &bundle[..], centre.id).await.unwrap();
        audit_bundle(&bundle[..], centre.id, None).unwrap().with_look(looked)
    };
    let report = looked().await;
    assert!(report.passed(), "{report}");
    let hex = |bytes: &[u8]| match store {
        Store::Sqlite => format!("x'{}'", hex::encode(bytes)),
        Store::Postgres => format!("'\\x{}'::bytea", hex::encode(bytes)),
    };
    let with = |account: AccountId, note: &[u8]| {
        centre.relay.sql("delete from cosignatures");
        let (account, note) = (hex(&account.0), hex(note));
        centre.relay.sql(&format!("insert into cosignatures (account, note) values ({account}, {note})"));
    };
    for (account, note, reason) in [
        (account, &forged[..], "another log"),
        (account, &b"Dia bercerita kepadaku."[..], "not the form"),
        (other.id(), &honest[..], "not the account's own"),
        (account, &chatty[..], "not the account's own"),
    ] {
        with(account, note);
        let report = looked().await;
        let found = report.result(Check::Database).unwrap();
        assert!(!found.passed && found.findings.iter().any(|finding| finding.reason.contains(reason)), "{report}");
    }
    with(account, &honest);
    let report = looked().await;
    assert!(report.passed(), "{report}");
    for table in ["parts", "structures"] {
        centre.relay.sql(&format!("delete from {table}"));
    }
    let report = looked().await;
    let found = report.result(Check::Database).unwrap();
    assert!(found.findings.iter().any(|finding| finding.reason.contains("another log")), "{report}");
}
