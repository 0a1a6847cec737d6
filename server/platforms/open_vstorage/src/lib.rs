//! Open vStorage: what is there, what would be done, and doing it.
//!
//! [`OpenVstorage`] reaches out: it looks ([`OpenVstorage::inventory`]) at the API of the cluster and at every node
//! over SSH, and evaluates probes. [`plan`], [`prechecks`] and [`fit`] are pure functions of what was seen. What is
//! done on a node is a script in `sh/`; nothing is ever launched over the API. Facts: the dossier "Open vStorage
//! updates"; numbers in comments are its sections.

mod address;
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
#[cfg(test)]
mod rig;

pub use api::Logins;
pub use checks::prechecks;
pub use client::OpenVstorage;
pub use error::{ClientSecret, OvsError};
pub use planner::{PlanError, fit, plan};
