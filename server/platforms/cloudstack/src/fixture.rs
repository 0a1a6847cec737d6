//! A small cloud as it is right after an upgrade: every record names the new template, every disk is old.

use std::collections::{BTreeMap, BTreeSet};

use model::cloudstack::{
    AgentState, CloudStackInventory, DatabaseAccess, Hypervisor, ManagementHost, ManagementServer, Redundancy,
    RootVolume, RouterRole, ScriptGeneration, Serves, SystemTemplate, SystemVm, SysvmadmScript, VmKind, VmState, Zone,
};
use model::environment::{Access, CloudStackSettings, Elevate, Environment, Host, PlatformSettings, RiskClass, Tuning};
use model::id::{CloudId, EnvironmentId, HostName};
use model::observed::Observed;
use model::secret::SecretRef;
use model::time::Timestamp;

pub(crate) const VERSION: &str = "4.20.1.0";

pub(crate) fn id(number: u32) -> CloudId {
    CloudId::new(format!("00000000-0000-4000-8000-{number:012}")).unwrap()
}

pub(crate) const OLD_TEMPLATE: u32 = 900;
pub(crate) const NEW_TEMPLATE: u32 = 901;
pub(crate) const ZONE: u32 = 1;

pub(crate) fn known<T>(value: T) -> Observed<T> {
    Observed::known(value, "test", Timestamp(0))
}

pub(crate) fn unknown<T>(reason: &str) -> Observed<T> {
    Observed::unknown(reason, "test", Timestamp(0))
}

/// A VM whose disk is old.
pub(crate) fn vm(number: u32, kind: VmKind) -> SystemVm {
    let letter = match kind {
        VmKind::SecondaryStorage => 's',
        VmKind::ConsoleProxy => 'v',
        VmKind::Router => 'r',
    };
    let is_router = kind == VmKind::Router;
    let created = "2026-01-02T03:04:05+0000".to_owned();
    SystemVm {
        id: id(number),
        name: format!("{letter}-{number}-VM"),
        kind,
        zone: id(ZONE),
        state: VmState::Running,
        agent: (!is_router).then_some(AgentState::Up),
        version: Some("4.19.1.0".into()),
        software_version: None,
        requires_upgrade: is_router.then_some(true),
        redundancy: Redundancy::Single,
        role: RouterRole::VirtualRouter,
        serves: None,
        template: Some(id(NEW_TEMPLATE)),
        template_name: Some("systemvm-kvm-4.20.1-x86_64".into()),
        root: known(RootVolume { id: id(5000 + number), template: Some(id(OLD_TEMPLATE)), created, created_at: None }),
        hypervisor: Some("kvm1".into()),
        active_sessions: (kind == VmKind::ConsoleProxy).then_some(2),
        pending_job: None,
    }
}

pub(crate) fn router(number: u32, network: u32, redundancy: Redundancy) -> SystemVm {
    let serves = Some(Serves::Network { id: id(network), name: format!("net{network}") });
    SystemVm { redundancy, serves, ..vm(number, VmKind::Router) }
}

/// The same VM after it was rebuilt.
pub(crate) fn rebuilt(vm: SystemVm) -> SystemVm {
    let disk = vm.root.value().unwrap().clone();
    let number: u32 = disk.id.as_str()[30..].parse().unwrap();
    let disk = RootVolume { id: id(number + 1000), template: vm.template.clone(), ..disk };
    let requires_upgrade = vm.requires_upgrade.map(|_| false);
    SystemVm { root: known(disk), version: Some(VERSION.into()), requires_upgrade, ..vm }
}

pub(crate) fn system_vms() -> Vec<SystemVm> {
    vec![
        vm(11, VmKind::SecondaryStorage),
        vm(12, VmKind::ConsoleProxy),
        router(13, 201, Redundancy::Single),
        router(14, 202, Redundancy::Primary),
        router(15, 202, Redundancy::Backup),
        SystemVm { serves: Some(Serves::Vpc { id: id(301), name: "vpc1".into() }), ..vm(16, VmKind::Router) },
    ]
}

pub(crate) fn management_host(generation: ScriptGeneration) -> ManagementHost {
    ManagementHost {
        service: "active".into(),
        script: Some(SysvmadmScript {
            path: "/usr/bin/cloudstack-sysvmadm".into(),
            generation,
            sha256: "ab".repeat(32),
        }),
        free_bytes: 10 << 30,
        clock_skew_ms: 40,
        integration_listening: false,
        integration_reachable: false,
        database: DatabaseAccess::Works { host: "localhost".into(), user: "cloud".into() },
        missing_programs: BTreeSet::new(),
    }
}

pub(crate) fn inventory() -> CloudStackInventory {
    let up = |name: &str| ManagementServer { name: name.into(), state: "Up".into(), version: VERSION.into() };
    let host = |name: &str| Hypervisor {
        name: name.into(),
        state: "Up".into(),
        version: Some(VERSION.into()),
        zone: id(ZONE),
    };
    CloudStackInventory {
        version: known(VERSION.into()),
        clock_skew_ms: known(120),
        missing_rights: known(BTreeSet::new()),
        management_servers: known(vec![up("mgmt1")]),
        hypervisors: known(vec![host("kvm1"), host("kvm2")]),
        zones: known(vec![Zone { id: id(ZONE), name: "zone1".into() }]),
        system_vms: known(system_vms()),
        templates: known(vec![SystemTemplate {
            id: id(NEW_TEMPLATE),
            name: "systemvm-kvm-4.20.1-x86_64".into(),
            zone: id(ZONE),
            ready: true,
        }]),
        integration_port: known(0),
        minimum_template_version: known("4.20.1".into()),
        pending_jobs: known(Vec::new()),
        management_hosts: BTreeMap::from([(host_name(), known(management_host(ScriptGeneration::G2)))]),
    }
}

pub(crate) fn host_name() -> HostName {
    HostName::new("mgmt1").unwrap()
}

pub(crate) fn settings() -> CloudStackSettings {
    CloudStackSettings {
        endpoint: "http://192.0.2.1:8080/client/api".into(),
        api_key: SecretRef::Variable("API_KEY".into()),
        secret_key: SecretRef::Variable("SECRET_KEY".into()),
        certificate_sha256: None,
        management_hosts: vec![Host {
            name: host_name(),
            access: Access {
                address: "192.0.2.1".into(),
                port: 22,
                user: "drydock".into(),
                key: SecretRef::File("key".into()),
                host_key: None,
            },
            jump: None,
            elevate: Elevate::Sudo,
        }],
        integration_address: "127.0.0.1".into(),
        database_password: None,
        tuning: Tuning::default(),
    }
}

pub(crate) fn environment() -> Environment {
    Environment {
        id: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
        name: "test".into(),
        labels: BTreeSet::new(),
        risk: RiskClass::Test,
        platform: PlatformSettings::CloudStack(settings()),
    }
}
