//! How the things of the world look in answers (field lists of dossier 3.8).

use crate::config::Version;
use crate::fault::Fault;
use crate::json::{Fields, Json};
use crate::world::records::{
    AgentState, Job, JobStatus, Network, Owner, Phase, Redundancy, Router, Server, Template, Vm, VmKind, Volume, Vpc,
    Zone,
};
use crate::world::{World, api_time};

/// An SSVM or a console proxy.
pub(super) fn system_vm(world: &World, vm: &Vm) -> Fields {
    let sessions = match vm.kind {
        VmKind::ConsoleProxy { sessions } => Some(sessions),
        VmKind::SecondaryStorage | VmKind::Router(_) => None,
    };
    let offering = match vm.kind {
        VmKind::ConsoleProxy { .. } => "System Offering For Console Proxy",
        VmKind::SecondaryStorage | VmKind::Router(_) => "System Offering For Secondary Storage VM",
    };
    Fields::new()
        .with("id", &vm.uuid)
        .with("systemvmtype", vm.kind_word())
        .and(place(world, vm))
        .and(addresses(vm))
        .and(template(world, vm))
        .with("serviceofferingname", offering)
        .with("state", vm.state.word())
        .with("agentstate", vm.agent.word())
        .with("version", &vm.version)
        .maybe("activeviewersessions", sessions)
        .with("created", api_time(vm.created))
        .with("isdynamicallyscalable", false)
        .with("hasannotations", false)
        .and(pending(world, &vm.uuid))
}

/// A virtual router.
pub(super) fn router(world: &World, vm: &Vm, router: &Router) -> Fields {
    let redundant = router.redundancy.is_some();
    let state = router.redundancy.unwrap_or(Redundancy::Unknown);
    let network = router.network.map(|index| &world.networks[index]);
    let vpc = router.vpc.map(|index| &world.vpcs[index]);
    Fields::new()
        .with("id", &vm.uuid)
        .and(place(world, vm))
        .and(addresses(vm))
        .and(template(world, vm))
        .with("state", vm.state.word())
        .with("role", "VIRTUAL_ROUTER")
        .with("requiresupgrade", world.requires_upgrade(router))
        .with("version", &router.template_version)
        // The real field ends with a newline (dossier 7.3).
        .with("scriptsversion", "199a9ebcfb29d7f92dc5209461655a32\n")
        .maybe("softwareversion", router.software_version.as_deref())
        .with("isredundantrouter", redundant)
        .with("redundantstate", redundancy_word(world.version, state))
        .and(owner(&router.owner, world))
        .maybe("guestnetworkid", network.map(|network| &network.uuid))
        .maybe("guestnetworkname", network.map(|network| &network.name))
        .maybe("vpcid", vpc.map(|vpc| &vpc.uuid))
        .maybe("vpcname", vpc.map(|vpc| &vpc.name))
        .with("serviceofferingname", "System Offering For Software Router")
        .with("healthchecksfailed", false)
        .with("nic", Json::List(Vec::new()))
        .with("created", api_time(vm.created))
        .with("hasannotations", false)
        .and(pending(world, &vm.uuid))
}

fn redundancy_word(version: Version, state: Redundancy) -> &'static str {
    match state {
        Redundancy::Primary => version.primary_word(),
        Redundancy::Backup => "BACKUP",
        Redundancy::Unknown => "UNKNOWN",
    }
}

fn place(world: &World, vm: &Vm) -> Fields {
    let zone = &world.zones[vm.zone];
    let host = &world.hypervisors[vm.hypervisor];
    Fields::new()
        .with("name", &vm.name)
        .with("zoneid", &zone.uuid)
        .with("zonename", &zone.name)
        .with("hypervisor", "KVM")
        .with("hostid", &host.uuid)
        .with("hostname", &host.name)
        .with("hostcontrolstate", "Enabled")
}

fn addresses(vm: &Vm) -> Fields {
    let (high, low) = (vm.id / 250, vm.id % 250);
    Fields::new()
        .with("publicip", format!("172.20.{high}.{low}"))
        .with("linklocalip", format!("169.254.{high}.{low}"))
        .with("gateway", "172.20.0.1")
}

fn template(world: &World, vm: &Vm) -> Fields {
    let template = &world.templates[vm.template];
    Fields::new().with("templateid", &template.uuid).with("templatename", &template.name)
}

fn owner(owner: &Owner, world: &World) -> Fields {
    let fields = match owner {
        Owner::Account(name) => Fields::new().with("account", name),
        Owner::Project { name, uuid } => Fields::new().with("projectid", uuid).with("project", name),
    };
    fields.with("domainid", &world.domain).with("domain", "ROOT")
}

/// While a job runs on a thing, its list item says so.
fn pending(world: &World, instance: &str) -> Fields {
    match world.pending_job(instance) {
        Some(job) => Fields::new().with("jobid", &job.uuid).with("jobstatus", job.status.number()),
        None => Fields::new(),
    }
}

/// The events of a job, newest first: one when it was queued, one when it had worked. Only those that anybody looks for.
pub(super) fn events(world: &World, job: &Job) -> Vec<Fields> {
    let is_router = job.instance_type == "DomainRouter";
    let vm = job.instance.as_ref().and_then(|id| world.vms.values().find(|vm| &vm.uuid == id));
    let is_proxy = vm.is_some_and(|vm| matches!(vm.kind, VmKind::ConsoleProxy { .. }));
    let (kind, what) = match job.class.rsplit('.').next() {
        Some("RebootRouterCmd") => ("ROUTER.REBOOT", "rebooting router"),
        Some("StopSystemVmCmd") if is_proxy => ("PROXY.STOP", "stopping system vm"),
        Some("StopSystemVmCmd") => ("SSVM.STOP", "stopping system vm"),
        Some("StartSystemVMCmd") if is_proxy => ("PROXY.START", "starting system vm"),
        Some("StartSystemVMCmd") => ("SSVM.START", "starting system vm"),
        _ => return Vec::new(),
    };
    // Before 4.19 the description holds the number of the database.
    let id = match world.version {
        Version::V4_15 => vm.map(|vm| vm.id.to_string()).unwrap_or_default(),
        Version::V4_19 | Version::V4_20 | Version::V4_22 => job.instance.clone().unwrap_or_default(),
    };
    let event = |state: &str, words: String, at| {
        let fields = Fields::new()
            .with("id", format!("{}{}", &job.uuid[..35], if state == "Scheduled" { "0" } else { "1" }))
            .with("username", "admin")
            .with("type", kind)
            .with("level", "INFO")
            .with("description", words)
            .with("account", "admin")
            .with("domain", "ROOT")
            .with("created", api_time(at))
            .with("state", state);
        match world.version {
            Version::V4_15 => fields,
            Version::V4_19 | Version::V4_20 | Version::V4_22 => fields
                .maybe("resourceid", job.instance.as_ref())
                .with("resourcetype", if is_router { "DomainRouter" } else { "SystemVm" }),
        }
    };
    let done = job.completed.filter(|_| job.status == JobStatus::Succeeded);
    let done = done.map(|at| event("Completed", format!("Successfully completed {what}. {id}"), at));
    done.into_iter().chain([event("Scheduled", format!("{what}: {id}"), job.created)]).collect()
}

/// A job; the order of its fields is what the old script lives and dies by (dossier 1.5).
pub(super) fn job(world: &World, job: &Job) -> Fields {
    let status = job.status.number();
    let head = Fields::new().with("accountid", &world.account);
    let result = Fields::new()
        .with("jobprocstatus", 0)
        .with("jobresultcode", job.code)
        .maybe("jobresulttype", job.result.as_ref().map(|_| "object"))
        .maybe("jobresult", job.result.clone());
    let instance = Fields::new()
        .maybe("jobinstancetype", job.instance.as_ref().map(|_| job.instance_type))
        .maybe("jobinstanceid", job.instance.as_ref());
    let times = Fields::new().with("created", api_time(job.created)).maybe("completed", job.completed.map(api_time));
    if world.version == Version::V4_15 {
        return head
            .with("userid", &world.account)
            .with("cmd", &job.class)
            .with("jobstatus", status)
            .and(result)
            .and(instance)
            .and(times)
            .with("jobid", &job.uuid);
    }
    let server = &world.servers[job.server];
    let server = match world.version {
        Version::V4_15 | Version::V4_19 => Fields::new().with("managementserverid", server.msid),
        Version::V4_20 | Version::V4_22 => {
            Fields::new().with("managementserverid", &server.uuid).with("managementservername", &server.name)
        }
    };
    head.with("account", "admin")
        .with("domainid", &world.domain)
        .with("domainpath", "ROOT")
        .with("userid", &world.account)
        .with("cmd", &job.class)
        .and(result)
        .and(instance)
        .and(server)
        .and(times)
        .with("jobid", &job.uuid)
        .with("jobstatus", status)
}

pub(super) fn zone(zone: &Zone) -> Fields {
    Fields::new()
        .with("id", &zone.uuid)
        .with("name", &zone.name)
        .with("networktype", "Advanced")
        .with("securitygroupsenabled", false)
        .with("allocationstate", "Enabled")
        .with("type", "Core")
        .with("localstorageenabled", false)
}

pub(super) fn volume(world: &World, volume: &Volume, vm: &Vm) -> Fields {
    let template = &world.templates[volume.template];
    let vm_type = match vm.kind {
        VmKind::SecondaryStorage => "SecondaryStorageVm",
        VmKind::ConsoleProxy { .. } => "ConsoleProxy",
        VmKind::Router(_) => "DomainRouter",
    };
    Fields::new()
        .with("id", &volume.uuid)
        .with("name", format!("ROOT-{}", vm.id))
        .with("zoneid", &world.zones[vm.zone].uuid)
        .with("zonename", &world.zones[vm.zone].name)
        .with("type", "ROOT")
        .with("vmtype", vm_type)
        .with("virtualmachineid", &vm.uuid)
        .with("vmname", &vm.name)
        .with("vmstate", vm.state.word())
        .with("templateid", &template.uuid)
        .with("templatename", &template.name)
        .with("created", api_time(volume.created))
        .with("state", "Ready")
        .with("storage", "primary1")
        .with("account", "system")
        .with("domain", "ROOT")
}

pub(super) fn system_template(world: &World, template: &Template, zone: &Zone) -> Fields {
    let newest = world.templates.last().map(|last| &last.uuid) == Some(&template.uuid);
    let broken = newest
        && world.faults.any(|fault| match fault {
            Fault::TemplateNotReady { zone: named } => *named == zone.name,
            _ => false,
        });
    let status = if broken { "50% Downloaded" } else { "Download Complete" };
    Fields::new()
        .with("id", &template.uuid)
        .with("name", &template.name)
        .with("displaytext", &template.name)
        .with("ispublic", false)
        .with("created", "2026-01-02T03:04:05+0000")
        .with("isready", !broken)
        .with("format", "QCOW2")
        .with("crossZones", true)
        .with("zoneid", &zone.uuid)
        .with("zonename", &zone.name)
        .with("status", status)
        .with("templatetype", "SYSTEM")
        .with("hypervisor", "KVM")
        .with("account", "system")
        .with("domain", "ROOT")
}

pub(super) fn network(world: &World, network: &Network) -> Fields {
    let zone = &world.zones[network.zone];
    Fields::new()
        .with("id", &network.uuid)
        .with("name", &network.name)
        .with("zoneid", &zone.uuid)
        .with("zonename", &zone.name)
        .with("traffictype", if network.system { "Management" } else { "Guest" })
        .with("type", "Isolated")
        .with("state", "Implemented")
        .with("issystem", network.system)
        .with("restartrequired", network.restart_required)
        .with("redundantrouter", network.redundant)
        .maybe("vpcid", network.vpc.map(|index| &world.vpcs[index].uuid))
        .and(owner(&network.owner, world))
}

pub(super) fn vpc(world: &World, vpc: &Vpc) -> Fields {
    let zone = &world.zones[vpc.zone];
    Fields::new()
        .with("id", &vpc.uuid)
        .with("name", &vpc.name)
        .with("zoneid", &zone.uuid)
        .with("zonename", &zone.name)
        .with("cidr", "10.1.0.0/16")
        .with("state", "Enabled")
        .with("restartrequired", vpc.restart_required)
        .with("redundantvpcrouter", vpc.redundant)
        .and(owner(&vpc.owner, world))
}

/// A management server. It counts as down only when it was stopped in order: the rows of others are all
/// a server knows of them.
pub(super) fn server(world: &World, server: &Server, is_first: bool) -> Fields {
    let mixed = world.faults.any(|fault| *fault == Fault::MixedVersions);
    let alone = world.servers.len() == 1;
    let version =
        if mixed && (!is_first || alone) { world.version.previous_release() } else { world.version.release() };
    let state = match server.phase {
        Phase::Up => "Up",
        Phase::Stopped | Phase::Refusing | Phase::Unavailable => "Down",
    };
    let agents = world.vms.values().filter(|vm| vm.agent == AgentState::Up && !vm.is_router()).count();
    let jobs = world.jobs.iter().filter(|job| job.is_pending()).count();
    let metrics = if world.version >= Version::V4_20 {
        Fields::new().with("pendingjobscount", jobs as i64).with("agentscount", agents as i64)
    } else {
        Fields::new()
    };
    Fields::new()
        .with("id", &server.uuid)
        .with("name", &server.name)
        .with("state", state)
        .with("version", version)
        .with("javadistribution", "Debian")
        .with("javaversion", "17.0.13+11")
        .with("osdistribution", "Ubuntu 22.04 LTS")
        .with("lastserverstart", api_time(server.started))
        .with("lastserverstop", api_time(server.stopped))
        .with("lastboottime", "2026-01-01T00:00:00+0000")
        .with("ipaddress", &server.address)
        .with("serviceip", &server.address)
        .and(metrics)
}
