//! Migrations (5.4): who ran which, when, with which arguments, and what was wrong with that.

use std::time::Instant;

use super::Cluster;
use crate::ovs::config::OvsGeneration;
use crate::ovs::fault::OvsFault;
use crate::ovs::truth::{Migrated, Outcome, OvsAct, ViolationKind};

/// A migration that runs. If whoever called it is killed, it ends with them.
struct Running<'a> {
    cluster: &'a Cluster,
    node: usize,
    kind: Migrated,
    outcome: Outcome,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut world = self.cluster.world();
        if let Some(at) = world.migrations.iter().position(|running| *running == (self.node, self.kind)) {
            world.migrations.remove(at);
        }
        world.record(self.node, OvsAct::MigrationEnded { kind: self.kind, outcome: self.outcome });
    }
}

impl Cluster {
    /// Runs the migrations that the code of this version brings.
    pub(crate) async fn migrate(
        &self,
        node: usize,
        kind: Migrated,
        version: &str,
        arguments: &[String],
    ) -> Result<(), String> {
        let has_model = self.begin_migration(node, kind, version, arguments);
        let mut running = Running { cluster: self, node, kind, outcome: Outcome::Failed };
        if !has_model {
            return Err("ArakoonNoMaster: could not determine the Arakoon master node of ovsdb".to_owned());
        }
        tokio::time::sleep(self.config().pace.lag()).await;
        if self.take_migration_fault(node, kind) {
            return Err("KeyError: 'the model has no such field'".to_owned());
        }
        {
            let mut world = self.world();
            match kind {
                Migrated::Model => {
                    version.clone_into(&mut world.model);
                    if !world.is_updating() {
                        world.migrated_by_hand = Some(Instant::now());
                    }
                }
                Migrated::Extensions => version.clone_into(&mut world.nodes[node].extensions),
            }
        }
        if kind == Migrated::Extensions && self.config().generation == OvsGeneration::A {
            self.count_in_file(node).map_err(|error| error.to_string())?;
        }
        running.outcome = Outcome::Done;
        Ok(())
    }

    /// Whether what it needs is there.
    fn begin_migration(&self, node: usize, kind: Migrated, version: &str, arguments: &[String]) -> bool {
        let mut world = self.world();
        let place = world.nodes[node].plan.name.clone();
        let arguments = arguments.to_vec();
        world.record(node, OvsAct::MigrationStarted { kind, arguments: arguments.clone() });
        if let Some((other, _)) = world.migrations.first().copied() {
            let other = world.nodes[other].plan.name.clone();
            let text = format!("{kind:?} migrations ran while others ran on {other}");
            world.violated(ViolationKind::MigrationsInParallel, &place, text);
        }
        let before = match kind {
            Migrated::Model => &world.model,
            Migrated::Extensions => &world.nodes[node].extensions,
        };
        if before == version {
            let text = format!("{kind:?} migrations to {version} had run already");
            world.violated(ViolationKind::MigrationTwice, &place, text);
        }
        let old = self.config().generation == OvsGeneration::A;
        if old && kind == Migrated::Extensions && arguments.first().is_none_or(|masters| masters == "-") {
            let text = "no addresses were given: the Arakoon configurations are never deployed again".to_owned();
            world.violated(ViolationKind::MigrationSkipped, &place, text);
        }
        world.migrations.push((node, kind));
        // In 2.6 the extensions' migrations touch local configuration only.
        let has_model = world.has_master("ovsdb") || (old && kind == Migrated::Extensions);
        if !has_model {
            let text = format!("{kind:?} migrations ran while ovsdb had no master");
            world.violated(ViolationKind::MigrationWithoutArakoon, &place, text);
        }
        has_model
    }

    fn take_migration_fault(&self, node: usize, kind: Migrated) -> bool {
        let fault = OvsFault::MigrationFails { node: self.node(node).access.name.clone(), kind };
        let mut world = self.world();
        let before = world.faults.len();
        world.faults.retain(|other| *other != fault);
        world.faults.len() < before
    }

    /// The counters of 2.6 are in the node's own file (4.4).
    fn count_in_file(&self, node: usize) -> std::io::Result<()> {
        const FILE: &str = "/opt/OpenvStorage/config/ovs.json";
        let mut config: serde_json::Value = serde_json::from_str(&self.node(node).read(FILE)?)?;
        if let Some(versions) = config.pointer_mut("/core/versions").and_then(|found| found.as_object_mut()) {
            for count in versions.values_mut() {
                *count = (count.as_u64().unwrap_or_default() + 1).into();
            }
        }
        self.node(node).write(FILE, &format!("{config:#}\n"))
    }
}
