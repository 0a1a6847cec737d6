//! How a host is reached: ssh, spool, output; HTTP for the platforms' interfaces, mail, and syslog.
//!
//! The engine sees the trait [`Remote`] and the types around it. A job that was started on a
//! host belongs to the host: neither a lost link nor the end of this server stops or doubles it
//! (the design's "Remote start"). Everything here is about *how*; nothing decides *what*.
//!
//! Where to begin reading: [`Remote`] for what can be asked, `supervisor.sh` and `runner.sh` for
//! what happens on the host, `spool.rs`, `talk.rs` and `follow.rs` for this side of it, `ssh/` for the link.
//! The tests run jobs for real: they need `sshd`, `busybox`, `openssl` and `ssh-keygen`.

mod answer;
mod error;
mod fact;
mod follow;
mod host;
pub mod http;
mod idle;
mod job;
mod local;
mod mail;
pub mod oidc;
mod redact;
mod remote;
mod reply;
mod secret;
mod spool;
mod ssh;
mod syslog;
mod talk;
mod transport;
mod wire;

pub use error::RemoteError;
pub use fact::Fact;
pub use host::{Elevate, HostAccess, HostKey};
pub use job::{
    CancelReport, End, Followed, HostFacts, Job, LeftProcess, Offsets, Output, Pipe, ReadLimit, SpoolId, SpoolState,
    Started, Vanished,
};
pub use local::{Fault, LocalRemote, SpoolFate};
pub use mail::{Mail, MailError, MailSecurity, MailServer, check_mail_address};
pub use redact::{REDACTED, Redactor};
pub use remote::Remote;
pub use secret::{EnvName, Secret};
pub use ssh::{Ssh, SshOptions};
pub use syslog::{LOCAL_SYSLOG, SyslogError, SyslogMessage, SyslogServer};
pub use transport::{Patience, Place};
pub use wire::Verb;
