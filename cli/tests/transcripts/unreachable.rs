//! A relay that cannot be reached ends with 3, says so in both languages, and leaves nothing behind.

use snapbox::IntoData as _;

use super::{CENTRE, NOBODY, amanah};

#[test]
fn an_unreachable_relay_is_said_in_english() {
    let folder = tempfile::tempdir().unwrap();
    let expected = "error: The relay cannot be reached.
 help: Check your connection and the address, then try again. If the relay has its own certificate, name it with --relay-certificate.
";
    let run = amanah(folder.path()).args(["centre", "show", "--relay", NOBODY, "--centre", CENTRE]);
    run.assert().code(3).stdout_eq("").stderr_eq(expected);
}

#[test]
fn an_unreachable_relay_is_said_in_indonesian() {
    let folder = tempfile::tempdir().unwrap();
    let expected = "masalah: Server tidak bisa dihubungi.
  saran: Periksa sambungan internet dan alamatnya, lalu coba lagi. Kalau server punya sertifikat sendiri, sebutkan dengan --relay-certificate.
";
    let run = amanah(folder.path()).args(["--lang", "id", "centre", "show", "--relay", NOBODY, "--centre", CENTRE]);
    run.assert().code(3).stdout_eq("").stderr_eq(expected);
}

#[test]
fn an_unreachable_relay_is_said_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let expected = r#"{"error":{"code":"relay-offline","do":"Check your connection and the address, then try again. If the relay has its own certificate, name it with --relay-certificate.","what":"The relay cannot be reached."}}
"#.is_json();
    let run = amanah(folder.path()).args(["--json", "centre", "show", "--relay", NOBODY, "--centre", CENTRE]);
    run.assert().code(3).stdout_eq("").stderr_eq(expected);
}

#[test]
fn joining_an_unreachable_relay_leaves_neither_secrets_nor_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let link = format!("{NOBODY}/join#{CENTRE}");
    let run = amanah(folder.path()).args(["join", &link, "--handle", "bunga-3", "--passphrase-fd", "0"]);
    run.args(["--secrets-out", "secrets.json"]).stdin("kucing hitam di atas atap\n").assert().code(3).stdout_eq("");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_certificate_that_is_none_is_said_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tls.crt"), "not a certificate").unwrap();
    let run = amanah(folder.path()).args(["--relay-certificate", "tls.crt", "centre", "show"]);
    run.args(["--relay", NOBODY, "--centre", CENTRE]).assert().code(1).stderr_eq(
        "error: The relay's certificate cannot be read.
 help: Give a PEM file, such as the relay's tls.crt.
",
    );
}
