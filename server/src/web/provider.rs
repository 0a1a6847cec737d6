//! Signing in at a provider: `GET /login/provider` sends the browser there, `GET /login/provider/back` is where it comes back to.
//!
//! Both are links and not forms, because a form is not let go to another site. Neither changes anything by itself: what was begun
//! lies in the session, counts once and not for long, and only its browser has the state that the provider sends back.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::{Begun, EngineError, Provider, SignIn};
use model::id::PersonId;
use model::refusal::Refusal;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tracing::warn;

use super::backend::{Account, AuthSession};
use super::client::Visitor;
use super::login::{LoginError, begin, login_url, not_kept, unavailable, way_back};
use super::{Web, refusal, sessions};

/// How long somebody may take at the provider.
const PATIENCE_SECONDS: i64 = 600;

/// Nobody waits longer for a provider that does not answer, only to be told that they are logged out.
const PATIENCE_AT_LOGOUT: Duration = Duration::from_secs(3);

/// What the session keeps meanwhile. Nobody is logged in with it.
const KEY: &str = "at_provider";

/// Under which a session keeps that it came from there.
const FROM_PROVIDER: &str = "from_provider";

/// The provider sends the browser back to this path of ours.
pub const BACK: &str = "/login/provider/back";

/// A sign-in on its way.
#[derive(Serialize, Deserialize)]
struct Pending {
    begun: Begun,
    since: i64,
    next: String,
    /// Who shows once more that it is they; nobody, at a login.
    again: Option<PersonId>,
}

/// What the link says.
#[derive(Deserialize)]
pub struct Wish {
    #[serde(default)]
    next: String,
    /// `yes`: whoever is logged in shows once more that it is they.
    #[serde(default)]
    again: String,
}

/// `GET /login/provider`
pub async fn leave(State(web): State<Web>, visitor: Visitor, auth: AuthSession, Query(wish): Query<Wish>) -> Response {
    let Some(provider) = web.provider.clone() else { return nothing_here() };
    // Each leaves a session behind for a while: nobody is to fill the database with them.
    if !web.throttle.allows_from(visitor.address) {
        warn!(from = %visitor.address, "Too many sign-ins were begun");
        let locked = login_url(Some(LoginError::Locked), Some(&wish.next));
        return refusal::send_on(StatusCode::TOO_MANY_REQUESTS, &locked);
    }
    let again = auth.user.as_ref().filter(|_| wish.again == "yes").map(|account| account.person.id.clone());
    let how = if again.is_some() { SignIn::Afresh } else { SignIn::Usual };
    let begun = match provider.begin(how).await {
        Ok(begun) => begun,
        Err(error) => {
            warn!(problem = %error.refusal(), "The provider cannot be used");
            return Redirect::to(&login_url(Some(LoginError::NoProvider), Some(&wish.next))).into_response();
        }
    };
    let url = begun.url.clone();
    let pending = Pending { begun, since: now(), next: way_back(&wish.next).to_owned(), again };
    match auth.session.insert(KEY, pending).await {
        Ok(()) => Redirect::to(&url).into_response(),
        Err(error) => not_kept(&error),
    }
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

fn nothing_here() -> Response {
    refusal::respond(&Refusal::NotFound { what: "a provider to sign in at".to_owned() })
}

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// `GET /login/provider/back`
pub async fn come_back(
    State(web): State<Web>,
    visitor: Visitor,
    mut auth: AuthSession,
    Query(answer): Query<Answer>,
) -> Response {
    let Some(provider) = web.provider.clone() else { return nothing_here() };
    // Taken out before anything else: it counts once, whatever comes of it.
    let pending = match auth.session.remove::<Pending>(KEY).await {
        Ok(pending) => pending,
        Err(error) => return not_kept(&error),
    };
    let failed = |next: &str| Redirect::to(&login_url(Some(LoginError::Provider), Some(next))).into_response();
    let Some(pending) = pending else { return failed("/") };
    let is_ours = same(&pending.begun.state, &answer.state) && now() - pending.since <= PATIENCE_SECONDS;
    // Also what the provider sends when somebody has changed their mind.
    if !is_ours || answer.code.is_empty() {
        warn!(from = %visitor.address, "An answer of the provider was not taken: it belongs to no sign-in that was begun here");
        return failed(&pending.next);
    }
    match &pending.again {
        None => log_in(&provider, &mut auth, &visitor, &answer.code, &pending).await,
        Some(person) => prove(&provider, &mut auth, &visitor, &answer.code, &pending, person).await,
    }
}

async fn log_in(
    provider: &Provider,
    auth: &mut AuthSession,
    visitor: &Visitor,
    code: &str,
    pending: &Pending,
) -> Response {
    let again = |error| Redirect::to(&login_url(Some(error), Some(&pending.next))).into_response();
    match provider.finish(code, &pending.begun, &visitor.address.to_string()).await {
        Ok(Some(entered)) => match enter(auth, &entered.person.id, visitor, entered.shown).await {
            Ok(()) => Redirect::to(way_back(&pending.next)).into_response(),
            Err(failed) => failed,
        },
        Ok(None) => again(LoginError::Disabled),
        Err(error) => again(login_error(&error)),
    }
}

fn login_error(error: &EngineError) -> LoginError {
    match error.refusal() {
        Refusal::Unavailable { .. } => LoginError::NoProvider,
        _ => LoginError::Provider,
    }
}

/// Their roles may have changed on the way, and then every session has ended: this one begins anew either way.
async fn prove(
    provider: &Provider,
    auth: &mut AuthSession,
    visitor: &Visitor,
    code: &str,
    pending: &Pending,
    person: &PersonId,
) -> Response {
    let Some(account) = auth.user.clone().filter(|account| account.person.id == *person) else {
        return Redirect::to(&login_url(Some(LoginError::Expired), Some(&pending.next))).into_response();
    };
    let from = visitor.address.to_string();
    match provider.prove(&account.person, code, &pending.begun, pending.since, &from).await {
        Ok(person) => match enter(auth, &person.id, visitor, Some(sessions::now())).await {
            Ok(()) => Redirect::to(way_back(&pending.next)).into_response(),
            Err(failed) => failed,
        },
        Err(error) => refusal::explain(&error.refusal(), way_back(&pending.next)),
    }
}

async fn enter(
    auth: &mut AuthSession,
    person: &PersonId,
    visitor: &Visitor,
    shown: Option<Timestamp>,
) -> Result<(), Response> {
    let account: Account = match auth.backend.account(person).await {
        Ok(Some(account)) => account,
        Ok(None) => return Err(Redirect::to("/login").into_response()),
        Err(error) => return Err(unavailable(&error)),
    };
    begin(auth, &account, visitor).await?;
    // Whoever was known there already has shown nothing now.
    let noted = sessions::note_shown(&auth.session, &account.person, shown.unwrap_or(Timestamp(0))).await;
    noted.map_err(|error| not_kept(&error))?;
    auth.session.insert(FROM_PROVIDER, true).await.map_err(|error| not_kept(&error))
}

/// Whether whoever is logged in came from the provider.
pub async fn is_from_there(auth: &AuthSession) -> bool {
    auth.session.get::<bool>(FROM_PROVIDER).await.ok().flatten().unwrap_or(false)
}

/// Where somebody who came from the provider is logged out there too, if it has such a place and says so soon.
pub async fn sign_out_url(web: &Web, came_from_there: bool) -> Option<String> {
    let provider = web.provider.as_ref().filter(|_| came_from_there)?;
    let back = format!("{}/login", web.config.public_url);
    tokio::time::timeout(PATIENCE_AT_LOGOUT, provider.sign_out_url(&back)).await.ok().flatten()
}

/// Compares without stopping at the first difference.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
