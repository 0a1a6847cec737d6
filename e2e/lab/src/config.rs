//! What kind of lab is wanted: release, script generation, size and speed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything that is decided before a lab starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LabConfig {
    /// The CloudStack release the management servers run.
    pub version: Version,
    /// The generation of `cloudstack-sysvmadm` on the management hosts.
    pub script: ScriptGeneration,
    /// What the cloud consists of.
    pub cloud: Cloud,
    /// How long things take.
    pub pace: Pace,
}

impl Default for LabConfig {
    fn default() -> Self {
        Self { version: Version::V4_20, script: ScriptGeneration::G2, cloud: Cloud::Small, pace: Pace::Fast }
    }
}

/// The releases whose answers differ in ways that matter here (dossier 1.5, 3.4, 3.7, 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Version {
    /// Old job field order, `MASTER`, no forced reboot, no live patch.
    V4_15,
    /// New job field order, numeric `managementserverid`.
    V4_19,
    /// `managementserverid` became a UUID.
    V4_20,
    /// Knows `enforce.post.requests.and.timestamps`.
    V4_22,
}

impl Version {
    /// The full number, as `listCapabilities` tells it.
    pub fn release(self) -> &'static str {
        match self {
            Self::V4_15 => "4.15.2.0",
            Self::V4_19 => "4.19.1.0",
            Self::V4_20 => "4.20.1.0",
            Self::V4_22 => "4.22.0.0",
        }
    }

    /// The release the cloud was upgraded from.
    pub fn previous_release(self) -> &'static str {
        match self {
            Self::V4_15 => "4.14.1.0",
            Self::V4_19 => "4.18.2.0",
            Self::V4_20 => "4.19.1.0",
            Self::V4_22 => "4.20.1.0",
        }
    }

    /// The version of the system VM template that belongs to the release.
    pub fn template(self) -> &'static str {
        match self {
            Self::V4_15 => "4.15.1",
            Self::V4_19 => "4.19.1",
            Self::V4_20 => "4.20.1",
            Self::V4_22 => "4.22.0",
        }
    }

    /// The version of the template the running disks were made from.
    pub fn previous_template(self) -> &'static str {
        match self {
            Self::V4_15 => "4.14.0",
            Self::V4_19 => "4.18.1",
            Self::V4_20 => "4.19.1",
            Self::V4_22 => "4.20.1",
        }
    }

    /// The word for the active router of a pair.
    pub fn primary_word(self) -> &'static str {
        match self {
            Self::V4_15 => "MASTER",
            Self::V4_19 | Self::V4_20 | Self::V4_22 => "PRIMARY",
        }
    }
}

/// The generations of `cloudstack-sysvmadm` (dossier 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ScriptGeneration {
    /// Up to 4.17.
    G0,
    /// 4.18.0 to 4.19.1: `-i` and `-j`.
    G1,
    /// 4.19.2 and 4.20.0 onward: reads job answers by name, works with UUIDs.
    G2,
    /// 2026: the endless loop is gone.
    G3,
}

/// How large the simulated cloud is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// One zone, one SSVM, one CPVM, four routers (a redundant pair and a VPC router among them), one
    /// management server.
    Small,
    /// Three zones, two management servers, two SSVMs in the first zone, 15 routers, one of a project.
    Large,
    /// One management server and this many system VMs and routers over three zones.
    Many {
        /// SSVMs, CPVMs and routers together; at least six.
        system_vms: usize,
    },
}

/// How long things take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// For tests: tenths of a second.
    Fast,
    /// For people: a few seconds, so that one can watch.
    Demo,
}

impl Pace {
    /// One state transition of a VM, such as `Stopping` to `Stopped`.
    pub fn transition(self) -> Duration {
        self.either(150, 2_500)
    }

    /// How long an agent or a router stays behind its VM.
    pub fn lag(self) -> Duration {
        self.either(150, 2_000)
    }

    /// How long ports refuse after the service was started.
    pub fn refused(self) -> Duration {
        self.either(150, 3_000)
    }

    /// How long the service then answers 503.
    pub fn unavailable(self) -> Duration {
        self.either(150, 2_000)
    }

    /// What a `sleep` of the stand-in script is divided by.
    pub fn sleep_divisor(self) -> u32 {
        match self {
            Self::Fast => 50,
            Self::Demo => 5,
        }
    }

    fn either(self, fast: u64, demo: u64) -> Duration {
        Duration::from_millis(match self {
            Self::Fast => fast,
            Self::Demo => demo,
        })
    }
}
