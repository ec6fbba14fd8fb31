//! The relay's own keys, each in a file of its own beside the database, readable by its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
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
    /// Others than the owner may read it.
    #[error("others may read the key file; run chmod 600 on it")]
    Mode,
    /// It does not hold a key.
    #[error("the key file does not hold a key; restore it from its backup")]
    Content,
}

/// Reads a key file, or makes it once, durably.
pub(crate) fn read_or_create(
    path: &Path,
    make: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, KeyFileError>,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    match File::open(path) {
        Ok(mut file) => {
            if file.metadata()?.permissions().mode() & 0o077 != 0 {
                return Err(KeyFileError::Mode);
            }
            let mut bytes = Zeroizing::new(Vec::new());
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let bytes = make()?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
            Ok(bytes)
        }
        Err(error) => Err(error.into()),
    }
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
    /// Opens `relay.key`, or makes it.
    pub(crate) fn open(folder: &Path) -> Result<Self, KeyFileError> {
        let seed = read_or_create(&folder.join("relay.key"), || Ok(Zeroizing::new(random::<32>()?.to_vec())))?;
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
