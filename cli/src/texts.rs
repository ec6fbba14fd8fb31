//! Texts in the language of the person at the terminal.

use std::borrow::Cow;
use std::collections::HashMap;

use clap::ValueEnum;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{Loader, static_loader};
use unic_langid::{LanguageIdentifier, langid};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ENGLISH: LanguageIdentifier = langid!("en");
static INDONESIAN: LanguageIdentifier = langid!("id");

/// A language that this program speaks: Indonesian or English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Id,
    En,
}

impl Language {
    /// The language of the system: Indonesian if it is that, English otherwise.
    pub(crate) fn of_system() -> Self {
        let locale = sys_locale::get_locale().unwrap_or_default().to_lowercase();
        let language = locale.split(['-', '_', '.']).next().unwrap_or_default();
        if matches!(language, "id" | "in") { Self::Id } else { Self::En }
    }

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }
}

/// A variable of a text.
pub(crate) type Variable = (&'static str, FluentValue<'static>);

/// All texts in one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts {
    language: Language,
}

impl Texts {
    /// The texts in this language.
    pub(crate) const fn new(language: Language) -> Self {
        Self { language }
    }

    /// The language.
    pub(crate) const fn language(self) -> Language {
        self.language
    }

    /// A text without variables.
    pub(crate) fn say(self, id: &str) -> String {
        self.fill(id, Vec::new())
    }

    /// A text without variables that this language may not have.
    pub(crate) fn find(self, id: &str) -> Option<String> {
        LOCALES.lookup_single_language::<&str>(self.identifier(), id, None).ok()
    }

    const fn identifier(self) -> &'static LanguageIdentifier {
        match self.language {
            Language::Id => &INDONESIAN,
            Language::En => &ENGLISH,
        }
    }

    /// A text with its variables.
    pub(crate) fn fill(self, id: &str, variables: Vec<Variable>) -> String {
        let variables: HashMap<Cow<'static, str>, FluentValue<'static>> =
            variables.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        LOCALES.lookup_with_args(self.identifier(), id, &variables)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    /// Ids (with attributes as `id.attribute`) and the variables of each, of all files of a language.
    fn messages(language: &str) -> BTreeMap<String, BTreeSet<String>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(language);
        let mut found = BTreeMap::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let (mut message, mut part) = (String::new(), String::new());
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let start = line.split(" =").next().unwrap();
                if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                    message = start.to_owned();
                    part.clone_from(&message);
                    assert!(!found.contains_key(&part), "{part} stands twice");
                    found.insert(part.clone(), BTreeSet::new());
                } else if let Some(attribute) = start.trim().strip_prefix('.') {
                    part = format!("{message}.{attribute}");
                    found.insert(part.clone(), BTreeSet::new());
                }
                for variable in line.split('$').skip(1) {
                    let name: String =
                        variable.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                    found.get_mut(&part).unwrap().insert(name);
                }
            }
        }
        found
    }

    fn sources(folder: &Path, found: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push_str(std::fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap());
            }
        }
    }

    #[test]
    fn both_languages_say_the_same_with_the_same_variables() {
        let english = messages("en");
        assert!(english.len() > 100, "{}", english.len());
        let mut indonesian = messages("id");
        // the help in English stands at the arguments
        indonesian.retain(|id, _| !id.starts_with("about"));
        assert_eq!(english, indonesian);
    }

    #[test]
    fn every_text_that_the_program_asks_for_is_there() {
        let known = messages("en");
        let mut source = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
        let mut asked = 0;
        for opening in [".say(\"", ".fill(\""] {
            for rest in source.split(opening).skip(1) {
                let id = rest.split('"').next().unwrap();
                assert!(known.contains_key(id), "{id} is missing");
                asked += 1;
            }
        }
        assert!(asked > 50, "{asked}");
    }

    #[test]
    fn a_variable_stands_in_the_text_without_marks_around_it() {
        let text = Texts::new(Language::Id).fill("handle-line", vec![("handle", "bunga-3".into())]);
        assert!(text.ends_with("bunga-3"), "{text:?}");
    }
}
