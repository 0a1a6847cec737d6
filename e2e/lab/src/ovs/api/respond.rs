//! From a call to its answer, through every gate the real one has, in its order.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::Method;
use serde_json::Value;

use super::call::Call;
use super::cluster::Stores;
use super::error::Refusal;
use super::fault::Trouble;
use super::limit::Limited;
use super::release::Release;
use super::route::{self, Endpoint, Kind};
use super::shared::Shared;
use super::token::Bearer;
use super::{list, object, root, version, work};

/// An answer.
#[derive(Debug)]
pub(super) enum Reply {
    Json(Value),
    /// To the same path with a slash at its end.
    Moved(String),
    /// The result of a task, as soon as it has one.
    Await(String),
}

/// Answers a call. `Trouble::ReplyLost` is the door's business.
pub(super) fn respond(
    shared: &Arc<Shared>,
    master: IpAddr,
    call: &Call,
    trouble: Option<Trouble>,
) -> Result<Reply, Refusal> {
    match trouble {
        Some(Trouble::ServerError) => return Err(Refusal::internal("The lab fails this call")),
        Some(Trouble::RateLimited) => return Err(Refusal::rate_limit_reached(6, 60)),
        Some(Trouble::TokenExpired) => return Err(Refusal::unauthorized("token_expired")),
        Some(Trouble::ReplyLost) | None => {}
    }
    let release = shared.cluster.release();
    let has_alba = shared.cluster.model().alba.is_some();
    let find = |path: &str| route::find(path, release.generation(), has_alba);
    match find(&call.path) {
        Some(Endpoint::Root) => metadata(shared, master, release, call),
        Some(Endpoint::Token) => token(shared, release, call),
        Some(endpoint) => {
            let asked = version::asked(call.accept.as_deref())?;
            guarded(shared, release, &endpoint, &asked, call)
        }
        None if !call.path.ends_with('/') && find(&format!("{}/", call.path)).is_some() => {
            Ok(Reply::Moved(moved(call)))
        }
        None => {
            version::asked(call.accept.as_deref())?;
            Err(Refusal::no_page(&call.path))
        }
    }
}

fn moved(call: &Call) -> String {
    let mark = if call.query.is_empty() { "" } else { "?" };
    format!("{}/{mark}{}", call.path, call.query)
}

fn metadata(shared: &Shared, master: IpAddr, release: Release, call: &Call) -> Result<Reply, Refusal> {
    if !is_get(call) {
        return Err(Refusal::plain_method());
    }
    need(shared.cluster.stores(), true)?;
    let model = shared.cluster.model();
    let mut state = shared.state();
    let state = &mut *state;
    let now = state.now();
    if state.limits_on {
        state.limits.count(Limited::Root, call.client, now)?;
    }
    let who = match &call.authorization {
        None => Err("unauthenticated"),
        Some(header) => state.tokens.bearer(&state.accounts, header, now),
    };
    Ok(Reply::Json(root::metadata(&model, release, master, who)))
}

fn token(shared: &Shared, release: Release, call: &Call) -> Result<Reply, Refusal> {
    if call.method != Method::POST {
        return Err(Refusal::plain_method());
    }
    need(shared.cluster.stores(), true)?;
    let mut state = shared.state();
    let state = &mut *state;
    let now = state.now();
    if state.limits_on {
        state.limits.count(Limited::Token, call.client, now)?;
    }
    state.tokens.grant(&state.accounts, release, call, now).map(Reply::Json)
}

/// A call that needs a token.
fn guarded(
    shared: &Arc<Shared>,
    release: Release,
    endpoint: &Endpoint,
    asked: &str,
    call: &Call,
) -> Result<Reply, Refusal> {
    need(shared.cluster.stores(), false)?;
    let bearer = authenticate(shared, call)?;
    let method = if is_get(call) { Method::GET } else { call.method.clone() };
    if method != endpoint.method() {
        return Err(Refusal::method(call.method.as_str()));
    }
    let needed = endpoint.roles();
    if needed.iter().any(|role| !bearer.roles.contains(role)) {
        let words: Vec<&str> = needed.iter().map(|role| role.word()).collect();
        return Err(Refusal::invalid_roles(&words.join(", ")));
    }
    version::check(release, endpoint.cap(release.generation()), asked)?;
    answer(shared, release, endpoint, call)
}

fn answer(shared: &Arc<Shared>, release: Release, endpoint: &Endpoint, call: &Call) -> Result<Reply, Refusal> {
    let objects = |kind| object::all(&shared.cluster.model(), kind, release.generation());
    match endpoint {
        Endpoint::List(kind) => {
            list::list(objects(*kind), default_sort(*kind), release.generation(), call).map(Reply::Json)
        }
        Endpoint::Object(kind, guid) => {
            let found =
                objects(*kind).into_iter().find(|object| object.guid == *guid).ok_or_else(Refusal::no_object)?;
            let contents = call.query("contents").map(|text| list::words(&text));
            Ok(Reply::Json(found.show(contents.as_deref())))
        }
        Endpoint::Router(guid, called) => work::call(shared, guid, *called, call).map(Reply::Json),
        Endpoint::Tasks => {
            let model = shared.cluster.model();
            Ok(Reply::Json(shared.state().tasks.overview(&model)))
        }
        Endpoint::Task(id) => Ok(Reply::Json(shared.state().tasks.show(id, release.tracks_tasks()))),
        Endpoint::TaskResult(id) => Ok(Reply::Await(id.clone())),
        Endpoint::Root | Endpoint::Token => Err(Refusal::no_page(&call.path)),
    }
}

fn authenticate(shared: &Shared, call: &Call) -> Result<Bearer, Refusal> {
    let header = call.authorization.as_deref().ok_or_else(|| Refusal::unauthorized("not_authenticated"))?;
    if !shared.cluster.stores().memcached {
        return Err(Refusal::unauthorized("invalid_token"));
    }
    let mut state = shared.state();
    let state = &mut *state;
    let now = state.now();
    state.tokens.bearer(&state.accounts, header, now).map_err(Refusal::unauthorized)
}

/// Refuses what cannot be answered without a store that is down (2.1).
fn need(stores: Stores, memcached: bool) -> Result<(), Refusal> {
    if !stores.model {
        return Err(Refusal::internal("ArakoonNoMaster: no master could be determined"));
    }
    if memcached && !stores.memcached {
        return Err(Refusal::internal("memcached cannot be reached"));
    }
    Ok(())
}

fn is_get(call: &Call) -> bool {
    call.method == Method::GET || call.method == Method::HEAD
}

fn default_sort(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::StorageRouter | Kind::StorageDriver | Kind::VPool | Kind::VDisk => Some("name"),
        Kind::AlbaNode | Kind::AlbaBackend => None,
    }
}
