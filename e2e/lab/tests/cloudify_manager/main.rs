//! Simulated Cloudify managers, as a client sees them, and what really happened. Numbers are sections of the dossier.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cfy;
mod faults;
mod harness;
mod migration;
mod paging;
mod person;
mod rules;
mod surface;
mod upload;
