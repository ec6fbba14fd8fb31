//! The help in the language of the person at the terminal. The English texts stand at the arguments themselves.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory, FromArgMatches, ValueEnum};

use crate::args::Arguments;
use crate::texts::{Language, Texts};

/// Parses the arguments of this process. Help is shown in the language that they, the environment or the system name.
///
/// # Errors
/// Help and version, or what was wrong with the arguments. What was wrong is said in English only.
pub(crate) fn parse() -> Result<Arguments, clap::Error> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let language = named(&arguments).or_else(|| read(&std::env::var_os("AMANAH_LANG")?));
    let texts = Texts::new(language.unwrap_or_else(Language::of_system));
    let matches = command(texts).try_get_matches_from(arguments)?;
    Arguments::from_arg_matches(&matches)
}

/// The command line with its help in this language.
fn command(texts: Texts) -> Command {
    let mut command = Arguments::command();
    command.build();
    match texts.language() {
        Language::En => command,
        Language::Id => translated(command, "about", texts),
    }
}

/// The language that is named as an option, before anything else is understood.
fn named(arguments: &[OsString]) -> Option<Language> {
    let mut rest = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    while let Some(argument) = rest.next() {
        if argument == "--lang" {
            return read(rest.next()?);
        }
        if let Some(value) = argument.to_str().and_then(|text| text.strip_prefix("--lang=")) {
            return Language::from_str(value, false).ok();
        }
    }
    None
}

fn read(value: &OsString) -> Option<Language> {
    Language::from_str(value.to_str()?, false).ok()
}

/// Text ids: `about` and the names of the commands, joined by hyphens; for an argument two hyphens and its name more.
/// An argument that is the same everywhere stands under `about` alone.
fn translated(command: Command, id: &str, texts: Texts) -> Command {
    let headed = |heading: &str| texts.say(&format!("about-heading-{heading}"));
    let argument = |arg: Arg| {
        let name = arg.get_id().as_str().replace('_', "-");
        let found = texts.find(&format!("{id}--{name}")).or_else(|| texts.find(&format!("about--{name}")));
        let heading = match arg.get_help_heading() {
            Some(_) => headed("global"),
            None if arg.is_positional() => headed("arguments"),
            None => headed("options"),
        };
        let arg = arg.help_heading(heading);
        match found {
            Some(text) => arg.help(text),
            None => arg,
        }
    };
    let about = texts.find(id);
    let template = format!("{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}", headed("usage"));
    let command =
        command.mut_args(argument).subcommand_help_heading(headed("commands")).help_template(template).mut_subcommands(
            |sub| {
                let id = format!("{id}-{}", sub.get_name());
                translated(sub, &id, texts)
            },
        );
    match about {
        Some(text) => command.about(text),
        None => command,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The ids under which this command and everything in it may be found; one of each pair must be there.
    fn asked(command: &Command, id: &str, found: &mut Vec<Vec<String>>) {
        found.push(vec![id.to_owned()]);
        for arg in command.get_arguments() {
            let name = arg.get_id().as_str().replace('_', "-");
            found.push(vec![format!("{id}--{name}"), format!("about--{name}")]);
        }
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            asked(sub, &format!("{id}-{}", sub.get_name()), found);
        }
    }

    #[test]
    fn every_command_and_argument_is_explained_in_indonesian_and_nothing_else_is() {
        let mut command = Arguments::command();
        command.build();
        let mut wanted = Vec::new();
        asked(&command, "about", &mut wanted);
        let texts = Texts::new(Language::Id);
        let mut used = BTreeSet::new();
        for ids in &wanted {
            let known: Vec<_> = ids.iter().filter(|id| texts.find(id).is_some()).collect();
            assert!(!known.is_empty(), "{ids:?} is missing");
            used.extend(known.into_iter().cloned());
        }
        let file = include_str!("../locales/id/help.ftl");
        let written = file.lines().filter_map(|line| line.split_once(" =")).map(|(id, _)| id);
        let idle: Vec<_> = written.filter(|id| !id.starts_with("about-heading-") && !used.contains(*id)).collect();
        assert_eq!(idle, ["about-help"]);
    }

    #[test]
    fn the_language_is_known_before_anything_else_is_understood() {
        let language = |words: &[&str]| named(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(language(&["amanah", "--lang", "id", "wriet"]), Some(Language::Id));
        assert_eq!(language(&["amanah", "inbox", "--lang=en"]), Some(Language::En));
        assert_eq!(language(&["amanah", "--lang", "fr"]), None);
        assert_eq!(language(&["amanah", "--", "--lang=id"]), None);
        assert_eq!(language(&["amanah", "--lang"]), None);
    }
}
