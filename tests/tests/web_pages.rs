//! The web client in a real Chromium: whole stories of people, with what the browser says of the pages.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use amanah_tests::browser::{Browser, from_xtask};
use amanah_tests::people::Centre;

/// A phone and a desktop.
const WIDTHS: [u32; 2] = [360, 1280];

/// Closes a browser that must have complained of nothing and asked nobody but the relay.
async fn close(browser: Browser, centre: &Centre) {
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    let asked = browser.close().await;
    assert!(asked.iter().any(|url| url.starts_with(&centre.relay.url)), "the log of requests is empty: {asked:?}");
    let elsewhere: Vec<_> = asked.into_iter().filter(|url| !url.starts_with(&centre.relay.url)).collect();
    assert_eq!(elsewhere, Vec::<String>::new());
}

mod in_chromium {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_first_page_loads_without_a_complaint_and_asks_nobody_else() {
        let centre = Centre::with_web_client().await;
        let browser = Browser::open().await;
        browser.goto(&centre.relay.url).await;
        browser.shows("Amanah").await;
        close(browser, &centre).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_first_page_has_no_barriers_on_a_phone_and_on_a_desktop() {
        let centre = Centre::with_web_client().await;
        let browser = Browser::open().await;
        for width in WIDTHS {
            browser.be_wide(width).await;
            browser.goto(&centre.relay.url).await;
            browser.shows("Amanah").await;
            browser.screenshot(&format!("first-{width}")).await;
            assert_eq!(browser.barriers().await, Vec::<String>::new(), "at {width}");
            let wide = browser.run("return document.documentElement.scrollWidth", Vec::new()).await;
            assert_eq!(wide, width, "nothing is to be scrolled sideways");
        }
        close(browser, &centre).await;
    }
}
