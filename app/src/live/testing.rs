//! A plan and its events for the tests of this module.

use model::cloudstack::VmKind;
use model::event::{Event, EventKind, How};
use model::id::{CloudId, EnvironmentId, HostName, StepId};
use model::plan::{Action, Already, PLAN_FORMAT, Plan, Probe, Rolling, Stage, Step, StepKind, Target, Undo, VmRef};
use model::procedure::{Inputs, RestartSystemVms};
use model::run::RunState;
use model::time::Timestamp;

pub fn id(id: &str) -> StepId {
    StepId::new(id).unwrap()
}

fn step(name: &str, vm: &str, kind: StepKind, impact: &str) -> Step {
    Step {
        id: id(name),
        title: format!("Do {name}"),
        target: Target::SystemVm(vm_ref(vm)),
        kind,
        after: vec![],
        action: Action::Observe,
        proof: Probe::ApiReady,
        already: Already::IsDone,
        untouched: None,
        deadline: 600,
        attempts: 2,
        impact: impact.into(),
        hazard: None,
        undo: Undo::NotNeeded,
        vendor: None,
        completes: None,
    }
}

fn vm_ref(name: &str) -> VmRef {
    let id = CloudId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap();
    VmRef { id, name: name.into(), kind: VmKind::Router }
}

/// One VM that is stopped and started, three that go in batches, a script on a host, and something to close.
pub fn plan() -> Plan {
    let idempotent = |name, vm, impact| step(name, vm, StepKind::Idempotent, impact);
    let once = |name, vm| step(name, vm, StepKind::Once, "the network stands still");
    let stage =
        |title: &str, steps, rolling| Stage { title: title.into(), limit: 2, unit: "VMs".into(), steps, rolling };
    let one_by_one = vec![idempotent("stop", "s-1", "uploads wait"), idempotent("start", "s-1", "uploads wait")];
    let host = Target::Host { host: HostName::new("ms1").unwrap() };
    let script = Step { target: host, ..idempotent("script", "", "consoles are cut") };
    let rolling = Rolling { canary: 1, batch: 2, health: vec![], budget: 1 };
    Plan {
        format: PLAN_FORMAT,
        environment: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: String::new(),
        stages: vec![
            stage("One by one", one_by_one, None),
            stage("In batches", vec![once("once", "r-4"), once("twice", "r-5"), once("thrice", "r-6")], Some(rolling)),
            stage("By a script", vec![script], None),
        ],
        finally: vec![idempotent("close", "s-9", "")],
        hazards: vec![],
        left_out: vec![],
        confirmations: vec![],
        hold: 60,
    }
}

pub fn begun(step: &str) -> EventKind {
    EventKind::StepStarted { step: id(step), attempt: 1, spool: None, expires: None }
}

pub fn done(step: &str, how: How) -> EventKind {
    EventKind::StepDone { step: id(step), how, evidence: "seen".into() }
}

pub fn failed(step: &str, again: bool) -> EventKind {
    EventKind::StepFailed { step: id(step), reason: "refused".into(), again }
}

/// The state after these; the n-th happens at second n.
pub fn state(kinds: Vec<EventKind>) -> RunState {
    let event = |(at, kind)| Event { seq: at as i64 + 1, at: Timestamp(at as i64 * 1000), kind };
    RunState::fold(&kinds.into_iter().enumerate().map(event).collect::<Vec<_>>()).unwrap()
}
