//! What is inside a letter (docs/protocol.md §6): the words, before they are padded and sealed.

use amanah_protocol::cbor::Structure;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{LetterId, Timestamp};
use amanah_protocol::letter::MAX_PADDED;
use amanah_protocol::{code, structure};
use zeroize::Zeroize;

/// The longest text of a letter in bytes, so that it still fits after encoding and padding: 192 KiB.
pub const MAX_TEXT: usize = 196_608;

code! {
    /// What an envelope holds. Only readers learn it.
    pub enum ContentKind {
        /// A letter of an e-mail therapy.
        Letter = 1,
        /// Words by which a client can show later, without any key, to be the same person.
        CodeWords = 2,
    }
}

structure! {
    /// A file beside a letter. This version reads the entry and sends none.
    pub part Attachment => {
        /// SHA-256 of the sealed file.
        blob: Hash,
        /// Its key.
        key: Hash,
        /// Its length in bytes.
        size: u64,
        /// Its name.
        name: String,
        /// Its media type.
        media_type: String,
    }
}

structure! {
    /// The content of an envelope.
    pub struct Content = "content", at most MAX_PADDED => {
        /// What it is.
        kind: ContentKind,
        /// The words, UTF-8.
        body: String,
        /// When it was written, by the writer's clock.
        written: Timestamp,
        /// The letter that it answers.
        reply_to: Option<LetterId>,
        /// Files beside it.
        attachments: Vec<Attachment>,
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        self.body.zeroize();
    }
}

/// A letter that nobody has sealed yet. Sending it twice, even after a restart, stores it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The id under which it will be stored.
    pub id: LetterId,
    /// What it is.
    pub kind: ContentKind,
    /// The words.
    pub text: String,
    /// The letter that it answers.
    pub reply_to: Option<LetterId>,
}

impl Draft {
    pub(crate) fn content(&self, now: Timestamp) -> Content {
        Content {
            kind: self.kind,
            body: self.text.clone(),
            written: now,
            reply_to: self.reply_to,
            attachments: Vec::new(),
        }
    }

    /// Whether an opened content is this draft.
    pub(crate) fn is(&self, content: &Content) -> bool {
        content.kind == self.kind && content.body == self.text && content.reply_to == self.reply_to
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// Whether two people mean the same code words: case and spacing do not matter.
pub fn same_code_words(one: &str, other: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(one) == words(other)
}

/// Whether these are enough words to show later who somebody is: two at least, with eight letters or digits together.
pub(crate) fn are_code_words(text: &str) -> bool {
    text.split_whitespace().count() >= 2 && text.chars().filter(|c| c.is_alphanumeric()).count() >= 8
}

/// Encodes a content for sealing.
pub(crate) fn compose(content: &Content) -> zeroize::Zeroizing<Vec<u8>> {
    zeroize::Zeroizing::new(content.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_words_are_two_words_or_more_in_any_spelling_of_case_and_spaces() {
        assert!(are_code_words("pohon mangga") && are_code_words("ombak  pagi hari"));
        for weak in ["", "   ", "pohonmangga", "a b", "ya tidak"] {
            assert!(!are_code_words(weak), "{weak:?}");
        }
        assert!(same_code_words("Pohon  Mangga", "pohon mangga\n"));
        assert!(!same_code_words("pohon mangga", "pohon jambu") && !same_code_words("pohonmangga", "pohon mangga"));
    }
}
