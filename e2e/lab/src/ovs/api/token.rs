//! The token endpoint and the tokens it gave out (2.1).

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::seq::IndexedRandom as _;
use serde_json::{Value, json};

use super::account::{Account, Grant, Role};
use super::call::Call;
use super::error::Refusal;
use super::release::Release;

/// Lifetime of a client's token.
const CLIENT_SECONDS: u64 = 3600;
const TOKEN_LENGTH: usize = 64;
/// What tokens are made of: nothing that could stand in a URL as it is.
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789|_=+*#@!/-[]{}<>.?,;:~";

/// The tokens that are valid or have run out unnoticed.
#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<String, Token>);

#[derive(Debug, Clone)]
struct Token {
    account: String,
    roles: BTreeSet<Role>,
    runs_out: Duration,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) account: String,
    pub(super) roles: BTreeSet<Role>,
}

impl Tokens {
    /// Answers `POST /api/oauth2/token/`.
    pub(super) fn grant(
        &mut self,
        accounts: &[Account],
        release: Release,
        call: &Call,
        now: Duration,
    ) -> Result<Value, Refusal> {
        let grant = call.form("grant_type").ok_or_else(|| Refusal::grant("invalid_request"))?;
        let (account, seconds) = match grant.as_str() {
            "password" => (by_password(accounts, call)?, release.user_token_seconds()),
            "client_credentials" => (by_credentials(accounts, call)?, CLIENT_SECONDS),
            _ => return Err(Refusal::grant("unsupported_grant_type")),
        };
        if !account.active {
            return Err(Refusal::grant("inactive_user"));
        }
        let roles = scope(account, call)?;
        let runs_out = now + Duration::from_secs(seconds);
        let text = random_token();
        self.0.insert(text.clone(), Token { account: account.name.clone(), roles, runs_out });
        Ok(json!({ "access_token": text, "token_type": "bearer", "expires_in": seconds }))
    }

    /// Who the bearer of an `Authorization` header is, or the code of what is wrong with it.
    pub(super) fn bearer(
        &mut self,
        accounts: &[Account],
        authorization: &str,
        now: Duration,
    ) -> Result<Bearer, &'static str> {
        let Some(text) = authorization.strip_prefix("Bearer ") else {
            return Err("invalid_authorization_type");
        };
        let token = self.0.get(text).cloned().ok_or("invalid_token")?;
        if token.runs_out < now {
            // Told once: after that nobody knows it any more.
            self.0.remove(text);
            return Err("token_expired");
        }
        let is_active = accounts.iter().any(|account| account.name == token.account && account.active);
        if is_active { Ok(Bearer { account: token.account, roles: token.roles }) } else { Err("inactive_user") }
    }
}

fn by_password<'a>(accounts: &'a [Account], call: &Call) -> Result<&'a Account, Refusal> {
    match (call.form("username"), call.form("password")) {
        (Some(name), Some(password)) => {
            find(accounts, Grant::Password, &name, &password).ok_or_else(|| Refusal::grant("invalid_client"))
        }
        _ => Err(Refusal::grant("invalid_request")),
    }
}

fn by_credentials<'a>(accounts: &'a [Account], call: &Call) -> Result<&'a Account, Refusal> {
    let header = call.authorization.as_deref().ok_or_else(Refusal::missing_credentials)?;
    let decoded = header.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok());
    let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let (id, secret) = pair.as_deref().and_then(|pair| pair.split_once(':')).unwrap_or_default();
    match find(accounts, Grant::ClientCredentials, id, secret) {
        Some(account) => Ok(account),
        None if find(accounts, Grant::Password, id, secret).is_some() => Err(Refusal::grant("invalid_grant")),
        None => Err(Refusal::grant("invalid_client")),
    }
}

fn find<'a>(accounts: &'a [Account], grant: Grant, name: &str, secret: &str) -> Option<&'a Account> {
    accounts.iter().find(|account| account.grant == grant && account.name == name && account.secret == secret)
}

fn scope(account: &Account, call: &Call) -> Result<BTreeSet<Role>, Refusal> {
    let Some(scope) = call.form("scope") else {
        return Ok(account.roles.clone());
    };
    let asked: Option<BTreeSet<Role>> = scope.split(' ').map(Role::parse).collect();
    asked.filter(|roles| roles.is_subset(&account.roles)).ok_or_else(|| Refusal::grant("invalid_scope"))
}

/// A new token. It holds characters that a URL would not survive, so that nobody puts it into one.
fn random_token() -> String {
    let mut rng = rand::rng();
    let any = |_| ALPHABET.choose(&mut rng).copied().map_or('a', char::from);
    let mut token: String = (2..TOKEN_LENGTH).map(any).collect();
    token.insert_str(TOKEN_LENGTH / 2, "#?");
    token
}
