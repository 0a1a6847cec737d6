//! The configuration file of one connection. `ssh` sees this file and no other, so that neither
//! a user's nor the machine's settings change what is trusted or which key is offered.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use crate::{HostAccess, HostKey, RemoteError};

use super::SshOptions;

/// What `ssh` calls the host to be reached; jump hosts follow as `h1`, `h2` …
pub(super) const TARGET: &str = "h0";

/// Which keys the target may show.
#[derive(Clone, Copy)]
pub(super) enum Trust<'a> {
    Pinned,
    /// Any of this algorithm, to be written down and looked at. Nothing is sent to the host.
    Show(&'a str),
}

/// The host, then the one it is reached through, and so on.
pub(super) fn hops(host: &HostAccess) -> impl Iterator<Item = &HostAccess> {
    std::iter::successors(Some(host), |host| host.jump.as_deref())
}

pub(super) fn config_file(dir: &Path) -> PathBuf {
    dir.join("config")
}

/// Where `ssh` writes what it has to say about a hop.
pub(super) fn log_file(dir: &Path, hop: usize) -> PathBuf {
    match hop {
        // The name that `openssh` looks for.
        0 => dir.join("log"),
        _ => dir.join(format!("log{hop}")),
    }
}

pub(super) fn known_hosts_file(dir: &Path, hop: usize) -> PathBuf {
    dir.join(format!("known{hop}"))
}

/// Writes the configuration and the pinned keys into `dir`.
pub(super) fn write(dir: &Path, host: &HostAccess, options: &SshOptions, trust: Trust<'_>) -> Result<(), RemoteError> {
    let text = text(dir, host, options, trust)?;
    let writing = || -> io::Result<()> {
        for (hop, access) in hops(host).enumerate() {
            let pinned = match (hop, trust) {
                (0, Trust::Show(_)) => String::new(),
                _ => known_hosts(hop, &access.host_key),
            };
            std::fs::write(known_hosts_file(dir, hop), pinned)?;
        }
        std::fs::write(config_file(dir), text)
    };
    writing().map_err(|source| RemoteError::Local { doing: format!("write to {}", dir.display()), source })
}

/// Keys are filed under our own names, so that a pin does not depend on how a host is spelled.
fn known_hosts(hop: usize, keys: &[HostKey]) -> String {
    keys.iter().map(|key| format!("h{hop} {}\n", key.line())).collect()
}

fn text(dir: &Path, host: &HostAccess, options: &SshOptions, trust: Trust<'_>) -> Result<String, RemoteError> {
    let mut text = String::new();
    for (hop, access) in hops(host).enumerate() {
        check(access)?;
        if access.host_key.is_empty() && !matches!((hop, trust), (0, Trust::Show(_))) {
            return Err(RemoteError::HostKeyUnknown { host: access.name.clone() });
        }
        block(&mut text, dir, hop, access, trust)?;
    }
    text.push_str(&for_all(options));
    Ok(text)
}

fn block(text: &mut String, dir: &Path, hop: usize, access: &HostAccess, trust: Trust<'_>) -> Result<(), RemoteError> {
    let known = path_value(access, &known_hosts_file(dir, hop))?;
    let identity = path_value(access, &access.identity)?;
    let HostAccess { address, port, user, .. } = access;
    let _ = write!(
        text,
        "Host h{hop}\n HostName {address}\n Port {port}\n User {user}\n HostKeyAlias h{hop}\n UserKnownHostsFile {known}\n"
    );
    match (hop, trust) {
        (0, Trust::Show(algorithms)) => {
            let _ = write!(
                text,
                " StrictHostKeyChecking accept-new\n HostKeyAlgorithms {algorithms}\n PreferredAuthentications none\n"
            );
        }
        _ => {
            let _ = writeln!(text, " IdentityFile {identity}");
        }
    }
    if access.jump.is_some() {
        // Not ProxyJump: its words about a jump host would be lost.
        let config = path_value(access, &config_file(dir))?;
        let log = path_value(access, &log_file(dir, hop + 1))?;
        let _ = writeln!(text, " ProxyCommand ssh -F {config} -E {log} -W [%h]:%p h{}", hop + 1);
    }
    Ok(())
}

fn for_all(options: &SshOptions) -> String {
    let connect = options.connect_timeout.as_secs().max(1);
    let alive = options.alive_interval.as_secs().max(1);
    let count = options.alive_count.max(1);
    format!(
        "Host *
 BatchMode yes
 StrictHostKeyChecking yes
 GlobalKnownHostsFile /dev/null
 UpdateHostKeys no
 CheckHostIP no
 HashKnownHosts no
 VerifyHostKeyDNS no
 IdentitiesOnly yes
 IdentityAgent none
 PreferredAuthentications publickey
 ControlPath none
 ConnectTimeout {connect}
 ConnectionAttempts 1
 ServerAliveInterval {alive}
 ServerAliveCountMax {count}
 ForwardX11 no
 PermitLocalCommand no
 LogLevel ERROR
"
    )
}

/// What comes from people must not become a second line or an option.
fn check(access: &HostAccess) -> Result<(), RemoteError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:".contains(c);
    let check = |what: &'static str, value: &str, more: &str| {
        let good = |c: char| plain(c) || more.contains(c);
        if !value.is_empty() && !value.starts_with('-') && value.chars().all(good) {
            return Ok(());
        }
        Err(RemoteError::Invalid {
            what,
            value: value.to_owned(),
            rule: "letters, digits, dots, dashes, colons and underscores, not beginning with a dash",
        })
    };
    check("address of a host", &access.address, "%")?;
    check("user name on a host", &access.user, "@$")
}

/// A path in quotes, with what `ssh` would expand in it doubled.
fn path_value(access: &HostAccess, path: &Path) -> Result<String, RemoteError> {
    let refused = || RemoteError::Identity {
        host: access.name.clone(),
        path: path.to_owned(),
        said: "quotes, backslashes, $ and control characters are not allowed in the path".to_owned(),
    };
    let text = path.to_str().ok_or_else(refused)?;
    let refused_char = |c: char| c.is_control() || "\"'\\$`".contains(c);
    if text.chars().any(refused_char) {
        return Err(refused());
    }
    Ok(format!("\"{}\"", text.replace('%', "%%")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Elevate;

    fn host(name: &str, jump: Option<HostAccess>) -> HostAccess {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJq0nsfF0PZ2RtMgzqTgn/UUZ3pZKxDzHPVdgDyMxnDS";
        HostAccess {
            name: name.to_owned(),
            address: format!("{name}.example"),
            port: 2222,
            user: "root".to_owned(),
            identity: format!("/keys/{name}").into(),
            host_key: vec![HostKey::parse(key).unwrap()],
            jump: jump.map(Box::new),
            elevate: Elevate::No,
        }
    }

    fn written(host: &HostAccess, trust: Trust<'_>) -> Result<String, RemoteError> {
        text(Path::new("/run/c"), host, &SshOptions::in_dir("/run"), trust)
    }

    #[test]
    fn every_hop_has_its_own_key_and_its_own_pin() {
        let text = written(&host("db1", Some(host("gate", None))), Trust::Pinned).unwrap();
        for line in [
            " IdentityFile \"/keys/db1\"",
            " IdentityFile \"/keys/gate\"",
            " UserKnownHostsFile \"/run/c/known1\"",
            " ProxyCommand ssh -F \"/run/c/config\" -E \"/run/c/log1\" -W [%h]:%p h1",
            " StrictHostKeyChecking yes",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn a_host_without_a_pin_is_not_talked_to() {
        let mut gate = host("gate", None);
        gate.host_key.clear();
        let refused = written(&host("db1", Some(gate.clone())), Trust::Pinned);
        assert!(matches!(refused, Err(RemoteError::HostKeyUnknown { host }) if host == "gate"));
        // A look at its key is all that is allowed, and only at the host's own.
        assert!(written(&gate, Trust::Show("ssh-ed25519")).is_ok());
        assert!(written(&host("db1", Some(gate)), Trust::Show("ssh-ed25519")).is_err());
    }

    #[test]
    fn nothing_that_people_type_becomes_a_setting() {
        let check = |change: &dyn Fn(&mut HostAccess)| {
            let mut bad = host("db1", None);
            change(&mut bad);
            assert!(written(&bad, Trust::Pinned).is_err(), "{bad:?}");
        };
        check(&|host| host.address = "a\n ProxyCommand reboot".to_owned());
        check(&|host| host.address = "-oProxyCommand=reboot".to_owned());
        check(&|host| host.user = "root\"".to_owned());
        check(&|host| host.user = String::new());
        check(&|host| host.identity = "/keys/\"\nUser x".into());
    }
}
