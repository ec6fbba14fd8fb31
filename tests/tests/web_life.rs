//! The web client in a real Chromium over the life of an account: other devices, secrets that are lost or changed, consent
//! that is renewed and taken back, a page that is left alone, a relay that is gone.

use amanah_client_sdk::transport::Clock;
use amanah_tests::browser::Browser;
use amanah_tests::by_hand::keys_and_token_of;
use amanah_tests::canary::{Form, forms, found_in, found_in_memory, found_under};
use amanah_tests::door::{Asked, CBOR, Door};
use amanah_tests::people::{Centre, PASSPHRASE, Wall, consent_document, open_session, read, rng, send as write};
use amanah_tests::web::{close, complaints, consent, join, look, send, sign_in};
use serde_json::json;
use thirtyfour::By;

const LETTER: &str = "Selamat malam. Saya sulit tidur sejak ujian, dan saya takut bercerita.";
const OTHER_PASSPHRASE: &str = "perahu kertas menyeberang hujan";

/// Goes to another page of who is signed in.
async fn go(browser: &Browser, page: &str, shows: &str) {
    browser.press(page).await;
    browser.shows(shows).await;
}

/// A client who has joined, agreed to write with `bu-rini`, and written.
async fn client_with_letter(centre: &Centre, name: &str) -> (Browser, String) {
    let browser = Browser::open("en").await;
    let code = join(&browser, centre, name).await;
    consent(&browser, "bu-rini").await;
    send(&browser, LETTER).await;
    (browser, code)
}

/// What stands where the keyboard is.
async fn focused(browser: &Browser) -> String {
    let text = browser.run("return document.activeElement.innerText", Vec::new()).await;
    text.as_str().unwrap_or_default().to_owned()
}

async fn on_sign_in(centre: &Centre) -> Browser {
    let browser = Browser::open("en").await;
    browser.goto(&format!("{}/sign-in", centre.relay.url)).await;
    browser
}

mod in_chromium {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_second_device_reads_everything_and_the_recovery_code_opens_the_place_again() {
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        let (first, code) = client_with_letter(&centre, "bunga-3").await;

        let second = on_sign_in(&centre).await;
        sign_in(&second, "bunga-3", None).await;
        second.choose("1 letter").await;
        second.shows(LETTER).await;
        second.press("Lock").await;
        second.shows("This page is locked").await;
        assert!(!second.text().await.contains(LETTER));
        look(&second, "locked").await;

        second.press("I have forgotten my passphrase").await;
        second.shows("Coming back").await;
        look(&second, "recover").await;
        second.write("handle", "bunga-3").await;
        second.write("new-passphrase", OTHER_PASSPHRASE).await;
        second.write("recovery-code", "R-00000-00000-00000-00000-00000-0000").await;
        second.press("Open my place").await;
        second.shows("This recovery code is not right.").await;
        second.write("recovery-code", &code).await;
        second.press("Open my place").await;
        second.shows("Your recovery code").await;
        second.press("Show").await;
        let new = second.page.find(By::Css(".code")).await.unwrap().text().await.unwrap();
        assert_ne!(new, code);
        second.write("last", new.rsplit('-').next().unwrap()).await;
        second.press("Go on").await;
        second.choose("1 letter").await;
        second.shows(LETTER).await;

        // the other device is out, and the old secrets open nothing
        first.press("Letters").await;
        first.shows("You are signed out, because some time has passed").await;
        first.write("handle", "bunga-3").await;
        first.write("passphrase", PASSPHRASE).await;
        first.press("Sign in").await;
        first.shows("Name and passphrase do not fit together.").await;
        first.press("I have forgotten my passphrase").await;
        first.write("handle", "bunga-3").await;
        first.write("new-passphrase", OTHER_PASSPHRASE).await;
        first.write("recovery-code", &code).await;
        first.press("Open my place").await;
        first.shows("Name and recovery code do not fit together.").await;
        first.run("scrollTo(0, 0)", Vec::new()).await;
        look(&first, "wrong-code").await;
        first.press("Back to signing in").await;
        first.shows("Good to see you again").await;
        assert_eq!(complaints(&first).await, Vec::<String>::new());
        assert_eq!(complaints(&second).await, Vec::<String>::new());
        close(first, &centre, &[]).await;
        close(second, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn passphrase_and_recovery_code_are_changed_in_the_settings() {
        let centre = Centre::with_web_client().await;
        let browser = Browser::open("en").await;
        let code = join(&browser, &centre, "bunga-3").await;
        go(&browser, "Settings", "Your twelve words").await;
        browser.press("Change the passphrase").await;
        browser.write("passphrase-now", OTHER_PASSPHRASE).await;
        browser.write("new-passphrase", OTHER_PASSPHRASE).await;
        browser.press_button("Change the passphrase").await;
        browser.shows("This is not your passphrase.").await;
        browser.write("passphrase-now", PASSPHRASE).await;
        browser.press_button("Change the passphrase").await;
        browser.shows("Your passphrase is changed.").await;
        look(&browser, "settings-changed").await;

        browser.press("Make a new recovery code").await;
        browser.write("passphrase", OTHER_PASSPHRASE).await;
        browser.press_button("Make a new recovery code").await;
        browser.shows("It is shown only now.").await;
        // nobody gets past it without having it
        browser.page.back().await.unwrap();
        browser.shows("It is shown only now.").await;
        browser.press("Show").await;
        let new = browser.page.find(By::Css(".code")).await.unwrap().text().await.unwrap();
        assert_ne!(new, code);
        browser.write("last", new.rsplit('-').next().unwrap()).await;
        browser.press("Go on").await;
        browser.press("Choose a counsellor").await;
        browser.shows("No counsellor is here yet.").await;
        assert!(!browser.text().await.contains("I agree"));
        look(&browser, "begin-nobody").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_allowed_is_seen_taken_back_and_ended() {
        let centre = Centre::with_web_client().await;
        let (_, sheet) = centre.counsellor("bu-rini").await;
        centre.counsellor("pak-joko").await;
        let (client, _) = client_with_letter(&centre, "bunga-3").await;
        let counsellor = on_sign_in(&centre).await;
        sign_in(&counsellor, "bu-rini", Some(&sheet)).await;
        counsellor.choose("1 letter").await;
        counsellor.shows(LETTER).await;

        go(&client, "What I allow", "Signed on").await;
        look(&client, "allowed").await;
        client.press("Take back").await;
        client.shows("the counsellor gets no new letter of yours").await;
        assert!(focused(&client).await.contains("the counsellor gets no new letter of yours"));
        look(&client, "take-back").await;
        client.press("No, leave it").await;
        client.until("return document.activeElement.innerText == 'Take back' || null").await;
        client.press("Take back").await;
        client.press("Yes, take it back").await;
        client.shows("Taken back.").await;
        client.until("return document.activeElement.tagName == 'H2' || null").await;

        counsellor.shows("You can no longer read new letters here.").await;
        assert!(counsellor.page.find(By::Id("letter")).await.is_err(), "nobody writes where nobody reads");
        look(&counsellor, "no-longer-allowed").await;

        go(&client, "Letters", "Write to another counsellor, too").await;
        client.choose("1 letter").await;
        client.shows("You have ended this correspondence.").await;
        client.shows("Begin again").await;
        go(&client, "Letters", "Write to another counsellor, too").await;
        client.press("Write to another counsellor, too").await;
        client.shows("Please take your time to read this").await;
        client.choose("pak-joko").await;
        client.press("I agree").await;
        client.press("I’d rather not say now").await;
        client.shows("Your first letter").await;
        go(&client, "Settings", "Ending everything").await;
        client.press("End everything").await;
        client.shows("Your counsellors then get no new letters from you here.").await;
        assert!(focused(&client).await.contains("You can begin again at any time."));
        look(&client, "end-sure").await;
        client.press("Yes, end everything").await;
        client.shows("Everything is taken back.").await;
        look(&client, "ended").await;
        go(&client, "What I allow", "Signed on").await;
        assert!(!client.text().await.contains("Take back"));

        go(&client, "Letters", "1 letter").await;
        client.choose("1 letter").await;
        client.shows(LETTER).await;
        client.press("Who they are, and what is allowed").await;
        client.press("Who could read this, and when").await;
        client.shows("bu-rini: could read from").await;
        look(&client, "history").await;
        assert_eq!(complaints(&client).await, Vec::<String>::new());
        close(client, &centre, &[]).await;
        counsellor.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_new_consent_document_is_read_and_signed_again() {
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        let (client, _) = client_with_letter(&centre, "bunga-3").await;
        let (document, texts) = consent_document(centre.id, 2);
        centre.director.publish_document(centre.relay.transport(), document, &texts).await.unwrap();

        go(&client, "Letters", "1 letter").await;
        client.choose("1 letter").await;
        client.shows("The centre has a new consent text.").await;
        look(&client, "document-new").await;
        client.press("Read the new text").await;
        client.shows("What you allow, as before").await;
        look(&client, "renew").await;
        client.press("I agree").await;
        client.shows(LETTER).await;
        send(&client, "Surat kedua, di bawah teks yang baru.").await;
        assert!(!client.text().await.contains("The centre has a new consent text."));
        assert_eq!(complaints(&client).await, Vec::<String>::new());
        close(client, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn new_keys_of_somebody_stop_a_letter_until_they_were_asked() {
        let centre = Centre::with_web_client().await;
        let (counsellor, sheet) = centre.counsellor("bu-rini").await;
        let mut client = centre.client("bunga-3").await;
        let (session, _) = open_session(&mut client, counsellor.id()).await;
        write(&mut client, session, LETTER).await;
        let browser = on_sign_in(&centre).await;
        sign_in(&browser, "bu-rini", Some(&sheet)).await;
        browser.choose("1 letter").await;
        browser.shows(LETTER).await;

        let (keys, token) = keys_and_token_of(&centre, "bunga-3").await;
        let (_, card) = keys.newest().next(&mut rng(), Wall.now());
        let asked = Asked::new(reqwest::Method::POST, "/v1/cards").with(CBOR, card.wire().to_vec()).by(&token);
        Door::of(&centre.relay).ask(asked).await.accepted();

        browser.write("letter", "Apakah ini masih Anda?").await;
        browser.press("Send").await;
        browser.shows("Somebody here has renewed their access.").await;
        browser.shows(", since ").await;
        look(&browser, "new-keys").await;
        let letters = browser.page.find_all(By::Css(".letter")).await.unwrap();
        assert_eq!(letters.len(), 1, "nothing was sent");
        browser.press("I have asked, and it is true").await;
        browser.gone("Somebody here has renewed their access.").await;
        browser.press("Send").await;
        browser.shows("Your letter has arrived.").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_letter_arrives_once_although_the_relay_was_gone() {
        let mut centre = Centre::with_web_client().await;
        let (mut counsellor, _) = centre.counsellor("bu-rini").await;
        let (client, _) = client_with_letter(&centre, "bunga-3").await;
        centre.relay.kill();
        client.write("letter", "Surat saat relay mati.").await;
        client.press("Send").await;
        client.shows("The centre cannot be reached just now.").await;
        look(&client, "offline").await;
        centre.relay.restart();
        client.press("Send").await;
        client.shows("Your letter has arrived.").await;
        let session = *counsellor.sessions().await.unwrap().first().unwrap();
        assert_eq!(read(&mut counsellor, session).await, [LETTER, "Surat saat relay mati."]);
        // what the counsellor writes comes by itself also over the new connection
        write(&mut counsellor, session, "Saya membaca keduanya.").await;
        client.shows("Saya membaca keduanya.").await;
        client.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_page_that_is_left_alone_locks_itself() {
        const LATER: &str = "const [by, now] = [arguments[0], Date.now.bind(Date)]; Date.now = () => now() + by";
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        let (browser, _) = client_with_letter(&centre, "bunga-3").await;
        let later = async |minutes: f64| browser.run(LATER, vec![json!(minutes * 60_000.0)]).await;
        go(&browser, "Settings", "Your twelve words").await;
        later(9.5).await;
        browser.shows("This page locks in").await;
        look(&browser, "lock-soon").await;
        go(&browser, "Letters", "1 letter").await;
        browser.gone("This page locks in").await;
        later(10.5).await;
        browser.shows("This page is locked").await;
        assert!(!browser.text().await.contains("bunga-3"));
        sign_in(&browser, "bunga-3", None).await;
        browser.choose("1 letter").await;
        browser.shows(LETTER).await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn everything_can_be_saved_as_a_file() {
        const CATCH: &str = "const make = URL.createObjectURL; \
             URL.createObjectURL = blob => { blob.text().then(text => window.saved = text); return make.call(URL, blob) }";
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        let (browser, _) = client_with_letter(&centre, "bunga-3").await;
        browser.run(CATCH, Vec::new()).await;
        browser.press("A copy for yourself").await;
        browser.press("Save everything as a file").await;
        let saved = browser.until("return window.saved").await;
        let saved = saved.as_str().unwrap();
        for text in ["Confidential.", "bu-rini: can read since", "The counsellor whom you choose", LETTER] {
            assert!(saved.contains(text), "{text} is not in {saved}");
        }
        // all sessions, from the settings
        browser.run("delete window.saved", Vec::new()).await;
        go(&browser, "Settings", "Your letters as a file").await;
        browser.press("A copy for yourself").await;
        browser.press("Save everything as a file").await;
        let all = browser.until("return window.saved").await;
        assert!(all.as_str().unwrap().contains(LETTER));
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_is_away_says_so_to_everybody() {
        const DAY: &str = "const [day, field] = [arguments[0], document.getElementById('absence-until')]; \
             field.value = day; field.dispatchEvent(new Event('input'))";
        let centre = Centre::with_web_client().await;
        let (_, sheet) = centre.counsellor("bu-rini").await;
        let (client, _) = client_with_letter(&centre, "bunga-3").await;
        let counsellor = on_sign_in(&centre).await;
        sign_in(&counsellor, "bu-rini", Some(&sheet)).await;
        go(&counsellor, "Settings", "When you are away").await;
        counsellor.press("Say that you are away").await;
        counsellor.run(DAY, vec![json!("2001-01-01")]).await;
        counsellor.press("Show this to everybody").await;
        counsellor.shows("This cannot be shown so.").await;
        let next_year = counsellor.run("return new Date(Date.now() + 3e10).toISOString().slice(0, 10)", vec![]).await;
        counsellor.run(DAY, vec![next_year]).await;
        counsellor.write("absence-note", "Pak Joko menjawab sementara ini.").await;
        counsellor.press("Show this to everybody").await;
        counsellor.shows("Away until").await;
        look(&counsellor, "absence").await;

        // above the letters, and to whoever has no account
        go(&client, "Letters", "1 letter").await;
        client.choose("1 letter").await;
        client.shows("Pak Joko menjawab sementara ini.").await;
        look(&client, "absence-in-thread").await;
        client.goto(&centre.relay.url).await;
        client.shows("Away until").await;
        look(&client, "absence-landing").await;

        counsellor.press("I am back").await;
        counsellor.gone("Away until").await;
        client.page.refresh().await.unwrap();
        client.shows("bu-rini").await;
        assert!(!client.text().await.contains("Away until"));
        assert_eq!(complaints(&counsellor).await, Vec::<String>::new());
        close(client, &centre, &[]).await;
        close(counsellor, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_secret_leaves_the_browser() {
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        let browser = Browser::open("en").await;
        let code = join(&browser, &centre, "bunga-3").await;
        consent(&browser, "bu-rini").await;
        send(&browser, LETTER).await;
        browser.press("Who they are, and what is allowed").await;
        browser.press("Agree on code words").await;
        browser.write("code-words", "mangga di dermaga lama").await;
        browser.press("Agree on these").await;
        browser.shows("Code words were agreed on here.").await;
        let secret: Vec<Form> =
            ["takut bercerita", "mangga di dermaga", PASSPHRASE, &code].into_iter().flat_map(forms).collect();
        assert_eq!(browser.kept().await, json!([0, 0, 0, 0, 0, ""]));
        assert_eq!(found_in_memory(centre.relay.process(), &secret), Vec::<String>::new());
        assert_eq!(found_under(centre.relay.folder(), &secret), Vec::<String>::new());
        let sent = browser.close().await.sent;
        assert_eq!(found_in(&sent, &forms("bunga-3")), ["UTF-8"], "what was sent is not in the log");
        assert_eq!(found_in(&sent, &secret), Vec::<String>::new());
    }
}
