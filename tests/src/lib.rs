//! What the stories need: a relay as a real process, people with devices, a relay that lies, and a search for canaries.
#![expect(clippy::expect_used, clippy::panic, reason = "a story that cannot be set up has failed")]

pub mod accomplice;
pub mod browser;
pub mod by_hand;
pub mod canary;
pub mod door;
pub mod escrow;
pub mod hostile;
pub mod in_process;
pub mod people;
pub mod postgres;
pub mod relay;
pub mod terminal;
pub mod web;

/// Runs the same story on both stores.
#[macro_export]
macro_rules! on_both_stores {
    ($( $name:ident ),* $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$name($crate::relay::Store::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$name($crate::relay::Store::Postgres).await;
            }
        }
    )* };
}
