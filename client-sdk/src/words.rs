//! The words by which roles, purposes, grounds, stages, standings and reasons of erasures stand in arguments, in JSON and in the ids
//! of texts, the same in every program.

use amanah_protocol::centre::Role;
use amanah_protocol::consent::Purpose;
use amanah_protocol::erasure::Basis;
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::release::Standing;

use crate::content::Stage;

/// The word of a role.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Counsellor => "counsellor",
        Role::Supervisor => "supervisor",
        Role::Registrar => "registrar",
        Role::Director => "director",
        Role::Trustee => "trustee",
        Role::Auditor => "auditor",
    }
}

/// The word of a ground.
pub const fn ground(ground: GroundCode) -> &'static str {
    match ground {
        GroundCode::ImminentDanger => "imminent-danger",
        GroundCode::CourtOrder => "court-order",
        GroundCode::AccountRecovery => "account-recovery",
        GroundCode::Drill => "drill",
    }
}

/// The word of a purpose.
pub const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Counselling => "counselling",
        Purpose::RecordKeeping => "record-keeping",
        Purpose::Supervision => "supervision",
        Purpose::History => "history",
        Purpose::Research => "research",
        Purpose::Recording => "recording",
        Purpose::Escrow => "escrow",
        Purpose::EmailNotice => "email-notice",
        Purpose::Joint => "joint",
        Purpose::Consultation => "consultation",
    }
}

/// The word of the reason for which a session was erased.
pub const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::ClientAsked => "client-asked",
        Basis::TimeIsOver => "time-is-over",
        Basis::Law => "law",
    }
}

/// The word of how a request to trustees stands.
pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting => "waiting",
        Standing::Released => "released",
        Standing::Vetoed => "vetoed",
        Standing::Cancelled => "cancelled",
        Standing::Expired => "expired",
    }
}

/// The word of a stage.
pub const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Introduction => "introduction",
        Stage::Exploration => "exploration",
        Stage::Interpretation => "interpretation",
        Stage::Guidance => "guidance",
        Stage::Evaluation => "evaluation",
    }
}
