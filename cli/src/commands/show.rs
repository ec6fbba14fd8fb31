//! How roles, purposes, appointments and people are shown, as words and as JSON.

use amanah_client_sdk::fingerprint;
use amanah_client_sdk::protocol::centre::{Appointment, Role};
use amanah_client_sdk::protocol::consent::Purpose;
use amanah_client_sdk::protocol::ids::AccountId;
use amanah_client_sdk::protocol::signature::Signed;
use serde_json::{Value, json};

use crate::invocation::Device;
use crate::moment;
use crate::neutral;
use crate::texts::Texts;

/// The word of a role, as arguments and JSON have it.
pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Counsellor => "counsellor",
        Role::Supervisor => "supervisor",
        Role::Registrar => "registrar",
        Role::Director => "director",
        Role::Trustee => "trustee",
        Role::Auditor => "auditor",
    }
}

/// The word of a purpose, as arguments and JSON have it.
pub(crate) const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Counselling => "counselling",
        Purpose::RecordKeeping => "record-keeping",
        Purpose::Supervision => "supervision",
        Purpose::History => "history",
        Purpose::Research => "research",
        Purpose::Recording => "recording",
        Purpose::Escrow => "escrow",
        Purpose::EmailNotice => "email-notice",
    }
}

/// The purpose with this word.
///
/// # Errors
/// A sentence with all words.
pub(crate) fn parse_purpose(text: &str) -> Result<Purpose, String> {
    let words = || Purpose::ALL.iter().map(|known| purpose(*known)).collect::<Vec<_>>().join(", ");
    let found = Purpose::ALL.iter().copied().find(|known| purpose(*known) == text);
    found.ok_or_else(|| format!("a purpose is one of: {}", words()))
}

/// An appointment as JSON.
pub(crate) fn appointment_json(signed: &Signed<Appointment>) -> Value {
    let body = signed.body();
    json!({
        "account": body.account.to_string(),
        "name": body.name,
        "role": role(body.role),
        "fingerprint": fingerprint::words(&body.account),
        "appointment": signed.hash().to_string(),
        "from": moment::exact(body.from),
        "until": moment::exact(body.until),
        "licence": body.licence.as_ref().map(|licence| json!({
            "number": licence.number,
            "board": licence.board,
            "jurisdiction": licence.jurisdiction,
            "link": licence.link,
            "expires": moment::exact(licence.expires),
        })),
    })
}

/// An appointment as lines: name and role, account, licence.
pub(crate) fn appointment_lines(texts: Texts, signed: &Signed<Appointment>) -> Vec<String> {
    let body = signed.body();
    let role = texts.say(&format!("role-{}", role(body.role)));
    let mut lines = vec![
        format!("{} ({role})", neutral::line(&body.name)),
        format!("  {}", texts.fill("account-line", vec![("account", body.account.to_string().into())])),
        format!("  {}", texts.fill("fingerprint-line", vec![("words", fingerprint::words(&body.account).into())])),
        format!(
            "  {}",
            texts.fill(
                "appointment-line",
                vec![("appointment", signed.hash().to_string().into()), ("until", moment::date(body.until).into()),]
            )
        ),
    ];
    if let Some(licence) = &body.licence {
        let text = texts.fill(
            "licence-line",
            vec![
                ("number", neutral::line(&licence.number).into()),
                ("board", neutral::line(&licence.board).into()),
                ("jurisdiction", neutral::line(&licence.jurisdiction).into()),
                ("expires", moment::date(licence.expires).into()),
                ("link", neutral::line(&licence.link).into()),
            ],
        );
        lines.push(format!("  {text}"));
    }
    lines
}

/// The name of somebody in a session, harmless for a terminal: yours, the appointed one, or the beginning of the id.
pub(crate) fn person(texts: Texts, account: &Device, somebody: &AccountId) -> String {
    if *somebody == account.id() {
        return texts.say("you");
    }
    match account.centre().name_of(somebody) {
        Some(name) => neutral::line(name),
        None => texts.fill("somebody", vec![("id", somebody.to_string().chars().take(8).collect::<String>().into())]),
    }
}

/// Somebody in a session as JSON.
pub(crate) fn person_json(account: &Device, somebody: &AccountId) -> Value {
    json!({
        "account": somebody.to_string(),
        "name": account.centre().name_of(somebody),
        "own": *somebody == account.id(),
        "verified": account.is_verified(somebody),
    })
}
