//! Whether the entries give the log that the checkpoint names (docs/protocol.md §8), and continue an older one.

use std::collections::BTreeMap;

use amanah_protocol::hash::Hash;
use amanah_protocol::log::{Edge, TreeHead};

use crate::check::Check;
use crate::findings::Findings;

/// Why the entries are not the log that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LogError {
    /// Another number of entries.
    #[error("there are {found} entries, and the checkpoint says {signed}")]
    Size {
        /// How many there are.
        found: u64,
        /// How many the checkpoint says.
        signed: u64,
    },
    /// The same number of entries, and another root.
    #[error("the entries do not give the root of the checkpoint: one was changed, exchanged or moved")]
    Root,
}

/// Why the log does not continue an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ForkError {
    /// It is shorter.
    #[error("the log was rolled back: it has {found} entries, and had {seen}")]
    RolledBack {
        /// How many there are.
        found: u64,
        /// How many there were.
        seen: u64,
    },
    /// Its first entries are others.
    #[error("the log was rewritten: its first {seen} entries are not those that were seen before")]
    Forked {
        /// How many there were.
        seen: u64,
    },
}

/// The tree over all leaves so far, and its roots at sizes that will be asked.
#[derive(Debug, Default)]
pub(crate) struct Log {
    edge: Edge,
    size: u64,
    roots: BTreeMap<u64, Option<Hash>>,
}

impl Log {
    /// The root at this size will be asked. To be said before anything is appended.
    pub(crate) fn ask(&mut self, size: u64) {
        self.roots.insert(size, None);
        self.look();
    }

    /// Appends the hashes of leaves. A log that is full takes no more, and does not give any root that was signed.
    pub(crate) fn append(&mut self, mut leaves: &[Hash]) {
        let asked: Vec<u64> = self.roots.range(self.size.saturating_add(1)..).map(|(size, _)| *size).collect();
        for size in asked {
            let missing = usize::try_from(size.saturating_sub(self.size)).ok();
            let Some((before, after)) = missing.and_then(|missing| leaves.split_at_checked(missing)) else { break };
            self.grow(before);
            self.look();
            leaves = after;
        }
        self.grow(leaves);
    }

    fn grow(&mut self, leaves: &[Hash]) {
        if let (false, Ok(growth)) = (leaves.is_empty(), self.edge.with(leaves)) {
            self.edge = growth.edge;
            self.size = self.size.saturating_add(u64::try_from(leaves.len()).unwrap_or(u64::MAX));
        }
    }

    /// Keeps the root if the log has one of the asked sizes now.
    fn look(&mut self) {
        if let Some(root) = self.roots.get_mut(&self.size) {
            *root = Some(self.edge.head().root);
        }
    }

    /// The root that the log had at one of these sizes; nothing if it has not grown so far.
    pub(crate) fn root_at(&self, size: u64) -> Option<Hash> {
        *self.roots.get(&size)?
    }

    /// Whether the leaves give this tree.
    ///
    /// # Errors
    /// [`LogError`].
    pub(crate) fn check(&self, signed: &TreeHead) -> Result<(), LogError> {
        let found = self.edge.head();
        if found.size != signed.size {
            return Err(LogError::Size { found: found.size, signed: signed.size });
        }
        if found.root == signed.root { Ok(()) } else { Err(LogError::Root) }
    }

    /// Whether the leaves begin with those of the older tree.
    ///
    /// # Errors
    /// [`ForkError`].
    pub(crate) fn check_older(&self, seen: &TreeHead) -> Result<(), ForkError> {
        match self.root_at(seen.size) {
            Some(root) if root == seen.root => Ok(()),
            Some(_) => Err(ForkError::Forked { seen: seen.size }),
            None => Err(ForkError::RolledBack { found: self.size, seen: seen.size }),
        }
    }
}

/// Counts positions, which must be 1, 2, 3 … without gaps.
#[derive(Debug, Default)]
pub(crate) struct Positions(u64);

impl Positions {
    pub(crate) fn take(&mut self, position: u64, findings: &mut Findings) {
        findings.count(Check::LogRoot, 1);
        if self.0.checked_add(1) != Some(position) {
            findings.found(Check::LogRoot, Some(position), "the position does not follow the one before");
        }
        self.0 = position;
    }
}

#[cfg(test)]
mod tests {
    use amanah_protocol::hash::of_bytes;
    use amanah_protocol::log::{EMPTY_ROOT, root};

    use super::*;

    fn leaves(number: u8) -> Vec<Hash> {
        (0..number).map(|index| of_bytes(&[index])).collect()
    }

    fn head(leaves: &[Hash]) -> TreeHead {
        TreeHead { size: leaves.len() as u64, root: root(leaves.iter().copied()) }
    }

    #[test]
    fn the_root_at_the_older_size_is_found_wherever_a_page_ends() {
        let leaves = leaves(100);
        for older in [0, 1, 37, 99, 100] {
            for step in [1, 10, 37, 100] {
                let mut log = Log::default();
                log.ask(older as u64);
                log.ask(50);
                leaves.chunks(step).for_each(|page| log.append(page));
                assert_eq!(log.check(&head(&leaves)), Ok(()));
                assert_eq!(log.check_older(&head(&leaves[..older])), Ok(()), "{older} {step}");
                assert_eq!(log.root_at(50), Some(head(&leaves[..50]).root), "another size is asked, too");
                let other = TreeHead { size: older as u64, root: of_bytes(b"other") };
                assert_eq!(log.check_older(&other), Err(ForkError::Forked { seen: other.size }));
            }
        }
    }

    #[test]
    fn a_shorter_log_was_rolled_back() {
        let mut log = Log::default();
        log.ask(10);
        log.append(&leaves(9));
        assert_eq!(log.check_older(&head(&leaves(10))), Err(ForkError::RolledBack { found: 9, seen: 10 }));
    }

    #[test]
    fn an_empty_log_has_the_root_of_the_empty_tree() {
        assert_eq!(Log::default().check(&TreeHead { size: 0, root: EMPTY_ROOT }), Ok(()));
    }
}
