//! Passphrases, sheets and recovery codes: each opens what it should, stays when another changes, and dies when replaced.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::account::{Account, AccountError, Issued};
use amanah_client_sdk::transport::{Method, Transport, TransportError};
use amanah_client_sdk::{Passphrase, RelayError, Sheet};
use amanah_protocol::api::ProblemCode;
use amanah_tests::hostile::Hostile;
use amanah_tests::people::{Centre, Device, environment, handle, open_session, passphrase, read, rng, send};
use amanah_tests::relay::Store;

const LETTER: &str = "Selamat malam. Saya sulit tidur sejak ujian — dan saya takut bercerita. 🙏";

fn new_passphrase() -> Passphrase {
    Passphrase::new("anjing putih di bawah meja".to_owned()).unwrap()
}

/// Signs in with the new passphrase.
async fn sign_in(centre: &Centre, name: &str, sheet: Option<&Sheet>) -> Result<Device<impl Transport>, AccountError> {
    let outside = environment(centre.relay.transport());
    Account::sign_in(outside, centre.id, &handle(name), &new_passphrase(), sheet).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_passphrase_opens_and_the_old_one_does_not() {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, LETTER).await;
    let mut forgotten = centre.another_device("bunga-3", None).await;

    let new = new_passphrase();
    client.change_passphrase(&new).await.unwrap();
    let outside = || environment(centre.relay.transport());
    let name = handle("bunga-3");
    let old = Account::sign_in(outside(), centre.id, &name, &passphrase(), None).await;
    assert_eq!(old.map(drop).unwrap_err(), AccountError::WrongSecret);
    let mut phone = Account::sign_in(outside(), centre.id, &name, &new, None).await.unwrap();
    assert_eq!(read(&mut phone, session).await, [LETTER]);
    let gone = forgotten.sessions().await.unwrap_err();
    assert!(gone.is(ProblemCode::NotSignedIn), "other devices are signed out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_opens_once_and_is_replaced() {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let (mut client, issued) = centre.client_over("bunga-3", centre.relay.transport()).await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, LETTER).await;

    let outside = || environment(centre.relay.transport());
    let name = handle("bunga-3");
    let new = new_passphrase();
    let (mut recovered, _) = Account::recover(outside(), centre.id, &name, &issued.recovery, &new).await.unwrap();
    assert_eq!(read(&mut recovered, session).await, [LETTER]);
    let again = Account::recover(outside(), centre.id, &name, &issued.recovery, &new).await;
    assert_eq!(again.map(drop).unwrap_err(), AccountError::WrongSecret, "a used code opens nothing");
    let unknown = Account::recover(outside(), centre.id, &handle("nobody"), &issued.recovery, &new).await;
    assert_eq!(unknown.map(drop).unwrap_err(), AccountError::WrongSecret, "unknown and wrong look the same");
    Account::sign_in(outside(), centre.id, &name, &new, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_needs_the_sheet_on_a_new_device() {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, sheet) = centre.counsellor("bu-rini").await;
    let outside = || environment(centre.relay.transport());
    let name = handle("bu-rini");
    let without = Account::sign_in(outside(), centre.id, &name, &passphrase(), None).await;
    assert_eq!(without.map(drop).unwrap_err(), AccountError::NeedsSheet);
    let with = Account::sign_in(outside(), centre.id, &name, &passphrase(), Some(&sheet)).await.unwrap();
    assert_eq!(with.id(), counsellor.id());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_passphrase_and_an_unknown_handle_look_the_same() {
    let centre = Centre::found(Store::Sqlite).await;
    drop(centre.client("bunga-3").await);
    let wrong = Passphrase::new("not the passphrase".to_owned()).unwrap();
    for name in ["bunga-3", "nobody"] {
        let outside = environment(centre.relay.transport());
        let refused = Account::sign_in(outside, centre.id, &handle(name), &wrong, None).await;
        assert_eq!(refused.map(drop).unwrap_err(), AccountError::WrongSecret);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_passphrase_keeps_the_sheet_and_the_recovery_code() {
    let centre = Centre::found(Store::Sqlite).await;
    let outside = || environment(centre.relay.transport());
    let name = handle("bu-rini");
    let (mut staff, issued) = centre.registered("bu-rini", centre.relay.transport(), true).await;
    staff.change_passphrase(&new_passphrase()).await.unwrap();
    let without = sign_in(&centre, "bu-rini", None).await;
    assert_eq!(without.map(drop).unwrap_err(), AccountError::NeedsSheet);
    sign_in(&centre, "bu-rini", issued.sheet.as_ref()).await.unwrap();
    Account::recover(outside(), centre.id, &name, &issued.recovery, &passphrase()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_recovery_code_replaces_the_old_one_and_keeps_the_sheet() {
    let centre = Centre::found(Store::Sqlite).await;
    let outside = || environment(centre.relay.transport());
    let name = handle("bu-rini");
    let (mut staff, issued) = centre.registered("bu-rini", centre.relay.transport(), true).await;
    let code = staff.renew_recovery_code(&new_passphrase()).await.unwrap();
    sign_in(&centre, "bu-rini", issued.sheet.as_ref()).await.unwrap();
    let old = Account::recover(outside(), centre.id, &name, &issued.recovery, &new_passphrase()).await;
    assert_eq!(old.map(drop).unwrap_err(), AccountError::WrongSecret);
    Account::recover(outside(), centre.id, &name, &code, &new_passphrase()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn recovered_staff_has_a_new_sheet_even_if_the_relay_denies_that_there_was_one() {
    let centre = Centre::found(Store::Sqlite).await;
    let name = handle("bu-rini");
    let (_, issued) = centre.registered("bu-rini", centre.relay.transport(), true).await;
    let way = Hostile::new(centre.relay.transport());
    // The wrap under the passphrase says openly whether a sheet is needed; recovery does not need that wrap.
    way.tell(|request, mut answer| {
        if request.path == "/v1/vault" && request.method == Method::Get {
            let mut vault: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            vault["passphrase_wrap"] = "".into();
            answer.body = serde_json::to_vec(&vault).unwrap();
        }
        Ok(answer)
    });
    let recovered = Account::recover(environment(way), centre.id, &name, &issued.recovery, &new_passphrase()).await;
    let (_, renewed) = recovered.unwrap();
    let sheet = renewed.sheet.unwrap();
    assert_ne!(*sheet.to_text(), *issued.sheet.unwrap().to_text());
    let without = sign_in(&centre, "bu-rini", None).await;
    assert_eq!(without.map(drop).unwrap_err(), AccountError::NeedsSheet);
    sign_in(&centre, "bu-rini", Some(&sheet)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_fails_changes_nothing() {
    let centre = Centre::found(Store::Sqlite).await;
    let way = Hostile::new(centre.relay.transport());
    let (mut client, issued) = centre.client_over("bunga-3", way.clone()).await;
    way.refuse("/v1/credential/finish", TransportError::Offline);
    assert!(client.renew_recovery_code(&new_passphrase()).await.is_err());
    assert!(client.change_passphrase(&new_passphrase()).await.is_err());
    way.be_honest();
    // What the device stores afterwards still opens with the old code.
    client.change_passphrase(&new_passphrase()).await.unwrap();
    let outside = environment(centre.relay.transport());
    let name = handle("bunga-3");
    Account::recover(outside, centre.id, &name, &issued.recovery, &new_passphrase()).await.unwrap();
}

/// The relay does what is asked, and its answer is lost, so often.
fn lose<T: Transport>(way: &Hostile<T>, path: &'static str, mut times: usize) {
    way.tell(move |request, answer| {
        if request.path == path && times > 0 {
            times -= 1;
            return Err(TransportError::Offline);
        }
        Ok(answer)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_registers_again_after_a_lost_answer_has_the_account_with_the_same_secrets() {
    let centre = Centre::found(Store::Sqlite).await;
    let way = Hostile::new(centre.relay.transport());
    let (name, issued) = (handle("bunga-3"), Issued::generate(&mut rng(), false));
    let register =
        async |issued| Account::register(environment(way.clone()), centre.id, &name, &passphrase(), issued).await;
    lose(&way, "/v1/registration/finish", 1);
    assert!(register(&issued).await.is_err());
    register(&issued).await.unwrap();
    // somebody else with the same passphrase has other secrets
    let taken = register(&Issued::generate(&mut rng(), false)).await.map(drop).unwrap_err();
    assert_eq!(taken, AccountError::Relay(RelayError::Refused(ProblemCode::HandleTaken)));
    let outside = environment(centre.relay.transport());
    Account::recover(outside, centre.id, &name, &issued.recovery, &new_passphrase()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_whose_answer_was_lost_are_found_out_and_go_on() {
    let centre = Centre::found(Store::Sqlite).await;
    let way = Hostile::new(centre.relay.transport());
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let (mut client, _) = centre.client_over("bunga-3", way.clone()).await;
    let issued = client.new_recovery_code();
    lose(&way, "/v1/credential/finish", 1);
    assert!(client.renew(&new_passphrase(), &issued).await.is_err());
    // what this device stores next is under the new key, and the new code opens it
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, LETTER).await;
    client.renew(&new_passphrase(), &issued).await.unwrap();
    let outside = environment(centre.relay.transport());
    let opened = Account::open_by_code(outside, centre.id, &handle("bunga-3"), &issued.recovery).await;
    assert_eq!(read(&mut opened.unwrap(), session).await, [LETTER]);
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_in_with_a_recovery_code_changes_nothing() {
    let centre = Centre::found(Store::Sqlite).await;
    let (_, issued) = centre.client_over("bunga-3", centre.relay.transport()).await;
    for _ in 0..2 {
        let outside = environment(centre.relay.transport());
        let opened = Account::open_by_code(outside, centre.id, &handle("bunga-3"), &issued.recovery).await;
        opened.unwrap().new_secrets();
    }
    let outside = environment(centre.relay.transport());
    Account::sign_in(outside, centre.id, &handle("bunga-3"), &passphrase(), None).await.unwrap();
}
