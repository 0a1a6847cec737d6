//! Whether this server lives, and whether it can work.

use std::any::Any;

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Web;

/// `GET /healthz`: the process answers. Restarting it is only right when this fails.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the database answers, so requests may be sent here.
pub async fn ready(State(web): State<Web>) -> Response {
    if web.stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "this server is stopping\n").into_response();
    }
    match web.engine.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", error.refusal())).into_response(),
    }
}

/// A fault of ours ends one request, not the server. The panic itself was logged when it happened.
pub fn explain_panic(_: Box<dyn Any + Send>) -> Response {
    let words = "Something went wrong inside Drydock. The log has it under the id in the header X-Request-Id.\n";
    (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
}

/// The session layers answer an empty 500 when the database does not: says what that means.
pub async fn explain_outage(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_empty = response.body().size_hint().exact() == Some(0);
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR || !is_empty {
        return response;
    }
    let words = "Drydock cannot tell who you are: its database does not answer. Nothing was done.\n\
                 What runs on hosts goes on. /readyz says when the database is back; the log says what is wrong.\n";
    (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
}
