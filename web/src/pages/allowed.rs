//! What this account has allowed, and taking it back.

use leptos::prelude::*;

use super::begin::EscrowText;
use crate::desk::{Doing, desk};
use crate::message::{Case, Centre, ChooseEscrow, Consents, Grant, Permission, Refresh, TakeBack};
use crate::parts::{Page, Working, Wrong, WrongNow, day, in_a_row, name_of, with_name};
use crate::texts::{fill, language, say, t};

/// The page of everything that was allowed.
#[component]
pub(crate) fn AllowedPage() -> impl IntoView {
    let (desk, doing, looking) = (desk(), Doing::new(), Doing::new());
    let (cases, centre) = (RwSignal::new(None::<Vec<Case>>), RwSignal::new(None::<Centre>));
    Effect::new(move |before: Option<()>| {
        desk.news.track();
        let show = move |read| cases.set(Some(read));
        if before.is_none() { doing.run(Consents {}, show) } else { doing.quietly(Consents {}, show) }
    });
    Effect::new(move |_| {
        looking.run(Refresh { locale: language().tag().to_owned() }, move |seen| centre.set(Some(seen)));
    });
    view! {
        <Page title="allowed-title">
            <p>{t("allowed-lead")}</p>
            <Working doing text="opening"/>
            {move || doing.problem.get().map(|problem| view! { <WrongNow problem/> })}
            {move || cases.get().map(|cases| {
                if cases.is_empty() {
                    return view! { <p class="quiet">{t("allowed-none")}</p> }.into_any();
                }
                cases.into_iter().map(|case| view! { <OneCase case centre/> }).collect_view().into_any()
            })}
        </Page>
    }
}

#[component]
fn OneCase(case: Case, centre: RwSignal<Option<Centre>>) -> impl IntoView {
    let Case { id: case, people, escrowed, grants } = case;
    let others: Vec<_> = people.into_iter().filter(|person| !person.own).collect();
    let names = move || match others.as_slice() {
        [] => say("nobody-else"),
        others => in_a_row(&others.iter().map(name_of).collect::<Vec<_>>()),
    };
    let of_case = case.clone();
    let grants = grants.into_iter().map(move |grant| view! { <OneGrant grant case=of_case.clone()/> }).collect_view();
    view! {
        <section class="card">
            <h2>{names}</h2>
            {grants}
            <EscrowOf case escrowed centre/>
        </section>
    }
}

#[component]
fn OneGrant(grant: Grant, case: String) -> impl IntoView {
    let Grant { id: grant, issued, permissions } = grant;
    let permissions = permissions.into_iter().map(move |permission| {
        view! { <li><OnePermission permission grant=grant.clone() case=case.clone()/></li> }
    });
    let permissions = permissions.collect_view();
    view! {
        <p class="quiet">{move || fill("allowed-on", &[("time", day(issued).into())])}</p>
        <ul class="permissions">{permissions}</ul>
    }
}

#[component]
fn OnePermission(permission: Permission, grant: String, case: String) -> impl IntoView {
    let (desk, doing, asked) = (desk(), Doing::new(), RwSignal::new(false));
    let (purpose, taken_back) = (permission.purpose.clone(), permission.taken_back);
    let text = move || with_name(&permission);
    let counselling = purpose == "counselling";
    let take_back = move |_| {
        let asked = TakeBack { case: case.clone(), grant: grant.clone(), purpose: purpose.clone() };
        doing.run(asked, move |()| desk.tell(None));
    };
    view! {
        <span class:over=taken_back>{text}</span>
        {taken_back.then(|| view! { <span class="badge">{t("taken-back")}</span> })}
        <Show when=move || !taken_back && !asked.get()>
            <button type="button" class="plain" on:click=move |_| asked.set(true)>{t("take-back")}</button>
        </Show>
        {
            move || asked.get().then(|| view! {
                <div class="note">
                    <p>{move || if counselling { say("take-back-counselling") } else { say("take-back-means") }}</p>
                    <p class="actions">
                        <button type="button" on:click=take_back.clone()>{t("take-back-yes")}</button>
                        <button type="button" class="second" on:click=move |_| asked.set(false)>{t("take-back-no")}</button>
                    </p>
                    <Working doing text="taking-back"/>
                    <Wrong problem=doing.problem/>
                </div>
            })
        }
    }
}

/// Whether the case is escrowed, and changing one's mind about it.
#[component]
fn EscrowOf(case: String, escrowed: bool, centre: RwSignal<Option<Centre>>) -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let offered = move || {
        let centre = centre.get()?;
        Some((centre.document?, centre.escrow?))
    };
    let refresh = move |()| desk.tell(None);
    view! {
        {escrowed.then(|| view! { <p>{t("escrow-is-on")}</p> })}
        {(!escrowed).then_some(move || offered().map(|(document, escrow)| {
            let hash = escrow.hash.clone();
            let case = case.clone();
            let on = move |_| {
                let asked = ChooseEscrow {
                    case: case.clone(),
                    document: document.hash.clone(),
                    escrow: hash.clone(),
                    locale: document.locale.clone(),
                };
                doing.run(asked, refresh);
            };
            view! {
                <details>
                    <summary>{t("escrow-is-off")}</summary>
                    <EscrowText escrow/>
                    <p class="actions"><button type="button" class="second" on:click=on>{t("escrow-turn-on")}</button></p>
                </details>
            }
        }))}
        <Working doing text="working"/>
        <Wrong problem=doing.problem/>
    }
}
