//! A relay, an author or a trustee that lies about escrow is caught, and nothing is sealed or handed over after that.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::RelayError;
use amanah_client_sdk::escrow::{Asking, EscrowFlowError};
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::thread::Fault;
use amanah_client_sdk::transport::{Clock, Request, Response};
use amanah_crypto_core::epoch::{AuthoredEpoch, EpochCards, author_epoch};
use amanah_crypto_core::identity::Keyring;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::card::{SignedCard, UnverifiedCard};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::Role;
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, SessionId};
use amanah_protocol::log::Salt;
use amanah_protocol::manifest::{Manifest, ManifestError, Outline, Reason, Refusal, RefusalCode, Trustee};
use amanah_protocol::record::{Entry, EscrowUpload, Kind, ManifestUpload, Page};
use amanah_protocol::release::Approval;
use amanah_protocol::signature::{Signed, Unverified};
use amanah_tests::by_hand::{keys_and_token_of, random};
use amanah_tests::door::{Asked, CBOR, Door};
use amanah_tests::escrow::{Offer, grounds, until};
use amanah_tests::hostile::Hostile;
use amanah_tests::people::{Centre, Device, Wall, escrow_by, read, rng, send};
use amanah_tests::relay::Store;

type Way = Hostile<HttpTransport>;

/// A client who agreed to escrow by two of three, a counsellor, and a supervisor who asks.
struct Story {
    centre: Centre,
    offer: Offer<HttpTransport>,
    client: Device<HttpTransport>,
    counsellor: Device<HttpTransport>,
    supervisor: Device<HttpTransport>,
    session: SessionId,
}

async fn story() -> Story {
    let centre = Centre::found(Store::Sqlite).await;
    let offer = centre.offer_escrow(2, 3, grounds()).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let supervisor = centre.client("pak-budi").await;
    centre.appoint(supervisor.id(), Role::Supervisor, "Budi Santoso").await;
    let mut client = centre.client("bunga-3").await;
    let terms = escrow_by(&client, offer.policy);
    let granted = client.grant(counsellor.id(), &terms).await.unwrap();
    let session = client.open_session(granted, counsellor.id()).await.unwrap();
    send(&mut client, session, "satu").await;
    send(&mut counsellor, session, "dua").await;
    Story { centre, offer, client, counsellor, supervisor, session }
}

impl Story {
    async fn request(&mut self) -> Hash {
        let asking = Asking {
            session: self.session,
            from_epoch: 0,
            to_epoch: 0,
            ground: GroundCode::ImminentDanger,
            recipient: self.supervisor.id(),
            reason: "Nyawa dalam bahaya.".to_owned().into(),
            open_ms: 86_400_000,
        };
        self.supervisor.request_release(&asking).await.unwrap()
    }

    /// Somebody's device behind a liar, who is honest until told otherwise.
    async fn device(&self, name: &str) -> (Way, Device<Way>) {
        let way = Hostile::new(self.centre.relay.transport());
        let device = self.centre.another_device_over(name, None, way.clone()).await;
        (way, device)
    }

    async fn card(&self, account: AccountId, token: &str) -> SignedCard {
        let asked = Asked::new(reqwest::Method::GET, format!("/v1/accounts/{account}/cards")).by(token);
        let page = Page::parse(&Door::of(&self.centre.relay).ask(asked).await.accepted()).unwrap();
        UnverifiedCard::parse(&page.entries[0].body.0).unwrap().verify_first().unwrap()
    }

    /// The epoch that would follow, by the client with modified software: the outline is changed before the keys are
    /// made, and what was made is changed before it is signed again.
    async fn authored(
        &mut self,
        outline: impl FnOnce(&mut Outline),
        made: impl FnOnce(&mut Manifest, &mut Vec<Vec<u8>>),
    ) -> (Keyring, String, ManifestUpload) {
        let (keys, token) = keys_and_token_of(&self.centre, "bunga-3").await;
        self.client.sync(self.session).await.unwrap();
        let thread = self.client.thread(&self.session).unwrap();
        let (current, transcript) = (thread.manifest().unwrap().clone(), thread.transcript().clone());
        let mut next = Outline {
            epoch: current.body().outline.epoch + 1,
            previous: Some(current.hash()),
            transcript: Some(transcript),
            reason: Reason::Requested,
            author: keys.account(),
            created: Wall.now(),
            ..current.body().outline.clone()
        };
        outline(&mut next);
        let (mut members, mut trustees) = (Vec::new(), Vec::new());
        for member in &next.members {
            members.push(self.card(member.account, &token).await);
        }
        for trustee in next.trustees() {
            trustees.push(self.card(trustee.account, &token).await);
        }
        let (members, trustees) = (members.iter().collect::<Vec<_>>(), trustees.iter().collect::<Vec<_>>());
        let cards = EpochCards { members: &members, trustees: &trustees };
        let AuthoredEpoch { manifest, wraps, mut seals } =
            author_epoch(&mut rng(), keys.newest(), next, cards).unwrap();
        let mut manifest = manifest.body().clone();
        made(&mut manifest, &mut seals);
        let manifest = ByteString(Signed::sign(manifest, keys.newest()).wire().to_vec());
        let (wraps, seals) = [wraps, seals].map(|parts| parts.into_iter().map(ByteString).collect()).into();
        (keys, token, ManifestUpload { manifest, wraps, seals })
    }

    async fn post(&self, token: &str, upload: &ManifestUpload) -> Result<ProblemCode, String> {
        let path = format!("/v1/sessions/{}/manifests", self.session);
        let asked = Asked::new(reqwest::Method::POST, path).with(CBOR, upload.to_bytes()).by(token);
        Door::of(&self.centre.relay).ask(asked).await.problem()
    }
}

/// What a cheating author changes.
type Change = Box<dyn Fn(&mut Outline)>;

/// The relay cannot see it; every reader can, says so, and seals nothing. The trustee's own program finds it, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_bogus_share_is_refused_by_every_reader_who_then_seals_nothing() {
    let mut story = story().await;
    let bogus = |manifest: &mut Manifest, seals: &mut Vec<Vec<u8>>| {
        seals[1] = random::<1168>().to_vec();
        manifest.deposits[1].seal = of_bytes(&seals[1]);
    };
    let (_, token, upload) = story.authored(|_| (), bogus).await;
    assert!(story.post(&token, &upload).await.is_err(), "the relay takes it");
    let session = story.session;
    for device in [&mut story.counsellor, &mut story.client] {
        let thread = device.sync(session).await.unwrap();
        let own = thread.refusals().iter().find(|refusal| refusal.account == thread.reader()).unwrap();
        assert_eq!((thread.fault(), own.code, own.index), (None, RefusalCode::Deposit, Some(1)));
        let draft = device.draft("must not leave".to_owned(), None).unwrap();
        assert_eq!(device.send(session, &draft).await.unwrap_err(), SendError::Refused);
    }
    let asked = Asked::new(reqwest::Method::GET, format!("/v1/sessions/{session}/record")).by(&token);
    let page = Page::parse(&Door::of(&story.centre.relay).ask(asked).await.accepted()).unwrap();
    let refusals = page.entries.iter().filter(|entry| entry.kind == Kind::Refusal).count();
    assert!(refusals >= 2, "both have signed a refusal: {refusals}");
    let checked = story.offer.trustees[1].check_deposits(session).await.unwrap();
    assert_eq!((checked.right, &checked.bad[..]), (1, &[1][..]));
    // the next epoch mends it, whoever begins it
    story.counsellor.rotate(session).await.unwrap();
    send(&mut story.client, session, "tiga").await;
    assert_eq!(read(&mut story.counsellor, session).await.last().unwrap(), "tiga");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_that_is_not_escrowed_as_agreed_is_refused_by_the_relay() {
    let mut story = story().await;
    let stranger = story.centre.client("joko-5").await.id();
    let (_, token) = keys_and_token_of(&story.centre, "bunga-3").await;
    let other = story.card(stranger, &token).await.hash();
    let changes: [(&str, Change); 5] = [
        ("none at all", Box::new(|outline| outline.escrow = None)),
        ("a trustee less", Box::new(|outline| outline.escrow.as_mut().unwrap().trustees.truncate(2))),
        ("another threshold", Box::new(|outline| outline.escrow.as_mut().unwrap().threshold = 3)),
        ("another policy", Box::new(|outline| outline.escrow.as_mut().unwrap().policy = Hash([7; 32]))),
        (
            "somebody else in a trustee's place",
            Box::new(move |outline| {
                outline.escrow.as_mut().unwrap().trustees[1] = Trustee { x: 2, account: stranger, card: other };
            }),
        ),
    ];
    for (what, change) in changes {
        let (_, token, upload) = story.authored(|outline| change(outline), |_, _| ()).await;
        assert_eq!(story.post(&token, &upload).await, Ok(ProblemCode::EscrowDiffers), "{what}");
    }
    let (_, token, upload) = story
        .authored(
            |_| (),
            |manifest, seals| {
                manifest.deposits.truncate(2);
                seals.truncate(2);
            },
        )
        .await;
    assert_eq!(story.post(&token, &upload).await, Ok(ProblemCode::EscrowDiffers), "a deposit less");
    let (_, token, mut upload) = story.authored(|_| (), |_, _| ()).await;
    upload.seals.swap(0, 1);
    assert_eq!(story.post(&token, &upload).await, Ok(ProblemCode::NotAdmitted), "seals that it does not name");
    assert_eq!(read(&mut story.client, story.session).await.len(), 2, "nothing was stored");
}

/// The honest relay refuses these. A relay that is the author's accomplice shows them all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_that_is_not_escrowed_as_agreed_is_refused_by_a_reader_behind_an_accomplice() {
    let changes: [(&str, Change); 3] = [
        ("none at all", Box::new(|outline| outline.escrow = None)),
        ("a trustee less", Box::new(|outline| outline.escrow.as_mut().unwrap().trustees.truncate(2))),
        ("another policy", Box::new(|outline| outline.escrow.as_mut().unwrap().policy = Hash([7; 32]))),
    ];
    for (what, change) in changes {
        let mut story = story().await;
        let (_, _, upload) = story.authored(|outline| change(outline), |_, _| ()).await;
        let way = Hostile::new(story.centre.relay.transport());
        let mut reader = story.centre.another_device_over("bunga-3", None, way.clone()).await;
        let (tell, told) = std::sync::mpsc::channel();
        way.tell(move |request: &Request, mut answer: Response| {
            if request.path.contains("/record") {
                let mut page = Page::parse(&answer.body).unwrap();
                let parts = upload.wraps.iter().chain(&upload.seals).cloned().collect();
                let (position, time) = page.entries.last().map_or((u64::MAX, Wall.now()), |e| (e.position + 1, e.time));
                let body = upload.manifest.clone();
                page.entries.push(Entry { position, time, kind: Kind::Manifest, salt: Salt([0; 16]), body, parts });
                answer.body = page.to_bytes();
            }
            if request.path.ends_with("/answers") {
                tell.send(request.body.clone()).unwrap();
            }
            Ok(answer)
        });
        let fault = reader.sync(story.session).await.unwrap().fault();
        assert_eq!(fault, Some(Fault::Manifest(ManifestError::Escrow)), "{what}");
        let refusal = told.try_iter().find_map(|wire| Unverified::<Refusal>::parse(&wire).ok()).unwrap();
        assert_eq!(refusal.claimed().code, RefusalCode::Manifest, "{what}");
        let draft = reader.draft("must not leave".to_owned(), None).unwrap();
        assert!(matches!(reader.send(story.session, &draft).await.unwrap_err(), SendError::Halted(_)), "{what}");
    }
}

/// Whoever took over the recipient's account after the request gets nothing under the old request.
#[tokio::test(flavor = "multi_thread")]
async fn a_trustee_hands_over_nothing_to_a_recipient_with_newer_keys() {
    let mut story = story().await;
    let request = story.request().await;
    let (keys, token) = keys_and_token_of(&story.centre, "pak-budi").await;
    let (_, card) = keys.newest().next(&mut rng(), Wall.now());
    let asked = Asked::new(reqwest::Method::POST, "/v1/cards").with(CBOR, card.wire()).by(&token);
    Door::of(&story.centre.relay).ask(asked).await.accepted();
    let trustee = &mut story.offer.trustees[0];
    let seen = trustee.see_requests(story.session).await.unwrap();
    until(seen[0].release.may_approve_from(&trustee.id()).unwrap()).await;
    assert_eq!(trustee.approve(story.session, request).await.unwrap_err(), EscrowFlowError::RecipientKeys);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_is_hidden_from_the_client_is_found_by_the_chain_of_epochs() {
    let mut story = story().await;
    let (way, mut phone) = story.device("bunga-3").await;
    story.request().await;
    way.hide("/record", Kind::Notice);
    let fault = phone.sync(story.session).await.unwrap().fault();
    assert_eq!(fault, Some(Fault::Head), "the relay's own statement counts it");
    // a relay that also forges its statement is found by what the counsellor signs next
    let (way, mut tablet) = story.device("bunga-3").await;
    way.hide("/record", Kind::Notice);
    story.counsellor.rotate(story.session).await.unwrap();
    let fault = tablet.sync(story.session).await.unwrap().fault();
    assert_eq!(fault, Some(Fault::Manifest(ManifestError::Stale)));
    let draft = tablet.draft("must not leave".to_owned(), None).unwrap();
    assert!(matches!(tablet.send(story.session, &draft).await.unwrap_err(), SendError::Halted(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_which_the_relay_tells_and_which_it_does_not_show_halts_the_session() {
    let mut story = story().await;
    let request = story.request().await;
    let (way, mut phone) = story.device("bunga-3").await;
    way.hide("/escrow", Kind::Request);
    assert_eq!(phone.sync(story.session).await.unwrap().fault(), Some(Fault::Escrow));
    assert_eq!(phone.cancel(story.session, request).await.unwrap_err(), EscrowFlowError::NoRequest);
    way.be_honest();
    let (_, mut honest) = story.device("bunga-3").await;
    honest.cancel(story.session, request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trustee_hands_over_nothing_while_the_clients_were_not_told() {
    let mut story = story().await;
    let request = story.request().await;
    let (way, mut trustee) = story.device("wali-1").await;
    way.hide("/escrow", Kind::Notice);
    let seen = trustee.see_requests(story.session).await.unwrap();
    assert!(!seen[0].told);
    until(seen[0].release.may_approve_from(&trustee.id()).unwrap()).await;
    assert_eq!(trustee.approve(story.session, request).await.unwrap_err(), EscrowFlowError::NotTold);
    way.be_honest();
    trustee.approve(story.session, request).await.unwrap();
}

/// The delay counts from what the trustee itself has signed. A relay cannot make it shorter with other times.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_whose_clock_is_wrong_by_a_year_shortens_no_delay() {
    let mut story = story().await;
    let request = story.request().await;
    let (way, mut trustee) = story.device("wali-1").await;
    trustee.see_requests(story.session).await.unwrap();
    for kind in [Kind::Request, Kind::Sighting] {
        way.change_pages("/escrow", move |page| {
            let entries = page.entries.iter_mut().filter(|entry| entry.kind == kind);
            entries.for_each(|entry| entry.time.0 -= 365 * 86_400_000);
        });
        let refused = trustee.approve(story.session, request).await.unwrap_err();
        assert_eq!(refused, EscrowFlowError::Record(Fault::Escrow), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn altered_steps_are_refused() {
    let mut story = story().await;
    let request = story.request().await;
    let trustee = story.offer.trustees[0].id();
    let seen = story.offer.trustees[0].see_requests(story.session).await.unwrap();
    until(seen[0].release.may_approve_from(&trustee).unwrap()).await;
    story.offer.trustees[0].approve(story.session, request).await.unwrap();
    let (way, mut other) = story.device("wali-2").await;
    for kind in [Kind::Request, Kind::Sighting, Kind::Approval, Kind::Notice, Kind::Manifest, Kind::Grant] {
        way.change_pages("/escrow", move |page| {
            let entry = page.entries.iter_mut().find(|entry| entry.kind == kind).unwrap();
            *entry.body.0.last_mut().unwrap() ^= 1;
        });
        let refused = other.see_requests(story.session).await.map(drop).unwrap_err();
        assert_eq!(refused, EscrowFlowError::Record(Fault::Signature), "{kind:?}");
    }
    for kind in [Kind::Request, Kind::Approval, Kind::Manifest] {
        way.change_pages("/escrow", move |page| {
            let entry = page.entries.iter_mut().find(|entry| entry.kind == kind).unwrap();
            entry.parts[0].0[3] ^= 1;
        });
        let refused = other.see_requests(story.session).await.map(drop).unwrap_err();
        assert!(matches!(refused, EscrowFlowError::Record(Fault::Escrow | Fault::Manifest(_))), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_cards_in_a_trustees_place_are_refused() {
    let story = story().await;
    let (way, mut phone) = story.device("bunga-3").await;
    let (trustee, intruder) = (story.offer.trustees[0].id(), story.supervisor.id());
    let (_, token) = keys_and_token_of(&story.centre, "bunga-3").await;
    let asked = Asked::new(reqwest::Method::GET, format!("/v1/accounts/{intruder}/cards")).by(&token);
    let cards = Door::of(&story.centre.relay).ask(asked).await.accepted();
    way.tell(move |request, mut answer| {
        if request.path == format!("/v1/accounts/{trustee}/cards") {
            answer.body.clone_from(&cards);
        }
        Ok(answer)
    });
    let refused = phone.rotate(story.session).await.unwrap_err();
    assert!(matches!(refused, SendError::Sync(SyncError::Cards(_) | SyncError::Centre(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trustee_who_lies_is_named_in_the_outcome_and_another_takes_its_place() {
    let mut story = story().await;
    let request = story.request().await;
    let (keys, token) = keys_and_token_of(&story.centre, "wali-1").await;
    let seen = story.offer.trustees[0].see_requests(story.session).await.unwrap();
    until(seen[0].release.may_approve_from(&keys.account()).unwrap()).await;
    let junk = random::<1168>().to_vec();
    let time = Wall.now();
    let lie = Approval { request, trustee: keys.account(), x: 1, reseals: vec![of_bytes(&junk)], time };
    let step = ByteString(Signed::sign(lie, keys.newest()).wire().to_vec());
    let upload = EscrowUpload { kind: Kind::Approval, step, parts: vec![ByteString(junk)] };
    let asked = Asked::new(reqwest::Method::POST, format!("/v1/sessions/{}/escrow", story.session));
    Door::of(&story.centre.relay).ask(asked.with(CBOR, upload.to_bytes()).by(&token)).await.accepted();
    for index in [1, 2] {
        let trustee = &mut story.offer.trustees[index];
        let seen = trustee.see_requests(story.session).await.unwrap();
        until(seen[0].release.may_approve_from(&trustee.id()).unwrap()).await;
        trustee.approve(story.session, request).await.unwrap();
        let opened = story.supervisor.open_released(story.session, request).await.map(|thread| thread.letters().len());
        assert_eq!(opened, if index == 1 { Err(EscrowFlowError::TooFewShares) } else { Ok(2) });
    }
    story.client.sync(story.session).await.unwrap();
    let release = &story.client.thread(&story.session).unwrap().releases()[0];
    let said: Vec<_> = release.outcomes().map(|(outcome, _)| (outcome.used.clone(), outcome.bad.clone())).collect();
    assert_eq!(said, [(vec![], vec![1]), (vec![2, 3], vec![1])]);
}

/// What somebody may not ask for is refused by the relay, also when their program would ask all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_somebody_without_a_part_in_it_is_refused_by_the_relay() {
    let mut story = story().await;
    let request = story.request().await;
    let refused = |error: EscrowFlowError| match error {
        EscrowFlowError::Relay(RelayError::Refused(code)) => Some(code),
        _ => None,
    };
    let forbidden = Some(ProblemCode::Forbidden);
    let (session, supervisor) = (story.session, &mut story.supervisor);
    assert_eq!(refused(supervisor.veto(session, request).await.unwrap_err()), forbidden);
    assert_eq!(refused(supervisor.cancel(session, request).await.unwrap_err()), forbidden);
    assert_eq!(refused(story.counsellor.veto(session, request).await.unwrap_err()), forbidden);
    assert_eq!(refused(story.counsellor.cancel(session, request).await.unwrap_err()), forbidden);
    assert_eq!(story.counsellor.approve(session, request).await.unwrap_err(), EscrowFlowError::NotATrustee);
}
