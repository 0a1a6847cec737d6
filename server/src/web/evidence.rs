//! `GET /runs/{run}/evidence`: everything about a run in one file, for somebody who has no Drydock.

use axum::extract::{Path, State};
use axum::response::Response;
use model::id::RunId;
use model::refusal::Refusal;

use super::backend::AuthSession;
use super::{Web, export, refusal};

/// Sends the pack as it is put together, to whoever may see the run. Who took it stands in the audit log.
pub async fn file(State(web): State<Web>, auth: AuthSession, Path(run): Path<String>) -> Response {
    let Some(account) = auth.user else { return refusal::respond(&Refusal::NotLoggedIn) };
    let Ok(run) = RunId::new(run) else {
        return refusal::respond(&Refusal::NotFound { what: "this run".to_owned() });
    };
    match web.engine.evidence(&account.person, &run).await {
        Ok(pieces) => export::attachment(&format!("drydock-evidence-{run}.zip"), "application/zip", pieces),
        Err(error) => refusal::respond(&error.refusal()),
    }
}
