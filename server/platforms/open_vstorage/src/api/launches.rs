//! Tasks that launch an update, as far as the cluster tells of them (dossier 2.2, 2.8).
//!
//! Only tasks under way are listed, so those that were seen are remembered, and asked for one by one until they are
//! over. A task is evidence and no more: in every released version its success means that the update was handed to
//! `at`. While the API is away, which it is in the middle of every framework update, nothing is known of any task.

use std::time::Duration;

use model::time::Timestamp;
use serde_json::Value;
use tokio::sync::Mutex;

use super::{Api, reply, task};

/// The calls that launch an update, in all generations (dossier 2.2). Their tasks have the same names.
const CALLS: [&str; 3] = ["update_framework", "update_volumedriver", "update_components"];
/// How often is looked at most: the cluster asks all its workers each time.
const EVERY_SECONDS: i64 = 2;
/// A cluster without an API must not hold up the look at the node.
const PATIENCE: Duration = Duration::from_secs(10);
/// More launches than this are not followed.
const MOST: usize = 16;

/// What was seen of launches so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Launches {
    pub(crate) seen: Vec<Launch>,
    /// Whether the last look said anything at all.
    pub(crate) is_known: bool,
}

/// One task that launches an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Launch {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Who has taken it, for example `celery@ovs-node1`.
    pub(crate) worker: String,
    /// When it was seen first: the cluster does not say since when it is there.
    pub(crate) since: Timestamp,
    pub(crate) state: LaunchState,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LaunchState {
    /// With the cluster's word for it.
    UnderWay(String),
    /// The update was handed over, and nothing is known of the update.
    Succeeded,
    /// It was not handed over; with the words of the task.
    Failed(String),
    Revoked,
    /// Nobody works on it, and its result is gone: with memcached in generation A.
    Forgotten,
}

impl LaunchState {
    const fn is_over(&self) -> bool {
        match self {
            Self::Succeeded | Self::Failed(_) | Self::Revoked => true,
            Self::UnderWay(_) | Self::Forgotten => false,
        }
    }
}

/// What a client remembers between two looks.
#[derive(Default)]
pub(crate) struct Memory(Mutex<(Option<Timestamp>, Launches)>);

impl Api {
    /// Looks at the tasks that launch updates. Who comes too soon gets what was seen last.
    pub(crate) async fn launches(&self) -> Launches {
        let mut memory = self.launches.0.lock().await;
        let (looked, known) = &mut *memory;
        let now = self.now();
        if looked.is_none_or(|looked| now >= looked.plus_seconds(EVERY_SECONDS)) {
            known.is_known = matches!(tokio::time::timeout(PATIENCE, self.look_again(known)).await, Ok(Some(())));
            *looked = Some(self.now());
        }
        known.clone()
    }

    /// `None` when the API does not say.
    async fn look_again(&self, known: &mut Launches) -> Option<()> {
        let under_way = listed(&self.ask("tasks/").await.ok()?);
        known.take(&under_way, self.now());
        for launch in known.seen.iter_mut().filter(|launch| !launch.state.is_over()) {
            let told = self.ask(&format!("tasks/{}/", launch.id)).await.ok()?;
            let is_listed = under_way.iter().any(|listed| listed.id == launch.id);
            launch.state = state(&told, is_listed);
        }
        Some(())
    }
}

/// A task under way.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    id: String,
    name: String,
    worker: String,
}

impl Launches {
    fn take(&mut self, under_way: &[Listed], now: Timestamp) {
        for Listed { id, name, worker } in under_way {
            if self.seen.len() < MOST && !self.seen.iter().any(|launch| &launch.id == id) {
                let (id, name, worker) = (id.clone(), name.clone(), worker.clone());
                let state = LaunchState::UnderWay("under way".to_owned());
                self.seen.push(Launch { id, name, worker, since: now, state });
            }
        }
    }

    /// In words; nothing when there is nothing to tell.
    pub(crate) fn words(&self) -> Option<String> {
        let mut words: Vec<String> = self.seen.iter().map(Launch::words).collect();
        if !self.is_known {
            words.push("the API does not tell of tasks now".to_owned());
        }
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// The last one that failed.
    pub(crate) fn failed(&self) -> Option<&Launch> {
        self.seen.iter().rev().find(|launch| matches!(launch.state, LaunchState::Failed(_)))
    }
}

impl Launch {
    pub(crate) fn words(&self) -> String {
        let Self { id, name, worker, since, .. } = self;
        match &self.state {
            LaunchState::UnderWay(status) => format!("task {name} {id} is {status} with {worker}, seen since {since}"),
            LaunchState::Succeeded => format!("task {name} {id} has handed its update over, which says no more"),
            LaunchState::Failed(text) => format!("task {name} {id} of {worker} failed: {text}"),
            LaunchState::Revoked => format!("task {name} {id} was revoked"),
            LaunchState::Forgotten => format!("the cluster knows nothing of task {name} {id} any more"),
        }
    }
}

/// The launches in the answer to `GET /api/tasks/`: by kind, then by worker. Without workers it is null (dossier 2.8).
fn listed(overview: &Value) -> Vec<Listed> {
    let kinds = ["active", "reserved", "scheduled"].into_iter();
    let workers = kinds.filter_map(|kind| overview.get(kind)?.as_object()).flatten();
    let entries =
        workers.flat_map(|(worker, tasks)| tasks.as_array().into_iter().flatten().map(move |task| (worker, task)));
    let launch = |(worker, task): (&String, &Value)| {
        // What is to run later is wrapped once more.
        let task = task.get("request").unwrap_or(task);
        let id = reply::text(task, "id").filter(|id| task::is_task(id))?;
        let name = reply::text(task, "name")?;
        // The full name has the module in front.
        let name = name.rsplit('.').next().unwrap_or_default();
        CALLS.contains(&name).then(|| Listed { id, name: name.to_owned(), worker: worker.clone() })
    };
    entries.filter_map(launch).collect()
}

/// What the answer to `GET /api/tasks/<id>/` says. Whoever asks for an id that is not known is told PENDING for ever.
fn state(told: &Value, is_listed: bool) -> LaunchState {
    match reply::text(told, "status").as_deref() {
        Some("SUCCESS") => LaunchState::Succeeded,
        Some("FAILURE") => LaunchState::Failed(task::failure(told)),
        Some("REVOKED") => LaunchState::Revoked,
        Some(status) if is_listed => LaunchState::UnderWay(status.to_owned()),
        None if is_listed => LaunchState::UnderWay("under way".to_owned()),
        Some(_) | None => LaunchState::Forgotten,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn launches_are_told_from_other_tasks_whoever_holds_them() {
        let overview = json!({
            "active": {"celery@ovs-node1": [
                {"id": "a-1", "name": "ovs.storagerouter.update_components"},
                {"id": "a-2", "name": "ovs.storagerouter.get_update_metadata"},
                {"id": "../a-3", "name": "update_framework"},
            ]},
            "scheduled": {"celery@ovs-node2": [{"eta": "later", "request": {"id": "b-1", "name": "update_framework"}}]},
            "reserved": null,
        });
        let of =
            |id: &str, name: &str, worker: &str| Listed { id: id.into(), name: name.into(), worker: worker.into() };
        let wanted =
            [of("a-1", "update_components", "celery@ovs-node1"), of("b-1", "update_framework", "celery@ovs-node2")];
        assert_eq!(listed(&overview), wanted);
        assert_eq!(listed(&json!({"active": null, "scheduled": null, "reserved": null, "revoked": null})), []);
    }

    #[test]
    fn a_task_that_is_pending_is_under_way_as_long_as_somebody_has_it_and_forgotten_afterwards() {
        let pending = json!({"status": "PENDING", "result": null});
        assert_eq!(state(&pending, true), LaunchState::UnderWay("PENDING".into()));
        assert_eq!(state(&pending, false), LaunchState::Forgotten);
        assert_eq!(state(&json!({"status": "STARTED"}), true), LaunchState::UnderWay("STARTED".into()));
        assert_eq!(state(&json!({"status": "SUCCESS", "result": null}), false), LaunchState::Succeeded);
        assert_eq!(state(&json!({"status": "REVOKED"}), false), LaunchState::Revoked);
        let failed = json!({"status": "FAILURE", "result": "Command 'ovs update' failed"});
        assert_eq!(state(&failed, false), LaunchState::Failed("Command 'ovs update' failed".into()));
    }

    #[test]
    fn a_launch_is_remembered_from_when_it_was_seen_first() {
        let mut known = Launches::default();
        let listed = |id: &str| Listed { id: id.into(), name: "update_components".into(), worker: "w".into() };
        known.take(&[listed("a")], Timestamp(1000));
        known.take(&[listed("a"), listed("b")], Timestamp(2000));
        known.take(&[], Timestamp(3000));
        let seen: Vec<_> = known.seen.iter().map(|launch| (launch.id.as_str(), launch.since.0)).collect();
        assert_eq!(seen, [("a", 1000), ("b", 2000)]);
    }
}
