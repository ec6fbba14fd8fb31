//! Whoever listens hears that something is new, and hears what was missed after coming back.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::events::News;
use amanah_client_sdk::transport::Transport;
use amanah_tests::people::{Centre, Device, open_session, send};
use amanah_tests::relay::Store;
use futures_util::StreamExt;

async fn next_after<T: Transport + Clone>(device: &Device<T>, after: u64) -> News {
    device.news(after).await.unwrap().next().await.unwrap().unwrap()
}

async fn news_comes_and_resumes(store: Store) {
    let centre = Centre::found(store).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let opened = next_after(&counsellor, 0).await;
    assert_eq!(opened.session, session);

    // Somebody who is listening hears of a letter that is written meanwhile.
    let stream = counsellor.news(opened.position).await.unwrap();
    let mut stream = std::pin::pin!(stream);
    send(&mut client, session, "satu").await;
    let heard = stream.next().await.unwrap().unwrap();
    assert!(heard.session == session && heard.position > opened.position);

    // Somebody who was away hears, from the last position on, of what was written meanwhile, and of nothing else.
    send(&mut client, session, "dua").await;
    let newest = client.sync(session).await.unwrap().letters().last().unwrap().position;
    let missed = next_after(&counsellor, heard.position).await;
    assert!(missed.session == session && missed.position >= newest);
}

#[tokio::test(flavor = "multi_thread")]
async fn news_comes_and_resumes_on_sqlite() {
    news_comes_and_resumes(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_comes_and_resumes_on_postgres() {
    news_comes_and_resumes(Store::Postgres).await;
}
