//! Signed calls: in server time, with pages put together, and with refusals explained.

use std::sync::Mutex;
use std::time::Duration;

use model::time::{Timestamp, span_words};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::reply::{self, Reply};
use crate::wire::{Exchange, Wire, WireError};
use crate::{CloudStackError, KeyPair, SubmitError, signing};

/// How many requests are under way at once. A management server has other work, too.
const AT_ONCE: usize = 8;
/// How long a question stays valid, in seconds; the server takes up to 15 minutes (dossier 3.1).
const QUESTION_LIFETIME: i64 = 600;
/// Pages are as large as the server allows; the usual limit is 500, some set it lower (dossier 3.6).
const PAGE_SIZES: [usize; 4] = [500, 200, 100, 20];
/// A list that does not end after so many rows is not a list.
const MOST_ROWS: usize = 200_000;
/// Pauses before another try when the server throttles.
const THROTTLE_PAUSES: [Duration; 4] =
    [Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// Differences below this are the whole seconds of the `Date` header and the time on the way.
const CLOCK_NOISE_MS: i64 = 2_000;

/// The API of one installation.
pub(crate) struct Api {
    wire: Wire,
    endpoint: String,
    keys: KeyPair,
    now: fn() -> Timestamp,
    /// Server clock minus ours, milliseconds, from the last answer.
    skew: Mutex<Option<i64>>,
    gate: Semaphore,
}

impl Api {
    pub(crate) fn new(endpoint: &str, wire: Wire, keys: KeyPair, now: fn() -> Timestamp) -> Self {
        let gate = Semaphore::new(AT_ONCE);
        Self { wire, endpoint: endpoint.to_owned(), keys, now, skew: Mutex::new(None), gate }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Server clock minus ours, if anything was ever answered.
    pub(crate) fn skew(&self) -> Option<i64> {
        *self.skew.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Asks something. Tries again when the server throttles, and once more when the answer was lost or when it turns
    /// out that the clocks differ: a question does no harm.
    pub(crate) async fn ask(&self, command: &str, parameters: &[(&str, &str)]) -> Result<Value, CloudStackError> {
        let mut pauses = THROTTLE_PAUSES.into_iter();
        let (mut clock_learned, mut lost) = (false, false);
        loop {
            let skew = self.skew();
            let expires = self.now().plus_seconds(QUESTION_LIFETIME);
            let answer = match self.call(command, parameters, expires).await {
                Ok(answer) => answer,
                Err(WireError::MaybeSent(_)) if !lost => {
                    lost = true;
                    continue;
                }
                Err(error) => return Err(no_answer(command, &error)),
            };
            match reply::read(answer.status, &answer.body) {
                Reply::Fine(inside) => return Ok(inside),
                Reply::Refused { code: 429, text } => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(self.refused(command, 429, &text)),
                },
                Reply::Refused { code: 401, .. } if !clock_learned && self.clock_was_wrong(skew) => {
                    clock_learned = true;
                }
                Reply::Refused { code, text } => return Err(self.refused(command, code, &text)),
                Reply::Foreign { status } => return Err(self.foreign(command, status)),
            }
        }
    }

    /// All rows of a list.
    pub(crate) async fn list(&self, command: &str, parameters: &[(&str, &str)]) -> Result<Vec<Value>, CloudStackError> {
        let mut sizes = PAGE_SIZES.into_iter().peekable();
        loop {
            let size = sizes.next().unwrap_or(1);
            match self.pages(command, parameters, size).await {
                Err(CloudStackError::Refused { code: 431, text, .. })
                    if text.contains("age size") && sizes.peek().is_some() => {}
                other => return other,
            }
        }
    }

    async fn pages(
        &self,
        command: &str,
        parameters: &[(&str, &str)],
        size: usize,
    ) -> Result<Vec<Value>, CloudStackError> {
        let size_text = size.to_string();
        let mut rows: Vec<Value> = Vec::new();
        for page in 1.. {
            let page = page.to_string();
            let mut all = parameters.to_vec();
            all.extend([("page", page.as_str()), ("pagesize", size_text.as_str())]);
            let inside = self.ask(command, &all).await?;
            let items = reply::items(&inside);
            rows.extend_from_slice(items);
            let count = reply::number(&inside, "count").and_then(|count| usize::try_from(count).ok());
            if items.is_empty() || count.is_some_and(|count| rows.len() >= count) {
                break;
            }
            if rows.len() > MOST_ROWS {
                let problem = format!("the list does not end after {MOST_ROWS} rows");
                return Err(CloudStackError::NotUnderstood { command: command.to_owned(), problem });
            }
        }
        Ok(rows)
    }

    /// Sends something that changes the cloud, exactly once, good until `expires` on our clock.
    pub(crate) async fn change(
        &self,
        command: &str,
        parameters: &[(&str, &str)],
        expires: Timestamp,
    ) -> Result<Value, SubmitError> {
        self.learn_the_clock().await?;
        let believed = self.skew();
        let mut answer = self.change_once(command, parameters, expires).await?;
        if answer.status == 401 && self.clock_was_wrong(believed) {
            // Refused before anything else happened, because the server's clock was set meanwhile.
            answer = self.change_once(command, parameters, expires).await?;
        }
        match reply::read(answer.status, &answer.body) {
            Reply::Fine(inside) => Ok(inside),
            Reply::Refused { code, text } => {
                let transient = matches!(code, 429 | 503);
                Err(SubmitError::Refused { code, text: self.explained(code, &text), transient })
            }
            Reply::Foreign { status } => Err(foreign_submit(status, &self.endpoint)),
        }
    }

    async fn change_once(
        &self,
        command: &str,
        parameters: &[(&str, &str)],
        expires: Timestamp,
    ) -> Result<Exchange, SubmitError> {
        self.call(command, parameters, expires).await.map_err(|error| match error {
            WireError::NotSent(error) => SubmitError::NotSent { error },
            WireError::MaybeSent(error) => SubmitError::MaybeSent { error },
        })
    }

    /// An expiry means nothing without the server's clock.
    async fn learn_the_clock(&self) -> Result<(), SubmitError> {
        if self.skew().is_some() {
            return Ok(());
        }
        match self.ask("listCapabilities", &[]).await {
            Err(CloudStackError::NoAnswer { error, .. }) => Err(SubmitError::NotSent { error }),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn call(
        &self,
        command: &str,
        parameters: &[(&str, &str)],
        expires: Timestamp,
    ) -> Result<Exchange, WireError> {
        let _permit = self.gate.acquire().await.map_err(|_| WireError::NotSent("shutting down".to_owned()))?;
        let expires = Timestamp(expires.0.saturating_add(self.skew().unwrap_or(0)));
        let form = signing::signed(command, parameters, expires, &self.keys);
        let sent = self.now();
        let answer = self.wire.post(form).await?;
        if let Some(server_time) = answer.server_time {
            let on_the_way = self.now().since(sent) / 2;
            let skew = server_time.since(sent).saturating_sub(on_the_way);
            let skew = if skew.abs() < CLOCK_NOISE_MS { 0 } else { skew };
            *self.skew.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(skew);
        }
        Ok(answer)
    }

    fn clock_was_wrong(&self, believed: Option<i64>) -> bool {
        let known = self.skew().unwrap_or(0);
        (known - believed.unwrap_or(0)).abs() > CLOCK_NOISE_MS
    }

    fn refused(&self, command: &str, code: u16, text: &str) -> CloudStackError {
        CloudStackError::Refused { command: command.to_owned(), code, text: self.explained(code, text) }
    }

    /// The server never says why it does not accept a signature (dossier 3.1); the clocks often do.
    fn explained(&self, code: u16, text: &str) -> String {
        match (code, self.skew()) {
            (401, Some(skew)) if skew != 0 => format!("{text}. {}", skew_words(skew)),
            (401, Some(_)) => format!(
                "{text}. The clocks agree, so the API key, the secret key, the rights of its role, or the network it \
                 may be used from are wrong, or this release has no such command"
            ),
            _ => text.to_owned(),
        }
    }

    fn foreign(&self, command: &str, status: u16) -> CloudStackError {
        let hint = match status {
            503 => ": the management server is starting or has failed to start",
            502 | 504 => ": a proxy in between does not reach it",
            404 => ": the path is wrong; it usually ends with /client/api",
            _ => "",
        };
        CloudStackError::Foreign { command: command.to_owned(), endpoint: self.endpoint.clone(), status, hint }
    }
}

/// `The server's clock is 5 min 12 s ahead of this one`.
pub(crate) fn skew_words(skew_ms: i64) -> String {
    let direction = if skew_ms < 0 { "behind" } else { "ahead of" };
    format!("The server's clock is {} {direction} this one", span_words(skew_ms.abs()))
}

fn no_answer(command: &str, error: &WireError) -> CloudStackError {
    CloudStackError::NoAnswer { command: command.to_owned(), error: error.to_string() }
}

/// An answer that the API itself did not write tells little about whether the API has seen the request.
fn foreign_submit(status: u16, endpoint: &str) -> SubmitError {
    let text = format!("{endpoint} answers with HTTP status {status}, but not as the CloudStack API does");
    match status {
        // A server that is starting refuses before anything else happens.
        503 => SubmitError::Refused { code: status, text, transient: true },
        300..=499 => SubmitError::Refused { code: status, text, transient: false },
        _ => SubmitError::MaybeSent { error: text },
    }
}
