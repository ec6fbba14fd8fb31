//! The profile: what this computer remembers of an account. No secret, no token, no letter.

use std::fs;
use std::path::{Path, PathBuf};

use amanah_client_sdk::invitation::Invitation;
use amanah_client_sdk::protocol::ids::{CentreId, Handle};
use serde::{Deserialize, Serialize};

use crate::files::{self, NewFile};
use crate::problem::{Case, Problem};

const SETTINGS: &str = "profile.toml";
const CERTIFICATE: &str = "relay.pem";
/// The checkpoint of the log that this account has cosigned last.
pub(crate) const WITNESSED: &str = "witness.note";

/// A remembered account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    /// Address of the relay.
    pub(crate) relay: String,
    /// The pinned centre.
    pub(crate) centre: CentreId,
    /// The name under which the account signs in.
    pub(crate) handle: Handle,
    /// The relay's certificate, where exactly one is trusted.
    pub(crate) certificate: Option<Vec<u8>>,
}

/// The file, as text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    relay: String,
    centre: String,
    handle: String,
    /// Whether exactly the certificate in the file beside this one is trusted.
    own_certificate: bool,
}

/// The folder of the profile: the one that was named, or the platform's place for settings.
///
/// # Errors
/// [`Case::NoHome`].
pub(crate) fn folder(named: Option<&Path>) -> Result<PathBuf, Problem> {
    if let Some(folder) = named {
        return Ok(folder.to_owned());
    }
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("XDG_CONFIG_HOME")
        .or_else(|| variable("APPDATA"))
        .or_else(|| variable("HOME").map(|home| home.join(".config")))
        .map(|settings| settings.join("amanah"))
        .ok_or_else(|| Case::NoHome.into())
}

impl Profile {
    /// Reads the profile.
    ///
    /// # Errors
    /// [`Case::NoProfile`], [`Case::ProfileBroken`].
    pub(crate) fn load(folder: &Path) -> Result<Self, Problem> {
        let broken = || Problem::naming(Case::ProfileBroken, "folder", &folder.display());
        let Ok(text) = fs::read_to_string(folder.join(SETTINGS)) else {
            return Err(Case::NoProfile.into());
        };
        let Settings { relay, centre, handle, own_certificate } = toml::from_str(&text).map_err(|_| broken())?;
        let link = format!("{relay}/join#{centre}");
        let Invitation { relay, centre } = link.parse().map_err(|_| broken())?;
        let handle = handle.parse().map_err(|_| broken())?;
        let certificate = own_certificate.then(|| fs::read(folder.join(CERTIFICATE))).transpose();
        let certificate = certificate.map_err(|_| broken())?;
        Ok(Self { relay, centre, handle, certificate })
    }

    /// Makes sure that no other account is remembered here.
    ///
    /// # Errors
    /// [`Case::ProfileExists`].
    pub(crate) fn check_vacant(folder: &Path) -> Result<(), Problem> {
        if folder.join(SETTINGS).exists() {
            return Err(Problem::naming(Case::ProfileExists, "folder", &folder.display()));
        }
        Ok(())
    }

    /// Remembers the account.
    ///
    /// # Errors
    /// [`Case::FileUnwritable`].
    pub(crate) fn save(&self, folder: &Path) -> Result<(), Problem> {
        let settings = Settings {
            relay: self.relay.clone(),
            centre: self.centre.to_string(),
            handle: self.handle.as_str().to_owned(),
            own_certificate: self.certificate.is_some(),
        };
        let path = folder.join(SETTINGS);
        let text = toml::to_string(&settings).map_err(|_| Problem::with_file(Case::FileUnwritable, &path))?;
        files::create_folder(folder)?;
        let certificate = folder.join(CERTIFICATE);
        let _was_not_there = fs::remove_file(&certificate);
        if let Some(pem) = &self.certificate {
            NewFile::create(&certificate)?.write(pem)?;
        }
        NewFile::create(&path)?.write(text.as_bytes())
    }

    /// Forgets the account.
    ///
    /// # Errors
    /// [`Case::NoProfile`].
    pub(crate) fn forget(folder: &Path) -> Result<(), Problem> {
        fs::remove_file(folder.join(SETTINGS)).map_err(|_| Case::NoProfile)?;
        for beside in [CERTIFICATE, WITNESSED] {
            let _was_not_there = fs::remove_file(folder.join(beside));
        }
        let _holds_something_else = fs::remove_dir(folder);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile {
            relay: "https://localhost:8443".to_owned(),
            centre: CentreId([7; 32]),
            handle: "bunga-3".parse().unwrap(),
            certificate: Some(b"-----BEGIN CERTIFICATE-----\n".to_vec()),
        }
    }

    #[test]
    fn a_profile_comes_back_as_it_was_saved_and_can_be_forgotten() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new");
        Profile::check_vacant(&folder).unwrap();
        profile().save(&folder).unwrap();
        assert_eq!(Profile::load(&folder).unwrap(), profile());
        assert_eq!(Profile::check_vacant(&folder).unwrap_err().case(), Case::ProfileExists);
        Profile::forget(&folder).unwrap();
        assert!(!folder.exists());
        assert_eq!(Profile::load(&folder).unwrap_err().case(), Case::NoProfile);
    }

    #[test]
    fn a_profile_whose_certificate_is_gone_trusts_no_other() {
        let place = tempfile::tempdir().unwrap();
        profile().save(place.path()).unwrap();
        fs::remove_file(place.path().join(CERTIFICATE)).unwrap();
        assert_eq!(Profile::load(place.path()).unwrap_err().case(), Case::ProfileBroken);
    }

    #[test]
    fn a_profile_with_a_relay_without_tls_is_not_used() {
        let place = tempfile::tempdir().unwrap();
        profile().save(place.path()).unwrap();
        let path = place.path().join(SETTINGS);
        let text = fs::read_to_string(&path).unwrap().replace("https", "http");
        fs::write(&path, text).unwrap();
        assert_eq!(Profile::load(place.path()).unwrap_err().case(), Case::ProfileBroken);
    }
}
