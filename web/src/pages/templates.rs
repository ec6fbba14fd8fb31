//! Prepared replies of staff: keeping them in settings, and putting one into a letter.

use leptos::html;
use leptos::prelude::*;
use leptos_router::components::A;
use wasm_bindgen::JsCast;

use super::confirm::{Confirm, back_to};
use crate::desk::Doing;
use crate::message::{DropTemplate, KeepTemplate, Template, Templates};
use crate::parts::{Field, LongField, Working, Wrong};
use crate::texts::{fill, say, t};

/// What the settings show of them, and the form.
#[derive(Clone, Copy)]
struct Replies {
    doing: Doing,
    all: RwSignal<Option<Vec<Template>>>,
    name: RwSignal<String>,
    text: RwSignal<String>,
    heading: NodeRef<html::H2>,
    dropped: RwSignal<bool>,
}

/// All of them, with a way to add, change and drop.
#[component]
pub(super) fn Prepared() -> impl IntoView {
    let replies = Replies {
        doing: Doing::new(),
        all: RwSignal::new(None),
        name: RwSignal::new(String::new()),
        text: RwSignal::new(String::new()),
        heading: NodeRef::new(),
        dropped: RwSignal::new(false),
    };
    let Replies { doing, all, name, text, heading, dropped } = replies;
    Effect::new(move |_| doing.quietly(Templates {}, move |known| all.set(Some(known))));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !doing.busy.get_untracked() {
            dropped.set(false);
            let asked = KeepTemplate { name: name.get_untracked(), text: text.get_untracked() };
            doing.run(asked, move |known| {
                all.set(Some(known));
                name.set(String::new());
                text.set(String::new());
            });
        }
    };
    // a reply takes the place of the one with its name
    let title = move || {
        let name = name.get();
        let known = all.with(|all| all.iter().flatten().any(|template| template.name == name));
        if known { fill("template-change-named", &[("name", name.into())]) } else { say("template-new") }
    };
    view! {
        <section>
            <h2 tabindex="-1" node_ref=heading>{t("templates-title")}</h2>
            <p>{t("templates-why")}</p>
            <p role="status" class="arrived">{move || dropped.get().then(t("template-dropped"))}</p>
            {move || all.get().map(|all| if all.is_empty() {
                view! { <p class="quiet">{t("templates-none")}</p> }.into_any()
            } else {
                let all = all.into_iter().map(|template| view! { <li><OneReply template replies/></li> });
                view! { <ul class="people">{all.collect_view()}</ul> }.into_any()
            })}
            <form on:submit=submit>
                <h3>{title}</h3>
                <Field label="template-name" name="template-name" value=name/>
                <LongField label="template-text" name="template-text" value=text/>
                <Wrong problem=doing.problem/>
                <p class="actions"><button type="submit" class="second">{t("template-keep")}</button></p>
                <Working doing text="working"/>
            </form>
        </section>
    }
}

#[component]
fn OneReply(template: Template, replies: Replies) -> impl IntoView {
    let Replies { all, name, text, heading, dropped, .. } = replies;
    let (doing, asked, button) = (Doing::new(), RwSignal::new(false), NodeRef::<html::Button>::new());
    let (words, template) = (template.text.clone(), StoredValue::new(template));
    let called = move || template.with_value(|template| template.name.clone());
    let named = move |id: &'static str| move || fill(id, &[("name", called().into())]);
    let change = move |_| {
        name.set(called());
        text.set(template.with_value(|template| template.text.clone()));
        let field = document().get_element_by_id("template-text");
        if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _it_is_there = field.focus();
        }
    };
    let drop_it = move |()| {
        doing.run(DropTemplate { name: called() }, move |known| {
            all.set(Some(known));
            dropped.set(true);
            if let Some(heading) = heading.get_untracked() {
                let _it_is_there = heading.focus();
            }
        });
    };
    let leave = move |()| {
        asked.set(false);
        back_to(button);
    };
    view! {
        <span class="name">{called}</span>
        <p class="words-of-letter">{words}</p>
        <button type="button" class="plain" aria-label=named("template-change-named") on:click=change>{t("template-change")}</button>
        <button
            type="button"
            class="plain"
            hidden=move || asked.get()
            node_ref=button
            aria-label=named("template-drop-named")
            on:click=move |_| asked.set(true)
        >
            {t("template-drop")}
        </button>
        <Show when=move || asked.get()>
            <Confirm
                means=Signal::derive(named("template-drop-sure"))
                answers=["template-drop-yes", "template-drop-no"]
                yes=drop_it
                no=leave
                doing
                text="working"
            />
        </Show>
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
