//! Takes out of the WASM module what nobody needs with `wasm-opt`, where there is one.
//!
//! Lightly: what travels is compressed, and brotli finds less to repeat in a module that was squeezed by all means
//! (`-Oz` makes the file a tenth smaller and what is sent a tenth larger).
//!
//! The one of the npm package `binaryen` (in e2e/) is taken first. Debian's is from 2022 and does not know every
//! instruction; so whatever came out must compile in Node, or the module is served as it was.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Module, stamp::Stamp};
use crate::{
    error::Error,
    node,
    paths::{Paths, failed},
    process::{capture, find_program},
    progress::{note, step},
};

/// See the module. What every caller passes the same is no parameter any more: 1 % of what is sent.
const PASSES: [&str; 3] = ["--duplicate-function-elimination", "--dae-optimizing", "-O1"];

/// What every browser of the last three years has, and rustc may emit.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-producers",
];

pub fn build(paths: &Paths, module: Module, bound: &Path) -> Result<PathBuf, Error> {
    let name = module.name();
    let smaller = paths.work().join(format!("{name}_opt.wasm"));
    let Some(tool) = find_tool(paths) else {
        note("wasm-opt is not here: the page will load a little more (to have it: npm ci --prefix e2e)");
        return Ok(bound.to_path_buf());
    };
    let salt = format!("{} {PASSES:?}", tool.display());
    let stamp = Stamp::of(paths, &format!("optimise-{name}"), &[bound.to_path_buf()], &salt)?;
    if stamp.is_fresh(&[&smaller]) {
        note(&format!("smaller browser half, {name}: unchanged"));
        return Ok(smaller);
    }
    match step(&format!("make the browser half smaller, {name}"), || optimise(&tool, bound, &smaller)) {
        Ok(()) => {
            stamp.keep()?;
            note(&format!("{} → {} bytes", size(bound)?, size(&smaller)?));
            Ok(smaller)
        }
        Err(error) => {
            note(&format!("served as it was: {error}"));
            Ok(bound.to_path_buf())
        }
    }
}

fn find_tool(paths: &Paths) -> Option<PathBuf> {
    let ours = paths.e2e().join("node_modules/.bin/wasm-opt");
    if ours.exists() { Some(ours) } else { find_program("wasm-opt") }
}

fn optimise(tool: &Path, bound: &Path, smaller: &Path) -> Result<(), Error> {
    capture(Command::new(tool).args(PASSES).args(FEATURES).arg(bound).arg("-o").arg(smaller))?;
    node::check_wasm(smaller)
}

fn size(path: &Path) -> Result<u64, Error> {
    Ok(fs::metadata(path).map_err(failed("read", path))?.len())
}
