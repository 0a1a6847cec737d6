//! Tells the compiler where the browser half lies, so that it is embedded; without one the pages work all the same.
//!
//! `cargo xtask build` makes the folder. A plain `cargo check` must work before that, so an empty one is made.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    for variable in ["DRYDOCK_SITE", "CARGO_TARGET_DIR", "DRYDOCK_COMMIT"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    let site = site_folder();
    let manifest = site.join("manifest.json");
    if !manifest.exists() {
        fs::create_dir_all(&site)?;
        fs::write(&manifest, "{}\n")?;
    }
    println!("cargo:rerun-if-changed={}", site.display());
    println!("cargo:rustc-env=DRYDOCK_SITE={}", site.display());
    if let Ok(commit) = env::var("DRYDOCK_COMMIT") {
        println!("cargo:rustc-env=DRYDOCK_COMMIT={commit}");
    }
    Ok(())
}

fn site_folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match (env::var_os("DRYDOCK_SITE"), env::var_os("CARGO_TARGET_DIR")) {
        (Some(site), _) => root.join(site),
        (None, Some(target)) => root.join(target).join("site"),
        (None, None) => root.join("target/site"),
    }
}
