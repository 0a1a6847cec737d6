//! REST of one manager: the right prefix, the right login, whole lists (dossier 2).
//!
//! What changes a manager is `change`, and archives are `transfer`. Which of the two admins it lets in is found out once per look: a restore can change
//! it in between (fact 4), and every wrong attempt is one too many on a manager that locks accounts.

pub(crate) mod change;
pub(crate) mod list;
mod reply;
pub(crate) mod transfer;
mod wire;

use std::time::Duration;

use model::cloudify::{Login, ManagerVersion};
use model::environment::ManagerRest;
use model::id::TenantName;
use remote::Secret;
use remote::http::{HttpError, HttpRequest, Retry};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use self::wire::Wire;
use crate::CloudifyError;
use crate::client::AdminPassword;
use crate::discovery::rows::RestoreRow;

/// How many requests are under way at one manager at once: its REST service has a handful of workers.
const AT_ONCE: usize = 6;
/// A look repeats what did not come through once, and says so otherwise: the next look asks again.
const RETRY: Retry =
    Retry { attempts: 2, first_pause: Duration::from_millis(300), longest_pause: Duration::from_secs(2) };
/// Served by every release (1.1).
const OLDEST_PREFIX: &str = "v2.1";

/// As a part of a path or a query: names may hold what means something there.
pub(crate) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// REST of one manager.
pub(crate) struct Rest {
    /// In the order in which they are tried.
    doors: Vec<Door>,
    gate: Semaphore,
}

/// One way in: an address, and an admin it may let in.
pub(crate) struct Door {
    whose: Login,
    wire: Wire,
    /// `user:password` in base64.
    basic: Secret,
    tenant: TenantName,
    /// Which address it is: a manager that is away at one is not asked there again under another name.
    address: (String, Option<String>),
}

impl Door {
    /// The address of `at`, and the admin of `admin`. `which` names the settings in a refusal: `old` or `new`.
    pub(crate) fn new(
        which: &str,
        at: &ManagerRest,
        whose: Login,
        admin: &ManagerRest,
        password: &AdminPassword,
    ) -> Result<Self, CloudifyError> {
        let address = (at.endpoint.clone(), at.certificate_sha256.clone());
        Ok(Self {
            whose,
            wire: Wire::new(which, &at.endpoint, at.certificate_sha256.as_deref())?,
            basic: wire::basic(&admin.user, &password.0),
            tenant: at.tenant.clone(),
            address,
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        self.address == other.address && self.basic.expose() == other.basic.expose()
    }
}

/// Where a request belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of<'t> {
    /// To the manager as a whole.
    Manager,
    /// To a tenant, which is always a header (2.1).
    Tenant(&'t TenantName),
}

/// A manager that has let somebody in.
pub(crate) struct Session<'r> {
    rest: &'r Rest,
    door: &'r Door,
    /// Who was let in.
    pub(crate) login: Login,
    pub(crate) version: ManagerVersion,
    /// As it says; 3.4.2 says nothing.
    pub(crate) edition: Option<String>,
    /// Its clock, from the header `Date`, in milliseconds since 1970.
    pub(crate) date_ms: Option<i64>,
}

#[derive(Deserialize)]
struct VersionRow {
    version: ManagerVersion,
    #[serde(default)]
    edition: Option<String>,
}

impl Rest {
    /// Nothing is sent yet. Of two doors that are the same the first is kept.
    pub(crate) fn new(doors: Vec<Door>) -> Self {
        let mut kept: Vec<Door> = Vec::new();
        for door in doors {
            if !kept.iter().any(|known| known.is_same(&door)) {
                kept.push(door);
            }
        }
        Self { doors: kept, gate: Semaphore::new(AT_ONCE) }
    }

    /// Whether the two admins have one name and one password: then nobody can tell which was let in.
    pub(crate) fn has_one_door(&self) -> bool {
        self.doors.len() == 1
    }

    /// Asks for the version, as whoever is let in.
    pub(crate) async fn session(&self) -> Result<Session<'_>, CloudifyError> {
        let mut failed: Option<CloudifyError> = None;
        let mut away: Vec<&Door> = Vec::new();
        for door in &self.doors {
            if away.iter().any(|other| other.address == door.address) {
                continue;
            }
            match self.version(door).await {
                Ok((row, date_ms)) => {
                    let VersionRow { version, edition } = row;
                    return Ok(Session { rest: self, door, login: door.whose, version, edition, date_ms });
                }
                Err(error) => {
                    if !error.is_wrong_login() {
                        away.push(door);
                    }
                    if failed.as_ref().is_none_or(|known| telling(&error) > telling(known)) {
                        failed = Some(error);
                    }
                }
            }
        }
        Err(failed.unwrap_or_else(nobody_to_ask))
    }

    async fn version(&self, door: &Door) -> Result<(VersionRow, Option<i64>), CloudifyError> {
        match self.ask(door, &format!("api/{OLDEST_PREFIX}/version"), Of::Manager).await {
            // What clients of later releases ask, should an old prefix be gone there.
            Err(error) if error.is_missing() => self.ask(door, "api/version", Of::Manager).await,
            other => other,
        }
    }

    /// Whether a snapshot is being restored. Told to everybody and without the database, from 5.0.5 on (2.2).
    pub(crate) async fn restoring(&self) -> Result<bool, CloudifyError> {
        let mut failed = nobody_to_ask();
        for door in &self.doors {
            match self.ask::<RestoreRow>(door, "api/v3.1/snapshot-status", Of::Manager).await {
                Ok((row, _)) => return Ok(row.status == "running"),
                // In place another door may trust what is there by now.
                Err(error @ CloudifyError::Untrusted { .. }) => failed = error,
                Err(error) => return Err(error),
            }
        }
        Err(failed)
    }

    /// One answer, and the clock of who gave it.
    async fn ask<T: DeserializeOwned>(
        &self,
        door: &Door,
        path: &str,
        of: Of<'_>,
    ) -> Result<(T, Option<i64>), CloudifyError> {
        let shown = || format!("/{}", path.split('?').next().unwrap_or_default());
        let closed = |_| CloudifyError::NoAnswer { path: shown(), error: "shutting down".to_owned() };
        let _permit = self.gate.acquire().await.map_err(closed)?;
        let make = || -> HttpRequest { door.wire.get(path, &door.basic, of) };
        let silent = |error: HttpError| CloudifyError::unanswered(shown(), &error);
        let answer = door.wire.http.get_with_retry(make, RETRY).await.map_err(silent)?;
        let value = reply::read(answer.status, &answer.body, shown)?;
        Ok((value, answer.date_unix_ms()))
    }
}

/// Who says no tells more than who is not trusted, and that one more than who says nothing.
fn telling(error: &CloudifyError) -> u8 {
    match error {
        CloudifyError::Refused { .. } => 2,
        CloudifyError::Untrusted { .. } => 1,
        CloudifyError::Setting { .. }
        | CloudifyError::NoAnswer { .. }
        | CloudifyError::Away { .. }
        | CloudifyError::Foreign { .. }
        | CloudifyError::NotUnderstood { .. }
        | CloudifyError::Moving { .. } => 0,
    }
}

fn nobody_to_ask() -> CloudifyError {
    CloudifyError::Setting { field: "old.endpoint".to_owned(), problem: "there is no manager to ask".to_owned() }
}

impl Session<'_> {
    /// The tenant in whose name what belongs to no tenant is asked for.
    pub(crate) fn tenant(&self) -> &TenantName {
        &self.door.tenant
    }

    /// Asks something under the newest prefix the manager serves.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, path: &str, of: Of<'_>) -> Result<T, CloudifyError> {
        // 3.4.2 has no tenants.
        let of = if self.version.has_tenants() { of } else { Of::Manager };
        let path = format!("api/{}/{path}", self.version.api_prefix());
        Ok(self.rest.ask(self.door, &path, of).await?.0)
    }
}
