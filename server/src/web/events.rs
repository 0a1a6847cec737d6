//! `GET /runs/{run}/events`: what happens in a run, live, as server-sent events.
//!
//! The id of each message is the event's number, so a browser that lost the connection asks for what came after the
//! last one it saw, by itself. The journal is the truth; nothing is kept here between two messages.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum_login::AuthUser;
use engine::{Followed, Tail};
use futures::{StreamExt, stream};
use model::id::{RunId, SessionId};
use model::refusal::Refusal;
use serde::Deserialize;
use tracing::warn;

use super::backend::{Account, AuthSession};
use super::{Web, refusal, sessions};

/// Proxies close a connection that is silent for longer; 30 s and 60 s are usual.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long somebody whose session has ended may still see events of an open page.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Where the first connection of a page begins.
#[derive(Deserialize)]
pub struct From {
    #[serde(default)]
    after: i64,
}

/// Streams events from after the last one seen.
pub async fn stream(
    State(web): State<Web>,
    auth: AuthSession,
    Path(run): Path<RunId>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Response {
    let (Some(viewer), Some(session)) = (auth.user, sessions::name(&auth.session)) else {
        return refusal::respond(&Refusal::NotLoggedIn);
    };
    // A browser that reconnects repeats the first address, so what it saw last comes first.
    let after = last_seen(&headers).unwrap_or(from.after);
    match web.engine.follow(&run, after).await {
        Ok(tail) => respond(Follower { tail, run, viewer, session, web, looked: Instant::now() }),
        Err(error) => refusal::respond(&error.refusal()),
    }
}

fn last_seen(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

struct Follower {
    tail: Tail,
    run: RunId,
    viewer: Account,
    session: SessionId,
    web: Web,
    looked: Instant,
}

fn respond(follower: Follower) -> Response {
    let messages = stream::unfold(Some(follower), |follower| async { advance(follower?).await })
        .flat_map(stream::iter)
        .map(Ok::<_, Infallible>);
    // nginx holds streams back unless told not to.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, Sse::new(messages).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))).into_response()
}

/// The next messages, and how to go on; nothing when the stream ends.
async fn advance(mut follower: Follower) -> Option<(Vec<Event>, Option<Follower>)> {
    let followed = tokio::select! {
        () = follower.web.stopping.cancelled() => return None,
        followed = follower.tail.next() => followed,
    };
    match followed {
        Ok(Followed::Events(events)) => {
            if !follower.may_still_look().await {
                return None;
            }
            Some((events.iter().filter_map(message).collect(), Some(follower)))
        }
        // The browser must be told: it would take a closed stream for a lost connection and come back for ever.
        Ok(Followed::End) => Some((vec![Event::default().event("end").data("end")], None)),
        Err(error) => {
            warn!(problem = %error.refusal(), "A run can no longer be followed; the browser will ask again");
            None
        }
    }
}

fn message(event: &model::event::Event) -> Option<Event> {
    Event::default()
        .id(event.seq.to_string())
        .json_data(event)
        .inspect_err(|error| warn!(%error, seq = event.seq, "An event cannot be shown"))
        .ok()
}

impl Follower {
    async fn may_still_look(&mut self) -> bool {
        if self.looked.elapsed() < LOOK_AGAIN {
            return true;
        }
        self.looked = Instant::now();
        if !matches!(self.web.engine.load_session(&self.session).await, Ok(Some(_))) {
            return false;
        }
        let id = self.viewer.id();
        match self.web.engine.person_for_session(&id).await {
            // An environment may have got other labels meanwhile.
            Ok(Some((person, binding))) => {
                binding.as_slice() == self.viewer.session_auth_hash()
                    && self.web.engine.labels_seen(&person, &self.run).await.is_ok()
            }
            Ok(None) | Err(_) => false,
        }
    }
}
