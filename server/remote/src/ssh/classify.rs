//! Tells from what `ssh` said why there is no connection. Its words are the only source; they
//! have been the same for many releases. What is not known is shown as it is.

use crate::answer::last_words;
use crate::{HostAccess, RemoteError};

/// Reads the log of one hop.
pub(super) fn classify(host: &HostAccess, log: &str) -> RemoteError {
    let name = host.name.clone();
    let has = |words: &[&str]| words.iter().any(|word| log.contains(word));
    let line = |words: &[&str]| {
        let said = log.lines().rfind(|line| words.iter().any(|word| line.contains(word)));
        said.map_or_else(|| last_words(log), last_words)
    };
    if has(&HOST_KEY) {
        return RemoteError::HostKeyMismatch { host: name, said: line(&HOST_KEY) };
    }
    if has(&IDENTITY) {
        return RemoteError::Identity { host: name, path: host.identity.clone(), said: line(&IDENTITY) };
    }
    if has(&AUTH) {
        return RemoteError::Auth { host: name, user: host.user.clone(), said: line(&AUTH) };
    }
    if has(&["Unable to negotiate", "Bad configuration", "Bad owner or permissions"]) {
        return RemoteError::Protocol { host: name, said: last_words(log) };
    }
    let said = line(&CONNECT);
    RemoteError::Connect {
        host: name,
        address: format!("{}:{}", host.address, host.port),
        said: if said.is_empty() { "the connection was closed without a word".to_owned() } else { said },
    }
}

const HOST_KEY: [&str; 4] = [
    "REMOTE HOST IDENTIFICATION HAS CHANGED",
    "Host key verification failed",
    "REVOKED HOST KEY",
    // A pin exists, or we would not have asked; the host shows a key of another kind.
    "host key is known for",
];
const IDENTITY: [&str; 7] = [
    "are too open",
    "bad permissions",
    "invalid format",
    "error in libcrypto",
    "incorrect passphrase",
    "no such identity",
    "not accessible",
];
const AUTH: [&str; 4] = [
    "Permission denied (",
    "Too many authentication failures",
    "no mutual signature",
    "No more authentication methods",
];
/// The words that say most about a failed connection; what comes after them is only its echo.
const CONNECT: [&str; 7] = [
    "Could not resolve hostname",
    "connect to host",
    "open failed",
    "timed out",
    "Connection reset",
    "Connection closed by",
    "administratively prohibited",
];

/// Whether a jump host was reached itself, and only the way on from it is closed.
pub(super) fn is_way_on_closed(log: &str) -> bool {
    ["stdio forwarding failed", "open failed"].iter().any(|words| log.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Elevate;

    #[track_caller]
    fn check(log: &str, expected: &str) {
        let host = HostAccess {
            name: "db1".to_owned(),
            address: "10.0.0.1".to_owned(),
            port: 22,
            user: "deploy".to_owned(),
            identity: "/keys/db1".into(),
            host_key: Vec::new(),
            jump: None,
            elevate: Elevate::No,
        };
        assert_eq!(classify(&host, log).to_string(), expected);
    }

    #[test]
    fn a_host_that_cannot_be_reached() {
        check(
            "ssh: connect to host 10.0.0.1 port 22: Connection refused\r\n",
            "cannot connect to db1 at 10.0.0.1:22: ssh: connect to host 10.0.0.1 port 22: Connection refused",
        );
        check(
            "ssh: Could not resolve hostname db1: Name or service not known\r\n",
            "cannot connect to db1 at 10.0.0.1:22: ssh: Could not resolve hostname db1: Name or service not known",
        );
        check(
            "Connection timed out during banner exchange\r\nConnection to 10.0.0.1 port 22 timed out\r\n",
            "cannot connect to db1 at 10.0.0.1:22: Connection to 10.0.0.1 port 22 timed out",
        );
        check("", "cannot connect to db1 at 10.0.0.1:22: the connection was closed without a word");
    }

    #[test]
    fn a_login_that_is_refused() {
        check(
            "deploy@10.0.0.1: Permission denied (publickey,password).\r\n",
            "db1 does not accept the key for user deploy: deploy@10.0.0.1: Permission denied (publickey,password).",
        );
        check(
            "Load key \"/keys/db1\": invalid format\r\ndeploy@10.0.0.1: Permission denied (publickey).\r\n",
            "the private key /keys/db1 for db1 cannot be used: Load key \"/keys/db1\": invalid format",
        );
    }

    #[test]
    fn a_key_that_is_not_the_pinned_one() {
        let changed =
            "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n…\r\nHost key verification failed.\r\n";
        let other_kind = "No ECDSA host key is known for h0 and you have requested strict checking.\r\nHost key verification failed.\r\n";
        for log in [changed, other_kind] {
            let host_key = "the host key of db1 is not the pinned one";
            let host = HostAccess {
                name: "db1".to_owned(),
                address: "a".to_owned(),
                port: 22,
                user: "u".to_owned(),
                identity: "/k".into(),
                host_key: Vec::new(),
                jump: None,
                elevate: Elevate::No,
            };
            let error = classify(&host, log);
            assert!(error.to_string().starts_with(host_key) && !error.is_transient(), "{error}");
        }
    }
}
