//! A full disk and a lost database: the relay says so, stores nothing half, and goes on by itself afterwards.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::process::Command;

use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::transport::Transport;
use amanah_client_sdk::{RelayError, account::VaultError};
use amanah_protocol::api::ProblemCode;
use amanah_protocol::ids::SessionId;
use amanah_tests::people::{Centre, Device, open_session, read};
use amanah_tests::postgres::from_xtask;
use amanah_tests::relay::Store;

/// Sends letters until the relay says that it cannot store any, and returns the texts that it took.
async fn send_until_unavailable<T: Transport>(client: &mut Device<T>, session: SessionId) -> Vec<String> {
    let mut stored = Vec::new();
    for number in 0..200 {
        let text = format!("{number} {}", "kata ".repeat(10_000));
        let draft = client.draft(text.clone(), None).unwrap();
        match client.send(session, &draft).await {
            Ok(_) => stored.push(text),
            Err(
                SendError::Relay(RelayError::Refused(code))
                | SendError::Sync(
                    SyncError::Relay(RelayError::Refused(code))
                    | SyncError::Centre(CentreError::Relay(RelayError::Refused(code)))
                    | SyncError::Vault(VaultError::Relay(RelayError::Refused(code))),
                ),
            ) => {
                assert_eq!(code, ProblemCode::Unavailable);
                return stored;
            }
            Err(error) => unreachable!("{error:?}"),
        }
    }
    unreachable!("the fault never came")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_a_503_and_then_goes_on() {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let process = centre.relay.process().to_string();
    let limit = |bytes: &str| {
        let limit = format!("--fsize={bytes}:unlimited");
        assert!(Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap().success());
    };
    limit("2000000");
    let stored = send_until_unavailable(&mut client, session).await;
    assert!(!stored.is_empty());
    limit("unlimited");
    assert_eq!(read(&mut client, session).await, stored);
    let draft = client.draft("there is room again".to_owned(), None).unwrap();
    client.send(session, &draft).await.unwrap();
    assert_eq!(read(&mut client, session).await.len(), stored.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_database_is_a_503_and_then_goes_on() {
    let centre = Centre::found(Store::Postgres).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let draft = client.draft("before".to_owned(), None).unwrap();
    client.send(session, &draft).await.unwrap();
    let name = centre.relay.database().unwrap().rsplit_once('/').unwrap().1.to_owned();
    let run = |sql: &str| {
        let done = Command::new("psql")
            .args([&from_xtask("AMANAH_TEST_POSTGRES"), "--quiet", "--command", sql])
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    run(&format!("alter database {name} allow_connections false"));
    run(&format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"));
    let stored = send_until_unavailable(&mut client, session).await;
    assert_eq!(stored, [""; 0]);
    run(&format!("alter database {name} allow_connections true"));
    let draft = client.draft("after".to_owned(), None).unwrap();
    client.send(session, &draft).await.unwrap();
    assert_eq!(read(&mut client, session).await, ["before", "after"]);
}
