//! What a counsellor sees before the letters: where the client is, whom to call there, consent and stage.

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
    view! {
        <section class="case">
            <h2>{t("case-title")}</h2>
            {move || clients.get().into_iter().map(|person| view! { <Client person/> }).collect_view()}
            <dl class="pairs">
                <div><dt>{t("case-consent")}</dt><dd>{consent}</dd></div>
            </dl>
            <SetStageHere thread/>
        </section>
    }
}

/// One client.
#[component]
fn Client(person: Person) -> impl IntoView {
    let Person { intake, compared, code_words, .. } = person.clone();
    let intake = intake.unwrap_or_default();
    let said = |id: &'static str, text: Option<String>| {
        let answered = text.is_some();
        let text = move || text.clone().unwrap_or_else(|| say("not-said"));
        view! { <div><dt>{t(id)}</dt><dd class:quiet=!answered>{text}</dd></div> }
    };
    let known = move || {
        let words = if compared { say("case-compared") } else { say("case-not-compared") };
        let code = if code_words.is_some() { say("case-code-words") } else { say("case-no-code-words") };
        format!("{words} {code}")
    };
    view! {
        <h3>{move || name_of(&person)}</h3>
        <dl class="pairs">
            {said("case-place", Some(intake.place).filter(|place| !place.is_empty()))}
            {said("case-crisis", intake.crisis)}
            {intake.otherwise.map(|text| said("case-otherwise", Some(text)))}
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
        view! { <option value=stage prop:selected=selected>{move || say(&format!("stage-{stage}"))}</option> }
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
