//! The README names tests and keys; they must exist.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// Every `` `test` in [crate](file) `` of a text.
fn named_tests(text: &str) -> Vec<(String, String)> {
    let flat = text.replace('\n', " ");
    let mut found = Vec::new();
    for (at, _) in flat.match_indices("` in [") {
        let name = flat[..at].rsplit('`').next().unwrap_or_default();
        let rest = flat[at..].split_once("](").map_or("", |(_, rest)| rest);
        let file = rest.split(')').next().unwrap_or_default();
        found.push((name.to_owned(), file.to_owned()));
    }
    found
}

#[test]
fn every_test_that_the_readme_names_exists() {
    let named = named_tests(&readme());
    assert!(named.len() > 15, "the table was not read: {named:?}");
    for (name, file) in named {
        let source = fs::read_to_string(root().join(&file)).unwrap_or_default();
        assert!(source.contains(&format!("fn {name}(")), "{file} has no test {name}");
    }
}

#[test]
fn every_file_that_the_readme_links_to_exists() {
    let text = readme();
    for (at, _) in text.match_indices("](") {
        let target = text[at + 2..].split(')').next().unwrap_or_default();
        // The screenshot is made by the browser tests.
        if !target.starts_with("https://") && !target.ends_with(".png") {
            assert!(root().join(target).exists(), "{target} does not exist");
        }
    }
}

#[test]
fn the_readme_explains_every_configuration_key() {
    let example: String = fs::read_to_string(root().join("server/drydock.example.toml")).unwrap();
    let text = readme();
    let keys = example.lines().filter_map(|line| line.trim_start_matches("#: ").split_once(" = "));
    let keys: Vec<&str> = keys.map(|(key, _)| key).filter(|key| !key.contains([' ', '#'])).collect();
    assert!(keys.len() > 8, "{keys:?}");
    for key in keys {
        assert!(text.contains(&format!("| `{key}` |")), "{key} is missing in the table");
    }
}
