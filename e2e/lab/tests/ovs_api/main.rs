//! The API of a simulated Open vStorage cluster, as a client sees it. Numbers are sections of the dossier.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod gates;
mod harness;
mod lists;
mod login;
mod outages;
mod tasks;
mod tls;
mod updates_a;
mod updates_bc;
