//! What a director does with the offline root (docs/protocol.md §3): certify, appoint, dismiss, publish, erase.

use amanah_crypto_core::root::{RootFileError, RootKey};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::{Appointment, Dismissal, RelayCertificate, SignedByRoot, SignedRoot};
use amanah_protocol::consent::{ConsentError, Document};
use amanah_protocol::erasure::Tombstone;
use amanah_protocol::escrow::{Policy, PolicyError};
use amanah_protocol::ids::CentreId;
use amanah_protocol::record::DocumentUpload;
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;

use crate::centre::{Centre, CentreError};
use crate::passphrase::Passphrase;
use crate::relay::{Relay, RelayError};
use crate::transport::Transport;

/// Why the root signed nothing, or the relay did not take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DirectorError {
    /// The file of the root key does not open.
    #[error(transparent)]
    RootFile(#[from] RootFileError),
    /// The structure is of another centre.
    #[error("this speaks for another centre")]
    OtherCentre,
    /// The document leaves out what it must say.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// The policy says too little, or contradicts itself.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
}

/// The centre's root key, opened for a moment. Wiped on drop.
pub struct Director {
    key: RootKey,
    root: SignedRoot,
}

impl Director {
    /// Makes the root of a new centre, and seals its key under a passphrase for a file that stays offline.
    pub fn create(rng: &mut impl CryptoRng, passphrase: &Passphrase) -> (Self, Vec<u8>) {
        let key = RootKey::generate(rng);
        let file = key.seal(rng, passphrase.as_bytes());
        let root = SignedRoot::sign_first(&key);
        (Self { key, root }, file)
    }

    /// Opens the file of the root key.
    ///
    /// # Errors
    /// [`DirectorError::RootFile`].
    pub fn open(file: &[u8], passphrase: &Passphrase) -> Result<Self, DirectorError> {
        let key = RootKey::open(file, passphrase.as_bytes())?;
        let root = SignedRoot::sign_first(&key);
        Ok(Self { key, root })
    }

    /// The public root, for the relay.
    pub fn root(&self) -> &SignedRoot {
        &self.root
    }

    /// The centre: what invitations pin.
    pub fn centre(&self) -> CentreId {
        self.root.centre()
    }

    fn sign<S: SignedByRoot>(&self, structure: S) -> Result<Signed<S>, DirectorError> {
        if structure.centre() != self.centre() {
            return Err(DirectorError::OtherCentre);
        }
        Ok(Signed::sign(structure, &self.key))
    }

    /// Certifies the relay's key and tells the relay.
    ///
    /// # Errors
    /// [`DirectorError`].
    pub async fn certify_relay(
        &self,
        transport: impl Transport,
        certificate: RelayCertificate,
    ) -> Result<(), DirectorError> {
        self.post(transport, "/v1/centre/relay-certificate", self.sign(certificate)?.wire().to_vec()).await
    }

    /// Appoints somebody and tells the relay.
    ///
    /// # Errors
    /// [`DirectorError`].
    pub async fn appoint(
        &self,
        transport: impl Transport,
        appointment: Appointment,
    ) -> Result<Signed<Appointment>, DirectorError> {
        let signed = self.sign(appointment)?;
        self.post(transport, "/v1/centre/appointments", signed.wire().to_vec()).await?;
        Ok(signed)
    }

    /// Ends an appointment and tells the relay.
    ///
    /// # Errors
    /// [`DirectorError`].
    pub async fn dismiss(&self, transport: impl Transport, dismissal: Dismissal) -> Result<(), DirectorError> {
        self.post(transport, "/v1/centre/dismissals", self.sign(dismissal)?.wire().to_vec()).await
    }

    /// Publishes a consent document with its full texts, in the order of its wordings.
    ///
    /// # Errors
    /// [`DirectorError`]; `Consent` if the document leaves out what it must say.
    pub async fn publish_document(
        &self,
        transport: impl Transport,
        document: Document,
        texts: &[String],
    ) -> Result<Signed<Document>, DirectorError> {
        document.check()?;
        document.check_texts(texts)?;
        let signed = self.sign(document)?;
        let upload = DocumentUpload {
            document: ByteString(signed.wire().to_vec()),
            texts: texts.iter().map(|text| ByteString(text.clone().into_bytes())).collect(),
        };
        self.post(transport, "/v1/centre/documents", upload.to_bytes()).await?;
        Ok(signed)
    }

    /// Publishes an escrow policy. Clients can choose it once a document names it and all its trustees have accepted it.
    ///
    /// # Errors
    /// [`DirectorError`]; `Policy` if the policy says too little, or contradicts itself.
    pub async fn publish_policy(
        &self,
        transport: impl Transport,
        policy: Policy,
    ) -> Result<Signed<Policy>, DirectorError> {
        policy.check()?;
        let signed = self.sign(policy)?;
        self.post(transport, "/v1/centre/policies", signed.wire().to_vec()).await?;
        Ok(signed)
    }

    /// Erases a session: its tombstone is signed and stored, and the relay deletes what was sealed in it. Once this is
    /// done, or refused with `SessionErased`, it is gone.
    ///
    /// # Errors
    /// [`DirectorError`]; after `Unavailable` of the relay, or without an answer, do it again.
    pub async fn erase(
        &self,
        transport: impl Transport,
        tombstone: Tombstone,
    ) -> Result<Signed<Tombstone>, DirectorError> {
        let signed = self.sign(tombstone)?;
        self.post(transport, "/v1/centre/tombstones", signed.wire().to_vec()).await?;
        Ok(signed)
    }

    async fn post(&self, transport: impl Transport, path: &str, body: Vec<u8>) -> Result<(), DirectorError> {
        Relay { transport }.post(path, None, body).await?;
        Ok(())
    }
}

/// Looks at a centre without an account: what the root signed, and who is away. Who has accepted an escrow is not checked.
///
/// # Errors
/// [`CentreError`].
pub async fn look(transport: impl Transport, centre: CentreId) -> Result<Centre, CentreError> {
    let relay = Relay { transport };
    let mut looked = Centre::fetch(&relay, centre).await?;
    looked.check_absences(&relay).await?;
    Ok(looked)
}
