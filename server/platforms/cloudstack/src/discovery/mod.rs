//! Looking at a CloudStack: everything at once, in bounded numbers, and never failing as a whole.
//!
//! What cannot be seen is unknown with its reason; it is never taken for "nothing there" (invariant 4).

mod hosts;
pub(crate) mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use futures::StreamExt as _;
use futures::future::join_all;
use model::cloudstack::{CloudStackInventory, PendingJob, RootVolume, SystemTemplate, SystemVm};
use model::observed::Observed;
use serde_json::Value;

use crate::CloudStackError;
use crate::client::Inner;
use crate::reply::{self, text};
use crate::rights::required_commands;
use crate::settings::{INTEGRATION_PORT, MINIMUM_TEMPLATE};

pub(crate) use hosts::{PORT, integration_answers};

/// How many VMs are asked for their disks at once; [`crate::api::Api`] bounds the requests themselves.
const VMS_AT_ONCE: usize = 8;

pub(crate) async fn inventory(inner: &Inner) -> CloudStackInventory {
    let version = version(inner).await;
    if let Err(error @ CloudStackError::NoAnswer { .. }) = &version {
        // Asking nineteen more times would only cost time.
        return silent(inner, &error.to_string()).await;
    }
    let version = observe(inner, "listCapabilities", std::future::ready(version)).await;
    let (missing_rights, management_servers, hypervisors, zones) = tokio::join!(
        observe(inner, "listApis", missing_rights(inner, version.value())),
        observe(inner, "listManagementServers", rows_of(inner, "listManagementServers", &[], rows::management_server)),
        observe(inner, "listHosts", rows_of(inner, "listHosts", &[("type", "Routing")], rows::hypervisor)),
        observe(inner, "listZones", rows_of(inner, "listZones", &[], rows::zone)),
    );
    let (system_vms, templates, pending_jobs, management_hosts) = tokio::join!(
        observe(inner, "listSystemVms, listRouters", system_vms(inner)),
        observe(inner, "listTemplates", templates(inner)),
        observe(inner, "listAsyncJobs", pending_jobs(inner)),
        management_hosts(inner),
    );
    let (integration_port, minimum_template_version) = tokio::join!(
        observe(inner, "listConfigurations", integration_port(inner)),
        observe(inner, "listConfigurations", setting(inner, MINIMUM_TEMPLATE)),
    );
    CloudStackInventory {
        version,
        clock_skew_ms: clock_skew(inner),
        missing_rights,
        management_servers,
        hypervisors,
        zones,
        system_vms,
        templates,
        integration_port,
        minimum_template_version,
        pending_jobs,
        management_hosts,
    }
}

/// What is left to see when the API does not answer at all.
async fn silent(inner: &Inner, reason: &str) -> CloudStackInventory {
    let at = inner.api.now();
    CloudStackInventory {
        version: Observed::unknown(reason, "listCapabilities", at),
        clock_skew_ms: Observed::unknown(reason, "the Date header of the API", at),
        missing_rights: Observed::unknown(reason, "listApis", at),
        management_servers: Observed::unknown(reason, "listManagementServers", at),
        hypervisors: Observed::unknown(reason, "listHosts", at),
        zones: Observed::unknown(reason, "listZones", at),
        system_vms: Observed::unknown(reason, "listSystemVms, listRouters", at),
        templates: Observed::unknown(reason, "listTemplates", at),
        integration_port: Observed::unknown(reason, "listConfigurations", at),
        minimum_template_version: Observed::unknown(reason, "listConfigurations", at),
        pending_jobs: Observed::unknown(reason, "listAsyncJobs", at),
        management_hosts: management_hosts(inner).await,
    }
}

/// Puts the time and the source beside what was seen, or the reason why it was not.
pub(crate) async fn observe<T>(
    inner: &Inner,
    source: &str,
    look: impl Future<Output = Result<T, CloudStackError>>,
) -> Observed<T> {
    let at = inner.api.now();
    match look.await {
        Ok(value) => Observed::known(value, source, at),
        Err(error) => Observed::unknown(error.to_string(), source, at),
    }
}

pub(crate) async fn version(inner: &Inner) -> Result<String, CloudStackError> {
    const COMMAND: &str = "listCapabilities";
    let inside = inner.api.ask(COMMAND, &[]).await?;
    let found = inside.get("capability").and_then(|row| text(row, "cloudstackversion"));
    found.ok_or_else(|| not_understood(COMMAND, "the answer names no cloudstackversion"))
}

pub(crate) fn clock_skew(inner: &Inner) -> Observed<i64> {
    let (source, at) = ("the Date header of the API", inner.api.now());
    match inner.api.skew() {
        Some(skew) => Observed::known(skew, source, at),
        None => Observed::unknown("no answer carried the time", source, at),
    }
}

/// Commands the key may not use, or the server does not have.
pub(crate) async fn missing_rights(
    inner: &Inner,
    version: Option<&String>,
) -> Result<BTreeSet<String>, CloudStackError> {
    let commands = required_commands(version.map_or("", String::as_str));
    let asked = commands.into_iter().map(|command| async move {
        match inner.api.ask("listApis", &[("name", command)]).await {
            Ok(inside) if reply::items(&inside).is_empty() => Ok(Some(command.to_owned())),
            Ok(_) => Ok(None),
            // What is not there, or not for this key, is told as an error of the parameter or of the server.
            Err(CloudStackError::Refused { code: 430..=432 | 530 | 531, .. }) => Ok(Some(command.to_owned())),
            Err(error) => Err(error),
        }
    });
    let answers: Result<Vec<Option<String>>, CloudStackError> = join_all(asked).await.into_iter().collect();
    Ok(answers?.into_iter().flatten().collect())
}

pub(crate) async fn rows_of<T>(
    inner: &Inner,
    command: &str,
    parameters: &[(&str, &str)],
    read: fn(&Value) -> Result<T, String>,
) -> Result<Vec<T>, CloudStackError> {
    let rows = inner.api.list(command, parameters).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(|problem| not_understood(command, &problem))
}

async fn templates(inner: &Inner) -> Result<Vec<SystemTemplate>, CloudStackError> {
    let parameters = [("templatefilter", "all"), ("listall", "true")];
    let found = rows_of(inner, "listTemplates", &parameters, rows::system_template).await?;
    let found: BTreeSet<SystemTemplate> = found.into_iter().flatten().collect();
    Ok(found.into_iter().collect())
}

pub(crate) async fn pending_jobs(inner: &Inner) -> Result<Vec<PendingJob>, CloudStackError> {
    rows_of(inner, "listAsyncJobs", &[("listall", "true")], rows::pending_job).await
}

/// Routers of projects are listed only when they are asked for (dossier 3.6).
async fn system_vms(inner: &Inner) -> Result<Vec<SystemVm>, CloudStackError> {
    let everywhere = [("listall", "true")];
    let in_projects = [("listall", "true"), ("projectid", "-1")];
    let (system, routers, project_routers) = tokio::join!(
        rows_of(inner, "listSystemVms", &[], rows::system_vm),
        rows_of(inner, "listRouters", &everywhere, rows::router),
        rows_of(inner, "listRouters", &in_projects, rows::router),
    );
    // Pages shift while they are read, and both lists of routers may name the same: once is enough.
    let all: BTreeMap<_, SystemVm> =
        system?.into_iter().chain(routers?).chain(project_routers?).map(|vm| (vm.id.clone(), vm)).collect();
    let with_disks = futures::stream::iter(all.into_values()).map(async |mut vm: SystemVm| {
        vm.root = observe(inner, "listVolumes", root_volume(inner, vm.id.as_str())).await;
        vm
    });
    Ok(with_disks.buffered(VMS_AT_ONCE).collect().await)
}

pub(crate) async fn root_volume(inner: &Inner, vm: &str) -> Result<RootVolume, CloudStackError> {
    const COMMAND: &str = "listVolumes";
    let parameters = [("virtualmachineid", vm), ("listsystemvms", "true"), ("type", "ROOT"), ("listall", "true")];
    let rows = inner.api.list(COMMAND, &parameters).await?;
    rows::root_volume(&rows).map_err(|problem| not_understood(COMMAND, &problem))
}

/// The value of a global setting. The server may list others of a similar name.
pub(crate) async fn setting(inner: &Inner, name: &str) -> Result<String, CloudStackError> {
    const COMMAND: &str = "listConfigurations";
    let rows = inner.api.list(COMMAND, &[("name", name)]).await?;
    let row = rows.iter().find(|row| text(row, "name").as_deref() == Some(name));
    let row = row.ok_or_else(|| not_understood(COMMAND, &format!("there is no setting {name}")))?;
    Ok(text(row, "value").unwrap_or_default())
}

async fn integration_port(inner: &Inner) -> Result<u32, CloudStackError> {
    let value = setting(inner, INTEGRATION_PORT).await?;
    // A negative value is as good as 0, and so is none (dossier 2.1).
    match value.trim().parse::<i64>() {
        Ok(port) => Ok(u32::try_from(port).unwrap_or(0)),
        Err(_) if value.trim().is_empty() => Ok(0),
        Err(_) => {
            Err(not_understood("listConfigurations", &format!("{INTEGRATION_PORT} is {value:?}, which is no number")))
        }
    }
}

async fn management_hosts(inner: &Inner) -> BTreeMap<model::id::HostName, Observed<model::cloudstack::ManagementHost>> {
    let looked = inner.hosts.iter().map(|(name, access)| async move {
        let at = inner.api.now();
        let source = format!("ssh to {name}");
        let seen = match hosts::look(inner, access).await {
            Ok(host) => Observed::known(host, source, at),
            Err(reason) => Observed::unknown(reason, source, at),
        };
        (name.clone(), seen)
    });
    join_all(looked).await.into_iter().collect()
}

fn not_understood(command: &str, problem: &str) -> CloudStackError {
    CloudStackError::NotUnderstood { command: command.to_owned(), problem: problem.to_owned() }
}
