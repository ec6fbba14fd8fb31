//! Choosing a counsellor, reading the consent document, and saying yes or no to each thing by itself.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::landing::Licensed;
use crate::desk::{Doing, desk};
use crate::message::{Allowed, Appointed, Centre, Document, Escrow, Refresh, Sign, Trustee};
use crate::parts::{NotLoaded, Page, Prose, Working, Wrong, duration, in_a_row};
use crate::texts::{fill, language, say, t};
use crate::words::days;

/// What a client can allow here without naming somebody.
const FREELY: [&str; 4] = ["record-keeping", "research", "recording", "email-notice"];

/// What somebody has chosen so far.
#[derive(Clone, Copy)]
struct Choice {
    counsellor: RwSignal<Option<Appointed>>,
    also: RwSignal<Vec<String>>,
    supervisor: RwSignal<Option<Appointed>>,
    escrow: RwSignal<Option<bool>>,
}

/// The page on which one begins with a counsellor.
#[component]
pub(crate) fn Begin() -> impl IntoView {
    let (looking, centre) = (Doing::new(), RwSignal::new(None::<Centre>));
    let choice = Choice {
        counsellor: RwSignal::new(None),
        also: RwSignal::new(Vec::new()),
        supervisor: RwSignal::new(None),
        escrow: RwSignal::new(None),
    };
    Effect::new(move |_| {
        looking.tries();
        looking.run(Refresh { locale: language().tag().to_owned() }, move |seen| centre.set(Some(seen)));
    });
    view! {
        <Page title="begin-title">
            <Working doing=looking text="loading"/>
            <NotLoaded doing=looking/>
            {move || centre.get().map(|centre| match centre.document.clone() {
                Some(document) if centre.counsellors.is_empty() => view! {
                    <div class="note">
                        <p>{t("begin-nobody")}</p>
                        <p lang=document.locale>{document.contacts}</p>
                    </div>
                }.into_any(),
                Some(document) => view! { <Consent centre document choice/> }.into_any(),
                None => view! { <p class="note">{t("begin-no-document")}</p> }.into_any(),
            })}
        </Page>
    }
}

#[component]
fn Consent(centre: Centre, document: Document, choice: Choice) -> impl IntoView {
    let (desk, doing, navigate) = (desk(), Doing::new(), use_navigate());
    let missing = RwSignal::new(None::<&'static str>);
    Effect::new(move |_| {
        choice.counsellor.track();
        choice.escrow.track();
        missing.set(None);
    });
    let offered = centre.escrow.clone();
    let (hash, locale, policy) =
        (document.hash.clone(), document.locale.clone(), offered.as_ref().map(|escrow| escrow.hash.clone()));
    let sign = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if doing.busy.get_untracked() {
            return;
        }
        let Some(counsellor) = choice.counsellor.get_untracked() else {
            missing.set(Some("begin-choose-counsellor"));
            return;
        };
        let escrow = choice.escrow.get_untracked();
        if policy.is_some() && escrow.is_none() {
            missing.set(Some("escrow-choose"));
            return;
        }
        missing.set(None);
        let mut also: Vec<Allowed> =
            choice.also.get_untracked().into_iter().map(|purpose| Allowed { purpose, named: None }).collect();
        also.extend(
            choice
                .supervisor
                .get_untracked()
                .map(|supervisor| Allowed { purpose: "supervision".to_owned(), named: Some(supervisor.account) }),
        );
        let asked = Sign {
            counsellor: counsellor.account,
            document: hash.clone(),
            also,
            escrow: policy.clone().filter(|_| escrow == Some(true)),
            locale: locale.clone(),
        };
        let navigate = navigate.clone();
        doing.run(asked, move |session| {
            desk.session.set(Some(session));
            navigate("/intake", leptos_router::NavigateOptions { replace: true, ..Default::default() });
        });
    };
    let facts = [
        ("document-data", document.data.clone()),
        ("document-rights", document.rights.clone()),
        ("document-hours", document.hours.clone()),
        ("document-contacts", document.contacts.clone()),
        ("document-complaint", document.complaint.clone()),
    ];
    let facts = facts.map(|(id, text)| view! { <dt>{t(id)}</dt><dd>{text}</dd> }).collect_view();
    let (floor, ceiling) = (document.floor_days, document.ceiling_days);
    view! {
        <p>{t("begin-lead")}</p>
        <form on:submit=sign class="consent">
            <Who people=centre.counsellors.clone() choice/>
            <section>
                <h2>{t("begin-read")}</h2>
                <div class="document" lang=document.locale.clone()><Prose text=document.text.clone()/></div>
                <dl class="facts">{facts}</dl>
                <p>{move || fill("document-retention", &[("floor", days(floor).into()), ("ceiling", days(ceiling).into())])}</p>
            </section>
            <Purposes purposes=document.purposes.clone() supervisors=centre.supervisors.clone() choice/>
            {offered.map(|escrow| view! { <EscrowChoice escrow choice/> })}
            <Readers choice/>
            <p role="alert" class="wrong-line">{move || missing.get().map(say)}</p>
            <Wrong problem=doing.problem/>
            <p class="actions">
                <button type="submit" aria-disabled=move || doing.busy.get().to_string()>{t("begin-sign")}</button>
            </p>
            <Working doing text="signing"/>
            <p class="quiet">{t("begin-take-back")}</p>
        </form>
    }
}

#[component]
fn Who(people: Vec<Appointed>, choice: Choice) -> impl IntoView {
    let people = people
        .into_iter()
        .map(|person| {
            let (account, chosen) = (person.account.clone(), person.clone());
            let checked = move || choice.counsellor.with(|c| c.as_ref().is_some_and(|c| c.account == account));
            view! {
                <label class="choice card">
                    <input type="radio" name="counsellor" prop:checked=checked on:change=move |_| choice.counsellor.set(Some(chosen.clone()))/>
                    <span><Licensed person/></span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset>
            <legend>{t("begin-who")}</legend>
            {people}
        </fieldset>
    }
}

#[component]
fn Purposes(purposes: Vec<String>, supervisors: Vec<Appointed>, choice: Choice) -> impl IntoView {
    let offers = |purpose: &str| purposes.iter().any(|offered| offered == purpose);
    let freely = FREELY.into_iter().filter(|purpose| offers(purpose)).map(|purpose| {
        let toggle = move |on: bool| {
            choice.also.update(|also| {
                also.retain(|known| known != purpose);
                if on {
                    also.push(purpose.to_owned());
                }
            });
        };
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    prop:checked=move || choice.also.with(|also| also.iter().any(|known| known == purpose))
                    on:change:target=move |event| toggle(event.target().checked())
                />
                <span>{move || say(&format!("purpose-{purpose}"))}</span>
            </label>
        }
    });
    let freely = freely.collect_view();
    let supervision =
        (offers("supervision") && !supervisors.is_empty()).then(|| view! { <Supervisor supervisors choice/> });
    view! {
        <fieldset>
            <legend>{t("begin-allow")}</legend>
            <p>{t("begin-allow-why")}</p>
            <label class="choice">
                <input type="checkbox" checked disabled/>
                <span>{t("purpose-counselling")}" "{t("begin-needed")}</span>
            </label>
            {freely}
            {supervision}
        </fieldset>
    }
}

#[component]
fn Supervisor(supervisors: Vec<Appointed>, choice: Choice) -> impl IntoView {
    let people = StoredValue::new(supervisors);
    let choose = move |index: String| {
        let chosen = index.parse::<usize>().ok().and_then(|i| people.with_value(|people| people.get(i).cloned()));
        choice.supervisor.set(chosen);
    };
    let options = people.with_value(|people| {
        let option =
            |(i, person): (usize, &Appointed)| view! { <option value=i.to_string()>{person.name.clone()}</option> };
        people.iter().enumerate().map(option).collect_view()
    });
    view! {
        <div class="field">
            <label for="supervisor">{t("purpose-supervision")}</label>
            <select id="supervisor" on:change:target=move |event| choose(event.target().value())>
                <option value="">{t("supervisor-none")}</option>
                {options}
            </select>
        </div>
    }
}

/// Yes or no to escrow, with what each means.
#[component]
pub(crate) fn EscrowText(escrow: Escrow) -> impl IntoView {
    let (needed, count) = (u64::from(escrow.needed), escrow.trustees.len());
    let trustees = escrow.trustees.into_iter().map(|Trustee { name, contact, .. }| {
        view! { <li><span class="name">{name}</span><span class="quiet block">{contact}</span></li> }
    });
    let grounds = escrow.grounds.into_iter().map(|ground| {
        let id = format!("ground-{}", ground.word);
        let how = move || {
            let waits = match ground.delay {
                0 => say("delay-none"),
                delay => fill("delay-each", &[("time", duration(delay).into())]),
            };
            let told = match ground.notice {
                0 => say("notice-at-once"),
                notice => fill("notice-within", &[("time", duration(notice).into())]),
            };
            let stop = if ground.cancellable { say("can-stop") } else { say("cannot-stop") };
            format!("{waits} {told} {stop}")
        };
        view! { <li>{move || say(&id)}<span class="quiet block">{how}</span></li> }
    });
    let (trustees, grounds) = (trustees.collect_view(), grounds.collect_view());
    view! {
        <p>{move || fill("escrow-yes-means", &[("needed", needed.into()), ("count", count.into())])}</p>
        <p>{t("escrow-no-means")}</p>
        <p>{t("escrow-free")}</p>
        <details>
            <summary>{t("escrow-details")}</summary>
            <p>{t("escrow-people")}</p>
            <ul class="people">{trustees}</ul>
            <p>{t("escrow-grounds")}</p>
            <ul class="calm">{grounds}</ul>
        </details>
    }
}

#[component]
fn EscrowChoice(escrow: Escrow, choice: Choice) -> impl IntoView {
    let radio = move |value: bool, id: &'static str| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="escrow"
                    prop:checked=move || choice.escrow.get() == Some(value)
                    on:change=move |_| choice.escrow.set(Some(value))
                />
                <span>{t(id)}</span>
            </label>
        }
    };
    view! {
        <fieldset>
            <legend>{t("escrow-title")}</legend>
            <EscrowText escrow/>
            {radio(true, "escrow-yes")}
            {radio(false, "escrow-no")}
        </fieldset>
    }
}

/// Who will be able to read, by name.
#[component]
fn Readers(choice: Choice) -> impl IntoView {
    let names = move || {
        let counsellor = choice.counsellor.get().map(|person| person.name);
        let supervisor = choice.supervisor.get().map(|person| person.name);
        let names: Vec<String> = [Some(say("you")), counsellor, supervisor].into_iter().flatten().collect();
        in_a_row(&names)
    };
    view! {
        <section class="note">
            <h2>{t("readers-title")}</h2>
            {move || if choice.counsellor.with(Option::is_some) {
                view! { <p>{move || fill("readers", &[("names", names().into())])}</p> }.into_any()
            } else {
                view! { <p>{t("begin-choose-counsellor")}</p> }.into_any()
            }}
            {move || (choice.escrow.get() == Some(true)).then(|| view! { <p>{t("readers-escrow")}</p> })}
        </section>
    }
}
