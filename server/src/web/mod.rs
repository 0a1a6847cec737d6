//! HTTP: what is served, and who may reach it.
//!
//! [`router`] is the whole map. A request passes, from the outside in: the log line, the headers of the answer, the origin
//! check; then, for everything but files and health, the session, the guard, and the body limit. The guard denies what it
//! does not know, so that a new page is closed until somebody opens it.

mod access;
mod archives;
mod assets;
mod audit;
mod backend;
mod client;
mod events;
mod evidence;
mod export;
mod guard;
mod headers;
mod health;
mod import;
mod login;
mod login_code;
mod origin;
mod own_tokens;
mod pages;
mod proof;
mod provider;
mod qr;
mod range;
mod refusal;
mod replay;
mod second_factor;
mod sessions;
mod state;
mod throttle;
mod token;
mod trace;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};
use axum_login::AuthManagerLayerBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

use backend::Accounts;
pub use state::Web;

/// The largest body anybody has reason to send: the environment form with a private key for every host.
const BODY_LIMIT: usize = 512 * 1024;

/// What belongs to an environment, besides pages and server functions.
fn of_environments(web: &Web) -> Router<Web> {
    Router::new()
        .route("/runs/{run}/events", get(events::stream))
        .route("/runs/{run}/export", get(export::file))
        .route("/runs/{run}/evidence", get(evidence::file))
        .route("/environments/{environment}/snapshots/{side}/{snapshot}/archive", get(archives::download))
        .route_layer(from_fn_with_state(web.clone(), access::only_what_is_seen))
}

/// What counts for itself, so that it can say what is too large.
fn large_bodies(web: &Web) -> Router<Web> {
    Router::new()
        .route("/api/uploads/{environment}/{snapshot}", get(archives::progress).put(archives::upload))
        .route_layer(from_fn_with_state(web.clone(), access::only_what_is_seen))
        .route("/replay", post(replay::upload))
        .route("/environments/import", post(import::preview))
        .route("/environments/import/apply", post(import::apply))
        .layer(DefaultBodyLimit::disable())
}

/// Everything that is served.
pub fn router(web: Web) -> Router {
    let sessions = sessions::layer(&web);
    let accounts = AuthManagerLayerBuilder::new(Accounts::new(web.engine.clone()), sessions).build();
    let guarded = pages::routes()
        .route("/api/{*function}", any(pages::server_function).layer(from_fn_with_state(web.clone(), proof::ask)))
        .merge(of_environments(&web))
        .route("/audit/export", get(audit::file))
        .route("/environments/export", get(import::file))
        .route("/login", post(login::log_in))
        .route("/login/code", post(login_code::enter))
        .route("/login/provider", get(provider::leave))
        .route(provider::BACK, get(provider::come_back))
        .route("/account/tokens", post(own_tokens::make))
        .route("/account/second-factor", post(second_factor::begin))
        .route("/account/second-factor/confirm", post(second_factor::confirm))
        .route("/account/second-factor/codes", post(second_factor::renew_codes))
        .route("/account/second-factor/off", post(second_factor::switch_off))
        .route("/logout", post(login::log_out))
        .route("/setup", post(login::set_up))
        .fallback(pages::no_page)
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .merge(large_bodies(&web))
        .layer(from_fn_with_state(web.clone(), guard::require_login))
        .layer(accounts)
        .layer(from_fn(health::explain_outage));
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/assets/{*path}", get(assets::file))
        .merge(guarded)
        .layer(from_fn_with_state(web.clone(), origin::refuse_foreign))
        .layer(CatchPanicLayer::custom(health::explain_panic))
        .layer(from_fn_with_state(web.clone(), headers::secure))
        .layer(from_fn_with_state(web.clone(), trace::log))
        .with_state(web)
}
