//! A request that changes something must come from one of our own pages (cross-site request forgery).
//!
//! Browsers say where a form was sent from, in `Origin` and `Sec-Fetch-Site`; a page elsewhere can change neither. The
//! session cookie is `SameSite=Lax` besides.

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Web, token};
use crate::config::PublicUrl;

/// Answers 403 to what comes from elsewhere.
pub async fn refuse_foreign(State(web): State<Web>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || token::bearer(request.headers()).is_some() || is_own(request.headers(), &web.config.public_url) {
        return next.run(request).await;
    }
    tracing::warn!(origin = ?request.headers().get(ORIGIN), "A request from another site was refused");
    let words = format!(
        "This request did not come from a page of Drydock at {}, so nothing was done.\n\
         If that is not the address you use, the administrator has to set the configuration key public_url.\n",
        web.config.public_url
    );
    (StatusCode::FORBIDDEN, words).into_response()
}

fn is_own(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let site_is_fine = text("sec-fetch-site").map(|site| site == "same-origin" || site == "none");
    let origin_is_fine = text(ORIGIN.as_str()).map(|origin| public_url.is_own_origin(origin, text(HOST.as_str())));
    match (site_is_fine, origin_is_fine) {
        (Some(site), Some(origin)) => site && origin,
        (None, Some(fine)) | (Some(fine), None) => fine,
        // No browser of the last years sends neither.
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: bool, headers: &[(&'static str, &str)]) {
        let map = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let own = PublicUrl::parse("https://drydock.example").unwrap();
        assert_eq!(is_own(&map, &own), expected, "{headers:?}");
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        check(true, &[("origin", "https://drydock.example")]);
        check(true, &[("origin", "https://drydock.example"), ("sec-fetch-site", "same-origin")]);
        check(true, &[("sec-fetch-site", "same-origin")]);
        check(false, &[]);
        check(false, &[("origin", "null")]);
        check(false, &[("origin", "https://evil.example")]);
        check(false, &[("origin", "https://drydock.example.evil.example")]);
        check(false, &[("origin", "https://drydock.example"), ("sec-fetch-site", "same-site")]);
        check(false, &[("sec-fetch-site", "cross-site")]);
        check(false, &[("origin", "http://drydock.example"), ("host", "drydock.example")]);
    }
}
