//! What a counsellor sees before the letters: where the client is, whom to call there, and consent; who it is and the
//! stage on demand.

use amanah_client_sdk::content::Stage;
use leptos::prelude::*;

use crate::desk::{Doing, desk};
use crate::message::{Person, SetStage, Thread};
use crate::parts::{Working, Wrong, day, name_of};
use crate::texts::{fill, say, t};
use crate::words;

/// The head of a case.
#[component]
pub(super) fn CaseHead(thread: RwSignal<Option<Thread>>) -> impl IntoView {
    let clients = Memo::new(move |_| {
        let people = thread.with(|t| t.as_ref().map(|t| t.seat.people.clone()).unwrap_or_default());
        people.into_iter().filter(|person| person.role == "client").collect::<Vec<_>>()
    });
    let consent = Memo::new(move |_| {
        thread.with(|thread| {
            let thread = thread.as_ref()?;
            let counselling = thread.allowed.iter().find(|held| held.purpose == "counselling");
            Some((counselling.map(|held| (held.since, held.until)), thread.waits))
        })
    });
    let consent = move || match consent.get() {
        Some((Some((since, _)), Some(waits))) => {
            fill("case-consent-waits", &[("since", day(since).into()), ("time", day(waits).into())])
        }
        Some((Some((since, Some(until))), None)) => {
            fill("case-consent-until", &[("since", day(since).into()), ("time", day(until).into())])
        }
        Some((Some((since, None)), None)) => fill("case-consent-since", &[("since", day(since).into())]),
        Some((None, _)) => say("case-consent-over"),
        None => String::new(),
    };
    let stage = move || {
        let stage = thread
            .with(|thread| thread.as_ref().and_then(|thread| thread.stage.as_ref().map(|(stage, _)| stage.clone())));
        fill(
            "case-stage-is",
            &[("stage", stage.map_or_else(|| say("stage-none"), |stage| name_of_stage(&stage)).into())],
        )
    };
    view! {
        <section class="case">
            <h2>{t("case-title")}</h2>
            {move || clients.get().into_iter().map(|person| view! { <Client person/> }).collect_view()}
            <dl class="pairs">
                <div><dt>{t("case-consent")}</dt><dd>{consent}</dd></div>
            </dl>
            <details>
                <summary>{stage}</summary>
                {move || {
                    let clients = clients.get();
                    let several = clients.len() > 1;
                    clients.into_iter().map(|person| view! { <Known person several/> }).collect_view()
                }}
                <SetStageHere thread/>
            </details>
        </section>
    }
}

/// How a stage is called, without what it means.
fn name_of_stage(stage: &str) -> String {
    let text = say(&format!("stage-{stage}"));
    text.split_once(':').map_or(text.as_str(), |(name, _)| name).to_owned()
}

/// Something that a client has said, or that they have not.
fn said(id: &'static str, text: Option<String>) -> impl IntoView {
    let answered = text.is_some();
    let text = move || text.clone().unwrap_or_else(|| say("not-said"));
    view! { <div><dt>{t(id)}</dt><dd class:quiet=!answered>{text}</dd></div> }
}

/// One client: where they are, and whom to call there.
#[component]
fn Client(person: Person) -> impl IntoView {
    let intake = person.intake.clone().unwrap_or_default();
    view! {
        <h3>{move || name_of(&person)}</h3>
        <dl class="pairs">
            {said("case-place", Some(intake.place).filter(|place| !place.is_empty()))}
            {said("case-crisis", intake.crisis)}
        </dl>
    }
}

/// How the same client is reached otherwise, and whether it is surely them.
#[component]
fn Known(person: Person, several: bool) -> impl IntoView {
    let Person { intake, compared, code_words, .. } = person.clone();
    let otherwise = intake.and_then(|intake| intake.otherwise);
    let known = move || {
        let words = if compared { say("case-compared") } else { say("case-not-compared") };
        let code = if code_words.is_some() { say("case-code-words") } else { say("case-no-code-words") };
        format!("{words} {code}")
    };
    view! {
        {several.then(|| view! { <h3>{move || name_of(&person)}</h3> })}
        <dl class="pairs">
            {otherwise.map(|text| said("case-otherwise", Some(text)))}
            <div><dt>{t("case-known")}</dt><dd>{known}</dd></div>
        </dl>
    }
}

/// The stage, and another one.
#[component]
fn SetStageHere(thread: RwSignal<Option<Thread>>) -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let now = Memo::new(move |_| thread.with(|thread| thread.as_ref().and_then(|t| t.stage.clone())));
    let chosen = RwSignal::new(String::new());
    Effect::new(move |_| chosen.set(now.get().map(|(stage, _)| stage).unwrap_or_default()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(session) = desk.session.get_untracked().filter(|_| !doing.busy.get_untracked()) else { return };
        let stage = chosen.get_untracked();
        if !stage.is_empty() {
            let asked = SetStage { session, stage };
            doing.run(asked, move |()| desk.tell(None));
        }
    };
    let option = move |stage: &'static str| {
        let selected = move || chosen.with(|chosen| chosen == stage);
        view! { <option value=stage prop:selected=selected>{move || name_of_stage(stage)}</option> }
    };
    let options = Stage::ALL.iter().map(|stage| option(words::stage(*stage))).collect_view();
    view! {
        <form on:submit=submit class="stage">
            <label for="stage">{t("case-stage")}</label>
            <div class="with-button">
                <select id="stage" on:change:target=move |event| chosen.set(event.target().value())>
                    {move || now.get().is_none().then(|| view! { <option value="" prop:selected=true>{t("stage-none")}</option> })}
                    {options}
                </select>
                <button type="submit" class="second">{t("stage-set")}</button>
            </div>
            <p class="quiet">{move || now.get().map(|(_, since)| fill("stage-since", &[("time", day(since).into())]))}</p>
            <Working doing text="sending"/>
            <Wrong problem=doing.problem/>
        </form>
    }
}
