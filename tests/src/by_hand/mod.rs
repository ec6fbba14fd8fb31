//! People who speak to the relay by hand: every structure can be made, right or wrong, and signed by anybody.

pub mod escrow;
mod forger;

use amanah_client_sdk::director::Director;
use amanah_client_sdk::transport::Clock;
use amanah_crypto_core::epoch::{AuthoredEpoch, EpochCards, author_epoch};
use amanah_crypto_core::identity::{Identity, Keyring};
use amanah_crypto_core::opaque::{ExportKey, Registration, SignIn};
use amanah_crypto_core::recovery::RecoveryCode;
use amanah_crypto_core::root::RootKey;
use amanah_crypto_core::vault::VaultKey;
use amanah_protocol::account::{RecoveryRequest, VaultHead, vault_hash};
use amanah_protocol::api::{
    Bytes, Credential, ProblemCode, RecoveryAnswer, RegistrationAnswer, RegistrationFinish, SignInAnswer, SignInFinish,
    SignedIn, Vault as StoredVault, VaultUpdate,
};
use amanah_protocol::card::SignedCard;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Document, Grant, Guardianship, Permission, Purpose};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::history::{History, HistoryOutline};
use amanah_protocol::ids::{AccountId, CaseId, Handle, LetterId, SessionId, Timestamp};
use amanah_protocol::letter::{Letter, LetterHeader, Transcript};
use amanah_protocol::manifest::{Acceptance, Capabilities, Manifest, Member, Outline, Reason, Trustee};
use amanah_protocol::record::{HistoryUpload, Kind, LetterUpload, ManifestUpload, Page};
use amanah_protocol::signature::{Signed, Unverified};
use rand_core::Rng as _;
use reqwest::Method;
use serde_json::json;

use self::escrow::Escrowed;
pub use self::forger::Forger;
use crate::door::{Asked, CBOR, Door, JSON};
use crate::people::{Centre, PASSPHRASE, Wall, appointment, handle, passphrase, rng};
use crate::relay::{Relay, Store};

/// Random bytes.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rng().fill_bytes(&mut bytes);
    bytes
}

/// Somebody with an account, whose keys and token are at hand.
pub struct Hand {
    /// Under this name.
    pub handle: Handle,
    /// Signs.
    pub identity: Identity,
    /// The first card.
    pub card: SignedCard,
    /// Opens the account without the passphrase.
    pub recovery: RecoveryCode,
    /// The token of the newest sign-in.
    pub token: String,
}

impl Hand {
    /// Somebody without an account.
    pub fn new(name: &str) -> Self {
        let (identity, card) = Identity::generate(&mut rng(), Wall.now());
        let recovery = RecoveryCode::generate(&mut rng());
        Self { handle: handle(name), identity, card, recovery, token: String::new() }
    }

    /// The account.
    pub fn id(&self) -> AccountId {
        self.identity.account()
    }

    /// A request with the token.
    pub fn asks(&self, method: Method, path: impl Into<String>) -> Asked {
        Asked::new(method, path).by(&self.token)
    }

    /// Posts CBOR.
    pub fn posts(&self, path: impl Into<String>, body: impl Into<Vec<u8>>) -> Asked {
        self.asks(Method::POST, path).with(CBOR, body)
    }

    /// Signs.
    pub fn sign<S: Structure>(&self, structure: S) -> Signed<S> {
        Signed::sign(structure, &self.identity)
    }

    /// A vault of this version at this time. What is in it is noise, as for every relay.
    pub fn vault(&self, version: u64, time: Timestamp) -> VaultUpdate {
        let vault = random::<400>().to_vec();
        let head = VaultHead { account: self.id(), version, vault: vault_hash(&vault), time };
        VaultUpdate { vault: Bytes(vault), vault_head: Bytes(self.sign(head).wire().to_vec()) }
    }

    /// A credential with a vault of this version, for an OPAQUE record.
    pub fn credential(&self, version: u64, upload: Vec<u8>) -> Credential {
        let VaultUpdate { vault, vault_head } = self.vault(version, Wall.now());
        let recovery_key = amanah_protocol::signature::Signer::verifying_key(&self.recovery.signer());
        Credential {
            upload: Bytes(upload),
            vault,
            vault_head,
            passphrase_wrap: Bytes(random::<80>().to_vec()),
            recovery_wrap: Bytes(random::<80>().to_vec()),
            recovery_key: Bytes(recovery_key.0.to_vec()),
        }
    }

    /// Posts a history with a bundle for so many epochs. What is in it is noise, as for every relay.
    pub fn hands_over(&self, outline: HistoryOutline, epochs: usize) -> Asked {
        let path = format!("/v1/sessions/{}/history", outline.session);
        let bundle: Vec<u8> = std::iter::repeat_with(random::<16>).flatten().take(1136 + 32 * epochs).collect();
        let history = self.sign(History { outline, bundle: of_bytes(&bundle) });
        let history = ByteString(history.wire().to_vec());
        self.posts(path, HistoryUpload { history, bundle: ByteString(bundle) }.to_bytes())
    }

    /// A letter under a manifest.
    pub fn letter(&self, manifest: &Signed<Manifest>, number: u64, previous: Option<Hash>) -> LetterUpload {
        let header = self.letter_header(manifest, number, previous);
        self.letter_of(header, random::<272>().to_vec())
    }

    /// The header of that letter.
    pub fn letter_header(&self, manifest: &Signed<Manifest>, number: u64, previous: Option<Hash>) -> LetterHeader {
        let outline = &manifest.body().outline;
        LetterHeader {
            session: outline.session,
            epoch: outline.epoch,
            manifest: manifest.hash(),
            sender: self.id(),
            card: self.card.hash(),
            id: LetterId::from_random_bytes(random()),
            sequence: number,
            previous_own: previous,
            seen: None,
            salt: Hash(random()),
        }
    }

    /// A signed letter with this header and ciphertext.
    pub fn letter_of(&self, header: LetterHeader, ciphertext: Vec<u8>) -> LetterUpload {
        let letter = Letter { header, commitment: Hash(random()), ciphertext: of_bytes(&ciphertext) };
        LetterUpload { letter: ByteString(self.sign(letter).wire().to_vec()), ciphertext: ByteString(ciphertext) }
    }

    /// Accepts a manifest at a time.
    pub fn acceptance(&self, manifest: &Signed<Manifest>, time: Timestamp) -> Signed<Acceptance> {
        let session = manifest.body().outline.session;
        self.sign(Acceptance { session, manifest: manifest.hash(), account: self.id(), card: self.card.hash(), time })
    }
}

/// The hash of the letter in an upload.
///
/// # Panics
/// If there is none.
pub fn letter_hash(upload: &LetterUpload) -> Hash {
    Unverified::<Letter>::parse(&upload.letter.0).expect("a letter").claimed().hash()
}

/// A centre with a client, a counsellor and a stranger, all by hand, and a session with one letter.
pub struct ByHand {
    /// The centre, which others may join with the clients of every day.
    pub centre: Centre,
    /// Its relay's door.
    pub door: Door,
    /// Its root key.
    pub root: RootKey,
    /// Its consent document.
    pub document: Hash,
    /// Opened the session.
    pub client: Hand,
    /// Appointed, and named in the grant.
    pub counsellor: Hand,
    /// Has an account and nothing else.
    pub stranger: Hand,
    /// The counsellor's appointment.
    pub appointment: Hash,
    /// The client's case.
    pub case: CaseId,
    /// The client's grant.
    pub grant: Hash,
    /// The manifest of the session.
    pub manifest: Signed<Manifest>,
    /// The client's first letter, as it was posted.
    pub letter: LetterUpload,
    escrow: Option<Escrowed>,
}

impl ByHand {
    /// Sets everything up on this store.
    ///
    /// # Panics
    /// If the relay refuses something of it.
    pub async fn found(store: Store) -> Self {
        Self::found_with(store, &[("AMANAH_SIGN_IN_BURST", "10000"), ("AMANAH_REGISTRATION_BURST", "10000")]).await
    }

    /// The same with escrow.
    ///
    /// # Panics
    /// If the relay refuses something of it.
    pub async fn found_with_escrow(store: Store) -> Self {
        let mut scene = Box::pin(Self::found(store)).await;
        scene.escrow = Some(Box::pin(Escrowed::begin(&scene)).await);
        scene
    }

    /// The same on a relay with these settings.
    ///
    /// # Panics
    /// If the relay refuses something of it.
    pub async fn found_with(store: Store, settings: &[(&'static str, &'static str)]) -> Self {
        let root = RootKey::generate(&mut rng());
        let file = root.seal(&mut rng(), PASSPHRASE.as_bytes());
        let director = Director::open(&file, &passphrase()).expect("the root's own file");
        let relay = Relay::start_with(store, director.root(), settings);
        let centre = Centre::begin(director, relay).await;
        let door = Door::of(&centre.relay);
        let page = Page::parse(&door.get("/v1/centre").await.accepted()).expect("a page");
        let document = page.entries.iter().find(|entry| entry.kind == Kind::Document).expect("a document");
        let document = Unverified::<Document>::parse(&document.body.0).expect("a document").claimed().hash();
        let client = enter(&door, &centre, "bunga-0").await;
        let counsellor = enter(&door, &centre, "bu-sri").await;
        let stranger = enter(&door, &centre, "pak-asing").await;
        let signed = Signed::sign(appointment(centre.id, counsellor.id(), Role::Counsellor, "Bu Sri"), &root);
        door.ask(by_root("appointments", signed.wire())).await.accepted();
        let case = CaseId::from_random_bytes(random());
        let grant = client.sign(new_grant(document, &client, case, &counsellor));
        door.ask(client.posts("/v1/grants", grant.wire())).await.accepted();
        let members = [(&client, Role::Client), (&counsellor, Role::Counsellor)];
        let outline = opening(&client, case, grant.hash(), &members);
        let (manifest, upload) = epoch(&client, outline, &[&client.card, &counsellor.card]);
        let session = manifest.body().outline.session;
        door.ask(client.posts(format!("/v1/sessions/{session}/manifests"), upload.to_bytes())).await.accepted();
        let letter = client.letter(&manifest, 0, None);
        door.ask(client.posts(format!("/v1/sessions/{session}/letters"), letter.to_bytes())).await.accepted();
        let (appointment, grant, escrow) = (signed.hash(), grant.hash(), None);
        Self {
            centre,
            door,
            root,
            document,
            client,
            counsellor,
            stranger,
            appointment,
            case,
            grant,
            manifest,
            letter,
            escrow,
        }
    }

    /// Its escrow.
    ///
    /// # Panics
    /// If it was founded without.
    pub fn escrow(&self) -> &Escrowed {
        self.escrow.as_ref().expect("a centre with escrow")
    }

    /// The session.
    pub fn session(&self) -> SessionId {
        self.manifest.body().outline.session
    }

    /// The path of the session, and what follows.
    pub fn in_session(&self, rest: &str) -> String {
        format!("/v1/sessions/{}/{rest}", self.session())
    }

    /// A new account, signed in.
    pub async fn enter(&self, name: &str) -> Hand {
        enter(&self.door, &self.centre, name).await
    }

    /// The root appoints somebody.
    ///
    /// # Panics
    /// If the relay refuses.
    pub async fn appoint(&self, hand: &Hand, role: Role) {
        let appointment = appointment(self.centre.id, hand.id(), role, hand.handle.as_str());
        self.door.ask(by_root("appointments", Signed::sign(appointment, &self.root).wire())).await.accepted();
    }

    /// A counselling grant of a client for the counsellor in a new case.
    pub fn grant_of(&self, client: &Hand) -> Grant {
        new_grant(self.document, client, CaseId::from_random_bytes(random()), &self.counsellor)
    }

    /// What the counsellor says of the stranger in a new case of the client, a minor who names them as guardian.
    ///
    /// # Panics
    /// If the relay refuses the case.
    pub async fn guardianship(&self) -> Guardianship {
        let (client, guardian) = (&self.client, self.stranger.id());
        let grant = client.sign(Grant { guardian: Some(guardian), ..self.grant_of(client) });
        self.door.ask(client.posts("/v1/grants", grant.wire())).await.accepted();
        Guardianship {
            centre: self.centre.id,
            case: grant.body().case,
            minor: client.id(),
            guardian,
            checked_by: self.counsellor.id(),
            time: Wall.now(),
        }
    }

    /// The epoch that follows the current one, made by the client while the session has these letters.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn next_epoch(&self, transcript: amanah_protocol::letter::Transcript) -> (Signed<Manifest>, ManifestUpload) {
        let mut outline = self.manifest.body().outline.clone();
        outline.epoch += 1;
        outline.previous = Some(self.manifest.hash());
        outline.transcript = Some(transcript);
        outline.reason = Reason::Requested;
        outline.created = Wall.now();
        epoch(&self.client, outline, &[&self.client.card, &self.counsellor.card])
    }

    /// What hands the counsellor the first epoch of a new session of the client, whose second one is current.
    ///
    /// # Panics
    /// If the relay refuses something of the session.
    pub async fn earlier_epoch(&self) -> HistoryOutline {
        let (client, counsellor) = (&self.client, &self.counsellor);
        let mut grant = self.grant_of(client);
        grant.permissions.push(Permission { purpose: Purpose::History, named: Some(counsellor.id()) });
        let grant = client.sign(grant);
        self.door.ask(client.posts("/v1/grants", grant.wire())).await.accepted();
        let members = [(client, Role::Client), (counsellor, Role::Counsellor)];
        let cards = [&client.card, &counsellor.card];
        let mut outline = opening(client, grant.body().case, grant.hash(), &members);
        let session = outline.session;
        let path = format!("/v1/sessions/{session}/manifests");
        let (first, upload) = epoch(client, outline.clone(), &cards);
        self.door.ask(client.posts(&path, upload.to_bytes())).await.accepted();
        (outline.epoch, outline.previous, outline.reason) = (1, Some(first.hash()), Reason::Requested);
        outline.transcript = Some(Transcript::start(session));
        let (second, upload) = epoch(client, outline, &cards);
        self.door.ask(client.posts(&path, upload.to_bytes())).await.accepted();
        HistoryOutline {
            session,
            manifest: second.hash(),
            to: counsellor.id(),
            card: counsellor.card.hash(),
            grant: grant.hash(),
            epochs: vec![first.hash()],
            author: client.id(),
            time: Wall.now(),
        }
    }

    /// Everything that the people of this session, and everybody, can read of the relay's record, without its times.
    ///
    /// # Panics
    /// If it cannot be read.
    pub async fn snapshot(&self) -> Vec<u8> {
        let mut all = self.door.get("/v1/centre").await.accepted();
        let (client, session) = (&self.client, self.session());
        let record = self.door.ask(client.asks(Method::GET, format!("/v1/sessions/{session}/record"))).await.accepted();
        let mut page = Page::parse(&record).expect("a page");
        let head = page.head.take().expect("a head statement");
        let head = Unverified::<amanah_protocol::statement::HeadStatement>::parse(&head.0).expect("a head statement");
        // The head counts the structures of the whole record: nothing was stored anywhere.
        let mut head = head.claimed().clone();
        head.time = Timestamp(0);
        all.extend([page.to_bytes(), head.to_bytes()].concat());
        let mut others = vec![client.asks(Method::GET, format!("/v1/cases/{}/consent", self.case))];
        for person in [client, &self.counsellor, &self.stranger] {
            others.push(person.asks(Method::GET, "/v1/vault"));
            others.push(person.asks(Method::GET, "/v1/sessions"));
            others.push(client.asks(Method::GET, format!("/v1/accounts/{}/cards", person.id())));
        }
        for asked in others {
            all.extend(self.door.ask(asked).await.accepted());
        }
        if let Some(escrow) = &self.escrow {
            all.extend(escrow.snapshot(&self.door).await);
        }
        all
    }

    /// Asks all of this in vain: each answer is the problem beside it, and nothing is stored.
    ///
    /// # Panics
    /// If anything of it is answered otherwise, or stored.
    pub async fn refuses(&self, wrong: Vec<(&str, Asked, ProblemCode)>) {
        let before = self.snapshot().await;
        let mut found = Vec::new();
        for (what, asked, code) in wrong {
            let answer = self.door.ask(asked).await.problem();
            if answer != Ok(code) {
                found.push(format!("{what}: {answer:?} instead of {code:?}"));
            }
        }
        assert_eq!(found, [""; 0]);
        assert!(self.snapshot().await == before, "something was stored");
    }
}

/// Posts what the root signed.
pub fn by_root(path: &str, body: impl Into<Vec<u8>>) -> Asked {
    Asked::new(Method::POST, format!("/v1/centre/{path}")).with(CBOR, body)
}

fn new_grant(document: Hash, client: &Hand, case: CaseId, counsellor: &Hand) -> Grant {
    let permissions = [Purpose::Counselling, Purpose::Research]
        .map(|purpose| Permission { purpose, named: purpose.adds_reader().then(|| counsellor.id()) });
    Grant {
        document,
        client: client.id(),
        case,
        permissions: permissions.to_vec(),
        escrow_policy: None,
        locale: "id".to_owned(),
        issued: Wall.now(),
        expires: None,
        previous: None,
        guardian: None,
    }
}

/// The outline of a new session with these members, all under one grant.
pub fn opening(author: &Hand, case: CaseId, grant: Hash, members: &[(&Hand, Role)]) -> Outline {
    let member = |(hand, role): &(&Hand, Role)| Member {
        account: hand.id(),
        card: hand.card.hash(),
        role: *role,
        capabilities: Capabilities::MANAGE,
        grant: Some(grant),
    };
    let mut members: Vec<Member> = members.iter().map(member).collect();
    members.sort_by_key(|member| member.account);
    Outline {
        case,
        session: SessionId::from_random_bytes(random()),
        epoch: 0,
        previous: None,
        transcript: None,
        members,
        escrow: None,
        reason: Reason::Opened,
        author: author.id(),
        created: Wall.now(),
    }
}

/// The manifest of an outline, and what stands beside it.
///
/// # Panics
/// If the cards are not those of its members and trustees.
pub fn epoch(author: &Hand, outline: Outline, all: &[&SignedCard]) -> (Signed<Manifest>, ManifestUpload) {
    let of = |member: &Member| *all.iter().find(|card| card.hash() == member.card).expect("the card of the member");
    let cards: Vec<&SignedCard> = outline.members.iter().map(of).collect();
    let of = |trustee: &Trustee| *all.iter().find(|card| card.hash() == trustee.card).expect("the card of the trustee");
    let trustees: Vec<&SignedCard> = outline.trustees().iter().map(of).collect();
    let cards = EpochCards { members: &cards, trustees: &trustees };
    let AuthoredEpoch { manifest, wraps, seals } =
        author_epoch(&mut rng(), &author.identity, outline, cards).expect("an epoch");
    let wraps = wraps.into_iter().map(ByteString).collect();
    let seals = seals.into_iter().map(ByteString).collect();
    let upload = ManifestUpload { manifest: ByteString(manifest.wire().to_vec()), wraps, seals };
    (manifest, upload)
}

/// What registers somebody who has no account yet.
///
/// # Panics
/// If the relay refuses the first step.
pub async fn registration(door: &Door, centre: &Centre, hand: &Hand) -> RegistrationFinish {
    let (registration, request) = Registration::start(&mut rng(), PASSPHRASE.as_bytes());
    let message = json!({ "handle": hand.handle.as_str(), "request": Bytes(request) });
    let upload = finish_registration(door, centre, hand, registration, "/v1/registration/start", &message).await;
    let card = Bytes(hand.card.wire().to_vec());
    RegistrationFinish { handle: hand.handle.as_str().to_owned(), card, credential: hand.credential(1, upload) }
}

async fn finish_registration(
    door: &Door,
    centre: &Centre,
    hand: &Hand,
    registration: Registration,
    path: &str,
    message: &serde_json::Value,
) -> Vec<u8> {
    let answer = door.ask(hand.asks(Method::POST, path).with(JSON, message.to_string())).await.accepted();
    let answer: RegistrationAnswer = serde_json::from_slice(&answer).expect("an answer");
    let pass = PASSPHRASE.as_bytes();
    let finished = registration.finish(&mut rng(), pass, &answer.response.0, &hand.handle, &centre.id);
    finished.expect("a registration").0
}

/// What changes the credential of somebody who is signed in, with a vault of this version.
///
/// # Panics
/// If the relay refuses the first step.
pub async fn new_credential(door: &Door, centre: &Centre, hand: &Hand, version: u64) -> Credential {
    let (registration, request) = Registration::start(&mut rng(), PASSPHRASE.as_bytes());
    let message = json!({ "request": Bytes(request) });
    let upload = finish_registration(door, centre, hand, registration, "/v1/credential/start", &message).await;
    hand.credential(version, upload)
}

/// What finishes a sign-in.
///
/// # Panics
/// If the relay refuses the first step.
pub async fn sign_in(door: &Door, centre: &Centre, hand: &Hand) -> SignInFinish {
    begin_sign_in(door, centre, &hand.handle).await.0
}

async fn begin_sign_in(door: &Door, centre: &Centre, handle: &Handle) -> (SignInFinish, ExportKey) {
    let (attempt, request) = SignIn::start(&mut rng(), PASSPHRASE.as_bytes());
    let message = json!({ "handle": handle.as_str(), "request": Bytes(request) });
    let asked = Asked::new(Method::POST, "/v1/sign-in/start").with(JSON, message.to_string());
    let answer: SignInAnswer = serde_json::from_slice(&door.ask(asked).await.accepted()).expect("an answer");
    let finished = attempt.finish(PASSPHRASE.as_bytes(), &answer.response.0, handle, &centre.id);
    let (finalization, export_key) = finished.expect("the right passphrase");
    (SignInFinish { attempt: answer.attempt, finalization: Bytes(finalization) }, export_key)
}

/// The keys of an account without a sheet, as its owner could take them out of the vault to misuse them, and a token of
/// a new sign-in.
///
/// # Panics
/// If it cannot sign in.
pub async fn keys_and_token_of(centre: &Centre, name: &str) -> (Keyring, String) {
    let door = Door::of(&centre.relay);
    let (finish, export_key) = begin_sign_in(&door, centre, &handle(name)).await;
    let message = serde_json::to_vec(&finish).expect("JSON");
    let signed_in = door.ask(Asked::new(Method::POST, "/v1/sign-in/finish").with(JSON, message)).await.accepted();
    let token = serde_json::from_slice::<SignedIn>(&signed_in).expect("a token").token;
    let vault = door.ask(Asked::new(Method::GET, "/v1/vault").by(&token)).await.accepted();
    let vault: StoredVault = serde_json::from_slice(&vault).expect("a vault");
    let key = VaultKey::open_passphrase_wrap(&vault.passphrase_wrap.0, &export_key, None);
    let keyring = key.expect("the right passphrase").open(&vault.vault.0).expect("a vault that opens").0.keyring();
    (keyring, token)
}

/// The same keys without the token.
///
/// # Panics
/// If it cannot sign in.
pub async fn keys_of(centre: &Centre, name: &str) -> Keyring {
    keys_and_token_of(centre, name).await.0
}

/// What finishes a recovery.
///
/// # Panics
/// If the relay refuses the first step.
pub async fn recovery(door: &Door, centre: &Centre, hand: &Hand) -> Signed<RecoveryRequest> {
    let message = json!({ "handle": hand.handle.as_str() });
    let asked = Asked::new(Method::POST, "/v1/recovery/start").with(JSON, message.to_string());
    let answer: RecoveryAnswer = serde_json::from_slice(&door.ask(asked).await.accepted()).expect("an answer");
    let challenge = ByteString(answer.challenge.0);
    let request = RecoveryRequest { centre: centre.id, handle: hand.handle.clone(), challenge };
    Signed::sign(request, &hand.recovery.signer())
}

/// A new account, signed in.
async fn enter(door: &Door, centre: &Centre, name: &str) -> Hand {
    let mut hand = Hand::new(name);
    let message = serde_json::to_vec(&registration(door, centre, &hand).await).expect("JSON");
    door.ask(Asked::new(Method::POST, "/v1/registration/finish").with(JSON, message)).await.accepted();
    let message = serde_json::to_vec(&sign_in(door, centre, &hand).await).expect("JSON");
    let signed_in = door.ask(Asked::new(Method::POST, "/v1/sign-in/finish").with(JSON, message)).await.accepted();
    hand.token = serde_json::from_slice::<SignedIn>(&signed_in).expect("a token").token;
    hand
}
