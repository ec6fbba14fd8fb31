//! TLS 1.3 with the hybrid key exchange, and the self-signed certificate of a first start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::keys::{KeyFileError, create};

/// Where the certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Why TLS is not set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file cannot be read or made.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// A file does not hold PEM.
    #[error("the certificate or its key is not PEM: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// The certificate cannot be made.
    #[error("no certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
    /// Certificate and key do not fit together.
    #[error("certificate and key do not fit together: {0}")]
    Rustls(#[from] rustls::Error),
}

impl Files {
    /// `tls.crt` and `tls.key` in the relay's folder; made for these names if they are not there.
    pub(crate) fn in_folder(folder: &Path, names: &[String]) -> Result<Self, TlsError> {
        let files = Self { certificate: folder.join("tls.crt"), key: folder.join("tls.key") };
        if !files.key.exists() {
            let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
            let made = rcgen::generate_simple_self_signed([own.as_slice(), names].concat())?;
            std::fs::write(&files.certificate, made.cert.pem()).map_err(KeyFileError::from)?;
            create(&files.key, Zeroizing::new(made.signing_key.serialize_pem()).as_bytes())?;
        }
        Ok(files)
    }
}

/// A server that speaks TLS 1.3 and nothing older.
pub(crate) fn config(files: &Files) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = CertificateDer::pem_file_iter(&files.certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&files.key)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(amanah_tls::provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
