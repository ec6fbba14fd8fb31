//! A centre with a director, a counsellor and clients, each with devices of their own.

use std::time::{SystemTime, UNIX_EPOCH};

use amanah_client_sdk::account::{Account, Environment, Issued};
use amanah_client_sdk::consent::{GrantedCase, Terms};
use amanah_client_sdk::director::Director;
use amanah_client_sdk::transport::{Clock, Transport};
use amanah_client_sdk::{Passphrase, Sheet};
use amanah_protocol::centre::{Appointment, Licence, RelayCertificate, Role};
use amanah_protocol::consent::{Document, Permission, Purpose, Retention, Wording};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, CentreId, Handle, SessionId, Timestamp};
use amanah_protocol::signature::VerifyingKey;
use getrandom::SysRng;
use rand_core::UnwrapErr;

use crate::browser::from_xtask;
use crate::in_process::InProcess;
use crate::relay::{Relay, Store};

/// Randomness of the operating system.
pub type Rng = UnwrapErr<SysRng>;

/// A device of somebody.
pub type Device<T> = Account<T, Wall, Rng>;

/// The clock on the wall.
#[derive(Debug, Clone, Copy)]
pub struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        Timestamp(u64::try_from(since.as_millis()).expect("before the year 500,000,000"))
    }
}

/// One day in milliseconds.
pub const DAY: u64 = 86_400_000;

/// The passphrase of everybody in these stories.
pub const PASSPHRASE: &str = "kucing hitam di atas atap";

/// Randomness of the operating system.
pub fn rng() -> Rng {
    UnwrapErr(SysRng)
}

/// [`PASSPHRASE`] as a client takes it.
///
/// # Panics
/// If it fails.
pub fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE.to_owned()).expect("long enough")
}

/// A handle.
///
/// # Panics
/// If the text is none.
pub fn handle(text: &str) -> Handle {
    text.parse().expect("a handle")
}

/// Everything outside a device, over this transport.
pub fn environment<T: Transport>(transport: T) -> Environment<T, Wall, Rng> {
    Environment { transport, clock: Wall, rng: rng() }
}

/// A relay that people can reach, wherever it runs.
pub trait Reach {
    /// The way to it.
    type Way: Transport;

    /// A new way to it.
    fn transport(&self) -> Self::Way;

    /// The key that the director certifies.
    fn key(&self) -> VerifyingKey;
}

/// A centre: its director, its relay, and the relay certified.
pub struct Centre<R = Relay> {
    /// Holds the root.
    pub director: Director,
    /// The running relay.
    pub relay: R,
    /// What clients pin.
    pub id: CentreId,
}

impl Centre<InProcess> {
    /// A new centre with a relay in this process.
    pub async fn in_process() -> Self {
        let (director, _) = Director::create(&mut rng(), &passphrase());
        let relay = InProcess::start(director.root()).await;
        Self::begin(director, relay).await
    }
}

impl Centre {
    /// A new centre with a relay on this store, its key certified and a consent document published.
    pub async fn found(store: Store) -> Self {
        let (director, _) = Director::create(&mut rng(), &passphrase());
        let relay = Relay::start(store, director.root());
        Self::begin(director, relay).await
    }
}

impl Centre {
    /// A new centre whose relay serves the web client.
    pub async fn with_web_client() -> Self {
        let (director, _) = Director::create(&mut rng(), &passphrase());
        let relay = Relay::with_web_client(&director);
        Self::begin(director, relay).await
    }
}

impl Relay {
    /// A relay that serves the web client.
    pub fn with_web_client(director: &Director) -> Self {
        let web: &'static str = from_xtask("AMANAH_TEST_WEB").display().to_string().leak();
        let settings = [("AMANAH_WEB", web), ("AMANAH_SIGN_IN_BURST", "10000"), ("AMANAH_REGISTRATION_BURST", "10000")];
        Self::start_with(Store::Sqlite, director.root(), &settings)
    }
}

impl<R: Reach> Centre<R> {
    /// Certifies the relay and publishes a consent document.
    ///
    /// # Panics
    /// If it fails.
    pub async fn begin(director: Director, relay: R) -> Self {
        let id = director.centre();
        let (from, until) = (Timestamp(Wall.now().0 - DAY), Wall.now().plus(365 * DAY));
        let certificate = RelayCertificate { centre: id, key: relay.key(), from, until };
        director.certify_relay(relay.transport(), certificate).await.expect("certified");
        let (document, texts) = consent_document(id, 1);
        director.publish_document(relay.transport(), document, &texts).await.expect("published");
        Self { director, relay, id }
    }

    /// Registers a client over this transport.
    ///
    /// # Panics
    /// If it fails.
    pub async fn client_over<T: Transport>(&self, name: &str, transport: T) -> (Device<T>, Issued) {
        self.registered(name, transport, false).await
    }

    /// Registers somebody over this transport, with a sheet or without.
    ///
    /// # Panics
    /// If it fails.
    pub async fn registered<T: Transport>(&self, name: &str, transport: T, staff: bool) -> (Device<T>, Issued) {
        let issued = Issued::generate(&mut rng(), staff);
        let account = Account::register(environment(transport), self.id, &handle(name), &passphrase(), &issued).await;
        (account.expect("registered"), issued)
    }

    /// Registers a client.
    pub async fn client(&self, name: &str) -> Device<R::Way> {
        self.client_over(name, self.relay.transport()).await.0
    }

    /// Registers and appoints a counsellor.
    ///
    /// # Panics
    /// If it fails.
    pub async fn counsellor(&self, name: &str) -> (Device<R::Way>, Sheet) {
        let (mut account, issued) = self.registered(name, self.relay.transport(), true).await;
        self.appoint(account.id(), Role::Counsellor, name).await;
        account.refresh_centre().await.expect("the centre's record");
        (account, issued.sheet.expect("staff has a sheet"))
    }

    /// Appoints an account.
    ///
    /// # Panics
    /// If it fails.
    pub async fn appoint(&self, account: AccountId, role: Role, name: &str) {
        self.director
            .appoint(self.relay.transport(), appointment(self.id, account, role, name))
            .await
            .expect("appointed");
    }

    /// Signs in on another device over this transport.
    ///
    /// # Panics
    /// If it fails.
    pub async fn another_device_over<T: Transport>(
        &self,
        name: &str,
        sheet: Option<&Sheet>,
        transport: T,
    ) -> Device<T> {
        let signed_in = Account::sign_in(environment(transport), self.id, &handle(name), &passphrase(), sheet).await;
        signed_in.expect("signed in")
    }

    /// Signs in on another device.
    pub async fn another_device(&self, name: &str, sheet: Option<&Sheet>) -> Device<R::Way> {
        self.another_device_over(name, sheet, self.relay.transport()).await
    }
}

/// An appointment for a year, with a licence.
pub fn appointment(centre: CentreId, account: AccountId, role: Role, name: &str) -> Appointment {
    let (from, until) = (Timestamp(Wall.now().0 - DAY), Wall.now().plus(365 * DAY));
    let licence = Licence {
        number: "STR-0001".to_owned(),
        board: "Contoh".to_owned(),
        jurisdiction: "ID".to_owned(),
        link: "https://board.example/STR-0001".to_owned(),
        expires: until,
    };
    Appointment { centre, account, role, name: name.to_owned(), licence: Some(licence), from, until }
}

/// A consent document in Indonesian and English.
pub fn consent_document(centre: CentreId, number: u32) -> (Document, Vec<String>) {
    let texts = vec!["Persetujuan konseling …".to_owned(), "Consent to counselling …".to_owned()];
    let wording = |locale: &str, text: &String| Wording {
        locale: locale.to_owned(),
        data: "letters, sealed".to_owned(),
        rights: "read, export, withdraw".to_owned(),
        hours: match locale {
            "id" => "Senin sampai Jumat; jawaban dalam dua hari kerja.".to_owned(),
            _ => "Monday to Friday; an answer within two working days.".to_owned(),
        },
        contacts: "counselling@centre.example".to_owned(),
        complaint: "ethics@centre.example".to_owned(),
        body: of_bytes(text.as_bytes()),
    };
    let wordings = ["id", "en"].iter().zip(&texts).map(|(locale, text)| wording(locale, text)).collect();
    let retention = Retention { floor_days: 365, ceiling_days: 1825 };
    // everything but notices by e-mail
    let purposes = Purpose::ALL.iter().copied().filter(|purpose| *purpose != Purpose::EmailNotice).collect();
    (Document { centre, number, wordings, purposes, retention, escrow_policy: None, grace_days: 30 }, texts)
}

/// One thing more than what was granted before.
///
/// # Panics
/// If the client has read of no document.
pub fn also<T: Transport>(client: &Device<T>, permission: Permission) -> Terms {
    client.terms("id").expect("a document").and([permission])
}

/// Escrow under this policy, and nothing else more than what was granted before.
///
/// # Panics
/// If the client has read of no document.
pub fn escrow_by<T: Transport>(client: &Device<T>, policy: Hash) -> Terms {
    Terms { escrow: Some(policy), ..client.terms("id").expect("a document") }
}

/// A client grants counselling and opens a session.
///
/// # Panics
/// If it fails.
pub async fn open_session<T: Transport>(client: &mut Device<T>, counsellor: AccountId) -> (SessionId, GrantedCase) {
    let granted = client.grant(counsellor, &client.terms("id").expect("a document")).await.expect("granted");
    let session = client.open_session(granted, counsellor).await.expect("opened");
    (session, granted)
}

/// Writes and sends a letter.
///
/// # Panics
/// If it fails.
pub async fn send<T: Transport>(device: &mut Device<T>, session: SessionId, text: &str) {
    let draft = device.draft(text.to_owned(), None).expect("a draft");
    device.send(session, &draft).await.expect("sent");
}

/// Reads the whole thread as texts, and asserts that nothing was wrong with it.
///
/// # Panics
/// If it fails.
pub async fn read<T: Transport>(device: &mut Device<T>, session: SessionId) -> Vec<String> {
    let thread = device.sync(session).await.expect("synced");
    assert_eq!(thread.fault(), None);
    let text = |letter: &amanah_client_sdk::thread::ReadLetter| letter.words().expect("opens").to_owned();
    thread.written().map(text).collect()
}
