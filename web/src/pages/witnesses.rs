//! Who watches over the log, and how many of them somebody demands.

use leptos::prelude::*;

use crate::desk::Doing;
use crate::message::{DemandWitnesses, LookAtWitnesses, Witness, Witnesses};
use crate::parts::{Working, Wrong, moment};
use crate::texts::{fill, say, t};

/// The part of the settings about witnesses. It asks the relay only once it is opened.
#[component]
pub(crate) fn OfWitnesses() -> impl IntoView {
    let (doing, known) = (Doing::new(), RwSignal::new(None::<Witnesses>));
    let look = move |_| {
        if known.with_untracked(Option::is_none) && !doing.busy.get_untracked() {
            doing.run(LookAtWitnesses {}, move |seen| known.set(Some(seen)));
        }
    };
    view! {
        <section>
            <h2>{t("witnesses-title")}</h2>
            <details on:toggle=look>
                <summary>{t("witnesses-show")}</summary>
                <p>{t("witnesses-why")}</p>
                {move || known.get().map(|seen| view! { <Known seen known doing/> })}
                <Wrong problem=doing.problem/>
                <Working doing text="working"/>
            </details>
        </section>
    }
}

#[component]
fn Known(seen: Witnesses, known: RwSignal<Option<Witnesses>>, doing: Doing) -> impl IntoView {
    let Witnesses { demanded, witnesses } = seen;
    let number = u32::try_from(witnesses.len()).unwrap_or(u32::MAX);
    let wanted = RwSignal::new(demanded.map_or(0, |(needed, _)| needed));
    let counts = move || match demanded {
        Some((needed, of)) => fill("witnesses-needed", &[("needed", needed.into()), ("of", of.into())]),
        None => say("witnesses-not-needed"),
    };
    let none = witnesses.is_empty();
    let people = witnesses.into_iter().map(|witness| view! { <li><OneWitness witness/></li> }).collect_view();
    let choices = (0..=number).map(|count| {
        let text = move || match count {
            0 => say("witnesses-none"),
            _ => fill("witnesses-count", &[("count", count.into()), ("of", number.into())]),
        };
        view! { <option value=count.to_string() prop:selected=move || wanted.get() == count>{text}</option> }
    });
    let choices = choices.collect_view();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !doing.busy.get_untracked() {
            let needed = Some(wanted.get_untracked()).filter(|needed| *needed > 0);
            doing.run(DemandWitnesses { needed }, move |seen| known.set(Some(seen)));
        }
    };
    view! {
        <p><strong>{counts}</strong></p>
        <ul class="people">{people}</ul>
        {none.then(|| view! { <p class="quiet">{t("witnesses-nobody")}</p> })}
        {(!none || demanded.is_some()).then(|| view! {
            <form on:submit=submit>
                <div class="field">
                    <label for="witnesses">{t("witnesses-demand")}</label>
                    <p class="hint" id="witnesses-hint">{t("witnesses-demand-means")}</p>
                    <select
                        id="witnesses"
                        aria-describedby="witnesses-hint"
                        on:change:target=move |event| wanted.set(event.target().value().parse().unwrap_or_default())
                    >{choices}</select>
                </div>
                <p class="actions"><button type="submit" class="second">{t("witnesses-set")}</button></p>
            </form>
        })}
    }
}

#[component]
fn OneWitness(witness: Witness) -> impl IntoView {
    let Witness { name, cosigned, demanded } = witness;
    let cosigned = move || match cosigned {
        Some((size, time)) => {
            fill("witness-cosigned", &[("size", size.to_string().into()), ("time", moment(time).into())])
        }
        None => say("witness-silent"),
    };
    view! {
        <span class="name">{name}</span>
        <span class="quiet block">{cosigned}</span>
        {demanded.then(|| view! { <span class="badge">{t("witness-demanded")}</span> })}
    }
}
