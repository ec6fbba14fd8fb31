//! Who could read a session, since when, and what was asked of the trustees.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Instead;
use crate::desk::{Doing, desk};
use crate::message::{Access, History};
use crate::parts::{NotLoaded, Page, Working, moment, name_of};
use crate::texts::{fill, say, t};

/// The access history of the session that is open.
#[component]
pub(crate) fn HistoryPage() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let lines = RwSignal::new(None::<Vec<Access>>);
    Effect::new(move |_| {
        doing.tries();
        if let Some(session) = desk.session.get() {
            doing.run(History { session }, move |read| lines.set(Some(read)));
        }
    });
    view! {
        <Show when=move || desk.session.with(Option::is_some) fallback=|| view! { <Instead path="/letters"/> }>
            <Page title="history-title">
                <p>{t("history-lead")}</p>
                <Working doing text="opening"/>
                <NotLoaded doing/>
                <ol class="history">
                    {move || lines.get().unwrap_or_default().into_iter().map(|line| view! {
                        <li>{move || text_of(&line)}</li>
                    }).collect_view()}
                </ol>
                <p><A href="/thread">{t("back-to-letters")}</A></p>
            </Page>
        </Show>
    }
}

/// A line of an access history in words.
pub(super) fn text_of(line: &Access) -> String {
    match line {
        Access::Reader { person, from, until } => {
            let mut variables = vec![("name", name_of(person).into()), ("from", moment(*from).into())];
            match until {
                Some(until) => {
                    variables.push(("until", moment(*until).into()));
                    fill("history-could-read", &variables)
                }
                None => fill("history-reads", &variables),
            }
        }
        Access::Handed { to, at } => {
            fill("history-handed", &[("name", name_of(to).into()), ("time", moment(*at).into())])
        }
        Access::Release { to, ground, at, standing } => {
            let asked = fill(
                "history-release",
                &[
                    ("name", name_of(to).into()),
                    ("time", moment(*at).into()),
                    ("ground", say(&format!("ground-{ground}")).into()),
                ],
            );
            format!("{asked} {}", say(&format!("standing-{standing}")))
        }
    }
}
