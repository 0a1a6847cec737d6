//! **Update Framework**, step by step (dossier 5.3, 2 to 4 and 21 to 31).
//!
//! Every node is new before any service starts, because code and model must be the same everywhere; and after a failure
//! nothing is started by itself (framework#1401).

use model::open_vstorage::{Component, Duty, Mark, MigrationOrder, OpenVstorageInventory, Service, UnitState};
use model::plan::{LeftOut, Stage, Step, StepKind, Undo};

use super::arakoon::{MODEL, clusters, members};
use super::common::{always, flags, generation};
use super::scripts::{MIGRATE_EXTENSIONS, MIGRATE_MODEL, MIGRATED};
use super::steps::{Maker, id, in_order, look, observe, one_by_one, shell, stage, step};
use super::view::{Place, Seat, View};
use super::{Made, PlanError, vendor};

pub(crate) fn made(
    view: &View<'_>,
    inventory: &OpenVstorageInventory,
    maker: &Maker<'_>,
    order: Option<MigrationOrder>,
) -> Result<Made, PlanError> {
    let is_model = |duty: &Duty| matches!(duty, Duty::Arakoon { cluster } if cluster == MODEL);
    let is_old = view.places(is_model).iter().any(runs_old_arakoon);
    if maker.targets.pending.is_empty() && !is_old && !was_left_down(view) && !has_migrations(inventory) {
        return restarts_alone(view, maker);
    }
    let flags = flags(generation(inventory)?);
    let mut left_out = Vec::new();
    let order = order.unwrap_or_else(|| target_order(maker));
    let stages = vec![
        maker.prepare(view, |_| true, true),
        maker.open(view, &flags, "Open the gate of the packages"),
        stop(view, maker),
        stage("Install the framework on every node", "nodes", maker.install(view, Component::Framework, |_| true)),
        stage("Close the gate of the packages", "nodes", maker.close(view, &flags[..1], "gate")),
        start_model(view, inventory, maker)?,
        Some(migrate(view, maker, order)?),
        restart_memcached(view, maker),
        start_watchers(maker, watchers(view), view),
        stage("Renew the support agent", "nodes", support_agents(view, maker, &mut left_out)),
        renew_others(view, maker, |_| true),
        stage("Look at the result", "checks", last_looks(view, maker)?),
    ];
    Ok(Made { stages: stages.into_iter().flatten().collect(), finally: maker.close(view, &flags, "flags"), left_out })
}

/// All packages are new, and what still runs the old ones can be started anew while the framework goes on.
fn restarts_alone(view: &View<'_>, maker: &Maker<'_>) -> Result<Made, PlanError> {
    let Some(renew) = renew_others(view, maker, |_| true) else {
        return Err(PlanError::NothingToDo("the packages of the framework are up to date on all nodes".to_owned()));
    };
    let prepare = maker.prepare(view, |_| true, false);
    let look = stage("Look at the result", "checks", last_looks(view, maker)?);
    Ok(Made { stages: prepare.into_iter().chain([renew]).chain(look).collect(), finally: vec![], left_out: vec![] })
}

/// Watchers and managers that say that they run a package which is new, and that nobody else starts anew: no updater of
/// the vendor's does, so that they would go on with the old program until the node is restarted (dossier 3.4, 13).
pub(crate) fn renew_others(view: &View<'_>, maker: &Maker<'_>, wanted: impl Fn(&Duty) -> bool) -> Option<Stage> {
    let is_other = |duty: &Duty| {
        matches!(duty, Duty::WatcherVolumedriver | Duty::WatcherConfig | Duty::AsdManager) && wanted(duty)
    };
    let runs_new = |service: &Service| {
        let is_pending = service.running.keys().any(|name| maker.targets.pending.contains(name));
        service.state == UnitState::Running && (is_pending || maker.targets.is_stale(service))
    };
    let places = view.places(is_other).into_iter().filter(|place| runs_new(place.service));
    let again = |place: Place<'_>| Step {
        title: format!("Start {} on {} anew", place.unit, place.seat.host),
        impact: match place.service.duty {
            Duty::WatcherVolumedriver => {
                "Volumes go on; a volume driver that is stopped may be started by it.".to_owned()
            }
            Duty::AsdManager => "Disks go on; a disk that is stopped may be started by it.".to_owned(),
            _ => "Nothing else is touched.".to_owned(),
        },
        undo: Undo::NotNeeded,
        ..maker.start(&place)
    };
    stage("Renew what else runs the old framework", "services", one_by_one(places.map(again).collect()))
}

/// An earlier run has stopped the framework and has not come to start it again.
fn was_left_down(view: &View<'_>) -> bool {
    let is_core = |duty: &Duty| match duty {
        Duty::WatcherFramework | Duty::Memcached => true,
        Duty::Arakoon { cluster } => cluster == MODEL,
        _ => false,
    };
    view.places(is_core).iter().any(|place| place.service.stopped_by_drydock)
}

/// The cluster itself says that the packages are new and their migrations have not run (1.2).
fn has_migrations(inventory: &OpenVstorageInventory) -> bool {
    inventory.told.value().into_iter().flatten().any(|update| update.mark == Some(Mark::Migrations))
}

/// Installed with an earlier Update Storage Driver, which could not start this cluster anew.
fn runs_old_arakoon(place: &Place<'_>) -> bool {
    let arakoon = place.seat.node.packages.iter().find(|(name, _)| name.as_str() == "arakoon");
    arakoon.is_some_and(|(name, package)| {
        package.installed.as_ref().is_some_and(|installed| place.service.runs_other(name, installed).is_some())
    })
}

/// The order of the version that is installed, not of the one that was (5.4).
pub(crate) fn target_order(maker: &Maker<'_>) -> MigrationOrder {
    let version = |name: &str| maker.targets.versions.iter().find(|(package, _)| package.as_str() == name);
    let target = version("openvstorage-core").or_else(|| version("openvstorage"));
    target.map_or(MigrationOrder::ExtensionsFirst, |(_, version)| MigrationOrder::of(version))
}

fn watchers<'i>(view: &View<'i>) -> Vec<Place<'i>> {
    view.places(|duty| matches!(duty, Duty::WatcherFramework))
}

fn memcacheds<'i>(view: &View<'i>) -> Vec<Place<'i>> {
    let masters: Vec<_> = view.masters().map(|seat| seat.host).collect();
    let all = view.places(|duty| matches!(duty, Duty::Memcached));
    all.into_iter().filter(|place| masters.contains(&place.seat.host)).collect()
}

/// The watchers on all nodes, then memcached, then the model: in any other order the watchers start and end in a loop.
fn stop(view: &View<'_>, maker: &Maker<'_>) -> Option<Stage> {
    let stops = |places: Vec<Place<'_>>| places.iter().map(|place| maker.stop(place)).collect::<Vec<_>>();
    let groups = vec![stops(watchers(view)), stops(memcacheds(view)), stops(members(view, MODEL))];
    stage("Stop the framework", "services", in_order(groups))
}

fn start_model(
    view: &View<'_>,
    inventory: &OpenVstorageInventory,
    maker: &Maker<'_>,
) -> Result<Option<Stage>, PlanError> {
    let places = members(view, MODEL);
    let starts = |places: &[Place<'_>]| places.iter().map(|place| maker.start(place)).collect::<Vec<_>>();
    let cluster = clusters(inventory)?.iter().find(|cluster| cluster.name == MODEL);
    let master = cluster.and_then(|cluster| maker.has_master("verify/ovsdb/master", &places, cluster));
    let groups = vec![starts(&places), master.into_iter().collect(), starts(&memcacheds(view))];
    Ok(stage("Start the model", "services", in_order(groups)))
}

fn migrate(view: &View<'_>, maker: &Maker<'_>, order: MigrationOrder) -> Result<Stage, PlanError> {
    let addresses = |seats: &mut dyn Iterator<Item = Seat<'_>>| -> String {
        seats.map(|seat| seat.ip.to_owned()).collect::<Vec<_>>().join(",")
    };
    let args = vec![addresses(&mut view.masters()), addresses(&mut view.extras())];
    let extensions: Vec<Step> = view.routers().map(|seat| extension_step(&seat, maker, args.clone())).collect();
    let model = model_step(&view.chosen()?, maker);
    let steps = match order {
        MigrationOrder::ModelFirst => [vec![model], extensions].concat(),
        MigrationOrder::ExtensionsFirst => [extensions, vec![model]].concat(),
    };
    let title = match order {
        MigrationOrder::ModelFirst => "Migrate: the data model first, then every node",
        MigrationOrder::ExtensionsFirst => "Migrate: every node first, then the data model",
    };
    // Never two at once (5.3, 27).
    Ok(Stage {
        title: title.to_owned(),
        limit: 1,
        unit: "migrations".to_owned(),
        steps: one_by_one(steps),
        rolling: None,
    })
}

fn extension_step(seat: &Seat<'_>, maker: &Maker<'_>, args: Vec<String>) -> Step {
    let host = seat.host.as_str();
    let base = step(
        id(&["migrate", "extensions", host]),
        format!("Migrate the configuration of {host}"),
        seat,
        shell(seat, MIGRATE_EXTENSIONS, args),
        look(seat, MIGRATED, vec!["extensions".to_owned()]),
    );
    Step { vendor: Some(vendor::MIGRATE_EXTENSIONS.to_owned()), ..migration(base, maker) }
}

fn model_step(seat: &Seat<'_>, maker: &Maker<'_>) -> Step {
    let host = seat.host.as_str();
    let base = step(
        id(&["migrate", "model", host]),
        format!("Migrate the data model of the cluster, on {host} alone"),
        seat,
        shell(seat, MIGRATE_MODEL, Vec::new()),
        look(seat, MIGRATED, vec!["model".to_owned()]),
    );
    Step { vendor: Some(vendor::MIGRATE_MODEL.to_owned()), ..migration(base, maker) }
}

/// Once: the vendor calls a repeat safe only after a success, and half a migration is for people to look at (5.4).
fn migration(step: Step, maker: &Maker<'_>) -> Step {
    always(Step {
        kind: StepKind::Once,
        attempts: 1,
        deadline: maker.tuning.migration_deadline,
        hazard: Some(
            "If it fails: stop here, start no service of the framework, and look into /var/log/ovs. It cannot be \
             undone."
                .to_owned(),
        ),
        undo: Undo::Impossible,
        ..step
    })
}

/// Stopped everywhere before the first is started: none may hand on what was before the migration.
fn restart_memcached(view: &View<'_>, maker: &Maker<'_>) -> Option<Stage> {
    let places = memcacheds(view);
    let again = |step: Step, key: &str, place: &Place<'_>| Step {
        id: id(&[key, place.unit.as_str(), place.seat.host.as_str()]),
        vendor: Some(vendor::RESTART_MEMCACHED.to_owned()),
        ..step
    };
    let stop = places.iter().map(|place| Step {
        undo: Undo::ByStep(id(&["renew-start", place.unit.as_str(), place.seat.host.as_str()])),
        ..again(maker.stop(place), "renew-stop", place)
    });
    let start = places.iter().map(|place| again(maker.start(place), "renew-start", place));
    stage("Empty the caches", "services", in_order(vec![stop.collect(), start.collect()]))
}

/// These watchers, those of the masters first, and whatever they bring.
pub(crate) fn start_watchers(maker: &Maker<'_>, places: Vec<Place<'_>>, view: &View<'_>) -> Option<Stage> {
    let masters: Vec<_> = view.masters().map(|seat| seat.host).collect();
    let start = |place: &Place<'_>| maker.start_no_wait(place, &followers(place));
    let (first, rest): (Vec<Place<'_>>, Vec<Place<'_>>) =
        places.into_iter().partition(|place| masters.contains(&place.seat.host));
    let groups = vec![first.iter().map(start).collect(), rest.iter().map(start).collect()];
    stage("Start the framework", "services", in_order(groups))
}

/// What starts with the watcher of the same node, and has to be looked at by itself (framework#1028, #1896).
fn followers(place: &Place<'_>) -> Vec<String> {
    let is_follower = |service: &Service| matches!(service.duty, Duty::FollowsWatcher) && service.enabled;
    let all = place.seat.node.services.iter().filter(|(_, service)| is_follower(service));
    all.map(|(unit, _)| unit.to_string()).collect()
}

fn support_agents(view: &View<'_>, maker: &Maker<'_>, left_out: &mut Vec<LeftOut>) -> Vec<Step> {
    let all = view.places(|duty| matches!(duty, Duty::SupportAgent));
    let (on, off): (Vec<_>, Vec<_>) = all.into_iter().partition(|place| place.service.state == UnitState::Running);
    left_out.extend(off.iter().map(|place| LeftOut {
        what: format!("{} on {}", place.unit, place.seat.host),
        why: "does not run: it stays off".to_owned(),
    }));
    let again = |place: &Place<'_>| Step {
        title: format!("Start the support agent on {} anew", place.seat.host),
        undo: Undo::NotNeeded,
        ..maker.start(place)
    };
    on.iter().map(again).collect()
}

/// Packages and files of every node, the disks' managers, which their package starts anew, and the API last.
fn last_looks(view: &View<'_>, maker: &Maker<'_>) -> Result<Vec<Step>, PlanError> {
    let mut steps = maker.verify(view, |_| true);
    let managers = view.places(|duty| matches!(duty, Duty::AsdManager));
    steps.extend(managers.iter().filter(|place| place.service.state == UnitState::Running).map(|place| {
        let (host, unit) = (place.seat.host.as_str(), place.unit.as_str());
        let title = format!("{unit} runs on {host}");
        let proof = look(&place.seat, super::scripts::RUNNING, super::steps::unit_args(place));
        observe(id(&["verify", unit, host]), title, &place.seat, proof, maker.tuning.service_deadline)
    }));
    Ok(in_order(vec![steps, vec![maker.api_ready(&view.chosen()?)]]))
}
