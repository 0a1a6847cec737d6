//! `GET /runs/{run}/export`: a run as a file, for `drydock replay` and for whoever wants to check it elsewhere.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use model::id::RunId;
use model::refusal::Refusal;
use tracing::warn;

use super::backend::AuthSession;
use super::{Web, refusal};

/// Sends the file as it is read from the journal.
pub async fn file(State(web): State<Web>, auth: AuthSession, Path(run): Path<String>) -> Response {
    if auth.user.is_none() {
        return refusal::respond(&Refusal::NotLoggedIn);
    }
    let Ok(run) = RunId::new(run) else {
        return refusal::respond(&Refusal::NotFound { what: "this run".to_owned() });
    };
    let lines = match web.engine.export(&run).await {
        Ok(lines) => lines,
        Err(error) => return refusal::respond(&error.refusal()),
    };
    let lines = lines.map(|lines| {
        lines.map_err(|error| {
            let problem = error.refusal();
            warn!(%problem, "An export was cut short; the file says so when it is replayed");
            std::io::Error::other(problem.to_string())
        })
    });
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"drydock-run-{run}.jsonl\"")),
    ];
    (headers, Body::from_stream(lines)).into_response()
}
