//! A relay that lies about a session is caught in every case, and nothing is sealed to it afterwards.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::account::{Account, AccountError, Issued, VaultError};
use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::consent::ConsentFlowError;
use amanah_client_sdk::director::Director;
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::log::LogError;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::thread::{Fault, Thread};
use amanah_client_sdk::transport::Method;
use amanah_crypto_core::root::RootKey;
use amanah_protocol::cbor::ByteString;
use amanah_protocol::ids::{AccountId, SessionId, Timestamp};
use amanah_protocol::letter::LetterError;
use amanah_protocol::log::Salt;
use amanah_protocol::manifest::ManifestError;
use amanah_protocol::record::{Entry, Kind, Page};
use amanah_protocol::signature::Signed;
use amanah_tests::hostile::Hostile;
use amanah_tests::people::{Centre, Device, environment, handle, open_session, passphrase, read, rng, send};
use amanah_tests::relay::Store;

type Way = Hostile<HttpTransport>;

/// A client that reads through a liar; two sessions with letters of both sides in each.
struct Story {
    centre: Centre,
    way: Way,
    reader: Device<Way>,
    session: SessionId,
    other: SessionId,
    counsellor: AccountId,
    intruder: AccountId,
}

async fn story() -> Story {
    let centre = Centre::found(Store::Sqlite).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let (intruder, _) = centre.counsellor("pak-budi").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let (other, _) = open_session(&mut client, counsellor.id()).await;
    for place in [session, other] {
        send(&mut client, place, "satu").await;
        send(&mut client, place, "dua").await;
        send(&mut counsellor, place, "tiga").await;
        send(&mut client, place, "empat").await;
    }
    let way = Hostile::new(centre.relay.transport());
    let reader = centre.another_device_over("bunga-3", None, way.clone()).await;
    Story { centre, way, reader, session, other, counsellor: counsellor.id(), intruder: intruder.id() }
}

fn of_kind(page: &Page, kind: Kind) -> Vec<usize> {
    let entries = page.entries.iter().enumerate();
    entries.filter(|(_, entry)| entry.kind == kind).map(|(index, _)| index).collect()
}

fn nth(page: &Page, kind: Kind, n: usize) -> usize {
    *of_kind(page, kind).get(n).unwrap()
}

fn flip_last(bytes: &mut ByteString) {
    *bytes.0.last_mut().unwrap() ^= 1;
}

/// Swaps two entries but keeps the positions and times rising, as a careful liar does.
fn swap_contents(page: &mut Page, one: usize, two: usize) {
    page.entries.swap(one, two);
    let (a, b) = (page.entries[one].clone(), page.entries[two].clone());
    (page.entries[one].position, page.entries[two].position) = (b.position, a.position);
    (page.entries[one].time, page.entries[two].time) = (b.time, a.time);
}

/// Removes an entry and moves the places of those behind it, so that no gap shows.
fn remove(page: &mut Page, index: usize) {
    let places: Vec<_> = page.entries.iter().map(|entry| (entry.position, entry.time)).collect();
    page.entries.remove(index);
    for (entry, (position, time)) in page.entries.iter_mut().zip(places) {
        (entry.position, entry.time) = (position, time);
    }
}

/// Reads through the lie and returns the fault; afterwards nothing may be sent, even when the relay is honest again.
async fn caught(story: &mut Story, change: impl FnMut(&mut Page) + Send + 'static) -> Fault {
    story.way.change_pages("/record", change);
    let fault = story.reader.sync(story.session).await.unwrap().fault().unwrap();
    story.way.be_honest();
    let draft = story.reader.draft("must not leave".to_owned(), None).unwrap();
    let sent = story.reader.send(story.session, &draft).await;
    assert_eq!(sent.unwrap_err(), SendError::Halted(fault));
    fault
}

macro_rules! lies {
    ($( $(#[$doc:meta])* $name:ident: $change:expr => $fault:pat, )*) => { $(
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let mut story = story().await;
            let change: fn(&mut Page) = $change;
            let fault = caught(&mut story, change).await;
            assert!(matches!(fault, $fault), "{fault:?}");
        }
    )* };
}

lies! {
    a_dropped_first_letter_is_noticed:
        |page| remove(page, nth(page, Kind::Letter, 0)) => Fault::Letter(LetterError::StaleSequence),
    a_dropped_letter_in_the_middle_is_noticed:
        |page| remove(page, nth(page, Kind::Letter, 1)) => Fault::Letter(LetterError::Seen),
    a_dropped_letter_of_the_counsellor_is_noticed:
        |page| remove(page, nth(page, Kind::Letter, 2)) => Fault::Letter(LetterError::Seen),
    a_dropped_last_letter_is_noticed:
        |page| remove(page, nth(page, Kind::Letter, 3)) => Fault::Head,
    reordered_letters_are_noticed:
        |page| swap_contents(page, nth(page, Kind::Letter, 0), nth(page, Kind::Letter, 1)) =>
        Fault::Letter(LetterError::StaleSequence),
    a_letter_moved_before_the_one_that_it_has_seen_is_noticed:
        |page| swap_contents(page, nth(page, Kind::Letter, 2), nth(page, Kind::Letter, 3)) =>
        Fault::Letter(LetterError::Seen),
    a_doubled_letter_is_noticed: |page| {
        let index = nth(page, Kind::Letter, 3);
        let mut again = page.entries[index].clone();
        again.position += 1;
        page.entries.insert(index + 1, again);
    } => Fault::Letter(LetterError::StaleSequence),
    positions_that_do_not_rise_are_noticed: |page| {
        let index = nth(page, Kind::Letter, 1);
        page.entries[index].position = page.entries[index - 1].position;
    } => Fault::Order,
    an_altered_ciphertext_is_noticed: |page| {
        let index = nth(page, Kind::Letter, 0);
        flip_last(&mut page.entries[index].parts[0]);
    } => Fault::Letter(LetterError::Ciphertext),
    a_missing_ciphertext_is_noticed: |page| {
        let index = nth(page, Kind::Letter, 0);
        page.entries[index].parts.clear();
    } => Fault::Unreadable,
    swapped_ciphertexts_are_noticed: |page| {
        let (one, two) = (nth(page, Kind::Letter, 0), nth(page, Kind::Letter, 1));
        let first = page.entries[one].parts.clone();
        page.entries[one].parts = std::mem::replace(&mut page.entries[two].parts, first);
    } => Fault::Letter(LetterError::Ciphertext),
    an_altered_signature_is_noticed: |page| {
        let index = nth(page, Kind::Letter, 0);
        flip_last(&mut page.entries[index].body);
    } => Fault::Signature,
    an_altered_manifest_is_noticed: |page| {
        let index = nth(page, Kind::Manifest, 0);
        flip_last(&mut page.entries[index].body);
    } => Fault::Signature,
    an_altered_wrap_is_noticed: |page| {
        let index = nth(page, Kind::Manifest, 0);
        flip_last(&mut page.entries[index].parts[0]);
    } => Fault::Manifest(ManifestError::Wraps),
    swapped_wraps_are_noticed: |page| {
        let index = nth(page, Kind::Manifest, 0);
        page.entries[index].parts.swap(0, 1);
    } => Fault::Manifest(ManifestError::Wraps),
    a_manifest_without_its_grant_is_noticed:
        |page| remove(page, nth(page, Kind::Grant, 0)) =>
        Fault::Manifest(ManifestError::Author | ManifestError::Denied(_)),
    a_letter_before_its_manifest_is_noticed:
        |page| swap_contents(page, nth(page, Kind::Manifest, 0), nth(page, Kind::Letter, 0)) => Fault::Order,
    a_hidden_manifest_is_noticed:
        |page| remove(page, nth(page, Kind::Manifest, 0)) => Fault::Order,
    a_letter_named_as_an_acceptance_is_noticed: |page| {
        let index = nth(page, Kind::Letter, 0);
        page.entries[index].kind = Kind::Acceptance;
    } => Fault::Unreadable,
    something_of_another_place_is_noticed: |page| {
        let index = nth(page, Kind::Letter, 0);
        page.entries[index].kind = Kind::Appointment;
    } => Fault::Order,
    garbage_is_noticed: |page| {
        let index = nth(page, Kind::Letter, 0);
        page.entries[index].body = ByteString(vec![0xff; 40]);
    } => Fault::Unreadable,
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_of_another_session_are_noticed() {
    let mut story = story().await;
    let mut honest = story.centre.another_device_over("bunga-3", None, story.centre.relay.transport()).await;
    read(&mut honest, story.other).await;
    let path = format!("/v1/sessions/{}/record?after=0", story.other);
    // The record of the other session is shown in place of this one.
    let swapped = story.session.to_string();
    let stolen = fetch_page(&mut story, &path).await;
    story.way.tell(move |request, mut answer| {
        if request.path.contains("/record") && request.path.contains(&swapped) {
            answer.body.clone_from(&stolen);
        }
        Ok(answer)
    });
    let thread = story.reader.sync(story.session).await.unwrap();
    assert_eq!(thread.fault(), Some(Fault::Order));
    assert!(thread.letters().is_empty());
}

/// What the relay answers to the reader under this path, recorded by the liar.
async fn fetch_page(story: &mut Story, path: &str) -> Vec<u8> {
    let (tell, told) = std::sync::mpsc::channel();
    let wanted = path.to_owned();
    story.way.tell(move |request, answer| {
        if request.path == wanted {
            tell.send(answer.body.clone()).unwrap();
        }
        Ok(answer)
    });
    story.reader.sync(story.other).await.unwrap();
    story.way.be_honest();
    told.recv().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_cards_are_refused() {
    let mut story = story().await;
    let (counsellor, intruder) = (story.counsellor, story.intruder);
    let mut honest = story.centre.another_device_over("bunga-3", None, story.way.clone()).await;
    // The liar answers every question for the counsellor's cards with the intruder's.
    let (tell, told) = std::sync::mpsc::channel();
    story.way.tell(move |request, answer| {
        if request.path == format!("/v1/accounts/{intruder}/cards") {
            tell.send(answer.body.clone()).unwrap();
        }
        Ok(answer)
    });
    let words = amanah_client_sdk::fingerprint::words(&intruder);
    honest.verify_fingerprint(intruder, &words).await.unwrap();
    let cards = told.recv().unwrap();
    story.way.tell(move |request, mut answer| {
        if request.path == format!("/v1/accounts/{counsellor}/cards") {
            answer.body.clone_from(&cards);
        }
        Ok(answer)
    });
    let refused = story.reader.sync(story.session).await.map(|_| ()).unwrap_err();
    assert!(matches!(refused, SyncError::Cards(_)), "{refused:?}");
    let granted = story.reader.grant(counsellor, &story.reader.terms("id").unwrap()).await.unwrap();
    let refused = story.reader.open_session(granted, counsellor).await.unwrap_err();
    assert!(matches!(refused, SendError::Sync(SyncError::Cards(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counsellor_whom_the_root_did_not_appoint_is_refused() {
    let mut story = story().await;
    let forged = amanah_tests::people::appointment(
        story.centre.id,
        story.intruder,
        amanah_protocol::centre::Role::Counsellor,
        "palsu",
    );
    let signed = Signed::sign(forged, &RootKey::generate(&mut rng()));
    // As news to a device that knows the centre, and in place of an honest one to a device that does not.
    let new = signed.clone();
    story.way.change_pages("/v1/centre", move |page| {
        let body = ByteString(new.wire().to_vec());
        let (time, parts) = (Timestamp(0), Vec::new());
        let (kind, salt) = (Kind::Appointment, Salt([0; 16]));
        page.entries.push(Entry { position: u64::MAX, time, kind, salt, body, parts });
    });
    let refused = story.reader.grant(story.intruder, &story.reader.terms("id").unwrap()).await.unwrap_err();
    assert_eq!(refused, ConsentFlowError::Centre(CentreError::NotSigned));
    story.way.change_pages("/v1/centre", move |page| {
        let index = nth(page, Kind::Appointment, 0);
        page.entries[index].body = ByteString(signed.wire().to_vec());
    });
    let outside = environment(story.way.clone());
    let refused = Account::sign_in(outside, story.centre.id, &handle("bunga-3"), &passphrase(), None).await;
    assert_eq!(refused.map(drop).unwrap_err(), AccountError::Centre(CentreError::NotSigned));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_of_another_centre_is_refused() {
    let story = story().await;
    let (other, _) = Director::create(&mut rng(), &passphrase());
    let outside = environment(story.centre.relay.transport());
    let issued = Issued::generate(&mut rng(), false);
    let refused = Account::register(outside, other.centre(), &handle("joko"), &passphrase(), &issued).await;
    assert_eq!(refused.map(drop).unwrap_err(), AccountError::Centre(CentreError::OtherCentre));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_the_relay_did_not_sign_is_no_receipt() {
    let mut story = story().await;
    story.way.tell(|request, mut answer| {
        if request.path.ends_with("/letters") {
            *answer.body.last_mut().unwrap() ^= 1;
        }
        Ok(answer)
    });
    let draft = story.reader.draft("lima".to_owned(), None).unwrap();
    let refused = story.reader.send(story.session, &draft).await.unwrap_err();
    assert_eq!(refused, SendError::Receipt);
    story.way.be_honest();
    story.reader.send(story.session, &draft).await.unwrap();
    let texts = read(&mut story.reader, story.session).await;
    assert_eq!(texts, ["satu", "dua", "tiga", "empat", "lima"], "sent again, stored once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_not_a_second_letter() {
    let mut story = story().await;
    let mut lost = false;
    story.way.tell(move |request, answer| {
        if request.path.ends_with("/letters") && !lost {
            lost = true;
            return Err(amanah_client_sdk::transport::TransportError::TimedOut);
        }
        Ok(answer)
    });
    let draft = story.reader.draft("lima".to_owned(), None).unwrap();
    let refused = story.reader.send(story.session, &draft).await.unwrap_err();
    assert!(matches!(refused, SendError::Relay(_)), "{refused:?}");
    story.reader.send(story.session, &draft).await.unwrap();
    assert_eq!(read(&mut story.reader, story.session).await, ["satu", "dua", "tiga", "empat", "lima"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_head_statement_seals_nothing() {
    let mut story = story().await;
    read(&mut story.reader, story.session).await;
    let mut old: Option<ByteString> = None;
    story.way.change_pages("/record", move |page| match &old {
        None => old.clone_from(&page.head),
        Some(head) => page.head = Some(head.clone()),
    });
    story.reader.sync(story.session).await.unwrap();
    let mut counsellor_letter = story.centre.another_device_over("bunga-3", None, story.centre.relay.transport()).await;
    send(&mut counsellor_letter, story.session, "lima").await;
    let fault = story.reader.sync(story.session).await.unwrap().fault();
    assert_eq!(fault, Some(Fault::Head), "the record has moved on and the statement has not");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_goes_back_to_an_older_record_is_noticed() {
    let mut story = story().await;
    read(&mut story.reader, story.session).await;
    let database = story.centre.relay.folder().to_path_buf();
    story.centre.relay.kill();
    let copy = tempfile::tempdir().unwrap();
    copy_files(&database, copy.path());
    let address = story.centre.relay.url.clone();
    story.centre.relay.kill_and_restart();
    assert_eq!(address, story.centre.relay.url);
    send(&mut story.reader, story.session, "lima").await;
    read(&mut story.reader, story.session).await;
    story.centre.relay.kill();
    for file in std::fs::read_dir(&database).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            std::fs::remove_file(path).unwrap();
        }
    }
    copy_files(copy.path(), &database);
    story.centre.relay.kill_and_restart();
    let seen = story.reader.sync(story.session).await.map(Thread::fault);
    assert_eq!(seen, Err(SyncError::Centre(CentreError::Log(LogError::RolledBack))));
}

fn copy_files(from: &std::path::Path, to: &std::path::Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_shows_a_new_device_less_than_the_vault_remembers_is_noticed() {
    let mut story = story().await;
    read(&mut story.reader, story.session).await;
    let way = Hostile::new(story.centre.relay.transport());
    let mut phone = story.centre.another_device_over("bunga-3", None, way.clone()).await;
    // Even with the relay's own key, the thread cannot be shown shorter: only the statement is wrong then, or the mark.
    way.change_pages("/record", |page| {
        let last = nth(page, Kind::Letter, 3);
        remove(page, last);
    });
    let fault = phone.sync(story.session).await.unwrap().fault();
    assert_eq!(fault, Some(Fault::Head));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_vault_is_refused() {
    let story = story().await;
    for field in ["vault", "vault_head", "passphrase_wrap"] {
        let way = Hostile::new(story.centre.relay.transport());
        way.tell(move |request, mut answer| {
            if request.path == "/v1/vault" && request.method == Method::Get {
                let mut vault: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                let text = vault[field].as_str().unwrap().to_owned();
                let middle = text.len() / 2;
                let other = if &text[middle..=middle] == "A" { "B" } else { "A" };
                vault[field] = format!("{}{other}{}", &text[..middle], &text[middle + 1..]).into();
                answer.body = serde_json::to_vec(&vault).unwrap();
            }
            Ok(answer)
        });
        let outside = environment(way);
        let refused = Account::sign_in(outside, story.centre.id, &handle("bunga-3"), &passphrase(), None).await;
        let refused = refused.map(drop).unwrap_err();
        assert!(
            matches!(refused, AccountError::Vault(VaultError::NotOurs) | AccountError::WrongSecret),
            "{field}: {refused:?}"
        );
    }
}
