//! What was observed of an environment at a time.

use serde::{Deserialize, Serialize};

use crate::cloudify::CloudifyInventory;
use crate::cloudstack::CloudStackInventory;
use crate::open_vstorage::OpenVstorageInventory;
use crate::time::Timestamp;

/// Everything known of one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// When looking began.
    pub taken_at: Timestamp,
    /// What was seen.
    pub facts: Facts,
}

/// What was seen, platform by platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "platform")]
pub enum Facts {
    /// Apache CloudStack.
    CloudStack(Box<CloudStackInventory>),
    /// Open vStorage.
    OpenVstorage(Box<OpenVstorageInventory>),
    /// Cloudify.
    Cloudify(Box<CloudifyInventory>),
}
