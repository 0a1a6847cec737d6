//! Which look each state of the model has. Closed matches: a new state does not compile until it has a look.

use model::cloudify::{ExecutionStatus, SnapshotStatus};
use model::cloudstack::{AgentState, Need, VmState};
use model::environment::RiskClass;
use model::event::Outcome;
use model::plan::Weight;
use model::policy::Standing;
use model::precheck::Verdict;
use model::rehearsal::RehearsalLine;
use model::request::RequestState;
use model::run::{Status, StepState};
use model::view::RunLine;

use crate::live::Situation;
use crate::look::{Look, Tone};

/// How a run ended.
#[must_use]
pub fn of_outcome(outcome: Outcome) -> Look {
    match outcome {
        Outcome::Succeeded => Look::ok("Succeeded"),
        Outcome::WithErrors => Look::warning("Done with errors"),
        Outcome::Incomplete => Look::warning("Done in part"),
        Outcome::Failed => Look::failed("Failed"),
        Outcome::Aborted => Look::stopped("Aborted"),
    }
}

/// A run in a list.
#[must_use]
pub fn of_line(line: &RunLine) -> Look {
    match (line.outcome, &line.alarm) {
        (Some(outcome), _) => of_outcome(outcome),
        (None, Some(_)) => Look::failed("Needs a person"),
        (None, None) => Look::running("Running"),
    }
}

/// An execution of a Cloudify manager.
#[must_use]
pub fn of_execution(status: &ExecutionStatus) -> Look {
    match status {
        ExecutionStatus::Started => Look::running("started"),
        ExecutionStatus::Terminated => Look::ok("terminated"),
        ExecutionStatus::Failed => Look::failed("failed"),
        ExecutionStatus::Cancelled => Look::stopped("cancelled"),
        ExecutionStatus::Pending | ExecutionStatus::Queued | ExecutionStatus::Scheduled => Look::waiting(status.word()),
        ExecutionStatus::Cancelling | ExecutionStatus::ForceCancelling | ExecutionStatus::KillCancelling => {
            Look::stopped(status.word())
        }
        ExecutionStatus::Other(word) => Look::unknown(word.clone()),
    }
}

/// A snapshot of a Cloudify manager.
#[must_use]
pub fn of_snapshot(status: &SnapshotStatus) -> Look {
    match status {
        SnapshotStatus::Creating => Look::running("creating"),
        SnapshotStatus::Created => Look::ok("created"),
        SnapshotStatus::Uploaded => Look::ok("uploaded"),
        SnapshotStatus::Failed => Look::failed("failed"),
        SnapshotStatus::Other(word) => Look::unknown(word.clone()),
    }
}

/// How a rehearsal ended.
#[must_use]
pub fn of_rehearsal(line: &RehearsalLine) -> Look {
    line.outcome.map_or_else(|| Look::failed("Would stay open"), of_outcome)
}

/// A run as its events tell it; `alarm` when somebody has to look at once.
#[must_use]
pub fn of_situation(situation: &Situation, alarm: bool) -> Look {
    match situation {
        Situation::Over(outcome) => of_outcome(*outcome),
        Situation::Held(_) => Look::failed("Needs a decision"),
        Situation::Asking => Look::failed("Needs a person"),
        Situation::Aborting { .. } => Look::stopped("Aborting"),
        _ if alarm => Look::failed("Needs a person"),
        Situation::Pausing { .. } => Look::waiting("Pausing"),
        Situation::Paused(_) => Look::waiting("Paused"),
        Situation::Closed { .. } => Look::waiting("Stands still"),
        Situation::Looking(_) => Look::running("Looking around"),
        Situation::Working => Look::running("Running"),
        Situation::Closing => Look::running("Closing what was opened"),
    }
}

/// A step; `None` when it has not begun, which it will not any more once the run is over.
#[must_use]
pub fn of_step(step: Option<&StepState>, is_over: bool) -> Look {
    let Some(step) = step else { return Look::to_come(if is_over { "Not begun" } else { "To come" }) };
    match &step.status {
        Status::Running if step.wait.is_some() => Look::running("Waiting"),
        Status::Running => Look::running("Running"),
        Status::Done { how: model::event::How::Acted, .. } => Look::ok("Done"),
        Status::Done { how: model::event::How::AlreadySo, .. } => Look::ok("Was so already"),
        Status::Done { how: model::event::How::Signed, .. } => Look::warning("Signed as done"),
        Status::Done { how: model::event::How::WithErrors, .. } => Look::warning("Done with errors"),
        Status::Failed { again: true, .. } => Look::warning("Will be tried again"),
        Status::Failed { again: false, .. } => Look::failed("Failed"),
        Status::Freed { .. } => Look::waiting("Will be tried again"),
        Status::NotBegun => Look::to_come("Not begun"),
        Status::Unknown { .. } => Look::unknown("Unknown"),
        Status::Stopped { .. } => Look::stopped("Stopped"),
        Status::Skipped { .. } => Look::warning("Skipped"),
    }
}

/// A request as people see it.
#[must_use]
pub fn of_request(state: &RequestState, standing: &Standing) -> Look {
    match state {
        RequestState::Open => of_standing(standing),
        RequestState::Withdrawn => Look::quiet("Withdrawn"),
        RequestState::Denied => Look::failed("Denied"),
        RequestState::Started { .. } => Look::ok("Started"),
    }
}

/// Where an open request stands.
#[must_use]
pub fn of_standing(standing: &Standing) -> Look {
    match standing {
        Standing::Approved { .. } => Look::ok("Approved, ready to start"),
        Standing::Waiting { missing } => match missing.iter().map(|missing| missing.count).sum::<u16>() {
            1 => Look::waiting("Waits for 1 approval"),
            count => Look::waiting(format!("Waits for {count} approvals")),
        },
        Standing::Impossible { .. } => Look::failed("Nobody can approve it"),
        Standing::Denied { by } => Look::failed(format!("Denied by {}", by.join(", "))),
    }
}

/// The answer of a precheck.
#[must_use]
pub fn of_verdict(verdict: Verdict) -> Look {
    match verdict {
        Verdict::Good => Look::ok("Good"),
        Verdict::Warning => Look::warning("Warning"),
        Verdict::Blocking => Look::failed("Blocks the start"),
        Verdict::Unknown => Look::unknown("Unknown"),
    }
}

/// Whether a system VM should be restarted.
#[must_use]
pub fn of_need(need: &Need) -> Look {
    match need {
        Need::OldDisk => Look::warning("Old disk"),
        Need::RequiresUpgrade => Look::warning("Requires upgrade"),
        Need::OldVersion { .. } => Look::warning("Old version"),
        Need::None => Look::ok("Up to date"),
        Need::Unknown(_) => Look::unknown("Unknown"),
    }
}

/// State of a system VM.
#[must_use]
pub fn of_vm(state: &VmState) -> Look {
    match state {
        VmState::Running => Look::ok("Running"),
        VmState::Stopping | VmState::Starting => Look::running(state.to_string()),
        VmState::Stopped => Look::failed("Stopped"),
        VmState::Other(word) => Look::warning(word),
    }
}

/// State of the agent in a system VM.
#[must_use]
pub fn of_agent(state: &AgentState) -> Look {
    match state {
        AgentState::Up => Look::ok("Up"),
        AgentState::NotUp(word) => Look::warning(word),
    }
}

/// How much a hazard matters.
#[must_use]
pub fn of_weight(weight: Weight) -> Look {
    match weight {
        Weight::Note => Look::quiet("Note"),
        Weight::Caution => Look::warning("Caution"),
        Weight::Danger => Look::failed("Danger"),
    }
}

/// The tone of a risk class.
#[must_use]
pub const fn risk_tone(risk: RiskClass) -> Tone {
    match risk {
        RiskClass::Test => Tone::Neutral,
        RiskClass::Staging => Tone::Accent,
        RiskClass::Production => Tone::Warning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::{begun, done, failed, id, state};
    use model::event::{EventKind, How};
    use model::verb::Verdict;

    fn tone_after(kinds: Vec<EventKind>) -> Tone {
        of_step(state(kinds).steps.get(&id("once")), false).tone
    }

    #[test]
    fn what_was_not_observed_never_looks_like_what_was() {
        assert_eq!(tone_after(vec![begun("once"), done("once", How::Acted)]), Tone::Ok);
        for verdict in Verdict::ALL {
            let asked = EventKind::VerdictAsked { step: id("once"), verdict, by: "olaf".into(), reason: "so".into() };
            let agreed = EventKind::VerdictAgreed { step: id("once"), by: "ada".into(), renews: vec![] };
            let tone = tone_after(vec![begun("once"), failed("once", false), asked, agreed]);
            assert_ne!(tone, Tone::Ok, "{verdict:?}");
        }
        assert_ne!(of_outcome(Outcome::Incomplete).tone, Tone::Ok);
        assert_eq!([false, true].map(|is_over| of_step(None, is_over).word), ["To come", "Not begun"]);
        assert_eq!(of_outcome(Outcome::Succeeded).tone, Tone::Ok);
    }
}
