//! The help of every command, and completion scripts.

use super::{amanah, stored};

const COMMANDS: &[&str] = &[
    "",
    "centre",
    "centre create",
    "centre certify-relay",
    "centre appoint",
    "centre dismiss",
    "centre publish-document",
    "centre publish-policy",
    "centre erase",
    "centre show",
    "registrar",
    "registrar invite",
    "registrar attest-succession",
    "registrar attest-guardian",
    "join",
    "sign-in",
    "recover",
    "passphrase change",
    "recovery-code renew",
    "account show",
    "sign-out",
    "consent",
    "consent show",
    "consent sign",
    "consent open",
    "consent guardian",
    "consent allow",
    "consent join",
    "consent admit",
    "consent escrow",
    "consent transfer",
    "consent renew",
    "consent list",
    "consent revoke",
    "escrow",
    "escrow accept-policy",
    "escrow check",
    "escrow requests",
    "escrow approve",
    "escrow veto",
    "escrow cancel",
    "escrow request",
    "escrow open",
    "escrow deposits",
    "escrow drill",
    "access-history",
    "code-words",
    "code-words set",
    "code-words show",
    "counsellors",
    "write",
    "inbox",
    "read",
    "reply",
    "renew-keys",
    "fingerprint",
    "verify",
    "acknowledge",
    "acknowledge new-keys",
    "acknowledge new-account",
    "export",
    "audit",
    "report",
    "watch",
    "completions",
];

#[test]
fn every_command_explains_itself() {
    let folder = tempfile::tempdir().unwrap();
    for command in COMMANDS {
        let name = format!("help {command}").trim_end().replace(' ', "-");
        let arguments = command.split_whitespace().chain(["--help"]);
        amanah(folder.path()).args(arguments).assert().success().stdout_eq(stored(&name)).stderr_eq("");
    }
}

#[test]
fn the_help_is_indonesian_where_the_language_is() {
    let folder = tempfile::tempdir().unwrap();
    let shown = amanah(folder.path()).args(["--lang", "id", "--help"]).assert();
    shown.success().stdout_eq(stored("help-id")).stderr_eq("");
    let shown = amanah(folder.path()).env("AMANAH_LANG", "id").args(["consent", "sign", "--help"]).assert();
    shown.success().stdout_eq(stored("help-consent-sign-id")).stderr_eq("");
    let shown = amanah(folder.path()).env("AMANAH_LANG", "id").args(["escrow", "--help"]).assert();
    shown.success().stdout_eq(stored("help-escrow-id")).stderr_eq("");
}

#[test]
fn no_command_takes_a_secret_as_an_argument() {
    let folder = tempfile::tempdir().unwrap();
    for command in COMMANDS {
        let arguments = command.split_whitespace().chain(["--help"]);
        let output = amanah(folder.path()).args(arguments).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        for secret in
            ["--passphrase ", "--new-passphrase ", "--sheet ", "--recovery-code ", "PASSPHRASE]", "AMANAH_PASS"]
        {
            assert!(!help.contains(secret), "{command}: {secret}");
        }
    }
}

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = amanah(folder.path()).args(["completions", shell]).output().unwrap();
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).unwrap();
        for word in ["counsellors", "publish-document", "recovery-code", "relay-certificate"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_version_is_the_one_of_the_package() {
    let folder = tempfile::tempdir().unwrap();
    let version = format!("amanah {}\n", env!("CARGO_PKG_VERSION"));
    amanah(folder.path()).arg("--version").assert().success().stdout_eq(version);
}
