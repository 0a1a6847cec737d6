//! Measures, and prints Markdown tables that can be pasted into the README. Everything measured is a release build.

mod engine;

use std::path::Path;
use std::process::Command;

pub use engine::Only;

use crate::{
    build::{self, Profile, site},
    error::Error,
    node,
    paths::{Paths, failed, read},
    process::{cargo, run as run_command},
    progress::{answer, step},
};

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// What the first visit has to load.
    Page,
    /// In Chromium: what comes and how long it takes until a page can be used, from page to page, 5,000 lines a second, a million
    /// lines; and the memory of the server.
    Browser,
    /// What Drydock itself costs with 500 system VMs, and native mode beside the vendor's script.
    Cloudstack,
    /// A snapshot of 4 GB beside curl, and the inventory of 5,000 deployments.
    Cloudify,
    /// Steps, hosts, output and take-over, beside plain ssh, ansible-core and pyinfra.
    Engine,
    /// Discovery, plan and page of a cluster of 100 nodes.
    Ovs,
    /// Being sure of an audit log of 100,000 entries.
    Audit,
    /// History with 10,000 runs and 10 million lines of output.
    History,
}

impl Part {
    const ALL: [Self; 8] = [
        Self::Page,
        Self::Browser,
        Self::Cloudstack,
        Self::Cloudify,
        Self::Engine,
        Self::Ovs,
        Self::Audit,
        Self::History,
    ];
}

/// `only` narrows the part [`Part::Engine`] down, `runs` the part [`Part::History`].
pub fn run(paths: &Paths, part: Option<Part>, only: Option<Only>, runs: Option<u32>) -> Result<(), Error> {
    match (part, only) {
        (Some(part), only) => measure(paths, part, only, runs),
        (None, Some(only)) => measure(paths, Part::Engine, Some(only), None),
        (None, None) => Part::ALL.into_iter().try_for_each(|part| measure(paths, part, None, runs)),
    }
}

fn measure(paths: &Paths, part: Part, only: Option<Only>, runs: Option<u32>) -> Result<(), Error> {
    match part {
        Part::Page => page(paths),
        Part::Browser => browser(paths),
        Part::Cloudstack => cloudstack(paths),
        Part::Cloudify => cloudify(paths),
        Part::Engine => engine::run(paths, only),
        Part::Ovs => open_vstorage(paths),
        Part::Audit => audit(paths),
        Part::History => history(paths, runs),
    }
}

fn cloudstack(paths: &Paths) -> Result<(), Error> {
    let lab = build::binary(paths, "lab", Profile::Release)?;
    let mut command = cargo(paths);
    command
        .args(["run", "--quiet", "--release", "--package", "engine", "--example", "bench_cloudstack", "--"])
        .arg(lab);
    step("measure 500 system VMs and both modes", || run_command(&mut command))
}

fn cloudify(paths: &Paths) -> Result<(), Error> {
    let lab = build::binary(paths, "lab", Profile::Release)?;
    let mut command = cargo(paths);
    command.args(["run", "--quiet", "--release", "--package", "engine", "--example", "bench_cloudify", "--"]).arg(lab);
    step("measure an archive of 4 GB and 5,000 deployments", || run_command(&mut command))
}

fn audit(paths: &Paths) -> Result<(), Error> {
    let mut command = cargo(paths);
    command.args(["run", "--quiet", "--release", "--package", "engine", "--example", "bench_audit"]);
    step("measure an audit log of 100,000 entries", || run_command(&mut command))
}

fn history(paths: &Paths, runs: Option<u32>) -> Result<(), Error> {
    let mut command = cargo(paths);
    command.args(["run", "--quiet", "--release", "--package", "drydock", "--features", "lab"]);
    command.args(["--example", "bench_history", "--"]);
    command.args(runs.map(|runs| runs.to_string()));
    step("measure a history of 10 million lines", || run_command(&mut command))
}

fn open_vstorage(paths: &Paths) -> Result<(), Error> {
    build::browser(paths)?;
    let lab = build::binary(paths, "lab", Profile::Release)?;
    let mut command = cargo(paths);
    command.args(["run", "--quiet", "--release", "--package", "drydock", "--features", "lab"]);
    command.args(["--example", "bench_open_vstorage", "--"]);
    step("measure a cluster of 100 nodes", || run_command(command.arg(lab)))
}

fn browser(paths: &Paths) -> Result<(), Error> {
    node::ensure_packages(paths)?;
    build::browser(paths)?;
    let drydock = build::binary(paths, "drydock", Profile::Release)?;
    let lab = build::binary(paths, "lab", Profile::Release)?;
    let report = paths.work().join("browser-bench.md");
    // Each measurement adds its rows.
    let _ = std::fs::remove_file(&report);
    let mut command = Command::new(paths.e2e().join("node_modules/.bin/playwright"));
    command.args(["test", "--config", "playwright.bench.config.ts"]).current_dir(paths.e2e());
    command.env("DRYDOCK_BINARY", drydock).env("DRYDOCK_LAB_BINARY", lab).env("DRYDOCK_BENCH_REPORT", &report);
    let measured = step("measure the pages in Chromium", || run_command(&mut command));
    answer("| the pages in Chromium (median of 5) | |");
    answer("|---|--:|");
    // What was measured before something failed is told all the same.
    for line in String::from_utf8_lossy(&read(&report).unwrap_or_default()).lines() {
        answer(line);
    }
    measured
}

fn page(paths: &Paths) -> Result<(), Error> {
    // Among them is what makes the browser half smaller.
    node::ensure_packages(paths)?;
    build::browser(paths)?;
    let site = paths.site();
    let site::Manifest { pages, live, css } = site::manifest(&site)?;
    for (what, module) in [("first load of most pages", pages), ("first load of a run or an upload", live)] {
        answer(&format!("| {what} | as built | gzip | brotli |"));
        answer("|---|--:|--:|--:|");
        let mut sums = [0; 3];
        for (what, name) in [("JavaScript", &module.js), ("WASM", &module.wasm), ("CSS", &css)] {
            let sizes = ["", ".gz", ".br"].map(|suffix| size(&site.join(format!("{name}{suffix}"))));
            let [plain, gzip, brotli] = sizes;
            let row = [plain?, gzip?, brotli?];
            line(what, row);
            for (sum, size) in sums.iter_mut().zip(row) {
                *sum += size;
            }
        }
        line("**sum**", sums);
        answer("");
    }
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
