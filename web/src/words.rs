//! The words by which roles, purposes and grounds cross over between the keeper and the page, and name their texts.

use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::consent::Purpose;
use amanah_client_sdk::protocol::escrow::GroundCode;

/// The word of a role.
pub(crate) const fn role(role: Role) -> &'static str {
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

/// The word of a purpose.
pub(crate) const fn purpose(purpose: Purpose) -> &'static str {
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

/// The purpose with this word.
pub(crate) fn parse_purpose(word: &str) -> Option<Purpose> {
    Purpose::ALL.iter().copied().find(|known| purpose(*known) == word)
}

/// The word of a ground.
pub(crate) const fn ground(ground: GroundCode) -> &'static str {
    match ground {
        GroundCode::ImminentDanger => "imminent-danger",
        GroundCode::CourtOrder => "court-order",
        GroundCode::AccountRecovery => "account-recovery",
        GroundCode::Drill => "drill",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::{Language, find};

    #[test]
    fn every_word_has_a_text_in_both_languages() {
        let words = (Role::ALL.iter().map(|known| format!("role-{}", role(*known))))
            .chain(Purpose::ALL.iter().map(|known| format!("purpose-{}", purpose(*known))))
            .chain(GroundCode::ALL.iter().map(|known| format!("ground-{}", ground(*known))));
        for id in words {
            for language in Language::ALL {
                assert!(find(language, &id, &[]).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn a_purpose_comes_back_from_its_word() {
        assert!(Purpose::ALL.iter().all(|known| parse_purpose(purpose(*known)) == Some(*known)));
        assert!(parse_purpose("everything").is_none());
    }
}
