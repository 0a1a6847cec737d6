//! Apache CloudStack: what is there, what would be done, and doing it.
//!
//! [`CloudStack`] reaches out: it looks ([`CloudStack::inventory`]), asks for changes ([`CloudStack::submit`]), follows
//! jobs and evaluates probes. [`plan`] and [`prechecks`] are pure functions of what was seen. [`script`] reads the
//! output of the vendor's script. Facts: the dossier "CloudStack system-VM restart"; numbers in comments are its sections.

mod api;
mod checks;
mod client;
mod connection;
mod discovery;
mod error;
#[cfg(test)]
mod fixture;
mod planner;
mod probe;
mod reply;
mod requests;
mod rights;
pub mod script;
mod settings;
mod signing;
mod trace;
mod twin;
mod wire;

use remote::Secret;

pub use checks::prechecks;
pub use client::CloudStack;
pub use error::CloudStackError;
pub use model::submission::{JobStatus, SubmitError, Submitted, Trace};
pub use planner::{PlanError, fit, plan};
pub use rights::required_commands;
pub use twin::Twin;

/// The keys of a root admin.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// Goes along with every request.
    pub api_key: Secret,
    /// Signs requests and never leaves this process.
    pub secret_key: Secret,
}
