//! The real Cloudify client: the simulated managers are checked by something that was not written here.

use std::path::PathBuf;

use crate::{error::Error, install, paths::Paths, progress::step, python};

/// Its last release, which imports what newer setuptools no longer have.
const PACKAGES: [&str; 2] = ["cloudify==7.0.5", "setuptools<81"];

/// Python 3.13 lacks a module that it imports.
const PYTHONS: [&str; 4] = ["python3.11", "python3.12", "python3.10", "python3.9"];

/// Tells tests where the program is.
pub const VARIABLE: &str = "DRYDOCK_TEST_CFY";

/// Where it is, once it is installed.
pub fn program(paths: &Paths) -> PathBuf {
    folder(paths).join("bin/cfy")
}

/// Installs it, unless it is there already.
pub fn ensure(paths: &Paths) -> Result<(), Error> {
    let folder = folder(paths);
    if python::is_installed(&folder, &PACKAGES) {
        return Ok(());
    }
    let python = match python::find(&PYTHONS) {
        Some(python) => python,
        None => {
            let what = "a Python from 3.9 to 3.12, for the real cfy that checks the simulated managers,";
            install::packages(what, &["python3.11", "python3.11-venv"])?;
            PathBuf::from("/usr/bin/python3.11")
        }
    };
    step("install cfy", || python::environment(&folder, &python, &PACKAGES))
}

fn folder(paths: &Paths) -> PathBuf {
    paths.work().join("cloudify-cli")
}
