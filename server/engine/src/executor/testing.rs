//! A small plan and a run of it, for the tests of the executor and of the store.

use model::environment::{CloudStackSettings, Environment, PlatformSettings, RiskClass, Tuning};
use model::event::EventKind;
use model::id::{CloudId, EnvironmentId, RequestId, RunId, StepId};
use model::people::{Person, Role};
use model::plan::{
    Action, Already, CloudStackCommand, DiskProof, PLAN_FORMAT, Plan, Probe, Stage, Step, StepKind, Target, Undo, VmRef,
};
use model::procedure::{Inputs, RestartSystemVms};
use model::request::{Request, RequestState};
use model::secret::SecretRef;
use model::view::RunLine;

use crate::notify::{Matter, approval_needed};
use crate::store::journal::{self, Author, NewRun};
use crate::store::requests;
use crate::{Engine, NewPerson};

fn vm(number: u8, kind: model::cloudstack::VmKind) -> VmRef {
    let id = CloudId::new(format!("2e7293a0-d168-46f3-bc29-262ddbf2240{number}")).unwrap();
    VmRef { id, name: format!("vm-{number}"), kind }
}

fn step(name: &str, target: Target, kind: StepKind, command: CloudStackCommand, proof: Probe) -> Step {
    Step {
        id: StepId::new(name).unwrap(),
        title: name.to_owned(),
        target,
        kind,
        after: vec![],
        completes: None,
        action: Action::CloudStack(command),
        proof,
        already: Already::IsDone,
        untouched: None,
        deadline: 60,
        attempts: if kind == StepKind::Once { 1 } else { 2 },
        impact: String::new(),
        hazard: None,
        undo: Undo::NotNeeded,
        vendor: None,
    }
}

fn plan(environment: &EnvironmentId) -> Plan {
    let ssvm = vm(1, model::cloudstack::VmKind::SecondaryStorage);
    let disk = CloudId::new("2e7293a0-d168-46f3-bc29-262ddbf22499").unwrap();
    let rebuilt = |vm: &VmRef| Probe::VmRebuilt {
        vm: vm.clone(),
        disk: DiskProof::New { not: disk.clone() },
        agent_version: None,
    };
    let untouched = |vm: &VmRef| Some(Probe::VmUntouched { vm: vm.clone(), disk: disk.clone() });
    let stop = Step {
        untouched: untouched(&ssvm),
        ..step(
            "stop",
            Target::SystemVm(ssvm.clone()),
            StepKind::Idempotent,
            CloudStackCommand::StopSystemVm(ssvm.clone()),
            Probe::VmStopped { vm: ssvm.clone(), disk: disk.clone() },
        )
    };
    let start = Step {
        after: vec![stop.id.clone()],
        completes: Some(stop.id.clone()),
        ..step(
            "start",
            Target::SystemVm(ssvm.clone()),
            StepKind::Idempotent,
            CloudStackCommand::StartSystemVm(ssvm.clone()),
            rebuilt(&ssvm),
        )
    };
    let reboot = |number: u8| {
        let router = vm(number, model::cloudstack::VmKind::Router);
        Step {
            untouched: untouched(&router),
            ..step(
                &format!("reboot-{number}"),
                Target::SystemVm(router.clone()),
                StepKind::Once,
                CloudStackCommand::RebootRouter(router.clone()),
                rebuilt(&router),
            )
        }
    };
    let setting = |name: &str, value: &str| {
        step(
            name,
            Target::Platform,
            StepKind::Idempotent,
            CloudStackCommand::UpdateConfiguration { name: "integration.api.port".into(), value: value.into() },
            Probe::Setting { name: "integration.api.port".into(), value: value.into() },
        )
    };
    let stage =
        |title: &str, limit, steps| Stage { title: title.into(), limit, unit: "VMs".into(), steps, rolling: None };
    Plan {
        format: PLAN_FORMAT,
        environment: environment.clone(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: "For tests.".into(),
        stages: vec![
            stage("Open", 1, vec![setting("open", "8096")]),
            stage("SSVM", 1, vec![stop, start]),
            stage("Routers", 2, vec![reboot(2), reboot(3)]),
        ],
        finally: vec![setting("close", "0")],
        hazards: vec![],
        left_out: vec![],
        hold: 0,
        confirmations: vec![],
    }
}

/// An environment that cannot be reached.
fn environment() -> Environment {
    Environment {
        id: EnvironmentId::new(uuid::Uuid::now_v7().to_string()).unwrap(),
        name: "tiny".into(),
        labels: [].into(),
        risk: RiskClass::Test,
        platform: PlatformSettings::CloudStack(CloudStackSettings {
            endpoint: "http://127.0.0.1:1/client/api".into(),
            api_key: SecretRef::Variable("NONE".into()),
            secret_key: SecretRef::Variable("NONE".into()),
            certificate_sha256: None,
            management_hosts: vec![],
            integration_address: "127.0.0.1".into(),
            database_password: None,
            tuning: Tuning::default(),
        }),
    }
}

/// A request that was made, in an environment of its own.
pub async fn open_request(engine: &Engine, person: Person) -> Request {
    let mut environment = environment();
    if engine.store().environments().await.unwrap().iter().any(|other| other.name == environment.name) {
        environment.name = format!("tiny-{}", environment.id);
    }
    let plan = plan(&environment.id);
    let request = Request {
        id: RequestId::new(uuid::Uuid::now_v7().to_string()).unwrap(),
        environment: environment.id.clone(),
        settings: environment.clone(),
        digest: plan.digest(),
        plan,
        prechecks: vec![],
        makers: [person.id.clone()].into(),
        by: person.id,
        by_name: person.name,
        reason: String::new(),
        ticket: String::new(),
        at: engine.now(),
        state: RequestState::Open,
        approvals: vec![],
    };
    let mut tx = engine.store().write().await.unwrap();
    let rules = engine.hold_rules(&mut tx).await.unwrap();
    crate::store::environments::insert(&mut tx, &environment).await.unwrap();
    requests::insert(&mut tx, &request).await.unwrap();
    approval_needed(&mut tx, &rules, Matter::of(&request), request.at).await.unwrap();
    tx.commit().await.unwrap();
    request
}

/// A run that was started and never taken up.
pub async fn started_run(engine: &Engine) -> RunId {
    let new = NewPerson { name: "rita".into(), password: "a long password".into(), roles: [Role::Admin].into() };
    let person = engine.add_person(None, new).await.unwrap();
    let request = open_request(engine, person).await;
    let run = RunId::new(uuid::Uuid::now_v7().to_string()).unwrap();
    let mut tx = engine.store().write().await.unwrap();
    let new = NewRun {
        id: &run,
        request: &request.id,
        environment: &request.environment,
        procedure: request.plan.inputs.procedure(),
        by: "rita",
        at: engine.now(),
        steps_total: request.plan.steps().count(),
    };
    assert!(journal::create(&mut tx, &new).await.unwrap());
    let created = EventKind::Created { request: request.id.clone(), digest: request.digest.clone(), by: "rita".into() };
    journal::append(&mut tx, &run, Author::Person, engine.now(), &[created.into()]).await.unwrap();
    tx.commit().await.unwrap();
    run
}

/// The request a run came from.
pub async fn request_for(engine: &Engine, line: &RunLine) -> Request {
    engine.store().request(&line.request).await.unwrap().unwrap()
}
