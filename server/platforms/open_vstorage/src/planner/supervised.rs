//! The cluster's own updater does it, and is watched (dossier 3.2 to 3.4).
//!
//! It is started over SSH on one node and not over the API: there a launch answers "scheduled" at best, and two
//! launches may run on two nodes at once (dossier 2.2). Nothing else is touched.

use std::collections::{BTreeMap, BTreeSet};

use model::id::PackageName;
use model::open_vstorage::{Duty, Generation, OpenVstorageInventory, READY_FLAG};
use model::plan::{LeftOut, Probe, Stage, Step, StepKind, Undo};
use model::procedure::Procedure;

use super::arakoon::{MODEL, clusters, model_stays};
use super::common::{always, generation};
use super::framework::renew_others;
use super::scripts::{
    UPDATER_GONE, UPDATER_READY, UPDATER_READY_PROOF, UPDATER_START, UPDATER_STARTED, UPDATER_WATCH, VERSIONS,
};
use super::steps::{LOOK, Maker, id, in_order, look, observe, one_by_one, shell, stage, step, unit_args};
use super::view::{Place, Seat, View};
use super::words::{impact, listed, unit};
use super::{Made, PlanError, vendor};

pub(crate) fn made(
    view: &View<'_>,
    inventory: &OpenVstorageInventory,
    maker: &Maker<'_>,
    procedure: Procedure,
) -> Result<Made, PlanError> {
    let generation = generation(inventory)?;
    let chosen = view.chosen()?;
    let mut expected = Expected::new(view, inventory, maker, procedure, generation)?;
    let mut stages = vec![maker.prepare(view, |_| true, false)];
    if procedure == Procedure::UpdateStorageDriver {
        stages.push(maker.idle(view));
    }
    stages.push(stage(
        format!("Start the cluster's own updater on {}", chosen.host),
        "steps",
        start(&chosen, maker, generation, procedure),
    ));
    stages.push(stage("The updater works", "steps", vec![watch(&chosen, maker, &expected)]));
    if procedure == Procedure::UpdateFramework {
        // The managers of the disks belong to another component of the later updaters.
        stages.push(renew_others(view, maker, |duty| !matches!(duty, Duty::AsdManager)));
    }
    let mut model_is_old = procedure == Procedure::UpdateStorageDriver;
    if procedure == Procedure::UpdateStorageDriver && generation == Generation::A {
        stages.push(left_behind(view, maker));
        match model_left_behind(view, inventory, maker)? {
            Model::Renewed(renewed) => {
                model_is_old = false;
                stages.push(renewed);
            }
            Model::Stays(why) => expected.left_out.push(why),
        }
    }
    stages.push(after(view, maker, &expected, model_is_old)?);
    let flags = [READY_FLAG, generation.ongoing_flag()];
    let gone = Step {
        attempts: 3,
        ..observe(
            id(&["close", "updater"]),
            format!("No updater is at work on {} any more", chosen.host),
            &chosen,
            look(&chosen, UPDATER_GONE, Vec::new()),
            maker.tuning.updater_deadline,
        )
    };
    // The updater may still be at work when the run is aborted: its flags are its own until it is gone.
    let finally = [vec![gone], maker.close(view, &flags, "flags")].concat();
    Ok(Made { stages: stages.into_iter().flatten().collect(), finally, left_out: expected.left_out })
}

/// What must be installed on each node when the updater has done its work.
struct Expected {
    of: BTreeMap<String, Vec<String>>,
    left_out: Vec<LeftOut>,
}

impl Expected {
    fn new(
        view: &View<'_>,
        inventory: &OpenVstorageInventory,
        maker: &Maker<'_>,
        procedure: Procedure,
        generation: Generation,
    ) -> Result<Self, PlanError> {
        let mut made = Self { of: BTreeMap::new(), left_out: Vec::new() };
        // In the later generations the cluster itself says what belongs to which component: arakoon counts as framework
        // there, and the packages of the disks' manager as ALBA.
        let told = match generation {
            Generation::A => None,
            Generation::B | Generation::C => Some(told(view, inventory, procedure)?),
        };
        for seat in &view.seats {
            let mut words = vec![seat.distribution().word().to_owned(), "no".to_owned()];
            for [name, from, to] in maker.targets.changes(seat, |_| true) {
                let is_told = told.as_ref().is_none_or(|told| told.contains(&(seat.host.to_string(), name.clone())));
                if is_told {
                    words.extend([name, from, to]);
                } else {
                    made.left_out.push(LeftOut {
                        what: format!("{name} on {}", seat.host),
                        why: format!(
                            "the cluster does not count it to what {procedure} updates, so it is not waited for"
                        ),
                    });
                }
            }
            if words.len() > 2 {
                made.of.insert(seat.host.to_string(), words);
            }
        }
        if made.of.is_empty() {
            let words = format!("the cluster's own check has nothing for {procedure}, and all packages are up to date");
            return Err(PlanError::NothingToDo(words));
        }
        Ok(made)
    }

    fn words(&self, seat: &Seat<'_>) -> Vec<String> {
        let nothing = || vec![seat.distribution().word().to_owned(), "no".to_owned()];
        self.of.get(seat.host.as_str()).cloned().unwrap_or_else(nothing)
    }
}

/// Host and package of what the cluster would update with these components.
fn told(
    view: &View<'_>,
    inventory: &OpenVstorageInventory,
    procedure: Procedure,
) -> Result<BTreeSet<(String, String)>, PlanError> {
    let told = inventory.told.value().ok_or_else(|| PlanError::NotSeen {
        what: "what the cluster itself would update".to_owned(),
        reason: inventory.told.reason().unwrap_or_default().to_owned(),
    })?;
    let components = command(Generation::C, procedure);
    let ours = told.iter().filter(|update| components.split(',').any(|component| component == update.component));
    let of = ours.filter_map(|update| {
        let seat = view.seats.iter().find(|seat| seat.ip == update.ip || seat.node.addresses.contains(&update.ip))?;
        Some((seat.host.to_string(), update.name.clone()))
    });
    let mut found: BTreeSet<(String, String)> = of.collect();
    // The umbrella package stands for all that have its version (dossier 4.3).
    for (host, name) in found.clone() {
        let Some(seat) = view.seats.iter().find(|seat| seat.host.as_str() == host) else { continue };
        let Ok(umbrella) = PackageName::new(&name) else { continue };
        let parts = seat.node.packages.keys().filter(|part| part.as_str().starts_with(&format!("{umbrella}-")));
        let same =
            parts.filter(|part| seat.installed(part).is_some() && seat.installed(part) == seat.installed(&umbrella));
        found.extend(same.map(|part| (host.clone(), part.to_string())));
    }
    Ok(found)
}

/// What the command is told to update (dossier 3.2).
pub(crate) const fn command(generation: Generation, procedure: Procedure) -> &'static str {
    match (generation, procedure) {
        (_, Procedure::UpdateFramework) => "framework",
        (Generation::A, _) => "volumedriver",
        (Generation::B | Generation::C, _) => "storagedriver,alba",
    }
}

fn start(chosen: &Seat<'_>, maker: &Maker<'_>, generation: Generation, procedure: Procedure) -> Vec<Step> {
    let host = chosen.host.as_str();
    let what = command(generation, procedure);
    let flags = vec![READY_FLAG.to_owned(), generation.ongoing_flag().to_owned()];
    let ready = step(
        id(&["updater", "ready"]),
        format!("No updater is at work on {host}"),
        chosen,
        shell(chosen, UPDATER_READY, Vec::new()),
        look(chosen, UPDATER_READY_PROOF, flags),
    );
    let (vendor, impact) = match procedure {
        Procedure::UpdateFramework => (
            vendor::BUTTON_FRAMEWORK,
            "The API, the GUI and all scheduled work of Open vStorage stop for about half an hour. Volumes go on.",
        ),
        _ => (vendor::BUTTON_DRIVER, "All vPools: all vDisks offline on all nodes, until the last node is installed."),
    };
    let begin = Step {
        kind: StepKind::Once,
        attempts: 1,
        // Unreleased versions of the command do the work themselves and come back at its end: they must not be cut
        // short.
        deadline: maker.tuning.updater_deadline,
        impact: impact.to_owned(),
        hazard: Some(
            "From here on the updater decides. It cannot be stopped half way without harm: aborting the run leaves it \
             at work, and the run waits for its end."
                .to_owned(),
        ),
        undo: Undo::Impossible,
        vendor: Some(vendor.to_owned()),
        ..step(
            id(&["updater", "start"]),
            format!("Start \u{201c}ovs update {what}\u{201d} on {host}, once"),
            chosen,
            shell(chosen, UPDATER_START, vec![what.to_owned()]),
            look(chosen, UPDATER_STARTED, Vec::new()),
        )
    };
    one_by_one(vec![ready, always(begin)])
}

fn watch(chosen: &Seat<'_>, maker: &Maker<'_>, expected: &Expected) -> Step {
    let title = format!("The updater on {} comes to its end, and says so", chosen.host);
    let proof = Probe::OvsUpdater { node: Box::new(look(chosen, UPDATER_WATCH, expected.words(chosen))) };
    Step {
        hazard: Some(
            "When it fails half way, nodes of two versions may be left, and services stopped. Nothing is started by \
             Drydock then: look at update.log and lib.log in /var/log/ovs on that node first."
                .to_owned(),
        ),
        ..observe(id(&["updater", "watch"]), title, chosen, proof, maker.tuning.updater_deadline)
    }
}

/// This updater installs ALBA and starts only proxies and arakoon clusters anew: disks, maintenance and rebalancer would go
/// on with the old program (dossier 3.3). One disk after the other, so that the backend misses no second one.
fn left_behind(view: &View<'_>, maker: &Maker<'_>) -> Option<Stage> {
    let is_disk = |duty: &Duty| matches!(duty, Duty::Asd { .. });
    let is_service = |duty: &Duty| matches!(duty, Duty::Maintenance { .. } | Duty::Rebalancer { .. });
    if !maker.targets.is_pending(|name| name.starts_with("alba")) && !maker.targets.has_stale(view, is_disk) {
        return None;
    }
    let of = |wanted: &dyn Fn(&Duty) -> bool| -> Vec<Step> {
        let places = view.places(wanted).into_iter().filter(Place::takes_part);
        places.map(|place| anew(maker.start(&place), &place)).collect()
    };
    let steps = one_by_one([of(&is_disk), of(&is_service)].concat());
    stage("Start anew what the updater leaves on the old ALBA", "services", steps)
}

/// The model's cluster after this updater, which starts every other one anew (dossier 3.3).
enum Model {
    Renewed(Option<Stage>),
    Stays(LeftOut),
}

fn model_left_behind(
    view: &View<'_>,
    inventory: &OpenVstorageInventory,
    maker: &Maker<'_>,
) -> Result<Model, PlanError> {
    let is_model = |duty: &Duty| matches!(duty, Duty::Arakoon { cluster } if cluster == MODEL);
    if !maker.targets.is_pending(|name| name == "arakoon") && !maker.targets.has_stale(view, is_model) {
        return Ok(Model::Renewed(None));
    }
    let Some(model) = clusters(inventory)?.iter().find(|cluster| cluster.name == MODEL) else {
        return Ok(Model::Renewed(None));
    };
    Ok(if model.can_roll() { Model::Renewed(maker.renew(view, model)) } else { Model::Stays(model_stays(model)) })
}

fn anew(start: Step, place: &Place<'_>) -> Step {
    let (what, host) = (unit(&place.service.duty), place.seat.host.as_str());
    Step {
        title: format!("Start {what} on {host} anew"),
        impact: impact(&place.service.duty, host),
        undo: Undo::NotNeeded,
        ..start
    }
}

/// Services that are there before and after in every generation; others are renamed or removed by an update (4.2).
fn is_lasting(duty: &Duty) -> bool {
    matches!(
        duty,
        Duty::WatcherFramework
            | Duty::FollowsWatcher
            | Duty::Memcached
            | Duty::Arakoon { .. }
            | Duty::Volumedriver { .. }
            | Duty::Dtl { .. }
            | Duty::Proxy { .. }
            | Duty::Asd { .. }
    )
}

/// Its own word is not believed: every node is looked at.
fn after(
    view: &View<'_>,
    maker: &Maker<'_>,
    expected: &Expected,
    model_is_old: bool,
) -> Result<Option<Stage>, PlanError> {
    let mut steps = Vec::new();
    for seat in &view.seats {
        let host = seat.host.as_str();
        let packages = look(seat, VERSIONS, expected.words(seat));
        let here = view.places(is_lasting).into_iter().filter(|place| place.seat.host == seat.host);
        let running = here.filter(Place::takes_part);
        let services: Vec<Probe> = running
            .map(|place| {
                // No updater of volumes starts the model's cluster anew, although arakoon may be new (3.3).
                let is_left =
                    model_is_old && matches!(&place.service.duty, Duty::Arakoon { cluster } if cluster == MODEL);
                let is_expected = |word: &String| {
                    let name = word.split('=').nth(1).unwrap_or_default();
                    expected.words(seat).iter().any(|expected| expected == name)
                };
                let new = maker.new_args(&place).into_iter().filter(is_expected).filter(|_| !is_left);
                look(seat, super::scripts::RUNNING, unit_args(&place).into_iter().chain(new).collect())
            })
            .collect();
        let names = format!("All packages of {host} are new");
        let watcher = format!("All services of {host} run, with the new programs");
        steps.push(observe(id(&["verify", "packages", host]), names, seat, packages, LOOK));
        let deadline = maker.tuning.service_deadline;
        steps.push(observe(id(&["verify", "services", host]), watcher, seat, Probe::All { of: services }, deadline));
    }
    steps.extend(maker.verify(view, |_| true).into_iter().filter(|step| step.id.as_str().starts_with("verify/files/")));
    let groups = vec![steps, vec![maker.api_ready(&view.chosen()?)]];
    Ok(stage("Look at the result", "checks", in_order(groups)))
}

/// For the summary.
pub(crate) fn summary(generation: Generation, procedure: Procedure, view: &View<'_>) -> Result<String, PlanError> {
    let hosts: Vec<&str> = view.seats.iter().map(|seat| seat.host.as_str()).collect();
    let what = command(generation, procedure);
    Ok(format!(
        "Starts \u{201c}ovs update {what}\u{201d} on {}, watches it, and looks at {} afterwards.",
        view.chosen()?.host,
        listed(&hosts)
    ))
}
