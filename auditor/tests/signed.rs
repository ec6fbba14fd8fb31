//! A signed report is an appointed auditor's, about the centre that is pinned, or it is refused; and its bytes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_auditor::{AuditedHead, CheckResult, Control, Finding, Looked, Report, ReportError, Served, verify_report};
use amanah_protocol::attestation::{Attestation, NotAttested, SignedReport};
use amanah_protocol::card::CardError;
use amanah_protocol::cbor::{ByteString, ParseError, Structure};
use amanah_protocol::centre::{Appointment, Role, RootError, SignedRoot};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{CentreId, Timestamp};
use amanah_protocol::signature::Signed;
use common::store::{Person, Store};
use common::story::whole;
use common::{Key, LATER, NOW};

/// A centre with two roots and an auditor with two cards, who has audited and signed.
struct Signing {
    store: Store,
    first: SignedRoot,
    auditor: Person,
    older: Vec<u8>,
    report: Report,
    attestation: Attestation,
    appointment: Appointment,
}

impl Signing {
    fn new() -> Self {
        let mut store = Store::new();
        let first = store.root.clone();
        let mut auditor = store.register(50);
        let older = auditor.card.wire().to_vec();
        store.next_card(&mut auditor, 51);
        store.next_root(3);
        let appointment = store.appoint(&auditor, Role::Auditor).body().clone();
        let report = store.bundle().audit();
        let attestation = Attestation {
            centre: first.centre(),
            auditor: auditor.account(),
            card: auditor.card.hash(),
            report: report.hash(),
            time: store.now,
        };
        Self { store, first, auditor, older, report, attestation, appointment }
    }

    fn file(&self) -> SignedReport {
        self.file_by(&self.auditor.key, &self.store.root_key)
    }

    /// The file with the attestation and the appointment signed by these.
    fn file_by(&self, auditor: &Key, root: &Key) -> SignedReport {
        SignedReport {
            report: ByteString(self.report.to_bytes()),
            attestation: ByteString(Signed::sign(self.attestation.clone(), auditor).wire().to_vec()),
            roots: [&self.first, &self.store.root].map(|root| ByteString(root.wire().to_vec())).into(),
            appointment: ByteString(Signed::sign(self.appointment.clone(), root).wire().to_vec()),
            cards: [&self.older[..], self.auditor.card.wire()].map(|wire| ByteString(wire.to_vec())).into(),
        }
    }

    fn read(&self, file: &SignedReport) -> Result<(), ReportError> {
        verify_report(&file.to_bytes(), self.first.centre()).map(|attested| {
            assert_eq!((&attested.report, &attested.attestation), (&self.report, &self.attestation));
            assert_eq!(attested.appointment, self.appointment);
        })
    }
}

#[test]
fn the_report_of_an_appointed_auditor_is_read_with_the_id_of_the_centre_alone() {
    let signing = Signing::new();
    assert_eq!(signing.read(&signing.file()), Ok(()));
    assert_eq!(signing.report.head.as_ref().map(|head| head.size), Some(signing.store.entries.len() as u64));
}

/// Why a report is refused after one thing about it was changed.
fn refused(change: impl FnOnce(&mut Signing)) -> ReportError {
    let mut signing = Signing::new();
    change(&mut signing);
    signing.read(&signing.file()).unwrap_err()
}

fn refused_file(change: impl FnOnce(&mut SignedReport)) -> ReportError {
    let signing = Signing::new();
    let mut file = signing.file();
    change(&mut file);
    signing.read(&file).unwrap_err()
}

#[test]
fn an_altered_report_is_refused() {
    for at in [20, 100, 500] {
        let refused = refused_file(|file| file.report.0[at] ^= 1);
        let parsed = matches!(refused, ReportError::NotAttested(NotAttested::Parse(_)));
        assert!(parsed || refused == NotAttested::OtherReport.into(), "{at}: {refused}");
    }
    // another one that reads as well
    let refused = refused_file(|file| {
        let mut other = Report::parse(&file.report.0).unwrap();
        other.checks[0].passed = false;
        file.report = ByteString(other.to_bytes());
    });
    assert_eq!(refused, NotAttested::OtherReport.into());
}

#[test]
fn a_report_that_somebody_else_signed_is_refused() {
    let signing = Signing::new();
    for signer in [Key::new(50), Key::new(52)] {
        let file = signing.file_by(&signer, &signing.store.root_key);
        assert_eq!(signing.read(&file), Err(NotAttested::Signature.into()));
    }
    let other = refused(|signing| signing.attestation.auditor = Signing::new().store.register(60).account());
    assert_eq!(other, NotAttested::Cards(CardError::Chain).into());
}

#[test]
fn an_older_card_signs_no_report() {
    let mut signing = Signing::new();
    let mut file = signing.file_by(&Key::new(50), &signing.store.root_key);
    assert_eq!(signing.read(&file), Err(NotAttested::Signature.into()));
    // nor one that is named and not the last of those shown
    file.cards.pop();
    assert_eq!(signing.read(&file), Err(NotAttested::Signature.into()));
    signing.attestation.card = Hash([7; 32]);
    assert_eq!(signing.read(&signing.file()), Err(NotAttested::Signature.into()));
}

#[test]
fn who_is_not_an_auditor_signs_no_report() {
    let appointment = ReportError::from(NotAttested::Appointment);
    for role in Role::ALL.iter().filter(|role| **role != Role::Auditor) {
        assert_eq!(refused(|signing| signing.appointment.role = *role), appointment, "{role:?}");
    }
    assert_eq!(refused(|signing| signing.appointment.account = signing.store.register(60).account()), appointment);
    assert_eq!(refused(|signing| signing.attestation.time = Timestamp(NOW.0 - 1)), appointment);
    assert_eq!(refused(|signing| signing.attestation.time = LATER), appointment);
    let signing = Signing::new();
    // the first root may not appoint any more, nor may the auditor
    for root in [Key::new(1), Key::new(51)] {
        assert_eq!(signing.read(&signing.file_by(&signing.auditor.key, &root)), Err(appointment));
    }
}

#[test]
fn a_report_of_another_centre_is_refused() {
    let signing = Signing::new();
    let file = signing.file().to_bytes();
    let refused_there = verify_report(&file, CentreId([7; 32])).unwrap_err();
    assert_eq!(refused_there, NotAttested::Root(RootError::Chain).into());
    assert_eq!(refused(|signing| signing.attestation.centre = CentreId([7; 32])), NotAttested::Signature.into());
    assert_eq!(refused(|signing| signing.appointment.centre = CentreId([7; 32])), NotAttested::Appointment.into());
    let about_another = refused(|signing| {
        signing.report.centre = CentreId([7; 32]);
        signing.attestation.report = signing.report.hash();
    });
    assert_eq!(about_another, ReportError::OtherCentre);
}

#[test]
fn a_chain_with_a_gap_is_refused() {
    let chain = ReportError::from(NotAttested::Root(RootError::Chain));
    assert_eq!(refused_file(|file| file.roots.clear()), chain);
    assert_eq!(refused_file(|file| _ = file.roots.remove(0)), chain);
    assert_eq!(refused_file(|file| file.roots.swap(0, 1)), chain);
    assert_eq!(refused_file(|file| _ = file.roots.pop()), NotAttested::Appointment.into());
    let chain = ReportError::from(NotAttested::Cards(CardError::Chain));
    assert_eq!(refused_file(|file| file.cards.clear()), chain);
    assert_eq!(refused_file(|file| _ = file.cards.remove(0)), chain);
}

#[test]
fn what_is_no_signed_report_is_told_from_one_that_is_not_believed() {
    let signing = Signing::new();
    let bytes = signing.file().to_bytes();
    let read = |bytes: &[u8]| verify_report(bytes, signing.first.centre()).unwrap_err();
    assert_eq!(read(&bytes[..bytes.len() - 1]), ReportError::File(ParseError::Malformed));
    assert_eq!(read(&signing.report.to_bytes()), ReportError::File(ParseError::Malformed));
    assert_eq!(read(&vec![0; SignedReport::MAX + 1]), ReportError::File(ParseError::TooLarge));
}

#[test]
fn any_changed_byte_of_a_signed_report_is_found() {
    let signing = Signing::new();
    let bytes = signing.file().to_bytes();
    for place in (0..bytes.len()).step_by(7) {
        let mut other = bytes.clone();
        other[place] ^= 1 << (place % 8);
        let read = SignedReport::parse(&other).map(|file| signing.read(&file));
        assert!(!matches!(read, Ok(Ok(()))), "{place}");
    }
}

#[test]
fn the_bytes_of_a_report() {
    let text = |text: &str| text.to_owned();
    let report = Report {
        auditor: text("0.1.0"),
        centre: CentreId([0xc0; 32]),
        made: NOW,
        head: Some(AuditedHead { size: 300, root: Hash([0xf1; 32]), map: Hash([0xf2; 32]) }),
        checks: vec![CheckResult {
            name: text("map"),
            passed: false,
            counted: 2,
            failed: 1,
            findings: vec![Finding { position: None, reason: text("no") }],
        }],
        controls: vec![Control { planted: text("a"), found: Some(true) }],
        database: Some(Looked { newer_entries: 1, newer_vaults: 0 }),
        web_client: Some(Hash([0xb4; 32])),
        served: Some(Served { web_client: None }),
        not_proved: vec![text("b")],
    };
    let fields = [
        "8b",                                                               // version and ten fields
        "01",                                                               // version
        "65302e312e30",                                                     // version of the auditor
        &format!("5820{}", "c0".repeat(32)),                                // centre
        "1b0000019b76daa800",                                               // made
        &format!("8319012c5820{}5820{}", "f1".repeat(32), "f2".repeat(32)), // checkpoint
        "8185636d6170f402018182f6626e6f", // checks: map, failed, 2 counted, 1 failed, one finding without a position
        "81826161f5",                     // controls
        "820100",                         // database
        &format!("5820{}", "b4".repeat(32)), // web client in the log
        "81f6",                           // served: no web client
        "816162",                         // what is not proved
    ];
    assert_eq!(hex::encode(report.to_bytes()), fields.concat());
    assert_eq!(Report::parse(&report.to_bytes()).unwrap(), report);
    assert!(!Report { checks: Vec::new(), ..whole().audit() }.passed());
}
