//! Where the client is and whom to call there, before the first letter and whenever it changes.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

use super::Instead;
use crate::desk::{Doing, desk};
use crate::message::{Intake, Open, SayIntake};
use crate::parts::{Field, NotLoaded, Page, Working, Wrong};
use crate::texts::t;

/// The page on which a client says where they are.
#[component]
pub(crate) fn IntakePage() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let known = RwSignal::new(None::<Option<Intake>>);
    Effect::new(move |_| {
        doing.tries();
        let Some(session) = desk.session.get_untracked() else { return };
        doing.run(Open { session, newest: 0 }, move |thread| {
            let own = thread.seat.people.into_iter().find(|person| person.own);
            known.set(Some(own.and_then(|person| person.intake)));
        });
    });
    view! {
        <Page title="intake-title">
            {move || desk.session.with(Option::is_none).then(|| view! { <Instead path="/letters"/> })}
            <p>{t("intake-why")}</p>
            <p>{t("intake-who")}</p>
            <Working doing text="opening"/>
            <NotLoaded doing/>
            {move || doing.problem.with(Option::is_some).then(|| view! { <Later/> })}
            {move || known.get().map(|known| view! { <Answers known/> })}
        </Page>
    }
}

#[component]
fn Answers(known: Option<Intake>) -> impl IntoView {
    let (desk, doing, navigate) = (desk(), Doing::new(), use_navigate());
    let known = known.unwrap_or_default();
    let (place, crisis, otherwise) = (
        RwSignal::new(known.place),
        RwSignal::new(known.crisis.unwrap_or_default()),
        RwSignal::new(known.otherwise.unwrap_or_default()),
    );
    let called = RwSignal::new(known.called.unwrap_or_default());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(session) = desk.session.get_untracked().filter(|_| !doing.busy.get_untracked()) else { return };
        let asked = SayIntake {
            session,
            place: place.get_untracked(),
            crisis: crisis.get_untracked(),
            otherwise: otherwise.get_untracked(),
            called: called.get_untracked(),
        };
        let navigate = navigate.clone();
        doing.run(asked, move |()| {
            navigate("/thread", leptos_router::NavigateOptions { replace: true, ..Default::default() });
        });
    };
    view! {
        <form on:submit=submit>
            <Field label="intake-called" name="called" value=called hint="intake-called-hint" required=false/>
            <Field label="intake-place" name="place" value=place hint="intake-place-hint"/>
            <Field label="intake-crisis" name="crisis" value=crisis hint="intake-crisis-hint" required=false/>
            <Field label="intake-otherwise" name="otherwise" value=otherwise hint="intake-otherwise-hint" required=false/>
            <Wrong problem=doing.problem/>
            <p class="actions">
                <button type="submit" aria-disabled=move || doing.busy.get().to_string()>{t("intake-save")}</button>
            </p>
            <Working doing text="sending"/>
        </form>
        <Later/>
    }
}

/// Going on without an answer.
#[component]
fn Later() -> impl IntoView {
    view! { <p><A href="/thread">{t("intake-later")}</A></p> }
}
