//! The token: fetched when it is needed, kept until shortly before it expires, never more often than allowed.

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

pub(crate) struct Tokens {
    /// `id:secret` in base64.
    basic: Secret,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    limiter: Limiter,
    token: Option<(Secret, Timestamp)>,
}

impl Tokens {
    pub(crate) fn new(client_id: &str, secret: &Secret) -> Result<Self, OvsError> {
        if client_id.is_empty() || client_id.contains([':', ' ', '\n']) {
            let problem = format!("{client_id:?} is no id of an OAuth2 client; it is shown in User Management");
            return Err(OvsError::Setting { field: "client_id", problem });
        }
        let basic = STANDARD.encode(format!("{client_id}:{}", secret.expose()));
        Ok(Self { basic: Secret::new(basic), state: Mutex::default() })
    }

    /// A token that is good now. Who comes while another logs in waits for that one's token.
    pub(crate) async fn token(&self, wire: &Wire, base: &str, now: fn() -> Timestamp) -> Result<Secret, OvsError> {
        let mut state = self.state.lock().await;
        if let Some((token, until)) = &state.token
            && now() < *until
        {
            return Ok(token.clone());
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
                    let good = i64::try_from(seconds.saturating_sub(MARGIN_SECONDS)).unwrap_or(0);
                    let token = Secret::new(token);
                    state.token = Some((token.clone(), now().plus_seconds(good)));
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

    /// The API does not take this token any more. A newer one that somebody else has fetched stays.
    pub(crate) async fn forget(&self, refused: Option<&Secret>) {
        let mut state = self.state.lock().await;
        let is_it = |(token, _): &(Secret, Timestamp)| refused.is_some_and(|other| other.expose() == token.expose());
        if state.token.as_ref().is_some_and(is_it) {
            state.token = None;
        }
    }
}
