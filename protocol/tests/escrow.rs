//! What a policy must say, and that an epoch is escrowed exactly as its clients agreed to (docs/protocol.md §7).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Grant, Guardianship, Permission, Purpose};
use amanah_protocol::escrow::{
    DepositReceipt, Ground, GroundCode, MAX_DEFERRAL_MS, MAX_DELAY_MS, MAX_TRUSTEES, MIN_THRESHOLD, NotAsAgreed,
    NotThisDeposit, Policy, PolicyError, PolicyTrustee, check_deposit_receipt, check_escrow, is_ready, policy_due,
};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, CaseId, SessionId};
use amanah_protocol::letter::{LetterError, SenderState, check_letter};
use amanah_protocol::manifest::{
    Capabilities, Escrow, Manifest, ManifestError, WRAP_LENGTH, check_manifest, check_parts,
};
use amanah_protocol::signature::Signed;
use common::escrowed::{Escrowed, seals};
use common::samples::CASE;
use common::world::{GRANTED, MOMENT, placed, wraps};
use common::{NOW, hash};

const OTHER_CASE: CaseId = CaseId(uuid::Uuid::from_bytes([0x79; 16]));
const OTHER_SESSION: SessionId = SessionId(uuid::Uuid::from_bytes([0x7a; 16]));

type PolicyLine = (&'static str, fn(&mut Policy), Result<(), PolicyError>);

fn check_policies(table: &[PolicyLine]) {
    let good = Escrowed::new().policy.body().clone();
    for (name, change, expected) in table {
        let mut policy = good.clone();
        change(&mut policy);
        assert_eq!(policy.check(), *expected, "{name}");
    }
}

/// Gives the policy this many trustees.
fn with_trustees(policy: &mut Policy, count: u8) {
    let trustee = |x| PolicyTrustee { x, account: AccountId([x; 32]), contact: "+62".to_owned() };
    policy.trustees = (1..=count).map(trustee).collect();
}

#[test]
fn the_limits_of_a_policy_are_those_of_the_specification() {
    assert_eq!((MIN_THRESHOLD, MAX_TRUSTEES), (2, 15));
    assert_eq!((MAX_DELAY_MS, MAX_DEFERRAL_MS), (365 * 24 * 3_600_000, 90 * 24 * 3_600_000));
}

#[test]
fn a_policy_names_two_to_fifteen_people_whom_anybody_can_reach() {
    use PolicyError::{Number, Trustees};
    check_policies(&[
        ("nothing", |_| {}, Ok(())),
        ("a later number", |p| p.number = u32::MAX, Ok(())),
        ("number 0", |p| p.number = 0, Err(Number)),
        ("all are needed", |p| p.threshold = 3, Ok(())),
        ("one is enough", |p| p.threshold = 1, Err(Trustees)),
        ("nobody is needed", |p| p.threshold = 0, Err(Trustees)),
        ("more are needed than there are", |p| p.threshold = 4, Err(Trustees)),
        ("as many as can be", |p| with_trustees(p, 15), Ok(())),
        ("sixteen", |p| with_trustees(p, 16), Err(Trustees)),
        ("two of two", |p| with_trustees(p, 2), Ok(())),
        (
            "one of one",
            |p| {
                with_trustees(p, 1);
                p.threshold = 1;
            },
            Err(Trustees),
        ),
        ("two of one", |p| with_trustees(p, 1), Err(Trustees)),
        ("nobody", |p| p.trustees.clear(), Err(Trustees)),
        (
            "none of nobody",
            |p| {
                p.trustees.clear();
                p.threshold = 0;
            },
            Err(Trustees),
        ),
        ("numbered from 0", |p| p.trustees.iter_mut().for_each(|trustee| trustee.x -= 1), Err(Trustees)),
        ("a number left out", |p| p.trustees[2].x = 4, Err(Trustees)),
        ("a number twice", |p| p.trustees[2].x = 2, Err(Trustees)),
        ("out of order", |p| p.trustees.swap(0, 1), Err(Trustees)),
        ("an account twice", |p| p.trustees[2].account = p.trustees[0].account, Err(Trustees)),
        ("a contact twice", |p| p.trustees[2].contact = p.trustees[0].contact.clone(), Ok(())),
        ("no contact", |p| p.trustees[1].contact.clear(), Err(Trustees)),
        ("a blank contact", |p| p.trustees[1].contact = " \n\u{a0}".to_owned(), Err(Trustees)),
    ]);
}

/// The ground with this code, with the right people.
fn ground_of(code: GroundCode) -> Ground {
    let (requesters, recipients) = match code {
        GroundCode::ImminentDanger | GroundCode::CourtOrder => (vec![Role::Counsellor], vec![Role::Director]),
        GroundCode::AccountRecovery => (vec![Role::Registrar], vec![Role::Client]),
        GroundCode::Drill => (vec![Role::Client], vec![Role::Client]),
    };
    Ground { code, delay_ms: 1, notice_ms: 1, requesters, recipients, cancellable: true }
}

#[test]
fn a_policy_has_each_ground_once_and_for_a_bearable_time() {
    use PolicyError::Grounds;
    check_policies(&[
        ("no grounds", |p| p.grounds.clear(), Err(Grounds)),
        ("one ground", |p| p.grounds.truncate(1), Ok(())),
        ("all grounds", |p| p.grounds = GroundCode::ALL.iter().copied().map(ground_of).collect(), Ok(())),
        ("a ground twice", |p| p.grounds[1] = p.grounds[0].clone(), Err(Grounds)),
        (
            "a ground twice with another delay",
            |p| p.grounds.push(Ground { delay_ms: 1, ..p.grounds[0].clone() }),
            Err(Grounds),
        ),
        ("no delay", |p| p.grounds[0].delay_ms = 0, Ok(())),
        ("the longest delay", |p| p.grounds[0].delay_ms = MAX_DELAY_MS, Ok(())),
        ("a longer delay", |p| p.grounds[0].delay_ms = MAX_DELAY_MS + 1, Err(Grounds)),
        ("the longest deferral", |p| p.grounds[0].notice_ms = MAX_DEFERRAL_MS, Ok(())),
        ("a longer deferral", |p| p.grounds[0].notice_ms = MAX_DEFERRAL_MS + 1, Err(Grounds)),
        ("the last ground is too long", |p| p.grounds[2].delay_ms = u64::MAX, Err(Grounds)),
    ]);
}

#[test]
fn only_these_roles_ask_and_get_on_a_ground() {
    let staff = [Role::Counsellor, Role::Supervisor, Role::Registrar, Role::Director];
    let policy = Escrowed::new().policy.body().clone();
    let sound = |ground| Policy { grounds: vec![ground], ..policy.clone() }.check().is_ok();
    for code in GroundCode::ALL.iter().copied() {
        let staff_gets = matches!(code, GroundCode::ImminentDanger | GroundCode::CourtOrder);
        for role in Role::ALL {
            let good = ground_of(code);
            let asks = sound(Ground { requesters: vec![*role], ..good.clone() });
            let gets = sound(Ground { recipients: vec![*role], ..good.clone() });
            let own = *role == Role::Client;
            assert_eq!(asks, if code == GroundCode::Drill { own } else { staff.contains(role) }, "{code:?} {role:?}");
            assert_eq!(gets, if staff_gets { staff.contains(role) } else { own }, "{code:?} {role:?}");
            let second = Ground { requesters: vec![good.requesters[0], *role], ..good.clone() };
            let other = *role != good.requesters[0];
            assert_eq!(sound(second), code != GroundCode::Drill && staff.contains(role) && other, "{code:?} {role:?}");
        }
        assert!(!sound(Ground { requesters: Vec::new(), ..ground_of(code) }), "{code:?}: nobody asks");
        assert!(!sound(Ground { recipients: Vec::new(), ..ground_of(code) }), "{code:?}: nobody gets it");
        let twice = [ground_of(code).recipients, ground_of(code).recipients].concat();
        assert!(!sound(Ground { recipients: twice, ..ground_of(code) }), "{code:?}: a recipient twice");
    }
}

#[test]
fn a_policy_knows_its_grounds_and_trustees() {
    let escrowed = Escrowed::new();
    let policy = escrowed.policy.body();
    assert_eq!(policy.ground(GroundCode::Drill).unwrap().code, GroundCode::Drill);
    assert_eq!(policy.ground(GroundCode::CourtOrder), None);
    assert_eq!(policy.trustee(&escrowed.trustees[1].account()).unwrap().x, 2);
    assert_eq!(policy.trustee(&escrowed.director.account()), None);
}

/// What the clients agreed to, and who sits in the epoch.
struct Agreed {
    escrowed: Escrowed,
    /// The relative's grant, where the relative is a client of the epoch.
    partner: Option<Hash>,
}

impl Agreed {
    fn new() -> Self {
        Self { escrowed: Escrowed::new(), partner: None }
    }

    /// The first epoch, not escrowed.
    fn plain(&self) -> Manifest {
        let world = &self.escrowed.world;
        let mut manifest = world.opening();
        if let Some(grant) = self.partner {
            let mut partner = world.member(&world.relative, Role::Client, Capabilities::MANAGE);
            partner.grant = Some(grant);
            manifest.outline.members.push(partner);
            manifest.outline.members.sort_by_key(|member| member.account);
            manifest.wraps.push(hash(1));
        }
        manifest
    }

    fn check(&self, manifest: Manifest) -> Result<(), ManifestError> {
        let world = &self.escrowed.world;
        let signed = Signed::sign(manifest, &world.client.key);
        check_manifest(&signed, None, None, |account| self.escrowed.newest_card(account), MOMENT, &world.evidence)
    }

    /// The client's grant without escrow, in the place of the one with it.
    fn without_escrow(&mut self) {
        let mut grant = self.escrowed.world.grant.body().clone();
        grant.permissions.retain(|permission| permission.purpose != Purpose::Escrow);
        self.escrowed.world.grant_again(Grant { escrow_policy: None, ..grant });
    }

    /// One more grant of the client, for escrow only, changed in one place.
    fn escrow_only(&mut self, position: u64, change: impl FnOnce(&mut Grant)) -> Hash {
        let permissions = vec![Permission { purpose: Purpose::Escrow, named: None }];
        let escrow_policy = Some(self.escrowed.policy.hash());
        let mut grant = Grant { permissions, escrow_policy, ..self.escrowed.world.grant.body().clone() };
        change(&mut grant);
        self.escrowed.world.give(position, grant)
    }

    /// Client and relative come as a couple; the relative's grant is changed in one place.
    fn couple(&mut self, change: impl FnOnce(&mut Grant)) {
        let world = &mut self.escrowed.world;
        world.join();
        let mut grant = world.evidence.grants.pop().unwrap().signed.body().clone();
        change(&mut grant);
        self.partner = Some(world.give(GRANTED + 1, grant));
    }

    /// The client is a minor as far as escrow is concerned; the guardian agrees to this policy.
    fn guarded(&mut self, policy: Hash) {
        self.without_escrow();
        let guardian = self.escrowed.world.relative.account();
        let mut allowed = self.escrowed.world.relatives_grant();
        not_escrow(&mut allowed);
        self.escrowed.world.give(29, allowed);
        self.escrow_only(30, |grant| grant.guardian = Some(guardian));
        self.escrow_only(31, |grant| (grant.client, grant.escrow_policy) = (guardian, Some(policy)));
        let world = &mut self.escrowed.world;
        let (minor, checked_by) = (world.client.account(), world.counsellor.account());
        let attested = Guardianship { centre: world.root.centre(), case: CASE, minor, guardian, checked_by, time: NOW };
        world.evidence.guardianships.push(placed(15, attested, &world.counsellor.key));
    }
}

/// Takes the permission for escrow out of a grant.
fn not_escrow(grant: &mut Grant) {
    grant.permissions.retain(|permission| permission.purpose != Purpose::Escrow);
    grant.escrow_policy = None;
}

/// One line: what is different, and whether the policy is due.
type AgreedLine = (&'static str, fn(&mut Agreed), bool);

/// An epoch is accepted with escrow exactly when it is due, and without it exactly when not.
fn check_agreed(table: &[AgreedLine]) {
    for (name, change, due) in table {
        let mut agreed = Agreed::new();
        change(&mut agreed);
        let (plain, policy) = (agreed.plain(), &agreed.escrowed.policy);
        let escrowed = agreed.escrowed.escrow(plain.clone());
        let evidence = &agreed.escrowed.world.evidence;
        let found = policy_due(&plain.outline, MOMENT, evidence).map(Signed::hash);
        assert_eq!(found, due.then_some(policy.hash()), "{name}");
        let answers = [&plain, &escrowed].map(|manifest| check_escrow(&manifest.outline, MOMENT, evidence));
        assert_eq!(answers.map(|answer| answer == Err(NotAsAgreed)), [*due, !due], "{name}");
        let refused = Err(ManifestError::Escrow);
        let expected = if *due { [refused, Ok(())] } else { [Ok(()), refused] };
        assert_eq!([plain, escrowed].map(|manifest| agreed.check(manifest)), expected, "{name}");
    }
}

#[test]
fn an_epoch_is_escrowed_while_its_client_agrees() {
    check_agreed(&[
        ("nothing", |_| {}, true),
        ("the client did not agree", Agreed::without_escrow, false),
        (
            "escrow without a policy",
            |a| {
                a.without_escrow();
                a.escrow_only(30, |grant| grant.escrow_policy = None);
            },
            false,
        ),
        ("taken back", |a| a.escrowed.world.revoke(50, &[Purpose::Escrow]), false),
        ("taken back later", |a| a.escrowed.world.revoke(MOMENT.position, &[Purpose::Escrow]), true),
        ("something else taken back", |a| a.escrowed.world.revoke(50, &[Purpose::Supervision]), true),
        (
            "in a grant of its own",
            |a| {
                a.without_escrow();
                a.escrow_only(30, |_| {});
            },
            true,
        ),
        (
            "in a grant that comes later",
            |a| {
                a.without_escrow();
                a.escrow_only(MOMENT.position, |_| {});
            },
            false,
        ),
        (
            "in a grant that is over",
            |a| {
                a.without_escrow();
                a.escrow_only(30, |grant| grant.expires = Some(MOMENT.time));
            },
            false,
        ),
        (
            "in a grant under an unknown document",
            |a| {
                a.without_escrow();
                a.escrow_only(30, |grant| grant.document = hash(1));
            },
            false,
        ),
        (
            "in a grant of another case",
            |a| {
                a.without_escrow();
                a.escrow_only(30, |grant| grant.case = OTHER_CASE);
            },
            false,
        ),
        (
            "in somebody else's grant",
            |a| {
                a.without_escrow();
                let other = a.escrowed.world.relative.account();
                a.escrow_only(30, |grant| grant.client = other);
            },
            false,
        ),
    ]);
}

#[test]
fn the_newest_grant_for_escrow_counts_and_no_older_one_stands_in() {
    check_agreed(&[
        ("the newer one names another policy", |a| _ = a.escrow_only(30, |g| g.escrow_policy = Some(hash(1))), false),
        ("the newer one names none", |a| _ = a.escrow_only(30, |grant| grant.escrow_policy = None), false),
        ("the newer one is over", |a| _ = a.escrow_only(30, |grant| grant.expires = Some(NOW)), false),
        (
            "the newer one is taken back",
            |a| {
                let newer = a.escrow_only(30, |grant| grant.expires = None);
                a.escrowed.world.revoke_of(50, newer, &[Purpose::Escrow]);
            },
            false,
        ),
        (
            "the newer one names another policy and is kept first",
            |a| {
                a.escrow_only(30, |grant| grant.escrow_policy = Some(hash(1)));
                a.escrowed.world.evidence.grants.reverse();
            },
            false,
        ),
        ("the older one names another policy", |a| _ = a.escrow_only(15, |g| g.escrow_policy = Some(hash(1))), true),
        (
            "the older one is taken back",
            |a| {
                a.escrow_only(30, |grant| grant.expires = None);
                a.escrowed.world.revoke(50, &[Purpose::Escrow]);
            },
            true,
        ),
        (
            "a newer one for something else",
            |a| {
                let grant = a.escrowed.world.grant.body().clone();
                let permissions = vec![Permission { purpose: Purpose::RecordKeeping, named: None }];
                a.escrowed.world.give(30, Grant { permissions, escrow_policy: None, ..grant });
            },
            true,
        ),
    ]);
}

#[test]
fn a_policy_is_due_once_all_its_trustees_have_accepted_it_and_are_appointed() {
    check_agreed(&[
        ("nobody knows the policy", |a| a.escrowed.world.evidence.policies.clear(), false),
        ("the policy comes later", |a| a.escrowed.world.evidence.policies[0].position = MOMENT.position, false),
        ("nobody has accepted it", |a| a.escrowed.world.evidence.policy_acceptances.clear(), false),
        ("one has not accepted it", |a| _ = a.escrowed.world.evidence.policy_acceptances.pop(), false),
        (
            "one has accepted it later",
            |a| a.escrowed.world.evidence.policy_acceptances[1].position = MOMENT.position,
            false,
        ),
        (
            "one has accepted another policy",
            |a| {
                let acceptances = &mut a.escrowed.world.evidence.policy_acceptances;
                let mut body = acceptances[0].signed.body().clone();
                body.policy = hash(1);
                acceptances[0] = placed(5, body, &a.escrowed.trustees[0].key);
            },
            false,
        ),
        (
            "one has accepted it twice, another not",
            |a| {
                let acceptances = &mut a.escrowed.world.evidence.policy_acceptances;
                acceptances[1] = acceptances[0].clone();
            },
            false,
        ),
        ("a trustee is dismissed", |a| a.escrowed.world.dismiss(3, 50, NOW), false),
        ("a trustee is dismissed later", |a| a.escrowed.world.dismiss(3, MOMENT.position, NOW), true),
        ("somebody else is dismissed", |a| a.escrowed.world.dismiss(1, 50, NOW), true),
        (
            "a trustee is appointed as something else",
            |a| {
                let body = a.escrowed.world.appointment(a.escrowed.trustees[2].account(), Role::Counsellor);
                a.escrowed.world.evidence.appointments[4] = placed(10, body, &a.escrowed.world.root_key);
            },
            false,
        ),
        ("there is a newer policy", |a| _ = a.escrowed.next_policy(|policy| policy.threshold = 3), true),
        (
            "the newer policy is the one agreed to",
            |a| {
                let newer = a.escrowed.next_policy(|_| {});
                a.without_escrow();
                a.escrow_only(30, |grant| grant.escrow_policy = Some(newer));
                a.escrowed.policy = a.escrowed.world.evidence.policies[1].signed.clone();
            },
            true,
        ),
    ]);
}

#[test]
fn all_clients_of_an_epoch_agree_to_one_policy_or_it_is_not_escrowed() {
    check_agreed(&[
        ("both agree", |a| a.couple(|_| {}), true),
        ("the partner does not", |a| a.couple(not_escrow), false),
        ("the partner agrees to another policy", |a| a.couple(|grant| grant.escrow_policy = Some(hash(1))), false),
        (
            "the partner agrees to another that is ready",
            |a| {
                let other = a.escrowed.next_policy(|_| {});
                a.couple(|grant| grant.escrow_policy = Some(other));
            },
            false,
        ),
        (
            "the partner takes it back",
            |a| {
                a.couple(|_| {});
                a.escrowed.world.revoke_of(50, a.partner.unwrap(), &[Purpose::Escrow]);
            },
            false,
        ),
        (
            "the client takes it back",
            |a| {
                a.couple(|_| {});
                a.escrowed.world.revoke(50, &[Purpose::Escrow]);
            },
            false,
        ),
        (
            "a partner who is not in this epoch does not agree",
            |a| {
                a.couple(not_escrow);
                a.partner = None;
            },
            true,
        ),
    ]);
}

#[test]
fn a_minors_epoch_is_escrowed_while_the_guardian_agrees_to_the_same_policy() {
    check_agreed(&[
        ("both agree", |a| a.guarded(a.escrowed.policy.hash()), true),
        ("the guardian agrees to another policy", |a| a.guarded(hash(1)), false),
        (
            "the guardian does not agree",
            |a| {
                a.guarded(a.escrowed.policy.hash());
                a.escrowed.world.evidence.grants.pop();
            },
            false,
        ),
    ]);
    let mut unchecked = Agreed::new();
    unchecked.guarded(unchecked.escrowed.policy.hash());
    unchecked.escrowed.world.evidence.guardianships.clear();
    let (outline, evidence) = (unchecked.plain().outline, &unchecked.escrowed.world.evidence);
    assert_eq!(policy_due(&outline, MOMENT, evidence), None, "the guardian was not checked");
}

#[test]
fn a_policy_without_one_of_its_trustees_is_not_ready() {
    let escrowed = Escrowed::new();
    let ready = |change: fn(&mut Escrowed)| {
        let mut changed = Escrowed::new();
        change(&mut changed);
        is_ready(&escrowed.policy, MOMENT, &changed.world.evidence)
    };
    assert!(ready(|_| {}));
    assert!(!ready(|e| _ = e.world.evidence.policy_acceptances.remove(0)));
    assert!(!ready(|e| e.world.dismiss(2, 50, NOW)));
}

#[test]
fn the_escrow_section_is_exactly_what_the_policy_says() {
    type Line = (&'static str, fn(&mut Escrow, &mut Agreed), Result<(), ManifestError>);
    let differs = Err(ManifestError::Escrow);
    let table: &[Line] = &[
        ("nothing", |_, _| {}, Ok(())),
        ("another policy", |e, _| e.policy = hash(1), differs),
        ("another policy that is ready", |e, a| e.policy = a.escrowed.next_policy(|_| {}), differs),
        ("a higher threshold", |e, _| e.threshold = 3, differs),
        ("a lower threshold", |e, _| e.threshold = 1, differs),
        ("no trustees", |e, _| e.trustees.clear(), differs),
        ("a trustee left out", |e, _| _ = e.trustees.pop(), differs),
        ("a trustee more", |e, _| e.trustees.push(e.trustees[0].clone()), differs),
        ("a trustee twice", |e, _| e.trustees[1] = e.trustees[0].clone(), differs),
        ("trustees exchanged", |e, _| e.trustees.swap(0, 1), differs),
        ("numbers exchanged", |e, _| (e.trustees[0].x, e.trustees[1].x) = (2, 1), differs),
        ("another number", |e, _| e.trustees[2].x = 4, differs),
        ("somebody else", |e, a| e.trustees[2].account = a.escrowed.director.account(), differs),
        ("a trustee's old card", |e, _| e.trustees[2].card = hash(1), Err(ManifestError::Card)),
        ("another trustee's card", |e, _| e.trustees[2].card = e.trustees[1].card, Err(ManifestError::Card)),
    ];
    for (name, change, expected) in table {
        let mut agreed = Agreed::new();
        let mut manifest = agreed.escrowed.opening();
        change(manifest.outline.escrow.as_mut().unwrap(), &mut agreed);
        // a deposit for each trustee whom the section names
        let named = manifest.outline.escrow.as_ref().unwrap().trustees.len();
        manifest.deposits = manifest.deposits.iter().cycle().take(named).cloned().collect();
        assert_eq!(agreed.check(manifest), *expected, "{name}");
    }
}

#[test]
fn there_is_one_deposit_for_each_trustee() {
    let agreed = Agreed::new();
    let mut manifest = agreed.escrowed.opening();
    assert_eq!(agreed.check(manifest.clone()), Ok(()));
    manifest.deposits.push(manifest.deposits[0].clone());
    assert_eq!(agreed.check(manifest.clone()), Err(ManifestError::Escrow));
    for count in [2, 0] {
        manifest.deposits.truncate(count);
        assert_eq!(agreed.check(manifest.clone()), Err(ManifestError::Escrow), "{count}");
    }
}

#[test]
fn a_letter_is_sealed_only_while_the_epoch_is_escrowed_as_agreed() {
    type Change = fn(&mut Escrowed);
    let check = |escrowed: bool, sequence, change: Change| {
        let mut world = Escrowed::new();
        let manifest = if escrowed { world.opening() } else { world.world.opening() };
        let manifest = Signed::sign(manifest, &world.world.client.key);
        let (mut letter, ciphertext) = world.world.letter(&manifest, &SenderState::default());
        letter.header.sequence = sequence;
        let letter = Signed::sign(letter, &world.world.client.key);
        change(&mut world);
        check_letter(&letter, &ciphertext, &manifest, &SenderState::default(), None, MOMENT, &world.world.evidence)
    };
    let escrow = Err(LetterError::Escrow);
    assert_eq!(check(true, 0, |_| {}), Ok(()));
    assert_eq!(check(false, 0, |_| {}), escrow, "the clients agreed to escrow since");
    assert_eq!(check(true, 0, |e| e.world.revoke(50, &[Purpose::Escrow])), escrow, "escrow was taken back");
    assert_eq!(check(false, 0, |e| e.world.revoke(50, &[Purpose::Escrow])), Ok(()));
    assert_eq!(check(true, 0, |e| e.world.dismiss(2, 50, NOW)), escrow, "a trustee was dismissed");
    assert_eq!(check(false, 1, |_| {}), escrow, "a new epoch comes before a new number");
    assert_eq!(check(true, 1, |_| {}), Err(LetterError::StaleSequence));
    let counselling = check(false, 0, |e| e.world.dismiss(0, 50, NOW));
    assert!(matches!(counselling, Err(LetterError::Reader(_))), "readers come first");
}

type PartsLine = (&'static str, fn(&mut Vec<Vec<u8>>));

#[test]
fn beside_a_manifest_stand_its_wraps_and_then_its_sealed_shares() {
    let manifest = Escrowed::new().opening();
    let good = [wraps(2), seals().to_vec()].concat();
    assert_eq!(check_parts(&manifest, &good), Ok(()));
    let changes: [PartsLine; 9] = [
        ("nothing", Vec::clear),
        ("no seals", |parts| parts.truncate(2)),
        ("a seal missing", |parts| _ = parts.pop()),
        ("a part more", |parts| parts.push(vec![0x81; WRAP_LENGTH])),
        ("seals exchanged", |parts| parts.swap(3, 4)),
        ("a wrap and a seal exchanged", |parts| parts.swap(1, 2)),
        ("seals first", |parts| parts.rotate_left(2)),
        ("a seal altered", |parts| parts[4][WRAP_LENGTH - 1] ^= 1),
        ("a seal twice", |parts| parts[3] = parts[2].clone()),
    ];
    for (name, change) in changes {
        let mut parts = good.clone();
        change(&mut parts);
        assert_eq!(check_parts(&manifest, &parts), Err(ManifestError::Wraps), "{name}");
    }
    for length in [0, WRAP_LENGTH - 1, WRAP_LENGTH + 1] {
        let (mut named, mut parts) = (manifest.clone(), good.clone());
        parts[2] = vec![1; length];
        named.deposits[0].seal = of_bytes(&parts[2]);
        assert_eq!(check_parts(&named, &parts), Err(ManifestError::Wraps), "{length} bytes");
    }
}

#[test]
fn a_deposit_receipt_is_for_this_trustees_share_of_this_epoch() {
    type Change = fn(&mut DepositReceipt, &Escrowed);
    let table: [(&str, Change, Result<(), NotThisDeposit>); 10] = [
        ("nothing", |_, _| {}, Ok(())),
        ("at another time", |receipt, _| receipt.time = NOW.plus(1), Ok(())),
        ("of another session", |receipt, _| receipt.session = OTHER_SESSION, Err(NotThisDeposit)),
        ("of another manifest", |receipt, _| receipt.manifest = hash(1), Err(NotThisDeposit)),
        ("with another number", |receipt, _| receipt.x = 3, Err(NotThisDeposit)),
        ("with another commitment", |receipt, _| receipt.share = hash(1), Err(NotThisDeposit)),
        ("with another trustee's commitment", |receipt, _| receipt.share = hash(0xf2), Err(NotThisDeposit)),
        ("by another trustee", |receipt, e| receipt.trustee = e.trustees[2].account(), Err(NotThisDeposit)),
        ("by nobody of them", |receipt, e| receipt.trustee = e.director.account(), Err(NotThisDeposit)),
        (
            "by another trustee for its own share",
            |receipt, e| (receipt.trustee, receipt.x, receipt.share) = (e.trustees[2].account(), 3, hash(0xf2)),
            Ok(()),
        ),
    ];
    let escrowed = Escrowed::new();
    let manifest = Signed::sign(escrowed.opening(), &escrowed.world.client.key);
    for (name, change, expected) in table {
        let mut receipt = DepositReceipt {
            session: manifest.body().outline.session,
            manifest: manifest.hash(),
            x: 2,
            trustee: escrowed.trustees[1].account(),
            share: hash(0xf1),
            time: NOW,
        };
        change(&mut receipt, &escrowed);
        assert_eq!(check_deposit_receipt(&receipt, &manifest), expected, "{name}");
    }
    let plain = Signed::sign(escrowed.world.opening(), &escrowed.world.client.key);
    let receipt = DepositReceipt {
        session: plain.body().outline.session,
        manifest: plain.hash(),
        x: 1,
        trustee: escrowed.trustees[0].account(),
        share: hash(0xf0),
        time: NOW,
    };
    assert_eq!(check_deposit_receipt(&receipt, &plain), Err(NotThisDeposit), "an epoch without escrow");
}
