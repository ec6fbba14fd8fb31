//! Erasure as a reader checks it (docs/protocol.md §8.8): what was sealed may be missing only under the root's tombstone.

use amanah_protocol::cbor::ByteString;
use amanah_protocol::erasure::{Basis, Tombstone};
use amanah_protocol::ids::{SessionId, Timestamp};
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::signature::Signed;

use crate::case_record::CaseRecord;
use crate::centre::Centre;
use crate::thread::Fault;

/// That a session was erased, as the centre's root has signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Why.
    pub basis: Basis,
    /// When the relay stored that, by its clock.
    pub at: Timestamp,
}

/// What the relay says of the end of a session, before and after the record has come to it.
#[derive(Debug, Default)]
pub(crate) struct Erasure {
    told: Option<(Entry, Signed<Tombstone>)>,
    reached: bool,
}

impl Erasure {
    /// Takes what a page tells, before any of its entries.
    ///
    /// # Errors
    /// [`Fault::Erasure`]: not signed by the root, of another session, or not what was told before.
    pub(crate) fn tell(&mut self, erased: Option<&Entry>, session: SessionId, centre: &Centre) -> Result<(), Fault> {
        let Some(entry) = erased else {
            return if self.told.is_none() { Ok(()) } else { Err(Fault::Erasure) };
        };
        if let Some((told, _)) = &self.told {
            return if told == entry { Ok(()) } else { Err(Fault::Erasure) };
        }
        let signed = centre.tombstone(entry).filter(|signed| signed.body().session == session);
        self.told = Some((entry.clone(), signed.ok_or(Fault::Erasure)?));
        Ok(())
    }

    /// What stands beside an entry; nothing if it was erased.
    ///
    /// # Errors
    /// [`Fault::Erasure`]: the session was erased, and this is still there.
    pub(crate) fn beside<'a>(&self, entry: &'a Entry) -> Result<Option<&'a [ByteString]>, Fault> {
        match (self.is_told(), entry.is_erased()) {
            (true, true) => Ok(None),
            (true, false) => Err(Fault::Erasure),
            // missing without a tombstone: whoever checks it finds it
            (false, _) => Ok(Some(&entry.parts)),
        }
    }

    /// Checks that an entry may stand where it is: nothing of a session follows its tombstone. Takes the tombstone.
    ///
    /// # Errors
    /// [`Fault::Erasure`].
    pub(crate) fn pass(&mut self, entry: &Entry) -> Result<(), Fault> {
        if self.reached && !CaseRecord::holds(entry.kind) {
            return Err(Fault::Erasure);
        }
        if entry.kind == Kind::Tombstone {
            let told = self.told.as_ref().is_some_and(|(told, _)| told == entry);
            self.reached = told.then_some(true).ok_or(Fault::Erasure)?;
        }
        Ok(())
    }

    /// Checks, at the end of the record, that the tombstone stood there.
    ///
    /// # Errors
    /// [`Fault::Erasure`].
    pub(crate) fn end(&self) -> Result<(), Fault> {
        if self.is_told() == self.reached { Ok(()) } else { Err(Fault::Erasure) }
    }

    /// Whether the relay has shown a tombstone of this session.
    pub(crate) fn is_told(&self) -> bool {
        self.told.is_some()
    }

    /// That the session was erased, once the record has come to the tombstone.
    pub(crate) fn erased(&self) -> Option<Erased> {
        let (entry, signed) = self.told.as_ref().filter(|_| self.reached)?;
        Some(Erased { basis: signed.body().basis, at: entry.time })
    }
}
