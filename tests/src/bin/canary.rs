//! Searches folders and the memory of a process for words that must not be there, after planting them to see it works.
//!
//! `canary PROCESS FOLDER… < words`: one phrase a line; `-` instead of a process looks into no memory. Prints a line a
//! check; exit code 1 if anything was found, or if a planted phrase was not.
#![expect(clippy::print_stdout, reason = "a command speaks to the person who runs it")]

use std::io::{BufRead, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

use amanah_tests::canary::{forms, found_in_memory, found_under, plant};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let process = arguments.next().filter(|number| number == "-" || number.parse::<u32>().is_ok());
    let folders: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let phrases: Vec<String> = stdin().lock().lines().map_while(Result::ok).filter(|line| !line.is_empty()).collect();
    let (Some(process), false, false) = (process, folders.is_empty(), phrases.is_empty()) else {
        println!("usage: canary PROCESS FOLDER… < words");
        return ExitCode::from(2);
    };
    let mut clean = true;
    for phrase in &phrases {
        let forms = forms(phrase);
        let mut found: Vec<String> = folders.iter().flat_map(|folder| found_under(folder, &forms)).collect();
        found.extend(process.parse().map(|process| found_in_memory(process, &forms)).unwrap_or_default());
        clean &= found.is_empty();
        let verdict = if found.is_empty() { "not found" } else { "FOUND" };
        println!("{verdict}: “{phrase}” {}", found.join(", "));
    }
    let sighted = phrases.first().is_some_and(|phrase| finds_what_is_planted(phrase));
    println!("{}: a planted phrase in every form", if sighted { "found" } else { "NOT FOUND" });
    if clean && sighted { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn finds_what_is_planted(phrase: &str) -> bool {
    let Ok(folder) = tempfile::tempdir() else { return false };
    let planted = plant(folder.path(), phrase);
    let found = found_under(folder.path(), &forms(phrase));
    let found_file = |number: &usize| found.iter().any(|place| place.contains(&format!("planted-{number}:")));
    (0..planted - 2).all(|number| found_file(&number))
        && ["planted-gzip", "planted-padded"].iter().all(|name| found.iter().any(|place| place.contains(name)))
}
