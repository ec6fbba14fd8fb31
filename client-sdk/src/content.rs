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
    /// The words.
    pub text: String,
    /// The letter that it answers.
    pub reply_to: Option<LetterId>,
}

impl Draft {
    pub(crate) fn content(&self, now: Timestamp) -> Content {
        Content {
            kind: ContentKind::Letter,
            body: self.text.clone(),
            written: now,
            reply_to: self.reply_to,
            attachments: Vec::new(),
        }
    }

    /// Whether an opened content is this draft.
    pub(crate) fn is(&self, content: &Content) -> bool {
        content.body == self.text && content.reply_to == self.reply_to
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// Encodes a content for sealing.
pub(crate) fn compose(content: &Content) -> zeroize::Zeroizing<Vec<u8>> {
    zeroize::Zeroizing::new(content.to_bytes())
}
