//! Somebody of the staff is away: everybody sees it, and nobody else can say it for them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use amanah_client_sdk::RelayError;
use amanah_client_sdk::absence::AbsenceFlowError;
use amanah_client_sdk::director::look;
use amanah_client_sdk::transport::Clock;
use amanah_protocol::absence::{Absence, AbsenceError, MAX_ABSENCES, MAX_NOTE};
use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::ByteString;
use amanah_protocol::centre::Role;
use amanah_protocol::record::Kind;
use amanah_protocol::signature::{Signed, Unverified};
use amanah_tests::accomplice::RelayKey;
use amanah_tests::by_hand::keys_and_token_of;
use amanah_tests::door::{Asked, CBOR, Door};
use amanah_tests::hostile::Hostile;
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, DAY, Wall, open_session, rng};
use amanah_tests::relay::Store;
use amanah_tests::terminal::Terminal;
use ed25519_dalek::SigningKey;
use reqwest::Method;
use snapbox::{Data, assert_data_eq};

on_both_stores! {
    everybody_sees_who_is_away_until_they_are_back,
}

const NOTE: &str = "Untuk keadaan darurat: 119.";

async fn everybody_sees_who_is_away_until_they_are_back(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut supervisor = centre.client("pak-budi").await;
    centre.appoint(supervisor.id(), Role::Supervisor, "Budi Santoso").await;
    let mut client = centre.client("bunga-3").await;
    let (id, now) = (counsellor.id(), Wall.now());
    let until = now.plus(5 * DAY);
    counsellor.announce_absence(None, until, NOTE.to_owned()).await.unwrap();
    supervisor.announce_absence(Some(now.plus(DAY)), now.plus(2 * DAY), String::new()).await.unwrap();
    client.refresh_centre().await.unwrap();
    let looked = look(centre.relay.transport(), centre.id).await.unwrap();
    for seen in [client.centre(), &looked] {
        let absence = seen.absence(&id, Wall.now()).unwrap();
        assert_eq!((absence.until, absence.note.as_str()), (until, NOTE));
        assert_eq!(seen.absence(&id, until), None, "and back by themselves");
        assert_eq!(seen.absence(&supervisor.id(), Wall.now()), None);
        assert!(seen.absence(&supervisor.id(), now.plus(DAY)).is_some());
    }
    counsellor.end_absence().await.unwrap();
    supervisor.end_absence().await.unwrap();
    client.refresh_centre().await.unwrap();
    let looked = look(centre.relay.transport(), centre.id).await.unwrap();
    for seen in [client.centre(), &looked] {
        assert_eq!(seen.absence(&id, Wall.now()), None);
        assert_eq!(seen.absence(&supervisor.id(), now.plus(DAY)), None);
    }
    assert_eq!(counsellor.end_absence().await, Err(AbsenceFlowError::NotAway));
    assert_eq!(client.announce_absence(None, until, String::new()).await, Err(AbsenceFlowError::NotAppointed));
    for (from, until) in [(None, now), (Some(until), until), (None, now.plus(367 * DAY))] {
        let wrong = counsellor.announce_absence(from, until, String::new()).await;
        assert_eq!(wrong, Err(AbsenceFlowError::Unfit(AbsenceError::Times)));
    }
    let wrong = counsellor.announce_absence(None, until, "a".repeat(MAX_NOTE + 1)).await;
    assert_eq!(wrong, Err(AbsenceFlowError::Unfit(AbsenceError::Note)));
    for _ in 2..MAX_ABSENCES {
        counsellor.announce_absence(None, until, String::new()).await.unwrap();
    }
    let limit = Err(AbsenceFlowError::Relay(RelayError::Refused(ProblemCode::LimitReached)));
    assert_eq!(counsellor.announce_absence(None, until, String::new()).await, limit);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_says_of_an_absence_counts_as_not_said() {
    let centre = Centre::found(Store::Sqlite).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    counsellor.announce_absence(None, Wall.now().plus(DAY), NOTE.to_owned()).await.unwrap();
    let way = Hostile::new(centre.relay.transport());
    let stranger = RelayKey(SigningKey::from_bytes(&[7; 32]));
    way.change_pages("/v1/centre", move |page| {
        for entry in page.entries.iter_mut().filter(|entry| entry.kind == Kind::Absence) {
            let said = Unverified::<Absence>::parse(&entry.body.0).unwrap().claimed().clone();
            entry.body = ByteString(Signed::sign(said, &stranger).wire().to_vec());
        }
    });
    let looked = look(way.clone(), centre.id).await.unwrap();
    assert_eq!(looked.newest_absence(&counsellor.id()), None);
    way.be_honest();
    assert!(look(way, centre.id).await.unwrap().newest_absence(&counsellor.id()).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absence_is_believed_only_from_somebody_appointed_then() {
    let centre = Centre::found(Store::Sqlite).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    counsellor.announce_absence(None, Wall.now().plus(DAY), NOTE.to_owned()).await.unwrap();
    let way = Hostile::new(centre.relay.transport());
    way.change_pages("/v1/centre", |page| page.entries.retain(|entry| entry.kind != Kind::Appointment));
    let looked = look(way.clone(), centre.id).await.unwrap();
    assert_eq!(looked.newest_absence(&counsellor.id()), None);
}

/// Somebody who has seen the old keys hears what is said with the new ones.
#[tokio::test(flavor = "multi_thread")]
async fn an_absence_that_new_keys_have_signed_is_seen_in_a_sign_in_that_knows_the_old_ones() {
    let centre = Centre::found(Store::Sqlite).await;
    let rini = centre.client("bu-rini").await.id();
    centre.appoint(rini, Role::Counsellor, "Rini Wulandari").await;
    let mut client = centre.client("bunga-3").await;
    open_session(&mut client, rini).await;
    let (keys, token) = keys_and_token_of(&centre, "bu-rini").await;
    let (new, card) = keys.newest().next(&mut rng(), Wall.now());
    let now = Wall.now();
    let absence =
        Absence { centre: centre.id, account: rini, from: now, until: now.plus(DAY), note: String::new(), time: now };
    let said = Signed::sign(absence, &new);
    for (path, wire) in [("/v1/cards", card.wire()), ("/v1/centre/absences", said.wire())] {
        let asked = Asked::new(Method::POST, path).with(CBOR, wire).by(&token);
        Door::of(&centre.relay).ask(asked).await.accepted();
    }
    client.refresh_centre().await.unwrap();
    assert!(client.centre().absence(&rini, Wall.now()).is_some());
}

/// A week from now, as it is typed.
fn next_week() -> String {
    let date = Command::new("date").args(["-u", "-d", "+7 days", "+%F"]).output().unwrap();
    String::from_utf8(date.stdout).unwrap().trim().to_owned()
}

async fn away(language: &'static str) -> String {
    let mut terminal = Terminal::new(language, Store::Sqlite).await;
    let (relay, centre) = (terminal.centre.relay.url.clone(), terminal.centre.id.to_string());
    let link = format!("{relay}/join#{centre}");
    let letter = terminal.paper("letter.txt");
    std::fs::write(&letter, "Selamat malam, Bu.").unwrap();
    let letter = letter.display().to_string();
    let until = next_week();
    let set = ["absence", "set", "--until", &until, "--note", NOTE];
    for (who, handle) in [("rini", "bu-rini"), ("bunga", "bunga-3")] {
        let joined = terminal.run(who, false, &["join", &link, "--handle", handle], "passphrase");
        assert!(joined.status.success());
    }
    let rini = terminal.ask("rini", &["account", "show"])["account"].as_str().unwrap().to_owned();
    terminal.types("rini", &set);
    terminal.centre.appoint(rini.parse().unwrap(), Role::Counsellor, "Rini Wulandari, M.Psi.").await;
    terminal.types("rini", &["absence", "set", "--until", "2020-02-29"]);
    terminal.types("rini", &set);
    terminal.types("bunga", &["counsellors"]);
    terminal.types("bunga", &["consent", "sign", "--counsellor", &rini]);
    terminal.types("bunga", &["write", "--to", &rini, "--file", &letter]);
    let session = terminal.ask("bunga", &["inbox"])["sessions"][0]["session"].as_str().unwrap().to_owned();
    terminal.types("bunga", &["read", &session]);
    terminal.types("tamu", &["centre", "show", "--relay", &relay, "--centre", &centre]);
    terminal.types("rini", &["absence", "end"]);
    terminal.types("rini", &["absence", "end"]);
    terminal.types("bunga", &["counsellors"]);
    terminal.transcript()
}

fn stored(name: &str) -> Data {
    Data::read_from(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absence_reads_well_in_english() {
    assert_data_eq!(away("en").await, stored("absence.en.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absence_reads_well_in_indonesian() {
    assert_data_eq!(away("id").await, stored("absence.id.txt"));
}
