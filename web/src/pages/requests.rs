//! Requests to the trustees: everything that one must know before saying yes, and saying yes or no.

use leptos::prelude::*;

use super::confirm::Confirm;
use super::rules::{Rules, ground_of};
use crate::desk::{Doing, desk};
use crate::message::{AcceptPolicy, Approve, Asked, Can, Compare, Escrow, Person, Requests, Trust, Veto};
use crate::parts::{
    CommandLine, Field, NotLoaded, Page, Working, Wrong, WrongNow, focus_heading, in_a_row, moment, name_of, now,
};
use crate::texts::{fill, say, t};

/// Up to which delay, in milliseconds, the page waits for the moment from which somebody may approve.
const AWAITED_MS: u64 = 600_000;

/// The page of the requests that concern this account.
#[component]
pub(crate) fn RequestsPage() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let trust = RwSignal::new(None::<Trust>);
    // somebody may be reading or comparing words: what has not changed stays as it is
    Effect::new(move |before: Option<usize>| {
        desk.news.track();
        let tries = doing.tries();
        let show = move |read: Trust| {
            if trust.with_untracked(|known| known.as_ref() != Some(&read)) {
                trust.set(Some(read));
            }
        };
        if before == Some(tries) {
            doing.quietly(Requests {}, show);
        } else {
            doing.run(Requests {}, show);
        }
        tries
    });
    let comparing = RwSignal::new(None::<String>);
    let trustee = move || desk.me.with(|me| me.as_ref().is_some_and(|me| me.is("trustee")));
    view! {
        <Page title="requests-title">
            <p>{t("requests-lead")}</p>
            <Working doing text="requests-checking"/>
            <NotLoaded doing/>
            {move || trust.get().map(|trust| {
                let none = trust.requests.is_empty();
                let offered = trust.offered.into_iter().map(|escrow| view! { <Offered escrow/> }).collect_view();
                let troubles = trust.troubles.into_iter().map(|problem| view! { <WrongNow problem/> }).collect_view();
                let requests = trust.requests.into_iter().map(|asked| view! { <Request asked comparing/> });
                let requests = requests.collect_view();
                view! {
                    {offered}
                    {trustee().then(|| view! { <Shares right=trust.right bad=trust.bad/> })}
                    {troubles}
                    {none.then(|| view! { <p class="quiet">{t("requests-none")}</p> })}
                    {requests}
                    <p class="quiet">{t("requests-elsewhere")}</p>
                }
            })}
        </Page>
    }
}

/// What was found of this trustee's shares.
#[component]
fn Shares(right: usize, bad: usize) -> impl IntoView {
    view! {
        <p>{move || fill("shares-right", &[("count", right.into())])}</p>
        {(bad > 0).then(|| view! {
            <p class="note wrong" role="alert">{move || fill("shares-bad", &[("count", bad.into())])}</p>
        })}
    }
}

/// Rules that wait for this trustee.
#[component]
fn Offered(escrow: Escrow) -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let policy = escrow.hash.clone();
    let accept = move |_| {
        if !doing.busy.get_untracked() {
            doing.run(AcceptPolicy { policy: policy.clone() }, move |()| desk.tell(None));
        }
    };
    view! {
        <section class="note good">
            <h2>{t("rules-offered")}</h2>
            <p>{t("rules-offered-means")}</p>
            <Rules escrow/>
            <Wrong problem=doing.problem/>
            <p class="actions"><button type="button" on:click=accept>{t("rules-accept")}</button></p>
            <Working doing text="working"/>
        </section>
    }
}

/// One request.
#[component]
fn Request(asked: Asked, comparing: RwSignal<Option<String>>) -> impl IntoView {
    let shown = StoredValue::new(asked.clone());
    let say_of = move |text: fn(&Asked) -> String| move || shown.with_value(text);
    let sides = [("request-by", asked.by.clone()), ("request-to", asked.to.clone())];
    let sides = sides.map(|(label, person)| {
        let place = format!("{} {label}", asked.request);
        view! { <dt>{t(label)}</dt><dd><Side person place comparing/></dd> }
    });
    let waiting = asked.standing == "waiting";
    let late = waiting && !asked.told && asked.tell_by <= now();
    view! {
        <article class="card">
            <h2>{say_of(|asked| ground_of(&asked.ground))}</h2>
            <p><strong>{say_of(standing)}</strong></p>
            <dl class="facts">
                {sides.collect_view()}
                <dt>{t("request-clients")}</dt><dd>{say_of(|asked| names(&asked.clients))}</dd>
                <dt>{t("request-parts")}</dt><dd>{say_of(parts)}</dd>
                <dt>{t("request-reason")}</dt>
                {match asked.reason.clone() {
                    Some(reason) => view! { <dd class="words-of-letter">{reason}</dd> }.into_any(),
                    None => view! { <dd class="quiet">{t("request-reason-closed")}</dd> }.into_any(),
                }}
                <dt>{t("request-time")}</dt><dd>{say_of(times)}</dd>
                <dt>{t("request-client")}</dt><dd class:wrong-line=late>{say_of(told)}</dd>
                <dt>{t("request-answers")}</dt><dd>{say_of(answers)}</dd>
            </dl>
            <Answering asked/>
        </article>
    }
}

fn names(people: &[Person]) -> String {
    in_a_row(&people.iter().map(name_of).collect::<Vec<_>>())
}

fn parts(asked: &Asked) -> String {
    let parts: Vec<String> = asked.epochs.iter().map(|epoch| epoch.saturating_add(1).to_string()).collect();
    fill("request-parts-are", &[("count", parts.len().into()), ("parts", in_a_row(&parts).into())])
}

fn times(asked: &Asked) -> String {
    let made = fill("request-made", &[("time", moment(asked.made).into())]);
    asked.own_seen.map_or_else(
        || made.clone(),
        |seen| format!("{made} {}", fill("request-seen-by-you", &[("time", moment(seen).into())])),
    )
}

fn told(asked: &Asked) -> String {
    let told = match asked.told {
        true => say("request-told"),
        false if asked.tell_by <= now() => say("request-not-told"),
        false => fill("request-told-later", &[("time", moment(asked.tell_by).into())]),
    };
    let stop = if asked.cancellable { say("rules-can-stop") } else { say("rules-cannot-stop") };
    format!("{told} {stop}")
}

fn answers(asked: &Asked) -> String {
    let seen = match asked.seen.as_slice() {
        [] => say("request-seen-by-nobody"),
        seen => fill("request-seen", &[("names", names(seen).into())]),
    };
    let needed = u64::from(asked.needed);
    let approved = match asked.approved.as_slice() {
        [] => fill("request-not-approved", &[("needed", needed.into())]),
        approved => fill(
            "request-approved",
            &[("names", names(approved).into()), ("count", approved.len().into()), ("needed", needed.into())],
        ),
    };
    format!("{seen} {approved}")
}

fn standing(asked: &Asked) -> String {
    let name = asked.ended_by.as_ref().map(name_of).unwrap_or_default();
    fill(&format!("stands-{}", asked.standing), &[("time", moment(asked.closes).into()), ("name", name.into())])
}

/// Who asks or gets it, and comparing their words.
#[component]
fn Side(person: Person, place: String, comparing: RwSignal<Option<String>>) -> impl IntoView {
    let (desk, doing, typed) = (desk(), Doing::new(), RwSignal::new(String::new()));
    let (named, role, account) = (person.clone(), person.role.clone(), person.account.clone());
    let compare = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !doing.busy.get_untracked() {
            let asked = Compare { account: account.clone(), words: typed.get_untracked() };
            doing.run(asked, move |()| {
                comparing.set(None);
                desk.tell(None);
            });
        }
    };
    let open_here = place.clone();
    let is_open = move || comparing.with(|open| open.as_deref() == Some(open_here.as_str()));
    let (compared, strange) = (person.compared, !person.compared && !person.own);
    view! {
        <span class="name">{move || name_of(&named)}</span>
        {person.name.is_some().then(|| view! { <span class="quiet">" · "{move || say(&format!("role-{role}"))}</span> })}
        {compared.then(|| view! { <span class="quiet block">{t("compared")}</span> })}
        {strange.then(|| view! {
            <span class="quiet block">{t("not-compared")}</span>
            <button
                type="button"
                class="plain"
                on:click=move |_| comparing.set(Some(place.clone()))
            >{t("compare")}</button>
        })}
        {move || is_open().then(|| {
            let compare = compare.clone();
            view! {
                <form on:submit=compare>
                    <p>{t("compare-how")}</p>
                    <Field label="compare-words" name="words" value=typed/>
                    <Wrong problem=doing.problem/>
                    <p class="actions"><button type="submit" class="second">{t("compare-check")}</button></p>
                    <Working doing text="working"/>
                </form>
            }
        })}
    }
}

/// What somebody is about to say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Yes,
    No,
}

/// What this account can do with it now.
#[component]
fn Answering(asked: Asked) -> impl IntoView {
    let (desk, doing, word) = (desk(), Doing::new(), RwSignal::new(None::<Word>));
    let Asked { session, request, can, .. } = asked.clone();
    if let Can::Wait(from) = can {
        let wait = from.saturating_sub(now());
        let timer = (wait < AWAITED_MS)
            .then(|| set_timeout_with_handle(move || desk.tell(None), std::time::Duration::from_millis(wait)).ok());
        on_cleanup(move || timer.flatten().into_iter().for_each(|timer| timer.clear()));
    }
    let can_veto = matches!(can, Can::Veto | Can::Wait(_) | Can::Approve);
    let open = format!("amanah escrow open --session {session} --request {request}");
    let said = move |()| {
        focus_heading();
        desk.tell(None);
    };
    let confirmed = move |()| {
        let (session, request) = (session.clone(), request.clone());
        match word.get_untracked().filter(|_| !doing.busy.get_untracked()) {
            Some(Word::Yes) => doing.run(Approve { session, request }, said),
            Some(Word::No) => doing.run(Veto { session, request }, said),
            None => {}
        }
    };
    let to = asked.to.clone();
    let strange = [&asked.by, &asked.to].into_iter().find(|person| !person.own && !person.compared).map(name_of);
    let means = move || match word.get() {
        Some(Word::Yes) => {
            let means = fill("approve-means", &[("name", name_of(&to).into())]);
            let strange = strange.clone().map(|name| fill("approve-strange", &[("name", name.into())]));
            [Some(means), strange].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        _ => say("veto-means"),
    };
    view! {
        {if let Can::Wait(from) = can {
            Some(view! { <p class="quiet">{move || fill("approve-from", &[("time", moment(from).into())])}</p> })
        } else {
            None
        }}
        {(can == Can::Open).then(|| view! { <p>{t("request-open-to-you")}</p><CommandLine text=open/> })}
        <Show when=move || can_veto && word.get().is_none()>
            <p class="actions">
                {(can == Can::Approve).then(|| view! {
                    <button type="button" on:click=move |_| word.set(Some(Word::Yes))>{t("approve")}</button>
                })}
                <button type="button" class="second" on:click=move |_| word.set(Some(Word::No))>{t("veto")}</button>
            </p>
        </Show>
        {move || word.get().map(|said| view! {
            <Confirm
                means=Signal::derive(means.clone())
                answers=[if said == Word::Yes { "approve-yes" } else { "veto-yes" }, "not-now"]
                yes=confirmed.clone()
                no=move |()| word.set(None)
                doing
                text="working"
            />
        })}
    }
}
