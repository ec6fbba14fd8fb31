//! Erasure (docs/protocol.md §8.8): what is missing, the root's tombstone says that it had to go; then all of it is gone,
//! and nothing follows in that session.

use std::collections::BTreeMap;

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::SessionId;
use amanah_protocol::record::Entry;

use crate::check::Check;
use crate::findings::Findings;
use crate::place::Place;
use crate::release::Releases;

/// Why something of an erasure must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum ErasureRefused {
    /// Something is gone without a ground.
    #[error("what was sealed here is missing, and the root has signed no tombstone of its session")]
    Missing,
    /// Something is still there.
    #[error("what was sealed here is still there, though its session was erased")]
    Kept,
    /// The session went on.
    #[error("something was added to a session after it was erased")]
    After,
    /// There is no such session.
    #[error("a tombstone of a session that is not there")]
    NoSession,
    /// The session was not told of a request.
    #[error("a session was erased before it was told of a release")]
    Untold,
}

/// To which session a structure belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Belongs {
    /// To none.
    #[default]
    Nowhere,
    /// To this one.
    To(SessionId),
    /// To this one, and it is a request for a release with this hash.
    Asks(SessionId, Hash),
    /// To that of the request with this hash.
    Answers(Hash),
}

/// What is known of one session.
#[derive(Debug, Default)]
struct OfSession {
    /// Where something sealed stands first.
    kept: Option<u64>,
    /// Where something sealed is missing.
    missing: Vec<u64>,
    erased: bool,
}

/// What is missing in all sessions, and the tombstones.
#[derive(Debug, Default)]
pub(crate) struct Erasures {
    sessions: BTreeMap<SessionId, OfSession>,
    requests: BTreeMap<Hash, SessionId>,
}

impl Erasures {
    /// Takes the next entry, whatever it is; `erased` if what it names is missing.
    pub(crate) fn take(&mut self, entry: &Entry, belongs: Belongs, erased: bool, findings: &mut Findings) {
        let mut found = |reason: ErasureRefused| findings.found(Check::Erasure, Some(entry.position), &reason);
        let session = match belongs {
            Belongs::Nowhere => return,
            Belongs::To(session) => Some(session),
            Belongs::Asks(session, request) => {
                self.requests.insert(request, session);
                Some(session)
            }
            Belongs::Answers(request) => self.requests.get(&request).copied(),
        };
        let Some(session) = session else {
            if erased {
                found(ErasureRefused::Missing);
            }
            return;
        };
        let session = self.sessions.entry(session).or_default();
        if session.erased {
            found(ErasureRefused::After);
        } else if erased {
            session.missing.push(entry.position);
        } else if !entry.parts.is_empty() {
            session.kept.get_or_insert(entry.position);
        }
    }

    /// Takes a tombstone that the root has signed, after [`Self::take`].
    pub(crate) fn take_tombstone(&mut self, place: &mut Place<'_>, session: &SessionId, releases: &Releases) {
        place.count(Check::Erasure);
        let known = self.sessions.get_mut(session).filter(|known| known.kept.is_some() || !known.missing.is_empty());
        let Some(known) = known else {
            return place.found(Check::Erasure, &ErasureRefused::NoSession);
        };
        if releases.has_untold(session) {
            place.found(Check::Erasure, &ErasureRefused::Untold);
        }
        known.erased = true;
        known.missing = Vec::new();
        if let Some(position) = known.kept {
            place.findings.found(Check::Erasure, Some(position), &ErasureRefused::Kept);
        }
    }

    /// Looks for what is missing without a tombstone.
    pub(crate) fn finish(self, findings: &mut Findings) {
        for position in self.sessions.into_values().flat_map(|session| session.missing) {
            findings.found(Check::Erasure, Some(position), &ErasureRefused::Missing);
        }
    }
}
