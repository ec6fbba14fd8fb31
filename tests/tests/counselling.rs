//! What counselling needs around the letters: where a client is, the stage, drafts, and prepared replies.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::content::{Body, Content, Intake, Stage};
use amanah_client_sdk::drafts::{Drafts, Unfinished};
use amanah_client_sdk::session::SendError;
use amanah_client_sdk::templates::{MAX_TEMPLATES, TemplateError};
use amanah_client_sdk::transport::Clock;
use amanah_protocol::cbor::Structure;
use amanah_tests::by_hand::Forger;
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Device, Wall, open_session, read, rng, send};
use amanah_tests::relay::Store;

on_both_stores! {
    a_counsellor_knows_where_the_client_is_and_both_know_the_stage,
    prepared_replies_of_two_devices_come_together,
}

async fn a_counsellor_knows_where_the_client_is_and_both_know_the_stage(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let first = client.intake_draft(Intake::new("Solo", "", "", "")).unwrap();
    client.send(session, &first).await.unwrap();
    assert_eq!(read(&mut counsellor, session).await, [""; 0], "it is no letter");
    let intake = Intake::new("Solo, Jawa Tengah", "Bu RT, 0812", "telepon rumah", "Sari");
    let newer = client.intake_draft(intake.clone()).unwrap();
    client.send(session, &newer).await.unwrap();
    send(&mut client, session, "Selamat malam").await;

    assert_eq!(read(&mut counsellor, session).await, ["Selamat malam"]);
    let thread = counsellor.thread(&session).unwrap();
    assert_eq!(thread.intake(&client.id()), Some(&intake), "the newest counts");
    assert_eq!((thread.intake(&counsellor.id()), thread.stage()), (None, None));
    for stage in [Stage::Introduction, Stage::Exploration] {
        let draft = counsellor.stage_draft(stage);
        counsellor.send(session, &draft).await.unwrap();
    }
    let thread = counsellor.sync(session).await.unwrap();
    assert_eq!(thread.unanswered(), 1, "a stage is no answer");
    assert_eq!(read(&mut client, session).await, ["Selamat malam"]);
    let thread = client.thread(&session).unwrap();
    assert_eq!(thread.stage().map(|(stage, _)| stage), Some(Stage::Exploration));
    assert_eq!((thread.unanswered(), thread.to_answer()), (0, None));

    // each says what is theirs to say
    let draft = client.stage_draft(Stage::Evaluation);
    assert_eq!(client.send(session, &draft).await.unwrap_err(), SendError::NotYours);
    let draft = counsellor.intake_draft(Intake::new("Solo", "", "", "")).unwrap();
    assert_eq!(counsellor.send(session, &draft).await.unwrap_err(), SendError::NotYours);
    assert_eq!(client.intake_draft(Intake::new(" ", "Bu RT", "", "")).unwrap_err(), SendError::NoPlace);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clients_own_program_seals_as_a_stage_is_a_stage_to_nobody() {
    let centre = Centre::found(Store::Sqlite).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let mut forger = Forger::of(&centre, "bunga-3", session).await;
    for body in [Body::Letter("Selamat malam".to_owned()), Body::Stage(Stage::Evaluation)] {
        let content = Content { body, written: Wall.now(), reply_to: None, attachments: Vec::new() };
        forger.posts(&content.to_bytes()).await;
    }
    for device in [&mut client, &mut counsellor] {
        let thread = device.sync(session).await.unwrap();
        let said: Vec<_> = thread.letters().iter().map(|letter| letter.words()).collect();
        assert_eq!((said, thread.fault()), (vec![Some("Selamat malam"), None], None));
        let last = thread.letters().last().unwrap();
        assert!(last.content.is_none() && !last.closed, "it does not count, and is seen to be there");
        assert_eq!(thread.stage(), None);
    }
    let draft = counsellor.stage_draft(Stage::Introduction);
    counsellor.send(session, &draft).await.unwrap();
    let stage = client.sync(session).await.unwrap().stage().map(|(stage, _)| stage);
    assert_eq!(stage, Some(Stage::Introduction));
}

/// The names of the prepared replies that a device knows.
fn names<T: amanah_client_sdk::transport::Transport>(device: &Device<T>) -> Vec<String> {
    device.templates().map(|template| template.name.clone()).collect()
}

async fn prepared_replies_of_two_devices_come_together(store: Store) {
    let centre = Centre::found(store).await;
    let (mut office, sheet) = centre.counsellor("bu-rini").await;
    office.keep_template("Salam", "Terima kasih sudah menulis.").await.unwrap();
    office.keep_template("Jeda", "Saya baca pekan ini.").await.unwrap();
    let mut phone = centre.another_device("bu-rini", Some(&sheet)).await;
    assert_eq!(names(&phone), ["Jeda", "Salam"], "on every device");
    // both change something, and neither knows of the other
    office.keep_template("Salam", "Selamat datang.").await.unwrap();
    office.drop_template("Jeda").await.unwrap();
    phone.keep_template("Akhir", "Sampai jumpa.").await.unwrap();
    assert_eq!(names(&phone), ["Akhir", "Salam"]);
    let later = centre.another_device("bu-rini", Some(&sheet)).await;
    let texts: Vec<_> = later.templates().map(|template| template.text.as_str()).collect();
    assert_eq!(
        (names(&later), texts),
        (vec!["Akhir".to_owned(), "Salam".to_owned()], vec!["Sampai jumpa.", "Selamat datang."])
    );

    assert_eq!(phone.keep_template(" ", "kata").await, Err(TemplateError::Empty));
    assert_eq!(phone.keep_template("Panjang", &"a".repeat(5000)).await, Err(TemplateError::TooLong));
    for number in names(&phone).len()..MAX_TEMPLATES {
        phone.keep_template(&format!("{number}"), "kata").await.unwrap();
    }
    assert_eq!(phone.keep_template("satu lagi", "kata").await, Err(TemplateError::TooMany));
    phone.keep_template("Akhir", "Sampai nanti.").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whoever_writes_a_draft_opens_it() {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let drafts = |text: &str| Drafts { letters: vec![Unfinished { session, text: text.to_owned() }] };
    let sealed = client.draft_sealer().seal(&mut rng(), &drafts("Saya takut")).unwrap();
    assert_eq!(client.open_drafts(&sealed), Some(drafts("Saya takut")));
    let again = centre.another_device("bunga-3", None).await;
    assert_eq!(again.open_drafts(&sealed), Some(drafts("Saya takut")), "after a new sign-in");
    assert_eq!(counsellor.open_drafts(&sealed), None);
    assert_eq!(client.open_drafts(b"rubbish"), None);
    let longer = client.draft_sealer().seal(&mut rng(), &drafts("Saya takut bercerita, juga kepada ibu")).unwrap();
    assert_eq!(sealed.len(), longer.len(), "its length says little");
    let endless = client.draft_sealer().seal(&mut rng(), &drafts(&"a".repeat(300_000)));
    assert_eq!(endless.unwrap_err(), SendError::TooLong);
}
