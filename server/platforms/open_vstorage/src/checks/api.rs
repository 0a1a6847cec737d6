//! Questions about the API.

use model::open_vstorage::OpenVstorageInventory;
use model::precheck::{Precheck, Verdict, about, bad, good};
use model::procedure::UpdateMode;

use crate::planner::shortened;

pub(super) fn answers(inventory: &OpenVstorageInventory) -> Precheck {
    const TITLE: &str = "The API answers on every master, and every StorageRouter is heard of";
    about(TITLE, &inventory.storage_routers, |routers| {
        let masters: Vec<String> = routers.iter().filter_map(crate::discovery::rows::silent_master).collect();
        if !masters.is_empty() {
            return bad(
                Verdict::Unknown,
                TITLE,
                shortened(masters),
                "Look at nginx and ovs-webapp-api of that master. If its certificate is not known, compare it and add its \
                 fingerprint to the settings: each master has made its own.",
            );
        }
        let silent: Vec<String> = routers.iter().filter_map(crate::discovery::rows::missed_heartbeats).collect();
        let release = inventory.release.value().map_or("not told", String::as_str);
        match (routers.is_empty(), silent.is_empty()) {
            (true, _) => bad(
                Verdict::Blocking,
                TITLE,
                "the API lists no StorageRouter",
                "This is no cluster, or its model cannot be read: look at the stock page.",
            ),
            (false, true) => good(TITLE, format!("release {release}, {} StorageRouters", routers.len())),
            (false, false) => bad(
                Verdict::Warning,
                TITLE,
                shortened(silent),
                "WARNING and FAILURE come from missing heartbeats of the workers: look at the services of these nodes \
                 first.",
            ),
        }
    })
}

/// Beside what is seen on the nodes, never instead of it.
pub(super) fn told(inventory: &OpenVstorageInventory, mode: UpdateMode) -> Precheck {
    const TITLE: &str = "The cluster's own check for updates works";
    match (inventory.told.value(), mode) {
        (Some(told), _) => {
            let lines = told.iter().map(|update| format!("{} {} on {}", update.name, update.candidate, update.ip));
            let lines: Vec<String> = lines.collect();
            let words = if lines.is_empty() { "it tells of no update".to_owned() } else { shortened(lines) };
            good(TITLE, words)
        }
        (None, UpdateMode::Supervised) => bad(
            Verdict::Unknown,
            TITLE,
            inventory.told.reason().unwrap_or_default(),
            "The cluster's own updater does what this check says. Cure it, or choose step by step.",
        ),
        (None, UpdateMode::StepByStep | UpdateMode::StartStopped | UpdateMode::PutFilesBack) => bad(
            Verdict::Warning,
            TITLE,
            inventory.told.reason().unwrap_or_default(),
            "Step by step does without it: the nodes themselves were asked.",
        ),
    }
}
