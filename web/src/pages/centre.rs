//! The centre for the people who work there: who is appointed, the consent documents, the rules of escrow.

use leptos::prelude::*;

use super::prepare::Prepare;
use super::rules::Rules;
use crate::desk::{Doing, desk};
use crate::message::{CentreRecord, Licence, Post, Published, ReadRecord, Version};
use crate::parts::{NotLoaded, Page, Prose, Working, day, in_a_row, now};
use crate::texts::{Language, fill, say, t};
use crate::words::days;

/// How long before its end something is said to end soon: 60 days.
const SOON_MS: u64 = 60 * 86_400_000;

/// The page of the centre.
#[component]
pub(crate) fn CentrePage() -> impl IntoView {
    let (desk, doing, record) = (desk(), Doing::new(), RwSignal::new(None::<CentreRecord>));
    Effect::new(move |_| {
        doing.tries();
        doing.run(ReadRecord {}, move |read| record.set(Some(read)));
    });
    let prepares = move || desk.me.with(|me| me.as_ref().is_some_and(|me| me.is("director") || me.is("registrar")));
    view! {
        <Page title="centre-title">
            <p>{t("centre-lead")}</p>
            <Working doing text="loading"/>
            <NotLoaded doing/>
            {move || record.get().map(|record| view! {
                <section>
                    <h2>{t("centre-people")}</h2>
                    <People people=record.people.clone()/>
                </section>
                <section>
                    <h2>{t("centre-documents")}</h2>
                    {record.documents.is_empty().then(|| view! { <p class="quiet">{t("begin-no-document")}</p> })}
                    {record.documents.iter().cloned().map(|version| view! { <OneVersion version/> }).collect_view()}
                </section>
                <section>
                    <h2>{t("centre-escrow")}</h2>
                    {record.policies.is_empty().then(|| view! { <p class="quiet">{t("centre-escrow-none")}</p> })}
                    {record.policies.iter().cloned().map(|published| view! { <OnePolicy published/> }).collect_view()}
                </section>
                {prepares().then(|| view! { <Prepare record/> })}
            })}
        </Page>
    }
}

/// Everybody who is appointed, by what they are.
#[component]
fn People(people: Vec<Post>) -> impl IntoView {
    let people = people.into_iter().map(|post| {
        let (role, until) = (post.role.clone(), post.until);
        view! {
            <li>
                <span class="name">{post.name}</span>
                <span class="quiet">" · "{move || say(&format!("role-{role}"))}</span>
                <span class="quiet block">{move || fill("centre-until", &[("time", day(until).into())])}</span>
                <Ends at=until/>
                {post.licence.map(|licence| view! { <OneLicence licence/> })}
            </li>
        }
    });
    view! { <ul class="people">{people.collect_view()}</ul> }
}

/// That something is over, or soon will be.
#[component]
fn Ends(at: u64) -> impl IntoView {
    let ends = match now() {
        now if at <= now => Some("centre-over"),
        now if at <= now.saturating_add(SOON_MS) => Some("centre-soon"),
        _ => None,
    };
    ends.map(|id| view! { <span class="badge wrong">{move || say(id)}</span> })
}

#[component]
fn OneLicence(licence: Licence) -> impl IntoView {
    let Licence { number, board, jurisdiction, link, expires } = licence;
    let text = move || {
        fill(
            "licence",
            &[
                ("number", number.clone().into()),
                ("board", board.clone().into()),
                ("jurisdiction", jurisdiction.clone().into()),
                ("until", day(expires).into()),
            ],
        )
    };
    view! {
        <span class="quiet block">{text}</span>
        <Ends at=expires/>
        {link.map(|link| view! {
            <a class="block" href=link rel="noreferrer noopener" target="_blank">{t("licence-check")}</a>
        })}
    }
}

/// One consent document in all its languages.
#[component]
fn OneVersion(version: Version) -> impl IntoView {
    let Version { number, until, grace_days, wordings } = version;
    let holds = move || match until {
        None => say("centre-document-newest"),
        Some(until) if until > now() => fill("centre-document-until", &[("time", day(until).into())]),
        Some(_) => say("centre-document-over"),
    };
    let retention = wordings.first().map(|document| (document.floor_days, document.ceiling_days));
    let purposes = wordings.first().map(|document| document.purposes.clone()).unwrap_or_default();
    let purposes = purposes.into_iter().map(|purpose| view! { <li>{move || say(&format!("purpose-{purpose}"))}</li> });
    let wordings = wordings.into_iter().map(|document| {
        let language = Language::name_of(&document.locale).to_owned();
        view! {
            <details>
                <summary>{move || fill("centre-document-read", &[("language", language.clone().into())])}</summary>
                <div class="document" lang=document.locale.clone()><Prose text=document.text/></div>
            </details>
        }
    });
    view! {
        <article class="card">
            <h3>{move || fill("centre-document", &[("number", number.into())])}</h3>
            <p>{holds}</p>
            {retention.map(|(floor, ceiling)| view! {
                <p>{move || fill("document-retention", &[("floor", days(floor).into()), ("ceiling", days(ceiling).into())])}</p>
            })}
            <p>{move || fill("centre-document-grace", &[("days", grace_days.into())])}</p>
            <details>
                <summary>{t("centre-document-purposes")}</summary>
                <ul class="calm">{purposes.collect_view()}</ul>
            </details>
            {wordings.collect_view()}
        </article>
    }
}

/// The rules of one escrow, and how far they are.
#[component]
fn OnePolicy(published: Published) -> impl IntoView {
    let Published { escrow, offered } = published;
    let number = escrow.number;
    let waiting: Vec<String> =
        escrow.trustees.iter().filter(|trustee| !trustee.accepted).map(|trustee| trustee.name.clone()).collect();
    let stands = move || match (offered, waiting.as_slice()) {
        (true, _) => say("centre-escrow-offered"),
        (false, []) => say("centre-escrow-not-named"),
        (false, waiting) => fill("centre-escrow-waits", &[("names", in_a_row(waiting).into())]),
    };
    view! {
        <article class="card">
            <h3>{move || fill("centre-escrow-rules", &[("number", number.into())])}</h3>
            <p>{stands}</p>
            <Rules escrow/>
        </article>
    }
}
