//! One manager over REST.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use model::cloudify::{Edition, Login, Machine, ManagerInventory, ManagerStatus};
use model::id::TenantName;
use model::observed::Observed;
use serde_json::Value;

use super::scope::Scope;
use super::{deployments, observe, people, rows, untold, work};
use crate::CloudifyError;
use crate::client::Inner;
use crate::rest::{Of, Session};

const VERSION: &str = "GET /version";

/// Everything a manager tells that has let us in.
pub(super) async fn look(inner: &Inner, session: &Session<'_>, machine: Observed<Machine>) -> ManagerInventory {
    let at = (inner.now)();
    let tenants = observe(inner, "GET /tenants", tenants(session)).await;
    let scope = Scope::new(session, &tenants);
    let (about, lists) = tokio::join!(
        async {
            tokio::join!(
                people::role(inner, session),
                observe(inner, "GET /status", status(session)),
                people::users(inner, session),
                observe(inner, "GET /maintenance", work::maintenance(session)),
                restoring(inner, session),
                observe(inner, "GET /provider/context", networks(session)),
            )
        }
        .boxed(),
        async {
            tokio::join!(
                observe(inner, "GET /blueprints", scope.count("blueprints")),
                observe(inner, "GET /deployments, /node-instances, /agents", deployments::deployments(session, &scope)),
                observe(inner, "GET /executions", work::executions(session, &scope)),
                observe(inner, "GET /snapshots", work::snapshots(&scope)),
            )
        }
        .boxed(),
    );
    let (role, status, users, maintenance, restoring, networks) = about;
    let (blueprints, deployments, executions, snapshots) = lists;
    ManagerInventory {
        login: Observed::known(session.login, VERSION, at),
        version: Observed::known(session.version.clone(), VERSION, at),
        edition: edition(session.edition.as_deref(), at),
        clock_skew_ms: match session.date_ms {
            Some(theirs) => Observed::known(theirs - at.0, "the header Date", at),
            None => Observed::unknown("its answers carry no date", "the header Date", at),
        },
        role,
        status,
        tenants,
        users,
        blueprints,
        deployments,
        executions,
        snapshots,
        maintenance,
        restoring,
        networks,
        machine,
    }
}

/// What is left to see of a manager that lets nobody in or is away.
pub(super) fn silent(inner: &Inner, error: &CloudifyError, machine: Observed<Machine>) -> ManagerInventory {
    let reason = error.to_string();
    let login: Observed<Login> = untold(inner, VERSION, &reason);
    ManagerInventory {
        login,
        version: untold(inner, VERSION, &reason),
        edition: untold(inner, VERSION, &reason),
        clock_skew_ms: untold(inner, "the header Date", &reason),
        role: untold(inner, people::ROLE, &reason),
        status: untold(inner, "GET /status", &reason),
        tenants: untold(inner, "GET /tenants", &reason),
        users: untold(inner, people::USERS, &reason),
        blueprints: untold(inner, "GET /blueprints", &reason),
        deployments: untold(inner, "GET /deployments, /node-instances, /agents", &reason),
        executions: untold(inner, "GET /executions", &reason),
        snapshots: untold(inner, "GET /snapshots", &reason),
        maintenance: untold(inner, "GET /maintenance", &reason),
        restoring: untold(inner, "GET /snapshot-status", &reason),
        networks: untold(inner, "GET /provider/context", &reason),
        machine,
    }
}

fn edition(word: Option<&str>, at: model::time::Timestamp) -> Observed<Edition> {
    match word {
        Some("community") => Observed::known(Edition::Community, VERSION, at),
        Some("premium") => Observed::known(Edition::Premium, VERSION, at),
        Some(other) => Observed::unknown(format!("it calls itself {other:?}"), VERSION, at),
        None => Observed::unknown("this release does not tell", VERSION, at),
    }
}

pub(crate) async fn tenants(session: &Session<'_>) -> Result<BTreeSet<TenantName>, CloudifyError> {
    if !session.version.has_tenants() {
        // What is there goes into the tenant that the restore is made in (4.1).
        return Ok(BTreeSet::from([session.tenant().clone()]));
    }
    let rows: Vec<rows::TenantRow> = session.list("tenants", &[("_sort", "name")], Of::Manager).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

pub(crate) async fn status(session: &Session<'_>) -> Result<ManagerStatus, CloudifyError> {
    let value: Value = session.ask("status", Of::Manager).await?;
    rows::status(&value).map_err(|problem| not_understood("status", problem))
}

async fn restoring(inner: &Inner, session: &Session<'_>) -> Observed<bool> {
    const SOURCE: &str = "GET /snapshot-status";
    if !session.version.has_snapshot_status() {
        return untold(inner, SOURCE, format!("a manager of release {} does not tell", session.version));
    }
    let look = async {
        let row: rows::RestoreRow = session.ask("snapshot-status", Of::Manager).await?;
        Ok(row.status == "running")
    };
    observe(inner, SOURCE, look).await
}

pub(crate) async fn networks(session: &Session<'_>) -> Result<BTreeSet<String>, CloudifyError> {
    let value: Value = session.ask("provider/context", Of::Manager).await?;
    rows::networks(&value).map_err(|problem| not_understood("provider/context", problem))
}

fn not_understood(path: &str, problem: String) -> CloudifyError {
    CloudifyError::NotUnderstood { path: format!("/{path}"), problem }
}
