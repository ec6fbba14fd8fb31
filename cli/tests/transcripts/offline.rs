//! What works without a relay: the root of a centre, invitation links, fingerprints.

use std::fs;

use serde_json::Value;

use super::{CENTRE, amanah};

const PASSPHRASE: &str = "empat kata yang tenang\n";

const CREATE: [&str; 8] =
    ["centre", "create", "--file", "root.amanah", "--root-out", "root.cbor", "--new-passphrase-fd", "0"];

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

#[test]
fn a_new_centre_has_a_sealed_root_and_a_public_one() {
    let folder = tempfile::tempdir().unwrap();
    let made = amanah(folder.path()).arg("--json").args(CREATE).stdin(PASSPHRASE).output().unwrap();
    assert!(made.status.success() && made.stderr.is_empty());
    let answer = json(&made.stdout);
    let centre = answer["centre"].as_str().unwrap();
    assert!(centre.len() == 64 && centre.chars().all(|c| c.is_ascii_hexdigit()), "{centre}");
    assert_eq!(answer["fingerprint"].as_str().unwrap().split(' ').count(), 12);
    assert_eq!(answer["groups"].as_str().unwrap().replace(' ', ""), centre);
    let sealed = fs::read(folder.path().join("root.amanah")).unwrap();
    let root = fs::read(folder.path().join("root.cbor")).unwrap();
    assert!(!sealed.is_empty() && sealed != root);
    // CBOR array of three: body, signature, no signature of a root before
    assert_eq!((root[0], *root.last().unwrap()), (0x83, 0xf6));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = fs::metadata(folder.path().join("root.amanah")).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);
    }
}

#[test]
fn a_person_is_told_to_keep_the_root_safe() {
    let folder = tempfile::tempdir().unwrap();
    amanah(folder.path()).args(CREATE).stdin(PASSPHRASE).assert().success().stderr_eq("").stdout_eq(
        "The root of your centre is made.
Centre: [..]
Fingerprint: [..] [..] [..] [..] [..] [..] [..] [..] [..] [..] [..] [..]

Keep the file of the root key offline and make a copy of it. Without it, and without its passphrase, nobody can be appointed any more.
",
    );
}

#[test]
fn a_root_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    amanah(folder.path()).args(CREATE).stdin(PASSPHRASE).assert().success();
    let before = fs::read(folder.path().join("root.amanah")).unwrap();
    amanah(folder.path()).args(CREATE).stdin(PASSPHRASE).assert().code(1).stdout_eq("").stderr_eq(
        "error: root.amanah is already there.
 help: Name a new file. Nothing is overwritten.
",
    );
    assert_eq!(fs::read(folder.path().join("root.amanah")).unwrap(), before);
}

#[test]
fn a_short_passphrase_is_refused_and_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    amanah(folder.path()).args(CREATE).stdin("sembilan9\n").assert().code(1).stdout_eq("").stderr_eq(
        "error: This passphrase is too short, or much too long.
 help: Take at least 10 characters. Four words that do not belong together are good and easy to keep in mind.
",
    );
    amanah(folder.path()).args(["--lang", "id"]).args(CREATE).stdin("sembilan9").assert().code(1).stderr_eq(
        "masalah: Kata sandi ini terlalu pendek, atau jauh terlalu panjang.
  saran: Pakailah paling sedikit 10 huruf. Empat kata yang tidak berhubungan itu baik dan mudah diingat.
",
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn another_passphrase_does_not_open_the_root() {
    let folder = tempfile::tempdir().unwrap();
    amanah(folder.path()).args(CREATE).stdin(PASSPHRASE).assert().success();
    let run = amanah(folder.path()).args(["centre", "dismiss", "--file", "root.amanah", "--appointment", CENTRE]);
    let run = run.args(["--relay", super::NOBODY, "--passphrase-fd", "0"]);
    run.stdin("empat kata yang lain\n").assert().code(1).stderr_eq(
        "error: The root key does not open.
 help: Check that it is the right file, and the passphrase.
",
    );
}

#[test]
fn an_invitation_link_holds_the_whole_centre() {
    let folder = tempfile::tempdir().unwrap();
    let run = amanah(folder.path()).args(["registrar", "invite", "--relay", "https://localhost:8443/"]);
    let expected = format!("https://localhost:8443/join#{CENTRE}\n");
    run.args(["--centre", CENTRE]).assert().success().stdout_eq(expected);
}

#[test]
fn an_invitation_without_a_centre_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    amanah(folder.path()).args(["registrar", "invite"]).assert().code(2).stderr_eq(
        "error: It is not clear which centre is meant.
 help: Give --relay and --centre, or join first.
",
    );
}

#[test]
fn the_fingerprint_of_an_account_follows_from_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let run = || amanah(folder.path()).args(["--json", "fingerprint", CENTRE]).output().unwrap().stdout;
    let answer = json(&run());
    assert_eq!(answer["account"], CENTRE);
    assert_eq!(answer["fingerprint"].as_str().unwrap().split(' ').count(), 12);
    assert_eq!(json(&run()), answer);
}
