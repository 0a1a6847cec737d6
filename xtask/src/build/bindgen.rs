//! Writes the JavaScript that connects the WASM module to the browser.
//!
//! `wasm-bindgen` is used as a library: pinned by the same `Cargo.lock` as the crate inside the module, it can never
//! disagree with it, and no binary has to be installed.

use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use super::stamp::Stamp;
use crate::{
    error::Error,
    paths::Paths,
    progress::{note, step},
};

pub struct Bindings {
    pub js: PathBuf,
    pub wasm: PathBuf,
    /// Scripts that crates bring along; the JavaScript imports them by relative path. May not exist.
    pub snippets: PathBuf,
}

pub fn build(paths: &Paths, module: &Path) -> Result<Bindings, Error> {
    let folder = paths.work().join("bindgen");
    let bindings =
        Bindings { js: folder.join("app.js"), wasm: folder.join("app_bg.wasm"), snippets: folder.join("snippets") };
    let stamp = Stamp::of(paths, "bindgen", &[module.to_path_buf(), paths.root.join("Cargo.lock")], "1")?;
    if stamp.is_fresh(&[&bindings.js, &bindings.wasm]) {
        note("bindings: unchanged");
        return Ok(bindings);
    }
    step("write the bindings", || generate(module, &folder))?;
    stamp.keep()?;
    Ok(bindings)
}

fn generate(module: &Path, folder: &Path) -> Result<(), Error> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(crate::paths::failed("empty", folder))?;
    }
    let refused = |why| Error::Bindgen { path: module.to_path_buf(), why: format!("{why:#}") };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .out_name("app")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The page says which module to load: its name carries a hash that is not known here.
        .omit_default_module_path(true);
    bindgen.web(true).map_err(refused)?.generate(folder).map_err(refused)
}
