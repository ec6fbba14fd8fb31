//! A store in which everything is in order passes, page by page and from a file, and the report says so in three forms.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_auditor::{Arriving, Audit, BundleError, Check, NOT_PROVED, Report, audit_bundle};
use amanah_protocol::bundle::{MAX_FRAME, frame};
use amanah_protocol::cbor::{ParseError, Structure};
use amanah_protocol::ids::CentreId;
use amanah_protocol::log::{Checkpoint, EMPTY_ROOT, SignedCheckpoint};
use amanah_protocol::signature::{Signed, Unverified};
use common::Key;
use common::bundle::Bundle;
use common::store::Store;
use common::story::whole;

#[test]
fn a_store_in_order_passes_every_check() {
    let report = whole().audit();
    assert!(report.passed(), "{report}");
    assert!(report.controls.iter().all(|control| control.found == Some(true)), "{report}");
    for check in Check::ALL {
        let counted = report.result(check).unwrap().counted;
        let given = !matches!(check, Check::Consistency | Check::Database);
        assert_eq!(counted > 0, given, "{} {counted}", check.name());
    }
}

#[test]
fn a_file_gives_the_same_report_as_its_pages() {
    let bundle = whole();
    assert_eq!(read(&bundle.bytes()).unwrap(), bundle.audit());
}

#[test]
fn pages_of_any_size_give_the_same_report() {
    let bundle = whole();
    for size in [1, 7, 1000] {
        let mut audit = Audit::begin(bundle.pinned, &bundle.header, None);
        for entries in bundle.entries.chunks(size) {
            audit.page(&amanah_protocol::record::Page {
                entries: entries.to_vec(),
                more: true,
                head: None,
                erased: None,
            });
        }
        bundle.vault_pages().iter().for_each(|page| audit.vaults(page));
        assert_eq!(audit.finish(), bundle.audit(), "{size}");
    }
}

#[test]
fn a_statement_of_a_session_does_not_belong_in_a_bundle() {
    let bundle = whole();
    let mut audit = Audit::begin(bundle.pinned, &bundle.header, None);
    let mut pages = bundle.pages();
    pages[0].head = Some(amanah_protocol::cbor::ByteString(b"anything".to_vec()));
    for page in &pages {
        audit.page(page);
    }
    bundle.vault_pages().iter().for_each(|page| audit.vaults(page));
    let report = audit.finish();
    let failed: Vec<_> = report.checks.iter().filter(|check| !check.passed).map(|check| &check.name).collect();
    assert_eq!(failed, ["closed-world"]);
}

#[test]
fn in_a_centre_without_letters_little_can_be_planted_and_the_report_says_so() {
    let report = Store::new().bundle().audit();
    assert!(report.passed(), "{report}");
    let found: Vec<_> = report.controls.iter().map(|control| control.found).collect();
    assert_eq!(found, [None, None, None, Some(true)]);
    assert!(report.to_string().contains("control: planted a text in place of a ciphertext … nothing to plant in"));
}

#[test]
fn an_empty_log_is_signed_by_nobody_certified() {
    let mut bundle = Bundle { entries: Vec::new(), vaults: Vec::new(), ..whole() };
    bundle.checkpoint = Checkpoint { size: 0, root: EMPTY_ROOT, map: EMPTY_ROOT, ..bundle.checkpoint };
    bundle.header.vaults = 0;
    bundle.sign_as_relay();
    let report = bundle.audit();
    let failed: Vec<_> = report.checks.iter().filter(|check| !check.passed).map(|check| &check.name).collect();
    assert_eq!(failed, ["checkpoint"]);
    assert!(report.controls.iter().all(|control| control.found.is_none()));
    // as a file it has no page of entries
    assert_eq!(bundle.pages(), []);
    assert_eq!(audit_bundle(&bundle.bytes()[..], bundle.pinned, None).unwrap(), report);
}

#[test]
fn the_report_can_be_read_signed_and_printed() {
    let report = whole().audit();
    let text = report.to_string();
    for line in [
        "PASS  readers       19 lists of readers and answers to them",
        "control: planted a reader whom no grant names … found",
        "What this does not prove:",
        "All checks passed.",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(NOT_PROVED.iter().all(|sentence| text.contains(sentence)));
    assert_eq!(Report::parse(&report.to_bytes()).unwrap(), report);
    let key = Key::new(70);
    let signed = Signed::sign(report.clone(), &key);
    let verified = Unverified::<Report>::parse(signed.wire()).unwrap();
    let verified = verified.verify(&amanah_protocol::signature::Signer::verifying_key(&key)).unwrap();
    assert_eq!(verified.body(), &report);
    let json = report.to_json().unwrap();
    for line in [
        format!("\"centre\": \"{}\"", report.centre),
        format!("\"made\": {}", report.made.0),
        "\"name\": \"log-root\"".to_owned(),
        "\"found\": true".to_owned(),
    ] {
        assert!(json.contains(&line), "{line}\n{json}");
    }
}

#[test]
fn a_failed_report_says_where_and_why_and_no_content() {
    let mut bundle = whole();
    bundle.entries[100].salt.0[0] ^= 1;
    bundle.entries[90].parts.push(amanah_protocol::cbor::ByteString(b"a secret".to_vec()));
    let text = bundle.audit().to_string();
    assert!(text.contains("FAIL  closed-world"), "{text}");
    assert!(text.contains("        at 91: "), "{text}");
    assert!(text.contains("The audit FAILED."), "{text}");
    assert!(!text.contains("secret\n") && !text.contains("a secret"), "{text}");
}

/// Audits these bytes as a bundle of the centre of the story: as a file, and as they arrive, which comes to the same.
fn read(bytes: &[u8]) -> Result<Report, BundleError> {
    let pinned = whole().pinned;
    let read = audit_bundle(bytes, pinned, None);
    for size in [1_000, 1_000_000] {
        let mut arriving = Arriving::new(pinned, None);
        let taken = bytes.chunks(size).try_for_each(|piece| arriving.take(piece));
        let arrived = taken.and_then(|()| arriving.finish());
        assert_eq!(format!("{arrived:?}"), format!("{read:?}"));
    }
    read
}

#[test]
fn a_bundle_that_was_cut_off_is_refused_wherever_it_was_cut() {
    let bytes = whole().bytes();
    let cuts = (0..200).chain((200..bytes.len()).step_by(9_973)).chain(bytes.len() - 200..bytes.len());
    for cut in cuts {
        assert!(matches!(read(&bytes[..cut]), Err(BundleError::Truncated { .. })), "{cut}");
    }
}

#[test]
fn a_bundle_with_something_after_its_end_is_refused() {
    let bytes = [whole().bytes(), vec![0]].concat();
    assert!(matches!(read(&bytes), Err(BundleError::Trailing)));
}

#[test]
fn frames_out_of_order_are_refused() {
    let bundle = whole();
    let (header, page) = (frame(&bundle.header.to_bytes()), frame(&bundle.pages()[0].to_bytes()));
    let vaults = frame(&bundle.vault_pages()[0].to_bytes());
    for (frames, at) in [([&page, &header], 1), ([&header, &header], 2), ([&header, &vaults], 2)] {
        let error = read(&frames.map(Vec::as_slice).concat()).unwrap_err();
        let expected = matches!(error, BundleError::Frame { frame, error: ParseError::Malformed, .. } if frame == at);
        assert!(expected, "{error}");
    }
}

#[test]
fn a_frame_that_is_too_long_is_refused_before_it_is_read() {
    let head = u32::try_from(MAX_FRAME + 1).unwrap().to_be_bytes();
    assert!(matches!(read(&head), Err(BundleError::TooLong { frame: 1 })));
    assert!(matches!(read(b"%PDF-1.7"), Err(BundleError::TooLong { frame: 1 })));
}

#[test]
fn a_checkpoint_with_the_lines_of_witnesses_passes() {
    let mut bundle = whole();
    let relay = Key::new(2);
    let signed = SignedCheckpoint::sign(bundle.checkpoint, &relay);
    let line = signed.cosign("witness.example", bundle.header.made, &Key::new(80)).unwrap();
    let note = format!("{}{}\n", signed.note(), line.line());
    bundle.header.checkpoint.0 = note.into_bytes();
    assert!(bundle.audit().passed());
}

#[test]
fn another_centre_is_told_apart_by_its_fingerprint() {
    let bundle = whole();
    let report = audit_bundle(&bundle.bytes()[..], CentreId([9; 32]), None).unwrap();
    assert!(report.to_string().contains("this is of another centre than the one that is pinned"));
}
