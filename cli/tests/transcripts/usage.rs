//! Commands that are not understood end with 2, and a secret is never taken from an argument.

use snapbox::IntoData as _;

use super::{CENTRE, amanah};

#[test]
fn a_passphrase_as_an_argument_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let expected = "error: unexpected argument '--passphrase' found

  tip: a similar argument exists: '--passphrase-fd'

Usage: amanah inbox --passphrase-fd <N>

For more information, try '--help'.
";
    let run = amanah(folder.path()).args(["inbox", "--passphrase", "kucing hitam di atas atap"]);
    run.assert().code(2).stdout_eq("").stderr_eq(expected);
}

#[test]
fn an_unknown_command_is_said_in_json_too() {
    let folder = tempfile::tempdir().unwrap();
    let expected =
        r#"{"error":{"code":"usage","do":"Run the command with --help.","what":"unrecognized subcommand 'wriet'"}}
"#
        .is_json();
    amanah(folder.path()).args(["--json", "wriet"]).assert().code(2).stdout_eq("").stderr_eq(expected);
}

#[test]
fn an_address_without_tls_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let expected = "error: invalid value 'http://127.0.0.1:1' for '--relay <URL>': \
                    an address of a relay looks like https://amanah.example:8443

For more information, try '--help'.
";
    let run = amanah(folder.path()).args(["centre", "show", "--relay", "http://127.0.0.1:1", "--centre", CENTRE]);
    run.assert().code(2).stderr_eq(expected);
}

#[test]
fn half_a_licence_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = amanah(folder.path()).args(["centre", "appoint", "--file", "f", "--relay", "https://localhost"]);
    let run = run.args(["--account", CENTRE, "--role", "counsellor", "--name", "Rini", "--days", "1"]);
    run.args(["--licence-number", "1"]).assert().code(2).stderr_eq(
        "error: the following required arguments were not provided:
  --licence-jurisdiction <TEXT>
  --licence-link <URL>
  --licence-expires <YYYY-MM-DD>
  --licence-board <TEXT>
...
",
    );
}

#[test]
fn half_an_invitation_link_is_refused_in_indonesian() {
    let folder = tempfile::tempdir().unwrap();
    let link = format!("https://localhost:8443/join#{}", &CENTRE[..40]);
    let expected = "masalah: Ini bukan tautan undangan yang lengkap.
  saran: Salin seluruh tautannya, dengan semua yang ada setelah #.
";
    let run = amanah(folder.path()).args(["--lang", "id", "join", &link, "--handle", "bunga-3"]);
    run.assert().code(2).stdout_eq("").stderr_eq(expected);
}

#[test]
fn a_name_that_is_no_handle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let link = format!("https://localhost:8443/join#{CENTRE}");
    let expected = "error: A handle has 3 to 32 characters: a to z, 0 to 9, dot, underscore and hyphen.
 help: Choose one like bunga-3.
";
    let run = amanah(folder.path()).args(["sign-in", &link, "--handle", "Bunga Melati"]);
    run.assert().code(2).stdout_eq("").stderr_eq(expected);
}

#[test]
fn without_a_profile_the_next_step_is_named_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    amanah(folder.path()).arg("inbox").assert().code(1).stderr_eq(
        "error: This computer knows no account of yours.
 help: Run `amanah join` with your invitation link, or `amanah sign-in` if you have an account.
",
    );
    amanah(folder.path()).args(["--lang", "id", "inbox"]).assert().code(1).stderr_eq(
        "masalah: Komputer ini belum mengenal akun Anda.
  saran: Jalankan `amanah join` dengan tautan undangan, atau `amanah sign-in` kalau sudah punya akun.
",
    );
}

#[test]
fn a_recovery_code_never_stands_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let link = format!("https://127.0.0.1:1/join#{CENTRE}");
    let expected = r#"{"error":{"code":"secrets-out-needed","do":"Name a new file with --secrets-out.","what":"With --json, secrets are never written to the answer."}}
"#.is_json();
    let run = amanah(folder.path()).args(["--json", "join", &link, "--handle", "bunga-3", "--passphrase-fd", "0"]);
    run.stdin("kucing hitam di atas atap").assert().code(2).stdout_eq("").stderr_eq(expected);
}

#[test]
fn yes_and_no_to_escrow_at_once_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = amanah(folder.path()).args(["consent", "sign", "--counsellor", CENTRE, "--escrow", "--no-escrow"]);
    run.assert().code(2).stdout_eq("").stderr_eq(
        "error: the argument '--escrow' cannot be used with '--no-escrow'
...
",
    );
}

#[test]
fn a_reason_that_no_escrow_knows_is_refused_with_those_that_it_may_know() {
    let folder = tempfile::tempdir().unwrap();
    let session = "00000000-0000-4000-8000-000000000000";
    let run = amanah(folder.path()).args(["escrow", "request", "--session", session, "--recipient", CENTRE]);
    run.args(["--ground", "curiosity"]).assert().code(2).stdout_eq("").stderr_eq(
        "error: invalid value 'curiosity' for '--ground <GROUND>': \
         a ground is one of: imminent-danger, court-order, account-recovery, drill

For more information, try '--help'.
",
    );
}

#[test]
fn escrow_rules_that_are_none_are_refused_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.toml"), "number = 1").unwrap();
    let made = amanah(folder.path()).args(["centre", "create", "--file", "root", "--root-out", "root.cbor"]);
    made.args(["--passphrase-fd", "0"]).stdin("kucing hitam di atas atap").assert().success();
    let publish = ["centre", "publish-policy", "--file", "root", "--policy", "policy.toml", "--passphrase-fd", "0"];
    let run = amanah(folder.path()).args(publish).args(["--relay", super::NOBODY]);
    run.stdin("kucing hitam di atas atap").assert().code(1).stdout_eq("").stderr_eq(
        "error: policy.toml does not hold the rules of an escrow.
 help: Compare it with examples/escrow/policy.toml.
",
    );
    let run = amanah(folder.path()).args(["--lang", "id"]).args(publish).args(["--relay", super::NOBODY]);
    run.stdin("kucing hitam di atas atap").assert().code(1).stdout_eq("").stderr_eq(
        "masalah: policy.toml bukan aturan titipan kunci.
  saran: Bandingkan dengan examples/escrow/policy.toml.
",
    );
}
