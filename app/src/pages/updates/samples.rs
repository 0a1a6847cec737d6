//! Environments for the tests of this page.

use std::collections::{BTreeMap, BTreeSet};

use model::cloudstack::{
    AgentState, CloudStackInventory, Redundancy, RootVolume, RouterRole, SystemVm, VmKind, VmState,
};
use model::environment::{CloudStackSettings, Environment, PlatformSettings, RiskClass, Tuning};
use model::id::{CloudId, EnvironmentId};
use model::inventory::{Facts, Inventory};
use model::observed::Observed;
use model::secret::SecretRef;
use model::time::Timestamp;
use model::view::EnvironmentCard;

const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

fn secret() -> SecretRef {
    SecretRef::Variable("KEY".to_owned())
}

/// A cloud that nobody has looked at yet.
pub fn card(name: &str, labels: &[&str]) -> EnvironmentCard {
    let settings = CloudStackSettings {
        endpoint: "https://cloud.example:8443/client/api".to_owned(),
        api_key: secret(),
        secret_key: secret(),
        certificate_sha256: None,
        management_hosts: Vec::new(),
        integration_address: "localhost:8096".to_owned(),
        database_password: None,
        tuning: Tuning::default(),
    };
    EnvironmentCard {
        environment: Environment {
            id: EnvironmentId::new(ID).unwrap(),
            name: name.to_owned(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            risk: RiskClass::Test,
            platform: PlatformSettings::CloudStack(settings),
        },
        inventory: None,
        inventory_error: None,
        open_requests: Vec::new(),
        active_run: None,
        unreviewed: Vec::new(),
        last_run: None,
        now: Timestamp(0),
    }
}

/// The same, looked at: with so many routers that need a restart, and so many of which nobody knows.
pub fn seen(card: EnvironmentCard, at: Timestamp, pending: usize, unknown: usize) -> EnvironmentCard {
    let needs = std::iter::repeat_n(Some(true), pending).chain(std::iter::repeat_n(None, unknown)).chain([Some(false)]);
    let cloud = CloudStackInventory {
        version: known("4.19.1".to_owned(), at),
        clock_skew_ms: known(0, at),
        missing_rights: known(BTreeSet::new(), at),
        management_servers: known(Vec::new(), at),
        hypervisors: known(Vec::new(), at),
        zones: known(Vec::new(), at),
        system_vms: known(needs.map(|need| router(need, at)).collect(), at),
        templates: known(Vec::new(), at),
        integration_port: known(0, at),
        minimum_template_version: known("4.19.1".to_owned(), at),
        pending_jobs: known(Vec::new(), at),
        management_hosts: BTreeMap::new(),
    };
    let inventory = Inventory { taken_at: at, facts: Facts::CloudStack(Box::new(cloud)) };
    EnvironmentCard { inventory: Some(inventory), ..card }
}

fn known<T>(value: T, at: Timestamp) -> Observed<T> {
    Observed::known(value, "test", at)
}

fn router(requires_upgrade: Option<bool>, at: Timestamp) -> SystemVm {
    let id = || CloudId::new(ID).unwrap();
    let root = RootVolume { id: id(), template: Some(id()), created: String::new(), created_at: None };
    SystemVm {
        id: id(),
        name: "r-4-VM".to_owned(),
        kind: VmKind::Router,
        zone: id(),
        state: VmState::Running,
        agent: Some(AgentState::Up),
        version: None,
        software_version: None,
        requires_upgrade,
        redundancy: Redundancy::Single,
        role: RouterRole::VirtualRouter,
        serves: None,
        template: Some(id()),
        template_name: None,
        root: known(root, at),
        hypervisor: None,
        active_sessions: None,
        pending_job: None,
    }
}
