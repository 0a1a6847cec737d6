//! The packages of a cluster: names, versions before and after, dependencies (4.3).

use super::config::{OvsGeneration, Role};

/// One package, in its installed and its candidate version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) old: &'static str,
    pub(crate) new: &'static str,
    /// Dependency fields; `=V` stands for the package's own version.
    pub(crate) fields: &'static str,
    pub(crate) part: Part,
}

/// What a package belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Framework,
    /// The ALBA plugin: follows the framework, with versions of its own.
    Plugin,
    Sdm,
    StorageDriver,
    Alba,
    Arakoon,
}

impl Part {
    /// Nodes that have it.
    pub(crate) fn is_on(self, role: Role) -> bool {
        match self {
            Self::Sdm | Self::Alba => true,
            Self::Framework | Self::Plugin | Self::StorageDriver | Self::Arakoon => role != Role::Storage,
        }
    }
}

impl Package {
    /// Refuses to be upgraded while the gate is closed (3.1).
    pub(crate) fn is_gated(&self) -> bool {
        GATED.contains(&self.name)
    }
}

/// (3.1)
pub(crate) const GATED: [&str; 4] =
    ["openvstorage-core", "openvstorage-webapps", "openvstorage-backend-core", "openvstorage-backend-webapps"];

/// Installed in this order, so that what is pre-depended on is there.
pub(crate) fn packages(generation: OvsGeneration) -> Vec<Package> {
    use OvsGeneration::{A, B, C};
    let [framework, plugin, sdm, alba, arakoon, volumedriver] = match generation {
        A => [
            ["2.6.1-rev.3298.aaaaaaa-1", "2.6.1-rev.3402.4d1e2aa-1"],
            ["1.6.1-rev.498.1b2c3d4-1", "1.6.1-rev.512.9f1c2d3-1"],
            ["1.6.3-rev.352.76af109-1", "1.6.3-rev.367.5996435-1"],
            ["0.7.3", "0.7.5"],
            ["1.8.9", "1.8.12"],
            ["3.6.1-0", "3.6.2-0"],
        ],
        B => [
            ["2.9.2-1", "2.9.3-1"],
            ["1.9.2-1", "1.9.3-1"],
            ["1.8.1-1", "1.8.2-1"],
            ["1.5.21", "1.5.22"],
            ["1.9.22", "1.9.25"],
            ["6.16.5-0", "6.16.6-0"],
        ],
        C => [
            ["2.11.3-1", "2.11.4-1"],
            ["1.11.3-1", "1.11.4-1"],
            ["1.10.0-1", "1.10.1-1"],
            ["1.5.22", "1.5.23"],
            ["1.9.22", "1.9.25"],
            ["6.16.5-0", "6.16.6-0"],
        ],
    };
    let package = |name, [old, new]: [&'static str; 2], part, fields| Package { name, old, new, fields, part };
    let [base, server] = volumedriver_packages(generation);
    let mut all = vec![
        package("arakoon", arakoon, Part::Arakoon, ""),
        package("alba", alba, Part::Alba, ""),
        package(base, volumedriver, Part::StorageDriver, ""),
        package(
            server,
            volumedriver,
            Part::StorageDriver,
            if generation == A {
                "Depends: volumedriver-base (=V)"
            } else {
                "Depends: volumedriver-no-dedup-base (=V)\nProvides: volumedriver-server"
            },
        ),
    ];
    let core = match generation {
        A => "Depends: alba, arakoon, volumedriver-server",
        B | C => "Depends: openvstorage-extensions, alba, arakoon (>= 1.9.0), arakoon (<< 1.10), volumedriver-server",
    };
    if generation != A {
        let versions = ["0.4.0-1", "0.4.1-1"];
        all.push(package("openvstorage-extensions", versions, Part::Framework, ""));
    }
    all.extend([
        package("openvstorage-core", framework, Part::Framework, core),
        package("openvstorage-webapps", framework, Part::Framework, "Pre-Depends: openvstorage-core (=V)"),
        package(
            "openvstorage",
            framework,
            Part::Framework,
            "Pre-Depends: openvstorage-core (=V)\nDepends: openvstorage-webapps (=V)",
        ),
        package("openvstorage-backend-core", plugin, Part::Plugin, "Depends: openvstorage-core"),
        package(
            "openvstorage-backend-webapps",
            plugin,
            Part::Plugin,
            "Depends: openvstorage-webapps, openvstorage-backend-core (=V)",
        ),
        package(
            "openvstorage-backend",
            plugin,
            Part::Plugin,
            "Depends: openvstorage-backend-core (=V), openvstorage-backend-webapps (=V)",
        ),
        package("openvstorage-sdm", sdm, Part::Sdm, "Depends: alba"),
    ]);
    all
}

/// The names changed with 2.7 (4.3).
pub(crate) fn volumedriver_packages(generation: OvsGeneration) -> [&'static str; 2] {
    match generation {
        OvsGeneration::A => ["volumedriver-base", "volumedriver-server"],
        OvsGeneration::B | OvsGeneration::C => ["volumedriver-no-dedup-base", "volumedriver-no-dedup-server"],
    }
}

/// Packages a node has, in the order of their installation.
pub(crate) fn packages_of(generation: OvsGeneration, role: Role) -> Vec<Package> {
    packages(generation).into_iter().filter(|package| package.part.is_on(role)).collect()
}

/// What a program prints for a Debian version: both have formats of their own (framework#1929).
pub(crate) fn upstream(version: &str) -> &str {
    version.split('-').next().unwrap_or(version)
}
