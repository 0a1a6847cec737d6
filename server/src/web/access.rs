//! What belongs to an environment, on the routes that are no pages and no server functions: only who sees the environment
//! reaches it. To everybody else it does not exist.
//!
//! The parts of an address say what it is about: `{environment}` and `{run}` are looked up before the handler is called, and
//! what they belong to is given to it as [`At`]. A part that nobody has thought of leads nowhere, so that a new route is closed
//! until it says here what its parts are.

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use engine::Place;
use model::grant::Labels;
use model::id::{EnvironmentId, RunId};
use model::people::{Person, Role};
use model::refusal::Refusal;

use super::backend::AuthSession;
use super::{Web, refusal};

/// Parts of an address that only name something within what was looked up.
const WITHIN: [&str; 2] = ["side", "snapshot"];

/// Who asks, and the labels of the environment that it is about.
#[derive(Debug, Clone)]
pub struct At {
    pub by: Person,
    pub labels: Labels,
}

impl At {
    /// Who asks, if they have the role there.
    pub fn with(self, needed: Role) -> Result<Person, Refusal> {
        if self.by.may_at(needed, &self.labels) {
            Ok(self.by)
        } else {
            Err(Refusal::Forbidden { any_of: vec![needed] })
        }
    }
}

impl FromRequestParts<Web> for At {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Response> {
        let at = parts.extensions.get::<Self>().cloned();
        at.ok_or_else(|| refusal::respond(&Refusal::NotFound { what: "what you have asked for".to_owned() }))
    }
}

/// Lets through who sees what the address is about.
pub async fn only_what_is_seen(
    State(web): State<Web>,
    auth: AuthSession,
    parts: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(account) = auth.user else { return refusal::respond(&Refusal::NotLoggedIn) };
    match look_up(&web, account.person, &parts).await {
        Ok(at) => {
            request.extensions_mut().insert(at);
            next.run(request).await
        }
        Err(refused) => refusal::respond(&refused),
    }
}

async fn look_up(web: &Web, by: Person, parts: &RawPathParams) -> Result<At, Refusal> {
    let mut labels = None;
    for (name, text) in parts {
        let nothing = |what: &str| Refusal::NotFound { what: what.to_owned() };
        let seen = match name {
            "environment" => {
                let id = EnvironmentId::new(text).map_err(|_| nothing("this environment"))?;
                web.engine.labels_seen(&by, Place::Environment(&id)).await
            }
            "run" => {
                let id = RunId::new(text).map_err(|_| nothing("this run"))?;
                web.engine.labels_seen(&by, Place::Run(&id)).await
            }
            name if WITHIN.contains(&name) => continue,
            _ => return Err(nothing("what you have asked for")),
        };
        labels = Some(seen.map_err(|error| error.refusal())?);
    }
    let labels = labels.ok_or_else(|| Refusal::NotFound { what: "what you have asked for".to_owned() })?;
    Ok(At { by, labels })
}
