//! Texts in the language of the person at the screen, from the Fluent files in `locales/`; what an audit says is told
//! as on the command line.

use std::cell::RefCell;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use leptos::prelude::{ArcRwSignal, Get, Set};
use unic_langid::LanguageIdentifier;

/// A language that this program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Id,
    En,
}

impl Language {
    /// Every one.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 2] = [Self::Id, Self::En];

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }

    /// Its own name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Id => "Bahasa Indonesia",
            Self::En => "English",
        }
    }

    /// What a language calls itself; its tag where this program does not speak it.
    pub(crate) fn name_of(tag: &str) -> &str {
        [Self::Id, Self::En].into_iter().find(|known| known.tag() == tag).map_or(tag, |known| known.name())
    }

    /// The first of these tags that this program speaks; English without any.
    pub(crate) fn of_tags<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |tag: &str| match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "id" | "in" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        };
        tags.into_iter().find_map(known).unwrap_or(Self::En)
    }

    const fn sources(self) -> [&'static str; 4] {
        match self {
            Self::Id => [
                include_str!("../locales/id/pages.ftl"),
                include_str!("../locales/id/staff.ftl"),
                include_str!("../locales/id/problems.ftl"),
                include_str!("../../cli/locales/id/audit.ftl"),
            ],
            Self::En => [
                include_str!("../locales/en/pages.ftl"),
                include_str!("../locales/en/staff.ftl"),
                include_str!("../locales/en/problems.ftl"),
                include_str!("../../cli/locales/en/audit.ftl"),
            ],
        }
    }

    fn bundle(self) -> FluentBundle<FluentResource> {
        let mut bundle = FluentBundle::new(vec![self.tag().parse::<LanguageIdentifier>().unwrap_or_default()]);
        bundle.set_use_isolating(false);
        for source in self.sources() {
            // what does not parse is left out, and a test says so
            let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(rest, _)| rest);
            bundle.add_resource_overriding(resource);
        }
        bundle
    }
}

thread_local! {
    static INDONESIAN: FluentBundle<FluentResource> = Language::Id.bundle();
    static ENGLISH: FluentBundle<FluentResource> = Language::En.bundle();
    static CHOSEN: RefCell<Option<ArcRwSignal<Language>>> = const { RefCell::new(None) };
}

/// A variable of a text.
pub(crate) type Variable = (&'static str, FluentValue<'static>);

/// A text of this language, or of one of its attributes (`id.attribute`), if it has it.
pub(crate) fn find(language: Language, id: &str, variables: &[Variable]) -> Option<String> {
    let bundle = match language {
        Language::Id => &INDONESIAN,
        Language::En => &ENGLISH,
    };
    bundle.with(|bundle| {
        let (name, attribute) = id.split_once('.').map_or((id, None), |(name, attribute)| (name, Some(attribute)));
        let message = bundle.get_message(name)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        let arguments: FluentArgs<'_> = variables.iter().map(|(name, value)| (*name, value.clone())).collect();
        Some(bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned())
    })
}

/// The language that is shown. Whoever shows a text in it shows it anew when it changes.
fn chosen() -> ArcRwSignal<Language> {
    CHOSEN.with(|chosen| chosen.borrow_mut().get_or_insert_with(|| ArcRwSignal::new(Language::En)).clone())
}

/// The language that is shown.
pub(crate) fn language() -> Language {
    chosen().get()
}

/// Shows another language.
pub(crate) fn choose(language: Language) {
    chosen().set(language);
}

/// A text without variables.
pub(crate) fn say(id: &str) -> String {
    fill(id, &[])
}

/// A text with its variables.
pub(crate) fn fill(id: &str, variables: &[Variable]) -> String {
    find(language(), id, variables).unwrap_or_default()
}

/// A text that changes with the language.
pub(crate) fn t(id: &'static str) -> impl Fn() -> String + Copy + Send + 'static {
    move || say(id)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;
    use crate::problem::Trouble;

    /// Ids (with attributes as `id.attribute`) and the variables of each, of all files of a language.
    fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut found = BTreeMap::new();
        for source in language.sources() {
            let (mut message, mut part) = (String::new(), String::new());
            for line in source.lines().filter(|line| !line.starts_with('#')) {
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
                    let name = variable.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
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
        let english = messages(Language::En);
        assert!(english.len() > 100, "{}", english.len());
        assert_eq!(english, messages(Language::Id));
    }

    #[test]
    fn every_text_parses_and_is_found() {
        for language in Language::ALL {
            for source in language.sources() {
                assert!(FluentResource::try_new(source.to_owned()).is_ok());
            }
            for id in messages(language).keys() {
                assert!(find(language, id, &[]).is_some_and(|text| !text.trim().is_empty()), "{id}");
            }
        }
    }

    #[test]
    fn every_text_that_the_program_asks_for_is_there_and_no_other() {
        let known = messages(Language::En);
        let mut source = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
        let mut asked = BTreeSet::new();
        for opening in ["say(\"", "fill(\"", "t(\"", "text=\"", "label=\"", "title=\"", "hint=\""] {
            for (before, rest) in source.match_indices(opening).map(|(at, _)| source.split_at(at)) {
                let rest = rest.get(opening.len()..).unwrap();
                if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                    continue;
                }
                asked.insert(rest.split('"').next().unwrap().to_owned());
            }
        }
        assert!(asked.len() > 80, "{}", asked.len());
        for id in &asked {
            assert!(known.contains_key(id), "{id} is missing");
        }
        let made = [
            "role-",
            "purpose-",
            "ground-",
            "standing-",
            "stands-",
            "operation-",
            "basis-",
            // shared with the command line, which shows more of them
            "audit-",
            "strength-",
            "ended-",
            "duration-",
            "stage-",
        ];
        let troubles: BTreeSet<_> =
            Trouble::ALL.iter().flat_map(|t| [t.id().to_owned(), format!("{}.do", t.id())]).collect();
        for id in known.keys() {
            let used = source.contains(&format!("\"{id}\""))
                || troubles.contains(id)
                || made.iter().any(|start| id.starts_with(start));
            assert!(used, "{id} is never shown");
        }
    }

    #[test]
    fn every_problem_says_what_happened_and_what_to_do() {
        for trouble in Trouble::ALL {
            for language in Language::ALL {
                for id in [trouble.id().to_owned(), format!("{}.do", trouble.id())] {
                    let text = find(language, &id, &[]).unwrap_or_default();
                    assert!(text.ends_with(['.', '!', '?']), "{id}: {text:?}");
                }
            }
        }
    }

    #[test]
    fn the_browser_s_first_known_language_counts() {
        assert_eq!(Language::of_tags(["jv-ID", "id-ID", "en"]), Language::Id);
        assert_eq!(Language::of_tags(["en-GB", "id"]), Language::En);
        assert_eq!(Language::of_tags(["de"]), Language::En);
        assert_eq!(Language::of_tags([]), Language::En);
    }
}
