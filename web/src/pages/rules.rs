//! The rules of an escrow as the people of a centre read them.

use leptos::prelude::*;

use crate::message::{Escrow, Ground, Trustee};
use crate::parts::{duration, in_a_row};
use crate::texts::{fill, say, t};

/// Who can open together, for which reasons, and when the client is told.
#[component]
pub(crate) fn Rules(escrow: Escrow) -> impl IntoView {
    let (needed, count) = (u64::from(escrow.needed), escrow.trustees.len());
    let trustees = escrow.trustees.into_iter().map(|Trustee { name, contact, accepted }| {
        view! {
            <li>
                <span class="name">{name}</span>
                <span class="quiet block">
                    {contact}" · "{move || if accepted { say("rules-accepted") } else { say("rules-not-accepted") }}
                </span>
            </li>
        }
    });
    let grounds = escrow.grounds.into_iter().map(|ground| {
        let word = ground.word.clone();
        view! { <li>{move || ground_of(&word)}<span class="quiet block">{move || terms(&ground)}</span></li> }
    });
    let (trustees, grounds) = (trustees.collect_view(), grounds.collect_view());
    view! {
        <p>{move || fill("rules-threshold", &[("needed", needed.into()), ("count", count.into())])}</p>
        <ul class="people">{trustees}</ul>
        <p>{t("escrow-grounds")}</p>
        <ul class="calm">{grounds}</ul>
    }
}

/// A reason, as it is told to others than the client.
pub(crate) fn ground_of(word: &str) -> String {
    match word {
        "account-recovery" => say("client-lost-account"),
        word => say(&format!("ground-{word}")),
    }
}

/// When somebody may, and who, in sentences.
fn terms(ground: &Ground) -> String {
    let waits = match ground.delay {
        0 => say("delay-none"),
        delay => fill("delay-each", &[("time", duration(delay).into())]),
    };
    let told = match ground.notice {
        0 => say("rules-told-at-once"),
        notice => fill("rules-told-within", &[("time", duration(notice).into())]),
    };
    let stop = if ground.cancellable { say("rules-can-stop") } else { say("rules-cannot-stop") };
    let roles = |roles: &[String]| in_a_row(&roles.iter().map(|role| say(&format!("role-{role}"))).collect::<Vec<_>>());
    let people = fill(
        "rules-people",
        &[("requesters", roles(&ground.requesters).into()), ("recipients", roles(&ground.recipients).into())],
    );
    format!("{waits} {told} {stop} {people}")
}
