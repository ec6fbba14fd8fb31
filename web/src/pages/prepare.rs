//! What only the centre's root does, prepared as the command to be run where its key is. The key never comes here.

use std::collections::BTreeMap;

use amanah_client_sdk::protocol::ids::{AccountId, SessionId};
use amanah_client_sdk::protocol::signature::VerifyingKey;
use leptos::prelude::*;

use crate::message::CentreRecord;
use crate::parts::{CommandLine, Field};
use crate::texts::{say, t};

/// What can stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Days,
    Day,
    Account,
    Key,
    Session,
    /// One of these words, each with a text of its own.
    Word(&'static str, &'static [&'static str]),
    /// One of the appointments in force.
    Appointment,
    /// Part of a licence: all of it or nothing.
    Licence,
}

/// One option of a command.
#[derive(Debug, Clone, Copy)]
struct Blank {
    option: &'static str,
    label: &'static str,
    kind: Kind,
}

const fn blank(option: &'static str, label: &'static str, kind: Kind) -> Blank {
    Blank { option, label, kind }
}

const ROLES: Kind = Kind::Word("role", &["counsellor", "supervisor", "registrar", "director", "trustee", "auditor"]);
const BASES: Kind = Kind::Word("basis", &["client-asked", "time-is-over", "law"]);

/// The commands of `amanah centre` that need the root, with what each asks for.
const OPERATIONS: &[(&str, &[Blank])] = &[
    (
        "appoint",
        &[
            blank("--account", "prepare-account", Kind::Account),
            blank("--role", "prepare-role", ROLES),
            blank("--name", "prepare-name", Kind::Text),
            blank("--days", "prepare-days", Kind::Days),
            blank("--licence-number", "prepare-licence-number", Kind::Licence),
            blank("--licence-board", "prepare-licence-board", Kind::Licence),
            blank("--licence-jurisdiction", "prepare-licence-jurisdiction", Kind::Licence),
            blank("--licence-link", "prepare-licence-link", Kind::Licence),
            blank("--licence-expires", "prepare-licence-expires", Kind::Day),
        ],
    ),
    ("dismiss", &[blank("--appointment", "prepare-appointment", Kind::Appointment)]),
    ("publish-document", &[blank("--document", "prepare-document", Kind::Text)]),
    ("publish-policy", &[blank("--policy", "prepare-policy", Kind::Text)]),
    ("certify-relay", &[blank("--key", "prepare-key", Kind::Key), blank("--days", "prepare-days", Kind::Days)]),
    ("erase", &[blank("--session", "prepare-session", Kind::Session), blank("--basis", "prepare-basis", BASES)]),
];

/// What was filled in, by option.
type Filled = BTreeMap<&'static str, String>;

impl Blank {
    fn is_licence(self) -> bool {
        matches!(self.kind, Kind::Licence | Kind::Day)
    }

    fn takes(self, value: &str) -> bool {
        match self.kind {
            Kind::Text | Kind::Licence | Kind::Word(..) | Kind::Appointment => !value.is_empty(),
            Kind::Day => value.len() == 10,
            Kind::Days => value.parse::<u32>().is_ok_and(|days| days > 0),
            Kind::Account => value.parse::<AccountId>().is_ok(),
            Kind::Key => value.parse::<VerifyingKey>().is_ok(),
            Kind::Session => value.parse::<SessionId>().is_ok(),
        }
    }
}

/// The command for a shell; nothing while something is missing or is not what belongs there.
fn command(operation: &str, file: &str, relay: &str, filled: &Filled) -> Option<String> {
    let (name, blanks) = OPERATIONS.iter().find(|(name, _)| *name == operation)?;
    let value = |blank: &Blank| filled.get(blank.option).map_or("", |value| value.trim());
    let licensed = blanks.iter().any(|blank| blank.is_licence() && !value(blank).is_empty());
    let mut words: Vec<String> = ["amanah", "centre", name].map(str::to_owned).to_vec();
    let mut option = |option: &str, value: &str| {
        // a word that begins with a hyphen would be taken for an option
        if value.starts_with('-') {
            words.push(format!("{option}={value}"));
        } else {
            words.extend([option.to_owned(), value.to_owned()]);
        }
    };
    option("--file", Some(file.trim()).filter(|file| !file.is_empty())?);
    option("--relay", relay);
    for blank in blanks.iter().filter(|blank| licensed || !blank.is_licence()) {
        option(blank.option, Some(value(blank)).filter(|value| blank.takes(value))?);
    }
    shlex::try_join(words.iter().map(String::as_str)).ok()
}

/// A form for each thing that the root does, and the command that comes of it.
#[component]
pub(crate) fn Prepare(record: CentreRecord) -> impl IntoView {
    let (operation, file) = (RwSignal::new("appoint".to_owned()), RwSignal::new("root-key.cbor".to_owned()));
    let filled = RwSignal::new(Filled::new());
    let record = StoredValue::new(record);
    let made = Signal::derive(move || {
        let relay = record.with_value(|record| record.relay.clone());
        filled.with(|filled| command(&operation.get(), &file.get(), &relay, filled)).unwrap_or_default()
    });
    let operations = OPERATIONS.iter().map(|(name, _)| {
        view! { <option value=*name>{move || say(&format!("operation-{name}"))}</option> }
    });
    let blanks = move || {
        let operation = operation.get();
        let blanks = OPERATIONS.iter().find(|(name, _)| *name == operation).map(|(_, blanks)| *blanks);
        blanks.unwrap_or_default().iter().map(|blank| view! { <Fill blank=*blank filled record/> }).collect_view()
    };
    view! {
        <section>
            <h2>{t("prepare-title")}</h2>
            <p>{t("prepare-lead")}</p>
            <div class="field">
                <label for="operation">{t("prepare-operation")}</label>
                <select
                    id="operation"
                    on:change:target=move |event| {
                        filled.set(Filled::new());
                        operation.set(event.target().value());
                    }
                >{operations.collect_view()}</select>
            </div>
            {blanks}
            <Field label="prepare-file" name="root-file" value=file required=false/>
            <div aria-live="polite">
                {move || if made.with(String::is_empty) {
                    view! { <p class="quiet">{t("prepare-missing")}</p> }.into_any()
                } else {
                    view! { <p>{t("prepare-run")}</p><CommandLine text=made/> }.into_any()
                }}
            </div>
        </section>
    }
}

/// One field of the form.
#[component]
fn Fill(blank: Blank, filled: RwSignal<Filled>, record: StoredValue<CentreRecord>) -> impl IntoView {
    let Blank { option, label, kind } = blank;
    let id = option.trim_start_matches('-');
    let fill_in = move |value: String| filled.update(|filled| drop(filled.insert(option, value)));
    let choices = match kind {
        Kind::Word(start, words) => {
            let text = move |word: &'static str| move || say(&format!("{start}-{word}"));
            words.iter().map(|word| view! { <option value=*word>{text(word)}</option> }.into_any()).collect()
        }
        Kind::Appointment => record.with_value(|record| {
            let posts = record.people.iter().cloned().map(|post| {
                let text = move || format!("{} ({})", post.name, say(&format!("role-{}", post.role)));
                view! { <option value=post.appointment>{text}</option> }.into_any()
            });
            posts.collect()
        }),
        _ => Vec::new(),
    };
    let field = if choices.is_empty() {
        let date = kind == Kind::Day;
        view! {
            <input
                id=id
                type=if date { "date" } else { "text" }
                inputmode=(kind == Kind::Days).then_some("numeric")
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                on:input:target=move |event| fill_in(event.target().value())
            />
        }
        .into_any()
    } else {
        view! {
            <select id=id on:change:target=move |event| fill_in(event.target().value())>
                <option value="">{t("prepare-choose")}</option>
                {choices}
            </select>
        }
        .into_any()
    };
    view! { <div class="field"><label for=id>{t(label)}</label>{field}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELAY: &str = "https://amanah.example:8443";

    fn of(operation: &str, values: &[(&'static str, &str)]) -> Option<String> {
        let filled = values.iter().map(|(option, value)| (*option, (*value).to_owned())).collect();
        command(operation, "root-key.cbor", RELAY, &filled)
    }

    fn appointment(name: &str) -> Vec<(&'static str, String)> {
        let values = [("--account", "ab".repeat(32)), ("--role", "auditor".to_owned()), ("--days", "365".to_owned())];
        values.into_iter().chain([("--name", name.to_owned())]).collect()
    }

    #[test]
    fn what_somebody_typed_stays_one_word_in_the_shell() {
        for name in ["Rini's \"office\"; rm -rf $HOME `id`", "a\\b", "--file=other", "Bu Rini", "$(id)"] {
            let filled = appointment(name).into_iter().collect();
            let made = command("appoint", "the root.cbor", RELAY, &filled).unwrap();
            let words = shlex::split(&made).unwrap();
            let joined = format!("--name={name}");
            let at = words.iter().position(|word| *word == name || *word == joined).unwrap();
            assert!(words.get(at).is_some_and(|word| *word == joined) == name.starts_with('-'), "{made}");
            let file = words.iter().position(|word| word == "--file").unwrap();
            assert_eq!(words.get(file + 1).map(String::as_str), Some("the root.cbor"));
            assert_eq!(words.len(), 15 - usize::from(name.starts_with('-')));
        }
    }

    #[test]
    fn a_command_comes_only_of_a_form_that_is_filled_in() {
        let account = "ab".repeat(32);
        let whole = [("--account", account.as_str()), ("--role", "auditor"), ("--name", "Sari"), ("--days", "365")];
        assert!(of("appoint", &whole).is_some());
        for missing in 0..whole.len() {
            let mut part = whole.to_vec();
            part.remove(missing);
            assert_eq!(of("appoint", &part), None);
        }
        for wrong in [("--days", "0"), ("--days", "soon"), ("--account", "Sari")] {
            assert_eq!(of("appoint", &[&whole[..], &[wrong]].concat()), None, "{wrong:?}");
        }
        // a licence is given whole
        assert_eq!(of("appoint", &[&whole[..], &[("--licence-number", "STR-1")]].concat()), None);
        assert_eq!(of("sell", &whole), None);
    }
}
