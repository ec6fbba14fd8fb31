//! The web client in a real Chromium, for the people of a centre: trustees, whoever runs it, auditors.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_auditor::{Check, verify_report};
use amanah_client_sdk::escrow::Asking;
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::protocol::ids::SessionId;
use amanah_client_sdk::transport::Transport;
use amanah_protocol::centre::Role;
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::hash::Hash;
use amanah_protocol::release::Standing;
use amanah_tests::browser::Browser;
use amanah_tests::escrow::{Offer, grounds};
use amanah_tests::people::{Centre, Device, PASSPHRASE, Reach, Wall, escrow_by, open_session, send};
use amanah_tests::terminal::Terminal;
use amanah_tests::web::{close, complaints, look, sign_in};

const REASON: &str = "Sejak kemarin ia tidak menjawab, dan suratnya terakhir menyebut jembatan.";

/// A name that no shell must take for more than a name.
const NAME: &str = "Kantor \"Sari\"; touch $HOME/`id`'s";

/// A client who agreed to escrow, and their counsellor.
async fn escrowed<R: Reach>(centre: &Centre<R>, offer: &Offer<R::Way>) -> (Device<R::Way>, SessionId) {
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let granted = client.grant(counsellor.id(), &escrow_by(&client, offer.policy)).await.unwrap();
    let session = client.open_session(granted, counsellor.id()).await.unwrap();
    send(&mut client, session, "satu").await;
    (counsellor, session)
}

/// Asks for the whole session, for whoever asks.
async fn ask<T: Transport>(asker: &mut Device<T>, session: SessionId, ground: GroundCode) -> Hash {
    let asking = Asking {
        session,
        from_epoch: 0,
        to_epoch: u32::MAX,
        ground,
        recipient: asker.id(),
        reason: REASON.to_owned().into(),
        open_ms: 86_400_000,
    };
    asker.request_release(&asking).await.unwrap()
}

async fn standing<T: Transport>(device: &mut Device<T>, session: SessionId, request: Hash) -> Standing {
    let seen = device.see_requests(session).await.unwrap();
    let seen = seen.iter().find(|seen| seen.release.request().hash() == request).unwrap();
    seen.release.standing(amanah_client_sdk::transport::Clock::now(&Wall))
}

mod in_chromium {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_trustee_sees_everything_before_saying_yes_or_no() {
        let centre = Centre::with_web_client().await;
        let offer = centre.offer_escrow(2, 3, grounds()).await;
        let (mut counsellor, session) = escrowed(&centre, &offer).await;
        let first = ask(&mut counsellor, session, GroundCode::ImminentDanger).await;
        let browser = Browser::open("en").await;
        browser.goto(&format!("{}/sign-in", centre.relay.url)).await;
        sign_in(&browser, "wali-1", None).await;
        browser.shows("Requests to the trustees").await;
        for told in [
            "Your shares that are right and confirmed: 1.",
            "Somebody’s life or health is in danger",
            "It waits, and closes by itself on",
            "bu-rini · Counsellor",
            "Client (",
            "Part 1 of one correspondence",
            REASON,
            "You have seen it since",
            "The client was told of it. The client can stop it.",
            "Nobody has approved it yet; 2 are needed.",
        ] {
            browser.shows(told).await;
        }
        look(&browser, "requests").await;

        // words are compared as on every page
        browser.press("Compare words with this person").await;
        browser.write("words", "abandon abandon abandon").await;
        browser.press("Compare").await;
        browser.shows("These words belong to somebody else.").await;
        browser.write("words", &fingerprint::words(&counsellor.id())).await;
        browser.press("Compare").await;
        browser.shows("You have compared words with each other.").await;

        browser.press("Approve …").await;
        browser.shows("You hand your shares to bu-rini, sealed to them and to nobody else.").await;
        look(&browser, "approve").await;
        browser.press("No, not now").await;
        assert!(!browser.text().await.contains("You hand your shares"));
        browser.press("Approve …").await;
        browser.press("Yes, hand over my shares").await;
        browser.shows("Approved by You: 1 of 2 that are needed.").await;
        assert_eq!(standing(&mut counsellor, session, first).await, Standing::Waiting);

        // another one is closed
        browser.press("Say no …").await;
        browser.shows("Your no closes this request for good").await;
        browser.press("Yes, close it").await;
        browser.shows("You said no. It stays closed.").await;
        assert_eq!(standing(&mut counsellor, session, first).await, Standing::Vetoed);
        look(&browser, "request-vetoed").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_stops_a_request_about_their_own_letters() {
        let centre = Centre::with_web_client().await;
        let offer = centre.offer_escrow(2, 3, grounds()).await;
        let (mut counsellor, session) = escrowed(&centre, &offer).await;
        let request = ask(&mut counsellor, session, GroundCode::ImminentDanger).await;
        let browser = Browser::open("en").await;
        browser.goto(&format!("{}/sign-in", centre.relay.url)).await;
        sign_in(&browser, "bunga-3", None).await;
        browser.choose("1 letter").await;
        browser.shows("The trustees are asked to open a part of this.").await;
        look(&browser, "release-asked").await;
        browser.press("Stop it").await;
        browser.gone("The trustees are asked to open a part of this.").await;
        assert_eq!(standing(&mut counsellor, session, request).await, Standing::Cancelled);
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_page_prepares_is_what_the_root_signs() {
        let terminal = Terminal::with_web_client("en").await;
        let centre = &terminal.centre;
        centre.offer_escrow(2, 3, grounds()).await;
        let director = centre.client("ibu-dewi").await;
        centre.appoint(director.id(), Role::Director, "Ibu Dewi").await;
        let auditor = centre.client("auditor-1").await;
        let browser = Browser::open("en").await;
        browser.goto(&format!("{}/sign-in", centre.relay.url)).await;
        sign_in(&browser, "ibu-dewi", None).await;
        for told in [
            "Who is appointed",
            "Wali 2 · Trustee",
            "Licence STR-0001, Contoh, ID, until",
            "Consent text 2 In force: whoever signs now signs this one.",
            "Consent text 1 Replaced. What was signed under it holds until",
            "Clients can choose these rules now.",
            "Any 2 of these 3 people can open letters together:",
            "The command appears here once everything is filled in.",
        ] {
            browser.shows(told).await;
        }
        look(&browser, "centre").await;

        // whatever somebody types is one word in the shell
        browser.write("account", &auditor.id().to_string()).await;
        browser.pick("role", "Auditor").await;
        browser.write("name", NAME).await;
        browser.write("days", "30").await;
        browser.write("root-file", &terminal.paper("root-key.cbor").display().to_string()).await;
        browser.shows("To be run on the computer with the root key").await;
        look(&browser, "prepare").await;
        let command = browser.run("return document.querySelector('.command').innerText", Vec::new()).await;
        let done = terminal.pastes(command.as_str().unwrap());
        assert!(done.status.success(), "{command}\n{}", String::from_utf8_lossy(&done.stderr));
        let mut anybody = centre.client("joko-5").await;
        anybody.refresh_centre().await.unwrap();
        assert_eq!(anybody.centre().name_of(&auditor.id()), Some(NAME));

        // and back again
        browser.press("Settings").await;
        browser.press("Centre").await;
        browser.shows("Kantor").await;
        browser.pick("operation", "End an appointment").await;
        browser.pick("appointment", "Kantor").await;
        browser.write("root-file", &terminal.paper("root-key.cbor").display().to_string()).await;
        let command = browser.run("return document.querySelector('.command').innerText", Vec::new()).await;
        let done = terminal.pastes(command.as_str().unwrap());
        assert!(done.status.success(), "{command}\n{}", String::from_utf8_lossy(&done.stderr));
        anybody.refresh_centre().await.unwrap();
        let now = amanah_client_sdk::transport::Clock::now(&Wall);
        assert!(anybody.centre().appointment(&auditor.id(), Role::Auditor, now).is_none());
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, centre, &[]).await;
    }
    #[tokio::test(flavor = "multi_thread")]
    async fn an_auditor_audits_the_relay_in_the_browser_and_its_report_is_theirs() {
        let centre = Centre::with_web_client().await;
        let offer = centre.offer_escrow(2, 3, grounds()).await;
        let (mut counsellor, session) = escrowed(&centre, &offer).await;
        send(&mut counsellor, session, "dua").await;
        let mut auditor = centre.client("auditor-1").await;
        centre.appoint(auditor.id(), Role::Auditor, "Kantor Sari").await;
        auditor.refresh_centre().await.unwrap();
        let browser = Browser::open("en").await;
        browser.keep_files().await;
        browser.goto(&format!("{}/sign-in", centre.relay.url)).await;
        sign_in(&browser, "auditor-1", None).await;
        browser.press("Begin the audit").await;
        for told in [
            "All checks passed.",
            "PASS 2 letters",
            "PASS 6 accounts in the map",
            "Planted and found: a text in place of a ciphertext",
            "Planted and found: a removed entry of the log",
            "What this does not prove:",
            "that readers have not copied, photographed or told what they read",
        ] {
            browser.shows(told).await;
        }
        look(&browser, "audit").await;
        browser.press("Sign and save the report").await;
        let file = browser.file("audit.report");
        let attested = verify_report(&file, centre.id).unwrap();
        assert!(attested.report.passed());
        assert_eq!(attested.report.result(Check::Letters).unwrap().counted, 2);

        // witnesses are demanded only once they have said something
        browser.press("Settings").await;
        browser.press("Who they are, and whom you count on").await;
        browser.shows("You rely on the log without any witness.").await;
        browser.shows("Has said nothing yet").await;
        browser.pick("witnesses", "1 of these 1").await;
        browser.press("Count on these from now on").await;
        browser.shows("Too few of the witnesses on whom you count").await;
        let watched = auditor.watch_log().await.unwrap();
        auditor.cosign(watched).await.unwrap();
        browser.press("Count on these from now on").await;
        browser.shows("You count on 1 of 1 witnesses").await;
        browser.shows("counts for you").await;
        look(&browser, "witnesses").await;
        browser.pick("witnesses", "None").await;
        browser.press("Count on these from now on").await;
        browser.shows("You rely on the log without any witness.").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_wrong_in_the_store_fails_the_audit_in_words() {
        let centre = Centre::with_web_client().await;
        let (counsellor, _) = centre.counsellor("bu-rini").await;
        let mut client = centre.client("bunga-3").await;
        let (session, _) = open_session(&mut client, counsellor.id()).await;
        send(&mut client, session, "satu").await;
        let auditor = centre.client("auditor-1").await;
        centre.appoint(auditor.id(), Role::Auditor, "Kantor Sari").await;
        let letter = "(select min(position) from structures where kind = 14)";
        centre.relay.sql(&format!("update parts set bytes = zeroblob(272) where position = {letter}"));
        let browser = Browser::open("id").await;
        browser.goto(&format!("{}/sign-in", centre.relay.url)).await;
        browser.write("handle", "auditor-1").await;
        browser.write("passphrase", PASSPHRASE).await;
        browser.press("Masuk").await;
        browser.press("Mulai audit").await;
        browser.shows("Audit GAGAL.").await;
        browser.shows("isi tersegel yang tampak acak pada 15: a sealed content is not random").await;
        browser.shows("Beri tahu lembaga lewat cara lain").await;
        look(&browser, "audit-failed").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }
}
