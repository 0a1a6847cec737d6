//! A refusal as an answer: for programs the same JSON that the pages' server functions answer, for people a page that
//! says why.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::REFRESH;
use axum::response::{Html, IntoResponse, Response};
use model::html::escaped;
use model::refusal::Refusal;

/// Status and JSON.
pub fn respond(refusal: &Refusal) -> Response {
    (status(refusal), Json(refusal)).into_response()
}

/// For a form without WASM: the browser goes on to that page by itself, and the status says what happened.
///
/// `url` must be one that [`super::login::login_url`] made: it is put into HTML as it is.
pub fn send_on(status: StatusCode, url: &str) -> Response {
    let href = url.replace('&', "&amp;");
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><title>Drydock</title><p>Nothing was done. <a href=\"{href}\">Go on</a></p></html>"
    );
    (status, [(REFRESH, format!("0; url={url}"))], Html(page)).into_response()
}

/// After a logout: the browser goes on to the provider, to log out there too.
pub fn leave_for(url: &str) -> Response {
    let href = escaped(url);
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><title>Drydock</title><p>You are logged out here. <a href=\"{href}\">Log out at the provider too</a></p></html>"
    );
    (StatusCode::OK, [(REFRESH, format!("0; url={url}"))], Html(page)).into_response()
}

/// For a link that leads to no page: why there is nothing, and the way back to `url`, which must be one of ours.
pub fn explain(refusal: &Refusal, url: &str) -> Response {
    let words = escaped(&refusal.to_string());
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><title>Drydock</title><p>Not done: {words}.</p><p><a href=\"{}\">Back</a></p></html>",
        escaped(url)
    );
    (status(refusal), Html(page)).into_response()
}

/// The status that belongs to it.
pub const fn status(refusal: &Refusal) -> StatusCode {
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
