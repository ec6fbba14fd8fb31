//! Escrow by hand: two trustees with a policy, and a session of a client who agreed to it.

use amanah_client_sdk::transport::Clock;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Guardianship, Permission, Purpose};
use amanah_protocol::escrow::{DepositReceipt, Policy, PolicyAcceptance, PolicyTrustee};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, SessionId};
use amanah_protocol::manifest::{Escrow, Manifest, Trustee};
use amanah_protocol::record::{DocumentUpload, EscrowUpload, Kind};
use amanah_protocol::signature::Signed;
use reqwest::Method;

use crate::by_hand::{ByHand, Hand, epoch, opening, random};
use crate::door::{Asked, CBOR};
use crate::escrow::grounds;
use crate::people::{Wall, appointment, consent_document};

/// Trustees who are appointed, and their policy, which nobody has accepted yet.
pub struct Offered {
    /// By the number of their shares.
    pub trustees: [Hand; 2],
    /// The policy: both are needed.
    pub policy: Signed<Policy>,
}

/// A session that is escrowed with them.
pub struct EscrowedByHand {
    /// Who holds shares.
    pub offered: Offered,
    /// The manifest of its first epoch.
    pub manifest: Signed<Manifest>,
}

/// A policy of these trustees.
pub fn policy(scene: &ByHand, number: u32, trustees: [AccountId; 2]) -> Policy {
    let held = (1..).zip(trustees).map(|(x, account)| PolicyTrustee { x, account, contact: format!("0812-000{x}") });
    Policy { centre: scene.centre.id, number, threshold: 2, trustees: held.collect(), grounds: grounds() }
}

impl ByHand {
    /// Somebody new, appointed.
    ///
    /// # Panics
    /// If the relay refuses.
    pub async fn appointed(&self, role: Role) -> Hand {
        let name = format!("orang-{}", u64::from_be_bytes(random()));
        let hand = self.enter(name.get(..28).unwrap_or(&name)).await;
        let signed = Signed::sign(appointment(self.centre.id, hand.id(), role, "Orang"), &self.root);
        let posted = Asked::new(Method::POST, "/v1/centre/appointments").with(CBOR, signed.wire());
        self.door.ask(posted).await.accepted();
        hand
    }

    /// Two new trustees and their policy.
    ///
    /// # Panics
    /// If the relay refuses something of it.
    pub async fn offered(&self) -> Offered {
        let trustees = [self.appointed(Role::Trustee).await, self.appointed(Role::Trustee).await];
        let policy = policy(self, 1, [trustees[0].id(), trustees[1].id()]);
        let policy = Signed::sign(policy, &self.root);
        let posted = Asked::new(Method::POST, "/v1/centre/policies").with(CBOR, policy.wire());
        self.door.ask(posted).await.accepted();
        Offered { trustees, policy }
    }

    /// A new session of the client and the counsellor, escrowed with two new trustees.
    ///
    /// # Panics
    /// If the relay refuses something of it.
    pub async fn escrowed(&self) -> EscrowedByHand {
        let offered = self.offered().await;
        for trustee in &offered.trustees {
            self.door.ask(offered.accepted_by(trustee)).await.accepted();
        }
        let document = self.document_naming(offered.policy.hash()).await;
        let mut grant = self.grant_of(&self.client);
        grant.document = document;
        grant.permissions.push(Permission { purpose: Purpose::Escrow, named: None });
        grant.escrow_policy = Some(offered.policy.hash());
        let grant = self.client.sign(grant);
        self.door.ask(self.client.posts("/v1/grants", grant.wire())).await.accepted();
        let members = [(&self.client, Role::Client), (&self.counsellor, Role::Counsellor)];
        let mut outline = opening(&self.client, grant.body().case, grant.hash(), &members);
        let held = (1..).zip(&offered.trustees);
        let trustees = held.map(|(x, hand)| Trustee { x, account: hand.id(), card: hand.card.hash() }).collect();
        outline.escrow = Some(Escrow { policy: offered.policy.hash(), threshold: 2, trustees });
        let [one, other] = &offered.trustees;
        let cards = [&self.client.card, &self.counsellor.card, &one.card, &other.card];
        let (manifest, upload) = epoch(&self.client, outline, &cards);
        let path = format!("/v1/sessions/{}/manifests", manifest.body().outline.session);
        self.door.ask(self.client.posts(path, upload.to_bytes())).await.accepted();
        EscrowedByHand { offered, manifest }
    }

    async fn document_naming(&self, policy: Hash) -> Hash {
        let (mut document, texts) = consent_document(self.centre.id, 7);
        document.escrow_policy = Some(policy);
        let signed = Signed::sign(document, &self.root);
        let texts = texts.into_iter().map(|text| ByteString(text.into_bytes())).collect();
        let upload = DocumentUpload { document: ByteString(signed.wire().to_vec()), texts };
        let posted = Asked::new(Method::POST, "/v1/centre/documents").with(CBOR, upload.to_bytes());
        self.door.ask(posted).await.accepted();
        signed.hash()
    }

    /// What the counsellor attests after the client has named the stranger as guardian in a new case.
    ///
    /// # Panics
    /// If the relay refuses the grant.
    pub async fn guardianship(&self) -> Guardianship {
        let mut grant = self.grant_of(&self.client);
        grant.guardian = Some(self.stranger.id());
        let case = grant.case;
        let grant = self.client.sign(grant);
        self.door.ask(self.client.posts("/v1/grants", grant.wire())).await.accepted();
        Guardianship {
            centre: self.centre.id,
            case,
            minor: self.client.id(),
            guardian: self.stranger.id(),
            checked_by: self.counsellor.id(),
            time: Wall.now(),
        }
    }
}

impl Offered {
    /// What a trustee posts to accept the policy.
    pub fn accepted_by(&self, trustee: &Hand) -> Asked {
        let acceptance = PolicyAcceptance { policy: self.policy.hash(), trustee: trustee.id(), time: Wall.now() };
        trustee.posts("/v1/centre/policy-acceptances", trustee.sign(acceptance).wire())
    }
}

impl EscrowedByHand {
    /// The session.
    pub fn session(&self) -> SessionId {
        self.manifest.body().outline.session
    }

    /// What the first trustee posts of its share.
    ///
    /// # Panics
    /// If there is none.
    pub fn receipt(&self) -> Asked {
        let trustee = &self.offered.trustees[0];
        let deposit = self.manifest.body().deposits.first().expect("a deposit");
        let (session, manifest, share) = (self.session(), self.manifest.hash(), deposit.share);
        let receipt = DepositReceipt { session, manifest, x: 1, trustee: trustee.id(), share, time: Wall.now() };
        self.step(trustee, Kind::DepositReceipt, receipt, Vec::new())
    }

    /// A step that somebody posts.
    pub fn step<S: Structure>(&self, by: &Hand, kind: Kind, step: S, parts: Vec<ByteString>) -> Asked {
        let step = ByteString(by.sign(step).wire().to_vec());
        by.posts(format!("/v1/sessions/{}/escrow", self.session()), EscrowUpload { kind, step, parts }.to_bytes())
    }
}
