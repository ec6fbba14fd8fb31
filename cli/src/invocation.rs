//! One run of the program: its options, the way to the relay, and the account that signs in.

use std::path::PathBuf;
use std::time::Duration;

use amanah_client_sdk::account::{Account, Environment};
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::protocol::ids::CentreId;
use amanah_client_sdk::{Passphrase, Sheet};
use getrandom::SysRng;
use rand_core::UnwrapErr;

use crate::args::{Global, Place};
use crate::files;
use crate::moment::Wall;
use crate::output::Output;
use crate::passphrase;
use crate::problem::{Case, Problem};
use crate::profile::{self, Profile};
use crate::texts::Texts;

/// Randomness of the operating system.
pub(crate) type Rng = UnwrapErr<SysRng>;

/// Everything outside the SDK.
pub(crate) type Outside = Environment<HttpTransport, Wall, Rng>;

/// A signed-in account.
pub(crate) type Device = Account<HttpTransport, Wall, Rng>;

/// What the person at the terminal signs in with.
pub(crate) struct Secrets {
    /// The passphrase.
    pub(crate) passphrase: Passphrase,
    /// The sheet of staff.
    pub(crate) sheet: Option<Sheet>,
}

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(15);

/// How long a relay may be silent; on a quiet stream of news it speaks every twenty seconds.
const SILENCE: Duration = Duration::from_mins(1);

/// One run of the program.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// Options of every command.
    pub(crate) global: Global,
    /// Texts in the chosen language.
    pub(crate) texts: Texts,
}

/// Randomness of the operating system.
pub(crate) const fn rng() -> Rng {
    UnwrapErr(SysRng)
}

impl Invocation {
    /// How to write answers.
    pub(crate) const fn output(&self) -> Output {
        Output { json: self.global.json, texts: self.texts }
    }

    /// The folder of the profile.
    ///
    /// # Errors
    /// [`Case::NoHome`].
    pub(crate) fn folder(&self) -> Result<PathBuf, Problem> {
        profile::folder(self.global.profile.as_deref())
    }

    /// The profile.
    ///
    /// # Errors
    /// [`Case::NoProfile`], [`Case::ProfileBroken`].
    pub(crate) fn profile(&self) -> Result<Profile, Problem> {
        Profile::load(&self.folder()?)
    }

    /// The relay and the centre that were named, or those of the profile.
    ///
    /// # Errors
    /// [`Case::RelayAndCentreNeeded`] without either.
    pub(crate) fn place(&self, named: &Place) -> Result<(String, CentreId), Problem> {
        if let (Some(relay), Some(centre)) = (&named.relay, named.centre) {
            return Ok((relay.clone(), centre));
        }
        match self.profile() {
            Ok(profile) => Ok((profile.relay, profile.centre)),
            Err(problem) if problem.case() == Case::NoProfile => Err(Case::RelayAndCentreNeeded.into()),
            Err(problem) => Err(problem),
        }
    }

    /// The certificate to trust for this relay alone: the one that was named, or the profile's for the same relay.
    ///
    /// # Errors
    /// [`Case::FileUnreadable`].
    pub(crate) fn certificate(&self, relay: &str) -> Result<Option<Vec<u8>>, Problem> {
        match &self.global.relay_certificate {
            Some(path) => files::read(path).map(Some),
            None => Ok(self.profile().ok().filter(|profile| profile.relay == relay).and_then(|p| p.certificate)),
        }
    }

    /// The way to a relay, by TLS 1.3 alone.
    ///
    /// # Errors
    /// [`Case::CertificateFile`], [`Case::TlsSetup`].
    pub(crate) fn transport(&self, relay: &str) -> Result<HttpTransport, Problem> {
        let mut client = reqwest::Client::builder()
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .tls_version_min(reqwest::tls::Version::TLS_1_3)
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE);
        if let Some(pem) = self.certificate(relay)? {
            let certificates = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
            if certificates.is_empty() {
                return Err(Case::CertificateFile.into());
            }
            client = client.tls_certs_only(certificates);
        }
        Ok(HttpTransport::new(client.build().map_err(|_| Case::TlsSetup)?, relay))
    }

    /// Everything outside the SDK, with the way to this relay.
    ///
    /// # Errors
    /// [`Case::CertificateFile`], [`Case::TlsSetup`].
    pub(crate) fn outside(&self, relay: &str) -> Result<Outside, Problem> {
        Ok(Environment { transport: self.transport(relay)?, clock: Wall, rng: rng() })
    }

    /// Signs in with the secrets of the person at the terminal, who is asked for the sheet if it is needed. Gives the
    /// secrets too.
    ///
    /// # Errors
    /// [`Problem`].
    pub(crate) async fn sign_in(&self, profile: &Profile) -> Result<(Device, Secrets), Problem> {
        let (passphrase, sheet) = (passphrase::current(&self.global, self.texts)?, passphrase::sheet(&self.global)?);
        let mut secrets = Secrets { passphrase, sheet };
        match self.sign_in_with(profile, &secrets).await {
            Err(problem) if problem.case() == Case::NeedsSheet && secrets.sheet.is_none() => {
                secrets.sheet = Some(passphrase::ask_sheet(self.texts)?);
                Ok((self.sign_in_with(profile, &secrets).await?, secrets))
            }
            signed_in => Ok((signed_in?, secrets)),
        }
    }

    /// Signs in with these secrets.
    ///
    /// # Errors
    /// [`Problem`].
    pub(crate) async fn sign_in_with(&self, profile: &Profile, secrets: &Secrets) -> Result<Device, Problem> {
        let (Profile { relay, centre, handle, .. }, Secrets { passphrase, sheet }) = (profile, secrets);
        Ok(Account::sign_in(self.outside(relay)?, *centre, handle, passphrase, sheet.as_ref()).await?)
    }

    /// Signs in to the profile's account, does the work, and ends the sign-in whatever came of it.
    ///
    /// # Errors
    /// [`Problem`] of the sign-in or of the work.
    pub(crate) async fn signed_in<A>(
        &self,
        work: impl AsyncFnOnce(&mut Device, Passphrase) -> Result<A, Problem>,
    ) -> Result<A, Problem> {
        let (mut account, secrets) = self.sign_in(&self.profile()?).await?;
        let outcome = work(&mut account, secrets.passphrase).await;
        sign_out(account).await;
        outcome
    }
}

/// Ends a sign-in. A relay that does not hear it forgets the token by itself.
pub(crate) async fn sign_out(account: Device) {
    let _ends_by_itself = account.sign_out().await;
}
