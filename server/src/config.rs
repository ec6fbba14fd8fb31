//! Settings: from the environment and the command line, each with what it risks (docs/operating.md).

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// Settings of the relay.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Folder with the relay's keys and, with SQLite, its database. Whoever reads it can guess weak passphrases.
    #[arg(long, env = "AMANAH_DATA", default_value = "amanah-data")]
    pub data: PathBuf,
    /// Database: `sqlite:PATH` or `postgres://…`; by default a file in the data folder
    #[arg(long, env = "AMANAH_DATABASE")]
    pub database: Option<String>,
    /// Address to listen on; port 0 takes a free one. Beyond 127.0.0.1 the relay is open to that network.
    #[arg(long, env = "AMANAH_LISTEN", default_value = "127.0.0.1:8443")]
    pub listen: SocketAddr,
    /// Further names for the self-signed certificate of the first start
    #[arg(long, env = "AMANAH_NAMES", value_delimiter = ',')]
    pub names: Vec<String>,
    /// Certificate chain (PEM) to use instead of the self-signed one
    #[arg(long, env = "AMANAH_TLS_CERTIFICATE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// Key (PEM) of that certificate
    #[arg(long, env = "AMANAH_TLS_KEY", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Plain HTTP for a proxy on this machine that speaks TLS itself. Metadata and tokens are open on that way.
    #[arg(long, env = "AMANAH_BEHIND_PROXY")]
    pub behind_proxy: bool,
    /// Folder with the web client, as `cargo xtask web` builds it; by default `web` beside this program, if it is there.
    /// Whoever can write there decides what runs in people's browsers from the next start on.
    #[arg(long, env = "AMANAH_WEB")]
    pub web: Option<PathBuf>,
    /// Sign-ins and recoveries from one address before it has to wait; more means more guesses
    #[arg(long, env = "AMANAH_SIGN_IN_BURST", default_value_t = 20)]
    pub sign_in_burst: u32,
    /// Registrations from one address before it has to wait; more means more empty accounts
    #[arg(long, env = "AMANAH_REGISTRATION_BURST", default_value_t = 10)]
    pub registration_burst: u32,
}

impl Settings {
    /// The database's URL.
    pub fn database_url(&self) -> String {
        let file = || format!("sqlite:{}", self.data.join("amanah.db").display());
        self.database.clone().unwrap_or_else(file)
    }

    /// The folder with the web client, if there is to be one.
    pub(crate) fn web_client(&self) -> Option<PathBuf> {
        let beside = || Some(std::env::current_exe().ok()?.with_file_name("web")).filter(|folder| folder.exists());
        self.web.clone().or_else(beside)
    }
}
