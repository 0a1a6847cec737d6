//! Questions about packages.

use std::collections::{BTreeMap, BTreeSet};

use model::id::PackageName;
use model::observed::Observed;
use model::open_vstorage::{ChangedFile, Component, LARGEST_COPY, Node, VersionOrder};
use model::precheck::{Precheck, Verdict, bad, good};
use model::procedure::Procedure;
use model::time::{limit_words, span_words};

use super::{Look, unseen};
use crate::planner::{is_in_scope, may_be_sealed, shortened};

/// P7.
pub(super) fn health(look: &Look<'_>) -> Precheck {
    look.none(
        "No package is half installed",
        Verdict::Blocking,
        "dpkg --audit and rpm tell of none",
        "Finish these first: dpkg --configure -a, or yum-complete-transaction.",
        |node| node.broken_packages.clone(),
    )
}

/// Plans name exact versions, and fetch them before anything stops; old lists only mean that newer ones are not seen.
pub(super) fn lists(look: &Look<'_>) -> Precheck {
    let limit = look.settings.tuning.lists_age;
    let looked = look.inventory.nodes.iter().filter_map(|(name, node)| Some((name, node.at, node.value()?)));
    let old: Vec<String> = looked
        .filter_map(|(name, at, node)| match node.lists_refreshed_at {
            None => Some(format!("{name}: when is not known")),
            Some(then) if at.since(then) > i64::from(limit) * 1000 => {
                Some(format!("{name}: {} ago", span_words(at.since(then))))
            }
            Some(_) => None,
        })
        .collect();
    const TITLE: &str = "The package lists are fresh";
    if old.is_empty() {
        return good(TITLE, format!("refreshed within {}", limit_words(limit)));
    }
    let resolution = "Refresh them (apt-get update, yum makecache), then look again: a newer version may be waiting.";
    bad(Verdict::Warning, TITLE, shortened(old), resolution)
}

/// The versions of a package, with the nodes that have them.
fn by_version<'i>(
    look: &Look<'i>,
    procedure: Procedure,
    of: impl Fn(&'i Node, &'i PackageName) -> Option<&'i str>,
) -> BTreeMap<&'i PackageName, BTreeMap<&'i str, Vec<&'i str>>> {
    let mut found: BTreeMap<&PackageName, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (host, node) in look.nodes() {
        for (name, package) in &node.packages {
            if package.installed.is_none() || !is_in_scope(name, procedure) {
                continue;
            }
            if let Some(version) = of(node, name) {
                found.entry(name).or_default().entry(version).or_default().push(host.as_str());
            }
        }
    }
    found.retain(|_, versions| versions.len() > 1);
    found
}

fn words(found: &BTreeMap<&PackageName, BTreeMap<&str, Vec<&str>>>) -> String {
    let one = |(name, versions): (&&PackageName, &BTreeMap<&str, Vec<&str>>)| {
        let versions: Vec<String> =
            versions.iter().map(|(version, hosts)| format!("{version} on {}", hosts.join(", "))).collect();
        format!("{name}: {}", versions.join("; "))
    };
    shortened(found.iter().map(one).collect())
}

/// P5.
pub(super) fn agree(look: &Look<'_>, procedure: Procedure) -> Precheck {
    const TITLE: &str = "All nodes have the same versions now";
    if look.nodes().next().is_none() {
        return unseen(TITLE);
    }
    let found = by_version(look, procedure, |node, name| node.packages.get(name)?.installed.as_deref());
    if found.is_empty() {
        return good(TITLE, "every package of this procedure has one version");
    }
    let resolution = "An earlier update has stopped half way. This one brings all nodes to one version; read why the \
        earlier one failed first.";
    bad(Verdict::Warning, TITLE, words(&found), resolution)
}

/// P5.
pub(super) fn candidates(look: &Look<'_>, procedure: Procedure, keep: &BTreeSet<PackageName>) -> Precheck {
    const TITLE: &str = "All nodes would get the same, newer versions";
    if look.nodes().next().is_none() {
        return unseen(TITLE);
    }
    let mut found = by_version(look, procedure, |node, name| node.packages.get(name)?.candidate.as_deref());
    found.retain(|name, _| !keep.contains(*name));
    if !found.is_empty() {
        let resolution =
            "Give all nodes the same sources, refresh the lists (apt-get update, yum makecache), then look again.";
        return bad(Verdict::Blocking, TITLE, words(&found), resolution);
    }
    let odd = look.lines(|node| {
        let ours = node.packages.iter().filter(|(name, _)| is_in_scope(name, procedure) && !keep.contains(*name));
        ours.filter_map(|(name, package)| match (&package.installed, &package.candidate, package.order) {
            (Some(from), Some(to), VersionOrder::Older) => Some(format!("{name} would go back from {from} to {to}")),
            (Some(_), None, _) => Some(format!("{name} has no candidate")),
            _ => None,
        })
        .collect()
    });
    if odd.is_empty() {
        return good(TITLE, "one candidate for every package, and none is older than what is installed");
    }
    bad(Verdict::Blocking, TITLE, odd.join("; "), "Correct the package sources of these nodes, or keep these packages.")
}

/// P6.
pub(super) fn removals(look: &Look<'_>, procedure: Procedure) -> Precheck {
    const TITLE: &str = "Installing removes nothing";
    if look.nodes().next().is_none() {
        return unseen(TITLE);
    }
    let simulations = |node: &Node| -> Vec<(String, Observed<model::open_vstorage::Simulation>)> {
        let ours =
            node.simulations.iter().filter(|(component, _)| Component::of_procedure(procedure).contains(component));
        ours.map(|(component, seen)| (component.to_string(), seen.clone())).collect()
    };
    let unknown = look.lines(|node| {
        let seen = simulations(node).into_iter();
        seen.filter_map(|(component, seen)| Some(format!("{component}: {}", seen.reason()?))).collect()
    });
    if !unknown.is_empty() {
        let resolution = "The package manager itself sees no way. Cure what it says, then look again.";
        return bad(Verdict::Unknown, TITLE, unknown.join("; "), resolution);
    }
    let removed = look.lines(|node| {
        let seen = simulations(node).into_iter();
        seen.flat_map(|(_, seen)| seen.value().map(|seen| seen.removes.clone()).unwrap_or_default())
            .map(|name| format!("{name} would be removed"))
            .collect()
    });
    if removed.is_empty() {
        return good(TITLE, "a simulated installation on every node removes no package");
    }
    let resolution = "A dependency cannot be met. Nothing is installed as long as this is so.";
    bad(Verdict::Blocking, TITLE, removed.join("; "), resolution)
}

/// P7: the vendor's last line.
pub(super) fn changed(look: &Look<'_>, procedure: Procedure) -> Precheck {
    look.none(
        "No file of the packages was changed by hand",
        Verdict::Warning,
        "dpkg --verify and rpm -V tell of none",
        "The run copies them first. Configuration files stay as they are; all others are overwritten: put them back \
         afterwards, file by file, or patch them again.",
        |node| {
            let ours = node.changed_files.iter().filter(|file| is_in_scope(&file.package, procedure));
            ours.map(|file| match (file.is_config, &file.sha256) {
                (_, None) => format!("{} is missing", file.path),
                (true, _) => format!("{} (configuration, stays)", file.path),
                (false, _) => file.path.clone(),
            })
            .collect()
        },
    )
}

/// P7: a copy that stays on its node goes with it when the node is installed anew.
pub(super) fn copies(look: &Look<'_>, procedure: Procedure) -> Precheck {
    const TITLE: &str = "Copies of files that were changed by hand leave their nodes";
    if look.nodes().next().is_none() {
        return unseen(TITLE);
    }
    let of = |node: &Node| -> Vec<ChangedFile> {
        let ours = node.changed_files.iter().filter(|file| is_in_scope(&file.package, procedure));
        ours.filter(|file| file.sha256.is_some()).cloned().collect()
    };
    let all = look.lines(|node| of(node).into_iter().map(|file| file.path).collect());
    if all.is_empty() {
        return good(TITLE, "there is nothing to copy");
    }
    if let Some(reason) = &look.inventory.copies_stay {
        let evidence = format!("copies are kept on their nodes only: {reason}. Of {}", all.join("; "));
        let resolution = "Put 32 random bytes into the key file (head -c 32 /dev/urandom), which only Drydock may read and \
            which is the same for all its servers; the setting key_file says where it is. Then look again. Or copy these \
            files away yourself.";
        return bad(Verdict::Warning, TITLE, evidence, resolution);
    }
    let large = look.lines(|node| {
        let large = of(node).into_iter().filter(|file| !may_be_sealed(file));
        large.map(|file| format!("{} ({} bytes)", file.path, file.bytes.unwrap_or_default())).collect()
    });
    if large.is_empty() {
        return good(TITLE, format!("they are sealed in Drydock's own store: {}", all.join("; ")));
    }
    let evidence = format!("Drydock's store refuses what is larger than {LARGEST_COPY} bytes: {}", large.join("; "));
    let resolution = "The run copies these on their nodes only: copy them away yourself if the nodes might be lost.";
    bad(Verdict::Warning, TITLE, evidence, resolution)
}
