//! What the stories need: a relay as a real process, people with devices, a relay that lies, and a search for canaries.
#![expect(clippy::expect_used, clippy::panic, reason = "a story that cannot be set up has failed")]

pub mod canary;
pub mod hostile;
pub mod people;
pub mod postgres;
pub mod relay;
