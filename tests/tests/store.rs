//! The store under many hands at once and with long records: one order, nothing lost, nothing taken along.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::collections::BTreeSet;

use amanah_client_sdk::transport::Clock;
use amanah_protocol::api::{ProblemCode, Stored};
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Grant, Permission, Purpose, Revocation};
use amanah_protocol::letter::Transcript;
use amanah_protocol::manifest::{Refusal, RefusalCode};
use amanah_protocol::record::{Kind, Page};
use amanah_protocol::signature::{Signed, Unverified};
use amanah_protocol::statement::HeadStatement;
use amanah_tests::by_hand::{ByHand, Hand, letter_hash};
use amanah_tests::door::{Answer, Asked, CBOR};
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Wall, appointment, open_session, read, send};
use amanah_tests::relay::Store;
use futures_util::future::join_all;
use reqwest::Method;

on_both_stores! {
    eight_devices_of_one_account_send_at_the_same_moment,
    a_refused_change_takes_no_other_with_it,
    a_member_answers_an_epoch_once,
    a_page_and_its_head_fit_together_while_others_write,
    a_revocation_behind_a_thousand_others_is_in_force,
    a_structure_posted_by_many_at_once_is_stored_once,
}

async fn eight_devices_of_one_account_send_at_the_same_moment(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut first = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut first, counsellor.id()).await;
    let mut devices = Vec::new();
    for _ in 0..8 {
        devices.push(centre.another_device("bunga-3", None).await);
    }
    let texts: Vec<String> = (0..8).map(|number| format!("perangkat {number}")).collect();
    join_all(devices.iter_mut().zip(&texts).map(|(device, text)| send(device, session, text))).await;
    let order = read(&mut counsellor, session).await;
    assert_eq!(order.iter().collect::<BTreeSet<_>>(), texts.iter().collect());
    for device in &mut devices {
        assert_eq!(read(device, session).await, order);
    }
}

fn appointing(scene: &ByHand, name: &str, signed_here: bool) -> Asked {
    let body = appointment(scene.centre.id, scene.stranger.id(), Role::Registrar, name);
    let signed = if signed_here { Signed::sign(body, &scene.root) } else { scene.stranger.sign(body) };
    Asked::new(Method::POST, "/v1/centre/appointments").with(CBOR, signed.wire())
}

fn position(answer: &Answer) -> u64 {
    serde_json::from_slice::<Stored>(&answer.body).unwrap().position
}

async fn a_refused_change_takes_no_other_with_it(store: Store) {
    let scene = ByHand::found(store).await;
    let names: Vec<String> = (0..128).map(|number| format!("Registrar {number}")).collect();
    let asked = names.iter().enumerate().map(|(number, name)| appointing(&scene, name, number % 2 == 0));
    let answers = join_all(asked.map(|asked| scene.door.ask(asked))).await;
    let mut stored = BTreeSet::new();
    for (number, answer) in answers.iter().enumerate() {
        if number % 2 == 0 {
            assert!(answer.is_success(), "{:?}", answer.problem());
            assert!(stored.insert(position(answer)), "each has a position of its own");
        } else {
            assert_eq!(answer.problem(), Ok(ProblemCode::BadSignature));
        }
    }
    let page = Page::parse(&scene.door.get("/v1/centre").await.accepted()).unwrap();
    let kept: BTreeSet<u64> = page.entries.iter().map(|entry| entry.position).collect();
    assert!(stored.is_subset(&kept));
    let (first, last) = (stored.first().unwrap(), stored.last().unwrap());
    assert_eq!(last - first + 1, 64, "without gaps");
}

async fn a_structure_posted_by_many_at_once_is_stored_once(store: Store) {
    let scene = ByHand::found(store).await;
    let letter = scene.client.letter(&scene.manifest, 1, Some(letter_hash(&scene.letter)));
    let path = scene.in_session("letters");
    let post = || scene.door.ask(scene.client.posts(&path, letter.to_bytes()));
    let receipts: Vec<Vec<u8>> = join_all((0..32).map(|_| post())).await.into_iter().map(Answer::accepted).collect();
    assert!(receipts.iter().all(|receipt| Some(receipt) == receipts.first()), "one letter, one receipt");
    let one = appointing(&scene, "Registrar", true);
    let answers = join_all((0..32).map(|_| scene.door.ask(one.clone()))).await;
    let positions: BTreeSet<u64> = answers.iter().map(position).collect();
    assert_eq!(positions.len(), 1);
}

async fn a_page_and_its_head_fit_together_while_others_write(store: Store) {
    let scene = ByHand::found(store).await;
    let (client, counsellor) = (&scene.client, &scene.counsellor);
    let path = scene.in_session("letters");
    let write = async {
        let mut last = letter_hash(&scene.letter);
        for number in 1..40 {
            let letter = client.letter(&scene.manifest, number, Some(last));
            last = letter_hash(&letter);
            scene.door.ask(client.posts(&path, letter.to_bytes())).await.accepted();
        }
    };
    let read = async {
        let mut letters = 0;
        while letters < 40 {
            let record = scene.door.ask(counsellor.asks(Method::GET, scene.in_session("record"))).await.accepted();
            let page = Page::parse(&record).unwrap();
            let head = Unverified::<HeadStatement>::parse(&page.head.unwrap().0).unwrap();
            let head = head.verify(&scene.centre.relay.key).unwrap();
            let of_letter =
                |body: &[u8]| Unverified::<amanah_protocol::letter::Letter>::parse(body).unwrap().claimed().hash();
            let shown = page.entries.iter().filter(|entry| entry.kind == Kind::Letter);
            let start = Transcript::start(scene.session());
            let transcript = shown.fold(start, |transcript, entry| transcript.with(&of_letter(&entry.body.0)));
            assert_eq!(head.body().transcript, transcript, "the head states what the page shows");
            assert!(transcript.count >= letters, "nothing disappears");
            letters = transcript.count;
        }
    };
    tokio::join!(write, read);
}

async fn a_member_answers_an_epoch_once(store: Store) {
    let scene = ByHand::found(store).await;
    let (counsellor, now) = (&scene.counsellor, Wall.now());
    let post = |by: &Hand, wire: &[u8]| scene.door.ask(by.posts(scene.in_session("answers"), wire));
    let accepts = |by: &Hand, time| by.acceptance(&scene.manifest, time).wire().to_vec();
    let refuses = |time| {
        let (session, manifest, account) = (scene.session(), scene.manifest.hash(), counsellor.id());
        let refusal = Refusal { session, manifest, account, code: RefusalCode::OwnWrap, index: None, time };
        counsellor.sign(refusal).wire().to_vec()
    };
    let first = post(counsellor, &accepts(counsellor, now)).await.accepted();
    let again = post(counsellor, &accepts(counsellor, now)).await.accepted();
    assert_eq!(first, again);
    let another = post(counsellor, &accepts(counsellor, now.plus(1))).await;
    assert_eq!(another.problem(), Ok(ProblemCode::AlreadyExists));
    post(&scene.client, &accepts(&scene.client, now)).await.accepted();
    post(counsellor, &refuses(now)).await.accepted();
    assert_eq!(post(counsellor, &refuses(now.plus(1))).await.problem(), Ok(ProblemCode::AlreadyExists));
}

async fn a_revocation_behind_a_thousand_others_is_in_force(store: Store) {
    let scene = ByHand::found(store).await;
    let client = &scene.client;
    let revoke = |grant, purpose| {
        let revocation = Revocation { grant, purposes: vec![purpose], issued: Wall.now() };
        scene.door.ask(client.posts("/v1/revocations", client.sign(revocation).wire()))
    };
    let purposes: Vec<Purpose> = Purpose::ALL
        .iter()
        .copied()
        .filter(|purpose| {
            // those that the document offers without a policy
            !matches!(purpose, Purpose::EmailNotice | Purpose::Escrow)
        })
        .collect();
    let permission = |purpose: &Purpose| {
        let named = purpose.adds_reader().then(|| scene.counsellor.id());
        Permission { purpose: *purpose, named }
    };
    for number in 0..111 {
        let (case, issued) = (scene.case, Wall.now().plus(number));
        let permissions = purposes.iter().map(permission).collect();
        let grant = client.sign(Grant { case, issued, permissions, ..scene.grant_of(client) });
        scene.door.ask(client.posts("/v1/grants", grant.wire())).await.accepted();
        let answers = join_all(purposes.iter().map(|purpose| revoke(grant.hash(), *purpose))).await;
        assert!(answers.iter().all(Answer::is_success));
    }
    let letter = client.letter(&scene.manifest, 1, Some(letter_hash(&scene.letter)));
    scene.door.ask(client.posts(scene.in_session("letters"), letter.to_bytes())).await.accepted();
    revoke(scene.grant, Purpose::Counselling).await.accepted();

    let consent = |after: u64| client.asks(Method::GET, format!("/v1/cases/{}/consent?after={after}", scene.case));
    let first = Page::parse(&scene.door.ask(consent(0)).await.accepted()).unwrap();
    let last = first.entries.last().unwrap().position;
    let rest = Page::parse(&scene.door.ask(consent(last)).await.accepted()).unwrap();
    assert_eq!((first.entries.len(), first.more, rest.entries.len(), rest.more), (1000, true, 1, false));

    let next = client.letter(&scene.manifest, 2, Some(letter_hash(&letter)));
    let refused = scene.door.ask(client.posts(scene.in_session("letters"), next.to_bytes())).await;
    assert_eq!(refused.problem(), Ok(ProblemCode::GrantRevoked));
    let record = scene.counsellor.asks(Method::GET, scene.in_session("record"));
    assert_eq!(scene.door.ask(record).await.problem(), Ok(ProblemCode::GrantRevoked));
}
