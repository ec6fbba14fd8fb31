//! The client's side of sign-in (docs/protocol.md §3): OPAQUE (RFC 9807) with ristretto255, 3DH and SHA-512.
//!
//! The only module of this crate that sees `opaque-ke` and its older generation of traits. Only the client stretches,
//! with constants of its own; nothing about that is taken from the relay.

use amanah_protocol::ids::{CentreId, Handle};
use opaque_ke::errors::InternalError;
use opaque_ke::generic_array::{ArrayLength, GenericArray};
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, Identifiers, RegistrationResponse, Ristretto255, TripleDh,
};
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::labels;
use crate::secret::Secret;
use crate::stretch::stretch;

/// The suite. The relay defines the same one without stretching, which it never does.
struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, opaque_sha2::Sha512>;
    type Ksf = Stretching;
}

/// Argon2id over the OPRF's output, which is already salted by the relay's key: RFC 9807 §4.1.2 takes 16 zero bytes.
#[derive(Default)]
struct Stretching;

impl opaque_ke::ksf::Ksf for Stretching {
    fn hash<L: ArrayLength<u8>>(&self, mut input: GenericArray<u8, L>) -> Result<GenericArray<u8, L>, InternalError> {
        let mut output = GenericArray::default();
        let stretched = stretch(&input, &[0; 16], &mut output);
        input.zeroize();
        stretched.map(|()| output).map_err(|_| InternalError::KsfError)
    }
}

/// The relay's message is not one, or the passphrase is not the right one. It does not say which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this message and this passphrase do not fit together")]
pub struct OpaqueError;

/// 64 secret bytes that only the passphrase and the relay's key together give.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::opaque::ExportKey>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::opaque::ExportKey>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::opaque::ExportKey>();
/// ```
pub struct ExportKey(Secret<64>);

impl ExportKey {
    fn take(mut key: GenericArray<u8, opaque_ke::generic_array::typenum::U64>) -> Self {
        let kept = Secret::fill(|bytes| bytes.copy_from_slice(&key));
        key.zeroize();
        Self(kept)
    }

    pub(crate) fn expose(&self) -> &[u8; 64] {
        self.0.expose()
    }
}

/// A registration, or a change of passphrase, that waits for the relay's answer. Wiped on drop.
///
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::opaque::Registration>();
/// ```
pub struct Registration(Box<ClientRegistration<Suite>>);

impl Registration {
    /// Begins, and gives the registration request.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "fails only above 64 KiB, which are cut off")]
    pub fn start(rng: &mut impl CryptoRng, passphrase: &[u8]) -> (Self, Vec<u8>) {
        let started = ClientRegistration::start(&mut Rng06(rng), bounded(passphrase)).expect("a short passphrase");
        (Self(Box::new(started.state)), started.message.serialize().to_vec())
    }

    /// Takes the relay's response and gives the record to upload, and the export key.
    ///
    /// # Errors
    /// [`OpaqueError`].
    pub fn finish(
        self,
        rng: &mut impl CryptoRng,
        passphrase: &[u8],
        response: &[u8],
        handle: &Handle,
        centre: &CentreId,
    ) -> Result<(Vec<u8>, ExportKey), OpaqueError> {
        let response = RegistrationResponse::deserialize(response).map_err(|_| OpaqueError)?;
        let parameters = ClientRegistrationFinishParameters::new(identifiers(handle, centre), None);
        let finished =
            (*self.0).finish(&mut Rng06(rng), bounded(passphrase), response, parameters).map_err(|_| OpaqueError)?;
        Ok((finished.message.serialize().to_vec(), ExportKey::take(finished.export_key)))
    }
}

/// A sign-in that waits for the relay's answer. Wiped on drop.
///
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::opaque::SignIn>();
/// ```
pub struct SignIn(Box<ClientLogin<Suite>>);

impl SignIn {
    /// Begins, and gives KE1.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "fails only above 64 KiB, which are cut off")]
    pub fn start(rng: &mut impl CryptoRng, passphrase: &[u8]) -> (Self, Vec<u8>) {
        let started = ClientLogin::start(&mut Rng06(rng), bounded(passphrase)).expect("a short passphrase");
        (Self(Box::new(started.state)), started.message.serialize().to_vec())
    }

    /// Takes KE2 and gives KE3 and the export key: the relay has proved that it is this centre's, and knows the record.
    ///
    /// # Errors
    /// [`OpaqueError`], the same for a wrong passphrase, an unknown handle, another centre and an altered message.
    pub fn finish(
        self,
        passphrase: &[u8],
        response: &[u8],
        handle: &Handle,
        centre: &CentreId,
    ) -> Result<(Vec<u8>, ExportKey), OpaqueError> {
        let response = CredentialResponse::deserialize(response).map_err(|_| OpaqueError)?;
        let identifiers = identifiers(handle, centre);
        let parameters = ClientLoginFinishParameters::new(Some(labels::OPAQUE), identifiers, None);
        let mut none = NoRandomness { asked: false };
        let finished =
            (*self.0).finish(&mut none, bounded(passphrase), response, parameters).map_err(|_| OpaqueError)?;
        let _session_key = Zeroizing::new(<[u8; 64]>::from(finished.session_key));
        let export_key = ExportKey::take(finished.export_key);
        if none.asked {
            return Err(OpaqueError);
        }
        Ok((finished.message.serialize().to_vec(), export_key))
    }
}

/// The first 4 KiB of a passphrase, more than anyone types.
fn bounded(passphrase: &[u8]) -> &[u8] {
    passphrase.get(..4096).unwrap_or(passphrase)
}

fn identifiers<'a>(handle: &'a Handle, centre: &'a CentreId) -> Identifiers<'a> {
    Identifiers { client: Some(handle.as_str().as_bytes()), server: Some(centre.as_bytes()) }
}

/// A random source of today behind the traits of rand 0.8.
struct Rng06<'a, R>(&'a mut R);

impl<R: CryptoRng> opaque_ke::rand::RngCore for Rng06<'_, R> {
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

impl<R: CryptoRng> opaque_ke::rand::CryptoRng for Rng06<'_, R> {}

/// The last step of 3DH draws nothing; if a later version does, the sign-in fails.
struct NoRandomness {
    asked: bool,
}

impl opaque_ke::rand::RngCore for NoRandomness {
    fn next_u32(&mut self) -> u32 {
        self.asked = true;
        0
    }

    fn next_u64(&mut self) -> u64 {
        self.asked = true;
        0
    }

    fn fill_bytes(&mut self, destination: &mut [u8]) {
        self.asked = true;
        destination.fill(0);
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), opaque_ke::rand::Error> {
        self.fill_bytes(destination);
        Ok(())
    }
}

impl opaque_ke::rand::CryptoRng for NoRandomness {}
