//! Joining: the invitation, a pseudonym, a passphrase, and the recovery code that is shown once.

use amanah_client_sdk::invitation::Invitation;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::desk::{Doing, desk};
use crate::message::{self, Centre, Look};
use crate::parts::{Chosen, Field, NewPassphrase, NotLoaded, Page, Working, Wrong};
use crate::problem::{Problem, Trouble};
use crate::texts::{language, t};

/// The page on which one joins.
#[component]
pub(crate) fn Join() -> impl IntoView {
    let desk = desk();
    view! {
        <Show when=move || desk.invitation.with(Option::is_some) fallback=|| view! { <Invited/> }>
            <Register/>
        </Show>
    }
}

/// Takes the invitation of somebody who came without its link.
#[component]
fn Invited() -> impl IntoView {
    let desk = desk();
    let (link, problem) = (RwSignal::new(String::new()), RwSignal::new(None::<Problem>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let here = window().location().origin().unwrap_or_default();
        match link.get_untracked().parse::<Invitation>() {
            Ok(invitation) if invitation.relay == here => desk.invitation.set(Some(invitation.centre.to_string())),
            _ => problem.set(Some(Trouble::NotAnInvitation.into())),
        }
    };
    view! {
        <Page title="join-title">
            <p>{t("invitation-why")}</p>
            <form on:submit=submit>
                <Field label="invitation" name="invitation" value=link hint="invitation-hint"/>
                <Wrong problem/>
                <p class="actions"><button type="submit">{t("go-on")}</button></p>
            </form>
            <p>{t("invitation-none")}</p>
            <p><A href="/sign-in">{t("join-have-account")}</A></p>
        </Page>
    }
}

/// Chooses a pseudonym and a passphrase.
#[component]
fn Register() -> impl IntoView {
    let (desk, looking, doing) = (desk(), Doing::new(), Doing::new());
    let centre = RwSignal::new(None::<Centre>);
    let (handle, staff) = (RwSignal::new(String::new()), RwSignal::new(false));
    let chosen = Chosen::new(move || handle.get());
    Effect::new(move |_| {
        looking.tries();
        centre.set(None);
        let asked = Look { centre: desk.invitation.get(), locale: language().tag().to_owned() };
        looking.run(asked, move |seen| centre.set(Some(seen)));
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(invitation) = desk.invitation.get_untracked().filter(|_| !doing.busy.get_untracked()) else { return };
        if let Some(passphrase) = chosen.take() {
            let asked = message::Join {
                centre: invitation,
                handle: handle.get_untracked(),
                passphrase,
                staff: staff.get_untracked(),
            };
            doing.run(asked, move |made| desk.issued.set(Some(made)));
        }
    };
    view! {
        <Page title="join-title">
            <Working doing=looking text="loading"/>
            <NotLoaded doing=looking/>
            {move || centre.get().map(|centre| view! {
                <div class="note good">
                    <p>{t("invitation-right")}</p>
                    <details>
                        <summary>{t("invitation-words")}</summary>
                        <p>{t("invitation-words-why")}</p>
                        <p class="words" translate="no">{centre.words}</p>
                    </details>
                </div>
            })}
            <Show when=move || centre.with(Option::is_some)>
                <form on:submit=submit>
                    <Field label="join-handle" name="handle" value=handle hint="handle-advice"/>
                    <NewPassphrase chosen/>
                    <details class="staff">
                        <summary>{t("join-staff")}</summary>
                        <label class="choice">
                            <input type="checkbox" prop:checked=move || staff.get() on:change:target=move |event| staff.set(event.target().checked())/>
                            <span>{t("join-staff-yes")}</span>
                        </label>
                    </details>
                    <Wrong problem=doing.problem/>
                    <p class="actions">
                        <button type="submit" aria-disabled=move || doing.busy.get().to_string()>{t("join")}</button>
                    </p>
                    <Working doing text="joining"/>
                </form>
            </Show>
            <p><A href="/sign-in">{t("join-have-account")}</A></p>
        </Page>
    }
}
