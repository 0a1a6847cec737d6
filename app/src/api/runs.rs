//! Runs as people see them.

use leptos::prelude::*;
use model::id::RunId;
use model::printed::{LogAsked, LogPage};
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

/// A page of what the run has printed.
#[server(endpoint = "load_log")]
pub async fn load_log(run: RunId, #[server(default)] asked: LogAsked) -> Answer<LogPage> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &run).await?;
    Ok(desk.engine.log(&run, &asked).await?)
}
