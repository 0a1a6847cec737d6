//! How a Cloudify manager and its successor are reached. Numbers are sections of the dossier "Cloudify Manager: upgrade".

use serde::{Deserialize, Serialize};

use super::Host;
use crate::id::TenantName;
use crate::secret::SecretRef;

/// A manager that is to be migrated, and what it is to be migrated to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudifySettings {
    /// The manager that is in use today: 3.4.2 or 4.x.
    pub old: CloudifyManager,
    /// What takes its place: 4.2 or later.
    pub new: NewManager,
    /// Where `cfy` is run, when a step is run by it.
    pub cli: Option<Host>,
    /// Waits and limits.
    pub tuning: CloudifyTuning,
}

/// One manager: its REST service and its machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudifyManager {
    /// See [`ManagerRest`].
    pub rest: ManagerRest,
    /// The machine it runs on.
    pub host: Host,
}

/// What takes the old manager's place: the two ways of the vendor's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "on")]
pub enum NewManager {
    /// A manager on a machine of its own, to which the agents are migrated.
    AnotherHost(Box<CloudifyManager>),
    /// The same machine, after the old manager was torn down and the new release was installed there.
    ///
    /// Its admin is another one than the old manager's until the snapshot is restored, so its credentials are asked
    /// for all the same (dossier 0, fact 4).
    SameHost(ManagerRest),
}

/// The REST service of one manager, and the admin who logs in there.
///
/// Only the admin the manager was bootstrapped with may restore a snapshot (4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerRest {
    /// For example `http://10.0.0.5` or `https://manager.example:443`; the paths of the API are added.
    pub endpoint: String,
    /// Name of the admin.
    pub user: String,
    /// The admin's password.
    pub password: SecretRef,
    /// The tenant in whose name what belongs to no tenant is asked for. 3.4.2 has none and ignores it.
    pub tenant: TenantName,
    /// SHA-256 of the server's certificate (hexadecimal), where it is self-signed.
    pub certificate_sha256: Option<String>,
}

/// Waits and limits of one migration, in seconds where nothing else is said. The defaults are those of dossier 3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CloudifyTuning {
    /// How often a manager is asked about what is under way (3.5: 5).
    pub poll: u32,
    /// How long a run waits until nothing is executed on a manager any more (P5).
    pub idle_deadline: u32,
    /// How long nobody else may have logged in when a run begins (P6).
    pub quiet_time: u32,
    /// How long a snapshot may take (P11: 2 h).
    pub snapshot_deadline: u32,
    /// How long one transfer of a snapshot may take (P12: by its size).
    pub transfer_deadline: u32,
    /// How long the teardown of the old manager may take (I2: 15 min).
    pub teardown_deadline: u32,
    /// How long the installation of the new release may take (I3: 60 min).
    pub install_deadline: u32,
    /// How long a restore may take (I7: 2 to 6 h). An operator can extend it; a restore is never cancelled (3.5, 7).
    pub restore_deadline: u32,
    /// What passes at least between the end of a restore and the first question that counts (S8: 10).
    pub restart_pause: u32,
    /// How long REST may take to come back after that (N7: 120).
    pub restart_deadline: u32,
    /// How many good answers in a row prove that it has (3.5, 5: 3). A number, not seconds.
    pub good_answers: u32,
    /// How long a manager's machine may take to reboot (I8: 15 min).
    pub reboot_deadline: u32,
    /// What `install_new_agents` is told to wait for one agent (4.5: 300).
    pub agent_timeout: u32,
    /// How long the installation of agents may take for one deployment (1.3: the CLI's 900).
    pub agents_deadline: u32,
    /// For how many deployments agents are installed at once (3.6). A number, not seconds.
    pub agents_at_once: u32,
    /// How often both managers are asked for heals while the window is open (N12: 30).
    pub heal_poll: u32,
    /// The difference between the clocks above which nothing is started.
    pub clock_skew: u32,
    /// How many times the size of a snapshot has to be free where it is made, kept and restored (P13: 3).
    pub free_factor: u32,
    /// How long a run in which something failed waits for a decision before it closes what it opened. 0: not at all.
    pub hold: u32,
}

impl Default for CloudifyTuning {
    fn default() -> Self {
        Self {
            poll: 5,
            idle_deadline: 14_400,
            quiet_time: 900,
            snapshot_deadline: 7200,
            transfer_deadline: 21_600,
            teardown_deadline: 900,
            install_deadline: 3600,
            restore_deadline: 21_600,
            restart_pause: 10,
            restart_deadline: 120,
            good_answers: 3,
            reboot_deadline: 900,
            agent_timeout: 300,
            agents_deadline: 900,
            agents_at_once: 5,
            heal_poll: 30,
            clock_skew: 30,
            free_factor: 3,
            hold: 1800,
        }
    }
}

impl NewManager {
    /// How the new manager's REST service is reached.
    #[must_use]
    pub fn rest(&self) -> &ManagerRest {
        match self {
            Self::AnotherHost(manager) => &manager.rest,
            Self::SameHost(rest) => rest,
        }
    }
}

/// Why the two managers cannot be what the settings say. `field` is named as in a file of settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct SameMachine {
    /// For example `new.endpoint`.
    pub field: &'static str,
    /// What is wrong, and what a person can do.
    pub problem: String,
}

impl CloudifySettings {
    /// The machines that are reached over SSH, each once: old manager, new manager, CLI.
    #[must_use]
    pub fn hosts(&self) -> Vec<&Host> {
        let new = match &self.new {
            NewManager::AnotherHost(manager) => Some(&manager.host),
            NewManager::SameHost(_) => None,
        };
        std::iter::once(&self.old.host).chain(new).chain(&self.cli).collect()
    }

    /// The same, to be changed.
    pub fn hosts_mut(&mut self) -> Vec<&mut Host> {
        let new = match &mut self.new {
            NewManager::AnotherHost(manager) => Some(&mut manager.host),
            NewManager::SameHost(_) => None,
        };
        std::iter::once(&mut self.old.host).chain(new).chain(&mut self.cli).collect()
    }

    /// The machine the new manager runs on.
    #[must_use]
    pub fn new_host(&self) -> &Host {
        match &self.new {
            NewManager::AnotherHost(manager) => &manager.host,
            NewManager::SameHost(_) => &self.old.host,
        }
    }

    /// Whether the two managers are on two machines when the settings say so, and on one when they say that: a restore
    /// onto the manager it came from would wipe it.
    pub fn check_machines(&self) -> Result<(), SameMachine> {
        let old = &self.old;
        match &self.new {
            NewManager::AnotherHost(new) => {
                if machine_of(&new.rest.endpoint) == machine_of(&old.rest.endpoint) {
                    let problem = format!(
                        "{} is the old manager: give the new one's address, or say that it comes on the same host",
                        new.rest.endpoint
                    );
                    return Err(SameMachine { field: "new.endpoint", problem });
                }
                if new.host.name == old.host.name || is_one_login(&new.host, &old.host) {
                    let problem = format!(
                        "{} at {} is the old manager's host: give the new one's, or say that it comes on the same host",
                        new.host.name, new.host.access.address
                    );
                    return Err(SameMachine { field: "new.host", problem });
                }
                Ok(())
            }
            NewManager::SameHost(new) => {
                let (ours, theirs) = (machine_of(&new.endpoint), machine_of(&old.rest.endpoint));
                if ours.as_ref().map(|(host, _)| host) == theirs.as_ref().map(|(host, _)| host) {
                    return Ok(());
                }
                let problem = format!(
                    "{} is not on the old manager's host, {}: agents find a manager that is upgraded in place at the \
                     old address",
                    new.endpoint, old.rest.endpoint
                );
                Err(SameMachine { field: "new.endpoint", problem })
            }
        }
    }
}

/// Two addresses behind different jump hosts may be two machines.
fn is_one_login(a: &Host, b: &Host) -> bool {
    let place = |host: &Host| {
        let of = |access: &super::Access| (access.address.to_ascii_lowercase(), access.port);
        (of(&host.access), host.jump.as_ref().map(of))
    };
    place(a) == place(b)
}

/// Host and port of an address. A manager serves REST on 80 and, with TLS, on 443: both are the same manager's, and
/// count as the same port here.
#[must_use]
pub fn machine_of(endpoint: &str) -> Option<(String, u16)> {
    let (scheme, rest) = endpoint.split_once("://")?;
    let authority = rest.split('/').next()?;
    let (host, port) = match authority.rsplit_once(':') {
        // The last colon of `[fd00::1]` parts nothing.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, if scheme == "https" { 443 } else { 80 }),
    };
    let port = if port == 443 { 80 } else { port };
    (!host.is_empty()).then(|| (host.trim_end_matches('.').to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{Access, Elevate};
    use crate::id::HostName;

    fn manager(endpoint: &str, host: &str, address: &str) -> CloudifyManager {
        let key = SecretRef::Variable("KEY".to_owned());
        let access = Access { address: address.to_owned(), port: 22, user: "root".to_owned(), key, host_key: None };
        let name = HostName::new(host).unwrap();
        CloudifyManager { rest: rest(endpoint), host: Host { name, access, jump: None, elevate: Elevate::Sudo } }
    }

    fn rest(endpoint: &str) -> ManagerRest {
        ManagerRest {
            endpoint: endpoint.to_owned(),
            user: "admin".to_owned(),
            password: SecretRef::Variable("PASSWORD".to_owned()),
            tenant: TenantName::new("default_tenant").unwrap(),
            certificate_sha256: None,
        }
    }

    fn problem(new: NewManager) -> Option<&'static str> {
        let old = manager("http://10.0.0.5", "old", "10.0.0.5");
        let settings = CloudifySettings { old, new, cli: None, tuning: CloudifyTuning::default() };
        settings.check_machines().err().map(|error| error.field)
    }

    #[test]
    fn the_old_manager_given_as_the_new_one_is_refused_by_the_field() {
        let another =
            |endpoint, host, address| problem(NewManager::AnotherHost(Box::new(manager(endpoint, host, address))));
        assert_eq!(another("http://10.0.0.6", "new", "10.0.0.6"), None);
        assert_eq!(another("http://10.0.0.5:8080", "new", "10.0.0.6"), None);
        for same in ["http://10.0.0.5/", "http://10.0.0.5:80", "https://10.0.0.5", "https://10.0.0.5:443/"] {
            assert_eq!(another(same, "new", "10.0.0.6"), Some("new.endpoint"), "{same}");
        }
        assert_eq!(another("http://10.0.0.6", "old", "10.0.0.6"), Some("new.host"));
        assert_eq!(another("http://10.0.0.6", "new", "10.0.0.5"), Some("new.host"));
    }

    #[test]
    fn a_manager_that_comes_in_place_keeps_its_address() {
        assert_eq!(problem(NewManager::SameHost(rest("https://10.0.0.5"))), None);
        assert_eq!(problem(NewManager::SameHost(rest("http://10.0.0.6"))), Some("new.endpoint"));
    }

    #[test]
    fn addresses_of_machines_are_compared_without_what_does_not_matter() {
        assert_eq!(machine_of("https://Manager.example./api"), Some(("manager.example".to_owned(), 80)));
        assert_eq!(machine_of("http://[fd00::1]"), Some(("[fd00::1]".to_owned(), 80)));
        assert_eq!(machine_of("http://[fd00::1]:8080"), Some(("[fd00::1]".to_owned(), 8080)));
        assert_eq!(machine_of("10.0.0.5"), None);
    }
}
