//! Node.js and the packages of `e2e/`: browser tests, and the newest `wasm-opt`.

use std::{path::Path, process::Command};

use crate::{
    error::Error,
    install,
    paths::Paths,
    process::{capture, find_program, run},
    progress::step,
};

/// Installs what e2e/package-lock.json names, unless it is there already.
pub fn ensure_packages(paths: &Paths) -> Result<(), Error> {
    if find_program("npm").is_none() {
        install::packages("npm", &["nodejs", "npm"])?;
    }
    let e2e = paths.e2e();
    let wanted = crate::paths::read(&e2e.join("package-lock.json"))?;
    let installed = e2e.join("node_modules/.installed-from");
    if std::fs::read(&installed).is_ok_and(|known| known == wanted) {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&e2e);
    step("npm ci in e2e", || run(&mut command))?;
    crate::paths::write(&installed, &wanted)
}

/// Whether a browser's engine accepts a WASM module. Without Node there is nobody to ask; then it is trusted.
pub fn check_wasm(module: &Path) -> Result<(), Error> {
    if find_program("node").is_none() {
        return Ok(());
    }
    let script = "WebAssembly.compile(require('fs').readFileSync(process.argv[1])).catch(e => { console.error(String(e)); process.exit(1) })";
    capture(Command::new("node").args(["-e", script]).arg(module)).map(drop)
}
