//! What stories of people in browsers have in common: what they do on a page, and how a page is looked at.

use amanah_client_sdk::Sheet;
use amanah_client_sdk::invitation::Invitation;
use thirtyfour::By;

use crate::browser::Browser;
use crate::people::{Centre, PASSPHRASE};

/// A phone and a desktop.
const WIDTHS: [u32; 2] = [360, 1280];

/// Looks at a page on a phone, light and dark, and on a desktop: as a picture, for barriers, and whether anything stands over the edge.
///
/// # Panics
/// If it keeps somebody out, or is too wide.
pub async fn look(browser: &Browser, name: &str) {
    for width in WIDTHS {
        browser.be_wide(width).await;
        browser.screenshot(&format!("{name}-{width}")).await;
        assert_eq!(browser.barriers().await, Vec::<String>::new(), "{name} at {width}");
        let wide = browser.run("return document.documentElement.scrollWidth", Vec::new()).await;
        assert!(wide.as_u64().expect("a number") <= u64::from(width), "{name} at {width} is {wide} wide");
    }
    browser.be_wide(360).await;
    browser.be_dark(true).await;
    browser.screenshot(&format!("{name}-dark")).await;
    assert_eq!(browser.barriers().await, Vec::<String>::new(), "{name} in the dark");
    browser.be_dark(false).await;
}

/// What the browser complained of, but for answers of the relay that say no.
pub async fn complaints(browser: &Browser) -> Vec<String> {
    let log = browser.complaints().await.into_iter();
    log.filter(|entry| !entry.contains("the server responded with a status of 401")).collect()
}

/// Closes a browser, which must have asked nobody but the relay and these.
///
/// # Panics
/// If it asked somebody else.
pub async fn close(browser: Browser, centre: &Centre, also: &[&str]) {
    let asked = browser.close().await.asked;
    assert!(asked.iter().any(|url| url.starts_with(&centre.relay.url)), "the log of requests is empty");
    let known = |url: &String| url.starts_with(&centre.relay.url) || also.contains(&url.as_str());
    let elsewhere: Vec<_> = asked.into_iter().filter(|url| !known(url)).collect();
    assert_eq!(elsewhere, Vec::<String>::new());
}

/// The link by which the centre invites.
pub fn invitation(centre: &Centre) -> String {
    Invitation { relay: centre.relay.url.clone(), centre: centre.id }.to_string()
}

/// Joins with the invitation link, and returns the recovery code.
///
/// # Panics
/// If a page is not as it should be.
pub async fn join(browser: &Browser, centre: &Centre, handle: &str) -> String {
    browser.goto(&invitation(centre)).await;
    browser.shows("This is the centre that your invitation names.").await;
    browser.shows("Not your real name").await;
    look(browser, "join").await;
    browser.write("handle", handle).await;
    browser.write("new-passphrase", PASSPHRASE).await;
    browser.shows("trong.").await;
    browser.press("Make my place").await;
    browser.shows("Your recovery code").await;
    look(browser, "recovery-code").await;
    let before = browser.text().await;
    browser.press("Show").await;
    let code = browser.page.find(By::Css(".code")).await.expect("the code").text().await.expect("its text");
    assert!(code.starts_with("R-") && !before.contains(&code), "{before}");
    browser.keep_files().await;
    browser.press("Save as a file").await;
    let file = String::from_utf8(browser.file("amanah.txt")).expect("UTF-8");
    assert!(file.contains(&code), "{file}");
    browser
        .run("window.print = () => { window.printed = document.querySelector('.to-print').textContent }", vec![])
        .await;
    browser.press("Print").await;
    assert_eq!(browser.until("return window.printed ?? null").await, code);
    browser.write("last", "00000").await;
    browser.press("Go on").await;
    browser.shows("That is not it yet.").await;
    browser.write("last", code.rsplit('-').next().unwrap_or_default()).await;
    browser.press("Go on").await;
    browser.shows("You have not begun with a counsellor yet.").await;
    look(browser, "letters-none").await;
    code
}

/// Signs in on the page for that.
pub async fn sign_in(browser: &Browser, handle: &str, sheet: Option<&Sheet>) {
    browser.write("handle", handle).await;
    browser.write("passphrase", PASSPHRASE).await;
    browser.press("Sign in").await;
    if let Some(sheet) = sheet {
        browser.shows("This account needs its sheet, too.").await;
        browser.write("sheet", &sheet.to_text()).await;
        browser.press("Sign in").await;
    }
    browser.shows("Settings").await;
}

/// A browser of its own, in which somebody has signed in.
pub async fn signed_in(centre: &Centre, handle: &str, sheet: Option<&Sheet>) -> Browser {
    let browser = Browser::open("en").await;
    browser.goto(&format!("{}/sign-in", centre.relay.url)).await;
    sign_in(&browser, handle, sheet).await;
    browser
}

/// What stands in the field for a letter.
///
/// # Panics
/// If there is none.
pub async fn written(browser: &Browser) -> String {
    let field = browser.page.find(By::Id("letter")).await.expect("a field");
    field.prop("value").await.expect("a value").unwrap_or_default()
}

/// Agrees to write with a counsellor.
pub async fn consent(browser: &Browser, counsellor: &str) {
    browser.press("Choose a counsellor").await;
    browser.shows("Please take your time to read this").await;
    browser.choose(counsellor).await;
    browser.shows(&format!("You and {counsellor} will have a key to these letters. Nobody else.")).await;
    look(browser, "consent").await;
    browser.press("I agree").await;
    browser.shows("Before you write").await;
    browser.press("I’d rather not say now").await;
    browser.shows("Your first letter").await;
}

/// Writes a letter in the session that is open, and waits until it has arrived.
///
/// # Panics
/// If it does not.
pub async fn send(browser: &Browser, text: &str) {
    browser.write("letter", text).await;
    browser.press("Send").await;
    browser.shows("Your letter has arrived.").await;
    browser.shows(text).await;
}
