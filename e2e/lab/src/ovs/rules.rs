//! What must not be so for any time at all, looked at after every change.

use std::collections::BTreeMap;
use std::time::Instant;

use super::cluster::World;
use super::truth::ViolationKind;
use super::unit::{Duty, Unit, UnitPhase};

/// What is wrong at the moment: where, and which violation it is in the list.
#[derive(Debug, Default)]
pub(crate) struct Rules(BTreeMap<(ViolationKind, String), (usize, Instant)>);

impl World {
    /// Opens and closes violations that last.
    pub(crate) fn check(&mut self) {
        if !self.recording {
            return;
        }
        let wrong = self.wrong();
        let over: Vec<_> = self.rules.0.keys().filter(|key| !wrong.contains_key(*key)).cloned().collect();
        for key in over {
            if let Some((at, since)) = self.rules.0.remove(&key) {
                self.violations[at].duration_ms = Some(milliseconds(since));
                self.violations[at].lasts = false;
            }
        }
        for ((kind, place), text) in wrong {
            if !self.rules.0.contains_key(&(kind, place.clone())) {
                self.violated(kind, &place, text);
                let at = self.violations.len() - 1;
                self.violations[at].lasts = true;
                self.rules.0.insert((kind, place), (at, Instant::now()));
            }
        }
        for (at, since) in self.rules.0.values() {
            self.violations[*at].duration_ms = Some(milliseconds(*since));
        }
    }

    fn wrong(&self) -> BTreeMap<(ViolationKind, String), String> {
        let mut wrong = BTreeMap::new();
        // Without power nothing runs, however long its processes take to go.
        for (number, node) in self.nodes.iter().enumerate().filter(|(_, node)| !node.is_down) {
            for unit in node.units.values().filter(|unit| is_at_work(unit)) {
                if let Duty::Volumedriver { vpool } = &unit.duty {
                    for (kind, what) in self.missing(number, vpool) {
                        let text = format!("the volume driver of {vpool} ran without {what}");
                        wrong.insert((kind, node.plan.name.clone()), text);
                    }
                }
                if unit.duty == Duty::WatcherFramework && !self.has_master("ovsdb") {
                    let text = "the framework's watcher ran and ovsdb had no master".to_owned();
                    wrong.insert((ViolationKind::FrameworkWithoutModel, node.plan.name.clone()), text);
                }
            }
        }
        for cluster in self.clusters() {
            let members = self.members(&cluster);
            let down = members.iter().filter(|member| !member.is_up).count();
            if members.len() >= 3 && down >= 2 && self.is_needed(&cluster) {
                let text = format!("{down} of {} members were down", members.len());
                wrong.insert((ViolationKind::TwoMembersDown, cluster), text);
            }
        }
        wrong
    }

    /// The model may be stopped as a whole when the framework is (5.3, 4); of the others only one member at a
    /// time (5.3, 16).
    fn is_needed(&self, cluster: &str) -> bool {
        let framework = |unit: &Unit| unit.duty.is_framework() && unit.is_running();
        cluster != "ovsdb" || self.nodes.iter().flat_map(|node| node.units.values()).any(framework)
    }

    /// Whether a volume driver that starts here stays up (5.3, 20).
    pub(crate) fn backend_is_up(&self, node: usize, vpool: &str) -> bool {
        self.missing(node, vpool).iter().all(|(kind, _)| *kind == ViolationKind::VolumedriverWithoutWriteLog)
    }

    fn missing(&self, node: usize, vpool: &str) -> Vec<(ViolationKind, &'static str)> {
        let mut missing = Vec::new();
        let any = |wanted: &dyn Fn(&Duty) -> bool| {
            self.nodes[node].units.values().any(|unit| wanted(&unit.duty) && unit.is_running())
        };
        if !any(&|duty| matches!(duty, Duty::Proxy { vpool: of } if of == vpool)) {
            missing.push((ViolationKind::VolumedriverWithoutProxy, "any of its proxies"));
        }
        if !any(&|duty| matches!(duty, Duty::Dtl { vpool: of } if of == vpool)) {
            missing.push((ViolationKind::VolumedriverWithoutWriteLog, "its DTL: without write log"));
        }
        if !self.asds_suffice() {
            missing.push((ViolationKind::VolumedriverWithoutAsds, "enough ASDs"));
        }
        let needed = self.clusters().into_iter().filter(|cluster| *cluster == "voldrv" || cluster.contains('-'));
        if needed.into_iter().any(|cluster| !self.has_master(&cluster)) {
            missing.push((ViolationKind::VolumedriverWithoutArakoon, "a master of all clusters it needs"));
        }
        missing
    }

    /// Redundancy covers the disks of one node; where there is only one node, one of its disks.
    fn asds_suffice(&self) -> bool {
        let asds = |node: &super::cluster::NodeWorld| {
            let all: Vec<bool> =
                node.units.values().filter(|unit| unit.duty == Duty::Asd).map(Unit::is_running).collect();
            (all.len(), all.iter().filter(|runs| **runs).count())
        };
        let counts: Vec<(usize, usize)> = self.nodes.iter().map(asds).collect();
        match counts.as_slice() {
            [(all, running)] => running + 1 >= *all,
            many => many.iter().filter(|(all, running)| running < all).count() <= 1,
        }
    }
}

/// A volume driver that is being stopped still flushes.
fn is_at_work(unit: &Unit) -> bool {
    matches!(unit.phase, UnitPhase::Running | UnitPhase::Stopping)
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
