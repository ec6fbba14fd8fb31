//! Consent: reading the document, signing it for a counsellor, listing and taking back what was granted.

use amanah_client_sdk::centre::ShownDocument;
use amanah_client_sdk::consent::{GivenGrant, GrantedCase};
use amanah_client_sdk::director;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::consent::{Permission, Purpose, Wording};
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::{AccountId, CaseId, SessionId};
use amanah_client_sdk::thread::Thread;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::sessions::look;
use super::show;
use crate::args::account_id;
use crate::invocation::{Device, Invocation};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;
use crate::{moment, neutral};

/// Commands of `consent`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the consent document
    Show,
    /// Sign the newest consent document for one counsellor, and open a session with them
    Sign(Sign),
    /// Allow something more in a session, such as a supervisor who reads along from now on
    Allow(Allow),
    /// Move a session to another counsellor; the one before reads nothing new
    Transfer(Transfer),
    /// What you have granted
    List,
    /// Take consent back
    Revoke(Revoke),
}

/// Arguments of `consent sign`.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The counsellor's account
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    counsellor: AccountId,
    /// What else you allow: record-keeping, research, recording, email-notice, or
    /// supervision=ACCOUNT, history=ACCOUNT
    #[arg(long = "permission", value_name = "PURPOSE", value_parser = permission)]
    permissions: Vec<Permission>,
}

/// Arguments of `consent allow`.
#[derive(Debug, Args)]
pub(crate) struct Allow {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// What you allow: record-keeping, research, recording, email-notice, or
    /// supervision=ACCOUNT, counselling=ACCOUNT, history=ACCOUNT (what was written before)
    #[arg(long = "permission", value_name = "PURPOSE", value_parser = permission, required = true)]
    permissions: Vec<Permission>,
}

/// Arguments of `consent transfer`.
#[derive(Debug, Args)]
pub(crate) struct Transfer {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// The new counsellor's account
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    to: AccountId,
    /// Let the new counsellor read what was written before, too
    #[arg(long)]
    with_history: bool,
}

/// Arguments of `consent revoke`.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The grant, as `consent list` prints it
    #[arg(long, value_name = "HEX")]
    grant: Hash,
    /// What you take back; everything without it
    #[arg(long = "purpose", value_name = "PURPOSE", value_parser = show::parse_purpose)]
    purposes: Vec<Purpose>,
}

/// A permission such as `research` or `supervision=ACCOUNT`.
fn permission(text: &str) -> Result<Permission, String> {
    let (word, named) = text.split_once('=').map_or((text, None), |(word, named)| (word, Some(named)));
    Ok(Permission { purpose: show::parse_purpose(word)?, named: named.map(account_id).transpose()? })
}

/// Runs a command of `consent`.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    match command {
        Command::Show => self::show(invocation).await,
        Command::Sign(sign) => self::sign(invocation, &sign).await,
        Command::Allow(allow) => self::allow(invocation, &allow).await,
        Command::Transfer(transfer) => self::transfer(invocation, &transfer).await,
        Command::List => list(invocation).await,
        Command::Revoke(revoke) => self::revoke(invocation, &revoke).await,
    }
}

async fn show(invocation: &Invocation) -> Result<Answer, Problem> {
    let profile = invocation.profile()?;
    let centre = director::look(invocation.transport(&profile.relay)?, profile.centre).await?;
    let document = centre.newest_document().ok_or(Case::NoDocument)?;
    let mut answer = Answer::new(document_json(document, invocation.texts.language().tag()));
    answer.extend(document_lines(invocation.texts, document));
    Ok(answer)
}

/// The wording in a language, or the first, with its full text.
fn wording<'a>(document: &'a ShownDocument, locale: &str) -> Option<(&'a Wording, &'a str)> {
    let mut wordings = document.signed.body().wordings.iter().zip(document.texts.iter().map(String::as_str));
    let first = wordings.clone().next();
    wordings.find(|(wording, _)| wording.locale == locale).or(first)
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
        "locales": body.wordings.iter().map(|wording| wording.locale.as_str()).collect::<Vec<_>>(),
        "locale": field(|wording| &wording.locale),
        "data": field(|wording| &wording.data),
        "rights": field(|wording| &wording.rights),
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

fn purpose_text(texts: Texts, purpose: Purpose) -> String {
    texts.say(&format!("purpose-{}", show::purpose(purpose)))
}

async fn sign(invocation: &Invocation, sign: &Sign) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let document = account.centre().newest_document().ok_or(Case::NoDocument)?;
            let (hash, number) = (document.signed.hash(), document.signed.body().number);
            let locale = wording(document, texts.language().tag()).map(|(wording, _)| wording.locale.clone());
            let locale = locale.ok_or(Case::NoDocument)?;
            let granted = account.grant(sign.counsellor, &sign.permissions, &locale).await?;
            let session = account.open_session(granted, sign.counsellor).await?;
            add_readers(account, session, granted, &sign.permissions).await?;
            let json = json!({
                "case": granted.case.to_string(),
                "session": session.to_string(),
                "grant": granted.grant.to_string(),
                "document": hash.to_string(),
                "number": number,
                "locale": locale,
                "counsellor": show::person_json(account, &sign.counsellor),
            });
            let name = show::person(texts, account, &sign.counsellor);
            Ok(Answer::new(json)
                .line(texts.fill("consent-signed", vec![("number", number.to_string().into())]))
                .line(texts.fill("with-line", vec![("names", name.into())]))
                .line(texts.fill("case-line", vec![("case", granted.case.to_string().into())]))
                .line(texts.fill("session-line", vec![("session", session.to_string().into())]))
                .line(texts.fill("grant-line", vec![("grant", granted.grant.to_string().into())])))
        })
        .await
}

/// Makes everybody a reader whom these permissions name.
async fn add_readers(
    account: &mut Device,
    session: SessionId,
    granted: GrantedCase,
    permissions: &[Permission],
) -> Result<(), Problem> {
    for permission in permissions {
        let role = match permission.purpose {
            Purpose::Counselling => Role::Counsellor,
            Purpose::Supervision => Role::Supervisor,
            _ => continue,
        };
        if let Some(named) = permission.named {
            account.add_reader(session, named, role, granted.grant).await?;
        }
    }
    // what was written before, to those who are readers now
    for permission in permissions.iter().filter(|permission| permission.purpose == Purpose::History) {
        if let Some(named) = permission.named {
            account.hand_over_history(session, named, granted.grant).await?;
        }
    }
    Ok(())
}

async fn allow(invocation: &Invocation, allow: &Allow) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let document = account.centre().newest_document().ok_or(Case::NoDocument)?;
            let locale = wording(document, texts.language().tag()).map(|(wording, _)| wording.locale.clone());
            let locale = locale.ok_or(Case::NoDocument)?;
            if !look(account, allow.session).await? {
                return Err(Case::NoSuchSession.into());
            }
            let case = account.thread(&allow.session).and_then(Thread::case).ok_or(Case::NoSuchSession)?;
            let granted = account.grant_further(case, &allow.permissions, &locale).await?;
            add_readers(account, allow.session, granted, &allow.permissions).await?;
            let given = account.grants(case).await?;
            let given = given.iter().find(|given| given.signed.hash() == granted.grant).ok_or(Case::NoGrant)?;
            let mut answer = Answer::new(grant_json(account, case, allow.session, given));
            answer.push(texts.say("consent-allowed"));
            answer.extend(grant_lines(texts, account, allow.session, given));
            Ok(answer)
        })
        .await
}

async fn transfer(invocation: &Invocation, transfer: &Transfer) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let document = account.centre().newest_document().ok_or(Case::NoDocument)?;
            let locale = wording(document, texts.language().tag()).map(|(wording, _)| wording.locale.clone());
            let locale = locale.ok_or(Case::NoDocument)?;
            if !look(account, transfer.session).await? {
                return Err(Case::NoSuchSession.into());
            }
            let case = account.thread(&transfer.session).and_then(Thread::case).ok_or(Case::NoSuchSession)?;
            let history = transfer.with_history;
            let granted = account.transfer(case, transfer.session, transfer.to, history, &locale).await?;
            let json = json!({
                "session": transfer.session.to_string(),
                "grant": granted.grant.to_string(),
                "counsellor": show::person_json(account, &transfer.to),
                "history": history,
            });
            let name = show::person(texts, account, &transfer.to);
            Ok(Answer::new(json)
                .line(texts.say(if history { "transferred-with-history" } else { "transferred" }))
                .line(texts.fill("with-line", vec![("names", name.into())]))
                .line(texts.fill("grant-line", vec![("grant", granted.grant.to_string().into())])))
        })
        .await
}

/// A case of this account, one of its sessions, and its grants.
struct Given {
    case: CaseId,
    session: SessionId,
    grants: Vec<GivenGrant>,
}

/// Every case of this account, found through its sessions.
async fn given(account: &mut Device) -> Result<Vec<Given>, Problem> {
    let mut found: Vec<Given> = Vec::new();
    for session in account.sessions().await? {
        if !look(account, session).await? {
            continue;
        }
        let Some(case) = account.thread(&session).and_then(Thread::case) else { continue };
        if found.iter().all(|known| known.case != case) {
            let grants = account.grants(case).await?;
            found.push(Given { case, session, grants });
        }
    }
    Ok(found)
}

async fn list(invocation: &Invocation) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let given = given(account).await?;
            let (mut json, mut lines) = (Vec::new(), Vec::new());
            for Given { case, session, grants } in &given {
                for grant in grants {
                    json.push(grant_json(account, *case, *session, grant));
                    lines.extend(grant_lines(texts, account, *session, grant));
                }
            }
            if lines.is_empty() {
                lines.push(texts.say("nothing-granted"));
            }
            let mut answer = Answer::new(json!({ "grants": json }));
            answer.extend(lines);
            Ok(answer)
        })
        .await
}

fn grant_json(account: &Device, case: CaseId, session: SessionId, grant: &GivenGrant) -> Value {
    let body = grant.signed.body();
    let permissions: Vec<Value> = body
        .permissions
        .iter()
        .map(|permission| {
            json!({
                "purpose": show::purpose(permission.purpose),
                "named": permission.named.map(|named| show::person_json(account, &named)),
                "revoked": grant.revoked.contains(&permission.purpose),
            })
        })
        .collect();
    json!({
        "grant": grant.signed.hash().to_string(),
        "case": case.to_string(),
        "session": session.to_string(),
        "document": body.document.to_string(),
        "number": account.centre().document(&body.document).map(|document| document.signed.body().number),
        "locale": body.locale,
        "issued": moment::exact(body.issued),
        "permissions": permissions,
    })
}

fn grant_lines(texts: Texts, account: &Device, session: SessionId, grant: &GivenGrant) -> Vec<String> {
    let body = grant.signed.body();
    let mut lines = vec![
        texts.fill("grant-line", vec![("grant", grant.signed.hash().to_string().into())]),
        format!("  {}", texts.fill("session-line", vec![("session", session.to_string().into())])),
        format!("  {}", texts.fill("issued-line", vec![("time", moment::readable(body.issued).into())])),
    ];
    for permission in &body.permissions {
        let mut line = format!("  {}", show::purpose(permission.purpose));
        if let Some(named) = &permission.named {
            line = format!("{line}: {}", show::person(texts, account, named));
        }
        if grant.revoked.contains(&permission.purpose) {
            line = format!("{line} — {}", texts.say("taken-back"));
        }
        lines.push(line);
    }
    lines.push(String::new());
    lines
}

async fn revoke(invocation: &Invocation, revoke: &Revoke) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let given = given(account).await?;
            let found = given.iter().find_map(|given| {
                let grant = given.grants.iter().find(|grant| grant.signed.hash() == revoke.grant)?;
                Some((given.case, grant))
            });
            let (case, grant) = found.ok_or(Case::NoGrant)?;
            let purposes = if revoke.purposes.is_empty() { remaining(grant) } else { revoke.purposes.clone() };
            account.revoke(case, revoke.grant, &purposes).await?;
            let words: Vec<_> = purposes.iter().map(|purpose| show::purpose(*purpose)).collect();
            let mut answer = Answer::new(json!({ "grant": revoke.grant.to_string(), "revoked": words }));
            answer.push(texts.say("consent-taken-back"));
            answer.extend(words.iter().map(|word| format!("  {word}")));
            Ok(answer)
        })
        .await
}

/// What a grant still allows, each purpose once.
fn remaining(grant: &GivenGrant) -> Vec<Purpose> {
    let mut purposes: Vec<Purpose> = grant.signed.body().permissions.iter().map(|p| p.purpose).collect();
    purposes.sort_unstable();
    purposes.dedup();
    purposes.retain(|purpose| !grant.revoked.contains(purpose));
    purposes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_names_a_reader_after_an_equals_sign() {
        let id = "ab".repeat(32);
        let supervision = permission(&format!("supervision={id}")).unwrap();
        assert_eq!(supervision.named.unwrap().to_string(), id);
        assert_eq!(permission("research").unwrap(), Permission { purpose: Purpose::Research, named: None });
        assert!(permission("everything").is_err());
        assert!(permission("supervision=bu-rini").is_err());
    }
}
