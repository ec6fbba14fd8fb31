//! What is written in a real Chromium is kept and sent once, and new secrets hold only once somebody has them.

use amanah_client_sdk::Passphrase;
use amanah_client_sdk::transport::Transport;
use amanah_protocol::ids::SessionId;
use amanah_tests::browser::Browser;
use amanah_tests::people::{Centre, Device, PASSPHRASE, open_session, read, send as write};
use amanah_tests::web::{close, consent, invitation, join, sign_in, signed_in, written};
use thirtyfour::By;

const LETTER: &str = "Selamat malam. Saya sulit tidur sejak ujian, dan saya takut bercerita.";
const OTHER_PASSPHRASE: &str = "lampu merah di atas jembatan";

/// A client who has written once, their counsellor, and a browser in which the client reads that.
async fn reading(centre: &Centre) -> (Device<impl Transport + use<>>, SessionId, Browser) {
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    write(&mut client, session, "Halo").await;
    let browser = signed_in(centre, "bunga-3", None).await;
    browser.choose("1 letter").await;
    browser.shows("Halo").await;
    (counsellor, session, browser)
}

/// Presses what sends the letter, wherever on the page it is.
async fn sends(browser: &Browser) {
    browser.run("document.querySelector('.write button[type=submit]').click()", Vec::new()).await;
}

mod in_chromium {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn new_secrets_hold_only_once_somebody_has_them() {
        let centre = Centre::with_web_client().await;
        let browser = Browser::open("en").await;
        // whoever loads the page again before having the code has no account, and the name is free
        let begins = async || {
            browser.goto(&invitation(&centre)).await;
            browser.shows("This is the centre that your invitation names.").await;
            browser.write("handle", "bunga-3").await;
            browser.write("new-passphrase", PASSPHRASE).await;
            browser.press("Make my place").await;
            browser.shows("Your recovery code").await;
        };
        begins().await;
        browser.page.refresh().await.unwrap();
        let code = join(&browser, &centre, "bunga-3").await;

        // a taken name costs no second code
        let other = Browser::open("en").await;
        other.goto(&invitation(&centre)).await;
        other.shows("This is the centre that your invitation names.").await;
        let code_of = async |name: &str| {
            other.write("handle", name).await;
            other.write("new-passphrase", PASSPHRASE).await;
            other.press("Make my place").await;
            other.shows("Your recovery code").await;
            other.press("Show").await;
            let code = other.page.find(By::Css(".code")).await.unwrap().text().await.unwrap();
            other.write("last", code.rsplit('-').next().unwrap()).await;
            other.press("Go on").await;
            code
        };
        let first = code_of("bunga-3").await;
        other.shows("Somebody else has this name already.").await;
        other.press("Go back").await;
        other.shows("A place of your own").await;
        assert_eq!(code_of("melati-1").await, first);
        other.shows("You have not begun with a counsellor yet.").await;

        // looking in with the recovery code changes nothing, and neither does a new code that nobody took down
        other.press("Lock").await;
        other.goto(&format!("{}/recover", centre.relay.url)).await;
        other.write("handle", "bunga-3").await;
        other.write("recovery-code", &code).await;
        other.write("new-passphrase", OTHER_PASSPHRASE).await;
        other.press("Open my place").await;
        other.shows("Your recovery code").await;
        other.press("Go back").await;
        other.goto(&format!("{}/sign-in", centre.relay.url)).await;
        sign_in(&other, "bunga-3", None).await;
        close(browser, &centre, &[]).await;
        close(other, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_letter_that_was_just_written_waits_when_the_sign_in_ends() {
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        let browser = Browser::open("en").await;
        join(&browser, &centre, "bunga-3").await;
        consent(&browser, "bu-rini").await;
        let mut device = centre.another_device("bunga-3", None).await;
        device.change_passphrase(&Passphrase::new(OTHER_PASSPHRASE.to_owned()).unwrap()).await.unwrap();
        browser.write("letter", LETTER).await;
        sends(&browser).await;
        browser.shows("A letter that was being written waits in this tab").await;
        browser.write("handle", "bunga-3").await;
        browser.write("passphrase", OTHER_PASSPHRASE).await;
        browser.press("Sign in").await;
        browser.shows("Letter begun").await;
        browser.choose("No letter yet").await;
        browser.shows("Your first letter").await;
        assert_eq!(written(&browser).await, LETTER);
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_letter_whose_writer_walks_on_arrives_once_and_is_no_draft() {
        let mut centre = Centre::with_web_client().await;
        let (mut counsellor, session, browser) = reading(&centre).await;
        browser.write("letter", LETTER).await;
        // both within one turn of the page, before any answer can come
        browser
            .run(
                "document.querySelector('.write button[type=submit]').click(); document.querySelector('nav a').click()",
                Vec::new(),
            )
            .await;
        browser.shows("2 letters").await;
        browser.gone("Letter begun").await;
        browser.choose("2 letters").await;
        browser.shows(LETTER).await;
        assert_eq!(written(&browser).await, "");
        assert_eq!(read(&mut counsellor, session).await, ["Halo", LETTER]);

        // the same words come back from a tab that had kept them before they arrived
        browser.write("letter", "Masih ada lagi").await;
        browser.until("return sessionStorage.length || null").await;
        let kept = browser.run("return sessionStorage.getItem('page')", Vec::new()).await;
        sends(&browser).await;
        browser.shows("Your letter has arrived.").await;
        browser.run("sessionStorage.setItem('page', arguments[0])", vec![kept]).await;
        browser.page.refresh().await.unwrap();
        sign_in(&browser, "bunga-3", None).await;
        browser.choose("3 letters").await;
        browser.shows("Masih ada lagi").await;
        assert_eq!(written(&browser).await, "Masih ada lagi");
        centre.relay.kill();
        sends(&browser).await;
        browser.shows("The centre cannot be reached just now.").await;
        centre.relay.restart();
        sends(&browser).await;
        browser.shows("Your letter has arrived.").await;
        assert_eq!(read(&mut counsellor, session).await, ["Halo", LETTER, "Masih ada lagi"]);
        close(browser, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_too_long_to_be_kept_is_said() {
        let centre = Centre::with_web_client().await;
        let (_, _, browser) = reading(&centre).await;
        let paste = "const field = document.getElementById('letter'); field.value = 'kata '.repeat(60000); \
             field.dispatchEvent(new Event('input', { bubbles: true }))";
        browser.run(paste, Vec::new()).await;
        browser.shows("This is too long to be kept in this tab while you write.").await;
        browser.press("Lock").await;
        browser.shows("It is gone from here.").await;
        close(browser, &centre, &[]).await;
    }
}
