//! Compiles `app` for the browser: once for each module, profile `wasm`, a target directory of its own.

use std::path::PathBuf;

use super::{
    Module,
    stamp::Stamp,
    toolchain::{TARGET, WasmCompiler},
};
use crate::{
    error::Error,
    paths::{Paths, failed},
    process::run,
    progress::{note, step},
};

/// Small before fast; the one profile for tests, demo and deployment, so that it is built once.
const PROFILE: &str = "wasm";

pub fn build(paths: &Paths, module: Module) -> Result<PathBuf, Error> {
    let name = module.name();
    // Cargo gives both the same name.
    let made = paths.wasm_target().join(TARGET).join(PROFILE).join("app.wasm");
    let kept = paths.work().join(format!("{name}.wasm"));
    let compiler = WasmCompiler::find(paths)?;
    let stamp = Stamp::of(paths, &format!("wasm-{name}"), &inputs(paths), &compiler.identity()?)?;
    if stamp.is_fresh(&[&kept]) {
        note(&format!("browser half, {name}: unchanged"));
        return Ok(kept);
    }
    note(&format!("compiled by {}", compiler.describe()));
    let mut command = compiler.cargo_build(paths);
    command
        .args(["--package", "app", "--lib", "--no-default-features", "--features", module.features()])
        .args(["--profile", PROFILE, "--target", TARGET, "--target-dir"])
        .arg(paths.wasm_target());
    step(&format!("compile the browser half, {name} (about 8 minutes the first time)"), || run(&mut command))?;
    std::fs::copy(&made, &kept).map_err(failed("copy", &made))?;
    stamp.keep()?;
    Ok(kept)
}

/// In the browser, `app` sees `model` alone; both manifests of the workspace decide versions and flags.
fn inputs(paths: &Paths) -> Vec<PathBuf> {
    ["app", "server/model", "Cargo.toml", "Cargo.lock", ".cargo"].iter().map(|part| paths.root.join(part)).collect()
}
