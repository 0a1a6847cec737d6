//! Programs from PyPI, each kind in an environment of its own.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    error::Error,
    process::{capture, capture_within, find_program, run},
};

/// The index may be far away.
const INSTALLING: Duration = Duration::from_secs(600);

/// Makes an environment with these packages, in place of what was there.
pub fn environment(folder: &Path, python: &Path, packages: &[&str]) -> Result<(), Error> {
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    capture_within(pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages), INSTALLING).map(drop)
}

/// Whether every package that is wanted in one version only is there in that version.
pub fn is_installed(folder: &Path, packages: &[&str]) -> bool {
    let pip = folder.join("bin/pip");
    let frozen = pip.exists().then(|| capture(Command::new(pip).arg("freeze")).unwrap_or_default());
    let mut exact = packages.iter().filter(|package| package.contains("=="));
    frozen.is_some_and(|frozen| exact.all(|package| frozen.lines().any(|line| line == *package)))
}

/// The first of these that can make environments. The distribution's own come first: everybody can read those, and a
/// host of the lab sees them too.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let own = names.iter().map(|name| Path::new("/usr/bin").join(name)).filter(|path| path.exists());
    let others = names.iter().filter_map(find_program);
    own.chain(others).find(|python| capture(Command::new(python).args(["-c", "import ensurepip, venv"])).is_ok())
}
