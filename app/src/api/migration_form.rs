//! The form of Migrate Manager as it travels.

use std::collections::BTreeSet;

use model::cloudify::ManagerVersion;
use model::id::{NodeInstanceId, SnapshotId};
use model::procedure::{CfyStep, Confirmation, Inputs, MigrateManager, Preparation};
use model::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// See [`MigrateManager`]. Boxes that nobody has checked do not travel at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MigrationForm {
    pub snapshot: String,
    /// Empty on a new host.
    pub release: String,
    /// Empty for a first migration.
    pub retry_of: String,
    pub preparation: BTreeSet<Preparation>,
    pub by_cfy: BTreeSet<CfyStep>,
    /// `yes`, or nothing.
    pub reset_passwords: String,
    /// One a line.
    pub left_behind: String,
    pub confirmed: BTreeSet<Confirmation>,
}

impl TryFrom<MigrationForm> for Inputs {
    type Error = Refusal;

    fn try_from(form: MigrationForm) -> Result<Self, Refusal> {
        let left_behind = form.left_behind.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(Self::MigrateManager(MigrateManager {
            snapshot: read("snapshot", form.snapshot.trim(), SnapshotId::new)?,
            release: optional("release", &form.release, str::parse::<ManagerVersion>)?,
            retry_of: optional("retry_of", &form.retry_of, SnapshotId::new)?,
            preparation: form.preparation,
            by_cfy: form.by_cfy,
            reset_passwords: form.reset_passwords == "yes",
            left_behind: left_behind
                .map(|id| read("left_behind", id, NodeInstanceId::new))
                .collect::<Result<_, _>>()?,
            confirmed: form.confirmed,
        }))
    }
}

fn optional<'t, T, E: std::fmt::Display>(
    field: &str,
    text: &'t str,
    parse: impl FnOnce(&'t str) -> Result<T, E>,
) -> Result<Option<T>, Refusal> {
    match text.trim() {
        "" => Ok(None),
        text => read(field, text, parse).map(Some),
    }
}

fn read<'t, T, E: std::fmt::Display>(
    field: &str,
    text: &'t str,
    parse: impl FnOnce(&'t str) -> Result<T, E>,
) -> Result<T, Refusal> {
    parse(text).map_err(|error| Refusal::Invalid { field: field.to_owned(), problem: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_becomes_inputs_and_nonsense_is_refused_with_its_field() {
        let form = MigrationForm {
            snapshot: " before_5 ".into(),
            release: "5.0.5".into(),
            left_behind: "vm_1\n\n vm_2 ".into(),
            reset_passwords: "yes".into(),
            ..MigrationForm::default()
        };
        let Inputs::MigrateManager(inputs) = form.clone().try_into().unwrap() else { panic!("another procedure") };
        assert_eq!((inputs.snapshot.as_str(), inputs.left_behind.len()), ("before_5", 2));
        assert!(inputs.reset_passwords && inputs.retry_of.is_none() && inputs.release.is_some());
        for (bad, field) in [
            (MigrationForm { snapshot: "a/b".into(), ..form.clone() }, "snapshot"),
            (MigrationForm { release: "newest".into(), ..form.clone() }, "release"),
            (MigrationForm { retry_of: "../x".into(), ..form.clone() }, "retry_of"),
            (MigrationForm { left_behind: "-rf".into(), ..form }, "left_behind"),
        ] {
            let refused = Inputs::try_from(bad).unwrap_err();
            assert!(matches!(&refused, Refusal::Invalid { field: named, .. } if named == field), "{refused}");
        }
    }
}
