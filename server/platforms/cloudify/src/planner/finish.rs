//! The last proof, and only then the end of the old manager (V, N12 to N14).

use model::plan::{CloudifyProbe, Probe, Side, Stage, Step, Target, Undo};

use super::steps::{LOOK, id, manual, observe, stage, watch, watch_for};
use super::vendor;
use super::view::View;

/// A week: when somebody shuts the old manager down is theirs to choose, and until then the run watches.
const SHUT_DOWN: u32 = 7 * 24 * 3600;

/// Every agent that the plan moves, looked at once more. It stops the run when one is missing, and names it.
pub(super) fn verify(view: &View<'_>) -> Stage {
    let of = view.planned.iter().map(|planned| {
        let (deployment, agents) = (planned.deployment.clone(), planned.agents.clone());
        Probe::Cloudify(CloudifyProbe::AgentsMoved { deployment, agents })
    });
    let all = Step {
        hazard: Some(
            "What is named here has no agent at the new manager: the old manager must stay up (S12).".to_owned(),
        ),
        ..observe(
            id(&["verify", "agents"]),
            "Every agent is alive at the new manager (S12)",
            Target::Platform,
            Probe::All { of: of.collect() },
            view.settings.tuning.agents_deadline.min(LOOK),
        )
    };
    stage("All agents are proven", "looks", vec![all, watch(view, &["after-agents"], true)])
}

/// S12: until here the old manager must not be touched. S10: it must not go on beside the new one either.
pub(super) fn old_manager(view: &View<'_>) -> Option<Stage> {
    if view.in_place {
        return None;
    }
    let left = if view.skipped.is_empty() {
        String::new()
    } else {
        " What stands under \u{201c}left out\u{201d} has no agent at the new manager, and nobody reaches it afterwards."
            .to_owned()
    };
    let host = &view.settings.old.host;
    let gone = Step {
        impact: "The old manager is gone; the new one does everything.".to_owned(),
        hazard: Some(format!(
            "You may shut it down now. If it is kept for anything and heals, it has to be disconnected from every network \
             it could heal through (S10).{left}"
        )),
        undo: Undo::ByHand("Switch it on again, disconnected from the networks.".to_owned()),
        vendor: Some(vendor::SHUT_DOWN.to_owned()),
        ..manual(
            id(&["old", "shut-down"]),
            format!("Shut down the old manager, {} (S12)", host.name),
            Side::Old,
            CloudifyProbe::Gone { on: Side::Old },
            SHUT_DOWN,
        )
    };
    let last = CloudifyProbe::NoHeal { created: None, restored: Some(view.inputs.snapshot.clone()) };
    Some(stage("The old manager may be shut down", "steps", vec![gone, watch_for(&["last"], last)]))
}
