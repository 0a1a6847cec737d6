//! The lab: simulated platforms that tests and the demo run against.
//!
//! CloudStack, Open vStorage and Cloudify cannot be installed in a test, so the lab simulates them and nothing else
//! (design 8). APIs are real HTTP with real signatures and tokens; hosts are real `sshd`s with a real shell. It is
//! strict, it can be told to fail in all the ways the field knows ([`Fault`], [`OvsFault`],
//! [`cloudify::ManagerFault`]), and it keeps the ground truth ([`Truth`], [`OvsTruth`], [`cloudify::Estate`]), so that
//! a test asserts on what happened and not on what was sent.

mod api;
pub mod cloudify;
mod config;
mod control;
mod database;
mod fault;
mod host;
mod http;
mod json;
mod lab;
mod line;
mod machine;
mod nginx;
pub mod ovs;
mod platform;
mod slot;
mod stand_in;
mod tls;
mod truth;
mod world;

pub use config::{Cloud, LabConfig, Pace, ScriptGeneration, Version};
pub use control::{Details, serve_control};
pub use fault::{Aim, Fault};
pub use lab::{Lab, LabError, LabHost};
pub use ovs::{
    Migrated, Outcome, OvsAct, OvsEvent, OvsFault, OvsGeneration, OvsInit, OvsLab, OvsLabConfig, OvsNodeTruth,
    OvsShape, OvsTruth, OvsViolation, StopCause, UnitPhase, ViolationKind,
};
pub use truth::{Act, OpenInterval, Overlap, Path, Received, RootVolume, Truth, VmTruth};
