//! The cluster: its state, and everything that changes it.

mod arakoon;
mod faults;
mod framework;
mod guests;
mod migration;
mod packages;
mod power;
mod process;
mod services;
mod snapshot;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch as signal;
use tokio_util::sync::CancellationToken;

pub(crate) use self::guests::Guest;
pub(crate) use self::packages::GATE;
pub(crate) use self::services::{NotStarted, NotStopped, Started};
pub(crate) use self::snapshot::Why;
use super::config::OvsLabConfig;
use super::fault::OvsFault;
use super::node::Node;
use super::packages::packages;
use super::rules::Rules;
use super::topology::{self, NodePlan};
use super::truth::{OvsAct, OvsEvent, OvsViolation, ViolationKind};
use super::unit::Unit;

/// A handle to the running cluster.
#[derive(Debug, Clone)]
pub(crate) struct Cluster(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: OvsLabConfig,
    nodes: Vec<Node>,
    world: Mutex<World>,
    /// Says "look again" after every change.
    changed: signal::Sender<u64>,
    /// Ends everything that runs in the background.
    end: CancellationToken,
}

/// What is so at the moment.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) nodes: Vec<NodeWorld>,
    pub(crate) faults: Vec<OvsFault>,
    /// By cluster: the node that is master now; kept as long as it runs.
    pub(crate) masters: BTreeMap<String, usize>,
    /// Clusters that find no master whatever runs.
    pub(crate) masterless: BTreeSet<String>,
    pub(crate) vdisks: Vec<Vdisk>,
    /// The version whose model migrations have run.
    pub(crate) model: String,
    pub(crate) migrations: Vec<(usize, super::truth::Migrated)>,
    /// When the data model was migrated last by somebody who is no updater.
    pub(crate) migrated_by_hand: Option<std::time::Instant>,
    pub(crate) events: Vec<OvsEvent>,
    pub(crate) violations: Vec<OvsViolation>,
    pub(crate) rules: Rules,
    pub(crate) next_job: u32,
    /// Another number whenever a memcached has forgotten what it held.
    pub(crate) memcached_life: u64,
    /// Nothing is written down before the cluster is up.
    pub(crate) recording: bool,
}

/// A node's part of it.
#[derive(Debug)]
pub(crate) struct NodeWorld {
    pub(crate) plan: NodePlan,
    pub(crate) units: BTreeMap<String, Unit>,
    /// The version whose extension migrations have run.
    pub(crate) extensions: String,
    pub(crate) flags: BTreeSet<String>,
    pub(crate) mounted: BTreeSet<String>,
    pub(crate) guests: Vec<Guest>,
    pub(crate) is_down: bool,
    pub(crate) at_jobs: BTreeMap<u32, AtJob>,
    /// An updater works here.
    pub(crate) updating: bool,
    /// What the last refresh found, as it is stored in the model (B, C).
    pub(crate) stored: super::api::Pending,
    /// Processes of faults, by name.
    pub(crate) strangers: BTreeMap<String, u32>,
    /// Jobs and units that somebody else made.
    pub(crate) foreign_units: BTreeSet<String>,
}

/// A job given to `at`.
#[derive(Debug, Clone)]
pub(crate) struct AtJob {
    pub(crate) when: String,
    /// Its time has come.
    pub(crate) runs: bool,
    pub(crate) text: String,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vdisk {
    pub(crate) name: String,
    pub(crate) vpool: String,
    /// The node that serves it.
    pub(crate) node: usize,
    pub(crate) clients: u32,
}

impl Cluster {
    pub(crate) fn new(config: OvsLabConfig, plans: &[NodePlan], nodes: Vec<Node>) -> Self {
        let core = packages(config.generation).into_iter().find(|package| package.name == "openvstorage-core");
        let framework = core.map(|package| package.old.to_owned()).unwrap_or_default();
        let world = World {
            nodes: plans.iter().map(|plan| NodeWorld::new(&config, plan, &framework)).collect(),
            faults: Vec::new(),
            masters: BTreeMap::new(),
            masterless: BTreeSet::new(),
            vdisks: guests::vdisks(&config, plans),
            model: framework,
            migrations: Vec::new(),
            migrated_by_hand: None,
            events: Vec::new(),
            violations: Vec::new(),
            rules: Rules::default(),
            next_job: 1,
            memcached_life: 1,
            recording: false,
        };
        Self(Arc::new(Inner {
            config,
            nodes,
            world: Mutex::new(world),
            changed: signal::Sender::new(0),
            end: CancellationToken::new(),
        }))
    }

    pub(crate) fn config(&self) -> &OvsLabConfig {
        &self.0.config
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.0.nodes
    }

    pub(crate) fn node(&self, node: usize) -> &Node {
        &self.0.nodes[node]
    }

    /// The number of the node of this name.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.nodes().iter().position(|node| node.access.name == name)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().expect("no panic while held")
    }

    /// Looks what the change means, and lets everybody who waits look too.
    pub(crate) fn changed(&self) {
        {
            let mut world = self.world();
            world.elect();
            world.check();
        }
        self.0.changed.send_modify(|count| *count += 1);
    }

    /// Waits until the world is as wanted.
    pub(crate) async fn until<T>(&self, mut wanted: impl FnMut(&World) -> Option<T>) -> T {
        let mut changes = self.0.changed.subscribe();
        loop {
            if let Some(found) = wanted(&self.world()) {
                return found;
            }
            if changes.changed().await.is_err() {
                // The sender lives in `self`.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Does something in the background, as long as the cluster lives.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let end = self.0.end.clone();
        tokio::spawn(async move { end.run_until_cancelled_owned(work).await });
    }

    /// Ends what runs in the background.
    pub(crate) fn end(&self) {
        self.0.end.cancel();
    }

    /// Ends everything without waiting: the nodes end when the last handle to them goes.
    pub(crate) fn abandon(&self) {
        self.end();
        for node in self.nodes() {
            node.abandon();
        }
    }

    pub(crate) fn record(&self, node: usize, act: OvsAct) {
        self.world().record(node, act);
    }

    pub(crate) fn has_fault(&self, wanted: impl Fn(&OvsFault) -> bool) -> bool {
        self.world().faults.iter().any(wanted)
    }
}

impl NodeWorld {
    fn new(config: &OvsLabConfig, plan: &NodePlan, framework: &str) -> Self {
        Self {
            plan: plan.clone(),
            units: topology::units(config, plan),
            extensions: framework.to_owned(),
            flags: BTreeSet::new(),
            mounted: BTreeSet::new(),
            guests: Vec::new(),
            is_down: false,
            at_jobs: BTreeMap::new(),
            updating: false,
            stored: super::api::Pending::new(),
            strangers: BTreeMap::new(),
            foreign_units: BTreeSet::new(),
        }
    }

    pub(crate) fn is_running(&self, unit: &str) -> bool {
        self.units.get(unit).is_some_and(Unit::is_running)
    }
}

impl World {
    pub(crate) fn record(&mut self, node: usize, act: OvsAct) {
        if self.recording {
            let node = self.nodes[node].plan.name.clone();
            self.events.push(OvsEvent { at: now(), node, act });
        }
    }

    pub(crate) fn violated(&mut self, kind: ViolationKind, place: &str, text: String) {
        if self.recording {
            let place = place.to_owned();
            self.violations.push(OvsViolation { at: now(), place, kind, text, duration_ms: None, lasts: false });
        }
    }

    /// Whether any updater works.
    pub(crate) fn is_updating(&self) -> bool {
        self.nodes.iter().any(|node| node.updating)
    }
}

/// RFC 3339, milliseconds.
pub(crate) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let whole = now.replace_millisecond(now.millisecond()).unwrap_or(now);
    whole.format(&Rfc3339).unwrap_or_default()
}
