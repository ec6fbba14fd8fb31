//! The pages, and what surrounds each of them.

mod allowed;
mod audit;
mod begin;
mod case;
mod centre;
mod confirm;
mod export;
mod history;
mod intake;
mod join;
mod landing;
mod letters;
mod once;
mod prepare;
mod recover;
mod renew;
mod requests;
mod rules;
mod settings;
mod sign_in;
mod templates;
mod thread;
mod witnesses;

use amanah_client_sdk::protocol::ids::CentreId;
use leptos::prelude::*;
use leptos_router::components::{A, Redirect, Route, Router, Routes};
use leptos_router::hooks::use_navigate;
use leptos_router::{NavigateOptions, path};
use wasm_bindgen::JsValue;

use crate::desk::{Desk, Ended, desk};
use crate::drafts;
use crate::link::{self, Unasked};
use crate::message::Me;
use crate::safety::{self, LockWarning, QuickExit};
use crate::texts::{self, Language, language, t};

/// Shows the pages in place of what the document says before.
pub(crate) fn start() {
    at_an_address_of_its_own();
    std::panic::set_hook(Box::new(|_| broken()));
    texts::choose(Language::of_tags(spoken().iter().map(String::as_str)));
    let place = document().get_element_by_id("app").map(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>);
    if let Some(place) = place {
        place.set_inner_html("");
        leptos::mount::mount_to(place, App).forget();
    }
}

/// A path of two slashes would name another server to whoever goes on from it.
fn at_an_address_of_its_own() {
    if window().location().pathname().is_ok_and(|path| path.starts_with("//")) {
        let replaced = |history: web_sys::History| history.replace_state_with_url(&JsValue::NULL, "", Some("/"));
        let _it_was_there = window().history().and_then(replaced);
    }
}

/// The page itself has failed: nothing of it stays, and the document says what to do.
fn broken() {
    link::end();
    if let Some(app) = document().get_element_by_id("app") {
        app.set_inner_html("");
    }
    if let Some(words) = document().get_element_by_id("broken") {
        let _it_is_there = words.toggle_attribute_with_force("hidden", false);
    }
}

/// The centre in the address of the page, which no server sees.
fn invitation() -> Option<String> {
    let fragment = window().location().hash().unwrap_or_default();
    let named = fragment.trim_start_matches('#');
    named.parse::<CentreId>().is_ok().then(|| named.to_owned())
}

/// The languages of the browser, the preferred first.
fn spoken() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

#[component]
fn App() -> impl IntoView {
    let desk = Desk::new(invitation());
    provide_context(desk);
    // a link that is opened over this page changes no more than the end of its address
    safety::on_window("hashchange", move |_| {
        if let Some(invitation) = invitation() {
            desk.invitation.set(Some(invitation));
        }
    });
    link::listen(move |said| match said {
        Unasked::News(session) => desk.tell(Some(session)),
        Unasked::Expired => desk.lock(Ended::Expired),
        Unasked::Audited(bytes) => desk.audited.set(bytes),
        Unasked::Broken => desk.end(Ended::Broken),
    });
    drafts::keep(desk);
    let warned = safety::watch(desk);
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            let _it_is_there = root.set_attribute("lang", language().tag());
            // from now on one language is enough in what the document says by itself
            let _it_is_there = root.set_attribute("data-runs", "");
        }
    });
    view! {
        <Router>
            <Header warned/>
            <main id="main" tabindex="-1">
                <ToSignIn/>
                {move || desk.issued.get().map(|issued| view! { <once::ShowOnce issued/> })}
                <Show when=move || desk.issued.with(Option::is_none)>
                    <Routes fallback=|| view! { <landing::Landing/> }>
                        <Route path=path!("/") view=landing::Landing/>
                        <Route path=path!("/join") view=|| view! { <Outside><join::Join/></Outside> }/>
                        <Route path=path!("/sign-in") view=|| view! { <Outside><sign_in::SignInPage/></Outside> }/>
                        <Route path=path!("/recover") view=|| view! { <Outside><recover::RecoverPage/></Outside> }/>
                        <Route path=path!("/begin") view=|| view! { <Inside><begin::Begin/></Inside> }/>
                        <Route path=path!("/intake") view=|| view! { <Inside><intake::IntakePage/></Inside> }/>
                        <Route path=path!("/letters") view=|| view! { <Inside><letters::Letters/></Inside> }/>
                        <Route path=path!("/thread") view=|| view! { <Inside><thread::ThreadPage/></Inside> }/>
                        <Route path=path!("/renew") view=|| view! { <Inside><renew::RenewPage/></Inside> }/>
                        <Route path=path!("/history") view=|| view! { <Inside><history::HistoryPage/></Inside> }/>
                        <Route path=path!("/allowed") view=|| view! { <Inside><allowed::AllowedPage/></Inside> }/>
                        <Route path=path!("/requests") view=|| view! { <Inside><requests::RequestsPage/></Inside> }/>
                        <Route path=path!("/centre") view=|| view! { <Inside><centre::CentrePage/></Inside> }/>
                        <Route path=path!("/audit") view=|| view! { <Inside><audit::AuditPage/></Inside> }/>
                        <Route path=path!("/settings") view=|| view! { <Inside><settings::Settings/></Inside> }/>
                    </Routes>
                </Show>
            </main>
        </Router>
    }
}

/// Goes to where one signs in, when the sign-in has ended.
#[component]
fn ToSignIn() -> impl IntoView {
    let (desk, navigate) = (desk(), use_navigate());
    Effect::new(move |_| {
        if desk.ended.get().is_some() {
            navigate("/sign-in", NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
    });
}

/// Another page in place of this one, also in the history.
#[component]
pub(crate) fn Instead(path: &'static str) -> impl IntoView {
    view! { <Redirect path options=NavigateOptions { replace: true, ..NavigateOptions::default() }/> }
}

/// A page for who is not signed in; whoever is goes on from there.
#[component]
fn Outside(children: ChildrenFn) -> impl IntoView {
    let desk = desk();
    let home = Memo::new(move |_| desk.me.with(|me| me.as_ref().map(Me::home)));
    view! {
        {move || match home.get() {
            Some(path) => view! { <Instead path/> }.into_any(),
            None => children().into_any(),
        }}
    }
}

/// A page for who is signed in.
#[component]
fn Inside(children: ChildrenFn) -> impl IntoView {
    let desk = desk();
    let signed_in = Memo::new(move |_| desk.me.with(Option::is_some));
    view! {
        <Show when=move || signed_in.get() fallback=|| view! { <Instead path="/sign-in"/> }>
            {children()}
        </Show>
    }
}

#[component]
fn Header(warned: RwSignal<Option<u32>>) -> impl IntoView {
    let desk = desk();
    let inside = Memo::new(move |_| desk.me.with(Option::is_some) && desk.issued.with(Option::is_none));
    let lock = move |_| desk.lock(Ended::Locked);
    let me_is = move |test: fn(&Me) -> bool| move || desk.me.with(|me| me.as_ref().is_some_and(test));
    view! {
        <header>
            <a class="skip" href="#main" rel="external">{t("skip")}</a>
            <div class="top">
                <div class="bar">
                    <a href="/" class="brand">"Amanah"</a>
                    <div class="bar-end">
                        <Show when=move || inside.get() fallback=|| view! { <Languages/> }>
                            <button type="button" class="plain" on:click=lock>{t("nav-lock")}</button>
                        </Show>
                        <QuickExit/>
                    </div>
                </div>
            </div>
            <p id="exit-note" class="exit-note"><span class="by-key">{t("exit-keys")}" "</span>{t("exit-note")}</p>
            <Show when=move || inside.get()>
                <nav aria-label=t("nav")>
                    <Show when=me_is(Me::writes)><A href="/letters">{t("nav-letters")}</A></Show>
                    <Show when=me_is(Me::is_client)><A href="/allowed">{t("nav-allowed")}</A></Show>
                    <Show when=me_is(Me::asks)><A href="/requests">{t("nav-requests")}</A></Show>
                    <Show when=me_is(|me| me.is("auditor"))><A href="/audit">{t("nav-audit")}</A></Show>
                    <Show when=me_is(|me| !me.is_client())><A href="/centre">{t("nav-centre")}</A></Show>
                    <A href="/settings">{t("nav-settings")}</A>
                </nav>
            </Show>
            <LockWarning left=warned/>
            <p class="note offline" role="status" hidden=move || desk.online.get()>{t("no-connection")}</p>
        </header>
    }
}

/// The other language, in its own words.
#[component]
pub(crate) fn Languages() -> impl IntoView {
    let other = move || if language() == Language::Id { Language::En } else { Language::Id };
    view! {
        <button
            type="button"
            class="plain"
            lang=move || other().tag()
            aria-label=move || other().name()
            on:click=move |_| texts::choose(other())
        >
            {move || {
                let name = other().name();
                let (before, last) = name.rsplit_once(' ').unwrap_or_default();
                let last = if last.is_empty() { name } else { last };
                view! { <span><span class="wide">{before}" "</span>{last}</span> }
            }}
        </button>
    }
}
