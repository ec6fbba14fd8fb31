//! The relay's side of sign-in (docs/protocol.md §3): OPAQUE (RFC 9807). The only module here that sees `opaque-ke`.
//!
//! Its seed and key live in `opaque.key`, not in the database: a stolen database alone allows no guessing.

use std::path::Path;

use amanah_protocol::ids::{CentreId, Handle, Timestamp};
use getrandom::SysRng;
use opaque_ke::keypair::{OprfSeed, PrivateKey};
use opaque_ke::{
    CipherSuite, CredentialFinalization, CredentialRequest, Identifiers, RegistrationRequest, RegistrationUpload,
    Ristretto255, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup, TripleDh,
};
use rand_core::{Rng, UnwrapErr};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::keys::{KeyFileError, create, random, read};

/// The suite of the clients without their stretching, which only clients do.
struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, opaque_sha2::Sha512>;
    type Ksf = opaque_ke::ksf::Identity;
}

/// Both sides name it, so that nothing of another protocol fits.
const CONTEXT: &[u8] = b"amanah/v1/opaque";

/// How long a sign-in or recovery may take between its two steps: one minute.
const ATTEMPT_MS: u64 = 60_000;

/// The message does not fit; it does not say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message does not fit")]
pub(crate) struct OpaqueError;

type Setup = ServerSetup<Suite, PrivateKey<Ristretto255>, OprfSeed<opaque_sha2::Sha512>>;

/// The relay's OPAQUE key and seed, and the key under which it hands out the state of unfinished attempts.
pub(crate) struct Opaque {
    setup: Setup,
    attempts: LessSafeKey,
    centre: CentreId,
}

impl Opaque {
    /// Makes `opaque.key`, unless it is there.
    pub(crate) fn create(folder: &Path) -> Result<(), KeyFileError> {
        let setup = Zeroizing::new(ServerSetup::<Suite>::new(&mut { SYSTEM_RNG }).serialize().to_vec());
        let attempts = Zeroizing::new(random::<32>()?);
        create(&folder.join("opaque.key"), &Zeroizing::new([setup.as_slice(), &*attempts].concat()))
    }

    /// Opens `opaque.key`.
    pub(crate) fn open(folder: &Path, centre: CentreId) -> Result<Self, KeyFileError> {
        let file = read(&folder.join("opaque.key"))?;
        let (setup, attempts) = file.split_last_chunk::<32>().ok_or(KeyFileError::Content)?;
        let setup = ServerSetup::deserialize(setup).map_err(|_| KeyFileError::Content)?;
        let derived = Salt::new(HKDF_SHA256, b"amanah relay attempts").extract(attempts);
        let key = derived.expand(&[b"aes-256-gcm"], &AES_256_GCM).map_err(|_| KeyFileError::Content)?;
        Ok(Self { setup, attempts: LessSafeKey::new(UnboundKey::from(key)), centre })
    }

    /// First step of a registration. The record is bound to the handle.
    pub(crate) fn register(&self, handle: &Handle, request: &[u8]) -> Result<Vec<u8>, OpaqueError> {
        let request = RegistrationRequest::deserialize(request).map_err(|_| OpaqueError)?;
        let started = ServerRegistration::<Suite>::start(&self.setup, request, handle.as_str().as_bytes());
        Ok(started.map_err(|_| OpaqueError)?.message.serialize().to_vec())
    }

    /// The record to store at the end of a registration.
    pub(crate) fn record(upload: &[u8]) -> Result<Vec<u8>, OpaqueError> {
        let upload = RegistrationUpload::<Suite>::deserialize(upload).map_err(|_| OpaqueError)?;
        Ok(ServerRegistration::finish(upload).serialize().to_vec())
    }

    /// First step of a sign-in: the sealed attempt and KE2. Without a record, answers that look the same.
    pub(crate) fn sign_in(
        &self,
        handle: &Handle,
        record: Option<&[u8]>,
        request: &[u8],
        now: Timestamp,
    ) -> Result<(Vec<u8>, Vec<u8>), OpaqueError> {
        let request = CredentialRequest::deserialize(request).map_err(|_| OpaqueError)?;
        let record = record.map(ServerRegistration::deserialize).transpose().map_err(|_| OpaqueError)?;
        let parameters = self.parameters(handle);
        let name = handle.as_str().as_bytes();
        let started = ServerLogin::start(&mut { SYSTEM_RNG }, &self.setup, record, request, name, parameters);
        let started = started.map_err(|_| OpaqueError)?;
        let state = Zeroizing::new(started.state.serialize().to_vec());
        let attempt = self.seal_attempt(handle, &state, now)?;
        Ok((attempt, started.message.serialize().to_vec()))
    }

    /// Last step of a sign-in: the handle, if the passphrase was right.
    pub(crate) fn finish(&self, attempt: &[u8], finalization: &[u8], now: Timestamp) -> Result<Handle, OpaqueError> {
        let (handle, state) = self.open_attempt(attempt, now)?;
        let login = ServerLogin::<Suite>::deserialize(&state).map_err(|_| OpaqueError)?;
        let finalization = CredentialFinalization::deserialize(finalization).map_err(|_| OpaqueError)?;
        login.finish(finalization, self.parameters(&handle)).map_err(|_| OpaqueError)?;
        Ok(handle)
    }

    /// A challenge for a recovery, whether or not there is such an account.
    pub(crate) fn challenge(&self, handle: &Handle, now: Timestamp) -> Result<Vec<u8>, OpaqueError> {
        self.seal_attempt(handle, b"recovery", now)
    }

    /// Whether this is a challenge that was given for this handle, less than a minute ago.
    pub(crate) fn is_challenge(&self, handle: &Handle, challenge: &[u8], now: Timestamp) -> bool {
        self.open_attempt(challenge, now).is_ok_and(|(given, state)| given == *handle && *state == b"recovery")
    }

    fn parameters<'a>(&'a self, handle: &'a Handle) -> ServerLoginParameters<'a, 'a> {
        let identifiers =
            Identifiers { client: Some(handle.as_str().as_bytes()), server: Some(self.centre.as_bytes()) };
        ServerLoginParameters { context: Some(CONTEXT), identifiers }
    }

    /// Nonce ‖ AES-256-GCM(time ‖ length of handle ‖ handle ‖ state): the relay remembers nothing between the steps.
    fn seal_attempt(&self, handle: &Handle, state: &[u8], now: Timestamp) -> Result<Vec<u8>, OpaqueError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| OpaqueError)?;
        let name = handle.as_str().as_bytes();
        let length = u8::try_from(name.len()).map_err(|_| OpaqueError)?;
        let mut sealed = [&now.0.to_be_bytes(), &[length][..], name, state].concat();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.attempts.seal_in_place_append_tag(unique, Aad::empty(), &mut sealed).map_err(|_| OpaqueError)?;
        Ok([&nonce, sealed.as_slice()].concat())
    }

    fn open_attempt(&self, attempt: &[u8], now: Timestamp) -> Result<(Handle, Zeroizing<Vec<u8>>), OpaqueError> {
        let (nonce, sealed) = attempt.split_first_chunk::<NONCE_LEN>().ok_or(OpaqueError)?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.attempts.open_in_place(nonce, Aad::empty(), &mut opened).map_err(|_| OpaqueError)?;
        let (time, rest) = opened.split_first_chunk::<8>().ok_or(OpaqueError)?;
        let (length, rest) = rest.split_first().ok_or(OpaqueError)?;
        let (name, state) = rest.split_at_checked(usize::from(*length)).ok_or(OpaqueError)?;
        if Timestamp(u64::from_be_bytes(*time)).distance(now) > ATTEMPT_MS {
            return Err(OpaqueError);
        }
        let name = std::str::from_utf8(name).map_err(|_| OpaqueError)?;
        Ok((name.parse().map_err(|_| OpaqueError)?, Zeroizing::new(state.to_vec())))
    }
}

/// The operating system's randomness behind the traits of rand 0.8. Without it the relay cannot go on.
struct SystemRng(UnwrapErr<SysRng>);

const SYSTEM_RNG: SystemRng = SystemRng(UnwrapErr(SysRng));

impl opaque_ke::rand::RngCore for SystemRng {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, destination: &mut [u8]) {
        self.0.fill_bytes(destination);
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), opaque_ke::rand::Error> {
        self.0.fill_bytes(destination);
        Ok(())
    }
}

impl opaque_ke::rand::CryptoRng for SystemRng {}
