//! That somebody asks to end the run while the outcome of a step is unknown: who, why, and the buttons of the second person.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::run::{Phase, Wish};

use super::decisions::{Choice, Question, choice_view};
use crate::api::verbs::{AgreeAbort, DropAbort};
use crate::live::Scene;

/// Nothing as long as nobody asks, and in a record, where the events tell it.
pub fn asked(scene: Scene) -> impl IntoView {
    let asked = Memo::new(move |_| {
        let is_open = |phase: Phase| phase == Phase::Stages && !scene.is_record;
        scene.live.state.with(|state| state.abort_asked.clone().filter(|_| is_open(state.phase)))
    });
    view! {
        <div class="card card-body" class:hidden=move || asked.with(Option::is_none)>
            {move || asked.get().map(|wish| choice_view(scene, choice(scene, wish)))}
        </div>
    }
}

fn choice(scene: Scene, wish: Wish) -> Choice {
    let is_mine = scene.viewer.with_value(|viewer| viewer.name == wish.by);
    let question = Question {
        step: None,
        what: "end this run".to_owned(),
        meaning: "The outcome of a step is unknown: nobody looks for its proof any more, and what it may have left stays.",
        agree: AgreeAbort::url(),
        drop: DropAbort::url(),
    };
    question.put(scene, wish, is_mine, Ok(()))
}
