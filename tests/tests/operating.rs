//! What an operator can rely on: limits, an orderly stop, refusals that change nothing, health, and a silent log.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use amanah_crypto_core::opaque::{Registration, SignIn};
use amanah_crypto_core::root::RootKey;
use amanah_protocol::api::{Bytes, ProblemCode, Stored};
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::{Role, SignedRoot};
use amanah_protocol::hash::of_bytes;
use amanah_protocol::record::Page;
use amanah_protocol::signature::Signed;
use amanah_tests::by_hand::{ByHand, Hand, letter_hash};
use amanah_tests::door::{Answer, Asked, CBOR, Door, JSON};
use amanah_tests::on_both_stores;
use amanah_tests::people::{PASSPHRASE, appointment, open_session, read, rng, send};
use amanah_tests::postgres::from_xtask;
use amanah_tests::relay::{Relay, Store, binary};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::Method;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, NamedGroup, StreamOwned};
use serde_json::{Value, json};

on_both_stores! {
    whoever_comes_too_often_waits,
    a_stop_ends_streams_and_lets_open_requests_end,
    a_stop_loses_nothing_that_was_acknowledged,
    a_database_that_does_not_fit_is_refused_and_stays_as_it_is,
    a_key_file_that_others_may_read_is_refused,
    without_its_key_files_the_relay_does_not_start,
    init_again_changes_nothing,
    the_doctor_says_what_is_wrong_and_changes_nothing,
    every_answer_has_the_headers_of_a_relay,
    the_log_names_nobody,
}

// Limits

/// Asks until the relay says that it is too much, and returns how often it did not.
async fn until_too_often(door: &Door, mut ask: impl FnMut(usize) -> Asked) -> usize {
    for times in 0..100 {
        let answer = door.ask(ask(times)).await;
        if answer.is_success() {
            continue;
        }
        assert_eq!(answer.problem(), Ok(ProblemCode::TooManyRequests));
        let wait = answer.headers.get("retry-after").unwrap().to_str().unwrap().parse::<u64>().unwrap();
        assert!((1..=61).contains(&wait), "{wait}");
        return times;
    }
    unreachable!("nobody had to wait")
}

async fn whoever_comes_too_often_waits(store: Store) {
    let scene = ByHand::found_with(store, &[("AMANAH_SIGN_IN_BURST", "40"), ("AMANAH_REGISTRATION_BURST", "12")]).await;
    let door = &scene.door;
    let post = |path: &str, message: Value| Asked::new(Method::POST, path).with(JSON, message.to_string());
    let registration = || Bytes(Registration::start(&mut rng(), PASSPHRASE.as_bytes()).1);
    // Three people have registered, with two steps each.
    let registered = until_too_often(door, |times| {
        post("/v1/registration/start", json!({ "handle": format!("baru-{times}"), "request": registration() }))
    });
    assert!(registered.await >= 12 - 6);
    // One handle has half of what its address has.
    let (_, request) = SignIn::start(&mut rng(), PASSPHRASE.as_bytes());
    let request = Bytes(request);
    let one = |_| post("/v1/sign-in/start", json!({ "handle": "bunga-0", "request": request.clone() }));
    let guesses = until_too_often(door, one).await;
    assert!((19..40).contains(&guesses), "{guesses}");
    let recoveries = until_too_often(door, |_| post("/v1/recovery/start", json!({ "handle": "bunga-0" }))).await;
    assert!(recoveries <= 1, "recovery counts as sign-in does: {recoveries}");
    let client = &scene.client;
    let change = |_| {
        let message = json!({ "request": registration() }).to_string();
        client.asks(Method::POST, "/v1/credential/start").with(JSON, message)
    };
    let changes = until_too_often(door, change).await;
    assert!(changes <= 1, "a change of passphrase counts as sign-in does: {changes}");
    let others =
        until_too_often(door, |times| post("/v1/recovery/start", json!({ "handle": format!("orang-{times}") })));
    assert!((1..=40).contains(&others.await), "others at this address may come until its own limit");
    // Whoever is signed in goes on.
    assert!(door.ask(client.asks(Method::GET, "/v1/sessions")).await.is_success());
}

// The stop

/// A connection without any client of ours, for requests that come slowly.
fn by_wire(relay: &Relay, config: ClientConfig) -> StreamOwned<ClientConnection, TcpStream> {
    let address = relay.url.trim_start_matches("https://").to_owned();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(config.into(), name).unwrap();
    StreamOwned::new(connection, TcpStream::connect(address).unwrap())
}

fn tls13(relay: &Relay) -> ClientConfig {
    relay.tls(amanah_tls::provider(), &rustls::version::TLS13)
}

/// Reads until this has come.
fn read_until(wire: &mut impl Read, wanted: &str) -> String {
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains(wanted) {
        let mut byte = [0];
        wire.read_exact(&mut byte).unwrap_or_else(|error| unreachable!("{error}: {}", String::from_utf8_lossy(&text)));
        text.extend(byte);
    }
    String::from_utf8(text).unwrap()
}

async fn a_stop_ends_streams_and_lets_open_requests_end(store: Store) {
    let mut scene = ByHand::found(store).await;
    let letter = scene.client.letter(&scene.manifest, 1, Some(letter_hash(&scene.letter)));
    let body = letter.to_bytes();
    let events = scene.centre.relay.client().get(format!("{}/v1/events", scene.centre.relay.url));
    let mut events = events.bearer_auth(&scene.client.token).send().await.unwrap().bytes_stream();
    assert!(events.next().await.unwrap().unwrap().starts_with(b"id: "));
    let mut wire = by_wire(&scene.centre.relay, tls13(&scene.centre.relay));
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: relay\r\nauthorization: Bearer {}\r\ncontent-type: {CBOR}\r\nexpect: 100-continue\r\n\
         content-length: {}\r\n\r\n",
        scene.in_session("letters"),
        scene.client.token,
        body.len()
    );
    wire.write_all(head.as_bytes()).unwrap();
    // The relay waits for the body now.
    read_until(&mut wire, "100 Continue\r\n\r\n");
    scene.centre.relay.terminate();
    while let Some(Ok(_)) = events.next().await {}
    wire.write_all(&body).unwrap();
    assert!(read_until(&mut wire, "\r\n\r\n").starts_with("HTTP/1.1 201 "));
    drop(wire);
    let ended = scene.centre.relay.wait();
    assert!(ended.success(), "{ended}");
    assert!(scene.door.try_ask(Asked::new(Method::GET, "/health/live")).await.is_err(), "nobody listens any more");
    scene.centre.relay.restart();
    let next = scene.client.letter(&scene.manifest, 2, Some(letter_hash(&letter)));
    scene.door.ask(scene.client.posts(scene.in_session("letters"), next.to_bytes())).await.accepted();
}

async fn a_stop_loses_nothing_that_was_acknowledged(store: Store) {
    let mut scene = ByHand::found(store).await;
    let appointing = |number: u32| {
        let body = appointment(scene.centre.id, scene.stranger.id(), Role::Registrar, &format!("Registrar {number}"));
        Asked::new(Method::POST, "/v1/centre/appointments").with(CBOR, Signed::sign(body, &scene.root).wire())
    };
    let mut answers: FuturesUnordered<_> = (0..200).map(|number| scene.door.try_ask(appointing(number))).collect();
    let mut acknowledged = BTreeSet::new();
    let mut note = |answer: Result<Answer, reqwest::Error>| {
        if let Ok(answer) = answer {
            let stored: Stored = serde_json::from_slice(&answer.accepted()).unwrap();
            acknowledged.insert(stored.position);
        }
    };
    note(answers.next().await.unwrap());
    scene.centre.relay.terminate();
    while let Some(answer) = answers.next().await {
        note(answer);
    }
    drop(answers);
    let ended = scene.centre.relay.wait();
    assert!(ended.success(), "{ended}");
    scene.centre.relay.restart();
    let page = Page::parse(&scene.door.get("/v1/centre").await.accepted()).unwrap();
    let kept: BTreeSet<u64> = page.entries.iter().map(|entry| entry.position).collect();
    assert!(!acknowledged.is_empty() && acknowledged.is_subset(&kept));
}

#[test]
fn a_stop_at_once_after_the_start_is_orderly() {
    let mut relay = Relay::start(Store::Sqlite, &SignedRoot::sign_first(&RootKey::generate(&mut rng())));
    for _ in 0..10 {
        relay.stop();
        relay.restart();
    }
}

// What does not fit is refused

/// A relay that was stopped in order, with its root.
fn stopped(store: Store) -> (Relay, RootKey) {
    let root = RootKey::generate(&mut rng());
    let mut relay = Relay::start(store, &SignedRoot::sign_first(&root));
    relay.stop();
    (relay, root)
}

/// Every file of the relay's folder but its log, and with PostgreSQL every row.
fn everything(relay: &Relay) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for file in std::fs::read_dir(relay.folder()).unwrap() {
        let path = file.unwrap().path();
        let mode = path.metadata().unwrap().permissions().mode();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        // SQLite's index of a log that is empty, and that log, hold nothing.
        let beside = name.ends_with("-shm") || (name.ends_with("-wal") && bytes.is_empty());
        if name != "relay.log" && !beside {
            all.insert(name, format!("{mode:o} {}", of_bytes(&bytes)));
        }
    }
    if relay.database().is_some() {
        let tables = relay.sql("select table_name from information_schema.tables where table_schema = 'public'");
        for table in tables.lines() {
            all.insert(format!("table {table}"), relay.sql(&format!("table {table}")));
        }
    }
    all
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The relay does not start, says why in these words, and changes nothing.
fn does_not_start(relay: &Relay, why: &str) {
    let before = everything(relay);
    let output = relay.run("serve", &["--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains(why) && output.stdout.is_empty(), "{}", said(&output));
    assert_eq!(everything(relay), before);
}

async fn a_database_that_does_not_fit_is_refused_and_stays_as_it_is(store: Store) {
    let zero = if store == Store::Sqlite { "x'00'" } else { "'\\x00'" };
    let newer = format!(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         values (999999, 'of tomorrow', true, {zero}, 0)"
    );
    let changed = format!("update _sqlx_migrations set checksum = {zero} where version = 1");
    let mut half = changed.replace("checksum = ", "success = false, checksum = ");
    half.truncate(half.find(", checksum").unwrap());
    for spoil in [newer, changed, half] {
        let (relay, root) = stopped(store);
        relay.sql(&spoil);
        does_not_start(&relay, "database");
        let before = everything(&relay);
        let root_file = relay.folder().join("root.cbor");
        let root_file = root_file.to_str().unwrap();
        for (command, arguments) in [("migrate", [].as_slice()), ("init", &["--root", root_file]), ("doctor", &[])] {
            let output = relay.run(command, arguments);
            assert_eq!(output.status.code(), Some(1), "{command} after {spoil}: {}", said(&output));
            assert!(said(&output).contains("database"), "{}", said(&output));
            assert_eq!(everything(&relay), before, "{command} after {spoil}");
        }
        drop(root);
    }
}

async fn a_key_file_that_others_may_read_is_refused(store: Store) {
    let (mut relay, _) = stopped(store);
    for name in ["relay.key", "opaque.key"] {
        let path = relay.folder().join(name);
        for mode in [0o644, 0o640, 0o604, 0o660] {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            does_not_start(&relay, "chmod 600");
        }
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }
    relay.restart();
}

async fn without_its_key_files_the_relay_does_not_start(store: Store) {
    let (mut relay, _) = stopped(store);
    for name in ["relay.key", "opaque.key"] {
        let path = relay.folder().join(name);
        let kept = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        does_not_start(&relay, "missing");
        for broken in [&[][..], kept.split_at(kept.len() - 1).0] {
            std::fs::write(&path, broken).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            does_not_start(&relay, name);
        }
        std::fs::write(&path, &kept).unwrap();
    }
    relay.restart();
}

async fn init_again_changes_nothing(store: Store) {
    let (relay, _) = stopped(store);
    let before = everything(&relay);
    let file = |name: &str, bytes: &[u8]| {
        let path = relay.folder().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let own = relay.folder().join("root.cbor");
    let again = relay.run("init", &["--root", own.to_str().unwrap()]);
    assert!(again.status.success() && said(&again).contains(&format!("relay key {}", relay.key)), "{}", said(&again));
    assert_eq!(everything(&relay), before);
    // Neither another centre's root nor something else is taken.
    let other = file("other", SignedRoot::sign_first(&RootKey::generate(&mut rng())).wire());
    let refused = relay.run("init", &["--root", &other]);
    assert!(refused.status.code() == Some(1) && said(&refused).contains("another data folder"), "{}", said(&refused));
    for wrong in [&b""[..], b"root", &[0xff; 100]] {
        let refused = relay.run("init", &["--root", &file("other", wrong)]);
        assert!(refused.status.code() == Some(1) && said(&refused).contains("root"), "{}", said(&refused));
    }
    std::fs::remove_file(relay.folder().join("other")).unwrap();
    assert_eq!(everything(&relay), before);
    // A lost `opaque.key` is not made anew beside a centre: it would lock everybody out.
    std::fs::remove_file(relay.folder().join("opaque.key")).unwrap();
    let refused = relay.run("init", &["--root", own.to_str().unwrap()]);
    assert!(refused.status.code() == Some(1) && said(&refused).contains("opaque.key"), "{}", said(&refused));
    assert!(!relay.folder().join("opaque.key").exists());
}

async fn the_doctor_says_what_is_wrong_and_changes_nothing(store: Store) {
    let (relay, _) = stopped(store);
    let look = || {
        let before = everything(&relay);
        let output = relay.run("doctor", &[]);
        assert_eq!(everything(&relay), before, "the doctor only looks");
        let text = String::from_utf8(output.stdout).unwrap();
        let wrong: Vec<String> = text.lines().filter(|line| line.starts_with("wrong ")).map(str::to_owned).collect();
        assert_eq!(output.status.success(), wrong.is_empty(), "{text}");
        assert_eq!(text.lines().count(), 5, "{text}");
        wrong
    };
    assert_eq!(look(), [""; 0]);
    for name in ["relay.key", "opaque.key", "tls.crt", "tls.key"] {
        let (path, aside) = (relay.folder().join(name), relay.folder().join("aside"));
        let line = if name.starts_with("tls") { "certificate" } else { name };
        std::fs::rename(&path, &aside).unwrap();
        let wrong = look();
        assert!(wrong.iter().any(|wrong| wrong.contains(line)), "without {name}: {wrong:?}");
        std::fs::write(&path, "something else").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let wrong = look();
        assert!(wrong.iter().any(|wrong| wrong.contains(line)), "another {name}: {wrong:?}");
        std::fs::rename(&aside, &path).unwrap();
        assert_eq!(look(), [""; 0]);
    }
    relay.sql("delete from structures");
    let wrong = look();
    assert!(wrong.iter().any(|wrong| wrong.contains("database")), "{wrong:?}");
}

#[test]
fn the_doctor_makes_no_database() {
    let (relay, _) = stopped(Store::Sqlite);
    std::fs::remove_file(relay.folder().join("amanah.db")).unwrap();
    let before = everything(&relay);
    let output = relay.run("doctor", &[]);
    assert!(output.status.code() == Some(1) && said(&output).contains("wrong database"), "{}", said(&output));
    assert_eq!(everything(&relay), before);
    does_not_start(&relay, "database");
}

#[test]
fn an_address_that_is_taken_is_refused() {
    let (relay, _) = stopped(Store::Sqlite);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let output = relay.run("serve", &["--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}

// Health, headers, description

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_without_its_database_lives_and_is_not_ready() {
    let relay = Relay::start(Store::Postgres, &SignedRoot::sign_first(&RootKey::generate(&mut rng())));
    let door = Door::of(&relay);
    assert_eq!(door.get("/health/ready").await.status, 204);
    let name = relay.database().unwrap().rsplit_once('/').unwrap().1.to_owned();
    let run = |sql: String| {
        let server = from_xtask("AMANAH_TEST_POSTGRES");
        assert!(Command::new("psql").args([&server, "--quiet", "--command", &sql]).output().unwrap().status.success());
    };
    run(format!("alter database {name} allow_connections false"));
    run(format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"));
    let answer = door.get("/health/ready").await;
    assert_eq!(answer.problem(), Ok(ProblemCode::Unavailable));
    assert_eq!(answer.headers.get("retry-after").unwrap(), "5");
    assert_eq!(door.get("/health/live").await.status, 204);
    assert_eq!(door.get("/v1/centre").await.problem(), Ok(ProblemCode::Unavailable));
    run(format!("alter database {name} allow_connections true"));
    assert_eq!(door.get("/health/ready").await.status, 204);
}

async fn every_answer_has_the_headers_of_a_relay(store: Store) {
    let scene = ByHand::found(store).await;
    let asked = [
        Asked::new(Method::GET, "/health/live"),
        Asked::new(Method::GET, "/openapi.json"),
        Asked::new(Method::GET, "/v1/centre"),
        Asked::new(Method::GET, "/v1/sessions"),
        Asked::new(Method::GET, "/nothing/here"),
        Asked::new(Method::PATCH, "/v1/centre"),
        scene.client.posts("/v1/grants", vec![0; 1_500_001]),
        scene.client.asks(Method::GET, scene.in_session("record")),
        scene.client.asks(Method::GET, "/v1/vault"),
    ];
    for asked in asked {
        let shown = format!("{} {}", asked.method, asked.path);
        let answer = scene.door.ask(asked).await;
        let header = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("strict-transport-security", "max-age=31536000"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(name).as_deref(), Some(value), "{shown}: {name}");
        }
        for name in ["server", "x-powered-by", "set-cookie", "access-control-allow-origin"] {
            assert_eq!(header(name), None, "{shown}: {name}");
        }
        if answer.status == 401 {
            assert_eq!(header("www-authenticate").as_deref(), Some("Bearer"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_the_same_served_and_printed_and_in_the_documents() {
    let relay = Relay::start(Store::Sqlite, &SignedRoot::sign_first(&RootKey::generate(&mut rng())));
    let served: Value = serde_json::from_slice(&Door::of(&relay).get("/openapi.json").await.accepted()).unwrap();
    let printed = Command::new(binary("amanah-server")).arg("openapi").output().unwrap();
    assert_eq!(served, serde_json::from_slice::<Value>(&printed.stdout).unwrap());
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api.md")).unwrap();
    for (path, methods) in served.get("paths").unwrap().as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let address = format!("`{} {path}", method.to_uppercase());
            let named = document
                .match_indices(&address)
                .any(|(at, found)| document.get(at + found.len()..).is_some_and(|rest| rest.starts_with(['`', '?'])));
            assert!(named, "docs/api.md does not name {address}`");
        }
    }
    for code in ProblemCode::ALL {
        assert!(document.contains(&format!("| `{}` | {} |", code.code(), code.status())), "{code:?}");
    }
}

// The log

async fn the_log_names_nobody(store: Store) {
    let scene = ByHand::found(store).await;
    let (mut counsellor, _) = scene.centre.counsellor("bu-rini").await;
    let mut client = scene.centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "apa kabar").await;
    read(&mut counsellor, session).await;
    let wrong = scene.door.ask(scene.stranger.posts(scene.in_session("letters"), b"burung-kenari".as_slice())).await;
    assert!(!wrong.is_success());
    scene.door.get("/v1/burung-kenari?burung=kenari").await;
    scene.door.get(&format!("/v1/accounts/{}/cards", scene.client.id())).await;
    let instance: Value = serde_json::from_slice(&wrong.body).unwrap();
    let instance = instance.get("instance").unwrap().as_str().unwrap().to_owned();
    let log = std::fs::read_to_string(scene.centre.relay.folder().join("relay.log")).unwrap();
    assert!(log.contains("answered") && log.contains(&instance), "the log tells of refusals: {log}");
    let of = |hand: &Hand| [hand.id().to_string(), hand.token.clone(), hand.card.hash().to_string()];
    let mut private: Vec<String> =
        [&scene.client, &scene.counsellor, &scene.stranger].into_iter().flat_map(of).collect();
    private.extend([scene.session(), session].map(|session| session.to_string()));
    private.extend([scene.case, granted.case].map(|case| case.to_string()));
    private.extend([client.id(), counsellor.id()].map(|account| account.to_string()));
    private.extend([scene.grant, granted.grant, scene.manifest.hash()].map(|hash| hash.to_string()));
    let words = ["bunga-0", "bunga-3", "bu-rini", "bu-sri", "pak-asing", "kabar", "kenari", PASSPHRASE];
    private.extend(words.map(str::to_owned));
    // Its own address stands in the log at the most; that of nobody who comes.
    private.push("peer".to_owned());
    for word in &private {
        let plain = word.replace('-', "");
        assert!(!log.contains(word) && !log.contains(&plain), "{word} is in the log");
    }
}

// TLS

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_makes_a_certificate_that_only_its_own_clients_trust() {
    let root = SignedRoot::sign_first(&RootKey::generate(&mut rng()));
    let (one, two) = (Relay::start(Store::Sqlite, &root), Relay::start(Store::Sqlite, &root));
    assert!(Door::of(&one).get("/health/live").await.is_success());
    let mode = |name: &str| one.folder().join(name).metadata().unwrap().permissions().mode() & 0o777;
    for name in ["tls.key", "relay.key", "opaque.key"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    // The way of the one to the other is not trusted.
    let refused = one.client().get(format!("{}/health/live", two.url)).send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
}

/// Asks over one connection, and says with which key exchange, or why there was none.
fn ask_over(relay: &Relay, config: ClientConfig) -> Result<NamedGroup, String> {
    let mut wire = by_wire(relay, config);
    let asked = wire.write_all(b"GET /health/live HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n");
    let mut answer = Vec::new();
    asked.and_then(|()| wire.read_to_end(&mut answer)).map_err(|error| error.to_string())?;
    assert!(answer.starts_with(b"HTTP/1.1 204 "), "{}", String::from_utf8_lossy(&answer));
    Ok(wire.conn.negotiated_key_exchange_group().unwrap().name())
}

#[test]
fn the_relay_speaks_tls_1_3_with_the_hybrid_key_exchange() {
    let relay = Relay::start(Store::Sqlite, &SignedRoot::sign_first(&RootKey::generate(&mut rng())));
    assert_eq!(ask_over(&relay, tls13(&relay)), Ok(NamedGroup::X25519MLKEM768));
    let ring = rustls::crypto::ring::default_provider;
    let mut plain = ring();
    plain.kx_groups.retain(|group| group.name() == NamedGroup::X25519);
    let plain = relay.tls(plain, &rustls::version::TLS13);
    assert_eq!(ask_over(&relay, plain), Ok(NamedGroup::X25519), "whoever does not know it still gets in");
    let old = ask_over(&relay, relay.tls(ring(), &rustls::version::TLS12));
    assert!(old.is_err_and(|error| error.contains("ProtocolVersion")), "TLS 1.2 is refused");
}
