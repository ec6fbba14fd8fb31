//! The escrow of one session, told to the relay's own rules: policy, deposits, a request, its notice and its release.

mod cost;

use std::path::PathBuf;
use std::sync::Arc;

use amanah_protocol::account::{Succession, SuccessionGround};
use amanah_protocol::api::ProblemCode;
use amanah_protocol::card::{Card, SignedCard, XWingKey};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::{Appointment, Dismissal, RelayCertificate, Role, SignedRoot};
use amanah_protocol::consent::{Document, Grant, Guardianship, Permission, Purpose, Retention, Revocation, Wording};
use amanah_protocol::erasure::{Basis, Tombstone};
use amanah_protocol::escrow::{DepositReceipt, Ground, GroundCode, Policy, PolicyAcceptance, PolicyTrustee};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, CaseId, SessionId, Timestamp};
use amanah_protocol::letter::Transcript;
use amanah_protocol::manifest::{
    Capabilities, Deposit, Escrow, Manifest, Member, Outline, Reason, Trustee, WRAP_LENGTH,
};
use amanah_protocol::record::{DocumentUpload, EscrowUpload, Kind, ManifestUpload};
use amanah_protocol::release::{Approval, Cancellation, Justification, Request, RequestOutline, Sighting, Veto};
use amanah_protocol::signature::{Signed, Signer};
use uuid::Uuid;

use super::{Scene, card_structure};
use crate::keys::RelayKey;
use crate::store::{
    Due, Filter, Part, PartItem, Pending, Place, Store, StoreError, append, standing, tombstone as tombstone_of,
    trustee_counts,
};

const START: Timestamp = Timestamp(1_800_000_000_000);
const HOUR: u64 = 3_600_000;
const CASE: CaseId = CaseId(Uuid::from_bytes([7; 16]));
const SESSION: SessionId = SessionId(Uuid::from_bytes([8; 16]));

struct Person {
    key: RelayKey,
    card: SignedCard,
}

impl Person {
    fn id(&self) -> AccountId {
        self.card.account()
    }
}

/// A centre with one client, whose session is escrowed with two trustees.
struct Centre {
    folder: PathBuf,
    store: Store,
    root: SignedRoot,
    root_key: RelayKey,
    relay_key: Arc<RelayKey>,
    now: Timestamp,
    client: Person,
    counsellor: Person,
    trustees: [Person; 2],
    policy: Hash,
    document: Hash,
    manifest: Hash,
}

impl Drop for Centre {
    fn drop(&mut self) {
        let _best_effort = std::fs::remove_dir_all(&self.folder);
    }
}

fn new_key(folder: &std::path::Path) -> RelayKey {
    let own = folder.join(Uuid::new_v4().to_string());
    std::fs::create_dir_all(&own).unwrap();
    RelayKey::create(&own).unwrap();
    RelayKey::open(&own).unwrap()
}

fn person(folder: &std::path::Path) -> Person {
    let key = new_key(folder);
    let mut kem = [0; XWingKey::LENGTH];
    kem[1184] = 9;
    let card = Card {
        account: None,
        number: 1,
        verifying_key: key.verifying_key(),
        kem_key: XWingKey(kem),
        previous: None,
        created: START,
    };
    Person { card: SignedCard::sign_first(card, &key), key }
}

fn wording() -> (Wording, Vec<u8>) {
    let text = b"Everything that the document says.".to_vec();
    let line = || "said".to_owned();
    let wording = Wording {
        locale: "en".to_owned(),
        data: line(),
        rights: line(),
        hours: line(),
        contacts: line(),
        complaint: line(),
        body: of_bytes(&text),
    };
    (wording, text)
}

fn seal(number: u8) -> Vec<u8> {
    vec![number; WRAP_LENGTH]
}

impl Centre {
    /// Everything up to a session with one escrowed epoch; the clients hear of a request after `notice_ms`.
    async fn with_escrow(notice_ms: u64) -> Self {
        let folder = std::env::temp_dir().join(format!("amanah-escrow-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::create(&format!("sqlite:{}", folder.join("amanah.db").display())).await.unwrap();
        Self::on(store, notice_ms, folder).await
    }

    /// The same on this store; keys are kept in the folder, which is removed in the end.
    async fn on(store: Store, notice_ms: u64, folder: PathBuf) -> Self {
        let root_key = new_key(&folder);
        let zero = Hash([0; 32]);
        let mut centre = Self {
            store,
            root: SignedRoot::sign_first(&root_key),
            root_key,
            relay_key: Arc::new(new_key(&folder)),
            now: START,
            client: person(&folder),
            counsellor: person(&folder),
            trustees: [person(&folder), person(&folder)],
            policy: zero,
            document: zero,
            manifest: zero,
            folder,
        };
        centre.certify(START.plus(1_000 * HOUR)).await;
        centre.hire().await;
        centre.publish(notice_ms).await;
        centre.open_session().await;
        centre
    }

    fn scene(&self) -> Scene {
        Scene { root: self.root.clone(), key: self.relay_key.clone(), web_client: None, now: self.now }
    }

    async fn change<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut crate::store::Connection, &'c Scene) -> Pending<'c, T> + Send + 'static,
    {
        let scene = self.scene();
        self.store.change(move |connection| Box::pin(async move { change(connection, &scene).await })).await
    }

    /// The root certifies the relay's key until then.
    async fn certify(&self, until: Timestamp) {
        let key = self.relay_key.verifying_key();
        let certificate = RelayCertificate { centre: self.root.centre(), key, from: START, until };
        let wire = Signed::sign(certificate, &self.root_key).wire().to_vec();
        self.change(|connection, scene| {
            let kind = Kind::RelayCertificate;
            Box::pin(async move { scene.root_statement::<RelayCertificate>(connection, kind, &wire).await })
        })
        .await
        .unwrap();
    }

    async fn hire(&self) {
        let people = [&self.client, &self.counsellor, &self.trustees[0], &self.trustees[1]];
        for card in people.map(|person| card_structure(&person.card)) {
            self.change(|connection, scene| Box::pin(async move { append(connection, &card, scene.now).await }))
                .await
                .unwrap();
        }
        let roles = [
            (&self.counsellor, Role::Counsellor),
            (&self.counsellor, Role::Director),
            (&self.trustees[0], Role::Trustee),
            (&self.trustees[1], Role::Trustee),
        ];
        for (person, role) in roles {
            let wire = self.appointment(person, role).wire().to_vec();
            self.change(|connection, scene| {
                Box::pin(async move { scene.root_statement::<Appointment>(connection, Kind::Appointment, &wire).await })
            })
            .await
            .unwrap();
        }
    }

    /// Dismisses the counsellor from a role.
    async fn dismiss(&self, role: Role, from: Timestamp) {
        let appointment = self.appointment(&self.counsellor, role).hash();
        let dismissal = Dismissal { centre: self.root.centre(), appointment, from };
        let wire = Signed::sign(dismissal, &self.root_key).wire().to_vec();
        self.change(|connection, scene| Box::pin(async move { scene.dismissal(connection, &wire).await }))
            .await
            .unwrap();
    }

    fn appointment(&self, person: &Person, role: Role) -> Signed<Appointment> {
        let (name, until) = ("Somebody".to_owned(), START.plus(1_000 * HOUR));
        let (centre, account) = (self.root.centre(), person.id());
        Signed::sign(Appointment { centre, account, role, name, licence: None, from: START, until }, &self.root_key)
    }

    async fn publish(&mut self, notice_ms: u64) {
        let trustee =
            |(x, person): (u8, &Person)| PolicyTrustee { x, account: person.id(), contact: "by telephone".to_owned() };
        let policy = Policy {
            centre: self.root.centre(),
            number: 1,
            threshold: 2,
            trustees: (1..).zip(&self.trustees).map(trustee).collect(),
            grounds: vec![Ground {
                code: GroundCode::ImminentDanger,
                delay_ms: 0,
                notice_ms,
                requesters: vec![Role::Counsellor],
                recipients: vec![Role::Counsellor],
                cancellable: false,
            }],
        };
        let signed = Signed::sign(policy, &self.root_key);
        let (wording, text) = wording();
        let document = Document {
            centre: self.root.centre(),
            number: 1,
            wordings: vec![wording],
            purposes: vec![Purpose::Counselling, Purpose::Escrow],
            retention: Retention { floor_days: 1, ceiling_days: 2 },
            escrow_policy: Some(signed.hash()),
            grace_days: 0,
        };
        let document = Signed::sign(document, &self.root_key);
        let upload = DocumentUpload { document: ByteString(document.wire().to_vec()), texts: vec![ByteString(text)] };
        let upload = Arc::new(upload.to_bytes());
        let early = upload.clone();
        let refused = self.change(move |c, scene| Box::pin(async move { scene.document(c, &early).await })).await;
        assert_refused(refused, ProblemCode::UnknownReference);
        let wire = signed.wire().to_vec();
        self.change(move |c, scene| Box::pin(async move { scene.policy(c, &wire).await })).await.unwrap();
        self.change(move |c, scene| Box::pin(async move { scene.document(c, &upload).await })).await.unwrap();
        (self.policy, self.document) = (signed.hash(), document.hash());
        for trustee in &self.trustees {
            let accepted = PolicyAcceptance { policy: self.policy, trustee: trustee.id(), time: self.now };
            let (account, wire) = (trustee.id(), Signed::sign(accepted, &trustee.key).wire().to_vec());
            self.change(move |c, scene| Box::pin(async move { scene.policy_acceptance(c, account, &wire).await }))
                .await
                .unwrap();
        }
    }

    fn grant(&self, person: &Person, guardian: Option<AccountId>) -> Signed<Grant> {
        let counselling = Permission { purpose: Purpose::Counselling, named: Some(self.counsellor.id()) };
        let grant = Grant {
            document: self.document,
            client: person.id(),
            case: CASE,
            permissions: vec![counselling, Permission { purpose: Purpose::Escrow, named: None }],
            escrow_policy: Some(self.policy),
            locale: "en".to_owned(),
            issued: self.now,
            expires: None,
            previous: None,
            guardian,
        };
        Signed::sign(grant, &person.key)
    }

    async fn post_grant(&self, person: &Person, grant: &Signed<Grant>) -> Result<(Hash, Place), StoreError> {
        let (account, wire) = (person.id(), grant.wire().to_vec());
        self.change(move |c, scene| Box::pin(async move { scene.grant(c, account, &wire).await })).await
    }

    fn manifest(&self, grant: Hash, escrow: bool) -> Signed<Manifest> {
        let trustee = |(x, person): (u8, &Person)| Trustee { x, account: person.id(), card: person.card.hash() };
        let trustees: Vec<_> = (1..).zip(&self.trustees).map(trustee).collect();
        let deposit = |x| Deposit { share: Hash([x; 32]), seal: of_bytes(&seal(x)) };
        let outline = Outline {
            case: CASE,
            session: SESSION,
            epoch: 0,
            previous: None,
            transcript: None,
            members: vec![Member {
                account: self.client.id(),
                card: self.client.card.hash(),
                role: Role::Client,
                capabilities: Capabilities::MANAGE,
                grant: Some(grant),
            }],
            escrow: escrow.then_some(Escrow { policy: self.policy, threshold: 2, trustees }),
            reason: Reason::Opened,
            author: self.client.id(),
            created: self.now,
        };
        let deposits = if escrow { vec![deposit(1), deposit(2)] } else { Vec::new() };
        let body = Manifest { outline, commitment: Hash([5; 32]), wraps: vec![of_bytes(&seal(0))], deposits };
        Signed::sign(body, &self.client.key)
    }

    async fn open_session(&mut self) {
        let grant = self.grant(&self.client, None);
        self.post_grant(&self.client, &grant).await.unwrap();
        let post = |manifest: &Signed<Manifest>, seals: &[u8]| {
            let upload = ManifestUpload {
                manifest: ByteString(manifest.wire().to_vec()),
                wraps: vec![ByteString(seal(0))],
                seals: seals.iter().map(|x| ByteString(seal(*x))).collect(),
            };
            let (account, upload) = (self.client.id(), upload.to_bytes());
            self.change(move |c, scene| Box::pin(async move { scene.manifest(c, account, SESSION, &upload).await }))
        };
        let without = self.manifest(grant.hash(), false);
        assert_refused(post(&without, &[]).await, ProblemCode::EscrowDiffers);
        let manifest = self.manifest(grant.hash(), true);
        post(&manifest, &[1, 2]).await.unwrap();
        self.manifest = manifest.hash();
    }

    async fn post<S: Structure>(
        &self,
        person: &Person,
        kind: Kind,
        step: &Signed<S>,
        parts: Vec<Vec<u8>>,
    ) -> Result<(Hash, Place), StoreError> {
        let parts = parts.into_iter().map(ByteString).collect();
        let upload = EscrowUpload { kind, step: ByteString(step.wire().to_vec()), parts }.to_bytes();
        let account = person.id();
        self.change(move |c, scene| Box::pin(async move { scene.escrow_step(c, account, SESSION, &upload).await }))
            .await
    }

    fn request(&self) -> (Signed<Request>, Vec<Vec<u8>>) {
        let sealed = vec![1; 1136 + 256];
        let justification = |person: &Person| Justification {
            trustee: person.id(),
            card: person.card.hash(),
            sealed: of_bytes(&sealed),
        };
        let outline = RequestOutline {
            session: SESSION,
            policy: self.policy,
            epochs: vec![self.manifest],
            ground: GroundCode::ImminentDanger,
            requester: self.counsellor.id(),
            recipient: self.counsellor.id(),
            card: self.counsellor.card.hash(),
            created: self.now,
            expires: self.now.plus(100 * HOUR),
        };
        let request = Request { outline, justifications: self.trustees.iter().map(justification).collect() };
        (Signed::sign(request, &self.counsellor.key), vec![sealed.clone(), sealed])
    }

    async fn asks(&self) -> Hash {
        let (request, sealed) = self.request();
        let first = self.post(&self.counsellor, Kind::Request, &request, sealed.clone()).await.unwrap();
        let again = self.post(&self.counsellor, Kind::Request, &request, sealed).await.unwrap();
        assert_eq!(first, again);
        request.hash()
    }

    async fn sees(&self, person: &Person, request: Hash) -> Result<(Hash, Place), StoreError> {
        let step = Signed::sign(Sighting { request, trustee: person.id(), time: self.now }, &person.key);
        self.post(person, Kind::Sighting, &step, Vec::new()).await
    }

    async fn approves(&self, x: u8, request: Hash) -> Result<(Hash, Place), StoreError> {
        let person = &self.trustees[usize::from(x) - 1];
        let reseals = vec![of_bytes(&seal(x))];
        let step = Approval { request, trustee: person.id(), x, reseals, time: self.now };
        self.post(person, Kind::Approval, &Signed::sign(step, &person.key), vec![seal(x)]).await
    }

    fn tombstone(&self, session: SessionId) -> Tombstone {
        Tombstone { centre: self.root.centre(), session, basis: Basis::ClientAsked, time: self.now }
    }

    async fn erases(&self, tombstone: &Signed<Tombstone>) -> Result<(Hash, Place), StoreError> {
        let wire = tombstone.wire().to_vec();
        self.change(move |c, scene| Box::pin(async move { scene.tombstone(c, &wire).await })).await
    }

    /// The kinds of a session's entries, and how much stands beside them.
    async fn stored(&self) -> (Vec<Kind>, usize) {
        let filter = Filter::Escrow(SESSION, CASE);
        let entries = self.store.page(filter, 0).await.unwrap().0;
        (entries.iter().map(|entry| entry.kind).collect(), entries.iter().map(|entry| entry.parts.len()).sum())
    }

    /// The kinds of escrow that a person is served.
    async fn served(&self, person: &Person) -> Result<Vec<Kind>, StoreError> {
        let (scene, account) = (self.scene(), person.id());
        let read = self
            .store
            .view(move |connection| Box::pin(async move { scene.escrow_page(connection, account, SESSION, 0).await }));
        Ok(read.await?.0.iter().map(|entry| entry.kind).collect())
    }

    async fn may_be_served(&self, person: &Person) -> Result<(), StoreError> {
        let (scene, account) = (self.scene(), person.id());
        let read = self.store.view(move |connection| {
            Box::pin(async move {
                let current = standing(connection, SESSION).await?.unwrap();
                scene.may_be_served(connection, account, SESSION, &current).await
            })
        });
        read.await
    }

    async fn transcript(&self) -> Transcript {
        let read = self.store.view(|connection| Box::pin(standing(connection, SESSION)));
        read.await.unwrap().unwrap().transcript
    }

    async fn announce(&self) {
        self.change(|connection, scene| Box::pin(scene.announce_due(connection, SESSION))).await.unwrap();
    }
}

fn assert_refused<T>(result: Result<T, StoreError>, code: ProblemCode) {
    match result {
        Err(StoreError::Refused(refused)) => assert_eq!(refused, code),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("admitted, instead of {code:?}"),
    }
}

const MANIFESTS: [Kind; 2] = [Kind::Grant, Kind::Manifest];

#[tokio::test]
async fn a_request_is_hidden_from_the_client_until_its_notice() {
    let mut centre = Centre::with_escrow(HOUR).await;
    let request = centre.asks().await;
    centre.sees(&centre.trustees[0], request).await.unwrap();
    assert_eq!(centre.served(&centre.client).await.unwrap(), MANIFESTS);
    let all = [&MANIFESTS[..], &[Kind::Request, Kind::Sighting]].concat();
    for person in [&centre.counsellor, &centre.trustees[1]] {
        assert_eq!(centre.served(person).await.unwrap(), all);
    }
    assert!(centre.store.due(Due::In(SESSION), centre.now).await.unwrap().is_empty());
    let before = centre.transcript().await;
    centre.announce().await;
    assert_eq!(centre.transcript().await, before);

    centre.now = START.plus(HOUR);
    for due in [Due::Anywhere, Due::In(SESSION), Due::For(centre.client.id())] {
        assert_eq!(centre.store.due(due, centre.now).await.unwrap(), [SESSION]);
    }
    assert!(centre.store.due(Due::For(centre.counsellor.id()), centre.now).await.unwrap().is_empty());
    centre.announce().await;
    centre.announce().await;
    assert_eq!(centre.transcript().await.count, before.count + 1);
    assert_eq!(centre.served(&centre.client).await.unwrap(), [&all[..], &[Kind::Notice]].concat());
    assert!(centre.store.due(Due::Anywhere, centre.now).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_request_whose_ground_hides_nothing_is_told_with_it() {
    let centre = Centre::with_escrow(0).await;
    centre.asks().await;
    let told = [&MANIFESTS[..], &[Kind::Request, Kind::Notice]].concat();
    assert_eq!(centre.served(&centre.client).await.unwrap(), told);
    assert_eq!(centre.transcript().await.count, 1);
}

#[tokio::test]
async fn a_notice_waits_until_the_relays_key_is_certified() {
    let mut centre = Centre::with_escrow(HOUR).await;
    centre.asks().await;
    centre.now = START.plus(2_000 * HOUR);
    centre.announce().await;
    assert_eq!(centre.transcript().await.count, 0, "nobody would believe it");
    centre.certify(START.plus(3_000 * HOUR)).await;
    centre.announce().await;
    assert_eq!(centre.transcript().await.count, 1);
}

#[tokio::test]
async fn after_its_tombstone_nothing_of_a_session_is_left_but_what_is_signed_and_nothing_is_added() {
    let centre = Centre::with_escrow(0).await;
    let request = centre.asks().await;
    for x in [1, 2] {
        centre.sees(&centre.trustees[x - 1], request).await.unwrap();
    }
    let before = centre.stored().await;
    assert!(before.1 > 0);
    let ours = centre.tombstone(SESSION);
    assert_refused(centre.erases(&Signed::sign(ours.clone(), &centre.client.key)).await, ProblemCode::BadSignature);
    for (wrong, code) in [
        (Tombstone { centre: Hash([1; 32]).into(), ..ours.clone() }, ProblemCode::BadSignature),
        (Tombstone { time: centre.now.plus(HOUR), ..ours.clone() }, ProblemCode::WrongTime),
        (centre.tombstone(SessionId(Uuid::from_bytes([9; 16]))), ProblemCode::UnknownReference),
    ] {
        assert_refused(centre.erases(&Signed::sign(wrong, &centre.root_key)).await, code);
    }
    assert_eq!(centre.stored().await, before, "what is refused erases nothing");

    let tombstone = Signed::sign(ours.clone(), &centre.root_key);
    let placed = centre.erases(&tombstone).await.unwrap();
    assert_eq!(centre.erases(&tombstone).await.unwrap(), placed, "once");
    let again = Tombstone { basis: Basis::Law, ..ours };
    assert_refused(centre.erases(&Signed::sign(again, &centre.root_key)).await, ProblemCode::SessionErased);
    let kinds = [&before.0[..], &[Kind::Tombstone]].concat();
    assert_eq!(centre.stored().await, (kinds.clone(), 0));
    assert_refused(centre.approves(1, request).await, ProblemCode::SessionErased);
    let (another, sealed) = centre.request();
    let mut body = another.body().clone();
    body.outline.expires = body.outline.expires.plus(1);
    let another = Signed::sign(body, &centre.counsellor.key);
    let refused = centre.post(&centre.counsellor, Kind::Request, &another, sealed).await;
    assert_refused(refused, ProblemCode::SessionErased);
    assert_eq!(centre.stored().await, (kinds, 0));
    let erased = centre.store.view(|connection| Box::pin(tombstone_of(connection, SESSION))).await.unwrap().unwrap();
    assert_eq!((erased.position, erased.body.0), (placed.1.position, tombstone.wire().to_vec()));
}

#[tokio::test]
async fn no_session_is_erased_before_it_has_heard_of_a_release() {
    let mut centre = Centre::with_escrow(HOUR).await;
    centre.asks().await;
    let before = centre.stored().await;
    let early = Signed::sign(centre.tombstone(SESSION), &centre.root_key);
    assert_refused(centre.erases(&early).await, ProblemCode::NoticePending);
    assert_eq!(centre.stored().await, before);
    centre.now = START.plus(HOUR);
    let tombstone = Signed::sign(centre.tombstone(SESSION), &centre.root_key);
    centre.erases(&tombstone).await.unwrap();
    let told = [&before.0[..], &[Kind::Notice, Kind::Tombstone]].concat();
    assert_eq!(centre.stored().await, (told, 0), "what is due is told first");
    centre.now = START.plus(1_000 * HOUR);
    assert!(centre.store.due(Due::Anywhere, centre.now).await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_has_anything_to_do_in_the_escrow_of_an_erased_session() {
    let centre = Centre::with_escrow(0).await;
    let request = centre.asks().await;
    for trustee in &centre.trustees {
        centre.sees(trustee, request).await.unwrap();
    }
    for x in [1, 2] {
        centre.approves(x, request).await.unwrap();
    }
    centre.may_be_served(&centre.counsellor).await.unwrap();
    centre.erases(&Signed::sign(centre.tombstone(SESSION), &centre.root_key)).await.unwrap();
    assert_refused(centre.may_be_served(&centre.counsellor).await, ProblemCode::NotAMember);
    for person in [&centre.counsellor, &centre.trustees[0]] {
        let items = centre.store.escrow_parts(person.id(), centre.now).await.unwrap();
        assert!(!items.is_empty() && items.iter().all(|item| (item.deposits, item.requests) == (0, 0)));
    }
    let counts = centre.store.view(|connection| Box::pin(trustee_counts(connection))).await.unwrap();
    assert!(counts.is_empty());
}

#[tokio::test]
async fn nobody_fills_the_record_by_saying_the_same_again() {
    let centre = Centre::with_escrow(0).await;
    let trustee = &centre.trustees[0];
    let again = PolicyAcceptance { policy: centre.policy, trustee: trustee.id(), time: centre.now.plus(1) };
    let (account, wire) = (trustee.id(), Signed::sign(again, &trustee.key).wire().to_vec());
    let again =
        centre.change(move |c, scene| Box::pin(async move { scene.policy_acceptance(c, account, &wire).await }));
    assert_refused(again.await, ProblemCode::AlreadyExists);

    let succession = |time| {
        let (old, new) = (centre.client.id(), trustee.id());
        let (id, checked_by, ground) = (centre.root.centre(), centre.counsellor.id(), SuccessionGround::KeysLost);
        let body = Succession { centre: id, old, new, checked_by, ground, time };
        let wire = Signed::sign(body, &centre.counsellor.key).wire().to_vec();
        centre.change(move |c, scene| Box::pin(async move { scene.succession(c, checked_by, &wire).await }))
    };
    let first = succession(centre.now).await.unwrap();
    assert_eq!(succession(centre.now).await.unwrap(), first, "the very same is answered as the first time");
    assert_refused(succession(centre.now.plus(1)).await, ProblemCode::AlreadyExists);

    let grant = centre.grant(&centre.client, None);
    let revoke = |issued| {
        let revocation = Revocation { grant: grant.hash(), purposes: vec![Purpose::Counselling], issued };
        let (account, wire) = (centre.client.id(), Signed::sign(revocation, &centre.client.key).wire().to_vec());
        centre.change(move |c, scene| Box::pin(async move { scene.revocation(c, account, &wire).await }))
    };
    revoke(centre.now).await.unwrap();
    assert_refused(revoke(centre.now.plus(1)).await, ProblemCode::AlreadyExists);
}

#[tokio::test]
async fn one_account_puts_only_so_many_grants_into_a_case() {
    let mut centre = Centre::with_escrow(0).await;
    for _ in 1..250 {
        centre.now = centre.now.plus(1);
        centre.post_grant(&centre.client, &centre.grant(&centre.client, None)).await.unwrap();
    }
    centre.now = centre.now.plus(1);
    let one_more = centre.post_grant(&centre.client, &centre.grant(&centre.client, None)).await;
    assert_refused(one_more, ProblemCode::LimitReached);
}

#[tokio::test]
async fn a_stranger_is_not_told_that_there_is_a_session() {
    let centre = Centre::with_escrow(0).await;
    let stranger = person(&centre.folder);
    assert_refused(centre.served(&stranger).await, ProblemCode::NotFound);
}

#[tokio::test]
async fn the_recipient_is_served_once_enough_trustees_have_approved_and_until_it_expires() {
    let mut centre = Centre::with_escrow(HOUR).await;
    let request = centre.asks().await;
    assert_refused(centre.approves(1, request).await, ProblemCode::TooEarly);
    for trustee in &centre.trustees {
        centre.sees(trustee, request).await.unwrap();
    }
    centre.approves(1, request).await.unwrap();
    assert_refused(centre.may_be_served(&centre.counsellor).await, ProblemCode::NotAMember);
    let placed = centre.approves(2, request).await.unwrap();
    assert_eq!(centre.approves(2, request).await.unwrap(), placed);
    centre.may_be_served(&centre.counsellor).await.unwrap();
    centre.dismiss(Role::Director, START.plus(1)).await;
    centre.may_be_served(&centre.counsellor).await.unwrap();
    centre.dismiss(Role::Counsellor, START.plus(HOUR)).await;
    centre.may_be_served(&centre.counsellor).await.unwrap();
    centre.now = START.plus(HOUR);
    assert_refused(centre.may_be_served(&centre.counsellor).await, ProblemCode::NotAMember);
    centre.now = START.plus(100 * HOUR);
    assert_refused(centre.may_be_served(&centre.counsellor).await, ProblemCode::NotAMember);
}

#[tokio::test]
async fn steps_are_refused_from_the_wrong_person_twice_and_after_a_veto() {
    let centre = Centre::with_escrow(0).await;
    let request = centre.asks().await;
    assert_refused(centre.sees(&centre.client, request).await, ProblemCode::Forbidden);
    assert_refused(centre.sees(&centre.trustees[0], Hash([1; 32])).await, ProblemCode::UnknownReference);
    let cancelled = Cancellation { request, client: centre.client.id(), time: centre.now };
    let cancelled = Signed::sign(cancelled, &centre.client.key);
    let refused = centre.post(&centre.client, Kind::Cancellation, &cancelled, Vec::new()).await;
    assert_refused(refused, ProblemCode::NotCancellable);
    let [trustee, other] = &centre.trustees;
    let veto = Signed::sign(Veto { request, trustee: trustee.id(), time: centre.now }, &trustee.key);
    assert_refused(centre.post(other, Kind::Veto, &veto, Vec::new()).await, ProblemCode::BadSignature);
    assert_refused(centre.post(trustee, Kind::Sighting, &veto, Vec::new()).await, ProblemCode::BadSignature);
    assert_refused(centre.post(trustee, Kind::Veto, &veto, vec![seal(1)]).await, ProblemCode::NotAdmitted);
    assert_refused(centre.post(trustee, Kind::Letter, &veto, Vec::new()).await, ProblemCode::NotAdmitted);
    centre.post(trustee, Kind::Veto, &veto, Vec::new()).await.unwrap();
    assert_refused(centre.sees(other, request).await, ProblemCode::ReleaseClosed);
}

#[tokio::test]
async fn a_share_is_counted_until_its_trustee_confirms_it_once() {
    let mut centre = Centre::with_escrow(0).await;
    let trustee = &centre.trustees[0];
    let receipt = |time| {
        let body = DepositReceipt {
            session: SESSION,
            manifest: centre.manifest,
            x: 1,
            trustee: trustee.id(),
            share: Hash([1; 32]),
            time,
        };
        Signed::sign(body, &trustee.key)
    };
    let (first, second) = (receipt(centre.now), receipt(centre.now.plus(1)));
    let parts = async |centre: &Centre, person: &Person| {
        let items = centre.store.escrow_parts(person.id(), centre.now).await.unwrap();
        let tuple = |item: &PartItem| (item.session, item.part, item.deposits, item.requests);
        items.iter().map(tuple).collect::<Vec<_>>()
    };
    assert_eq!(parts(&centre, trustee).await, [(SESSION, Part::Trustee, 1, 0)]);
    let stored = centre.post(trustee, Kind::DepositReceipt, &first, Vec::new()).await.unwrap();
    assert_eq!(centre.post(trustee, Kind::DepositReceipt, &first, Vec::new()).await.unwrap(), stored);
    let twice = centre.post(trustee, Kind::DepositReceipt, &second, Vec::new()).await;
    assert_refused(twice, ProblemCode::AlreadyExists);
    assert_eq!(parts(&centre, trustee).await, [(SESSION, Part::Trustee, 0, 0)]);
    let counts = centre.store.view(|connection| Box::pin(trustee_counts(connection))).await.unwrap();
    let mut counts: Vec<_> = counts.iter().map(|count| (count.receipts, count.oldest_missing)).collect();
    counts.sort();
    assert_eq!(counts, [(0, Some(START)), (1, None)]);
    centre.asks().await;
    let asked = [(SESSION, Part::Requester, 0, 1), (SESSION, Part::Recipient, 0, 1)];
    assert_eq!(parts(&centre, &centre.counsellor).await, asked);
    centre.now = START.plus(100 * HOUR);
    let over = [(SESSION, Part::Requester, 0, 0), (SESSION, Part::Recipient, 0, 0)];
    assert_eq!(parts(&centre, &centre.counsellor).await, over);
}

#[tokio::test]
async fn a_guardian_joins_the_case_of_the_minor_who_named_it_and_is_checked_by_staff() {
    let centre = Centre::with_escrow(0).await;
    let guardian = &centre.trustees[0];
    let own = centre.grant(guardian, None);
    assert_refused(centre.post_grant(guardian, &own).await, ProblemCode::NotAdmitted);
    let attest = |checked_by: &Person| {
        let body = Guardianship {
            centre: centre.root.centre(),
            case: CASE,
            minor: centre.client.id(),
            guardian: guardian.id(),
            checked_by: checked_by.id(),
            time: centre.now,
        };
        let (account, wire) = (checked_by.id(), Signed::sign(body, &checked_by.key).wire().to_vec());
        centre.change(move |c, scene| Box::pin(async move { scene.guardianship(c, account, &wire).await }))
    };
    assert_refused(attest(&centre.counsellor).await, ProblemCode::UnknownReference);
    let minors = centre.grant(&centre.client, Some(guardian.id()));
    centre.post_grant(&centre.client, &minors).await.unwrap();
    centre.post_grant(guardian, &own).await.unwrap();
    assert_refused(attest(guardian).await, ProblemCode::NotAppointed);
    attest(&centre.counsellor).await.unwrap();
    let account = guardian.id();
    let scene = centre.scene();
    let read = centre.store.view(move |c| Box::pin(async move { scene.may_see_consent(c, account, CASE).await }));
    read.await.unwrap();
}
