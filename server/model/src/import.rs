//! What a file of environments would change here: shown to a person first, and bound to what is done then.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::canonical::digest;
use crate::environment::Platform;

/// What the import of a file would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPreview {
    /// In the order of the file.
    pub environments: Vec<ImportLine>,
    /// What has to be typed, because the file only says that it was sealed elsewhere.
    pub asked: Vec<AskedSecret>,
    /// Those that are here and not in the file. They stay as they are.
    pub others: Vec<String>,
}

/// What would become of one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportLine {
    /// It is known by its name.
    pub name: String,
    /// What it is an installation of.
    pub platform: Platform,
    /// See [`Effect`].
    pub effect: Effect,
}

/// What an import does to one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// There is none of that name. All of its settings.
    Create(Vec<SettingChange>),
    /// These settings become others.
    Change(Vec<SettingChange>),
    /// It is as the file says.
    Unchanged,
}

/// One setting, named as in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    /// For example `cloudstack.management_hosts.ms1.port`.
    pub field: String,
    /// What it is now; nothing if it is not set.
    pub before: Option<String>,
    /// What it becomes.
    pub after: Option<String>,
}

/// A secret that the file does not tell and that is not sealed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedSecret {
    /// Whose.
    pub environment: String,
    /// What the file calls it.
    pub name: String,
    /// Where it belongs: several fields of one environment may name the same.
    pub fields: Vec<String>,
    /// What kind of text it is.
    pub kind: SecretKind,
}

/// What has to be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretKind {
    /// A password, a key of an API.
    Line,
    /// A private key: several lines.
    PrivateKey,
}

/// How many environments an import does what to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effects {
    /// Those that are new.
    pub created: usize,
    /// Those whose settings become others.
    pub changed: usize,
    /// Those that are as the file says.
    pub unchanged: usize,
}

impl ImportPreview {
    /// What somebody has seen who has seen this. An import is only done as it was seen: it stands for everything that would
    /// change, from what to what, and for what has to be typed.
    #[must_use]
    pub fn seen(&self) -> String {
        digest(&(&self.environments, &self.asked))
    }

    /// How many environments it does what to.
    #[must_use]
    pub fn effects(&self) -> Effects {
        let mut effects = Effects::default();
        for line in &self.environments {
            match &line.effect {
                Effect::Create(_) => effects.created += 1,
                Effect::Change(_) => effects.changed += 1,
                Effect::Unchanged => effects.unchanged += 1,
            }
        }
        effects
    }
}

impl Effects {
    /// Whether nothing would be done.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        self.created == 0 && self.changed == 0
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} created, {} changed, {} unchanged", self.created, self.changed, self.unchanged)
    }
}

/// The settings that differ, by field.
#[must_use]
pub fn differences(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<SettingChange> {
    let mut fields: Vec<&String> = before.keys().chain(after.keys()).collect();
    fields.sort_unstable();
    fields.dedup();
    let change = |field: &String| {
        let (before, after) = (before.get(field).cloned(), after.get(field).cloned());
        (before != after).then(|| SettingChange { field: field.clone(), before, after })
    };
    fields.into_iter().filter_map(change).collect()
}

/// What is wrong in a file of environments. It never repeats what may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProblem {
    /// Where in the file, from 1, if that is known.
    pub line: Option<usize>,
    /// In which environment, if it is about one.
    pub environment: Option<String>,
    /// In which field, if it is about one.
    pub field: Option<String>,
    /// What is wrong, and what is allowed.
    pub problem: String,
}

impl fmt::Display for ImportProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!("line {line}"));
        let environment = self.environment.as_ref().map(|name| format!("environment {name}"));
        let place: Vec<String> = [line, environment, self.field.clone()].into_iter().flatten().collect();
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        f.write_str(&self.problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect()
    }

    fn preview(effect: Effect) -> ImportPreview {
        let line = ImportLine { name: "Frankfurt".to_owned(), platform: Platform::CloudStack, effect };
        ImportPreview { environments: vec![line], asked: Vec::new(), others: Vec::new() }
    }

    #[test]
    fn what_comes_goes_and_becomes_another_is_told_and_nothing_else() {
        let before = settings(&[("name", "a"), ("port", "22"), ("old", "x")]);
        let after = settings(&[("name", "a"), ("port", "23"), ("new", "y")]);
        let told: Vec<_> = differences(&before, &after)
            .into_iter()
            .map(|one| (one.field, one.before.unwrap_or_default(), one.after.unwrap_or_default()))
            .collect();
        let expected =
            [("new", "", "y"), ("old", "x", ""), ("port", "22", "23")].map(|(a, b, c)| (a.into(), b.into(), c.into()));
        assert_eq!(told, expected);
        assert!(differences(&before, &before).is_empty());
    }

    #[test]
    fn who_has_seen_one_change_has_not_seen_another() {
        let change = |after: &str| {
            preview(Effect::Change(differences(&settings(&[("port", "22")]), &settings(&[("port", after)]))))
        };
        assert_eq!(change("23").seen(), change("23").seen());
        assert_ne!(change("23").seen(), change("24").seen());
        assert_ne!(change("23").seen(), preview(Effect::Unchanged).seen());
        // What stays as it is has nothing to do with it.
        let beside = ImportPreview { others: vec!["Ghent".to_owned()], ..change("23") };
        assert_eq!(beside.seen(), change("23").seen());
        let asked = AskedSecret {
            environment: "Frankfurt".to_owned(),
            name: "api_key".to_owned(),
            fields: vec!["api_key".to_owned()],
            kind: SecretKind::Line,
        };
        assert_ne!(ImportPreview { asked: vec![asked], ..change("23") }.seen(), change("23").seen());
    }

    #[test]
    fn a_problem_says_where_it_is() {
        let problem = ImportProblem {
            line: Some(7),
            environment: Some("Frankfurt".to_owned()),
            field: Some("port".to_owned()),
            problem: "1 to 65535 is expected".to_owned(),
        };
        assert_eq!(problem.to_string(), "line 7, environment Frankfurt, port: 1 to 65535 is expected");
        let nowhere = ImportProblem { line: None, environment: None, field: None, ..problem };
        assert_eq!(nowhere.to_string(), "1 to 65535 is expected");
    }
}
