//! The states of the web client in a real Chromium: choices that must be made, gaps in what is read, and pages that wait, are
//! empty, offline, recovering, lost, or have failed; each says what happened and what to do.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_client_sdk::transport::Transport;
use amanah_protocol::centre::Role;
use amanah_protocol::escrow::Ground;
use amanah_protocol::ids::SessionId;
use amanah_tests::browser::Browser;
use amanah_tests::escrow::grounds;
use amanah_tests::people::{Centre, DAY, Device, PASSPHRASE, open_session, read, send as write};
use amanah_tests::web::{close, complaints, invitation, look, send, sign_in, signed_in};
use thirtyfour::By;

/// Presses something that leads to the page with this heading, where the keyboard then is.
async fn go(browser: &Browser, to: &str, heading: &str) {
    browser.press(to).await;
    browser.shows(heading).await;
    let at = "const at = document.activeElement; return at.tagName === 'H1' && at.innerText";
    browser.until(&format!("{at} === {heading:?} || null")).await;
}

/// The grounds of the stories, with times in which a person can do something.
fn calm_grounds() -> Vec<Ground> {
    let longer = |ground: Ground| Ground { delay_ms: DAY, notice_ms: ground.notice_ms.min(1) * 2 * DAY, ..ground };
    grounds().into_iter().map(longer).collect()
}

/// Whether the current epoch of a session is sealed to trustees, too.
async fn is_escrowed<T: Transport>(reader: &mut Device<T>, session: SessionId) -> bool {
    let thread = reader.sync(session).await.unwrap();
    thread.manifest().unwrap().body().outline.escrow.is_some()
}

mod in_chromium {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_agrees_says_yes_or_no_to_the_trustees_and_may_say_yes_later() {
        let centre = Centre::with_web_client().await;
        centre.offer_escrow(2, 3, calm_grounds()).await;
        let (mut counsellor, _) = centre.counsellor("bu-rini").await;
        let supervisor = centre.client("pak-budi").await;
        centre.appoint(supervisor.id(), Role::Supervisor, "Pak Budi").await;
        centre.client("bunga-3").await;
        let browser = signed_in(&centre, "bunga-3", None).await;
        go(&browser, "Choose a counsellor", "Beginning with a counsellor").await;
        browser.press("I agree").await;
        browser.shows("Please choose a counsellor first.").await;
        browser.choose("bu-rini").await;
        browser.press("I agree").await;
        browser.shows("Please say yes or no to the trustees.").await;
        assert!(counsellor.sessions().await.unwrap().is_empty(), "nothing was signed");
        browser.press("Who they are, and their reasons").await;
        for told in ["any 2 of 3 trustees", "Wali 1", "Wali 2", "Wali 3", "0812-0003", "A court orders it"] {
            browser.shows(told).await;
        }
        browser.pick("supervisor", "Pak Budi").await;
        browser.shows("You, bu-rini and Pak Budi will have a key").await;
        browser.choose("Yes, trustees may").await;
        browser.shows("Besides, the trustees together").await;
        browser.choose("No, nobody may").await;
        browser.gone("Please say yes or no to the trustees.").await;
        browser.gone("Besides, the trustees together").await;
        look(&browser, "consent-escrow").await;
        browser.press("I agree").await;
        browser.shows("Before you write").await;
        browser.press("I’d rather not say now").await;
        browser.shows("Who can read here: ").await;
        browser.shows("Pak Budi").await;
        let session = *counsellor.sessions().await.unwrap().first().unwrap();
        assert!(!is_escrowed(&mut counsellor, session).await);

        // another mind later on
        go(&browser, "What I allow", "What you allow").await;
        browser.press("You have said no to escrow. Change your mind?").await;
        look(&browser, "allowed-escrow").await;
        browser.press("Say yes from now on").await;
        browser.shows("You have said yes to escrow").await;
        go(&browser, "Letters", "Letters").await;
        browser.choose("No letter yet").await;
        browser.shows("Your first letter").await;
        send(&browser, "Dengan wali.").await;
        assert!(is_escrowed(&mut counsellor, session).await);
        assert_eq!(read(&mut counsellor, session).await, ["Dengan wali."]);
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_trustee_reads_the_rules_before_taking_them_on() {
        let centre = Centre::with_web_client().await;
        let offer = centre.propose_escrow(2, 3, calm_grounds()).await;
        let browser = signed_in(&centre, "wali-1", None).await;
        for told in [
            "The centre asks you to be a trustee",
            "Any 2 of these 3 people",
            "has not taken it on yet",
            "A court orders it",
            "There is no request that concerns you.",
        ] {
            browser.shows(told).await;
        }
        look(&browser, "rules-offered").await;
        browser.press("I take this on").await;
        browser.gone("The centre asks you to be a trustee").await;
        look(&browser, "requests-none").await;
        let mut anybody = centre.client("bunga-3").await;
        anybody.refresh_centre().await.unwrap();
        let [first, second] = [0, 1].map(|index: usize| offer.trustees.get(index).unwrap().id());
        assert!(anybody.centre().has_accepted_policy(&offer.policy, &first));
        assert!(!anybody.centre().has_accepted_policy(&offer.policy, &second));
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_letter_that_was_taken_out_or_changed_in_the_store_ends_what_is_shown() {
        const SECOND: &str =
            "(select position from structures where kind = 14 order by position desc limit 1 offset 1)";
        const TROUBLE: &str = "return document.querySelector('.write .wrong')?.innerText ?? null";
        const LETTERS: &str = "select count(*) from letters";
        let centre = Centre::with_web_client().await;
        let (mut counsellor, _) = centre.counsellor("bu-rini").await;
        let taken_out = format!("update structures set session = null where position = {SECOND}");
        let changed = format!("update parts set bytes = zeroblob(272) where position = {SECOND}");
        for (name, wrong) in [("bunga-1", taken_out), ("bunga-2", changed)] {
            let mut client = centre.client(name).await;
            let (session, _) = open_session(&mut client, counsellor.id()).await;
            write(&mut client, session, "Yang pertama.").await;
            write(&mut counsellor, session, "Yang kedua.").await;
            write(&mut client, session, "Yang ketiga.").await;
            centre.relay.sql(&wrong);
            let stored = centre.relay.sql(LETTERS);
            let browser = signed_in(&centre, name, None).await;
            browser.shows("Something in this correspondence does not fit together.").await;
            browser.choose("1 letter").await;
            browser.shows("Yang pertama.").await;
            browser.shows("Believe only what is shown above").await;
            let shown = browser.text().await;
            assert!(!shown.contains("Yang kedua.") && !shown.contains("Yang ketiga."), "{shown}");
            assert_eq!(browser.page.find_all(By::Css(".letter")).await.unwrap().len(), 1);
            browser.write("letter", "Ini tidak boleh pergi.").await;
            browser.press("Send").await;
            let trouble = browser.until(TROUBLE).await;
            assert!(trouble.as_str().unwrap().contains("does not fit together"), "{trouble}");
            look(&browser, "gap").await;
            assert_eq!(centre.relay.sql(LETTERS), stored);
            assert_eq!(complaints(&browser).await, Vec::<String>::new());
            close(browser, &centre, &[]).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn pages_that_wait_or_are_empty_say_so() {
        let centre = Centre::with_web_client().await;
        centre.client("bunga-3").await;
        let browser = Browser::open("en").await;
        browser.goto(&centre.relay.url).await;
        browser.shows("The centre has not named anybody yet.").await;
        look(&browser, "nobody-yet").await;
        go(&browser, "I have been here before", "Good to see you again").await;
        sign_in(&browser, "bunga-3", None).await;
        browser.shows("You have not begun with a counsellor yet.").await;
        go(&browser, "Settings", "Settings").await;
        centre.relay.pause();
        go(&browser, "What I allow", "What you allow").await;
        browser.shows("Opening and checking").await;
        look(&browser, "loading").await;
        assert!(!browser.text().await.contains("You have not allowed anything yet."));
        centre.relay.go_on();
        browser.shows("You have not allowed anything yet.").await;
        browser.gone("Opening and checking").await;
        look(&browser, "allowed-none").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;

        let (_, sheet) = centre.counsellor("bu-rini").await;
        let browser = signed_in(&centre, "bu-rini", Some(&sheet)).await;
        browser.shows("Nobody new is waiting.").await;
        browser.shows("There are none yet.").await;
        look(&browser, "inbox-empty").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_is_not_connected_is_told_so() {
        let centre = Centre::with_web_client().await;
        centre.client("bunga-3").await;
        let browser = signed_in(&centre, "bunga-3", None).await;
        browser.shows("You have not begun with a counsellor yet.").await;
        assert!(!browser.text().await.contains("There is no connection just now."));
        browser.be_offline(true).await;
        browser.shows("There is no connection just now.").await;
        look(&browser, "no-connection").await;
        browser.be_offline(false).await;
        browser.gone("There is no connection just now.").await;
        browser.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_comes_back_waits_and_whoever_has_lost_both_secrets_is_told() {
        let centre = Centre::with_web_client().await;
        let (_, issued) = centre.client_over("bunga-3", centre.relay.transport()).await;
        let browser = Browser::open("en").await;
        browser.goto(&format!("{}/sign-in", centre.relay.url)).await;
        go(&browser, "I have forgotten my passphrase", "Coming back").await;
        browser.press("I have neither passphrase nor code").await;
        browser.shows("Then nobody can open this place any more").await;
        look(&browser, "lost").await;
        browser.write("handle", "bunga-3").await;
        browser.write("recovery-code", &issued.recovery.to_text()).await;
        browser.write("new-passphrase", PASSPHRASE).await;
        centre.relay.pause();
        browser.press("Open my place").await;
        browser.shows("Opening. This takes a few seconds.").await;
        browser.run("scrollTo(0, 0)", Vec::new()).await;
        look(&browser, "recovering").await;
        centre.relay.go_on();
        browser.shows("Your recovery code").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_page_whose_keeper_fails_locks_itself_and_says_so() {
        // whoever has a worker's hand can make it fail
        const HOLD: &str = "const Made = window.Worker; \
             window.Worker = class extends Made { constructor(...given) { super(...given); window.held = this } }";
        let centre = Centre::with_web_client().await;
        centre.client("bunga-3").await;
        let browser = signed_in(&centre, "bunga-3", None).await;
        browser.run(HOLD, Vec::new()).await;
        browser.press("Lock").await;
        browser.shows("This page is locked").await;
        sign_in(&browser, "bunga-3", None).await;
        browser.run("window.held.dispatchEvent(new Event('error'))", Vec::new()).await;
        browser.shows("Something here has stopped working").await;
        browser.shows("Good to see you again").await;
        look(&browser, "ended-broken").await;
        assert!(!browser.text().await.contains("Settings"));
        sign_in(&browser, "bunga-3", None).await;
        browser.shows("You have not begun with a counsellor yet.").await;
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_to_do_in_danger_is_there_when_the_program_does_not_come() {
        // the words that come after a while come now
        const LATER: &str = "document.getAnimations().forEach(one => one.finish())";
        let centre = Centre::with_web_client().await;
        let browser = Browser::open("en").await;
        browser.block("*.wasm").await;
        browser.goto(&centre.relay.url).await;
        browser.shows("One moment …").await;
        let seen = browser.text().await;
        assert!(!seen.contains("129") && !seen.contains("This page has not opened yet"), "{seen}");
        let crisis = browser.page.find(By::Id("crisis")).await.unwrap();
        crisis.click().await.unwrap();
        browser.shows("129").await;
        browser.shows("findahelpline.com").await;
        browser.screenshot("script-failed-crisis-1280").await;
        crisis.click().await.unwrap();
        browser.run(LATER, Vec::new()).await;
        let seen = browser.text().await;
        assert!(seen.contains("This page has not opened yet"), "{seen}");
        look(&browser, "script-failed").await;
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_invitation_of_another_place_is_refused_in_words() {
        let centre = Centre::with_web_client().await;
        let browser = Browser::open("en").await;
        browser.goto(&format!("{}/join", centre.relay.url)).await;
        browser.write("invitation", &invitation(&centre).replace("127.0.0.1", "elsewhere.example")).await;
        browser.press("Go on").await;
        browser.shows("This is not a whole invitation link to this place.").await;
        browser.write("invitation", &invitation(&centre)).await;
        browser.press("Go on").await;
        browser.shows("This is the centre that your invitation names.").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }
}
