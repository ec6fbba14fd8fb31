//! What the relay serves of a web client: the files that its manifest lists, as they are listed, and nothing else.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::path::Path;

use amanah_auditor::{Check, Report, audit_bundle};
use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::director::{self, Director};
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::transport::Clock;
use amanah_crypto_core::root::RootKey;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::{Role, SignedRoot};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::CentreId;
use amanah_protocol::record::{Kind, Page};
use amanah_protocol::signature::{Signed, Unverified};
use amanah_protocol::statement::WebBundle;
use amanah_tests::accomplice::{RelayKey, relay_key};
use amanah_tests::by_hand::ByHand;
use amanah_tests::door::{Answer, Asked, Door};
use amanah_tests::hostile::Hostile;
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Device, Wall, passphrase, rng};
use amanah_tests::relay::{Relay, Store};
use ed25519_dalek::SigningKey;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

on_both_stores! {
    which_web_client_is_served_is_said_once_in_the_log,
}

const PAGE: &[u8] = b"<!doctype html><title>Amanah</title>";
const SCRIPT: &[u8] = b"export default () => {};";
const SHORTER: &[u8] = b"as if it were compressed";

/// A web client as `cargo xtask web` writes it, only smaller.
struct Small {
    folder: TempDir,
    script: String,
}

impl Small {
    fn write() -> Self {
        let small = Self { folder: tempfile::tempdir().unwrap(), script: format!("amanah-{}.js", &hex(SCRIPT)[..16]) };
        small.lay("index.html", PAGE);
        small.lay(&small.script, SCRIPT);
        small.lay(&format!("{}.br", small.script), SHORTER);
        small.list(&json!([small.entry("index.html", PAGE), small.entry(&small.script, SCRIPT)]));
        small
    }

    fn entry(&self, name: &str, bytes: &[u8]) -> Value {
        let br = json!({ "br": { "sha256": hex(SHORTER), "size": SHORTER.len() } });
        let encodings = if name == self.script { br } else { json!({}) };
        json!({ "path": name, "sha256": hex(bytes), "size": bytes.len(), "encodings": encodings })
    }

    fn lay(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    fn list(&self, files: &Value) {
        self.lay("bundle.json", json!({ "files": files }).to_string().as_bytes());
    }

    /// Another version of the page.
    fn change(&self) {
        const OTHER: &[u8] = b"<!doctype html><title>Amanah, again</title>";
        self.lay("index.html", OTHER);
        self.list(&json!([self.entry("index.html", OTHER), self.entry(&self.script, SCRIPT)]));
    }

    /// The hash of the manifest.
    fn hash(&self) -> Hash {
        of_bytes(&std::fs::read(self.folder.path().join("bundle.json")).unwrap())
    }

    fn path(&self) -> &'static str {
        self.folder.path().display().to_string().leak()
    }
}

fn hex(bytes: &[u8]) -> String {
    of_bytes(bytes).to_string()
}

fn root() -> SignedRoot {
    SignedRoot::sign_first(&RootKey::generate(&mut rng()))
}

fn relay_with(small: &Small) -> Relay {
    Relay::start_with(Store::Sqlite, &root(), &[("AMANAH_WEB", small.path())])
}

async fn asked(door: &Door, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut asked = Asked::new(Method::GET, path);
    asked.headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    door.ask(asked).await
}

fn header(answer: &Answer, name: &str) -> Option<String> {
    answer.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
}

async fn centre_with(store: Store, small: &Small) -> Centre {
    let (director, _) = Director::create(&mut rng(), &passphrase());
    let relay = Relay::start_with(store, director.root(), &[("AMANAH_WEB", small.path())]);
    Centre::begin(director, relay).await
}

/// The manifests that the relay has said in the log, in order.
async fn said(centre: &Centre) -> Vec<Hash> {
    let answer = Door::of(&centre.relay).get("/v1/centre").await;
    let page = Page::parse(&answer.body).unwrap();
    let said = page.entries.iter().filter(|entry| entry.kind == Kind::WebBundle);
    said.map(|entry| Unverified::<WebBundle>::parse(&entry.body.0).unwrap().claimed().manifest).collect()
}

/// What an auditor finds who looks over this way.
async fn audited(auditor: &mut Device<Hostile<HttpTransport>>, centre: CentreId) -> Report {
    let mut bundle = Vec::new();
    auditor
        .audit_bundle(async |piece| {
            bundle.extend(piece);
            true
        })
        .await
        .unwrap();
    let report = audit_bundle(&bundle[..], centre, None).unwrap();
    report.with_served(auditor.served_web_client().await.unwrap())
}

const A_BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

#[tokio::test(flavor = "multi_thread")]
async fn files_come_under_their_names_and_the_page_wherever_a_browser_goes() {
    let small = Small::write();
    let relay = relay_with(&small);
    let door = Door::of(&relay);
    let script = asked(&door, &format!("/{}", small.script), &[]).await;
    assert_eq!((script.status, script.body.as_slice()), (200, SCRIPT));
    assert_eq!(header(&script, "content-type").as_deref(), Some("text/javascript; charset=utf-8"));
    assert_eq!(header(&script, "cache-control").as_deref(), Some("public, max-age=31536000, immutable"));
    for path in ["/", "/index.html", "/join", "/letters/1"] {
        let page = asked(&door, path, &[A_BROWSER]).await;
        assert_eq!((page.status, page.body.as_slice()), (200, PAGE), "{path}");
        assert_eq!(header(&page, "content-type").as_deref(), Some("text/html; charset=utf-8"));
        assert_eq!(header(&page, "cache-control").as_deref(), Some("no-cache"));
    }
    for (path, headers) in [("/join", &[][..]), ("/v1/nothing", &[A_BROWSER]), ("/health/nothing", &[A_BROWSER])] {
        assert_eq!(asked(&door, path, headers).await.problem(), Ok(ProblemCode::NotFound), "{path}");
    }
    let posted = door.ask(Asked::new(Method::POST, "/")).await;
    assert_eq!(posted.problem(), Ok(ProblemCode::NotFound));
    let manifest = asked(&door, "/bundle.json", &[]).await;
    assert_eq!(manifest.body, std::fs::read(small.folder.path().join("bundle.json")).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_may_do_nothing_but_run_what_the_relay_serves() {
    let small = Small::write();
    let relay = relay_with(&small);
    let door = Door::of(&relay);
    for path in ["/".to_owned(), format!("/{}", small.script)] {
        let answer = asked(&door, &path, &[A_BROWSER]).await;
        let policy = header(&answer, "content-security-policy").unwrap();
        let mut rules: Vec<&str> = policy.split("; ").collect();
        rules.sort_unstable();
        let expected = [
            "base-uri 'none'",
            "connect-src 'self'",
            "default-src 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "img-src 'self'",
            "manifest-src 'self'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self'",
            "worker-src 'self'",
        ];
        assert_eq!(rules, expected);
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(header(&answer, name).as_deref(), Some(value), "{path}: {name}");
        }
        assert!(header(&answer, "permissions-policy").unwrap().contains("geolocation=()"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoding_is_used_when_it_is_asked_for() {
    let small = Small::write();
    let relay = relay_with(&small);
    let door = Door::of(&relay);
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("br;q=0.5", Some("br")),
        ("gzip", None),
        ("br;q=0, gzip", None),
        ("identity", None),
    ] {
        let answer = asked(&door, &format!("/{}", small.script), &[("accept-encoding", accepted)]).await;
        assert_eq!(header(&answer, "content-encoding").as_deref(), encoding, "{accepted}");
        assert_eq!(answer.body, if encoding.is_some() { SHORTER } else { SCRIPT }, "{accepted}");
        assert!(header(&answer, "vary").unwrap().contains("accept-encoding"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_manifest_does_not_list_is_not_served() {
    let small = Small::write();
    small.lay("secret.js", b"nobody listed me");
    let relay = relay_with(&small);
    let door = Door::of(&relay);
    let compressed = format!("/{}.br", small.script);
    let outside = "/../../../../../../../../etc/passwd";
    for path in ["/secret.js", &compressed, outside, "/%2e%2e/relay.key", "/.", "//"] {
        assert_eq!(asked(&door, path, &[]).await.problem(), Ok(ProblemCode::NotFound), "{path}");
    }
    small.lay("index.html", b"changed while the relay runs");
    assert_eq!(asked(&door, "/", &[A_BROWSER]).await.body, PAGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hash_of_the_manifest_is_printed_and_logged_and_told_by_the_doctor() {
    let small = Small::write();
    let relay = relay_with(&small);
    let hash = small.hash().to_string();
    assert_eq!(relay.said, [format!("web client {hash}")]);
    assert!(log(&relay).contains(&hash));
    let found = relay.run("doctor", &["--web", small.path()]);
    assert!(String::from_utf8_lossy(&found.stdout).contains(&format!("ok    web client: manifest {hash}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_web_client_the_relay_runs_and_says_so() {
    let relay = Relay::start(Store::Sqlite, &root());
    assert!(relay.said.is_empty());
    assert!(log(&relay).contains("serves no web client"));
    let door = Door::of(&relay);
    for path in ["/", "/join", "/index.html", "/bundle.json"] {
        assert_eq!(asked(&door, path, &[A_BROWSER]).await.problem(), Ok(ProblemCode::NotFound), "{path}");
    }
    door.get("/v1/centre").await.accepted();
}

async fn which_web_client_is_served_is_said_once_in_the_log(store: Store) {
    let small = Small::write();
    let mut centre = centre_with(store, &small).await;
    let first = small.hash();
    assert_eq!(said(&centre).await, [first], "once the relay is certified");
    centre.relay.kill_and_restart();
    let beside = centre.relay.beside();
    assert_eq!(said(&centre).await, [first]);
    drop(beside);
    centre.relay.kill();
    small.change();
    centre.relay.restart();
    assert_eq!(said(&centre).await, [first, small.hash()]);
    let client = centre.client("bunga-3").await;
    assert_eq!(client.served_web_client().await.unwrap(), Some(small.hash()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_finds_a_web_client_that_the_relay_has_not_said() {
    let small = Small::write();
    let centre = centre_with(Store::Sqlite, &small).await;
    let way = Hostile::new(centre.relay.transport());
    let (mut auditor, _) = centre.client_over("auditor-1", way.clone()).await;
    centre.appoint(auditor.id(), Role::Auditor, "Kantor Akuntan").await;
    let report = audited(&mut auditor, centre.id).await;
    assert!(report.passed() && report.result(Check::WebClient).unwrap().counted == 2, "{report}");
    way.tell(|request, mut answer| {
        if request.path == "/bundle.json" {
            assert_eq!(request.bearer, None, "who asks is not said");
            answer.body.push(b'\n');
        }
        Ok(answer)
    });
    let report = audited(&mut auditor, centre.id).await;
    let failed: Vec<_> = report.checks.iter().filter(|check| !check.passed).map(|check| check.name.as_str()).collect();
    assert_eq!(failed, [Check::WebClient.name()], "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_the_web_client_is_believed_only_from_the_relay_of_this_centre() {
    let small = Small::write();
    let centre = centre_with(Store::Sqlite, &small).await;
    let way = Hostile::new(centre.relay.transport());
    let key = relay_key(&centre);
    let said = |centre, key: &RelayKey| {
        let bundle = WebBundle { centre, manifest: small.hash(), time: Wall.now() };
        ByteString(Signed::sign(bundle, key).wire().to_vec())
    };
    let stranger = RelayKey(SigningKey::from_bytes(&[7; 32]));
    for (body, believed) in
        [(said(centre.id, &key), true), (said(CentreId([7; 32]), &key), false), (said(centre.id, &stranger), false)]
    {
        way.change_pages("/v1/centre", move |page| {
            for entry in page.entries.iter_mut().filter(|entry| entry.kind == Kind::WebBundle) {
                entry.body = body.clone();
            }
        });
        let looked = director::look(way.clone(), centre.id).await.map(|_| ());
        assert_eq!(looked, if believed { Ok(()) } else { Err(CentreError::NotSigned) });
    }
}

#[test]
fn a_web_client_that_is_not_as_its_manifest_says_is_refused() {
    type Spoil = fn(&Small);
    let spoils: &[(&str, Spoil)] = &[
        ("is not the file", |small| small.lay("index.html", b"other words of the same kind, and longer ones")),
        ("is not the file", |small| small.lay(&small.script, &[SCRIPT, b" "].concat())),
        ("is not the file", |small| small.lay(&format!("{}.br", small.script), b"something else that is sent")),
        ("index.html", |small| std::fs::remove_file(small.folder.path().join("index.html")).unwrap()),
        ("does not list", |small| small.lay("bundle.json", b"{\"files\": [{}]}")),
        ("bundle.json", |small| std::fs::remove_file(small.folder.path().join("bundle.json")).unwrap()),
        ("lists no index.html", |small| small.list(&json!([small.entry(&small.script, SCRIPT)]))),
        ("under such a name", |small| small.list(&json!([small.entry("../index.html", PAGE)]))),
        ("under such a name", |small| small.list(&json!([small.entry("relay.key", PAGE)]))),
    ];
    for (reason, spoil) in spoils {
        let small = Small::write();
        let mut relay = Relay::start(Store::Sqlite, &root());
        relay.stop();
        spoil(&small);
        let started = relay.run("serve", &["--listen", "127.0.0.1:0", "--web", small.path()]);
        let said = String::from_utf8_lossy(&started.stderr).into_owned();
        assert_eq!(started.status.code(), Some(1), "{said}");
        assert!(said.contains("web client: ") && said.contains(reason), "{said}");
        assert_eq!(relay.run("doctor", &["--web", small.path()]).status.code(), Some(1), "{reason}");
        let exported = relay.folder().join("audit").display().to_string();
        assert!(relay.run("export-audit", &["--to", &exported, "--web", small.path()]).status.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_forgets_the_relay_when_somebody_signs_out() {
    let scene = ByHand::found(Store::Sqlite).await;
    let answer = scene.door.ask(scene.client.asks(Method::DELETE, "/v1/sign-in")).await;
    assert_eq!((answer.status, header(&answer, "clear-site-data").as_deref()), (204, Some("\"cache\", \"storage\"")));
}

fn log(relay: &Relay) -> String {
    std::fs::read_to_string(Path::new(relay.folder()).join("relay.log")).unwrap()
}
