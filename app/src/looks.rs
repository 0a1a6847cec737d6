//! Which look each state of the model has. Closed matches: a new state does not compile until it has a look.

use model::cloudstack::{AgentState, Need, VmState};
use model::environment::RiskClass;
use model::event::Outcome;
use model::plan::{StepKind, Weight};
use model::precheck::Verdict;
use model::request::{Request, RequestState, Standing};
use model::run::{Phase, RunState, Status, StepState};
use model::view::RunLine;

use crate::look::{Look, Tone};

/// How a run ended.
#[must_use]
pub fn of_outcome(outcome: Outcome) -> Look {
    match outcome {
        Outcome::Succeeded => Look::ok("Succeeded"),
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

/// A run as its events tell it.
#[must_use]
pub fn of_run(state: &RunState, alarm: bool) -> Look {
    match (state.phase, &state.abort) {
        (Phase::Over(outcome), _) => of_outcome(outcome),
        _ if alarm => Look::failed("Needs a person"),
        (_, Some(_)) => Look::stopped("Aborting"),
        (Phase::Stages, None) if state.wait().is_some() => Look::waiting("Stands still"),
        (Phase::Stages, None) => Look::running("Running"),
        (Phase::Finally, None) => Look::running("Closing what was opened"),
    }
}

/// A step; `None` when it has not begun.
#[must_use]
pub fn of_step(step: Option<&StepState>) -> Look {
    let Some(step) = step else { return Look::to_come("To come") };
    match &step.status {
        Status::Running if step.wait.is_some() => Look::running("Waiting"),
        Status::Running => Look::running("Running"),
        Status::Done { how: model::event::How::Acted, .. } => Look::ok("Done"),
        Status::Done { how: model::event::How::AlreadySo, .. } => Look::ok("Was so already"),
        Status::Done { how: model::event::How::Signed, .. } => Look::warning("Signed as done"),
        Status::Failed { again: true, .. } => Look::warning("Will be tried again"),
        Status::Failed { again: false, .. } => Look::failed("Failed"),
        Status::Freed { .. } => Look::waiting("Will be tried again"),
        Status::NotBegun => Look::to_come("Not begun"),
        Status::Unknown { .. } => Look::unknown("Unknown"),
        Status::Stopped { .. } => Look::stopped("Stopped"),
        Status::Skipped { .. } => Look::stopped("Skipped"),
    }
}

/// A request as people see it.
#[must_use]
pub fn of_request(request: &Request, standing: &Standing) -> Look {
    match &request.state {
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
        Standing::Waiting { missing: 1, .. } => Look::waiting("Waits for 1 approval"),
        Standing::Waiting { missing, .. } => Look::waiting(format!("Waits for {missing} approvals")),
        Standing::Impossible => Look::failed("Nobody can approve it"),
        Standing::Denied { by } => Look::failed(format!("Denied by {by}")),
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

/// What repeating a step would do.
#[must_use]
pub const fn kind_words(kind: StepKind) -> &'static str {
    match kind {
        StepKind::ReadOnly => "changes nothing",
        StepKind::Idempotent => "may be repeated",
        StepKind::Once => "never started twice",
        StepKind::Manual => "done by a person",
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
