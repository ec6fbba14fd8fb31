//! What stands beside a structure (docs/protocol.md §5.5): named by hash in it, and each of a length of its own.

use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::history::History;
use amanah_protocol::letter::{MAX_PADDED, TAG_LENGTH};
use amanah_protocol::manifest::WRAP_LENGTH;
use amanah_protocol::padding::is_padded_length;
use amanah_protocol::release::{MAX_JUSTIFICATION, UnverifiedStep};

use crate::claimed::Claimed;

/// Length of an encapsulation, with which begins what is sealed to a person: ML-KEM-768 ciphertext (1088) ‖ X25519 (32).
/// `ENCAPSULATION` in crypto-core/src/person_seal.rs.
pub(crate) const ENCAPSULATION: usize = 1120;
/// What sealing to a person adds: an encapsulation and a tag.
const OVERHEAD: usize = ENCAPSULATION + TAG_LENGTH;
/// Length of the secret of an epoch.
const SECRET: usize = 32;

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The text of a consent document, in clear.
    Text,
    /// The ciphertext of a letter.
    Ciphertext,
    /// A secret of 32 bytes sealed to a person: a wrap, a share, a share sealed again.
    Wrap,
    /// The secrets of so many epochs sealed to a person.
    Bundle(usize),
    /// A padded text sealed to a person.
    Justification,
}

/// A part as its structure names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    pub(crate) hash: Hash,
    pub(crate) shape: Shape,
}

impl Shape {
    /// Whether a part of this shape can have this length.
    pub(crate) fn has_length(self, length: usize) -> bool {
        let padded = |overhead: usize, most: usize| {
            length.checked_sub(overhead).is_some_and(|padded| padded <= most && is_padded_length(padded))
        };
        match self {
            Self::Text => true,
            Self::Ciphertext => padded(TAG_LENGTH, MAX_PADDED),
            Self::Wrap => length == WRAP_LENGTH,
            Self::Bundle(epochs) => length == OVERHEAD.saturating_add(SECRET.saturating_mul(epochs)),
            Self::Justification => padded(OVERHEAD, MAX_JUSTIFICATION),
        }
    }

    /// Whether it is sealed.
    pub(crate) fn is_sealed(self) -> bool {
        self != Self::Text
    }

    /// How many bytes of it, from the beginning, are an encapsulation.
    pub(crate) fn encapsulation(self) -> usize {
        match self {
            Self::Text | Self::Ciphertext => 0,
            Self::Wrap | Self::Bundle(_) | Self::Justification => ENCAPSULATION,
        }
    }
}

impl Named {
    /// Whether these bytes are the ones that are named.
    pub(crate) fn is(&self, bytes: &[u8]) -> bool {
        of_bytes(bytes) == self.hash
    }
}

/// The parts that a structure names, in the order in which they stand beside it; for most kinds none.
pub(crate) fn named(claimed: &Claimed) -> Vec<Named> {
    let all = |shape: Shape, hashes: &mut dyn Iterator<Item = Hash>| hashes.map(|hash| Named { hash, shape }).collect();
    match claimed {
        Claimed::Document(document) => {
            all(Shape::Text, &mut document.claimed().wordings.iter().map(|wording| wording.body))
        }
        Claimed::Manifest(manifest) => {
            let manifest = manifest.claimed();
            let seals = manifest.deposits.iter().map(|deposit| deposit.seal);
            all(Shape::Wrap, &mut manifest.wraps.iter().copied().chain(seals))
        }
        Claimed::Letter(letter) => all(Shape::Ciphertext, &mut std::iter::once(letter.claimed().ciphertext)),
        Claimed::History(history) => {
            let History { outline, bundle } = history.claimed();
            all(Shape::Bundle(outline.epochs.len()), &mut std::iter::once(*bundle))
        }
        Claimed::Request(request) => {
            all(Shape::Justification, &mut request.claimed().justifications.iter().map(|reason| reason.sealed))
        }
        Claimed::Step(UnverifiedStep::Approved(approval)) => {
            all(Shape::Wrap, &mut approval.claimed().reseals.iter().copied())
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_has_its_lengths() {
        for (shape, right, wrong) in [
            (Shape::Ciphertext, vec![272, 288, MAX_PADDED + 16], vec![0, 271, 273, 1169, 2 * MAX_PADDED + 16]),
            (Shape::Wrap, vec![1168], vec![0, 1167, 1169]),
            (Shape::Bundle(2), vec![1200], vec![1136, 1168, 1232]),
            (Shape::Justification, vec![1136 + 256, 1136 + 16_384], vec![1136, 1136 + 255, 1136 + 18_432]),
        ] {
            assert!(right.into_iter().all(|length| shape.has_length(length)), "{shape:?}");
            assert!(!wrong.into_iter().any(|length| shape.has_length(length)), "{shape:?}");
        }
    }
}
