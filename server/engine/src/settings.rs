//! What the engine has to be told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use model::id::AuditKey;

use crate::DeliveryPace;
use crate::audit::CheckpointPlace;

/// See the field docs; the server reads them from its configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite:///var/lib/drydock/drydock.db` or `postgres://…`.
    pub database_url: String,
    /// Where Drydock keeps SSH control sockets and the embedded database.
    pub data_dir: PathBuf,
    /// The file whose content seals secrets in the database; made on first need, mode 0600.
    pub key_file: PathBuf,
    /// The name of this server among several; no two may have the same.
    pub instance: String,
    /// Where archives of Cloudify snapshots are kept. As large as all of them, and readable by Drydock only.
    pub archive_dir: PathBuf,
    /// How the audit log is protected.
    pub audit: AuditSettings,
    /// The authorities (PEM) that webhooks are trusted by, and no others; `None`: those that browsers trust.
    pub webhook_ca_file: Option<PathBuf>,
}

/// What signs checkpoints of the audit log, and where they go.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// The file with the key; made on first need, mode 0600.
    pub key_file: PathBuf,
    /// May be none: then an end that is cut off is not noticed.
    pub checkpoints: Vec<CheckpointPlace>,
    /// Whose signatures under decisions count besides: the keys of other servers, and former ones.
    pub also_believed: Vec<AuditKey>,
}

impl AuditSettings {
    /// The key in that folder, and no checkpoints.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self { key_file: folder.join("audit.key"), checkpoints: Vec::new(), also_believed: Vec::new() }
    }
}

/// How often the world is asked, and how long is waited in between. Only tests need others than the defaults.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The first wait between two looks at a job or a proof; it grows to [`Pace::slowest`] (dossier 3.5: 2 s to 10 s
    /// suffice; the first looks are quicker because some jobs are).
    pub quickest: Duration,
    /// The longest wait between two looks.
    pub slowest: Duration,
    /// How long a cancelled command may take to end by itself before it is killed.
    pub grace: Duration,
    /// The pause before a `finally` step that did not work is tried again.
    pub finally_retry: Duration,
    /// How often an executor says that it is alive.
    pub beat: Duration,
    /// How long another server watches an executor be silent before it takes its run up.
    pub lease: Duration,
    /// How often it is looked whether there is something new in the audit log to tell elsewhere.
    pub checkpoint: Duration,
    /// How often it is looked whether runs have printed something that cannot be searched yet.
    pub read: Duration,
    /// How often and how long notifications are tried.
    pub delivery: DeliveryPace,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            quickest: Duration::from_millis(500),
            slowest: Duration::from_secs(10),
            grace: Duration::from_secs(10),
            finally_retry: Duration::from_secs(30),
            beat: Duration::from_secs(2),
            lease: Duration::from_secs(12),
            checkpoint: Duration::from_secs(60),
            read: Duration::from_secs(1),
            delivery: DeliveryPace::default(),
        }
    }
}
