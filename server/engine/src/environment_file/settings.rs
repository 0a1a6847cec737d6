//! The settings of an environment one by one, named as in a file: what a preview compares.

use std::collections::BTreeMap;

use model::environment::Environment;
use remote::HostKey;
use toml::{Table, Value};

use super::{Entry, unwritable};
use crate::Result;

/// By field. What was sealed is only told to be; a host key is shown as its fingerprint.
pub(crate) fn of(environment: &Environment) -> Result<BTreeMap<String, String>> {
    let table = Table::try_from(Entry::of(environment)).map_err(|error| unwritable(environment, error))?;
    let mut settings = BTreeMap::new();
    collect("", &Value::Table(table), &mut settings);
    Ok(settings)
}

fn collect(field: &str, value: &Value, settings: &mut BTreeMap<String, String>) {
    let below = |key: &str| if field.is_empty() { key.to_owned() } else { format!("{field}.{key}") };
    let words = match value {
        Value::Table(table) => match secret_words(table) {
            Some(words) => words,
            None => {
                table.iter().for_each(|(key, value)| collect(&below(key), value, settings));
                return;
            }
        },
        // Hosts: each has a name, and their order says nothing.
        Value::Array(list) if list.iter().any(Value::is_table) => {
            for value in list {
                let name = value.get("name").and_then(Value::as_str).unwrap_or("?");
                collect(&below(name), value, settings);
            }
            return;
        }
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::String(line) if field.ends_with(".host_key") => {
            HostKey::parse(line).map_or_else(|_| line.clone(), |key| key.to_string())
        }
        value => plain(value),
    };
    settings.insert(field.to_owned(), words);
}

/// In words, if the table is where a secret is.
fn secret_words(table: &Table) -> Option<String> {
    if table.len() != 1 {
        return None;
    }
    let (place, at) = table.iter().next()?;
    match place.as_str() {
        "file" => Some(format!("file {}", plain(at))),
        "variable" => Some(format!("environment variable {}", plain(at))),
        // Its name means nothing by itself.
        "sealed" => Some("sealed in the database".to_owned()),
        _ => None,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
