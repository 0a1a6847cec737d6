//! Finds a compiler that can make WASM.
//!
//! `wasm32-unknown-unknown` is not part of every toolchain and not every machine can download it. In this order:
//! the installed target; `rustup target add`; the compiler of Debian and Ubuntu with the standard library built from
//! source. The last one was tried with Rust 1.96 and takes about eight minutes once.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    error::Error,
    install,
    paths::{Paths, write},
    process::{capture, capture_within, cargo, find_program},
    progress::note,
};

pub const TARGET: &str = "wasm32-unknown-unknown";

/// A machine without a network must not wait for one.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

/// What Debian and Ubuntu call it.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld"];

const SYSTEM_RUSTC: &str = "/usr/bin/rustc";
const SYSTEM_CARGO: &str = "/usr/bin/cargo";

/// The oldest compiler that takes our dependencies (sqlx 0.9 and edition 2024 let it be 1.94).
const OLDEST_MINOR: u32 = 94;

/// A panic ends the module without formatting its message, which nobody would read there: a seventh less to load.
/// Works only where the standard library is built along, so the other ways go without.
const FLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// Set to `distribution`, this takes the third way at once: to try on one machine what another one will do.
const CHOICE: &str = "DRYDOCK_WASM_COMPILER";

pub enum WasmCompiler {
    /// The toolchain in use has the target.
    Target,
    /// The distribution's compiler, which has to build the standard library itself.
    Distribution,
}

impl WasmCompiler {
    pub fn find(paths: &Paths) -> Result<Self, Error> {
        let distribution_only = std::env::var(CHOICE).is_ok_and(|choice| choice == "distribution");
        if !distribution_only && (target_is_installed() || add_target(paths)) {
            return Ok(Self::Target);
        }
        ensure_distribution()?;
        Ok(Self::Distribution)
    }

    /// Version and flags, because another compiler makes another module.
    pub fn identity(&self) -> Result<String, Error> {
        match self {
            Self::Target => capture(Command::new("rustc").arg("-vV")),
            Self::Distribution => Ok(capture(distribution(Command::new(SYSTEM_RUSTC)).arg("-vV"))? + FLAGS),
        }
    }

    /// `cargo` with what has to follow `build` for this compiler.
    pub fn cargo_build(&self, paths: &Paths) -> Command {
        match self {
            Self::Target => {
                let mut command = cargo(paths);
                command.arg("build");
                command
            }
            Self::Distribution => {
                let mut command = distribution(Command::new(SYSTEM_CARGO));
                command.current_dir(&paths.root);
                command.env("RUSTC", SYSTEM_RUSTC);
                // -Z build-std is asked of a stable compiler, the one Debian builds its browsers with.
                command.env("RUSTC_BOOTSTRAP", "1");
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld");
                command.env("RUSTFLAGS", FLAGS);
                command.args(["build", "-Z", "build-std=std,panic_abort"]);
                command
            }
        }
    }

    pub fn describe(&self) -> &'static str {
        match self {
            Self::Target => "the toolchain's own target",
            Self::Distribution => "the distribution's compiler, standard library from source",
        }
    }
}

/// Takes out of the environment what would lead the distribution's compiler back to rustup's.
fn distribution(mut command: Command) -> Command {
    let misleading =
        ["RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC", "RUSTC_WRAPPER", "CARGO", "LD_LIBRARY_PATH", "CARGO_TARGET_DIR"];
    for name in misleading {
        command.env_remove(name);
    }
    command
}

pub fn target_is_installed() -> bool {
    let folder = capture(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_ok_and(|folder| has_standard_library(Path::new(folder.trim())))
}

fn has_standard_library(folder: &Path) -> bool {
    folder
        .read_dir()
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
}

/// Asks rustup once per toolchain; a refusal is remembered, so that the next build does not wait again.
fn add_target(paths: &Paths) -> bool {
    if find_program("rustup").is_none() {
        return false;
    }
    let Ok(toolchain) = capture(Command::new("rustc").arg("-vV")) else { return false };
    let refused = refusal_note(paths);
    if std::fs::read_to_string(&refused).is_ok_and(|known| known == toolchain) {
        return false;
    }
    note(&format!("rustup target add {TARGET} …"));
    match capture_within(Command::new("rustup").args(["target", "add", TARGET]), RUSTUP_LIMIT) {
        Ok(_) => target_is_installed(),
        Err(_) => {
            note(&format!("rustup cannot fetch it here; remembered in {}", refused.display()));
            let _ = write(&refused, toolchain.as_bytes());
            false
        }
    }
}

fn refusal_note(paths: &Paths) -> PathBuf {
    paths.work().join("rustup-refused")
}

fn ensure_distribution() -> Result<(), Error> {
    if !distribution_is_installed() {
        install::packages("a compiler for the browser half", &PACKAGES)?;
    }
    if !distribution_is_installed() {
        return Err(Error::NoWasmCompiler {
            why: format!(
                "{} are installed, but the standard library's source, {SYSTEM_RUSTC} or wasm-ld is not where it should be",
                PACKAGES.join(", ")
            ),
        });
    }
    if is_new_enough(&distribution_version()?) {
        return Ok(());
    }
    install::newest("a newer compiler for the browser half", &PACKAGES)?;
    let version = distribution_version()?;
    if is_new_enough(&version) {
        return Ok(());
    }
    Err(Error::NoWasmCompiler {
        why: format!("{SYSTEM_RUSTC} is too old ({}); 1.{OLDEST_MINOR} is needed", version.trim()),
    })
}

fn distribution_version() -> Result<String, Error> {
    capture(distribution(Command::new(SYSTEM_RUSTC)).arg("--version"))
}

fn is_new_enough(version: &str) -> bool {
    minor_version(version).is_some_and(|minor| minor >= OLDEST_MINOR)
}

fn distribution_is_installed() -> bool {
    let Ok(root) = capture(distribution(Command::new(SYSTEM_RUSTC)).args(["--print", "sysroot"])) else { return false };
    let source = Path::new(root.trim()).join("lib/rustlib/src/rust/library/std/Cargo.toml");
    source.exists() && Path::new(SYSTEM_CARGO).exists() && find_program("wasm-ld").is_some()
}

/// `rustc 1.96.0 (…)` → 96.
fn minor_version(line: &str) -> Option<u32> {
    line.split_whitespace().nth(1)?.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_version_is_read_from_its_own_words() {
        assert_eq!(minor_version("rustc 1.96.0 (ac68faa20 2026-05-25)"), Some(96));
        assert_eq!(minor_version("rustc 1.63.0"), Some(63));
        assert_eq!(minor_version("no compiler"), None);
        assert!(is_new_enough("rustc 1.94.0 (abc 2026-01-01)"));
        assert!(!is_new_enough("rustc 1.85.0 (4d91de4e4 2025-02-17)"));
    }

    #[test]
    fn a_folder_without_a_standard_library_is_not_an_installed_target() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_standard_library(folder.path()));
        std::fs::write(folder.path().join("libstd-0123.rlib"), "").unwrap();
        assert!(has_standard_library(folder.path()));
    }
}
