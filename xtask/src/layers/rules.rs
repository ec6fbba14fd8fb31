//! The rules of the layers, on plain values: an import graph, and the words of a source file.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Which crate imports which.
#[derive(Default)]
pub(super) struct Graph {
    /// The crates of this workspace.
    pub(super) ours: BTreeSet<String>,
    /// Each crate with those it imports.
    pub(super) imports: BTreeMap<String, BTreeSet<String>>,
}

/// A crate of ours, and the crates of ours that it may import, in its tests too.
const LAYERS: &[(&str, &[&str])] = &[
    ("amanah-protocol", &[]),
    ("amanah-auditor", &["amanah-protocol"]),
    ("amanah-crypto-core", &["amanah-protocol"]),
    ("amanah-tls", &[]),
    // its example speaks TLS
    ("amanah-client-sdk", &["amanah-protocol", "amanah-crypto-core", "amanah-tls"]),
    ("amanah-server", &["amanah-protocol", "amanah-tls"]),
    ("amanah-cli", &["amanah-client-sdk", "amanah-auditor", "amanah-tls"]),
    ("amanah-web", &["amanah-client-sdk", "amanah-auditor"]),
    (
        "amanah-tests",
        &[
            "amanah-protocol",
            "amanah-crypto-core",
            "amanah-client-sdk",
            "amanah-server",
            "amanah-auditor",
            "amanah-cli",
            "amanah-tls",
        ],
    ),
    ("xtask", &[]),
];

/// A crate of others, and the only crates of ours that may import it.
const KEPT: &[(&str, &[&str])] = &[
    ("sqlx", &["amanah-server", "amanah-auditor"]),
    ("axum", &["amanah-server", "amanah-tests"]),
    ("anyhow", &["xtask"]),
    ("indicatif", &["amanah-cli"]),
];

/// What a crate must not reach, over however many steps, in what is built of it.
pub(super) struct Barred {
    /// The crate that must not.
    pub(super) from: &'static str,
    /// What it must not reach.
    pub(super) to: &'static [&'static str],
}

/// What opens letters, and the crates that encrypt or stretch.
const OPENERS: &[&str] = &["amanah-crypto-core", "amanah-client-sdk", "hpke", "chacha20poly1305", "argon2"];

/// Neither the relay nor whoever audits it can open anything, because the code to do so is not in them.
pub(super) const BARRED: &[Barred] =
    &[Barred { from: "amanah-server", to: OPENERS }, Barred { from: "amanah-auditor", to: OPENERS }];

/// What a source file names.
#[derive(Debug, PartialEq)]
pub(super) enum Word {
    /// An identifier outside comments and text.
    Name { text: String, line: usize },
    /// A text or bytes literal, without its quotes.
    Literal { text: String, line: usize },
}

/// A name, and the only places (a file, or a folder ending in `/`) where it may stand.
const NAMES: &[(&str, &[&str])] = &[
    ("sqlx", &["server/src/store/", "auditor/src/database/"]),
    ("axum", &["server/src/http/", "server/src/serve.rs", "tests/src/in_process.rs"]),
    ("opaque_ke", &["server/src/opaque.rs", "crypto-core/src/opaque.rs"]),
    // a page is made of elements and texts; only the square of a fingerprint is drawn by a library
    ("inner_html", &["web/src/pages/settings.rs"]),
];

const LABEL: &str = "amanah/v1/";
/// OPAQUE's context is the one label that the relay needs too.
const LABEL_FILES: &[&str] = &["protocol/src/labels.rs", "crypto-core/src/labels.rs", "server/src/opaque.rs"];

/// One line for each import that no rule allows.
pub(super) fn imports(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for from in &graph.ours {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| name == from) else {
            found.push(format!("{from} has no row in xtask/src/layers/rules.rs"));
            continue;
        };
        for to in graph.imports.get(from).into_iter().flatten() {
            if graph.ours.contains(to) && !allowed.contains(&to.as_str()) {
                found.push(format!("{from} must not import {to}"));
            }
            let kept = KEPT.iter().find(|(name, _)| name == to);
            if kept.is_some_and(|(_, owners)| !owners.contains(&from.as_str())) {
                found.push(format!("{from} must not import {to}"));
            }
        }
    }
    found
}

/// One line for each barred crate that is reached, with the way to it.
pub(super) fn reaches(graph: &Graph, barred: &Barred) -> Vec<String> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([barred.from]);
    while let Some(at) = queue.pop_front() {
        for to in graph.imports.get(at).into_iter().flatten() {
            if to != barred.from && !came_from.contains_key(to.as_str()) {
                came_from.insert(to, at);
                queue.push_back(to);
            }
        }
    }
    let reached = barred.to.iter().filter(|to| came_from.contains_key(**to));
    reached.map(|to| format!("{} must not reach {to}: {}", barred.from, way(&came_from, to))).collect()
}

fn way(came_from: &BTreeMap<&str, &str>, to: &str) -> String {
    let mut steps = vec![to];
    while let Some(from) = steps.last().and_then(|step| came_from.get(step)) {
        steps.push(from);
    }
    steps.reverse();
    steps.join(" -> ")
}

/// A line when this word must not stand in this file (its path is relative to the workspace, with `/`).
pub(super) fn word(path: &str, word: &Word) -> Option<String> {
    match word {
        Word::Name { text, line } => {
            let (_, places) = NAMES.iter().find(|(name, _)| name == text)?;
            let allowed =
                places.iter().any(|place| path == *place || (place.ends_with('/') && path.starts_with(place)));
            (!allowed).then(|| format!("{path}:{line}: `{text}` may be named only in {}", places.join(", ")))
        }
        Word::Literal { text, line } => (text.starts_with(LABEL) && !LABEL_FILES.contains(&path) && !is_test(path))
            .then(|| format!("{path}:{line}: a label belongs in {}", LABEL_FILES.join(" or "))),
    }
}

/// Tests spell labels out, so that one that is changed by mistake is found.
fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph { ours: LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect(), ..Graph::default() };
        for (from, to) in edges {
            graph.imports.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        graph
    }

    fn name(text: &str) -> Word {
        Word::Name { text: text.to_owned(), line: 3 }
    }

    fn literal(text: &str) -> Word {
        Word::Literal { text: text.to_owned(), line: 3 }
    }

    #[test]
    fn the_intended_layers_are_allowed() {
        let edges: Vec<_> = LAYERS.iter().flat_map(|(from, all)| all.iter().map(|to| (*from, *to))).collect();
        assert_eq!(imports(&graph(&edges)), Vec::<String>::new());
    }

    #[test]
    fn the_relay_may_not_import_what_touches_secrets() {
        let found = imports(&graph(&[("amanah-server", "amanah-protocol"), ("amanah-server", "amanah-crypto-core")]));
        assert_eq!(found, ["amanah-server must not import amanah-crypto-core"]);
    }

    #[test]
    fn the_hybrid_group_of_tls_stands_on_nothing_of_ours() {
        for (to, _) in LAYERS.iter().filter(|(to, _)| *to != "amanah-tls") {
            assert_eq!(imports(&graph(&[("amanah-tls", to)])), [format!("amanah-tls must not import {to}")]);
        }
        let found = imports(&graph(&[("amanah-protocol", "amanah-tls")]));
        assert_eq!(found, ["amanah-protocol must not import amanah-tls"]);
    }

    #[test]
    fn nothing_imports_the_tests() {
        for (from, _) in LAYERS.iter().filter(|(from, _)| *from != "amanah-tests") {
            assert_eq!(imports(&graph(&[(from, "amanah-tests")])).len(), 1, "{from}");
        }
    }

    #[test]
    fn the_database_driver_stays_in_the_relay_and_the_auditor() {
        let found =
            imports(&graph(&[("amanah-client-sdk", "sqlx"), ("amanah-server", "sqlx"), ("amanah-auditor", "sqlx")]));
        assert_eq!(found, ["amanah-client-sdk must not import sqlx"]);
    }

    #[test]
    fn a_crate_without_a_row_is_refused() {
        let mut graph = graph(&[]);
        graph.ours.insert("amanah-stranger".to_owned());
        assert_eq!(imports(&graph), ["amanah-stranger has no row in xtask/src/layers/rules.rs"]);
    }

    #[test]
    fn a_barred_crate_is_found_at_any_depth_with_the_way_to_it() {
        let graph = graph(&[("amanah-server", "innocent"), ("innocent", "deeper"), ("deeper", "hpke")]);
        let found: Vec<_> = BARRED.iter().flat_map(|barred| reaches(&graph, barred)).collect();
        assert_eq!(found, ["amanah-server must not reach hpke: amanah-server -> innocent -> deeper -> hpke"]);
    }

    #[test]
    fn a_circle_of_imports_ends() {
        let graph = graph(&[("amanah-server", "a"), ("a", "b"), ("b", "amanah-server"), ("b", "a")]);
        assert!(BARRED.iter().all(|barred| reaches(&graph, barred).is_empty()));
    }

    #[test]
    fn sql_and_routes_stay_in_their_folders() {
        assert_eq!(word("server/src/store/letters.rs", &name("sqlx")), None);
        assert_eq!(word("auditor/src/database/view.rs", &name("sqlx")), None);
        assert!(word("auditor/src/audit.rs", &name("sqlx")).is_some());
        assert!(word("server/src/http/letters.rs", &name("sqlx")).is_some());
        assert!(word("server/src/storefront.rs", &name("sqlx")).is_some());
        assert_eq!(word("server/src/http/letters.rs", &name("axum")), None);
        assert_eq!(word("server/src/serve.rs", &name("axum")), None);
        assert!(word("server/src/store/letters.rs", &name("axum")).is_some());
        assert_eq!(word("server/src/opaque.rs", &name("opaque_ke")), None);
        assert!(word("server/src/serve.rs", &name("opaque_ke")).is_some());
        assert_eq!(word("web/src/pages/settings.rs", &name("inner_html")), None);
        assert!(word("web/src/pages/thread.rs", &name("inner_html")).is_some());
    }

    #[test]
    fn labels_stand_in_one_file_of_each_side() {
        assert_eq!(word("crypto-core/src/labels.rs", &literal("amanah/v1/seal")), None);
        assert_eq!(word("server/src/opaque.rs", &literal("amanah/v1/opaque")), None);
        assert!(word("server/src/serve.rs", &literal("amanah/v1/opaque")).is_some());
        assert!(word("crypto-core/src/vault.rs", &literal("amanah/v1/vault")).is_some());
        assert_eq!(word("crypto-core/src/vault.rs", &literal("the amanah/v1/ labels")), None);
        assert_eq!(word("crypto-core/src/tests/published.rs", &literal("amanah/v1/seal")), None);
    }
}
