//! Looking whether something is as expected: the only way in which a step is proven (invariant 3).

mod host;
mod vm;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use model::cloudstack::{Redundancy, Serves, SystemVm, VmKind, same_version};
use model::plan::{Answer, DiskProof, Probe, VmRef};

use crate::CloudStackError;
use crate::client::Inner;
use crate::discovery::{self, rows};
use vm::{Look, holds, not_yet};

/// How many parts of one probe are looked at at once.
const AT_ONCE: usize = 8;
/// How many jobs are named.
const TOLD: usize = 12;

pub(crate) fn probe<'a>(inner: &'a Inner, probe: &'a Probe) -> BoxFuture<'a, Answer> {
    Box::pin(async move {
        match probe {
            Probe::All { of } => all(inner, of).await,
            Probe::VmStopped { vm, disk } => at_rest(inner, vm, |look| look.stopped(disk)).await,
            Probe::VmRunning { vm } => at_rest(inner, vm, Look::running).await,
            Probe::VmUntouched { vm, disk } => at_rest(inner, vm, |look| look.untouched(disk)).await,
            Probe::VmRebuilt { vm, disk, agent_version } => rebuilt(inner, vm, disk, agent_version.as_deref()).await,
            Probe::Setting { name, value } => setting(inner, name, value).await,
            Probe::ApiReady => api_ready(inner).await,
            Probe::IntegrationOpen { host, address } => host::integration_open(inner, host, address).await,
            Probe::IntegrationClosed { hosts, address } => host::integration_closed(inner, hosts, address).await,
            Probe::NoPendingJobs => no_pending_jobs(inner).await,
            Probe::Shell { host, elevate, script, args } => host::shell(inner, host, *elevate, script, args).await,
            Probe::OvsApiReady
            | Probe::OvsVolumesUnused { .. }
            | Probe::OvsUpdater { .. }
            | Probe::CopiesSealed { .. }
            | Probe::Cloudify(_) => {
                Answer::Unknown { reason: "this environment is a CloudStack, and nothing else".to_owned() }
            }
        }
    })
}

async fn all(inner: &Inner, of: &[Probe]) -> Answer {
    let looks: Vec<BoxFuture<'_, Answer>> = of.iter().map(|part| probe(inner, part)).collect();
    let answers: Vec<Answer> = futures::stream::iter(looks).buffered(AT_ONCE).collect().await;
    Answer::worst(&answers)
}

/// For answers that must not overlook a job: list items do not always carry theirs, the list of jobs does.
async fn at_rest(inner: &Inner, vm: &VmRef, answer: impl Fn(&Look) -> Answer) -> Answer {
    let mut look = match look(inner, vm).await {
        Ok(look) => look,
        Err(answer) => return answer,
    };
    if look.job.is_none() {
        match pending_job(inner, vm).await {
            Ok(job) => look.job = job,
            Err(error) => return Answer::Unknown { reason: error.to_string() },
        }
    }
    answer(&look)
}

async fn rebuilt(inner: &Inner, vm: &VmRef, disk: &DiskProof, agent_version: Option<&str>) -> Answer {
    let mut look = match look(inner, vm).await {
        Ok(look) => look,
        Err(answer) => return answer,
    };
    if matches!(look.vm.redundancy, Redundancy::Unclear(_)) {
        match neighbours(inner, &look.vm).await {
            Ok(others) if vm::rests_in_fault(&look.vm, &others) => look.vm.redundancy = Redundancy::Single,
            Ok(_) => {}
            Err(error) => return Answer::Unknown { reason: error.to_string() },
        }
    }
    look.rebuilt(disk, agent_version)
}

/// The VM with its disk, or what it means that it was not seen.
async fn look(inner: &Inner, vm: &VmRef) -> Result<Look, Answer> {
    // A VM without a disk that can be seen may still be told apart by its state.
    let disk = discovery::root_volume(inner, vm.id.as_str()).await.map_err(|error| error.to_string());
    match find(inner, vm).await {
        Ok(Some(found)) => {
            let job = found.pending_job.as_ref().map(|job| format!("job {job} is working on {}", vm.name));
            Ok(Look { vm: found, disk, job })
        }
        Ok(None) => Err(Answer::Never { evidence: format!("{} is not there any more", vm.name) }),
        Err(error) => Err(Answer::Unknown { reason: error.to_string() }),
    }
}

async fn find(inner: &Inner, vm: &VmRef) -> Result<Option<SystemVm>, CloudStackError> {
    let id = vm.id.as_str();
    let found = match vm.kind {
        VmKind::SecondaryStorage | VmKind::ConsoleProxy => {
            discovery::rows_of(inner, "listSystemVms", &[("id", id)], rows::system_vm).await
        }
        VmKind::Router => routers(inner, ("id", id)).await,
    };
    match found {
        Ok(found) => Ok(found.into_iter().find(|found| found.id == vm.id)),
        // An id that names nothing is an error of the parameter.
        Err(CloudStackError::Refused { code: 431, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Routers of projects are listed only when they are asked for (dossier 3.6).
async fn routers(inner: &Inner, filter: (&str, &str)) -> Result<Vec<SystemVm>, CloudStackError> {
    let everywhere = [filter, ("listall", "true")];
    let found = discovery::rows_of(inner, "listRouters", &everywhere, rows::router).await?;
    if !found.is_empty() {
        return Ok(found);
    }
    let in_projects = [filter, ("listall", "true"), ("projectid", "-1")];
    discovery::rows_of(inner, "listRouters", &in_projects, rows::router).await
}

async fn neighbours(inner: &Inner, vm: &SystemVm) -> Result<Vec<SystemVm>, CloudStackError> {
    let found = match &vm.serves {
        Some(Serves::Network { id, .. }) => routers(inner, ("networkid", id.as_str())).await?,
        Some(Serves::Vpc { id, .. }) => routers(inner, ("vpcid", id.as_str())).await?,
        None => Vec::new(),
    };
    Ok(found.into_iter().filter(|other| other.id != vm.id).collect())
}

async fn pending_job(inner: &Inner, vm: &VmRef) -> Result<Option<String>, CloudStackError> {
    let jobs = discovery::pending_jobs(inner).await?;
    let ours = jobs.into_iter().find(|job| job.instance.as_ref() == Some(&vm.id));
    Ok(ours.map(|job| format!("{} {} is working on {}", job.command, job.id, vm.name)))
}

async fn setting(inner: &Inner, name: &str, wanted: &str) -> Answer {
    match discovery::setting(inner, name).await {
        Ok(found) if found == wanted => holds(format!("{name} is {found:?}")),
        Ok(found) => not_yet(format!("{name} is {found:?}, {wanted:?} is expected")),
        Err(error) => Answer::Unknown { reason: error.to_string() },
    }
}

async fn no_pending_jobs(inner: &Inner) -> Answer {
    match discovery::pending_jobs(inner).await {
        Ok(jobs) if jobs.is_empty() => holds("no job is pending".to_owned()),
        Ok(jobs) => {
            let names: Vec<String> = jobs.iter().take(TOLD).map(|job| format!("{} {}", job.command, job.id)).collect();
            Answer::Busy { by: format!("{} pending jobs: {}", jobs.len(), names.join(", ")) }
        }
        Err(error) => Answer::Unknown { reason: error.to_string() },
    }
}

/// A server that does not answer is seen not to be ready.
async fn api_ready(inner: &Inner) -> Answer {
    let version = match discovery::version(inner).await {
        Ok(version) => version,
        Err(error @ (CloudStackError::NoAnswer { .. } | CloudStackError::Foreign { .. })) => {
            return not_yet(error.to_string());
        }
        Err(error) => return Answer::Unknown { reason: error.to_string() },
    };
    if !crate::rights::lists_management_servers(&version) {
        return holds(format!("the API answers, version {version}"));
    }
    match discovery::rows_of(inner, "listManagementServers", &[], rows::management_server).await {
        Ok(servers) => {
            let wrong: Vec<String> = servers
                .iter()
                .filter(|server| server.state != "Up" || !same_version(&server.version, &version))
                .map(|server| format!("{} is {} with version {}", server.name, server.state, server.version))
                .collect();
            match (servers.len(), wrong.is_empty()) {
                (0, _) => not_yet("the API lists no management server".to_owned()),
                (number, true) => holds(format!("{number} management servers are Up with version {version}")),
                (_, false) => not_yet(wrong.join("; ")),
            }
        }
        Err(error @ (CloudStackError::NoAnswer { .. } | CloudStackError::Foreign { .. })) => not_yet(error.to_string()),
        Err(error) => Answer::Unknown { reason: error.to_string() },
    }
}
