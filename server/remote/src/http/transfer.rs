//! Bodies too large to hold: they are handed over piece by piece, either way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use tokio::fs::File;
use tokio::time::Instant;
use tokio_util::io::ReaderStream;

use super::{Http, HttpError, HttpRequest, HttpResponse, headers, method};

/// How many bytes have been moved so far. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Moved(Arc<AtomicU64>);

impl Moved {
    /// So many more.
    pub fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// All of them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bytes per read of a file.
const PIECE: usize = 256 * 1024;

/// How often is looked whether anything moves.
const LOOK: Duration = Duration::from_secs(1);

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct Download {
    answer: reqwest::Response,
    address: String,
    quiet: Duration,
}

impl Download {
    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.answer.status().as_u16()
    }

    /// The first header of this name, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.headers().get(name)?.to_str().ok()
    }

    /// The next bytes; `None` at the end. A body that is shorter than it was said to be is an error.
    pub async fn piece(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, HttpError> {
        let address = &self.address;
        match tokio::time::timeout(self.quiet, self.answer.chunk()).await {
            Ok(piece) => piece.map_err(|error| HttpError::from_reqwest(address, error)),
            Err(_) => Err(HttpError::timed_out(address, self.quiet)),
        }
    }

    /// The whole body, where it is a refusal: no more than so many bytes of it.
    pub async fn text(mut self, most: usize) -> Vec<u8> {
        let mut body = Vec::new();
        while let Ok(Some(piece)) = self.piece().await {
            let room = most.saturating_sub(body.len());
            let piece = piece.as_ref();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        body
    }
}

impl Http {
    /// Sends a request and returns before the body comes. Nothing is bounded but silence.
    pub async fn open(&self, request: &HttpRequest, quiet: Duration) -> Result<Download, HttpError> {
        let address = request.address();
        let built = self.client.request(method(request.method), &request.url).headers(headers(request, &address)?);
        let sending = built.body(request.body.clone()).send();
        match tokio::time::timeout(self.timeout, sending).await {
            Ok(Ok(answer)) => Ok(Download { answer, address, quiet }),
            Ok(Err(error)) => Err(HttpError::from_reqwest(&address, error)),
            Err(_) => Err(HttpError::timed_out(&address, self.timeout)),
        }
    }

    /// Sends a file as the body, once. Nothing is bounded but silence: neither bytes that leave nor an answer.
    pub async fn send_file(
        &self,
        request: &HttpRequest,
        file: File,
        moved: &Moved,
        quiet: Duration,
    ) -> Result<HttpResponse, HttpError> {
        let address = request.address();
        let counted = moved.clone();
        let pieces = ReaderStream::with_capacity(file, PIECE).inspect(move |piece| {
            if let Ok(piece) = piece {
                counted.add(piece.len() as u64);
            }
        });
        let built = self.client.request(method(request.method), &request.url).headers(headers(request, &address)?);
        let sending = async {
            let answer = built.body(reqwest::Body::wrap_stream(pieces)).send().await;
            let answer = answer.map_err(|error| HttpError::from_reqwest(&address, error))?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let body = Download { answer, address: address.clone(), quiet }.text(self.max_bytes).await;
            Ok(HttpResponse { status, headers, body })
        };
        tokio::select! {
            answer = sending => answer,
            () = silence(moved, quiet) => Err(HttpError::timed_out(&address, quiet)),
        }
    }
}

/// Ends when nothing has moved for that long.
async fn silence(moved: &Moved, quiet: Duration) {
    let mut last = (moved.bytes(), Instant::now());
    loop {
        tokio::time::sleep(LOOK.min(quiet)).await;
        let now = moved.bytes();
        if now != last.0 {
            last = (now, Instant::now());
        } else if last.1.elapsed() >= quiet {
            return;
        }
    }
}
