//! What steps are made of.

use model::environment::OpenVstorageTuning;
use model::id::StepId;
use model::open_vstorage::{Duty, plain_version};
use model::plan::{Action, OutputReader, Probe, Shell, Stage, Step, StepKind, Target, Undo};

use super::arakoon::MODEL;
use super::scripts::{RUNNING, START, START_NO_WAIT, STOP, STOPPED};
use super::targets::Targets;
use super::vendor;
use super::view::{Place, Seat};
use super::words;

/// Seconds that a look at a node may take.
pub(crate) const LOOK: u32 = 300;
/// How many steps of a stage are under way at once, on as many nodes.
pub(crate) const AT_ONCE: u16 = 8;

/// What all steps of one plan share.
pub(crate) struct Maker<'p> {
    pub(crate) tuning: &'p OpenVstorageTuning,
    pub(crate) targets: &'p Targets,
}

/// A stage whose steps may run side by side as far as their order allows.
pub(crate) fn stage(title: impl Into<String>, unit: &str, steps: Vec<Step>) -> Option<Stage> {
    let (title, unit) = (title.into(), unit.to_owned());
    (!steps.is_empty()).then_some(Stage { title, limit: AT_ONCE, unit, steps, rolling: None })
}

/// Puts groups of steps one behind the other: what is in one group may run side by side.
pub(crate) fn in_order(groups: Vec<Vec<Step>>) -> Vec<Step> {
    let mut done: Vec<Step> = Vec::new();
    let mut before: Vec<StepId> = Vec::new();
    for mut group in groups.into_iter().filter(|group| !group.is_empty()) {
        for step in &mut group {
            step.after.extend(before.iter().cloned());
        }
        before = group.iter().map(|step| step.id.clone()).collect();
        done.extend(group);
    }
    done
}

/// One step behind the other.
pub(crate) fn one_by_one(steps: Vec<Step>) -> Vec<Step> {
    in_order(steps.into_iter().map(|step| vec![step]).collect())
}

/// A step on a node that may be repeated.
pub(crate) fn step(id: StepId, title: String, seat: &Seat<'_>, action: Action, proof: Probe) -> Step {
    Step::plain(id, title, Target::Host { host: seat.host.clone() }, action, proof, LOOK)
}

/// Nothing is done; something is looked for.
pub(crate) fn observe(id: StepId, title: String, seat: &Seat<'_>, proof: Probe, deadline: u32) -> Step {
    Step { kind: StepKind::ReadOnly, attempts: 1, deadline, ..step(id, title, seat, Action::Observe, proof) }
}

pub(crate) fn id(parts: &[&str]) -> StepId {
    StepId::from_parts(parts)
}

pub(crate) fn shell(seat: &Seat<'_>, script: &str, args: Vec<String>) -> Action {
    Action::Shell(Shell {
        host: seat.host.clone(),
        elevate: seat.elevate,
        script: script.to_owned(),
        args,
        secrets: Vec::new(),
        reads: OutputReader::Plain,
        quiet: None,
    })
}

pub(crate) fn look(seat: &Seat<'_>, script: &str, args: Vec<String>) -> Probe {
    Probe::Shell { host: seat.host.clone(), elevate: seat.elevate, script: script.to_owned(), args }
}

pub(crate) const MEMCACHED_PORT: u16 = 11211;

impl Maker<'_> {
    pub(crate) fn stop(&self, place: &Place<'_>) -> Step {
        let (host, unit) = (place.seat.host.as_str(), place.unit.as_str());
        let duty = &place.service.duty;
        let args = unit_args(place);
        let proof = look(&place.seat, STOPPED, [args.clone(), left_args(place)].concat());
        let title = format!("Stop {} on {host}", words::unit(duty));
        Step {
            deadline: self.tuning.service_deadline,
            impact: words::impact(duty, host),
            hazard: stop_hazard(place),
            undo: Undo::ByStep(start_id(place)),
            vendor: vendor::stop(place),
            ..step(id(&["stop", unit, host]), title, &place.seat, shell(&place.seat, STOP, args), proof)
        }
    }

    /// What runs with an old program is stopped first.
    pub(crate) fn start(&self, place: &Place<'_>) -> Step {
        let (host, duty) = (place.seat.host.as_str(), &place.service.duty);
        let args = [unit_args(place), self.new_args(place)].concat();
        let proof = look(&place.seat, RUNNING, [args.clone(), up_args(place)].concat());
        let title = format!("Start {} on {host}", words::unit(duty));
        Step {
            deadline: self.tuning.service_deadline,
            hazard: start_hazard(duty),
            undo: Undo::ByHand(format!("Stop {} on {host}.", place.unit)),
            vendor: vendor::start(place),
            ..step(start_id(place), title, &place.seat, shell(&place.seat, START, args), proof)
        }
    }

    /// Its start may wait for ever for others (dossier 4.2).
    pub(crate) fn start_no_wait(&self, place: &Place<'_>, also: &[String]) -> Step {
        let args = unit_args(place);
        let also = also.iter().map(|unit| format!("also={unit}")).collect();
        let proof = look(&place.seat, RUNNING, [args.clone(), self.new_args(place), also].concat());
        Step { action: shell(&place.seat, START_NO_WAIT, args), proof, ..self.start(place) }
    }

    /// The packages that the unit's program comes from, and their versions afterwards.
    pub(crate) fn new_args(&self, place: &Place<'_>) -> Vec<String> {
        let of = |wanted: &[&str], alone: &[&str]| -> Vec<String> {
            let installed = self.targets.versions.iter().filter(|(name, _)| place.seat.installed(name).is_some());
            installed
                .filter_map(|(name, version)| match name.as_str() {
                    name if wanted.contains(&name) => Some(format!("package={name}={}", plain_version(version))),
                    name if alone.contains(&name) => Some(format!("newer={name}")),
                    _ => None,
                })
                .collect()
        };
        match &place.service.duty {
            Duty::Volumedriver { .. } | Duty::Dtl { .. } => of(
                &["volumedriver-server", "volumedriver-no-dedup-server", "volumedriver-ee-server"],
                &["volumedriver-base", "volumedriver-no-dedup-base", "volumedriver-ee-base"],
            ),
            Duty::Proxy { .. } | Duty::Asd { .. } | Duty::Maintenance { .. } | Duty::Rebalancer { .. } => {
                of(&["alba"], &["alba-ee"])
            }
            // Their plugins come with ALBA: they have to be started anew although arakoon itself is the same (3.5).
            Duty::Arakoon { cluster } if crate::discovery::units::backend_of(cluster).is_some() => {
                of(&["arakoon"], &["alba", "alba-ee"])
            }
            Duty::Arakoon { .. } => of(&["arakoon"], &[]),
            Duty::WatcherFramework
            | Duty::FollowsWatcher
            | Duty::SupportAgent
            | Duty::WatcherVolumedriver
            | Duty::WatcherConfig => of(&[], &["openvstorage-core"]),
            Duty::AsdManager => of(&[], &["openvstorage-sdm"]),
            Duty::Memcached | Duty::Other => Vec::new(),
        }
    }
}

pub(crate) fn start_id(place: &Place<'_>) -> StepId {
    id(&["start", place.unit.as_str(), place.seat.host.as_str()])
}

pub(crate) fn unit_args(place: &Place<'_>) -> Vec<String> {
    vec![place.service.manager.word().to_owned(), place.unit.to_string()]
}

/// What must be gone with it.
fn left_args(place: &Place<'_>) -> Vec<String> {
    match &place.service.duty {
        Duty::Volumedriver { vpool } => vec![format!("mount=/mnt/{vpool}"), format!("words=volumedriver_fs,{vpool}")],
        Duty::Asd { id } => vec![format!("words={id}")],
        Duty::Memcached => listens(place),
        _ => Vec::new(),
    }
}

/// What must be there with it.
fn up_args(place: &Place<'_>) -> Vec<String> {
    match &place.service.duty {
        Duty::Volumedriver { vpool } => vec![format!("mount=/mnt/{vpool}")],
        Duty::Memcached => listens(place),
        _ => Vec::new(),
    }
}

fn listens(place: &Place<'_>) -> Vec<String> {
    place.seat.listening_on(MEMCACHED_PORT).into_iter().map(|address| format!("listen={address}")).collect()
}

fn stop_hazard(place: &Place<'_>) -> Option<String> {
    let words = match &place.service.duty {
        Duty::Volumedriver { .. } if place.service.stop_kills_all => {
            "It writes out its cache first: allow minutes. Its stop hook kills EVERY volume driver of this node when \
             the mount stays busy for about 100 s, those of other vPools too."
        }
        Duty::Volumedriver { .. } => {
            "It writes out its cache first: allow minutes. Do not kill it, and do not stop what it writes through."
        }
        Duty::Arakoon { cluster } if cluster == MODEL => {
            "All watchers must be stopped by now: one that still runs would start and end in a loop."
        }
        Duty::Asd { .. } => "Everything that writes to this disk must be stopped by now, or it is reported dead.",
        _ => return None,
    };
    Some(words.to_owned())
}

fn start_hazard(duty: &Duty) -> Option<String> {
    let words = match duty {
        Duty::Volumedriver { .. } => {
            "It ends again soon after its start when disks, proxies or the clusters of its backend are not up."
        }
        Duty::WatcherFramework => {
            "It waits for ever when memcached, the model or RabbitMQ of a master do not answer. Look at those first."
        }
        _ => return None,
    };
    Some(words.to_owned())
}
