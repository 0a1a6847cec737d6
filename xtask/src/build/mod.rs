//! From source to one binary that serves itself: WASM → bindings → smaller WASM → style sheet → hashed, compressed
//! files → the `drydock` binary that embeds them.
//!
//! Each step remembers the content of what it read and is skipped while that is the same, so a second run takes
//! seconds.

mod bindgen;
pub mod classes;
pub mod css;
mod optimise;
pub mod site;
mod stamp;
pub mod toolchain;
mod wasm;

use std::{path::PathBuf, process::Command};

use crate::{
    error::Error,
    paths::Paths,
    process::{capture, cargo, run as run_command},
    progress::step,
};

/// The browser half is compiled twice, see `app/src/islands`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Module {
    /// What most pages load.
    Pages,
    /// What pages with an island of their own load.
    Live,
}

impl Module {
    pub const ALL: [Self; 2] = [Self::Pages, Self::Live];

    pub fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Live => "live",
        }
    }

    /// Features of the crate `app`.
    pub fn features(self) -> &'static str {
        match self {
            Self::Pages => "hydrate",
            Self::Live => "hydrate,live",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    Release,
}

impl Profile {
    pub fn from_flag(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    /// Where a program of the workspace lies once it is compiled.
    pub fn binary(self, paths: &Paths, name: &str) -> PathBuf {
        let folder = match self {
            Self::Dev => "debug",
            Self::Release => "release",
        };
        paths.target.join(folder).join(name)
    }
}

/// Builds everything; afterwards `drydock` lies in the target directory.
pub fn run(paths: &Paths, profile: Profile) -> Result<(), Error> {
    browser(paths)?;
    let binary = binary(paths, "drydock", profile)?;
    crate::progress::answer(&binary.display().to_string());
    Ok(())
}

/// The browser half: what ends up below `target/site`.
pub fn browser(paths: &Paths) -> Result<(), Error> {
    // First, because it is quick and its mistakes are the ones a person makes.
    let sheet = css::build(paths)?;
    let pages = module(paths, Module::Pages)?;
    let live = module(paths, Module::Live)?;
    site::build(paths, &site::Parts { pages, live, css: sheet })
}

fn module(paths: &Paths, module: Module) -> Result<site::Script, Error> {
    let compiled = wasm::build(paths, module)?;
    let bindings = bindgen::build(paths, module, &compiled)?;
    let wasm = optimise::build(paths, module, &bindings.wasm)?;
    Ok(site::Script { js: bindings.js, wasm, snippets: bindings.snippets })
}

/// One native binary of the workspace.
pub fn binary(paths: &Paths, package: &str, profile: Profile) -> Result<PathBuf, Error> {
    let mut command = cargo(paths);
    command.args(["build", "--package", package, "--bin", package]);
    if profile == Profile::Release {
        command.arg("--release");
        // Only here: `drydock version` should say it, but it would compile the server again after every commit.
        if let Ok(commit) =
            capture(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(&paths.root))
        {
            command.env("DRYDOCK_COMMIT", commit.trim());
        }
    }
    step(&format!("compile {package}"), || run_command(&mut command))?;
    Ok(profile.binary(paths, package))
}
