//! Cosignatures (docs/protocol.md §8.5): witnesses say when they saw which log, after C2SP tlog-cosignature, version 1.

use std::collections::BTreeSet;

use crate::ids::{AccountId, Timestamp};
use crate::labels;
use crate::log::checkpoint::SignedCheckpoint;
use crate::log::note::{MAX_SIGNATURES, SignatureLine, SignatureType, is_key_name, key_id};
use crate::signature::{Signature, Signer, SigningInput, VerifyingKey};

/// Whoever watches logs and says that each only grows: a name and an Ed25519 key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    name: String,
    key: VerifyingKey,
}

/// Not a witness: the name is none that a key may have, or the key is none that a signer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a witness has a name without spaces and plus, and a sound key")]
pub struct NotAWitness;

/// The line is not this witness's cosignature of this checkpoint, or there is no room for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cosignature does not fit")]
pub struct NotACosignature;

impl Witness {
    /// A witness that somebody has chosen to trust.
    ///
    /// # Errors
    /// [`NotAWitness`].
    pub fn new(name: &str, key: VerifyingKey) -> Result<Self, NotAWitness> {
        if is_key_name(name) && key.is_sound() { Ok(Self { name: name.to_owned(), key }) } else { Err(NotAWitness) }
    }

    /// The witness that an account is, by the key of a card: its name is `amanah/witness/` and the account.
    ///
    /// # Errors
    /// [`NotAWitness`].
    pub fn of(account: AccountId, key: VerifyingKey) -> Result<Self, NotAWitness> {
        Self::new(&format!("{}{account}", labels::WITNESS), key)
    }

    /// The name of its key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The short name of its key, for cosignatures.
    pub fn key_id(&self) -> u32 {
        key_id(&self.name, SignatureType::Cosignature, &self.key)
    }

    /// Checks one line strictly, and gives the time at which the witness says it saw this checkpoint.
    ///
    /// # Errors
    /// [`NotACosignature`].
    pub fn verify(&self, checkpoint: &SignedCheckpoint, line: &SignatureLine) -> Result<Timestamp, NotACosignature> {
        let (seconds, signature) = line.signature().split_first_chunk().ok_or(NotACosignature)?;
        let seconds = u64::from_be_bytes(*seconds);
        let signature = Signature::from_slice(signature).ok_or(NotACosignature)?;
        if !self.claims(line) || self.key.check(&input(checkpoint, seconds), &signature).is_err() {
            return Err(NotACosignature);
        }
        // C2SP allows up to 2^63 − 1 seconds; what is more than u64 milliseconds is no time of anything here
        seconds.checked_mul(1000).map(Timestamp).ok_or(NotACosignature)
    }

    /// When it cosigned a checkpoint; `None` if it has not. A line of its that does not fit counts as none, and so does
    /// that of a key with which the relay signs.
    pub fn cosigned(&self, checkpoint: &SignedCheckpoint) -> Option<Timestamp> {
        let own = !checkpoint.is_signed_by(&self.key);
        let mut lines = checkpoint.lines().iter().filter(|line| own && self.claims(line));
        lines.find_map(|line| self.verify(checkpoint, line).ok())
    }

    fn claims(&self, line: &SignatureLine) -> bool {
        line.is_by(&self.name, self.key_id())
    }
}

/// What a witness signs: `cosignature/v1`, the time, and the text of the checkpoint, each line with its end.
fn input(checkpoint: &SignedCheckpoint, seconds: u64) -> SigningInput {
    SigningInput::note(&format!("cosignature/v1\ntime {seconds}\n{}", checkpoint.checkpoint().text()))
}

impl SignedCheckpoint {
    /// The accounts whose names stand on its lines ([`Witness::of`]), ascending. Nothing is checked.
    pub fn witnesses_claimed(&self) -> BTreeSet<AccountId> {
        let account = |line: &SignatureLine| line.name().strip_prefix(labels::WITNESS)?.parse().ok();
        self.lines().iter().filter_map(account).collect()
    }

    /// Cosigns as a witness at this time, of which whole seconds count.
    ///
    /// By this a witness says that of this log it knows no greater tree, and that this one continues all it saw before:
    /// it must have checked that.
    ///
    /// # Errors
    /// [`NotAWitness`].
    pub fn cosign(&self, name: &str, time: Timestamp, signer: &impl Signer) -> Result<SignatureLine, NotAWitness> {
        let witness = Witness::new(name, signer.verifying_key())?;
        let seconds = time.0 / 1000;
        let signature = signer.sign(&input(self, seconds));
        let bytes = [&seconds.to_be_bytes()[..], &signature.0].concat();
        Ok(SignatureLine::new(witness.name.clone(), witness.key_id(), bytes))
    }

    /// With a witness's line beside the others, in place of its earlier one.
    ///
    /// # Errors
    /// [`NotACosignature`].
    pub fn with_cosignature(&self, witness: &Witness, line: SignatureLine) -> Result<Self, NotACosignature> {
        witness.verify(self, &line)?;
        let cosigned = self.clone().with_line(line);
        if cosigned.lines().len() <= MAX_SIGNATURES { Ok(cosigned) } else { Err(NotACosignature) }
    }
}
