//! Measures, and prints Markdown tables that can be pasted into the README.
//!
//! The page is measured here, from the files a browser would load. Everything else is a program of its own, built with
//! `--release`, that prints its table.

use std::path::Path;

use crate::{
    build::{self, site},
    error::Error,
    paths::{Paths, failed},
    process::{cargo, run as run_command},
    progress::{answer, note, step},
};

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// What the first visit has to load.
    Page,
    /// The journal, the fold and the executor.
    Engine,
    /// Inventory and planning of a cloud with 500 system VMs.
    Cloudstack,
}

impl Part {
    const ALL: [Self; 3] = [Self::Page, Self::Engine, Self::Cloudstack];

    /// The package whose binary `bench` measures this part.
    fn package(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Page => None,
            Self::Engine => Some(("engine", "server/engine")),
            Self::Cloudstack => Some(("cloudstack", "server/platforms/cloudstack")),
        }
    }
}

pub fn run(paths: &Paths, part: Option<Part>) -> Result<(), Error> {
    match part {
        Some(part) => measure(paths, part),
        None => Part::ALL.into_iter().try_for_each(|part| match measure(paths, part) {
            Err(Error::NothingToMeasure(what)) => {
                note(&format!("nothing to measure for {what} yet"));
                Ok(())
            }
            result => result,
        }),
    }
}

fn measure(paths: &Paths, part: Part) -> Result<(), Error> {
    let Some((package, folder)) = part.package() else { return page(paths) };
    // Named after the package: two binaries called `bench` would overwrite each other in the target directory.
    let program = format!("{package}-bench");
    if !paths.root.join(folder).join("src/bin").join(&program).with_extension("rs").exists() {
        return Err(Error::NothingToMeasure(package.to_owned()));
    }
    let mut command = cargo(paths);
    command.args(["run", "--quiet", "--release", "--package", package, "--bin", &program]);
    step(&format!("measure {package}"), || run_command(&mut command))
}

fn page(paths: &Paths) -> Result<(), Error> {
    build::browser(paths)?;
    let site = paths.site();
    let names = site::manifest(&site)?;
    answer("| first load | as built | gzip | brotli |");
    answer("|---|--:|--:|--:|");
    let mut sums = [0; 3];
    for (what, name) in [("JavaScript", names.js), ("WASM", names.wasm), ("CSS", names.css)] {
        let sizes = ["", ".gz", ".br"].map(|suffix| size(&site.join(format!("{name}{suffix}"))));
        let [plain, gzip, brotli] = sizes;
        let row = [plain?, gzip?, brotli?];
        line(what, row);
        for (sum, size) in sums.iter_mut().zip(row) {
            *sum += size;
        }
    }
    line("**sum**", sums);
    Ok(())
}

fn line(what: &str, [plain, gzip, brotli]: [u64; 3]) {
    answer(&format!("| {what} | {} | {} | {} |", kilobytes(plain), kilobytes(gzip), kilobytes(brotli)));
}

fn kilobytes(bytes: u64) -> String {
    format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100)
}

fn size(path: &Path) -> Result<u64, Error> {
    Ok(path.metadata().map_err(failed("read", path))?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_thousands_of_bytes() {
        assert_eq!(kilobytes(99_980), "99.9 KB");
        assert_eq!(kilobytes(41), "0.0 KB");
    }
}
