//! What this is, who answers, and when. What the centre itself says is as its root has signed it.

use leptos::prelude::*;

use crate::desk::{Doing, desk};
use crate::message::{Appointed, Away, Centre, Look, Me};
use crate::parts::{NotLoaded, Page, Prose, Working, day};
use crate::texts::{fill, language, t};

/// The first page.
#[component]
pub(crate) fn Landing() -> impl IntoView {
    let (desk, doing, centre) = (desk(), Doing::new(), RwSignal::new(None::<Centre>));
    Effect::new(move |_| {
        doing.tries();
        let asked = Look { centre: desk.invitation.get_untracked(), locale: language().tag().to_owned() };
        doing.run(asked, move |seen| centre.set(Some(seen)));
    });
    let signed_in = move || desk.me.with(Option::is_some);
    let home = move || desk.me.with(|me| me.as_ref().map_or("/letters", Me::home));
    view! {
        <Page title="landing-title">
            <p class="lead">{t("landing-lead")}</p>
            <p class="actions">
                <Show
                    when=signed_in
                    fallback=|| view! {
                        <a href="/join" class="button">{t("landing-begin")}</a>
                        <a href="/sign-in" class="button second">{t("landing-back")}</a>
                    }
                >
                    <a href=home class="button">{t("landing-letters")}</a>
                </Show>
            </p>
            <section>
                <h2>{t("landing-how")}</h2>
                <ul class="calm">
                    <li>{t("landing-how-name")}</li>
                    <li>{t("landing-how-sealed")}</li>
                    <li>{t("landing-how-time")}</li>
                    <li>{t("landing-how-stop")}</li>
                </ul>
            </section>
            <section>
                <h2>{t("landing-who")}</h2>
                <Working doing text="loading"/>
                <NotLoaded doing/>
                {move || centre.get().map(|centre| view! {
                    <Counsellors people=centre.counsellors/>
                    {centre.document.map(|document| view! {
                        <dl class="facts">
                            <dt>{t("document-hours")}</dt>
                            <dd lang=document.locale>{document.hours}</dd>
                        </dl>
                    })}
                })}
            </section>
            <section>
                <h2>{t("landing-limits")}</h2>
                <p>{t("landing-limits-text")}</p>
                <p>{t("landing-limits-see")}</p>
            </section>
            {move || centre.get().and_then(|centre| centre.document).map(|document| view! {
                <section>
                    <h2>{t("landing-centre")}</h2>
                    <dl class="facts">
                        <dt>{t("document-contacts")}</dt>
                        <dd>{document.contacts}</dd>
                        <dt>{t("document-complaint")}</dt>
                        <dd>{document.complaint}</dd>
                    </dl>
                    <details>
                        <summary>{t("landing-document")}</summary>
                        <div class="document" lang=document.locale><Prose text=document.text/></div>
                    </details>
                </section>
            })}
        </Page>
    }
}

/// Who answers, with licence and where anyone can check it.
#[component]
pub(crate) fn Counsellors(people: Vec<Appointed>) -> impl IntoView {
    if people.is_empty() {
        return view! { <p class="quiet">{t("nobody-yet")}</p> }.into_any();
    }
    let people = people.into_iter().map(|person| view! { <li><Licensed person/></li> }).collect_view();
    view! { <ul class="people">{people}</ul> }.into_any()
}

/// That somebody is away, and what they say about it.
#[component]
pub(crate) fn AwayUntil(away: Away) -> impl IntoView {
    let Away { until, note } = away;
    view! {
        <span class="badge wrong">{move || fill("away-until", &[("time", day(until).into())])}</span>
        {(!note.is_empty()).then(|| view! { <span class="block words-of-away">{note}</span> })}
    }
}

/// Somebody's name, whether they are away, and their licence.
#[component]
pub(crate) fn Licensed(person: Appointed) -> impl IntoView {
    let Appointed { name, licence, away, .. } = person;
    view! {
        <span class="name">{name.clone()}</span>
        {away.map(|away| view! { <AwayUntil away/> })}
        {licence.map(|licence| {
            let text = move || fill("licence", &[
                ("number", licence.number.clone().into()),
                ("board", licence.board.clone().into()),
                ("jurisdiction", licence.jurisdiction.clone().into()),
                ("until", day(licence.expires).into()),
            ]);
            view! {
                <span class="quiet block">{text}</span>
                {licence.link.map(|link| view! {
                    <a class="block" href=link rel="noreferrer noopener" target="_blank">
                        {t("licence-check")}<span class="unseen">": "{name.clone()}</span>
                    </a>
                })}
            }
        })}
    }
}
