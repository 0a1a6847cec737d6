//! What is another in one inventory than in the other, whatever the platform.

use std::collections::BTreeMap;

use serde_json::Value;

/// A value that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where it stands, for example `hosts / ms1 / version`.
    pub place: String,
    /// What it was; `None`: it was not there.
    pub before: Option<String>,
    /// What it is; `None`: it is not there any more.
    pub after: Option<String>,
}

/// Says how a value was looked for, and not what was seen: it differs each time.
const ASIDE: [&str; 2] = ["at", "taken_at"];

/// By which of its fields an item of a list is known, so that another order is no difference.
const KNOWN_BY: [&str; 3] = ["id", "name", "host"];

/// Everything that is not the same, by place. When something was seen is left aside.
#[must_use]
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let (mut was, mut is) = (BTreeMap::new(), BTreeMap::new());
    spread(String::new(), before, &mut was);
    spread(String::new(), after, &mut is);
    let mut places: Vec<&String> = was.keys().chain(is.keys()).collect();
    places.sort();
    places.dedup();
    let differ = places.into_iter().filter(|place| was.get(*place) != is.get(*place));
    let difference = |place: &String| Difference {
        place: place.clone(),
        before: was.get(place).cloned(),
        after: is.get(place).cloned(),
    };
    differ.map(difference).collect()
}

fn spread(place: String, value: &Value, into: &mut BTreeMap<String, String>) {
    let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place} / {name}") };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| !ASIDE.contains(&name.as_str())) {
                // What was looked for stands one level deeper than what a reader calls it.
                let name = if name == "seen" || name == "known" { place.clone() } else { below(name) };
                spread(name, value, into);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let mut name = below(&name_of(at, item));
                while is_taken(&name, into) {
                    name.push('\'');
                }
                spread(name, item, into);
            }
        }
        Value::String(text) => drop(into.insert(place, text.clone())),
        other => drop(into.insert(place, other.to_string())),
    }
}

/// Whether another item of the list goes by that name.
fn is_taken(name: &str, into: &BTreeMap<String, String>) -> bool {
    let below = format!("{name} / ");
    into.contains_key(name) || into.range(below.clone()..).next().is_some_and(|(place, _)| place.starts_with(&below))
}

fn name_of(at: usize, item: &Value) -> String {
    let known = KNOWN_BY.iter().find_map(|field| item.get(field).and_then(Value::as_str));
    known.map_or_else(|| (at + 1).to_string(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: &Value, after: &Value) -> Vec<String> {
        let words = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
        let differences = differences(before, after).into_iter();
        differences.map(|one| format!("{}: {} -> {}", one.place, words(one.before), words(one.after))).collect()
    }

    #[test]
    fn a_version_that_changed_is_told_by_its_place_and_when_it_was_seen_is_not() {
        let host = |version: &str, at: i64| json!({ "name": "ms1", "version": { "at": at, "source": "rpm", "seen": { "known": version } } });
        let (before, after) = (json!({ "hosts": [host("4.19", 1)] }), json!({ "hosts": [host("4.20", 2)] }));
        assert_eq!(told(&before, &after), ["hosts / ms1 / version: 4.19 -> 4.20"]);
        assert_eq!(told(&before, &json!({ "hosts": [host("4.19", 9)] })), Vec::<String>::new());
    }

    #[test]
    fn another_order_is_no_difference_and_what_came_or_went_is_told() {
        let vms =
            |names: &[&str]| json!(names.iter().map(|name| json!({ "id": name, "up": true })).collect::<Vec<_>>());
        assert_eq!(told(&vms(&["a", "b"]), &vms(&["b", "a"])), Vec::<String>::new());
        let changed = told(&vms(&["a", "b"]), &vms(&["b", "c"]));
        assert_eq!(
            changed,
            ["a / id: a -> nothing", "a / up: true -> nothing", "c / id: nothing -> c", "c / up: nothing -> true"]
        );
    }
}
