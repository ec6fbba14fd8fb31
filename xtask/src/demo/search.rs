//! Searches everything that the relay has for words out of the letters and for the passphrases.

use std::io::{Write, pipe};
use std::process::Command;

use anyhow::{Result, bail};

use super::amanah::program;
use super::checks::Checks;
use super::letters::Exchange;
use super::relay::Relay;
use super::story::step;
use crate::run;

/// A paragraph from this length on gives a phrase; shorter lines may stand in any letter.
const PARAGRAPH: usize = 80;
/// How many words a phrase has.
const WORDS: usize = 5;
/// Not secret, and so must be found: it shows that the search looks where the relay writes.
const PUBLIC: &str = "Rini Lestari";

/// What the search printed.
struct Verdict {
    /// A line for each word that was found, with every place.
    found: Vec<String>,
    /// Whether it found what it planted itself, in every form.
    sighted: bool,
}

/// Searches folders and memory.
///
/// # Errors
/// When anything is found that must not be there, or the search does not find what is there.
pub(super) fn run<'a>(
    relay: &Relay,
    exchanges: &[Exchange],
    mut words: Vec<String>,
    passphrases: impl Iterator<Item = &'a str>,
    checks: &mut Checks,
) -> Result<()> {
    for exchange in exchanges {
        words.extend(phrases(&exchange.letter()?));
        words.extend(phrases(&exchange.answer()?));
    }
    let letters = words.len();
    words.extend(passphrases.map(str::to_owned));
    step(&format!(
        "We look for {letters} phrases of the letters and {} passphrases, in UTF-8, UTF-16,",
        words.len() - letters
    ));
    println!("     hexadecimal, base64 at each alignment, and inside gzip.");
    let public = search(relay, &[PUBLIC.to_owned()], false)?;
    let control = "The counsellor's name, which is public, is found in the relay's folder.";
    checks.holds(control, public.found.len() == 1, PUBLIC, "nothing")?;
    let memory = may_look_into(relay.process())?;
    let verdict = search(relay, &words, memory)?;
    checks.holds(
        "A phrase that we plant in a scratch folder is found in every form.",
        verdict.sighted,
        "found",
        "not found",
    )?;
    let places = |memory: bool| {
        let here = verdict.found.iter().filter(|line| line.contains("memory: ") == memory);
        here.map(String::as_str).collect::<Vec<_>>().join("\n                 ")
    };
    let mut nothing = |sentence: &str, found: String| checks.holds(sentence, found.is_empty(), "nothing", found);
    nothing("Nothing is found in the relay's database, its keys and its log.", places(false))?;
    if memory {
        return nothing("Nothing is found in the memory of the running relay.", places(true));
    }
    step("SKIPPED: the memory of the relay, because this user may not look into other processes.");
    Ok(())
}

/// Runs the search of the tests.
fn search(relay: &Relay, words: &[String], memory: bool) -> Result<Verdict> {
    let process = if memory { relay.process().to_string() } else { "-".to_owned() };
    let (reader, mut writer) = pipe()?;
    writer.write_all(words.join("\n").as_bytes())?;
    drop(writer);
    let output = run::fed(program("canary").arg(process).args(relay.folders()), reader)?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !matches!(output.status.code(), Some(0 | 1)) {
        bail!("the search ended with {}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let looked = said.lines().filter(|line| line.contains('“')).count();
    if looked != words.len() {
        bail!("the search looked for {looked} of {} words\n{said}", words.len());
    }
    let found: Vec<String> = said.lines().filter(|line| line.starts_with("FOUND")).map(str::to_owned).collect();
    let sighted = said.lines().last().is_some_and(|line| line.starts_with("found: "));
    if output.status.success() != (found.is_empty() && sighted) {
        bail!("the search contradicts itself\n{said}");
    }
    Ok(Verdict { found, sighted })
}

/// Whether a program beside the relay, as the search is one, may look into the relay's memory.
fn may_look_into(process: u32) -> Result<bool> {
    let memory = format!("/proc/{process}/mem");
    let opened = run::output(Command::new("sh").args(["-c", "exec < \"$0\""]).arg(memory))?;
    Ok(opened.status.success())
}

/// The first words of each long paragraph.
fn phrases(text: &str) -> Vec<String> {
    let paragraphs = text.lines().filter(|line| line.chars().count() >= PARAGRAPH);
    paragraphs.map(|line| line.split(' ').take(WORDS).collect::<Vec<_>>().join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_long_paragraph_gives_a_phrase() {
        let long =
            "Kemarin adik saya kirim foto: dia pakai jaket almamater saya dan menulis “nanti aku mau kayak Kakak”.";
        assert_eq!(phrases(&format!("Salam hangat,\n\n{long}\n")), ["Kemarin adik saya kirim foto:"]);
    }
}
