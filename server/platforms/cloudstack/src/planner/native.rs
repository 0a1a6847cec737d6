//! The plan that needs no open port: signed requests only (dossier 6, conclusions for native mode).
//!
//! Zone by zone, in each the secondary storage VMs one by one, then the console proxies one by one, then the routers
//! side by side but never two of one network or VPC.

use model::cloudstack::{SystemVm, VmKind, Zone};
use model::environment::CloudStackSettings;
use model::id::StepId;
use model::plan::{Action, Already, CloudStackCommand, Probe, Rolling, Stage, Step, StepKind, Target, Undo};
use model::procedure::RestartSystemVms;

use super::PlanError;
use super::pairs::{Group, groups};
use super::scope::{Chosen, Scope};
use super::words::{impact, plural};

const VENDOR: &str = "The vendor's text allows a manual restart of the system VMs in place of cloudstack-sysvmadm; the \
                      script itself does the same: stopSystemVm and startSystemVm, one after the other, and \
                      rebootRouter for routers.";

/// What all steps of one plan share.
struct Making<'p> {
    scope: &'p Scope<'p>,
    settings: &'p CloudStackSettings,
}

pub(crate) fn stages(
    scope: &Scope<'_>,
    settings: &CloudStackSettings,
    inputs: &RestartSystemVms,
) -> Result<Vec<Stage>, PlanError> {
    let making = Making { scope, settings };
    let mut stages = Vec::new();
    for zone in &scope.zones {
        for kind in [VmKind::SecondaryStorage, VmKind::ConsoleProxy] {
            stages.extend(making.one_by_one(zone, kind));
        }
        stages.extend(making.routers(zone, inputs)?);
    }
    Ok(stages)
}

impl Making<'_> {
    fn one_by_one(&self, zone: &Zone, kind: VmKind) -> Option<Stage> {
        let mut steps: Vec<Step> = Vec::new();
        for chosen in self.scope.of(&zone.id, kind) {
            // Without this, two VMs could be stopped before the first is started again.
            let before = steps.last().map(|step| step.id.clone());
            let stop = self.stop(zone, chosen, before);
            let start = self.start(zone, chosen, stop.id.clone());
            steps.extend([stop, start]);
        }
        let title = match kind {
            VmKind::SecondaryStorage => format!("Secondary storage VMs in {}", zone.name),
            VmKind::ConsoleProxy => format!("Console proxies in {}", zone.name),
            VmKind::Router => format!("Routers in {}", zone.name),
        };
        (!steps.is_empty()).then(|| Stage { title, limit: 1, unit: plural(kind).to_owned(), steps, rolling: None })
    }

    fn stop(&self, zone: &Zone, chosen: &Chosen<'_>, before: Option<StepId>) -> Step {
        let vm = chosen.vm_ref();
        let disk = chosen.disk.id.clone();
        Step {
            id: step_id(zone, chosen.vm, "stop"),
            title: format!("Stop {} {}", chosen.vm.kind, chosen.vm.name),
            target: Target::SystemVm(vm.clone()),
            kind: StepKind::Idempotent,
            after: before.into_iter().collect(),
            completes: None,
            action: Action::CloudStack(CloudStackCommand::StopSystemVm(vm.clone())),
            proof: Probe::VmStopped { vm: vm.clone(), disk: disk.clone() },
            already: Already::IsDone,
            // With the same disk before and after, a finished restart would look untouched.
            untouched: chosen.gets_new_disk().then_some(Probe::VmUntouched { vm, disk }),
            deadline: self.settings.tuning.vm_deadline,
            attempts: 2,
            impact: impact(chosen.vm, &zone.name, self.scope),
            hazard: Some(
                "CloudStack's own scanner may start it again before Drydock does. That counts as progress.".to_owned(),
            ),
            undo: Undo::ByStep(step_id(zone, chosen.vm, "start")),
            vendor: Some(VENDOR.to_owned()),
        }
    }

    fn start(&self, zone: &Zone, chosen: &Chosen<'_>, stop: StepId) -> Step {
        let vm = chosen.vm_ref();
        Step {
            id: step_id(zone, chosen.vm, "start"),
            title: format!("Start {} {}", chosen.vm.kind, chosen.vm.name),
            target: Target::SystemVm(vm.clone()),
            kind: StepKind::Idempotent,
            after: vec![stop.clone()],
            completes: Some(stop),
            action: Action::CloudStack(CloudStackCommand::StartSystemVm(vm)),
            proof: rebuilt(chosen, self.scope.version),
            // It was proven to be stopped: that it runs says that it was started.
            already: Already::IsDone,
            untouched: None,
            deadline: self.settings.tuning.vm_deadline,
            attempts: 2,
            impact: impact(chosen.vm, &zone.name, self.scope),
            hazard: Some(start_hazard(chosen)),
            undo: Undo::Impossible,
            vendor: Some(VENDOR.to_owned()),
        }
    }

    fn routers(&self, zone: &Zone, inputs: &RestartSystemVms) -> Result<Option<Stage>, PlanError> {
        let groups = groups(&self.scope.of(&zone.id, VmKind::Router))?;
        let steps: Vec<Step> = groups.iter().flat_map(|group| self.group(zone, group)).collect();
        let title = format!("Routers in {}", zone.name);
        let rolling = inputs.rolling.map(|rolling| Rolling {
            canary: rolling.canary,
            batch: rolling.batch,
            // The batch before is looked at by the proofs of its own steps.
            health: Vec::new(),
            budget: rolling.budget,
        });
        let limit = inputs.parallel_routers;
        let stage = Stage { title, limit, unit: plural(VmKind::Router).to_owned(), steps, rolling };
        Ok((!stage.steps.is_empty()).then_some(stage))
    }

    fn group(&self, zone: &Zone, group: &Group<'_, '_>) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for chosen in &group.routers {
            let before = steps.last().map(|step| step.id.clone());
            steps.push(self.reboot(zone, chosen, before));
        }
        steps
    }

    fn reboot(&self, zone: &Zone, chosen: &Chosen<'_>, before: Option<StepId>) -> Step {
        let vm = chosen.vm_ref();
        let disk = chosen.disk.id.clone();
        Step {
            id: step_id(zone, chosen.vm, "reboot"),
            title: format!("Reboot router {}", chosen.vm.name),
            target: Target::SystemVm(vm.clone()),
            kind: StepKind::Once,
            after: before.into_iter().collect(),
            completes: None,
            action: Action::CloudStack(CloudStackCommand::RebootRouter(vm.clone())),
            proof: rebuilt(chosen, self.scope.version),
            already: already(chosen),
            untouched: chosen.gets_new_disk().then_some(Probe::VmUntouched { vm, disk }),
            deadline: self.settings.tuning.vm_deadline,
            attempts: 1,
            impact: impact(chosen.vm, &zone.name, self.scope),
            hazard: Some(
                "CloudStack stops the router and starts it anew. If the start fails, it stays down until somebody starts \
                 it."
                    .to_owned(),
            ),
            undo: Undo::Impossible,
            vendor: Some(VENDOR.to_owned()),
        }
    }
}

fn step_id(zone: &Zone, vm: &SystemVm, verb: &str) -> StepId {
    // Cut, so that the verb always stays within the length of an id.
    let zone: String = zone.name.chars().take(60).collect();
    let name: String = vm.name.chars().take(80).collect();
    StepId::from_parts(&[&zone, &name, verb])
}

/// What proves that a VM was rebuilt.
pub(crate) fn rebuilt(chosen: &Chosen<'_>, version: &str) -> Probe {
    let agent_version = match chosen.vm.kind {
        VmKind::SecondaryStorage | VmKind::ConsoleProxy => Some(version.to_owned()),
        VmKind::Router => None,
    };
    Probe::VmRebuilt { vm: chosen.vm_ref(), disk: chosen.disk_proof(), agent_version }
}

/// Whether a VM that looks as it should is restarted all the same.
pub(crate) fn already(chosen: &Chosen<'_>) -> Already {
    use model::cloudstack::Need;
    match chosen.need {
        Need::OldDisk | Need::RequiresUpgrade | Need::OldVersion { .. } => Already::IsDone,
        Need::None | Need::Unknown(_) => Already::ActAnyway,
    }
}

fn start_hazard(chosen: &Chosen<'_>) -> String {
    match chosen.vm.kind {
        VmKind::SecondaryStorage => {
            "If primary storage lacks the new template it is copied from secondary storage, which takes longer; without \
             any secondary storage VM in the zone that may fail."
        }
        VmKind::ConsoleProxy | VmKind::Router => {
            "It may stay Running with an agent that is not Up: then its network or its template is wrong."
        }
    }
    .to_owned()
}
