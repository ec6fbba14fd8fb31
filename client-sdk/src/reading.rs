//! How far a record was read (docs/protocol.md §5.8), at every entry, to compare with what an account remembers.

use amanah_protocol::hash::Hash;
use amanah_protocol::record::{Entry, RecordMark};

/// The marks of a record, one for each entry that was read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    mark: RecordMark,
    heads: Vec<Hash>,
}

impl Reading {
    /// Nothing read yet of the record of this session or centre.
    pub(crate) fn start(id: &[u8]) -> Self {
        Self { mark: RecordMark::start(id), heads: Vec::new() }
    }

    /// One more entry was read.
    pub(crate) fn take(&mut self, entry: &Entry) {
        self.mark = self.mark.with(entry);
        self.heads.push(self.mark.head);
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
