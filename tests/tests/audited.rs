//! What an auditor types and is shown: audits of a relay, of a file and of a database, and a report that is signed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use amanah_protocol::centre::Role;
use amanah_tests::on_both_stores;
use amanah_tests::people::{open_session, send};
use amanah_tests::relay::Store;
use amanah_tests::terminal::Terminal;
use serde_json::Value;
use snapbox::{Data, assert_data_eq};

on_both_stores! {
    a_database_is_compared_and_what_is_wrong_is_said,
}

/// A centre with a session of three letters, and the bundle that its operator made.
async fn lived_in(language: &'static str, store: Store) -> (Terminal, String) {
    let terminal = Terminal::new(language, store).await;
    let centre = &terminal.centre;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("joko-5").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    for number in 0..3 {
        send(&mut client, session, &format!("surat {number}")).await;
    }
    let bundle = terminal.paper("bundle").display().to_string();
    let done = centre.relay.run("export-audit", &["--to", &bundle]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (terminal, bundle)
}

/// An auditor with an account signs; somebody without one checks. Who is no auditor signs nothing.
async fn signed_reports(language: &'static str) -> String {
    let (mut terminal, bundle) = lived_in(language, Store::Sqlite).await;
    let centre = terminal.centre.id.to_string();
    let link = format!("{}/join#{centre}", terminal.centre.relay.url);
    let paper = |terminal: &Terminal, name: &str| terminal.paper(name).display().to_string();
    let [live, filed, altered, never] =
        ["live.report", "filed.report", "altered.report", "never.report"].map(|name| paper(&terminal, name));
    terminal.types("auditor", &["join", &link, "--handle", "auditor-1"]);
    let auditor = terminal.ask("auditor", &["account", "show"])["account"].as_str().unwrap().parse().unwrap();
    terminal.centre.appoint(auditor, Role::Auditor, "Kantor Akuntan Sari").await;
    terminal.types("auditor", &["audit", "--save", &live]);
    terminal.types("auditor", &["audit", "--save", &live]);
    let of_file = ["audit", "--bundle", &bundle, "--centre", &centre];
    let save = |file| [&of_file[..], &["--save", file]].concat();
    terminal.types("auditor", &save(&filed));

    terminal.types("tamu", &["report", &live, "--centre", &centre]);
    terminal.types("auditor", &["report", &filed, "--centre", &centre]);
    terminal.types("tamu", &["report", &live, "--centre", &"7".repeat(64)]);
    let mut bytes = std::fs::read(&live).unwrap();
    bytes[400] ^= 1;
    std::fs::write(&altered, bytes).unwrap();
    terminal.types("tamu", &["report", &altered, "--centre", &centre]);
    terminal.types("tamu", &["report", &bundle, "--centre", &centre]);

    terminal.types("tamu", &save(&never));
    terminal.types("bunga", &["join", &link, "--handle", "bunga-3"]);
    terminal.types("bunga", &save(&never));
    terminal.types("bunga", &["audit", "--save", &never]);
    assert!(!Path::new(&never).exists());
    let database = format!("sqlite:{}", terminal.centre.relay.folder().join("amanah.db").display());
    terminal.types("tamu", &[&of_file[..], &["--database", &database]].concat());
    terminal.transcript()
}

fn stored(name: &str) -> Data {
    Data::read_from(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_reads_well_in_english() {
    assert_data_eq!(signed_reports("en").await, stored("audit.en.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_reads_well_in_indonesian() {
    assert_data_eq!(signed_reports("id").await, stored("audit.id.txt"));
}

/// The exit code of an audit beside a database, and what the program says went wrong.
fn look(terminal: &Terminal, bundle: &str, url: &str) -> (i32, Option<String>) {
    let centre = terminal.centre.id.to_string();
    let words = ["audit", "--bundle", bundle, "--centre", &centre, "--database", url];
    let output = terminal.run("tamu", true, &words, "passphrase");
    let error = serde_json::from_slice::<Value>(&output.stderr).ok();
    let code = error.map(|error| error["error"]["code"].as_str().unwrap().to_owned());
    (output.status.code().unwrap(), code)
}

fn refused(code: i32, why: &str) -> (i32, Option<String>) {
    (code, Some(why.to_owned()))
}

async fn a_database_is_compared_and_what_is_wrong_is_said(store: Store) {
    let (mut terminal, bundle) = lived_in("en", store).await;
    let file = |name: &str| format!("sqlite:{}", terminal.paper(name).display());
    let url = if let Some(url) = terminal.centre.relay.database() {
        url.to_owned()
    } else {
        // as docs/operating.md lets an auditor look
        terminal.centre.relay.sql(&format!("vacuum into '{}'", terminal.paper("copy.db").display()));
        file("copy.db")
    };
    std::fs::write(terminal.paper("words"), "Dia bercerita kepadaku.").unwrap();
    let nowhere = format!("{url}_nowhere");
    let elsewhere = file("words");
    assert_eq!(look(&terminal, &bundle, &url), (0, None));
    assert_eq!(look(&terminal, &bundle, "mysql://localhost/amanah"), refused(1, "database-url"));
    assert_eq!(look(&terminal, &bundle, "amanah.db"), refused(1, "database-url"));
    for unreadable in [&nowhere, &elsewhere] {
        assert_eq!(look(&terminal, &bundle, unreadable), refused(1, "database-unreadable"), "{unreadable}");
    }
    let cut = terminal.paper("cut");
    let whole = std::fs::read(&bundle).unwrap();
    std::fs::write(&cut, &whole[..whole.len() - 1]).unwrap();
    assert_eq!(look(&terminal, cut.to_str().unwrap(), &url), refused(4, "bundle-broken"));

    terminal.centre.relay.stop();
    let letter = "(select min(position) from structures where kind = 14)";
    let tampering = format!("update structures set at = at + 1 where position = {letter}");
    if store == Store::Sqlite {
        let change =
            "import sqlite3, sys; base = sqlite3.connect(sys.argv[1]); base.execute(sys.argv[2]); base.commit()";
        let path = url.trim_start_matches("sqlite:");
        assert!(Command::new("python3").args(["-c", change, path, &tampering]).status().unwrap().success());
    } else {
        terminal.centre.relay.sql(&tampering);
    }
    assert_eq!(look(&terminal, &bundle, &url), refused(4, "audit-failed"));
}

/// The steps of docs/operating.md, word for word but for the password and the name of the database.
#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_the_operating_guide_reads_and_changes_nothing() {
    let (_, chapter) = include_str!("../../docs/operating.md").split_once("## Letting an auditor look").unwrap();
    let (_, steps) = chapter.split_once("```sql\n").unwrap();
    let (steps, after) = steps.split_once("```").unwrap();
    let (_, end) = after.split_once("Afterwards:\n`").unwrap();
    let end = end.split_once('`').unwrap().0;

    let (terminal, bundle) = lived_in("en", Store::Postgres).await;
    let relay = &terminal.centre.relay;
    let (server, name) = relay.database().unwrap().rsplit_once('/').unwrap();
    let steps =
        steps.replace("'…'", "'hanya-baca'").replace("on database amanah to", &format!("on database {name} to"));
    assert!(steps.contains("'hanya-baca'") && steps.contains(name), "{steps}");
    relay.sql(&steps);
    let host = server.split_once('@').unwrap().1;
    let url = format!("postgres://auditor:hanya-baca@{host}/{name}");
    assert_eq!(look(&terminal, &bundle, &url), (0, None));
    for change in [
        "delete from tokens",
        "set default_transaction_read_only = off; begin read write; update accounts set handle = 'x'; commit",
        "create table notes (words text)",
    ] {
        let done = Command::new("psql").args([&url, "--quiet", "--command", change]).output().unwrap();
        assert!(!done.status.success(), "{change}");
    }
    relay.sql(end);
    assert_eq!(look(&terminal, &bundle, &url), refused(1, "database-unreadable"));
}
