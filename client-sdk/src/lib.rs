//! What a client of Amanah does: accounts, consent, sessions and letters, sealed before they leave the device.
//!
//! All input and output goes through [`transport::Transport`] and [`transport::Clock`]. Opened letters are kept in
//! memory only. The specification is `docs/protocol.md`.

pub mod absence;
pub mod access;
pub mod account;
pub mod attestation;
mod cards;
mod case_record;
pub mod centre;
pub mod consent;
pub mod content;
pub mod director;
pub mod drafts;
mod entry;
mod epochs;
mod erasure;
pub mod escrow;
mod escrow_record;
pub mod events;
pub mod given;
pub mod http;
pub mod invitation;
pub mod log;
pub mod neutral;
mod nickname;
pub mod passphrase;
pub mod people;
mod reading;
mod relay;
pub mod session;
mod sync;
pub mod templates;
pub mod thread;
pub mod transport;
pub mod witness;
pub mod words;

pub use amanah_crypto_core::fingerprint;
pub use amanah_crypto_core::recovery::RecoveryCode;
pub use amanah_crypto_core::sheet::Sheet;
pub use amanah_protocol as protocol;
pub use cards::CardsError;
pub use erasure::Erased;
pub use nickname::nickname;
pub use passphrase::{Passphrase, PassphraseError};
pub use relay::RelayError;
