//! Signing out, language, passphrase and recovery code, one's own words, and ending everything.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos_router::components::A;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::Languages;
use super::confirm::{Confirm, back_to};
use super::export::Save;
use super::landing::AwayUntil;
use super::templates::Prepared;
use super::witnesses::OfWitnesses;
use crate::desk::{Doing, Ended, desk};
use crate::message::{AnnounceAbsence, ChangePassphrase, EndAbsence, Me, RenewRecoveryCode, RevokeEverything, SignOut};
use crate::parts::{Chosen, CommandLine, LongField, NewPassphrase, Page, SecretField, Working, Wrong};
use crate::texts::{fill, t};

/// How long whoever signs out waits for the relay.
const PATIENCE: Duration = Duration::from_secs(5);

/// The page of settings.
#[component]
pub(crate) fn Settings() -> impl IntoView {
    let desk = desk();
    let handle = move || desk.me.with(|me| me.as_ref().map(|me| me.handle.clone()).unwrap_or_default());
    let counsels = move || desk.me.with(|me| me.as_ref().is_some_and(|me| me.is("counsellor") || me.is("supervisor")));
    view! {
        <Page title="settings-title">
            <p>{move || fill("settings-you", &[("handle", handle().into())])}</p>
            <Leaving/>
            <section>
                <h2>{t("language")}</h2>
                <Languages/>
            </section>
            <Passphrase/>
            <Recovery/>
            <Show when=counsels><Absence/></Show>
            {move || counsels().then(|| view! { <Prepared/> })}
            <WhoIsWho/>
            <OfWitnesses/>
            <Show when=move || desk.me.with(|me| me.as_ref().is_some_and(Me::writes))>
                <section>
                    <h2>{t("export-heading")}</h2>
                    <Save/>
                </section>
            </Show>
            <Show when=move || desk.me.with(|me| me.as_ref().is_some_and(Me::is_client))><Ending/></Show>
        </Page>
    }
}

/// What others compare to be sure of this account, and what its appointment needs.
#[component]
fn WhoIsWho() -> impl IntoView {
    let desk = desk();
    view! {
        <section>
            <h2>{t("who-title")}</h2>
            {move || desk.me.get().map(|me| view! {
                <details>
                    <summary>{t("fingerprint-title")}</summary>
                    <p>{t("fingerprint-why")}</p>
                    <p class="words" translate="no">{me.words}</p>
                    <Square text=me.groups.clone()/>
                    {me.staff.then(|| view! {
                        <details>
                            <summary>{t("account-title")}</summary>
                            <p>{t("account-why")}</p>
                            <CommandLine text=me.groups.replace(' ', "")/>
                        </details>
                    })}
                </details>
            })}
        </section>
    }
}

/// Saying to everybody that one is away.
#[component]
fn Absence() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let (until, note) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let away = Memo::new(move |_| desk.me.with(|me| me.as_ref().and_then(|me| me.away.clone())));
    let show = move |me| {
        note.set(String::new());
        desk.me.set(Some(me));
    };
    let announce = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !doing.busy.get_untracked() {
            let asked = AnnounceAbsence { until: end_of(&until.get_untracked()), note: note.get_untracked() };
            doing.run(asked, show);
        }
    };
    let end = move |_| {
        if !doing.busy.get_untracked() {
            doing.run(EndAbsence {}, show);
        }
    };
    view! {
        <section>
            <h2>{t("absence-title")}</h2>
            {move || away.get().map(|away| view! {
                <p class="note"><AwayUntil away/></p>
                <p class="actions"><button type="button" class="second" on:click=end>{t("absence-end")}</button></p>
            })}
            <details>
                <summary>{t("absence-announce")}</summary>
                <p>{t("absence-means")}</p>
                <form on:submit=announce>
                    <div class="field">
                        <label for="absence-until">{t("absence-until")}</label>
                        <input id="absence-until" type="date" required prop:value=move || until.get()
                            on:input:target=move |event| until.set(event.target().value())/>
                    </div>
                    <LongField label="absence-note" name="absence-note" value=note hint="absence-note-hint"/>
                    <p class="actions"><button type="submit" class="second">{t("absence-say")}</button></p>
                </form>
            </details>
            <Wrong problem=doing.problem/>
            <Working doing text="sending"/>
        </section>
    }
}

/// The end of a day of this device, in milliseconds since 1970; 0 of what is no day.
fn end_of(day: &str) -> u64 {
    let time = js_sys::Date::new(&format!("{day}T23:59:59").into()).get_time();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is no number becomes 0")]
    let milliseconds = time as u64;
    milliseconds
}

/// The pseudonym, for the browser's own keeper of passphrases, if the person uses one.
#[component]
fn KnownAs() -> impl IntoView {
    let desk = desk();
    let handle = move || desk.me.with(|me| me.as_ref().map(|me| me.handle.clone()).unwrap_or_default());
    view! { <input type="text" autocomplete="username" readonly hidden prop:value=handle/> }
}

/// A text as a QR code.
#[component]
fn Square(text: String) -> impl IntoView {
    let code = QrCode::with_error_correction_level(text.replace(' ', "").to_uppercase(), EcLevel::M).ok();
    code.map(|code| {
        let drawn = code.render::<svg::Color<'_>>().min_dimensions(180, 180).build();
        let drawn = drawn.split_once("?>").map_or(drawn.clone(), |(_, svg)| svg.to_owned());
        view! { <div class="square" role="img" aria-label=t("fingerprint-square") inner_html=drawn></div> }
    })
}

#[component]
fn Passphrase() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let (current, done) = (RwSignal::new(String::new()), RwSignal::new(false));
    let handle = move || desk.me.with(|me| me.as_ref().map(|me| me.handle.clone()).unwrap_or_default());
    let chosen = Chosen::new(handle);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        done.set(false);
        if doing.busy.get_untracked() {
            return;
        }
        if let Some(passphrase) = chosen.take() {
            let asked = ChangePassphrase { current: current.get_untracked(), passphrase };
            doing.run(asked, move |()| {
                current.set(String::new());
                chosen.clear();
                done.set(true);
            });
        }
    };
    view! {
        <section>
            <h2>{t("passphrase-title")}</h2>
            <details>
                <summary>{t("passphrase-change")}</summary>
                <p>{t("passphrase-change-means")}</p>
                <form on:submit=submit>
                    <KnownAs/>
                    <SecretField label="passphrase-now" name="passphrase-now" value=current autocomplete="current-password"/>
                    <NewPassphrase chosen/>
                    <Wrong problem=doing.problem/>
                    <p class="actions"><button type="submit" class="second">{t("passphrase-change")}</button></p>
                    <Working doing text="working"/>
                </form>
            </details>
            <p role="status">{move || done.get().then(t("passphrase-changed"))}</p>
        </section>
    }
}

#[component]
fn Recovery() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let passphrase = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !doing.busy.get_untracked() {
            let asked = RenewRecoveryCode { current: passphrase.get_untracked() };
            doing.run(asked, move |issued| desk.issued.set(Some(issued)));
        }
    };
    view! {
        <section>
            <h2>{t("recovery-code")}</h2>
            <details>
                <summary>{t("recovery-renew")}</summary>
                <p>{t("recovery-renew-means")}</p>
                <form on:submit=submit>
                    <KnownAs/>
                    <SecretField label="passphrase-now" name="passphrase" value=passphrase autocomplete="current-password"/>
                    <Wrong problem=doing.problem/>
                    <p class="actions"><button type="submit" class="second">{t("recovery-renew")}</button></p>
                    <Working doing text="working"/>
                </form>
            </details>
        </section>
    }
}

/// Taking back everything, for a client.
#[component]
fn Ending() -> impl IntoView {
    let doing = Doing::new();
    let (asked, ended) = (RwSignal::new(false), RwSignal::new(None::<usize>));
    let button = NodeRef::<html::Button>::new();
    let close = move |()| {
        asked.set(false);
        back_to(button);
    };
    let end = move |()| {
        doing.run(RevokeEverything {}, move |cases| {
            close(());
            ended.set(Some(cases));
        });
    };
    view! {
        <section>
            <h2>{t("end-title")}</h2>
            <p>{t("end-means")}</p>
            <p>{t("end-record")}</p>
            <p class="actions" hidden=move || asked.get()>
                <button type="button" class="second" node_ref=button on:click=move |_| asked.set(true)>{t("end-everything")}</button>
            </p>
            <Show when=move || asked.get()>
                <Confirm means=t("end-sure") answers=["end-yes", "end-no"] yes=end no=close doing text="taking-back"/>
            </Show>
            <p role="status" class="arrived">{move || ended.get().map(|cases| fill("ended-everything", &[("count", cases.into())]))}</p>
            {move || ended.get().map(|_| view! { <p><A href="/letters">{t("landing-letters")}</A></p> })}
        </section>
    }
}

#[component]
fn Leaving() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let sign_out = move |_| {
        doing.run(SignOut {}, move |()| desk.end(Ended::SignedOut));
        // whom the relay keeps waiting, or who cannot reach it, is signed out here all the same
        set_timeout(
            move || {
                if doing.busy.try_get_untracked() == Some(true) {
                    desk.end(Ended::SignedOut);
                }
            },
            PATIENCE,
        );
    };
    Effect::new(move |_| {
        if doing.problem.with(Option::is_some) {
            desk.end(Ended::SignedOut);
        }
    });
    view! {
        <section>
            <h2>{t("leaving-title")}</h2>
            <p>{t("leaving-text")}</p>
            <p>{t("exit-help")}</p>
            <p class="actions"><button type="button" on:click=sign_out>{t("sign-out")}</button></p>
            <Working doing text="working"/>
        </section>
    }
}
