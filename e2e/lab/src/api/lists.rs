//! The reading commands.

use super::catalog::{self, Verb};
use super::error::ApiError;
use super::page::page;
use super::params::Params;
use super::render;
use crate::config::Version;
use crate::json::{Fields, Json};
use crate::world::World;
use crate::world::records::{Owner, Vm, VmKind};

type Answer = Result<Fields, ApiError>;

/// Items of a list, before it is cut into pages.
pub(super) fn list(world: &World, verb: Verb, params: &Params) -> Answer {
    let (item, all) = match verb {
        Verb::ListSystemVms => ("systemvm", system_vms(world, params)?),
        Verb::ListRouters => ("router", routers(world, params)?),
        Verb::ListVolumes => ("volume", volumes(world, params)?),
        Verb::ListTemplates => ("template", templates(world, params)?),
        Verb::ListNetworks => ("network", networks(world, params)?),
        Verb::ListVpcs => ("vpc", vpcs(world, params)?),
        Verb::ListHosts => ("host", super::hosts::hosts(world, params)?),
        Verb::ListZones => ("zone", zones(world, params)),
        Verb::ListManagementServers => ("managementserver", servers(world, params)),
        Verb::ListConfigurations => ("configuration", configurations(world, params)),
        Verb::ListAsyncJobs => ("asyncjobs", jobs(world)),
        Verb::ListEvents => ("event", events(world, params)),
        other => {
            return Err(ApiError::internal(format!("{other:?} is not a list")));
        }
    };
    page(item, all, params, world.setting("default.page.size"))
}

/// Whether a thing matches `id`, `name`, `keyword` and `state`, as far as they are given.
pub(super) fn matches(params: &Params, id: &str, name: &str, state: &str) -> bool {
    let keyword = params.get("keyword").is_none_or(|word| name.contains(word));
    keyword
        && params.get("id").is_none_or(|wanted| wanted == id)
        && params.get("name").is_none_or(|wanted| wanted == name)
        && params.get("state").is_none_or(|wanted| wanted.eq_ignore_ascii_case(state))
}

/// The zone asked for, which must exist.
pub(super) fn zone_filter(world: &World, params: &Params) -> Result<Option<usize>, ApiError> {
    let Some(wanted) = params.get("zoneid") else {
        return Ok(None);
    };
    let found = world.zones.iter().position(|zone| zone.uuid == wanted || zone.id.to_string() == wanted);
    match found {
        Some(index) => Ok(Some(index)),
        None => Err(ApiError::no_such(params.get("command").unwrap_or_default(), "zoneid", wanted)),
    }
}

fn known_vm(world: &World, params: &Params, name: &str) -> Result<(), ApiError> {
    match params.get(name) {
        Some(id) if !world.vms.values().any(|vm| vm.uuid == id) => {
            Err(ApiError::no_such(params.get("command").unwrap_or_default(), name, id))
        }
        _ => Ok(()),
    }
}

fn system_vms(world: &World, params: &Params) -> Result<Vec<Fields>, ApiError> {
    let zone = zone_filter(world, params)?;
    known_vm(world, params, "id")?;
    Ok(living(world)
        .filter(|vm| !vm.is_router() && zone.is_none_or(|zone| zone == vm.zone))
        .filter(|vm| matches(params, &vm.uuid, &vm.name, vm.state.word()))
        .filter(|vm| params.get("systemvmtype").is_none_or(|wanted| wanted == vm.kind_word()))
        .filter(|vm| on_host(world, vm, params))
        .map(|vm| render::system_vm(world, vm))
        .collect())
}

fn living(world: &World) -> impl Iterator<Item = &Vm> {
    world.vms.values().filter(|vm| !vm.removed)
}

fn on_host(world: &World, vm: &Vm, params: &Params) -> bool {
    params.get("hostid").is_none_or(|host| world.hypervisors[vm.hypervisor].uuid == host)
}

/// Whether a caller sees an object: without `listall` only the own account's, and projects only with
/// `projectid` (dossier 3.6).
fn visible(owner: &Owner, params: &Params) -> bool {
    let all = params.is("listall", "true");
    match (owner, params.get("projectid")) {
        (Owner::Project { .. }, Some("-1")) => true,
        (Owner::Project { uuid, .. }, Some(wanted)) => uuid == wanted,
        (Owner::Project { .. }, None) => false,
        (Owner::Account(_), Some("-1")) => all,
        (Owner::Account(_), Some(_)) => false,
        (Owner::Account(name), None) => all || name == params.get("account").unwrap_or("admin"),
    }
}

fn routers(world: &World, params: &Params) -> Result<Vec<Fields>, ApiError> {
    let zone = zone_filter(world, params)?;
    known_vm(world, params, "id")?;
    let serves = |wanted: Option<&str>, found: Option<&String>| {
        wanted.is_none_or(|wanted| found.is_some_and(|found| found == wanted))
    };
    Ok(living(world)
        .filter_map(|vm| vm.router().map(|router| (vm, router)))
        .filter(|(vm, router)| {
            let network = router.network.map(|index| &world.networks[index].uuid);
            let vpc = router.vpc.map(|index| &world.vpcs[index].uuid);
            visible(&router.owner, params)
                && zone.is_none_or(|zone| zone == vm.zone)
                && matches(params, &vm.uuid, &vm.name, vm.state.word())
                && serves(params.get("networkid"), network)
                && serves(params.get("vpcid"), vpc)
                && on_host(world, vm, params)
        })
        .map(|(vm, router)| render::router(world, vm, router))
        .collect())
}

fn volumes(world: &World, params: &Params) -> Result<Vec<Fields>, ApiError> {
    let zone = zone_filter(world, params)?;
    known_vm(world, params, "virtualmachineid")?;
    // This cloud has no user VMs, and the disks of system VMs are shown on demand only.
    if !params.is("listsystemvms", "true") || params.get("type").is_some_and(|kind| kind != "ROOT") {
        return Ok(Vec::new());
    }
    Ok(living(world)
        .map(|vm| (vm, world.root_volume(vm.id)))
        .filter(|(vm, volume)| {
            zone.is_none_or(|zone| zone == vm.zone)
                && params.get("id").is_none_or(|id| id == volume.uuid)
                && params.get("virtualmachineid").is_none_or(|id| id == vm.uuid)
        })
        .map(|(vm, volume)| render::volume(world, volume, vm))
        .collect())
}

fn templates(world: &World, params: &Params) -> Result<Vec<Fields>, ApiError> {
    const FILTERS: [&str; 7] =
        ["featured", "self", "selfexecutable", "sharedexecutable", "executable", "community", "all"];
    let filter = params.get("templatefilter").unwrap_or_default();
    if !FILTERS.contains(&filter) {
        let text = format!("Invalid template filter: {filter}");
        return Err(ApiError::parameter(text));
    }
    let zone = zone_filter(world, params)?;
    let system = params.get("templatetype").is_none() || params.is("templatetype", "system");
    if filter != "all" || (world.version > Version::V4_15 && !system) {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for template in &world.templates {
        for (index, place) in world.zones.iter().enumerate() {
            if zone.is_none_or(|zone| zone == index) && matches(params, &template.uuid, &template.name, "") {
                all.push(render::system_template(world, template, place));
            }
        }
    }
    Ok(all)
}

fn networks(world: &World, params: &Params) -> Result<Vec<Fields>, ApiError> {
    let zone = zone_filter(world, params)?;
    let vpc_uuid = |index: usize| world.vpcs[index].uuid.as_str();
    Ok(world
        .networks
        .iter()
        .filter(|network| {
            let of_vpc = params.get("vpcid").is_none_or(|wanted| network.vpc.map(vpc_uuid) == Some(wanted));
            let system = params.is("issystem", "true") == network.system;
            visible(&network.owner, params)
                && of_vpc
                && system
                && zone.is_none_or(|zone| zone == network.zone)
                && matches(params, &network.uuid, &network.name, "Implemented")
                && (!params.is("restartrequired", "true") || network.restart_required)
        })
        .map(|network| render::network(world, network))
        .collect())
}

fn vpcs(world: &World, params: &Params) -> Result<Vec<Fields>, ApiError> {
    let zone = zone_filter(world, params)?;
    Ok(world
        .vpcs
        .iter()
        .filter(|vpc| {
            visible(&vpc.owner, params)
                && zone.is_none_or(|zone| zone == vpc.zone)
                && matches(params, &vpc.uuid, &vpc.name, "Enabled")
                && (!params.is("restartrequired", "true") || vpc.restart_required)
        })
        .map(|vpc| render::vpc(world, vpc))
        .collect())
}

/// Each accepted command leaves an event when it is queued, and another when it has worked; newest first.
fn events(world: &World, params: &Params) -> Vec<Fields> {
    let all = world.jobs.iter().rev().flat_map(|job| render::events(world, job));
    let wanted = |fields: &Fields| params.get("type").is_none_or(|kind| fields.text("type") == Some(kind));
    all.filter(wanted).collect()
}

fn zones(world: &World, params: &Params) -> Vec<Fields> {
    world.zones.iter().filter(|zone| matches(params, &zone.uuid, &zone.name, "")).map(render::zone).collect()
}

fn servers(world: &World, params: &Params) -> Vec<Fields> {
    world
        .servers
        .iter()
        .enumerate()
        .filter(|(_, server)| matches(params, &server.uuid, &server.name, ""))
        .map(|(index, server)| render::server(world, server, index == 0))
        .collect()
}

/// A setting as lists show it.
pub(super) fn configuration(name: &str, value: &str) -> Fields {
    Fields::new()
        .with("category", "Advanced")
        .with("name", name)
        .with("value", value)
        .with("description", format!("The setting {name}"))
        .with("isdynamic", false)
}

fn configurations(world: &World, params: &Params) -> Vec<Fields> {
    world
        .settings
        .iter()
        .filter(|(name, _)| matches(params, "", name, ""))
        .map(|(name, value)| configuration(name, value))
        .collect()
}

fn jobs(world: &World) -> Vec<Fields> {
    world.jobs.iter().filter(|job| job.is_pending()).map(|job| render::job(world, job)).collect()
}

/// `listApis`: an unknown name is an error, not an empty list.
pub(super) fn apis(world: &World, params: &Params) -> Answer {
    let wanted = params.get("name");
    let found: Vec<Fields> = catalog::all(world.version)
        .filter(|command| wanted.is_none_or(|name| name.eq_ignore_ascii_case(command.name)))
        .map(|command| {
            let own = command
                .own_params(world.version)
                .map(|(name, required)| Json::Object(Fields::new().with("name", name).with("required", required)));
            Fields::new()
                .with("name", command.name)
                .with("isasync", command.kind == catalog::Kind::Async)
                .with("params", own.collect::<Vec<Json>>())
        })
        .collect();
    if found.is_empty() {
        let text = "Api Discovery plugin was unable to find an api by that name or process any apis";
        return Err(ApiError::internal(text));
    }
    Ok(Fields::new().with("count", found.len() as i64).with("api", found))
}

pub(super) fn capabilities(world: &World) -> Fields {
    let capability = Fields::new()
        .with("securitygroupsenabled", false)
        .with("dynamicrolesenabled", true)
        .with("cloudstackversion", world.version.release())
        .with("userpublictemplateenabled", true)
        // A string with capitals in its name, in the real system too.
        .with("supportELB", "false")
        .with("projectinviterequired", false)
        .with("defaultuipagesize", 20);
    Fields::new().with("capability", capability)
}

pub(super) fn job_result(world: &World, params: &Params) -> Answer {
    let id = params.get("jobid").unwrap_or_default();
    match world.job(id) {
        Some(job) => Ok(render::job(world, job)),
        None => Err(ApiError::no_such("queryAsyncJobResult", "jobid", id)),
    }
}

pub(super) fn ready_for_shutdown(world: &World) -> Fields {
    let jobs = world.jobs.iter().filter(|job| job.is_pending()).count();
    let ready = Fields::new()
        .with("readyforshutdown", jobs == 0)
        .with("shutdowntriggered", false)
        .with("pendingjobscount", jobs as i64);
    Fields::new().with("readyforshutdown", ready)
}

/// The view of a VM that a finished job carries. Its `jobstatus` still says 0: only the outer one counts
/// (dossier 3.5).
pub(crate) fn vm_of_job(world: &World, vm: &Vm) -> Fields {
    match &vm.kind {
        VmKind::Router(router) => Fields::new().with("router", render::router(world, vm, router)),
        VmKind::SecondaryStorage | VmKind::ConsoleProxy { .. } => {
            Fields::new().with("systemvm", render::system_vm(world, vm))
        }
    }
}
