//! Where checkpoints go: out of reach of whoever can change the database.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use model::audit::Checkpoint;
use remote::http::{Http, HttpError, HttpRequest};
use remote::{LOCAL_SYSLOG, SyslogError, SyslogMessage, SyslogServer};

use crate::webhook::{InvalidWebhook, PATIENCE, Webhook, said};

/// One place. Its `Display` shows nothing secret: the address of a webhook often is its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckpointPlace {
    /// A file to which a line is added.
    File(PathBuf),
    /// An address to which each is posted as JSON.
    Webhook(Webhook),
    /// A syslog server.
    Syslog(SyslogServer),
}

impl fmt::Display for CheckpointPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Webhook(webhook) => write!(f, "webhook {webhook}"),
            Self::Syslog(server) => write!(f, "{server}"),
        }
    }
}

/// A text that is no place. Never repeats it: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlace {
    /// None of the known beginnings.
    #[error("it begins with neither file:, https:, http: nor syslog:")]
    Kind,
    /// Not from the root.
    #[error("file: needs an absolute path, such as file:/mnt/audit/checkpoints.jsonl")]
    Path,
    /// Not an address.
    #[error("https:// and http:// need a host, and no blanks")]
    Url,
    /// Not a server.
    #[error("syslog: needs nothing behind it, the absolute path of a socket, or //host:port")]
    Syslog,
}

impl FromStr for CheckpointPlace {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        if let Some(path) = text.strip_prefix("file:") {
            return absolute(path).map(Self::File).ok_or(InvalidPlace::Path);
        }
        if let Some(server) = text.strip_prefix("syslog:") {
            return syslog(server).map(Self::Syslog).ok_or(InvalidPlace::Syslog);
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return text.parse().map(Self::Webhook).map_err(|InvalidWebhook| InvalidPlace::Url);
        }
        Err(InvalidPlace::Kind)
    }
}

fn absolute(path: &str) -> Option<PathBuf> {
    let is_file = path.starts_with('/') && !path.ends_with('/');
    is_file.then(|| PathBuf::from(path))
}

fn syslog(text: &str) -> Option<SyslogServer> {
    if text.is_empty() {
        return Some(SyslogServer::Local(LOCAL_SYSLOG.into()));
    }
    let Some(server) = text.strip_prefix("//") else { return absolute(text).map(SyslogServer::Local) };
    let (host, port) = server.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/@[]".contains(c));
    let port = port.parse().ok().filter(|port| *port > 0)?;
    is_host.then(|| SyslogServer::Udp { host: host.to_owned(), port })
}

/// Why a checkpoint did not arrive.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undelivered {
    #[error("it cannot be written: {0}")]
    File(#[from] std::io::Error),
    #[error("{}", said(.0))]
    Webhook(#[from] HttpError),
    #[error("it answered with status {0}")]
    Status(u16),
    #[error(transparent)]
    Syslog(#[from] SyslogError),
    #[error("it did not answer within {} s", PATIENCE.as_secs())]
    Silent,
}

impl CheckpointPlace {
    /// Brings a checkpoint there, once.
    pub(super) async fn deliver(&self, http: &Http, checkpoint: &Checkpoint) -> Result<(), Undelivered> {
        // A file may lie on a network file system that hangs.
        let delivered = tokio::time::timeout(PATIENCE, self.deliver_untimed(http, checkpoint)).await;
        delivered.unwrap_or(Err(Undelivered::Silent))
    }

    async fn deliver_untimed(&self, http: &Http, checkpoint: &Checkpoint) -> Result<(), Undelivered> {
        let line = checkpoint.line();
        match self {
            Self::File(path) => {
                let path = path.clone();
                let written = tokio::task::spawn_blocking(move || append(&path, &line)).await;
                Ok(written.unwrap_or_else(|error| Err(std::io::Error::other(error)))?)
            }
            Self::Webhook(webhook) => {
                let answer = http.send(&HttpRequest::post(webhook.expose()).body("application/json", line)).await?;
                if answer.is_success() { Ok(()) } else { Err(Undelivered::Status(answer.status)) }
            }
            Self::Syslog(server) => {
                let Checkpoint { statement, .. } = checkpoint;
                let message =
                    SyslogMessage { at: statement.at.0, host: &statement.instance, kind: "AUDIT", text: &line };
                Ok(server.send(message).await?)
            }
        }
    }
}

/// Adds a line, and waits until it is on the disk. After a line that was torn by a power cut a new one begins.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let before = if last == *b"\n" { "" } else { "\n" };
    file.write_all(format!("{before}{line}\n").as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_shown_without_what_is_secret() {
        let shown = |text: &str| text.parse::<CheckpointPlace>().map(|place| place.to_string());
        assert_eq!(shown("file:/mnt/audit.jsonl"), Ok("file /mnt/audit.jsonl".to_owned()));
        assert_eq!(
            shown("https://me:pw@hooks.example:8443/services/T0KEN?key=s3cret"),
            Ok("webhook https://hooks.example:8443".to_owned())
        );
        assert_eq!(shown("syslog:"), Ok("syslog of this machine (/dev/log)".to_owned()));
        assert_eq!(shown("syslog:/run/log"), Ok("syslog of this machine (/run/log)".to_owned()));
        assert_eq!(shown("syslog://loghost:514"), Ok("syslog on loghost:514".to_owned()));
        assert_eq!(shown("syslog://[fd00::1]:514"), Ok("syslog on [fd00::1]:514".to_owned()));
        let place: CheckpointPlace = "https://hooks.example/T0KEN".parse().unwrap_or(CheckpointPlace::File("/".into()));
        assert!(!format!("{place:?}").contains("T0KEN"));
    }

    #[test]
    fn what_is_no_place_is_refused_with_what_is_missing() {
        for (text, why) in [
            ("", InvalidPlace::Kind),
            ("/mnt/audit.jsonl", InvalidPlace::Kind),
            ("ftp://host/x", InvalidPlace::Kind),
            ("file:audit.jsonl", InvalidPlace::Path),
            ("file:/mnt/", InvalidPlace::Path),
            ("https://", InvalidPlace::Url),
            ("https://me@/x", InvalidPlace::Url),
            ("https://host/a b", InvalidPlace::Url),
            ("syslog://loghost", InvalidPlace::Syslog),
            ("syslog://:514", InvalidPlace::Syslog),
            ("syslog://loghost:0", InvalidPlace::Syslog),
            ("syslog://a/b:514", InvalidPlace::Syslog),
            ("syslog:socket", InvalidPlace::Syslog),
        ] {
            assert_eq!(text.parse::<CheckpointPlace>(), Err(why), "{text:?}");
        }
    }
}
