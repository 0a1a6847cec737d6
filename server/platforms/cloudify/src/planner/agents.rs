//! Agents, deployment by deployment (dossier 3.6, 4.5): first all are asked, then they are moved.
//!
//! The old manager has to be there until every one of them is proven: the new manager reaches the old agents over the
//! old manager's broker.

use model::plan::{Action, Already, CloudifyCall, CloudifyProbe, Probe, Side, Stage, Step, Target, Undo};
use model::procedure::CfyStep;

use super::steps::{id, once, step, watch, whatever_fails};
use super::view::{Planned, View};
use super::{PlanError, cfy, count, vendor};

/// After so many deployments both managers are asked for heals.
const CHUNK: usize = 20;

/// Neighbours of one tenant that are worked on in one stage.
struct Chunk<'v> {
    /// From 1, over all tenants: names of tenants may become the same in ids.
    number: usize,
    title: String,
    planned: &'v [Planned],
    /// Number of the first one, from 1, over all tenants.
    first: usize,
}

pub(super) fn stages(view: &View<'_>) -> Result<Vec<Stage>, PlanError> {
    let chunks = chunks(&view.planned);
    let mut stages: Vec<Stage> = chunks.iter().map(|chunk| ask(view, chunk)).collect();
    for chunk in &chunks {
        stages.push(install(view, chunk)?);
    }
    Ok(stages)
}

fn chunks(planned: &[Planned]) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut first = 1;
    for tenant in planned.chunk_by(|one, other| one.deployment.tenant == other.deployment.tenant) {
        let mut from = 1;
        for part in tenant.chunks(CHUNK) {
            let name = part.first().map(|one| one.deployment.tenant.to_string()).unwrap_or_default();
            let title = if tenant.len() <= CHUNK {
                format!("tenant {name}")
            } else {
                format!("tenant {name}, deployments {from} to {} of {}", from + part.len() - 1, tenant.len())
            };
            chunks.push(Chunk { number: chunks.len() + 1, title, planned: part, first });
            from += part.len();
            first += part.len();
        }
    }
    chunks
}

fn at_once(view: &View<'_>) -> u16 {
    u16::try_from(view.settings.tuning.agents_at_once).unwrap_or(u16::MAX).max(1)
}

/// The dry run: a dead host is found before anything is moved.
fn ask(view: &View<'_>, chunk: &Chunk<'_>) -> Stage {
    let steps = numbered(chunk).map(|(number, planned)| {
        let agents = planned.agents.iter().map(|agent| agent.instance.clone()).collect();
        let (deployment, only) = (planned.deployment.clone(), planned.only.clone());
        Step {
            // What was asked before says nothing of now.
            already: Already::ActAnyway,
            deadline: view.settings.tuning.agents_deadline,
            hazard: Some(
                "One dead host blocks its whole deployment. Cure it, or make a new plan that leaves this host behind."
                    .to_owned(),
            ),
            vendor: Some(vendor::validate(&view.new)),
            ..step(
                step_id("ask", number, planned),
                format!("Ask {} of {}", count(planned.agents.len(), "old agent"), planned.deployment),
                Target::Deployment(planned.deployment.clone()),
                Action::Cloudify(CloudifyCall::ValidateAgents { deployment: deployment.clone(), only }),
                Probe::Cloudify(CloudifyProbe::AgentsAnswer { deployment, agents }),
            )
        }
    });
    Stage {
        title: format!("Dry run: agents of {}", chunk.title),
        limit: at_once(view),
        unit: "deployments".to_owned(),
        steps: steps.collect(),
        rolling: whatever_fails(0, chunk.planned.len()),
    }
}

fn install(view: &View<'_>, chunk: &Chunk<'_>) -> Result<Stage, PlanError> {
    let number = chunk.number.to_string();
    // The canary: a heal stops the run, where a deployment that fails does not.
    let mut steps = vec![watch(view, &["agents", &number], true)];
    for (number, planned) in numbered(chunk) {
        steps.push(install_one(view, number, planned)?);
    }
    Ok(Stage {
        title: format!("Agents of {}", chunk.title),
        limit: at_once(view),
        unit: "deployments".to_owned(),
        steps,
        rolling: whatever_fails(1, chunk.planned.len()),
    })
}

fn install_one(view: &View<'_>, number: usize, planned: &Planned) -> Result<Step, PlanError> {
    let (deployment, only) = (planned.deployment.clone(), planned.only.clone());
    let agents = planned.agents.clone();
    let title = format!("Install {} of {deployment}", count(agents.len(), "new agent"));
    let call = CloudifyCall::InstallAgents { deployment: deployment.clone(), only };
    let moved = CloudifyProbe::AgentsMoved { deployment: deployment.clone(), agents: agents.clone() };
    let untouched = CloudifyProbe::AgentsUntouched {
        deployment: deployment.clone(),
        agents,
        restored: view.inputs.snapshot.clone(),
    };
    let made = step(
        step_id("install", number, planned),
        title,
        Target::Deployment(deployment.clone()),
        Action::Cloudify(call),
        Probe::Cloudify(moved),
    );
    let hazard = if view.in_place {
        "The old agents go on running beside the new ones."
    } else {
        "The old agents go on running beside the new ones, and the old manager must stay up until all are proven (S12). \
         From here on a heal makes machines twice (S10)."
    };
    let made = Step {
        deadline: view.settings.tuning.agents_deadline,
        hazard: Some(hazard.to_owned()),
        undo: Undo::ByHand("The old agents are still there, at the old manager.".to_owned()),
        vendor: Some(vendor::agents(&deployment)),
        ..once(made, untouched)
    };
    if !view.by_cfy(CfyStep::InstallAgents) {
        return Ok(made);
    }
    let only: Vec<String> = planned.only.iter().map(ToString::to_string).collect();
    // Dossier 1.2: later ones take it as an option only.
    let named = view.new.is_at_least(4, 6, 0).then_some("--deployment-id");
    let words = ["agents", "install"].into_iter().chain(named).chain([deployment.id.as_str()]);
    let words = words.chain(only.iter().flat_map(|id| ["--node-instance-id", id.as_str()]));
    Ok(Step { action: cfy::action(view, Side::New, words, Some(&deployment.tenant))?, ..made })
}

fn numbered<'v>(chunk: &Chunk<'v>) -> impl Iterator<Item = (usize, &'v Planned)> {
    let first = chunk.first;
    chunk.planned.iter().enumerate().map(move |(at, planned)| (first + at, planned))
}

/// Names of deployments may become the same in ids; numbers do not.
fn step_id(what: &str, number: usize, planned: &Planned) -> model::id::StepId {
    let number = number.to_string();
    id(&["agents", what, &number, planned.deployment.tenant.as_str(), planned.deployment.id.as_str()])
}
