//! Tasks: begun by a call, carried out by a worker, asked after by id (2.8).

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::cluster::{Cluster, Model, StorageRouter};
use super::shared::Shared;

/// How often a task that has nobody to do it looks again.
const LOOK: Duration = Duration::from_millis(20);

/// What a task comes to: a value, or an exception's text.
pub(super) type Outcome = Result<Value, String>;

/// Tasks under way, and results that are still known.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    under_way: BTreeMap<String, UnderWay>,
    results: HashMap<String, Outcome>,
    taken: usize,
}

#[derive(Debug)]
struct UnderWay {
    name: &'static str,
    worker: Option<String>,
}

/// Whose workers may take a task.
#[derive(Debug, Clone, Copy)]
pub(super) enum Queue {
    /// Anybody's, in turn.
    Any,
    /// Those of one node.
    Of(IpAddr),
}

impl Tasks {
    /// Forgets all results.
    pub(super) fn forget(&mut self) {
        self.results.clear();
    }

    pub(super) fn open(&self) -> usize {
        self.under_way.len()
    }

    pub(super) fn result(&self, id: &str) -> Option<Outcome> {
        self.results.get(id).cloned()
    }

    /// `GET /api/tasks/<id>/`. An id that nobody knows is pending.
    pub(super) fn show(&self, id: &str, tracks: bool) -> Value {
        let has_begun = self.under_way.get(id).is_some_and(|task| task.worker.is_some());
        let (status, result) = match self.results.get(id) {
            Some(Ok(value)) => ("SUCCESS", value.clone()),
            Some(Err(text)) => ("FAILURE", Value::from(text.as_str())),
            None if has_begun && tracks => ("STARTED", Value::Null),
            None => ("PENDING", Value::Null),
        };
        let (successful, failed) = (status == "SUCCESS", status == "FAILURE");
        json!({
            "id": id, "status": status, "successful": successful, "failed": failed,
            "ready": successful || failed, "result": result,
        })
    }

    /// `GET /api/tasks/`. Without workers nobody answers, which is null.
    pub(super) fn overview(&self, model: &Model) -> Value {
        let workers: Vec<String> = workers(model).map(worker_name).collect();
        if workers.is_empty() {
            return json!({ "active": null, "scheduled": null, "reserved": null, "revoked": null });
        }
        let each = |of: &dyn Fn(&str) -> Vec<Value>| -> Value {
            workers.iter().map(|worker| (worker.clone(), Value::from(of(worker)))).collect::<Map<_, _>>().into()
        };
        let active = each(&|worker| {
            let mine = self.under_way.iter().filter(|(_, task)| task.worker.as_deref() == Some(worker));
            mine.map(|(id, task)| json!({ "id": id, "name": task.name, "hostname": worker })).collect()
        });
        let none = each(&|_| Vec::new());
        json!({ "active": active, "scheduled": none, "reserved": none, "revoked": none })
    }
}

/// Begins a task and answers with its id.
pub(super) fn begin(
    shared: &Arc<Shared>,
    name: &'static str,
    queue: Queue,
    work: impl FnOnce(&dyn Cluster, IpAddr) -> Outcome + Send + 'static,
) -> Value {
    let id = Uuid::new_v4().to_string();
    shared.state().tasks.under_way.insert(id.clone(), UnderWay { name, worker: None });
    let carried = carry(Arc::clone(shared), id.clone(), name, queue, work);
    tokio::spawn(shared.stop.clone().run_until_cancelled_owned(carried));
    Value::from(id)
}

async fn carry(
    shared: Arc<Shared>,
    id: String,
    name: &'static str,
    queue: Queue,
    work: impl FnOnce(&dyn Cluster, IpAddr) -> Outcome + Send + 'static,
) {
    let node = taken(&shared, &id, queue).await;
    tokio::time::sleep(shared.pace).await;
    while shared.state().faults.tasks_hang() {
        tokio::time::sleep(LOOK).await;
    }
    let wanted = shared.state().faults.task_fails(name);
    let outcome = match wanted {
        Some(reason) => Err(reason),
        None => {
            let cluster = Arc::clone(&shared.cluster);
            let done = tokio::task::spawn_blocking(move || work(cluster.as_ref(), node)).await;
            done.unwrap_or_else(|error| Err(error.to_string()))
        }
    };
    let is_kept = !shared.cluster.release().results_in_memcached() || shared.cluster.stores().memcached;
    let mut state = shared.state();
    state.tasks.under_way.remove(&id);
    if is_kept {
        state.tasks.results.insert(id, outcome);
    }
}

/// Waits until a worker takes the task; its node.
async fn taken(shared: &Shared, id: &str, queue: Queue) -> IpAddr {
    loop {
        if let Some(node) = take(shared, id, queue) {
            return node;
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn take(shared: &Shared, id: &str, queue: Queue) -> Option<IpAddr> {
    let model = shared.cluster.model();
    let may = |router: &&StorageRouter| match queue {
        Queue::Any => true,
        Queue::Of(ip) => router.ip == ip,
    };
    let able: Vec<&StorageRouter> = workers(&model).filter(may).collect();
    let tasks = &mut shared.state().tasks;
    let router = able.get(tasks.taken % able.len().max(1))?;
    tasks.taken += 1;
    if let Some(task) = tasks.under_way.get_mut(id) {
        task.worker = Some(worker_name(router));
    }
    Some(router.ip)
}

fn workers(model: &Model) -> impl Iterator<Item = &StorageRouter> {
    model.storage_routers.iter().filter(|router| router.live.workers)
}

fn worker_name(router: &StorageRouter) -> String {
    format!("celery@{}", router.name)
}
