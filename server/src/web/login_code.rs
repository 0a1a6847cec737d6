//! The second half of logging in, for who has a second factor: a code, a few minutes after the password.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use model::id::PersonId;
use model::people::Person;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::Session;
use tower_sessions::session::Error as SessionError;
use tracing::warn;

use super::backend::{Account, AuthSession};
use super::client::Visitor;
use super::login::{LoginError, begin, code_url, login_url, not_kept, unavailable, way_back};
use super::{Web, refusal};

/// How long the password counts without the code.
const PATIENCE_SECONDS: i64 = 300;

/// After so many wrong codes the password is asked for again.
const TRIES: u32 = 5;

/// What the session keeps meanwhile. Nobody is logged in with it.
const KEY: &str = "awaits_code";

/// Whose password was right.
#[derive(Serialize, Deserialize)]
struct Half {
    person: PersonId,
    /// Changes with the password and with the account: then this does not count any more.
    binding: Vec<u8>,
    until: i64,
    tries: u32,
}

/// Keeps in the session whose password was right, and shows the form for the code.
pub async fn ask(auth: &mut AuthSession, person: &Person, next: &str) -> Response {
    let account = match auth.backend.account(&person.id).await {
        Ok(Some(account)) => account,
        Ok(None) => return Redirect::to(&login_url(Some(LoginError::Wrong), Some(next))).into_response(),
        Err(error) => return unavailable(&error),
    };
    match keep(&auth.session, &account).await {
        Ok(()) => Redirect::to(&code_url(None, Some(next))).into_response(),
        Err(error) => not_kept(&error),
    }
}

async fn keep(session: &Session, account: &Account) -> Result<(), SessionError> {
    // Whoever has planted this session in the browser would need the code only (session fixation).
    session.clear().await;
    session.cycle_id().await?;
    let half = Half {
        person: account.person.id.clone(),
        binding: account.binding().to_vec(),
        until: now() + PATIENCE_SECONDS,
        tries: 0,
    };
    session.insert(KEY, half).await
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// The form for the code.
#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
    #[serde(default)]
    next: String,
}

/// `POST /login/code`
pub async fn enter(
    State(web): State<Web>,
    visitor: Visitor,
    mut auth: AuthSession,
    Form(form): Form<CodeForm>,
) -> Response {
    let anew = || Redirect::to(&login_url(Some(LoginError::Expired), Some(&form.next))).into_response();
    let half = match auth.session.get::<Half>(KEY).await {
        Ok(Some(half)) if half.until > now() && half.tries < TRIES => half,
        Ok(_) => return anew(),
        Err(error) => return not_kept(&error),
    };
    let account = match auth.backend.account(&half.person).await {
        Ok(Some(account)) if account.binding() == half.binding => account,
        Ok(_) => return anew(),
        Err(error) => return unavailable(&error),
    };
    let from = visitor.address;
    if !web.throttle.allows(from, &account.person.name) {
        warn!(%from, "Too many login attempts");
        return refusal::send_on(StatusCode::TOO_MANY_REQUESTS, &code_url(Some(LoginError::Locked), Some(&form.next)));
    }
    match web.engine.authenticate_code(&half.person, &form.code, &from.to_string()).await {
        Ok(Some(_)) => finish(&mut auth, &account, &visitor, &form.next).await,
        Ok(None) => again(&auth.session, half, &form.next).await,
        Err(error) => refusal::explain(&error.refusal(), "/login"),
    }
}

async fn finish(auth: &mut AuthSession, account: &Account, visitor: &Visitor, next: &str) -> Response {
    if let Err(error) = auth.session.remove::<Half>(KEY).await {
        return not_kept(&error);
    }
    match begin(auth, account, visitor).await {
        Ok(()) => Redirect::to(way_back(next)).into_response(),
        Err(failed) => failed,
    }
}

async fn again(session: &Session, half: Half, next: &str) -> Response {
    let tries = half.tries + 1;
    let error = Some(LoginError::WrongCode);
    match session.insert(KEY, Half { tries, ..half }).await {
        Ok(()) if tries < TRIES => Redirect::to(&code_url(error, Some(next))).into_response(),
        Ok(()) => Redirect::to(&login_url(error, Some(next))).into_response(),
        Err(error) => not_kept(&error),
    }
}
