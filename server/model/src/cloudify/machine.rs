//! What was seen over SSH on the machines of a migration.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::UnitName;

/// A manager's machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Changes at every boot: `/proc/sys/kernel/random/boot_id` (I8).
    pub boot_id: String,
    /// Host clock minus ours, milliseconds.
    pub clock_skew_ms: i64,
    /// Its own clock in its own zone, as `date +%FT%T` says: what `created_at` of old releases is compared with (N12).
    pub local_time: String,
    /// Free bytes by directory: `/tmp`, where snapshots are unpacked, `/opt/manager` and others that are there.
    pub free_bytes: BTreeMap<String, u64>,
    /// Who has a terminal there (`who`).
    pub sessions: Vec<Session>,
    /// Established connections to REST, by where they come from; `None` where they cannot be seen.
    pub connections: Option<Vec<Connection>>,
    /// Certificates that are there.
    pub certificates: Vec<Certificate>,
    /// Files that matter, by path; one that is not there is not named. Never what is in them.
    pub files: BTreeMap<String, FileSeen>,
    /// Units of Cloudify and their states, `active`, `inactive`, `failed` …, as `systemctl is-active` says.
    pub services: BTreeMap<UnitName, String>,
    /// Programs that steps need and that are not there.
    pub missing_programs: BTreeSet<String>,
}

impl Machine {
    /// Where users' hashes get their salt from (S7).
    pub const REST_SECURITY: &'static str = "/opt/manager/rest-security.conf";

    /// Whether [`Self::REST_SECURITY`] is there.
    #[must_use]
    pub fn has_rest_security(&self) -> bool {
        self.files.contains_key(Self::REST_SECURITY)
    }
}

/// Somebody at a terminal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Session {
    /// Login name.
    pub user: String,
    /// The terminal, since when and from where, as `who` says.
    pub detail: String,
}

/// Somebody who is connected to REST or to the pages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Connection {
    /// Their address.
    pub from: String,
    /// The port they are connected to: 80 or 443.
    pub port: u16,
    /// How many connections.
    pub count: u32,
    /// The address our own SSH session comes from, or the machine itself.
    pub ours: bool,
}

/// A certificate in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Certificate {
    /// Where.
    pub path: String,
    /// `notAfter`, as openssl writes it; why not, where it cannot be read.
    pub expires: Result<String, String>,
    /// Whether it is expired by the machine's own clock.
    pub expired: bool,
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileSeen {
    /// Owner and group.
    pub owner: String,
    /// For example `600`.
    pub mode: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The host on which `cfy` is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CliHost {
    /// The first line of `cfy --version`; why not, where there is none.
    pub cfy: Result<String, String>,
    /// Host clock minus ours, milliseconds.
    pub clock_skew_ms: i64,
    /// Free bytes by directory.
    pub free_bytes: BTreeMap<String, u64>,
    /// Programs that steps need and that are not there.
    pub missing_programs: BTreeSet<String>,
}
