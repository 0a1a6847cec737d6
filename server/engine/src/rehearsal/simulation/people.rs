//! People who look at the run now and then: honest, as far as they can see, and clumsy.

use std::sync::Arc;
use std::time::Duration;

use model::event::EventKind;
use model::id::StepId;
use model::run::{RunState, Status};
use model::verb::{Ruling, Verb, Verdict, renewed_with, ruling};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::rehearsal::world::Stage;

/// Looks for ever. `u64::MAX` is a night without anybody but the one who settles what no machine can.
pub async fn interfere(stage: &Arc<Stage>, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed ^ 0x0eff);
    loop {
        let pause = if seed == u64::MAX { 600 } else { rng.random_range(20..600) };
        tokio::time::sleep(Duration::from_secs(pause)).await;
        if let Some(step) = stuck(stage) {
            settle(stage, &step, &mut rng);
        } else if seed != u64::MAX && rng.random_ratio(1, 6) {
            meddle(stage, &mut rng);
        }
    }
}

fn say(stage: &Arc<Stage>, by: &str, verb: &Verb, kind: impl FnOnce(&RunState) -> EventKind) {
    stage.ledger.decide(|state| match ruling(verb, by, state, &stage.plan) {
        Ruling::Possible { .. } => Some(kind(state)),
        Ruling::AlreadySo | Ruling::Refused { .. } => None,
    });
}

/// A step that goes on only if somebody decides.
fn stuck(stage: &Arc<Stage>) -> Option<StepId> {
    let state = stage.ledger.state();
    let is_stuck = |status: &Status| matches!(status, Status::Unknown { .. } | Status::Failed { again: false, .. });
    state.steps.iter().find(|(_, step)| is_stuck(&step.status)).map(|(id, _)| id.clone())
}

fn settle(stage: &Arc<Stage>, id: &StepId, rng: &mut StdRng) {
    let Some(step) = stage.plan.step(id) else { return };
    // They go and look with their own eyes.
    let is_done = stage.holds(&step.proof);
    let verdict = match rng.random_range(0..3) {
        _ if is_done => Verdict::MarkDone,
        0 => Verdict::Retry,
        1 if !stage.plan.finally.iter().any(|finally| &finally.id == id) => Verdict::Skip,
        _ => return,
    };
    let (step, reason) = (id.clone(), "we have looked".to_owned());
    let ask = Verb::Ask { step: step.clone(), verdict };
    say(stage, "olaf", &ask, |_| EventKind::VerdictAsked { step: step.clone(), verdict, by: "olaf".into(), reason });
    let by = if rng.random_ratio(1, 10) { "olaf" } else { "ada" };
    say(stage, by, &Verb::Agree { step: step.clone() }, |state| {
        let is_retry = verdict == Verdict::Retry;
        let renews = if is_retry { renewed_with(&step, &stage.plan, state) } else { vec![] };
        EventKind::VerdictAgreed { step, by: by.into(), renews }
    });
}

/// While the outcome of a step is unknown it takes two.
fn abort(stage: &Arc<Stage>, reason: String) {
    let by = || "olaf".to_owned();
    say(stage, "olaf", &Verb::Abort, |state| match state.has_unknown() {
        true => EventKind::AbortAsked { by: by(), reason },
        false => EventKind::AbortRequested { by: by(), reason },
    });
    say(stage, "ada", &Verb::AgreeAbort, |_| EventKind::AbortAgreed { by: "ada".into() });
}

fn meddle(stage: &Arc<Stage>, rng: &mut StdRng) {
    let reason = String::new();
    match rng.random_range(0..8) {
        0 => abort(stage, reason),
        1..=3 => {
            for _ in 0..rng.random_range(1..4) {
                let reason = String::new();
                say(stage, "olaf", &Verb::Pause, |_| EventKind::PauseRequested { by: "olaf".into(), reason });
            }
        }
        4 => {
            let seconds = 600;
            say(stage, "olaf", &Verb::ExtendHold { seconds }, |state| EventKind::HoldExtended {
                by: "olaf".into(),
                until: state.hold.unwrap().until.plus_seconds(i64::from(seconds)),
            });
        }
        _ => say(stage, "ada", &Verb::Resume, |_| EventKind::ResumeRequested { by: "ada".into() }),
    }
}
