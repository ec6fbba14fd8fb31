//! A newer consent document: until when the old consent holds, and signing again.

use amanah_client_sdk::consent::GivenGrant;
use amanah_client_sdk::given::GivenCase;
use amanah_client_sdk::protocol::ids::{CaseId, SessionId, Timestamp};
use amanah_client_sdk::transport::Clock;
use serde_json::{Value, json};

use super::document::before_signing;
use super::{Renew, locale};
use crate::commands::show;
use crate::confirm;
use crate::invocation::{Device, Invocation};
use crate::moment::{self, Wall};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// A newer document that waits to be signed in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The number of the newest document.
    number: u32,
    /// Until when what was signed before holds.
    until: Timestamp,
}

impl Waiting {
    /// The newest document, which waits until then.
    pub(crate) fn until(account: &Device, until: Timestamp) -> Option<Self> {
        Some(Self { number: account.centre().newest_document()?.signed.body().number, until })
    }

    /// As JSON.
    pub(crate) fn json(self, case: CaseId, session: SessionId) -> Value {
        json!({
            "case": case.to_string(),
            "session": session.to_string(),
            "number": self.number,
            "until": moment::exact(self.until),
        })
    }

    /// As a line: before the end what waits, after it what is missing.
    pub(crate) fn line(self, texts: Texts, session: SessionId) -> String {
        let variables = vec![
            ("number", self.number.to_string().into()),
            ("time", moment::readable(self.until).into()),
            ("session", session.to_string().into()),
        ];
        if Wall.now() < self.until {
            texts.fill("document-waits", variables)
        } else {
            texts.fill("document-overdue", variables)
        }
    }
}

/// What of a case was allowed under an older document alone, if anything was.
pub(super) fn waiting(account: &Device, grants: &[GivenGrant]) -> Option<Waiting> {
    Waiting::until(account, account.replaced_at(grants)?)
}

/// Signs the newest document again where an older one was signed.
pub(super) async fn renew(invocation: &Invocation, renew: &Renew) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let cases = due(account, renew.session).await?;
            let locale = locale(texts, account)?;
            let document = account.centre().newest_document().ok_or(Case::NoDocument)?;
            let (hash, number) = (document.signed.hash().to_string(), document.signed.body().number);
            let (mut json, mut lines) = (Vec::new(), Vec::new());
            for GivenCase { case, session, .. } in cases {
                let terms = account.to_renew(case, &locale).await?;
                confirm::before(invocation, &before_signing(texts, account, &terms))?;
                let grant = account.renew_consent(case, &terms).await?.grant.to_string();
                let guardian = terms.guardian;
                json.push(json!({
                    "case": case.to_string(),
                    "session": session.to_string(),
                    "grant": grant,
                    "guardian": guardian.map(|guardian| show::person_json(account, &guardian)),
                }));
                lines.push(texts.fill("consent-signed", vec![("number", number.to_string().into())]));
                lines.push(format!("  {}", texts.fill("session-line", vec![("session", session.to_string().into())])));
                lines.push(format!("  {}", texts.fill("grant-line", vec![("grant", grant.into())])));
                let again = || texts.fill("guardian-signs-again", vec![("case", case.to_string().into())]);
                lines.extend(guardian.map(|_| format!("  {}", again())));
            }
            if lines.is_empty() {
                lines.push(texts.say("nothing-to-renew"));
            }
            let mut answer = Answer::new(json!({ "document": hash, "number": number, "renewed": json }));
            answer.extend(lines);
            Ok(answer)
        })
        .await
}

/// The cases in which a newer document waits: all, or that of one session.
async fn due(account: &mut Device, session: Option<SessionId>) -> Result<Vec<GivenCase>, Problem> {
    let mut cases = account.given().await?;
    if let Some(session) = session {
        let thread = account.thread(&session).ok_or(Case::NoSuchSession)?;
        let case = thread.case();
        cases.retain(|given| Some(given.case) == case);
        for given in &mut cases {
            given.session = session;
        }
    }
    cases.retain(|given| waiting(account, &given.grants).is_some());
    Ok(cases)
}
