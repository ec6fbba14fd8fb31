//! What clients do, in any order, with a relay in this process: everybody reads the same letters in the same order.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::session::SendError;
use amanah_protocol::consent::Purpose;
use amanah_protocol::policy::Denied;
use amanah_tests::in_process::Way;
use amanah_tests::people::{Centre, Device, open_session, read, send};
use futures_util::StreamExt;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};

/// One thing that happens; the number chooses a device.
#[derive(Debug, Clone)]
enum Step {
    Write(usize, String),
    Read(usize),
    NewEpoch(usize),
    NewPhone,
    NewOffice,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text = "[ -~àéñ🙂\n]{0,40}[a-z]";
    let step = prop_oneof![
        4 => (any::<usize>(), text).prop_map(|(device, text)| Step::Write(device, text)),
        2 => any::<usize>().prop_map(Step::Read),
        2 => any::<usize>().prop_map(Step::NewEpoch),
        1 => Just(Step::NewPhone),
        1 => Just(Step::NewOffice),
    ];
    proptest::collection::vec(step, 1..12)
}

async fn play(steps: Vec<Step>) {
    let centre = Centre::in_process().await;
    let (counsellor, sheet) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let mut devices: Vec<Device<Way>> = vec![client, counsellor];
    let mut written: Vec<String> = Vec::new();
    for step in steps {
        let count = devices.len();
        match step {
            Step::Write(device, text) => {
                send(&mut devices[device % count], session, &text).await;
                written.push(text);
            }
            Step::Read(device) => assert_eq!(read(&mut devices[device % count], session).await, written),
            Step::NewEpoch(device) => devices[device % count].rotate(session).await.unwrap(),
            Step::NewPhone => devices.push(centre.another_device("bunga-3", None).await),
            Step::NewOffice => devices.push(centre.another_device("bu-rini", Some(&sheet)).await),
        }
    }
    devices.push(centre.another_device("bunga-3", None).await);
    for device in &mut devices {
        assert_eq!(read(device, session).await, written);
        assert_eq!(device.thread(&session).unwrap().refusals(), []);
    }
}

#[test]
fn whatever_happens_everybody_reads_the_same_letters_in_the_same_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let played = TestRunner::new(config).run(&steps(), |steps| {
        runtime.block_on(play(steps));
        Ok(())
    });
    played.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_runs_without_a_network() {
    let centre = Centre::in_process().await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    let news = counsellor.news(0).await.unwrap().next().await.unwrap().unwrap();
    assert_eq!(news.session, session);
    send(&mut counsellor, session, "dua").await;
    client.revoke(granted.case, granted.grant, &[Purpose::Counselling]).await.unwrap();
    let draft = client.draft("tiga".to_owned(), None).unwrap();
    assert_eq!(client.send(session, &draft).await.unwrap_err(), SendError::Denied(Denied::Revoked));
    assert_eq!(read(&mut client, session).await, ["satu", "dua"]);
}
