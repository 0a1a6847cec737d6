//! Whether the rest of a plan that is under way still fits what is there. Pure.
//!
//! Much has changed on purpose by then: the old manager may be torn down, the new one's database replaced, its admin
//! another one. Only what the steps still to come depend on counts: that the manager they ask answers, and that nobody else is at work on it. Heals have steps of their own.

use model::cloudify::{Execution, ManagerVersion};
use model::gate::Fit;
use model::plan::{Action, CloudifyProbe, Probe, Side, Step, Target};

use model::words::listed;

/// What one manager shows at a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Its version; why not, where it does not answer.
    pub version: Result<ManagerVersion, String>,
    /// What it executes now, in all tenants.
    pub executions: Result<Vec<Execution>, String>,
}

/// What both managers show, as far as they are needed. `None`: it was not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glances {
    /// The old one.
    pub old: Option<Glance>,
    /// The new one.
    pub new: Option<Glance>,
}

/// Which managers the rest of a plan asks for something. A manager that a step waits for to come is not there yet.
#[must_use]
pub fn asked(rest: &[&Step]) -> Vec<Side> {
    let calls = |side: Side| rest.iter().any(|step| side_of(step) == Some(side));
    // Agents move from one manager to the other; in place there is one only.
    let moves = rest.iter().any(|step| matches!(step.target, Target::Deployment(_)));
    let has_two = rest.iter().any(|step| matches!(step.proof, Probe::Cloudify(CloudifyProbe::Gone { .. })));
    let comes = rest.iter().any(|step| {
        matches!(step.proof, Probe::Cloudify(CloudifyProbe::TornDown { .. } | CloudifyProbe::Empty { .. }))
    });
    let old = (calls(Side::Old) || (moves && has_two)).then_some(Side::Old);
    let new = (calls(Side::New) && !comes).then_some(Side::New);
    old.into_iter().chain(new).collect()
}

fn side_of(step: &Step) -> Option<Side> {
    match (&step.action, &step.target) {
        (Action::Cloudify(call), _) => Some(call.side()),
        // By `cfy`.
        (Action::Shell(_), Target::Deployment(_)) => Some(Side::New),
        (Action::Shell(_), Target::Manager { side }) => Some(*side),
        (Action::Shell(_) | Action::CloudStack(_) | Action::Download(_) | Action::Observe, _) => None,
    }
}

/// Looks at the steps that have not begun yet.
#[must_use]
pub fn fit(glances: &Glances, rest: &[&Step]) -> Fit {
    let sides = [(Side::Old, &glances.old), (Side::New, &glances.new)];
    let seen = sides.iter().filter_map(|(side, glance)| Some((*side, glance.as_ref()?)));
    let mut busy = Vec::new();
    let mut said = Vec::new();
    for (side, glance) in seen {
        let version = match &glance.version {
            Ok(version) => version,
            Err(error) => return Fit::Unseen { error: format!("{side}: {error}") },
        };
        match &glance.executions {
            Err(error) => return Fit::Unseen { error: format!("{side}: {error}") },
            Ok(executions) => {
                busy.extend(executions.iter().filter(|one| !one.status.has_ended()).map(|execution| {
                    format!("{} {} ({}) on {side}", execution.workflow, execution.id, execution.status)
                }))
            }
        }
        said.push(format!("{side} runs {version} and executes nothing"));
    }
    if !busy.is_empty() {
        return Fit::Busy { by: listed(&busy) };
    }
    if said.is_empty() {
        return Fit::Fits {
            evidence: format!("{} to come ask nothing of a manager", super::count(rest.len(), "step")),
        };
    }
    Fit::Fits { evidence: listed(&said) }
}
