//! The blast radius of a plan: what it stops and for whom, what it touches, and what cannot be undone. Put together so that
//! somebody who has to agree sees it in two seconds.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Action, Plan, Step, StepKind, Target, Undo, Weight};
use crate::words::{count, shortened};

/// What a plan does to the world around it, as its steps say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlastRadius {
    /// What stops meanwhile, each once, in the order of the plan.
    pub stops: Vec<Stop>,
    /// Hosts that get a command which changes something.
    pub hosts: BTreeSet<String>,
    /// What else is changed: VMs, managers, deployments, the installation as a whole.
    pub objects: BTreeSet<String>,
    /// What cannot be undone, by title, in the order of the plan.
    pub final_steps: Vec<Doing>,
    /// What a person would have to undo, and how.
    pub by_hand: Vec<Doing>,
    /// Steps that change something.
    pub changing: usize,
    /// Steps that only look.
    pub looking: usize,
    /// Steps that must never be started twice.
    pub once: usize,
    /// Steps that a person does.
    pub manual: usize,
    /// Hazards of the plan that are dangers, and steps with a hazard of their own.
    pub dangers: usize,
}

/// Something that stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// What, and for whom.
    pub impact: String,
    /// By what is done to these.
    pub targets: Vec<String>,
}

/// A step, as far as it has to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doing {
    /// What it does.
    pub title: String,
    /// To what.
    pub target: String,
    /// How it would be undone, in words; empty where it cannot.
    pub undo: String,
}

impl BlastRadius {
    /// Of this plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut radius = Self {
            dangers: plan.hazards.iter().filter(|hazard| hazard.weight == Weight::Danger).count(),
            ..Self::default()
        };
        plan.steps().for_each(|step| radius.take(step));
        radius
    }

    fn take(&mut self, step: &Step) {
        let target = step.target.words();
        if !step.impact.is_empty() {
            self.stop(&step.impact, &target);
        }
        self.dangers += usize::from(step.hazard.is_some());
        match step.kind {
            StepKind::ReadOnly => {
                self.looking += 1;
                return;
            }
            StepKind::Idempotent => {}
            StepKind::Once => self.once += 1,
            StepKind::Manual => self.manual += 1,
        }
        self.changing += 1;
        match &step.target {
            Target::Host { host } => self.hosts.insert(host.to_string()),
            Target::SystemVm(_) | Target::Platform | Target::Manager { .. } | Target::Deployment(_) => {
                self.objects.insert(target.clone())
            }
        };
        // What is done to a manager or a VM may be done by a script on a host.
        if let Some(host) = host_of(&step.action) {
            self.hosts.insert(host);
        }
        let doing = |undo| Doing { title: step.title.clone(), target, undo };
        match &step.undo {
            Undo::Impossible => self.final_steps.push(doing(String::new())),
            Undo::ByHand(how) => self.by_hand.push(doing(how.clone())),
            Undo::NotNeeded | Undo::ByStep(_) => {}
        }
    }

    fn stop(&mut self, impact: &str, target: &str) {
        match self.stops.iter_mut().find(|stop| stop.impact == impact) {
            Some(stop) if stop.targets.iter().any(|known| known == target) => {}
            Some(stop) => stop.targets.push(target.to_owned()),
            None => self.stops.push(Stop { impact: impact.to_owned(), targets: vec![target.to_owned()] }),
        }
    }

    /// How many things stop.
    #[must_use]
    pub fn stopped(&self) -> usize {
        let targets: BTreeSet<&String> = self.stops.iter().flat_map(|stop| &stop.targets).collect();
        targets.len()
    }

    /// What is touched, in one line: `2 hosts (ms1, ms2) and 3 objects (…)`.
    #[must_use]
    pub fn touched(&self) -> String {
        let named = |one: &str, names: &BTreeSet<String>| {
            let all = shortened(names.iter().cloned().collect());
            (!names.is_empty()).then(|| format!("{}: {all}", count(names.len(), one)))
        };
        let parts: Vec<String> =
            [named("host", &self.hosts), named("object", &self.objects)].into_iter().flatten().collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join("; ") }
    }
}

fn host_of(action: &Action) -> Option<String> {
    match action {
        Action::Shell(shell) => Some(shell.host.to_string()),
        // A copy is taken: nothing is changed there.
        Action::Download(_) | Action::CloudStack(_) | Action::Cloudify(_) | Action::Observe => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::difference::tests::{plan, step};
    use crate::plan::{Hazard, Shell};

    #[test]
    fn what_stops_is_said_once_with_everything_it_is_said_of() {
        let stops = |id: &str, host: &str| Step { impact: "uploads wait".into(), ..step(id, host) };
        let radius =
            BlastRadius::of(&plan(vec![stops("a", "h1"), stops("b", "h2"), stops("c", "h1"), step("d", "h3")]));
        let targets = vec!["h1".to_owned(), "h2".to_owned()];
        assert_eq!(radius.stops, [Stop { impact: "uploads wait".into(), targets }]);
        assert_eq!(radius.stopped(), 2);
    }

    #[test]
    fn what_only_looks_touches_nothing() {
        let look = Step { kind: StepKind::ReadOnly, undo: Undo::Impossible, ..step("a", "h1") };
        let radius = BlastRadius::of(&plan(vec![look]));
        assert_eq!((radius.changing, radius.looking), (0, 1));
        assert_eq!(radius.touched(), "nothing");
        assert_eq!(radius.final_steps, []);
    }

    #[test]
    fn a_manager_that_a_script_changes_and_the_host_of_the_script_are_both_touched() {
        let Action::Shell(shell) = step("a", "cli").action else { panic!("it is a script") };
        let on_all = Step { target: Target::Platform, action: Action::Shell(Shell { ..shell }), ..step("a", "x") };
        let radius = BlastRadius::of(&plan(vec![on_all]));
        assert_eq!(radius.touched(), "1 host: cli; 1 object: the whole installation");
    }

    #[test]
    fn what_cannot_be_undone_is_told_apart_from_what_a_person_undoes() {
        let gone =
            Step { undo: Undo::Impossible, kind: StepKind::Once, hazard: Some("mind".into()), ..step("a", "h1") };
        let by_hand = Step { undo: Undo::ByHand("start it".into()), ..step("b", "h1") };
        let undone = Step { undo: Undo::ByStep(gone.id.clone()), ..step("c", "h1") };
        let mut plan = plan(vec![gone, by_hand, undone]);
        plan.hazards = vec![
            Hazard { weight: Weight::Danger, words: "x".into() },
            Hazard { weight: Weight::Note, words: "y".into() },
        ];
        let radius = BlastRadius::of(&plan);
        assert_eq!(radius.final_steps.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(radius.by_hand.iter().map(|one| one.undo.as_str()).collect::<Vec<_>>(), ["start it"]);
        assert_eq!((radius.once, radius.dangers, radius.changing), (1, 2, 3));
    }
}
