//! A power cut in the middle of writing loses no acknowledged letter, and stores none twice.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::content::Draft;
use amanah_client_sdk::session::SendError;
use amanah_tests::people::{Centre, open_session, read};
use amanah_tests::relay::Store;

async fn kill_while_sending(store: Store) {
    let mut centre = Centre::found(store).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let mut acknowledged: Vec<String> = Vec::new();
    let mut unconfirmed: Option<(Draft, String)> = None;
    for cut in 1..=3_u32 {
        let process = centre.relay.process();
        let (ready, told) = tokio::sync::oneshot::channel();
        let killer = std::thread::spawn(move || {
            let _go = told.blocking_recv();
            std::process::Command::new("kill").args(["-9", &process.to_string()]).status().unwrap()
        });
        let mut ready = Some(ready);
        for number in 0.. {
            let text = format!("cut {cut} letter {number}");
            let draft = client.draft(text.clone(), None).unwrap();
            if number == cut * 3 {
                ready.take().unwrap().send(()).unwrap();
            }
            match client.send(session, &draft).await {
                Ok(_) => acknowledged.push(text),
                Err(SendError::Relay(_) | SendError::Sync(_)) => {
                    unconfirmed = Some((draft, text));
                    break;
                }
                Err(error) => unreachable!("{error:?}"),
            }
        }
        assert!(killer.join().unwrap().success());
        centre.relay.kill_and_restart();
        if let Some((draft, text)) = unconfirmed.take() {
            client.send(session, &draft).await.unwrap();
            acknowledged.push(text);
        }
        assert_eq!(read(&mut client, session).await, acknowledged, "after cut {cut}");
    }
    let mut phone = centre.another_device("bunga-3", None).await;
    assert_eq!(read(&mut phone, session).await, acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_relay_on_sqlite_loses_no_acknowledged_letter() {
    kill_while_sending(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_relay_on_postgres_loses_no_acknowledged_letter() {
    kill_while_sending(Store::Postgres).await;
}
