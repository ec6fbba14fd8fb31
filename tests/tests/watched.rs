//! What a witness and the people who count on it type and are shown.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use std::fs;
use std::path::Path;

use amanah_protocol::centre::Role;
use amanah_protocol::log::UnverifiedCheckpoint;
use amanah_tests::people::{open_session, send};
use amanah_tests::relay::Store;
use amanah_tests::terminal::Terminal;
use snapbox::{Data, assert_data_eq};

const LOOK: [&str; 4] = ["audit", "--watch", "--looks", "1"];

/// An auditor watches, a client demands it; the operator puts an older database in place, and the auditor notices.
async fn watched(language: &'static str) -> String {
    let mut terminal = Terminal::new(language, Store::Sqlite).await;
    let link = format!("{}/join#{}", terminal.centre.relay.url, terminal.centre.id);
    terminal.types("bunga", &["join", &link, "--handle", "bunga-3"]);
    terminal.types("bunga", &["witnesses", "show"]);
    terminal.types("auditor", &["join", &link, "--handle", "auditor-1"]);
    let auditor = terminal.ask("auditor", &["account", "show"])["account"].as_str().unwrap().parse().unwrap();
    terminal.centre.appoint(auditor, Role::Auditor, "Kantor Akuntan Sari").await;
    terminal.types("bunga", &["witnesses", "require", "1"]);
    terminal.types("auditor", &["audit", "--watch", "--looks", "2", "--every", "1"]);
    terminal.types("bunga", &["witnesses", "require", "1"]);
    terminal.types("bunga", &["witnesses", "require", "2"]);
    terminal.types("bunga", &["inbox"]);
    terminal.types("bunga", &["witnesses", "require-none"]);
    terminal.types("bunga", &LOOK);

    let (database, note) = (terminal.centre.relay.folder().join("amanah.db"), terminal.paper("auditor/witness.note"));
    terminal.centre.relay.stop();
    let older = fs::read(&database).unwrap();
    terminal.centre.relay.restart();
    let (counsellor, _) = terminal.centre.counsellor("bu-rini").await;
    let mut client = terminal.centre.client("joko-5").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    terminal.types("auditor", &LOOK);
    let cosigned = fs::read(&note).unwrap();
    terminal.centre.relay.stop();
    fs::write(&database, older).unwrap();
    terminal.centre.relay.restart();
    terminal.types("auditor", &LOOK);
    assert_eq!(fs::read(&note).unwrap(), cosigned, "what was cosigned is kept");
    let size = |note: &[u8]| UnverifiedCheckpoint::parse(note).unwrap().claimed().size;
    assert!(size(&fs::read(terminal.paper("auditor/refused.note")).unwrap()) < size(&cosigned), "and what was shown");

    fs::write(&note, "Dia bercerita kepadaku.").unwrap();
    terminal.types("auditor", &LOOK);
    terminal.transcript()
}

fn stored(name: &str) -> Data {
    Data::read_from(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_reads_well_in_english() {
    assert_data_eq!(watched("en").await, stored("witness.en.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_reads_well_in_indonesian() {
    assert_data_eq!(watched("id").await, stored("witness.id.txt"));
}
