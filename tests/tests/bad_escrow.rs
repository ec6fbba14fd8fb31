//! Whoever breaks a rule of escrow by hand is refused with the problem of that rule, and nothing is stored of it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::transport::Clock;
use amanah_crypto_core::root::RootKey;
use amanah_protocol::api::ProblemCode as P;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Grant, Guardianship, Purpose};
use amanah_protocol::escrow::{
    DepositReceipt, GroundCode, MAX_DEFERRAL_MS, MAX_DELAY_MS, Policy, PolicyAcceptance, PolicyTrustee,
};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, CaseId, CentreId, SessionId, Timestamp};
use amanah_protocol::manifest::WRAP_LENGTH;
use amanah_protocol::record::Kind;
use amanah_protocol::release::{
    Approval, Cancellation, Justification, MAX_EPOCHS, MAX_JUSTIFICATION, MAX_OPEN_MS, Outcome, RequestOutline,
    Sighting, Veto,
};
use amanah_protocol::signature::Signed;
use amanah_tests::by_hand::escrow::{Escrowed, JUSTIFICATION_LENGTH, WAIT, accepts, document_with, new_policy, noise};
use amanah_tests::by_hand::{ByHand, Hand, by_root, random};
use amanah_tests::door::Asked;
use amanah_tests::on_both_stores;
use amanah_tests::people::{DAY, Wall, rng};
use amanah_tests::relay::Store;

on_both_stores! {
    what_breaks_a_rule_of_policies_and_consent_is_refused,
    a_receipt_or_request_that_breaks_a_rule_is_refused,
    what_answers_a_request_and_breaks_a_rule_is_refused,
}

async fn what_breaks_a_rule_of_policies_and_consent_is_refused(store: Store) {
    let scene = ByHand::found_with_escrow(store).await;
    a_policy_that_says_too_little_is_refused(&scene).await;
    only_a_trustee_of_a_policy_accepts_it(&scene).await;
    only_somebody_appointed_says_who_is_a_guardian_and_only_of_whom_the_minor_named(&scene).await;
    escrow_that_the_document_does_not_offer_is_not_granted(&scene).await;
}

async fn a_receipt_or_request_that_breaks_a_rule_is_refused(store: Store) {
    let scene = ByHand::found_with_escrow(store).await;
    a_receipt_is_for_the_own_share_alone(&scene).await;
    a_request_for_epochs_that_it_may_not_name_is_refused(&scene).await;
    a_request_of_the_wrong_people_or_at_the_wrong_time_is_refused(&scene).await;
    justifications_are_one_for_each_trustee(&scene).await;
}

async fn what_answers_a_request_and_breaks_a_rule_is_refused(store: Store) {
    let scene = ByHand::found_with_escrow(store).await;
    trustees_alone_see_and_approve_each_once_and_not_before_the_delay(&scene).await;
    whoever_has_no_part_in_a_request_neither_ends_it_nor_tells_its_outcome(&scene).await;
    a_closed_request_takes_no_step(&scene).await;
    nothing_but_steps_is_taken_at_the_address_of_escrow(&scene).await;
    a_step_posted_again_is_answered_as_the_first_time(&scene).await;
}

/// The hash of nothing that is stored.
const UNKNOWN: Hash = Hash([9; 32]);
/// More than a clock may be wrong.
const LATE: u64 = 11 * 60_000;

/// A clock that is wrong, but not too wrong. Twice this is more than [`WAIT`].
const OFF: u64 = 9 * 60_000;

/// Times that are too far off.
fn far_off() -> [Timestamp; 4] {
    let now = Wall.now();
    [Timestamp(0), Timestamp(now.0 - LATE), now.plus(LATE), Timestamp(u64::MAX)]
}

/// A request that is stored.
async fn asked(scene: &ByHand, ground: GroundCode) -> Hash {
    let escrow = scene.escrow();
    let (request, justifications) = escrow.request(ground);
    let signed = escrow.supervisor.sign(request);
    let asked = escrow.signed(&escrow.supervisor, Kind::Request, &signed, justifications);
    scene.door.ask(asked).await.accepted();
    signed.hash()
}

fn sees(escrow: &Escrowed, trustee: &Hand, request: Hash) -> Asked {
    escrow.step(trustee, Kind::Sighting, Sighting { request, trustee: trustee.id(), time: Wall.now() }, Vec::new())
}

fn vetoes(escrow: &Escrowed, trustee: &Hand, request: Hash) -> Asked {
    escrow.step(trustee, Kind::Veto, Veto { request, trustee: trustee.id(), time: Wall.now() }, Vec::new())
}

fn cancels(escrow: &Escrowed, client: &Hand, request: Hash) -> Asked {
    let cancellation = Cancellation { request, client: client.id(), time: Wall.now() };
    escrow.step(client, Kind::Cancellation, cancellation, Vec::new())
}

fn approves(escrow: &Escrowed, x: u8, request: Hash) -> Asked {
    let (approval, shares) = escrow.approval(request, x);
    escrow.step(&escrow.trustees[usize::from(x) - 1], Kind::Approval, approval, shares)
}

fn tells(escrow: &Escrowed, recipient: &Hand, request: Hash, used: &[u8], bad: &[u8]) -> Asked {
    let (used, bad) = (used.to_vec(), bad.to_vec());
    let outcome = Outcome { request, recipient: recipient.id(), used, bad, time: Wall.now() };
    escrow.step(recipient, Kind::Outcome, outcome, Vec::new())
}

async fn a_policy_that_says_too_little_is_refused(scene: &ByHand) {
    let [one, two] = &scene.escrow().trustees;
    let policy = new_policy(scene, [one, two]);
    let publish = |policy: &Policy| by_root("policies", Signed::sign(policy.clone(), &scene.root).wire());
    let with = |change: &dyn Fn(&mut Policy)| {
        let mut policy = policy.clone();
        change(&mut policy);
        publish(&policy)
    };
    let trustee = |x: u8| PolicyTrustee { x, account: AccountId(random()), contact: "0812".to_owned() };
    let crowd = |number: u8| (1..=number).map(trustee).collect::<Vec<_>>();
    let elsewhere = Policy { centre: CentreId([7; 32]), ..policy.clone() };
    let forged = Signed::sign(policy.clone(), &RootKey::generate(&mut rng()));
    let wrong = vec![
        ("one is enough", with(&|it| it.threshold = 1), P::NotAdmitted),
        ("none is enough", with(&|it| it.threshold = 0), P::NotAdmitted),
        ("more than there are", with(&|it| it.threshold = 3), P::NotAdmitted),
        ("one trustee", with(&|it| it.trustees.truncate(1)), P::NotAdmitted),
        ("16 trustees", with(&|it| it.trustees = crowd(16)), P::NotAdmitted),
        ("one twice", with(&|it| it.trustees[1].account = it.trustees[0].account), P::NotAdmitted),
        ("numbers from 0", with(&|it| it.trustees.iter_mut().for_each(|it| it.x -= 1)), P::NotAdmitted),
        ("a number twice", with(&|it| it.trustees[1].x = 1), P::NotAdmitted),
        ("out of order", with(&|it| it.trustees.reverse()), P::NotAdmitted),
        ("nobody can reach one", with(&|it| it.trustees[0].contact = String::from(" ")), P::NotAdmitted),
        ("no number", with(&|it| it.number = 0), P::NotAdmitted),
        ("no ground", with(&|it| it.grounds.clear()), P::NotAdmitted),
        ("a ground twice", with(&|it| it.grounds.push(it.grounds[0].clone())), P::NotAdmitted),
        ("too long a delay", with(&|it| it.grounds[1].delay_ms = MAX_DELAY_MS + 1), P::NotAdmitted),
        ("too late a notice", with(&|it| it.grounds[1].notice_ms = MAX_DEFERRAL_MS + 1), P::NotAdmitted),
        ("clients ask in danger", with(&|it| it.grounds[0].requesters.push(Role::Client)), P::NotAdmitted),
        ("trustees ask", with(&|it| it.grounds[0].requesters.push(Role::Trustee)), P::NotAdmitted),
        ("nobody asks", with(&|it| it.grounds[0].requesters.clear()), P::NotAdmitted),
        ("nobody gets it", with(&|it| it.grounds[0].recipients.clear()), P::NotAdmitted),
        ("staff gets a recovery", with(&|it| it.grounds[0].code = GroundCode::AccountRecovery), P::NotAdmitted),
        ("of another centre", publish(&elsewhere), P::BadSignature),
        ("by another root", by_root("policies", forged.wire()), P::BadSignature),
        ("a document that names none that is there", document_with(scene, 3, UNKNOWN).1, P::UnknownReference),
        ("a document that names a document", document_with(scene, 3, scene.document).1, P::UnknownReference),
    ];
    scene.refuses(wrong).await;
    scene.door.ask(with(&|it| (it.trustees, it.threshold, it.number) = (crowd(15), 15, 2))).await.accepted();
}

async fn only_a_trustee_of_a_policy_accepts_it(scene: &ByHand) {
    let escrow = scene.escrow();
    let ([one, two], policy) = (&escrow.trustees, escrow.policy.hash());
    let other = Signed::sign(new_policy(scene, [one, &scene.stranger]), &scene.root);
    scene.door.ask(by_root("policies", other.wire())).await.accepted();
    let acceptance = |policy, time| PolicyAcceptance { policy, trustee: one.id(), time };
    let post = |acceptance: &Signed<PolicyAcceptance>| one.posts("/v1/centre/policy-acceptances", acceptance.wire());
    let forged = post(&two.sign(acceptance(policy, Wall.now())));
    let mut wrong = vec![
        ("by somebody appointed who is not in it", accepts(two, two, other.hash()), P::NotAdmitted),
        ("by somebody who is no trustee", accepts(&escrow.supervisor, &escrow.supervisor, policy), P::NotAdmitted),
        ("in another's name", accepts(one, two, policy), P::NotAdmitted),
        ("with another's key", forged, P::BadSignature),
        ("of no policy", accepts(one, one, UNKNOWN), P::UnknownReference),
        ("of a document", accepts(one, one, escrow.document), P::UnknownReference),
        ("by somebody not appointed", accepts(&scene.stranger, &scene.stranger, other.hash()), P::NotAppointed),
    ];
    wrong.extend(far_off().map(|time| ("far off", post(&one.sign(acceptance(policy, time))), P::WrongTime)));
    scene.refuses(wrong).await;
    scene.appoint(&scene.stranger, Role::Trustee).await;
    scene.door.ask(accepts(&scene.stranger, &scene.stranger, other.hash())).await.accepted();
}

async fn only_somebody_appointed_says_who_is_a_guardian_and_only_of_whom_the_minor_named(scene: &ByHand) {
    let (client, counsellor, stranger) = (&scene.client, &scene.counsellor, &scene.stranger);
    let attested = scene.guardianship().await;
    let by = |hand: &Hand, change: &dyn Fn(&mut Guardianship)| {
        let mut attested = attested.clone();
        attested.checked_by = hand.id();
        change(&mut attested);
        hand.posts("/v1/guardianships", hand.sign(attested).wire())
    };
    let in_anothers_name = by(client, &|it| it.checked_by = counsellor.id());
    let forged = counsellor.posts("/v1/guardianships", client.sign(attested.clone()).wire());
    let other = scene.escrow().supervisor.id();
    let own_case = CaseId::from_random_bytes(random());
    let mut wrong = vec![
        ("by nobody appointed", by(stranger, &|_| ()), P::NotAppointed),
        ("by a supervisor", by(&scene.escrow().supervisor, &|_| ()), P::NotAppointed),
        ("by a trustee", by(&scene.escrow().trustees[0], &|_| ()), P::NotAppointed),
        ("in another's name", in_anothers_name, P::NotAdmitted),
        ("with another's key", forged, P::BadSignature),
        ("of another centre", by(counsellor, &|it| it.centre = CentreId([7; 32])), P::NotAdmitted),
        ("of oneself", by(counsellor, &|it| it.guardian = it.minor), P::NotAdmitted),
        ("another guardian", by(counsellor, &|it| it.guardian = other), P::UnknownReference),
        ("another minor", by(counsellor, &|it| it.minor = other), P::UnknownReference),
        (
            "the other way round",
            by(counsellor, &|it| (it.minor, it.guardian) = (it.guardian, it.minor)),
            P::UnknownReference,
        ),
        ("a case that is not there", by(counsellor, &|it| it.case = own_case), P::UnknownReference),
        ("a case without a guardian", by(counsellor, &|it| it.case = scene.case), P::UnknownReference),
    ];
    wrong.extend(far_off().map(|time| ("far off", by(counsellor, &|it| it.time = time), P::WrongTime)));
    scene.refuses(wrong).await;
    scene.door.ask(by(counsellor, &|_| ())).await.accepted();
}

async fn escrow_that_the_document_does_not_offer_is_not_granted(scene: &ByHand) {
    let (escrow, client) = (scene.escrow(), &scene.client);
    let other = Signed::sign(Policy { number: 2, ..escrow.policy.body().clone() }, &scene.root);
    scene.door.ask(by_root("policies", other.wire())).await.accepted();
    let grant = |change: &dyn Fn(&mut Grant)| {
        let mut grant = escrow.grant(scene);
        change(&mut grant);
        client.posts("/v1/grants", client.sign(grant).wire())
    };
    let wrong = vec![
        ("under a document without escrow", grant(&|it| it.document = scene.document), P::NotAdmitted),
        ("another policy", grant(&|it| it.escrow_policy = Some(other.hash())), P::NotAdmitted),
        ("no policy", grant(&|it| it.escrow_policy = None), P::NotAdmitted),
        ("a policy alone", grant(&|it| it.permissions.retain(|it| it.purpose != Purpose::Escrow)), P::NotAdmitted),
        ("to somebody", grant(&|it| it.permissions[2].named = Some(escrow.trustees[0].id())), P::NotAdmitted),
    ];
    scene.refuses(wrong).await;
    scene.door.ask(grant(&|_| ())).await.accepted();
}

async fn a_receipt_is_for_the_own_share_alone(scene: &ByHand) {
    let escrow = scene.escrow();
    let [one, two] = &escrow.trustees;
    let elsewhere = escrow.open_session(scene).await;
    let [first, second] = [&escrow.manifests[0], &escrow.manifests[1]];
    let post = |by: &Hand, receipt: DepositReceipt| escrow.step(by, Kind::DepositReceipt, receipt, Vec::new());
    let own = |change: &dyn Fn(&mut DepositReceipt)| {
        let mut receipt = escrow.receipt(first, 1);
        change(&mut receipt);
        post(one, receipt)
    };
    let (others, later) = (escrow.receipt(first, 2), escrow.receipt(second, 1));
    let forged = two.sign(escrow.receipt(first, 1));
    let mut wrong = vec![
        ("another's share", own(&|it| (it.x, it.share) = (2, others.share)), P::NotAdmitted),
        ("another's number", own(&|it| it.x = 2), P::NotAdmitted),
        ("a number that is not there", own(&|it| it.x = 0), P::NotAdmitted),
        ("another commitment", own(&|it| it.share = UNKNOWN), P::NotAdmitted),
        ("the commitment of another epoch", own(&|it| it.share = later.share), P::NotAdmitted),
        ("in another's name", post(one, others.clone()), P::NotAdmitted),
        ("with another's key", escrow.signed(one, Kind::DepositReceipt, &forged, Vec::new()), P::BadSignature),
        ("by no trustee", own_by(escrow, &scene.client), P::NotAdmitted),
        ("an unknown manifest", own(&|it| it.manifest = UNKNOWN), P::UnknownReference),
        ("a policy instead", own(&|it| it.manifest = escrow.policy.hash()), P::UnknownReference),
        ("an epoch that is not escrowed", own(&|it| it.manifest = scene.manifest.hash()), P::NotAdmitted),
        ("an epoch of another session", own(&|it| it.manifest = elsewhere[0].hash()), P::NotAdmitted),
        ("another session", post(one, escrow.receipt(&elsewhere[0], 1)), P::NotAdmitted),
    ];
    wrong.extend(far_off().map(|time| ("far off", own(&|it| it.time = time), P::WrongTime)));
    scene.refuses(wrong).await;
    scene.door.ask(own(&|_| ())).await.accepted();
    scene.refuses(vec![("a second one", own(&|it| it.time = it.time.plus(1)), P::AlreadyExists)]).await;
    scene.door.ask(post(one, later)).await.accepted();
    scene.door.ask(post(two, others)).await.accepted();
}

/// Somebody confirms the share of the first trustee as their own.
fn own_by(escrow: &Escrowed, hand: &Hand) -> Asked {
    let receipt = DepositReceipt { trustee: hand.id(), ..escrow.receipt(&escrow.manifests[0], 1) };
    escrow.step(hand, Kind::DepositReceipt, receipt, Vec::new())
}

/// The supervisor's request in danger with something else in its outline.
fn requests(escrow: &Escrowed, change: &dyn Fn(&mut RequestOutline)) -> Asked {
    let (mut request, justifications) = escrow.request(GroundCode::ImminentDanger);
    change(&mut request.outline);
    escrow.step(&escrow.supervisor, Kind::Request, request, justifications)
}

async fn a_request_for_epochs_that_it_may_not_name_is_refused(scene: &ByHand) {
    let escrow = scene.escrow();
    let elsewhere = escrow.open_session(scene).await[0].hash();
    let other = Signed::sign(Policy { number: 2, ..escrow.policy.body().clone() }, &scene.root);
    scene.door.ask(by_root("policies", other.wire())).await.accepted();
    let [first, second] = [escrow.manifests[0].hash(), escrow.manifests[1].hash()];
    let epochs = |epochs: &[Hash]| requests(escrow, &|it| it.epochs = epochs.to_vec());
    let session = SessionId::from_random_bytes(random());
    let nowhere =
        Asked { path: format!("/v1/sessions/{session}/escrow"), ..requests(escrow, &|it| it.session = session) };
    let wrong = vec![
        ("an unknown policy", requests(escrow, &|it| it.policy = UNKNOWN), P::UnknownReference),
        ("another policy", requests(escrow, &|it| it.policy = other.hash()), P::NotAdmitted),
        ("another session", requests(escrow, &|it| it.session = session), P::NotAdmitted),
        ("no session", nowhere, P::NotFound),
        ("no epochs", epochs(&[]), P::NotAdmitted),
        ("an epoch twice", epochs(&[first, first]), P::NotAdmitted),
        ("out of order", epochs(&[second, first]), P::NotAdmitted),
        ("another session's epoch", epochs(&[elsewhere]), P::NotAdmitted),
        ("another session's epoch besides", epochs(&[elsewhere, second]), P::NotAdmitted),
        ("an epoch that is not escrowed", epochs(&[scene.manifest.hash()]), P::NotAdmitted),
        ("an unknown epoch", epochs(&[first, second, UNKNOWN]), P::UnknownReference),
        ("a document for an epoch", epochs(&[first, escrow.document]), P::UnknownReference),
        ("more epochs than the session has", epochs(&[first, second, second]), P::NotAdmitted),
        ("more epochs than a request may have", epochs(&[first; MAX_EPOCHS + 1]), P::NotAdmitted),
        ("a ground that the policy has not", requests(escrow, &|it| it.ground = GroundCode::Drill), P::NotAdmitted),
    ];
    scene.refuses(wrong).await;
    scene.door.ask(epochs(&[second])).await.accepted();
    scene.door.ask(epochs(&[first, second])).await.accepted();
}

async fn a_request_of_the_wrong_people_or_at_the_wrong_time_is_refused(scene: &ByHand) {
    let (escrow, moved) = (scene.escrow(), scene.enter("bu-baru").await);
    let (trustee, supervisor) = (&escrow.trustees[0], &escrow.supervisor);
    // it is not for want of a role that a trustee neither asks nor gets
    for hand in [&moved, trustee] {
        scene.appoint(hand, Role::Supervisor).await;
    }
    let card = moved.identity.next(&mut rng(), Wall.now()).1;
    scene.door.ask(moved.posts("/v1/cards", card.wire())).await.accepted();
    let by = |hand: &Hand, requester: &Hand| {
        let (mut request, justifications) = escrow.request(GroundCode::ImminentDanger);
        request.outline.requester = requester.id();
        escrow.step(hand, Kind::Request, request, justifications)
    };
    let to = |hand: &Hand, card: Hash| requests(escrow, &|it| (it.recipient, it.card) = (hand.id(), card));
    let (request, justifications) = escrow.request(GroundCode::ImminentDanger);
    let forged = escrow.signed(supervisor, Kind::Request, &trustee.sign(request), justifications);
    let expires = |time: &dyn Fn(Timestamp) -> Timestamp| requests(escrow, &|it| it.expires = time(it.created));
    let court = |early: u64| {
        let (mut request, justifications) = escrow.request(GroundCode::CourtOrder);
        request.outline.expires = request.outline.created.plus(WAIT - early);
        escrow.step(supervisor, Kind::Request, request, justifications)
    };
    let mut wrong = vec![
        ("by a client", by(&scene.client, &scene.client), P::Forbidden),
        ("by a trustee", by(trustee, trustee), P::Forbidden),
        ("by somebody else in staff", by(&escrow.director, &escrow.director), P::Forbidden),
        ("by a stranger", by(&scene.stranger, &scene.stranger), P::Forbidden),
        ("in another's name", by(&scene.counsellor, supervisor), P::NotAdmitted),
        ("with another's key", forged, P::BadSignature),
        ("for a trustee", to(trustee, trustee.card.hash()), P::Forbidden),
        ("for a client", to(&scene.client, scene.client.card.hash()), P::Forbidden),
        ("for a stranger", to(&scene.stranger, scene.stranger.card.hash()), P::Forbidden),
        ("to an old card", to(&moved, moved.card.hash()), P::NotAdmitted),
        ("to another's card", to(supervisor, scene.counsellor.card.hash()), P::NotAdmitted),
        ("closes at once", expires(&|created| created), P::NotAdmitted),
        ("closed before", expires(&|_| Timestamp(0)), P::NotAdmitted),
        ("closes when the delay is over", court(0), P::NotAdmitted),
        ("closes before the delay is over", court(1), P::NotAdmitted),
        ("stays open for too long", expires(&|created| created.plus(MAX_OPEN_MS + 1)), P::NotAdmitted),
        ("stays open for ever", expires(&|_| Timestamp(u64::MAX)), P::NotAdmitted),
    ];
    wrong.extend(far_off().map(|time| {
        let asked = requests(escrow, &|it| (it.created, it.expires) = (time, time.plus(DAY)));
        ("far off", asked, P::WrongTime)
    }));
    scene.refuses(wrong).await;
    scene.door.ask(to(&moved, card.hash())).await.accepted();
    scene.door.ask(by(&scene.counsellor, &scene.counsellor)).await.accepted();
    scene.door.ask(expires(&|created| created.plus(MAX_OPEN_MS))).await.accepted();
}

/// What is done to justifications and to what stands beside them.
type ChangeOfBoth<'a> = &'a dyn Fn(&mut Vec<Justification>, &mut Vec<Vec<u8>>);
/// What is done to each of them together.
type ChangeOfPairs<'a> = &'a dyn Fn(&mut Vec<(Justification, Vec<u8>)>);

async fn justifications_are_one_for_each_trustee(scene: &ByHand) {
    let (escrow, supervisor) = (scene.escrow(), &scene.escrow().supervisor);
    let with = |change: ChangeOfBoth<'_>| {
        let (mut request, mut sealed) = escrow.request(GroundCode::ImminentDanger);
        change(&mut request.justifications, &mut sealed);
        escrow.step(supervisor, Kind::Request, request, sealed)
    };
    let sized = |length: usize| {
        with(&move |named, sealed| {
            sealed[1] = noise(length);
            named[1].sealed = of_bytes(&sealed[1]);
        })
    };
    let largest = JUSTIFICATION_LENGTH - 256 + MAX_JUSTIFICATION;
    let both = |change: ChangeOfPairs<'_>| {
        with(&|named, sealed| {
            let mut pairs = named.drain(..).zip(sealed.drain(..)).collect();
            change(&mut pairs);
            (*named, *sealed) = pairs.into_iter().unzip();
        })
    };
    let one_more = both(&|pairs| {
        let (named, sealed) = pairs[0].clone();
        pairs.push((Justification { trustee: supervisor.id(), ..named }, sealed));
    });
    let wrong = vec![
        ("none", both(&Vec::clear), P::NotAdmitted),
        ("one missing", both(&|pairs| pairs.truncate(1)), P::NotAdmitted),
        ("one not named", with(&|named, _| named.truncate(1)), P::NotAdmitted),
        ("one not beside it", with(&|_, sealed| sealed.truncate(1)), P::NotAdmitted),
        ("one more beside it", with(&|_, sealed| sealed.push(sealed[0].clone())), P::NotAdmitted),
        ("one more, for somebody else", one_more, P::NotAdmitted),
        ("twice for one", both(&|pairs| pairs[1] = pairs[0].clone()), P::NotAdmitted),
        ("out of order", both(&|pairs| pairs.reverse()), P::NotAdmitted),
        ("swapped", with(&|_, sealed| sealed.reverse()), P::NotAdmitted),
        ("for another card", with(&|named, _| named[0].card = named[1].card), P::NotAdmitted),
        ("for an unknown card", with(&|named, _| named[1].card = UNKNOWN), P::NotAdmitted),
        ("another one beside it", with(&|_, sealed| sealed[0] = noise(JUSTIFICATION_LENGTH)), P::NotAdmitted),
        ("empty", sized(0), P::NotAdmitted),
        ("nothing in it", sized(JUSTIFICATION_LENGTH - 256), P::NotAdmitted),
        ("a length that tells", sized(JUSTIFICATION_LENGTH + 1), P::NotAdmitted),
        ("the next length after the largest", sized(largest + 1024), P::NotAdmitted),
        ("more than an upload may have", sized(524_288), P::TooLarge),
    ];
    scene.refuses(wrong).await;
    scene.door.ask(sized(largest)).await.accepted();
}

async fn trustees_alone_see_and_approve_each_once_and_not_before_the_delay(scene: &ByHand) {
    let (escrow, supervisor) = (scene.escrow(), &scene.escrow().supervisor);
    let [one, two] = &escrow.trustees;
    let request = asked(scene, GroundCode::ImminentDanger).await;
    let court = asked(scene, GroundCode::CourtOrder).await;
    let sighting_of = |request, trustee: &Hand, time| Sighting { request, trustee: trustee.id(), time };
    let sighting = |trustee: &Hand, time| sighting_of(request, trustee, time);
    // the clock that says so is as far off as one may be: behind for the sighting, ahead for the approval
    let seen_with_a_slow_clock = sighting_of(court, one, Timestamp(Wall.now().0 - OFF));
    let seen = escrow.step(one, Kind::Sighting, seen_with_a_slow_clock, Vec::new());
    scene.door.ask(seen).await.accepted();
    let forged = escrow.signed(supervisor, Kind::Sighting, &one.sign(sighting(one, Wall.now())), Vec::new());
    let in_anothers_name = escrow.step(supervisor, Kind::Sighting, sighting(one, Wall.now()), Vec::new());
    let mut wrong = vec![
        ("seen by the requester", sees(escrow, supervisor, request), P::Forbidden),
        ("seen by a client", sees(escrow, &scene.client, request), P::Forbidden),
        ("seen in another's name", in_anothers_name, P::NotAdmitted),
        ("seen with another's signature", forged, P::BadSignature),
        ("no request was seen", sees(escrow, one, UNKNOWN), P::UnknownReference),
        ("a manifest was seen", sees(escrow, one, escrow.manifests[0].hash()), P::UnknownReference),
        ("approved without having seen it", approves(escrow, 1, request), P::TooEarly),
        ("approved after another has seen it", approves(escrow, 2, court), P::TooEarly),
        ("approved before the delay", approves(escrow, 1, court), P::TooEarly),
    ];
    wrong.extend(
        far_off()
            .map(|time| ("far off", escrow.step(one, Kind::Sighting, sighting(one, time), Vec::new()), P::WrongTime)),
    );
    let with_a_fast_clock = Approval { time: Wall.now().plus(OFF), ..escrow.approval(court, 1).0 };
    let shares = escrow.approval(court, 1).1;
    wrong.push((
        "approved before the delay with a fast clock",
        escrow.step(one, Kind::Approval, with_shares(with_a_fast_clock, &shares), shares),
        P::TooEarly,
    ));
    scene.refuses(wrong).await;

    for trustee in [one, two] {
        scene.door.ask(sees(escrow, trustee, request)).await.accepted();
    }
    scene.door.ask(approves(escrow, 2, request)).await.accepted();
    scene.refuses(wrong_approvals(scene, request)).await;
    let again = escrow.step(one, Kind::Sighting, sighting(one, Wall.now().plus(1)), Vec::new());
    let wrong = vec![
        ("seen twice", again, P::AlreadyExists),
        ("approved twice", approves(escrow, 2, request), P::AlreadyExists),
    ];
    scene.refuses(wrong).await;
    scene.door.ask(approves(escrow, 1, request)).await.accepted();
}

fn with_shares(mut approval: Approval, shares: &[Vec<u8>]) -> Approval {
    approval.reseals = shares.iter().map(|share| of_bytes(share)).collect();
    approval
}

/// Approvals of the first trustee, who has seen the request.
fn wrong_approvals(scene: &ByHand, request: Hash) -> Vec<(&'static str, Asked, P)> {
    let escrow = scene.escrow();
    let [one, two] = &escrow.trustees;
    let with = |change: &dyn Fn(&mut Approval)| {
        let (mut approval, shares) = escrow.approval(request, 1);
        change(&mut approval);
        escrow.step(one, Kind::Approval, approval, shares)
    };
    let beside = |named: bool, change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let (approval, mut shares) = escrow.approval(request, 1);
        change(&mut shares);
        let approval = if named { with_shares(approval, &shares) } else { approval };
        escrow.step(one, Kind::Approval, approval, shares)
    };
    let (approval, shares) = escrow.approval(request, 1);
    let forged = escrow.signed(one, Kind::Approval, &two.sign(approval), shares);
    let mut wrong = vec![
        ("with another's number", with(&|it| it.x = 2), P::Forbidden),
        ("with no number", with(&|it| it.x = 0), P::Forbidden),
        ("in another's name", with(&|it| it.trustee = two.id()), P::NotAdmitted),
        ("with another's key", forged, P::BadSignature),
        ("of no request", with(&|it| it.request = UNKNOWN), P::UnknownReference),
        ("by the recipient", by_recipient(escrow, request), P::Forbidden),
        ("a share too many", beside(false, &|shares| shares.push(noise(WRAP_LENGTH))), P::NotAdmitted),
        ("a share too many, and named", beside(true, &|shares| shares.push(noise(WRAP_LENGTH))), P::NotAdmitted),
        ("a share too few", beside(false, &|shares| shares.truncate(1)), P::NotAdmitted),
        ("a share too few, and not named", beside(true, &|shares| shares.truncate(1)), P::NotAdmitted),
        ("no shares", beside(true, &Vec::clear), P::NotAdmitted),
        ("a share that was altered", beside(false, &|shares| shares[1][7] ^= 1), P::NotAdmitted),
        ("swapped shares", beside(false, &|shares| shares.reverse()), P::NotAdmitted),
        ("a share that is too short", beside(true, &|shares| shares[0].truncate(WRAP_LENGTH - 1)), P::NotAdmitted),
        ("a share that is too long", beside(true, &|shares| shares[0].push(0)), P::NotAdmitted),
    ];
    wrong.extend(far_off().map(|time| ("far off", with(&|it| it.time = time), P::WrongTime)));
    wrong
}

fn by_recipient(escrow: &Escrowed, request: Hash) -> Asked {
    let (approval, shares) = escrow.approval(request, 1);
    let approval = Approval { trustee: escrow.supervisor.id(), ..approval };
    escrow.step(&escrow.supervisor, Kind::Approval, approval, shares)
}

async fn whoever_has_no_part_in_a_request_neither_ends_it_nor_tells_its_outcome(scene: &ByHand) {
    let (escrow, client, now) = (scene.escrow(), &scene.client, Wall.now());
    let ([one, two], supervisor) = (&escrow.trustees, &escrow.supervisor);
    let request = asked(scene, GroundCode::ImminentDanger).await;
    let court = asked(scene, GroundCode::CourtOrder).await;
    let veto = |time| Veto { request, trustee: one.id(), time };
    let cancellation = |time| Cancellation { request, client: client.id(), time };
    let outcome = |time| Outcome { request, recipient: supervisor.id(), used: vec![1, 2], bad: Vec::new(), time };
    let mut wrong = vec![
        ("a veto of the requester", vetoes(escrow, supervisor, request), P::Forbidden),
        ("a veto of a client", vetoes(escrow, client, request), P::Forbidden),
        ("a veto in another's name", escrow.step(two, Kind::Veto, veto(now), Vec::new()), P::NotAdmitted),
        (
            "a veto with another's key",
            escrow.signed(one, Kind::Veto, &two.sign(veto(now)), Vec::new()),
            P::BadSignature,
        ),
        ("a veto of no request", vetoes(escrow, one, UNKNOWN), P::UnknownReference),
        ("cancelled by the counsellor", cancels(escrow, &scene.counsellor, request), P::Forbidden),
        ("cancelled by a trustee", cancels(escrow, one, request), P::Forbidden),
        ("cancelled by the requester", cancels(escrow, supervisor, request), P::Forbidden),
        (
            "cancelled in another's name",
            escrow.step(one, Kind::Cancellation, cancellation(now), Vec::new()),
            P::NotAdmitted,
        ),
        ("cancelled where nobody may", cancels(escrow, client, court), P::NotCancellable),
        ("an outcome before the release", tells(escrow, supervisor, request, &[1, 2], &[]), P::ReleaseClosed),
        ("an outcome of a trustee", tells(escrow, one, request, &[1, 2], &[]), P::Forbidden),
    ];
    for time in far_off() {
        wrong.push(("a veto far off", escrow.step(one, Kind::Veto, veto(time), Vec::new()), P::WrongTime));
        let cancelled = escrow.step(client, Kind::Cancellation, cancellation(time), Vec::new());
        wrong.push(("cancelled far off", cancelled, P::WrongTime));
        let told = escrow.step(supervisor, Kind::Outcome, outcome(time), Vec::new());
        wrong.push(("an outcome far off", told, P::WrongTime));
    }
    scene.refuses(wrong).await;

    release(scene, request).await;
    let others = Outcome { recipient: supervisor.id(), ..outcome(now) };
    let wrong = vec![
        ("by the counsellor", tells(escrow, &scene.counsellor, request, &[1, 2], &[]), P::Forbidden),
        ("by a client", tells(escrow, client, request, &[1, 2], &[]), P::Forbidden),
        ("in another's name", escrow.step(one, Kind::Outcome, others, Vec::new()), P::NotAdmitted),
        ("a share that nobody sent", tells(escrow, supervisor, request, &[1, 3], &[]), P::NotAdmitted),
        ("a bad one that nobody sent", tells(escrow, supervisor, request, &[1], &[0]), P::NotAdmitted),
        ("a share twice", tells(escrow, supervisor, request, &[1, 1], &[]), P::NotAdmitted),
        ("good and bad", tells(escrow, supervisor, request, &[1, 2], &[2]), P::NotAdmitted),
        ("too few, and none bad", tells(escrow, supervisor, request, &[1], &[]), P::NotAdmitted),
        ("nothing", tells(escrow, supervisor, request, &[], &[]), P::NotAdmitted),
        ("of no request", tells(escrow, supervisor, UNKNOWN, &[1, 2], &[]), P::UnknownReference),
        ("of another request", tells(escrow, supervisor, court, &[1, 2], &[]), P::ReleaseClosed),
    ];
    scene.refuses(wrong).await;
    scene.door.ask(tells(escrow, supervisor, request, &[1], &[2])).await.accepted();
    scene.door.ask(tells(escrow, supervisor, request, &[2, 1], &[])).await.accepted();
}

/// Both trustees see a request and approve it.
async fn release(scene: &ByHand, request: Hash) {
    let escrow = scene.escrow();
    for (x, trustee) in (1..).zip(&escrow.trustees) {
        scene.door.ask(sees(escrow, trustee, request)).await.accepted();
        scene.door.ask(approves(escrow, x, request)).await.accepted();
    }
}

async fn a_closed_request_takes_no_step(scene: &ByHand) {
    let (escrow, client) = (scene.escrow(), &scene.client);
    let ([one, two], supervisor) = (&escrow.trustees, &escrow.supervisor);
    let [vetoed, cancelled, released] = [
        asked(scene, GroundCode::ImminentDanger).await,
        asked(scene, GroundCode::ImminentDanger).await,
        asked(scene, GroundCode::ImminentDanger).await,
    ];
    for request in [vetoed, cancelled] {
        scene.door.ask(sees(escrow, one, request)).await.accepted();
    }
    scene.door.ask(vetoes(escrow, two, vetoed)).await.accepted();
    scene.door.ask(cancels(escrow, client, cancelled)).await.accepted();
    release(scene, released).await;
    let mut wrong = vec![
        ("a release is vetoed", vetoes(escrow, one, released), P::ReleaseClosed),
        ("a release is cancelled", cancels(escrow, client, released), P::ReleaseClosed),
    ];
    for request in [vetoed, cancelled] {
        wrong.extend([
            ("seen", sees(escrow, two, request), P::ReleaseClosed),
            ("approved", approves(escrow, 1, request), P::ReleaseClosed),
            ("vetoed", vetoes(escrow, one, request), P::ReleaseClosed),
            ("cancelled", cancels(escrow, client, request), P::ReleaseClosed),
            ("opened", tells(escrow, supervisor, request, &[1, 2], &[]), P::ReleaseClosed),
        ]);
    }
    scene.refuses(wrong).await;
}

async fn nothing_but_steps_is_taken_at_the_address_of_escrow(scene: &ByHand) {
    let (escrow, now) = (scene.escrow(), Wall.now());
    let (one, client) = (&escrow.trustees[0], &scene.client);
    let elsewhere = escrow.open_session(scene).await[0].body().outline.session;
    let request = asked(scene, GroundCode::ImminentDanger).await;
    let veto = one.sign(Veto { request, trustee: one.id(), time: now });
    let sighting = one.sign(Sighting { request, trustee: one.id(), time: now });
    let cancellation = client.sign(Cancellation { request, client: client.id(), time: now });
    let receipt = one.sign(escrow.receipt(&escrow.manifests[0], 1));
    let outcome = Outcome { request, recipient: escrow.supervisor.id(), used: vec![1], bad: vec![2], time: now };
    let part = || vec![noise(WRAP_LENGTH)];
    let steps = Kind::DepositReceipt.number()..=Kind::Outcome.number();
    let others = (0..=u8::MAX).filter(|number| !steps.contains(number)).filter_map(Kind::from_number);
    let mut wrong: Vec<_> =
        others.map(|kind| ("another kind", escrow.signed(one, kind, &veto, Vec::new()), P::NotAdmitted)).collect();
    let kinds = "18 kinds before the steps, the notice, the tombstone, the web client, and an absence";
    assert_eq!(wrong.len(), 22, "{kinds}");
    let grant = client.sign(escrow.grant(scene));
    let letter = escrow.bytes(client, Kind::Letter, &scene.letter.letter.0, Vec::new());
    let there = Asked { path: format!("/v1/sessions/{elsewhere}/escrow"), ..sees(escrow, one, request) };
    wrong.extend([
        ("a grant", escrow.signed(client, Kind::Grant, &grant, Vec::new()), P::NotAdmitted),
        ("a letter", letter, P::NotAdmitted),
        ("a veto that is called a sighting", escrow.signed(one, Kind::Sighting, &veto, Vec::new()), P::BadSignature),
        ("a sighting that is called a veto", escrow.signed(one, Kind::Veto, &sighting, Vec::new()), P::BadSignature),
        ("a part beside a receipt", escrow.signed(one, Kind::DepositReceipt, &receipt, part()), P::NotAdmitted),
        ("a part beside a sighting", escrow.signed(one, Kind::Sighting, &sighting, part()), P::NotAdmitted),
        ("a part beside a veto", escrow.signed(one, Kind::Veto, &veto, part()), P::NotAdmitted),
        (
            "a part beside a cancellation",
            escrow.signed(client, Kind::Cancellation, &cancellation, part()),
            P::NotAdmitted,
        ),
        ("a part beside an outcome", escrow.step(&escrow.supervisor, Kind::Outcome, outcome, part()), P::NotAdmitted),
        ("an empty part", escrow.signed(one, Kind::Veto, &veto, vec![Vec::new()]), P::NotAdmitted),
        ("in another session", there, P::UnknownReference),
    ]);
    scene.refuses(wrong).await;
    scene.door.ask(escrow.signed(one, Kind::Sighting, &sighting, Vec::new())).await.accepted();
    scene.door.ask(escrow.signed(one, Kind::Veto, &veto, Vec::new())).await.accepted();
}

async fn a_step_posted_again_is_answered_as_the_first_time(scene: &ByHand) {
    let (escrow, client) = (scene.escrow(), &scene.client);
    let (one, supervisor) = (&escrow.trustees[0], &escrow.supervisor);
    let (request, justifications) = escrow.request(GroundCode::ImminentDanger);
    let request = supervisor.sign(request);
    let (released, cancelled, vetoed) =
        (request.hash(), asked(scene, GroundCode::ImminentDanger).await, asked(scene, GroundCode::CourtOrder).await);
    let attested = scene.counsellor.sign(scene.guardianship().await);
    let policy = Signed::sign(Policy { number: 2, ..escrow.policy.body().clone() }, &scene.root);
    let steps = vec![
        by_root("policies", policy.wire()),
        accepts(one, one, policy.hash()),
        scene.counsellor.posts("/v1/guardianships", attested.wire()),
        escrow.step(one, Kind::DepositReceipt, escrow.receipt(&escrow.manifests[1], 1), Vec::new()),
        escrow.signed(supervisor, Kind::Request, &request, justifications),
        sees(escrow, one, released),
        approves(escrow, 1, released),
        sees(escrow, &escrow.trustees[1], released),
        approves(escrow, 2, released),
        tells(escrow, supervisor, released, &[1, 2], &[]),
        cancels(escrow, client, cancelled),
        vetoes(escrow, one, vetoed),
    ];
    let mut first = Vec::new();
    for step in &steps {
        first.push(scene.door.ask(step.clone()).await.accepted());
        assert_eq!(&scene.door.ask(step.clone()).await.accepted(), first.last().unwrap(), "at once");
    }
    let before = scene.snapshot().await;
    for (step, first) in steps.iter().zip(&first) {
        assert_eq!(&scene.door.ask(step.clone()).await.accepted(), first, "also when the request is closed");
    }
    assert!(scene.snapshot().await == before, "something was stored again");
}
