//! How far a record was read (docs/protocol.md §5.8), at every entry, to compare with what an account remembers; and what
//! of it is still to be found in the log (§8.7).

use amanah_protocol::cbor::ParseError;
use amanah_protocol::hash::Hash;
use amanah_protocol::record::{Entry, RecordMark};

use crate::log::Leaf;

/// The marks of a record, one for each entry that was read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    mark: RecordMark,
    heads: Vec<Hash>,
    /// The leaves of the last entries that were read, which nobody has found in the log yet.
    unlogged: Vec<Leaf>,
}

impl Reading {
    /// Nothing read yet of the record of this session or centre.
    pub(crate) fn start(id: &[u8]) -> Self {
        Self { mark: RecordMark::start(id), heads: Vec::new(), unlogged: Vec::new() }
    }

    /// One more entry was read.
    ///
    /// # Errors
    /// [`ParseError`]: it is no structure; nothing is taken then.
    pub(crate) fn take(&mut self, entry: &Entry) -> Result<(), ParseError> {
        self.unlogged.push(Leaf::of(entry)?);
        self.mark = self.mark.with(entry);
        self.heads.push(self.mark.head);
        Ok(())
    }

    /// The leaves that are still to be found in the log, without those of as many entries as are remembered.
    pub(crate) fn unlogged(&self, remembered: u64) -> &[Leaf] {
        let logged = self.heads.len() - self.unlogged.len();
        let skipped = usize::try_from(remembered).unwrap_or(usize::MAX).saturating_sub(logged);
        self.unlogged.get(skipped..).unwrap_or_default()
    }

    /// All of it was found in the log.
    pub(crate) fn is_logged(&mut self) {
        self.unlogged.clear();
    }

    /// How far it was read.
    pub(crate) fn mark(&self) -> &RecordMark {
        &self.mark
    }

    /// Whether what was read begins with what is remembered.
    pub(crate) fn continues(&self, remembered: &RecordMark) -> bool {
        let last = usize::try_from(remembered.count).ok().map(|count| count.checked_sub(1));
        last.is_some_and(|last| last.is_none_or(|last| self.heads.get(last) == Some(&remembered.head)))
    }
}
