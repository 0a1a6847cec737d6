//! Reads what a host answered, and tells why it did not.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use crate::{End, HostAccess, HostFacts, LeftProcess, RemoteError, SpoolState, Started, Vanished};

/// A word that no output contains by chance or can foresee.
pub(crate) fn nonce() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

pub(crate) fn protocol(host: &HostAccess, said: impl Into<String>) -> RemoteError {
    RemoteError::Protocol { host: host.name.clone(), said: said.into() }
}

/// The error that an `error KIND DETAIL` line stands for.
pub(crate) fn told_error(host: &HostAccess, line: &str) -> Option<RemoteError> {
    let (kind, detail) = line.strip_prefix("error ")?.split_once(' ')?;
    let (name, detail) = (host.name.clone(), detail.to_owned());
    Some(match kind {
        "disk" => RemoteError::DiskFull { host: name, dir: detail },
        "foreign" => {
            let (dir, said) = detail.split_once(": ").unwrap_or(("", &detail));
            RemoteError::SpoolForeign { host: name, dir: dir.to_owned(), said: said.to_owned() }
        }
        "running" => RemoteError::StillRunning { host: name, spool: detail },
        "tool" => RemoteError::MissingTool { host: name, tool: detail },
        _ => protocol(host, detail),
    })
}

/// Why there was no reply, from what was printed instead and how the command ended.
pub(crate) fn broken(host: &HostAccess, stderr: &[u8], code: Option<i32>) -> RemoteError {
    let text = String::from_utf8_lossy(stderr);
    let said = last_words(&text);
    let name = host.name.clone();
    if let Some(error) = sudo_error(host, &text) {
        return error;
    }
    match code {
        None => RemoteError::LinkLost {
            host: name,
            said: if said.is_empty() { "it closed without a word".to_owned() } else { said },
        },
        Some(0) => protocol(host, "nothing, although the command was run: is the login shell a Bourne shell?"),
        Some(code) => protocol(host, format!("exit code {code} before the reply: {said}")),
    }
}

fn sudo_error(host: &HostAccess, text: &str) -> Option<RemoteError> {
    let name = host.name.clone();
    if text.contains("sudo: not found") || text.contains("sudo: command not found") {
        return Some(RemoteError::MissingTool { host: name, tool: "sudo".to_owned() });
    }
    let line = text.lines().find(|line| line.contains("sudo"))?;
    const PASSWORD: [&str; 3] = ["a password is required", "a terminal is required", "no tty present"];
    if PASSWORD.iter().any(|words| line.contains(words)) {
        return Some(RemoteError::SudoNeedsPassword { host: name, user: host.user.clone() });
    }
    const REFUSED: [&str; 4] = ["sudoers", "must have a tty", "not allowed to", "may not run sudo"];
    REFUSED
        .iter()
        .any(|words| line.contains(words))
        .then(|| RemoteError::SudoRefused { host: name, said: line.trim().to_owned() })
}

/// The last line that says something, at a length that fits into a message.
pub(crate) fn last_words(text: &str) -> String {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    line.unwrap_or_default().chars().take(300).collect()
}

/// The value of a `key value` line.
fn value<'a>(reply: &'a [String], key: &str) -> Option<&'a str> {
    reply.iter().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
}

fn need<'a>(host: &HostAccess, reply: &'a [String], key: &str) -> Result<&'a str, RemoteError> {
    value(reply, key).ok_or_else(|| protocol(host, format!("no {key} in {reply:?}")))
}

pub(crate) fn started(host: &HostAccess, reply: &[String]) -> Result<Started, RemoteError> {
    match need(host, reply, "started")? {
        "now" => Ok(Started::Now),
        "before" => Ok(Started::AlreadyThere),
        other => Err(protocol(host, format!("started {other}"))),
    }
}

pub(crate) fn state(host: &HostAccess, reply: &[String]) -> Result<SpoolState, RemoteError> {
    let words = need(host, reply, "state")?;
    parse_state(words).ok_or_else(|| protocol(host, format!("state {words}")))
}

fn parse_state(words: &str) -> Option<SpoolState> {
    match words {
        "none" => return Some(SpoolState::NotThere),
        "starting" => return Some(SpoolState::Starting),
        _ => {}
    }
    if let Some(pid) = words.strip_prefix("running ") {
        return Some(SpoolState::Running { pid: pid.parse().ok()? });
    }
    end(words).map(SpoolState::Ended)
}

/// Reads how a job came to its end.
pub(crate) fn end(words: &str) -> Option<End> {
    Some(match words {
        "none" => End::Vanished(Vanished::SpoolLost),
        "removed" => End::Vanished(Vanished::Removed),
        "never" => End::Vanished(Vanished::NeverStarted),
        "gone" => End::Vanished(Vanished::ProcessGone),
        "rebooted" => End::Vanished(Vanished::Rebooted),
        _ => exit_code(words.strip_prefix("exit ")?.parse().ok()?),
    })
}

fn exit_code(code: i32) -> End {
    match code {
        // What shells make of the 64 signals.
        129..=192 => End::Killed(code - 128),
        _ => End::Exited(code),
    }
}

pub(crate) fn left(reply: &[String]) -> Vec<LeftProcess> {
    let process = |line: &String| {
        let (pid, name) = line.strip_prefix("left ")?.split_once(' ')?;
        Some(LeftProcess { pid: pid.parse().ok()?, name: name.to_owned() })
    };
    reply.iter().filter_map(process).collect()
}

pub(crate) fn facts(host: &HostAccess, reply: &[String]) -> Result<HostFacts, RemoteError> {
    let number = |key| -> Result<i64, RemoteError> {
        let text = need(host, reply, key)?;
        text.parse().map_err(|_| protocol(host, format!("{key} {text}")))
    };
    Ok(HostFacts {
        boot_id: need(host, reply, "boot")?.to_owned(),
        unix_time_ms: number("millis")?,
        hostname: need(host, reply, "name")?.to_owned(),
        spool_free_bytes: u64::try_from(number("free")?).unwrap_or(0) * 1024,
    })
}

/// Splits output from the end mark behind it. `None`: the mark is not there.
pub(crate) fn split_exit<'a>(bytes: &'a [u8], nonce: &str) -> Option<(&'a [u8], i32)> {
    let mark = format!("\ndrydock-exit {nonce} ");
    let at = bytes.windows(mark.len()).rposition(|window| window == mark.as_bytes())?;
    let code = bytes.get(at + mark.len()..)?.strip_suffix(b"\n")?;
    let code = std::str::from_utf8(code).ok()?.parse().ok()?;
    Some((bytes.get(..at)?, code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Elevate;

    fn host() -> HostAccess {
        HostAccess {
            name: "db1".to_owned(),
            address: "10.0.0.1".to_owned(),
            port: 22,
            user: "deploy".to_owned(),
            identity: "/keys/db1".into(),
            host_key: Vec::new(),
            jump: None,
            elevate: Elevate::Sudo,
        }
    }

    #[test]
    fn a_state_is_read_as_it_was_meant() {
        let check = |words: &str, state| assert_eq!(parse_state(words), state, "{words}");
        check("none", Some(SpoolState::NotThere));
        check("removed", Some(SpoolState::Ended(End::Vanished(Vanished::Removed))));
        check("running 12", Some(SpoolState::Running { pid: 12 }));
        check("exit 007", Some(SpoolState::Ended(End::Exited(7))));
        check("exit 143", Some(SpoolState::Ended(End::Killed(15))));
        check("exit 255", Some(SpoolState::Ended(End::Exited(255))));
        check("running", None);
        check("exit", None);
    }

    #[test]
    fn the_end_mark_is_found_only_with_its_nonce_and_only_at_the_end() {
        let whole = b"out\ndrydock-exit x 0\n\ndrydock-exit y 3\n";
        assert_eq!(split_exit(whole, "y"), Some((&b"out\ndrydock-exit x 0\n"[..], 3)));
        assert_eq!(split_exit(whole, "x"), None);
        assert_eq!(split_exit(b"out", "y"), None);
    }

    #[track_caller]
    fn check_sudo(stderr: &str, begins: &str) {
        let error = broken(&host(), stderr.as_bytes(), Some(1)).to_string();
        assert!(error.starts_with(begins), "{error}");
    }

    #[test]
    fn a_missing_right_is_told_as_what_it_is() {
        check_sudo("sudo: a password is required\n", "sudo on db1 asks for a password");
        check_sudo("sudo: no tty present and no askpass program specified\n", "sudo on db1 asks for a password");
        check_sudo(
            "sudo: sorry, you must have a tty to run sudo\n",
            "sudo on db1 refuses: sudo: sorry, you must have a tty",
        );
        check_sudo("sh: 1: exec: sudo: not found\n", "sudo is missing on db1");
        check_sudo("This account is currently not available.\n", "db1 answered something unexpected: exit code 1");
    }

    #[test]
    fn a_link_that_broke_may_work_again_and_a_missing_right_will_not() {
        assert!(broken(&host(), b"", None).is_transient());
        assert!(!broken(&host(), b"sudo: a password is required", Some(1)).is_transient());
    }
}
