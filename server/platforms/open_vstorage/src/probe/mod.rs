//! Looking whether something is as expected: the only way in which a step is proven (invariant 3).

mod updater;

use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use model::environment::Elevate;
use model::id::HostName;
use model::plan::{Answer, Probe};
use remote::{Job, ReadLimit};

use crate::client::Inner;
use crate::discovery::{self, rows};
use crate::planner::shortened;

/// How many parts of one probe are looked at at once.
const AT_ONCE: usize = 8;
const LIMIT: ReadLimit = ReadLimit { bytes: 64 << 10, time: Duration::from_secs(120) };

pub(crate) fn probe<'a>(inner: &'a Inner, probe: &'a Probe) -> BoxFuture<'a, Answer> {
    Box::pin(async move {
        match probe {
            Probe::All { of } => all(inner, of).await,
            Probe::Shell { host, elevate, script, args } => shell(inner, host, *elevate, script, args).await,
            Probe::OvsUpdater { node } => updater::updater(inner, node).await,
            Probe::OvsApiReady => api_ready(inner).await,
            Probe::OvsVolumesUnused { vpools } => volumes_unused(inner, vpools).await,
            Probe::CopiesSealed { .. } => {
                Answer::Unknown { reason: "this is a question for Drydock's own store, not for a cluster".to_owned() }
            }
            Probe::VmStopped { .. }
            | Probe::VmRunning { .. }
            | Probe::VmUntouched { .. }
            | Probe::VmRebuilt { .. }
            | Probe::Setting { .. }
            | Probe::ApiReady
            | Probe::IntegrationOpen { .. }
            | Probe::IntegrationClosed { .. }
            | Probe::NoPendingJobs
            | Probe::Cloudify(_) => {
                Answer::Unknown { reason: "this is a question for another platform than Open vStorage".to_owned() }
            }
        }
    })
}

async fn all(inner: &Inner, of: &[Probe]) -> Answer {
    let looks: Vec<BoxFuture<'_, Answer>> = of.iter().map(|part| probe(inner, part)).collect();
    let answers: Vec<Answer> = futures::stream::iter(looks).buffered(AT_ONCE).collect().await;
    Answer::worst(&answers)
}

async fn shell(inner: &Inner, host: &HostName, elevate: Elevate, script: &str, args: &[String]) -> Answer {
    let Some(access) = inner.hosts.get(host) else {
        return Answer::Unknown { reason: format!("{host} is not among the nodes of this environment") };
    };
    let elevate = match elevate {
        Elevate::No => remote::Elevate::No,
        Elevate::Sudo => remote::Elevate::Sudo,
    };
    let job = args.iter().fold(Job::new(script), |job, arg| job.arg(arg.clone()));
    match inner.remote.read(&access.with_elevate(elevate), &job, LIMIT).await {
        Ok(output) => Answer::of_exit_code(output.code, format!("{host}: {}", output.last_words())),
        Err(error) => Answer::Unknown { reason: error.to_string() },
    }
}

/// Every master answers, and no node has missed its heartbeats. A master that does not answer is seen not to be ready.
async fn api_ready(inner: &Inner) -> Answer {
    if let Err(error) = inner.api.root().await {
        return if error.is_silence() {
            not_yet(error.to_string())
        } else {
            Answer::Unknown { reason: error.to_string() }
        };
    }
    let routers = match discovery::storage_routers(inner).await {
        Ok(routers) => routers,
        // While memcached and the model come back, tokens are lost and calls end in errors (dossier 2.1).
        Err(error) => return not_yet(error.to_string()),
    };
    let mut found: Vec<String> = routers.iter().filter_map(rows::missed_heartbeats).collect();
    found.extend(routers.iter().filter_map(rows::silent_master));
    if routers.is_empty() {
        found.push("the API lists no StorageRouter".to_owned());
    }
    if found.is_empty() {
        let evidence = format!("the API answers on every master, {} StorageRouters are heard of", routers.len());
        Answer::Holds { evidence }
    } else {
        not_yet(found.join("; "))
    }
}

async fn volumes_unused(inner: &Inner, wanted: &[String]) -> Answer {
    let looked = async {
        let routers = discovery::storage_routers(inner).await?;
        discovery::vpools_of(inner, &routers).await
    };
    let pools = match looked.await {
        Ok(pools) => pools,
        Err(error) => return Answer::Unknown { reason: error.to_string() },
    };
    let missing: Vec<&String> = wanted.iter().filter(|name| !pools.iter().any(|pool| &pool.name == *name)).collect();
    if let Some(name) = missing.first() {
        return Answer::Unknown { reason: format!("the API lists no vPool {name}") };
    }
    let of_interest = pools.iter().filter(|pool| wanted.is_empty() || wanted.contains(&pool.name));
    let mut in_use = Vec::new();
    let mut disks = 0;
    for pool in of_interest {
        disks += pool.vdisks;
        in_use
            .extend(pool.in_use.iter().map(|(disk, clients)| format!("{disk} of {} has {clients} clients", pool.name)));
    }
    if in_use.is_empty() {
        return Answer::Holds { evidence: format!("none of {disks} vDisks has a client") };
    }
    not_yet(shortened(in_use))
}

fn not_yet(evidence: String) -> Answer {
    Answer::NotYet { evidence }
}
