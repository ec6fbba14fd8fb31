//! Secrets that are shown once: hidden until asked for, copied, printed or saved, and typed back in part.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::sign_in::enter;
use crate::desk::{Doing, desk};
use crate::drafts;
use crate::message::{Confirm, Issued, Me};
use crate::parts::{Field, Page, Working, Wrong, copy_text, download};
use crate::texts::{fill, say, t};

/// Shows the recovery code, and the sheet of staff, until the person has them. Only then they begin to hold, and the person is
/// signed in.
#[component]
pub(crate) fn ShowOnce(issued: Issued) -> impl IntoView {
    let (desk, doing, navigate) = (desk(), Doing::new(), use_navigate());
    let Issued { recovery, sheet } = issued;
    let confirmed = move |me: Me| {
        let (navigate, home) = (navigate.clone(), me.home());
        let go_on = move || {
            desk.issued.set(None);
            navigate(home, NavigateOptions { replace: true, ..Default::default() });
        };
        // whoever is here already goes on with what they were writing
        if desk.me.with_untracked(Option::is_some) {
            leptos::task::spawn_local(drafts::seal_at_once(desk));
            go_on();
        } else {
            enter(desk, me, go_on);
        }
    };
    let done = Callback::new(move |()| {
        if !doing.busy.get_untracked() {
            doing.run(Confirm {}, confirmed.clone());
        }
    });
    view! {
        <Page title="once-title">
            <p>{t("once-why")}</p>
            <p><strong>{t("once-only")}</strong></p>
            <Codes recovery sheet done/>
            <Working doing text="joining"/>
            <Wrong problem=doing.problem/>
            <p class="actions">
                <button type="button" class="second" on:click=move |_| {
                    if !doing.busy.get_untracked() {
                        desk.issued.set(None);
                    }
                }>{t("once-back")}</button>
            </p>
        </Page>
    }
}

/// The codes themselves, and going on once the end of the recovery code was typed.
#[component]
fn Codes(recovery: String, sheet: Option<String>, done: Callback<()>) -> impl IntoView {
    let (shown, copied, typed, wrong) =
        (RwSignal::new(false), RwSignal::new(false), RwSignal::new(String::new()), RwSignal::new(false));
    let lines = StoredValue::new([Some(recovery.clone()), sheet.clone()].into_iter().flatten().collect::<Vec<_>>());
    let in_a_file = move || {
        let text = lines.with_value(|lines| lines.join("\n"));
        format!("{}\n", fill("once-file", &[("codes", text.into())]))
    };
    let last = recovery.rsplit('-').next().unwrap_or_default().to_owned();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let right = typed.get_untracked().trim().trim_start_matches('-').eq_ignore_ascii_case(&last);
        wrong.set(!right);
        if right {
            done.run(());
        }
    };
    let copy = move |_| copy_text(&lines.with_value(|lines| lines.join("\n")), copied);
    let code = move |id: &'static str, text: String| {
        let hidden: String = text.chars().map(|c| if c == '-' { c } else { '•' }).collect();
        view! {
            <p class="code-label">{t(id)}</p>
            <p class="code" translate="no">
                {move || if shown.get() {
                    view! { <span>{text.clone()}</span> }.into_any()
                } else {
                    view! { <span aria-hidden="true">{hidden.clone()}</span><span class="unseen">{t("once-hidden")}</span> }.into_any()
                }}
            </p>
        }
    };
    view! {
        <div class="once">
            {code("recovery-code", recovery.clone())}
            {sheet.clone().map(|sheet| code("sheet", sheet))}
            <div class="actions">
                <button type="button" class="second" aria-pressed=move || shown.get().to_string() on:click=move |_| shown.update(|shown| *shown = !*shown)>
                    {move || if shown.get() { say("hide") } else { say("show") }}
                </button>
                <button type="button" class="second" on:click=copy>{t("copy")}</button>
                <button type="button" class="second" on:click=|_| { let _it_asks = window().print(); }>{t("print")}</button>
                <button type="button" class="second" on:click=move |_| download("amanah.txt", &in_a_file())>{t("save")}</button>
            </div>
            <p role="status">{move || copied.get().then(t("copied"))}</p>
            <div class="to-print" aria-hidden="true">
                {lines.with_value(|lines| lines.iter().map(|line| view! { <p>{line.clone()}</p> }).collect_view())}
            </div>
            <p class="quiet">{t("once-where")}</p>
        </div>
        <form on:submit=submit>
            <Field label="once-type" name="last" value=typed hint="once-type-hint"/>
            <p role="alert" class="wrong-line">{move || wrong.get().then(t("once-wrong"))}</p>
            <p class="actions"><button type="submit">{t("go-on")}</button></p>
        </form>
    }
}
