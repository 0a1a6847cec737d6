//! Cloudify: what is there.
//!
//! [`Cloudify`] reaches out: it looks ([`Cloudify::inventory`]) at both managers of a migration, over REST and over SSH.
//! How REST is spoken is `rest/`, what its rows mean is `discovery/rows.rs`, what is looked at on a machine is `sh/`.
//! Facts: the dossier "Cloudify Manager: upgrade"; numbers in comments are its sections.

mod client;
mod connection;
mod discovery;
mod error;
mod rest;

pub use client::{AdminPassword, Cloudify, Passwords};
pub use error::{CloudifyError, ErrorCode};
