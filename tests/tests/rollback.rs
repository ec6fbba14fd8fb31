//! A relay that takes back what it has shown is noticed, on this device and on a new one, because the vault remembers.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::Sheet;
use amanah_client_sdk::account::{Account, AccountError};
use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::consent::{ConsentFlowError, GrantedCase};
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::thread::Fault;
use amanah_client_sdk::transport::Clock;
use amanah_protocol::cbor::ByteString;
use amanah_protocol::centre::{Dismissal, Role};
use amanah_protocol::consent::{Grant, Permission, Purpose};
use amanah_protocol::ids::{AccountId, SessionId};
use amanah_protocol::record::{Entry, Kind, Page};
use amanah_protocol::signature::{Signed, Unverified};
use amanah_tests::by_hand::keys_of;
use amanah_tests::hostile::Hostile;
use amanah_tests::people::{Centre, Device, Wall, also, environment, handle, open_session, passphrase, read, send};
use amanah_tests::relay::Store;

type Way = Hostile<HttpTransport>;

struct Story {
    centre: Centre,
    client: Device<HttpTransport>,
    counsellor: AccountId,
    sheet: Sheet,
    session: SessionId,
    granted: GrantedCase,
}

async fn story() -> Story {
    let centre = Centre::found(Store::Sqlite).await;
    let mut client = centre.client_over("bunga-3", centre.relay.transport()).await.0;
    let (counsellor, sheet) = centre.counsellor("bu-rini").await;
    let counsellor = counsellor.id();
    drop(centre.client("joko-5").await);
    let (session, granted) = open_session(&mut client, counsellor).await;
    send(&mut client, session, "satu").await;
    Story { centre, client, counsellor, sheet, session, granted }
}

impl Story {
    /// A new device of the client behind a liar, who is honest until told otherwise.
    async fn new_device(&self) -> (Way, Device<Way>) {
        let way = Hostile::new(self.centre.relay.transport());
        let device = self.centre.another_device_over("bunga-3", None, way.clone()).await;
        (way, device)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_revocation_is_noticed_by_the_client_who_made_it() {
    let mut story = story().await;
    // research changes no reader: nothing but the revocation itself is missing
    let research = also(&story.client, Permission { purpose: Purpose::Research, named: None });
    let further = story.client.grant_further(story.granted.case, &research).await.unwrap();
    story.client.revoke(story.granted.case, further.grant, &[Purpose::Research]).await.unwrap();
    let (way, mut phone) = story.new_device().await;
    way.hide("/record", Kind::Revocation);
    assert_eq!(phone.sync(story.session).await.unwrap().fault(), Some(Fault::RolledBack));
    let draft = phone.draft("must not leave".to_owned(), None).unwrap();
    assert_eq!(phone.send(story.session, &draft).await.unwrap_err(), SendError::Halted(Fault::RolledBack));
    let (_, mut honest) = story.new_device().await;
    assert_eq!(honest.sync(story.session).await.unwrap().fault(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_the_relay_only_pretends_to_keep_is_noticed_at_once() {
    let story = story().await;
    let (way, mut device) = story.new_device().await;
    way.hide("/consent", Kind::Revocation);
    let refused = device.revoke(story.granted.case, story.granted.grant, &[Purpose::Counselling]).await;
    assert_eq!(refused.unwrap_err(), ConsentFlowError::NotKept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_dismissal_is_noticed_by_whoever_has_seen_it() {
    let mut story = story().await;
    let (centre, counsellor) = (&story.centre, story.counsellor);
    let appointment = story.client.centre().appointment(&counsellor, Role::Counsellor, Wall.now()).unwrap().hash();
    let dismissal = Dismissal { centre: centre.id, appointment, from: Wall.now() };
    centre.director.dismiss(centre.relay.transport(), dismissal).await.unwrap();
    let fault = story.client.sync(story.session).await.unwrap().fault();
    assert_eq!(fault, None, "what was written while the appointment held stays readable");
    let way = Hostile::new(centre.relay.transport());
    way.hide("/v1/centre", Kind::Dismissal);
    let outside = environment(way);
    let refused = Account::sign_in(outside, centre.id, &handle("bunga-3"), &passphrase(), None).await;
    assert_eq!(refused.map(drop).unwrap_err(), AccountError::Centre(CentreError::RolledBack));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_gets_another_time_or_place_is_noticed() {
    let mut story = story().await;
    read(&mut story.client, story.session).await;
    let lies: [fn(&mut Page); 2] =
        [|page| page.entries.last_mut().unwrap().time.0 += 1, |page| page.entries.first_mut().unwrap().position -= 1];
    for lie in lies {
        let (way, mut device) = story.new_device().await;
        way.change_pages("/record", lie);
        assert_eq!(device.sync(story.session).await.unwrap().fault(), Some(Fault::RolledBack));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_under_a_document_that_the_centre_has_not_signed_halts_the_session() {
    let story = story().await;
    let way = Hostile::new(story.centre.relay.transport());
    way.hide("/v1/centre", Kind::Document);
    let mut reader = story.centre.another_device_over("bu-rini", Some(&story.sheet), way).await;
    assert_eq!(reader.sync(story.session).await.unwrap().fault(), Some(Fault::Consent));
}

/// A counsellor who reads a record whose first grant is another one: signed by this client, changed like this.
async fn seen_with_another_grant(signer: &str, change_grant: impl Fn(&mut Grant)) -> Option<Fault> {
    let story = Box::pin(story()).await;
    let keys = keys_of(&story.centre, signer).await;
    let way = Hostile::new(story.centre.relay.transport());
    let mut reader = story.centre.another_device_over("bu-rini", Some(&story.sheet), way.clone()).await;
    let signer = keys.account();
    let honest = std::sync::Arc::new(std::sync::Mutex::new(None));
    let told = honest.clone();
    way.change_pages("/record", move |page| {
        told.lock().unwrap().get_or_insert(page.entries[0].clone());
    });
    Box::pin(reader.sync(story.session)).await.unwrap();
    let entry: Entry = honest.lock().unwrap().take().unwrap();
    let mut grant = Unverified::<Grant>::parse(&entry.body.0).unwrap().claimed().clone();
    grant.client = signer;
    change_grant(&mut grant);
    let forged = ByteString(Signed::sign(grant, keys.newest()).wire().to_vec());
    let way = Hostile::new(story.centre.relay.transport());
    let mut reader = story.centre.another_device_over("bu-rini", Some(&story.sheet), way.clone()).await;
    way.change_pages("/record", move |page| {
        // beside the honest one, at a place of its own
        let (position, body) = (page.entries[0].position + 1, forged.clone());
        page.entries.insert(1, Entry { position, body, ..page.entries[0].clone() });
        for entry in &mut page.entries[2..] {
            entry.position += 1;
        }
    });
    Box::pin(reader.sync(story.session)).await.unwrap().fault()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_its_document_does_not_offer_halts_the_session() {
    let fault = seen_with_another_grant("bunga-3", |grant| {
        grant.permissions.push(Permission { purpose: Purpose::EmailNotice, named: None });
    });
    assert_eq!(fault.await, Some(Fault::Consent));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_of_another_client_in_the_same_case_halts_the_session() {
    assert_eq!(seen_with_another_grant("joko-5", |_| ()).await, Some(Fault::Consent));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counsellor_appointed_after_this_device_signed_in_is_not_taken_for_a_fault() {
    let story = story().await;
    let (_, mut early) = story.new_device().await;
    let (late, _) = story.centre.counsellor("pak-budi").await;
    let mut other = story.centre.another_device_over("bunga-3", None, story.centre.relay.transport()).await;
    let (session, _) = open_session(&mut other, late.id()).await;
    send(&mut other, session, "halo").await;
    let thread = early.sync(session).await.unwrap();
    assert_eq!((thread.fault(), thread.refusals().len(), thread.letters().len()), (None, 0, 1));
    assert_eq!(read(&mut other, session).await, ["halo"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_no_certified_key_signed_is_refused() {
    let story = story().await;
    let (way, mut device) = story.new_device().await;
    way.change_pages("/record", |page| {
        let head = page.head.as_mut().unwrap();
        *head.0.last_mut().unwrap() ^= 1;
    });
    let refused = device.sync(story.session).await.map(|_| ()).unwrap_err();
    assert_eq!(refused, SyncError::Statement);
}
