//! The checks that are one command each: formatting, lints, and that the browser half builds.

use super::{Session, Tally, tidy};
use crate::{
    build::{self, Module, toolchain},
    node,
    process::{cargo, run},
    progress::{note, step},
};

/// What needs no compiler.
pub fn source(session: &Session, tally: &mut Tally) {
    let result = step("formatting", || run(cargo(session.paths).args(["fmt", "--all", "--check"])));
    tally.check("formatting", result);
    tidy::run(session.paths, tally);
}

/// The browser build is a check of its own: a class without CSS or a missing `cfg` shows up nowhere else.
pub fn browser_half(session: &Session, tally: &mut Tally) {
    if session.stop.asked() {
        return;
    }
    tally.need("npm ci", node::ensure_packages(session.paths));
    tally.check("browser build", build::browser(session.paths));
}

pub fn lints(session: &Session, tally: &mut Tally) {
    if session.stop.asked() {
        return;
    }
    let native = step("clippy, native", || {
        let mut command = cargo(session.paths);
        // The feature is what only tests and measurements have: they are looked at, too.
        command.args(["clippy", "--workspace", "--all-targets", "--features", "drydock/lab"]);
        run(command.args(["--", "-D", "warnings"]))
    });
    tally.check("clippy, native", native);
    // The workspace run sees `app` only as the server compiles it.
    if !toolchain::target_is_installed() {
        note("clippy for the browser half is not part of the distribution's compiler; there the build alone counts");
        return;
    }
    let browser = step("clippy, browser", || {
        Module::ALL.into_iter().try_for_each(|module| {
            let mut command = cargo(session.paths);
            command.args(["clippy", "--package", "app", "--lib", "--no-default-features"]);
            command.args(["--features", module.features()]);
            command.args(["--target", toolchain::TARGET, "--target-dir"]).arg(session.paths.wasm_target());
            run(command.args(["--", "-D", "warnings"]))
        })
    });
    tally.check("clippy, browser", browser);
}
