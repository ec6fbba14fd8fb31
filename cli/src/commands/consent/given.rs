//! What this account has granted, and taking it back.

use amanah_client_sdk::consent::GivenGrant;
use amanah_client_sdk::given::GivenCase;
use amanah_client_sdk::protocol::consent::Permission;
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::{CaseId, SessionId};
use amanah_client_sdk::transport::Clock;
use serde_json::{Value, json};

use super::{Revoke, waiting};
use crate::commands::show;
use crate::confirm;
use crate::invocation::{Device, Invocation};
use crate::moment::{self, Wall};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// Shows every grant, and what waits to be signed again.
pub(super) async fn list(invocation: &Invocation) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let given = account.given().await?;
            let (mut json, mut renew, mut lines) = (Vec::new(), Vec::new(), Vec::new());
            for GivenCase { case, session, grants } in &given {
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
            let Some(hash) = revoke.grant else { return everything(invocation, account).await };
            let (case, grant) = find(account, revoke.case, hash).await?;
            let purposes = if revoke.purposes.is_empty() { grant.purposes() } else { revoke.purposes.clone() };
            account.revoke(case, hash, &purposes).await?;
            let words: Vec<_> = purposes.iter().map(|purpose| show::purpose(*purpose)).collect();
            let mut answer = Answer::new(json!({ "grant": hash.to_string(), "revoked": words }));
            answer.push(texts.say("consent-taken-back"));
            answer.extend(words.iter().map(|word| format!("  {word}")));
            Ok(answer)
        })
        .await
}

/// Takes back all that this account allows anywhere.
async fn everything(invocation: &Invocation, account: &mut Device) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    confirm::before(invocation, &[texts.say("revoke-everything-means")])?;
    let cases = account.revoke_everything().await?;
    let mut answer = Answer::new(json!({ "cases": cases }));
    answer.push(texts.fill("revoked-everything", vec![("count", cases.into())]));
    Ok(answer)
}

/// The grant that is taken back, in the case that was named or in any with a session.
async fn find(account: &mut Device, case: Option<CaseId>, hash: Hash) -> Result<(CaseId, GivenGrant), Problem> {
    let cases = match case {
        Some(case) => {
            account.refresh_centre().await?;
            vec![(case, account.grants(case).await?)]
        }
        None => account.given().await?.into_iter().map(|given| (given.case, given.grants)).collect(),
    };
    let mut grants = cases.into_iter().flat_map(|(case, grants)| grants.into_iter().map(move |grant| (case, grant)));
    grants.find(|(_, grant)| grant.signed.hash() == hash).ok_or_else(|| Case::NoGrant.into())
}
