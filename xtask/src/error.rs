//! What can go wrong in a build or a test run, worded for the person who has to go on from there.

use std::{io, path::PathBuf, process::ExitStatus};

use crate::build::classes::ClassFault;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {doing} {path}")]
    File { doing: &'static str, path: PathBuf, source: io::Error },

    #[error("cannot start `{command}`")]
    Start { command: String, source: io::Error },

    #[error("`{command}` failed ({status}){output}")]
    Failed { command: String, status: ExitStatus, output: Output },

    #[error("`{command}` did not end within {seconds} s and was stopped")]
    TooSlow { command: String, seconds: u64 },

    #[error("{what} is missing; as root, type:\n    {remedy}")]
    Missing { what: String, remedy: String },

    #[error("the browser half cannot be compiled here: {why}")]
    NoWasmCompiler { why: String },

    #[error("wasm-bindgen refused {path}: {why}")]
    Bindgen { path: PathBuf, why: String },

    #[error("{path} is not valid: {why}")]
    Malformed { path: PathBuf, why: String },

    #[error("{} class name(s) in app/src yield no CSS (style/README.md lists what can be written):{}", .0.len(), list(.0))]
    Classes(Vec<ClassFault>),

    #[error("{what} did not answer: {why}")]
    Silent { what: String, why: String },

    #[error("stopped by Ctrl-C")]
    Interrupted,
}

/// What a failed command had printed, shown beneath the failure.
#[derive(Debug)]
pub struct Output(pub String);

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.trim() {
            "" => Ok(()),
            text => write!(f, ":\n{text}"),
        }
    }
}

fn list(faults: &[ClassFault]) -> String {
    faults.iter().map(|fault| format!("\n    {fault}")).collect()
}
