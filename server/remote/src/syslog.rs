//! One message to a syslog server.
//!
//! Over UDP nobody says that it arrived. What is noticed is a name that does not resolve, a network that is down, and a
//! host on which nobody listens.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tokio::net::{UdpSocket, UnixDatagram};

/// Where the programs of a machine leave their messages.
pub const LOCAL_SYSLOG: &str = "/dev/log";

/// Facility 13 (log audit), severity 6 (informational).
const PRIORITY: u8 = 13 * 8 + 6;

/// How long the answer that nobody listens is waited for. It comes within the time a packet needs.
const REFUSAL: Duration = Duration::from_millis(200);

const RFC_5424: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// As `syslog(3)` writes it.
const LOCAL: &[BorrowedFormatItem<'_>] =
    format_description!("[month repr:short] [day padding:space] [hour]:[minute]:[second]");

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyslogServer {
    /// A datagram socket of this machine, as a rule [`LOCAL_SYSLOG`].
    Local(PathBuf),
    /// Over UDP, as RFC 5424 has it.
    Udp {
        /// Name or address.
        host: String,
        port: u16,
    },
}

impl fmt::Display for SyslogServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => write!(f, "syslog of this machine ({})", path.display()),
            Self::Udp { host, port } if host.contains(':') => write!(f, "syslog on [{host}]:{port}"),
            Self::Udp { host, port } => write!(f, "syslog on {host}:{port}"),
        }
    }
}

/// A message of one line.
#[derive(Debug, Clone, Copy)]
pub struct SyslogMessage<'a> {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Who sends it; what a host name cannot hold becomes a dash.
    pub host: &'a str,
    /// What kind of message it is: letters.
    pub kind: &'a str,
    pub text: &'a str,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SyslogError {
    #[error("{host} cannot be found: {source}")]
    Resolve { host: String, source: std::io::Error },
    #[error("the message cannot be sent: {source}")]
    Send { source: std::io::Error },
    #[error("nobody listens there")]
    Refused,
}

impl SyslogServer {
    /// Sends a message once.
    pub async fn send(&self, message: SyslogMessage<'_>) -> Result<(), SyslogError> {
        match self {
            Self::Local(path) => {
                let failed = |source| SyslogError::Send { source };
                let socket = UnixDatagram::unbound().map_err(failed)?;
                socket.send_to(message.local().as_bytes(), path).await.map(drop).map_err(failed)
            }
            Self::Udp { host, port } => {
                let resolved = tokio::net::lookup_host((host.as_str(), *port)).await;
                let not_found = |source| SyslogError::Resolve { host: host.clone(), source };
                let address = resolved.map_err(not_found)?.next();
                let nothing = || not_found(std::io::Error::other("the name has no address"));
                send_udp(address.ok_or_else(nothing)?, message.rfc_5424().as_bytes()).await
            }
        }
    }
}

async fn send_udp(to: SocketAddr, message: &[u8]) -> Result<(), SyslogError> {
    let failed = |source| SyslogError::Send { source };
    let any: SocketAddr = if to.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).await.map_err(failed)?;
    // A connected socket is told when the other side says that nobody listens.
    socket.connect(to).await.map_err(failed)?;
    socket.send(message).await.map_err(failed)?;
    match tokio::time::timeout(REFUSAL, socket.recv(&mut [0; 1])).await {
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Err(SyslogError::Refused),
        Ok(_) | Err(_) => Ok(()),
    }
}

impl SyslogMessage<'_> {
    fn rfc_5424(&self) -> String {
        let (at, host) = (self.time(RFC_5424), self.host_name());
        format!("<{PRIORITY}>1 {at} {host} drydock {} {} - {}", std::process::id(), self.kind, self.text)
    }

    fn local(&self) -> String {
        format!("<{PRIORITY}>{} drydock[{}]: {}", self.time(LOCAL), std::process::id(), self.text)
    }

    fn time(&self, format: &[BorrowedFormatItem<'_>]) -> String {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.at) * 1_000_000);
        // A dash is what RFC 5424 has for a time that is not known.
        at.ok().and_then(|at| at.format(format).ok()).unwrap_or_else(|| "-".to_owned())
    }

    fn host_name(&self) -> String {
        let name: String = self.host.chars().map(|c| if c.is_ascii_graphic() { c } else { '-' }).take(255).collect();
        if name.is_empty() { "-".to_owned() } else { name }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    const MESSAGE: SyslogMessage<'_> =
        SyslogMessage { at: 1_700_000_000_123, host: "box één", kind: "AUDIT", text: "{\"a\":1}" };

    #[tokio::test]
    async fn a_server_in_the_network_gets_what_rfc_5424_says() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        SyslogServer::Udp { host: "127.0.0.1".to_owned(), port }.send(MESSAGE).await.unwrap();
        let mut bytes = [0; 2000];
        let length = server.recv(&mut bytes).await.unwrap();
        let pid = std::process::id();
        let expected = format!("<110>1 2023-11-14T22:13:20.123Z box---n drydock {pid} AUDIT - {{\"a\":1}}");
        assert_eq!(String::from_utf8_lossy(&bytes[..length]), expected);
    }

    #[tokio::test]
    async fn the_machines_own_syslog_gets_what_it_gets_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let server = UnixDatagram::bind(&path).unwrap();
        SyslogServer::Local(path).send(MESSAGE).await.unwrap();
        let mut bytes = [0; 2000];
        let length = server.recv(&mut bytes).await.unwrap();
        let expected = format!("<110>Nov 14 22:13:20 drydock[{}]: {{\"a\":1}}", std::process::id());
        assert_eq!(String::from_utf8_lossy(&bytes[..length]), expected);
    }

    #[tokio::test]
    async fn where_nobody_listens_the_message_is_not_taken_for_sent() {
        let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = gone.local_addr().unwrap().port();
        drop(gone);
        let refused = SyslogServer::Udp { host: "127.0.0.1".to_owned(), port }.send(MESSAGE).await.unwrap_err();
        assert!(matches!(refused, SyslogError::Refused), "{refused}");
        let folder = tempfile::tempdir().unwrap();
        let nowhere = SyslogServer::Local(folder.path().join("log")).send(MESSAGE).await.unwrap_err();
        assert!(matches!(nowhere, SyslogError::Send { .. }), "{nowhere}");
    }
}
