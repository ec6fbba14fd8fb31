//! What changes in a session that is there: something more is allowed, escrow goes on or off, somebody else answers.

use std::collections::BTreeSet;

use amanah_client_sdk::consent::{GivenGrant, Terms};
use amanah_client_sdk::protocol::consent::Purpose;
use amanah_client_sdk::protocol::ids::{CaseId, SessionId};
use amanah_client_sdk::thread::Thread;
use serde_json::json;

use super::document::before_signing;
use super::given::{grant_json, grant_lines};
use super::sign::{add_readers, escrow_line, given, joint_lines, offered};
use super::{Allow, Escrow, Transfer, locale};
use crate::commands::show;
use crate::confirm;
use crate::invocation::{Device, Invocation};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// The case of a session of this account.
async fn case_of(account: &mut Device, session: SessionId) -> Result<CaseId, Problem> {
    if !account.look(session).await? {
        return Err(Case::NoSuchSession.into());
    }
    account.thread(&session).and_then(Thread::case).ok_or_else(|| Case::NoSuchSession.into())
}

/// Signs for something more, and makes those readers whom it names.
pub(super) async fn allow(invocation: &Invocation, allow: Allow) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    let Allow { session, permissions } = allow;
    invocation
        .signed_in(async |account, _| {
            let locale = locale(texts, account)?;
            let case = case_of(account, session).await?;
            let terms = account.terms(&locale)?.and(permissions);
            confirm::before(invocation, &before_signing(texts, account, &terms))?;
            let granted = account.grant_further(case, &terms).await?;
            add_readers(account, session, granted, &terms.further).await?;
            let given = given(account, granted).await?;
            let mut answer = Answer::new(grant_json(account, case, session, &given));
            answer.push(texts.say("consent-allowed"));
            answer.extend(grant_lines(texts, account, session, &given));
            answer.extend(joint_lines(texts, account, session, granted, &terms.further));
            Ok(answer)
        })
        .await
}

/// Turns escrow on or off for everything that follows.
pub(super) async fn escrow(invocation: &Invocation, escrow: &Escrow) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let locale = locale(texts, account)?;
            let case = case_of(account, escrow.session).await?;
            let policy = offered(account).filter(|_| escrow.on);
            if escrow.on && policy.is_none() {
                return Err(Case::EscrowNotOffered.into());
            }
            let terms = Terms { escrow: policy, ..account.terms(&locale)? };
            if escrow.on {
                confirm::before(invocation, &before_signing(texts, account, &terms))?;
            }
            account.choose_escrow(case, escrow.on.then_some(&terms)).await?;
            account.look(escrow.session).await?;
            let manifest = account.thread(&escrow.session).and_then(Thread::manifest);
            let escrowed = manifest.is_some_and(|manifest| manifest.body().outline.escrow.is_some());
            let json = json!({
                "session": escrow.session.to_string(),
                "case": case.to_string(),
                "policy": policy.map(|policy| policy.to_string()),
                "escrowed": escrowed,
            });
            let since = match (escrow.on, escrowed) {
                (true, true) => texts.say("escrow-on-from-now"),
                (true, false) => texts.say("escrow-waits"),
                (false, _) => texts.say("escrow-off-from-now"),
            };
            Ok(Answer::new(json).line(escrow_line(texts, policy)).line(since))
        })
        .await
}

/// Moves a session to another counsellor.
pub(super) async fn transfer(invocation: &Invocation, transfer: &Transfer) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let locale = locale(texts, account)?;
            let case = case_of(account, transfer.session).await?;
            let history = transfer.with_history;
            let terms = account.terms(&locale)?.of_transfer(transfer.to, history);
            let mut shown = before_signing(texts, account, &terms);
            let before = given_before(texts, account, case).await?;
            shown.push(texts.fill("transfer-ends", vec![("names", before.into())]));
            confirm::before(invocation, &shown)?;
            let granted = account.transfer(case, transfer.session, transfer.to, &terms).await?;
            let json = json!({
                "session": transfer.session.to_string(),
                "grant": granted.grant.to_string(),
                "counsellor": show::person_json(account, &transfer.to),
                "history": history,
            });
            let name = show::person(texts, account, &transfer.to);
            let moved = if history { texts.say("transferred-with-history") } else { texts.say("transferred") };
            Ok(Answer::new(json)
                .line(moved)
                .line(texts.fill("with-line", vec![("names", name.into())]))
                .line(texts.fill("grant-line", vec![("grant", granted.grant.to_string().into())])))
        })
        .await
}

/// The names of those who answer now.
async fn given_before(texts: Texts, account: &mut Device, case: CaseId) -> Result<String, Problem> {
    let given = account.grants(case).await?;
    let remaining = given.iter().flat_map(GivenGrant::remaining);
    let counsels = remaining.filter(|permission| permission.purpose == Purpose::Counselling);
    let names: BTreeSet<String> =
        counsels.filter_map(|permission| permission.named).map(|named| show::person(texts, account, &named)).collect();
    Ok(names.into_iter().collect::<Vec<_>>().join(", "))
}
