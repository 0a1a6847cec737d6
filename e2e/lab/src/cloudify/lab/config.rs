//! What kind of migration is wanted.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::Pace;
use crate::cloudify::config::{Account, ManagerConfig, NewDeployment};
use crate::cloudify::release::Release;
use crate::lab::LabError;

/// Everything that is decided before a lab starts. The lab chooses the addresses.
#[derive(Debug, Clone)]
pub struct CloudifyLabConfig {
    pub old: ManagerConfig,
    pub new: ManagerConfig,
    pub form: Form,
}

/// The two ways of the vendor's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The new manager is there from the beginning, on a machine of its own (3.3).
    NewHost,
    /// It is installed on the old one's machine, once that one is torn down (3.2).
    SameHost,
}

/// A machine of the lab. In place, old and new are the same machine, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Old,
    New,
    Cli,
}

impl CloudifyLabConfig {
    /// Three deployments in two tenants, one of which heals its hosts; two users beside the admin.
    #[must_use]
    pub fn small(old: Release, new: Release, form: Form) -> Self {
        let mut config = Self::empty(old, new, form);
        let mut web = NewDeployment::new("default_tenant", "web", 2);
        web.heals = true;
        config.old.accounts = vec![
            Account::user("erika", "erika-secret", &["default_tenant"]),
            Account::user("tom", "tom-secret", &["team"]),
        ];
        config.old.tenants = vec!["team".to_owned()];
        config.old.deployments =
            vec![web, NewDeployment::new("default_tenant", "shop", 1), NewDeployment::new("team", "data", 1)];
        config
    }

    /// As many tenants, deployments in each, and hosts in each of those.
    #[must_use]
    pub fn many(old: Release, new: Release, form: Form, [tenants, deployments, hosts]: [usize; 3]) -> Self {
        let mut config = Self::empty(old, new, form);
        config.old.tenants = (1..=tenants).map(|number| format!("tenant{number}")).collect();
        for tenant in &config.old.tenants {
            let made = (1..=deployments).map(|number| NewDeployment::new(tenant, &format!("app{number}"), hosts));
            config.old.deployments.extend(made);
        }
        config
    }

    fn empty(old: Release, new: Release, form: Form) -> Self {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let (first, second) = match form {
            Form::NewHost => ("old", "new"),
            // The estate knows them by address and name.
            Form::SameHost => ("manager", "manager"),
        };
        let mut old = ManagerConfig::new(first, anywhere, old);
        old.admin = Account::admin("admin", "old-secret");
        let mut new = ManagerConfig::new(second, anywhere, new);
        new.admin = Account::admin("admin", "new-secret");
        Self { old, new, form }
    }

    /// Speed of both.
    #[must_use]
    pub fn at(mut self, pace: Pace) -> Self {
        self.old.pace = pace;
        self.new.pace = pace;
        self
    }

    /// HTTPS for both.
    #[must_use]
    pub fn with_tls(mut self) -> Self {
        self.old.tls = true;
        self.new.tls = true;
        self
    }
}

/// The ports of a real manager, where the lab may use them.
pub(super) fn address(ip: &str, tls: bool) -> Result<SocketAddr, LabError> {
    let failed = |error: &dyn std::fmt::Display| LabError::NoFreeAddress { reason: error.to_string() };
    let ip: IpAddr = ip.parse().map_err(|error| failed(&error))?;
    let ports = if tls { [443, 8443] } else { [80, 8080] };
    let mut last = None;
    for port in ports {
        match std::net::TcpListener::bind((ip, port)) {
            Ok(_) => return Ok(SocketAddr::new(ip, port)),
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(|| failed(&"no port"), |error| failed(&error)))
}
