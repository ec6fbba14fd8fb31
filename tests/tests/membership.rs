//! Who reads follows from consent, key by key: whoever joins reads from then on, whoever is revoked reads nothing new.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::RelayError;
use amanah_client_sdk::consent::GrantedCase;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::transport::{Clock, Transport};
use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Permission, Purpose};
use amanah_protocol::hash::of_bytes;
use amanah_protocol::history::{History, HistoryOutline};
use amanah_protocol::ids::{AccountId, SessionId};
use amanah_protocol::letter::Letter;
use amanah_protocol::manifest::{Manifest, Reason};
use amanah_protocol::policy::Denied;
use amanah_protocol::record::{HistoryUpload, Kind, Page};
use amanah_protocol::signature::{Signed, Unverified};
use amanah_tests::by_hand::{keys_and_token_of, random};
use amanah_tests::door::{Asked, CBOR, Door};
use amanah_tests::hostile::Hostile;
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Device, Wall, also, open_session, read, send};
use amanah_tests::relay::Store;

on_both_stores! {
    a_revoked_counsellor_is_left_out_in_the_same_action,
    a_session_moves_to_another_counsellor,
    a_supervisor_reads_what_is_written_from_then_on,
    a_supervisor_with_history_reads_what_was_written_before_and_nobody_else_does,
    letters_written_while_a_supervisor_is_left_out_are_neither_lost_nor_sealed_to_them,
    two_who_begin_an_epoch_at_the_same_moment_lose_no_letter,
}

/// The client allows supervision by somebody and makes them a reader.
async fn supervise<T: Transport>(
    client: &mut Device<T>,
    session: SessionId,
    granted: GrantedCase,
    supervisor: AccountId,
) -> GrantedCase {
    let permission = Permission { purpose: Purpose::Supervision, named: Some(supervisor) };
    let further = client.grant_further(granted.case, &also(client, permission)).await.unwrap();
    client.add_reader(session, supervisor, Role::Supervisor, further.grant).await.unwrap();
    further
}

/// The texts that a device can read, and how many letters are closed to it.
async fn open_and_closed<T: Transport>(device: &mut Device<T>, session: SessionId) -> (Vec<String>, usize) {
    let thread = device.sync(session).await.unwrap();
    assert_eq!(thread.fault(), None);
    let open = thread.letters().iter().filter_map(|letter| letter.words().map(str::to_owned));
    (open.collect(), thread.letters().iter().filter(|letter| letter.closed).count())
}

fn epoch<T: Transport>(device: &Device<T>, session: SessionId) -> (u32, usize, Reason) {
    let outline = &device.thread(&session).unwrap().manifest().unwrap().body().outline;
    (outline.epoch, outline.members.len(), outline.reason)
}

async fn a_revoked_counsellor_is_left_out_in_the_same_action(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, sheet) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    read(&mut counsellor, session).await;
    client.revoke(granted.case, granted.grant, &[Purpose::Counselling]).await.unwrap();
    let given = client.grants(granted.case).await.unwrap();
    assert_eq!(given[0].revoked, [Purpose::Counselling]);
    assert_eq!(read(&mut client, session).await, ["satu"], "the client keeps reading");
    assert_eq!(epoch(&client, session), (1, 1, Reason::Members));

    let no_longer = SyncError::Relay(RelayError::Refused(ProblemCode::NotAMember));
    assert_eq!(counsellor.sync(session).await.map(|_| ()).unwrap_err(), no_longer);
    let draft = counsellor.draft("dua".to_owned(), None).unwrap();
    assert_eq!(counsellor.send(session, &draft).await.unwrap_err(), SendError::Sync(no_longer));
    let mut office = centre.another_device("bu-rini", Some(&sheet)).await;
    assert_eq!(office.sync(session).await.map(|_| ()).unwrap_err(), no_longer);
    let draft = client.draft("dua".to_owned(), None).unwrap();
    assert_eq!(client.send(session, &draft).await.unwrap_err(), SendError::Denied(Denied::Revoked));
}

async fn a_supervisor_reads_what_is_written_from_then_on(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut supervisor = centre.client("pak-budi").await;
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    let permission = Permission { purpose: Purpose::Supervision, named: Some(supervisor.id()) };
    let further = client.grant_further(granted.case, &also(&client, permission)).await.unwrap();
    let not_yet = client.add_reader(session, supervisor.id(), Role::Supervisor, further.grant).await;
    assert_eq!(not_yet.unwrap_err(), SendError::NotAppointed);
    centre.appoint(supervisor.id(), Role::Supervisor, "Budi Santoso").await;
    client.add_reader(session, supervisor.id(), Role::Supervisor, further.grant).await.unwrap();

    send(&mut counsellor, session, "dua").await;
    assert_eq!(open_and_closed(&mut supervisor, session).await, (vec!["dua".to_owned()], 1));
    assert_eq!(read(&mut client, session).await, ["satu", "dua"]);
    assert_eq!(epoch(&client, session), (1, 3, Reason::Members));
    let draft = supervisor.draft("tiga".to_owned(), None).unwrap();
    assert_eq!(supervisor.send(session, &draft).await.unwrap_err(), SendError::Denied(Denied::NotCapable));

    client.revoke(further.case, further.grant, &[Purpose::Supervision]).await.unwrap();
    send(&mut client, session, "empat").await;
    let no_longer = SyncError::Relay(RelayError::Refused(ProblemCode::NotAMember));
    assert_eq!(supervisor.sync(session).await.map(|_| ()).unwrap_err(), no_longer);
    assert_eq!(read(&mut counsellor, session).await, ["satu", "dua", "empat"], "the counsellor is not concerned");
}

/// The whole record of a session, as the relay shows it to a device.
async fn record<T: Transport>(centre: &Centre, name: &str, session: SessionId, _: &Device<T>) -> Page {
    let way = Hostile::new(centre.relay.transport());
    let mut device = centre.another_device_over(name, None, way.clone()).await;
    let (tell, told) = std::sync::mpsc::channel();
    way.tell(move |request, answer| {
        if request.path.contains("/record") {
            tell.send(answer.body.clone()).unwrap();
        }
        Ok(answer)
    });
    device.sync(session).await.unwrap();
    Page::parse(&told.recv().unwrap()).unwrap()
}

async fn letters_written_while_a_supervisor_is_left_out_are_neither_lost_nor_sealed_to_them(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let supervisor = centre.client("pak-budi").await;
    centre.appoint(supervisor.id(), Role::Supervisor, "Budi Santoso").await;
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    let further = supervise(&mut client, session, granted, supervisor.id()).await;
    let mut phone = centre.another_device("bunga-3", None).await;

    let texts = |who: &str| (0..6).map(|number| format!("{who} {number}")).collect::<Vec<_>>();
    let (by_counsellor, by_phone) = (texts("konselor"), texts("telepon"));
    let write = async |device: &mut Device<_>, texts: &[String]| {
        for text in texts {
            send(device, session, text).await;
        }
    };
    let (revoked, (), ()) = tokio::join!(
        client.revoke(further.case, further.grant, &[Purpose::Supervision]),
        write(&mut counsellor, &by_counsellor),
        write(&mut phone, &by_phone),
    );
    revoked.unwrap();

    let mut seen = read(&mut client, session).await;
    seen.sort();
    let mut written = [by_counsellor, by_phone].concat();
    written.sort();
    assert_eq!(seen, written);

    let page = record(&centre, "bunga-3", session, &client).await;
    let revoked = page.entries.iter().find(|entry| entry.kind == Kind::Revocation).unwrap().position;
    let of = |entry: &amanah_protocol::record::Entry| entry.body.0.clone();
    let manifests: Vec<Manifest> = page
        .entries
        .iter()
        .filter(|entry| entry.kind == Kind::Manifest)
        .map(|entry| Unverified::<Manifest>::parse(&of(entry)).unwrap().claimed().clone())
        .collect();
    for entry in page.entries.iter().filter(|entry| entry.kind == Kind::Letter && entry.position > revoked) {
        let letter = Unverified::<Letter>::parse(&of(entry)).unwrap().claimed().clone();
        let manifest = manifests.iter().find(|manifest| manifest.hash() == letter.header.manifest).unwrap();
        assert_eq!(manifest.outline.member(&supervisor.id()), None, "sealed to somebody who was revoked");
    }
}

async fn two_who_begin_an_epoch_at_the_same_moment_lose_no_letter(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let mut phone = centre.another_device("bunga-3", None).await;
    let (one, two, ()) =
        tokio::join!(client.rotate(session), counsellor.rotate(session), send(&mut phone, session, "satu"));
    one.unwrap();
    two.unwrap();
    for device in [&mut client, &mut phone] {
        assert_eq!(read(device, session).await, ["satu"]);
    }
    assert_eq!(read(&mut counsellor, session).await, ["satu"]);
    assert_eq!(epoch(&client, session).0, 2, "each began one");
}

async fn a_supervisor_with_history_reads_what_was_written_before_and_nobody_else_does(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut with = centre.client("pak-budi").await;
    let mut without = centre.client("bu-sri").await;
    for supervisor in [with.id(), without.id()] {
        centre.appoint(supervisor, Role::Supervisor, "Pembimbing").await;
    }
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    counsellor.rotate(session).await.unwrap();
    send(&mut counsellor, session, "dua").await;
    supervise(&mut client, session, granted, without.id()).await;
    supervise(&mut client, session, granted, with.id()).await;
    let further = granted_history(&mut client, granted, with.id()).await;
    let not_named = client.hand_over_history(session, without.id(), further.grant).await;
    assert_eq!(not_named.unwrap_err(), SendError::Denied(Denied::NotNamed), "the grant names somebody else");
    client.hand_over_history(session, with.id(), further.grant).await.unwrap();
    send(&mut client, session, "tiga").await;

    let all = ["satu", "dua", "tiga"].map(str::to_owned).to_vec();
    assert_eq!(open_and_closed(&mut with, session).await, (all.clone(), 0));
    assert_eq!(open_and_closed(&mut without, session).await, (vec!["tiga".to_owned()], 2));
    assert_eq!(read(&mut client, session).await, all);
    let mut elsewhere = centre.another_device("pak-budi", None).await;
    assert_eq!(open_and_closed(&mut elsewhere, session).await, (all, 0));
}

async fn a_session_moves_to_another_counsellor(store: Store) {
    let centre = Centre::found(store).await;
    let (mut before, _) = centre.counsellor("bu-rini").await;
    let (mut after, _) = centre.counsellor("pak-joko").await;
    let mut client = centre.client("bunga-3").await;
    for history in [false, true] {
        let (session, granted) = open_session(&mut client, before.id()).await;
        send(&mut client, session, "satu").await;
        send(&mut before, session, "dua").await;
        client
            .transfer(granted.case, session, after.id(), &client.terms("id").unwrap().of_transfer(after.id(), history))
            .await
            .unwrap();
        send(&mut client, session, "tiga").await;
        send(&mut after, session, "empat").await;
        let all = ["satu", "dua", "tiga", "empat"].map(str::to_owned);
        assert_eq!(read(&mut client, session).await, all);
        let (open, closed) = open_and_closed(&mut after, session).await;
        let expected = if history { (all.to_vec(), 0) } else { (all[2..].to_vec(), 2) };
        assert_eq!((open, closed), expected);
        let no_longer = SyncError::Relay(RelayError::Refused(ProblemCode::NotAMember));
        assert_eq!(before.sync(session).await.map(|_| ()).unwrap_err(), no_longer);
        assert_eq!(epoch(&client, session).1, 2);
    }
}

/// Somebody who hands over noise gives nothing, and takes nothing away either: an honest bundle still opens.
#[tokio::test(flavor = "multi_thread")]
async fn history_that_is_noise_stops_nobody() {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut supervisor = centre.client("pak-budi").await;
    centre.appoint(supervisor.id(), Role::Supervisor, "Pembimbing").await;
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    supervise(&mut client, session, granted, supervisor.id()).await;
    let grant = granted_history(&mut client, granted, supervisor.id()).await.grant;
    let (keys, token) = keys_and_token_of(&centre, "bunga-3").await;
    read(&mut client, session).await;
    let thread = client.thread(&session).unwrap();
    let current = thread.manifest().unwrap();
    let outline = HistoryOutline {
        session,
        manifest: current.hash(),
        to: supervisor.id(),
        card: current.body().outline.member(&supervisor.id()).unwrap().card,
        grant,
        epochs: vec![thread.epochs().next().unwrap().1.hash()],
        author: client.id(),
        time: Wall.now(),
    };
    let noise = random::<1168>();
    let history = Signed::sign(History { outline, bundle: of_bytes(&noise) }, keys.newest());
    let history = ByteString(history.wire().to_vec());
    let upload = HistoryUpload { history, bundle: ByteString(noise.to_vec()) };
    let asked = Asked::new(reqwest::Method::POST, format!("/v1/sessions/{session}/history"));
    Door::of(&centre.relay).ask(asked.with(CBOR, upload.to_bytes()).by(&token)).await.accepted();

    assert_eq!(open_and_closed(&mut supervisor, session).await, (Vec::new(), 1));
    let thread = supervisor.thread(&session).unwrap();
    assert_eq!((thread.fault(), thread.unopened_histories().len()), (None, 1));
    client.hand_over_history(session, supervisor.id(), grant).await.unwrap();
    assert_eq!(open_and_closed(&mut supervisor, session).await, (vec!["satu".to_owned()], 0));
}

async fn granted_history<T: Transport>(client: &mut Device<T>, granted: GrantedCase, reader: AccountId) -> GrantedCase {
    let permission = Permission { purpose: Purpose::History, named: Some(reader) };
    client.grant_further(granted.case, &also(client, permission)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_hundred_letters_a_new_epoch_begins_by_itself() {
    let centre = Centre::in_process().await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    for number in 0..100 {
        send(&mut client, session, &number.to_string()).await;
    }
    assert_eq!(epoch(&client, session).0, 0);
    send(&mut counsellor, session, "the hundred and first").await;
    assert_eq!(read(&mut client, session).await.len(), 101);
    assert_eq!(epoch(&client, session), (1, 2, Reason::Schedule));
}

/// Who is appointed while somebody reads is there when what rests on the appointment is read.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_in_the_moment_of_an_appointment_goes_on() {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let supervisor = centre.client("pak-budi").await;
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    let way = Hostile::new(centre.relay.transport());
    let mut phone = centre.another_device_over("bunga-3", None, way.clone()).await;
    assert_eq!(read(&mut phone, session).await.len(), 0);

    centre.appoint(supervisor.id(), Role::Supervisor, "Pembimbing").await;
    supervise(&mut client, session, granted, supervisor.id()).await;
    let mut has_read = false;
    way.tell(move |request, mut answer| {
        has_read |= request.path.ends_with("/record") || request.path.contains("/record?");
        if !has_read && request.path.starts_with("/v1/centre") {
            // the answer of a moment before
            answer.body = Page { entries: Vec::new(), more: false, head: None, erased: None }.to_bytes();
        }
        Ok(answer)
    });
    let thread = phone.sync(session).await.unwrap();
    assert_eq!((thread.fault(), epoch(&phone, session).1), (None, 3));
}
