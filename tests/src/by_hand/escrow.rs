//! Escrow by hand: trustees who accepted a policy, a session that is escrowed under it, and what is asked of them.

use amanah_client_sdk::transport::Clock;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Grant, Permission, Purpose};
use amanah_protocol::escrow::{DepositReceipt, Ground, GroundCode, Policy, PolicyAcceptance, PolicyTrustee};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::SessionId;
use amanah_protocol::letter::Transcript;
use amanah_protocol::manifest::{Escrow, Manifest, Outline, Reason, Trustee, WRAP_LENGTH};
use amanah_protocol::padding::MIN_PADDED;
use amanah_protocol::record::{DocumentUpload, EscrowUpload, Kind};
use amanah_protocol::release::{Approval, Justification, Request, RequestOutline};
use amanah_protocol::signature::Signed;
use reqwest::Method;

use super::{ByHand, Hand, by_root, epoch, opening, random};
use crate::door::{Asked, Door};
use crate::people::{DAY, Wall, consent_document};

/// How long trustees wait before they may follow a court's order: longer than any story lasts.
pub const WAIT: u64 = 15 * 60_000;
/// Length of the shortest justification, sealed to a trustee.
pub const JUSTIFICATION_LENGTH: usize = 1120 + 16 + MIN_PADDED;

/// What a centre with a client, a counsellor and a stranger has besides when it offers escrow.
pub struct Escrowed {
    /// Appointed, and have accepted the policy.
    pub trustees: [Hand; 2],
    /// Appointed, and in no session: asks for a release and gets it.
    pub supervisor: Hand,
    /// Appointed, also as an auditor, and in no session.
    pub director: Hand,
    /// Danger at once, which the client may cancel, and a court's order after [`WAIT`], which nobody may.
    pub policy: Signed<Policy>,
    /// Another policy of the same trustees, which nobody has accepted yet.
    pub other_policy: Signed<Policy>,
    /// The consent document that names the first policy.
    pub document: Hash,
    /// The two epochs of the client's escrowed session.
    pub manifests: Vec<Signed<Manifest>>,
}

impl Escrowed {
    /// Hires and appoints everybody, publishes and accepts the policy, and opens the session.
    ///
    /// # Panics
    /// If the relay refuses something of it.
    pub async fn begin(scene: &ByHand) -> Self {
        let trustees = [scene.enter("wali-1").await, scene.enter("wali-2").await];
        let (supervisor, director) = (scene.enter("pak-budi").await, scene.enter("bu-direktur").await);
        for trustee in &trustees {
            scene.appoint(trustee, Role::Trustee).await;
        }
        scene.appoint(&supervisor, Role::Supervisor).await;
        scene.appoint(&director, Role::Director).await;
        scene.appoint(&director, Role::Auditor).await;
        let policy = Signed::sign(new_policy(scene, [&trustees[0], &trustees[1]]), &scene.root);
        scene.door.ask(by_root("policies", policy.wire())).await.accepted();
        for trustee in &trustees {
            scene.door.ask(accepts(trustee, trustee, policy.hash())).await.accepted();
        }
        let other_policy = Signed::sign(Policy { number: 2, ..policy.body().clone() }, &scene.root);
        scene.door.ask(by_root("policies", other_policy.wire())).await.accepted();
        let document = document_with(scene, 2, policy.hash());
        scene.door.ask(document.1).await.accepted();
        let (document, manifests) = (document.0, Vec::new());
        let mut escrowed = Self { trustees, supervisor, director, policy, other_policy, document, manifests };
        escrowed.manifests = escrowed.open_session(scene).await;
        escrowed
    }

    /// A new session of the client with the counsellor: the manifests of its two epochs.
    ///
    /// # Panics
    /// If the relay refuses something of it.
    pub async fn open_session(&self, scene: &ByHand) -> Vec<Signed<Manifest>> {
        let (client, counsellor) = (&scene.client, &scene.counsellor);
        let grant = client.sign(self.grant(scene));
        scene.door.ask(client.posts("/v1/grants", grant.wire())).await.accepted();
        let members = [(client, Role::Client), (counsellor, Role::Counsellor)];
        let mut outline = opening(client, grant.body().case, grant.hash(), &members);
        outline.escrow = Some(self.section());
        let first = self.begin_epoch(scene, outline.clone()).await;
        outline.transcript = Some(Transcript::start(outline.session));
        (outline.epoch, outline.previous, outline.reason) = (1, Some(first.hash()), Reason::Requested);
        let second = self.begin_epoch(scene, outline).await;
        vec![first, second]
    }

    async fn begin_epoch(&self, scene: &ByHand, outline: Outline) -> Signed<Manifest> {
        let [one, two] = &self.trustees;
        let cards = [&scene.client.card, &scene.counsellor.card, &one.card, &two.card];
        let path = format!("/v1/sessions/{}/manifests", outline.session);
        let (manifest, upload) = epoch(&scene.client, outline, &cards);
        scene.door.ask(scene.client.posts(path, upload.to_bytes())).await.accepted();
        manifest
    }

    /// A grant of the client for the counsellor and for escrow, in a new case.
    pub fn grant(&self, scene: &ByHand) -> Grant {
        let mut grant = Grant { document: self.document, ..scene.grant_of(&scene.client) };
        grant.permissions.push(Permission { purpose: Purpose::Escrow, named: None });
        grant.escrow_policy = Some(self.policy.hash());
        grant
    }

    fn section(&self) -> Escrow {
        let trustee = |(x, hand): (u8, &Hand)| Trustee { x, account: hand.id(), card: hand.card.hash() };
        let trustees = (1..).zip(&self.trustees).map(trustee).collect();
        Escrow { policy: self.policy.hash(), threshold: 2, trustees }
    }

    /// The session.
    ///
    /// # Panics
    /// If it was not opened.
    pub fn session(&self) -> SessionId {
        self.manifests.first().expect("a session").body().outline.session
    }

    /// The address of the session's escrow.
    pub fn address(&self) -> String {
        format!("/v1/sessions/{}/escrow", self.session())
    }

    /// Somebody signs a step and posts it.
    pub fn step<S: Structure>(&self, by: &Hand, kind: Kind, step: S, parts: Vec<Vec<u8>>) -> Asked {
        self.signed(by, kind, &by.sign(step), parts)
    }

    /// Somebody posts a step that anybody signed.
    pub fn signed<S: Structure>(&self, by: &Hand, kind: Kind, step: &Signed<S>, parts: Vec<Vec<u8>>) -> Asked {
        self.bytes(by, kind, step.wire(), parts)
    }

    /// Somebody posts anything as a step.
    pub fn bytes(&self, by: &Hand, kind: Kind, step: &[u8], parts: Vec<Vec<u8>>) -> Asked {
        let parts = parts.into_iter().map(ByteString).collect();
        by.posts(self.address(), EscrowUpload { kind, step: ByteString(step.to_vec()), parts }.to_bytes())
    }

    /// The receipt of the trustee with this number for the share of this epoch.
    ///
    /// # Panics
    /// If it holds none.
    pub fn receipt(&self, manifest: &Signed<Manifest>, x: u8) -> DepositReceipt {
        let (trustee, deposit) = manifest.body().deposited().find(|(trustee, _)| trustee.x == x).expect("a share");
        DepositReceipt {
            session: manifest.body().outline.session,
            manifest: manifest.hash(),
            x,
            trustee: trustee.account,
            share: deposit.share,
            time: Wall.now(),
        }
    }

    /// What the supervisor asks for, and the justifications beside it. What is in them is noise, as for every relay.
    pub fn request(&self, ground: GroundCode) -> (Request, Vec<Vec<u8>>) {
        let created = Wall.now();
        let outline = RequestOutline {
            session: self.session(),
            policy: self.policy.hash(),
            epochs: self.manifests.iter().map(Signed::hash).collect(),
            ground,
            requester: self.supervisor.id(),
            recipient: self.supervisor.id(),
            card: self.supervisor.card.hash(),
            created,
            expires: created.plus(WAIT + DAY),
        };
        let sealed: Vec<Vec<u8>> = self.trustees.iter().map(|_| noise(JUSTIFICATION_LENGTH)).collect();
        let justification = |(hand, sealed): (&Hand, &Vec<u8>)| Justification {
            trustee: hand.id(),
            card: hand.card.hash(),
            sealed: of_bytes(sealed),
        };
        let justifications = self.trustees.iter().zip(&sealed).map(justification).collect();
        (Request { outline, justifications }, sealed)
    }

    /// The approval of the trustee with this number, and the shares beside it. What is in them is noise, too.
    ///
    /// # Panics
    /// If there is no such trustee.
    pub fn approval(&self, request: Hash, x: u8) -> (Approval, Vec<Vec<u8>>) {
        let trustee = self.policy.body().trustees.iter().find(|trustee| trustee.x == x).expect("a trustee").account;
        let shares: Vec<Vec<u8>> = self.manifests.iter().map(|_| noise(WRAP_LENGTH)).collect();
        let reseals = shares.iter().map(|share| of_bytes(share)).collect();
        (Approval { request, trustee, x, reseals, time: Wall.now() }, shares)
    }

    /// Everything of escrow that anybody can read.
    pub(super) async fn snapshot(&self, door: &Door) -> Vec<u8> {
        let [one, two] = &self.trustees;
        let mut asked =
            vec![one.asks(Method::GET, self.address()), self.director.asks(Method::GET, "/v1/escrow/deposits")];
        asked.extend([one, two, &self.supervisor].map(|hand| hand.asks(Method::GET, "/v1/escrow")));
        let mut all = Vec::new();
        for asked in asked {
            all.extend(door.ask(asked).await.accepted());
        }
        all
    }
}

/// A policy of both for these trustees.
pub fn new_policy(scene: &ByHand, trustees: [&Hand; 2]) -> Policy {
    let staff = vec![Role::Supervisor, Role::Counsellor];
    let danger = Ground {
        code: GroundCode::ImminentDanger,
        delay_ms: 0,
        notice_ms: 0,
        requesters: staff.clone(),
        recipients: staff,
        cancellable: true,
    };
    let court = Ground { code: GroundCode::CourtOrder, delay_ms: WAIT, cancellable: false, ..danger.clone() };
    let named = |(x, hand): (u8, &Hand)| PolicyTrustee { x, account: hand.id(), contact: format!("0812-000{x}") };
    let trustees = (1..).zip(trustees).map(named).collect();
    Policy { centre: scene.centre.id, number: 1, threshold: 2, trustees, grounds: vec![danger, court] }
}

/// Somebody posts their acceptance of a policy in the name of a trustee.
pub fn accepts(by: &Hand, trustee: &Hand, policy: Hash) -> Asked {
    let acceptance = PolicyAcceptance { policy, trustee: trustee.id(), time: Wall.now() };
    by.posts("/v1/centre/policy-acceptances", by.sign(acceptance).wire())
}

/// The consent document with this number, which names this policy, and what publishes it.
pub fn document_with(scene: &ByHand, number: u32, policy: Hash) -> (Hash, Asked) {
    let (mut document, texts) = consent_document(scene.centre.id, number);
    document.escrow_policy = Some(policy);
    let signed = Signed::sign(document, &scene.root);
    let texts = texts.into_iter().map(|text| ByteString(text.into_bytes())).collect();
    let upload = DocumentUpload { document: ByteString(signed.wire().to_vec()), texts };
    (signed.hash(), by_root("documents", upload.to_bytes()))
}

/// So many random bytes.
pub fn noise(length: usize) -> Vec<u8> {
    std::iter::repeat_with(random::<16>).flatten().take(length).collect()
}
