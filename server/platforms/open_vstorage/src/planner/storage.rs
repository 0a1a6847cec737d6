//! **Update Storage Driver**, step by step: volume driver and ALBA, and arakoon where it changes (dossier 5.3, 1 to
//! 20b).
//!
//! The framework goes on: its API tells until the end who uses which volume.

use std::collections::BTreeSet;

use model::open_vstorage::{ArakoonCluster, Component, Duty, OpenVstorageInventory};
use model::plan::{LeftOut, Stage, Step};

use super::arakoon::{MODEL, clusters, members, model_stays};
use super::common::generation;
use super::steps::{Maker, in_order, stage};
use super::targets::Targets;
use super::view::{Place, View};
use super::{Made, PlanError, vendor};

/// Which of the parts there is something to do for.
#[derive(Clone, Copy)]
struct Parts {
    driver: bool,
    alba: bool,
    arakoon: bool,
}

impl Parts {
    fn new(view: &View<'_>, targets: &Targets) -> Self {
        let is_arakoon = |name: &str| name == "arakoon";
        Self {
            driver: targets.is_pending(|name| Component::of(name) == Some(Component::StorageDriver))
                || targets.has_stale(view, |duty| matches!(duty, Duty::Volumedriver { .. } | Duty::Dtl { .. })),
            alba: targets.is_pending(|name| Component::of(name) == Some(Component::Alba) && !is_arakoon(name))
                || targets.has_stale(view, |duty| {
                    matches!(
                        duty,
                        Duty::Proxy { .. } | Duty::Asd { .. } | Duty::Maintenance { .. } | Duty::Rebalancer { .. }
                    )
                }),
            arakoon: targets.is_pending(is_arakoon)
                || targets.has_stale(view, |duty| matches!(duty, Duty::Arakoon { cluster } if cluster != MODEL)),
        }
    }
}

pub(crate) fn made(view: &View<'_>, inventory: &OpenVstorageInventory, maker: &Maker<'_>) -> Result<Made, PlanError> {
    let parts = Parts::new(view, maker.targets);
    if !parts.driver && !parts.alba && !parts.arakoon {
        let words = "volume driver, ALBA and arakoon are up to date on all nodes, and all services run them";
        return Err(PlanError::NothingToDo(words.to_owned()));
    }
    let flag = generation(inventory)?.ongoing_flag();
    let mut left_out = Vec::new();
    let mut stages: Vec<Option<Stage>> = vec![
        maker.prepare(view, |_| true, true),
        maker.idle(view),
        maker.open(view, &[flag], "Show the update as under way"),
        stop_volumes(view, maker, parts, &mut left_out),
    ];
    if parts.alba {
        stages.push(stop_backend(view, maker, &mut left_out));
    }
    if parts.alba || parts.arakoon {
        let what = |component| component == Component::Alba;
        stages.push(stage("Install ALBA and arakoon", "nodes", maker.install(view, Component::Alba, what)));
        if parts.alba {
            stages.push(start_disks(view, maker));
        }
        for cluster in in_turn(clusters(inventory)?, parts, &mut left_out) {
            stages.push(maker.renew(view, cluster));
        }
        if parts.alba {
            stages.push(start_maintenance(view, maker));
        }
    }
    if parts.driver {
        let what = |component| component == Component::StorageDriver;
        stages.push(stage("Install the volume driver", "nodes", maker.install(view, Component::StorageDriver, what)));
    }
    stages.push(start_volumes(view, maker, parts));
    let last = vec![maker.verify(view, |_| true), vec![maker.api_ready(&view.chosen()?)]];
    stages.push(stage("Look at the result", "checks", in_order(last)));
    left_out.extend(up_to_date(parts));
    Ok(Made { stages: stages.into_iter().flatten().collect(), finally: maker.close(view, &[flag], "flags"), left_out })
}

fn up_to_date(parts: Parts) -> Vec<LeftOut> {
    let out = |what: &str, why: &str| LeftOut { what: what.to_owned(), why: why.to_owned() };
    let mut found = Vec::new();
    if !parts.driver {
        found.push(out(
            "The installation of the volume driver",
            "it is up to date on all nodes; it is stopped only because what it writes through is updated",
        ));
    }
    if !parts.alba {
        found.push(out("ALBA: disks, maintenance and rebalancer", "they are up to date on all nodes, and stay up"));
    }
    if !parts.arakoon {
        let words =
            "arakoon is up to date on all nodes; only clusters that carry plugins of ALBA are started anew, with it";
        found.push(out("The installation of arakoon", words));
    }
    found
}

/// Of these units, those that are stopped and started; one that was stopped before is named and left as it is.
fn taking_part<'i>(places: Vec<Place<'i>>, left_out: &mut Vec<LeftOut>) -> Vec<Place<'i>> {
    let (part, rest): (Vec<_>, Vec<_>) = places.into_iter().partition(Place::takes_part);
    left_out.extend(rest.iter().map(|place| LeftOut {
        what: format!("{} on {}", place.unit, place.seat.host),
        why: format!("is {} already, and Drydock did not stop it: it is left so", place.service.state),
    }));
    part
}

/// One unit on all nodes, then the next.
fn by_unit<'v, 'i>(places: &'v [Place<'i>]) -> Vec<Vec<&'v Place<'i>>> {
    let mut units: Vec<&str> = places.iter().map(|place| place.unit.as_str()).collect();
    units.sort_by(|a, b| crate::address::natural(a, b));
    units.dedup();
    units.into_iter().map(|unit| places.iter().filter(|place| place.unit.as_str() == unit).collect()).collect()
}

fn stops(maker: &Maker<'_>, places: &[Place<'_>]) -> Vec<Vec<Step>> {
    by_unit(places).into_iter().map(|group| group.into_iter().map(|place| maker.stop(place)).collect()).collect()
}

fn starts(maker: &Maker<'_>, places: &[Place<'_>]) -> Vec<Vec<Step>> {
    by_unit(places).into_iter().map(|group| group.into_iter().map(|place| maker.start(place)).collect()).collect()
}

/// Disks have names of their own on every node: the nodes side by side, on each one disk after the other.
fn together(steps: impl Iterator<Item = Step>) -> Vec<Vec<Step>> {
    vec![steps.collect()]
}

fn drivers(duty: &Duty) -> bool {
    matches!(duty, Duty::Volumedriver { .. })
}

fn logs(duty: &Duty) -> bool {
    matches!(duty, Duty::Dtl { .. })
}

fn proxies(duty: &Duty) -> bool {
    matches!(duty, Duty::Proxy { .. })
}

fn disks(duty: &Duty) -> bool {
    matches!(duty, Duty::Asd { .. })
}

fn watcher(duty: &Duty) -> bool {
    matches!(duty, Duty::WatcherVolumedriver)
}

fn stop_volumes(view: &View<'_>, maker: &Maker<'_>, parts: Parts, left_out: &mut Vec<LeftOut>) -> Option<Stage> {
    // The watcher first: when it cycles it starts stopped volume drivers (5.1).
    let mut groups = stops(maker, &taking_part(view.places(watcher), left_out));
    groups.extend(stops(maker, &taking_part(view.places(drivers), left_out)));
    groups.extend(stops(maker, &taking_part(view.places(logs), left_out)));
    if parts.alba {
        groups.extend(stops(maker, &taking_part(view.places(proxies), left_out)));
    }
    stage("Stop the volumes", "services", in_order(groups))
}

/// Repairs stop before the disks: the vendor's text has it the other way round (5.3, 8 and 9).
fn stop_backend(view: &View<'_>, maker: &Maker<'_>, left_out: &mut Vec<LeftOut>) -> Option<Stage> {
    let mut groups = stops(maker, &taking_part(view.places(maintenance), left_out));
    let asds = taking_part(view.places(disks), left_out);
    groups.extend(together(asds.iter().map(|place| maker.stop(place))));
    stage("Stop the backend", "services", in_order(groups))
}

fn maintenance(duty: &Duty) -> bool {
    matches!(duty, Duty::Maintenance { .. } | Duty::Rebalancer { .. })
}

fn start_disks(view: &View<'_>, maker: &Maker<'_>) -> Option<Stage> {
    let asds: Vec<Place<'_>> = view.places(disks).into_iter().filter(Place::takes_part).collect();
    stage("Start the disks", "disks", asds.iter().map(|place| maker.start(place)).collect())
}

fn start_maintenance(view: &View<'_>, maker: &Maker<'_>) -> Option<Stage> {
    let places: Vec<Place<'_>> = view.places(maintenance).into_iter().filter(Place::takes_part).collect();
    stage("Start maintenance of the backends", "services", in_order(starts(maker, &places)))
}

/// Log and proxies before what writes through them; the watcher last.
fn start_volumes(view: &View<'_>, maker: &Maker<'_>, parts: Parts) -> Option<Stage> {
    let part = |wanted: fn(&Duty) -> bool| -> Vec<Place<'_>> {
        view.places(wanted).into_iter().filter(Place::takes_part).collect()
    };
    let mut groups = starts(maker, &part(logs));
    // Where ALBA stays as it is nobody has stopped them, but under upstart they stop and start with their volume
    // driver.
    let proxies: Vec<Vec<Step>> = starts(maker, &part(proxies));
    let note = |step: Step| match parts.alba {
        true => step,
        false => Step { vendor: Some(vendor::NOT_IN_TEXT.to_owned()), ..step },
    };
    groups.extend(proxies.into_iter().map(|group| group.into_iter().map(note).collect()));
    groups.extend(starts(maker, &part(drivers)));
    let watchers = part(watcher);
    groups.push(watchers.iter().map(|place| maker.start_no_wait(place, &[])).collect());
    stage("Start the volumes", "services", in_order(groups))
}

/// Clusters that have to be started anew: those with plugins of ALBA, and all others when arakoon changes. That of the
/// backends' managers first; the one of the volume drivers last, shortly before they need it.
fn in_turn<'i>(all: &'i [ArakoonCluster], parts: Parts, left_out: &mut Vec<LeftOut>) -> Vec<&'i ArakoonCluster> {
    let rank = |cluster: &ArakoonCluster| match (cluster.backend.is_some(), cluster.name.as_str()) {
        (false, "config" | "cacc") => 0,
        (true, name) if name.ends_with("-abm") => 1,
        (true, _) => 2,
        (false, "voldrv") => 4,
        (false, _) => 3,
    };
    let mut chosen: Vec<&ArakoonCluster> = Vec::new();
    for cluster in all {
        let is_model = cluster.name == MODEL;
        if cluster.backend.is_none() && !parts.arakoon {
            continue;
        }
        if is_model && !cluster.can_roll() {
            left_out.push(model_stays(cluster));
            continue;
        }
        chosen.push(cluster);
    }
    chosen.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name)));
    chosen
}

/// Whether a cluster without enough members to go on takes the volumes with it; told among the hazards.
pub(crate) fn small_clusters(view: &View<'_>, all: &[ArakoonCluster]) -> BTreeSet<String> {
    let is_here = |cluster: &&ArakoonCluster| !members(view, &cluster.name).is_empty();
    all.iter().filter(|cluster| !cluster.can_roll()).filter(is_here).map(|cluster| cluster.name.clone()).collect()
}
