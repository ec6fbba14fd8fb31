//! Escrow: only what was agreed to is escrowed, and only enough trustees open it, on a ground, after its delay, in the
//! open (docs/protocol.md §7).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that cannot go on has failed"
)]

use amanah_client_sdk::RelayError;
use amanah_client_sdk::access::{Access, access_history};
use amanah_client_sdk::consent::{ConsentFlowError, GrantedCase};
use amanah_client_sdk::escrow::{Asking, EscrowFlowError, SeenRequest};
use amanah_client_sdk::people::SuccessionError;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::thread::Thread;
use amanah_client_sdk::transport::{Clock, Transport};
use amanah_protocol::account::SuccessionGround;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::{Dismissal, Role};
use amanah_protocol::consent::Purpose;
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, SessionId, Timestamp};
use amanah_protocol::manifest::Reason;
use amanah_protocol::release::{MAX_OPEN_MS, Standing};
use amanah_tests::escrow::{DELAY, Offer, ground, grounds, until};
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Device, Reach, Wall, escrow_by, open_session, read, send};
use amanah_tests::relay::Store;
use futures_util::StreamExt;

on_both_stores! {
    two_of_three_trustees_open_exactly_what_was_asked_for,
    what_was_asked_for_survives_a_restart_of_the_relay,
    a_request_is_ended_by_a_veto_by_the_client_or_by_time,
    a_client_is_told_of_a_courts_order_later_but_is_told,
    a_notice_that_fell_due_while_the_relay_was_down_reaches_whoever_listens,
}

/// A client who agreed to escrow, their counsellor, and a supervisor who is in no session.
struct Story<R: Reach> {
    centre: Centre<R>,
    offer: Offer<R::Way>,
    client: Device<R::Way>,
    counsellor: Device<R::Way>,
    supervisor: Device<R::Way>,
    session: SessionId,
    granted: GrantedCase,
}

async fn story<R: Reach>(centre: Centre<R>) -> Story<R> {
    let offer = centre.offer_escrow(2, 3, grounds()).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let supervisor = centre.client("pak-budi").await;
    centre.appoint(supervisor.id(), Role::Supervisor, "Budi Santoso").await;
    let mut client = centre.client("bunga-3").await;
    let (session, granted) = escrowed_session(&mut client, counsellor.id(), offer.policy).await;
    send(&mut client, session, "satu").await;
    send(&mut counsellor, session, "dua").await;
    Story { centre, offer, client, counsellor, supervisor, session, granted }
}

async fn escrowed_session<T: Transport>(
    client: &mut Device<T>,
    counsellor: AccountId,
    policy: Hash,
) -> (SessionId, GrantedCase) {
    let terms = escrow_by(client, policy);
    let granted = client.grant(counsellor, &terms).await.unwrap();
    (client.open_session(granted, counsellor).await.unwrap(), granted)
}

fn asking(session: SessionId, ground: GroundCode, recipient: AccountId) -> Asking {
    Asking {
        session,
        from_epoch: 0,
        to_epoch: 0,
        ground,
        recipient,
        reason: "Nyawa dalam bahaya.".to_owned().into(),
        open_ms: 86_400_000,
    }
}

/// Sees the requests of a session, waits until the delay is over for this trustee, and approves the only one.
async fn approve<T: Transport>(trustee: &mut Device<T>, session: SessionId, request: Hash) {
    let seen = trustee.see_requests(session).await.unwrap();
    until(find(&seen, request).release.may_approve_from(&trustee.id()).unwrap()).await;
    trustee.approve(session, request).await.unwrap();
}

fn find(seen: &[SeenRequest], request: Hash) -> &SeenRequest {
    seen.iter().find(|seen| seen.release.request().hash() == request).unwrap()
}

fn texts(thread: &Thread) -> Vec<Option<String>> {
    let text = |letter: &amanah_client_sdk::thread::ReadLetter| letter.words().map(str::to_owned);
    assert_eq!(thread.fault(), None);
    thread.letters().iter().map(text).collect()
}

fn refused(error: EscrowFlowError) -> ProblemCode {
    match error {
        EscrowFlowError::Relay(RelayError::Refused(code))
        | EscrowFlowError::Sync(SyncError::Relay(RelayError::Refused(code))) => code,
        other => panic!("{other}"),
    }
}

async fn two_of_three_trustees_open_exactly_what_was_asked_for(store: Store) {
    let Story { centre: _centre, mut offer, mut client, mut counsellor, mut supervisor, session, .. } =
        story(Centre::found(store).await).await;
    // what follows is of another epoch and stays closed
    counsellor.rotate(session).await.unwrap();
    send(&mut client, session, "tiga").await;
    for trustee in &mut offer.trustees {
        let checked = trustee.check_deposits(session).await.unwrap();
        assert_eq!((checked.right, checked.bad), (2, vec![]));
        let items = trustee.escrow_items().await.unwrap().items;
        assert_eq!((items.len(), items[0].deposits), (1, 0), "a receipt is stored for each");
    }

    let recipient = supervisor.id();
    let danger = asking(session, GroundCode::ImminentDanger, recipient);
    let request = supervisor.request_release(&danger).await.unwrap();
    client.sync(session).await.unwrap();
    let told = client.thread(&session).unwrap();
    assert_eq!(told.notices().len(), 1, "the client is told at once");
    assert_eq!(told.releases()[0].standing(Wall.now()), Standing::Waiting);
    assert_eq!(refused_open(&mut supervisor, session, request).await, EscrowFlowError::Closed(Standing::Waiting));

    let seen = offer.trustees[0].see_requests(session).await.unwrap();
    let seen = find(&seen, request);
    assert_eq!(seen.reason.as_ref().unwrap().as_str(), "Nyawa dalam bahaya.");
    assert_eq!((seen.told, &seen.epochs[..]), (true, &[0][..]));
    let from = seen.release.may_approve_from(&offer.trustees[0].id()).unwrap();
    if Wall.now() < from {
        let early = offer.trustees[0].approve(session, request).await.unwrap_err();
        assert_eq!(early, EscrowFlowError::TooEarly(from));
    }
    approve(&mut offer.trustees[0], session, request).await;
    assert_eq!(refused_open(&mut supervisor, session, request).await, EscrowFlowError::Closed(Standing::Waiting));
    approve(&mut offer.trustees[2], session, request).await;
    let thread = supervisor.open_released(session, request).await.unwrap();
    assert_eq!(texts(&thread), [Some("satu".to_owned()), Some("dua".to_owned()), None]);
    for other in [&mut client, &mut counsellor, &mut offer.trustees[1]] {
        assert!(other.open_released(session, request).await.is_err(), "only the recipient");
    }

    // nothing more is sealed with the keys of before
    send(&mut counsellor, session, "empat").await;
    read(&mut client, session).await;
    let outline = client.thread(&session).unwrap().manifest().unwrap().body().outline.clone();
    assert_eq!((outline.epoch, outline.reason), (2, Reason::Release));
    let thread = supervisor.open_released(session, request).await.unwrap();
    assert_eq!(texts(&thread)[2..], [None, None]);
    history_names_everybody(client.thread(&session).unwrap(), [client.id(), counsellor.id(), recipient]);
}

async fn refused_open<T: Transport>(device: &mut Device<T>, session: SessionId, request: Hash) -> EscrowFlowError {
    device.open_released(session, request).await.map(drop).unwrap_err()
}

fn history_names_everybody(thread: &Thread, [client, counsellor, recipient]: [AccountId; 3]) {
    let history = access_history(thread);
    let readers = history.iter().filter_map(|access| match access {
        Access::Reader { account, role, until: None, .. } => Some((*account, *role)),
        _ => None,
    });
    let mut readers: Vec<_> = readers.collect();
    readers.sort_by_key(|(_, role)| *role);
    assert_eq!(readers, [(client, Role::Client), (counsellor, Role::Counsellor)]);
    let Some(Access::Release(release)) = history.last() else { panic!("the release is the newest") };
    assert_eq!(release.outline().recipient, recipient);
    assert_eq!(release.approvals().len(), 2);
    let (outcome, _) = release.outcomes().last().unwrap();
    assert_eq!((&outcome.used[..], &outcome.bad[..]), (&[1, 3][..], &[][..]));
}

async fn what_was_asked_for_survives_a_restart_of_the_relay(store: Store) {
    let Story { mut centre, mut offer, mut supervisor, session, .. } = story(Centre::found(store).await).await;
    let danger = asking(session, GroundCode::ImminentDanger, supervisor.id());
    let request = supervisor.request_release(&danger).await.unwrap();
    approve(&mut offer.trustees[1], session, request).await;
    centre.relay.kill_and_restart();
    let names: Vec<String> = (1..=3).map(|number| format!("wali-{number}")).collect();
    let mut third = centre.another_device(&names[2], None).await;
    let seen = third.see_requests(session).await.unwrap();
    assert_eq!(find(&seen, request).release.approvals().len(), 1);
    approve(&mut third, session, request).await;
    let mut supervisor = centre.another_device("pak-budi", None).await;
    let thread = supervisor.open_released(session, request).await.unwrap();
    assert_eq!(texts(&thread), [Some("satu".to_owned()), Some("dua".to_owned())]);
}

async fn a_request_is_ended_by_a_veto_by_the_client_or_by_time(store: Store) {
    let Story { centre: _centre, mut offer, mut client, mut supervisor, session, .. } =
        story(Centre::found(store).await).await;
    let recipient = supervisor.id();
    let danger = asking(session, GroundCode::ImminentDanger, recipient);
    let vetoed = supervisor.request_release(&danger).await.unwrap();
    approve(&mut offer.trustees[0], session, vetoed).await;
    offer.trustees[1].veto(session, vetoed).await.unwrap();
    let cancelled = supervisor.request_release(&danger).await.unwrap();
    client.cancel(session, cancelled).await.unwrap();
    let short = Asking { open_ms: 1, ..danger.clone() };
    let expired = supervisor.request_release(&short).await.unwrap();
    until(Wall.now().plus(DELAY + 1)).await;

    let seen = offer.trustees[2].see_requests(session).await.unwrap();
    let now = Wall.now();
    for (request, standing) in
        [(vetoed, Standing::Vetoed), (cancelled, Standing::Cancelled), (expired, Standing::Expired)]
    {
        assert_eq!(find(&seen, request).release.standing(now), standing);
        let closed = EscrowFlowError::Closed(standing);
        assert_eq!(offer.trustees[2].approve(session, request).await.unwrap_err(), closed);
        assert_eq!(refused_open(&mut supervisor, session, request).await, closed);
        assert_eq!(refused(offer.trustees[2].veto(session, request).await.unwrap_err()), ProblemCode::ReleaseClosed);
    }
    assert_eq!(client.sync(session).await.unwrap().notices().len(), 3, "the client was told of each");
    assert_eq!(client.thread(&session).unwrap().manifest().unwrap().body().outline.epoch, 0, "nothing was released");
}

async fn a_client_is_told_of_a_courts_order_later_but_is_told(store: Store) {
    let Story { centre: _centre, mut offer, mut client, mut counsellor, mut supervisor, session, .. } =
        story(Centre::found(store).await).await;
    let court = asking(session, GroundCode::CourtOrder, supervisor.id());
    let request = supervisor.request_release(&court).await.unwrap();
    let seen = offer.trustees[0].see_requests(session).await.unwrap();
    let due = find(&seen, request).release.notice_due();
    let early = client.sync(session).await.unwrap().notices().len();
    let early = if Wall.now() < due { early } else { 0 };
    assert_eq!(early, 0, "not before its time");
    if Wall.now() < due {
        let not_shown = client.cancel(session, request).await.unwrap_err();
        assert!(matches!(not_shown, EscrowFlowError::NoRequest | EscrowFlowError::NotCancellable));
    }
    for index in [0, 1] {
        approve(&mut offer.trustees[index], session, request).await;
    }
    assert_eq!(texts(&supervisor.open_released(session, request).await.unwrap()).len(), 2);

    until(due).await;
    for device in [&mut client, &mut counsellor] {
        let thread = device.sync(session).await.unwrap();
        assert_eq!((thread.fault(), thread.notices().len()), (None, 1), "told when it is due");
        assert_eq!(thread.releases()[0].standing(Wall.now()), Standing::Released);
    }
    assert_eq!(client.cancel(session, request).await.unwrap_err(), EscrowFlowError::NotCancellable);
    send(&mut client, session, "tiga").await;
    let outline = client.thread(&session).unwrap().manifest().unwrap().body().outline.clone();
    assert_eq!(outline.reason, Reason::Release);
}

/// Nobody reads in between: the relay tells by itself.
async fn a_notice_that_fell_due_while_the_relay_was_down_reaches_whoever_listens(store: Store) {
    let Story { mut centre, mut supervisor, mut client, session, .. } = story(Centre::found(store).await).await;
    let court = asking(session, GroundCode::CourtOrder, supervisor.id());
    let before = client.sync(session).await.unwrap().position();
    supervisor.request_release(&court).await.unwrap();
    centre.relay.kill();
    until(Wall.now().plus(4 * DELAY + 1)).await;
    centre.relay.restart();
    let news = client.news(before).await.unwrap().next().await.unwrap().unwrap();
    assert!(news.session == session && news.position > before);
    assert_eq!(client.sync(session).await.unwrap().notices().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_choice_nothing_is_escrowed_and_a_choice_can_be_taken_back_and_made_later() {
    let Story { centre, mut offer, mut client, mut counsellor, session, granted, .. } =
        story(Centre::in_process().await).await;
    let escrowed = |device: &Device<_>, session| {
        device.thread(&session).unwrap().manifest().unwrap().body().outline.escrow.is_some()
    };
    assert!(escrowed(&client, session));
    let (plain, plain_case) = open_session(&mut client, counsellor.id()).await;
    assert!(!escrowed(&client, plain));

    client.choose_escrow(granted.case, None).await.unwrap();
    read(&mut client, session).await;
    assert!(!escrowed(&client, session), "a new epoch begins in the same action");
    send(&mut counsellor, session, "tiga").await;
    read(&mut client, session).await;
    assert!(!escrowed(&client, session), "nobody brings it back");
    let checked = offer.trustees[0].check_deposits(session).await.unwrap();
    assert_eq!(checked.right, 1, "only the epoch of before");

    client.choose_escrow(plain_case.case, Some(&escrow_by(&client, offer.policy))).await.unwrap();
    read(&mut client, plain).await;
    assert!(escrowed(&client, plain), "from now on");
    assert_eq!(read(&mut client, session).await.len(), 3);
    let unknown = client.choose_escrow(plain_case.case, Some(&escrow_by(&client, Hash([7; 32])))).await;
    assert_eq!(unknown.unwrap_err(), ConsentFlowError::NoPolicy);
    drop(centre);
}

#[tokio::test(flavor = "multi_thread")]
async fn renewed_consent_does_not_bring_back_escrow_that_was_taken_back() {
    let Story { centre, offer, mut client, session, granted, .. } = story(Centre::in_process().await).await;
    let escrowed =
        |device: &Device<_>| device.thread(&session).unwrap().manifest().unwrap().body().outline.escrow.is_some();
    client.choose_escrow(granted.case, Some(&escrow_by(&client, offer.policy))).await.unwrap();
    let newest = client.grants(granted.case).await.unwrap().last().unwrap().signed.hash();
    client.revoke(granted.case, newest, &[Purpose::Escrow]).await.unwrap();
    read(&mut client, session).await;
    assert!(!escrowed(&client), "the newest consent that speaks of escrow counts");

    centre.publish_document(3, Some(offer.policy)).await;
    let terms = client.to_renew(granted.case, "id").await.unwrap();
    assert_eq!(terms.escrow, None, "what is shown is what is signed");
    client.renew_consent(granted.case, &terms).await.unwrap();
    read(&mut client, session).await;
    assert!(!escrowed(&client));

    client.choose_escrow(granted.case, Some(&escrow_by(&client, offer.policy))).await.unwrap();
    let terms = client.to_renew(granted.case, "id").await.unwrap();
    assert_eq!(terms.escrow, Some(offer.policy));
    client.renew_consent(granted.case, &terms).await.unwrap();
    read(&mut client, session).await;
    assert!(escrowed(&client), "who has chosen it keeps it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_on_offer_only_when_all_its_trustees_are_there() {
    let Story { centre, offer, mut client, mut counsellor, session, .. } = story(Centre::in_process().await).await;
    let appointment = client.centre().appointment(&offer.trustees[1].id(), Role::Trustee, Wall.now()).unwrap().hash();
    let dismissal = Dismissal { centre: centre.id, appointment, from: Wall.now() };
    centre.director.dismiss(centre.relay.transport(), dismissal).await.unwrap();
    let terms = escrow_by(&client, offer.policy);
    let refused = client.grant(counsellor.id(), &terms).await.unwrap_err();
    assert_eq!(refused, ConsentFlowError::NoPolicy);
    // what is sealed from now on is not escrowed with somebody who is no trustee any more
    send(&mut counsellor, session, "tiga").await;
    read(&mut client, session).await;
    let outline = client.thread(&session).unwrap().manifest().unwrap().body().outline.clone();
    assert_eq!((outline.epoch, outline.escrow, outline.reason), (1, None, Reason::Members));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_comes_after_consent_changes_nothing_for_it() {
    let Story { centre, offer, mut client, mut counsellor, session, .. } = story(Centre::in_process().await).await;
    let newer = amanah_protocol::escrow::Policy {
        number: 2,
        threshold: 3,
        ..client.centre().policy(&offer.policy).unwrap().body().clone()
    };
    let newer = centre.director.publish_policy(centre.relay.transport(), newer).await.unwrap().hash();
    centre.publish_document(3, Some(newer)).await;
    counsellor.rotate(session).await.unwrap();
    read(&mut client, session).await;
    let escrow = client.thread(&session).unwrap().manifest().unwrap().body().outline.escrow.clone().unwrap();
    assert_eq!((escrow.policy, escrow.threshold), (offer.policy, 2));
    let old = client
        .choose_escrow(client.thread(&session).unwrap().case().unwrap(), Some(&escrow_by(&client, offer.policy)))
        .await;
    assert_eq!(old.unwrap_err(), ConsentFlowError::NoPolicy, "nobody agrees to the old one anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whom_the_ground_names_asks_and_gets() {
    let Story { centre, mut offer, mut client, mut counsellor, mut supervisor, session, .. } =
        story(Centre::in_process().await).await;
    let stranger = centre.client("joko-5").await;
    let (trustee, own) = (offer.trustees[0].id(), client.id());
    let danger = |recipient| asking(session, GroundCode::ImminentDanger, recipient);
    for (what, outcome) in [
        ("a client asks", client.request_release(&danger(supervisor.id())).await),
        ("a trustee asks", offer.trustees[0].request_release(&danger(supervisor.id())).await),
        ("for a client", supervisor.request_release(&danger(own)).await),
        ("for a trustee", supervisor.request_release(&danger(trustee)).await),
        ("for a stranger", supervisor.request_release(&danger(stranger.id())).await),
        ("a drill of somebody else's session", client.request_release(&asking(session, GroundCode::Drill, own)).await),
        (
            "recovery without a succession",
            counsellor.request_release(&asking(session, GroundCode::AccountRecovery, stranger.id())).await,
        ),
    ] {
        assert_eq!(refused(outcome.unwrap_err()), ProblemCode::Forbidden, "{what}");
    }
    let mut unseen = centre.client("siapa").await;
    assert_eq!(refused(unseen.request_release(&danger(supervisor.id())).await.unwrap_err()), ProblemCode::NotFound);
    let forever = Asking { open_ms: MAX_OPEN_MS + 1, ..danger(supervisor.id()) };
    assert_eq!(refused(supervisor.request_release(&forever).await.unwrap_err()), ProblemCode::NotAdmitted);
    let nothing = Asking { from_epoch: 5, to_epoch: 9, ..danger(supervisor.id()) };
    assert_eq!(supervisor.request_release(&nothing).await.unwrap_err(), EscrowFlowError::NotEscrowed);
    let blank = Asking { reason: " \n".to_owned().into(), ..danger(supervisor.id()) };
    assert_eq!(supervisor.request_release(&blank).await.unwrap_err(), EscrowFlowError::Reason);
    assert_eq!(client.sync(session).await.unwrap().notices().len(), 0, "nothing of all this was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_who_lost_everything_reads_again_with_a_new_account() {
    let Story { centre, mut offer, mut client, mut counsellor, session, .. } = story(Centre::in_process().await).await;
    let lost = client.id();
    let mut again = centre.client("bunga-4").await;
    let (new, ground) = (again.id(), SuccessionGround::KeysLost);
    let none = counsellor.attest_succession_by_code_words(session, lost, new, ground, "pohon mangga").await;
    assert_eq!(none.unwrap_err(), SuccessionError::NoCodeWords);
    assert_eq!(client.code_words_draft("mangga").unwrap_err(), SendError::CodeWords);
    let agreed = client.code_words_draft("pohon mangga tua").unwrap();
    client.send(session, &agreed).await.unwrap();
    drop(client);
    let guess = counsellor.attest_succession_by_code_words(session, lost, new, ground, "pohon mangga").await;
    assert_eq!(guess.unwrap_err(), SuccessionError::OtherCodeWords);
    assert_eq!(counsellor.successor(&lost).map(|_| ()), None, "nothing was attested");
    let said = "Pohon Mangga  tua";
    counsellor.attest_succession_by_code_words(session, lost, new, ground, said).await.unwrap();
    assert_eq!(counsellor.thread(&session).unwrap().unanswered(), 0, "code words wait for no answer");
    let draft = counsellor.draft("dua setengah".to_owned(), None).unwrap();
    let halted = counsellor.send(session, &draft).await.unwrap_err();
    assert_eq!(halted, SendError::Succeeded(lost), "every counterpart acknowledges it first");
    counsellor.acknowledge_succession(lost).await.unwrap();
    let recovery = asking(session, GroundCode::AccountRecovery, new);
    let request = counsellor.request_release(&recovery).await.unwrap();
    for index in [0, 2] {
        approve(&mut offer.trustees[index], session, request).await;
    }
    let items = again.escrow_items().await.unwrap().items;
    assert_eq!((items[0].part.as_str(), items[0].session.clone()), ("recipient", session.to_string()));
    let thread = again.open_released(session, request).await.unwrap();
    let read = texts(&thread);
    assert_eq!(read[..2], [Some("satu".to_owned()), Some("dua".to_owned())]);
    assert_eq!(thread.code_words(&lost), Some("pohon mangga tua"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_opens_a_session_in_which_nobody_else_is() {
    let Story { centre: _centre, mut offer, mut supervisor, .. } = story(Centre::in_process().await).await;
    let granted = supervisor.grant_practice("id").await.unwrap();
    let session = supervisor.open_practice_session(granted).await.unwrap();
    let draft = supervisor.draft("latihan".to_owned(), None).unwrap();
    assert!(supervisor.send(session, &draft).await.is_err(), "nobody counsels there");
    let drill = asking(session, GroundCode::Drill, supervisor.id());
    let request = supervisor.request_release(&drill).await.unwrap();
    for trustee in &mut offer.trustees[..2] {
        approve(trustee, session, request).await;
    }
    supervisor.open_released(session, request).await.unwrap();
    let thread = supervisor.sync(session).await.unwrap();
    let (outcome, _) = thread.releases()[0].outcomes().last().unwrap();
    assert_eq!((&outcome.used[..], &outcome.bad[..]), (&[1, 2][..], &[][..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_director_sees_whose_receipts_are_missing() {
    let Story { centre, mut offer, mut supervisor, session, .. } = story(Centre::in_process().await).await;
    let mut director = centre.client("bu-direktur").await;
    let forbidden = supervisor.deposit_report().await.unwrap_err();
    assert_eq!(forbidden, RelayError::Refused(ProblemCode::Forbidden));
    centre.appoint(director.id(), Role::Director, "Ibu Direktur").await;
    offer.trustees[1].check_deposits(session).await.unwrap();
    let report = director.deposit_report().await.unwrap().trustees;
    let of = |device: &Device<_>| {
        let item = report.iter().find(|item| item.trustee == device.id().to_string()).unwrap();
        (item.deposits, item.receipts, item.oldest_missing.is_some())
    };
    assert_eq!(of(&offer.trustees[0]), (1, 0, true));
    assert_eq!(of(&offer.trustees[1]), (1, 1, false));
}

/// By the time of the last step, and by nothing else, a ground without delay is ready.
#[tokio::test(flavor = "multi_thread")]
async fn a_ground_without_delay_is_approved_as_soon_as_it_was_seen() {
    let centre = Centre::in_process().await;
    let danger = amanah_protocol::escrow::Ground { delay_ms: 0, ..ground(GroundCode::ImminentDanger) };
    let mut offer = centre.offer_escrow(2, 2, vec![danger]).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = escrowed_session(&mut client, counsellor.id(), offer.policy).await;
    send(&mut client, session, "satu").await;
    let request = counsellor.request_release(&asking(session, GroundCode::ImminentDanger, counsellor.id())).await;
    let request = request.unwrap();
    for trustee in &mut offer.trustees {
        trustee.approve(session, request).await.unwrap();
    }
    let thread = counsellor.open_released(session, request).await.unwrap();
    assert_eq!(texts(&thread), [Some("satu".to_owned())]);
    assert!(thread.position() > 0 && Wall.now() > Timestamp(0));
}
