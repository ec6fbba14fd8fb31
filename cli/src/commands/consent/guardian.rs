//! A guardian signs beside a minor.

use serde_json::json;

use super::document::before_signing;
use super::{Guardian, locale};
use crate::commands::show;
use crate::confirm;
use crate::invocation::Invocation;
use crate::output::Answer;
use crate::problem::Problem;

/// Signs for everything that the minor has allowed in the case.
pub(super) async fn guardian(invocation: &Invocation, guardian: &Guardian) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let locale = locale(texts, account)?;
            let terms = account.asked_as_guardian(guardian.case, &locale).await?;
            confirm::before(invocation, &before_signing(texts, account, &terms))?;
            let granted = account.consent_beside(guardian.case, &terms).await?;
            let given = super::sign::given(account, granted).await?;
            let permissions = &given.signed.body().permissions;
            let json = json!({
                "case": granted.case.to_string(),
                "grant": granted.grant.to_string(),
                "permissions": permissions.iter().map(|p| show::purpose(p.purpose)).collect::<Vec<_>>(),
                "policy": given.signed.body().escrow_policy.map(|policy| policy.to_string()),
            });
            let mut answer = Answer::new(json).line(texts.say("guardian-signed"));
            answer.extend(permissions.iter().map(|p| super::given::permission_line(texts, account, p)));
            answer.push(texts.fill("case-line", vec![("case", granted.case.to_string().into())]));
            answer.push(texts.fill("grant-line", vec![("grant", granted.grant.to_string().into())]));
            let take_back =
                vec![("case", granted.case.to_string().into()), ("grant", granted.grant.to_string().into())];
            Ok(answer.line(texts.fill("guardian-signed-next", take_back)))
        })
        .await
}
