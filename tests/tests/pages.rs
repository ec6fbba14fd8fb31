//! What the pages say of the tests is true: each test that they name is there.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

/// All Rust sources of the workspace.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What stands between backticks in the last column of a table's rows.
fn named_in_tables<'p>(lines: impl Iterator<Item = &'p str>) -> Vec<String> {
    let rows = lines.filter(|line| line.starts_with('|') && line.contains('`'));
    let last = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    last.flat_map(|column| column.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_test_that_the_pages_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let [ethics, protocol] = ["docs/ethics.md", "docs/protocol.md"].map(|page| {
        let page = std::fs::read_to_string(root.join(page));
        page.unwrap()
    });
    let properties = protocol.lines().skip_while(|line| !line.starts_with("| property | some of its tests"));
    let mut files = Vec::new();
    sources(root, &mut files);
    let all: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let (ethics, properties) = (named_in_tables(ethics.lines()), named_in_tables(properties.take(8)));
    assert!(ethics.len() > 30 && properties.len() > 12, "{} and {}", ethics.len(), properties.len());
    for name in ethics.into_iter().chain(properties) {
        let is_file = name.contains('/') && root.join(&name).is_file();
        let is_test = all.contains(&format!("fn {name}("));
        assert!(is_file || is_test || name.starts_with("amanah "), "{name} is not there");
    }
}
