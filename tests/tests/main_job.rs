//! The main job: a letter, its answer, and both read again on other devices, on both stores.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::content::{Body, Draft};
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::session::SendError;
use amanah_tests::people::{Centre, open_session, read, send};
use amanah_tests::relay::Store;

/// Runs the same story on both stores.
macro_rules! on_both_stores {
    ($( $(#[$doc:meta])* $name:ident ),* $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$name(super::Store::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$name(super::Store::Postgres).await;
            }
        }
    )* };
}

on_both_stores! {
    a_letter_is_answered_and_read_again_on_other_devices,
    two_devices_of_one_account_send_at_the_same_moment,
    a_letter_sealed_before_a_new_epoch_is_sealed_again,
}

const LETTER: &str = "Selamat malam. Saya sulit tidur sejak ujian — dan saya takut bercerita. 🙏\n\nBunga";
const ANSWER: &str = "Terima kasih sudah menulis, Bunga. Menurut saya itu sudah langkah yang berani. 🌱";

async fn a_letter_is_answered_and_read_again_on_other_devices(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, sheet) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, LETTER).await;

    assert_eq!(counsellor.sessions().await.unwrap(), [session]);
    assert_eq!(read(&mut counsellor, session).await, [LETTER]);
    assert_eq!(counsellor.thread(&session).unwrap().unanswered(), 1);
    send(&mut counsellor, session, ANSWER).await;
    assert_eq!(read(&mut client, session).await, [LETTER, ANSWER]);

    let mut phone = centre.another_device("bunga-3", None).await;
    assert_eq!(phone.sessions().await.unwrap(), [session]);
    assert_eq!(read(&mut phone, session).await, [LETTER, ANSWER]);
    let mut office = centre.another_device("bu-rini", Some(&sheet)).await;
    assert_eq!(read(&mut office, session).await, [LETTER, ANSWER]);
    let thread = office.thread(&session).unwrap();
    assert!(thread.has_member_accepted(&phone.id()) && thread.has_member_accepted(&office.id()));
}

async fn two_devices_of_one_account_send_at_the_same_moment(store: Store) {
    let centre = Centre::found(store).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut laptop = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut laptop, counsellor.id()).await;
    let mut phone = centre.another_device("bunga-3", None).await;
    for round in 0..5 {
        let (one, two) = (format!("laptop {round}"), format!("phone {round}"));
        tokio::join!(send(&mut laptop, session, &one), send(&mut phone, session, &two));
    }
    let mut texts = read(&mut laptop, session).await;
    assert_eq!(texts, read(&mut phone, session).await);
    texts.sort();
    let expected = ["laptop 0", "laptop 1", "laptop 2", "laptop 3", "laptop 4"].map(str::to_owned);
    assert_eq!(texts.get(..5).unwrap(), expected);
    assert_eq!(texts.len(), 10);
}

async fn a_letter_sealed_before_a_new_epoch_is_sealed_again(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "epoch 0").await;
    counsellor.sync(session).await.unwrap();
    for round in 0..3 {
        let text = format!("round {round}");
        let draft = client.draft(text, None).unwrap();
        let (sent, rotated) = tokio::join!(client.send(session, &draft), counsellor.rotate(session));
        sent.unwrap();
        rotated.unwrap();
    }
    let texts = read(&mut client, session).await;
    assert_eq!(texts, ["epoch 0", "round 0", "round 1", "round 2"]);
    assert_eq!(read(&mut counsellor, session).await, texts);
    assert_eq!(client.thread(&session).unwrap().manifest().unwrap().body().outline.epoch, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_sent_twice_is_stored_once() {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let draft = client.draft(LETTER.to_owned(), None).unwrap();
    let first = client.send(session, &draft).await.unwrap();
    let mut phone = centre.another_device("bunga-3", None).await;
    let again = phone.send(session, &draft).await.unwrap();
    assert_eq!((first.position, first.letter), (again.position, again.letter));
    assert_eq!(read(&mut client, session).await, [LETTER]);
    let other = Draft { body: Body::Letter("other".to_owned()), ..draft.clone() };
    assert_eq!(phone.send(session, &other).await.unwrap_err(), SendError::OtherLetter);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compared_fingerprint_is_remembered_on_every_device() {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let words = fingerprint::words(&counsellor.id());
    let other = fingerprint::words(&client.id());
    assert!(client.verify_fingerprint(counsellor.id(), &other).await.is_err());
    assert!(!client.is_verified(&counsellor.id()));
    client.verify_fingerprint(counsellor.id(), &words).await.unwrap();
    let phone = centre.another_device("bunga-3", None).await;
    assert!(phone.is_verified(&counsellor.id()));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let mut centre = Centre::found(Store::Sqlite).await;
    let (counsellor, sheet) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, LETTER).await;
    centre.relay.kill_and_restart();
    assert_eq!(read(&mut client, session).await, [LETTER], "the token outlives the process");
    let mut office = centre.another_device("bu-rini", Some(&sheet)).await;
    assert_eq!(read(&mut office, session).await, [LETTER]);
}
