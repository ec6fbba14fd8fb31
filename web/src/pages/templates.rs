//! Prepared replies of staff: keeping them in settings, and putting one into a letter.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::desk::Doing;
use crate::message::{DropTemplate, KeepTemplate, Template, Templates};
use crate::parts::{Field, LongField, Working, Wrong};
use crate::texts::{fill, t};

/// All of them, with a way to add, change and drop.
#[component]
pub(super) fn Prepared() -> impl IntoView {
    let (doing, all) = (Doing::new(), RwSignal::new(Vec::<Template>::new()));
    let (name, text) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |_| doing.quietly(Templates {}, move |known| all.set(known)));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !doing.busy.get_untracked() {
            let asked = KeepTemplate { name: name.get_untracked(), text: text.get_untracked() };
            doing.run(asked, move |known| {
                all.set(known);
                name.set(String::new());
                text.set(String::new());
            });
        }
    };
    let one = move |template: Template| {
        let (dropped, label) = (template.name.clone(), template.name.clone());
        let named = move |id: &'static str| {
            let label = label.clone();
            move || fill(id, &[("name", label.clone().into())])
        };
        let shown = template.clone();
        let change = move |_| {
            name.set(shown.name.clone());
            text.set(shown.text.clone());
        };
        let drop_it = move |_| {
            doing.run(DropTemplate { name: dropped.clone() }, move |known| all.set(known));
        };
        view! {
            <li>
                <span class="name">{template.name.clone()}</span>
                <p class="words-of-letter">{template.text}</p>
                <button type="button" class="plain" aria-label=named("template-change-named") on:click=change>{t("template-change")}</button>
                <button type="button" class="plain" aria-label=named("template-drop-named") on:click=drop_it>{t("template-drop")}</button>
            </li>
        }
    };
    view! {
        <section>
            <h2>{t("templates-title")}</h2>
            <p>{t("templates-why")}</p>
            <ul class="people">{move || all.get().into_iter().map(one).collect_view()}</ul>
            <form on:submit=submit>
                <Field label="template-name" name="template-name" value=name/>
                <LongField label="template-text" name="template-text" value=text/>
                <Wrong problem=doing.problem/>
                <p class="actions"><button type="submit" class="second">{t("template-keep")}</button></p>
                <Working doing text="working"/>
            </form>
        </section>
    }
}

/// Puts a prepared reply behind what was written.
#[component]
pub(super) fn Insert(text: RwSignal<String>) -> impl IntoView {
    let (doing, all) = (Doing::new(), RwSignal::new(None::<Vec<Template>>));
    Effect::new(move |_| doing.quietly(Templates {}, move |known| all.set(Some(known))));
    let one = move |template: Template| {
        let words = template.text;
        let insert = move |_| {
            text.update(|text| {
                let before = text.trim_end().len();
                text.truncate(before);
                if before > 0 {
                    text.push_str("\n\n");
                }
                text.push_str(&words);
            });
        };
        view! { <li><button type="button" class="second" on:click=insert>{template.name}</button></li> }
    };
    view! {
        <details class="prepared">
            <summary>{t("template-insert")}</summary>
            {move || all.get().map(|all| if all.is_empty() {
                view! { <p class="quiet">{t("templates-none")}</p> }.into_any()
            } else {
                view! { <ul class="actions">{all.into_iter().map(one).collect_view()}</ul> }.into_any()
            })}
            <Wrong problem=doing.problem/>
            <p><A href="/settings">{t("templates-settings")}</A></p>
        </details>
    }
}
