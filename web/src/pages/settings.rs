//! One's own words, language, passphrase and recovery code, and signing out.

use leptos::prelude::*;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::Languages;
use super::once::Codes;
use super::witnesses::OfWitnesses;
use crate::desk::{Doing, Ended, desk};
use crate::message::{ChangePassphrase, RenewRecoveryCode, SignOut};
use crate::parts::{CommandLine, NewPassphrase, Page, SecretField, Working, Wrong, measured};
use crate::texts::{fill, t};

/// The page of settings.
#[component]
pub(crate) fn Settings() -> impl IntoView {
    let desk = desk();
    let me = move || desk.me.get();
    view! {
        <Page title="settings-title">
            {move || me().map(|me| {
                let handle = me.handle.clone();
                view! {
                    <p>{move || fill("settings-you", &[("handle", handle.clone().into())])}</p>
                    <section>
                        <h2>{t("fingerprint-title")}</h2>
                        <p>{t("fingerprint-why")}</p>
                        <p class="words" translate="no">{me.words}</p>
                        <Square text=me.groups.clone()/>
                        <details>
                            <summary>{t("account-title")}</summary>
                            <p>{t("account-why")}</p>
                            <CommandLine text=me.groups.replace(' ', "")/>
                        </details>
                    </section>
                }
            })}
            <section>
                <h2>{t("language")}</h2>
                <Languages/>
            </section>
            <Passphrase/>
            <Recovery/>
            <OfWitnesses/>
            <Leaving/>
        </Page>
    }
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
    let passphrase = RwSignal::new(String::new());
    let (current, weak, done) = (RwSignal::new(String::new()), RwSignal::new(false), RwSignal::new(false));
    let handle = move || desk.me.with(|me| me.as_ref().map(|me| me.handle.clone()).unwrap_or_default());
    let strength = measured(passphrase, handle);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let enough = strength.get_untracked().is_enough();
        weak.set(!enough);
        done.set(false);
        if enough && !doing.busy.get_untracked() {
            let asked = ChangePassphrase { current: current.get_untracked(), passphrase: passphrase.get_untracked() };
            doing.run(asked, move |()| {
                current.set(String::new());
                passphrase.set(String::new());
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
                    <NewPassphrase value=passphrase strength/>
                    <p role="alert" class="wrong-line">{move || weak.get().then(t("passphrase-weak"))}</p>
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
    let doing = Doing::new();
    let (passphrase, code, done) = (RwSignal::new(String::new()), RwSignal::new(None::<String>), RwSignal::new(false));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        done.set(false);
        if !doing.busy.get_untracked() {
            doing.run(RenewRecoveryCode { current: passphrase.get_untracked() }, move |made| {
                passphrase.set(String::new());
                code.set(Some(made));
            });
        }
    };
    let kept = Callback::new(move |()| {
        code.set(None);
        done.set(true);
    });
    view! {
        <section>
            <h2>{t("recovery-code")}</h2>
            {move || match code.get() {
                Some(recovery) => view! {
                    <p><strong>{t("once-only")}</strong></p>
                    <Codes recovery sheet=None done=kept/>
                }.into_any(),
                None => view! {
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
                }.into_any(),
            }}
            <p role="status">{move || done.get().then(t("recovery-renewed"))}</p>
        </section>
    }
}

#[component]
fn Leaving() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let sign_out = move |_| {
        doing.run(SignOut {}, move |()| desk.end(Ended::SignedOut));
    };
    // who cannot reach the relay is signed out here all the same
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
