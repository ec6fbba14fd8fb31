//! Signed notes (docs/protocol.md §8.4): a text and lines of signatures, as C2SP signed-note writes them.
//!
//! Parsed is only what is written here in the same way: one spelling for each note, as with every structure.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use crate::code;
use crate::signature::VerifyingKey;

/// The greatest note, in bytes.
pub const MAX_NOTE: usize = 131_072;
/// The most lines of signatures in one note.
pub const MAX_SIGNATURES: usize = 64;

/// The greatest name of a key, in bytes.
const MAX_NAME: usize = 255;
/// An em dash (U+2014) and a space begin a line of a signature.
const DASH: &str = "\u{2014} ";

code! {
    /// How a signature in a note was made (C2SP signed-note, "Signature types").
    pub enum SignatureType {
        /// Ed25519 over the text.
        Ed25519 = 0x01,
        /// Ed25519 over a time and the text, by a witness (C2SP tlog-cosignature).
        Cosignature = 0x04,
    }
}

/// One line of a note: who claims to have signed, and what. Nothing of it is checked.
///
/// Text: `— <name> <base64 of key id(4) ‖ signature>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    name: String,
    key_id: u32,
    signature: Vec<u8>,
}

/// The short name of a key: the first 4 bytes of `SHA-256(name ‖ 0x0a ‖ type ‖ key)`, big-endian (C2SP signed-note).
///
/// It only finds a key. It is too short to tell keys apart, so the signature is always checked with the key itself.
pub fn key_id(name: &str, kind: SignatureType, key: &VerifyingKey) -> u32 {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', kind.number()]).chain_update(key.0).finalize();
    hash.iter().take(4).fold(0, |id, byte| id << 8 | u32::from(*byte))
}

/// Whether a key may have this name: not empty, without spaces, plus and control characters, at the most 255 bytes.
pub(super) fn is_key_name(name: &str) -> bool {
    let barred = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    (1..=MAX_NAME).contains(&name.len()) && !name.contains(barred)
}

impl SignatureLine {
    pub(super) fn new(name: String, key_id: u32, signature: Vec<u8>) -> Self {
        Self { name, key_id, signature }
    }

    /// Reads one line, without the line end.
    pub fn parse(line: &str) -> Option<Self> {
        let (name, text) = line.strip_prefix(DASH)?.split_once(' ')?;
        // refuses every spelling but the one that it writes
        let bytes = Base64::decode_vec(text).ok()?;
        let (id, signature) = bytes.split_first_chunk()?;
        let read = || Self::new(name.to_owned(), u32::from_be_bytes(*id), signature.to_vec());
        (is_key_name(name) && !signature.is_empty()).then(read)
    }

    /// The line, without the line end.
    pub fn line(&self) -> String {
        let bytes = [&self.key_id.to_be_bytes()[..], &self.signature].concat();
        format!("{DASH}{} {}", self.name, Base64::encode_string(&bytes))
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short name of the key ([`key_id`]).
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// The bytes of the signature, of a form that its type decides.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether it claims to be by this key under this name.
    pub(super) fn is_by(&self, name: &str, key_id: u32) -> bool {
        self.name == name && self.key_id == key_id
    }
}

/// Divides a note of at the most [`MAX_NOTE`] bytes into its text, with the last line end, and its signatures.
pub(super) fn parse(note: &[u8]) -> Option<(String, Vec<SignatureLine>)> {
    let note = std::str::from_utf8(note).ok()?;
    if note.len() > MAX_NOTE || note.contains(|c: char| c < ' ' && c != '\n') {
        return None;
    }
    let (text, lines) = note.rsplit_once("\n\n")?;
    let lines: Option<Vec<_>> = lines.strip_suffix('\n')?.split('\n').map(SignatureLine::parse).collect();
    Some((format!("{text}\n"), lines.filter(|lines| lines.len() <= MAX_SIGNATURES)?))
}

/// Joins a text, which ends in a line end, and its signatures.
pub(super) fn join(text: &str, lines: &[SignatureLine]) -> String {
    let lines: String = lines.iter().flat_map(|line| [line.line(), "\n".to_owned()]).collect();
    format!("{text}\n{lines}")
}
