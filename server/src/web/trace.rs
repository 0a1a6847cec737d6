//! One log line per request, under an id that the answer carries too. Query strings are left out: `/setup` has a token
//! in it.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, info, info_span};
use uuid::Uuid;

use super::{Web, client};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Logs the request when it is answered.
pub async fn log(State(web): State<Web>, request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    let from = client::address(request.headers(), request.extensions(), &web.config.trusted_proxies);
    let span = info_span!("request", id, method = %request.method(), path = request.uri().path(), %from);
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = response.status();
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), milliseconds, "Answered");
        } else {
            info!(status = status.as_u16(), milliseconds, "Answered");
        }
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
