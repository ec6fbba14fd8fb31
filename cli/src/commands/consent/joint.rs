//! Several clients in one case: the other one signs, then the first lets them in.

use amanah_client_sdk::consent::Terms;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::signature::Signed;
use amanah_client_sdk::thread::Thread;
use serde_json::json;

use super::document::before_signing;
use super::sign::{escrow_line, given, offered};
use super::{Admit, Join, locale};
use crate::commands::show;
use crate::confirm;
use crate::invocation::Invocation;
use crate::output::Answer;
use crate::problem::{Case, Problem};

/// Signs for the counsellor of a case and for the clients who are there already.
pub(super) async fn join(invocation: &Invocation, join: &Join) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let escrow = join.choice.decide(account).await?;
            let locale = locale(texts, account)?;
            let terms = Terms { escrow, ..account.asked_jointly(join.case, &locale).await? };
            confirm::before(invocation, &before_signing(texts, account, &terms))?;
            let granted = account.consent_beside(join.case, &terms).await?;
            let given = given(account, granted).await?;
            let permissions = &given.signed.body().permissions;
            let json = json!({
                "case": granted.case.to_string(),
                "grant": granted.grant.to_string(),
                "account": account.id().to_string(),
                "policy": escrow.map(|policy| policy.to_string()),
            });
            let mut answer = Answer::new(json).line(texts.say("joint-signed"));
            answer.extend(permissions.iter().map(|p| super::given::permission_line(texts, account, p)));
            answer.push(texts.fill("case-line", vec![("case", granted.case.to_string().into())]));
            answer.push(texts.fill("grant-line", vec![("grant", granted.grant.to_string().into())]));
            if offered(account).is_some() {
                answer.push(escrow_line(texts, escrow));
            }
            Ok(answer.line(texts.fill("joint-signed-next", vec![("account", account.id().to_string().into())])))
        })
        .await
}

/// Lets another client, who has signed, read and write from now on.
pub(super) async fn admit(invocation: &Invocation, admit: &Admit) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            if !account.look(admit.session).await? {
                return Err(Case::NoSuchSession.into());
            }
            let thread = account.thread(&admit.session).ok_or(Case::NoSuchSession)?;
            let theirs = thread.grants().filter(|grant| grant.body().client == admit.account);
            let grant = theirs.last().map(Signed::hash).ok_or(Case::NotJoined)?;
            account.add_reader(admit.session, admit.account, Role::Client, grant).await?;
            let epoch = account.thread(&admit.session).and_then(Thread::manifest);
            let json = json!({
                "session": admit.session.to_string(),
                "account": admit.account.to_string(),
                "grant": grant.to_string(),
                "epoch": epoch.map(|manifest| manifest.body().outline.epoch),
            });
            let name = show::person(texts, account, &admit.account);
            Ok(Answer::new(json).line(texts.fill("joint-admitted", vec![("name", name.into())])))
        })
        .await
}
