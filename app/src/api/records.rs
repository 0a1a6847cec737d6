//! Rehearsals, and recorded runs event by event.

use leptos::prelude::*;
use model::id::{RehearsalId, ReplayId, RequestId, RunId};
use model::picture::PictureView;
use model::plan::Plan;
use model::record::{RecordView, ReplayLine};
use model::rehearsal::{RehearsalLine, RehearsalsView};

use crate::error::Answer;

/// Plays a request's plan through, with the trouble of that name at that step or with none, and goes to what came of it.
#[server(endpoint = "rehearse")]
pub async fn rehearse(
    request: RequestId,
    #[server(default)] trouble: String,
    #[server(default)] step: String,
) -> Answer<()> {
    use model::people::Role;
    let desk = crate::server::desk_at(&[Role::Requester, Role::Approver, Role::Operator], &request).await?;
    let trouble = crate::server::trouble(&trouble, &step)?;
    let rehearsal = desk.engine.rehearse(&desk.by, &request, trouble).await?;
    crate::server::go_to(&format!("/rehearsals/{rehearsal}"));
    Ok(())
}

/// The rehearsals of a request, oldest first.
#[server(endpoint = "load_rehearsals")]
pub async fn load_rehearsals(request: RequestId) -> Answer<RehearsalsView> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &request).await?;
    Ok(desk.engine.rehearsals_view(&desk.by, &request).await?)
}

/// A rehearsal as it was after the event of that number.
#[server(endpoint = "load_rehearsal")]
pub async fn load_rehearsal(rehearsal: RehearsalId, until: Option<i64>) -> Answer<(RehearsalLine, RecordView)> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &rehearsal).await?;
    Ok(desk.engine.rehearsal_record(&rehearsal, until).await?)
}

/// A run as it was after the event of that number.
#[server(endpoint = "load_run_record")]
pub async fn load_run_record(run: RunId, until: Option<i64>) -> Answer<RecordView> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &run).await?;
    Ok(desk.engine.run_record(&run, until).await?)
}

/// How the time of a run went by so far, step by step.
#[server(endpoint = "load_run_picture")]
pub async fn load_run_picture(run: RunId) -> Answer<PictureView> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &run).await?;
    Ok(desk.engine.run_picture(&run).await?)
}

/// The exported runs that the caller has opened; all of them for an admin.
#[server(endpoint = "load_replays")]
pub async fn load_replays() -> Answer<Vec<ReplayLine>> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.replays(&desk.by).await?)
}

/// An opened file as it was after the event of that number.
#[server(endpoint = "load_replay")]
pub async fn load_replay(replay: ReplayId, until: Option<i64>) -> Answer<(ReplayLine, RecordView)> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.replay(&desk.by, &replay, until).await?)
}

/// The plan in an opened file.
#[server(endpoint = "load_replay_plan")]
pub async fn load_replay_plan(replay: ReplayId) -> Answer<(ReplayLine, Plan)> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.replay_plan(&desk.by, &replay).await?)
}
