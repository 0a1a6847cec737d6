//! What the tree promises about itself (DESIGN 3), checked on its files: the line of the crates, SQL in one crate, the
//! network in few, files of a size one can read, no path of somebody's machine.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use super::Tally;
use crate::{
    error::Error,
    paths::{Paths, files_below, read, read_text},
    process::capture,
    progress::chain,
};

/// The crates in the order in which they know each other: each may use what stands above it, in another rank.
const LINE: [(&str, &str, usize); 8] = [
    ("model", "server/model", 0),
    ("remote", "server/remote", 1),
    ("cloudify", "server/platforms/cloudify", 2),
    ("cloudstack", "server/platforms/cloudstack", 2),
    ("open_vstorage", "server/platforms/open_vstorage", 2),
    ("engine", "server/engine", 3),
    ("app", "app", 4),
    ("drydock", "server", 5),
];

/// Crates that open connections.
const CLIENTS: [&str; 8] = ["reqwest", "hyper", "hyper-util", "lettre", "openssh", "ureq", "russh", "ssh2"];

const MOST_LINES: usize = 600;

/// Beginnings of paths that exist on one machine only. Written in two halves, so that this file does not find itself.
const MACHINE_PATHS: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/root/", ".cargo"),
    concat!("/root/", ".rustup"),
    concat!("arti", "factory"),
    concat!("/tmp/", "p_"),
];

type Rule = fn(&Tree) -> Result<Vec<String>, Error>;

const RULES: [(&str, Rule); 5] = [
    ("tidy: the crates form a line", crates_form_a_line),
    ("tidy: only the engine speaks SQL", only_the_engine_speaks_sql),
    ("tidy: only remote and the platforms reach out", only_some_reach_out),
    ("tidy: no file is longer than 600 lines", no_file_is_too_long),
    ("tidy: no path of one machine", no_machine_paths),
];

/// The repository's own files, relative to its root.
struct Tree {
    root: PathBuf,
    files: Vec<PathBuf>,
}

pub fn run(paths: &Paths, tally: &mut Tally) {
    let tree = Tree::of(&paths.root);
    for (name, rule) in RULES {
        match tree.as_ref().map_err(chain).and_then(|tree| rule(tree).map_err(|error| chain(&error))) {
            Ok(findings) if findings.is_empty() => tally.pass(1),
            Ok(findings) => tally.fail(name, &format!("\n        {}", findings.join("\n        "))),
            Err(error) => tally.fail(name, &error),
        }
    }
}

impl Tree {
    fn of(root: &Path) -> Result<Self, Error> {
        let mut git = Command::new("git");
        git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root);
        // A source archive has no git; then everything that is there counts.
        let mut files: Vec<PathBuf> = match capture(&mut git) {
            Ok(list) => list.lines().map(PathBuf::from).collect(),
            Err(_) => files_below(root)?.iter().filter_map(|file| Some(file.strip_prefix(root).ok()?.into())).collect(),
        };
        files.retain(|file| root.join(file).is_file());
        files.sort();
        files.dedup();
        Ok(Self { root: root.to_path_buf(), files })
    }

    fn text(&self, file: &Path) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&read(&self.root.join(file))?).into_owned())
    }

    fn rust_below(&self, folder: &str) -> impl Iterator<Item = &PathBuf> {
        let sources = Path::new(folder).join("src");
        self.files.iter().filter(move |file| file.starts_with(&sources) && has_extension(file, &["rs"]))
    }

    fn manifest(&self, folder: &str) -> Result<toml::Table, Error> {
        let path = self.root.join(folder).join("Cargo.toml");
        read_text(&path)?.parse().map_err(|why: toml::de::Error| Error::Malformed { path, why: why.to_string() })
    }
}

fn crates_form_a_line(tree: &Tree) -> Result<Vec<String>, Error> {
    let ranks: BTreeMap<&str, usize> = LINE.iter().map(|(name, _, rank)| (*name, *rank)).collect();
    let mut findings = Vec::new();
    for (name, folder, rank) in LINE {
        let manifest = tree.manifest(folder)?;
        for known in dependencies(&manifest) {
            if ranks.get(known.as_str()).is_some_and(|other| *other >= rank) {
                findings.push(format!("{folder}/Cargo.toml: {name} must not know {known}, which stands right of it"));
            }
            if known == "lab" {
                findings.push(format!("{folder}/Cargo.toml: {name} knows the lab; only its tests may"));
            }
        }
    }
    findings.extend(app_in_the_browser(&tree.manifest("app")?));
    Ok(findings)
}

/// In WASM the pages know `model` alone: every other crate of ours is optional and comes with `ssr` only.
fn app_in_the_browser(manifest: &toml::Table) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, _, _) in LINE.iter().filter(|(name, _, _)| !matches!(*name, "model" | "app")) {
        let Some(dependency) = manifest.get("dependencies").and_then(|all| all.get(name)) else { continue };
        if dependency.get("optional").and_then(toml::Value::as_bool) != Some(true) {
            findings.push(format!("app/Cargo.toml: {name} must be optional, the browser does not have it"));
        }
        for (feature, parts) in manifest.get("features").and_then(toml::Value::as_table).into_iter().flatten() {
            let turns_on = format!("dep:{name}");
            let has = parts.as_array().is_some_and(|parts| parts.iter().any(|part| part.as_str() == Some(&turns_on)));
            if has && feature != "ssr" {
                findings.push(format!("app/Cargo.toml: feature {feature} brings {name} into the browser"));
            }
        }
    }
    findings
}

fn only_the_engine_speaks_sql(tree: &Tree) -> Result<Vec<String>, Error> {
    let mut findings = Vec::new();
    for (name, folder, _) in LINE.iter().filter(|(name, _, _)| *name != "engine") {
        if dependencies(&tree.manifest(folder)?).iter().any(|known| known == "sqlx") {
            findings.push(format!("{folder}/Cargo.toml: {name} depends on sqlx; a query belongs into engine"));
        }
        findings.extend(mentions(tree, folder, &["sqlx::"], "speaks SQL; a query belongs into engine")?);
    }
    Ok(findings)
}

fn only_some_reach_out(tree: &Tree) -> Result<Vec<String>, Error> {
    let mut findings = Vec::new();
    for (name, folder, _) in LINE.iter().filter(|(name, _, _)| !matches!(*name, "remote" | "cloudstack")) {
        for known in dependencies(&tree.manifest(folder)?).iter().filter(|known| CLIENTS.contains(&known.as_str())) {
            findings.push(format!(
                "{folder}/Cargo.toml: {name} depends on {known}; connections are opened in remote and the platforms"
            ));
        }
        let calls = ["TcpStream::connect", "UnixStream::connect", "UdpSocket::"];
        findings.extend(mentions(tree, folder, &calls, "opens a connection; that belongs into remote or a platform")?);
    }
    Ok(findings)
}

/// The lines of a crate's sources that contain one of these words. `server` contains other crates' folders, which
/// are not its sources.
fn mentions(tree: &Tree, folder: &str, words: &[&str], verdict: &str) -> Result<Vec<String>, Error> {
    let mut findings = Vec::new();
    for file in tree.rust_below(folder) {
        for (number, line) in tree.text(file)?.lines().enumerate() {
            let code = line.trim_start();
            if !code.starts_with("//") && words.iter().any(|word| code.contains(word)) {
                findings.push(format!("{}:{}: {verdict}", file.display(), number + 1));
            }
        }
    }
    Ok(findings)
}

fn no_file_is_too_long(tree: &Tree) -> Result<Vec<String>, Error> {
    let written = ["rs", "ts", "js", "css", "sql", "sh"];
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| has_extension(file, &written)) {
        let lines = tree.text(file)?.lines().count();
        if lines > MOST_LINES {
            findings.push(format!("{}: {lines} lines", file.display()));
        }
    }
    Ok(findings)
}

fn no_machine_paths(tree: &Tree) -> Result<Vec<String>, Error> {
    let pictures = ["png", "jpg", "webp", "ico", "gz", "br", "deb", "wasm"];
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| !has_extension(file, &pictures)) {
        for (number, line) in tree.text(file)?.lines().enumerate() {
            if let Some(path) = MACHINE_PATHS.iter().find(|path| line.contains(**path)) {
                findings.push(format!("{}:{}: contains {path}", file.display(), number + 1));
            }
        }
    }
    Ok(findings)
}

/// What a crate needs to be built, not what its tests need.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let mut found = Vec::new();
    for section in ["dependencies", "build-dependencies"] {
        found.extend(
            manifest.get(section).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys).cloned(),
        );
    }
    found
}

fn has_extension(file: &Path, known: &[&str]) -> bool {
    file.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| known.contains(&extension))
}

#[cfg(test)]
#[path = "tidy_tests.rs"]
mod tests;
