//! `GET /snapshots/ID/archive`, and what goes wrong with it.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::io::ReaderStream;

use super::archive::Archive;
use super::fault::Forgery;
use super::shared::Shared;
use super::zip;

/// How long a download that is torn stands still before.
const UNTIL_TORN: Duration = Duration::from_millis(100);
const PIECE: usize = 64 * 1024;
/// What a proxy says, as far as anybody reads it.
const PAGE: &[u8] = b"<html><head><title>Please log in</title></head><body></body></html>";

/// Where ranges are known, from that byte on; otherwise all of it, whatever was asked for.
pub(super) async fn answer(shared: &Shared, id: &str, archive: Archive, from: Option<u64>) -> io::Result<Response> {
    let forgery = shared.state().faults.forgery();
    let archive = match forgery {
        None => archive,
        Some(Forgery::NoZip) => Archive::of(PAGE)?,
        Some(Forgery::Bomb) => Archive::of(&zip::bomb()?)?,
    };
    let asked = from.filter(|_| shared.config.ranges);
    let from = asked.unwrap_or(0);
    let whole = archive.length;
    if from >= whole {
        let head = [(header::CONTENT_RANGE, format!("bytes */{whole}"))];
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, head).into_response());
    }
    let file = archive.open_at(from).await?;
    let length = whole - from;
    let body = if shared.state().faults.truncates(from) {
        torn(file.take(length * 2 / 5))
    } else {
        Body::from_stream(ReaderStream::with_capacity(file.take(length), PIECE))
    };
    let head = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename={id}.zip")),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    if asked.is_none() {
        return Ok((head, body).into_response());
    }
    let range = [(header::CONTENT_RANGE, format!("bytes {from}-{}/{whole}", whole - 1))];
    Ok((StatusCode::PARTIAL_CONTENT, head, range, body).into_response())
}

/// A body that ends too early, and only when its beginning has left: a connection that breaks at once takes the head of
/// the answer with it.
fn torn(mut beginning: impl AsyncRead + Send + Unpin + 'static) -> Body {
    let (mut near, far) = tokio::io::duplex(PIECE);
    tokio::spawn(async move {
        // Whoever has gone away needs no rest.
        let _ = tokio::io::copy(&mut beginning, &mut near).await;
        tokio::time::sleep(UNTIL_TORN).await;
    });
    Body::from_stream(ReaderStream::with_capacity(far, PIECE))
}
