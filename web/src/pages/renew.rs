//! A newer consent document: reading it, and signing again what was allowed before.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

use super::Instead;
use crate::desk::{Doing, desk};
use crate::message::{self, Document, Permission, Refresh, ToRenew};
use crate::parts::{NotLoaded, Page, Prose, Working, Wrong, with_name};
use crate::texts::{language, t};

/// The page on which the newest consent document is signed again.
#[component]
pub(crate) fn RenewPage() -> impl IntoView {
    let desk = desk();
    view! {
        {move || match desk.session.get() {
            Some(session) => view! { <Again session/> }.into_any(),
            None => view! { <Instead path="/letters"/> }.into_any(),
        }}
    }
}

#[component]
fn Again(session: String) -> impl IntoView {
    let (looking, doing, navigate) = (Doing::new(), Doing::new(), use_navigate());
    let (document, allowed) = (RwSignal::new(None::<Document>), RwSignal::new(Vec::<Permission>::new()));
    let of = session.clone();
    Effect::new(move |_| {
        looking.tries();
        let (locale, session) = (language().tag().to_owned(), of.clone());
        looking.run(Refresh { locale }, move |centre| {
            let Some(newest) = centre.document else { return };
            let asked = ToRenew { session, locale: newest.locale.clone() };
            looking.run(asked, move |shown| {
                allowed.set(shown);
                document.set(Some(newest));
            });
        });
    });
    let sign = move |newest: &Document| {
        if doing.busy.get_untracked() {
            return;
        }
        let asked =
            message::Renew { session: session.clone(), document: newest.hash.clone(), locale: newest.locale.clone() };
        let navigate = navigate.clone();
        doing.run(asked, move |()| navigate("/thread", leptos_router::NavigateOptions::default()));
    };
    view! {
        <Page title="renew-title">
            <p>{t("renew-lead")}</p>
            <Working doing=looking text="loading"/>
            <NotLoaded doing=looking/>
            {move || document.get().map(|newest| {
                let sign = sign.clone();
                let text = newest.text.clone();
                let lines = allowed.get().into_iter().map(|permission| view! { <li>{move || with_name(&permission)}</li> });
                view! {
                    <h2>{t("begin-read")}</h2>
                    <div class="document" lang=newest.locale.clone()><Prose text/></div>
                    <h2>{t("renew-allowed")}</h2>
                    <ul class="calm">{lines.collect_view()}</ul>
                    <Wrong problem=doing.problem/>
                    <p class="actions"><button type="button" on:click=move |_| sign(&newest)>{t("begin-sign")}</button></p>
                    <Working doing text="signing"/>
                }
            })}
            <p><A href="/thread">{t("back-to-letters")}</A></p>
        </Page>
    }
}
