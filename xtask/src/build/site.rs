//! The folder that the binary embeds: names carry a hash of the content, so that browsers may keep a file for ever;
//! every file lies there plain, as brotli and as gzip, so that the server never compresses.
//!
//! `manifest.json` tells the server the names of this build: `{"pages": {"js": …, "wasm": …}, "live": …, "css": …}`.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Module, stamp::Stamp};
use crate::{
    error::Error,
    paths::{Paths, failed, files_below, read, write},
    progress::{note, step},
};

/// Enough of a SHA-256 that two builds never share a name.
const HASH_LETTERS: usize = 16;

pub struct Parts {
    pub pages: Script,
    pub live: Script,
    pub css: PathBuf,
}

/// A module of the browser half.
pub struct Script {
    pub js: PathBuf,
    pub wasm: PathBuf,
    pub snippets: PathBuf,
}

#[derive(Serialize, Deserialize)]
pub struct Manifest {
    pub pages: Names,
    pub live: Names,
    pub css: String,
}

#[derive(Serialize, Deserialize)]
pub struct Names {
    pub js: String,
    pub wasm: String,
}

impl Manifest {
    /// Every file that it names.
    fn files(&self) -> [&String; 5] {
        let Self { pages, live, css } = self;
        [&pages.js, &pages.wasm, &live.js, &live.wasm, css]
    }
}

pub fn build(paths: &Paths, parts: &Parts) -> Result<(), Error> {
    let site = paths.site();
    let modules = [&parts.pages, &parts.live];
    let scripts = modules.iter().flat_map(|module| [&module.js, &module.wasm, &module.snippets]);
    let inputs: Vec<PathBuf> = scripts.chain([&parts.css]).filter(|path| path.exists()).cloned().collect();
    let stamp = Stamp::of(paths, "site", &inputs, "1")?;
    if stamp.is_fresh(&[&site.join("manifest.json")]) && is_whole(&site) {
        note("site: unchanged");
        return Ok(());
    }
    step("hash and compress the site", || assemble(&site, parts))?;
    stamp.keep()
}

/// Whether everything the manifest names is still there.
fn is_whole(site: &Path) -> bool {
    manifest(site).is_ok_and(|manifest| manifest.files().iter().all(|name| site.join(name).exists()))
}

pub fn manifest(site: &Path) -> Result<Manifest, Error> {
    let path = site.join("manifest.json");
    serde_json::from_slice(&read(&path)?).map_err(|why| Error::Malformed { path, why: why.to_string() })
}

fn assemble(site: &Path, parts: &Parts) -> Result<(), Error> {
    // Files of earlier builds would be embedded too.
    if site.exists() {
        fs::remove_dir_all(site).map_err(failed("empty", site))?;
    }
    let manifest = Manifest {
        pages: script(site, Module::Pages, &parts.pages)?,
        live: script(site, Module::Live, &parts.live)?,
        css: publish(site, "style", "css", &parts.css)?,
    };
    // Last, so that a half-written folder is never taken for a whole one.
    let names = serde_json::to_vec_pretty(&manifest)
        .map_err(|why| Error::Malformed { path: site.join("manifest.json"), why: why.to_string() })?;
    write(&site.join("manifest.json"), &names)
}

fn script(site: &Path, module: Module, script: &Script) -> Result<Names, Error> {
    for snippet in files_below(&script.snippets)? {
        // Their folder already carries a hash, and the JavaScript imports them by that relative path.
        let relative = snippet.strip_prefix(&script.snippets).unwrap_or(&snippet);
        store(&site.join("snippets").join(relative), &read(&snippet)?)?;
    }
    let name = module.name();
    Ok(Names { js: publish(site, name, "js", &script.js)?, wasm: publish(site, name, "wasm", &script.wasm)? })
}

fn publish(site: &Path, stem: &str, extension: &str, file: &Path) -> Result<String, Error> {
    let content = read(file)?;
    let hash = hex::encode(Sha256::digest(&content));
    let name = format!("{stem}-{}.{extension}", &hash[..HASH_LETTERS]);
    store(&site.join(&name), &content)?;
    Ok(name)
}

/// Writes a file and its two compressed forms beside it.
fn store(path: &Path, content: &[u8]) -> Result<(), Error> {
    write(path, content)?;
    write(&with_suffix(path, "br"), &brotli(content).map_err(failed("compress", path))?)?;
    write(&with_suffix(path, "gz"), &gzip(content).map_err(failed("compress", path))?)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn brotli(mut content: &[u8]) -> std::io::Result<Vec<u8>> {
    let parameters = BrotliEncoderParams { quality: 11, size_hint: content.len(), ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut content, &mut packed, &parameters)?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_names_hashed_files_and_each_has_two_compressed_forms() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            write(&path, content.as_bytes()).unwrap();
            path
        };
        let script = |name: &str| Script {
            js: file(&format!("{name}/a.js"), &format!("js of {name}")),
            wasm: file(&format!("{name}/a.wasm"), &format!("wasm of {name}")),
            snippets: folder.path().join(name).join("snippets"),
        };
        let parts = Parts { pages: script("pages"), live: script("live"), css: file("a.css", "css") };
        file("live/snippets/one-0123/inline0.js", "snippet");
        let site = folder.path().join("site");
        write(&site.join("app-of-yesterday.js"), b"old").unwrap();
        assemble(&site, &parts).unwrap();

        let names = manifest(&site).unwrap();
        let hash = hex::encode(Sha256::digest("js of live"));
        assert_eq!(names.live.js, format!("live-{}.js", &hash[..16]));
        for name in names.files().into_iter().chain([&"snippets/one-0123/inline0.js".to_owned()]) {
            for suffix in ["", ".br", ".gz"] {
                assert!(site.join(format!("{name}{suffix}")).exists(), "{name}{suffix}");
            }
        }
        assert!(!site.join("app-of-yesterday.js").exists(), "old files are embedded too");
        assert!(is_whole(&site));
        fs::remove_file(site.join(&names.css)).unwrap();
        assert!(!is_whole(&site));
    }
}
