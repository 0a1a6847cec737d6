//! Where things lie: the source tree, and everything that is built, below cargo's target directory.
//!
//! Continuous integration keeps the target directory outside the clone (`CARGO_TARGET_DIR`), so nothing here may
//! assume that it is `target/`.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use crate::error::Error;

pub struct Paths {
    pub root: PathBuf,
    pub target: PathBuf,
}

impl Paths {
    pub fn find() -> Result<Self, Error> {
        // Asked anew at every start: with a target directory that several clones share, the path compiled in may be
        // that of another clone.
        let xtask = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&xtask).parent().unwrap_or(Path::new(".")).to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(given) => root.join(given),
            None => root.join("target"),
        };
        fs::create_dir_all(&target).map_err(failed("create", &target))?;
        Ok(Self { root, target })
    }

    /// Cargo's own directory for the browser half: a different compiler must not share one with the native build.
    pub fn wasm_target(&self) -> PathBuf {
        self.target.join("wasm")
    }

    /// What is made on the way to the site, and the stamps that tell whether it has to be made again.
    pub fn work(&self) -> PathBuf {
        self.target.join("site-work")
    }

    /// The finished files, as the binary embeds and serves them.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    pub fn e2e(&self) -> PathBuf {
        self.root.join("e2e")
    }

    /// The environment that tells the server's build where the site is; empty when it lies where it looks by itself.
    pub fn site_environment(&self) -> Option<(&'static str, PathBuf)> {
        (self.target != self.root.join("target")).then(|| ("DRYDOCK_SITE", self.site()))
    }
}

/// Turns an IO error into one that says what was being done to which file.
pub fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::File { doing, path: path.to_path_buf(), source }
}

pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(failed("read", path))
}

pub fn read_text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(failed("read", path))
}

pub fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed("create", folder))?;
    }
    fs::write(path, content).map_err(failed("write", path))
}

/// All files below a folder with their paths in a fixed order; a folder that does not exist has none.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("list", folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed("list", folder))?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if name != "target" && name != "node_modules" && name != ".git" {
                found.extend(files_below(&path)?);
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
