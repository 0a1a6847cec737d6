//! Whether the simulated hosts can have a root of their own. Without root's rights that takes user namespaces, which
//! some distributions switch off.

use std::{fs, path::Path, process::Command};

use crate::{
    error::Error,
    process::{capture, is_root},
};

/// The switches, the value that forbids, and the one that allows.
const SWITCHES: [(&str, &str, &str); 3] = [
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("user.max_user_namespaces", "0", "10000"),
];

/// Before anything is compiled: a demo that fails after twenty minutes is worse than one that says what is missing.
pub fn ensure() -> Result<(), Error> {
    if is_root() || capture(Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"])).is_ok() {
        return Ok(());
    }
    let what = "the permission to make user namespaces, which the simulated hosts live in (or be root)";
    Err(Error::Missing { what: what.to_owned(), remedy: remedy(value_of) })
}

fn value_of(switch: &str) -> Option<String> {
    let file = Path::new("/proc/sys").join(switch.replace('.', "/"));
    fs::read_to_string(file).ok().map(|value| value.trim().to_owned())
}

/// The command that opens what is closed on this machine.
fn remedy(value_of: impl Fn(&str) -> Option<String>) -> String {
    let closed = SWITCHES.iter().filter(|(switch, forbids, _)| value_of(switch).as_deref() == Some(*forbids));
    let settings: Vec<String> = closed.map(|(switch, _, allows)| format!("{switch}={allows}")).collect();
    match settings.as_slice() {
        // A container without the rights, for example: only root can help.
        [] => "cargo xtask demo".to_owned(),
        settings => format!("sysctl -w {}", settings.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_names_the_switches_that_are_off_and_no_others() {
        let ubuntu = |switch: &str| match switch {
            "kernel.apparmor_restrict_unprivileged_userns" => Some("1".to_owned()),
            "user.max_user_namespaces" => Some("62000".to_owned()),
            _ => None,
        };
        assert_eq!(remedy(ubuntu), "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
        assert_eq!(
            remedy(|switch| (!switch.starts_with("kernel.app")).then(|| "0".to_owned())),
            "sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000"
        );
        assert_eq!(remedy(|_| None), "cargo xtask demo");
    }
}
