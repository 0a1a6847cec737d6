//! What steps are made of.

use model::environment::Host;
use model::id::{SnapshotId, StepId};
use model::plan::{
    Action, CloudifyCall, CloudifyProbe, OutputReader, Probe, Rolling, Shell, Side, Stage, Step, StepKind, Target,
};

use super::view::View;

/// Seconds that a look at a manager may take.
pub(crate) const LOOK: u32 = 300;

pub(crate) fn id(parts: &[&str]) -> StepId {
    StepId::from_parts(parts)
}

pub(crate) fn on(side: Side) -> Target {
    Target::Manager { side }
}

/// A stage that goes on when one of its steps fails for good would leave the rest behind; this one stops.
pub(crate) fn stage(title: impl Into<String>, unit: &str, steps: Vec<Step>) -> Stage {
    Stage { title: title.into(), limit: 1, unit: unit.to_owned(), steps: one_by_one(steps), rolling: None }
}

/// One step behind the other.
fn one_by_one(mut steps: Vec<Step>) -> Vec<Step> {
    for at in 1..steps.len() {
        let before = steps[at - 1].id.clone();
        steps[at].after.push(before);
    }
    steps
}

/// As many failures as there are targets do not stop the stage: a deployment that fails is no reason to leave the others
/// without agents (dossier 0, fact 8). What comes after proves all of them.
pub(crate) fn whatever_fails(canary: u16, targets: usize) -> Option<Rolling> {
    let all = u16::try_from(targets).unwrap_or(u16::MAX).max(1);
    Some(Rolling { canary, batch: all, health: Vec::new(), budget: all })
}

/// A step that may be repeated.
pub(crate) fn step(id: StepId, title: impl Into<String>, target: Target, action: Action, proof: Probe) -> Step {
    Step::plain(id, title.into(), target, action, proof, LOOK)
}

/// A call to a manager that may be repeated.
pub(crate) fn call(id: StepId, title: impl Into<String>, call: CloudifyCall, proof: CloudifyProbe) -> Step {
    let target = on(call.side());
    step(id, title, target, Action::Cloudify(call), Probe::Cloudify(proof))
}

/// The same, when it must never be started twice.
pub(crate) fn once(step: Step, untouched: CloudifyProbe) -> Step {
    Step { kind: StepKind::Once, attempts: 1, untouched: Some(Probe::Cloudify(untouched)), ..step }
}

/// Nothing is done; something is looked for.
pub(crate) fn observe(id: StepId, title: impl Into<String>, target: Target, proof: Probe, deadline: u32) -> Step {
    Step { kind: StepKind::ReadOnly, attempts: 1, deadline, ..step(id, title, target, Action::Observe, proof) }
}

/// A person does it; the run waits until it is seen.
pub(crate) fn manual(id: StepId, title: impl Into<String>, side: Side, proof: CloudifyProbe, deadline: u32) -> Step {
    let step = observe(id, title, on(side), Probe::Cloudify(proof), deadline);
    Step { kind: StepKind::Manual, ..step }
}

/// S10: nothing may have been healed since the snapshot was begun, on either manager. A step of its own before all that
/// cannot be undone, so that a heal stops the run, names its executions, and a person decides.
pub(crate) fn watch(view: &View<'_>, name: &[&str], restored: bool) -> Step {
    let created = (!view.in_place).then(|| view.archive().clone());
    let restored = restored.then(|| view.inputs.snapshot.clone());
    watch_for(name, CloudifyProbe::NoHeal { created, restored })
}

pub(crate) fn watch_for(name: &[&str], proof: CloudifyProbe) -> Step {
    Step {
        hazard: Some(
            "A heal means that machines may be there twice: the one that was healed, and the one that replaced it. Look \
             at the executions that are named before anything goes on (S10)."
                .to_owned(),
        ),
        vendor: Some(super::vendor::WATCH.to_owned()),
        ..observe(
            id(&[&["watch"], name].concat()),
            "Nothing was healed since the snapshot was begun (S10)",
            Target::Platform,
            Probe::Cloudify(proof),
            LOOK,
        )
    }
}

pub(crate) fn shell(host: &Host, script: &str, args: Vec<String>) -> Action {
    Action::Shell(Shell {
        host: host.name.clone(),
        elevate: host.elevate,
        script: script.to_owned(),
        args,
        secrets: Vec::new(),
        reads: OutputReader::Plain,
        quiet: None,
    })
}

pub(crate) fn look(host: &Host, script: &str, args: Vec<String>) -> Probe {
    Probe::Shell { host: host.name.clone(), elevate: host.elevate, script: script.to_owned(), args }
}

pub(crate) fn at(host: &Host) -> Target {
    Target::Host { host: host.name.clone() }
}

impl View<'_> {
    /// The snapshot whose archive is restored.
    pub(crate) fn archive(&self) -> &SnapshotId {
        self.kept.map_or(&self.inputs.snapshot, |kept| &kept.snapshot)
    }
}
