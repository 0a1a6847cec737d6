//! A story of Cloudify: two simulated managers, an engine, a requester and an approver.

use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use lab::cloudify::{Account, Estate, Manager, ManagerConfig, NewDeployment, Release};
use model::environment::{
    Access, CloudifyManager, CloudifySettings, CloudifyTuning, Elevate, Host, ManagerRest, NewManager, PlatformSettings,
};
use model::id::{HostName, RunId, SnapshotId, TenantName};
use model::procedure::{Confirmation, Inputs, MigrateManager};
use model::run::StepState;
use model::secret::SecretRef;
use tempfile::TempDir;

use super::desk::{Desk, PATIENCE, secret};

pub const TENANT: &str = "default_tenant";

/// Waits that suit the lab, in seconds.
pub fn tuning() -> CloudifyTuning {
    CloudifyTuning {
        idle_deadline: 30,
        quiet_time: 60,
        snapshot_deadline: 30,
        transfer_deadline: 60,
        restore_deadline: 60,
        restart_pause: 1,
        restart_deadline: 60,
        agents_deadline: 30,
        hold: 0,
        ..CloudifyTuning::default()
    }
}

pub struct ManagersStory {
    pub estate: Estate,
    pub old: Option<Manager>,
    pub new: Manager,
    desk: Desk,
}

impl Deref for ManagersStory {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl ManagersStory {
    /// Two tenants, three deployments with four agents, a second user.
    pub async fn begin(old: Release, new: Release) -> Self {
        let estate = Estate::new();
        let old = manager(&estate, "old", old, "old-secret-4711", |config| {
            config.accounts = vec![Account::user("erika", "erika-secret", &[TENANT])];
            config.deployments = vec![
                NewDeployment::new(TENANT, "web", 2),
                NewDeployment::new(TENANT, "shop", 1),
                NewDeployment::new("team", "data", 1),
            ];
        })
        .await;
        let new = manager(&estate, "new", new, "new-secret-4712", |_| {}).await;
        let desk = Desk::open(|folder| {
            let of = |manager: &Manager, name: &str, password: &str| CloudifyManager {
                rest: rest(manager.url(), secret(folder, name, password)),
                host: host(name, folder),
            };
            PlatformSettings::Cloudify(Box::new(CloudifySettings {
                old: of(&old, "cfy-old", "old-secret-4711"),
                new: NewManager::AnotherHost(Box::new(of(&new, "cfy-new", "new-secret-4712"))),
                cli: None,
                tuning: tuning(),
            }))
        });
        let desk = desk.await;
        Self { estate, old: Some(old), new, desk }
    }

    /// Which managers the agents of all hosts belong to.
    pub fn owners(&self) -> Vec<Option<String>> {
        self.estate.hosts().iter().map(|host| host.manager().map(ToOwned::to_owned)).collect()
    }

    /// Waits until a step of a run is as wanted.
    pub async fn until_step(&self, run: &RunId, step: &str, holds: impl Fn(&StepState) -> bool) {
        let look = async {
            loop {
                let view = self.engine.run(&self.paul, run).await.unwrap();
                let state = view.state.steps.iter().find(|(id, _)| id.as_str() == step).map(|(_, state)| state);
                if state.is_some_and(&holds) || view.state.ended_at.is_some() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, look).await.is_err() {
            let view = self.engine.run(&self.paul, run).await.unwrap();
            panic!("{step} never came to that: {:#?}", view.state);
        }
    }

    /// Somebody switches the old manager off.
    pub async fn shut_down_old(&mut self) {
        self.old.take().unwrap().stop().await;
    }

    pub async fn finish(self) {
        self.desk.engine.shutdown().await;
        if let Some(old) = self.old {
            old.stop().await;
        }
        self.new.stop().await;
    }
}

/// Everything is confirmed that can be.
pub fn migration() -> MigrateManager {
    MigrateManager {
        snapshot: SnapshotId::new("move-1").unwrap(),
        confirmed: Confirmation::ALL.into(),
        ..MigrateManager::default()
    }
}

pub fn migrate(inputs: MigrateManager) -> Inputs {
    Inputs::MigrateManager(inputs)
}

async fn manager(
    estate: &Estate,
    name: &str,
    release: Release,
    password: &str,
    change: impl FnOnce(&mut ManagerConfig),
) -> Manager {
    let mut config = ManagerConfig::new(name, SocketAddr::from(([127, 0, 0, 1], 0)), release);
    config.admin = Account::admin("admin", password);
    change(&mut config);
    Manager::start(estate, config).await.unwrap()
}

/// Nobody listens there: these stories need nothing but REST.
fn host(name: &str, folder: &TempDir) -> Host {
    let key = secret(folder, "key", "no key");
    let access = Access { address: format!("{name}.invalid"), port: 22, user: "root".to_owned(), key, host_key: None };
    Host { name: HostName::new(name).unwrap(), access, jump: None, elevate: Elevate::No }
}

fn rest(endpoint: String, password: SecretRef) -> ManagerRest {
    let tenant = TenantName::new(TENANT).unwrap();
    ManagerRest { endpoint, user: "admin".to_owned(), password, tenant, certificate_sha256: None }
}
