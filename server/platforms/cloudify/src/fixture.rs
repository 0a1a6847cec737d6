//! Two managers as they are before a migration, and what may be changed about them.

use std::collections::{BTreeMap, BTreeSet};

use model::cloudify::{
    Agent, CloudifyInventory, Deployment, Edition, HealPolicy, HostInstance, KeptArchive, Login, Machine, Maintenance,
    MaintenanceStatus, ManagerInventory, ManagerStatus, ManagerVersion, User,
};
use model::environment::{
    Access, CloudifyManager, CloudifySettings, CloudifyTuning, Elevate, Environment, Host, ManagerRest, NewManager,
    PlatformSettings, RiskClass,
};
use model::id::{DeploymentId, EnvironmentId, HostName, NodeInstanceId, SnapshotId, TenantName};
use model::observed::Observed;
use model::procedure::{Confirmation, MigrateManager};
use model::secret::SecretRef;
use model::time::Timestamp;

pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub(crate) fn known<T>(value: T) -> Observed<T> {
    Observed::known(value, "test", NOW)
}

pub(crate) fn unknown<T>(reason: &str) -> Observed<T> {
    Observed::unknown(reason, "test", NOW)
}

pub(crate) fn version(text: &str) -> ManagerVersion {
    text.parse().unwrap()
}

pub(crate) fn snapshot(text: &str) -> SnapshotId {
    SnapshotId::new(text).unwrap()
}

pub(crate) fn instance(text: &str) -> NodeInstanceId {
    NodeInstanceId::new(text).unwrap()
}

pub(crate) fn tenant(text: &str) -> TenantName {
    TenantName::new(text).unwrap()
}

/// A deployment with so many hosts, `vm_<id>_1` and on.
pub(crate) fn deployment(of: &str, id: &str, hosts: usize) -> Deployment {
    let host = |number: usize| {
        let name = format!("vm_{id}_{number}");
        let agent = Agent {
            name: format!("{name}_old"),
            version: None,
            install_method: Some("remote".to_owned()),
            broker: Some("10.0.0.5".to_owned()),
            replaced: None,
            status: None,
            state: None,
        };
        (instance(&name), HostInstance { node: "vm".to_owned(), state: "started".to_owned(), agent: Some(agent) })
    };
    Deployment {
        tenant: tenant(of),
        id: DeploymentId::new(id).unwrap(),
        policies: Vec::new(),
        workflows: BTreeSet::new(),
        hosts: (1..=hosts).map(host).collect(),
        others: BTreeMap::from([("started".to_owned(), 1)]),
    }
}

pub(crate) fn healing(mut deployment: Deployment) -> Deployment {
    deployment.policies.push(HealPolicy {
        group: "vms".to_owned(),
        policy: "host_failure".to_owned(),
        workflow: Some("heal".to_owned()),
    });
    deployment
}

fn user(name: &str) -> User {
    User { name: name.to_owned(), role: "default".to_owned(), active: true, last_login_at: None }
}

fn manager(release: &str, login: Login, deployments: Vec<Deployment>) -> ManagerInventory {
    let release = version(release);
    let tenants = deployments.iter().map(|deployment| deployment.tenant.clone()).chain([tenant("default_tenant")]);
    ManagerInventory {
        login: known(login),
        edition: if release.has_tenants() { known(Edition::Premium) } else { unknown("3.4.2 does not tell") },
        clock_skew_ms: known(120),
        role: if release.has_tenants() { known("sys_admin".to_owned()) } else { unknown("3.4.2 has none") },
        status: known(ManagerStatus { word: "running".to_owned(), services: BTreeMap::new() }),
        tenants: known(tenants.collect()),
        users: if release.has_tenants() {
            known(vec![user("admin"), user("erika"), user("otto")])
        } else {
            unknown("they are in a file")
        },
        blueprints: known(deployments.len() as u64),
        deployments: known(deployments),
        executions: known(Vec::new()),
        snapshots: known(Vec::new()),
        maintenance: known(Maintenance {
            status: MaintenanceStatus::Deactivated,
            requested_by: None,
            remaining: Vec::new(),
        }),
        restoring: known(false),
        networks: known(BTreeSet::from(["default".to_owned()])),
        machine: unknown("no SSH in this test"),
        version: known(release),
    }
}

/// The machine of a manager, after this boot.
pub(crate) fn machine(boot_id: &str) -> Machine {
    Machine {
        boot_id: boot_id.to_owned(),
        clock_skew_ms: 0,
        local_time: "2026-11-22T01:00:00".to_owned(),
        free_bytes: BTreeMap::new(),
        sessions: Vec::new(),
        connections: None,
        certificates: Vec::new(),
        files: BTreeMap::new(),
        services: BTreeMap::new(),
        missing_programs: BTreeSet::new(),
    }
}

/// A small estate: two tenants, one deployment that heals, one that is not ready.
pub(crate) fn deployments() -> Vec<Deployment> {
    let mut stopped = deployment("team", "stopped", 1);
    stopped.hosts.values_mut().for_each(|host| host.state = "stopped".to_owned());
    vec![
        deployment("default_tenant", "shop", 1),
        healing(deployment("default_tenant", "web", 2)),
        deployment("team", "data", 1),
        deployment("team", "nothing", 0),
        stopped,
    ]
}

/// On a new host.
pub(crate) fn two_managers(old: &str, new: &str) -> CloudifyInventory {
    CloudifyInventory {
        old: manager(old, Login::Old, deployments()),
        new: Some(manager(new, Login::New, Vec::new())),
        cli: None,
        archives: Vec::new(),
    }
}

/// In place.
pub(crate) fn one_manager(old: &str) -> CloudifyInventory {
    CloudifyInventory { new: None, ..two_managers(old, "4.2.0") }
}

/// What is kept of an earlier try.
pub(crate) fn kept(name: &str, release: &str) -> KeptArchive {
    let web = [instance("vm_web_1"), instance("vm_web_2")];
    let of = BTreeMap::from([(DeploymentId::new("web").unwrap(), BTreeSet::from(web))]);
    KeptArchive {
        snapshot: snapshot(name),
        bytes: 4096,
        sha256: "0".repeat(64),
        version: version(release),
        networks: BTreeSet::from(["default".to_owned()]),
        agents: BTreeMap::from([(tenant("default_tenant"), of)]),
    }
}

fn host(name: &str, address: &str) -> Host {
    let key = SecretRef::Variable("KEY".to_owned());
    let access = Access { address: address.to_owned(), port: 22, user: "centos".to_owned(), key, host_key: None };
    Host { name: HostName::new(name).unwrap(), access, jump: None, elevate: Elevate::Sudo }
}

fn rest(endpoint: &str, password: &str) -> ManagerRest {
    ManagerRest {
        endpoint: endpoint.to_owned(),
        user: "admin".to_owned(),
        password: SecretRef::Variable(password.to_owned()),
        tenant: tenant("default_tenant"),
        certificate_sha256: None,
    }
}

pub(crate) fn new_host() -> CloudifySettings {
    let of = |endpoint, password, name, address| CloudifyManager {
        rest: rest(endpoint, password),
        host: host(name, address),
    };
    CloudifySettings {
        old: of("http://10.0.0.5", "OLD", "cfy-old", "10.0.0.5"),
        new: NewManager::AnotherHost(Box::new(of("http://10.0.0.6", "NEW", "cfy-new", "10.0.0.6"))),
        cli: Some(host("cfy-cli", "10.0.0.9")),
        tuning: CloudifyTuning::default(),
    }
}

pub(crate) fn same_host() -> CloudifySettings {
    CloudifySettings { new: NewManager::SameHost(rest("http://10.0.0.5", "NEW")), ..new_host() }
}

pub(crate) fn environment(settings: &CloudifySettings) -> Environment {
    Environment {
        id: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
        name: "Orchestration".to_owned(),
        labels: BTreeSet::new(),
        risk: RiskClass::Production,
        platform: PlatformSettings::Cloudify(Box::new(settings.clone())),
    }
}

/// Everything is confirmed that can be.
pub(crate) fn inputs() -> MigrateManager {
    MigrateManager { snapshot: snapshot("move-1"), confirmed: Confirmation::ALL.into(), ..MigrateManager::default() }
}
