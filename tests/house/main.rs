//! Reads the sources and holds them to the house rules: who may use what, no clock and no dice in the core, nothing of
//! the protocol in JavaScript.
#![cfg(not(target_arch = "wasm32"))]

mod javascript;
mod lexer;
mod rust;

use std::fs;
use std::path::{Path, PathBuf};

/// A source file, named from the root of the repository.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    #[cfg(test)]
    pub(crate) fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` with one of the endings, in the order of its path. Built and installed things are left out.
pub(crate) fn sources(folder: &str, endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &Path, endings: &[&str], found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8").to_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "node_modules" | "target" | "vendor" | "dist" | "test-results")
                && !path.ends_with("pkg/wasm")
            {
                collect(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            let path = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
            found.push(Source { path, text });
        }
    }
}

fn report(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_layer_is_there() {
    let rust = rust::LAYERS.iter().map(|layer| (format!("src/{}", layer.name), layer.sources()));
    let javascript = ["pkg/shell", "www"].map(|folder| (folder.to_owned(), sources(folder, &[".js"])));
    let missing = rust.chain(javascript).filter(|(_, sources)| sources.is_empty());
    report(missing.map(|(name, _)| format!("{name} is missing")).collect());
}

#[test]
fn every_file_of_the_crate_belongs_to_a_layer() {
    let strays = sources("src", &[".rs"]).into_iter().filter(|source| source.path != "src/lib.rs");
    let strays = strays.filter(|source| !rust::LAYERS.iter().any(|layer| layer.holds(&source.path)));
    report(strays.map(|source| format!("{}: belongs to no layer of tests/house/rust.rs", source.path)).collect());
}

#[test]
fn layers_use_only_what_they_may() {
    report(
        rust::LAYERS
            .iter()
            .flat_map(|layer| layer.sources().iter().flat_map(|source| layer.complaints(source)).collect::<Vec<_>>())
            .collect(),
    );
}

#[test]
fn nothing_unwraps() {
    let all = ["src", "tests", "benches"].into_iter().flat_map(|folder| sources(folder, &[".rs"]));
    report(all.flat_map(|source| rust::unwraps(&source)).collect());
}

#[test]
fn no_foreign_type_is_in_the_public_api() {
    report(sources("src", &[".rs"]).iter().flat_map(rust::foreign_types_in_public).collect());
}

#[test]
fn the_shell_knows_no_protocol() {
    report(sources("pkg/shell", &[".js", ".ts"]).iter().flat_map(javascript::shell_complaints).collect());
}

#[test]
fn the_page_uses_the_package_and_nothing_below_it() {
    report(sources("www", &[".js", ".html", ".css"]).iter().flat_map(javascript::page_complaints).collect());
}
