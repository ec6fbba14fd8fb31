//! The consent document, and the escrow that it offers, as somebody reads them before signing.

use amanah_client_sdk::centre::{Centre, ShownDocument};
use amanah_client_sdk::consent::Terms;
use amanah_client_sdk::director;
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::neutral;
use amanah_client_sdk::protocol::consent::{Purpose, Wording};
use amanah_client_sdk::transport::Clock;
use serde_json::{Value, json};

use crate::commands::policy::ShownPolicy;
use crate::commands::show;
use crate::invocation::{Device, Invocation};
use crate::moment::Wall;
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// Shows the document. Whether the escrow that it names is ready can be checked only by somebody who is signed in.
pub(super) async fn show(invocation: &Invocation) -> Result<Answer, Problem> {
    let profile = invocation.profile()?;
    let centre = director::look(invocation.transport(&profile.relay)?, profile.centre).await?;
    let document = centre.newest_document().ok_or(Case::NoDocument)?;
    if document.signed.body().escrow_policy.is_none() {
        return answer(invocation.texts, &centre);
    }
    invocation
        .signed_in(async |account, _| {
            account.refresh_centre().await?;
            answer(invocation.texts, account.centre())
        })
        .await
}

fn answer(texts: Texts, centre: &Centre) -> Result<Answer, Problem> {
    let document = centre.newest_document().ok_or(Case::NoDocument)?;
    let offered = centre.policy_on_offer(Wall.now());
    let offered = offered.map(|signed| ShownPolicy { centre, signed, checked: true, to_client: true });
    let mut json = document_json(document, texts.language().tag());
    if let Value::Object(fields) = &mut json {
        fields.insert("escrow".to_owned(), offered.map_or(Value::Null, ShownPolicy::json));
    }
    let mut answer = Answer::new(json);
    answer.extend(document_lines(texts, document));
    if let Some(offered) = offered {
        answer.push("");
        answer.extend(offered.offer_lines(texts));
    }
    Ok(answer)
}

/// The wording in a language, or the first, with its full text.
fn wording<'a>(document: &'a ShownDocument, locale: &str) -> Option<(&'a Wording, &'a str)> {
    let mut wordings = document.signed.body().wordings.iter().zip(document.texts.iter().map(String::as_str));
    let first = wordings.clone().next();
    wordings.find(|(wording, _)| wording.locale == locale).or(first)
}

/// The language in which the newest document is shown to this person.
///
/// # Errors
/// [`Case::NoDocument`].
pub(crate) fn locale(texts: Texts, account: &Device) -> Result<String, Problem> {
    let document = account.centre().newest_document().ok_or(Case::NoDocument)?;
    let (wording, _) = wording(document, texts.language().tag()).ok_or(Case::NoDocument)?;
    Ok(wording.locale.clone())
}

/// The document in one language as JSON.
pub(crate) fn document_json(document: &ShownDocument, locale: &str) -> Value {
    let body = document.signed.body();
    let wording = wording(document, locale);
    let field = |of: fn(&Wording) -> &String| wording.map(|(wording, _)| of(wording).as_str());
    json!({
        "document": document.signed.hash().to_string(),
        "number": body.number,
        "purposes": body.purposes.iter().map(|purpose| show::purpose(*purpose)).collect::<Vec<_>>(),
        "retention": { "floor_days": body.retention.floor_days, "ceiling_days": body.retention.ceiling_days },
        "grace_days": body.grace_days,
        "policy": body.escrow_policy.map(|policy| policy.to_string()),
        "locales": body.wordings.iter().map(|wording| wording.locale.as_str()).collect::<Vec<_>>(),
        "locale": field(|wording| &wording.locale),
        "data": field(|wording| &wording.data),
        "rights": field(|wording| &wording.rights),
        "hours": field(|wording| &wording.hours),
        "contacts": field(|wording| &wording.contacts),
        "complaint": field(|wording| &wording.complaint),
        "text": wording.map(|(_, text)| text),
    })
}

/// The document in the language of the texts as lines.
pub(crate) fn document_lines(texts: Texts, document: &ShownDocument) -> Vec<String> {
    let body = document.signed.body();
    let mut lines =
        vec![texts.fill("document-heading", vec![("number", body.number.to_string().into())]), String::new()];
    if let Some((wording, text)) = wording(document, texts.language().tag()) {
        lines.push(neutral::lines(text));
        for (id, text) in [
            ("document-data", &wording.data),
            ("document-rights", &wording.rights),
            ("document-hours", &wording.hours),
            ("document-contacts", &wording.contacts),
            ("document-complaint", &wording.complaint),
        ] {
            lines.push(texts.fill(id, vec![("text", neutral::lines(text).into())]));
        }
    }
    lines.push(texts.fill(
        "document-retention",
        vec![
            ("floor", body.retention.floor_days.to_string().into()),
            ("ceiling", body.retention.ceiling_days.to_string().into()),
        ],
    ));
    lines.push(texts.say("document-purposes"));
    for purpose in &body.purposes {
        lines.push(format!("  {}: {}", show::purpose(*purpose), purpose_text(texts, *purpose)));
    }
    lines
}

/// What somebody is about to sign, in plain words: each purpose, whom it lets read, and what escrow means.
pub(super) fn before_signing(texts: Texts, account: &Device, terms: &Terms) -> Vec<String> {
    let number = account.centre().document(&terms.document).map(|document| document.signed.body().number);
    let number = number.unwrap_or_default().to_string();
    let mut lines = vec![texts.fill("before-signing", vec![("number", number.into())])];
    for permission in &terms.further {
        lines.push(format!("  - {}", purpose_text(texts, permission.purpose)));
        if let Some(named) = &permission.named {
            let words = fingerprint::words(named);
            lines.push(format!("    {}", show::person(texts, account, named)));
            lines.push(format!("    {}", texts.fill("fingerprint-line", vec![("words", words.into())])));
        }
    }
    if let Some(signed) = terms.escrow.and_then(|policy| account.centre().policy(&policy)) {
        let shown = ShownPolicy { centre: account.centre(), signed, checked: true, to_client: true };
        lines.push(String::new());
        lines.extend(shown.offer_lines(texts));
    }
    lines
}

fn purpose_text(texts: Texts, purpose: Purpose) -> String {
    texts.say(&format!("purpose-{}", show::purpose(purpose)))
}
