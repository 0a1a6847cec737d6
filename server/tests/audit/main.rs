//! The audit log of 100,000 entries, and whoever can change the database: `drydock audit verify` tells what was done.
//!
//! Everything is done by the real program on a real database; only the tampering is not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod log;
mod parts;
mod tampering;
