//! A story of Cloudify: two simulated managers, an engine, a requester and an approver.

use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use engine::EnvironmentDraft;
use lab::cloudify::{Account, Estate, Manager, ManagerConfig, NewDeployment, Received, Release};
use model::environment::{
    Access, CloudifyManager, CloudifySettings, CloudifyTuning, Elevate, Host, ManagerRest, NewManager, PlatformSettings,
};
use model::event::Outcome;
use model::id::{HostName, RunId, SnapshotId, TenantName};
use model::procedure::{Confirmation, Inputs, MigrateManager};
use model::run::{Status, StepState};
use model::secret::SecretRef;
use model::view::RunView;
use tempfile::TempDir;

use super::desk::{Desk, PATIENCE, outcome, secret};

pub const TENANT: &str = "default_tenant";
/// The last thing that a person does, on a new host.
pub const SHUT_DOWN: &str = "old/shut-down";

pub const OLD_PASSWORD: &str = "old-secret-4711";
pub const NEW_PASSWORD: &str = "new-secret-4712";

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
        Self::begin_with(old, new, tuning(), |_, _| {}).await
    }

    /// The same with something changed: of the old manager, and of the new one.
    pub async fn begin_with(
        old: Release,
        new: Release,
        tuning: CloudifyTuning,
        change: impl FnOnce(&mut ManagerConfig, &mut ManagerConfig),
    ) -> Self {
        let estate = Estate::new();
        let (mut old, mut new) = (config("old", old, OLD_PASSWORD), config("new", new, NEW_PASSWORD));
        old.accounts = vec![Account::user("erika", "erika-secret", &[TENANT])];
        old.deployments = vec![
            NewDeployment::new(TENANT, "web", 2),
            NewDeployment::new(TENANT, "shop", 1),
            NewDeployment::new("team", "data", 1),
        ];
        // Without it a snapshot of 4.0.1 knows the agents of one tenant only (S3).
        old.update_3 = old.release == Release::V4_0_1;
        change(&mut old, &mut new);
        let old = Manager::start(&estate, old).await.unwrap();
        let new = Manager::start(&estate, new).await.unwrap();
        let desk = Desk::open(|folder| {
            let of = |manager: &Manager, name: &str, password: &str| CloudifyManager {
                rest: rest(manager.url(), secret(folder, name, password)),
                host: host(name, folder),
            };
            PlatformSettings::Cloudify(Box::new(CloudifySettings {
                old: of(&old, "cfy-old", OLD_PASSWORD),
                new: NewManager::AnotherHost(Box::new(of(&new, "cfy-new", NEW_PASSWORD))),
                cli: None,
                tuning,
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

    pub fn old(&self) -> &Manager {
        self.old.as_ref().unwrap()
    }

    /// Somebody switches the old manager off. Whom that hurts is written down.
    pub async fn shut_down_old(&mut self) {
        self.old.take().unwrap().switch_off().await;
    }

    /// Waits until the old manager may be shut down, shuts it down, and waits for the end.
    pub async fn attended(&mut self, run: &RunId) -> RunView {
        self.until_step(run, SHUT_DOWN, |state| state.status == Status::Running).await;
        let view = self.engine.run(&self.paul, run).await.unwrap();
        if outcome(&view).is_some() {
            return view;
        }
        self.shut_down_old().await;
        self.end(run).await
    }

    /// What must be true after every migration that has succeeded.
    #[track_caller]
    pub fn assert_whole(&self) {
        let hosts = self.estate.hosts();
        assert_eq!((self.estate.lost(), self.estate.duplicated()), (vec![], vec![]), "lost agents, doubled machines");
        assert_eq!(self.estate.violations(), []);
        for host in &hosts {
            assert_eq!(host.manager(), Some("new"), "{host:?}");
            assert_eq!(host.machines.len(), 1, "{host:?}");
        }
    }

    pub async fn finish(self) {
        self.desk.engine.shutdown().await;
        if let Some(old) = self.old {
            old.stop().await;
        }
        self.new.stop().await;
    }
}

/// How a migration of this release ends when nothing is wrong. Before 4.2 the restore warns of passwords that have to be
/// reset, and what a restore warns of is never kept quiet (S7).
pub fn end_of(old: Release) -> Outcome {
    let warns = old > Release::V3_4_2 && old < Release::V4_2;
    if warns { Outcome::WithErrors } else { Outcome::Succeeded }
}

/// Everything is confirmed that can be.
pub fn migration() -> MigrateManager {
    MigrateManager {
        snapshot: SnapshotId::new("move-1").unwrap(),
        confirmed: Confirmation::ALL.into(),
        ..MigrateManager::default()
    }
}

/// The same once more, with the archive that is kept of it (4.3).
pub fn once_more() -> MigrateManager {
    MigrateManager {
        snapshot: SnapshotId::new("move-2").unwrap(),
        retry_of: Some(SnapshotId::new("move-1").unwrap()),
        ..migration()
    }
}

/// What a manager was asked, where it must not have been changed.
#[track_caller]
pub fn assert_untouched(calls: &[Received]) {
    assert!(calls.iter().all(|call| call.method == "GET"), "it was only looked at: {calls:#?}");
}

pub fn migrate(inputs: MigrateManager) -> Inputs {
    Inputs::MigrateManager(inputs)
}

pub fn config(name: &str, release: Release, password: &str) -> ManagerConfig {
    let mut config = ManagerConfig::new(name, SocketAddr::from(([127, 0, 0, 1], 0)), release);
    config.admin = Account::admin("admin", password);
    config
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

/// The same environment with something changed.
pub async fn change(desk: &Desk, edit: impl FnOnce(&mut CloudifySettings)) {
    let environment = desk.engine.environment(&desk.environment).await.unwrap();
    let PlatformSettings::Cloudify(mut settings) = environment.platform else { panic!("another platform") };
    edit(&mut settings);
    let draft = EnvironmentDraft {
        name: environment.name,
        labels: environment.labels,
        risk: environment.risk,
        platform: PlatformSettings::Cloudify(settings),
    };
    desk.engine.change_environment(None, &desk.environment, draft).await.unwrap();
}
