//! What this account has allowed, and taking it back.

use leptos::html;
use leptos::prelude::*;

use super::begin::EscrowText;
use super::confirm::{Confirm, back_to};
use crate::desk::{Doing, desk};
use crate::message::{Case, Centre, ChooseEscrow, Consents, Grant, Permission, Refresh, TakeBack};
use crate::parts::{NotLoaded, Page, Working, Wrong, day, in_a_row, name_of, with_name};
use crate::texts::{fill, language, say, t};

/// The case in which something was taken back last.
type TakenBack = RwSignal<Option<String>>;

/// The page of everything that was allowed.
#[component]
pub(crate) fn AllowedPage() -> impl IntoView {
    let (desk, doing, looking) = (desk(), Doing::new(), Doing::new());
    let (cases, centre) = (RwSignal::new(None::<Vec<Case>>), RwSignal::new(None::<Centre>));
    let taken = TakenBack::new(None);
    Effect::new(move |before: Option<usize>| {
        desk.news.track();
        let show = move |read| cases.set(Some(read));
        let tries = doing.tries();
        if before == Some(tries) {
            doing.quietly(Consents {}, show);
        } else {
            doing.run(Consents {}, show);
        }
        tries
    });
    Effect::new(move |_| {
        looking.run(Refresh { locale: language().tag().to_owned() }, move |seen| centre.set(Some(seen)));
    });
    view! {
        <Page title="allowed-title">
            <p>{t("allowed-lead")}</p>
            <Working doing text="opening"/>
            <NotLoaded doing/>
            <p role="status" class="arrived">{move || taken.with(Option::is_some).then(t("taken-back-now"))}</p>
            {move || cases.get().map(|cases| {
                if cases.is_empty() {
                    return view! { <p class="quiet">{t("allowed-none")}</p> }.into_any();
                }
                cases.into_iter().map(|case| view! { <OneCase case centre taken/> }).collect_view().into_any()
            })}
        </Page>
    }
}

#[component]
fn OneCase(case: Case, centre: RwSignal<Option<Centre>>, taken: TakenBack) -> impl IntoView {
    let Case { id: case, people, escrowed, grants } = case;
    let others: Vec<_> = people.into_iter().filter(|person| !person.own).collect();
    let names = move || match others.as_slice() {
        [] => say("nobody-else"),
        others => in_a_row(&others.iter().map(name_of).collect::<Vec<_>>()),
    };
    let heading = NodeRef::<html::H2>::new();
    let (of_case, own) = (case.clone(), case.clone());
    let grants = grants.into_iter().map(move |grant| view! { <OneGrant grant case=of_case.clone() taken/> });
    let grants = grants.collect_view();
    Effect::new(move |_| {
        let Some(heading) = heading.get() else { return };
        // the list is shown anew, and what had the focus is gone
        let lost = document().active_element().is_none_or(|at| at.tag_name() == "BODY");
        if lost && taken.with_untracked(|case| case.as_ref() == Some(&own)) {
            let _it_is_there = heading.focus();
        }
    });
    view! {
        <section class="card">
            <h2 tabindex="-1" node_ref=heading>{names}</h2>
            {grants}
            <EscrowOf case escrowed centre/>
        </section>
    }
}

#[component]
fn OneGrant(grant: Grant, case: String, taken: TakenBack) -> impl IntoView {
    let Grant { id: grant, issued, permissions } = grant;
    let permissions = permissions.into_iter().map(move |permission| {
        view! { <li><OnePermission permission grant=grant.clone() case=case.clone() taken/></li> }
    });
    let permissions = permissions.collect_view();
    view! {
        <p class="quiet">{move || fill("allowed-on", &[("time", day(issued).into())])}</p>
        <ul class="permissions">{permissions}</ul>
    }
}

#[component]
fn OnePermission(permission: Permission, grant: String, case: String, taken: TakenBack) -> impl IntoView {
    let (desk, doing, asked) = (desk(), Doing::new(), RwSignal::new(false));
    let (purpose, taken_back) = (permission.purpose.clone(), permission.taken_back);
    let text = Signal::derive(move || with_name(&permission));
    let named = move || fill("take-back-named", &[("purpose", text.get().into())]);
    let means = if purpose == "counselling" { "take-back-counselling" } else { "take-back-means" };
    let button = NodeRef::<html::Button>::new();
    let take_back = Callback::new(move |()| {
        let back = TakeBack { case: case.clone(), grant: grant.clone(), purpose: purpose.clone() };
        let case = case.clone();
        doing.run(back, move |()| {
            asked.set(false);
            taken.set(Some(case));
            desk.tell(None);
        });
    });
    let leave = move |()| {
        asked.set(false);
        back_to(button);
    };
    view! {
        <span class:over=taken_back>{text}</span>
        {taken_back.then(|| view! { <span class="badge">{t("taken-back")}</span> })}
        {(!taken_back).then(|| view! {
            <button
                type="button"
                class="plain"
                hidden=move || asked.get()
                node_ref=button
                aria-label=named
                on:click=move |_| asked.set(true)
            >
                {t("take-back")}
            </button>
        })}
        <Show when=move || asked.get()>
            <Confirm
                means=t(means)
                answers=["take-back-yes", "take-back-no"]
                yes=take_back
                no=leave
                doing
                text="taking-back"
            />
        </Show>
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
