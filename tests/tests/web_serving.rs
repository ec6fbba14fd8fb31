//! What the relay serves of a web client: the files that its manifest lists, as they are listed, and nothing else.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::path::Path;

use amanah_crypto_core::root::RootKey;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::SignedRoot;
use amanah_protocol::hash::of_bytes;
use amanah_tests::by_hand::ByHand;
use amanah_tests::door::{Answer, Asked, Door};
use amanah_tests::people::rng;
use amanah_tests::relay::{Relay, Store};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

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
    let hash = hex(&std::fs::read(small.folder.path().join("bundle.json")).unwrap());
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
