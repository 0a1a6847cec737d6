//! A story of Cloudify with machines: managers that people reach over SSH, are torn down, installed and rebooted.

use std::ops::{Deref, DerefMut};

use lab::LabHost;
use lab::cloudify::{CloudifyLab, CloudifyLabConfig, CloudifyTruth, Form, Place};
use model::cloudify::ManagerVersion;
use model::environment::{
    CloudifyManager, CloudifySettings, CloudifyTuning, ManagerRest, NewManager, PlatformSettings,
};
use model::id::{RunId, TenantName};
use model::procedure::MigrateManager;
use model::run::Status;
use model::view::RunView;

use super::desk::{Desk, host, outcome, secret};
use super::managers::{SHUT_DOWN, TENANT, migration, tuning};

const TEARDOWN: &str = "in-place/teardown";
const INSTALL: &str = "in-place/install";

pub struct MigrationStory {
    pub lab: CloudifyLab,
    desk: Desk,
}

impl Deref for MigrationStory {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl DerefMut for MigrationStory {
    fn deref_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

impl MigrationStory {
    pub async fn begin(config: CloudifyLabConfig) -> Self {
        Self::begin_with(config, tuning()).await
    }

    /// Things can be sealed: the server has its key.
    pub async fn begin_with(config: CloudifyLabConfig, tuning: CloudifyTuning) -> Self {
        let lab = CloudifyLab::start(config).await.unwrap();
        let details = lab.details("").await;
        let desk = Desk::open(|folder| {
            let of = |which: &lab::cloudify::ManagerDetails, name: &str| ManagerRest {
                endpoint: which.url.clone(),
                user: which.user.clone(),
                password: secret(folder, name, &which.password),
                tenant: TenantName::new(TENANT).unwrap(),
                certificate_sha256: which.certificate.clone(),
            };
            let (old, new) = (of(&details.old, "old"), of(&details.new, "new"));
            PlatformSettings::Cloudify(Box::new(CloudifySettings {
                old: CloudifyManager { rest: old, host: host(&details.old_host) },
                new: match details.form {
                    Form::SameHost => NewManager::SameHost(new),
                    Form::NewHost => {
                        NewManager::AnotherHost(Box::new(CloudifyManager { rest: new, host: host(&details.new_host) }))
                    }
                },
                cli: Some(host(&details.cli)),
                tuning,
            }))
        });
        let desk = desk.await;
        desk.make_key();
        let machines: Vec<LabHost> = match details.form {
            Form::SameHost => vec![details.old_host, details.cli],
            Form::NewHost => vec![details.old_host, details.new_host, details.cli],
        };
        desk.accept_host_keys(&machines).await;
        Self { lab, desk }
    }

    /// Does what the run waits for people to do, until it is over: teardown, installation, the old manager's end.
    pub async fn attended(&self, run: &RunId) -> RunView {
        let mut done = Vec::new();
        loop {
            let view = self.until(run, "a person is needed, or the run is over", |view| {
                outcome(view).is_some() || awaited(view).is_some_and(|step| !done.contains(&step))
            });
            let view = view.await;
            let Some(step) = awaited(&view).filter(|_| outcome(&view).is_none()) else { return view };
            match step {
                TEARDOWN => self.lab.tear_down().await.unwrap(),
                INSTALL => self.lab.install().await.unwrap(),
                _ => self.lab.power_off(Place::Old).await,
            }
            done.push(step);
        }
    }

    pub async fn truth(&self) -> CloudifyTruth {
        self.lab.truth().await
    }

    pub async fn finish(self) {
        self.desk.engine.shutdown().await;
        self.lab.stop().await.unwrap();
    }
}

/// The step that waits for a person at this moment.
fn awaited(view: &RunView) -> Option<&'static str> {
    [TEARDOWN, INSTALL, SHUT_DOWN].into_iter().find(|step| {
        let found = view.state.steps.iter().find(|(id, _)| id.as_str() == *step);
        found.is_some_and(|(_, state)| state.status == Status::Running)
    })
}

/// In the old manager's place.
pub fn in_place(release: lab::cloudify::Release) -> MigrateManager {
    let release: ManagerVersion = release.number().parse().unwrap();
    MigrateManager { release: Some(release), ..migration() }
}

/// What must be true after every migration that has succeeded.
#[track_caller]
pub fn assert_whole(truth: &CloudifyTruth, hosts: usize) {
    assert_eq!((&truth.lost, &truth.duplicated), (&vec![], &vec![]), "agents that were lost, machines that are twice");
    assert_eq!(truth.violations, []);
    assert_eq!(truth.hosts.len(), hosts);
    for host in &truth.hosts {
        assert_eq!(host.agents.len(), 2, "an old agent and a new one: {host:?}");
        assert_eq!(host.machines.len(), 1, "{host:?}");
    }
}
