//! Archives of Cloudify snapshots, passing through piece by piece: `GET /environments/{environment}/snapshots/{side}/{snapshot}/archive`
//! from a manager to a person, `PUT /api/uploads/{environment}/{snapshot}` from a person to Drydock.
//!
//! Both go on after a lost link, in HTTP's own words, so that a browser, `curl -C -` and the page understand them. What
//! is sent in is kept by Drydock only; bringing it to a manager takes a request.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::Fetched;
use futures::{StreamExt as _, TryStreamExt as _};
use model::id::{EnvironmentId, SnapshotId, TenantName};
use model::people::{Person, Role};
use model::plan::Side;
use model::refusal::Refusal;
use serde::Deserialize;
use tracing::warn;

use super::access::At;
use super::range::{Brought, Wanted};
use super::{Web, guard, refusal};

/// A sender that is silent for so long has lost its link: others may go on with the file.
const QUIET: Duration = Duration::from_secs(20);

/// What the address says besides.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// Whose snapshot it is, where it is not the tenant of the settings.
    #[serde(default)]
    tenant: String,
}

/// Sends an archive as it comes from the manager.
pub async fn download(
    State(web): State<Web>,
    at: At,
    Path((environment, side, snapshot)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let list = format!("/environments/{environment}/snapshots");
    let fetched = async {
        let by = at.with(Role::Operator)?;
        let environment: EnvironmentId = read("environment", &environment)?;
        let (side, snapshot): (Side, SnapshotId) = (read("manager", &side)?, read("snapshot", &snapshot)?);
        let tenant: Option<TenantName> =
            if asked.tenant.is_empty() { None } else { Some(read("tenant", &asked.tenant)?) };
        let wanted = text(&headers, RANGE).and_then(Wanted::parse);
        // A weak tag, or a date, is none of ours: then all of it comes.
        let tag = text(&headers, IF_RANGE).map(|tag| tag.trim_matches('"'));
        let from = wanted.map_or(0, |wanted| wanted.from);
        let fetched = web.engine.fetch_archive(&by, &environment, side, tenant.as_ref(), &snapshot, from, tag).await;
        Ok((fetched.map_err(|error| error.refusal())?, snapshot, wanted))
    };
    match fetched.await {
        Ok((Fetched::Open(archive), snapshot, wanted)) => send(*archive, &snapshot, wanted),
        Ok((Fetched::Beyond { total }, ..)) => {
            (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, format!("bytes */{total}"))]).into_response()
        }
        Err(refused) if guard::wants_html(&headers) => refusal::explain(&refused, &list),
        Err(refused) => refusal::respond(&refused),
    }
}

fn send(archive: engine::Outgoing, snapshot: &SnapshotId, wanted: Option<Wanted>) -> Response {
    let (from, total, tag) = (archive.from, archive.total, archive.tag.clone());
    // Where it is not the archive that was begun any more, all of it comes.
    let wanted = wanted.filter(|wanted| wanted.from == from);
    let head = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{snapshot}.zip\"")),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (ETAG, format!("\"{tag}\"")),
    ];
    let (status, length, range) = match (wanted, total) {
        (Some(wanted), Some(total)) => {
            let last = wanted.to.unwrap_or(u64::MAX).min(total.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, Some(last + 1 - from), Some(format!("bytes {from}-{last}/{total}")))
        }
        (Some(_), None) if from > 0 => {
            let problem =
                "the manager does not say how long the archive is, so nobody can go on in its middle: fetch all of it";
            return refusal::respond(&Refusal::Conflict { problem: problem.to_owned() });
        }
        (_, total) => (StatusCode::OK, total, None),
    };
    let mut response = (status, head, Body::from_stream(pieces(archive, length, snapshot.clone()))).into_response();
    let more = [(CONTENT_LENGTH, length.map(|length| length.to_string())), (CONTENT_RANGE, range)];
    for (name, value) in more {
        if let Some(value) = value.and_then(|value| value.parse().ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// No more than was told. When the manager stops too early the connection breaks, so that nobody takes a part for the whole.
fn pieces(
    archive: engine::Outgoing,
    length: Option<u64>,
    snapshot: SnapshotId,
) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> {
    let pieces = futures::stream::try_unfold((archive, length), |(mut archive, left)| async move {
        if left == Some(0) {
            return Ok(None);
        }
        let Some(mut piece) = archive.piece().await.map_err(std::io::Error::other)? else { return Ok(None) };
        let left = left.map(|left| {
            piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            left - piece.len() as u64
        });
        Ok(Some((Bytes::from(piece), (archive, left))))
    });
    pieces.inspect_err(move |error| warn!(%error, %snapshot, "The download of an archive was cut short"))
}

/// How far a file has come.
pub async fn progress(
    State(web): State<Web>,
    at: At,
    Path((environment, snapshot)): Path<(String, String)>,
) -> Response {
    let told = async {
        at.with(Role::Requester)?;
        let upload = web.engine.upload(&read("environment", &environment)?, &read("snapshot", &snapshot)?).await;
        upload.map_err(|error| error.refusal())
    };
    match told.await {
        Ok(upload) => Json(upload).into_response(),
        Err(refused) => refusal::respond(&refused),
    }
}

/// Takes in a part of a file, or all of it.
pub async fn upload(
    State(web): State<Web>,
    at: At,
    Path((environment, snapshot)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let taken = async {
        let by = at.with(Role::Requester)?;
        let (environment, snapshot) = (read("environment", &environment)?, read("snapshot", &snapshot)?);
        let brought = brought(&headers)?;
        take_in(&web, &by, &environment, &snapshot, brought, body).await
    };
    match taken.await {
        Ok(upload) => Json(upload).into_response(),
        Err(refused) => refusal::respond(&refused),
    }
}

async fn take_in(
    web: &Web,
    by: &Person,
    environment: &EnvironmentId,
    snapshot: &SnapshotId,
    Brought { from, of }: Brought,
    body: Body,
) -> Result<model::cloudify::Upload, Refusal> {
    let mut bringing = match web.engine.bring_archive(by, environment, snapshot, of, from).await {
        Ok(bringing) => bringing,
        // It is being checked, or is kept: whoever only asks is told so.
        Err(error) if from.is_none() => {
            let refused = error.refusal();
            let known = web.engine.upload(environment, snapshot).await.ok();
            return known.filter(|upload| upload.of == of).ok_or(refused);
        }
        Err(error) => return Err(error.refusal()),
    };
    let mut pieces = body.into_data_stream();
    let broke_off = loop {
        match tokio::time::timeout(QUIET, pieces.next()).await {
            Ok(Some(Ok(piece))) => bringing.take(&piece).await.map_err(|error| error.refusal())?,
            Ok(None) => break None,
            Ok(Some(Err(error))) => break Some(error.to_string()),
            Err(_) => break Some(format!("nothing came for {} s", QUIET.as_secs())),
        }
    };
    let there = bringing.there();
    let upload = bringing.end().await.map_err(|error| error.refusal())?;
    match broke_off {
        None => Ok(upload),
        Some(why) => Err(Refusal::Unavailable { problem: format!("it broke off, and {there} bytes are kept: {why}") }),
    }
}

/// Without a range it is all of the file, as `curl -T` sends it.
fn brought(headers: &HeaderMap) -> Result<Brought, Refusal> {
    let refused = |problem: &str| Refusal::Invalid { field: "file".to_owned(), problem: problem.to_owned() };
    match text(headers, CONTENT_RANGE) {
        Some(range) => Brought::parse(range)
            .ok_or_else(|| refused("Content-Range says which bytes these are: bytes 0-99/200, or bytes */200 to ask")),
        None => {
            let of = text(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok());
            of.map(|of| Brought { from: Some(0), of })
                .ok_or_else(|| refused("its length has to be told before it comes"))
        }
    }
}

fn read<T: std::str::FromStr<Err: std::fmt::Display>>(field: &str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|error: T::Err| Refusal::Invalid { field: field.to_owned(), problem: error.to_string() })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
