//! The consent policy (docs/protocol.md §4, §11): pure functions that say who may do what.
//!
//! The SDK asks them before it seals, the relay before it stores or serves, an auditor again over the log.
//! What is in force is decided by position, not by clocks; expiry by the time of the moment asked about.

use crate::centre::Role;
use crate::consent::{Grant, Purpose};
use crate::evidence::{Evidence, Moment};
use crate::hash::Hash;
use crate::ids::AccountId;
use crate::manifest::{Capabilities, Member, Outline};
use crate::signature::Signed;

/// What a member wants to do in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Be a reader: have the epoch's secret wrapped, be served the record.
    Read,
    /// Send letters.
    Write,
    /// Make the next epoch.
    Manage,
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The member names no grant, or one that is not there yet.
    #[error("no grant allows this")]
    NoGrant,
    /// The grant is of another client or case, or names somebody else.
    #[error("the grant does not allow this person")]
    NotNamed,
    /// The client has taken the consent back.
    #[error("the client has taken this consent back")]
    Revoked,
    /// The grant's time is over.
    #[error("the grant has expired")]
    Expired,
    /// The grant's document was replaced, and its days of grace are over.
    #[error("the consent document was replaced by a new one")]
    Document,
    /// A minor's guardian has not allowed the same, or was not checked.
    #[error("the guardian has not allowed this")]
    Guardian,
    /// No appointment, or one that has ended, was taken back, or whose licence has expired.
    #[error("the centre has not appointed this person, or no longer")]
    NotAppointed,
    /// The role has no place in a session.
    #[error("this role has no place in a session")]
    Role,
    /// The member's capabilities do not cover the action.
    #[error("this member may not do this")]
    NotCapable,
}

/// Whether `member` may do `action` in the epoch of `outline` at `moment`, and if not, why.
///
/// Every client of the epoch must have allowed it, each by a grant of their own.
///
/// # Errors
/// [`Denied`], with the first reason found.
pub fn may(
    action: Action,
    member: &Member,
    outline: &Outline,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), Denied> {
    if !member.capabilities.allow(action) {
        return Err(Denied::NotCapable);
    }
    let grant = evidence.grant(member.grant.as_ref().ok_or(Denied::NoGrant)?, moment)?;
    let body = grant.body();
    if body.case != outline.case {
        return Err(Denied::NotNamed);
    }
    let purpose = match member.role {
        Role::Client => return may_client(action, member, grant, outline, moment, evidence),
        Role::Counsellor if is_consulted(member, body) => Purpose::Consultation,
        Role::Counsellor => Purpose::Counselling,
        Role::Supervisor => Purpose::Supervision,
        Role::Registrar | Role::Director | Role::Trustee | Role::Auditor => return Err(Denied::Role),
    };
    evidence.consents(grant, purpose, Some(&member.account), moment)?;
    for client in outline.clients().filter(|client| **client != body.client) {
        evidence.client_consents(client, outline.case, purpose, Some(&member.account), moment)?;
    }
    if evidence.appointed(&member.account, member.role, moment) { Ok(()) } else { Err(Denied::NotAppointed) }
}

/// A counsellor who only reads along, under a grant that names them for that.
fn is_consulted(member: &Member, grant: &Grant) -> bool {
    member.capabilities == Capabilities::READ && grant.allows(Purpose::Consultation, Some(&member.account))
}

/// What a member may do beyond reading, as its role and the grant that its entry names say.
///
/// Clients and whoever counsels them make the next epoch; whoever supervises or is consulted only reads.
pub fn capabilities_due(member: &Member, outline: &Outline, moment: Moment, evidence: &Evidence) -> Capabilities {
    let counselling = Member { capabilities: Capabilities::MANAGE, ..member.clone() };
    match member.role {
        Role::Client => Capabilities::MANAGE,
        Role::Counsellor if may(Action::Read, &counselling, outline, moment, evidence).is_ok() => Capabilities::MANAGE,
        _ => Capabilities::READ,
    }
}

/// Whether a grant allows to hand an earlier epoch to a member. Every client of that epoch must have allowed it.
///
/// `epoch` is the outline of the earlier epoch.
///
/// # Errors
/// [`Denied`], with the first reason found.
pub fn may_have_history(
    member: &Member,
    grant: &Hash,
    epoch: &Outline,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), Denied> {
    let grant = evidence.grant(grant, moment)?;
    if grant.body().case != epoch.case {
        return Err(Denied::NotNamed);
    }
    evidence.consents(grant, Purpose::History, Some(&member.account), moment)?;
    let others = epoch.clients().filter(|client| **client != grant.body().client && **client != member.account);
    for client in others {
        evidence.client_consents(client, epoch.case, Purpose::History, Some(&member.account), moment)?;
    }
    Ok(())
}

/// Clients always read their own record and decide who else does; they write while their consent to counselling holds.
/// Beside other clients they read only as long as they let each of those read, too.
fn may_client(
    action: Action,
    member: &Member,
    grant: &Signed<Grant>,
    outline: &Outline,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), Denied> {
    if grant.body().client != member.account {
        return Err(Denied::NotNamed);
    }
    if action == Action::Manage {
        return Ok(());
    }
    for other in outline.clients().filter(|client| **client != member.account) {
        evidence.client_consents(&member.account, outline.case, Purpose::Joint, Some(other), moment)?;
    }
    if action == Action::Read {
        return Ok(());
    }
    let counselling = grant.body().permissions.iter().filter(|p| p.purpose == Purpose::Counselling);
    let mut outcome = Err(Denied::NotNamed);
    for permission in counselling {
        outcome = evidence.consents(grant, Purpose::Counselling, permission.named.as_ref(), moment);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Whether an account may put this grant into its case: its own case, a new one, or one to which a client of it, or
/// the grant of a minor whose guardian it is, has named it.
///
/// # Errors
/// [`Denied::NotNamed`], or [`Denied::NoGrant`] if `previous` is not of this case.
pub fn may_grant(grant: &Grant, moment: Moment, evidence: &Evidence) -> Result<(), Denied> {
    let of_case = || {
        let before = evidence.grants.iter().filter(|placed| placed.position < moment.position);
        before.map(|placed| &placed.signed).filter(|given| given.body().case == grant.case)
    };
    if grant.previous.is_some_and(|previous| of_case().all(|given| given.hash() != previous)) {
        return Err(Denied::NoGrant);
    }
    let names = |given: &Signed<Grant>| {
        given.body().guardian == Some(grant.client)
            || evidence.consents(given, Purpose::Joint, Some(&grant.client), moment).is_ok()
    };
    let known =
        of_case().next().is_none() || of_case().any(|given| given.body().client == grant.client || names(given));
    if known { Ok(()) } else { Err(Denied::NotNamed) }
}

impl Outline {
    /// The accounts of the clients.
    pub fn clients(&self) -> impl Iterator<Item = &AccountId> {
        self.members.iter().filter(|member| member.role == Role::Client).map(|member| &member.account)
    }
}
