//! Logging in and out, and making the first admin: plain forms, so that they work without WASM.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::{EngineError, Entrant};
use form_urlencoded::Serializer;
use model::people::Person;
use model::refusal::Refusal;
use serde::Deserialize;
use tower_sessions::session::Error as SessionError;
use tracing::{info, warn};

use super::backend::{Account, Accounts, AuthSession};
use super::client::Visitor;
use super::{Web, login_code, provider, refusal, sessions};

/// Why the login page is shown again; the page has the words.
#[derive(Debug, Clone, Copy)]
pub enum LoginError {
    Wrong,
    Locked,
    Expired,
    WrongCode,
    Provider,
    NoProvider,
    Disabled,
}

impl LoginError {
    const fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Locked => "locked",
            Self::Expired => "expired",
            Self::WrongCode => "wrong_code",
            Self::Provider => "provider",
            Self::NoProvider => "no_provider",
            Self::Disabled => "disabled",
        }
    }
}

/// The login page with a reason, and where to go afterwards.
pub fn login_url(error: Option<LoginError>, next: Option<&str>) -> String {
    url_of(Serializer::new(String::new()), error, next)
}

/// The same page, asking for the code.
pub fn code_url(error: Option<LoginError>, next: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("step", "code");
    url_of(query, error, next)
}

fn url_of(mut query: Serializer<'_, String>, error: Option<LoginError>, next: Option<&str>) -> String {
    if let Some(error) = error {
        query.append_pair("error", error.word());
    }
    if let Some(next) = next.filter(|next| is_own_path(next)) {
        query.append_pair("next", next);
    }
    let query = query.finish();
    if query.is_empty() { "/login".to_owned() } else { format!("/login?{query}") }
}

/// Where to go after the login: where one wanted to, unless that is somewhere else.
pub fn way_back(next: &str) -> &str {
    if is_own_path(next) { next } else { "/" }
}

/// Whether a browser that is sent there stays with us: `//evil.example` and `/\evil.example` leave.
fn is_own_path(next: &str) -> bool {
    let rest = next.strip_prefix('/');
    rest.is_some_and(|rest| !rest.starts_with(['/', '\\'])) && !next.chars().any(char::is_control)
}

/// The login form.
#[derive(Deserialize)]
pub struct LoginForm {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /login`
pub async fn log_in(
    State(web): State<Web>,
    visitor: Visitor,
    mut auth: AuthSession,
    Form(form): Form<LoginForm>,
) -> Response {
    let again = |error| login_url(Some(error), Some(&form.next));
    let from = visitor.address;
    if !web.throttle.allows(from, &form.name) {
        warn!(%from, "Too many login attempts");
        return refusal::send_on(StatusCode::TOO_MANY_REQUESTS, &again(LoginError::Locked));
    }
    match web.engine.authenticate(&form.name, &form.password, &from.to_string()).await {
        Ok(Some(Entrant::LoggedIn(person))) => enter(&mut auth, &person, &visitor, &form.next).await,
        Ok(Some(Entrant::AwaitsCode(person))) => login_code::ask(&mut auth, &person, &form.next).await,
        Ok(None) => Redirect::to(&again(LoginError::Wrong)).into_response(),
        Err(error) => unavailable(&error),
    }
}

/// Logs somebody in, of whom everything was seen that is asked for, and sends them where they wanted to go.
async fn enter(auth: &mut AuthSession, person: &Person, visitor: &Visitor, next: &str) -> Response {
    match auth.backend.account(&person.id).await {
        Ok(Some(account)) => match begin(auth, &account, visitor).await {
            Ok(()) => Redirect::to(way_back(next)).into_response(),
            Err(failed) => failed,
        },
        Ok(None) => Redirect::to("/login").into_response(),
        Err(error) => unavailable(&error),
    }
}

/// Ties the account to a session with a new id: one that somebody has planted is worth nothing (session fixation).
pub async fn begin(auth: &mut AuthSession, account: &Account, visitor: &Visitor) -> Result<(), Response> {
    // `login` leaves the id as it is when somebody was logged in before.
    auth.session.cycle_id().await.map_err(|error| login_failed(error.into()))?;
    auth.login(account).await.map_err(login_failed)?;
    sessions::note_login(&auth.session, &account.person, visitor).await.map_err(|error| not_kept(&error))?;
    info!(name = account.person.name, "Logged in");
    Ok(())
}

fn login_failed(error: axum_login::Error<Accounts>) -> Response {
    match error {
        axum_login::Error::Backend(error) => unavailable(&error),
        axum_login::Error::Session(error) => not_kept(&error),
    }
}

pub fn not_kept(error: &SessionError) -> Response {
    warn!(%error, "A session could not be kept");
    let problem = "sessions cannot be kept: the database does not answer".to_owned();
    refusal::respond(&Refusal::Unavailable { problem })
}

pub fn unavailable(error: &EngineError) -> Response {
    refusal::respond(&error.refusal())
}

/// `POST /logout`
pub async fn log_out(State(web): State<Web>, mut auth: AuthSession) -> Response {
    let came_from_provider = provider::is_from_there(&auth).await;
    match auth.logout().await {
        Ok(Some(account)) => {
            // The session is gone either way; a person must not be kept logged in because of the audit log.
            if let Err(error) = web.engine.logged_out(&account.person).await {
                warn!(problem = %error.refusal(), "A logout is missing in the audit log");
            }
            // A form is not let go to another site, so the page that answers it goes there.
            match provider::sign_out_url(&web, came_from_provider).await {
                Some(url) => refusal::leave_for(&url),
                None => Redirect::to("/login").into_response(),
            }
        }
        Ok(None) => Redirect::to("/login").into_response(),
        Err(error) => login_failed(error),
    }
}

/// The form behind the one-time setup link.
#[derive(Deserialize)]
pub struct SetupForm {
    token: String,
    name: String,
    password: String,
}

/// `POST /setup`
pub async fn set_up(
    State(web): State<Web>,
    visitor: Visitor,
    mut auth: AuthSession,
    Form(form): Form<SetupForm>,
) -> Response {
    if !web.throttle.allows(visitor.address, "") {
        return setup_again(&form.token, "There were too many attempts. Wait a minute, then try again.");
    }
    match web.engine.set_up(&form.token, &form.name, &form.password).await {
        Ok(person) => enter(&mut auth, &person, &visitor, "/").await,
        Err(error) => setup_again(&form.token, &error.refusal().to_string()),
    }
}

fn setup_again(token: &str, error: &str) -> Response {
    let query = Serializer::new(String::new()).append_pair("token", token).append_pair("error", error).finish();
    Redirect::to(&format!("/setup?{query}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site_after_the_login() {
        for own in ["/", "/runs/1?after=2", "/requests/a#b"] {
            assert!(is_own_path(own), "{own}");
        }
        for foreign in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil"]
        {
            assert!(!is_own_path(foreign), "{foreign:?}");
        }
    }

    #[test]
    fn the_way_back_survives_in_the_address_of_the_login_page() {
        let url = login_url(Some(LoginError::Wrong), Some("/history?text=a&b"));
        assert_eq!(url, "/login?error=wrong&next=%2Fhistory%3Ftext%3Da%26b");
        assert_eq!(login_url(None, Some("//evil.example")), "/login");
    }
}
