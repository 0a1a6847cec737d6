//! Questions about who uses the volumes.

use model::precheck::{Precheck, Verdict, bad, good};

use super::Look;
use crate::planner::shortened;

/// P10: not blocking, because the run itself waits until nobody does.
pub(super) fn idle(look: &Look<'_>) -> Precheck {
    const TITLE: &str = "Nobody uses the volumes";
    let mut found = look.lines(|node| {
        let guests = node.guests.iter().flatten().map(|guest| format!("guest {guest} runs"));
        let users = node.mounts.iter().filter(|mount| !mount.users.is_empty());
        guests.chain(users.map(|mount| format!("{} is used by {}", mount.path, mount.users.join(", ")))).collect()
    });
    let pools = look.inventory.vpools.value().into_iter().flatten();
    found.extend(pools.flat_map(|pool| {
        pool.in_use.iter().map(|(disk, clients)| format!("{disk} of {} has {clients} clients", pool.name))
    }));
    let resolution = "Stop the virtual machines when the run asks for it; it waits, and looks by itself.";
    match (found.is_empty(), look.inventory.vpools.reason()) {
        (false, _) => bad(Verdict::Warning, TITLE, shortened(found), resolution),
        (true, Some(reason)) => {
            let words = format!("no guest and no open file on any node; what the API says is not known: {reason}");
            bad(Verdict::Unknown, TITLE, words, "The run could not know when it may go on. Cure the API first.")
        }
        (true, None) => good(TITLE, "no guest, no open file, no client of a vDisk"),
    }
}

/// P11: nothing on the nodes or in the API tells it for all releases.
pub(super) fn flushed() -> Precheck {
    bad(
        Verdict::Warning,
        "What was written lies in the backend",
        "this cannot be seen from outside",
        "Take a snapshot of each volume and wait until it is in the backend: what lies only in a write cache is lost \
         if its disk dies while the volumes are offline.",
    )
}

/// volumedriver#394.
pub(super) fn hooks(look: &Look<'_>) -> Precheck {
    look.none(
        "Stopping one volume driver does not kill the others",
        Verdict::Warning,
        "no stop hook of a volume driver kills anything",
        "Their units end with a hook that kills EVERY volume driver of the node when the mount stays busy for about \
         100 s. Make sure that no file below the mounts is open; the run looks, too.",
        |node| {
            let kills = node.services.iter().filter(|(_, service)| service.stop_kills_all);
            kills.map(|(unit, _)| unit.to_string()).collect()
        },
    )
}
