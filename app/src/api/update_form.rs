//! The form of Update Framework and Update Storage Driver as it travels.

use std::collections::BTreeSet;

use model::id::{HostName, PackageName};
use model::open_vstorage::MigrationOrder;
use model::procedure::{FileOn, Inputs, OpenVstorageUpdate, UpdateMode};
use model::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Which of the two buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichUpdate {
    Framework,
    StorageDriver,
}

/// See [`OpenVstorageUpdate`]. Boxes that nobody has checked do not travel at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateForm {
    pub which: WhichUpdate,
    pub mode: UpdateMode,
    /// Nothing chosen: that of the target version.
    #[serde(default)]
    pub order: ChosenOrder,
    #[serde(default)]
    pub keep: BTreeSet<PackageName>,
    /// Host and path with a blank between them.
    #[serde(default)]
    pub files: BTreeSet<String>,
}

/// See [`MigrationOrder`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChosenOrder {
    #[default]
    ByVersion,
    ModelFirst,
    ExtensionsFirst,
}

impl TryFrom<UpdateForm> for Inputs {
    type Error = Refusal;

    fn try_from(form: UpdateForm) -> Result<Self, Refusal> {
        let order = match form.order {
            ChosenOrder::ByVersion => None,
            ChosenOrder::ModelFirst => Some(MigrationOrder::ModelFirst),
            ChosenOrder::ExtensionsFirst => Some(MigrationOrder::ExtensionsFirst),
        };
        let files = form.files.iter().map(|text| file_on(text)).collect::<Result<_, _>>()?;
        let update = OpenVstorageUpdate { mode: form.mode, order, keep: form.keep, files };
        Ok(match form.which {
            WhichUpdate::Framework => Self::UpdateFramework(update),
            WhichUpdate::StorageDriver => Self::UpdateStorageDriver(update),
        })
    }
}

fn file_on(text: &str) -> Result<FileOn, Refusal> {
    let invalid = |problem: String| Refusal::Invalid { field: "files".to_owned(), problem };
    let (host, path) = text
        .split_once(' ')
        .ok_or_else(|| invalid("a host and a path with a blank between them are expected".into()))?;
    let host = HostName::new(host).map_err(|error| invalid(error.to_string()))?;
    Ok(FileOn { host, path: path.to_owned() })
}
