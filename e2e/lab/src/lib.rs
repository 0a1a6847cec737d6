//! The lab: a simulated CloudStack platform that tests and the demo run against.
//!
//! CloudStack cannot be installed in a test, so the lab simulates it and nothing else (design 8). The API is
//! real HTTP with real signatures; the management hosts are real `sshd`s with a real shell. It is
//! strict, it can be told to fail in all the ways the field knows ([`Fault`]), and it keeps the ground
//! truth ([`Truth`]), so that a test asserts on what happened and not on what was sent.

mod api;
mod config;
mod control;
mod database;
mod fault;
mod host;
mod http;
mod json;
mod lab;
mod platform;
mod slot;
mod truth;
mod world;

pub use config::{Cloud, LabConfig, Pace, ScriptGeneration, Version};
pub use control::{Details, serve_control};
pub use fault::{Aim, Fault};
pub use lab::{Lab, LabError, LabHost};
pub use truth::{Act, OpenInterval, Overlap, Path, Received, RootVolume, Truth, VmTruth};
