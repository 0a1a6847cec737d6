//! Writes the JavaScript that connects the WASM module to the browser.
//!
//! `wasm-bindgen` is used as a library: pinned by the same `Cargo.lock` as the crate inside the module, it can never
//! disagree with it, and no binary has to be installed.

use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use super::{Module, stamp::Stamp};
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

pub fn build(paths: &Paths, module: Module, compiled: &Path) -> Result<Bindings, Error> {
    let name = module.name();
    let folder = paths.work().join(format!("bindgen-{name}"));
    let bindings =
        Bindings { js: folder.join("app.js"), wasm: folder.join("app_bg.wasm"), snippets: folder.join("snippets") };
    let inputs = [compiled.to_path_buf(), paths.root.join("Cargo.lock")];
    let stamp = Stamp::of(paths, &format!("bindgen-{name}"), &inputs, "1")?;
    if stamp.is_fresh(&[&bindings.js, &bindings.wasm]) {
        note(&format!("bindings, {name}: unchanged"));
        return Ok(bindings);
    }
    step(&format!("write the bindings, {name}"), || generate(compiled, &folder))?;
    stamp.keep()?;
    Ok(bindings)
}

fn generate(compiled: &Path, folder: &Path) -> Result<(), Error> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(crate::paths::failed("empty", folder))?;
    }
    let refused = |why| Error::Bindgen { path: compiled.to_path_buf(), why: format!("{why:#}") };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name("app")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The page says which module to load: its name carries a hash that is not known here.
        .omit_default_module_path(true);
    bindgen.web(true).map_err(refused)?.generate(folder).map_err(refused)
}
