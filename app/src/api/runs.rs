//! Runs as people see them.

use leptos::prelude::*;
use model::event::Event;
use model::id::{RunId, StepId};
use model::view::{Duties, RunView};

use crate::error::Answer;

/// Everything the run page shows at first; the rest comes as events.
#[server(endpoint = "load_run")]
pub async fn load_run(run: RunId) -> Answer<RunView> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &run).await?;
    Ok(desk.engine.run(&desk.by, &run).await?)
}

/// What waits for the viewer besides requests: runs to review, and runs to take in hand.
#[server(endpoint = "load_duties")]
pub async fn load_duties() -> Answer<Duties> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.duties(&desk.by).await?)
}

/// How many pieces of output one page of the full log holds.
pub const OUTPUT_PAGE: u32 = 500;

/// Output from after that event, at most [`OUTPUT_PAGE`] pieces.
#[server(endpoint = "load_output")]
pub async fn load_output(run: RunId, step: Option<StepId>, #[server(default)] after: i64) -> Answer<Vec<Event>> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &run).await?;
    Ok(desk.engine.output(&run, step.as_ref(), after, OUTPUT_PAGE).await?)
}
