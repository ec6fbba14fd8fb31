//! How roles, purposes, grounds, erasures, spans of time, appointments and people are shown, as words and as JSON.

use amanah_client_sdk::Erased;
use amanah_client_sdk::content::Stage;
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::neutral;
use amanah_client_sdk::protocol::centre::{Appointment, Role};
use amanah_client_sdk::protocol::consent::Purpose;
use amanah_client_sdk::protocol::erasure::Basis;
use amanah_client_sdk::protocol::escrow::GroundCode;
use amanah_client_sdk::protocol::ids::AccountId;
use amanah_client_sdk::protocol::signature::Signed;
pub(crate) use amanah_client_sdk::words::{basis, ground, purpose, role, stage};
use serde_json::{Value, json};

use crate::invocation::Device;
use crate::moment::{self, DAY, HOUR};
use crate::texts::Texts;

/// The role with this word.
pub(crate) fn parse_role(text: &str) -> Option<Role> {
    Role::ALL.iter().copied().find(|known| role(*known) == text)
}

/// The ground with this word.
///
/// # Errors
/// A sentence with all words.
pub(crate) fn parse_ground(text: &str) -> Result<GroundCode, String> {
    let words = || GroundCode::ALL.iter().map(|known| ground(*known)).collect::<Vec<_>>().join(", ");
    let found = GroundCode::ALL.iter().copied().find(|known| ground(*known) == text);
    found.ok_or_else(|| format!("a ground is one of: {}", words()))
}

/// A ground in a few words for everybody.
pub(crate) fn ground_text(texts: Texts, code: GroundCode) -> String {
    texts.say(&format!("ground-{}", ground(code)))
}

/// The reason for an erasure with this word.
///
/// # Errors
/// A sentence with all words.
pub(crate) fn parse_basis(text: &str) -> Result<Basis, String> {
    let words = || Basis::ALL.iter().map(|known| basis(*known)).collect::<Vec<_>>().join(", ");
    let found = Basis::ALL.iter().copied().find(|known| basis(*known) == text);
    found.ok_or_else(|| format!("a basis is one of: {}", words()))
}

/// That a session was erased, as JSON.
pub(crate) fn erased_json(erased: Option<Erased>) -> Value {
    erased.map_or(Value::Null, |Erased { basis: why, at }| json!({ "basis": basis(why), "at": moment::exact(at) }))
}

/// That a session was erased, as a line.
pub(crate) fn erased_line(texts: Texts, Erased { basis: why, at }: Erased) -> String {
    let why = texts.say(&format!("basis-{}", basis(why)));
    texts.fill("erased-line", vec![("time", moment::readable(at).into()), ("why", why.into())])
}

/// A span of time in the largest unit that fits it without a rest, to the second.
pub(crate) fn duration(texts: Texts, milliseconds: u64) -> String {
    let count = |unit: u64| vec![("count", (milliseconds / unit).into())];
    match milliseconds {
        whole if whole.is_multiple_of(DAY) => texts.fill("duration-days", count(DAY)),
        whole if whole.is_multiple_of(HOUR) => texts.fill("duration-hours", count(HOUR)),
        whole if whole.is_multiple_of(60_000) => texts.fill("duration-minutes", count(60_000)),
        _ => texts.fill("duration-seconds", count(1000)),
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

/// The stage with this word.
pub(crate) fn parse_stage(text: &str) -> Result<Stage, String> {
    let words = || Stage::ALL.iter().map(|known| stage(*known)).collect::<Vec<_>>().join(", ");
    let found = Stage::ALL.iter().copied().find(|known| stage(*known) == text);
    found.ok_or_else(|| format!("a stage is one of: {}", words()))
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

/// Somebody as JSON, with the fingerprint by which to compare them.
pub(crate) fn compared_json(account: &Device, somebody: &AccountId) -> Value {
    let mut shown = person_json(account, somebody);
    if let Value::Object(shown) = &mut shown {
        shown.insert("fingerprint".to_owned(), fingerprint::words(somebody).into());
    }
    shown
}

/// Somebody with whether they were compared, and on the next line their fingerprint.
pub(crate) fn compared_lines(texts: Texts, account: &Device, somebody: &AccountId) -> Vec<String> {
    let compared = if account.is_verified(somebody) { texts.say("compared") } else { texts.say("not-compared") };
    let name = person(texts, account, somebody);
    if *somebody == account.id() {
        return vec![name];
    }
    vec![
        format!("{name} ({compared})"),
        format!("  {}", texts.fill("fingerprint-line", vec![("words", fingerprint::words(somebody).into())])),
    ]
}

/// People by name, with commas.
pub(crate) fn people<'a>(texts: Texts, account: &Device, people: impl IntoIterator<Item = &'a AccountId>) -> String {
    people.into_iter().map(|somebody| person(texts, account, somebody)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn a_span_is_said_in_the_largest_unit_without_a_rest() {
        let texts = Texts::new(Language::En);
        assert_eq!(duration(texts, DAY), "1 day");
        assert_eq!(duration(texts, 30 * DAY), "30 days");
        assert_eq!(duration(texts, 36 * HOUR), "36 hours");
        assert_eq!(duration(texts, 5 * 60_000), "5 minutes");
        assert_eq!(duration(texts, 1000), "1 second");
        assert_eq!(duration(Texts::new(Language::Id), 3 * DAY), "3 hari");
    }

    #[test]
    fn every_role_purpose_ground_and_basis_has_words_in_both_languages() {
        for texts in [Language::Id, Language::En].map(Texts::new) {
            for id in (Role::ALL.iter().map(|known| format!("role-{}", role(*known))))
                .chain(Purpose::ALL.iter().map(|known| format!("purpose-{}", purpose(*known))))
                .chain(GroundCode::ALL.iter().map(|known| format!("ground-{}", ground(*known))))
                .chain(Stage::ALL.iter().map(|known| format!("stage-{}", stage(*known))))
                .chain(Basis::ALL.iter().map(|known| format!("basis-{}", basis(*known))))
            {
                assert!(texts.find(&id).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn a_ground_a_basis_and_a_role_come_back_from_their_words() {
        assert!(GroundCode::ALL.iter().all(|known| parse_ground(ground(*known)) == Ok(*known)));
        assert!(Role::ALL.iter().all(|known| parse_role(role(*known)) == Some(*known)));
        assert!(Basis::ALL.iter().all(|known| parse_basis(basis(*known)) == Ok(*known)));
        assert!(
            parse_basis("curiosity").is_err() && parse_ground("curiosity").is_err() && parse_role("boss").is_none()
        );
    }
}
