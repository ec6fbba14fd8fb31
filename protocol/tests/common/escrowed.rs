//! The small centre with key escrow: three trustees, of whom two are needed, and a client who agreed to that.

use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Grant, Permission, Purpose};
use amanah_protocol::escrow::{Ground, GroundCode, Policy, PolicyAcceptance, PolicyTrustee};
use amanah_protocol::evidence::Placed;
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::AccountId;
use amanah_protocol::manifest::{Deposit, Escrow, Manifest, Trustee, WRAP_LENGTH};
use amanah_protocol::signature::Signed;

use super::world::{APPOINTED, Person, World, placed};
use super::{NOW, hash};

/// Where the policy stands.
pub(crate) const POLICY: u64 = 3;
/// Where its acceptances stand.
pub(crate) const ACCEPTED: u64 = 4;
/// One hour in milliseconds.
pub(crate) const HOUR: u64 = 3_600_000;
/// The delay of all grounds but the drill.
pub(crate) const DELAY: u64 = 24 * HOUR;

pub(crate) struct Escrowed {
    pub(crate) world: World,
    pub(crate) trustees: [Person; 3],
    pub(crate) director: Person,
    pub(crate) policy: Signed<Policy>,
}

/// Who may ask on a ground, who may get it, and whether a client may cancel it.
fn ground(code: GroundCode, requesters: &[Role], recipients: &[Role], cancellable: bool) -> Ground {
    let (requesters, recipients) = (requesters.to_vec(), recipients.to_vec());
    Ground { code, delay_ms: DELAY, notice_ms: 72 * HOUR, requesters, recipients, cancellable }
}

/// A policy of these trustees: every ground but the order of a court.
pub(crate) fn policy(world: &World, trustees: &[Person]) -> Policy {
    let danger = ground(
        GroundCode::ImminentDanger,
        &[Role::Counsellor, Role::Director],
        &[Role::Counsellor, Role::Supervisor],
        false,
    );
    let recovery = ground(GroundCode::AccountRecovery, &[Role::Director], &[Role::Client], true);
    let drill =
        Ground { delay_ms: HOUR, notice_ms: 0, ..ground(GroundCode::Drill, &[Role::Client], &[Role::Client], true) };
    let named = (1..).zip(trustees);
    Policy {
        centre: world.root.centre(),
        number: 1,
        threshold: 2,
        trustees: named
            .map(|(x, person)| PolicyTrustee { x, account: person.account(), contact: format!("+62 {x}") })
            .collect(),
        grounds: vec![danger, recovery, drill],
    }
}

impl Escrowed {
    pub(crate) fn new() -> Self {
        let mut world = World::new();
        let trustees = [21, 22, 23].map(Person::new);
        let director = Person::new(24);
        let policy = Signed::sign(policy(&world, &trustees), &world.root_key);
        let roles = trustees.iter().map(|trustee| (trustee, Role::Trustee)).chain([(&director, Role::Director)]);
        for (person, role) in roles {
            let body = world.appointment(person.account(), role);
            world.evidence.appointments.push(placed(APPOINTED, body, &world.root_key));
        }
        world.document_again(|document| document.escrow_policy = Some(policy.hash()));
        let mut escrowed = Self { world, trustees, director, policy };
        escrowed.world.evidence.policies = vec![Placed { position: POLICY, signed: escrowed.policy.clone() }];
        escrowed.accept(escrowed.policy.hash());
        let agreed = escrowed.agreed(escrowed.world.grant.body().clone());
        escrowed.world.grant_again(agreed);
        escrowed
    }

    /// All trustees accept a policy.
    pub(crate) fn accept(&mut self, policy: Hash) {
        for trustee in &self.trustees {
            let body = PolicyAcceptance { policy, trustee: trustee.account(), time: NOW };
            self.world.evidence.policy_acceptances.push(placed(ACCEPTED, body, &trustee.key));
        }
    }

    /// Another policy of the same trustees, stored and accepted.
    pub(crate) fn next_policy(&mut self, change: impl FnOnce(&mut Policy)) -> Hash {
        let mut body = Policy { number: 2, ..self.policy.body().clone() };
        change(&mut body);
        let next = placed(50, body, &self.world.root_key);
        let hash = next.signed.hash();
        self.world.evidence.policies.push(next);
        self.accept(hash);
        hash
    }

    /// The grant, and escrow under the policy.
    pub(crate) fn agreed(&self, mut grant: Grant) -> Grant {
        grant.permissions.push(Permission { purpose: Purpose::Escrow, named: None });
        Grant { escrow_policy: Some(self.policy.hash()), ..grant }
    }

    /// The hash of the newest card, of whoever has one.
    pub(crate) fn newest_card(&self, account: &AccountId) -> Option<Hash> {
        let mut people = self.trustees.iter().chain([&self.director]);
        let found = people.find(|person| person.account() == *account).map(|person| person.card.hash());
        found.or_else(|| self.world.newest_card(account))
    }

    /// The escrow section of an epoch under the policy.
    pub(crate) fn section(&self) -> Escrow {
        let named = (1..).zip(&self.trustees);
        let trustees =
            named.map(|(x, person)| Trustee { x, account: person.account(), card: person.card.hash() }).collect();
        Escrow { policy: self.policy.hash(), threshold: 2, trustees }
    }

    /// The manifest of epoch 0, escrowed.
    pub(crate) fn opening(&self) -> Manifest {
        self.escrow(self.world.opening())
    }

    /// The manifest with an escrow section and its deposits.
    pub(crate) fn escrow(&self, mut manifest: Manifest) -> Manifest {
        manifest.outline.escrow = Some(self.section());
        let deposit = |(number, seal): (u8, &Vec<u8>)| Deposit { share: hash(number), seal: of_bytes(seal) };
        manifest.deposits = (0xf0..).zip(&seals()).map(deposit).collect();
        manifest
    }
}

/// Bytes of the length of sealed shares, all different, and different from the wraps.
pub(crate) fn seals() -> [Vec<u8>; 3] {
    [0x81, 0x82, 0x83].map(|byte| vec![byte; WRAP_LENGTH])
}
