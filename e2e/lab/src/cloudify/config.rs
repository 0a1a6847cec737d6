//! How a manager is set up, and what it manages.

use std::net::SocketAddr;

use rand::distr::{Alphanumeric, SampleString as _};
use serde_json::{Map, Value, json};

use super::data::{BOOTSTRAP, Blueprint, DEFAULT_TENANT, Data, Deployment, Instance, Role, User};
use super::estate::Estate;
use super::release::Release;
use crate::Pace;

/// Everything that is decided before a manager starts.
#[derive(Debug, Clone)]
pub struct ManagerConfig {
    /// What the ground truth calls it.
    pub name: String,
    /// Where it serves; port 80 on real ones. Its broker counts as having the same address.
    pub address: SocketAddr,
    pub release: Release,
    pub edition: Edition,
    /// The user it is set up with.
    pub admin: Account,
    /// Everybody else.
    pub accounts: Vec<Account>,
    /// Besides `default_tenant`.
    pub tenants: Vec<String>,
    pub deployments: Vec<NewDeployment>,
    /// The agent networks of its provider context (N4).
    pub networks: Vec<String>,
    pub pace: Pace,
    /// HTTPS, with a certificate it made for itself.
    pub tls: bool,
    /// In place: whoever installs it gives it the certificate of the one before it.
    pub keeps_certificate: bool,
    /// Bytes of resources in its snapshots, besides the files that matter.
    pub payload: u64,
    /// Whether downloads can be continued. Managers themselves cannot (2.2); what stands in front of one may.
    pub ranges: bool,
    /// Whether a manager without users (3.4.2) asks for a password at all (2.1).
    pub security: bool,
    /// 4.0.1 with its "update-3": snapshots hold the agents of all tenants (P4).
    pub update_3: bool,
    /// How far its own clock is from UTC. Up to 4.2 times are told by that clock, with a `Z` all the same (N12).
    pub minutes_from_utc: i64,
}

/// Community has no users and answers 404 to some questions (7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    Community,
    Premium,
}

/// A user to be.
#[derive(Debug, Clone)]
pub struct Account {
    pub name: String,
    pub password: String,
    pub role: Role,
    /// Tenants the user belongs to. A `sys_admin` belongs to all.
    pub tenants: Vec<String>,
}

/// A deployment to be: a few hosts with an agent each, and something that runs on every host.
#[derive(Debug, Clone)]
pub struct NewDeployment {
    pub tenant: String,
    pub id: String,
    pub hosts: usize,
    /// The state of its hosts; `started` unless said otherwise.
    pub state: String,
    /// Whether its policies heal hosts.
    pub heals: bool,
}

impl ManagerConfig {
    /// An empty manager: one admin, one tenant, one network.
    #[must_use]
    pub fn new(name: &str, address: SocketAddr, release: Release) -> Self {
        Self {
            name: name.to_owned(),
            address,
            release,
            edition: Edition::Premium,
            admin: Account::admin("admin", "admin"),
            accounts: Vec::new(),
            tenants: Vec::new(),
            deployments: Vec::new(),
            networks: vec!["default".to_owned()],
            pace: Pace::Fast,
            tls: false,
            keeps_certificate: false,
            payload: 256 * 1024,
            ranges: false,
            security: true,
            update_3: false,
            minutes_from_utc: 0,
        }
    }
}

impl Account {
    #[must_use]
    pub fn admin(name: &str, password: &str) -> Self {
        Self { name: name.to_owned(), password: password.to_owned(), role: Role::SysAdmin, tenants: Vec::new() }
    }

    #[must_use]
    pub fn user(name: &str, password: &str, tenants: &[&str]) -> Self {
        let tenants = tenants.iter().map(|&tenant| tenant.to_owned()).collect();
        Self { name: name.to_owned(), password: password.to_owned(), role: Role::Default, tenants }
    }
}

impl NewDeployment {
    #[must_use]
    pub fn new(tenant: &str, id: &str, hosts: usize) -> Self {
        let (tenant, id) = (tenant.to_owned(), id.to_owned());
        Self { tenant, id, hosts, state: "started".to_owned(), heals: false }
    }
}

/// The database of a manager that was just set up. What it manages is put into the estate.
pub(super) fn furnish(config: &ManagerConfig, estate: &Estate, salt: &str, now: &str) -> Data {
    let mut data = Data::default();
    data.tenants.insert(DEFAULT_TENANT.to_owned());
    if config.release.has_tenants() {
        data.tenants.extend(config.tenants.iter().cloned());
        data.tenants.extend(config.deployments.iter().map(|deployment| deployment.tenant.clone()));
    }
    let accounts = std::iter::once(&config.admin).chain(&config.accounts);
    for (id, account) in (BOOTSTRAP..).zip(accounts) {
        data.users.push(User {
            id,
            name: account.name.clone(),
            password: account.password.clone(),
            role: account.role,
            tenants: account.tenants.iter().cloned().collect(),
            active: true,
            salt: salt.to_owned(),
            last_login_at: None,
        });
    }
    for wanted in &config.deployments {
        add_deployment(&mut data, config, estate, wanted, now);
    }
    data
}

fn add_deployment(data: &mut Data, config: &ManagerConfig, estate: &Estate, wanted: &NewDeployment, now: &str) {
    let blueprint = format!("{}_blueprint", wanted.id);
    let tenant = if config.release.has_tenants() { wanted.tenant.as_str() } else { DEFAULT_TENANT };
    data.blueprints.push(Blueprint { id: blueprint.clone(), tenant: tenant.to_owned(), created_at: now.to_owned() });
    data.deployments.push(Deployment {
        id: wanted.id.clone(),
        blueprint,
        tenant: tenant.to_owned(),
        created_at: now.to_owned(),
        made_on: config.release,
        heals: wanted.heals,
    });
    for place in 0..wanted.hosts {
        let host = format!("vm_{}", suffix());
        let agent = format!("{host}_{}", suffix());
        let instance = |id: String, node: &str, runtime| Instance {
            id,
            node: node.to_owned(),
            deployment: wanted.id.clone(),
            tenant: tenant.to_owned(),
            host: host.clone(),
            state: wanted.state.clone(),
            version: 1,
            runtime,
        };
        let runtime = host_properties(config, &agent, place);
        data.instances.push(instance(host.clone(), "vm", runtime));
        data.instances.push(instance(format!("app_{}", suffix()), "app", Map::new()));
        estate.add(&config.name, &host, tenant, &wanted.id, &agent);
    }
}

fn host_properties(config: &ManagerConfig, agent: &str, place: usize) -> Map<String, Value> {
    let ip = format!("10.0.{}.{}", place / 250, place % 250 + 1);
    let properties = json!({
        "ip": ip,
        "cloudify_agent": {
            "name": agent, "queue": agent, "ip": ip, "version": config.release.number(), "install_method": "remote",
            "system": "centos core", "broker_config": { "broker_ip": config.address.to_string() },
        },
    });
    match properties {
        Value::Object(properties) => properties,
        _ => Map::new(),
    }
}

/// What makes the id of an instance or of an agent its own.
pub(super) fn suffix() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 8).to_lowercase()
}
