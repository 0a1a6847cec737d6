//! Where the sockets of shared SSH connections are.

use std::path::{Path, PathBuf};

use remote::{RemoteError, Ssh, SshOptions};
use sha2::{Digest, Sha256};

use crate::Result;
use crate::settings::Settings;

/// One directory per data directory, always the same, so that the next server finds and closes what a killed one left
/// behind. A second process on the same data (a command beside the running server) gets one of its own.
pub async fn open(settings: &Settings) -> Result<Ssh> {
    match Ssh::open(SshOptions::in_dir(control_dir(&settings.data_dir))).await {
        Err(RemoteError::Local { .. }) => {
            let own = runtime_dir().join(format!("drydock-{}", std::process::id()));
            Ok(Ssh::open(SshOptions::in_dir(own)).await?)
        }
        opened => Ok(opened?),
    }
}

/// The names of sockets are limited to about a hundred bytes, so the data directory itself may be too long.
fn control_dir(data_dir: &Path) -> PathBuf {
    let digest = Sha256::digest(data_dir.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    runtime_dir().join(format!("drydock-{name}"))
}

fn runtime_dir() -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
}
