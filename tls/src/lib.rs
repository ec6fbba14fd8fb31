//! The key exchange X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem) as a rustls group over ring and ml-kem.
//!
//! It keeps recorded traffic closed to a future quantum computer; whoever does not know it still gets plain X25519.

use getrandom::SysRng;
use ml_kem::{Decapsulate, Encapsulate, Kem, KeyExport, MlKem768, TryKeyInit};
use rand_core::UnwrapErr;
use rustls::crypto::ring::kx_group::X25519;
use rustls::crypto::{ActiveKeyExchange, CompletedKeyExchange, CryptoProvider, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, PeerMisbehaved, ProtocolVersion};
use zeroize::Zeroizing;

/// The hybrid group.
pub static X25519MLKEM768: &dyn SupportedKxGroup = &Hybrid;

/// Length of an ML-KEM-768 encapsulation key.
const ENCAPSULATION_KEY: usize = 1184;
/// Length of an ML-KEM-768 ciphertext.
const CIPHERTEXT: usize = 1088;

/// The ring provider with the hybrid group first.
pub fn provider() -> CryptoProvider {
    let mut provider = rustls::crypto::ring::default_provider();
    provider.kx_groups.insert(0, X25519MLKEM768);
    provider
}

#[derive(Debug)]
struct Hybrid;

fn misbehaved() -> Error {
    PeerMisbehaved::InvalidKeyShare.into()
}

/// The ML-KEM secret comes first, then the X25519 one.
fn join(ml_kem: &[u8], x25519: &SharedSecret) -> SharedSecret {
    let joined = Zeroizing::new([ml_kem, x25519.secret_bytes()].concat());
    SharedSecret::from(joined.as_slice())
}

impl SupportedKxGroup for Hybrid {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let (decapsulation, encapsulation) = MlKem768::generate_keypair_from_rng(&mut UnwrapErr(SysRng));
        let x25519 = X25519.start()?;
        let public = [encapsulation.to_bytes().as_slice(), x25519.pub_key()].concat();
        Ok(Box::new(Active { decapsulation, x25519, public }))
    }

    fn start_and_complete(&self, peer: &[u8]) -> Result<CompletedKeyExchange, Error> {
        let (encapsulation, x25519) = peer.split_at_checked(ENCAPSULATION_KEY).ok_or_else(misbehaved)?;
        let encapsulation =
            <MlKem768 as Kem>::EncapsulationKey::new_from_slice(encapsulation).map_err(|_| misbehaved())?;
        let (ciphertext, secret) = encapsulation.encapsulate_with_rng(&mut UnwrapErr(SysRng));
        let x25519 = X25519.start_and_complete(x25519)?;
        let public = [ciphertext.as_slice(), &x25519.pub_key].concat();
        Ok(CompletedKeyExchange { group: self.name(), pub_key: public, secret: join(&secret, &x25519.secret) })
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519MLKEM768
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        version == ProtocolVersion::TLSv1_3
    }
}

struct Active {
    decapsulation: <MlKem768 as Kem>::DecapsulationKey,
    x25519: Box<dyn ActiveKeyExchange>,
    public: Vec<u8>,
}

impl ActiveKeyExchange for Active {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let (ciphertext, x25519) = peer.split_at_checked(CIPHERTEXT).ok_or_else(misbehaved)?;
        let ciphertext = ciphertext.try_into().map_err(|_| misbehaved())?;
        let secret = self.decapsulation.decapsulate(&ciphertext);
        Ok(join(&secret, &self.x25519.complete(x25519)?))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519MLKEM768
    }
}
