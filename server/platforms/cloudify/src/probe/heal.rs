//! Heals in the window (S10, N12). Each manager's own clock: the window begins with the execution that made, or restored,
//! the snapshot, and its time is compared with those of the others there.

use model::cloudify::ManagerVersion;
use model::id::SnapshotId;
use model::plan::{Answer, Side};

use super::{holds, managers, never, unknown, work};
use crate::CloudifyError;
use crate::client::Inner;
use crate::discovery::scope::Scope;
use crate::rest::Session;

const HEAL: &str = "heal";

pub(super) async fn none(inner: &Inner, created: Option<&SnapshotId>, restored: Option<&SnapshotId>) -> Answer {
    let sides = [(Side::Old, "create_snapshot", created), (Side::New, "restore_snapshot", restored)];
    let mut answers = Vec::new();
    for (side, workflow, snapshot) in sides {
        if let Some(snapshot) = snapshot {
            answers.push(match on(inner, side, workflow, snapshot).await {
                Ok(answer) => answer,
                Err(error) => unknown(&error),
            });
        }
    }
    Answer::worst(&answers)
}

async fn on(inner: &Inner, side: Side, workflow: &str, snapshot: &SnapshotId) -> Result<Answer, CloudifyError> {
    let session = inner.rest(side).session().await?;
    let Some(start) = work::about(&session, workflow, snapshot).await? else {
        let reason = format!("{side} lists no execution {workflow} of {snapshot}, so nobody can tell since when");
        return Ok(Answer::Unknown { reason });
    };
    let heals = all(inner, &session).await?;
    let since: Vec<String> = heals
        .into_iter()
        .filter(|heal| heal.created_at >= start.created_at)
        .map(|heal| {
            let of = heal.deployment_id.map_or_else(String::new, |id| format!(" of {id}"));
            format!("heal {}{of} on {side} is {} since {}", heal.id, heal.status, heal.created_at)
        })
        .collect();
    Ok(if since.is_empty() {
        holds(format!("no heal on {side} since {}{}", start.created_at, by_clock(&session.version)))
    } else {
        never(format!("{}: machines may be there twice", since.join("; ")))
    })
}

fn by_clock(version: &ManagerVersion) -> &'static str {
    if version.tells_local_time() { " by its own clock" } else { "" }
}

async fn all(inner: &Inner, session: &Session<'_>) -> Result<Vec<work::Work>, CloudifyError> {
    let tenants = managers::tenants(inner, session).await;
    let filters = [("workflow_id", HEAL), ("_sort", "-created_at")];
    let found = Scope::new(session, &tenants).list("executions", &filters).await?;
    Ok(found.into_iter().map(|(_, heal)| heal).collect())
}
