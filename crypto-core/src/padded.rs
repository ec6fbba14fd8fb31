//! Padded content (docs/protocol.md §6): `content ‖ 0x80 ‖ 0x00 …` of a Padmé size, wiped on drop.

use amanah_protocol::letter::MAX_PADDED;
use amanah_protocol::padding::padded_length;
use zeroize::Zeroizing;

/// What ends the content.
const END: u8 = 0x80;

/// A plaintext as it is sealed. It has room for the tag, so that sealing copies nothing.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::letter::Opened>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::letter::Opened>();
/// ```
pub(crate) struct Padded(Zeroizing<Vec<u8>>);

impl Padded {
    /// Pads a content, leaving room for `extra` bytes behind it; `None` if it is longer than a letter may be.
    pub(crate) fn new(content: &[u8], extra: usize) -> Option<Self> {
        let length = padded_length(content.len().checked_add(1)?);
        if length > MAX_PADDED {
            return None;
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(length + extra));
        bytes.extend_from_slice(content);
        bytes.push(END);
        bytes.resize(length, 0);
        Some(Self(bytes))
    }

    /// All bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to encrypt in place; after that they are a ciphertext.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.0)
    }
}

/// The content before the padding; `None` unless it is the one padding that [`Padded::new`] gives.
pub(crate) fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    let (content, padding) = padded.split_at_checked(end)?;
    let right = padding.first() == Some(&END) && padded_length(content.len().checked_add(1)?) == padded.len();
    right.then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_padded_reads_back_and_no_other_padding_does() {
        for length in [0, 1, 254, 255, 256, 257, 1_000, 70_000] {
            let content = vec![0x80; length];
            let padded = Padded::new(&content, 16).unwrap();
            assert_eq!(padded.as_bytes().len(), padded_length(length + 1));
            assert_eq!(unpad(padded.as_bytes()), Some(content.as_slice()));
            let longer = [padded.as_bytes(), &[0]].concat();
            assert_eq!(unpad(&longer), None);
        }
        assert_eq!(unpad(&[]), None);
        assert_eq!(unpad(&[0; 256]), None);
        let mut wrong = [0; 256];
        wrong[3] = 0x81;
        assert_eq!(unpad(&wrong), None);
    }

    #[test]
    fn too_long_a_content_is_refused() {
        assert!(Padded::new(&vec![1; MAX_PADDED - 1], 16).is_some());
        assert!(Padded::new(&vec![1; MAX_PADDED], 16).is_none());
    }
}
