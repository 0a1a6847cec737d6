//! Default deny: who is not logged in sees two pages, and nothing else.

use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, COOKIE, REFERER};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use model::refusal::Refusal;

use super::backend::AuthSession;
use super::client::Visitor;
use super::login::{LoginError, login_url};
use super::{Web, provider, refusal, sessions, token};

/// What may be reached without a login.
const OPEN: [&str; 5] = ["/login", "/login/code", "/login/provider", provider::BACK, "/setup"];

/// Lets through who is logged in or has a token, and everybody to the open pages.
pub async fn require_login(State(web): State<Web>, auth: AuthSession, request: Request, next: Next) -> Response {
    if token::bearer(request.headers()).is_some() {
        return token::enter(&web, request, next).await;
    }
    // A person who was disabled may still have a session.
    if let Some(account) = auth.user.as_ref().filter(|account| account.person.may_log_in()) {
        let visitor = Visitor::of(request.headers(), request.extensions(), &web);
        sessions::keep_alive(&auth.session, &account.person, &visitor).await;
        return next.run(request).await;
    }
    if OPEN.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    turn_away(&web, &request)
}

fn turn_away(web: &Web, request: &Request) -> Response {
    let path = request.uri().path();
    let error = had_session(request.headers(), web.config.public_url.is_https()).then_some(LoginError::Expired);
    let is_program = path.starts_with("/api/") || path.ends_with("/events");
    match (is_program, wants_html(request.headers())) {
        (true, false) => refusal::respond(&Refusal::NotLoggedIn),
        // A form without WASM: the person sees the login page, and afterwards the page the form was on.
        (true, true) => {
            let login = login_url(error, referer(request.headers()).as_deref());
            refusal::send_on(StatusCode::UNAUTHORIZED, &login)
        }
        (false, _) => Redirect::to(&login_url(error, page(request))).into_response(),
    }
}

/// The page that was asked for; a form is not sent again after the login.
fn page(request: &Request) -> Option<&str> {
    let reads = request.method() == Method::GET && request.uri() != "/";
    reads.then(|| request.uri().path_and_query()).flatten().map(|path| path.as_str())
}

pub fn wants_html(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The page that a form was on.
pub fn referer(headers: &HeaderMap) -> Option<String> {
    let uri: Uri = headers.get(REFERER)?.to_str().ok()?.parse().ok()?;
    uri.path_and_query().map(ToString::to_string)
}

fn had_session(headers: &HeaderMap, is_https: bool) -> bool {
    let name = sessions::cookie_name(is_https);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).any(|pair| pair.trim().split('=').next() == Some(name))
}
