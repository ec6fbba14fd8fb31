//! All sessions: for a client where it goes on, for a counsellor first enquiries and own cases.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Instead;
use crate::desk::{Doing, desk};
use crate::message::{Me, Seat, Sessions};
use crate::parts::{NotLoaded, Page, Working, WrongNow, in_a_row, moment, name_of};
use crate::texts::{fill, say, t};

/// The page of all sessions.
#[component]
pub(crate) fn Letters() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let seats = RwSignal::new(None::<Vec<Seat>>);
    let fresh = RwSignal::new(0_usize);
    Effect::new(move |before: Option<usize>| {
        desk.news.track();
        let tries = doing.tries();
        let asked = Sessions { anew: before != Some(tries) };
        let show = move |seen: Vec<Seat>| {
            let letters = |seats: &Vec<Seat>| seats.iter().map(|seat| seat.unanswered).sum::<usize>();
            let known = seats.with_untracked(|known| known.as_ref().map(letters));
            fresh.update(|fresh| *fresh += known.map_or(0, |known| letters(&seen).saturating_sub(known)));
            seats.set(Some(seen));
        };
        if before == Some(tries) {
            doing.quietly(asked, show);
        } else {
            doing.run(asked, show);
        }
        tries
    });
    let is = move |role: &str| desk.me.with(|me| me.as_ref().is_some_and(|me| me.is(role)));
    let counsels = move || is("counsellor") || is("supervisor");
    let elsewhere = move || desk.me.with(|me| me.as_ref().filter(|me| !me.writes()).map(Me::home));
    view! {
        <Page title="letters-title">
            <Working doing text="opening"/>
            <NotLoaded doing/>
            <p role="status" class="arrived">{move || letters_new(fresh.get())}</p>
            {move || elsewhere().map(|path| view! { <Instead path/> })}
            {move || seats.get().map(|seats| {
                if counsels() { view! { <Inbox seats/> }.into_any() } else { view! { <Own seats/> }.into_any() }
            })}
        </Page>
    }
}

/// That so many letters have come, if any has.
pub(super) fn letters_new(count: usize) -> Option<String> {
    (count > 0).then(|| fill("letters-new", &[("count", count.into())]))
}

#[component]
fn Own(seats: Vec<Seat>) -> impl IntoView {
    let none = seats.is_empty();
    view! {
        {none.then(|| view! {
            <section class="note good">
                <p>{t("letters-none")}</p>
                <p class="actions"><a href="/begin" class="button">{t("letters-begin")}</a></p>
            </section>
        })}
        <List seats/>
        {(!none).then(|| view! { <p><A href="/begin">{t("letters-another")}</A></p> })}
    }
}

#[component]
fn Inbox(seats: Vec<Seat>) -> impl IntoView {
    let (own, first): (Vec<_>, Vec<_>) = seats.into_iter().partition(|seat| seat.answered_before);
    view! {
        <section>
            <h2>{t("inbox-first")}</h2>
            {first.is_empty().then(|| view! { <p class="quiet">{t("inbox-first-none")}</p> })}
            <List seats=first/>
        </section>
        <section>
            <h2>{t("inbox-own")}</h2>
            {own.is_empty().then(|| view! { <p class="quiet">{t("inbox-own-none")}</p> })}
            <List seats=own/>
        </section>
    }
}

/// Sessions, the one with the newest letter first.
#[component]
fn List(mut seats: Vec<Seat>) -> impl IntoView {
    seats.sort_by_key(|seat| std::cmp::Reverse(seat.newest));
    let seats = seats.into_iter().map(|seat| view! { <li><Place seat/></li> }).collect_view();
    view! { <ul class="seats">{seats}</ul> }
}

#[component]
fn Place(seat: Seat) -> impl IntoView {
    let desk = desk();
    let counsels = desk.me.with_untracked(|me| me.as_ref().is_some_and(|me| !me.is_client()));
    let begun = !desk.draft(&seat.session).is_empty();
    let (session, people) = (seat.session.clone(), seat.people.clone());
    let names = move || {
        let others: Vec<String> = people.iter().filter(|person| !person.own).map(name_of).collect();
        if others.is_empty() { say("nobody-else") } else { in_a_row(&others) }
    };
    let counts = move || fill("letters-count", &[("count", seat.letters.into())]);
    let unread = move || (seat.unread > 0).then(|| fill("letters-unread", &[("count", seat.unread.into())]));
    let waiting = move || (seat.unanswered > 0).then(|| fill("letters-waiting", &[("count", seat.unanswered.into())]));
    if seat.people.is_empty() {
        return view! { {seat.trouble.map(|problem| view! { <WrongNow problem/> })} }.into_any();
    }
    view! {
        <a href="/thread" class="card seat" on:click=move |_| desk.session.set(Some(session.clone()))>
            <span class="name">{names}</span>
            <span class="quiet block">{counts}{seat.newest.map(|newest| view! { " · "{move || moment(newest)} })}</span>
            {move || unread().map(|text| view! { <span class="badge">{text}</span> })}
            {move || waiting().filter(|_| counsels).map(|text| view! { <span class="quiet block">{text}</span> })}
            {begun.then(|| view! { <span class="badge">{t("letter-begun")}</span> })}
            {seat.trouble.map(|problem| view! { <span class="badge wrong">{move || say(problem.trouble.id())}</span> })}
        </a>
    }
    .into_any()
}
