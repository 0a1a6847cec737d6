//! What the package manager said it would do (dossier 5.2, P6; 7.3).

use std::collections::{BTreeMap, BTreeSet};

use model::id::PackageName;
use model::observed::Observed;
use model::open_vstorage::{Component, Distribution, Package, Simulation, VersionOrder};
use model::time::Timestamp;
use remote::Fact;

use super::facts;

/// One for each component that is on the node.
pub(super) fn read(
    facts: &[Fact<'_>],
    distribution: Distribution,
    at: Timestamp,
) -> Result<BTreeMap<Component, Observed<Simulation>>, String> {
    let mut found = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.word == "simulated") {
        let Some(component) = component(fact.field(0)) else { continue };
        let of_it = facts.iter().filter(|line| line.word == "would" && line.field(0) == fact.field(0));
        let lines: Vec<&str> = of_it.map(|line| line.raw(1)).collect();
        let (source, seen) = match distribution {
            Distribution::Apt => ("apt-get -s install", apt(&lines, fact.field(1))),
            Distribution::Yum => ("yum --assumeno update", yum(&lines)),
        };
        let seen = match seen {
            Ok(seen) => Observed::known(seen, source, at),
            Err(reason) => Observed::unknown(reason, source, at),
        };
        found.insert(component, seen);
    }
    Ok(found)
}

fn component(word: &str) -> Option<Component> {
    match word {
        "framework" => Some(Component::Framework),
        "storage_driver" => Some(Component::StorageDriver),
        "alba" => Some(Component::Alba),
        _ => None,
    }
}

/// Packages of ours that are not there yet and would come along.
pub(super) fn add_new(
    simulations: &BTreeMap<Component, Observed<Simulation>>,
    packages: &mut BTreeMap<PackageName, Package>,
) {
    let installs = simulations.values().filter_map(Observed::value).flat_map(|seen| &seen.installs);
    for (name, version) in installs.filter(|(name, _)| Component::of(name.as_str()).is_some()) {
        packages.entry(name.clone()).or_insert_with(|| Package {
            installed: None,
            candidate: Some(version.clone()),
            order: VersionOrder::Incomparable,
        });
    }
}

/// `Inst alba [0.7.3] (0.7.5 Open vStorage:unstable [amd64])`, `Remv openvstorage-core [2.6.1-…]`.
fn apt(lines: &[&str], code: &str) -> Result<Simulation, String> {
    if code != "0" {
        let told = lines.iter().find(|line| line.starts_with("E:")).or(lines.last()).unwrap_or(&"no word");
        return Err(format!("it ended with exit code {code}: {told}"));
    }
    let mut seen = empty();
    for line in lines {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("Inst"), Some(name)) => {
                let version = line.split_once('(').and_then(|(_, rest)| rest.split_whitespace().next()).unwrap_or("");
                seen.installs.insert(facts::package(plain_name(name))?, facts::version(version)?);
            }
            (Some("Remv"), Some(name)) => {
                seen.removes.insert(facts::package(plain_name(name))?);
            }
            _ => {}
        }
    }
    let warning = lines.iter().position(|line| line.contains("packages cannot be authenticated"));
    if let Some(at) = warning {
        // The names stand in indented lines, as many as it takes.
        let named = lines[at + 1..].iter().take_while(|line| line.starts_with(' '));
        seen.unsigned = named
            .flat_map(|line| line.split_whitespace())
            .filter_map(|name| PackageName::new(plain_name(name)).ok())
            .collect();
    }
    Ok(seen)
}

/// `alba:amd64` is `alba`.
fn plain_name(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

/// The table of a transaction: `Updating:`, then rows of name, architecture, version, repository and size; a long name
/// stands on a line of its own.
fn yum(lines: &[&str]) -> Result<Simulation, String> {
    let mut seen = empty();
    let mut removes = None;
    let mut name_before: Option<&str> = None;
    for line in lines {
        let line = line.trim();
        match line {
            "Installing:" | "Updating:" | "Installing for dependencies:" | "Updating for dependencies:" => {
                removes = Some(false);
            }
            "Removing:" | "Removing for dependencies:" => removes = Some(true),
            "Transaction Summary" | "" => {
                removes = None;
                name_before = None;
            }
            _ if line.starts_with("replacing ") => {
                let name = line.split_whitespace().nth(1).unwrap_or("");
                let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
                seen.removes.insert(facts::package(name)?);
            }
            _ => {
                let Some(removes) = removes else { continue };
                let mut words: Vec<&str> = name_before.take().into_iter().chain(line.split_whitespace()).collect();
                if words.len() == 1 {
                    name_before = words.pop();
                    continue;
                }
                let [name, _, version, ..] = words.as_slice() else { continue };
                if removes {
                    seen.removes.insert(facts::package(name)?);
                } else {
                    seen.installs.insert(facts::package(name)?, facts::version(version)?);
                }
            }
        }
    }
    match lines.iter().find(|line| line.starts_with("Error")) {
        Some(error) if seen.installs.is_empty() => Err((*error).to_owned()),
        _ => Ok(seen),
    }
}

fn empty() -> Simulation {
    Simulation { installs: BTreeMap::new(), removes: BTreeSet::new(), unsigned: BTreeSet::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &BTreeSet<PackageName>) -> Vec<&str> {
        set.iter().map(PackageName::as_str).collect()
    }

    #[test]
    fn a_simulation_of_apt_tells_what_comes_and_what_goes() {
        let lines = [
            "The following packages will be upgraded:",
            "  alba arakoon",
            "WARNING: The following packages cannot be authenticated!",
            "  arakoon",
            "Inst arakoon [1.8.9] (1.8.12 Open vStorage:unstable [amd64])",
            "Inst alba:amd64 [0.7.3] (0.7.5 Open vStorage:unstable [amd64])",
            "Remv openvstorage-core [2.6.1-rev.3298.aaaaaaa-1]",
            "Conf arakoon (1.8.12 Open vStorage:unstable [amd64])",
        ];
        let seen = apt(&lines, "0").unwrap();
        let installs: Vec<String> = seen.installs.iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(installs, ["alba 0.7.5", "arakoon 1.8.12"]);
        assert_eq!(names(&seen.removes), ["openvstorage-core"]);
        assert_eq!(names(&seen.unsigned), ["arakoon"]);
        assert!(apt(&["E: Unable to locate package x"], "100").unwrap_err().contains("Unable to locate"));
    }

    #[test]
    fn a_simulation_of_yum_is_read_with_its_broken_lines() {
        let lines = [
            "Dependencies Resolved",
            "================================",
            " Package   Arch   Version    Repository   Size",
            "================================",
            "Updating:",
            " openvstorage-backend-webapps",
            "           x86_64 1.8.1-1    ovs          1 M",
            " openvstorage x86_64 2.8.2-1 ovs 1 k",
            "Removing:",
            " openvstorage-core x86_64 2.8.1-1 @ovs 3 M",
            "",
            "Transaction Summary",
            "Upgrade  2 Packages",
        ];
        let seen = yum(&lines).unwrap();
        let installs: Vec<&str> = seen.installs.keys().map(PackageName::as_str).collect();
        assert_eq!(installs, ["openvstorage", "openvstorage-backend-webapps"]);
        assert_eq!(names(&seen.removes), ["openvstorage-core"]);
    }
}
