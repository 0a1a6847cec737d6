//! Compiles `app` for the browser: `--features hydrate`, profile `wasm`, a target directory of its own.

use std::path::PathBuf;

use super::{
    stamp::Stamp,
    toolchain::{TARGET, WasmCompiler},
};
use crate::{
    error::Error,
    paths::Paths,
    process::run,
    progress::{note, step},
};

/// Small before fast; the one profile for tests, demo and deployment, so that it is built once.
const PROFILE: &str = "wasm";

pub fn build(paths: &Paths) -> Result<PathBuf, Error> {
    let module = paths.wasm_target().join(TARGET).join(PROFILE).join("app.wasm");
    let compiler = WasmCompiler::find(paths)?;
    let stamp = Stamp::of(paths, "wasm", &inputs(paths), &compiler.identity()?)?;
    if stamp.is_fresh(&[&module]) {
        note("browser half: unchanged");
        return Ok(module);
    }
    note(&format!("compiled by {}", compiler.describe()));
    let mut command = compiler.cargo_build(paths);
    command
        .args(["--package", "app", "--lib", "--no-default-features", "--features", "hydrate"])
        .args(["--profile", PROFILE, "--target", TARGET, "--target-dir"])
        .arg(paths.wasm_target());
    step("compile the browser half (about 8 minutes the first time)", || run(&mut command))?;
    stamp.keep()?;
    Ok(module)
}

/// In the browser, `app` sees `model` alone; both manifests of the workspace decide versions and flags.
fn inputs(paths: &Paths) -> Vec<PathBuf> {
    ["app", "server/model", "Cargo.toml", "Cargo.lock", ".cargo"].iter().map(|part| paths.root.join(part)).collect()
}
