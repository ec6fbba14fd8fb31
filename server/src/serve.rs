//! What an operator does with a relay: make it, run it, look after it.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use amanah_protocol::centre::{SignedRoot, UnverifiedRoot};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{CentreId, Timestamp};
use amanah_protocol::record::Kind;
use amanah_protocol::signature::{Signer, VerifyingKey};
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::config::Settings;
use crate::http::{self, Relay, now};
use crate::keys::{KeyFileError, RelayKey};
use crate::opaque::Opaque;
use crate::store::{Due, Filter, NewStructure, Store, StoreError, append};
use crate::throttle::Throttle;
use crate::tls::{self, Files, TlsError};
use crate::web::{WebClient, WebClientError};

/// How long open requests may go on after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long a connection may take to say what it wants.
const HEADERS: Duration = Duration::from_secs(10);
/// How often the throttle forgets whoever has not come for a while.
const FORGET: Duration = Duration::from_mins(10);
/// How often the relay looks for releases of which a session is to hear by now, so that its listeners hear, too.
const ANNOUNCE: Duration = Duration::from_secs(30);

/// Why the relay does not run. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The folder cannot be made or the address not taken.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A key file is not used.
    #[error("{0}: {1}")]
    KeyFile(&'static str, #[source] KeyFileProblem),
    /// TLS is not set up.
    #[error("TLS: {0}")]
    Tls(String),
    /// The web client is not served.
    #[error("web client: {0}")]
    WebClient(String),
    /// The database is not opened. It was not changed.
    #[error("database: {0}")]
    Store(String),
    /// The root file does not hold a centre's first root.
    #[error("the root file does not hold a centre's root; make one with `amanah centre create`")]
    Root,
    /// The data folder belongs to another centre.
    #[error("this database belongs to the centre {0}; take another data folder and database")]
    OtherCentre(CentreId),
    /// The data folder belongs to no centre yet.
    #[error("this relay serves no centre yet; run `amanah-server init --root FILE` first")]
    NoCentre,
}

/// Why a key file is not used, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct KeyFileProblem(String);

fn key_file(name: &'static str) -> impl Fn(KeyFileError) -> RelayError {
    move |error| RelayError::KeyFile(name, KeyFileProblem(error.to_string()))
}

impl From<TlsError> for RelayError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error.to_string())
    }
}

impl From<WebClientError> for RelayError {
    fn from(error: WebClientError) -> Self {
        Self::WebClient(error.to_string())
    }
}

impl From<StoreError> for RelayError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

/// A relay that is open but listens to nobody yet.
pub struct App {
    relay: Arc<Relay>,
    closing: watch::Sender<bool>,
}

impl App {
    /// Opens keys, database and web client of a relay that [`init`] made, and says in the log which web client that is.
    ///
    /// # Errors
    /// [`RelayError`]; nothing was changed but missing migrations.
    pub async fn open(settings: &Settings) -> Result<Self, RelayError> {
        let web_client = settings.web_client().map(|folder| WebClient::open(&folder)).transpose()?;
        let app = Self::open_with(settings, web_client).await?;
        app.relay.log_web_client().await?;
        Ok(app)
    }

    async fn open_with(settings: &Settings, web_client: Option<WebClient>) -> Result<Self, RelayError> {
        let store = Store::open(&settings.database_url()).await?;
        let root = stored_root(&store).await?.ok_or(RelayError::NoCentre)?;
        let opaque = Opaque::open(&settings.data, root.centre()).map_err(key_file("opaque.key"))?;
        let (closing, closed) = watch::channel(false);
        let relay = Relay {
            store,
            opaque,
            root,
            key: Arc::new(RelayKey::open(&settings.data).map_err(key_file("relay.key"))?),
            throttle: Throttle::new(settings.registration_burst, settings.sign_in_burst),
            behind_proxy: settings.behind_proxy,
            web_client,
            closing: closed,
        };
        Ok(Self { relay: Arc::new(relay), closing })
    }

    /// The whole relay as one service, without TLS.
    pub fn router(&self) -> Router {
        http::router(self.relay.clone())
    }

    /// The key that the director certifies.
    pub fn key(&self) -> VerifyingKey {
        self.relay.key.verifying_key()
    }
}

async fn stored_root(store: &Store) -> Result<Option<SignedRoot>, RelayError> {
    let (entries, _) = store.page(Filter::Centre, 0).await?;
    let Some(first) = entries.iter().find(|entry| entry.kind == Kind::Root) else {
        return Ok(None);
    };
    parse_root(&first.body.0).map(Some)
}

fn parse_root(wire: &[u8]) -> Result<SignedRoot, RelayError> {
    let root = UnverifiedRoot::parse(wire).map_err(|_| RelayError::Root)?;
    let centre = root.claimed_centre();
    root.verify_first(centre).map_err(|_| RelayError::Root)
}

/// Writes everything that is stored to a new file, for an auditor (docs/auditing.md). Nothing is changed but
/// missing migrations.
///
/// # Errors
/// [`RelayError`]: no relay is here, or the file is there already.
pub async fn export(settings: &Settings, to: &Path) -> Result<(), RelayError> {
    let app = App::open_with(settings, None).await?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let (frames, mut waiting) = mpsc::channel::<Vec<u8>>(2);
    let store = app.relay.store.clone();
    let keys = (app.relay.root.clone(), app.relay.key.clone());
    let sent = tokio::spawn(async move { crate::bundle::send(&store, keys, http::now(), frames).await });
    while let Some(frame) = waiting.recv().await {
        file.write_all(&frame)?;
    }
    let sent = sent.await.unwrap_or(Err(StoreError::Unavailable));
    file.sync_all()?;
    app.relay.store.clone().close().await;
    Ok(sent?)
}

/// Makes the keys, the certificate and the database of a relay for a centre. Doing it again changes nothing.
///
/// # Errors
/// [`RelayError`]: no root, another centre's database, or no permission.
pub async fn init(settings: &Settings, root: &[u8]) -> Result<VerifyingKey, RelayError> {
    let root = parse_root(root)?;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&settings.data)?;
    let store = Store::create(&settings.database_url()).await?;
    match stored_root(&store).await? {
        Some(stored) if stored.centre() != root.centre() => return Err(RelayError::OtherCentre(stored.centre())),
        // A new `opaque.key` beside accounts would lock all of them out.
        Some(_) => {}
        None => {
            Opaque::create(&settings.data).map_err(key_file("opaque.key"))?;
            store_root(&store, &root, now()).await?;
        }
    }
    RelayKey::create(&settings.data).map_err(key_file("relay.key"))?;
    let key = RelayKey::open(&settings.data).map_err(key_file("relay.key"))?.verifying_key();
    Opaque::open(&settings.data, root.centre()).map_err(key_file("opaque.key"))?;
    certificate(settings)?;
    store.close().await;
    Ok(key)
}

async fn store_root(store: &Store, root: &SignedRoot, now: Timestamp) -> Result<(), StoreError> {
    let new = NewStructure {
        kind: Kind::Root,
        hash: root.hash(),
        account: None,
        case: None,
        session: None,
        body: root.wire().to_vec(),
        parts: Vec::new(),
    };
    store.change(move |connection| Box::pin(async move { append(connection, &new, now).await })).await?;
    Ok(())
}

fn certificate(settings: &Settings) -> Result<Files, TlsError> {
    match (&settings.tls_certificate, &settings.tls_key) {
        (Some(certificate), Some(key)) => Ok(Files { certificate: certificate.clone(), key: key.clone() }),
        _ => Files::in_folder(&settings.data, &settings.names),
    }
}

/// Applies missing migrations.
///
/// # Errors
/// [`RelayError::Store`]: the database is newer than this program or was changed by somebody else; it stays as it was.
pub async fn migrate(settings: &Settings) -> Result<(), RelayError> {
    Ok(Store::migrate(&settings.database_url()).await?)
}

/// Looks at everything that a relay needs, changes nothing, and says what it found, one line each.
pub async fn doctor(settings: &Settings) -> Vec<Result<String, String>> {
    let say = |name: &str, result: Result<String, String>| match result {
        Ok(good) => Ok(format!("{name}: {good}")),
        Err(bad) => Err(format!("{name}: {bad}")),
    };
    let root = look_at_database(settings).await;
    let relay_key = RelayKey::open(&settings.data).map(|key| format!("signs as {}", key.verifying_key()));
    let opaque = match &root {
        Ok(root) => Opaque::open(&settings.data, root.centre()).map(|_| ()),
        Err(_) => crate::keys::read(&settings.data.join("opaque.key")).map(|_| ()),
    };
    let opaque = opaque.map(|()| "its owner alone reads it".to_owned());
    let database = root.map(|root| format!("serves the centre {}", root.centre()));
    let web_client = settings.web_client().map_or_else(
        || Ok("none is served".to_owned()),
        |folder| WebClient::open(&folder).map(|web_client| format!("manifest {}", web_client.hash)),
    );
    vec![
        say("relay.key", relay_key.map_err(|error| error.to_string())),
        say("opaque.key", opaque.map_err(|error| error.to_string())),
        say("certificate", look_at_certificate(settings)),
        say("database", database.map_err(|error| error.to_string())),
        say("web client", web_client.map_err(|error| error.to_string())),
    ]
}

async fn look_at_database(settings: &Settings) -> Result<SignedRoot, RelayError> {
    let first = Store::look(&settings.database_url()).await?.ok_or(RelayError::NoCentre)?;
    parse_root(&first.body.0)
}

fn look_at_certificate(settings: &Settings) -> Result<String, String> {
    if settings.behind_proxy {
        return Ok("not used behind a proxy".to_owned());
    }
    let files = match (&settings.tls_certificate, &settings.tls_key) {
        (Some(certificate), Some(key)) => Files { certificate: certificate.clone(), key: key.clone() },
        _ => Files { certificate: settings.data.join("tls.crt"), key: settings.data.join("tls.key") },
    };
    tls::config(&files).map(|_| "fits its key".to_owned()).map_err(|error| error.to_string())
}

/// The OpenAPI document, generated from the code.
///
/// # Errors
/// Never in practice: the document is plain data.
pub fn openapi() -> Result<String, serde_json::Error> {
    http::openapi().to_pretty_json()
}

/// A relay that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Its address.
    pub address: String,
    /// The SHA-256 of the manifest of the web client that it serves, if it serves one.
    pub web_client: Option<Hash>,
}

/// Runs the relay until SIGTERM or SIGINT, then lets open requests end. `ready` is told once it listens.
///
/// # Errors
/// [`RelayError`].
pub async fn serve(settings: &Settings, ready: impl FnOnce(&Ready) -> std::io::Result<()>) -> Result<(), RelayError> {
    let app = App::open(settings).await?;
    let listener = TcpListener::bind(settings.listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let web_client = app.relay.web_client.as_ref().map(|web_client| web_client.hash);
    if let Some(hash) = web_client {
        tracing::info!(manifest = %hash, "serves the web client");
    } else {
        tracing::info!("serves no web client: none is named, and there is none beside this program");
    }
    let listens = |scheme: &str| Ready { address: format!("{scheme}://{address}"), web_client };
    let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    // heard before anybody is told that the relay runs
    let signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    tokio::spawn(stop_on_signal(signals, handle.clone(), app.closing));
    tokio::spawn(forget(app.relay.clone()));
    tokio::spawn(announce(app.relay.clone()));
    if settings.behind_proxy {
        let mut server = axum_server::from_tcp(listener)?.first_request_timeout(HEADERS);
        server.http_builder().http1().header_read_timeout(HEADERS);
        ready(&listens("http"))?;
        server.handle(handle).serve(service).await?;
    } else {
        let config = RustlsConfig::from_config(tls::config(&certificate(settings)?)?);
        let mut server = axum_server::from_tcp_rustls(listener, config)?.first_request_timeout(HEADERS);
        server.http_builder().http1().header_read_timeout(HEADERS);
        ready(&listens("https"))?;
        server.handle(handle).serve(service).await?;
    }
    app.relay.store.clone().close().await;
    Ok(())
}

async fn stop_on_signal([mut term, mut int]: [Signal; 2], handle: Handle<SocketAddr>, closing: watch::Sender<bool>) {
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    tracing::info!("stopping; open requests may end");
    closing.send_replace(true);
    handle.graceful_shutdown(Some(GRACE));
}

async fn forget(relay: Arc<Relay>) {
    let mut every = tokio::time::interval(FORGET);
    loop {
        every.tick().await;
        relay.throttle.forget();
    }
}

async fn announce(relay: Arc<Relay>) {
    let mut every = tokio::time::interval(ANNOUNCE);
    let mut closing = relay.closing.clone();
    loop {
        tokio::select! {
            _ = every.tick() => {}
            _ = closing.changed() => return,
        }
        if let Err(error) = relay.announce(Due::Anywhere).await {
            tracing::warn!(%error, "notices of releases were not stored; the next round tries again");
        }
    }
}
