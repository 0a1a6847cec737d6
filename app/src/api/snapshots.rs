//! Snapshots of Cloudify managers, and archives on their way.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::cloudify::SnapshotsView;
use model::id::{EnvironmentId, RequestId, SnapshotId};
use model::plan::Side;
use model::procedure::{CreateSnapshot, Inputs, SnapshotOption, UploadSnapshot};
use model::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::error::Answer;

/// What both managers tell of snapshots at this moment, and what Drydock keeps of them.
#[server(endpoint = "load_snapshots")]
pub async fn load_snapshots(environment: EnvironmentId) -> Answer<SnapshotsView> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &environment).await?;
    Ok(desk.engine.snapshots(&environment).await?)
}

/// Looks at the managers, makes the plan of **Create Snapshot**, and goes to the request.
#[server(endpoint = "prepare_snapshot")]
pub async fn prepare_snapshot(
    environment: EnvironmentId,
    inputs: SnapshotForm,
    #[server(default)] reason: String,
    #[server(default)] ticket: String,
) -> Answer<RequestId> {
    let desk = crate::server::desk_at(&[model::people::Role::Requester], &environment).await?;
    let inputs = inputs.creation().map_err(crate::server::refused)?;
    desk.make_request(&environment, inputs, model::request::Why { reason, ticket }).await
}

/// Looks at the managers, makes the plan of **Upload Snapshot**, and goes to the request.
#[server(endpoint = "prepare_upload")]
pub async fn prepare_upload(
    environment: EnvironmentId,
    inputs: SnapshotForm,
    #[server(default)] reason: String,
    #[server(default)] ticket: String,
) -> Answer<RequestId> {
    let desk = crate::server::desk_at(&[model::people::Role::Requester], &environment).await?;
    let inputs = inputs.upload().map_err(crate::server::refused)?;
    desk.make_request(&environment, inputs, model::request::Why { reason, ticket }).await
}

/// Removes what has come of a file. What is kept already stays.
#[server(endpoint = "discard_upload")]
pub async fn discard_upload(environment: EnvironmentId, snapshot: String) -> Answer<()> {
    let desk = crate::server::desk_at(&[model::people::Role::Requester], &environment).await?;
    let snapshot = crate::server::field("snapshot", &snapshot)?;
    Ok(desk.engine.discard_upload(&desk.by, &environment, &snapshot).await?)
}

/// What both forms send. Boxes that nobody has checked do not travel at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SnapshotForm {
    /// `old` or `new`.
    pub on: String,
    pub snapshot: String,
    pub options: BTreeSet<SnapshotOption>,
}

impl SnapshotForm {
    /// What **Create Snapshot** is asked for with.
    ///
    /// # Errors
    /// A field cannot be read; the refusal names it.
    pub fn creation(self) -> Result<Inputs, Refusal> {
        let (on, snapshot) = self.read()?;
        Ok(Inputs::CreateSnapshot(CreateSnapshot { on, snapshot, options: self.options }))
    }

    /// What **Upload Snapshot** is asked for with.
    ///
    /// # Errors
    /// A field cannot be read; the refusal names it.
    pub fn upload(self) -> Result<Inputs, Refusal> {
        let (on, snapshot) = self.read()?;
        Ok(Inputs::UploadSnapshot(UploadSnapshot { on, snapshot }))
    }

    fn read(&self) -> Result<(Side, SnapshotId), Refusal> {
        fn of<T: std::str::FromStr<Err: std::fmt::Display>>(field: &str, text: &str) -> Result<T, Refusal> {
            let read = text.trim().parse();
            read.map_err(|error: T::Err| Refusal::Invalid { field: field.to_owned(), problem: error.to_string() })
        }
        Ok((of("on", &self.on)?, of("snapshot", &self.snapshot)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(on: &str, snapshot: &str) -> SnapshotForm {
        let options = [SnapshotOption::WithoutLogs].into();
        SnapshotForm { on: on.to_owned(), snapshot: snapshot.to_owned(), options }
    }

    #[test]
    fn what_was_typed_becomes_inputs_and_nonsense_is_refused_with_its_field() {
        let Ok(Inputs::CreateSnapshot(made)) = form("new", " before_monday ").creation() else { panic!("not read") };
        assert_eq!((made.on, made.snapshot.as_str(), made.options.len()), (Side::New, "before_monday", 1));
        assert!(matches!(form("old", "x").upload(), Ok(Inputs::UploadSnapshot(_))));
        for (bad, field) in [
            (form("both", "x"), "on"),
            (form("old", "a/b"), "snapshot"),
            (form("old", ".."), "snapshot"),
            (form("old", "two words"), "snapshot"),
        ] {
            let refused = bad.creation().unwrap_err();
            assert!(matches!(&refused, Refusal::Invalid { field: named, .. } if named == field), "{refused}");
        }
    }
}
