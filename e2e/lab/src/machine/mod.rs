//! What every simulated host is made of: namespaces that end with the lab, and keys for its `sshd`.

mod first;
mod keys;
mod ssh;

pub(crate) use first::{First, Start, host_error};
pub(crate) use keys::{fingerprint, make_key, set_mode};
pub(crate) use ssh::{CHEAP_EXCHANGE, Plan, SshHost};

/// Not 22, so that no privilege is needed and no real sshd is met.
pub(crate) const SSH_PORT: u16 = 2222;
