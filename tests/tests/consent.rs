//! Consent beyond one client and one counsellor: couples, minors, advice, and a document that is replaced
//! (docs/protocol.md §4).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::RelayError;
use amanah_client_sdk::consent::{ConsentFlowError, Terms};
use amanah_client_sdk::people::SuccessionError;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::thread::Thread;
use amanah_client_sdk::transport::{Clock, Transport};
use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Permission, Purpose};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, SessionId};
use amanah_protocol::policy::Denied;
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Device, Wall, also, consent_document, open_session, read, send};
use amanah_tests::relay::Store;

on_both_stores! {
    a_couple_reads_together_and_whoever_leaves_reads_nothing_new,
    a_minor_writes_only_with_the_guardian_whom_the_centre_checked,
    a_counsellor_who_is_consulted_reads_along_and_writes_nothing,
    whoever_ends_everything_lets_nobody_read_on_and_keeps_their_letters,
}

fn joint(named: AccountId) -> Permission {
    Permission { purpose: Purpose::Joint, named: Some(named) }
}

/// What somebody reads; letters of before are `None`.
async fn seen<T: Transport>(device: &mut Device<T>, session: SessionId) -> Vec<Option<String>> {
    let thread: &Thread = device.sync(session).await.unwrap();
    assert_eq!(thread.fault(), None);
    thread.letters().iter().map(|letter| letter.words().map(str::to_owned)).collect()
}

/// The newest grant of somebody in the case of a session.
fn grant_of<T: Transport>(device: &Device<T>, session: SessionId, client: AccountId) -> Hash {
    let thread = device.thread(&session).unwrap();
    thread.grants().filter(|grant| grant.body().client == client).last().unwrap().hash()
}

fn members<T: Transport>(device: &Device<T>, session: SessionId) -> usize {
    device.thread(&session).unwrap().manifest().unwrap().body().outline.members.len()
}

fn not_allowed(refused: SyncError) -> bool {
    let codes = [ProblemCode::NotAMember, ProblemCode::GrantRevoked, ProblemCode::NoGrant];
    codes.into_iter().any(|code| refused == SyncError::Relay(RelayError::Refused(code)))
}

async fn a_couple_reads_together_and_whoever_leaves_reads_nothing_new(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut wife = centre.client("bunga-3").await;
    let mut husband = centre.client("bima-7").await;
    let mut stranger = centre.client("joko-5").await;
    let (session, granted) = open_session(&mut wife, counsellor.id()).await;
    send(&mut wife, session, "satu").await;

    let case = granted.case;
    let unasked = husband.asked_jointly(case, "id").await.unwrap_err();
    assert_eq!(unasked, ConsentFlowError::Relay(RelayError::Refused(ProblemCode::NotFound)));
    wife.grant_further(case, &also(&wife, joint(husband.id()))).await.unwrap();
    let early = wife.add_reader(session, husband.id(), Role::Client, granted.grant).await.unwrap_err();
    assert_eq!(early, SendError::Denied(Denied::NotNamed), "he has not signed himself");
    let asked = husband.asked_jointly(case, "id").await.unwrap();
    husband.consent_beside(case, &asked).await.unwrap();
    let by_stranger = stranger.asked_jointly(case, "id").await.unwrap_err();
    assert_eq!(by_stranger, ConsentFlowError::Relay(RelayError::Refused(ProblemCode::NotFound)));
    assert!(stranger.consent_beside(case, &asked).await.is_err(), "the relay asks, too");

    wife.sync(session).await.unwrap();
    let his = grant_of(&wife, session, husband.id());
    wife.add_reader(session, husband.id(), Role::Client, his).await.unwrap();
    send(&mut husband, session, "dua").await;
    send(&mut counsellor, session, "tiga").await;
    let all = [Some("satu"), Some("dua"), Some("tiga")].map(|text| text.map(str::to_owned));
    assert_eq!(seen(&mut wife, session).await, all);
    assert_eq!(seen(&mut counsellor, session).await, all);
    assert_eq!(seen(&mut husband, session).await, [&[None], &all[1..]].concat());

    // the husband leaves: he makes no keys for those who stay, and reads nothing new
    let own = husband.grants(case).await.unwrap()[0].signed.hash();
    husband.revoke(case, own, &[Purpose::Joint]).await.unwrap();
    assert!(not_allowed(husband.sync(session).await.map(drop).unwrap_err()));
    send(&mut counsellor, session, "empat").await;
    send(&mut wife, session, "lima").await;
    assert_eq!(seen(&mut wife, session).await.len(), 5);
    assert_eq!(members(&wife, session), 2);
    assert!(not_allowed(husband.sync(session).await.map(drop).unwrap_err()));
    let outline = wife.thread(&session).unwrap().manifest().unwrap().body().outline.clone();
    assert_eq!(outline.author, counsellor.id(), "not by whoever left");
}

async fn whoever_ends_everything_lets_nobody_read_on_and_keeps_their_letters(store: Store) {
    let centre = Centre::found(store).await;
    let (mut rini, _) = centre.counsellor("bu-rini").await;
    let (mut joko, _) = centre.counsellor("pak-joko").await;
    let mut client = centre.client("bunga-3").await;
    let (one, granted) = open_session(&mut client, rini.id()).await;
    let (other, _) = open_session(&mut client, joko.id()).await;
    let research = Permission { purpose: Purpose::Research, named: None };
    client.grant_further(granted.case, &also(&client, research)).await.unwrap();
    send(&mut client, one, "satu").await;
    send(&mut rini, one, "dua").await;

    assert_eq!(client.revoke_everything().await.unwrap(), 2);
    assert!(not_allowed(rini.sync(one).await.map(drop).unwrap_err()));
    assert!(not_allowed(joko.sync(other).await.map(drop).unwrap_err()));
    let draft = client.draft("tiga".to_owned(), None).unwrap();
    assert!(client.send(one, &draft).await.is_err(), "nobody counsels any more");
    let given = client.given().await.unwrap();
    assert!(given.iter().flat_map(|case| &case.grants).all(|grant| grant.purposes().is_empty()));
    assert_eq!(read(&mut client, one).await, ["satu", "dua"]);
    assert_eq!(client.revoke_everything().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counsellor_needs_the_consent_of_each_of_a_couple() {
    let centre = Centre::in_process().await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut one = centre.client("bunga-3").await;
    let mut other = centre.client("bima-7").await;
    let (session, granted) = open_session(&mut one, counsellor.id()).await;
    one.grant_further(granted.case, &also(&one, joint(other.id()))).await.unwrap();
    let asked = other.asked_jointly(granted.case, "id").await.unwrap();
    other.consent_beside(granted.case, &asked).await.unwrap();
    one.sync(session).await.unwrap();
    let grant = grant_of(&one, session, other.id());
    one.add_reader(session, other.id(), Role::Client, grant).await.unwrap();
    send(&mut counsellor, session, "satu").await;
    // only one of them takes counselling back: the counsellor is left out for both
    let own = other.grants(granted.case).await.unwrap()[0].signed.hash();
    other.revoke(granted.case, own, &[Purpose::Counselling]).await.unwrap();
    assert!(not_allowed(counsellor.sync(session).await.map(drop).unwrap_err()));
    assert_eq!(seen(&mut one, session).await.len(), 1);
    assert_eq!(members(&one, session), 2, "the couple");
    let supervision = Permission { purpose: Purpose::Supervision, named: Some(centre.client("pak-budi").await.id()) };
    let supervisor = supervision.named.unwrap();
    centre.appoint(supervisor, Role::Supervisor, "Budi Santoso").await;
    let alone = one.grant_further(granted.case, &also(&one, supervision)).await.unwrap();
    let refused = one.add_reader(session, supervisor, Role::Supervisor, alone.grant).await.unwrap_err();
    assert_eq!(refused, SendError::Denied(Denied::NotNamed), "one of two is not enough");
}

async fn a_minor_writes_only_with_the_guardian_whom_the_centre_checked(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut minor = centre.client("melati-15").await;
    let mut guardian = centre.client("ibu-melati").await;
    let mut stranger = centre.client("joko-5").await;
    let terms = Terms { guardian: Some(guardian.id()), ..minor.terms("id").unwrap() };
    let granted = minor.grant(counsellor.id(), &terms).await.unwrap();
    let needed = SendError::Denied(Denied::Guardian);
    assert_eq!(minor.open_session(granted, counsellor.id()).await.unwrap_err(), needed);
    assert!(stranger.asked_as_guardian(granted.case, "id").await.is_err());
    let asked = guardian.asked_as_guardian(granted.case, "id").await.unwrap();
    guardian.consent_beside(granted.case, &asked).await.unwrap();
    assert_eq!(minor.open_session(granted, counsellor.id()).await.unwrap_err(), needed, "nobody has checked her");
    let (old, new) = (minor.id(), guardian.id());
    let not_appointed = stranger.attest_guardianship(granted.case, old, new).await.unwrap_err();
    assert_eq!(not_appointed, SuccessionError::NotAppointed);
    counsellor.attest_guardianship(granted.case, old, new).await.unwrap();

    let session = minor.open_session(granted, counsellor.id()).await.unwrap();
    send(&mut minor, session, "satu").await;
    send(&mut counsellor, session, "dua").await;
    assert_eq!(read(&mut minor, session).await, ["satu", "dua"]);
    assert!(not_allowed(guardian.sync(session).await.map(drop).unwrap_err()), "a guardian allows, and does not read");

    let own = guardian.grants(granted.case).await.unwrap()[0].signed.hash();
    guardian.revoke(granted.case, own, &[Purpose::Counselling]).await.unwrap();
    let codes = [ProblemCode::GuardianNeeded, ProblemCode::NotAMember];
    let refused = counsellor.sync(session).await.map(drop).unwrap_err();
    assert!(codes.iter().any(|code| refused == SyncError::Relay(RelayError::Refused(*code))), "{refused}");
    let draft = minor.draft("tiga".to_owned(), None).unwrap();
    assert_eq!(minor.send(session, &draft).await.unwrap_err(), needed);
    assert_eq!(read(&mut minor, session).await, ["satu", "dua"], "the own record stays readable");
}

async fn a_counsellor_who_is_consulted_reads_along_and_writes_nothing(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let (mut adviser, _) = centre.counsellor("pak-joko").await;
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    let advice = Permission { purpose: Purpose::Consultation, named: Some(adviser.id()) };
    let further = client.grant_further(granted.case, &also(&client, advice)).await.unwrap();
    client.add_reader(session, adviser.id(), Role::Counsellor, further.grant).await.unwrap();
    send(&mut counsellor, session, "dua").await;
    assert_eq!(seen(&mut adviser, session).await, [None, Some("dua".to_owned())]);
    let draft = adviser.draft("tiga".to_owned(), None).unwrap();
    assert_eq!(adviser.send(session, &draft).await.unwrap_err(), SendError::Denied(Denied::NotCapable));
    assert!(adviser.rotate(session).await.is_err());
    client.revoke(granted.case, further.grant, &[Purpose::Consultation]).await.unwrap();
    assert!(not_allowed(adviser.sync(session).await.map(drop).unwrap_err()));
}

/// Publishes a document after which nothing that was granted before holds any more.
async fn replace_document<R: amanah_tests::people::Reach>(centre: &Centre<R>, number: u32, grace_days: u32) {
    let (mut document, texts) = consent_document(centre.id, number);
    document.grace_days = grace_days;
    centre.director.publish_document(centre.relay.transport(), document, &texts).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_is_the_document_that_was_shown() {
    let centre = Centre::in_process().await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let terms = client.terms("id").unwrap();
    replace_document(&centre, 2, 30).await;
    assert_eq!(client.grant(counsellor.id(), &terms).await.unwrap_err(), ConsentFlowError::OtherDocument);
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    assert_eq!(read(&mut client, session).await.len(), 0);
    let shown = client.terms("id").unwrap();
    replace_document(&centre, 3, 30).await;
    for refused in [client.renew_consent(granted.case, &shown).await, client.grant_further(granted.case, &shown).await]
    {
        assert_eq!(refused.unwrap_err(), ConsentFlowError::OtherDocument);
    }
    assert_eq!(client.grants(granted.case).await.unwrap().len(), 1, "nothing else was signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_document_asks_again_and_the_old_consent_holds_as_long_as_its_own_document_says() {
    let centre = Centre::in_process().await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    replace_document(&centre, 2, 0).await;
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    let own = client.grants(granted.case).await.unwrap()[0].signed.body().document;
    assert_eq!(client.centre().replaced_at(&own, Wall.now()), None);

    replace_document(&centre, 3, 30).await;
    client.refresh_centre().await.unwrap();
    assert!(client.centre().replaced_at(&own, Wall.now()).unwrap() <= Wall.now(), "document 2 has no days of grace");
    let draft = client.draft("dua".to_owned(), None).unwrap();
    assert_eq!(client.send(session, &draft).await.unwrap_err(), SendError::Denied(Denied::Document));
    assert_eq!(
        counsellor.sync(session).await.map(drop).unwrap_err(),
        SyncError::Relay(RelayError::Refused(ProblemCode::DocumentReplaced))
    );

    let terms = client.to_renew(granted.case, "id").await.unwrap();
    client.renew_consent(granted.case, &terms).await.unwrap();
    client.send(session, &draft).await.unwrap();
    assert_eq!(read(&mut counsellor, session).await, ["satu", "dua"]);

    replace_document(&centre, 4, 30).await;
    send(&mut counsellor, session, "tiga").await;
    assert_eq!(read(&mut client, session).await, ["satu", "dua", "tiga"], "document 3 holds for 30 days more");
    let case: CaseId = granted.case;
    let newest = client.grants(case).await.unwrap().last().unwrap().signed.body().document;
    assert!(client.centre().replaced_at(&newest, Wall.now()).unwrap() > Wall.now());
}
