//! Leaving quickly, and locking when nobody is there.

use std::cell::Cell;
use std::time::Duration;

use js_sys::{Array, Function, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::desk::{Desk, Ended, desk};
use crate::drafts;
use crate::link;
use crate::texts::{fill, t};

/// Where somebody is who left quickly: a page that says nothing about them.
const ELSEWHERE: &str = "https://www.wikipedia.org/";

/// How long nothing may happen before the page locks.
const LOCK_AFTER_MS: f64 = 10.0 * 60_000.0;

/// How long before that the page says so.
const WARN_BEFORE_MS: f64 = 60_000.0;

/// How long the way back in the history may take.
const GOING_BACK: Duration = Duration::from_millis(500);

/// Within which time the second Esc counts.
const TWICE_MS: f64 = 1500.0;

thread_local! {
    /// Whether somebody is leaving quickly.
    static LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// Ends the keeper, empties the page and goes elsewhere, in place of the first entry that this page has in the history, so that
/// the way back leads past all of it.
pub(crate) fn leave() {
    link::end();
    drafts::forget();
    empty();
    let entries = entries_before();
    if LEAVING.replace(true) || entries == 0 {
        go_elsewhere();
    } else {
        let _going_back = window().history().and_then(|history| history.go_with_delta(-entries));
        set_timeout(go_elsewhere, GOING_BACK);
    }
}

fn go_elsewhere() {
    let _there_is_no_other_way = window().location().replace(ELSEWHERE);
}

fn empty() {
    if let Some(body) = document().body() {
        body.set_inner_html("");
    }
}

/// How many entries of this page the history has before this one; 0 in a browser that does not say.
fn entries_before() -> i32 {
    let count = || -> Result<usize, JsValue> {
        let get = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name));
        let navigation = get(&window(), "navigation")?;
        let entries = get(&navigation, "entries")?.dyn_into::<Function>()?.call0(&navigation)?.dyn_into::<Array>()?;
        let here = get(&get(&navigation, "currentEntry")?, "index")?;
        let entries: Vec<JsValue> =
            entries.iter().take_while(|entry| get(entry, "index").is_ok_and(|at| at != here)).collect();
        let same = |entry: &&JsValue| get(entry, "sameDocument").is_ok_and(|same| same.is_truthy());
        Ok(entries.iter().rev().take_while(same).count())
    };
    count().ok().and_then(|count| i32::try_from(count).ok()).unwrap_or_default()
}

/// Listens for as long as the page is open.
pub(crate) fn on_window(name: &str, heard: impl Fn(web_sys::Event) + 'static) {
    let heard = Closure::<dyn Fn(web_sys::Event)>::new(heard);
    let _there_is_a_window = window().add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
    heard.forget();
}

/// Watches over the page for as long as it is open.
pub(crate) fn watch(desk: Desk) -> RwSignal<Option<u32>> {
    let warned = RwSignal::new(None);
    let last_seen = StoredValue::new(js_sys::Date::now());
    let (last_escape, typed) = (StoredValue::new(0.0), StoredValue::new(false));
    let look = move || {
        let left = LOCK_AFTER_MS - (js_sys::Date::now() - last_seen.get_value());
        let signed_in = desk.me.with_untracked(Option::is_some) || desk.issued.with_untracked(Option::is_some);
        if left <= 0.0 && desk.me.with_untracked(Option::is_some) {
            typed.set_value(false);
            desk.lock(Ended::Locked);
        } else if left <= 0.0 && signed_in {
            typed.set_value(false);
            desk.end(Ended::Unfinished);
        } else if left <= 0.0 {
            // somebody may have gone while they signed in, with a secret in a field
            link::end();
            if typed.get_value() {
                typed.set_value(false);
                let _there_is_nothing_to_keep = window().location().reload();
            }
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 60")]
        let seconds = (signed_in && left > 0.0 && left <= WARN_BEFORE_MS).then(|| (left / 1000.0).ceil() as u32);
        if warned.get_untracked() != seconds {
            warned.set(seconds);
        }
    };
    for name in ["pointerdown", "keydown", "input", "scroll"] {
        on_window(name, move |_| {
            // a device that slept has not looked meanwhile
            look();
            last_seen.set_value(js_sys::Date::now());
            if name == "input" {
                typed.set_value(desk.me.with_untracked(Option::is_none));
            }
        });
    }
    for name in ["visibilitychange", "focus", "resume"] {
        on_window(name, move |_| look());
    }
    on_window("keydown", move |event| {
        let escape = event.dyn_ref::<web_sys::KeyboardEvent>().is_some_and(|event| event.key() == "Escape");
        let now = js_sys::Date::now();
        if escape && (LEAVING.get() || now - last_escape.get_value() < TWICE_MS) {
            // by itself, the browser would stop loading the other page
            event.prevent_default();
            leave();
        }
        last_escape.set_value(if escape { now } else { 0.0 });
    });
    // nothing stays behind in a page that the browser keeps for going back
    on_window("pagehide", |_| {
        link::end();
        empty();
    });
    on_window("popstate", |event| {
        if LEAVING.get() {
            event.stop_immediate_propagation();
            go_elsewhere();
        }
    });
    on_window("pageshow", |event| {
        let persisted = Reflect::get(&event, &"persisted".into()).is_ok_and(|value| value.is_truthy());
        if persisted {
            let _it_is_empty_anyway = window().location().reload();
        }
    });
    on_window("online", move |_| desk.online.set(true));
    on_window("offline", move |_| desk.online.set(false));
    desk.online.set(window().navigator().on_line());
    set_interval(look, Duration::from_secs(1));
    warned
}

/// The button for leaving quickly.
#[component]
pub(crate) fn QuickExit() -> impl IntoView {
    view! {
        <button type="button" class="exit" on:click=|_| leave() aria-describedby="exit-note">
            {t("exit")}
        </button>
    }
}

/// Says that the page locks soon.
#[component]
pub(crate) fn LockWarning(left: RwSignal<Option<u32>>) -> impl IntoView {
    let desk = desk();
    let soon = Memo::new(move |_| left.with(Option::is_some));
    let draft = move || {
        let unkept = desk.unkept.get();
        let writes = desk.drafts.with(|drafts| !drafts.is_empty());
        writes.then(|| t(if unkept { "lock-unkept" } else { "lock-draft" }))
    };
    view! {
        <div class="lock-warning" hidden=move || !soon.get()>
            // said once, and not each second
            <div role="alert">
                {move || soon.get().then(|| view! {
                    <p>{t("lock-soon")}</p>
                    {draft().map(|text| view! { <p>{text}</p> })}
                    <p class="quiet">{t("lock-stay")}</p>
                })}
            </div>
            <p class="quiet" aria-hidden="true">{move || left.get().map(|left| fill("lock-left", &[("seconds", left.into())]))}</p>
        </div>
    }
}
