//! A centre that offers escrow: trustees who have accepted a policy, and a consent document that names it.

use amanah_client_sdk::transport::Clock;
use amanah_protocol::centre::Role;
use amanah_protocol::escrow::{Ground, GroundCode, Policy, PolicyTrustee};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::Timestamp;

use crate::people::{Centre, Device, Reach, Wall, consent_document};

/// The delay of the grounds of these stories, in milliseconds.
pub const DELAY: u64 = 400;

/// Trustees and their policy.
pub struct Offer<T> {
    /// By the number of their shares.
    pub trustees: Vec<Device<T>>,
    /// The policy.
    pub policy: Hash,
}

/// A ground for staff, whom the client may stop.
pub fn ground(code: GroundCode) -> Ground {
    let staff = vec![Role::Supervisor, Role::Counsellor];
    Ground { code, delay_ms: DELAY, notice_ms: 0, requesters: staff.clone(), recipients: staff, cancellable: true }
}

/// All grounds: danger at once and to be cancelled, a court's order with deferred notice, recovery, and practice.
pub fn grounds() -> Vec<Ground> {
    let danger = ground(GroundCode::ImminentDanger);
    let court = Ground { notice_ms: 4 * DELAY, cancellable: false, ..ground(GroundCode::CourtOrder) };
    let recovery = Ground { recipients: vec![Role::Client], ..ground(GroundCode::AccountRecovery) };
    let client = vec![Role::Client];
    let drill = Ground { requesters: client.clone(), recipients: client, ..ground(GroundCode::Drill) };
    vec![danger, court, recovery, drill]
}

impl<R: Reach> Centre<R> {
    /// Trustees join and are appointed, the director publishes a policy for them, they accept it, and a new consent
    /// document names it.
    ///
    /// # Panics
    /// If it fails.
    pub async fn offer_escrow(&self, threshold: u8, number: usize, grounds: Vec<Ground>) -> Offer<R::Way> {
        let mut offer = self.propose_escrow(threshold, number, grounds).await;
        for trustee in &mut offer.trustees {
            trustee.accept_policy(offer.policy).await.expect("accepted");
        }
        self.publish_document(2, Some(offer.policy)).await;
        offer
    }

    /// The same until nobody has accepted the policy yet.
    ///
    /// # Panics
    /// If it fails.
    pub async fn propose_escrow(&self, threshold: u8, number: usize, grounds: Vec<Ground>) -> Offer<R::Way> {
        let mut trustees = Vec::new();
        for index in 1..=number {
            let trustee = self.client(&format!("wali-{index}")).await;
            self.appoint(trustee.id(), Role::Trustee, &format!("Wali {index}")).await;
            trustees.push(trustee);
        }
        let held = (1..).zip(&trustees);
        let named = held.map(|(x, held)| PolicyTrustee { x, account: held.id(), contact: format!("0812-000{x}") });
        let policy = Policy { centre: self.id, number: 1, threshold, trustees: named.collect(), grounds };
        let signed = self.director.publish_policy(self.relay.transport(), policy).await.expect("published");
        Offer { trustees, policy: signed.hash() }
    }

    /// Publishes a consent document with this number, which names this policy.
    ///
    /// # Panics
    /// If it fails.
    pub async fn publish_document(&self, number: u32, escrow_policy: Option<Hash>) {
        let (mut document, texts) = consent_document(self.id, number);
        document.escrow_policy = escrow_policy;
        self.director.publish_document(self.relay.transport(), document, &texts).await.expect("published");
    }
}

/// Waits until this time has come.
pub async fn until(time: Timestamp) {
    while Wall.now() < time {
        tokio::task::yield_now().await;
    }
}
