//! The relay's own keys, each in a file of its own beside the database, readable by its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use amanah_protocol::signature::{Signature, Signer, SigningInput, VerifyingKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

/// Why a key file is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    /// The file cannot be read or made.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It is not there.
    #[error("the key file is missing; restore it from its backup")]
    Missing,
    /// Others than the owner may read it.
    #[error("others may read the key file; run chmod 600 on it")]
    Mode,
    /// It does not hold a key.
    #[error("the key file does not hold a key; restore it from its backup")]
    Content,
}

/// Reads a key file.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let mut file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => KeyFileError::Missing,
        _ => error.into(),
    })?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(KeyFileError::Mode);
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes a key file, durably, unless it is there.
pub(crate) fn create(path: &Path, content: &[u8]) -> Result<(), KeyFileError> {
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        opened => opened?,
    };
    file.write_all(content)?;
    file.sync_all()?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyFileError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| KeyFileError::Content)?;
    Ok(bytes)
}

/// The key with which the relay signs receipts and head statements (RFC 8032).
pub(crate) struct RelayKey(Ed25519KeyPair);

impl RelayKey {
    /// Makes `relay.key`, unless it is there.
    pub(crate) fn create(folder: &Path) -> Result<(), KeyFileError> {
        create(&folder.join("relay.key"), &*Zeroizing::new(random::<32>()?))
    }

    /// Opens `relay.key`.
    pub(crate) fn open(folder: &Path) -> Result<Self, KeyFileError> {
        let seed = read(&folder.join("relay.key"))?;
        Ed25519KeyPair::from_seed_unchecked(&seed).map(Self).map_err(|_| KeyFileError::Content)
    }
}

impl Signer for RelayKey {
    fn verifying_key(&self) -> VerifyingKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.0.public_key().as_ref());
        VerifyingKey(key)
    }

    fn sign(&self, input: &SigningInput) -> Signature {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.0.sign(input.as_bytes()).as_ref());
        Signature(signature)
    }
}
