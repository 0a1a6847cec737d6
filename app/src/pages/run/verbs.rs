//! What can be done to the run as a whole: pause, resume, abort; and more time, for the run or for a step.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::id::StepId;
use model::verb::{Ruling, Verb};

use super::verb_form::{REMARK, VerbForm, WHY};
use crate::api::verbs::{AbortRun, ExtendHold, ExtendStep, PauseRun, ResumeRun};
use crate::live::{Scene, Situation};

/// In the order in which they are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum RunVerb {
    Resume,
    Pause,
    Abort,
}

impl RunVerb {
    const ALL: [Self; 3] = [Self::Resume, Self::Pause, Self::Abort];

    /// When it would take effect; nothing where it cannot be done or makes no sense.
    fn effect(self, scene: Scene) -> Option<String> {
        let verb = match self {
            Self::Resume => Verb::Resume,
            // What is held stands still already.
            Self::Pause if matches!(scene.situation.get(), Situation::Held(_)) => return None,
            Self::Pause => Verb::Pause,
            Self::Abort => Verb::Abort,
        };
        scene.with(|state, outline| match outline.ruling(&verb, "", state) {
            Ruling::Possible { effect } => Some(effect),
            Ruling::AlreadySo | Ruling::Refused { .. } => None,
        })
    }

    fn form(self, scene: Scene) -> VerbForm {
        let about = |then: &'static str| {
            let words = move |effect| format!("Takes effect {effect}. {then}");
            Signal::derive(move || self.effect(scene).map(words).unwrap_or_default())
        };
        match self {
            Self::Resume => {
                VerbForm { classes: "btn btn-primary", ..VerbForm::button(ResumeRun::url(), None, "Resume") }
            }
            Self::Pause => VerbForm {
                opens_with: Some("Pause".to_owned()),
                about: about(
                    "Then nothing new begins until somebody resumes it. Nothing is left half done; what was opened stays open.",
                ),
                reason: Some(REMARK),
                classes: "btn btn-primary",
                ..VerbForm::button(PauseRun::url(), None, "Pause the run")
            },
            Self::Abort => VerbForm {
                opens_with: Some("Abort this run".to_owned()),
                about: about(
                    "A VM that was stopped is started again. No new step begins, and the run cannot go on afterwards.",
                ),
                reason: Some(WHY),
                classes: "btn btn-danger",
                ..VerbForm::button(AbortRun::url(), None, "Abort the run")
            },
        }
    }
}

/// The buttons, or why there are none.
pub fn verbs(scene: Scene) -> impl IntoView {
    let offered = Memo::new(move |_| RunVerb::ALL.map(|verb| verb.effect(scene).is_some()));
    let barred = scene.barred();
    let can_act = barred.is_none();
    // By key: news must not close what somebody is about to send.
    let each = move || {
        let all = RunVerb::ALL.into_iter().zip(offered.get());
        all.filter(|(_, is_offered)| *is_offered && can_act).map(|(verb, _)| verb).collect::<Vec<_>>()
    };
    let hint = barred.map(|why| format!("You can only look: to pause or abort, {why}."));
    view! {
        <div class="card-foot" class:hidden=move || offered.get() == [false; 3]>
            <div class="verbs w-full empty:hidden">
                <For each=each key=|verb| *verb let:verb>{verb.form(scene).view(scene)}</For>
            </div>
            <p class="hint empty:hidden">{hint}</p>
        </div>
    }
}

/// What more time is given in: seconds, and their words.
const PORTIONS: [(u32, &str); 3] = [(600, "10 min more"), (1800, "30 min more"), (3600, "1 h more")];

/// More time to decide.
pub fn more_time_to_decide(scene: Scene) -> impl IntoView {
    more_time(scene, "More time to decide", ExtendHold::url(), None)
}

/// More time for a step under way.
pub fn more_time_for(scene: Scene, step: &StepId) -> impl IntoView + use<> {
    more_time(scene, "Give it more time", ExtendStep::url(), Some(step))
}

fn more_time(scene: Scene, title: &'static str, address: &'static str, step: Option<&StepId>) -> impl IntoView + use<> {
    let forms = PORTIONS.map(|(seconds, words)| {
        let hidden = Some(("seconds", seconds.to_string()));
        VerbForm { hidden, classes: "btn btn-small", ..VerbForm::button(address, step, words) }.view(scene)
    });
    view! {
        <details class="disclosure">
            <summary>{title}</summary>
            <div class="verbs">{Vec::from(forms)}</div>
        </details>
    }
}
