//! A release step by step: what a request must be, and what each answer may do at which time (docs/protocol.md §7).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use amanah_protocol::centre::Role;
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::evidence::Moment;
use amanah_protocol::hash::of_bytes;
use amanah_protocol::ids::{SessionId, Timestamp};
use amanah_protocol::manifest::{Capabilities, Manifest, WRAP_LENGTH};
use amanah_protocol::release::{
    Approval, MAX_EPOCHS, MAX_JUSTIFICATION, MAX_OPEN_MS, RequestError, Seen, Standing, Step, StepError,
};
use amanah_protocol::signature::Signed;
use amanah_protocol::statement::CLOCK_SKEW_MS;
use common::escrowed::{DELAY, HOUR};
use common::story::{ANOTHER, ASKED, Asked, OPEN, SEALED, Story, approved, cancelled, seen, tried, vetoed};
use common::world::{MOMENT, placed};
use common::{Key, NOW, hash};
use proptest::prelude::*;

const OTHER_SESSION: SessionId = SessionId(uuid::Uuid::from_bytes([0x7a; 16]));

type RequestLine = (&'static str, fn(&mut Asked), Option<RequestError>);

fn check_requests(start: fn() -> Asked, table: &[RequestLine]) {
    for (name, change, expected) in table {
        let mut asked = start();
        change(&mut asked);
        assert_eq!(asked.check().err(), *expected, "{name}");
    }
}

/// As many epochs, one after the other.
fn many(asked: &mut Asked, count: usize) {
    let first = asked.manifests[0].body().clone();
    let epoch = |(number, mut manifest): (u32, Manifest)| {
        manifest.outline.epoch = number;
        manifest
    };
    asked.ask_for((0..).zip(std::iter::repeat_n(first, count)).map(epoch).collect());
}

#[test]
fn a_request_is_for_escrowed_epochs_of_one_session_under_one_policy() {
    const EPOCHS: Option<RequestError> = Some(RequestError::Epochs);
    check_requests(
        Asked::new,
        &[
            ("nothing", |_| {}, None),
            ("one epoch", |a| a.ask_for(vec![a.manifests[1].body().clone()]), None),
            ("no epochs", |a| a.ask_for(Vec::new()), EPOCHS),
            ("as many as can be", |a| many(a, MAX_EPOCHS), None),
            ("one more", |a| many(a, MAX_EPOCHS + 1), EPOCHS),
            ("an epoch twice", |a| a.ask_for(vec![a.manifests[0].body().clone(); 2]), EPOCHS),
            ("two manifests of one epoch", |a| a.change_newest(|manifest| manifest.outline.epoch = 0), EPOCHS),
            (
                "out of order",
                |a| a.ask_for([1, 0].map(|index: usize| a.manifests[index].body().clone()).into()),
                EPOCHS,
            ),
            ("named out of order", |a| a.outline.epochs.reverse(), EPOCHS),
            ("an unknown epoch more", |a| a.outline.epochs.push(ANOTHER), EPOCHS),
            ("an epoch named less", |a| _ = a.outline.epochs.pop(), EPOCHS),
            ("an unknown epoch in the place of one", |a| a.outline.epochs[0] = ANOTHER, EPOCHS),
            ("an epoch that is not escrowed", |a| a.change_newest(|manifest| manifest.outline.escrow = None), EPOCHS),
            (
                "an epoch under another policy",
                |a| a.change_newest(|manifest| manifest.outline.escrow.as_mut().unwrap().policy = ANOTHER),
                EPOCHS,
            ),
            (
                "an epoch of another session",
                |a| a.change_newest(|manifest| manifest.outline.session = OTHER_SESSION),
                EPOCHS,
            ),
            ("another session", |a| a.outline.session = OTHER_SESSION, EPOCHS),
            ("another policy", |a| a.outline.policy = ANOTHER, EPOCHS),
            (
                "another policy of the same centre, named by the epochs, too",
                |a| {
                    let other = a.escrowed.next_policy(|_| {});
                    a.outline.policy = other;
                    a.change(|manifest| manifest.outline.escrow.as_mut().unwrap().policy = other);
                },
                EPOCHS,
            ),
        ],
    );
}

/// Appoints somebody.
fn appoint(asked: &mut Asked, account: amanah_protocol::ids::AccountId, role: Role) {
    let world = &mut asked.escrowed.world;
    let body = world.appointment(account, role);
    world.evidence.appointments.push(placed(50, body, &world.root_key));
}

#[test]
fn only_these_people_ask_on_this_ground() {
    const REQUESTER: Option<RequestError> = Some(RequestError::Requester);
    check_requests(
        Asked::new,
        &[
            ("a ground that the policy lacks", |a| a.outline.ground = GroundCode::CourtOrder, {
                Some(RequestError::Ground)
            }),
            ("the counsellor", |a| a.outline.requester = a.escrowed.world.counsellor.account(), None),
            ("the supervisor", |a| a.outline.requester = a.escrowed.world.supervisor.account(), REQUESTER),
            ("the client", |a| a.outline.requester = a.escrowed.world.client.account(), REQUESTER),
            ("nobody", |a| a.outline.requester = a.successor.account(), REQUESTER),
            ("a dismissed director", |a| a.escrowed.world.dismiss(5, 50, NOW), REQUESTER),
            ("a director dismissed later", |a| a.escrowed.world.dismiss(5, MOMENT.position, NOW), None),
            (
                "a director appointed later",
                |a| a.escrowed.world.evidence.appointments[5].position = MOMENT.position,
                REQUESTER,
            ),
            ("a trustee", |a| a.outline.requester = a.escrowed.trustees[0].account(), REQUESTER),
            (
                "a trustee who is a director, too",
                |a| {
                    let trustee = a.escrowed.trustees[0].account();
                    appoint(a, trustee, Role::Director);
                    a.outline.requester = trustee;
                },
                REQUESTER,
            ),
        ],
    );
}

#[test]
fn only_these_people_get_it_on_this_ground() {
    const RECIPIENT: Option<RequestError> = Some(RequestError::Recipient);
    check_requests(
        Asked::new,
        &[
            ("the supervisor", |a| a.given_to(|a| &a.escrowed.world.supervisor), None),
            ("the director who asks", |a| a.given_to(|a| &a.escrowed.director), RECIPIENT),
            ("the client", |a| a.given_to(|a| &a.escrowed.world.client), RECIPIENT),
            ("somebody without any role", |a| a.given_to(|a| &a.successor), RECIPIENT),
            ("the successor of the client", |a| (a.given_to(|a| &a.successor), a.succeed(|_| {})).0, RECIPIENT),
            ("a dismissed counsellor", |a| a.escrowed.world.dismiss(0, 50, NOW), RECIPIENT),
            (
                "a trustee who is a counsellor, too",
                |a| {
                    let trustee = a.escrowed.trustees[0].account();
                    appoint(a, trustee, Role::Counsellor);
                    a.given_to(|a| &a.escrowed.trustees[0]);
                },
                RECIPIENT,
            ),
            ("with another's card", |a| a.outline.card = a.escrowed.director.card.hash(), Some(RequestError::Card)),
            ("with an old card", |a| a.outline.card = hash(1), Some(RequestError::Card)),
            (
                "another person with the first one's card",
                |a| a.outline.recipient = a.escrowed.world.supervisor.account(),
                Some(RequestError::Card),
            ),
        ],
    );
}

#[test]
fn a_recovery_goes_to_the_clients_new_account_and_nobody_else() {
    const RECIPIENT: Option<RequestError> = Some(RequestError::Recipient);
    check_requests(
        Asked::recovery,
        &[
            ("nothing", |_| {}, None),
            ("no succession", |a| a.escrowed.world.evidence.successions.clear(), RECIPIENT),
            (
                "a succession that comes later",
                |a| a.escrowed.world.evidence.successions[0].position = MOMENT.position,
                RECIPIENT,
            ),
            (
                "the successor of somebody who is no client",
                |a| {
                    let old = a.escrowed.world.counsellor.account();
                    a.succeed(|succession| succession.old = old);
                },
                RECIPIENT,
            ),
            (
                "somebody else's new account",
                |a| {
                    let new = a.escrowed.world.relative.account();
                    a.succeed(|succession| succession.new = new);
                },
                RECIPIENT,
            ),
            ("the old account", |a| a.given_to(|a| &a.escrowed.world.client), RECIPIENT),
            ("the counsellor", |a| a.given_to(|a| &a.escrowed.world.counsellor), RECIPIENT),
            (
                "a trustee as the new account",
                |a| {
                    let new = a.escrowed.trustees[0].account();
                    a.succeed(|succession| succession.new = new);
                    a.given_to(|a| &a.escrowed.trustees[0]);
                },
                RECIPIENT,
            ),
            (
                "asked by the counsellor",
                |a| a.outline.requester = a.escrowed.world.counsellor.account(),
                Some(RequestError::Requester),
            ),
        ],
    );
}

#[test]
fn a_drill_is_for_a_session_of_ones_own() {
    check_requests(
        Asked::drill,
        &[
            ("nothing", |_| {}, None),
            (
                "the counsellor was there in one epoch",
                |a| {
                    let world = &a.escrowed.world;
                    let counsellor = world.member(&world.counsellor, Role::Counsellor, Capabilities::READ);
                    a.change_newest(|manifest| manifest.outline.members.push(counsellor));
                },
                Some(RequestError::Recipient),
            ),
            (
                "another client was there",
                |a| {
                    let world = &a.escrowed.world;
                    let member = world.member(&world.relative, Role::Client, Capabilities::MANAGE);
                    a.change(|manifest| manifest.outline.members.push(member.clone()));
                },
                Some(RequestError::Recipient),
            ),
            ("for the counsellor", |a| a.given_to(|a| &a.escrowed.world.counsellor), Some(RequestError::Recipient)),
            ("for a new account", |a| (a.given_to(|a| &a.successor), a.succeed(|_| {})).0, {
                Some(RequestError::Recipient)
            }),
            (
                "asked by the director",
                |a| a.outline.requester = a.escrowed.director.account(),
                Some(RequestError::Requester),
            ),
        ],
    );
}

#[test]
fn a_request_stays_open_for_a_bounded_time_after_its_delay() {
    const TIMES: Option<RequestError> = Some(RequestError::Times);
    check_requests(
        Asked::new,
        &[
            ("right after the delay", |a| a.outline.expires = ASKED.plus(DELAY + 1), None),
            ("with the delay", |a| a.outline.expires = ASKED.plus(DELAY), TIMES),
            ("before the delay", |a| a.outline.expires = ASKED.plus(DELAY - 1), TIMES),
            ("before it was asked", |a| a.outline.expires = Timestamp(0), TIMES),
            ("as late as can be", |a| a.outline.expires = ASKED.plus(DELAY + MAX_OPEN_MS), None),
            ("later", |a| a.outline.expires = ASKED.plus(DELAY + MAX_OPEN_MS + 1), TIMES),
            ("never", |a| a.outline.expires = Timestamp(u64::MAX), TIMES),
            ("asked by a clock that is late", |a| a.outline.created = Timestamp(ASKED.0 - CLOCK_SKEW_MS), None),
            ("by one that is later", |a| a.outline.created = Timestamp(ASKED.0 - CLOCK_SKEW_MS - 1), TIMES),
            ("by a clock that is early", |a| a.outline.created = ASKED.plus(CLOCK_SKEW_MS), None),
            ("by one that is earlier", |a| a.outline.created = ASKED.plus(CLOCK_SKEW_MS + 1), TIMES),
        ],
    );
    assert_eq!(MAX_OPEN_MS, 90 * 24 * HOUR);
}

/// What sealing to a person adds.
const SEALING: usize = SEALED - 256;

#[test]
fn a_request_is_justified_to_each_trustee() {
    const JUSTIFICATIONS: Option<RequestError> = Some(RequestError::Justifications);
    const CARD: Option<RequestError> = Some(RequestError::Card);
    check_requests(
        Asked::new,
        &[
            ("as long as can be", |a| a.seal(0, vec![9; SEALING + MAX_JUSTIFICATION]), None),
            ("of the next padded length", |a| a.seal(0, vec![9; SEALING + 272]), None),
            ("none", |a| (a.justifications.clear(), a.sealed.clear()).0, JUSTIFICATIONS),
            ("one left out", |a| _ = (a.justifications.pop(), a.sealed.pop()), JUSTIFICATIONS),
            ("one not named", |a| _ = a.justifications.pop(), JUSTIFICATIONS),
            ("one not sealed", |a| _ = a.sealed.pop(), JUSTIFICATIONS),
            ("one more sealed", |a| a.sealed.push(vec![9; SEALED]), JUSTIFICATIONS),
            (
                "one more",
                |a| {
                    a.justifications.push(a.justifications[0].clone());
                    a.sealed.push(a.sealed[0].clone());
                },
                JUSTIFICATIONS,
            ),
            ("out of order", |a| (a.justifications.swap(0, 1), a.sealed.swap(0, 1)).0, JUSTIFICATIONS),
            (
                "one twice",
                |a| (a.justifications[1], a.sealed[1]) = (a.justifications[0].clone(), a.sealed[0].clone()),
                JUSTIFICATIONS,
            ),
            ("to somebody else", |a| a.justifications[2].trustee = a.escrowed.director.account(), JUSTIFICATIONS),
            ("to another's card", |a| a.justifications[2].card = a.justifications[1].card, CARD),
            ("to an old card", |a| a.justifications[0].card = hash(1), CARD),
            ("exchanged", |a| a.sealed.swap(0, 1), JUSTIFICATIONS),
            ("altered", |a| a.sealed[2][0] ^= 1, JUSTIFICATIONS),
            ("another hash", |a| a.justifications[2].sealed = hash(1), JUSTIFICATIONS),
            ("empty", |a| a.seal(1, Vec::new()), JUSTIFICATIONS),
            ("nothing sealed", |a| a.seal(1, vec![9; SEALING]), JUSTIFICATIONS),
            ("shorter than what sealing adds", |a| a.seal(1, vec![9; SEALING - 1]), JUSTIFICATIONS),
            ("a byte less", |a| a.seal(1, vec![9; SEALED - 1]), JUSTIFICATIONS),
            ("a byte more", |a| a.seal(1, vec![9; SEALED + 1]), JUSTIFICATIONS),
            ("too long", |a| a.seal(1, vec![9; SEALING + 2 * MAX_JUSTIFICATION]), JUSTIFICATIONS),
        ],
    );
    assert_eq!((SEALING, MAX_JUSTIFICATION), (1136, 16_384));
}

#[test]
fn of_an_erased_request_everything_is_checked_but_what_was_sealed() {
    let asked = Asked::new();
    assert!(asked.check_with(None).is_ok());
    assert_eq!(asked.check_with(Some(&[])).err(), Some(RequestError::Justifications), "missing is not erased");
    let mut asked = Asked::new();
    asked.justifications.pop();
    assert_eq!(asked.check_with(None).err(), Some(RequestError::Justifications));
    let mut asked = Asked::new();
    asked.justifications[0].card = hash(1);
    assert_eq!(asked.check_with(None).err(), Some(RequestError::Card));
}

#[test]
fn of_an_erased_approval_everything_is_checked_but_its_shares() {
    let erased = |(approval, _): (Approval, Vec<Vec<u8>>)| match approved((approval, Vec::new())) {
        Step::Approved(signed, _) => Step::Approved(signed, None),
        _ => unreachable!("an approval"),
    };
    let mut story = Story::new().seen_by(&[0, 1]);
    let own = story.approval(0, DUE);
    assert_eq!(story.take(approved((own.0.clone(), Vec::new())), DUE), Err(StepError::Shares), "missing is not erased");
    let mut fewer = own.clone();
    fewer.0.reseals.pop();
    assert_eq!(story.take(erased(fewer), DUE), Err(StepError::Shares));
    let mut early = own.clone();
    early.0.time = ASKED;
    assert_eq!(story.take(erased(early), DUE), Err(StepError::Time));
    assert_eq!(story.take(erased(own), DUE), Ok(()));
    assert_eq!(story.release.approvals()[0].reseals, Vec::<Vec<u8>>::new());
}

#[test]
fn an_accepted_request_says_what_it_is_and_waits() {
    let asked = Asked::new();
    let release = asked.check().unwrap();
    assert_eq!(release.request(), &asked.request());
    assert_eq!(release.outline(), &asked.outline);
    assert_eq!(release.policy(), &asked.escrowed.policy);
    assert_eq!(release.ground().code, GroundCode::ImminentDanger);
    assert_eq!(release.moment(), MOMENT);
    assert_eq!(release.clients(), &BTreeSet::from([asked.escrowed.world.client.account()]));
    assert_eq!(release.notice_due(), ASKED.plus(72 * HOUR));
    assert_eq!((release.seen().len(), release.approvals().len(), release.outcomes().count()), (0, 0, 0));
    assert_eq!((release.ended(), release.released_at()), (None, None));
    assert_eq!(release.standing(ASKED), Standing::Waiting);
    assert!(!release.is_open(ASKED));
}

#[test]
fn the_clients_are_those_of_all_epochs() {
    let mut asked = Asked::new();
    let world = &asked.escrowed.world;
    let partner = world.member(&world.relative, Role::Client, Capabilities::MANAGE);
    let clients = BTreeSet::from([world.client.account(), world.relative.account()]);
    asked.change_newest(|manifest| manifest.outline.members.push(partner));
    assert_eq!(asked.check().unwrap().clients(), &clients);
}

/// After the delay, for somebody who saw the request when it was asked.
const DUE: Timestamp = ASKED.plus(DELAY);
/// When the request closes.
const EXPIRES: Timestamp = ASKED.plus(DELAY + OPEN);

fn before(time: Timestamp) -> Timestamp {
    Timestamp(time.0 - 1)
}

#[test]
fn a_trustee_sees_a_request_once() {
    let mut story = Story::new();
    assert_eq!(story.release.may_approve_from(&story.people[0]), None);
    let own = ASKED.plus(CLOCK_SKEW_MS);
    assert_eq!(story.take(seen(story.sighting(0, own)), ASKED), Ok(()));
    assert_eq!(story.release.seen(), &BTreeMap::from([(story.people[0], Seen { own, stored: ASKED })]));
    assert_eq!(story.release.may_approve_from(&story.people[0]), Some(own.plus(DELAY)));
    assert_eq!(story.release.may_approve_from(&story.people[1]), None);
    assert_eq!(story.see(0, ASKED), Err(StepError::Twice));
    assert_eq!(story.see(0, own), Err(StepError::Twice));
    assert_eq!(story.see(1, before(EXPIRES)), Ok(()));
    assert_eq!(story.see(2, EXPIRES), Err(StepError::Closed));
    assert_eq!(story.see(3, ASKED), Err(StepError::Person), "the director");
    assert_eq!(story.release.standing(ASKED), Standing::Waiting);
}

#[test]
fn a_trustee_approves_only_after_the_delay_by_both_clocks() {
    let skew = CLOCK_SKEW_MS;
    let late = |time: Timestamp| Timestamp(time.0 - skew);
    let table = [
        // seen: own clock, relay's; approved: own clock, relay's
        ("at the exact end", ASKED, ASKED, DUE, DUE, Ok(())),
        ("long after", ASKED, ASKED, before(EXPIRES), before(EXPIRES), Ok(())),
        ("at once", ASKED, ASKED, ASKED, ASKED, Err(StepError::TooEarly)),
        ("right before", ASKED, ASKED, before(DUE), before(DUE), Err(StepError::TooEarly)),
        ("right before by the own clock", ASKED, ASKED, before(DUE), DUE, Err(StepError::TooEarly)),
        ("right before by the relay's clock", ASKED, ASKED, DUE, before(DUE), Err(StepError::TooEarly)),
        ("an own clock that was late and is not now", late(ASKED), ASKED, late(DUE), late(DUE), {
            Err(StepError::TooEarly)
        }),
        ("an own clock that is late both times", late(ASKED), ASKED, late(DUE), DUE, Ok(())),
        ("an own clock that is early both times", ASKED.plus(skew), ASKED, DUE.plus(skew), DUE, Ok(())),
        ("an own clock that was early", ASKED.plus(skew), ASKED, DUE, DUE, Err(StepError::TooEarly)),
        ("seen late by the relay", ASKED, ASKED.plus(skew), DUE, DUE, Err(StepError::TooEarly)),
    ];
    for (name, seen_own, seen_stored, own, stored, expected) in table {
        let mut story = Story::new();
        assert_eq!(story.take(seen(story.sighting(1, seen_own)), seen_stored), Ok(()), "{name}");
        assert_eq!(story.take(approved(story.approval(1, own)), stored), expected, "{name}");
    }
}

#[test]
fn the_delay_of_one_trustee_is_not_that_of_another() {
    let mut story = Story::new().seen_by(&[0]);
    story.see(1, ASKED.plus(HOUR)).unwrap();
    assert_eq!(story.approve(1, DUE), Err(StepError::TooEarly));
    assert_eq!(story.approve(0, DUE), Ok(()));
    assert_eq!(story.approve(2, DUE), Err(StepError::NotSeen));
    assert_eq!(story.approve(1, DUE.plus(HOUR)), Ok(()));
}

#[test]
fn an_approval_hands_over_one_share_for_each_epoch_and_nothing_else() {
    type Change = fn(&mut Approval, &mut Vec<Vec<u8>>);
    fn named(approval: &mut Approval, reseals: &[Vec<u8>]) {
        approval.reseals = reseals.iter().map(|reseal| of_bytes(reseal)).collect();
    }
    let table: [(&str, Change, Result<(), StepError>); 15] = [
        ("nothing", |_, _| {}, Ok(())),
        ("of another request", |approval, _| approval.request = ANOTHER, Err(StepError::Request)),
        ("with another number", |approval, _| approval.x = 2, Err(StepError::Person)),
        ("with number 0", |approval, _| approval.x = 0, Err(StepError::Person)),
        ("by nobody", |approval, _| approval.trustee.0[0] ^= 1, Err(StepError::Person)),
        ("a share missing", |_, reseals| _ = reseals.pop(), Err(StepError::Shares)),
        ("a share not named", |approval, _| _ = approval.reseals.pop(), Err(StepError::Shares)),
        (
            "one share of two",
            |approval, reseals| {
                reseals.pop();
                named(approval, reseals);
            },
            Err(StepError::Shares),
        ),
        (
            "a share more",
            |approval, reseals| {
                reseals.push(vec![9; WRAP_LENGTH]);
                named(approval, reseals);
            },
            Err(StepError::Shares),
        ),
        (
            "no shares",
            |approval, reseals| {
                reseals.clear();
                named(approval, reseals);
            },
            Err(StepError::Shares),
        ),
        ("a share altered", |_, reseals| reseals[1][WRAP_LENGTH - 1] ^= 1, Err(StepError::Shares)),
        ("another hash", |approval, _| approval.reseals[0] = ANOTHER, Err(StepError::Shares)),
        ("shares exchanged", |_, reseals| reseals.swap(0, 1), Err(StepError::Shares)),
        (
            "a share that is too short",
            |approval, reseals| {
                reseals[0].pop();
                named(approval, reseals);
            },
            Err(StepError::Shares),
        ),
        (
            "a share that is too long",
            |approval, reseals| {
                reseals[0].push(9);
                named(approval, reseals);
            },
            Err(StepError::Shares),
        ),
    ];
    for (name, change, expected) in table {
        let mut story = Story::new().seen_by(&[0, 1, 2]);
        let (mut approval, mut reseals) = story.approval(0, DUE);
        change(&mut approval, &mut reseals);
        assert_eq!(story.take(approved((approval, reseals)), DUE), expected, "{name}");
    }
    let mut story = Story::new().seen_by(&[0]);
    assert_eq!(story.approve(3, DUE), Err(StepError::Person), "the director");
}

#[test]
fn fewer_than_the_threshold_release_nothing_and_the_threshold_does() {
    let mut story = Story::new().approved_by(&[2]);
    assert_eq!(story.release.standing(DUE), Standing::Waiting);
    assert_eq!(story.release.released_at(), None);
    assert_eq!(story.approve(2, DUE), Err(StepError::Twice), "the same trustee again");
    assert_eq!(story.release.standing(DUE), Standing::Waiting);
    story.see(0, DUE).unwrap();
    story.approve(0, DUE.plus(DELAY)).unwrap();
    assert_eq!(story.release.standing(DUE.plus(DELAY)), Standing::Released);
    assert_eq!(story.release.released_at().map(|moment| moment.time), Some(DUE.plus(DELAY)));
    let shares: Vec<_> = story.release.approvals().iter().map(|approved| approved.reseals.clone()).collect();
    assert_eq!(shares, [story.approval(2, DUE).1, story.approval(0, DUE).1]);
}

#[test]
fn a_step_is_taken_while_everybody_has_the_role_for_it() {
    const COUNSELLOR: usize = 0;
    const SECOND_TRUSTEE: usize = 3;
    const DIRECTOR: usize = 5;
    let dismissed = |index, from| {
        let mut asked = Asked::new();
        let mut story = Story::of(&asked).seen_by(&[0, 1]);
        asked.escrowed.world.dismiss(index, 150, from);
        story.evidence = asked.escrowed.world.evidence;
        story
    };
    for (index, who) in [(COUNSELLOR, "who gets it"), (DIRECTOR, "who asks")] {
        let mut story = dismissed(index, DUE);
        assert_eq!(story.approve(0, DUE), Err(StepError::Role), "{who} is dismissed");
        assert!(!story.release.has_its_people(Moment { position: 200, time: DUE }, &story.evidence));
        assert_eq!(story.see(2, DUE), Ok(()), "a trustee may look all the same");
        assert_eq!(story.take(vetoed(story.veto(0, DUE)), DUE), Ok(()), "and say no");
        let mut later = dismissed(index, DUE.plus(1));
        assert_eq!(later.approve(0, DUE), Ok(()), "{who} is there still");
    }
    let mut story = dismissed(SECOND_TRUSTEE, DUE);
    assert_eq!(story.approve(1, DUE), Err(StepError::Role));
    assert_eq!(story.take(vetoed(story.veto(1, DUE)), DUE), Err(StepError::Role));
    assert_eq!(story.approve(0, DUE), Ok(()), "another trustee");
    let mut unseen = dismissed(SECOND_TRUSTEE + 1, DUE);
    assert_eq!(unseen.see(2, DUE), Err(StepError::Role));
}

#[test]
fn the_recipient_tries_as_often_as_trustees_have_approved() {
    let mut story = Story::new().approved_by(&[0, 1]);
    for _ in 0..2 {
        story.take(tried(story.outcome(&[1, 2], &[], DUE)), DUE).unwrap();
    }
    assert_eq!(story.take(tried(story.outcome(&[1, 2], &[], DUE)), DUE), Err(StepError::Twice));
}

#[test]
fn what_was_released_is_served_until_the_request_closes() {
    let mut story = Story::new().approved_by(&[0, 1]);
    story.see(2, DUE).unwrap();
    assert!(story.release.is_open(DUE));
    assert!(story.release.is_open(before(EXPIRES)));
    assert!(!story.release.is_open(EXPIRES));
    assert_eq!(story.release.standing(EXPIRES), Standing::Released);
    assert_eq!(story.clone().approve(2, DUE.plus(DELAY)), Ok(()), "in case another share is bad");
    assert_eq!(story.approve(2, EXPIRES), Err(StepError::Closed));
    let outcome = |time| tried(story.outcome(&[1, 2], &[], time));
    let (last, late) = (outcome(before(EXPIRES)), outcome(EXPIRES));
    assert_eq!(story.take(late, EXPIRES), Err(StepError::Closed));
    assert_eq!(story.take(last, before(EXPIRES)), Ok(()));
}

#[test]
fn a_third_approval_does_not_move_the_release() {
    let mut story = Story::new().approved_by(&[0, 1]);
    story.see(2, DUE).unwrap();
    story.approve(2, DUE.plus(DELAY)).unwrap();
    assert_eq!(story.release.released_at().map(|moment| moment.time), Some(DUE));
}

#[test]
fn a_request_that_nobody_approves_expires() {
    let mut story = Story::new().approved_by(&[0]);
    story.see(1, DUE).unwrap();
    assert_eq!(story.release.standing(before(EXPIRES)), Standing::Waiting);
    assert_eq!(story.release.standing(EXPIRES), Standing::Expired);
    assert_eq!(story.approve(1, EXPIRES), Err(StepError::Closed));
    assert_eq!(story.take(vetoed(story.veto(2, EXPIRES)), EXPIRES), Err(StepError::Closed));
    assert_eq!(story.approve(1, before(EXPIRES)), Ok(()));
}

#[test]
fn one_veto_ends_a_request_for_good() {
    let mut story = Story::new().approved_by(&[0]);
    story.see(1, ASKED).unwrap();
    assert_eq!(story.take(vetoed(story.veto(3, DUE)), DUE), Err(StepError::Person), "the director");
    let clients = amanah_protocol::release::Veto { trustee: story.client, ..story.veto(0, DUE) };
    assert_eq!(story.take(vetoed(clients), DUE), Err(StepError::Person), "the client");
    let another = amanah_protocol::release::Veto { request: ANOTHER, ..story.veto(2, DUE) };
    assert_eq!(story.take(vetoed(another), DUE), Err(StepError::Request));
    assert_eq!(story.take(vetoed(story.veto(2, DUE)), DUE), Ok(()), "a trustee who has not even seen it");
    assert_eq!(story.release.standing(DUE), Standing::Vetoed);
    assert_eq!(story.release.standing(EXPIRES), Standing::Vetoed);
    assert_eq!(story.release.ended(), Some((Standing::Vetoed, story.people[2], DUE)));
    assert_eq!(story.approve(1, DUE), Err(StepError::Closed));
    assert_eq!(story.see(2, DUE), Err(StepError::Closed));
    assert_eq!(story.take(vetoed(story.veto(1, DUE)), DUE), Err(StepError::Closed));
    assert_eq!(story.take(tried(story.outcome(&[1, 2], &[], DUE)), DUE), Err(StepError::Closed));
}

#[test]
fn who_has_approved_may_still_veto_until_it_is_released() {
    let mut story = Story::new().approved_by(&[0]);
    assert_eq!(story.take(vetoed(story.veto(0, DUE)), DUE), Ok(()));
    let mut story = Story::new().approved_by(&[0, 1]);
    assert_eq!(story.take(vetoed(story.veto(2, DUE)), DUE), Err(StepError::Closed));
    assert_eq!(story.release.standing(DUE), Standing::Released);
    assert_eq!(story.release.ended(), None);
}

#[test]
fn a_client_cancels_where_the_ground_lets_them() {
    let mut story = Story::cancellable().approved_by(&[0]);
    story.see(1, ASKED).unwrap();
    let another = amanah_protocol::release::Cancellation { request: ANOTHER, ..story.cancellation(DUE) };
    assert_eq!(story.take(cancelled(another), DUE), Err(StepError::Request));
    for person in [story.people[0], story.people[3], story.recipient] {
        let other = amanah_protocol::release::Cancellation { client: person, ..story.cancellation(DUE) };
        assert_eq!(story.take(cancelled(other), DUE), Err(StepError::Person));
    }
    assert_eq!(story.take(cancelled(story.cancellation(DUE)), DUE), Ok(()));
    assert_eq!(story.release.standing(DUE), Standing::Cancelled);
    assert_eq!(story.release.ended(), Some((Standing::Cancelled, story.client, DUE)));
    assert_eq!(story.approve(1, DUE), Err(StepError::Closed));
    assert_eq!(story.see(2, DUE), Err(StepError::Closed));
    assert_eq!(story.take(vetoed(story.veto(1, DUE)), DUE), Err(StepError::Closed));
    assert_eq!(story.take(cancelled(story.cancellation(DUE)), DUE), Err(StepError::Closed));

    let mut story = Story::cancellable().approved_by(&[0, 1]);
    assert_eq!(story.take(cancelled(story.cancellation(DUE)), DUE), Err(StepError::Closed), "released");
    let mut story = Story::cancellable();
    assert_eq!(story.take(cancelled(story.cancellation(EXPIRES)), EXPIRES), Err(StepError::Closed), "expired");
}

#[test]
fn a_client_does_not_cancel_where_the_ground_does_not_let_them() {
    let mut story = Story::new();
    assert_eq!(story.take(cancelled(story.cancellation(ASKED)), ASKED), Err(StepError::NotCancellable));
    assert_eq!(story.release.standing(ASKED), Standing::Waiting);
}

/// The shares that fitted, those that did not, and the answer.
type OutcomeLine = (&'static [u8], &'static [u8], Result<(), StepError>);

#[test]
fn the_recipient_says_whose_shares_fitted() {
    let table: &[OutcomeLine] = &[
        (&[1, 3], &[], Ok(())),
        (&[3, 1], &[], Ok(())),
        (&[1], &[3], Ok(())),
        (&[], &[1, 3], Ok(())),
        (&[], &[1], Ok(())),
        // shares that nobody sent
        (&[1, 2], &[], Err(StepError::Outcome)),
        (&[1, 3], &[2], Err(StepError::Outcome)),
        (&[1], &[2], Err(StepError::Outcome)),
        (&[0, 1], &[], Err(StepError::Outcome)),
        // the same share twice
        (&[1, 1], &[], Err(StepError::Outcome)),
        (&[1, 3], &[1], Err(StepError::Outcome)),
        (&[1], &[1], Err(StepError::Outcome)),
        (&[], &[1, 1], Err(StepError::Outcome)),
        // too few, and none is bad
        (&[1], &[], Err(StepError::Outcome)),
        (&[], &[], Err(StepError::Outcome)),
    ];
    for (used, bad, expected) in table {
        let mut story = Story::new().approved_by(&[0, 2]);
        assert_eq!(story.take(tried(story.outcome(used, bad, DUE)), DUE), *expected, "{used:?} {bad:?}");
    }
}

#[test]
fn after_a_bad_share_another_trustee_helps_and_the_recipient_says_so_again() {
    let mut story = Story::new().approved_by(&[0, 2]);
    story.take(tried(story.outcome(&[1], &[3], DUE)), DUE).unwrap();
    story.see(1, DUE).unwrap();
    let then = DUE.plus(DELAY);
    story.approve(1, then).unwrap();
    assert_eq!(story.take(tried(story.outcome(&[1, 2, 3], &[], then)), then), Err(StepError::Outcome), "too many");
    story.take(tried(story.outcome(&[1, 2], &[3], then)), then).unwrap();
    let told: Vec<_> = story.release.outcomes().map(|(outcome, time)| (outcome.used.clone(), time)).collect();
    assert_eq!(told, [(vec![1], DUE), (vec![1, 2], then)]);
}

#[test]
fn only_the_recipient_says_so_and_only_after_the_release() {
    use amanah_protocol::release::Outcome;
    let mut story = Story::new().approved_by(&[0]);
    assert_eq!(story.take(tried(story.outcome(&[], &[1], DUE)), DUE), Err(StepError::Closed));
    let mut story = Story::new().approved_by(&[0, 1]);
    for person in [story.people[0], story.people[3], story.client] {
        let other = Outcome { recipient: person, ..story.outcome(&[1, 2], &[], DUE) };
        assert_eq!(story.take(tried(other), DUE), Err(StepError::Person));
    }
    let another = Outcome { request: ANOTHER, ..story.outcome(&[1, 2], &[], DUE) };
    assert_eq!(story.take(tried(another), DUE), Err(StepError::Request));
    assert_eq!(story.take(tried(story.outcome(&[1, 2], &[], DUE)), DUE), Ok(()));
}

#[test]
fn the_time_of_a_step_is_the_relays_within_ten_minutes() {
    let early = DUE.plus(CLOCK_SKEW_MS + 1);
    let late = Timestamp(DUE.0 - CLOCK_SKEW_MS - 1);
    for time in [early, late] {
        let mut story = Story::cancellable().approved_by(&[0]);
        story.see(1, ASKED).unwrap();
        let released = &mut Story::new().approved_by(&[0, 1]);
        assert_eq!(story.take(seen(story.sighting(2, time)), DUE), Err(StepError::Time));
        assert_eq!(story.take(approved(story.approval(1, time)), DUE), Err(StepError::Time));
        assert_eq!(story.take(vetoed(story.veto(1, time)), DUE), Err(StepError::Time));
        assert_eq!(story.take(cancelled(story.cancellation(time)), DUE), Err(StepError::Time));
        assert_eq!(released.take(tried(released.outcome(&[1, 2], &[], time)), DUE), Err(StepError::Time));
    }
    for time in [before(early), Timestamp(late.0 + 1)] {
        assert_eq!(Story::new().take(seen(Story::new().sighting(2, time)), DUE), Ok(()));
        let mut story = Story::cancellable();
        assert_eq!(story.take(cancelled(story.cancellation(time)), DUE), Ok(()));
        let mut story = Story::new();
        assert_eq!(story.take(vetoed(story.veto(0, time)), DUE), Ok(()));
        let mut story = Story::new().approved_by(&[0, 1]);
        assert_eq!(story.take(tried(story.outcome(&[1, 2], &[], time)), DUE), Ok(()));
    }
}

#[test]
fn the_steps_of_one_request_are_no_steps_of_another() {
    let mut later = Asked::new();
    later.outline.expires = later.outline.expires.plus(1);
    let one = Story::new().seen_by(&[0]);
    let mut other = Story::of(&later);
    assert_ne!(one.request(), other.request());
    assert_eq!(other.take(seen(one.sighting(0, ASKED)), ASKED), Err(StepError::Request));
    let mut other = other.seen_by(&[0]);
    assert_eq!(other.take(approved(one.approval(0, DUE)), DUE), Err(StepError::Request));
    assert_eq!(other.take(vetoed(one.veto(0, DUE)), DUE), Err(StepError::Request));
    assert_eq!(other.approve(0, DUE), Ok(()));
    let bodies = [one.approval(0, DUE).0, other.approval(0, DUE).0].map(|body| Signed::sign(body, &Key::new(1)));
    assert_ne!(bodies[0].hash(), bodies[1].hash());
}

#[test]
fn the_delay_is_that_of_the_ground() {
    let mut story = Story::of(&Asked::drill()).seen_by(&[0, 1]);
    assert_eq!(story.release.ground().delay_ms, HOUR);
    assert_eq!(story.approve(0, before(ASKED.plus(HOUR))), Err(StepError::TooEarly));
    assert_eq!(story.approve(0, ASKED.plus(HOUR)), Ok(()));
    assert_eq!(story.approve(1, ASKED.plus(HOUR)), Ok(()));
    assert_eq!(story.release.standing(ASKED.plus(HOUR)), Standing::Released);
}

/// What one person does, at a time of the relay that is later than the one before by `passed`.
#[derive(Debug, Clone)]
struct Deed {
    kind: u8,
    person: usize,
    passed: u64,
    /// How far the own clock is ahead of the latest that is allowed to be late.
    ahead: u64,
}

/// Mostly sightings and approvals by the trustees, at times around the end of the delay.
fn deed() -> impl Strategy<Value = Deed> {
    let kind = prop_oneof![20 => Just(0u8), 20 => Just(1), 1 => Just(2), 1 => Just(3), 1 => Just(4)];
    let person = prop_oneof![9 => 0..3usize, 1 => Just(3)];
    let passed = prop_oneof![10 => Just(0), 2 => Just(DELAY), 2 => Just(DELAY - 1), 1 => Just(DELAY / 2), 1 => 0..HOUR];
    let middle = Just(CLOCK_SKEW_MS);
    let ahead = prop_oneof![4 => middle, 1 => Just(0), 1 => Just(2 * CLOCK_SKEW_MS), 1 => 0..=2 * CLOCK_SKEW_MS];
    (kind, person, passed, ahead).prop_map(|(kind, person, passed, ahead)| Deed { kind, person, passed, ahead })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn nothing_is_released_without_enough_trustees_who_waited(deeds in proptest::collection::vec(deed(), 0..24)) {
        let mut story = STORY.with(Clone::clone);
        let mut now = ASKED;
        let mut sightings: Vec<(usize, Timestamp, Timestamp)> = Vec::new();
        let mut waited = BTreeSet::new();
        for Deed { kind, person, passed, ahead } in deeds {
            now = now.plus(passed);
            let own = Timestamp(now.0 + ahead - CLOCK_SKEW_MS);
            let step = match kind {
                0 => seen(story.sighting(person, own)),
                1 => approved(story.approval(person, own)),
                2 => vetoed(story.veto(person, own)),
                3 => cancelled(story.cancellation(own)),
                _ => tried(story.outcome(&[1, 2], &[], own)),
            };
            // what was offered, whether or not it was taken
            let over = |(by, seen_own, seen_at): &(usize, Timestamp, Timestamp)| {
                *by == person && seen_own.plus(DELAY) <= own && seen_at.plus(DELAY) <= now
            };
            if kind == 1 && person < 3 && sightings.iter().any(over) {
                waited.insert(person);
            }
            if kind == 0 {
                sightings.push((person, own, now));
            }
            let before = story.release.standing(now);
            let taken = story.take(step, now);
            let after = story.release.standing(now);
            prop_assert!(after != Standing::Released || waited.len() >= 2, "{waited:?}");
            prop_assert!(taken.is_ok() || before == after, "{before:?} became {after:?} without a step");
            let ended = matches!(before, Standing::Vetoed | Standing::Cancelled | Standing::Expired);
            prop_assert!(!ended || taken.is_err() && before == after);
            prop_assert!(before != Standing::Released || after == Standing::Released);
        }
        let trustees: BTreeSet<_> = story.release.approvals().iter().map(|a| a.signed.body().trustee).collect();
        prop_assert_eq!(trustees.len(), story.release.approvals().len());
    }
}

thread_local! {
    /// Made once for each thread, because its keys take time.
    static STORY: Story = Story::cancellable();
}
