//! The main job as people type it, with a real relay: every word that they see, in both languages.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use amanah_tests::people::{Centre, PASSPHRASE, read};
use amanah_tests::relay::{Store, binary};
use amanah_tests::terminal::{Terminal, examples};
use snapbox::{Data, assert_data_eq};

async fn main_job(language: &'static str, letter: &str, answer: &str) -> String {
    let mut terminal = Terminal::new(language, Store::Sqlite).await;
    let [letter, answer] = [letter, answer].map(|name| examples().join("letters").join(name).display().to_string());
    let (relay, centre) = (terminal.centre.relay.url.clone(), terminal.centre.id.to_string());
    let root_key = terminal.paper("root-key.cbor").display().to_string();
    let document = examples().join("consent/document.toml").display().to_string();
    terminal.types(
        "pimpinan",
        &["centre", "publish-document", "--file", &root_key, "--relay", &relay, "--document", &document],
    );
    terminal.types("pimpinan", &["registrar", "invite", "--relay", &relay, "--centre", &centre]);
    let link = format!("{relay}/join#{centre}");

    let joined = terminal.types("rini", &["join", &link, "--handle", "bu-rini", "--staff"]);
    let shown = String::from_utf8(joined.stdout).unwrap();
    let sheet = shown.lines().map(str::trim).find(|line| line.starts_with("S-")).unwrap();
    std::fs::write(terminal.paper("rini.sheet"), sheet).unwrap();
    let rini = terminal.ask("rini", &["account", "show"])["account"].as_str().unwrap().to_owned();
    let name = "Rini Wulandari, M.Psi.";
    let appoint = ["centre", "appoint", "--file", &root_key, "--relay", &relay, "--account", &rini];
    let as_what = ["--role", "counsellor", "--name", name, "--days", "365"];
    terminal.types("pimpinan", &[appoint.as_slice(), &as_what].concat());

    terminal.types("bunga", &["join", &link, "--handle", "bunga-3"]);
    terminal.types("bunga", &["counsellors"]);
    terminal.types("bunga", &["consent", "show"]);
    terminal.types("bunga", &["write", "--to", name, "--file", &letter]);
    terminal.types("bunga", &["consent", "sign", "--counsellor", &rini]);
    terminal.types("bunga", &["write", "--to", name, "--file", &letter]);
    terminal.types("rini", &["inbox"]);
    let session = terminal.ask("rini", &["inbox"])["sessions"][0]["session"].as_str().unwrap().to_owned();
    terminal.types("rini", &["read", &session]);
    terminal.types("rini", &["reply", &session, "--file", &answer]);
    let place = terminal.paper("place.txt").display().to_string();
    std::fs::write(&place, "Solo\nBu RT, 0812 3456\n").unwrap();
    terminal.types("bunga", &["intake", &session, "--file", &place]);
    terminal.types("bunga", &["stage", &session, "exploration"]);
    terminal.types("rini", &["stage", &session, "exploration"]);
    terminal.types("rini", &["read", &session]);
    terminal.types("bunga", &["read", &session]);
    terminal.types_with("bunga", &["inbox"], "wrong");

    terminal.types("budi", &["join", &link, "--handle", "pak-budi"]);
    let budi = terminal.ask("budi", &["account", "show"])["account"].as_str().unwrap().to_owned();
    let appoint = ["centre", "appoint", "--file", &root_key, "--relay", &relay, "--account", &budi];
    let as_what = ["--role", "supervisor", "--name", "Budi Santoso, M.Psi.", "--days", "365"];
    terminal.types("pimpinan", &[appoint.as_slice(), &as_what].concat());
    let supervision = format!("supervision={budi}");
    terminal.types("bunga", &["consent", "allow", &session, "--permission", &supervision]);
    terminal.types("rini", &["reply", &session, "--file", &answer]);
    terminal.types("budi", &["read", &session]);
    let grants = terminal.ask("bunga", &["consent", "list"])["grants"].clone();
    let [grant, further] = [0, 1].map(|n| grants[n]["grant"].as_str().unwrap().to_owned());
    terminal.types("bunga", &["consent", "revoke", "--grant", &further]);
    terminal.types("budi", &["inbox"]);
    terminal.types("rini", &["renew-keys", &session]);
    let erase = ["centre", "erase", "--file", &root_key, "--relay", &relay, "--session", &session];
    terminal.types("pimpinan", &[&erase[..], &["--basis", "client-asked"]].concat());
    terminal.types("pimpinan", &[&erase[..], &["--basis", "law"]].concat());
    terminal.types("bunga", &["read", &session]);
    terminal.types("rini", &["inbox"]);
    terminal.types("rini", &["reply", &session, "--file", &answer]);
    let erased = terminal.ask("bunga", &["read", &session]);
    assert_eq!((&erased["erased"]["basis"], &erased["fault"]), (&"client-asked".into(), &serde_json::Value::Null));
    terminal.types("bunga", &["consent", "list"]);
    terminal.types("bunga", &["consent", "revoke", "--grant", &grant]);
    terminal.types("bunga", &["write", "--session", &session, "--file", &letter]);
    terminal.types("rini", &["inbox"]);
    terminal.types("rini", &["reply", &session, "--file", &answer]);
    terminal.transcript()
}

fn stored(name: &str) -> Data {
    Data::read_from(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_reads_well_in_indonesian() {
    assert_data_eq!(main_job("id", "first-letter.id.txt", "answer.id.txt").await, stored("main-job.id.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_reads_well_in_english() {
    assert_data_eq!(main_job("en", "first-letter.en.txt", "answer.en.txt").await, stored("main-job.en.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_library_writes_a_letter() {
    let centre = Centre::found(Store::Sqlite).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let link = format!("{}/join#{}", centre.relay.url, centre.id);
    let mut example = Command::new(binary("examples/letter"))
        .arg(link)
        .arg(centre.relay.folder().join("tls.crt"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = format!("bunga-3\n{PASSPHRASE}\nSelamat malam, Bu.\n");
    example.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = example.wait_with_output().unwrap();
    assert!(output.status.success());
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("Selamat malam, Bu."), "{shown}");
    let session = counsellor.sessions().await.unwrap()[0];
    assert_eq!(read(&mut counsellor, session).await, ["Selamat malam, Bu."]);
}
