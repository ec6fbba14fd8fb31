//! Signing the newest document for a counsellor, with an answer to escrow, and opening the session under it.

use amanah_client_sdk::RelayError;
use amanah_client_sdk::consent::{GivenGrant, GrantedCase, Terms};
use amanah_client_sdk::protocol::api::ProblemCode;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::consent::{Permission, Purpose};
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::{AccountId, SessionId};
use amanah_client_sdk::protocol::policy::Denied;
use amanah_client_sdk::protocol::signature::Signed;
use amanah_client_sdk::session::SendError;
use amanah_client_sdk::thread::Thread;
use amanah_client_sdk::transport::Clock;
use serde_json::json;

use super::document::before_signing;
use super::{Choice, Open, Sign, locale};
use crate::commands::absence::{absence_json, absence_lines};
use crate::commands::show;
use crate::confirm;
use crate::invocation::{Device, Invocation};
use crate::moment::Wall;
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

impl Choice {
    /// The rules of the escrow that was chosen, or none. Nobody else decides it, and silence is no answer.
    ///
    /// # Errors
    /// [`Case::EscrowChoiceNeeded`], [`Case::EscrowNotOffered`].
    pub(super) async fn decide(self, account: &mut Device) -> Result<Option<Hash>, Problem> {
        account.refresh_centre().await?;
        match (offered(account), self.escrow, self.no_escrow) {
            (Some(policy), true, _) => Ok(Some(policy)),
            (Some(_), false, false) => Err(Case::EscrowChoiceNeeded.into()),
            (None, true, _) => Err(Case::EscrowNotOffered.into()),
            (_, false, _) => Ok(None),
        }
    }
}

/// The escrow that clients may choose now.
pub(super) fn offered(account: &Device) -> Option<Hash> {
    account.centre().policy_on_offer(Wall.now()).map(Signed::hash)
}

/// What an escrow was answered with, in a line.
pub(super) fn escrow_line(texts: Texts, escrow: Option<Hash>) -> String {
    if escrow.is_some() { texts.say("escrow-is-on") } else { texts.say("escrow-is-off") }
}

/// Signs the newest document, and opens the session unless a guardian must sign first.
pub(super) async fn sign(invocation: &Invocation, sign: Sign) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    let Sign { counsellor, permissions, choice, guardian } = sign;
    invocation
        .signed_in(async |account, _| {
            let escrow = choice.decide(account).await?;
            let terms = account.terms(&locale(texts, account)?)?.and(permissions);
            let terms = Terms { escrow, guardian, ..terms };
            let mut shown = before_signing(texts, account, &terms.clone().with_counselling(counsellor));
            shown.extend(absence_lines(texts, account.centre(), &counsellor));
            confirm::before(invocation, &shown)?;
            let granted = account.grant(counsellor, &terms).await?;
            let given = given(account, granted).await?;
            let number = account.centre().newest_document().map(|document| document.signed.body().number);
            let number = number.unwrap_or_default().to_string();
            let said = texts.fill("consent-signed", vec![("number", number.into())]);
            let Some(guardian) = guardian else {
                return open_under(texts, account, &given, counsellor, said).await;
            };
            let mut answer = answer(texts, account, &given, counsellor, None, said);
            answer.extend(guardian_lines(texts, account, granted, counsellor, guardian));
            Ok(answer)
        })
        .await
}

/// Opens the session of a case whose guardian has signed by now.
pub(super) async fn open(invocation: &Invocation, open: &Open) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    let counselling = Permission { purpose: Purpose::Counselling, named: Some(open.counsellor) };
    invocation
        .signed_in(async |account, _| {
            account.refresh_centre().await?;
            let mut grants = account.grants(open.case).await?;
            grants.retain(|given| given.remaining().any(|permission| *permission == counselling));
            let given = grants.pop().ok_or(Case::NoGrant)?;
            open_under(texts, account, &given, open.counsellor, texts.say("session-opened")).await
        })
        .await
}

async fn open_under(
    texts: Texts,
    account: &mut Device,
    given: &GivenGrant,
    counsellor: AccountId,
    said: String,
) -> Result<Answer, Problem> {
    let granted = GrantedCase { case: given.signed.body().case, grant: given.signed.hash() };
    let session = account.open_session(granted, counsellor).await?;
    let counselling = Permission { purpose: Purpose::Counselling, named: Some(counsellor) };
    let further: Vec<Permission> = given.remaining().filter(|p| **p != counselling).cloned().collect();
    add_readers(account, session, granted, &further).await?;
    let mut answer = answer(texts, account, given, counsellor, Some(session), said);
    answer.extend(joint_lines(texts, account, session, granted, &further));
    Ok(answer)
}

/// A grant of this account that was signed just now.
///
/// # Errors
/// [`Problem`].
pub(super) async fn given(account: &mut Device, granted: GrantedCase) -> Result<GivenGrant, Problem> {
    let given = account.grants(granted.case).await?;
    given.into_iter().find(|given| given.signed.hash() == granted.grant).ok_or_else(|| Case::NoGrant.into())
}

fn answer(
    texts: Texts,
    account: &Device,
    given: &GivenGrant,
    counsellor: AccountId,
    session: Option<SessionId>,
    said: String,
) -> Answer {
    let (body, grant) = (given.signed.body(), given.signed.hash().to_string());
    let number = account.centre().document(&body.document).map(|document| document.signed.body().number);
    let json = json!({
        "case": body.case.to_string(),
        "session": session.map(|session| session.to_string()),
        "grant": grant,
        "document": body.document.to_string(),
        "number": number,
        "locale": body.locale,
        "counsellor": show::person_json(account, &counsellor),
        "away": absence_json(account.centre(), &counsellor),
        "policy": body.escrow_policy.map(|policy| policy.to_string()),
        "guardian": body.guardian.map(|guardian| show::person_json(account, &guardian)),
    });
    let name = show::person(texts, account, &counsellor);
    let mut answer = Answer::new(json).line(said).line(texts.fill("with-line", vec![("names", name.into())]));
    answer.extend(absence_lines(texts, account.centre(), &counsellor));
    answer.push(texts.fill("case-line", vec![("case", body.case.to_string().into())]));
    if let Some(session) = session {
        answer.push(texts.fill("session-line", vec![("session", session.to_string().into())]));
    }
    answer.push(texts.fill("grant-line", vec![("grant", grant.into())]));
    if offered(account).is_some() {
        answer.push(escrow_line(texts, body.escrow_policy));
    }
    answer
}

/// What the guardian, somebody of the centre and the minor do next, in this order.
fn guardian_lines(
    texts: Texts,
    account: &Device,
    granted: GrantedCase,
    counsellor: AccountId,
    guardian: AccountId,
) -> Vec<String> {
    let named = |name, value: &dyn ToString| vec![(name, value.to_string().into())];
    let mut check = named("case", &granted.case);
    check.extend(named("minor", &account.id()));
    check.extend(named("guardian", &guardian));
    let mut open = named("case", &granted.case);
    open.extend(named("counsellor", &counsellor));
    vec![
        String::new(),
        texts.say("guardian-next"),
        format!("  1. {}", texts.fill("guardian-next-signs", named("case", &granted.case))),
        format!("  2. {}", texts.fill("guardian-next-checked", check)),
        format!("  3. {}", texts.fill("guardian-next-open", open)),
    ]
}

/// What another client, who was named, and this one do next; nothing if nobody was.
pub(super) fn joint_lines(
    texts: Texts,
    account: &Device,
    session: SessionId,
    granted: GrantedCase,
    permissions: &[Permission],
) -> Vec<String> {
    let joint = permissions.iter().filter(|permission| permission.purpose == Purpose::Joint);
    let lines = joint.filter_map(|permission| permission.named).flat_map(|named| {
        let name = show::person(texts, account, &named);
        let join = vec![("name", name.into()), ("case", granted.case.to_string().into())];
        let admit = vec![("session", session.to_string().into()), ("account", named.to_string().into())];
        [texts.fill("joint-next-signs", join), texts.fill("joint-next-admit", admit)]
    });
    lines.collect()
}

/// Makes everybody a reader whom these permissions name. Another client reads only once they have signed themselves.
///
/// # Errors
/// [`Problem`].
pub(super) async fn add_readers(
    account: &mut Device,
    session: SessionId,
    granted: GrantedCase,
    permissions: &[Permission],
) -> Result<(), Problem> {
    for permission in permissions {
        let role = match permission.purpose {
            Purpose::Counselling | Purpose::Consultation => Role::Counsellor,
            Purpose::Supervision => Role::Supervisor,
            _ => continue,
        };
        if let Some(named) = permission.named {
            let added = account.add_reader(session, named, role, granted.grant).await;
            added.map_err(|error| unless_joint(account, session, error))?;
        }
    }
    // what was written before, to those who are readers now
    for permission in permissions.iter().filter(|permission| permission.purpose == Purpose::History) {
        if let Some(named) = permission.named {
            let handed = account.hand_over_history(session, named, granted.grant).await;
            handed.map_err(|error| unless_joint(account, session, error))?;
        }
    }
    Ok(())
}

/// Where there are several clients, what one of them allows begins with the last.
fn unless_joint(account: &Device, session: SessionId, error: SendError) -> Problem {
    let manifest = account.thread(&session).and_then(Thread::manifest);
    let several = manifest.is_some_and(|manifest| manifest.body().outline.clients().count() > 1);
    match error {
        SendError::Denied(Denied::NotNamed) | SendError::Relay(RelayError::Refused(ProblemCode::NoGrant))
            if several =>
        {
            Case::OtherClientNeeded.into()
        }
        other => other.into(),
    }
}
