//! What several pages are made of.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use crate::desk::{Doing, desk};
use crate::message::{Permission, Person};
use crate::problem::Problem;
use crate::strength::{Strength, measure};
use crate::texts::{Language, fill, language, say, t};

/// A page with its heading, to which the keyboard goes first.
#[component]
pub(crate) fn Page(
    /// The id of its heading.
    title: &'static str,
    /// Its heading, where it names somebody.
    #[prop(optional, into)]
    heading: Option<Signal<String>>,
    children: Children,
) -> impl IntoView {
    let words = move || heading.map_or_else(|| say(title), |heading| heading.get());
    let place = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            let _it_is_there = place.focus();
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    });
    view! {
        <h1 tabindex="-1" node_ref=place>{words}</h1>
        {children()}
    }
}

/// What went wrong, and what to do.
#[component]
pub(crate) fn Wrong(problem: RwSignal<Option<Problem>>) -> impl IntoView {
    view! {
        <div role="alert">
            {move || problem.get().map(|problem| view! { <WrongNow problem/> })}
        </div>
    }
}

/// The same for something that could not be loaded, with a button to try it again. It tries by itself once the browser is
/// connected again.
#[component]
pub(crate) fn NotLoaded(doing: Doing) -> impl IntoView {
    let desk = desk();
    let failed = move || doing.problem.with(Option::is_some);
    Effect::new(move |before: Option<bool>| {
        let online = desk.online.get();
        if before == Some(false) && online && doing.problem.with_untracked(Option::is_some) {
            doing.try_again();
        }
        online
    });
    view! {
        <Wrong problem=doing.problem/>
        {move || failed().then(|| view! {
            <p class="actions">
                <button type="button" class="second" on:click=move |_| doing.try_again()>{t("try-again")}</button>
            </p>
        })}
    }
}

/// Moves the keyboard to the heading of the page.
pub(crate) fn focus_heading() {
    let heading = document().query_selector("h1").ok().flatten();
    if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _it_is_there = heading.focus();
    }
}

/// A problem that is there.
#[component]
pub(crate) fn WrongNow(problem: Problem) -> impl IntoView {
    let id = problem.trouble.id();
    view! {
        <div class="note wrong">
            <p><strong>{move || say(id)}</strong></p>
            <p>{move || say(&format!("{id}.do"))}</p>
        </div>
    }
}

/// What is being done, for eyes and for screen readers.
#[component]
pub(crate) fn Working(
    doing: Doing,
    /// The id of the text.
    text: &'static str,
) -> impl IntoView {
    view! {
        <p class="working" role="status">
            {move || doing.busy.get().then(|| view! { <span class="dots" aria-hidden="true"></span>{t(text)} })}
        </p>
    }
}

/// A line in which somebody types something.
#[component]
pub(crate) fn Field(
    /// The id of its label.
    label: &'static str,
    /// The name of the field in the page.
    #[prop(into)]
    name: String,
    value: RwSignal<String>,
    /// The id of what explains it.
    #[prop(optional)]
    hint: Option<&'static str>,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let describes = format!("{name}-hint");
    view! {
        <div class="field">
            <label for=name.clone()>{t(label)}</label>
            {hint.map(|hint| view! { <p class="hint" id=describes.clone()>{t(hint)}</p> })}
            <input
                id=name.clone()
                name=name.clone()
                type="text"
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=required
                aria-describedby=hint.map(|_| describes.clone())
                prop:value=move || value.get()
                on:input:target=move |event| value.set(event.target().value())
            />
        </div>
    }
}

/// A field for some lines of text.
#[component]
pub(crate) fn LongField(
    /// The id of its label.
    label: &'static str,
    /// The name of the field in the page.
    name: &'static str,
    value: RwSignal<String>,
    /// The id of what explains it.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> impl IntoView {
    let describes = format!("{name}-hint");
    view! {
        <div class="field">
            <label for=name>{t(label)}</label>
            {hint.map(|hint| view! { <p class="hint" id=describes.clone()>{t(hint)}</p> })}
            <textarea
                id=name
                name=name
                class="short"
                rows="5"
                autocomplete="off"
                spellcheck="false"
                aria-describedby=hint.map(|_| describes.clone())
                prop:value=move || value.get()
                on:input:target=move |event| value.set(event.target().value())
            ></textarea>
        </div>
    }
}

/// A line for something that nobody else is to see.
#[component]
pub(crate) fn SecretField(
    /// The id of its label.
    label: &'static str,
    /// The name of the field in the page.
    name: &'static str,
    value: RwSignal<String>,
    /// The id of what explains it.
    #[prop(optional)]
    hint: Option<&'static str>,
    #[prop(default = "off")] autocomplete: &'static str,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let describes = format!("{name}-hint");
    view! {
        <div class="field">
            <label for=name>{t(label)}</label>
            {hint.map(|hint| view! { <p class="hint" id=describes.clone()>{t(hint)}</p> })}
            <div class="with-button">
                <input
                    id=name
                    name=name
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    aria-describedby=hint.map(|_| describes.clone())
                    prop:value=move || value.get()
                    on:input:target=move |event| value.set(event.target().value())
                />
                <button
                    type="button"
                    class="plain"
                    aria-pressed=move || shown.get().to_string()
                    aria-controls=name
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { say("hide") } else { say("show") }}
                </button>
            </div>
        </div>
    }
}

/// A passphrase that somebody is choosing.
#[derive(Clone, Copy)]
pub(crate) struct Chosen {
    value: RwSignal<String>,
    strength: Signal<Strength>,
    weak: RwSignal<bool>,
}

impl Chosen {
    /// Nothing yet, for somebody with this pseudonym.
    pub(crate) fn new(handle: impl Fn() -> String + Send + Sync + 'static) -> Self {
        let value = RwSignal::new(String::new());
        let strength = Signal::derive(move || value.with(|passphrase| measure(passphrase, &handle())));
        Self { value, strength, weak: RwSignal::new(false) }
    }

    /// The passphrase, if it is hard enough to guess; else the page says that it is not.
    pub(crate) fn take(self) -> Option<String> {
        let enough = self.strength.get_untracked().is_enough();
        self.weak.set(!enough);
        enough.then(|| self.value.get_untracked())
    }

    /// Forgets what was typed.
    pub(crate) fn clear(self) {
        self.value.set(String::new());
    }
}

/// A new passphrase with how hard it is to guess.
#[component]
pub(crate) fn NewPassphrase(chosen: Chosen) -> impl IntoView {
    let Chosen { value, strength, weak } = chosen;
    let empty = move || value.with(String::is_empty);
    let words = move || {
        let Strength { score, long_enough } = strength.get();
        match (empty(), long_enough) {
            (true, _) => String::new(),
            (false, true) => say(&format!("strength-{score}")),
            (false, false) => say("strength-short"),
        }
    };
    let score = move || {
        let Strength { score, long_enough } = strength.get();
        if long_enough { score.max(1) } else { 0 }.to_string()
    };
    view! {
        <SecretField
            label="new-passphrase"
            name="new-passphrase"
            value
            hint="passphrase-advice"
            autocomplete="new-password"
        />
        <meter class="strength" hidden=empty min="0" max="4" low="2" high="3" optimum="4" aria-hidden="true" prop:value=score></meter>
        <p class="hint strength-words" role="status">{words}</p>
        <p role="alert" class="wrong-line">{move || weak.get().then(t("passphrase-weak"))}</p>
    }
}

/// How somebody in a session is called: by the name under which the centre appointed them, or by what they
/// want to be called.
pub(crate) fn name_of(person: &Person) -> String {
    match &person.name {
        _ if person.own => say("you"),
        Some(name) => name.clone(),
        None => {
            let role = say(&format!("role-{}", person.role));
            fill("somebody", &[("role", role.into()), ("called", person.called.clone().into())])
        }
    }
}

/// What was allowed, and to whom.
pub(crate) fn with_name(permission: &Permission) -> String {
    let text = say(&format!("purpose-{}", permission.purpose));
    permission.name.as_ref().map_or_else(|| text.clone(), |name| format!("{text} ({name})"))
}

/// Names in a row, as the language writes them.
pub(crate) fn in_a_row(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => fill("and", &[("first", first.join(", ").into()), ("last", last.clone().into())]),
    }
}

/// Now by the clock of the device, in milliseconds since 1970.
pub(crate) fn now() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the time is whole and after 1970")]
    let now = js_sys::Date::now() as u64;
    now
}

/// A time, to the minute, as the person and the device have it.
pub(crate) fn moment(milliseconds: u64) -> String {
    formatted(milliseconds, &[("dateStyle", "long"), ("timeStyle", "short")])
}

/// A day as the person and the device have it.
pub(crate) fn day(milliseconds: u64) -> String {
    formatted(milliseconds, &[("dateStyle", "long")])
}

fn formatted(milliseconds: u64, style: &[(&str, &str)]) -> String {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds fit until the year 287396")]
    let date = js_sys::Date::new(&JsValue::from_f64(milliseconds as f64));
    let options = js_sys::Object::new();
    for (name, value) in style {
        let _it_is_an_object = js_sys::Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    let tag = if language() == Language::En { "en-GB" } else { language().tag() };
    date.to_locale_string(tag, &options).into()
}

/// A span of time in the largest unit that fits it without a rest, and in minutes that are begun.
pub(crate) fn duration(milliseconds: u64) -> String {
    const HOUR: u64 = 3_600_000;
    let (id, unit) = match milliseconds {
        whole if whole.is_multiple_of(24 * HOUR) => ("duration-days", 24 * HOUR),
        whole if whole.is_multiple_of(HOUR) => ("duration-hours", HOUR),
        _ => ("duration-minutes", 60_000),
    };
    fill(id, &[("count", milliseconds.div_ceil(unit).into())])
}

/// A text of somebody's as paragraphs; short single lines that begin one are its headings.
#[component]
pub(crate) fn Prose(text: String) -> impl IntoView {
    text.split("\n\n")
        .map(|part| {
            let (first, rest) = part.trim().split_once('\n').unwrap_or((part.trim(), ""));
            let heading = !first.ends_with(['.', '!', '?', ':']) && first.chars().count() < 70;
            let (first, rest) = (first.to_owned(), rest.to_owned());
            if heading {
                view! { <h3>{first}</h3> {(!rest.is_empty()).then(|| view! { <p>{rest}</p> })} }.into_any()
            } else {
                view! { <p>{part.trim().to_owned()}</p> }.into_any()
            }
        })
        .collect_view()
}

/// Copies a text for other programs, and says so once it is done.
pub(crate) fn copy_text(text: &str, copied: RwSignal<bool>) {
    let copying = wasm_bindgen_futures::JsFuture::from(window().navigator().clipboard().write_text(text));
    leptos::task::spawn_local(async move {
        let done = copying.await.is_ok();
        let _gone = copied.try_set(done);
    });
}

/// A command to be run on a computer, with a button that copies it.
#[component]
pub(crate) fn CommandLine(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| copy_text(&text.get_untracked(), copied);
    Effect::new(move |_| {
        text.track();
        copied.set(false);
    });
    view! {
        <pre class="command" translate="no" tabindex="0" role="region" aria-label=t("command")>{move || text.get()}</pre>
        <p class="actions">
            <button type="button" class="second" on:click=copy>{t("copy")}</button>
            <span role="status">{move || copied.get().then(t("copied"))}</span>
        </p>
    }
}

/// Gives the person a text as a file. Its name says nothing about them.
pub(crate) fn download(name: &str, text: &str) {
    download_bytes(name, "text/plain;charset=utf-8", text.as_bytes());
}

/// Gives the person a file.
pub(crate) fn download_bytes(name: &str, kind: &str, bytes: &[u8]) {
    let made = || -> Result<(), JsValue> {
        let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
        let options = web_sys::BlobPropertyBag::new();
        options.set_type(kind);
        let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
        let address = web_sys::Url::create_object_url_with_blob(&blob)?;
        let link: web_sys::HtmlAnchorElement = document().create_element("a")?.unchecked_into();
        link.set_href(&address);
        link.set_download(name);
        link.click();
        // some browsers read it only after this turn of the page
        set_timeout(move || drop(web_sys::Url::revoke_object_url(&address)), std::time::Duration::from_secs(10));
        Ok(())
    };
    let _the_browser_says_so_itself = made();
}
