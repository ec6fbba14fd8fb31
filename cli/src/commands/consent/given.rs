//! What this account has granted, and taking it back.

use amanah_client_sdk::consent::GivenGrant;
use amanah_client_sdk::protocol::consent::{Permission, Purpose};
use amanah_client_sdk::protocol::ids::{CaseId, SessionId};
use amanah_client_sdk::thread::Thread;
use amanah_client_sdk::transport::Clock;
use serde_json::{Value, json};

use super::{Revoke, waiting};
use crate::commands::sessions::look;
use crate::commands::show;
use crate::invocation::{Device, Invocation};
use crate::moment::{self, Wall};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// A case of this account, one of its sessions, and its grants.
pub(super) struct Given {
    pub(super) case: CaseId,
    pub(super) session: SessionId,
    pub(super) grants: Vec<GivenGrant>,
}

/// Every case in which this account has granted something, found through its sessions.
///
/// # Errors
/// [`Problem`].
pub(super) async fn given(account: &mut Device) -> Result<Vec<Given>, Problem> {
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

/// Shows every grant, and what waits to be signed again.
pub(super) async fn list(invocation: &Invocation) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let given = given(account).await?;
            let (mut json, mut renew, mut lines) = (Vec::new(), Vec::new(), Vec::new());
            for Given { case, session, grants } in &given {
                for grant in grants {
                    json.push(grant_json(account, *case, *session, grant));
                    lines.extend(grant_lines(texts, account, *session, grant));
                }
                if let Some(waiting) = waiting(account, grants) {
                    renew.push(waiting.json(*case, *session));
                    lines.extend([waiting.line(texts, *session), String::new()]);
                }
            }
            if lines.is_empty() {
                lines.push(texts.say("nothing-granted"));
            }
            let mut answer = Answer::new(json!({ "grants": json, "renew": renew }));
            answer.extend(lines);
            Ok(answer)
        })
        .await
}

/// A grant as JSON.
pub(super) fn grant_json(account: &Device, case: CaseId, session: SessionId, grant: &GivenGrant) -> Value {
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
    let until = account.centre().replaced_at(&body.document, Wall.now());
    json!({
        "grant": grant.signed.hash().to_string(),
        "case": case.to_string(),
        "session": session.to_string(),
        "document": body.document.to_string(),
        "number": account.centre().document(&body.document).map(|document| document.signed.body().number),
        "locale": body.locale,
        "issued": moment::exact(body.issued),
        "holds_until": until.map(moment::exact),
        "policy": body.escrow_policy.map(|policy| policy.to_string()),
        "guardian": body.guardian.map(|guardian| show::person_json(account, &guardian)),
        "permissions": permissions,
    })
}

/// A grant as lines.
pub(super) fn grant_lines(texts: Texts, account: &Device, session: SessionId, grant: &GivenGrant) -> Vec<String> {
    let body = grant.signed.body();
    let mut lines = vec![
        texts.fill("grant-line", vec![("grant", grant.signed.hash().to_string().into())]),
        format!("  {}", texts.fill("session-line", vec![("session", session.to_string().into())])),
        format!("  {}", texts.fill("issued-line", vec![("time", moment::readable(body.issued).into())])),
    ];
    for permission in &body.permissions {
        let mut line = permission_line(texts, account, permission);
        if grant.revoked.contains(&permission.purpose) {
            line = format!("{line} — {}", texts.say("taken-back"));
        }
        lines.push(line);
    }
    lines.push(String::new());
    lines
}

/// One thing that was allowed, as a line.
pub(super) fn permission_line(texts: Texts, account: &Device, permission: &Permission) -> String {
    let purpose = show::purpose(permission.purpose);
    match &permission.named {
        Some(named) => format!("  {purpose}: {}", show::person(texts, account, named)),
        None => format!("  {purpose}"),
    }
}

/// Takes back what was named, or everything.
pub(super) async fn revoke(invocation: &Invocation, revoke: &Revoke) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let (case, grant) = find(account, revoke).await?;
            let purposes = if revoke.purposes.is_empty() { remaining(&grant) } else { revoke.purposes.clone() };
            account.revoke(case, revoke.grant, &purposes).await?;
            let words: Vec<_> = purposes.iter().map(|purpose| show::purpose(*purpose)).collect();
            let mut answer = Answer::new(json!({ "grant": revoke.grant.to_string(), "revoked": words }));
            answer.push(texts.say("consent-taken-back"));
            answer.extend(words.iter().map(|word| format!("  {word}")));
            Ok(answer)
        })
        .await
}

/// The grant that is taken back, in the case that was named or in any with a session.
async fn find(account: &mut Device, revoke: &Revoke) -> Result<(CaseId, GivenGrant), Problem> {
    let cases = match revoke.case {
        Some(case) => {
            account.refresh_centre().await?;
            vec![(case, account.grants(case).await?)]
        }
        None => given(account).await?.into_iter().map(|given| (given.case, given.grants)).collect(),
    };
    let mut grants = cases.into_iter().flat_map(|(case, grants)| grants.into_iter().map(move |grant| (case, grant)));
    grants.find(|(_, grant)| grant.signed.hash() == revoke.grant).ok_or_else(|| Case::NoGrant.into())
}

/// What a grant still allows, each purpose once.
fn remaining(grant: &GivenGrant) -> Vec<Purpose> {
    let mut purposes: Vec<Purpose> = grant.remaining().map(|permission| permission.purpose).collect();
    purposes.sort_unstable();
    purposes.dedup();
    purposes
}
