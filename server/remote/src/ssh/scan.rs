//! Shows the keys of a host that nobody has accepted yet.
//!
//! `ssh` itself is asked rather than `ssh-keyscan`, because it goes through jump hosts (whose
//! own keys have to be pinned). It gets as far as seeing the key, and offers no login.

use std::path::PathBuf;

use super::config::{Trust, known_hosts_file, write};
use super::launch::{limit, new_dir, run, ssh, why_not};
use super::{Ssh, SshOptions};
use crate::{Elevate, HostAccess, HostKey, RemoteError};

/// One question per kind of key.
const KINDS: [&str; 3] =
    ["ssh-ed25519", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521", "rsa-sha2-512,rsa-sha2-256,ssh-rsa"];

impl Ssh {
    /// The keys that the host shows right now. Whether they are its own is for a person to say.
    pub async fn scan_host_key(
        &self,
        address: &str,
        port: u16,
        jump: Option<&HostAccess>,
    ) -> Result<Vec<HostKey>, RemoteError> {
        let host = HostAccess {
            name: address.to_owned(),
            address: address.to_owned(),
            port,
            user: "nobody".to_owned(),
            identity: PathBuf::from("/dev/null"),
            host_key: Vec::new(),
            jump: jump.cloned().map(Box::new),
            elevate: Elevate::No,
        };
        let options = &self.0.options;
        let (first, second, third) =
            tokio::join!(ask(&host, options, KINDS[0]), ask(&host, options, KINDS[1]), ask(&host, options, KINDS[2]));
        let mut keys = Vec::new();
        let mut error = None;
        for answer in [first, second, third] {
            match answer {
                Ok(key) => keys.push(key),
                Err(why) => error = error.or(Some(why)),
            }
        }
        match error {
            Some(error) if keys.is_empty() => Err(error),
            _ => Ok(keys),
        }
    }
}

async fn ask(host: &HostAccess, options: &SshOptions, kind: &str) -> Result<HostKey, RemoteError> {
    let dir = new_dir(options)?;
    write(dir.path(), host, options, Trust::Show(kind))?;
    // It ends with a refused login, as it should.
    run(ssh(dir.path()), host, limit(host, options)).await?;
    let seen = std::fs::read_to_string(known_hosts_file(dir.path(), 0)).unwrap_or_default();
    match seen.lines().next() {
        Some(line) => HostKey::parse(line),
        None => Err(why_not(dir.path(), host)),
    }
}
