//! A browser, driven over `WebDriver`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::driver::{Driver, programs};
use crate::wire::exchange;

/// One browser at a time: they are heavy.
static ONE: Mutex<()> = Mutex::new(());

/// How often a condition is looked at before it is given up, ...
const LOOKS: u32 = 1_200;
/// ... and how long after the last look.
const STEP: Duration = Duration::from_millis(25);
/// How `WebDriver` names a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How a browser is started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Whether pages may run scripts.
    pub(crate) scripts: bool,
    /// What `accept-language` says.
    pub(crate) language: &'static str,
    /// Width and height of the window's inside.
    pub(crate) size: (u32, u32),
}

impl Default for Kind {
    fn default() -> Self {
        Self { scripts: true, language: "en", size: (1_280, 900) }
    }
}

/// A running browser; it ends when dropped.
pub(crate) struct Browser {
    driver: Driver,
    session: String,
    base: String,
    _profile: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts one for the shop at `base`; `None`, said by the test's `name`, where there is none.
    #[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
    pub(crate) fn start(name: &str, base: &str, kind: Kind) -> Option<Self> {
        let (chromium, driver) = match programs() {
            Ok(programs) => programs,
            Err(why) => {
                println!("skipped: {name}: {why}");
                return None;
            }
        };
        let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().unwrap();
        let driver = Driver::start(&driver);
        let wanted =
            capabilities(&chromium.display().to_string(), &profile.path().display().to_string(), kind);
        let made = exchange(driver.port, "POST", "/session", &wanted).unwrap();
        let session = made["sessionId"].as_str().unwrap().to_owned();
        let browser = Self { driver, session, base: base.to_owned(), _profile: profile, _alone: alone };
        browser.resize(kind.size);
        Some(browser)
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        exchange(self.driver.port, method, &format!("/session/{}{path}", self.session), body)
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn chrome(&self, name: &str, params: &Value) -> Value {
        self.command("POST", "/goog/cdp/execute", &json!({ "cmd": name, "params": params })).unwrap()
    }

    /// Gives the page this much room.
    pub(crate) fn resize(&self, (width, height): (u32, u32)) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.chrome("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Opens the page at `path`.
    pub(crate) fn open(&self, path: &str) {
        self.command("POST", "/url", &json!({ "url": format!("{}{path}", self.base) })).unwrap();
    }

    /// The path and query of the page that is open.
    pub(crate) fn at(&self) -> String {
        let url = self.command("GET", "/url", &Value::Null).unwrap();
        url.as_str().unwrap().strip_prefix(&self.base).unwrap_or_default().to_owned()
    }

    /// The page's title.
    pub(crate) fn title(&self) -> String {
        self.command("GET", "/title", &Value::Null).unwrap().as_str().unwrap().to_owned()
    }

    /// The page's text, as it is seen.
    pub(crate) fn text(&self) -> String {
        self.text_of("body")
    }

    /// The text of the first element that `css` finds; empty if there is none.
    pub(crate) fn text_of(&self, css: &str) -> String {
        let Some(element) = self.find(css) else { return String::new() };
        let text = self.command("GET", &format!("/element/{element}/text"), &Value::Null);
        text.map_or(String::new(), |text| text.as_str().unwrap_or("").to_owned())
    }

    fn find(&self, css: &str) -> Option<String> {
        let wanted = json!({ "using": "css selector", "value": css });
        Some(self.command("POST", "/element", &wanted).ok()?[ELEMENT].as_str()?.to_owned())
    }

    /// Whether there is such an element.
    pub(crate) fn has(&self, css: &str) -> bool {
        self.find(css).is_some()
    }

    /// Clicks the element, which must come to be there.
    pub(crate) fn click(&self, css: &str) {
        self.until(&format!("{css} can be clicked"), || {
            let element = self.find(css)?;
            self.command("POST", &format!("/element/{element}/click"), &json!({})).ok()
        });
    }

    /// Types `text` into the field, in place of what is there.
    pub(crate) fn fill(&self, css: &str, text: &str) {
        self.until(&format!("{css} can be filled"), || {
            let element = self.find(css)?;
            self.command("POST", &format!("/element/{element}/clear"), &json!({})).ok()?;
            self.command("POST", &format!("/element/{element}/value"), &json!({ "text": text })).ok()
        });
    }

    /// What a script answers.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.command("POST", "/execute/sync", &json!({ "script": script, "args": [] })).unwrap()
    }

    /// What a script hands to its last argument, a function.
    pub(crate) fn script_later(&self, script: &str) -> Value {
        self.command("POST", "/execute/async", &json!({ "script": script, "args": [] })).unwrap()
    }

    /// The whole page as PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let metrics = self.chrome("Page.getLayoutMetrics", &json!({}));
        let size = &metrics["cssContentSize"];
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let shot = self.chrome("Page.captureScreenshot", &wanted);
        STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()
    }

    /// Waits until `holds`, which it must within a bound.
    pub(crate) fn wait(&self, what: &str, holds: impl Fn() -> bool) {
        self.until(what, || holds().then_some(()));
    }

    /// Waits until the page shows this text.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait(&format!("the page shows “{text}”"), || self.text().contains(text));
    }

    fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        for _ in 0..LOOKS {
            if let Some(seen) = look() {
                return seen;
            }
            std::thread::sleep(STEP);
        }
        panic!("it did not come about: {what}; at {}: {}", self.at(), self.text());
    }

    /// Opens a further tab and goes on there; answers the name of the one before.
    pub(crate) fn new_tab(&self) -> (String, String) {
        let here = self.command("GET", "/window", &Value::Null).unwrap();
        let made = self.command("POST", "/window/new", &json!({ "type": "tab" })).unwrap();
        let names = (here.as_str().unwrap().to_owned(), made["handle"].as_str().unwrap().to_owned());
        self.go_to_tab(&names.1);
        names
    }

    /// Goes on in the tab of this name.
    pub(crate) fn go_to_tab(&self, name: &str) {
        self.command("POST", "/window", &json!({ "handle": name })).unwrap();
    }

    /// Has no cookies any more.
    pub(crate) fn forget_cookies(&self) {
        self.chrome("Network.clearBrowserCookies", &json!({}));
    }

    /// Chooses language and colours, by their cookies.
    pub(crate) fn prefer(&self, lang: &str, theme: &str) {
        for (name, value) in [("lang", lang), ("theme", theme)] {
            self.chrome("Network.setCookie", &json!({ "name": name, "value": value, "url": self.base }));
        }
    }

    /// Logs in by the form.
    pub(crate) fn log_in(&self, name: &str, password: &str) {
        self.open("/shop/login");
        self.fill("#username", name);
        self.fill("#password", password);
        self.click("main form button");
        self.wait("the login leads on", || self.at() == "/shop");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends Chromium; the driver itself ends after it.
        let _ = self.command("DELETE", "", &Value::Null);
    }
}

fn capabilities(chromium: &str, profile: &str, kind: Kind) -> Value {
    let mut args: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--force-prefers-reduced-motion",
    ]
    .map(str::to_owned)
    .into();
    args.push(format!("--user-data-dir={profile}"));
    args.push(format!("--lang={}", kind.language));
    let mut prefs = json!({ "intl.accept_languages": kind.language });
    if !kind.scripts {
        prefs["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "timeouts": { "script": 60_000, "pageLoad": 60_000 },
        "goog:chromeOptions": { "binary": chromium, "args": args, "prefs": prefs },
    } } })
}
