//! A copy of one's letters as a file: of one session, or of everything.

use amanah_client_sdk::neutral;
use leptos::prelude::*;

use super::history::text_of;
use crate::desk::Doing;
use crate::message::{Body, Export, Exported, Intake, Letter, Person};
use crate::parts::{Working, Wrong, day, download, in_a_row, moment, name_of, now};
use crate::texts::{fill, say, t};

/// Saving a session, or all of them.
#[component]
pub(super) fn Save(#[prop(optional, into)] session: Option<String>) -> impl IntoView {
    let doing = Doing::new();
    let save = move |_| {
        if !doing.busy.get_untracked() {
            doing.run(Export { session: session.clone() }, |all| download("amanah.txt", &as_text(&all)));
        }
    };
    view! {
        <details class="more">
            <summary>{t("export-title")}</summary>
            <p>{t("export-warning")}</p>
            <p class="actions"><button type="button" class="second" on:click=save>{t("export")}</button></p>
            <Working doing text="working"/>
            <Wrong problem=doing.problem/>
        </details>
    }
}

/// Sessions as a text, with the notice that it is not to be passed on.
fn as_text(all: &[Exported]) -> String {
    let head = [say("export-notice"), fill("export-made", &[("time", moment(now()).into())])];
    head.into_iter().chain(all.iter().map(of_session)).collect::<Vec<_>>().join("\n") + "\n"
}

/// A session with who reads it, what is allowed, what was said beside the letters, who could read it, and what is wrong with it.
fn of_session(exported: &Exported) -> String {
    let Exported { thread, history } = exported;
    let names: Vec<String> = thread.seat.people.iter().map(name_of).collect();
    let mut lines = vec![String::new(), fill("readers-here", &[("names", in_a_row(&names).into())])];
    lines.extend(thread.allowed.iter().map(|held| {
        let name = held.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        let since = fill("held-since", &[("time", day(held.since).into())]);
        format!("{}{name} {since}", say(&format!("purpose-{}", held.purpose)))
    }));
    lines.extend(thread.seat.people.iter().flat_map(beside));
    lines.extend(history.iter().map(text_of));
    lines.extend(thread.letters.iter().flat_map(of_letter));
    lines.extend(
        thread.seat.trouble.iter().flat_map(|problem| [String::new(), format!("!! {}", say(problem.trouble.id()))]),
    );
    lines.join("\n")
}

/// What a client has said beside the letters.
fn beside(person: &Person) -> Vec<String> {
    let Intake { place, crisis, otherwise, .. } = person.intake.clone().unwrap_or_default();
    let place = Some(place).filter(|place| !place.is_empty());
    let said = [("case-place", place), ("case-crisis", crisis), ("case-otherwise", otherwise)];
    let said = said.into_iter().filter_map(|(id, text)| Some(format!("{}: {}", say(id), neutral::line(&text?))));
    let words = person.code_words.as_ref().map(|words| fill("code-words-are", &[("words", words.clone().into())]));
    said.chain(words).collect()
}

fn of_letter(letter: &Letter) -> Vec<String> {
    let words = match &letter.body {
        Body::Words(words) => neutral::lines(words),
        Body::CodeWords => say("letter-code-words"),
        Body::Intake if letter.from.own => say("letter-intake-own"),
        Body::Intake => say("letter-intake"),
        Body::Stage(stage) => fill("letter-stage", &[("stage", say(&format!("stage-{stage}")).into())]),
        Body::Closed => say("letter-closed"),
        Body::Unreadable => say("letter-unreadable"),
    };
    let head = [String::new(), format!("—— {}, {}", name_of(&letter.from), moment(letter.stored)), String::new()];
    // no line of a letter begins as those of this file do
    head.into_iter().chain(words.lines().map(|line| format!("    {line}"))).collect()
}
