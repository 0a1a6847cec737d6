//! A refusal as an answer for programs: the same JSON that the pages' server functions answer.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::refusal::Refusal;

/// Status and JSON.
pub fn respond(refusal: &Refusal) -> Response {
    (status(refusal), Json(refusal)).into_response()
}

const fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotLoggedIn => StatusCode::UNAUTHORIZED,
        Refusal::Forbidden { .. } => StatusCode::FORBIDDEN,
        Refusal::NotFound { .. } => StatusCode::NOT_FOUND,
        Refusal::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Conflict { .. } => StatusCode::CONFLICT,
        Refusal::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
