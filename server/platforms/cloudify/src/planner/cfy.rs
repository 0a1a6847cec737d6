//! Steps that are run by the vendor's `cfy` on the CLI host. What they have done is told by the managers, never by the
//! exit code (dossier 0, fact 1).

use model::cloudify::ManagerVersion;
use model::environment::{Elevate, ManagerRest, machine_of};
use model::id::TenantName;
use model::plan::{Action, OutputReader, SecretVariable, Shell, Side, Step};
use model::procedure::CfyStep;

use super::PlanError;
use super::scripts::{CFY, CFY_REMOVE, CFY_REMOVED};
use super::steps::{at, id, look, shell, step};
use super::view::View;

pub(super) fn check(view: &View<'_>) -> Result<(), PlanError> {
    if view.inputs.by_cfy.is_empty() {
        return Ok(());
    }
    if view.settings.cli.is_none() {
        return Err(PlanError::NoCliHost);
    }
    let excludes = view.planned.iter().any(|planned| !planned.only.is_empty());
    if view.by_cfy(CfyStep::InstallAgents) && excludes && !view.new.is_at_least(4, 5, 0) {
        return Err(PlanError::CfyCannotExclude(view.new.clone()));
    }
    Ok(())
}

/// `cfy` with these words, for that manager.
pub(super) fn action<'w>(
    view: &View<'_>,
    side: Side,
    words: impl IntoIterator<Item = &'w str>,
    tenant: Option<&TenantName>,
) -> Result<Action, PlanError> {
    let host = view.settings.cli.as_ref().ok_or(PlanError::NoCliHost)?;
    let reached = match side {
        Side::Old => &view.settings.old.rest,
        Side::New => view.settings.new.rest(),
    };
    let (address, port) =
        machine_of(&reached.endpoint).ok_or_else(|| PlanError::CfyAddress(reached.endpoint.clone()))?;
    let version = match side {
        Side::Old => &view.old,
        Side::New => &view.new,
    };
    let is_tls = reached.endpoint.starts_with("https://");
    // What counts as one machine there is two ports to a client.
    let port = if is_tls && port == 80 { 443 } else { port };
    let certificate = if is_tls { certificate(reached, version)? } else { String::new() };
    // Once agents are installed, the restore has put the old manager's admin in force (dossier 0, fact 4).
    let is_restored = tenant.is_some() && view.old.snapshot_carries_admin();
    let admin = if is_restored { &view.settings.old.rest } else { reached };
    let tenant = match tenant {
        Some(tenant) => tenant.to_string(),
        None if version.has_tenants() => reached.tenant.to_string(),
        None => String::new(),
    };
    let first = [view.inputs.snapshot.to_string(), address, port.to_string(), admin.user.clone(), tenant, certificate];
    Ok(Action::Shell(Shell {
        host: host.name.clone(),
        elevate: Elevate::No,
        script: CFY.to_owned(),
        args: first.into_iter().chain(words.into_iter().map(ToOwned::to_owned)).collect(),
        secrets: vec![SecretVariable { name: "CLOUDIFY_PASSWORD".to_owned(), value: admin.password.clone() }],
        reads: OutputReader::Plain,
        quiet: None,
    }))
}

/// The fingerprint of the one certificate that `cfy` is to trust.
fn certificate(reached: &ManagerRest, version: &ManagerVersion) -> Result<String, PlanError> {
    let closed = |why| Err(PlanError::CfyOverTls { endpoint: reached.endpoint.clone(), why });
    if !version.is_at_least(4, 2, 0) {
        return closed("the cfy of this release takes none (from 4.2 on it does)");
    }
    match &reached.certificate_sha256 {
        Some(pinned) => Ok(pinned.to_lowercase()),
        None => closed("pin its fingerprint in the settings"),
    }
}

/// A script that was killed could not clean up behind it.
pub(super) fn remove_work(view: &View<'_>) -> Option<Step> {
    let host = view.settings.cli.as_ref().filter(|_| !view.inputs.by_cfy.is_empty())?;
    let host = &model::environment::Host { elevate: Elevate::No, ..host.clone() };
    let args = vec![view.inputs.snapshot.to_string()];
    Some(Step {
        attempts: 3,
        ..step(
            id(&["close", "cfy"]),
            format!("Remove the folders of cfy on {}", host.name),
            at(host),
            shell(host, CFY_REMOVE, args.clone()),
            look(host, CFY_REMOVED, args),
        )
    })
}
