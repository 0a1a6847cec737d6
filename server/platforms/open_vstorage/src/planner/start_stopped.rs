//! What a run of Drydock has stopped and not come to start again: it is started in the order in which it is needed.

use std::collections::{BTreeMap, BTreeSet};

use model::id::PackageName;
use model::open_vstorage::{Component, Duty, OpenVstorageInventory};
use model::plan::{Hazard, Stage, Step, Weight};

use super::arakoon::{clusters, members};
use super::steps::{Maker, in_order, stage};
use super::targets::Targets;
use super::view::{Place, View};
use super::{Made, PlanError, words};

/// What every node has now, which must be the same everywhere: code of two versions never runs together (framework#1401).
pub(crate) fn targets(view: &View<'_>) -> Result<Targets, PlanError> {
    let mut versions: BTreeMap<PackageName, String> = BTreeMap::new();
    for seat in &view.seats {
        for (name, package) in &seat.node.packages {
            let Some(installed) = &package.installed else { continue };
            if Component::of(name.as_str()).is_none() {
                continue;
            }
            match versions.get(name) {
                Some(other) if other != installed => {
                    let package = name.to_string();
                    return Err(PlanError::MixedVersions { package, host: seat.host.to_string() });
                }
                Some(_) => {}
                None => {
                    versions.insert(name.clone(), installed.clone());
                }
            }
        }
    }
    Ok(Targets { versions, pending: BTreeSet::new() })
}

pub(crate) fn made(view: &View<'_>, inventory: &OpenVstorageInventory, maker: &Maker<'_>) -> Result<Made, PlanError> {
    if stopped(view, |_| true).is_empty() {
        let words = "no service of these nodes is down because a run of Drydock has stopped it";
        return Err(PlanError::NothingToDo(words.to_owned()));
    }
    let is_watcher = |duty: &Duty| matches!(duty, Duty::WatcherFramework);
    let mut stages: Vec<Option<Stage>> = vec![arakoon(view, inventory, maker)?];
    stages.push(in_turn(
        view,
        maker,
        "Start memcached and the disks",
        &[
            |duty| matches!(duty, Duty::Memcached),
            |duty| matches!(duty, Duty::AsdManager),
            |duty| matches!(duty, Duty::Asd { .. }),
        ],
    ));
    stages.push(in_turn(
        view,
        maker,
        "Start the volumes",
        &[
            |duty| matches!(duty, Duty::Dtl { .. }),
            |duty| matches!(duty, Duty::Proxy { .. }),
            |duty| matches!(duty, Duty::Volumedriver { .. }),
        ],
    ));
    stages.push(in_turn(
        view,
        maker,
        "Start maintenance of the backends",
        &[|duty| matches!(duty, Duty::Maintenance { .. } | Duty::Rebalancer { .. })],
    ));
    stages.push(in_turn(
        view,
        maker,
        "Start the watchers",
        &[|duty| matches!(duty, Duty::WatcherConfig), |duty| matches!(duty, Duty::WatcherVolumedriver)],
    ));
    stages.push(super::framework::start_watchers(maker, stopped(view, is_watcher), view));
    stages.push(in_turn(
        view,
        maker,
        "Start the rest",
        &[|duty| matches!(duty, Duty::SupportAgent | Duty::FollowsWatcher | Duty::Other)],
    ));
    let last = if stopped(view, is_watcher).is_empty() { Vec::new() } else { vec![maker.api_ready(&view.chosen()?)] };
    stages.push(stage("Look at the result", "checks", last));
    Ok(Made { stages: stages.into_iter().flatten().collect(), finally: Vec::new(), left_out: Vec::new() })
}

/// In one sentence.
pub(crate) fn summary(view: &View<'_>) -> String {
    let all = stopped(view, |_| true);
    let nodes: BTreeSet<_> = all.iter().map(|place| place.seat.host).collect();
    format!(
        "Starts {} on {} that a run of Drydock has stopped and not started again. Installs nothing.",
        words::count(all.len(), "service"),
        words::count(nodes.len(), "node")
    )
}

pub(crate) fn hazards(view: &View<'_>) -> Vec<Hazard> {
    let framework = |duty: &Duty| matches!(duty, Duty::WatcherFramework | Duty::Memcached);
    if stopped(view, framework).is_empty() {
        return Vec::new();
    }
    let words = "If packages of the framework were installed and their migrations have not all run, the framework must not be \
                 started: look at the run that failed, and run Update Framework step by step again instead.";
    vec![Hazard { weight: Weight::Danger, words: words.to_owned() }]
}

fn stopped<'i>(view: &View<'i>, wanted: impl Fn(&Duty) -> bool) -> Vec<Place<'i>> {
    view.places(wanted).into_iter().filter(|place| place.service.stopped_by_drydock).collect()
}

/// Cluster by cluster; each has a master before anything that needs it is started.
fn arakoon(view: &View<'_>, inventory: &OpenVstorageInventory, maker: &Maker<'_>) -> Result<Option<Stage>, PlanError> {
    let down = stopped(view, |duty| matches!(duty, Duty::Arakoon { .. }));
    if down.is_empty() {
        return Ok(None);
    }
    let mut groups: Vec<Vec<Step>> = vec![down.iter().map(|place| maker.start(place)).collect()];
    let mut looks = Vec::new();
    for cluster in clusters(inventory)? {
        let is_of = |place: &&Place<'_>| matches!(&place.service.duty, Duty::Arakoon { cluster: name } if *name == cluster.name);
        if down.iter().any(|place| is_of(&place)) {
            let places = members(view, &cluster.name);
            looks.extend(maker.has_master(&format!("verify/{}/master", cluster.name), &places, cluster));
        }
    }
    groups.push(looks);
    Ok(stage("Start arakoon", "members", in_order(groups)))
}

/// One kind after the other, on all nodes side by side.
fn in_turn(view: &View<'_>, maker: &Maker<'_>, title: &str, kinds: &[fn(&Duty) -> bool]) -> Option<Stage> {
    let start = |place: &Place<'_>| match place.service.duty {
        Duty::WatcherConfig | Duty::WatcherVolumedriver => maker.start_no_wait(place, &[]),
        _ => maker.start(place),
    };
    let groups = kinds.iter().map(|wanted| stopped(view, wanted).iter().map(start).collect()).collect();
    stage(title, "services", in_order(groups))
}
