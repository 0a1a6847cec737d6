//! `GET /runs/{run}/export`: a run as a file, for `drydock replay` and for whoever wants to check it elsewhere.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use futures::{Stream, StreamExt};
use model::id::RunId;
use tracing::warn;

use super::{Web, refusal};

/// Sends the file as it is read from the journal.
pub async fn file(State(web): State<Web>, Path(run): Path<RunId>) -> Response {
    let lines = match web.engine.export(&run).await {
        Ok(lines) => lines,
        Err(error) => return refusal::respond(&error.refusal()),
    };
    attachment(&format!("drydock-run-{run}.jsonl"), "application/x-ndjson", lines)
}

/// A file that is sent piece by piece. `name` must be one of ours: it is put into a header as it is.
pub fn attachment(
    name: &str,
    kind: &'static str,
    pieces: impl Stream<Item = Result<impl Into<Bytes> + 'static, EngineError>> + Send + 'static,
) -> Response {
    let name_of_warning = name.to_owned();
    let pieces = pieces.map(move |piece| {
        piece.map_err(|error| {
            let problem = error.refusal();
            warn!(%problem, file = name_of_warning, "A file was cut short; it says so when it is checked");
            std::io::Error::other(problem.to_string())
        })
    });
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, Body::from_stream(pieces)).into_response()
}
