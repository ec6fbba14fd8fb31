//! Letters that are still being written (docs/protocol.md §6.8), sealed so that only their writer opens them.

use amanah_crypto_core::draft::{open_drafts, seal_drafts};
use amanah_crypto_core::identity::Keyring;
use amanah_protocol::cbor::Structure;
use amanah_protocol::ids::SessionId;
use amanah_protocol::letter::MAX_PADDED;
use amanah_protocol::structure;
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::account::Account;
use crate::session::SendError;
use crate::transport::{Clock, Transport};

structure! {
    /// A letter that is being written in a session.
    pub part Unfinished => {
        /// The session.
        session: SessionId,
        /// The words so far.
        text: String,
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

structure! {
    /// Everything that an account is writing.
    pub struct Drafts = "drafts", at most MAX_PADDED => {
        /// One letter for each session.
        letters: Vec<Unfinished>,
    }
}

/// Seals what an account is writing, beside whatever the account is doing meanwhile.
pub struct DraftSealer {
    keyring: Keyring,
}

impl DraftSealer {
    /// Seals them. Whoever keeps it learns neither the words nor the sessions.
    ///
    /// # Errors
    /// [`SendError::TooLong`].
    pub fn seal(&self, rng: &mut impl CryptoRng, drafts: &Drafts) -> Result<Vec<u8>, SendError> {
        let content = Zeroizing::new(drafts.to_bytes());
        seal_drafts(rng, self.keyring.newest(), &content).map_err(|_| SendError::TooLong)
    }
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// What seals the letters that this account is writing.
    pub fn draft_sealer(&self) -> DraftSealer {
        DraftSealer { keyring: self.vault.keyring() }
    }

    /// Opens what this account was writing; `None` if it was somebody else, or had other keys.
    pub fn open_drafts(&self, sealed: &[u8]) -> Option<Drafts> {
        Drafts::parse(&open_drafts(self.keyring.newest(), sealed).ok()?).ok()
    }
}
