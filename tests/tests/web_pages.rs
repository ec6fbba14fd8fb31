//! The web client in a real Chromium: whole stories of people, with what the browser says of the pages.

use amanah_client_sdk::{fingerprint, nickname};
use amanah_tests::browser::Browser;
use amanah_tests::people::{Centre, PASSPHRASE, open_session, send as write};
use amanah_tests::web::{close, complaints, consent, invitation, join, look, send, sign_in};
use serde_json::json;
use thirtyfour::{By, Key};

const LETTER: &str = "Selamat malam. Saya sulit tidur sejak ujian, dan saya takut bercerita.";
const ANSWER: &str = "Terima kasih sudah menulis. Menurut saya itu sudah langkah yang berani.";
/// By how much the page has moved by itself since it was opened.
const SHIFTS: &str = "const done = arguments[0], shifts = []; const take = list => shifts.push(...list); \
     const seen = new PerformanceObserver(list => take(list.getEntries())); \
     seen.observe({ type: 'layout-shift', buffered: true }); requestAnimationFrame(() => requestAnimationFrame(() => { \
     take(seen.takeRecords()); done(shifts.reduce((sum, one) => sum + (one.hadRecentInput ? 0 : one.value), 0)) }))";
/// What the page names for whoever installs it: how it opens, where, and its icons with how the relay answers for each.
const INSTALLED: &str = "const done = arguments[0], at = document.querySelector('link[rel=manifest]').href; \
     const icon = of => fetch(new URL(of.src, at)).then(got => [got.status, got.headers.get('content-type')]); \
     fetch(at).then(got => got.json()).then(said => Promise.all(said.icons.map(icon)).then(icons => \
         done([said.name, said.display, said.start_url, icons])))";
/// Where somebody is who left quickly.
const ELSEWHERE: &str = "https://www.wikipedia.org/";

mod in_chromium {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_first_page_loads_without_a_complaint_and_asks_nobody_else() {
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        let browser = Browser::open("en").await;
        browser.goto(&centre.relay.url).await;
        browser.shows("Here is room for what weighs on you").await;
        browser.shows("bu-rini").await;
        browser.shows("an answer within two working days").await;
        for told in
            ["What confidential means, and where it ends", "counselling@centre.example", "ethics@centre.example"]
        {
            browser.shows(told).await;
        }
        // nothing moved under the reader's eyes; up to 0.1 counts as good
        let moved = browser.page.execute_async(SHIFTS, Vec::new()).await.unwrap().json().as_f64().unwrap();
        assert!(moved < 0.1, "{moved}");
        look(&browser, "landing").await;
        let board = browser.page.find(By::Css("a[target=_blank]")).await.unwrap();
        assert_eq!(board.attr("href").await.unwrap().as_deref(), Some("https://board.example/STR-0001"));
        assert_eq!(board.attr("rel").await.unwrap().as_deref(), Some("noreferrer noopener"));
        let installed = browser.page.execute_async(INSTALLED, Vec::new()).await.unwrap().json().clone();
        assert_eq!(installed, json!(["Amanah", "standalone", "/", [[200, "image/svg+xml"]]]));
        assert_eq!(browser.page.title().await.unwrap(), "Amanah");
        assert_eq!(browser.complaints().await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_to_do_in_danger_is_there_without_scripts() {
        let centre = Centre::with_web_client().await;
        let browser = Browser::open("en").await;
        browser.run_no_scripts().await;
        browser.be_wide(360).await;
        browser.goto(&centre.relay.url).await;
        browser.screenshot("without-scripts-360").await;
        let seen = browser.page.find(By::Tag("body")).await.unwrap().text().await.unwrap();
        for text in [
            "112",
            "119",
            "Dalam bahaya?",
            "In danger?",
            "needs JavaScript",
            "It does not erase this browser’s history.",
        ] {
            assert!(seen.contains(text), "{text} is not in {seen}");
        }
        browser.page.find(By::Id("crisis")).await.unwrap().click().await.unwrap();
        browser.screenshot("without-scripts-open-360").await;
        let seen = browser.page.find(By::Css(".crisis-card")).await.unwrap().text().await.unwrap();
        assert!(seen.contains("129"), "{seen}");
        assert_eq!(browser.complaints().await, Vec::<String>::new());
        browser.press("Keluar cepat · Leave now").await;
        browser.is_at(ELSEWHERE).await;
        close(browser, &centre, &[ELSEWHERE]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_page_that_has_broken_can_be_left_and_loaded_again() {
        const BREAK: &str = "document.getElementById('app').innerHTML = ''; window.old = true; \
             document.getElementById('broken').hidden = false";
        let centre = Centre::with_web_client().await;
        let browser = Browser::open("en").await;
        browser.goto(&centre.relay.url).await;
        browser.shows("I have been here before").await;
        browser.run(BREAK, Vec::new()).await;
        browser.shows("Something here has stopped working").await;
        browser.shows("It does not erase this browser’s history.").await;
        look(&browser, "broken").await;
        browser.page.find(By::Css("#broken [rel=external]")).await.unwrap().click().await.unwrap();
        browser.shows("I have been here before").await;
        assert!(browser.run("return window.old ?? null", Vec::new()).await.is_null(), "it was not loaded again");
        browser.run(BREAK, Vec::new()).await;
        browser.page.find(By::Css("#broken .exit")).await.unwrap().click().await.unwrap();
        browser.is_at(ELSEWHERE).await;
        close(browser, &centre, &[ELSEWHERE]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_letter_is_written_answered_and_read_again_in_two_browsers() {
        let centre = Centre::with_web_client().await;
        let (writer, sheet) = centre.counsellor("bu-rini").await;
        let (client, counsellor) = (Browser::open("en").await, Browser::open("en").await);
        join(&client, &centre, "bunga-3").await;
        consent(&client, "bu-rini").await;
        look(&client, "first-letter").await;
        send(&client, LETTER).await;
        client.shows("This is how it continues").await;
        look(&client, "letter-sent").await;

        counsellor.goto(&format!("{}/sign-in", centre.relay.url)).await;
        counsellor.shows("Good to see you again").await;
        look(&counsellor, "sign-in").await;
        sign_in(&counsellor, "bu-rini", Some(&sheet)).await;
        counsellor.shows("First enquiries").await;
        counsellor.shows("There are none yet.").await;
        counsellor.shows("1 new letter").await;
        look(&counsellor, "inbox").await;
        counsellor.choose("1 letter").await;
        counsellor.shows(LETTER).await;
        look(&counsellor, "counsellor-thread").await;
        send(&counsellor, ANSWER).await;
        counsellor.press("Letters").await;
        counsellor.shows("Nobody new is waiting.").await;
        counsellor.shows("2 letters").await;
        let inbox = counsellor.text().await;
        assert!(!inbox.contains("There are none yet."), "it is one of their own cases");
        assert!(!inbox.contains("new letter"), "it was read");
        look(&counsellor, "inbox-own").await;

        // it comes by itself
        client.shows(ANSWER).await;
        look(&client, "answered").await;
        client.press("Who they are, and what is allowed").await;
        client.press("Compare words with this person").await;
        client.write("words", &fingerprint::words(&writer.id())).await;
        client.press("Compare").await;
        client.shows("You have compared words with each other.").await;

        // nothing is kept over a reload, and nothing is lost
        client.page.refresh().await.unwrap();
        client.shows("Good to see you again").await;
        assert_eq!(client.kept().await, json!([0, 0, 0, 0, 0, ""]));
        client.write("handle", "bunga-3").await;
        client.write("passphrase", "kucing putih di atas meja").await;
        client.press("Sign in").await;
        client.shows("Name and passphrase do not fit together.").await;
        look(&client, "wrong-passphrase").await;
        sign_in(&client, "bunga-3", None).await;
        client.shows("2 letters").await;
        assert!(!client.text().await.contains("new letter"), "it was read");
        client.choose("2 letters").await;
        client.shows(LETTER).await;
        client.shows(ANSWER).await;

        assert_eq!(complaints(&client).await, Vec::<String>::new());
        assert_eq!(complaints(&counsellor).await, Vec::<String>::new());
        close(client, &centre, &[]).await;
        close(counsellor, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_leaves_quickly_leaves_nothing_behind() {
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        for by_key in [false, true] {
            let browser = Browser::open("en").await;
            join(&browser, &centre, if by_key { "bunga-1" } else { "bunga-2" }).await;
            consent(&browser, "bu-rini").await;
            send(&browser, LETTER).await;
            assert_eq!(browser.complaints().await, Vec::<String>::new());
            if by_key {
                browser.keys(Key::Escape).await;
                browser.keys(Key::Escape).await;
            } else {
                browser.press("Leave now").await;
            }
            browser.is_at(ELSEWHERE).await;
            browser.page.back().await.unwrap();
            let back = browser.page.current_url().await.unwrap().to_string();
            assert!(!back.starts_with(&centre.relay.url), "the way back leads to {back}");
            browser.goto(&format!("{}/thread", centre.relay.url)).await;
            browser.shows("Good to see you again").await;
            assert_eq!(browser.kept().await, json!([0, 0, 0, 0, 0, ""]));
            close(browser, &centre, &[ELSEWHERE]).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_language_is_the_browsers_and_can_be_changed() {
        let centre = Centre::with_web_client().await;
        let browser = Browser::open("id").await;
        browser.goto(&centre.relay.url).await;
        browser.shows("Di sini ada ruang untuk yang membebani Anda").await;
        browser.shows("jawaban dalam dua hari kerja").await;
        look(&browser, "landing-id").await;
        let tag = || browser.run("return document.documentElement.lang", Vec::new());
        assert_eq!(tag().await, "id");
        browser.press("English").await;
        browser.shows("Here is room for what weighs on you").await;
        assert_eq!(tag().await, "en");
        browser.press("Bahasa Indonesia").await;
        browser.shows("Di sini ada ruang untuk yang membebani Anda").await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_counsellor_reads_and_answers_with_the_keyboard_alone() {
        let centre = Centre::with_web_client().await;
        let (counsellor, sheet) = centre.counsellor("bu-rini").await;
        let mut client = centre.client("bunga-3").await;
        let (session, _) = open_session(&mut client, counsellor.id()).await;
        write(&mut client, session, LETTER).await;
        let browser = Browser::open("en").await;
        browser.goto(&centre.relay.url).await;
        browser.shows("I have been here before").await;
        assert!(browser.tab_to("I have been here before").await < 10);
        browser.keys(Key::Enter).await;
        browser.shows("Good to see you again").await;
        browser.tab_to("The name you chose here").await;
        browser.keys("bu-rini").await;
        browser.tab_to("Passphrase").await;
        browser.keys(PASSPHRASE).await;
        browser.keys(Key::Enter).await;
        browser.shows("This account needs its sheet, too.").await;
        browser.tab_to("Sheet (S-…)").await;
        browser.keys(sheet.to_text().as_str()).await;
        browser.keys(Key::Enter).await;
        browser.shows("First enquiries").await;
        browser.tab_to(&format!("Client ({})", nickname(&client.id()))).await;
        browser.keys(Key::Enter).await;
        browser.shows(LETTER).await;
        browser.tab_to("Write").await;
        browser.keys(ANSWER).await;
        browser.tab_to("Send").await;
        browser.keys(Key::Enter).await;
        browser.shows("Your letter has arrived.").await;
        browser.tab_to("Settings").await;
        browser.keys(Key::Enter).await;
        browser.shows("Your twelve words").await;
        look(&browser, "settings").await;
        browser.tab_to("Sign out").await;
        browser.keys(Key::Enter).await;
        browser.shows("You have signed out.").await;
        assert_eq!(browser.kept().await, json!([0, 0, 0, 0, 0, ""]));
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn somebody_joins_agrees_and_writes_with_the_keyboard_alone() {
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        let browser = Browser::open("en").await;
        let go = async |to: &str, key: Key, shows: &str| {
            browser.tab_to(to).await;
            browser.keys(key).await;
            browser.shows(shows).await;
        };
        browser.goto(&invitation(&centre)).await;
        browser.shows("This is the centre that your invitation names.").await;
        browser.tab_to("A name for you here").await;
        browser.keys("bunga-3").await;
        browser.tab_to("New passphrase").await;
        browser.keys(PASSPHRASE).await;
        browser.shows("trong.").await;
        browser.keys(Key::Enter).await;
        browser.shows("Your recovery code").await;
        go("Show", Key::Enter, "Hide").await;
        let code = browser.page.find(By::Css(".code")).await.unwrap().text().await.unwrap();
        browser.tab_to("The last five characters of the recovery code").await;
        browser.keys(code.rsplit('-').next().unwrap()).await;
        browser.keys(Key::Enter).await;
        browser.shows("You have not begun with a counsellor yet.").await;
        go("Choose a counsellor", Key::Enter, "Please take your time to read this").await;
        go("bu-rini", Key::Space, "You and bu-rini will have a key to these letters. Nobody else.").await;
        go("I agree", Key::Enter, "Before you write").await;
        go("I’d rather not say now", Key::Enter, "Your first letter").await;
        browser.tab_to("Your first letter").await;
        browser.keys(LETTER).await;
        go("Send", Key::Enter, "Your letter has arrived.").await;
        browser.shows(LETTER).await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_slow_phone_shows_the_first_page_in_three_seconds() {
        let centre = Centre::with_web_client().await;
        let mut taken = Vec::new();
        // the quickest of three, since other programs run beside this one
        for _ in 0..3 {
            let browser = Browser::open("en").await;
            browser.be_wide(360).await;
            browser.be_slow(4).await;
            browser.goto(&centre.relay.url).await;
            browser.shows("I have been here before").await;
            taken.push(browser.run("return Math.round(performance.now())", Vec::new()).await.as_u64().unwrap());
            close(browser, &centre, &[]).await;
        }
        assert!(taken.iter().min().unwrap() < &3000, "{taken:?} ms");
    }
}
