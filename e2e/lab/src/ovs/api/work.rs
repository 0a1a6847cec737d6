//! The calls on a `StorageRouter`: each begins a task (2.2).

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Call;
use super::cluster::{Cluster, Launch, Live, StorageRouter};
use super::error::Refusal;
use super::package;
use super::part;
use super::release::Generation;
use super::route::RouterCall;
use super::shared::Shared;
use super::task::{Outcome, Queue, begin};

/// Begins the task and answers with its id.
pub(super) fn call(shared: &Arc<Shared>, guid: &str, called: RouterCall, call: &Call) -> Result<Value, Refusal> {
    let model = shared.cluster.model();
    let router = model.storage_routers.into_iter().find(|router| router.guid == guid);
    let router = router.ok_or_else(Refusal::no_object)?;
    let release = shared.cluster.release();
    let generation = release.generation();
    let begin_any = |work: fn(&dyn Cluster) -> Outcome| {
        Ok(begin(shared, called.word(), Queue::Any, move |cluster, _| work(cluster)))
    };
    match called {
        RouterCall::GetVersionInfo => {
            let queue = Queue::Of(router.ip);
            Ok(begin(shared, called.word(), queue, move |cluster, _| version_info(cluster, &router)))
        }
        RouterCall::GetLogfiles => {
            let file = format!("{}.tar.gz", router.machine_id);
            Ok(begin(shared, called.word(), Queue::Of(router.ip), move |_, _| Ok(file.into())))
        }
        RouterCall::GetUpdateStatus if generation == Generation::A => {
            Ok(begin(shared, called.word(), Queue::Any, move |cluster, worker| status(cluster, &router, worker)))
        }
        // Left over, and broken: it does not return a task (2.2).
        RouterCall::GetUpdateStatus => Err(Refusal::internal("'dict' object has no attribute 'id'")),
        RouterCall::UpdateFramework => Ok(update(shared, called, &router, generation, "framework")),
        RouterCall::UpdateVolumedriver => {
            let component = if generation == Generation::A { "volumedriver" } else { "storagedriver" };
            Ok(update(shared, called, &router, generation, component))
        }
        RouterCall::GetUpdateMetadata => {
            Ok(begin(shared, called.word(), Queue::Any, move |cluster, _| metadata(cluster, &router)))
        }
        RouterCall::MergePackageInformation => {
            begin_any(|cluster| Ok(package::merged(&cluster.model(), cluster.release().generation())))
        }
        RouterCall::GetUpdateInformation => {
            begin_any(|cluster| Ok(package::all_impacts(&cluster.model(), cluster.release().generation())))
        }
        RouterCall::RefreshPackageInformation => begin_any(refresh),
        RouterCall::UpdateComponents => {
            let argument = call.argument("components", release.decodes_every_parameter())?;
            let argument = argument.ok_or_else(|| Refusal::missing_data("components"))?;
            Ok(begin(shared, called.word(), Queue::Any, move |cluster, worker| {
                let components = words(&argument)?;
                launch(cluster, &Launch { node: worker, components })
            }))
        }
    }
}

/// Somebody presses the stock page's button for the volumes, on this node (1.1, 1.2). The id of the task.
pub(super) fn press(shared: &Arc<Shared>, router: &StorageRouter) -> String {
    let generation = shared.cluster.release().generation();
    let (called, component) = match generation {
        Generation::A => (RouterCall::UpdateVolumedriver, "volumedriver"),
        Generation::B | Generation::C => (RouterCall::UpdateComponents, "storagedriver"),
    };
    let id = update(shared, called, router, generation, component);
    id.as_str().map(str::to_owned).unwrap_or_default()
}

/// In A the command runs on the node that was named, later on whichever took the task (1.1, 2.2).
fn update(
    shared: &Arc<Shared>,
    called: RouterCall,
    router: &StorageRouter,
    generation: Generation,
    component: &'static str,
) -> Value {
    let named = (generation == Generation::A).then_some(router.ip);
    begin(shared, called.word(), Queue::Any, move |cluster, worker| {
        let node = named.unwrap_or(worker);
        launch(cluster, &Launch { node, components: vec![component.to_owned()] })
    })
}

/// Success says that the job was handed to `at`, no more (2.2).
fn launch(cluster: &dyn Cluster, launch: &Launch) -> Outcome {
    cluster.launch(launch).map(|()| Value::Null)
}

/// What the command line is made of: Python joins whatever can be gone through, a text letter by letter (2.2).
fn words(argument: &Value) -> Result<Vec<String>, String> {
    let not_iterable = |kind: &str| Err(format!("'{kind}' object is not iterable"));
    match argument {
        Value::Array(items) => {
            let word = |(place, item): (usize, &Value)| match item.as_str() {
                Some(word) => Ok(word.to_owned()),
                None => Err(format!("sequence item {place}: expected string")),
            };
            items.iter().enumerate().map(word).collect()
        }
        Value::String(text) => Ok(text.chars().map(String::from).collect()),
        Value::Object(fields) => Ok(fields.keys().cloned().collect()),
        Value::Null => not_iterable("NoneType"),
        Value::Bool(_) => not_iterable("bool"),
        Value::Number(_) => not_iterable("int"),
    }
}

fn version_info(cluster: &dyn Cluster, router: &StorageRouter) -> Outcome {
    let live = live(cluster, router)?;
    Ok(json!({ "storagerouter_guid": router.guid, "versions": live.versions }))
}

fn metadata(cluster: &dyn Cluster, router: &StorageRouter) -> Outcome {
    let live = live(cluster, router)?;
    Ok(if live.reachable {
        json!({ "at_ok": live.at_works, "reachable": true, "update_ongoing": live.update_ongoing })
    } else {
        // The answer that looks best when nothing is known (2.5).
        json!({ "at_ok": true, "reachable": false, "update_ongoing": false })
    })
}

fn status(cluster: &dyn Cluster, router: &StorageRouter, worker: IpAddr) -> Outcome {
    let pending = cluster.check(router.ip)?;
    let model = cluster.model();
    let here = model.storage_routers.iter().find(|router| router.ip == worker);
    let ongoing = here.is_some_and(|router| router.live.update_ongoing);
    Ok(part::status(&model, cluster.release(), &router.guid, &pending, ongoing))
}

fn refresh(cluster: &dyn Cluster) -> Outcome {
    let failures = cluster.refresh();
    if failures.is_empty() {
        return Ok(Value::Null);
    }
    let lines: Vec<String> = failures.iter().map(|failed| format!(" - {}: {}", failed.node, failed.reason)).collect();
    Err(lines.join("\n"))
}

/// The node as it is now, which is not as it was when the task began.
fn live(cluster: &dyn Cluster, router: &StorageRouter) -> Result<Live, String> {
    let routers = cluster.model().storage_routers;
    let found = routers.into_iter().find(|found| found.guid == router.guid);
    found
        .map(|router| router.live)
        .ok_or_else(|| format!("StorageRouter with guid '{}' could not be found", router.guid))
}
