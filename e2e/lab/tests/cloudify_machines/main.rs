//! The machines of simulated managers: what is done on them over SSH has its effect. Numbers are sections of the dossier
//! "Cloudify Manager: upgrade / migrate".
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod binary;
mod harness;
mod in_place;
mod machine;
#[path = "../support/mod.rs"]
mod support;
