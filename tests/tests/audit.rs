//! An auditor looks at a relay on which people have really lived: everything passes, and a store that was tampered with
//! does not.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_auditor::{Check, CheckResult, Look, LookError, Report, audit_bundle, look};
use amanah_client_sdk::RelayError;
use amanah_client_sdk::account::VaultError;
use amanah_client_sdk::escrow::Asking;
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::transport::Clock;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Permission, Purpose};
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::ids::CentreId;
use amanah_tests::escrow::{grounds, until};
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, DAY, Device, Wall, also, escrow_by, open_session, read, send};
use amanah_tests::relay::Store;

on_both_stores! {
    a_centre_in_use_passes_an_audit,
    a_database_in_use_holds_what_its_bundle_shows_and_nothing_else,
    a_database_that_was_tampered_with_is_found,
    what_an_honest_relay_has_stored_since_the_bundle_is_told,
}

/// A centre with an escrowed session, a supervisor who reads along with what was written before, a counsellor whose
/// consent was taken back, a release by two of three trustees, a couple, and an auditor.
async fn lived_in(store: Store) -> (Centre, Device<HttpTransport>) {
    let centre = Centre::found(store).await;
    let mut offer = centre.offer_escrow(2, 3, grounds()).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let (other, _) = centre.counsellor("pak-joko").await;
    let mut supervisor = centre.client("pak-budi").await;
    centre.appoint(supervisor.id(), Role::Supervisor, "Budi Santoso").await;
    let mut client = centre.client("bunga-3").await;
    let terms = escrow_by(&client, offer.policy);
    let granted = client.grant(counsellor.id(), &terms).await.unwrap();
    let session = client.open_session(granted, counsellor.id()).await.unwrap();
    for number in 0..5 {
        send(&mut client, session, &format!("surat {number}")).await;
        send(&mut counsellor, session, &"jawaban ".repeat(1 + 60 * number)).await;
    }
    counsellor.rotate(session).await.unwrap();
    supervisor.announce_absence(None, Wall.now().plus(DAY), "Besok kembali.".to_owned()).await.unwrap();
    supervisor.end_absence().await.unwrap();
    for purpose in [Purpose::Supervision, Purpose::History] {
        let more = also(&client, Permission { purpose, named: Some(supervisor.id()) });
        let grant = client.grant_further(granted.case, &more).await.unwrap().grant;
        if purpose == Purpose::Supervision {
            client.add_reader(session, supervisor.id(), Role::Supervisor, grant).await.unwrap();
        } else {
            client.hand_over_history(session, supervisor.id(), grant).await.unwrap();
        }
    }
    assert_eq!(read(&mut supervisor, session).await.len(), 10);
    for trustee in &mut offer.trustees {
        trustee.check_deposits(session).await.unwrap();
    }
    let asking = Asking {
        session,
        from_epoch: 0,
        to_epoch: 0,
        ground: GroundCode::ImminentDanger,
        recipient: supervisor.id(),
        reason: "Nyawa dalam bahaya.".to_owned().into(),
        open_ms: 86_400_000,
    };
    let request = supervisor.request_release(&asking).await.unwrap();
    for trustee in offer.trustees.iter_mut().take(2) {
        let seen = trustee.see_requests(session).await.unwrap();
        let seen = seen.iter().find(|seen| seen.release.request().hash() == request).unwrap();
        until(seen.release.may_approve_from(&trustee.id()).unwrap()).await;
        trustee.approve(session, request).await.unwrap();
    }
    supervisor.open_released(session, request).await.unwrap();
    let transfer = client.terms("id").unwrap().of_transfer(other.id(), false);
    client.transfer(granted.case, session, other.id(), &transfer).await.unwrap();
    send(&mut client, session, "kepada yang baru").await;
    let (second, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut counsellor, second, "sesi kedua").await;
    let (mut auditor, _) = centre.counsellor("auditor-1").await;
    centre.appoint(auditor.id(), Role::Auditor, "Kantor Akuntan").await;
    auditor.refresh_centre().await.unwrap();
    (centre, auditor)
}

/// What the operator gives an auditor.
fn exported(centre: &Centre) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle");
    let done = centre.relay.run("export-audit", &["--to", file.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(file).unwrap()
}

fn audited(bundle: &[u8], centre: CentreId) -> Report {
    audit_bundle(bundle, centre, None).unwrap()
}

async fn a_centre_in_use_passes_an_audit(store: Store) {
    let (centre, mut auditor) = Box::pin(lived_in(store)).await;
    let report = audited(&exported(&centre), centre.id);
    assert!(report.passed(), "{report}");
    for check in [
        Check::Letters,
        Check::Absences,
        Check::Readers,
        Check::Histories,
        Check::Escrow,
        Check::Releases,
        Check::Randomness,
    ] {
        assert!(report.result(check).unwrap().counted > 0, "{report}");
    }
    assert!(report.controls.iter().all(|control| control.found == Some(true)), "{report}");
    let mut live = Vec::new();
    auditor
        .audit_bundle(async |piece| {
            live.extend(piece);
            true
        })
        .await
        .unwrap();
    let report = audit_bundle(&live[..], centre.id, Some(auditor.checked_log())).unwrap();
    assert!(report.passed(), "{report}");
    let mut stranger = centre.client("joko-5").await;
    let refused = stranger.audit_bundle(async |_| true).await.unwrap_err();
    assert_eq!(refused, VaultError::Relay(RelayError::Refused(ProblemCode::NotAppointed)));
}

/// Each of these is done to the database of a relay that is not running, behind its back.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_tampered_with_does_not_pass() {
    let (mut centre, _auditor) = Box::pin(lived_in(Store::Sqlite)).await;
    centre.relay.stop();
    let letter = "(select min(position) from structures where kind = 14)";
    let tamperings = [
        (Check::Randomness, format!("update parts set bytes = zeroblob(272) where position = {letter}")),
        (Check::LogRoot, format!("update structures set salt = zeroblob(16) where position = {letter}")),
        (Check::ClosedWorld, "update vaults set vault = zeroblob(4096) where version > 1".to_owned()),
        (Check::Times, format!("update structures set at = at + 86400000 where position = {letter}")),
        (Check::ClosedWorld, format!("insert into parts (position, place, bytes) values ({letter}, 7, zeroblob(16))")),
    ];
    let database = centre.relay.folder().join("amanah.db");
    let honest = std::fs::read(&database).unwrap();
    for (check, statement) in tamperings {
        centre.relay.sql(&statement);
        let report = audited(&exported(&centre), centre.id);
        assert!(!report.result(check).unwrap().passed, "{statement}: {report}");
        std::fs::write(&database, &honest).unwrap();
    }
    let report = audited(&exported(&centre), centre.id);
    assert!(report.passed(), "{report}");
}

/// The database, as an auditor is told of it.
fn database(centre: &Centre) -> String {
    let file = || format!("sqlite:{}", centre.relay.folder().join("amanah.db").display());
    centre.relay.database().map_or_else(file, str::to_owned)
}

async fn looked(centre: &Centre, bundle: &[u8]) -> Report {
    let look: Look = look(&database(centre), bundle, centre.id).await.unwrap();
    audited(bundle, centre.id).with_look(look)
}

fn result(report: &Report) -> &CheckResult {
    report.result(Check::Database).unwrap()
}

async fn a_database_in_use_holds_what_its_bundle_shows_and_nothing_else(store: Store) {
    let (centre, _auditor) = Box::pin(lived_in(store)).await;
    let mut client = centre.client("joko-5").await;
    let (counsellor, _) = centre.counsellor("bu-tini").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    // so many that tiles of the log are full
    for number in 0..260 {
        send(&mut client, session, &format!("surat {number}")).await;
    }
    assert_ne!(centre.relay.sql("select count(*) from log_tiles").trim(), "[(0,)]");
    let bundle = exported(&centre);
    let report = looked(&centre, &bundle).await;
    assert!(report.passed(), "{report}");
    assert!(result(&report).counted > 1000, "{report}");
    let newer = report.database.unwrap();
    assert_eq!((newer.newer_entries, newer.newer_vaults), (0, 0));
}

async fn what_an_honest_relay_has_stored_since_the_bundle_is_told(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let bundle = exported(&centre);
    send(&mut client, session, "sesudahnya").await;
    assert_eq!(read(&mut counsellor, session).await.len(), 1);
    centre.client("joko-5").await;
    let report = looked(&centre, &bundle).await;
    assert!(report.passed(), "{report}");
    let newer = report.database.unwrap();
    assert!(newer.newer_entries >= 3 && newer.newer_vaults >= 1, "{newer:?}");
}

/// Each of these is done to the database of a relay that is not running, and undone afterwards. The bundle was made before.
async fn a_database_that_was_tampered_with_is_found(store: Store) {
    let (mut centre, _auditor) = Box::pin(lived_in(store)).await;
    let bundle = exported(&centre);
    centre.relay.stop();
    let letter = "(select min(position) from structures where kind = 14)";
    let last = "(select max(position) from structures)";
    let blob = if store == Store::Sqlite { "blob" } else { "bytea" };
    let bytes = |length: usize| match store {
        Store::Sqlite => format!("x'{}'", "07".repeat(length)),
        Store::Postgres => format!("'\\x{}'::bytea", "07".repeat(length)),
    };
    let one =
        |table: &str, column: &str| format!("{column} = (select {column} from {table} order by {column} limit 1)");
    let now = "(select max(at) from structures)";
    let plain = bytes(272);
    let mut tamperings = vec![
        ("schema", "create table notes (words text)".to_owned()),
        ("schema", "create view everything as select handle from accounts".to_owned()),
        ("schema", "create index words on accounts (handle, opaque)".to_owned()),
        ("accounts", format!("alter table accounts add column note {blob}")),
        ("accounts", "alter table accounts rename column opaque to words".to_owned()),
        ("parts", format!("insert into parts (position, place, bytes) values ({letter}, 1, {plain})")),
        ("parts", format!("insert into parts (position, place, bytes) values ({last}, 0, {plain})")),
        ("parts", format!("update parts set bytes = {plain} where position = {letter}")),
        ("structures", format!("update structures set body = {plain} where position = {letter}")),
        ("structures", format!("update structures set at = at + 1 where position = {letter}")),
        ("structures", format!("update structures set session = {} where position = {letter}", bytes(16))),
        ("structures", format!("delete from structures where position = {last}")),
        (
            "closed-world",
            format!(
                "insert into structures (position, kind, hash, body, at, salt) values \
                 ({last} + 1, 7, {}, {plain}, {now}, {})",
                bytes(32),
                bytes(16)
            ),
        ),
        ("vaults", format!("update vaults set passphrase_wrap = {plain} where {}", one("vaults", "account"))),
        ("vaults", format!("delete from vaults where {}", one("vaults", "account"))),
        (
            "accounts",
            format!("update accounts set handle = 'Dia bercerita kepadaku.' where {}", one("accounts", "account")),
        ),
        ("accounts", format!("update accounts set opaque = {plain} where {}", one("accounts", "account"))),
        ("accounts", format!("update accounts set opaque = {} where {}", bytes(192), one("accounts", "account"))),
        ("accounts", format!("update accounts set recovery_key = {} where {}", bytes(31), one("accounts", "account"))),
        (
            "accounts",
            format!(
                "insert into accounts (account, handle, opaque, recovery_key) select {}, 'tanpa-kartu', opaque, \
                 recovery_key from accounts limit 1",
                bytes(32)
            ),
        ),
        ("tokens", format!("update tokens set hash = {} where {}", bytes(31), one("tokens", "hash"))),
        ("tokens", format!("update tokens set expires = expires + 1 where {}", one("tokens", "hash"))),
        ("sessions", "update sessions set letters = letters + 1".to_owned()),
        ("sessions", format!("update sessions set position = {last} + 7")),
        ("members", format!("insert into members select session, {}, null from sessions limit 1", bytes(32))),
        ("members", "update members set until = 1 where until is null".to_owned()),
        ("letters", format!("update letters set id = {} where position = {letter}", bytes(16))),
        ("letters", format!("delete from letters where position = {letter}")),
        ("deposits", "update deposits set x = x + 100".to_owned()),
        ("deposits", "update deposits set receipt = null".to_owned()),
        ("releases", "update releases set notice_at = notice_at + 1".to_owned()),
        ("releases", "update releases set notice = null".to_owned()),
        ("log_head", format!("update log_head set map = {}", bytes(32))),
        ("log_tiles", format!("insert into log_tiles (level, place, hashes) values (7, 7, {plain})")),
        ("_sqlx_migrations", "update _sqlx_migrations set description = 'Dia bercerita' where version = 1".to_owned()),
    ];
    match store {
        Store::Sqlite => tamperings.extend([
            ("schema", "create trigger words after delete on tokens begin select 'Dia bercerita'; end".to_owned()),
            ("_sqlx_migrations", "update _sqlx_migrations set installed_on = 'Dia bercerita kepadaku'".to_owned()),
            ("schema", "create index tokens_by_hash on tokens (hash /* Dia bercerita */)".to_owned()),
        ]),
        Store::Postgres => tamperings.extend([
            ("schema", "comment on table accounts is 'Dia bercerita'".to_owned()),
            ("schema", "create schema other; create table other.accounts (words text)".to_owned()),
            ("schema", "create function words() returns text language sql as 'select 1::text'".to_owned()),
            ("accounts", "alter table accounts add column note text; alter table accounts drop column note".to_owned()),
        ]),
    }
    let store = Kept::of(&centre);
    let mut missed = Vec::new();
    for (place, statement) in &tamperings {
        centre.relay.sql(&store.unguarded(statement));
        let report = looked(&centre, &bundle).await;
        let found = result(&report);
        let named = found.findings.iter().any(|finding| finding.reason.starts_with(&format!("{place}: ")));
        if report.passed() || found.passed || !named {
            missed.push(format!("{statement}: {found:?}"));
        }
        assert!(!report.to_string().contains("bercerita"), "{report}");
        store.restore();
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    let report = looked(&centre, &bundle).await;
    assert!(report.passed(), "{report}");
}

/// An honest database, to be put in place again.
enum Kept {
    File(std::path::PathBuf, Vec<u8>),
    Base(String),
}

impl Kept {
    fn of(centre: &Centre) -> Self {
        if let Some(url) = centre.relay.database() {
            copy(url, &honest(url));
            return Self::Base(url.to_owned());
        }
        let file = centre.relay.folder().join("amanah.db");
        let honest = std::fs::read(&file).unwrap();
        Self::File(file, honest)
    }

    /// The statement without the checks of foreign keys, which an operator can turn off.
    fn unguarded(&self, statement: &str) -> String {
        match self {
            Self::File(..) => statement.to_owned(),
            Self::Base(_) => format!("set session_replication_role = replica; {statement}"),
        }
    }

    fn restore(&self) {
        match self {
            Self::File(file, honest) => std::fs::write(file, honest).unwrap(),
            Self::Base(url) => copy(&honest(url), url),
        }
    }
}

/// The name of the copy.
fn honest(url: &str) -> String {
    format!("{url}_honest")
}

/// Makes one database anew as a copy of another.
fn copy(from: &str, to: &str) {
    let name = |url: &str| url.rsplit_once('/').unwrap().1.to_owned();
    let server = amanah_tests::postgres::from_xtask("AMANAH_TEST_POSTGRES");
    let drop = format!("drop database if exists {} with (force)", name(to));
    let create = format!("create database {} template {}", name(to), name(from));
    let done = std::process::Command::new("psql")
        .args([&server, "--quiet", "--command", &drop, "--command", &create])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn a_look_never_makes_or_changes_a_file() {
    let centre = Centre::found(Store::Sqlite).await;
    let bundle = exported(&centre);
    let nowhere = centre.relay.folder().join("nowhere.db");
    let refused = look(&format!("sqlite:{}?mode=rwc", nowhere.display()), &bundle[..], centre.id).await.unwrap_err();
    assert!(matches!(refused, LookError::Database(_)), "{refused}");
    assert!(!nowhere.exists());
    let refused = look("mysql://localhost/amanah", &bundle[..], centre.id).await.unwrap_err();
    assert!(matches!(refused, LookError::Url), "{refused}");
}
