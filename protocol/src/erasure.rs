//! Erasure (docs/protocol.md §8.8): the centre's root ends a session, and what was sealed in it is destroyed.
//!
//! What is signed stays, so that every chain and signature can still be checked. What stood beside it is gone.

use crate::ids::{CentreId, SessionId, Timestamp};
use crate::record::{Entry, Kind};
use crate::{code, structure};

code! {
    /// Why a session is erased.
    pub enum Basis {
        /// Its client asked for it.
        ClientAsked = 1,
        /// The time for which the centre keeps records is over.
        TimeIsOver = 2,
        /// A law or an order demands it.
        Law = 3,
    }
}

structure! {
    /// The root says: this session is erased. Nothing of it follows in the record.
    pub struct Tombstone = "tombstone", at most 256 => {
        /// The centre.
        centre: CentreId,
        /// The session.
        session: SessionId,
        /// Why.
        basis: Basis,
        /// When it was signed.
        time: Timestamp,
    }
}

impl Entry {
    /// Whether what was sealed beside the structure is gone. That it had to go, only a tombstone of its session says.
    pub fn is_erased(&self) -> bool {
        let sealed =
            matches!(self.kind, Kind::Manifest | Kind::Letter | Kind::History | Kind::Request | Kind::Approval);
        sealed && self.parts.is_empty()
    }
}
