//! How a host is reached: ssh, spool, output; and HTTP for the platforms' interfaces.
//!
//! The engine sees the trait [`Remote`] and the types around it. A job that was started on a
//! host belongs to the host: neither a lost link nor the end of this server stops or doubles it
//! (the design's "Remote start"). Everything here is about *how*; nothing decides *what*.

mod error;
mod host;
mod job;
mod remote;
mod secret;

pub use error::RemoteError;
pub use host::{Elevate, HostAccess, HostKey};
pub use job::{
    CancelReport, End, Followed, HostFacts, Job, LeftProcess, Offsets, Output, Pipe, ReadLimit, SpoolId, SpoolState,
    Started, Vanished,
};
pub use remote::Remote;
pub use secret::{EnvName, Secret};
