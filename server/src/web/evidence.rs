//! `GET /runs/{run}/evidence`: everything about a run in one file, for somebody who has no Drydock.

use axum::extract::{Path, State};
use axum::response::Response;
use model::id::RunId;

use super::access::At;
use super::{Web, export, refusal};

/// Sends the pack as it is put together, to whoever may see the run. Who took it stands in the audit log.
pub async fn file(State(web): State<Web>, at: At, Path(run): Path<RunId>) -> Response {
    match web.engine.evidence(&at.by, &run).await {
        Ok(pieces) => export::attachment(&format!("drydock-evidence-{run}.zip"), "application/zip", pieces),
        Err(error) => refusal::respond(&error.refusal()),
    }
}
