//! Counselling in a real Chromium: drafts that outlive a lock, where the client is, the head of a case, prepared replies.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use amanah_tests::browser::Browser;
use amanah_tests::people::Centre;
use amanah_tests::web::{close, complaints, consent, join, look, send, sign_in, written};
use serde_json::json;
use thirtyfour::By;

const LETTER: &str = "Selamat malam. Saya sulit tidur sejak ujian, dan saya takut bercerita.";

/// What the browser keeps: nothing, or one sealed draft.
async fn keeps_a_draft(browser: &Browser) -> bool {
    let kept = browser.kept().await;
    let [local, session] = [&kept[0], &kept[1]].map(|count| count.as_u64().expect("a number"));
    assert_eq!((local, &kept[2], &kept[3], &kept[4]), (0, &json!(0), &json!(0), &json!(0)));
    session == 1
}

/// Waits until the tab keeps a sealed draft, which says nothing to whoever looks, and returns it.
async fn sealed(browser: &Browser) -> String {
    const WAIT: &str = "const done = arguments[0]; \
         const look = () => sessionStorage.length ? done(sessionStorage.getItem(sessionStorage.key(0))) : \
             requestAnimationFrame(look); look()";
    let kept = browser.page.execute_async(WAIT, Vec::new()).await.expect("it is kept").json().clone();
    kept.as_str().expect("a text").to_owned()
}

async fn opens_letters(browser: &Browser) {
    browser.choose("No letter yet").await;
    browser.shows("Your first letter").await;
}

mod in_chromium {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_draft_waits_sealed_in_its_tab_for_its_writer_alone() {
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        centre.client("melati-1").await;
        let browser = Browser::open("en").await;
        join(&browser, &centre, "bunga-3").await;
        consent(&browser, "bu-rini").await;
        browser.write("letter", LETTER).await;
        let kept = sealed(&browser).await;
        assert!(!kept.contains("tidur") && kept.len() > 300, "{kept}");

        // a reload, and a lock
        browser.page.refresh().await.unwrap();
        sign_in(&browser, "bunga-3", None).await;
        opens_letters(&browser).await;
        assert_eq!(written(&browser).await, LETTER);
        browser.press("Lock").await;
        browser.shows("This page is locked").await;
        assert!(keeps_a_draft(&browser).await);
        look(&browser, "locked-with-a-draft").await;
        sign_in(&browser, "bunga-3", None).await;
        opens_letters(&browser).await;
        assert_eq!(written(&browser).await, LETTER);

        // somebody else in the same tab
        browser.press("Lock").await;
        browser.shows("This page is locked").await;
        sign_in(&browser, "melati-1", None).await;
        browser.shows("You have not begun with a counsellor yet.").await;
        assert!(!keeps_a_draft(&browser).await, "what does not open is dropped");
        browser.press("Lock").await;
        sign_in(&browser, "bunga-3", None).await;
        opens_letters(&browser).await;
        assert_eq!(written(&browser).await, "");

        // emptied, sent, signed out
        browser.write("letter", LETTER).await;
        sealed(&browser).await;
        let field = browser.page.find(By::Id("letter")).await.unwrap();
        field.send_keys(thirtyfour::Key::Control + "a").await.unwrap();
        field.send_keys(thirtyfour::Key::Delete + "").await.unwrap();
        assert!(!keeps_a_draft(&browser).await);
        browser.write("letter", LETTER).await;
        sealed(&browser).await;
        send(&browser, LETTER).await;
        assert!(!keeps_a_draft(&browser).await);
        browser.write("letter", "Masih ada lagi").await;
        sealed(&browser).await;
        browser.press("Settings").await;
        browser.press("Sign out").await;
        browser.shows("You have signed out.").await;
        assert_eq!(browser.kept().await, json!([0, 0, 0, 0, 0, ""]));

        // left quickly
        sign_in(&browser, "bunga-3", None).await;
        browser.choose("1 letter").await;
        browser.shows(LETTER).await;
        browser.write("letter", "Masih ada lagi").await;
        sealed(&browser).await;
        browser.press("Leave now").await;
        browser.is_at("https://www.wikipedia.org/").await;
        browser.goto(&format!("{}/thread", centre.relay.url)).await;
        browser.shows("Good to see you again").await;
        assert_eq!(browser.kept().await, json!([0, 0, 0, 0, 0, ""]));
        close(browser, &centre, &["https://www.wikipedia.org/"]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_counsellor_sees_where_the_client_is_and_names_the_stage() {
        let centre = Centre::with_web_client().await;
        let (_, sheet) = centre.counsellor("bu-rini").await;
        let (client, counsellor) = (Browser::open("en").await, Browser::open("en").await);
        join(&client, &centre, "bunga-3").await;
        consent(&client, "bu-rini").await;
        send(&client, LETTER).await;

        counsellor.goto(&format!("{}/sign-in", centre.relay.url)).await;
        sign_in(&counsellor, "bu-rini", Some(&sheet)).await;
        counsellor.press("Settings").await;
        counsellor.shows("Prepared replies").await;
        counsellor.write("template-name", "Salam").await;
        counsellor.write("template-text", "Terima kasih sudah menulis.").await;
        counsellor.press("Save").await;
        counsellor.shows("Terima kasih sudah menulis.").await;
        counsellor.write("template-name", "Lama").await;
        counsellor.write("template-text", "Sudah tidak dipakai.").await;
        counsellor.press("Save").await;
        counsellor.shows("Sudah tidak dipakai.").await;
        // what is asked for is what goes
        counsellor.press("Remove").await;
        counsellor.shows("Remove “Lama”?").await;
        look(&counsellor, "settings-templates").await;
        counsellor.press("Yes, remove it").await;
        counsellor.shows("Removed.").await;
        assert!(!counsellor.text().await.contains("Sudah tidak dipakai."));
        counsellor.press("Change").await;
        counsellor.shows("Change “Salam”").await;
        counsellor.until("return document.activeElement.value == 'Terima kasih sudah menulis.' || null").await;
        counsellor.press("Letters").await;
        counsellor.choose("1 letter").await;
        counsellor.shows("This case").await;
        counsellor.shows("Not said").await;

        // the client says it later, in the details
        client.press("Who they are, and what is allowed").await;
        client.press("Where you are, and whom to call near you").await;
        client.shows("Before you write").await;
        client.press("Tell my counsellor").await;
        client.shows("Before you write").await;
        client.write("place", "Solo, Jawa Tengah").await;
        client.write("crisis", "Bu RT, 0812 3456").await;
        client.write("otherwise", "telepon rumah, sore hari").await;
        look(&client, "intake").await;
        client.press("Tell my counsellor").await;
        client.shows(LETTER).await;
        counsellor.shows("Solo, Jawa Tengah").await;
        counsellor.shows("Bu RT, 0812 3456").await;
        counsellor.shows("In force since").await;
        counsellor.press("Stage: Not named yet").await;
        counsellor.choose_option("stage", "exploration").await;
        counsellor.press("Set").await;
        counsellor.shows("Since ").await;
        client.shows("Exploration: looking at what is there").await;
        look(&client, "client-thread-with-stage").await;

        counsellor.press("Put in a prepared reply").await;
        counsellor.press("Salam").await;
        assert_eq!(written(&counsellor).await, "Terima kasih sudah menulis.");
        look(&counsellor, "case-head").await;
        counsellor.press("Send").await;
        counsellor.shows("Your letter has arrived.").await;
        client.shows("Terima kasih sudah menulis.").await;

        assert_eq!(complaints(&client).await, Vec::<String>::new());
        assert_eq!(complaints(&counsellor).await, Vec::<String>::new());
        close(client, &centre, &[]).await;
        close(counsellor, &centre, &[]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_said_before_the_first_letter_is_asked_in_indonesian_too() {
        let centre = Centre::with_web_client().await;
        centre.counsellor("bu-rini").await;
        let browser = Browser::open("en").await;
        join(&browser, &centre, "bunga-3").await;
        consent(&browser, "bu-rini").await;
        browser.press("Settings").await;
        browser.press("Bahasa Indonesia").await;
        browser.run("scrollTo(0, 0)", Vec::new()).await;
        look(&browser, "settings-id").await;
        browser.press("Surat").await;
        browser.choose("Belum ada surat").await;
        browser.press("Siapa mereka, dan apa yang diizinkan").await;
        browser.press("Anda di mana, dan siapa yang dihubungi di dekat Anda").await;
        browser.shows("Sebelum Anda menulis").await;
        look(&browser, "intake-id").await;
        browser.write("place", "Solo").await;
        browser.press("Beri tahu konselor saya").await;
        browser.shows("Surat pertama Anda").await;
        look(&browser, "first-letter-after-intake-id").await;
        assert_eq!(complaints(&browser).await, Vec::<String>::new());
        close(browser, &centre, &[]).await;
    }
}
