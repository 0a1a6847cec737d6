//! What somebody should know before agreeing.

use model::open_vstorage::{Component, Duty, Generation, OpenVstorageInventory};
use model::plan::{Hazard, Weight};
use model::procedure::{OpenVstorageUpdate, Procedure, UpdateMode};

use super::PlanError;
use super::arakoon::{MODEL, clusters, strangers};
use super::common::generation;
use super::framework::target_order;
use super::steps::Maker;
use super::storage::small_clusters;
use super::targets::is_in_scope;
use super::view::View;
use super::words::{listed, shortened};

pub(crate) fn hazards(
    view: &View<'_>,
    inventory: &OpenVstorageInventory,
    update: &OpenVstorageUpdate,
    procedure: Procedure,
    maker: &Maker<'_>,
) -> Result<Vec<Hazard>, PlanError> {
    let generation = generation(inventory)?;
    let mut found = vec![outage(procedure)];
    match update.mode {
        UpdateMode::Supervised => found.push(hazard(
            Weight::Caution,
            "The cluster's own updater goes its own way: it cannot be paused, and aborting the run does not end it. \
             When it fails it may leave nodes of two versions behind; it has no way back.",
        )),
        UpdateMode::StepByStep | UpdateMode::StartStopped | UpdateMode::PutFilesBack => {
            found.extend(by_hand(view, inventory, update, procedure, maker, generation)?)
        }
    }
    found.extend(unsigned(view, maker));
    found.extend(alongside(view, procedure));
    found.extend(overwritten(view, maker));
    let is_supervised = update.mode == UpdateMode::Supervised;
    if procedure == Procedure::UpdateStorageDriver && is_supervised {
        found.push(rough_handling(generation));
    }
    if procedure == Procedure::UpdateStorageDriver {
        found.push(hazard(
            Weight::Note,
            "The virtual machines are stopped and started by you: the run waits until nobody uses a volume, and \
             starts none.",
        ));
        found.extend(killing_hooks(view));
    }
    found.sort_by_key(|hazard| std::cmp::Reverse(hazard.weight));
    Ok(found)
}

fn hazard(weight: Weight, words: impl Into<String>) -> Hazard {
    Hazard { weight, words: words.into() }
}

fn outage(procedure: Procedure) -> Hazard {
    match procedure {
        Procedure::UpdateFramework => hazard(
            Weight::Caution,
            "The API and the GUI of Open vStorage are gone from the first stop to the last start. Volumes go on, but \
             nothing can be created, cloned, moved or snapshot.",
        ),
        _ => hazard(
            Weight::Danger,
            "All vDisks of all vPools are offline on all nodes, from the first stop to the last start.",
        ),
    }
}

/// What a generation's updater does with the volumes' services that nobody would do by hand (dossier 3.4, 3.5).
fn rough_handling(generation: Generation) -> Hazard {
    match generation {
        Generation::A => hazard(
            Weight::Note,
            "In this generation the updater stops all members of arakoon voldrv at once when arakoon is updated, and \
             does not look whether the clusters of the backends are back before it goes on. The last steps of this \
             plan look.",
        ),
        Generation::B | Generation::C => hazard(
            Weight::Note,
            "In this generation the updater starts write logs (DTL) anew while volume drivers run: for a moment no \
             second copy of what is being written is kept.",
        ),
    }
}

fn by_hand(
    view: &View<'_>,
    inventory: &OpenVstorageInventory,
    update: &OpenVstorageUpdate,
    procedure: Procedure,
    maker: &Maker<'_>,
    generation: Generation,
) -> Result<Vec<Hazard>, PlanError> {
    let mut found = vec![hazard(
        Weight::Caution,
        "Packages and migrations have no way back. When a step fails nothing is started by itself: look first, then \
         start what this run has stopped, or make a new plan, which knows what is still stopped.",
    )];
    if procedure == Procedure::UpdateFramework && generation != Generation::A {
        found.push(hazard(
            Weight::Danger,
            format!(
                "The vendor's manual text is of generation A. In generation {generation} the cluster's own updater \
                 also runs migrations of plugins and of the disks' managers, and rewrites units; step by step does \
                 none of that. Supervised is the better choice."
            ),
        ));
    }
    if procedure == Procedure::UpdateFramework {
        let own = target_order(maker);
        if update.order.is_some_and(|chosen| chosen != own) {
            let words =
                "The migrations are run in another order than the target version's own updater has, as was chosen.";
            found.push(hazard(Weight::Danger, words));
        }
        let no_sdm: Vec<String> = maker
            .targets
            .pending
            .iter()
            .filter(|name| name.as_str() == "openvstorage-sdm")
            .map(ToString::to_string)
            .collect();
        if !no_sdm.is_empty() {
            let words =
                "openvstorage-sdm starts the manager of the disks anew on its nodes. The disks themselves go on.";
            found.push(hazard(Weight::Note, words));
        }
        return Ok(found);
    }
    let all = clusters(inventory)?;
    let small: Vec<String> = small_clusters(view, all).into_iter().filter(|name| name != MODEL).collect();
    if !small.is_empty() {
        let words = format!(
            "Arakoon clusters with fewer than 3 members are away as a whole while they are started anew: {}.",
            listed(&small)
        );
        found.push(hazard(Weight::Caution, words));
    }
    for cluster in all.iter().filter(|cluster| !strangers(cluster).is_empty()) {
        let ids = listed(&strangers(cluster));
        let words = format!(
            "Arakoon {} has members that are on no node of this environment ({ids}): they are neither installed nor \
             started anew, and whether they are up is told by the others only.",
            cluster.name
        );
        found.push(hazard(Weight::Danger, words));
    }
    Ok(found)
}

fn unsigned(view: &View<'_>, maker: &Maker<'_>) -> Option<Hazard> {
    let all = view.seats.iter().flat_map(|seat| seat.node.simulations.values()).filter_map(|seen| seen.value());
    let mut names: Vec<String> = all
        .flat_map(|seen| &seen.unsigned)
        .filter(|name| maker.targets.pending.contains(*name))
        .map(ToString::to_string)
        .collect();
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| {
        let words = format!(
            "Nobody has signed {}: whoever can answer for the package source can put anything into them. Approving \
             this plan is approving that.",
            shortened(names)
        );
        hazard(Weight::Danger, words)
    })
}

/// The framework's packages depend on others, which may come along (dossier 4.3, framework#2037).
fn alongside(view: &View<'_>, procedure: Procedure) -> Option<Hazard> {
    let of = view.seats.iter().flat_map(|seat| &seat.node.simulations);
    let ours = of
        .filter(|(component, _)| Component::of_procedure(procedure).contains(component))
        .filter_map(|(_, seen)| seen.value());
    let mut names: Vec<String> = ours
        .flat_map(|seen| &seen.installs)
        .filter(|(name, _)| Component::of(name.as_str()).is_some() && !is_in_scope(name, procedure))
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| {
        let words = format!(
            "Installing also brings {}, which are not of this procedure: their services keep running the old program \
             until they are started anew. Run the other procedure first, or hold these packages.",
            shortened(names)
        );
        hazard(Weight::Danger, words)
    })
}

fn overwritten(view: &View<'_>, maker: &Maker<'_>) -> Option<Hazard> {
    let files = view.seats.iter().flat_map(|seat| {
        let ours = seat
            .node
            .changed_files
            .iter()
            .filter(|file| maker.targets.pending.contains(&file.package) && !file.is_config);
        ours.map(|file| format!("{} on {}", file.path, seat.host))
    });
    let files: Vec<String> = files.collect();
    (!files.is_empty()).then(|| {
        let words = format!(
            "Changes by hand are overwritten without a question: {}. They are copied first; patch them again \
             afterwards.",
            shortened(files)
        );
        hazard(Weight::Caution, words)
    })
}

fn killing_hooks(view: &View<'_>) -> Option<Hazard> {
    let places = view.places(|duty| matches!(duty, Duty::Volumedriver { .. }));
    let mut hosts: Vec<String> =
        places.iter().filter(|place| place.service.stop_kills_all).map(|place| place.seat.host.to_string()).collect();
    hosts.dedup();
    (!hosts.is_empty()).then(|| {
        let words = format!(
            "On {} the stop hook of a volume driver kills every volume driver of the node when its mount stays busy \
             for about 100 s.",
            listed(&hosts)
        );
        hazard(Weight::Caution, words)
    })
}
