//! The token: fetched when it is needed, kept until shortly before it expires, never more often than allowed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::time::Timestamp;
use remote::Secret;
use tokio::sync::Mutex;

use super::limiter::Limiter;
use super::reply::{self, Reply};
use super::wire::Wire;
use super::{foreign, refused, silent};
use crate::OvsError;

const PATH: &str = "oauth2/token/";
/// A token that is about to expire is not used any more.
const MARGIN_SECONDS: u64 = 30;
/// How long the API locks out who has asked too often (dossier 2.1).
const LOCK: Duration = Duration::from_secs(61);

/// What is remembered of all logins, by endpoint. One for everybody who looks from here: the API counts the requests of
/// an address, and a client that forgets when it ends would wait out the lock of a minute at every fifth look.
#[derive(Clone, Default)]
pub struct Logins(Arc<std::sync::Mutex<HashMap<String, Arc<Mutex<State>>>>>);

impl Logins {
    fn at(&self, endpoint: &str) -> Arc<Mutex<State>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(endpoint.to_owned()).or_default())
    }
}

pub(crate) struct Tokens {
    /// `id:secret` in base64.
    basic: Secret,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    limiter: Limiter,
    good: Option<Good>,
}

struct Good {
    token: Secret,
    until: Timestamp,
    /// What it was given for: who has another secret does not get it.
    basic: Secret,
}

impl Tokens {
    pub(crate) fn new(logins: &Logins, endpoint: &str, client_id: &str, secret: &Secret) -> Result<Self, OvsError> {
        if client_id.is_empty() || client_id.contains([':', ' ', '\n']) {
            let problem = format!("{client_id:?} is no id of an OAuth2 client; it is shown in User Management");
            return Err(OvsError::Setting { field: "client_id", problem });
        }
        let basic = STANDARD.encode(format!("{client_id}:{}", secret.expose()));
        Ok(Self { basic: Secret::new(basic), state: logins.at(endpoint) })
    }

    /// A token that is good now. Who comes while another logs in waits for that one's token.
    pub(crate) async fn token(&self, wire: &Wire, base: &str, now: fn() -> Timestamp) -> Result<Secret, OvsError> {
        let mut state = self.state.lock().await;
        if let Some(good) = &state.good
            && good.basic.expose() == self.basic.expose()
            && now() < good.until
        {
            return Ok(good.token.clone());
        }
        let mut was_locked_out = false;
        loop {
            let pause = state.limiter.admit(now().0);
            tokio::time::sleep(pause).await;
            let answer = wire.login(&format!("{base}{PATH}"), &self.basic).await;
            let answer = answer.map_err(|error| silent(PATH, error.to_string()))?;
            match reply::read(answer.status, &answer.body) {
                Reply::Fine(value) => {
                    let missing = |name: &str| OvsError::NotUnderstood {
                        path: format!("/{PATH}"),
                        problem: format!("the answer has no {name}"),
                    };
                    let token = reply::text(&value, "access_token").ok_or_else(|| missing("access_token"))?;
                    let seconds = reply::number(&value, "expires_in").ok_or_else(|| missing("expires_in"))?;
                    let seconds = i64::try_from(seconds.saturating_sub(MARGIN_SECONDS)).unwrap_or(0);
                    let token = Secret::new(token);
                    let until = now().plus_seconds(seconds);
                    state.good = Some(Good { token: token.clone(), until, basic: self.basic.clone() });
                    return Ok(token);
                }
                Reply::Refused { status: 429, .. } if !was_locked_out => {
                    was_locked_out = true;
                    tokio::time::sleep(LOCK).await;
                }
                Reply::Refused { status, code, text } => return Err(refused(PATH, status, code, text)),
                Reply::Foreign { status } => return Err(foreign(PATH, base, status)),
            }
        }
    }

    pub(crate) async fn forget_any(&self) {
        self.state.lock().await.good = None;
    }

    /// The API does not take this token any more. A newer one that somebody else has fetched stays.
    pub(crate) async fn forget(&self, refused: Option<&Secret>) {
        let mut state = self.state.lock().await;
        let is_it = |good: &Good| refused.is_some_and(|other| other.expose() == good.token.expose());
        if state.good.as_ref().is_some_and(is_it) {
            state.good = None;
        }
    }
}
