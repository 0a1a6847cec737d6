//! Installs what a machine lacks: as root on Debian or Ubuntu by `apt-get`, otherwise by telling the person what to type.

use std::process::Command;

use crate::{
    error::Error,
    process::{capture, find_program, is_root, run},
    progress::step,
};

/// Installs Debian packages. `what` is what they are for, in the words of the person who will read the refusal.
pub fn packages(what: &str, names: &[&str]) -> Result<(), Error> {
    may_install(what, names)?;
    step(&format!("install {}", names.join(" ")), || {
        if install(names).is_ok() {
            return Ok(());
        }
        // A fresh image has no package lists; a stale one names versions that are gone.
        run(apt().arg("update"))?;
        install(names)
    })
}

/// Like [`packages`], for those that are installed but too old: the package lists of an image are as old as the image.
pub fn newest(what: &str, names: &[&str]) -> Result<(), Error> {
    may_install(what, names)?;
    step(&format!("update {}", names.join(" ")), || {
        run(apt().arg("update"))?;
        install(names)
    })
}

fn may_install(what: &str, names: &[&str]) -> Result<(), Error> {
    if find_program("apt-get").is_some() && is_root() {
        return Ok(());
    }
    let remedy = format!("apt-get update && apt-get install --yes --no-install-recommends {}", names.join(" "));
    Err(Error::Missing { what: what.to_owned(), remedy })
}

fn install(names: &[&str]) -> Result<(), Error> {
    capture(apt().args(["install", "--yes", "--no-install-recommends"]).args(names)).map(drop)
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    // Without this, a package that asks a question waits for an answer for ever.
    command.arg("--quiet=2").env("DEBIAN_FRONTEND", "noninteractive");
    command
}
