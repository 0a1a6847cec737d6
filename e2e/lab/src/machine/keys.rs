//! SSH keys, and file modes.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest as _, Sha256};
use tokio::process::Command;

pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

pub(crate) async fn make_key(path: &Path) -> io::Result<()> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .await?;
    if made.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()))
    }
}

/// As `ssh-keygen -l` shows it.
pub(crate) fn fingerprint(host_key: &str) -> String {
    let blob = host_key.split_whitespace().nth(1).unwrap_or_default();
    let digest = Sha256::digest(STANDARD.decode(blob).unwrap_or_default());
    format!("SHA256:{}", STANDARD_NO_PAD.encode(digest))
}
