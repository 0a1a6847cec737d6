//! The style sheet: reset, style/base.css, then the utility classes the pages use, compiled by `encre-css`.
//!
//! A class name that yields no CSS fails the build, with file and line: a typing error is found here and not by the
//! eye. Components come before utilities, so that `class="card p-2"` does what it says.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use encre_css::{Config, Preflight};

use super::classes::{self, ClassFault, ClassUse, FaultKind, Origin};
use crate::{
    error::Error,
    paths::{Paths, files_below, read_text, write},
    progress::step,
};

/// Names without a style of their own that other utilities refer to (`group-hover:…`, `peer-checked:…`).
const MARKERS: [&str; 2] = ["group", "peer"];

pub fn build(paths: &Paths) -> Result<PathBuf, Error> {
    step("compile the style sheet", || {
        let sheet = compile(&config(paths)?, &read_text(&paths.root.join("style/base.css"))?, &uses(paths)?)?;
        let file = paths.work().join("style.css");
        write(&file, sheet.as_bytes())?;
        Ok(file)
    })
}

fn config(paths: &Paths) -> Result<Config, Error> {
    let path = paths.root.join("style/theme.toml");
    Config::from_file(&path).map_err(|why| Error::Malformed { path, why: why.to_string() })
}

/// Every class name in `app/src`, with the file that writes it.
fn uses(paths: &Paths) -> Result<Vec<(PathBuf, ClassUse)>, Error> {
    let mut all = Vec::new();
    for path in files_below(&paths.root.join("app/src"))? {
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let found = classes::find(&read_text(&path)?)
            .map_err(|why| Error::Malformed { path: path.clone(), why: format!("not Rust: {why}") })?;
        let file = path.strip_prefix(&paths.root).unwrap_or(&path);
        all.extend(found.into_iter().map(|class| (file.to_path_buf(), class)));
    }
    Ok(all)
}

fn compile(config: &Config, base: &str, uses: &[(PathBuf, ClassUse)]) -> Result<String, Error> {
    let base = without_comments(base);
    let components = component_classes(&base);
    let mut utilities = BTreeSet::new();
    let mut faults = Vec::new();
    for (file, class) in uses {
        match judge(config, &components, class) {
            Verdict::Component => {}
            Verdict::Utility => drop(utilities.insert(class.name.as_str())),
            Verdict::Fault(kind) => faults.push(fault(file, class, kind)),
        }
    }
    if !faults.is_empty() {
        return Err(Error::Classes(faults));
    }
    let mut reset = config.clone();
    reset.preflight = Preflight::new_full();
    Ok(format!("{}\n{base}\n{}\n", encre_css::generate([], &reset), encre_css::generate(utilities, config)))
}

enum Verdict {
    Component,
    Utility,
    Fault(FaultKind),
}

fn judge(config: &Config, components: &BTreeSet<String>, class: &ClassUse) -> Verdict {
    if class.origin == Origin::Elsewhere {
        return Verdict::Fault(FaultKind::Unseen);
    }
    let name = class.name.as_str();
    if components.contains(name) || MARKERS.contains(&name) {
        return Verdict::Component;
    }
    if name.contains(['{', '}']) {
        return Verdict::Fault(FaultKind::PutTogether);
    }
    if name.split(':').any(|variant| variant == "dark") {
        return Verdict::Fault(FaultKind::DarkVariant);
    }
    if encre_css::generate([name], config).trim().is_empty() {
        return Verdict::Fault(FaultKind::NoCss);
    }
    Verdict::Utility
}

fn fault(file: &Path, class: &ClassUse, kind: FaultKind) -> ClassFault {
    ClassFault { file: file.to_path_buf(), line: class.line, name: class.name.clone(), kind }
}

fn without_comments(css: &str) -> String {
    let mut text = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        text.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

/// The class names that occur in the selectors of a sheet without comments.
fn component_classes(css: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // A selector is what stands between the end of the previous thing and an opening brace.
    for before_brace in css.split('{').map(|part| part.rsplit(['}', ';']).next().unwrap_or_default()) {
        if before_brace.trim_start().starts_with('@') {
            continue;
        }
        for part in before_brace.split('.').skip(1) {
            let name: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                found.insert(name);
            }
        }
    }
    found
}

#[cfg(test)]
#[path = "css_tests.rs"]
mod tests;
