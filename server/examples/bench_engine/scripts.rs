//! Plans of shell steps.

use model::environment::Elevate;
use model::id::{EnvironmentId, HostName, StepId};
use model::plan::{
    Action, Already, OutputReader, PLAN_FORMAT, Plan, Probe, Shell, Stage, Step, StepKind, Target, Undo,
};
use model::procedure::{Inputs, RestartSystemVms};

use crate::hosts::name;

/// What is run everywhere: it prints one line and touches nothing.
pub const ONE_LINE: &str = "echo drydock-bench";

/// One stage without a gate: on each host these scripts, one after another, on all hosts at once.
pub fn plan(environment: &EnvironmentId, hosts: usize, scripts: impl Fn(usize) -> Vec<String>) -> Plan {
    let steps = (0..hosts).flat_map(|host| {
        let scripts = scripts(host);
        scripts.into_iter().enumerate().map(move |(number, script)| step(host, number, script)).collect::<Vec<_>>()
    });
    let stage = Stage {
        title: "Bench".to_owned(),
        limit: u16::try_from(hosts).unwrap(),
        unit: "steps".to_owned(),
        steps: steps.collect(),
        rolling: None,
    };
    Plan {
        format: PLAN_FORMAT,
        environment: environment.clone(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: "Prints lines.".to_owned(),
        stages: vec![stage],
        finally: Vec::new(),
        hazards: Vec::new(),
        left_out: Vec::new(),
        hold: 0,
        confirmations: vec![],
    }
}

/// The same number of scripts of one line on each host.
pub fn lines(environment: &EnvironmentId, hosts: usize, steps: usize) -> Plan {
    plan(environment, hosts, |_| vec![ONE_LINE.to_owned(); steps])
}

fn step(host: usize, number: usize, script: String) -> Step {
    let id = |number: usize| StepId::new(format!("{}/{number}", name(host))).unwrap();
    let host = HostName::new(name(host)).unwrap();
    Step {
        id: id(number),
        title: format!("Script {number} on {host}"),
        target: Target::Host { host: host.clone() },
        kind: StepKind::Once,
        after: number.checked_sub(1).map(id).into_iter().collect(),
        completes: None,
        action: Action::Shell(Shell {
            host: host.clone(),
            elevate: Elevate::No,
            script,
            args: Vec::new(),
            secrets: Vec::new(),
            reads: OutputReader::Plain,
            quiet: None,
        }),
        proof: Probe::Shell { host, elevate: Elevate::No, script: "true".to_owned(), args: Vec::new() },
        already: Already::ActAnyway,
        untouched: None,
        deadline: 600,
        attempts: 1,
        impact: String::new(),
        hazard: None,
        undo: Undo::NotNeeded,
        vendor: None,
    }
}
