//! What the relay signs (docs/protocol.md §6, §8.9, §11): that it stored a letter, where a session stands, and which web
//! client it serves.

use crate::hash::Hash;
use crate::ids::{CentreId, SessionId, Timestamp};
use crate::letter::Transcript;
use crate::log::Salt;
use crate::structure;

/// How old a head statement may be under which a client still seals: 10 minutes.
pub const HEAD_VALID_MS: u64 = 600_000;

/// How far the time in a structure may be from the relay's when it is posted: 10 minutes.
pub const CLOCK_SKEW_MS: u64 = 600_000;

structure! {
    /// The relay says where a session stands. A client seals only under a fresh one.
    pub struct HeadStatement = "head-statement", at most 256 => {
        /// The session.
        session: SessionId,
        /// The current manifest.
        manifest: Hash,
        /// How many structures the relay has stored, of all sessions.
        position: u64,
        /// The session's letters.
        transcript: Transcript,
        /// The relay's time.
        time: Timestamp,
    }
}

structure! {
    /// The relay says that a letter is stored, durably, and in the log.
    pub struct Receipt = "receipt", at most 256 => {
        /// Hash of the letter.
        letter: Hash,
        /// Its position in the relay's order.
        position: u64,
        /// What keeps its leaf in the log from being guessed.
        salt: Salt,
        /// The relay's time.
        time: Timestamp,
    }
}

structure! {
    /// The relay says which web client it serves from now on.
    pub struct WebBundle = "web-bundle", at most 256 => {
        /// The centre.
        centre: CentreId,
        /// The SHA-256 of the manifest, `bundle.json`.
        manifest: Hash,
        /// The relay's time.
        time: Timestamp,
    }
}
