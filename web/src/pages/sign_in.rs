//! Coming back with pseudonym and passphrase.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::desk::{Desk, Doing, Ended, desk};
use crate::drafts;
use crate::message::{Me, SignIn};
use crate::parts::{Field, Page, SecretField, Working, Wrong};
use crate::problem::Trouble;
use crate::texts::{say, t};

/// Takes in who signed in, with what they were writing in this tab, and goes on. Pages for who is not signed in lead on by
/// themselves.
pub(crate) fn enter(desk: Desk, me: Me, then: impl FnOnce() + 'static) {
    leptos::task::spawn_local(async move {
        desk.drafts.set(drafts::restore().await);
        desk.ended.set(None);
        desk.unkept.set(false);
        desk.me.set(Some(me));
        then();
    });
}

/// The page on which one signs in.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let (handle, passphrase, sheet) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let needs_sheet = RwSignal::new(false);
    Effect::new(move |_| {
        if doing.problem.with(|problem| problem.as_ref().is_some_and(|p| p.trouble == Trouble::NeedsSheet)) {
            needs_sheet.set(true);
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if doing.busy.get_untracked() {
            return;
        }
        let asked = SignIn {
            handle: handle.get_untracked(),
            passphrase: passphrase.get_untracked(),
            sheet: Some(sheet.get_untracked()).filter(|sheet| !sheet.trim().is_empty()),
        };
        // also whoever has gone to another page meanwhile is signed in, and sees it
        doing.run_through(asked, move |me: &Me| enter(desk, me.clone(), || {}), |_| {});
    };
    let ended = move || desk.ended.get().map(Ended::id);
    view! {
        <Page title="sign-in-title">
            {move || ended().map(|id| view! { <p class="note" role="status">{move || say(id)}</p> })}
            {drafts::are_kept().then(|| view! { <p class="note good">{t("ended-draft")}</p> })}
            {move || desk.unkept.get().then(|| view! { <p class="note wrong">{t("ended-unkept")}</p> })}
            <form on:submit=submit>
                <Field label="handle" name="handle" value=handle/>
                <SecretField label="passphrase" name="passphrase" value=passphrase autocomplete="current-password"/>
                <Show when=move || needs_sheet.get()>
                    <SecretField label="sheet" name="sheet" value=sheet hint="sheet-hint"/>
                </Show>
                <Wrong problem=doing.problem/>
                <p class="actions">
                    <button type="submit" aria-disabled=move || doing.busy.get().to_string()>{t("sign-in")}</button>
                </p>
                <Working doing text="signing-in"/>
            </form>
            <p><A href="/recover">{t("sign-in-forgotten")}</A></p>
            <p><A href="/join">{t("sign-in-new")}</A></p>
            <p class="quiet">{t("sign-in-nothing-kept")}</p>
        </Page>
    }
}
