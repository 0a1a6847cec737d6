//! The parts of the test run, and the programs each needs on the machine.

use std::path::Path;

use clap::ValueEnum;

use crate::{
    error::Error,
    install, namespaces,
    process::{find_program, is_root},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Formatting, tidiness and lints; no tests.
    Checks,
    Model,
    Remote,
    Engine,
    /// The long stories too: every pair of releases, both ways.
    Cloudify,
    Cloudstack,
    /// The long stories too: every generation, init system, button and way.
    #[value(name = "open_vstorage")]
    OpenVstorage,
    /// In the browser; the long stories too.
    E2e,
}

/// A program and the Debian package that brings it.
type Tool = (&'static str, &'static str);

const SSH: &[Tool] = &[("sshd", "openssh-server"), ("ssh", "openssh-client")];
const SHELLS: &[Tool] = &[("busybox", "busybox"), ("dash", "dash")];
const LAB: &[Tool] = &[
    ("sudo", "sudo"),
    ("curl", "curl"),
    ("ss", "iproute2"),
    ("ps", "procps"),
    ("unshare", "util-linux"),
    ("setpriv", "util-linux"),
    ("mount", "mount"),
    ("awk", "mawk"),
    ("perl", "perl-base"),
];
const CLUSTER: &[Tool] =
    &[("apt-get", "apt"), ("dpkg-deb", "dpkg"), ("lsof", "lsof"), ("fuser", "psmisc"), ("python3", "python3")];
/// Who has no Drydock checks an evidence pack with it.
const PYTHON: &[Tool] = &[("python3", "python3")];
const STORE: &[Tool] = &[("initdb", "postgresql")];
const BROWSER: &[Tool] = &[("node", "nodejs"), ("npm", "npm")];

impl Part {
    pub const ALL: [Self; 8] = [
        Self::Checks,
        Self::Model,
        Self::Remote,
        Self::Engine,
        Self::Cloudify,
        Self::Cloudstack,
        Self::OpenVstorage,
        Self::E2e,
    ];

    pub fn packages(self) -> Vec<&'static str> {
        match self {
            Self::Model => vec!["model"],
            Self::Remote => vec!["remote"],
            Self::Engine => vec!["engine"],
            Self::Cloudify => vec!["cloudify", "lab"],
            Self::Cloudstack => vec!["cloudstack", "lab"],
            Self::OpenVstorage => vec!["lab", "open_vstorage"],
            Self::Checks | Self::E2e => vec![],
        }
    }

    fn tools(self) -> Vec<Tool> {
        let groups: &[&[Tool]] = match self {
            Self::Checks | Self::Model => &[],
            Self::Remote => &[SSH, SHELLS],
            Self::Engine => &[SSH, SHELLS, LAB, STORE, PYTHON],
            Self::Cloudify | Self::Cloudstack => &[SSH, SHELLS, LAB, STORE],
            Self::OpenVstorage => &[SSH, SHELLS, LAB, CLUSTER, STORE],
            Self::E2e => &[SSH, LAB, BROWSER],
        };
        groups.concat()
    }
}

/// Installs what is missing for these parts, or says what to type.
pub fn ensure_tools(parts: &[Part]) -> Result<(), Error> {
    ensure("what the tests need", parts.iter().flat_map(|part| part.tools()))?;
    if parts.contains(&Part::E2e) { ensure_browser() } else { Ok(()) }
}

/// Chromium without windows needs two thirds of the processor of the one with windows; not every distribution has it.
fn ensure_browser() -> Result<(), Error> {
    const LIGHT: &str = "chromium-headless-shell";
    const WHAT: &str = "what the browser tests need";
    if is_there(LIGHT) {
        return Ok(());
    }
    match install::packages(WHAT, &[LIGHT]) {
        Err(_) if is_there("chromium") => Ok(()),
        Err(_) => install::packages(WHAT, &["chromium"]),
        Ok(()) => Ok(()),
    }
}

/// The same for the simulated platforms alone. The cluster is simulated as root only.
pub fn ensure_lab() -> Result<(), Error> {
    let tools = if is_root() { [SSH, LAB, CLUSTER].concat() } else { [SSH, LAB].concat() };
    ensure("what the simulated platforms need", tools)?;
    namespaces::ensure()
}

fn ensure(what: &str, tools: impl IntoIterator<Item = Tool>) -> Result<(), Error> {
    let mut missing: Vec<&str> = Vec::new();
    for (program, package) in tools {
        if !is_there(program) && !missing.contains(&package) {
            missing.push(package);
        }
    }
    if missing.is_empty() { Ok(()) } else { install::packages(what, &missing) }
}

fn is_there(program: &str) -> bool {
    let aside = ["/usr/sbin", "/sbin"].iter().any(|folder| Path::new(folder).join(program).exists());
    aside || find_program(program).is_some() || super::postgres::program(program).is_some()
}
