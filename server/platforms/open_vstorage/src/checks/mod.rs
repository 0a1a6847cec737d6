//! What has to be true before anything is started, each with what was seen and what to do about it (dossier 5.2). Pure.

mod api;
mod arakoon;
mod cluster;
mod nodes;
mod packages;
#[cfg(test)]
mod tests;
mod volumes;

use model::environment::{Environment, OpenVstorageSettings};
use model::id::HostName;
use model::open_vstorage::{Duty, Node, OpenVstorageInventory};
use model::precheck::{Precheck, Verdict, bad, good};
use model::procedure::{Inputs, Procedure, UpdateMode};

use crate::planner::{choice, shortened};

/// The prechecks of **Update Framework** and **Update Storage Driver**.
#[must_use]
pub fn prechecks(
    _environment: &Environment,
    settings: &OpenVstorageSettings,
    inventory: &OpenVstorageInventory,
    inputs: &Inputs,
) -> Vec<Precheck> {
    let procedure = inputs.procedure();
    let update = match choice(inputs) {
        Ok(update) => update,
        Err(error) => {
            let resolution = "Choose Update Framework or Update Storage Driver.";
            return vec![bad(Verdict::Blocking, "The procedure is for Open vStorage", error.to_string(), resolution)];
        }
    };
    let look = Look { settings, inventory };
    if matches!(update.mode, UpdateMode::StartStopped | UpdateMode::PutFilesBack) {
        // Nothing is installed, and the API may well be down.
        let mut checks = nodes::reachable(&look);
        checks.extend([cluster::roles(&look), cluster::units(&look), nodes::clocks(&look)]);
        checks.extend([nodes::others_at_work(&look), packages::health(&look)]);
        return checks;
    }
    let is_half_done = procedure == Procedure::UpdateFramework
        && update.mode == UpdateMode::StepByStep
        && look.nodes().any(|(_, node)| was_left_down(node));
    let expected = |check: Precheck| if is_half_done { expected(check) } else { check };
    let mut checks = vec![expected(api::answers(inventory)), api::told(inventory, update.mode)];
    checks.extend(nodes::reachable(&look));
    checks.extend([
        expected(cluster::complete(&look)),
        expected(cluster::roles(&look)),
        cluster::generation(inventory),
        cluster::units(&look),
        nodes::clocks(&look),
        nodes::room(&look),
        nodes::others_at_work(&look),
        nodes::flags(&look),
        packages::health(&look),
        packages::lists(&look),
        packages::agree(&look, procedure),
        packages::candidates(&look, procedure, &update.keep),
        packages::removals(&look, procedure),
        packages::changed(&look, procedure),
        packages::copies(&look, procedure),
        arakoon::quorum(inventory, is_half_done),
        arakoon::needs(&look, procedure, &update.keep),
    ]);
    if procedure == Procedure::UpdateStorageDriver {
        checks.extend([volumes::idle(&look), volumes::flushed(), volumes::hooks(&look)]);
    }
    checks
}

/// The framework is down since an earlier run of Drydock, and this one would bring it up again.
fn was_left_down(node: &Node) -> bool {
    let is_core = |duty: &Duty| match duty {
        Duty::WatcherFramework | Duty::Memcached => true,
        Duty::Arakoon { cluster } => cluster == "ovsdb",
        _ => false,
    };
    node.services.values().any(|service| service.stopped_by_drydock && is_core(&service.duty))
}

/// Then it is no wonder that the API does not answer; what is wrong all the same stays wrong.
fn expected(check: Precheck) -> Precheck {
    if check.verdict != Verdict::Unknown {
        return check;
    }
    let resolution = "An earlier run has stopped the framework, so the API is away. Read why that run failed, then \
        let this one go through: it starts what is stopped.";
    Precheck { verdict: Verdict::Warning, resolution: resolution.to_owned(), ..check }
}

/// What all questions look at.
pub(crate) struct Look<'i> {
    pub(crate) settings: &'i OpenVstorageSettings,
    pub(crate) inventory: &'i OpenVstorageInventory,
}

impl<'i> Look<'i> {
    /// Nodes that could be seen. Those that could not have a question of their own.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&'i HostName, &'i Node)> {
        self.inventory.nodes.iter().filter_map(|(name, node)| Some((name, node.value()?)))
    }

    /// One line for each node of which there is something to say.
    pub(crate) fn lines(&self, of: impl Fn(&Node) -> Vec<String>) -> Vec<String> {
        let named = self.nodes().map(|(name, node)| (name, of(node)));
        named
            .filter(|(_, lines)| !lines.is_empty())
            .map(|(name, lines)| format!("{name}: {}", shortened(lines)))
            .collect()
    }

    /// A question about all nodes, whose answer is bad where there is something to say.
    pub(crate) fn none(
        &self,
        title: &str,
        verdict: Verdict,
        fine: &str,
        resolution: &str,
        of: impl Fn(&Node) -> Vec<String>,
    ) -> Precheck {
        if self.nodes().next().is_none() {
            return unseen(title);
        }
        let lines = self.lines(of);
        if lines.is_empty() { good(title, fine) } else { bad(verdict, title, lines.join("; "), resolution) }
    }
}

pub(crate) fn unseen(title: &str) -> Precheck {
    bad(Verdict::Unknown, title, "no node could be seen", "Cure what keeps the nodes from being seen, then look again.")
}
