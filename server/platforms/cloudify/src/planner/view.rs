//! What the planner needs to know of the two managers, taken out of inventory and choice once.

use std::collections::BTreeSet;

use model::cloudify::{CloudifyInventory, Deployment, Edition, KeptArchive, ManagerInventory, ManagerVersion};
use model::environment::{CloudifySettings, NewManager};
use model::id::{NodeInstanceId, TenantName};
use model::observed::Observed;
use model::plan::{AgentRef, Baseline, DeploymentRef, LeftOut};
use model::procedure::{CfyStep, Confirmation, MigrateManager, Preparation};

use super::PlanError;

/// See the module.
pub(crate) struct View<'i> {
    pub(crate) settings: &'i CloudifySettings,
    pub(crate) inventory: &'i CloudifyInventory,
    pub(crate) inputs: &'i MigrateManager,
    /// What is migrated.
    pub(crate) old: ManagerVersion,
    /// What takes over.
    pub(crate) new: ManagerVersion,
    pub(crate) in_place: bool,
    /// A retry: the archive that is restored once more.
    pub(crate) kept: Option<&'i KeptArchive>,
    /// Deployments whose agents are moved.
    pub(crate) planned: Vec<Planned>,
    /// Deployments whose agents are not, and hosts that are left behind.
    pub(crate) skipped: Vec<LeftOut>,
    /// Every deployment with its hosts.
    pub(crate) baseline: Vec<Baseline>,
}

/// A deployment whose agents are moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) deployment: DeploymentRef,
    /// Those that are moved, as they are now.
    pub(crate) agents: Vec<AgentRef>,
    /// What the workflow is told: nothing when all of them are moved.
    pub(crate) only: BTreeSet<NodeInstanceId>,
}

impl<'i> View<'i> {
    pub(crate) fn new(
        settings: &'i CloudifySettings,
        inventory: &'i CloudifyInventory,
        inputs: &'i MigrateManager,
    ) -> Result<Self, PlanError> {
        let in_place = matches!(settings.new, NewManager::SameHost(_));
        let kept = match &inputs.retry_of {
            None => None,
            Some(of) => {
                let found = inventory.archives.iter().find(|kept| &kept.snapshot == of);
                Some(found.ok_or_else(|| PlanError::NoArchive(of.to_string()))?)
            }
        };
        let old = match kept {
            // What answers at the old address may be the new manager by now.
            Some(kept) if in_place => release_of(&kept.version),
            _ => seen("the version of the old manager", &inventory.old.version)?.clone(),
        };
        let new = new_version(inventory, inputs, in_place, kept.is_some())?;
        let mut view = Self {
            settings,
            inventory,
            inputs,
            old,
            new,
            in_place,
            kept,
            planned: Vec::new(),
            skipped: Vec::new(),
            baseline: Vec::new(),
        };
        match kept {
            Some(kept) if in_place => view.take_from_archive(kept),
            _ => {
                for deployment in seen("the old manager's deployments", &inventory.old.deployments)? {
                    view.take(deployment);
                }
            }
        }
        view.check_left_behind()?;
        Ok(view)
    }

    pub(crate) fn is_retry(&self) -> bool {
        self.kept.is_some()
    }

    pub(crate) fn wants(&self, what: Preparation) -> bool {
        self.inputs.preparation.contains(&what)
    }

    pub(crate) fn by_cfy(&self, step: CfyStep) -> bool {
        self.inputs.by_cfy.contains(&step)
    }

    pub(crate) fn needs(&self, what: Confirmation) -> Result<(), PlanError> {
        if self.inputs.confirmed.contains(&what) { Ok(()) } else { Err(PlanError::NotConfirmed(what)) }
    }

    /// The manager that is there to be asked before anything is done, where it is the new one.
    pub(crate) fn new_inventory(&self) -> Option<&'i ManagerInventory> {
        match (&self.inventory.new, self.in_place && self.is_retry()) {
            (Some(new), _) => Some(new),
            (None, true) => Some(&self.inventory.old),
            (None, false) => None,
        }
    }

    /// 3.4.2 does not tell its edition, and has no users either.
    pub(crate) fn is_premium(&self, manager: &ManagerInventory) -> bool {
        manager.edition.value() == Some(&Edition::Premium)
    }

    /// Users of the old manager besides the admin: in its database since 4.0, and only if it is Premium.
    pub(crate) fn other_users(&self) -> Vec<&'i str> {
        if !self.old.has_tenants() || (self.in_place && self.is_retry()) {
            return Vec::new();
        }
        let admin = &self.settings.old.rest.user;
        let users = self.inventory.old.users.value().into_iter().flatten();
        users.map(|user| user.name.as_str()).filter(|name| name != admin).collect()
    }

    /// Deployments that do something by themselves: heal, or start another workflow (S10).
    pub(crate) fn acting(&self) -> Vec<String> {
        let all = self.inventory.old.deployments.value().into_iter().flatten();
        all.filter(|deployment| deployment.acts_by_itself())
            .map(|deployment| format!("{} of tenant {}", deployment.id, deployment.tenant))
            .collect()
    }

    pub(crate) fn left_out(&self) -> Vec<LeftOut> {
        let users = super::users::left_out(self);
        self.skipped.iter().cloned().chain(users).collect()
    }

    /// 3.x has no tenants: what it knows goes to the tenant of who restores (1.2).
    fn tenant(&self, of: &TenantName) -> TenantName {
        if self.old.has_tenants() { of.clone() } else { self.settings.new.rest().tenant.clone() }
    }

    fn take(&mut self, deployment: &Deployment) {
        let reference = DeploymentRef { tenant: self.tenant(&deployment.tenant), id: deployment.id.clone() };
        let with_agents: BTreeSet<NodeInstanceId> = deployment.agents().map(|(id, _)| id.clone()).collect();
        self.baseline.push(Baseline { deployment: reference.clone(), hosts: with_agents.clone() });
        let stays = |id: &NodeInstanceId| self.inputs.left_behind.contains(id);
        let agents: Vec<AgentRef> = deployment
            .agents()
            .filter(|(id, _)| !stays(id))
            .map(|(id, agent)| AgentRef { instance: id.clone(), name: Some(agent.name.clone()) })
            .collect();
        let down: Vec<String> = deployment
            .hosts_not_started()
            .filter(|(id, _)| !stays(id))
            .map(|(id, state)| format!("{id} is {state}"))
            .collect();
        let left: Vec<&NodeInstanceId> = with_agents.iter().filter(|id| stays(id)).collect();
        let why = if with_agents.is_empty() {
            Some("it has no host with an agent".to_owned())
        } else if !down.is_empty() {
            Some(format!(
                "the workflow wants every host started, and {}. Cure that, or leave these hosts behind",
                model::words::listed(&down)
            ))
        } else if agents.is_empty() {
            Some("all of its hosts are left behind, as was chosen".to_owned())
        } else {
            None
        };
        match why {
            Some(why) => self.skipped.push(LeftOut { what: format!("agents of {reference}"), why }),
            None => {
                let why = "its host is dead, and without it the others of its deployment can move, as was chosen";
                let hosts = left
                    .iter()
                    .map(|id| LeftOut { what: format!("agent of {id} in {reference}"), why: why.to_owned() });
                self.skipped.extend(hosts);
                let only = if left.is_empty() {
                    BTreeSet::new()
                } else {
                    agents.iter().map(|agent| agent.instance.clone()).collect()
                };
                self.planned.push(Planned { deployment: reference, agents, only });
            }
        }
    }

    /// The old manager is gone: what it had stands in the archive. States of hosts do not.
    fn take_from_archive(&mut self, kept: &KeptArchive) {
        for (tenant, deployments) in &kept.agents {
            for (id, hosts) in deployments {
                let deployment = DeploymentRef { tenant: self.tenant(tenant), id: id.clone() };
                self.baseline.push(Baseline { deployment: deployment.clone(), hosts: hosts.clone() });
                let moved: BTreeSet<NodeInstanceId> = hosts.difference(&self.inputs.left_behind).cloned().collect();
                if moved.is_empty() {
                    let why = "all of its hosts are left behind, as was chosen".to_owned();
                    self.skipped.push(LeftOut { what: format!("agents of {deployment}"), why });
                    continue;
                }
                let only = if moved.len() == hosts.len() { BTreeSet::new() } else { moved.clone() };
                let agents = moved.into_iter().map(|instance| AgentRef { instance, name: None }).collect();
                self.planned.push(Planned { deployment, agents, only });
            }
        }
    }

    fn check_left_behind(&self) -> Result<(), PlanError> {
        let all: BTreeSet<&NodeInstanceId> = self.baseline.iter().flat_map(|one| &one.hosts).collect();
        match self.inputs.left_behind.iter().find(|id| !all.contains(id)) {
            Some(unknown) => Err(PlanError::UnknownHost(unknown.to_string())),
            None => Ok(()),
        }
    }
}

fn new_version(
    inventory: &CloudifyInventory,
    inputs: &MigrateManager,
    in_place: bool,
    is_retry: bool,
) -> Result<ManagerVersion, PlanError> {
    let there = match (&inventory.new, in_place && is_retry) {
        (Some(new), _) => Some(seen("the version of the new manager", &new.version)?),
        (None, true) => Some(seen("the version of the manager", &inventory.old.version)?),
        (None, false) => None,
    };
    match (there, &inputs.release) {
        (Some(there), None) => Ok(there.clone()),
        (Some(there), Some(_)) => Err(PlanError::ReleaseNotUsed(there.clone())),
        (None, Some(release)) => Ok(release.clone()),
        (None, None) => Err(PlanError::ReleaseMissing),
    }
}

/// The release behind what patched ones stamp into their archives (P4).
pub(crate) fn release_of(version: &ManagerVersion) -> ManagerVersion {
    match version.mark() {
        mark if mark.ends_with("-4.0.1") => ManagerVersion::of(4, 0, 1),
        mark if mark.ends_with("-4.0.0") => ManagerVersion::of(4, 0, 0),
        _ => version.clone(),
    }
}

/// The value, or what it means for a plan that it is not known.
pub(crate) fn seen<'o, T>(what: &'static str, observed: &'o Observed<T>) -> Result<&'o T, PlanError> {
    let reason = || observed.reason().unwrap_or_default().to_owned();
    observed.value().ok_or_else(|| PlanError::NotSeen { what, reason: reason() })
}
