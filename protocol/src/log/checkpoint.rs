//! Checkpoints (docs/protocol.md §8.4): what the relay signs of the log, after C2SP tlog-checkpoint.

use base64ct::{Base64, Encoding};

use crate::hash::Hash;
use crate::ids::CentreId;
use crate::labels;
use crate::log::note::{self, MAX_NOTE, MAX_SIGNATURES, SignatureLine, SignatureType, key_id};
use crate::log::tree::{EMPTY_ROOT, MAX_SIZE, TreeHead};
use crate::signature::{BadSignature, Signature, Signer, SigningInput, VerifyingKey};

/// Before the root of the account map, in the line after the three of C2SP tlog-checkpoint.
const MAP: &str = "map ";

/// The log of a centre at one size, and what its account map was then.
///
/// Text, each line with its end (0x0a):
///
/// ```text
/// amanah/<centre, 64 hexadecimal digits>
/// <size, decimal>
/// <root, base64>
/// map <root of the account map, base64>
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log.
    pub centre: CentreId,
    /// How many leaves, at the most [`MAX_SIZE`].
    pub size: u64,
    /// The root over them; that of the empty tree if there are none.
    pub root: Hash,
    /// The root of the account map ([`crate::log::map_root`]) after these leaves.
    pub map: Hash,
}

/// Why bytes are not a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACheckpoint {
    /// More bytes than a checkpoint may have; nothing was read.
    #[error("longer than a checkpoint may be")]
    TooLarge,
    /// Not a text with lines of signatures (C2SP signed-note), or with too many of them.
    #[error("not a signed note")]
    NotANote,
    /// The text is none of a checkpoint of this protocol, or not in its one spelling.
    #[error("the text is not that of a checkpoint")]
    Malformed,
}

/// Why a checkpoint is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is another centre's.
    #[error("the checkpoint is of another centre")]
    OtherCentre,
    /// No signature claims to be by a key of this relay.
    #[error("the relay did not sign the checkpoint")]
    Unsigned,
    /// A signature that claims to be by a key of this relay does not fit.
    #[error("a signature of the checkpoint does not fit")]
    Signature,
}

impl From<BadSignature> for CheckpointError {
    fn from(_: BadSignature) -> Self {
        Self::Signature
    }
}

/// A checkpoint whose signatures nobody has checked yet.
#[derive(Debug, Clone)]
pub struct UnverifiedCheckpoint {
    checkpoint: Checkpoint,
    lines: Vec<SignatureLine>,
}

/// A checkpoint that the relay signed. Signatures of others stand beside it, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    lines: Vec<SignatureLine>,
    signed_by: Vec<VerifyingKey>,
}

impl Checkpoint {
    /// The origin of a centre's log, which is also the name of the relay's key in its signatures.
    pub fn origin(centre: CentreId) -> String {
        format!("{}{centre}", labels::LOG)
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        let (origin, base64) = (Self::origin(self.centre), |hash: Hash| Base64::encode_string(&hash.0));
        format!("{origin}\n{}\n{}\n{MAP}{}\n", self.size, base64(self.root), base64(self.map))
    }

    /// The tree that it names.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root }
    }

    /// Reads a text that [`Checkpoint::text`] wrote.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let centre = lines.next()?.strip_prefix(labels::LOG)?.parse().ok()?;
        let size = lines.next()?.parse().ok().filter(|size| *size <= MAX_SIZE)?;
        let root = hash(lines.next()?)?;
        let map = hash(lines.next()?.strip_prefix(MAP)?)?;
        let read = Self { centre, size, root, map };
        let possible = size > 0 || root == EMPTY_ROOT;
        (possible && read.text() == text).then_some(read)
    }
}

/// Reads 32 bytes in base64.
fn hash(text: &str) -> Option<Hash> {
    Hash::from_slice(&Base64::decode_vec(text).ok()?)
}

impl UnverifiedCheckpoint {
    /// Reads a note of at the most [`MAX_NOTE`] bytes.
    ///
    /// # Errors
    /// [`NotACheckpoint`].
    pub fn parse(note: &[u8]) -> Result<Self, NotACheckpoint> {
        if note.len() > MAX_NOTE {
            return Err(NotACheckpoint::TooLarge);
        }
        let (text, lines) = note::parse(note).ok_or(NotACheckpoint::NotANote)?;
        let checkpoint = Checkpoint::parse(&text).ok_or(NotACheckpoint::Malformed)?;
        Ok(Self { checkpoint, lines })
    }

    /// What the checkpoint claims. Nothing may be believed of it.
    pub fn claimed(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Checks that it is of this centre's log and signed with one of these keys, which the centre's root certified for
    /// its relay. Lines by other keys, those of witnesses above all, are kept and not looked at.
    ///
    /// # Errors
    /// [`CheckpointError`]. One signature of one of these keys that does not fit is enough.
    pub fn verify(self, centre: CentreId, keys: &[VerifyingKey]) -> Result<SignedCheckpoint, CheckpointError> {
        if self.checkpoint.centre != centre {
            return Err(CheckpointError::OtherCentre);
        }
        let (origin, input) = (Checkpoint::origin(centre), SigningInput::note(&self.checkpoint.text()));
        let mut signed_by = Vec::new();
        for key in keys {
            let id = key_id(&origin, SignatureType::Ed25519, key);
            for line in self.lines.iter().filter(|line| line.is_by(&origin, id)) {
                let signature = Signature::from_slice(line.signature()).ok_or(CheckpointError::Signature)?;
                key.check(&input, &signature)?;
                signed_by.push(*key);
            }
        }
        if signed_by.is_empty() {
            return Err(CheckpointError::Unsigned);
        }
        Ok(SignedCheckpoint { checkpoint: self.checkpoint, lines: self.lines, signed_by })
    }
}

impl SignedCheckpoint {
    /// Signs a checkpoint as the relay.
    pub fn sign(checkpoint: Checkpoint, signer: &impl Signer) -> Self {
        let (origin, key) = (Checkpoint::origin(checkpoint.centre), signer.verifying_key());
        let signature = signer.sign(&SigningInput::note(&checkpoint.text()));
        let id = key_id(&origin, SignatureType::Ed25519, &key);
        let line = SignatureLine::new(origin, id, signature.0.to_vec());
        Self { checkpoint, lines: vec![line], signed_by: vec![key] }
    }

    /// What is signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The tree that is signed.
    pub fn head(&self) -> TreeHead {
        self.checkpoint.head()
    }

    /// The wire form: the signed note with all its lines.
    pub fn note(&self) -> String {
        note::join(&self.checkpoint.text(), &self.lines)
    }

    /// All lines of signatures, also those that nobody checked.
    pub fn lines(&self) -> &[SignatureLine] {
        &self.lines
    }

    /// Without the lines that others have added.
    #[must_use]
    pub fn by_relay_alone(mut self) -> Self {
        let origin = Checkpoint::origin(self.checkpoint.centre);
        self.lines.retain(|line| line.name() == origin);
        self
    }

    /// With the lines that others than the relay have added to the same checkpoint. Nothing of them is checked.
    #[must_use]
    pub fn with_lines_of(self, other: &UnverifiedCheckpoint) -> Self {
        let (same, origin) = (other.checkpoint == self.checkpoint, Checkpoint::origin(self.checkpoint.centre));
        let lines = other.lines.iter().filter(|line| same && line.name() != origin).cloned().collect::<Vec<_>>();
        lines.into_iter().take(MAX_SIGNATURES.saturating_sub(self.lines.len())).fold(self, Self::with_line)
    }

    /// Whether the relay signed it with this key.
    pub(super) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        self.signed_by.contains(key)
    }

    /// With one more line, in place of an earlier one by the same key.
    pub(super) fn with_line(mut self, line: SignatureLine) -> Self {
        self.lines.retain(|other| !other.is_by(line.name(), line.key_id()));
        self.lines.push(line);
        self
    }
}
