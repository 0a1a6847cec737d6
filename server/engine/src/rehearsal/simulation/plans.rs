//! Plans by seed.

use model::cloudstack::VmKind;
use model::environment::Elevate;
use model::id::{CloudId, EnvironmentId, HostName, StepId};
use model::plan::{
    Action, Already, CloudStackCommand, DiskProof, Download, FileCopy, OutputReader, PLAN_FORMAT, Plan, Probe, Rolling,
    Shell, Stage, Step, StepKind, Target, Undo, VmRef,
};
use model::procedure::{Inputs, RestartSystemVms};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const PORT: &str = "integration.api.port";

fn cloud_id(number: usize) -> CloudId {
    CloudId::new(format!("2e7293a0-d168-46f3-bc29-{number:012x}")).unwrap()
}

fn step(name: String, target: Target, kind: StepKind, action: Action, proof: Probe) -> Step {
    Step {
        id: StepId::new(name.clone()).unwrap(),
        title: name,
        target,
        kind,
        after: vec![],
        completes: None,
        action,
        proof,
        already: Already::IsDone,
        untouched: None,
        deadline: 900,
        attempts: if kind == StepKind::Once { 1 } else { 2 },
        impact: String::new(),
        hazard: None,
        undo: Undo::NotNeeded,
        vendor: None,
    }
}

fn vm(number: usize, kind: VmKind) -> (VmRef, CloudId) {
    (VmRef { id: cloud_id(number), name: format!("vm-{number}"), kind }, cloud_id(10_000 + number))
}

/// Stop and start of a system VM.
fn restart(number: usize) -> Vec<Step> {
    let (vm, disk) = vm(number, VmKind::SecondaryStorage);
    let on = Target::SystemVm(vm.clone());
    let stop = Step {
        untouched: Some(Probe::VmUntouched { vm: vm.clone(), disk: disk.clone() }),
        ..step(
            format!("stop-{number}"),
            on.clone(),
            StepKind::Idempotent,
            Action::CloudStack(CloudStackCommand::StopSystemVm(vm.clone())),
            Probe::VmStopped { vm: vm.clone(), disk: disk.clone() },
        )
    };
    let start = Step {
        after: vec![stop.id.clone()],
        completes: Some(stop.id.clone()),
        ..step(
            format!("start-{number}"),
            on,
            StepKind::Idempotent,
            Action::CloudStack(CloudStackCommand::StartSystemVm(vm.clone())),
            Probe::VmRebuilt { vm, disk: DiskProof::New { not: disk }, agent_version: None },
        )
    };
    vec![stop, start]
}

fn reboot(number: usize) -> Step {
    let (vm, disk) = vm(number, VmKind::Router);
    Step {
        untouched: Some(Probe::VmUntouched { vm: vm.clone(), disk: disk.clone() }),
        ..step(
            format!("reboot-{number}"),
            Target::SystemVm(vm.clone()),
            StepKind::Once,
            Action::CloudStack(CloudStackCommand::RebootRouter(vm.clone())),
            Probe::VmRebuilt { vm, disk: DiskProof::New { not: disk }, agent_version: None },
        )
    }
}

fn script(name: &str, host: usize, kind: StepKind) -> Step {
    let host = HostName::new(format!("host-{host}")).unwrap();
    let shell = Shell {
        host: host.clone(),
        elevate: Elevate::No,
        script: format!("do {name}"),
        args: vec![],
        secrets: vec![],
        reads: OutputReader::Plain,
        quiet: None,
    };
    let proof =
        Probe::Shell { host: host.clone(), elevate: Elevate::No, script: format!("is {name} done"), args: vec![] };
    step(name.to_owned(), Target::Host { host }, kind, Action::Shell(shell), proof)
}

fn setting(name: &str, value: &str) -> Step {
    let command = CloudStackCommand::UpdateConfiguration { name: PORT.into(), value: value.into() };
    let proof = Probe::Setting { name: PORT.into(), value: value.into() };
    step(name.to_owned(), Target::Platform, StepKind::Idempotent, Action::CloudStack(command), proof)
}

fn stage(limit: u16, steps: Vec<Step>, rolling: Option<Rolling>) -> Stage {
    Stage { title: "Stage".into(), limit, unit: "things".into(), steps, rolling }
}

fn plan(stages: Vec<Stage>, finally: Vec<Step>, hold: u32) -> Plan {
    Plan {
        format: PLAN_FORMAT,
        environment: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22482").unwrap(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: "For the simulation.".into(),
        stages,
        finally,
        hazards: vec![],
        left_out: vec![],
        hold,
        confirmations: vec![],
    }
}

/// Every kind of step, a rolling stage, and two things to close.
pub fn with_everything() -> Plan {
    let rolling = Rolling { canary: 1, batch: 2, health: vec![], budget: 0 };
    let mut observe = script("look", 1, StepKind::ReadOnly);
    observe.action = Action::Observe;
    plan(
        vec![
            stage(1, vec![observe, setting("open", "8096")], None),
            stage(1, restart(1), None),
            stage(2, vec![script("update-1", 1, StepKind::Once), script("update-2", 2, StepKind::Idempotent)], None),
            stage(2, vec![reboot(2), reboot(3), reboot(4)], Some(rolling)),
        ],
        vec![setting("close", "0"), script("tidy", 1, StepKind::Idempotent)],
        600,
    )
}

/// Copies of files leave two hosts before something replaces the files.
pub fn with_copies() -> Plan {
    let stages =
        vec![stage(2, vec![copies(1), copies(2)], None), stage(1, vec![script("update-1", 1, StepKind::Once)], None)];
    plan(stages, vec![script("tidy", 1, StepKind::Idempotent)], 600)
}

fn copies(host: usize) -> Step {
    let name = HostName::new(format!("host-{host}")).unwrap();
    let files = vec![FileCopy { path: "/opt/patched".into(), sha256: "ab".repeat(32) }];
    let download =
        Download { host: name.clone(), elevate: Elevate::No, script: "show it".into(), files: files.clone() };
    let proof = Probe::CopiesSealed { host: name.clone(), files };
    let on = Target::Host { host: name };
    step(format!("copies-{host}"), on, StepKind::Idempotent, Action::Download(download), proof)
}

/// Some plan.
pub fn by_seed(seed: u64) -> Plan {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut number = 0;
    let mut stages = Vec::new();
    let mut finally = Vec::new();
    if rng.random_ratio(1, 2) {
        stages.push(stage(1, vec![setting("open", "8096")], None));
        finally.push(setting("close", "0"));
    }
    for index in 0..rng.random_range(1..4) {
        let mut steps = Vec::new();
        for _ in 0..rng.random_range(1..5) {
            number += 1;
            match rng.random_range(0..4) {
                0 => steps.extend(restart(number)),
                1 => steps.push(reboot(number)),
                kind => {
                    let kind = if kind == 2 { StepKind::Once } else { StepKind::Idempotent };
                    let mut script = script(&format!("script-{number}"), rng.random_range(1..4), kind);
                    script.deadline = rng.random_range(60..900);
                    if rng.random_ratio(1, 4) {
                        script.already = Already::ActAnyway;
                    }
                    steps.push(script);
                }
            }
        }
        let rolling = rng.random_ratio(1, 3).then(|| Rolling {
            canary: rng.random_range(0..2),
            batch: rng.random_range(1..3),
            health: vec![],
            budget: rng.random_range(0..2),
        });
        if rng.random_ratio(1, 3) {
            finally.push(script(&format!("tidy-{index}"), rng.random_range(1..4), StepKind::Idempotent));
        }
        stages.push(stage(rng.random_range(1..4), steps, rolling));
    }
    let hold = if rng.random_ratio(1, 2) { 1800 } else { 0 };
    plan(stages, finally, hold)
}
