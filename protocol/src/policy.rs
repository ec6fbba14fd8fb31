//! The consent policy (docs/protocol.md §4, §11): one pure function that says who may do what.
//!
//! The SDK asks it before it seals, the relay before it stores or serves, an auditor again over the log.
//! What is in force is decided by position, not by clocks; expiry by the time of the moment asked about.

use crate::centre::{Appointment, Dismissal, Role};
use crate::consent::{Grant, Purpose, Revocation};
use crate::hash::Hash;
use crate::ids::{CaseId, Timestamp};
use crate::manifest::Member;
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

/// When the question is asked: after everything with a smaller position, at this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Position in the relay's order of structures.
    pub position: u64,
    /// Time of that position.
    pub time: Timestamp,
}

/// A signed structure at its place in the relay's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// Position in the relay's order.
    pub position: u64,
    /// The structure.
    pub signed: Signed<T>,
}

/// Everything on which a decision rests. Nothing but what is in here counts.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Appointments, each checked against the centre's root.
    pub appointments: Vec<Placed<Appointment>>,
    /// Dismissals, each checked against the centre's root.
    pub dismissals: Vec<Placed<Dismissal>>,
    /// Grants of the case, each checked against its client's card.
    pub grants: Vec<Placed<Grant>>,
    /// Revocations of the case, each checked against its client's card.
    pub revocations: Vec<Placed<Revocation>>,
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

/// Whether `member` may do `action` in `case` at `moment`, and if not, why.
///
/// # Errors
/// [`Denied`], with the first reason found.
pub fn may(action: Action, member: &Member, case: CaseId, moment: Moment, evidence: &Evidence) -> Result<(), Denied> {
    if !member.capabilities.allow(action) {
        return Err(Denied::NotCapable);
    }
    let grant = evidence.grant(member.grant.as_ref().ok_or(Denied::NoGrant)?, moment)?;
    let body = grant.body();
    if body.case != case {
        return Err(Denied::NotNamed);
    }
    let purpose = match member.role {
        Role::Client => return may_client(action, member, grant, moment, evidence),
        Role::Counsellor => Purpose::Counselling,
        Role::Supervisor => Purpose::Supervision,
        Role::Registrar | Role::Director | Role::Trustee | Role::Auditor => return Err(Denied::Role),
    };
    if !body.allows(purpose, Some(&member.account)) {
        return Err(Denied::NotNamed);
    }
    evidence.in_force(grant, purpose, moment)?;
    evidence.appointed(member, moment)
}

/// Whether a grant allows to hand earlier epochs to a member.
///
/// # Errors
/// [`Denied`], with the first reason found.
pub fn may_have_history(
    member: &Member,
    grant: &Hash,
    case: CaseId,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), Denied> {
    let grant = evidence.grant(grant, moment)?;
    if grant.body().case != case || !grant.body().allows(Purpose::History, Some(&member.account)) {
        return Err(Denied::NotNamed);
    }
    evidence.in_force(grant, Purpose::History, moment)
}

/// Clients always read their own record and decide who else does; they write while their consent to counselling holds.
fn may_client(
    action: Action,
    member: &Member,
    grant: &Signed<Grant>,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), Denied> {
    if grant.body().client != member.account {
        return Err(Denied::NotNamed);
    }
    match action {
        Action::Read | Action::Manage => Ok(()),
        Action::Write if !grant.body().permissions.iter().any(|p| p.purpose == Purpose::Counselling) => {
            Err(Denied::NotNamed)
        }
        Action::Write => evidence.in_force(grant, Purpose::Counselling, moment),
    }
}

impl Evidence {
    fn grant(&self, hash: &Hash, moment: Moment) -> Result<&Signed<Grant>, Denied> {
        let known = self.grants.iter().find(|g| g.signed.hash() == *hash && g.position < moment.position);
        known.map(|g| &g.signed).ok_or(Denied::NoGrant)
    }

    fn in_force(&self, grant: &Signed<Grant>, purpose: Purpose, moment: Moment) -> Result<(), Denied> {
        let revoked = self.revocations.iter().any(|r| {
            let body = r.signed.body();
            r.position < moment.position && body.grant == grant.hash() && body.purposes.contains(&purpose)
        });
        if revoked {
            return Err(Denied::Revoked);
        }
        if grant.body().expires.is_some_and(|expires| expires <= moment.time) {
            return Err(Denied::Expired);
        }
        Ok(())
    }

    fn appointed(&self, member: &Member, moment: Moment) -> Result<(), Denied> {
        let held = self.appointments.iter().any(|appointment| {
            let body = appointment.signed.body();
            appointment.position < moment.position
                && body.account == member.account
                && body.role == member.role
                && body.in_force(moment.time)
                && !self.dismissed(&appointment.signed.hash(), moment)
        });
        if held { Ok(()) } else { Err(Denied::NotAppointed) }
    }

    /// Whether a dismissal ended this appointment at the moment asked about.
    pub fn dismissed(&self, appointment: &Hash, moment: Moment) -> bool {
        self.dismissals.iter().any(|d| {
            let body = d.signed.body();
            d.position < moment.position && body.appointment == *appointment && body.from <= moment.time
        })
    }
}
