//! The audit: everything that the relay stores is checked in this browser, without any key.

use leptos::prelude::*;

use crate::desk::{Doing, desk};
use crate::message::{Audited, Checked, RunAudit, SignReport};
use crate::parts::{Page, Working, Wrong, download_bytes};
use crate::texts::{fill, say, t};

/// The page of the audit.
#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    let (desk, doing, report) = (desk(), Doing::new(), RwSignal::new(None::<Audited>));
    let run = move |_| {
        if !doing.busy.get_untracked() {
            desk.audited.set(0);
            report.set(None);
            doing.run(RunAudit {}, move |audited| report.set(Some(audited)));
        }
    };
    let far = move || {
        #[expect(clippy::cast_precision_loss, reason = "a rough size is enough")]
        let size = desk.audited.get() as f64 / 1_000_000.0;
        (doing.busy.get() && size > 0.0).then(|| fill("audit-far", &[("size", format!("{size:.1}").into())]))
    };
    view! {
        <Page title="check-title">
            <p>{t("check-lead")}</p>
            <p class="actions">
                <button type="button" aria-disabled=move || doing.busy.get().to_string() on:click=run>{t("check-run")}</button>
            </p>
            <Working doing text="check-running"/>
            <p class="quiet" role="status">{far}</p>
            <Wrong problem=doing.problem/>
            {move || report.get().map(|report| view! { <Report report/> })}
        </Page>
    }
}

/// What came of it.
#[component]
fn Report(report: Audited) -> impl IntoView {
    let Audited { passed, head, logged, served, checks, planted, not_proved } = report;
    let verdict = move || if passed { say("audit-passed") } else { say("audit-did-not-pass") };
    let checks = checks.into_iter().map(|check| view! { <li><Line check/></li> }).collect_view();
    let planted = (1..).zip(planted).map(|(number, found)| {
        let id = match found {
            Some(true) => "audit-planted-found",
            Some(false) => "audit-planted-missed",
            None => "audit-planted-nowhere",
        };
        let what = move || fill(id, &[("what", say(&format!("audit-planted-{number}")).into())]);
        view! { <li class:wrong-line=found == Some(false)>{what}</li> }
    });
    let not_proved = (1..=not_proved).map(|number| view! { <li>{move || say(&format!("audit-not-{number}"))}</li> });
    view! {
        <section>
            <p class="note" class:good=passed class:wrong=!passed role="alert">
                <strong>{verdict}</strong>
                {(!passed).then(|| view! { <span class="block">{t("check-failed-do")}</span> })}
            </p>
            <ul class="checks">{checks}</ul>
        </section>
        <section>
            <h2>{t("check-controls")}</h2>
            <p>{t("check-controls-why")}</p>
            <ul class="calm">{planted.collect_view()}</ul>
        </section>
        <section>
            <h2>{t("audit-not-proved")}</h2>
            <ul class="calm">{not_proved.collect_view()}</ul>
        </section>
        {head.map(|(size, root)| {
            let line = move || fill("audit-log", &[("size", size.to_string().into()), ("root", root.clone().into())]);
            let web = |id: &'static str, hash: Option<String>| hash.map(|hash| {
                let line = move || fill(id, &[("hash", hash.clone().into())]);
                view! { <p class="code" translate="no">{line}</p> }
            });
            view! {
                <details>
                    <summary>{t("check-compare")}</summary>
                    <p class="code" translate="no">{line}</p>
                    {web("audit-web-logged", logged.clone())}
                    {web("audit-web-served", served.clone())}
                </details>
            }
        })}
        <Save/>
    }
}

/// One check.
#[component]
fn Line(check: Checked) -> impl IntoView {
    let Checked { name, passed, counted, findings, more } = check;
    let what = move || fill(&format!("audit-{name}"), &[("count", counted.to_string().into())]);
    let findings = findings.into_iter().map(|(position, reason)| {
        let text = move || match position {
            Some(position) => {
                fill("audit-found-at", &[("position", position.to_string().into()), ("reason", reason.clone().into())])
            }
            None => reason.clone(),
        };
        view! { <li>{text}</li> }
    });
    let findings = findings.collect_view();
    view! {
        <span class="badge" class:wrong=!passed>{move || if passed { say("audit-pass") } else { say("audit-fail") }}</span>
        <span>{what}</span>
        {(!passed).then(|| view! {
            <ul class="calm" lang="en">
                {findings}
                {(more > 0).then(|| view! { <li>{move || fill("audit-more", &[("count", more.to_string().into())])}</li> })}
            </ul>
        })}
    }
}

/// Signing the report and saving it.
#[component]
fn Save() -> impl IntoView {
    let doing = Doing::new();
    let save = move |_| {
        if !doing.busy.get_untracked() {
            doing.run(SignReport {}, |file| download_bytes("audit.report", "application/octet-stream", &file));
        }
    };
    view! {
        <section>
            <p>{t("check-save-why")}</p>
            <p class="actions"><button type="button" class="second" on:click=save>{t("check-save")}</button></p>
            <Working doing text="working"/>
            <Wrong problem=doing.problem/>
        </section>
    }
}
