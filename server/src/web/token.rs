//! Programs with a token: `Authorization: Bearer …`, for the server functions and nothing else.
//!
//! A request with a token is not one of a browser: a page elsewhere cannot send that header, so there is no origin to check,
//! and whatever session may be in its cookie does not count.

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use model::refusal::Refusal;
use tracing::warn;

use super::client::Visitor;
use super::{Web, refusal};

/// All that a token which only looks may reach: functions that only look are called so.
const READS: &str = "/api/load_";

/// The token of a request, if it comes with one.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Lets through who has a good token.
pub async fn enter(web: &Web, mut request: Request, next: Next) -> Response {
    let visitor = Visitor::of(request.headers(), request.extensions(), web);
    let (token, path) = (bearer(request.headers()).unwrap_or_default(), request.uri().path());
    let (is_function, reads) = (is_function(path), path.starts_with(READS));
    let holder = match web.engine.authenticate_token(token, &visitor.address.to_string()).await {
        Ok(Some(holder)) => holder,
        Ok(None) => return refused(web, &visitor),
        Err(error) => return refusal::respond(&error.refusal()),
    };
    if !is_function {
        return forbidden("a token is for the functions under /api/; everything else is for people who are logged in");
    }
    if holder.read_only && !reads {
        return forbidden("this token only looks; what you have asked for changes something");
    }
    request.extensions_mut().insert(holder);
    next.run(request).await
}

fn is_function(path: &str) -> bool {
    path.strip_prefix("/api/").is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

fn refused(web: &Web, visitor: &Visitor) -> Response {
    if !web.throttle.allows(visitor.address, "a token that is none") {
        warn!(from = %visitor.address, "Too many tokens that are none");
        let problem = "there were too many tokens that are none; wait a minute, then try again".to_owned();
        return with_status(StatusCode::TOO_MANY_REQUESTS, problem);
    }
    let mut answer = refusal::respond(&Refusal::NotLoggedIn);
    answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
    answer
}

fn forbidden(problem: &str) -> Response {
    with_status(StatusCode::FORBIDDEN, problem.to_owned())
}

fn with_status(status: StatusCode, problem: String) -> Response {
    let mut answer = refusal::respond(&Refusal::Conflict { problem });
    *answer.status_mut() = status;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_where_the_standard_puts_it() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of("Bearer drydock_1").as_deref(), Some("drydock_1"));
        assert_eq!(of("bearer  drydock_1 ").as_deref(), Some("drydock_1"));
        for other in ["Basic YW5uYTp4", "Bearer", "", "drydock_1"] {
            assert_eq!(of(other), None, "{other:?}");
        }
    }

    #[test]
    fn only_functions_are_functions() {
        assert!(is_function("/api/load_cards"));
        for other in ["/api/", "/api/uploads/1/2", "/account/tokens", "/", "/apiload"] {
            assert!(!is_function(other), "{other}");
        }
    }
}
