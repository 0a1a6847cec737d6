//! Questions to the API of a cluster: with a token, page by page, at whichever master answers (dossier 2).
//!
//! Nothing here changes the cluster. Updates are never launched over the API: its answer means "scheduled" at best, and
//! two launches may run on two nodes at once (dossier 2.2).

mod launches;
mod limiter;
pub(crate) mod reply;
mod task;
mod token;
mod wire;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use model::time::Timestamp;
use remote::http::{HttpError, HttpResponse};
use serde_json::Value;
use tokio::sync::Semaphore;

pub(crate) use launches::Launches;
#[cfg(test)]
pub(crate) use launches::{Launch, LaunchState};
pub(crate) use wire::{base, host_of};

use self::reply::Reply;
pub use self::token::Logins;
use self::token::Tokens;
use self::wire::{Wire, on_host};
use crate::{ClientSecret, OvsError};

/// How many requests are under way at once. The masters have other work, too.
const AT_ONCE: usize = 4;
/// Generation A gives 10 whatever is asked for (dossier 2.3).
const PAGE_SIZE: u32 = 100;
/// A list that does not end after so many pages is not a list.
const MOST_PAGES: u64 = 2_000;
/// Pauses before another try when the API throttles; its lock lasts a minute (dossier 2.1).
const THROTTLE_PAUSES: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(20), Duration::from_secs(40)];

/// The API of one cluster.
pub(crate) struct Api {
    wire: Wire,
    masters: Mutex<Masters>,
    tokens: Tokens,
    launches: launches::Memory,
    now: fn() -> Timestamp,
    gate: Semaphore,
}

/// The masters that are known, and the one that answered last.
#[derive(Debug, Clone)]
struct Masters {
    bases: Vec<String>,
    current: usize,
}

impl Masters {
    /// All of them, the one that answered last first.
    fn in_turn(&self) -> Vec<String> {
        let (before, from) = self.bases.split_at(self.current.min(self.bases.len()));
        from.iter().chain(before).cloned().collect()
    }
}

impl Api {
    pub(crate) fn new(
        logins: &Logins,
        endpoint: &str,
        certificates: &BTreeSet<String>,
        client_id: &str,
        secret: &ClientSecret,
        now: fn() -> Timestamp,
    ) -> Result<Self, OvsError> {
        let base = base(endpoint)?;
        Ok(Self {
            wire: Wire::new(certificates)?,
            masters: Mutex::new(Masters { bases: vec![base], current: 0 }),
            tokens: Tokens::new(logins, endpoint, client_id, &secret.0)?,
            launches: launches::Memory::default(),
            now,
            gate: Semaphore::new(AT_ONCE),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// `GET /api/`: needs no token and tells whether the API is there at all.
    pub(crate) async fn root(&self) -> Result<Value, OvsError> {
        let value = self.ask_masters("", false).await?;
        if value.get("release").is_none() && value.get("storagerouter_ips").is_none() {
            let problem =
                "this is not the root of the Open vStorage API; its address usually ends with /api/".to_owned();
            return Err(OvsError::NotUnderstood { path: "/".to_owned(), problem });
        }
        self.learn(&reply::texts(&value, "storagerouter_ips"));
        Ok(value)
    }

    /// The root of one master's API, without any other's.
    pub(crate) async fn root_of(&self, ip: &str) -> Result<Value, HttpError> {
        let first = self.first_base();
        let url = on_host(&first, ip).unwrap_or(first);
        let answer = self.wire.get(&url, None).await?;
        match reply::read(answer.status, &answer.body) {
            Reply::Fine(value) => Ok(value),
            Reply::Refused { status, .. } | Reply::Foreign { status } => {
                Err(HttpError::MaybeSent { address: url, said: format!("HTTP status {status}") })
            }
        }
    }

    /// The next question fetches a token of its own, for what the client may do now.
    pub(crate) async fn log_in_again(&self) {
        self.tokens.forget_any().await;
    }

    /// Asks something. `path` ends with a slash before its query: without it a redirect would follow (dossier 2.1).
    pub(crate) async fn ask(&self, path: &str) -> Result<Value, OvsError> {
        self.ask_masters(path, true).await
    }

    /// All rows of a list.
    pub(crate) async fn list(&self, path: &str, contents: &str) -> Result<Vec<Value>, OvsError> {
        let not_understood =
            |problem: &str| OvsError::NotUnderstood { path: path.to_owned(), problem: problem.to_owned() };
        let mut rows = Vec::new();
        for page in 1..=MOST_PAGES {
            let asked = format!("{path}?contents={contents}&page={page}&page_size={PAGE_SIZE}");
            let answer = self.ask(&asked).await?;
            let data = answer.get("data").and_then(Value::as_array);
            rows.extend_from_slice(data.ok_or_else(|| not_understood("the answer has no list named data"))?);
            let paging = answer.get("_paging");
            let last = paging.and_then(|paging| reply::number(paging, "max_page")).unwrap_or(1);
            if page >= last {
                return Ok(rows);
            }
        }
        Err(not_understood("the list does not end"))
    }

    /// One master after the other, until one answers as the API does.
    async fn ask_masters(&self, path: &str, with_token: bool) -> Result<Value, OvsError> {
        let _permit = self.gate.acquire().await.map_err(|_| silent(path, "shutting down".to_owned()))?;
        let masters = self.masters();
        let mut silences = Vec::new();
        for base in masters.in_turn() {
            match self.ask_one(&base, path, with_token).await {
                Ok(value) => {
                    self.answered(&base);
                    return Ok(value);
                }
                Err(error) if error.is_silence() => silences.push(error),
                // A master whose memcached or model is away says so with status 500; the others share them (2.1).
                Err(error) => return Err(error),
            }
        }
        match (silences.pop(), silences.is_empty()) {
            (Some(only), true) => Err(only),
            (last, _) => {
                let words: Vec<String> = silences.iter().chain(&last).map(ToString::to_string).collect();
                Err(silent(path, words.join("; ")))
            }
        }
    }

    async fn ask_one(&self, base: &str, path: &str, with_token: bool) -> Result<Value, OvsError> {
        let url = format!("{base}{path}");
        let mut pauses = THROTTLE_PAUSES.into_iter();
        let (mut logged_in_again, mut lost) = (false, false);
        loop {
            let token = if with_token { Some(self.tokens.token(&self.wire, base, self.now).await?) } else { None };
            let answer = match self.wire.get(&url, token.as_ref()).await {
                Ok(answer) => answer,
                // A question does no harm.
                Err(error) if error.may_have_acted() && !lost => {
                    lost = true;
                    continue;
                }
                Err(error) => return Err(silent(path, error.to_string())),
            };
            match reply::read(answer.status, &answer.body) {
                Reply::Fine(value) => return Ok(value),
                Reply::Refused { status: 401, .. } if with_token && !logged_in_again => {
                    // Expired, or lost with a restart of memcached (dossier 2.1).
                    logged_in_again = true;
                    self.tokens.forget(token.as_ref()).await;
                }
                Reply::Refused { status: 429, code, text } => match pauses.next() {
                    Some(pause) => tokio::time::sleep(wanted(&answer).unwrap_or(pause)).await,
                    None => return Err(refused(path, 429, code, text)),
                },
                Reply::Refused { status, code, text } => return Err(refused(path, status, code, text)),
                Reply::Foreign { status } => return Err(foreign(path, base, status)),
            }
        }
    }

    fn masters(&self) -> Masters {
        self.masters.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn first_base(&self) -> String {
        self.masters().bases.into_iter().next().unwrap_or_default()
    }

    fn answered(&self, base: &str) {
        let mut masters = self.masters.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(at) = masters.bases.iter().position(|known| known == base) {
            masters.current = at;
        }
    }

    /// Takes in the other StorageRouters. One that runs no API does not answer, and the next is asked.
    fn learn(&self, ips: &[String]) {
        let mut masters = self.masters.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(first) = masters.bases.first().cloned() else { return };
        for ip in ips {
            // Only addresses: what the API says must not send a token to a host of somebody's choice.
            let other = ip.parse::<std::net::IpAddr>().ok().and_then(|_| on_host(&first, ip));
            if let Some(other) = other.filter(|other| !masters.bases.contains(other)) {
                masters.bases.push(other);
            }
        }
    }
}

/// What the API asks us to wait, if it says so and it is bearable.
fn wanted(answer: &HttpResponse) -> Option<Duration> {
    let seconds = answer.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds)).filter(|wanted| *wanted <= Duration::from_secs(70))
}

fn silent(path: &str, error: String) -> OvsError {
    OvsError::NoAnswer { path: shown(path), error }
}

fn refused(path: &str, status: u16, code: String, text: String) -> OvsError {
    OvsError::Refused { path: shown(path), status, code, text }
}

fn foreign(path: &str, base: &str, status: u16) -> OvsError {
    let hint = match status {
        502..=504 => ": ovs-webapp-api does not run there, or is starting",
        500 => ": its memcached or arakoon-ovsdb may be down",
        404 => ": the path is wrong; the address usually ends with /api/",
        _ => "",
    };
    OvsError::Foreign { path: shown(path), address: base.to_owned(), status, hint }
}

/// The path without its query.
fn shown(path: &str) -> String {
    format!("/{}", path.split('?').next().unwrap_or_default())
}
