//! An auditor looks at a relay on which people have really lived: everything passes, and a store that was tampered with
//! does not.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_auditor::{Check, Report, audit_bundle};
use amanah_client_sdk::RelayError;
use amanah_client_sdk::escrow::Asking;
use amanah_client_sdk::http::HttpTransport;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Permission, Purpose};
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::ids::CentreId;
use amanah_tests::escrow::{grounds, until};
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Device, also, escrow_by, open_session, read, send};
use amanah_tests::relay::Store;

on_both_stores! {
    a_centre_in_use_passes_an_audit,
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
    let (centre, mut auditor) = lived_in(store).await;
    let report = audited(&exported(&centre), centre.id);
    assert!(report.passed(), "{report}");
    for check in [Check::Letters, Check::Readers, Check::Histories, Check::Escrow, Check::Releases, Check::Randomness] {
        assert!(report.result(check).unwrap().counted > 0, "{report}");
    }
    assert!(report.controls.iter().all(|control| control.found == Some(true)), "{report}");
    let live = auditor.audit_bundle().await.unwrap();
    let report = audit_bundle(&live[..], centre.id, Some(auditor.checked_log())).unwrap();
    assert!(report.passed(), "{report}");
    let mut stranger = centre.client("joko-5").await;
    let refused = stranger.audit_bundle().await.unwrap_err();
    assert_eq!(refused, RelayError::Refused(ProblemCode::NotAppointed));
}

/// Each of these is done to the database of a relay that is not running, behind its back.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_tampered_with_does_not_pass() {
    let (mut centre, _auditor) = lived_in(Store::Sqlite).await;
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
