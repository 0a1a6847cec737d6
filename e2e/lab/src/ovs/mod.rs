//! Simulated Open vStorage clusters. Numbers in comments are sections of the dossier "Open vStorage updates".
//!
//! A cluster is a few nodes that are real `sshd`s with a private root and a network of their own, on which real
//! `apt-get` and `dpkg` work on small real packages. Services are real processes; what starts and stops them
//! (upstart or systemd), Arakoon, the hypervisor and the updater are played by the lab, which writes down what
//! really happened and what should not have ([`OvsTruth`]).

pub mod api;
mod behind;
mod cluster;
mod commands;
mod config;
mod control;
mod deb;
mod fault;
mod lab;
mod node;
mod packages;
mod repository;
mod rules;
mod topology;
mod truth;
mod unit;
mod updater;

pub use config::{OvsGeneration, OvsInit, OvsLabConfig, OvsShape};
pub use control::{OvsDetails, serve_ovs_control};
pub use fault::OvsFault;
pub use lab::OvsLab;
pub use truth::{Migrated, Outcome, OvsAct, OvsEvent, OvsNodeTruth, OvsTruth, OvsViolation, StopCause, ViolationKind};
pub use unit::UnitPhase;
