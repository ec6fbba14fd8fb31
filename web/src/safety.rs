//! Leaving quickly, and locking when nobody is there.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

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

/// Within which time the second Esc counts.
const TWICE_MS: f64 = 1500.0;

/// Ends the keeper, empties the page and goes elsewhere, in place of this entry of the history.
pub(crate) fn leave() {
    link::end();
    drafts::forget();
    if let Some(body) = document().body() {
        body.set_inner_html("");
    }
    let _there_is_no_other_way = window().location().replace(ELSEWHERE);
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
    let last_escape = StoredValue::new(0.0);
    let look = move || {
        let left = LOCK_AFTER_MS - (js_sys::Date::now() - last_seen.get_value());
        let signed_in = desk.me.with_untracked(Option::is_some) || desk.issued.with_untracked(Option::is_some);
        if left <= 0.0 && signed_in {
            desk.end(Ended::Locked);
        } else if left <= 0.0 {
            // somebody may have gone while they signed in
            link::end();
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
        });
    }
    on_window("keydown", move |event| {
        let escape = event.dyn_ref::<web_sys::KeyboardEvent>().is_some_and(|event| event.key() == "Escape");
        let now = js_sys::Date::now();
        if escape && now - last_escape.get_value() < TWICE_MS {
            leave();
        }
        last_escape.set_value(if escape { now } else { 0.0 });
    });
    // nothing stays behind in a page that the browser keeps for going back
    on_window("pagehide", |_| {
        link::end();
        if let Some(body) = document().body() {
            body.set_inner_html("");
        }
    });
    on_window("pageshow", |event| {
        let persisted = js_sys::Reflect::get(&event, &"persisted".into()).is_ok_and(|value| value.is_truthy());
        if persisted {
            let _it_is_empty_anyway = window().location().reload();
        }
    });
    on_window("online", move |_| desk.online.set(true));
    on_window("offline", move |_| desk.online.set(false));
    desk.online.set(window().navigator().on_line());
    set_interval(look, std::time::Duration::from_secs(1));
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
    let drafts = move || desk.drafts.with(|drafts| !drafts.is_empty());
    view! {
        <div class="lock-warning" role="alert" hidden=move || left.get().is_none()>
            {move || left.get().map(|seconds| view! {
                <p>{fill("lock-soon", &[("seconds", seconds.into())])}</p>
                {drafts().then(|| view! { <p>{t("lock-draft")}</p> })}
                <p class="quiet">{t("lock-stay")}</p>
            })}
        </div>
    }
}
