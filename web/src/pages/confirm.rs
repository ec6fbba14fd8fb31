//! Asking once more before something is done that cannot be undone.

use leptos::html;
use leptos::prelude::*;

use crate::desk::Doing;
use crate::parts::{Working, Wrong};
use crate::texts::t;

/// The question and its two answers. It takes the focus, so that keyboards and screen readers come to it.
#[component]
pub(super) fn Confirm(
    /// What would happen.
    #[prop(into)]
    means: Signal<String>,
    /// The ids of yes and no.
    answers: [&'static str; 2],
    #[prop(into)] yes: Callback<()>,
    #[prop(into)] no: Callback<()>,
    doing: Doing,
    /// The id of what is said while it is done.
    text: &'static str,
) -> impl IntoView {
    let here = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(here) = here.get() {
            let _it_is_there = here.focus();
        }
    });
    let [do_it, leave_it] = answers;
    let agree = move |_| {
        if !doing.busy.get_untracked() {
            yes.run(());
        }
    };
    view! {
        <div class="note" role="group" tabindex="-1" node_ref=here aria-label=move || means.get()>
            <p>{move || means.get()}</p>
            <p class="actions">
                <button type="button" on:click=agree>{t(do_it)}</button>
                <button type="button" class="second" on:click=move |_| no.run(())>{t(leave_it)}</button>
            </p>
            <Working doing text/>
            <Wrong problem=doing.problem/>
        </div>
    }
}

/// Gives the focus back to the button that asked, once it is shown again.
pub(super) fn back_to(button: NodeRef<html::Button>) {
    request_animation_frame(move || {
        if let Some(button) = button.try_get_untracked().flatten() {
            let _it_is_there = button.focus();
        }
    });
}
