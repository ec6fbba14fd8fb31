//! A real Chromium with a fresh profile, driven by WebDriver: pages as people see them, what the browser complained of, and
//! whom it asked.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::extensions::query::ElementQueryable;
use thirtyfour::{
    By, CapabilitiesHelper, ChromiumLikeCapabilities, DesiredCapabilities, Key, LoggingPrefsLogLevel, TypingData,
    WebDriver, WebElement,
};

/// What keeps Chromium from doing anything on its own.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
];
/// The rules of accessibility that pages have to keep: WCAG 2.2, levels A and AA, and axe-core's own advice.
const RULES: &[&str] = &["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// How long something may take that a page does.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often an element is looked for.
const OFTEN: Duration = Duration::from_millis(50);

/// A browser of one person. Dropping it ends it.
#[derive(Debug)]
pub struct Browser {
    /// What is done in it.
    pub page: WebDriver,
    _driver: Driver,
    profile: TempDir,
}

/// What a browser did on the network.
#[derive(Debug)]
pub struct Traffic {
    /// The addresses that it asked for pages, in the page and in workers.
    pub asked: Vec<String>,
    /// All that it sent through TLS, before it was encrypted.
    pub sent: Vec<u8>,
}

/// A driver in a process of its own. Dropping it ends it, and its Chromium with it.
#[derive(Debug)]
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _already_gone = (self.0.kill(), self.0.wait());
    }
}

/// Where something is that `cargo xtask test` got ready.
///
/// # Panics
/// If it is not there.
pub fn from_xtask(name: &str) -> PathBuf {
    let found = std::env::var_os(name).map(PathBuf::from);
    found.unwrap_or_else(|| panic!("{name} is not set: run the tests with `cargo xtask test`"))
}

impl Browser {
    /// Opens a browser that has never been used, of somebody who reads this language.
    ///
    /// # Panics
    /// If it does not open.
    pub async fn open(language: &str) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut driver = Command::new(from_xtask("AMANAH_TEST_CHROMEDRIVER"));
        driver.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = Driver(driver.spawn().expect("chromedriver starts"));
        let port = port(&mut driver.0);
        let mut wanted = DesiredCapabilities::chrome();
        let chromium = from_xtask("AMANAH_TEST_CHROMIUM");
        wanted.set_binary(&chromium.to_string_lossy()).expect("a path");
        for flag in FLAGS {
            wanted.add_arg(flag).expect("a flag");
        }
        let inside = |name: &str| profile.path().join(name).display().to_string();
        wanted.add_arg(&format!("--user-data-dir={}", inside("profile"))).expect("a flag");
        wanted.add_arg(&format!("--log-net-log={}", inside("requests.json"))).expect("a flag");
        wanted.add_arg("--net-log-capture-mode=Everything").expect("a flag");
        wanted.add_arg(&format!("--accept-lang={language}")).expect("a flag");
        // the relay's certificate is its own
        wanted.accept_insecure_certs(true).expect("a capability");
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a capability");
        // the client of WebDriver speaks plain HTTP here, and still insists on a provider
        let _there_already = amanah_tls::provider().install_default();
        let page = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.expect("Chromium opens");
        page.set_script_timeout(PATIENCE).await.expect("set");
        Self { page, _driver: driver, profile }
    }

    /// Goes to an address and waits until it is loaded.
    ///
    /// # Panics
    /// If it does not load.
    pub async fn goto(&self, url: &str) {
        self.page.goto(url).await.expect("loaded");
    }

    /// Waits until the page shows this text to somebody who looks.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn shows(&self, text: &str) {
        const WAIT: &str = "const [text, done] = arguments; \
             const look = () => document.body.innerText.replace(/\\s+/g, ' ').includes(text) && (done(true), true); \
             look() || new MutationObserver((_, seen) => look() && seen.disconnect()).observe(document, \
                 { subtree: true, childList: true, characterData: true, attributes: true })";
        let shown = self.page.execute_async(WAIT, vec![json!(text)]).await;
        assert!(shown.is_ok(), "the page does not show {text:?} but:\n{}", self.text().await);
    }

    /// Waits until the page shows this text no more.
    ///
    /// # Panics
    /// If it still does after some time.
    pub async fn gone(&self, text: &str) {
        let start = Instant::now();
        while self.text().await.contains(text) {
            assert!(start.elapsed() < PATIENCE, "the page still shows {text:?}");
        }
    }

    /// Waits until the browser is at this address, whether or not it could be loaded.
    ///
    /// # Panics
    /// If it does not go there in time.
    pub async fn is_at(&self, url: &str) {
        let start = Instant::now();
        while self.page.current_url().await.expect("an address").as_str() != url {
            assert!(start.elapsed() < PATIENCE, "the browser does not go to {url}");
        }
    }

    /// All that the page shows.
    ///
    /// # Panics
    /// If there is no page.
    pub async fn text(&self) -> String {
        let text = self.run("return document.body.innerText", Vec::new()).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Types into the field with this id, in place of what was in it.
    ///
    /// # Panics
    /// If there is none.
    pub async fn write(&self, id: &str, text: &str) {
        let field = self.seen(By::Id(id)).await;
        field.clear().await.expect("emptied");
        field.send_keys(text).await.expect("typed");
    }

    /// Presses the button, the link or whatever else can be pressed that says this and nothing else.
    ///
    /// # Panics
    /// If there is none.
    pub async fn press(&self, text: &str) {
        let says = format!("//*[self::button or self::a or self::summary][normalize-space(.)={text:?}]");
        self.click(By::XPath(says)).await;
    }

    /// Presses the button that says this, where something else says the same.
    ///
    /// # Panics
    /// If there is none.
    pub async fn press_button(&self, text: &str) {
        self.click(By::XPath(format!("//button[normalize-space(.)={text:?}]"))).await;
    }

    /// Presses the choice or the card on which this stands.
    ///
    /// # Panics
    /// If there is none.
    pub async fn choose(&self, text: &str) {
        let says = format!("//*[self::label or self::a][contains(normalize-space(.), {text:?})]");
        self.click(By::XPath(says)).await;
    }

    /// Chooses the option with this value in the list with this id.
    ///
    /// # Panics
    /// If there is none.
    pub async fn choose_option(&self, id: &str, value: &str) {
        self.click(By::Css(format!("#{id} option[value={value:?}]"))).await;
    }

    /// Picks the choice on which this stands in the list with this id.
    ///
    /// # Panics
    /// If there is none.
    pub async fn pick(&self, id: &str, text: &str) {
        let says = format!("//select[@id={id:?}]/option[contains(normalize-space(.), {text:?})]");
        self.click(By::XPath(says)).await;
    }

    /// Presses it in the middle of the window, where nothing that stays at the edges covers it.
    async fn click(&self, by: By) {
        let element = self.seen(by).await;
        element.scroll_into_view().await.expect("in view");
        element.click().await.expect("pressed");
    }

    async fn seen(&self, by: By) -> WebElement {
        let wanted = self.page.query(by.clone()).wait(PATIENCE, OFTEN).and_displayed().first().await;
        if let Ok(found) = wanted {
            return found;
        }
        panic!("{by} is not in:\n{}", self.text().await)
    }

    /// Goes with the tabulator key until it is where this stands, and returns how often it was pressed.
    ///
    /// # Panics
    /// If the key does not lead there.
    pub async fn tab_to(&self, text: &str) -> usize {
        const HERE: &str = "const at = document.activeElement; return [at.innerText, \
             at.labels?.[0]?.innerText, at.querySelector('.name')?.innerText, at.labels?.[0]?.querySelector('.name')?.innerText].map(text => (text ?? '').replace(/\\s+/g, ' ').trim())";
        for times in 1..60 {
            self.keys(Key::Tab).await;
            let here = self.run(HERE, Vec::new()).await;
            if here.as_array().into_iter().flatten().any(|said| said == text) {
                return times;
            }
        }
        panic!("the tabulator key does not lead to {text:?}")
    }

    /// Types keys, wherever they go.
    ///
    /// # Panics
    /// If they cannot be typed.
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        self.page.action_chain().send_keys(keys).perform().await.expect("typed");
    }

    /// What this browser keeps of this page: in all kinds of storage, and as cookies.
    ///
    /// # Panics
    /// If it does not say.
    pub async fn kept(&self) -> Value {
        const LOOK: &str = "const done = arguments[0]; \
             Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()]).then(all => \
                 done([localStorage.length, sessionStorage.length, ...all.map(found => found.length), document.cookie]))";
        self.page.execute_async(LOOK, Vec::new()).await.expect("it looks").json().clone()
    }

    /// From now on, pages are so wide, in CSS pixels: a phone or a desktop.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn be_wide(&self, width: u32) {
        let is_phone = width < 600;
        let metrics = json!({
            "width": width, "height": if is_phone { 740 } else { 800 }, "deviceScaleFactor": 1, "mobile": is_phone,
        });
        self.does("Emulation.setDeviceMetricsOverride", metrics).await;
        self.does("Emulation.setTouchEmulationEnabled", json!({ "enabled": is_phone })).await;
    }

    /// From now on, the person prefers dark pages, or light ones.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn be_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.does("Emulation.setEmulatedMedia", features).await;
    }

    /// From now on, this is a machine so many times slower.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn be_slow(&self, times: u32) {
        self.does("Emulation.setCPUThrottlingRate", json!({ "rate": times })).await;
    }

    /// From now on, pages run no script.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn run_no_scripts(&self) {
        self.does("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// From now on, the browser is connected to nothing, or connected again.
    ///
    /// # Panics
    /// If it refuses.
    pub async fn be_offline(&self, offline: bool) {
        self.does("Network.enable", json!({})).await;
        let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.does("Network.emulateNetworkConditions", conditions).await;
    }

    /// From now on, nothing comes to pages from addresses like this one.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn block(&self, pattern: &str) {
        self.does("Network.enable", json!({})).await;
        self.does("Network.setBlockedURLs", json!({ "urls": [pattern] })).await;
    }

    /// Gives a command of the DevTools protocol.
    async fn does(&self, method: &str, parameters: Value) {
        self.page.cdp().send_raw(method, parameters).await.expect("the browser does it");
    }

    /// Runs a script in the page.
    ///
    /// # Panics
    /// If it fails.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.page.execute(script, arguments).await.expect("it runs").json().clone()
    }

    /// Runs a script in the page until it returns something.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn until(&self, script: &str) -> Value {
        let start = Instant::now();
        loop {
            let value = self.run(script, Vec::new()).await;
            if !value.is_null() {
                return value;
            }
            assert!(start.elapsed() < PATIENCE, "{script} returns nothing");
        }
    }

    /// From now on, keeps the files that pages give to people.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn keep_files(&self) {
        let folder = self.profile.path().join("files").display().to_string();
        self.does("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": folder })).await;
    }

    /// The file of this name that a page gave to the person.
    ///
    /// # Panics
    /// If there is none in time.
    pub fn file(&self, name: &str) -> Vec<u8> {
        let (path, start) = (self.profile.path().join("files").join(name), Instant::now());
        loop {
            // Chromium holds the place with an empty file, and puts the whole one there when it is written
            if let Some(file) = std::fs::read(&path).ok().filter(|file| !file.is_empty()) {
                return file;
            }
            assert!(start.elapsed() < PATIENCE, "no file {name} was given");
            std::thread::yield_now();
        }
    }

    /// Writes what the page shows, as far as it can be scrolled, to the folder of screenshots.
    ///
    /// # Panics
    /// If it cannot be written.
    pub async fn screenshot(&self, name: &str) {
        let folder = from_xtask("AMANAH_TEST_SCREENSHOTS");
        std::fs::create_dir_all(&folder).expect("a folder");
        let shown = self.page.cdp().send_raw("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await;
        let shown = shown.expect("a screenshot");
        let png = shown.get("data").and_then(Value::as_str).expect("a picture in base64");
        let png = <base64ct::Base64 as base64ct::Encoding>::decode_vec(png).expect("base64");
        std::fs::write(folder.join(name).with_extension("png"), png).expect("written");
    }

    /// What keeps people out of this page, as axe-core finds it: each rule with the places where it is broken.
    ///
    /// # Panics
    /// If axe-core does not run.
    pub async fn barriers(&self) -> Vec<String> {
        let axe = std::fs::read_to_string(from_xtask("AMANAH_TEST_AXE")).expect("axe-core");
        self.page.execute(axe, Vec::new()).await.expect("axe-core runs");
        let script = "const [rules, done] = arguments; \
             axe.run(document, { runOnly: rules }).then(found => done(found.violations), error => done(String(error)))";
        let found = self.page.execute_async(script, vec![json!(RULES)]).await.expect("axe-core answers");
        let found = found.json().as_array().unwrap_or_else(|| panic!("axe-core failed: {}", found.json())).clone();
        found.iter().map(|rule| format!("{}: {} at {}", rule["id"], rule["help"], places(rule))).collect()
    }

    /// What the browser complained of on its console since it was last asked: errors, and what the policy of the page
    /// forbids.
    ///
    /// # Panics
    /// If it keeps no log.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.page.browser_log().await.expect("a log");
        log.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
    }

    /// Closes the browser, and returns what it did on the network.
    ///
    /// # Panics
    /// If it does not close.
    pub async fn close(self) -> Traffic {
        let Self { page, _driver: driver, profile } = self;
        page.quit().await.expect("closed");
        let start = Instant::now();
        let log = loop {
            // Chromium finishes its log when it ends, which is a little after it has closed
            let log = std::fs::read(profile.path().join("requests.json")).expect("a log");
            if let Ok(log) = serde_json::from_slice(&log) {
                break log;
            }
            assert!(start.elapsed() < PATIENCE, "Chromium does not finish its log");
        };
        drop(driver);
        Traffic { asked: asked_by_pages(&log), sent: sent(&log) }
    }
}

/// The port that a driver says it listens on.
fn port(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().expect("standard output is a pipe"));
    let mut line = String::new();
    loop {
        line.clear();
        assert!(lines.read_line(&mut line).expect("UTF-8") > 0, "chromedriver did not start");
        if let Some((_, port)) = line.trim_end().trim_end_matches('.').rsplit_once("started successfully on port ") {
            let port = port.parse().expect("a port");
            // Keep reading, so that the driver never blocks on a full pipe.
            std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
            return port;
        }
    }
}

fn places(rule: &Value) -> String {
    let nodes = rule["nodes"].as_array().into_iter().flatten();
    nodes.map(|node| node["target"].to_string()).collect::<Vec<_>>().join(" ")
}

/// What went into TLS, as Chromium's log of its network has it.
fn sent(log: &Value) -> Vec<u8> {
    let kind = log.pointer("/constants/logEventTypes/SSL_SOCKET_BYTES_SENT");
    let events = log["events"].as_array().into_iter().flatten().filter(|event| event.get("type") == kind);
    let bytes = events.filter_map(|event| event.pointer("/params/bytes")?.as_str());
    bytes.flat_map(|text| <base64ct::Base64 as base64ct::Encoding>::decode_vec(text).expect("base64")).collect()
}

/// The addresses in Chromium's log of its network that pages or their workers asked for or went to. What Chromium asks for
/// on its own has no page that initiated it.
fn asked_by_pages(log: &Value) -> Vec<String> {
    let text = |event: &Value, name: &str| event.pointer(&format!("/params/{name}"))?.as_str().map(str::to_owned);
    let is_of_page = |event: &&Value| text(event, "initiator").is_some_and(|page| page.starts_with("http"));
    let kind = log.pointer("/constants/logEventTypes/URL_REQUEST_START_JOB");
    let events = log["events"].as_array().into_iter().flatten();
    let started = events.filter(|event| event.get("type") == kind && is_of_page(event));
    started.filter_map(|event| text(event, "url")).collect()
}
