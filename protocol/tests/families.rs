//! More people than one client: couples, guardians of minors, and who may put a grant into a case
//! (docs/protocol.md §4.2).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Grant, Guardianship, Permission, Purpose};
use amanah_protocol::evidence::Placed;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::CaseId;
use amanah_protocol::manifest::{Capabilities, Member, Outline};
use amanah_protocol::policy::{Action, Denied, may, may_grant, may_have_history};
use amanah_protocol::signature::Signed;
use common::samples::CASE;
use common::world::{GRANTED, MOMENT, Person, World, placed};
use common::{NOW, hash};

use Denied::{Expired, NoGrant, NotAppointed, NotNamed, Revoked};

const OTHER_CASE: CaseId = CaseId(uuid::Uuid::from_bytes([0x79; 16]));

type Answer = Result<(), Denied>;
const MAY: Answer = Ok(());

fn named(purpose: Purpose, person: &Person) -> Permission {
    Permission { purpose, named: Some(person.account()) }
}

/// A couple and their counsellor in one epoch.
struct Couple {
    world: World,
    /// The relative's grant.
    partners: Hash,
    outline: Outline,
}

impl Couple {
    fn new() -> Self {
        let mut world = World::new();
        let partners = world.join();
        let mut couple = Self { outline: world.opening().outline, world, partners };
        couple.sit();
        couple
    }

    /// Puts all three into the epoch, under the grants of now; all of them may manage.
    fn sit(&mut self) {
        let world = &self.world;
        let mut partner = world.member(&world.relative, Role::Client, Capabilities::MANAGE);
        partner.grant = Some(self.partners);
        self.outline.members = vec![
            world.member(&world.client, Role::Client, Capabilities::MANAGE),
            partner,
            world.member(&world.counsellor, Role::Counsellor, Capabilities::MANAGE),
        ];
    }

    /// Changes the relative's grant.
    fn partners_grant(&mut self, change: impl FnOnce(&mut Grant)) {
        let mut grant = self.world.evidence.grants.pop().unwrap().signed.body().clone();
        change(&mut grant);
        self.partners = self.world.give(GRANTED + 1, grant);
        self.sit();
    }

    fn partner_revokes(&mut self, position: u64, purpose: Purpose) {
        self.world.revoke_of(position, self.partners, &[purpose]);
    }

    /// What client, partner and counsellor may, each read, write and manage.
    fn answers(&self) -> [[Answer; 3]; 3] {
        [0, 1, 2].map(|index| {
            let member: &Member = &self.outline.members[index];
            [Action::Read, Action::Write, Action::Manage]
                .map(|action| may(action, member, &self.outline, MOMENT, &self.world.evidence))
        })
    }
}

/// One line: what is different, and what client, partner and counsellor may, each read, write and manage.
type CoupleLine = (&'static str, fn(&mut Couple), [[Answer; 3]; 3]);
const ALL: [Answer; 3] = [MAY; 3];

#[test]
fn in_a_couple_each_reads_as_long_as_the_other_may_and_all_readers_are_allowed_by_both() {
    let manages = |reason| [Err(reason), Err(reason), MAY];
    let only_reads = |reason| [MAY, Err(reason), MAY];
    let table: &[CoupleLine] = &[
        ("nothing", |_| {}, [ALL; 3]),
        ("the client takes it back", |c| c.world.revoke(50, &[Purpose::Joint]), [manages(Revoked), ALL, ALL]),
        ("the partner takes it back", |c| c.partner_revokes(50, Purpose::Joint), [ALL, manages(Revoked), ALL]),
        ("the partner takes it back later", |c| c.partner_revokes(MOMENT.position, Purpose::Joint), [ALL; 3]),
        (
            "the partner lets somebody else read",
            |c| {
                let other = named(Purpose::Joint, &c.world.supervisor);
                c.partners_grant(|grant| *grant.permissions.last_mut().unwrap() = other);
            },
            [ALL, manages(NotNamed), ALL],
        ),
        (
            "the partner lets nobody read",
            |c| c.partners_grant(|grant| _ = grant.permissions.pop()),
            [ALL, manages(NotNamed), ALL],
        ),
        (
            "the partner's grant is over",
            |c| c.partners_grant(|grant| grant.expires = Some(NOW)),
            [ALL, manages(Expired), [Err(Expired); 3]],
        ),
        (
            "the partner takes counselling back",
            |c| c.partner_revokes(50, Purpose::Counselling),
            [ALL, only_reads(Revoked), [Err(Revoked); 3]],
        ),
        (
            "the client takes counselling back",
            |c| c.world.revoke(50, &[Purpose::Counselling]),
            [only_reads(Revoked), ALL, [Err(Revoked); 3]],
        ),
        (
            "the partner wants another counsellor",
            |c| {
                let other = named(Purpose::Counselling, &c.world.supervisor);
                c.partners_grant(|grant| grant.permissions[0] = other);
            },
            [ALL, ALL, [Err(NotNamed); 3]],
        ),
        (
            "the partner takes back and grants again",
            |c| {
                c.partner_revokes(50, Purpose::Counselling);
                let again = Grant { issued: NOW.plus(1), ..c.world.evidence.grants[1].signed.body().clone() };
                c.partners = c.world.give(60, again);
                c.sit();
            },
            [ALL; 3],
        ),
        ("the counsellor names the partner's grant", |c| c.outline.members[2].grant = Some(c.partners), [ALL; 3]),
        (
            "the counsellor names the partner's grant and the client takes counselling back",
            |c| {
                c.outline.members[2].grant = Some(c.partners);
                c.world.revoke(50, &[Purpose::Counselling]);
            },
            [only_reads(Revoked), ALL, [Err(Revoked); 3]],
        ),
        (
            "the partner's grant is of another case",
            |c| c.partners_grant(|grant| grant.case = OTHER_CASE),
            [ALL, [Err(NotNamed); 3], [Err(NotNamed); 3]],
        ),
        (
            "the partner's grant comes later",
            |c| c.world.evidence.grants[1].position = MOMENT.position,
            [ALL, [Err(NoGrant); 3], [Err(NotNamed); 3]],
        ),
        (
            "the partner names the client's grant",
            |c| c.outline.members[1].grant = Some(c.world.grant.hash()),
            [ALL, [Err(NotNamed); 3], ALL],
        ),
        ("nobody is appointed", |c| c.world.evidence.appointments.clear(), [ALL, ALL, [Err(NotAppointed); 3]]),
        (
            "the partner is not in this epoch",
            |c| {
                c.partners_grant(|grant| grant.permissions.clear());
                c.outline.members[1].role = Role::Supervisor;
            },
            [ALL, [Err(NotNamed); 3], ALL],
        ),
    ];
    for (name, change, expected) in table {
        let mut couple = Couple::new();
        change(&mut couple);
        assert_eq!(couple.answers(), *expected, "{name}");
    }
}

#[test]
fn a_consulted_counsellor_of_a_couple_is_allowed_by_both() {
    let ask = |purposes: [Purpose; 2]| {
        let mut couple = Couple::new();
        let counsellor = couple.world.counsellor.account();
        let [own, partners] = purposes.map(|purpose| Permission { purpose, named: Some(counsellor) });
        let grant = Grant { permissions: vec![own], ..couple.world.grant.body().clone() };
        couple.world.evidence.grants[0] = placed(GRANTED, grant, &couple.world.client.key);
        couple.world.grant = couple.world.evidence.grants[0].signed.clone();
        couple.partners_grant(|grant| grant.permissions = vec![partners]);
        couple.outline.members[2].capabilities = Capabilities::READ;
        couple.answers()[2][0]
    };
    assert_eq!(ask([Purpose::Consultation, Purpose::Consultation]), MAY);
    assert_eq!(ask([Purpose::Counselling, Purpose::Counselling]), MAY);
    assert_eq!(ask([Purpose::Consultation, Purpose::Counselling]), Err(NotNamed));
    assert_eq!(ask([Purpose::Counselling, Purpose::Consultation]), Err(NotNamed));
}

/// Whether the reader gets history under a grant of the couple's world, which names this reader for it.
fn history(reader: fn(&World) -> &Person, grants: [bool; 2], change: fn(&mut Couple)) -> Answer {
    let mut couple = Couple::new();
    let permission = named(Purpose::History, reader(&couple.world));
    let named = |named: bool, grant: &mut Grant| {
        if named {
            grant.permissions.push(permission.clone());
        }
    };
    let mut own = couple.world.grant.body().clone();
    named(grants[0], &mut own);
    couple.world.evidence.grants[0] = placed(GRANTED, own, &couple.world.client.key);
    couple.world.grant = couple.world.evidence.grants[0].signed.clone();
    couple.partners_grant(|grant| named(grants[1], grant));
    change(&mut couple);
    let reader = couple.world.member(reader(&couple.world), Role::Supervisor, Capabilities::READ);
    may_have_history(&reader, &couple.world.grant.hash(), &couple.outline, MOMENT, &couple.world.evidence)
}

#[test]
fn every_client_of_a_couple_allows_history_or_nobody_gets_it() {
    let supervisor: fn(&World) -> &Person = |world| &world.supervisor;
    assert_eq!(history(supervisor, [true, true], |_| {}), MAY);
    assert_eq!(history(supervisor, [true, false], |_| {}), Err(NotNamed));
    assert_eq!(history(supervisor, [false, true], |_| {}), Err(NotNamed));
    assert_eq!(history(supervisor, [true, true], |c| c.partner_revokes(50, Purpose::History)), Err(Revoked));
    assert_eq!(history(supervisor, [true, true], |c| c.world.revoke(50, &[Purpose::History])), Err(Revoked));
    assert_eq!(history(supervisor, [true, true], |c| c.outline.case = OTHER_CASE), Err(NotNamed));
    assert_eq!(history(supervisor, [true, true], |c| c.world.evidence.grants.clear()), Err(NoGrant));
    let elsewhere: fn(&mut Couple) = |couple| {
        let grant = couple.world.grant.body().clone();
        couple.world.grant = Signed::sign(Grant { case: OTHER_CASE, ..grant }, &couple.world.client.key);
        couple.world.evidence.grants.push(Placed { position: 30, signed: couple.world.grant.clone() });
    };
    assert_eq!(history(supervisor, [true, true], elsewhere), Err(NotNamed), "the grant named is of another case");
    let alone: fn(&mut Couple) = |couple| _ = couple.outline.members.remove(1);
    assert_eq!(history(supervisor, [true, false], alone), MAY, "nobody asks who was not in that epoch");
}

#[test]
fn a_partner_who_gets_history_is_not_asked_for_the_own_consent() {
    assert_eq!(history(|world| &world.relative, [true, false], |_| {}), MAY);
    assert_eq!(history(|world| &world.relative, [false, false], |_| {}), Err(NotNamed));
}

/// A minor, the guardian and the counsellor; the guardian is no member.
struct Family {
    world: World,
    guardians: Hash,
    outline: Outline,
}

impl Family {
    fn new() -> Self {
        let mut world = World::new();
        let guardian = Some(world.relative.account());
        world.grant_again(Grant { guardian, ..world.grant.body().clone() });
        let guardians = world.give(GRANTED + 1, world.relatives_grant());
        let attested = Guardianship {
            centre: world.root.centre(),
            case: CASE,
            minor: world.client.account(),
            guardian: world.relative.account(),
            checked_by: world.counsellor.account(),
            time: NOW,
        };
        world.evidence.guardianships = vec![placed(15, attested, &world.counsellor.key)];
        Self { outline: world.opening().outline, world, guardians }
    }

    fn guardianship(&mut self, change: impl FnOnce(&mut Guardianship)) {
        let mut body = self.world.evidence.guardianships[0].signed.body().clone();
        change(&mut body);
        self.world.evidence.guardianships[0] = placed(15, body, &self.world.counsellor.key);
    }

    fn guardians_grant(&mut self, change: impl FnOnce(&mut Grant)) {
        let mut grant = self.world.evidence.grants.pop().unwrap().signed.body().clone();
        change(&mut grant);
        self.guardians = self.world.give(GRANTED + 1, grant);
    }

    fn guardian_revokes(&mut self, position: u64, purpose: Purpose) {
        self.world.revoke_of(position, self.guardians, &[purpose]);
    }

    fn answer(&self, action: Action, role: Role) -> Answer {
        let member = self.outline.members.iter().find(|member| member.role == role).unwrap();
        let member = Member { capabilities: Capabilities::MANAGE, ..member.clone() };
        may(action, &member, &self.outline, MOMENT, &self.world.evidence)
    }
}

/// One line: what is different, and whether the counsellor may, and the minor may write.
type FamilyLine = (&'static str, fn(&mut Family), Answer);

#[test]
fn a_minors_grant_holds_while_the_guardian_allows_the_same() {
    let not: Answer = Err(Denied::Guardian);
    let table: &[FamilyLine] = &[
        ("all in place", |_| {}, MAY),
        ("no guardianship", |f| f.world.evidence.guardianships.clear(), not),
        ("the guardianship comes later", |f| f.world.evidence.guardianships[0].position = MOMENT.position, not),
        ("the guardianship comes right before", |f| f.world.evidence.guardianships[0].position = 99, MAY),
        (
            "the guardianship is another minor's",
            |f| {
                let other = f.world.supervisor.account();
                f.guardianship(|body| body.minor = other);
            },
            not,
        ),
        (
            "the guardianship is another guardian's",
            |f| {
                let other = f.world.supervisor.account();
                f.guardianship(|body| body.guardian = other);
            },
            not,
        ),
        ("the guardianship is of another case", |f| f.guardianship(|body| body.case = OTHER_CASE), not),
        ("no guardian's grant", |f| _ = f.world.evidence.grants.pop(), not),
        ("the guardian's grant comes later", |f| f.world.evidence.grants[1].position = MOMENT.position, not),
        ("the guardian's grant is of another case", |f| f.guardians_grant(|grant| grant.case = OTHER_CASE), not),
        (
            "the guardian's grant is somebody else's",
            |f| {
                let other = f.world.supervisor.account();
                f.guardians_grant(|grant| grant.client = other);
            },
            not,
        ),
        (
            "the guardian allows another counsellor",
            |f| {
                let other = named(Purpose::Counselling, &f.world.supervisor);
                f.guardians_grant(|grant| grant.permissions[0] = other);
            },
            not,
        ),
        ("the guardian's grant is over", |f| f.guardians_grant(|grant| grant.expires = Some(MOMENT.time)), not),
        ("the guardian's document is unknown", |f| f.guardians_grant(|grant| grant.document = hash(1)), not),
        ("the guardian takes it back", |f| f.guardian_revokes(50, Purpose::Counselling), not),
        ("the guardian takes it back later", |f| f.guardian_revokes(MOMENT.position, Purpose::Counselling), MAY),
        ("the guardian takes something else back", |f| f.guardian_revokes(50, Purpose::Supervision), MAY),
        (
            "the guardian takes it back and allows it again",
            |f| {
                f.guardian_revokes(50, Purpose::Counselling);
                let again = Grant { issued: NOW.plus(1), ..f.world.relatives_grant() };
                f.world.give(60, again);
            },
            MAY,
        ),
        ("the minor takes it back", |f| f.world.revoke(50, &[Purpose::Counselling]), Err(Revoked)),
    ];
    for (name, change, expected) in table {
        let mut family = Family::new();
        change(&mut family);
        for action in [Action::Read, Action::Write, Action::Manage] {
            assert_eq!(family.answer(action, Role::Counsellor), *expected, "the counsellor: {name}: {action:?}");
        }
        assert_eq!(family.answer(Action::Read, Role::Client), MAY, "{name}");
        assert_eq!(family.answer(Action::Write, Role::Client), *expected, "the minor: {name}");
        assert_eq!(family.answer(Action::Manage, Role::Client), MAY, "{name}");
    }
}

#[test]
fn a_minor_who_has_named_a_guardian_needs_one_for_every_grant() {
    let ask = |position, change: fn(&mut Family)| {
        let mut family = Family::new();
        let unguarded = Grant { guardian: None, issued: NOW.plus(1), ..family.world.grant.body().clone() };
        let unguarded = family.world.give(position, unguarded);
        for member in &mut family.outline.members {
            member.grant = Some(unguarded);
        }
        change(&mut family);
        family.answer(Action::Read, Role::Counsellor)
    };
    for position in [GRANTED - 1, GRANTED + 2] {
        assert_eq!(ask(position, |_| {}), MAY);
        assert_eq!(ask(position, |f| f.guardian_revokes(50, Purpose::Counselling)), Err(Denied::Guardian));
        assert_eq!(ask(position, |f| f.world.evidence.guardianships.clear()), Err(Denied::Guardian));
        let only_later: fn(&mut Family) = |f| f.world.evidence.grants[0].position = MOMENT.position;
        assert_eq!(ask(position, only_later), MAY, "before the guardian was named");
    }
}

#[test]
fn a_counsellor_under_the_guardians_grant_needs_the_minors_too() {
    let ask = |change: fn(&mut Family)| {
        let mut family = Family::new();
        let members = &mut family.outline.members;
        members.iter_mut().find(|member| member.role == Role::Counsellor).unwrap().grant = Some(family.guardians);
        change(&mut family);
        family.answer(Action::Read, Role::Counsellor)
    };
    assert_eq!(ask(|_| {}), MAY);
    assert_eq!(ask(|f| f.world.revoke(50, &[Purpose::Counselling])), Err(Revoked));
    assert_eq!(ask(|f| f.world.evidence.grants[0].position = MOMENT.position), Err(NotNamed));
    assert_eq!(ask(|f| f.guardian_revokes(50, Purpose::Counselling)), Err(Revoked));
    assert_eq!(ask(|f| f.world.evidence.guardianships.clear()), Err(Denied::Guardian));
}

/// Who grants: the world's client, or the relative.
type Granting = fn(&World) -> Grant;

/// One line: what is different, which grant is put into the case, and the answer.
type GrantLine = (&'static str, fn(&mut World), Granting, Answer);

fn relative(world: &World) -> Grant {
    world.relatives_grant()
}

fn client(world: &World) -> Grant {
    world.grant.body().clone()
}

/// Lets the client name the relative as a partner, in a grant that is changed in one place.
fn joint(world: &mut World, change: fn(&mut Grant)) {
    let mut grant = world.grant.body().clone();
    grant.permissions.push(named(Purpose::Joint, &world.relative));
    change(&mut grant);
    world.grant_again(grant);
}

fn check_grants(table: &[GrantLine]) {
    for (name, change, granting, expected) in table {
        let mut world = World::new();
        change(&mut world);
        assert_eq!(may_grant(&granting(&world), MOMENT, &world.evidence), *expected, "{name}");
    }
}

#[test]
fn a_grant_goes_into_the_own_case_a_new_one_or_one_whose_client_says_so() {
    check_grants(&[
        ("the client's own case", |_| {}, client, MAY),
        ("a case of somebody else", |_| {}, relative, Err(NotNamed)),
        ("a new case", |w| w.evidence.grants.clear(), relative, MAY),
        ("another case is full of grants", |_| {}, |w| Grant { case: OTHER_CASE, ..w.relatives_grant() }, MAY),
        ("a case of which the first grant comes later", |w| w.evidence.grants[0].position = 100, relative, MAY),
        ("named as a partner", |w| joint(w, |_| {}), relative, MAY),
        (
            "named as a partner in another case",
            |w| {
                joint(w, |grant| grant.case = OTHER_CASE);
                w.give(30, Grant { case: CASE, permissions: Vec::new(), ..w.grant.body().clone() });
            },
            |w| Grant { case: CASE, ..w.relatives_grant() },
            Err(NotNamed),
        ),
        (
            "named as a partner, taken back",
            |w| {
                joint(w, |_| {});
                w.revoke(50, &[Purpose::Joint]);
            },
            relative,
            Err(NotNamed),
        ),
        (
            "named as a partner, taken back later",
            |w| {
                joint(w, |_| {});
                w.revoke(MOMENT.position, &[Purpose::Joint]);
            },
            relative,
            MAY,
        ),
        ("named as a partner, expired", |w| joint(w, |grant| grant.expires = Some(NOW)), relative, Err(NotNamed)),
        (
            "named as a partner only later",
            |w| {
                let before = w.grant.body().clone();
                joint(w, |_| {});
                w.evidence.grants[0].position = MOMENT.position;
                w.give(GRANTED, before);
            },
            relative,
            Err(NotNamed),
        ),
        ("named as something else", |_| {}, |w| Grant { client: w.counsellor.account(), ..w.relatives_grant() }, {
            Err(NotNamed)
        }),
        (
            "named as the guardian",
            |w| {
                let guardian = Some(w.relative.account());
                w.grant_again(Grant { guardian, ..w.grant.body().clone() });
            },
            relative,
            MAY,
        ),
        (
            "another guardian is named",
            |w| {
                let guardian = Some(w.supervisor.account());
                w.grant_again(Grant { guardian, ..w.grant.body().clone() });
            },
            relative,
            Err(NotNamed),
        ),
        (
            "granted there before",
            |w| _ = w.give(30, w.relatives_grant()),
            |w| Grant { issued: NOW.plus(1), ..w.relatives_grant() },
            MAY,
        ),
        (
            "the same grant, placed at this very position",
            |w| _ = w.give(MOMENT.position, w.relatives_grant()),
            relative,
            Err(NotNamed),
        ),
    ]);
}

#[test]
fn a_grant_follows_a_grant_of_its_own_case() {
    check_grants(&[
        ("after the own grant", |_| {}, |w| Grant { previous: Some(w.grant.hash()), ..w.grant.body().clone() }, MAY),
        ("after an unknown grant", |_| {}, |w| Grant { previous: Some(hash(1)), ..w.grant.body().clone() }, {
            Err(NoGrant)
        }),
        (
            "after a grant of another case",
            |w| _ = w.give(30, Grant { case: OTHER_CASE, ..w.grant.body().clone() }),
            |w| Grant { previous: Some(w.evidence.grants[1].signed.hash()), ..w.grant.body().clone() },
            Err(NoGrant),
        ),
        (
            "a new case after a grant of another",
            |_| {},
            |w| Grant { previous: Some(w.grant.hash()), case: OTHER_CASE, ..w.grant.body().clone() },
            Err(NoGrant),
        ),
    ]);
}
