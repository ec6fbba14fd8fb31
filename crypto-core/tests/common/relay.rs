//! The relay's side of sign-in as the relay has it: the same suite, without stretching.

use opaque_ke::rand::{CryptoRng, RngCore};
use opaque_ke::{
    CipherSuite, CredentialFinalization, CredentialRequest, Identifiers, RegistrationRequest, RegistrationUpload,
    Ristretto255, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup, TripleDh,
};

use crate::common::Blocks;

pub(crate) struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, opaque_sha2::Sha512>;
    type Ksf = opaque_ke::ksf::Identity;
}

struct Rng(Blocks);

impl RngCore for Rng {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.0.bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.0.bytes())
    }

    fn fill_bytes(&mut self, destination: &mut [u8]) {
        rand_core::Rng::fill_bytes(&mut self.0, destination);
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), opaque_ke::rand::Error> {
        self.fill_bytes(destination);
        Ok(())
    }
}

impl CryptoRng for Rng {}

pub(crate) struct Relay {
    rng: Rng,
    setup: ServerSetup<Suite>,
    handle: &'static str,
    centre: [u8; 32],
    record: Option<ServerRegistration<Suite>>,
}

impl Relay {
    pub(crate) fn new(seed: &str, handle: &'static str, centre: [u8; 32]) -> Self {
        let mut rng = Rng(Blocks::new(seed));
        Self { setup: ServerSetup::new(&mut rng), rng, handle, centre, record: None }
    }

    pub(crate) fn registration(&self, request: &[u8]) -> Vec<u8> {
        let request = RegistrationRequest::deserialize(request).unwrap();
        let start = ServerRegistration::<Suite>::start(&self.setup, request, self.handle.as_bytes()).unwrap();
        start.message.serialize().to_vec()
    }

    pub(crate) fn store(&mut self, upload: &[u8]) {
        self.record = Some(ServerRegistration::finish(RegistrationUpload::deserialize(upload).unwrap()));
    }

    fn parameters(&self) -> ServerLoginParameters<'_, '_> {
        let identifiers = Identifiers { client: Some(self.handle.as_bytes()), server: Some(&self.centre) };
        ServerLoginParameters { context: Some(b"amanah/v1/opaque"), identifiers }
    }

    /// KE2, and what checks KE3. Without a record it answers all the same.
    pub(crate) fn sign_in(&mut self, request: &[u8]) -> (Vec<u8>, ServerLogin<Suite>) {
        let request = CredentialRequest::deserialize(request).unwrap();
        let mut rng = Rng(Blocks::new("relay's sign-in"));
        std::mem::swap(&mut rng, &mut self.rng);
        let (record, handle) = (self.record.clone(), self.handle.as_bytes());
        let start = ServerLogin::start(&mut rng, &self.setup, record, request, handle, self.parameters()).unwrap();
        self.rng = rng;
        (start.message.serialize().to_vec(), start.state)
    }

    /// Whether KE3 proves the passphrase.
    pub(crate) fn admits(&self, login: ServerLogin<Suite>, finalization: &[u8]) -> bool {
        let finalization = CredentialFinalization::deserialize(finalization).unwrap();
        login.finish(finalization, self.parameters()).is_ok()
    }
}
