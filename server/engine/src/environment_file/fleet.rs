//! All environments in one file: what an export writes, and an import reads.

use model::environment::Environment;
use model::import::ImportProblem;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};

use super::{Entry, unwritable};
use crate::{EngineError, Result};

/// The form of file that this version writes, and the only one it reads.
const VERSION: i64 = 1;

/// What stands above everything else.
const HEAD: &str = "# Environments of Drydock. To be imported again: Updates > Import, or `drydock env import FILE`.\n\
                    # It holds no secret, only where each is; one that is { sealed = \"…\" } has to be typed where it is not known.\n\n";

#[derive(Serialize)]
struct Fleet {
    version: i64,
    environment: Vec<Entry>,
}

/// Writes them in the order in which they come. The same environments are the same file.
pub(crate) fn write(environments: &[Environment]) -> Result<String> {
    let fleet = Fleet { version: VERSION, environment: environments.iter().map(Entry::of).collect() };
    let text = toml::to_string(&fleet).map_err(|error| match environments.first() {
        Some(first) => unwritable(first, error),
        None => EngineError::damaged("environment", "none", error),
    })?;
    Ok(format!("{HEAD}{text}"))
}

/// Reads what [`write`] has written, or a person in the same form. Everything that is wrong is told, as far as it can be known
/// at once: behind a mistake of TOML itself nothing can be read.
pub(crate) fn read(text: &str) -> std::result::Result<Vec<Entry>, Vec<ImportProblem>> {
    let document = DeTable::parse(text).map_err(|error| vec![problem(text, None, &error)])?;
    let (mut version, mut environments, mut problems) = (None, None, Vec::new());
    for (key, value) in document.into_inner() {
        match &**key.get_ref() {
            "version" => version = Some(value),
            "environment" => environments = Some(value),
            other => {
                let line = Some(line_at(text, key.span().start));
                let words = "unknown key: `version` and tables [[environment]] are expected here";
                let field = Some(other.to_owned());
                problems.push(ImportProblem { line, environment: None, field, problem: words.to_owned() });
            }
        }
    }
    problems.extend(about_version(text, version));
    // Of another version nothing else would mean anything.
    if !problems.is_empty() {
        return Err(problems);
    }
    let entries = entries(text, environments)?;
    if entries.is_empty() {
        return Err(vec![whole("there is no [[environment]] in it")]);
    }
    Ok(entries)
}

fn about_version(text: &str, version: Option<Spanned<DeValue<'_>>>) -> Option<ImportProblem> {
    let Some(value) = version else {
        return Some(whole(
            "it does not begin with `version = 1`, so it is no export of environments; what describes a single one is \
             for `drydock env add --file`",
        ));
    };
    let line = Some(line_at(text, value.span().start));
    let read = i64::deserialize(ValueDeserializer::from(value));
    (read != Ok(VERSION)).then(|| ImportProblem {
        line,
        environment: None,
        field: Some("version".to_owned()),
        problem: format!("this Drydock reads version {VERSION} only; another version has written it"),
    })
}

fn entries(text: &str, value: Option<Spanned<DeValue<'_>>>) -> std::result::Result<Vec<Entry>, Vec<ImportProblem>> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let line = line_at(text, value.span().start);
    let DeValue::Array(array) = value.into_inner() else {
        let problem = ImportProblem { line: Some(line), ..whole("[[environment]] is expected, with two brackets") };
        return Err(vec![problem]);
    };
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for (value, number) in array.into_iter().zip(1..) {
        let name = value.get_ref().get("name").and_then(|name| name.get_ref().as_str());
        let name = name.map_or_else(|| format!("number {number}"), str::to_owned);
        match Entry::deserialize(ValueDeserializer::from(value)) {
            Ok(entry) => entries.push(entry),
            Err(error) => problems.push(problem(text, Some(name), &error)),
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

fn whole(problem: &str) -> ImportProblem {
    ImportProblem { line: None, environment: None, field: None, problem: problem.to_owned() }
}

/// What `toml` says, where. Its own words would repeat the line, and with it what somebody has written there by mistake.
pub(super) fn problem(text: &str, environment: Option<String>, error: &Error) -> ImportProblem {
    let start = error.span().map(|span| span.start);
    ImportProblem {
        line: start.map(|start| line_at(text, start)),
        environment,
        field: start.and_then(|start| key_at(text, start)),
        problem: error.message().trim().to_owned(),
    }
}

fn line_at(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// The key of the line, if one stands there.
fn key_at(text: &str, at: usize) -> Option<String> {
    let line = text.lines().nth(line_at(text, at) - 1)?;
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "._-\"".contains(c));
    is_key.then(|| key.to_owned())
}
