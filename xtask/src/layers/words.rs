//! Reads the names and literals of a source file with Rust's own tokens, so that comments are no matter.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use proc_macro2::{TokenStream, TokenTree};

use super::rules::Word;
use crate::run;

/// The crates whose sources the rules of words apply to; a test may name what it likes.
const CRATES: &[&str] = &["protocol", "auditor", "crypto-core", "client-sdk", "server", "cli", "web"];

/// The source files of those crates, relative to the workspace and in order.
///
/// # Errors
/// When a folder cannot be read.
pub(super) fn files() -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in CRATES {
        walk(&Path::new(name).join("src"), &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<String>) -> Result<()> {
    let entries = std::fs::read_dir(run::root().join(folder));
    for entry in entries.with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

/// The words of one source file, its `mod tests { … }` left out.
///
/// # Errors
/// When it cannot be read or is not Rust.
pub(super) fn read(path: &str) -> Result<Vec<Word>> {
    let source = std::fs::read_to_string(run::root().join(path)).with_context(|| format!("cannot read {path}"))?;
    parse(&source).with_context(|| format!("cannot read {path} as Rust"))
}

fn parse(source: &str) -> Result<Vec<Word>> {
    let tokens: TokenStream = source.parse().map_err(|error| anyhow!("{error}"))?;
    let mut words = Vec::new();
    collect(tokens, &mut words);
    Ok(words)
}

fn collect(tokens: TokenStream, words: &mut Vec<Word>) {
    let mut last_names = [String::new(), String::new()];
    for token in tokens {
        let line = token.span().start().line;
        match token {
            TokenTree::Group(group) => {
                if last_names != ["mod", "tests"] {
                    collect(group.stream(), words);
                }
                last_names = [String::new(), String::new()];
            }
            TokenTree::Ident(name) => {
                let text = name.to_string();
                let [_, before] = last_names;
                last_names = [before, text.clone()];
                words.push(Word::Name { text, line });
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string().trim_start_matches(['b', 'c', 'r', '#']).trim_matches('"').to_owned();
                words.push(Word::Literal { text, line });
            }
            TokenTree::Punct(_) => last_names = [String::new(), String::new()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        let words = parse(source).unwrap().into_iter();
        words.filter_map(|word| if let Word::Name { text, .. } = word { Some(text) } else { None }).collect()
    }

    #[test]
    fn comments_and_texts_are_not_names() {
        assert_eq!(names("// sqlx\n/* sqlx */ fn a() { b(\"sqlx\") }"), ["fn", "a", "b"]);
    }

    #[test]
    fn the_tests_of_a_module_are_left_out() {
        assert_eq!(names("mod http { use axum; } #[cfg(test)] mod tests { use sqlx; }").last().unwrap(), "tests");
        assert!(names("mod http { use axum; }").contains(&"axum".to_owned()));
    }

    #[test]
    fn a_literal_keeps_its_line_and_loses_its_quotes() {
        let literals: Vec<_> = parse("\nconst A: &[u8] = b\"amanah/v1/x\";").unwrap();
        assert_eq!(literals.last(), Some(&Word::Literal { text: "amanah/v1/x".to_owned(), line: 2 }));
    }
}
