//! Managers as such: what runs there, which release, whether they are there at all.

use std::collections::BTreeSet;
use std::time::Duration;

use model::cloudify::{MaintenanceStatus, ManagerVersion};
use model::id::{TenantName, UnitName};
use model::observed::Observed;
use model::plan::{Answer, Side};
use remote::{Job, ReadLimit};

use super::{busy, holds, not_yet};
use crate::CloudifyError;
use crate::client::Inner;
use crate::discovery::{manager, scope::Scope, work};
use crate::rest::Session;

/// How many executions are told.
const TOLD: usize = 12;
/// A manager is gone when it was silent so often in a row.
const SILENCES: usize = 3;
const BETWEEN: Duration = Duration::from_millis(500);
const ACTIVE: &str = include_str!("../sh/units_active.sh");
/// A run keeps the settings of its request: what is pinned meanwhile counts for the next one.
const UNTRUSTED: &str = "Nothing was sent there. If it is the manager that was installed, either give it the certificate \
    and key back that are pinned, and the run goes on by itself; or abort this run, pin what it shows as the new manager's \
    certificate in the settings, and migrate again with the archive that is kept";

/// All tenants, where lists have to be asked for tenant by tenant.
pub(super) async fn tenants(inner: &Inner, session: &Session<'_>) -> Observed<BTreeSet<TenantName>> {
    let at = (inner.now)();
    match manager::tenants(session).await {
        Ok(tenants) => Observed::known(tenants, "GET /tenants", at),
        Err(error) => Observed::unknown(error.to_string(), "GET /tenants", at),
    }
}

pub(super) async fn idle(inner: &Inner, side: Side) -> Result<Answer, CloudifyError> {
    let session = inner.rest(side).session().await?;
    let tenants = tenants(inner, &session).await;
    let running = work::executions(&session, &Scope::new(&session, &tenants)).await?;
    if running.is_empty() {
        return Ok(holds(format!("nothing is executed on {side}")));
    }
    let names: Vec<String> =
        running.iter().take(TOLD).map(|one| format!("{} {} is {}", one.workflow, one.id, one.status)).collect();
    Ok(busy(format!("{} executions on {side}: {}", running.len(), names.join("; "))))
}

pub(super) async fn empty(inner: &Inner, version: &ManagerVersion) -> Result<Answer, CloudifyError> {
    let session = match inner.rest(Side::New).session().await {
        Ok(session) => session,
        Err(error) if error.is_away() => return Ok(not_yet(error.to_string())),
        Err(error @ CloudifyError::Untrusted { .. }) => return Ok(not_yet(format!("{error}. {UNTRUSTED}"))),
        Err(error) => return Err(error),
    };
    if &session.version != version {
        return Ok(not_yet(format!("it runs {}, and {version} is expected", session.version)));
    }
    let tenants = tenants(inner, &session).await;
    Ok(match Scope::new(&session, &tenants).count("blueprints").await? {
        0 => holds(format!("it runs {version} and has no blueprint")),
        some => not_yet(format!("it runs {version} and has {some} blueprints")),
    })
}

/// In place: between teardown and installation nothing answers; who looks late finds the new release.
pub(super) async fn torn_down(inner: &Inner, version: &ManagerVersion) -> Answer {
    match empty(inner, version).await {
        Ok(answer @ Answer::Holds { .. }) => answer,
        Ok(seen) => match gone(inner, Side::Old).await {
            Answer::Holds { evidence } => holds(evidence),
            _ => seen,
        },
        Err(error) => not_yet(error.to_string()),
    }
}

pub(super) async fn gone(inner: &Inner, side: Side) -> Answer {
    let mut said = String::new();
    for _ in 0..SILENCES {
        match inner.rest(side).session().await {
            Err(CloudifyError::NoAnswer { error, .. }) => said = error,
            Err(error) => return not_yet(format!("{side} is still there: {error}")),
            Ok(session) => return not_yet(format!("{side} answers, release {}", session.version)),
        }
        tokio::time::sleep(BETWEEN).await;
    }
    holds(format!("nothing answers at the address of {side}: {said}"))
}

pub(super) async fn services_run(inner: &Inner, side: Side, units: &[UnitName]) -> Answer {
    let host = match side {
        Side::Old => &inner.settings.old.host,
        Side::New => inner.settings.new_host(),
    };
    let Some(access) = inner.hosts.get(&host.name) else {
        return Answer::Unknown { reason: format!("{} is not a host of this environment", host.name) };
    };
    let job = Job { args: units.iter().map(ToString::to_string).collect(), ..Job::new(ACTIVE) };
    match inner.remote.read(access, &job, ReadLimit::default()).await {
        Ok(output) => Answer::of_exit_code(output.code, format!("{}: {}", host.name, output.last_words())),
        Err(error) => match gone(inner, side).await {
            Answer::Holds { evidence } => holds(format!("there is nothing to start: {evidence}")),
            _ => Answer::Unknown { reason: format!("{}: {error}", host.name) },
        },
    }
}

pub(super) async fn maintenance(inner: &Inner, side: Side, active: bool) -> Result<Answer, CloudifyError> {
    let session = inner.rest(side).session().await?;
    let seen = work::maintenance(&session).await?;
    let said = format!("maintenance mode of {side} is {}", seen.status);
    Ok(match (seen.status, active) {
        (MaintenanceStatus::Activated, true) | (MaintenanceStatus::Deactivated, false) => holds(said),
        (MaintenanceStatus::Activating, true) => busy(said),
        _ => not_yet(said),
    })
}
