//! The consent policy as a table: who may do what, and the first reason why not (docs/protocol.md §4.2).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_protocol::centre::{Appointment, Licence, Role};
use amanah_protocol::consent::{Document, Grant, Permission, Purpose};
use amanah_protocol::evidence::{Moment, Published};
use amanah_protocol::ids::{CaseId, Timestamp};
use amanah_protocol::manifest::{Capabilities, Member, Outline};
use amanah_protocol::policy::{Action, Denied, may};
use amanah_protocol::signature::Signed;
use common::world::{APPOINTED, GRANTED, MOMENT, Person, World, placed};
use common::{LATER, NOW, hash};

use Action::{Manage, Read, Write};
use Denied::{Expired, NoGrant, NotAppointed, NotCapable, NotNamed, Revoked};

const OTHER_CASE: CaseId = CaseId(uuid::Uuid::from_bytes([0x79; 16]));

/// One question to the policy; it begins as one of the good world and is changed in one place.
struct Question {
    world: World,
    member: Member,
    outline: Outline,
    moment: Moment,
}

impl Question {
    /// About the world's client, counsellor or supervisor; about its counsellor if the role has nobody.
    fn about(role: Role) -> Self {
        let world = World::new();
        let person = match role {
            Role::Client => &world.client,
            Role::Supervisor => &world.supervisor,
            _ => &world.counsellor,
        };
        let member = world.member(person, role, Capabilities::MANAGE);
        Self { member, outline: world.opening().outline, world, moment: MOMENT }
    }

    fn answer(&self, action: Action) -> Result<(), Denied> {
        may(action, &self.member, &self.outline, self.moment, &self.world.evidence)
    }

    /// Changes the grant, and lets the member name the changed one.
    fn grant(&mut self, change: impl FnOnce(&mut Grant)) {
        let mut grant = self.world.grant.body().clone();
        change(&mut grant);
        self.world.grant_again(grant);
        self.member.grant = Some(self.world.grant.hash());
    }

    /// Changes the appointment of the person asked about.
    fn appointment(&mut self, change: impl FnOnce(&mut Appointment)) {
        let index = self.appointment_index();
        let mut body = self.world.evidence.appointments[index].signed.body().clone();
        change(&mut body);
        self.world.evidence.appointments[index] = placed(APPOINTED, body, &self.world.root_key);
    }

    /// Changes the document, and lets the grant and the member follow.
    fn document(&mut self, change: impl FnOnce(&mut Document)) {
        self.world.document_again(change);
        self.member.grant = Some(self.world.grant.hash());
    }

    fn appointment_index(&self) -> usize {
        usize::from(self.member.role == Role::Supervisor)
    }

    fn permissions(&mut self, permissions: &[(Purpose, Option<&Person>)]) {
        let permissions = permissions
            .iter()
            .map(|(purpose, named)| Permission { purpose: *purpose, named: named.map(Person::account) })
            .collect();
        self.grant(|grant| grant.permissions = permissions);
    }
}

type Change = fn(&mut Question);
type Answer = Result<(), Denied>;
const MAY: Answer = Ok(());

/// One line: what is different from the good world, and the answers to read, write and manage.
type Line = (&'static str, Change, [Answer; 3]);

fn check(role: Role, table: &[Line]) {
    for (name, change, expected) in table {
        let mut question = Question::about(role);
        change(&mut question);
        let answers = [Read, Write, Manage].map(|action| question.answer(action));
        assert_eq!(answers, *expected, "{role:?}: {name}");
    }
}

/// What holds for everybody before the role is asked about.
const EVERYBODY: &[Line] = &[
    ("nothing", |_| {}, [MAY, MAY, MAY]),
    ("may read and write", |q| q.member.capabilities = Capabilities::WRITE, [MAY, MAY, Err(NotCapable)]),
    ("may only read", |q| q.member.capabilities = Capabilities::READ, [MAY, Err(NotCapable), Err(NotCapable)]),
    ("names no grant", |q| q.member.grant = None, [Err(NoGrant); 3]),
    ("names an unknown grant", |q| q.member.grant = Some(hash(0xff)), [Err(NoGrant); 3]),
    ("no grant is stored", |q| q.world.evidence.grants.clear(), [Err(NoGrant); 3]),
    ("asked at the grant's position", |q| q.moment.position = GRANTED, [Err(NoGrant); 3]),
    ("asked before the grant", |q| q.moment.position = GRANTED - 1, [Err(NoGrant); 3]),
    ("asked right after the grant", |q| q.moment.position = GRANTED + 1, [MAY, MAY, MAY]),
    ("asked about another case", |q| q.outline.case = OTHER_CASE, [Err(NotNamed); 3]),
    ("the grant is of another case", |q| q.grant(|grant| grant.case = OTHER_CASE), [Err(NotNamed); 3]),
    ("the grant has no end", |q| q.grant(|grant| grant.expires = None), [MAY, MAY, MAY]),
    ("another purpose is revoked", |q| q.world.revoke(50, &[Purpose::RecordKeeping]), [MAY, MAY, MAY]),
    (
        "no grant and not capable",
        |q| (q.member.grant, q.member.capabilities) = (None, Capabilities::READ),
        [Err(NoGrant), Err(NotCapable), Err(NotCapable)],
    ),
];

/// What takes counselling away from whoever needs it.
const COUNSELLING_ENDS: &[(&str, Change, Answer)] = &[
    ("revoked", |q| q.world.revoke(50, &[Purpose::Counselling]), Err(Revoked)),
    ("revoked among others", |q| q.world.revoke(50, &[Purpose::RecordKeeping, Purpose::Counselling]), Err(Revoked)),
    ("revoked right before", |q| q.world.revoke(MOMENT.position - 1, &[Purpose::Counselling]), Err(Revoked)),
    ("revoked at the same position", |q| q.world.revoke(MOMENT.position, &[Purpose::Counselling]), MAY),
    ("revoked later", |q| q.world.revoke(MOMENT.position + 1, &[Purpose::Counselling]), MAY),
    (
        "revoked in another grant",
        |q| {
            q.world.revoke(50, &[Purpose::Counselling]);
            q.grant(|grant| grant.previous = Some(hash(1)));
        },
        MAY,
    ),
    ("expired", |q| q.grant(|grant| grant.expires = Some(NOW)), Err(Expired)),
    ("expires at this moment", |q| q.grant(|grant| grant.expires = Some(MOMENT.time)), Err(Expired)),
    ("expires right after", |q| q.grant(|grant| grant.expires = Some(MOMENT.time.plus(1))), MAY),
    (
        "revoked and expired",
        |q| {
            q.grant(|grant| grant.expires = Some(NOW));
            q.world.revoke(50, &[Purpose::Counselling]);
        },
        Err(Revoked),
    ),
];

#[test]
fn a_client() {
    check(Role::Client, EVERYBODY);
    check(
        Role::Client,
        &[
            ("somebody else's grant", |q| q.member.account = q.world.counsellor.account(), [Err(NotNamed); 3]),
            (
                "a grant that names another client",
                |q| {
                    let other = q.world.supervisor.account();
                    q.grant(|grant| grant.client = other);
                },
                [Err(NotNamed); 3],
            ),
            ("nobody is appointed", |q| q.world.evidence.appointments.clear(), [MAY, MAY, MAY]),
            (
                "everybody is dismissed",
                |q| [0, 1].into_iter().for_each(|i| q.world.dismiss(i, 50, NOW)),
                [MAY, MAY, MAY],
            ),
            ("supervision is revoked", |q| q.world.revoke(50, &[Purpose::Supervision]), [MAY, MAY, MAY]),
        ],
    );
}

#[test]
fn a_client_always_reads_and_manages_and_writes_only_while_counselling_holds() {
    for (name, change, expected) in COUNSELLING_ENDS {
        check(Role::Client, &[(name, *change, [MAY, *expected, MAY])]);
    }
    let research: Change = |q| q.permissions(&[(Purpose::Research, None)]);
    check(Role::Client, &[("a grant for something else", research, [MAY, Err(NotNamed), MAY])]);
}

#[test]
fn a_counsellor_reads_and_writes_only_while_counselling_holds() {
    for (name, change, expected) in COUNSELLING_ENDS {
        check(Role::Counsellor, &[(name, *change, [*expected; 3])]);
    }
}

#[test]
fn a_counsellor() {
    check(Role::Counsellor, EVERYBODY);
    check(
        Role::Counsellor,
        &[
            ("not named", |q| q.member.account = q.world.client.account(), [Err(NotNamed); 3]),
            ("nothing is granted", |q| q.permissions(&[]), [Err(NotNamed); 3]),
            (
                "named for supervision only",
                |q| {
                    let named = Permission { purpose: Purpose::Supervision, named: Some(q.world.counsellor.account()) };
                    q.grant(|grant| grant.permissions = vec![named]);
                },
                [Err(NotNamed); 3],
            ),
            ("counselling by nobody", |q| q.permissions(&[(Purpose::Counselling, None)]), [Err(NotNamed); 3]),
            (
                "counselling by somebody else too",
                |q| {
                    let other = Permission { purpose: Purpose::Counselling, named: Some(q.world.supervisor.account()) };
                    q.grant(|grant| grant.permissions.insert(0, other));
                },
                [MAY, MAY, MAY],
            ),
            ("supervision is revoked", |q| q.world.revoke(50, &[Purpose::Supervision]), [MAY, MAY, MAY]),
        ],
    );
}

#[test]
fn a_supervisor() {
    check(Role::Supervisor, EVERYBODY);
    check(
        Role::Supervisor,
        &[
            ("not named", |q| q.member.account = q.world.counsellor.account(), [Err(NotNamed); 3]),
            ("supervision is revoked", |q| q.world.revoke(50, &[Purpose::Supervision]), [Err(Revoked); 3]),
            ("counselling is revoked", |q| q.world.revoke(50, &[Purpose::Counselling]), [MAY, MAY, MAY]),
            ("expired", |q| q.grant(|grant| grant.expires = Some(MOMENT.time)), [Err(Expired); 3]),
        ],
    );
}

#[test]
fn counsellors_and_supervisors_are_appointed() {
    let table: &[(&str, Change, Answer)] = &[
        ("nobody is appointed", |q| q.world.evidence.appointments.clear(), Err(NotAppointed)),
        (
            "appointed as the other one",
            |q| {
                let other = if q.member.role == Role::Counsellor { Role::Supervisor } else { Role::Counsellor };
                q.appointment(|appointment| appointment.role = other);
            },
            Err(NotAppointed),
        ),
        (
            "somebody else is appointed",
            |q| {
                let client = q.world.client.account();
                q.appointment(|appointment| appointment.account = client);
            },
            Err(NotAppointed),
        ),
        (
            "appointed at the same position",
            |q| q.world.evidence.appointments.iter_mut().for_each(|a| a.position = MOMENT.position),
            Err(NotAppointed),
        ),
        (
            "appointed right before",
            |q| q.world.evidence.appointments.iter_mut().for_each(|a| a.position = MOMENT.position - 1),
            MAY,
        ),
        ("not yet in force", |q| q.appointment(|a| a.from = MOMENT.time.plus(1)), Err(NotAppointed)),
        ("in force from this moment", |q| q.appointment(|a| a.from = MOMENT.time), MAY),
        ("no longer in force", |q| q.appointment(|a| a.until = MOMENT.time), Err(NotAppointed)),
        ("in force until right after", |q| q.appointment(|a| a.until = MOMENT.time.plus(1)), MAY),
        (
            "the licence has expired",
            |q| {
                q.appointment(|a| {
                    a.licence = Some(Licence { expires: MOMENT.time, ..a.licence.clone().unwrap() });
                });
            },
            Err(NotAppointed),
        ),
        ("without licence", |q| q.appointment(|a| a.licence = None), MAY),
        ("dismissed", |q| q.world.dismiss(q.appointment_index(), 50, NOW), Err(NotAppointed)),
        ("dismissed from this moment", |q| q.world.dismiss(q.appointment_index(), 50, MOMENT.time), Err(NotAppointed)),
        ("dismissed from later", |q| q.world.dismiss(q.appointment_index(), 50, MOMENT.time.plus(1)), MAY),
        ("dismissed at the same position", |q| q.world.dismiss(q.appointment_index(), MOMENT.position, NOW), MAY),
        ("the other one is dismissed", |q| q.world.dismiss(1 - q.appointment_index(), 50, NOW), MAY),
        (
            "dismissed and appointed again",
            |q| {
                q.world.dismiss(q.appointment_index(), 50, NOW);
                let mut again = q.world.appointment(q.member.account, q.member.role);
                again.until = LATER.plus(1);
                q.world.evidence.appointments.push(placed(60, again, &q.world.root_key));
            },
            MAY,
        ),
        ("much later", |q| q.moment.time = LATER, Err(Expired)),
        (
            "much later, with a grant without end",
            |q| {
                q.grant(|grant| grant.expires = None);
                q.moment.time = LATER;
            },
            Err(NotAppointed),
        ),
        ("before everything began", |q| q.moment.time = Timestamp(NOW.0 - 1), Err(NotAppointed)),
    ];
    for role in [Role::Counsellor, Role::Supervisor] {
        for (name, change, expected) in table {
            check(role, &[(name, *change, [*expected; 3])]);
        }
    }
}

/// Lets the member only read, under a grant that names them for consultation.
fn consulted(q: &mut Question) {
    q.member.capabilities = Capabilities::READ;
    let named = Some(q.member.account);
    q.grant(|grant| grant.permissions = vec![Permission { purpose: Purpose::Consultation, named }]);
}

#[test]
fn a_consulted_counsellor_reads_along_and_never_writes() {
    let reads = [MAY, Err(NotCapable), Err(NotCapable)];
    let not = |reason: Denied| [Err(reason), Err(NotCapable), Err(NotCapable)];
    check(
        Role::Counsellor,
        &[
            ("named for consultation", consulted, reads),
            (
                "with the capability to write",
                |q| {
                    consulted(q);
                    q.member.capabilities = Capabilities::WRITE;
                },
                [Err(NotNamed), Err(NotNamed), Err(NotCapable)],
            ),
            (
                "with the capability to manage",
                |q| {
                    consulted(q);
                    q.member.capabilities = Capabilities::MANAGE;
                },
                [Err(NotNamed); 3],
            ),
            (
                "somebody else is named",
                |q| {
                    consulted(q);
                    q.member.account = q.world.supervisor.account();
                },
                not(NotNamed),
            ),
            (
                "taken back",
                |q| {
                    consulted(q);
                    q.world.revoke(50, &[Purpose::Consultation]);
                },
                not(Revoked),
            ),
            (
                "taken back later",
                |q| {
                    consulted(q);
                    q.world.revoke(MOMENT.position, &[Purpose::Consultation]);
                },
                reads,
            ),
            (
                "nobody is appointed",
                |q| {
                    consulted(q);
                    q.world.evidence.appointments.clear();
                },
                not(NotAppointed),
            ),
            (
                "dismissed",
                |q| {
                    consulted(q);
                    q.world.dismiss(0, 50, NOW);
                },
                not(NotAppointed),
            ),
            (
                "expired",
                |q| {
                    consulted(q);
                    q.grant(|grant| grant.expires = Some(MOMENT.time));
                },
                not(Expired),
            ),
        ],
    );
}

#[test]
fn consultation_is_for_counsellors() {
    check(Role::Supervisor, &[("named for it", consulted, [Err(NotNamed), Err(NotCapable), Err(NotCapable)])]);
    check(Role::Trustee, &[("named for it", consulted, [Err(Denied::Role), Err(NotCapable), Err(NotCapable)])]);
}

/// The days of grace of the world's document.
const GRACE: u64 = 30 * 86_400_000;

/// A document that follows at position 50 and time 0, and the time of the question.
fn replaced(q: &mut Question, asked: u64) {
    q.world.publish_next(50, NOW);
    q.moment.time = NOW.plus(asked);
}

/// What the next document takes away from whoever needs a grant under the one before.
const REPLACED: &[(&str, Change, Answer)] = &[
    ("replaced just now", |q| replaced(q, 0), MAY),
    ("in the last moment of the days of grace", |q| replaced(q, GRACE - 1), MAY),
    ("when the days of grace are over", |q| replaced(q, GRACE), Err(Denied::Document)),
    ("long after that", |q| replaced(q, 2 * GRACE), Err(Denied::Document)),
    ("not replaced at all", |q| q.moment.time = NOW.plus(2 * GRACE), MAY),
    (
        "the next document stands right before",
        |q| {
            q.world.publish_next(MOMENT.position - 1, NOW);
            q.moment.time = NOW.plus(GRACE);
        },
        Err(Denied::Document),
    ),
    (
        "the next document stands at the same position",
        |q| {
            q.world.publish_next(MOMENT.position, NOW);
            q.moment.time = NOW.plus(GRACE);
        },
        MAY,
    ),
    (
        "the one after the next gives no more days",
        |q| {
            q.world.publish_next(50, NOW);
            q.world.publish_next(51, NOW.plus(GRACE));
            q.moment.time = NOW.plus(GRACE);
        },
        Err(Denied::Document),
    ),
    (
        "the one after the next gives no more days, in whichever order they are kept",
        |q| {
            q.world.publish_next(50, NOW);
            q.world.publish_next(51, NOW.plus(GRACE));
            q.world.evidence.documents.reverse();
            q.moment.time = NOW.plus(GRACE);
        },
        Err(Denied::Document),
    ),
    (
        "without days of grace",
        |q| {
            q.document(|document| document.grace_days = 0);
            q.world.publish_next(50, MOMENT.time);
        },
        Err(Denied::Document),
    ),
    (
        "without days of grace, and not yet replaced",
        |q| {
            q.document(|document| document.grace_days = 0);
            q.world.publish_next(50, MOMENT.time.plus(1));
        },
        MAY,
    ),
    (
        "with as many days of grace as can be",
        |q| {
            q.document(|document| document.grace_days = u32::MAX);
            replaced(q, 2 * GRACE);
        },
        MAY,
    ),
    (
        "an older document comes later",
        |q| {
            q.document(|document| document.number = 3);
            let older = Signed::sign(Document { number: 2, ..q.world.document.body().clone() }, &q.world.root_key);
            q.world.evidence.documents.push(Published { position: 50, time: NOW, signed: older });
            q.moment.time = NOW.plus(2 * GRACE);
        },
        MAY,
    ),
    (
        "a grant under the next document",
        |q| {
            let next = q.world.publish_next(50, NOW);
            q.grant(|grant| grant.document = next);
            q.moment.time = NOW.plus(2 * GRACE);
        },
        MAY,
    ),
    ("a document that nobody knows", |q| q.world.evidence.documents.clear(), Err(Denied::Document)),
    ("another document", |q| q.grant(|grant| grant.document = hash(1)), Err(Denied::Document)),
    (
        "replaced and taken back",
        |q| {
            replaced(q, GRACE);
            q.world.revoke(50, &[Purpose::Counselling, Purpose::Supervision]);
        },
        Err(Revoked),
    ),
    (
        "replaced and expired",
        |q| {
            q.grant(|grant| grant.expires = Some(NOW));
            replaced(q, GRACE);
        },
        Err(Expired),
    ),
];

#[test]
fn a_grant_holds_for_the_days_of_grace_after_the_next_document() {
    for (name, change, expected) in REPLACED {
        for role in [Role::Counsellor, Role::Supervisor] {
            check(role, &[(name, *change, [*expected; 3])]);
        }
        check(Role::Client, &[(name, *change, [MAY, *expected, MAY])]);
    }
}

#[test]
fn no_other_role_has_a_place_in_a_session() {
    for role in [Role::Registrar, Role::Director, Role::Trustee, Role::Auditor] {
        check(
            role,
            &[
                ("named and appointed as counsellor", |_| {}, [Err(Denied::Role); 3]),
                (
                    "appointed in the own role",
                    |q| {
                        let role = q.member.role;
                        q.appointment(|appointment| appointment.role = role);
                    },
                    [Err(Denied::Role); 3],
                ),
                (
                    "may only read",
                    |q| q.member.capabilities = Capabilities::READ,
                    [Err(Denied::Role), Err(NotCapable), Err(NotCapable)],
                ),
                ("names no grant", |q| q.member.grant = None, [Err(NoGrant); 3]),
                ("asked about another case", |q| q.outline.case = OTHER_CASE, [Err(NotNamed); 3]),
            ],
        );
    }
}

#[test]
fn capabilities_cover_these_actions() {
    let table = [
        //                      read  write  manage
        (Capabilities::READ, [true, false, false]),
        (Capabilities::WRITE, [true, true, false]),
        (Capabilities::MANAGE, [true, true, true]),
    ];
    for (capabilities, expected) in table {
        assert_eq!([Read, Write, Manage].map(|action| capabilities.allow(action)), expected);
    }
    assert_eq!(Capabilities::default(), Capabilities::READ);
}
