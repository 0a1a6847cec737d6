//! Each rule is shown a tree that breaks it: a rule that cannot fail protects nothing.

use super::*;
use crate::paths::write;

/// A tree with a manifest for each crate, then the given files on top.
fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
    let folder = tempfile::tempdir().unwrap();
    for (_, place, _) in LINE {
        write(&folder.path().join(place).join("Cargo.toml"), b"[dependencies]\n").unwrap();
    }
    for (name, content) in files {
        write(&folder.path().join(name), content.as_bytes()).unwrap();
    }
    let tree = Tree::of(folder.path()).unwrap();
    (folder, tree)
}

#[track_caller]
fn finds(rule: Rule, files: &[(&str, &str)], expected: &str) {
    let (_folder, tree) = tree(files);
    let findings = rule(&tree).unwrap();
    assert!(findings.len() == 1 && findings[0].contains(expected), "{findings:?}");
}

#[test]
fn a_clean_tree_has_no_findings() {
    let (_folder, tree) =
        tree(&[("server/engine/src/store.rs", "use sqlx::Any;"), ("server/src/main.rs", "fn main() {}")]);
    for (name, rule) in RULES {
        assert_eq!(rule(&tree).unwrap(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_crate_that_looks_to_the_right_is_found() {
    finds(
        crates_form_a_line,
        &[("server/model/Cargo.toml", "[dependencies]\nengine.workspace = true\n")],
        "model must not know engine",
    );
    finds(
        crates_form_a_line,
        &[("server/engine/Cargo.toml", "[dependencies]\nlab.workspace = true\n")],
        "knows the lab",
    );
}

#[test]
fn a_test_may_know_the_lab() {
    let (_folder, tree) = tree(&[("server/engine/Cargo.toml", "[dev-dependencies]\nlab.workspace = true\n")]);
    assert!(crates_form_a_line(&tree).unwrap().is_empty());
}

#[test]
fn a_crate_that_slips_into_the_browser_is_found() {
    finds(
        crates_form_a_line,
        &[("app/Cargo.toml", "[dependencies]\nengine = { workspace = true }\n")],
        "must be optional",
    );
    let leak =
        "[dependencies]\nengine = { workspace = true, optional = true }\n[features]\nhydrate = [\"dep:engine\"]\n";
    finds(crates_form_a_line, &[("app/Cargo.toml", leak)], "feature hydrate brings engine");
}

#[test]
fn a_query_outside_the_engine_is_found() {
    finds(
        only_the_engine_speaks_sql,
        &[("server/src/login.rs", "let x = 1;\nsqlx::query(\"…\");\n")],
        "server/src/login.rs:2",
    );
    finds(only_the_engine_speaks_sql, &[("app/Cargo.toml", "[dependencies]\nsqlx = \"1\"\n")], "app depends on sqlx");
}

#[test]
fn a_connection_opened_elsewhere_is_found() {
    finds(
        only_some_reach_out,
        &[("server/engine/Cargo.toml", "[dependencies]\nreqwest = \"1\"\n")],
        "engine depends on reqwest",
    );
    finds(only_some_reach_out, &[("server/engine/src/a.rs", "TcpStream::connect(x)")], "server/engine/src/a.rs:1");
}

#[test]
fn a_long_file_and_a_machine_path_are_found() {
    finds(no_file_is_too_long, &[("server/src/long.rs", &"\n".repeat(601))], "601 lines");
    finds(no_machine_paths, &[("README.md", &format!("see {}x", MACHINE_PATHS[0]))], "README.md:1");
}
