//! Cloudify: what is there, what would be done, and doing it.
//!
//! [`Cloudify`] reaches out: it looks ([`Cloudify::inventory`]) at both managers of a migration, over REST and over SSH,
//! evaluates probes, and asks for changes. How REST is spoken is `rest/`, what its rows mean is `discovery/rows.rs`, what
//! is looked at on a machine is `sh/`. [`plan`], [`prechecks`] and [`fit`] are pure functions of what was seen. Archives
//! of snapshots are kept by [`Archives`]; what the page of snapshots shows and fetches is `snapshots/`.
//!
//! Facts: the dossier "Cloudify Manager: upgrade"; numbers in comments are its sections, S1 to S13 the cautions of the
//! vendor's text as it numbers them.

mod act;
mod archive;
mod checks;
mod client;
mod connection;
mod discovery;
mod error;
#[cfg(test)]
mod fixture;
mod planner;
mod probe;
mod rest;
mod snapshots;

pub use archive::{ArchiveError, Archives, Incoming, Sealer, UploadError};
pub use checks::{creation_prechecks, prechecks, upload_prechecks};
pub use client::{AdminPassword, Cloudify, Passwords};
pub use error::{CloudifyError, ErrorCode};
pub use planner::{Glance, Glances, PlanError, SnapshotPlanError, asked, fit, plan, plan_creation, plan_upload};
pub use snapshots::{FetchError, Outgoing};
