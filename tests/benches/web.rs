//! What opening a long thread costs in the browser, against the same work on the command line's platform, in one run.
//!
//! `cargo xtask bench --web`. Both sign in anew each time, look at the sessions and read all letters of the same relay, in
//! turns. From the press of “Sign in” on, the page counts how long each frame takes.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark speaks to the person who runs it")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use amanah_tests::browser::Browser;
use amanah_tests::people::{Centre, PASSPHRASE, open_session, send};
use serde_json::Value;

/// How many letters the thread has.
const LETTERS: usize = 1000;
/// How often it is opened; the first time counts for nothing.
const TURNS: usize = 6;
/// How much longer the browser may take.
const LIMIT: f64 = 4.0;
/// How long a frame may take.
const FRAME: Duration = Duration::from_millis(100);

/// Waits for the list of sessions, opens the session as soon as it is there, and waits for its last letter. Answers with
/// the milliseconds from the list's first words on, and with the longest time between two frames since “Sign in”.
const OPEN: &str = r#"
    const [last, done] = arguments;
    const says = text => document.body.innerText.includes(text);
    let start, pressed, frame = performance.now(), longest = 0;
    const look = now => {
        longest = Math.max(longest, now - frame);
        frame = now;
        if (start === undefined && says("Opening and checking")) { start = performance.now(); }
        const seat = document.querySelector("a.seat");
        if (seat && !pressed) { pressed = true; seat.click(); }
        if (pressed && says(last)) { done([performance.now() - start, longest]); } else { requestAnimationFrame(look); }
    };
    requestAnimationFrame(look);
    [...document.querySelectorAll("button")].find(button => button.innerText === "Sign in").click();
"#;

fn text(number: usize) -> String {
    format!("surat {number}. {}", "kata ".repeat(390))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap()
}

/// Signs in, and returns how long it then takes to read the session.
async fn natively(centre: &Centre) -> Duration {
    let mut device = centre.another_device("bunga-3", None).await;
    let start = Instant::now();
    let session = *device.sessions().await.unwrap().first().unwrap();
    let read = device.sync(session).await.unwrap();
    assert_eq!((read.letters().len(), read.fault()), (LETTERS, None));
    start.elapsed()
}

/// The same in the browser, and its longest frame.
async fn in_browser(browser: &Browser, centre: &Centre) -> (Duration, Duration) {
    browser.goto(&format!("{}/sign-in", centre.relay.url)).await;
    browser.write("handle", "bunga-3").await;
    browser.write("passphrase", PASSPHRASE).await;
    let last = text(LETTERS - 1).chars().take(20).collect::<String>();
    let taken = browser.page.execute_async(OPEN, vec![Value::from(last)]).await.unwrap();
    let taken: [f64; 2] = serde_json::from_value(taken.json().clone()).unwrap();
    let [opened, longest] = taken.map(|milliseconds| Duration::from_secs_f64(milliseconds / 1000.0));
    (opened, longest)
}

#[tokio::main]
async fn main() -> ExitCode {
    let centre = Centre::with_web_client().await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    for number in 0..LETTERS {
        send(&mut client, session, &text(number)).await;
    }
    let browser = Browser::open("en").await;
    let (mut native, mut web, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        native.push(natively(&centre).await);
        let (opened, longest) = in_browser(&browser, &centre).await;
        web.push(opened);
        frames.push(longest);
    }
    let (native, web) = (median(native.split_off(1)), median(web.split_off(1)));
    let frame = frames.split_off(1).into_iter().max().unwrap();
    let ratio = web.as_secs_f64() / native.as_secs_f64();
    let held = |held: bool| if held { "held" } else { "OVER" };
    println!(
        "{} a thread of {LETTERS} letters in the browser against native: {ratio:.2} × (limit {LIMIT} ×), {} ms against {} ms",
        held(ratio <= LIMIT),
        web.as_millis(),
        native.as_millis(),
    );
    println!(
        "{} longest frame meanwhile: {} ms (limit {} ms)",
        held(frame <= FRAME),
        frame.as_millis(),
        FRAME.as_millis()
    );
    if ratio <= LIMIT && frame <= FRAME { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
