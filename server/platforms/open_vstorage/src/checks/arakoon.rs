//! Questions about arakoon.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use model::id::PackageName;
use model::open_vstorage::{OpenVstorageInventory, numbers, plain_version};
use model::precheck::{Precheck, Verdict, about, bad, good};
use model::procedure::Procedure;

use super::Look;
use crate::planner::{is_in_scope, shortened};

/// P8.
pub(super) fn quorum(inventory: &OpenVstorageInventory, model_may_be_down: bool) -> Precheck {
    const TITLE: &str = "Every arakoon cluster has a master, and all its members are up";
    about(TITLE, &inventory.clusters, |clusters| {
        let mut wrong = Vec::new();
        for cluster in clusters.iter().filter(|cluster| !(model_may_be_down && cluster.name == "ovsdb")) {
            if let Err(why) = &cluster.master {
                wrong.push(format!("{} has no master: {why}", cluster.name));
            } else if !cluster.down.is_empty() {
                let down: Vec<&str> = cluster.down.iter().map(String::as_str).collect();
                wrong.push(format!("{}: {} is down", cluster.name, down.join(", ")));
            }
        }
        if wrong.is_empty() {
            return good(TITLE, format!("{} clusters", clusters.len()));
        }
        bad(
            Verdict::Blocking,
            TITLE,
            shortened(wrong),
            "Bring these members up first: with one down already, the next one that is started anew takes the \
             majority.",
        )
    })
}

/// Step 11 of 5.3: the new ALBA must be able to live with the arakoon that will be there.
pub(super) fn needs(look: &Look<'_>, procedure: Procedure, keep: &BTreeSet<PackageName>) -> Precheck {
    const TITLE: &str = "The new packages fit the arakoon that will be there";
    let mut checked = 0;
    let mut wrong = Vec::new();
    let mut unclear = Vec::new();
    for (host, node) in look.nodes() {
        let Some((name, arakoon)) = node.packages.iter().find(|(name, _)| name.as_str() == "arakoon") else { continue };
        let stays = keep.contains(name) || !is_in_scope(name, procedure);
        let future = if stays { &arakoon.installed } else { &arakoon.candidate };
        let Some(future) = future else { continue };
        for (package, needs) in node.arakoon_needs.iter().filter(|(package, _)| is_in_scope(package, procedure)) {
            for need in needs {
                checked += 1;
                match is_met(need, future) {
                    Some(true) => {}
                    Some(false) => wrong.push(format!("{package} on {host} needs {need}, and {future} will be there")),
                    None => unclear.push(format!("{package} on {host} needs {need}, and {future} will be there")),
                }
            }
        }
    }
    match (wrong.is_empty(), unclear.is_empty()) {
        (false, _) => bad(
            Verdict::Blocking,
            TITLE,
            shortened(wrong),
            "Let arakoon be updated along (Update Storage Driver, and do not keep it): a pair that does not fit goes \
             down with the next restart.",
        ),
        (true, false) => bad(Verdict::Warning, TITLE, shortened(unclear), "Compare these yourself: Drydock cannot."),
        (true, true) if checked == 0 => good(TITLE, "no new package says anything about arakoon"),
        (true, true) => good(TITLE, format!("{checked} requirements are met")),
    }
}

/// Whether a clause such as `arakoon (>= 1.9.0)` is met; `None` when it cannot be read.
fn is_met(need: &str, version: &str) -> Option<bool> {
    let inner = need.split_once('(')?.1.split_once(')')?.0.trim();
    let (sign, wanted) = inner.split_once(' ')?;
    let (wanted, version) = (numbers(plain_version(wanted.trim())), numbers(plain_version(version)));
    if wanted.is_empty() || version.is_empty() {
        return None;
    }
    let order = version.cmp(&wanted);
    Some(match sign {
        ">=" => order != Ordering::Less,
        ">>" | ">" => order == Ordering::Greater,
        "<=" => order != Ordering::Greater,
        "<<" | "<" => order == Ordering::Less,
        "=" => order == Ordering::Equal,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_compared_as_numbers() {
        assert_eq!(is_met("arakoon (>= 1.9.0)", "1.10.2-1"), Some(true));
        assert_eq!(is_met("arakoon (<< 1.10)", "1.10.2-1"), Some(false));
        assert_eq!(is_met("arakoon (= 1.9.22)", "1.9.22"), Some(true));
        assert_eq!(is_met("arakoon (~ 1)", "1.9.22"), None);
        assert_eq!(is_met("arakoon", "1.9.22"), None);
    }
}
