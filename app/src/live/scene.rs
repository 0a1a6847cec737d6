//! What all parts of the run page look at.

use leptos::prelude::*;
use model::event::Event;
use model::id::{RunId, StepId};
use model::run::RunState;
use model::verb::{Ruling, Verb};

use super::{LiveRun, Matter, Outline, Situation, Viewer};

/// The run as it is now, its plan, and who looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    pub live: LiveRun,
    pub run: StoredValue<RunId>,
    pub outline: StoredValue<Outline>,
    pub viewer: StoredValue<Viewer>,
    pub situation: Memo<Situation>,
    /// It is only told, as it was then: there is nothing to press.
    pub is_record: bool,
}

impl Scene {
    pub fn of(run: RunId, outline: Outline, viewer: Viewer, state: RunState, output: &[Event]) -> Self {
        let live = LiveRun::of(run.clone(), state, output);
        Self {
            live,
            run: StoredValue::new(run),
            outline: StoredValue::new(outline),
            viewer: StoredValue::new(viewer),
            situation: Memo::new(move |_| live.state.with(Situation::of)),
            is_record: false,
        }
    }

    /// What a record tells. For the server only: in an island it would follow the run.
    pub fn record(run: RunId, outline: Outline, state: RunState) -> Self {
        let nobody = || Err("this is a record".to_owned());
        let viewer = Viewer { name: String::new(), may_intervene: nobody(), may_agree: nobody() };
        Self { is_record: true, ..Self::of(run, outline, viewer, state, &[]) }
    }

    /// Reads state and plan together.
    pub fn with<T>(self, read: impl FnOnce(&RunState, &Outline) -> T) -> T {
        self.live.state.with(|state| self.outline.with_value(|outline| read(state, outline)))
    }

    /// What there is to decide about a step.
    pub fn matter(self, step: &StepId) -> Option<Matter> {
        self.with(|state, outline| self.viewer.with_value(|viewer| Matter::of(outline, state, step, viewer)))
    }

    /// Whether the rules allow that to the viewer; roles are looked at elsewhere.
    pub fn can(self, verb: &Verb) -> bool {
        let ruling =
            self.viewer.with_value(|viewer| self.with(|state, outline| outline.ruling(verb, &viewer.name, state)));
        matches!(ruling, Ruling::Possible { .. })
    }

    /// Why the viewer may do nothing to this run, if so.
    pub fn barred(self) -> Option<String> {
        self.viewer.with_value(|viewer| viewer.may_intervene.clone().err())
    }
}
