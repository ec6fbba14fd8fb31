//! The words by which roles, purposes, grounds and stages cross over between the keeper and the page, and name their texts.

pub(crate) use amanah_client_sdk::words::{ground, purpose, role, stage, standing};

use amanah_client_sdk::content::Stage;
use amanah_client_sdk::protocol::consent::Purpose;

use crate::texts::fill;

/// So many days, in years where they are whole ones.
pub(crate) fn days(count: u32) -> String {
    match count {
        years if years > 0 && years.is_multiple_of(365) => fill("duration-years", &[("count", (years / 365).into())]),
        days => fill("duration-days", &[("count", days.into())]),
    }
}

/// The purpose with this word.
pub(crate) fn parse_purpose(word: &str) -> Option<Purpose> {
    Purpose::ALL.iter().copied().find(|known| purpose(*known) == word)
}

/// The stage with this word.
pub(crate) fn parse_stage(word: &str) -> Option<Stage> {
    Stage::ALL.iter().copied().find(|known| stage(*known) == word)
}

#[cfg(test)]
mod tests {
    use amanah_client_sdk::protocol::centre::Role;
    use amanah_client_sdk::protocol::escrow::GroundCode;

    use super::*;
    use crate::texts::{Language, find};

    #[test]
    fn every_word_has_a_text_in_both_languages() {
        let words = (Role::ALL.iter().map(|known| format!("role-{}", role(*known))))
            .chain(Purpose::ALL.iter().map(|known| format!("purpose-{}", purpose(*known))))
            .chain(Stage::ALL.iter().map(|known| format!("stage-{}", stage(*known))))
            .chain(GroundCode::ALL.iter().map(|known| format!("ground-{}", ground(*known))));
        for id in words {
            for language in Language::ALL {
                assert!(find(language, &id, &[]).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn whole_years_are_told_as_years() {
        let told = [1, 30, 365, 1825, 1826].map(days);
        assert_eq!(told, ["1 day", "30 days", "1 year", "5 years", "1826 days"]);
    }

    #[test]
    fn a_purpose_comes_back_from_its_word() {
        assert!(Purpose::ALL.iter().all(|known| parse_purpose(purpose(*known)) == Some(*known)));
        assert!(parse_purpose("everything").is_none());
    }
}
