//! Reads the import graph from cargo: what each crate declares, and what is built of one crate alone.

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;

use super::rules::Graph;
use crate::run;

/// What the crates of this workspace declare: for the build, for build scripts and for tests, on every platform.
///
/// # Errors
/// When cargo cannot read the workspace.
pub(super) fn declared() -> Result<Graph> {
    let metadata =
        MetadataCommand::new().current_dir(run::root()).no_deps().exec().context("cargo cannot read the workspace")?;
    let mut graph = Graph::default();
    for package in metadata.workspace_packages() {
        let name = package.name.to_string();
        let imports = package.dependencies.iter().map(|dependency| dependency.name.clone()).collect();
        graph.ours.insert(name.clone());
        graph.imports.insert(name, imports);
    }
    Ok(graph)
}

/// What is built when this crate is built alone, tests aside.
///
/// It asks `cargo tree`, because the graph of `cargo metadata` mixes in the features that other crates switch on.
///
/// # Errors
/// When cargo cannot resolve it.
pub(super) fn built(package: &str) -> Result<Graph> {
    let tree = run::capture(run::cargo().args([
        "tree",
        "--package",
        package,
        "--edges",
        "normal,build",
        "--target",
        "all",
        "--prefix",
        "depth",
        "--format",
        " {p}",
    ]))?;
    Ok(parse(&tree))
}

/// Lines of `cargo tree --prefix depth`: a depth, then a name. A crate met again stands there without its own imports.
fn parse(tree: &str) -> Graph {
    let mut graph = Graph::default();
    let mut above: Vec<String> = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let (Some(depth), Some(name)) = (words.next().and_then(|depth| depth.parse().ok()), words.next()) else {
            continue;
        };
        above.truncate(depth);
        if let Some(from) = above.last() {
            graph.imports.entry(from.clone()).or_default().insert(name.to_owned());
        }
        above.push(name.to_owned());
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_depths_of_a_tree_become_imports() {
        let graph = parse("0 root v0.1.0 (/a)\n1 left v1.0.0\n2 leaf v1.0.0\n1 right v1.0.0\n2 leaf v1.0.0 (*)\n");
        let imports = |from: &str| graph.imports.get(from).map(|to| to.iter().cloned().collect::<Vec<_>>());
        assert_eq!(imports("root"), Some(vec!["left".to_owned(), "right".to_owned()]));
        assert_eq!(imports("left"), Some(vec!["leaf".to_owned()]));
        assert_eq!(imports("right"), Some(vec!["leaf".to_owned()]));
    }
}
