//! The plan that is carried out under chaos: on each host a chain of scripts, and at the end a marker to remove.

use std::path::Path;

use model::environment::Elevate;
use model::id::{EnvironmentId, HostName, StepId};
use model::plan::{
    Action, Already, OutputReader, PLAN_FORMAT, Plan, Probe, Shell, Stage, Step, StepKind, Target, Undo,
};
use model::procedure::{Inputs, RestartSystemVms};
use rand::Rng;
use rand::rngs::StdRng;

use crate::hosts::Host;

const SCRIPT: &str = include_str!("step.sh");
const IS_DONE: &str = "grep -q \"^$1 \" \"$2/ends\"";
const CLOSE: &str = "rm -f \"$2/marker\"";
const IS_CLOSED: &str = "[ ! -e \"$2/marker\" ]";

/// How many steps each host has.
const STEPS: usize = 5;

pub fn plan(environment: &EnvironmentId, hosts: &[Host], dice: &mut StdRng) -> Plan {
    // Another one in each run on the same hosts.
    let word: String = (0..4).map(|_| char::from(dice.random_range(b'a'..=b'z'))).collect();
    let mut steps = Vec::new();
    for number in 0..STEPS {
        for host in hosts {
            let kind = if (number + steps.len()).is_multiple_of(2) { StepKind::Once } else { StepKind::Idempotent };
            let rounds = dice.random_range(8..=20).to_string();
            let id = |number: usize| StepId::new(format!("{}/{word}-{number}", host.name)).unwrap();
            let mut step = step(id(number), host, kind, (SCRIPT, IS_DONE), Some(rounds));
            step.after = number.checked_sub(1).map(id).into_iter().collect();
            steps.push(step);
        }
    }
    let close = |host: &Host| {
        let id = StepId::new(format!("{}/{word}-close", host.name)).unwrap();
        step(id, host, StepKind::Idempotent, (CLOSE, IS_CLOSED), None)
    };
    let limit = u16::try_from(hosts.len()).unwrap();
    Plan {
        format: PLAN_FORMAT,
        environment: environment.clone(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: "For chaos.".to_owned(),
        stages: vec![Stage { title: "All".to_owned(), limit, unit: "scripts".to_owned(), steps, rolling: None }],
        finally: hosts.iter().map(close).collect(),
        hazards: vec![],
        left_out: vec![],
        hold: 0,
        confirmations: vec![],
    }
}

fn step(id: StepId, host: &Host, kind: StepKind, (does, shows): (&str, &str), rounds: Option<String>) -> Step {
    let args: Vec<String> = [id.to_string(), host.truth().display().to_string()].into_iter().chain(rounds).collect();
    let shell = Shell {
        host: host.name.clone(),
        elevate: Elevate::No,
        script: does.to_owned(),
        args: args.clone(),
        secrets: vec![],
        reads: OutputReader::Plain,
        quiet: None,
    };
    let proof = Probe::Shell { host: host.name.clone(), elevate: Elevate::No, script: shows.to_owned(), args };
    Step {
        title: id.to_string(),
        id,
        target: Target::Host { host: host.name.clone() },
        kind,
        after: vec![],
        completes: None,
        action: Action::Shell(shell),
        proof,
        already: Already::IsDone,
        untouched: None,
        // No step may end because it took long: then nothing here would be known.
        deadline: 900,
        attempts: if kind == StepKind::Once { 1 } else { u8::MAX },
        impact: String::new(),
        hazard: None,
        undo: Undo::NotNeeded,
        vendor: None,
    }
}

/// On which host a step of this plan acts.
pub fn host_of(step: &Step) -> &HostName {
    match &step.target {
        Target::Host { host } => host,
        other => panic!("{other:?} is no host"),
    }
}

/// What a step prints to (stdout, stderr) in its first `rounds` rounds.
pub fn prints(step: &StepId, rounds: usize) -> (String, String) {
    let lines = |verb: &str| {
        let numbers = (0..rounds).flat_map(|round| (0..20).map(move |line| (round, line)));
        numbers.map(|(round, line)| format!("{step} {verb} {round}.{line}\n")).collect::<String>()
    };
    (lines("says"), lines("complains"))
}

/// How many rounds a step has in all.
pub fn rounds(step: &Step) -> usize {
    match &step.action {
        Action::Shell(shell) => shell.args.get(2).map_or(0, |rounds| rounds.parse().unwrap()),
        other => panic!("{other:?} is no script"),
    }
}

/// One line of a host's file of starts.
#[derive(Debug, Clone)]
pub struct Start {
    pub step: String,
    pub spool: String,
    pub host: String,
    pub boot: String,
}

/// Which scripts have really begun there.
pub fn starts(truth: &Path) -> Vec<Start> {
    let read = |line: &[String]| match line {
        [step, spool, host, boot] => {
            Start { step: step.clone(), spool: spool.clone(), host: host.clone(), boot: boot.clone() }
        }
        other => panic!("{other:?} is no start"),
    };
    lines(&truth.join("starts")).iter().map(|line| read(line)).collect()
}

/// The spools of the scripts that have come to their end there.
pub fn ends(truth: &Path) -> Vec<String> {
    lines(&truth.join("ends")).into_iter().map(|words| words[1].clone()).collect()
}

/// The words of each line of a file that may not be there.
pub fn lines(file: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}
