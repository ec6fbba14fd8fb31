//! The consent document as a director writes it: a TOML file, and beside it a text file for each language.

use std::path::Path;

use amanah_client_sdk::protocol::consent::{Document, Purpose, Retention, Wording};
use amanah_client_sdk::protocol::hash::{Hash, of_bytes};
use amanah_client_sdk::protocol::ids::CentreId;
use serde::Deserialize;

use crate::commands::show;
use crate::files;
use crate::problem::{Case, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentFile {
    number: u32,
    purposes: Vec<String>,
    grace_days: u32,
    escrow_policy: Option<String>,
    retention: RetentionPart,
    wordings: Vec<WordingPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetentionPart {
    floor_days: u32,
    ceiling_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordingPart {
    locale: String,
    data: String,
    rights: String,
    hours: String,
    contacts: String,
    complaint: String,
    text: String,
}

/// A document that was read from files and is not signed yet.
pub(super) struct Draft {
    number: u32,
    purposes: Vec<Purpose>,
    grace_days: u32,
    escrow_policy: Option<Hash>,
    retention: Retention,
    wordings: Vec<Wording>,
    texts: Vec<String>,
}

impl Draft {
    /// Reads the document and its texts.
    ///
    /// # Errors
    /// [`Case::FileUnreadable`], [`Case::FileNotText`], [`Case::DocumentFile`].
    pub(super) fn read(path: &Path) -> Result<Self, Problem> {
        let wrong = || Problem::with_file(Case::DocumentFile, path);
        let file: DocumentFile = toml::from_str(&files::read_text(path)?).map_err(|_| wrong())?;
        let purposes: Result<Vec<Purpose>, String> =
            file.purposes.iter().map(|word| show::parse_purpose(word)).collect();
        let escrow_policy: Option<Hash> = file.escrow_policy.map(|hex| hex.parse()).transpose().map_err(|_| wrong())?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let (mut wordings, mut texts) = (Vec::new(), Vec::new());
        for part in file.wordings {
            let text = String::clone(&*files::read_text(&folder.join(&part.text))?);
            wordings.push(Wording {
                locale: part.locale,
                data: part.data,
                rights: part.rights,
                hours: part.hours,
                contacts: part.contacts,
                complaint: part.complaint,
                body: of_bytes(text.as_bytes()),
            });
            texts.push(text);
        }
        let RetentionPart { floor_days, ceiling_days } = file.retention;
        Ok(Self {
            number: file.number,
            purposes: purposes.map_err(|_| wrong())?,
            grace_days: file.grace_days,
            escrow_policy,
            retention: Retention { floor_days, ceiling_days },
            wordings,
            texts,
        })
    }

    /// The document of this centre, and its texts.
    pub(super) fn document(self, centre: CentreId) -> (Document, Vec<String>) {
        let Self { number, purposes, grace_days, escrow_policy, retention, wordings, texts } = self;
        (Document { centre, number, wordings, purposes, retention, escrow_policy, grace_days }, texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_says_everything_that_a_consent_document_must() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/consent/document.toml");
        let (document, texts) = Draft::read(&path).unwrap().document(CentreId([0; 32]));
        document.check().unwrap();
        document.check_texts(&texts).unwrap();
        assert_eq!(document.wordings.iter().map(|w| w.locale.as_str()).collect::<Vec<_>>(), ["id", "en"]);
    }

    fn read(text: &str) -> Result<Draft, Problem> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("document.toml");
        std::fs::write(&path, text).unwrap();
        Draft::read(&path)
    }

    fn with(purpose: &str, escrow: &str) -> String {
        format!(
            "number = 1\npurposes = [\"{purpose}\"]\ngrace_days = 30\n{escrow}\nwordings = []\n\
             [retention]\nfloor_days = 1\nceiling_days = 2\n"
        )
    }

    #[test]
    fn a_word_that_is_no_purpose_is_refused() {
        assert_eq!(read(&with("advertising", "")).err().unwrap().case(), Case::DocumentFile);
        assert!(read(&with("counselling", "")).is_ok());
    }

    #[test]
    fn the_escrow_policy_is_the_one_that_is_named_by_its_hash() {
        let named = with("escrow", &format!("escrow_policy = \"{}\"", "ab".repeat(32)));
        let (document, _) = read(&named).unwrap().document(CentreId([0; 32]));
        assert_eq!(document.escrow_policy, Some(Hash([0xab; 32])));
        let cut = with("escrow", "escrow_policy = \"abab\"");
        assert_eq!(read(&cut).err().unwrap().case(), Case::DocumentFile);
    }
}
