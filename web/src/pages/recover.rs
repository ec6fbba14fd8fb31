//! Coming back with the recovery code.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::desk::{Doing, desk};
use crate::message::Recover;
use crate::parts::{Chosen, Field, NewPassphrase, Page, SecretField, Working, Wrong};
use crate::texts::t;

/// The page on which one comes back.
#[component]
pub(crate) fn RecoverPage() -> impl IntoView {
    let desk = desk();
    let doing = Doing::new();
    let (handle, code) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let chosen = Chosen::new(move || handle.get());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if doing.busy.get_untracked() {
            return;
        }
        if let Some(passphrase) = chosen.take() {
            let asked = Recover { handle: handle.get_untracked(), code: code.get_untracked(), passphrase };
            doing.run(asked, move |made| desk.issued.set(Some(made)));
        }
    };
    view! {
        <Page title="recover-title">
            <p>{t("recover-lead")}</p>
            <form on:submit=submit>
                <Field label="handle" name="handle" value=handle/>
                <SecretField label="recovery-code" name="recovery-code" value=code hint="recovery-code-hint"/>
                <NewPassphrase chosen/>
                <Wrong problem=doing.problem/>
                <p class="actions">
                    <button type="submit" aria-disabled=move || doing.busy.get().to_string()>{t("recover")}</button>
                </p>
                <Working doing text="recovering"/>
            </form>
            <details>
                <summary>{t("recover-lost")}</summary>
                <p>{t("recover-lost-text")}</p>
                <p><A href="/join">{t("sign-in-new")}</A></p>
            </details>
            <p><A href="/sign-in">{t("recover-back")}</A></p>
        </Page>
    }
}
