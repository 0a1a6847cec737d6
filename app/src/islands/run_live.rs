//! A run as it goes on. What the server has rendered is the beginning; the rest comes as events.

use leptos::prelude::*;
use model::event::Event;
use model::id::{EnvironmentId, RequestId, RunId};
use model::run::RunState;
use serde::{Deserialize, Serialize};

use crate::live::{LiveRun, Outline};
use crate::pages::run::{abort, log_view, stages, status};

/// What the page begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Beginning {
    pub run: RunId,
    /// Where it runs.
    pub environment: EnvironmentId,
    /// Where the whole plan can be read.
    pub request: RequestId,
    pub outline: Outline,
    pub state: RunState,
    /// The last part of the output.
    pub output: Vec<Event>,
    /// Whether there was more.
    pub output_cut: bool,
    /// Why the viewer may not end it, if so.
    pub may_intervene: Result<(), String>,
}

/// State, progress, steps and output.
#[island]
pub fn RunLive(beginning: Beginning) -> impl IntoView {
    let live = LiveRun::of(beginning.run.clone(), beginning.state.clone(), &beginning.output);
    let outline = StoredValue::new(beginning.outline.clone());
    view! {
        <div class="stack gap-6">
            {status::status(live, outline, &beginning.environment)}
            {abort::abort(&beginning.run, beginning.may_intervene.clone(), live)}
            <div class="grid gap-6 items-start xl:grid-cols-2">
                <div class="stack min-w-0">{stages::stages(&beginning, live)}</div>
                <div class="stack min-w-0">{log_view::log_view(&beginning.run, beginning.output_cut, live)}</div>
            </div>
        </div>
    }
}
