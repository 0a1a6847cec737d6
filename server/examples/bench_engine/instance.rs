//! An engine with a database and an environment of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use engine::{AuditSettings, Engine, EnvironmentDraft, Followed, NewPerson, Settings, Tail};
use model::environment::{Access, CloudStackSettings, Elevate, Host, HostKey, PlatformSettings, RiskClass, Tuning};
use model::event::{Event, EventKind, Outcome};
use model::id::{EnvironmentId, HostName, RunId};
use model::people::{Person, Role};
use model::plan::Plan;
use model::secret::SecretRef;
use tempfile::TempDir;

use crate::hosts::{Hosts, name};

/// Of everybody here.
pub const PASSWORD: &str = "a long password";

pub struct Drydock {
    pub engine: Engine,
    pub by: Person,
    pub environment: EnvironmentId,
    _folder: TempDir,
}

impl Drydock {
    /// On a new SQLite file, with these hosts; none are needed for steps that reach none.
    pub async fn on_sqlite(hosts: Option<&Hosts>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", folder.path().join("drydock.db").display());
        Self::open(&database, "bench", folder, hosts).await
    }

    pub async fn open(database: &str, instance: &str, folder: TempDir, hosts: Option<&Hosts>) -> Self {
        let engine = open_engine(database, instance, folder.path()).await;
        let roles = [Role::Requester, Role::Operator].into_iter().collect();
        let new = NewPerson { name: format!("{instance}-rita"), password: PASSWORD.into(), roles };
        let by = engine.add_person(None, new).await.unwrap();
        let key = folder.path().join("api-key");
        std::fs::write(&key, "not used by a shell step").unwrap();
        let environment = engine.add_environment(None, draft(&key, hosts)).await.unwrap();
        Self { engine, by, environment, _folder: folder }
    }

    pub async fn start(&self, plan: Plan) -> RunId {
        self.engine.start_unapproved(&self.by, &self.environment, plan).await.unwrap()
    }

    /// Carries out a plan on the hosts: how long until the run is over, and what happened.
    pub async fn run(&self, plan: Plan) -> (Duration, Vec<Event>) {
        let begun = Instant::now();
        let run = self.start(plan).await;
        let mut tail = self.engine.follow(&run, 0).await.unwrap();
        let mut all = Vec::new();
        while let Some(events) = next(&mut tail).await {
            all.extend(events);
        }
        let time = begun.elapsed();
        assert_succeeded(&all);
        eprintln!("    {:.1} s for a run", time.as_secs_f64());
        (time, all)
    }
}

pub async fn open_engine(database: &str, instance: &str, folder: &Path) -> Engine {
    let settings = Settings {
        database_url: database.to_owned(),
        data_dir: folder.join("data"),
        archive_dir: folder.join("data").join("archives"),
        key_file: folder.join("key"),
        instance: instance.to_owned(),
        audit: AuditSettings::below(folder),
        webhook_ca_file: None,
    };
    Engine::open(settings).await.unwrap()
}

/// What comes next of a run; `None` when it is over.
pub async fn next(tail: &mut Tail) -> Option<Vec<Event>> {
    match tail.next().await.unwrap() {
        Followed::Events(events) => Some(events),
        Followed::End => None,
    }
}

pub fn assert_succeeded(events: &[Event]) {
    let last = events.last().map(|event| &event.kind);
    let failed = events.iter().find(|event| matches!(event.kind, EventKind::StepFailed { .. }));
    let succeeded = EventKind::Finished { outcome: Outcome::Succeeded };
    assert_eq!(last, Some(&succeeded), "a run that fails measures nothing: {failed:?}");
}

fn draft(key: &Path, hosts: Option<&Hosts>) -> EnvironmentDraft {
    let reference = || SecretRef::File(key.display().to_string());
    EnvironmentDraft {
        name: format!("bench {}", key.display()),
        labels: BTreeSet::new(),
        risk: RiskClass::Test,
        platform: PlatformSettings::CloudStack(CloudStackSettings {
            endpoint: "http://127.0.0.1:9/client/api".to_owned(),
            api_key: reference(),
            secret_key: reference(),
            certificate_sha256: None,
            management_hosts: hosts.map(management_hosts).unwrap_or_default(),
            integration_address: "127.0.0.1".to_owned(),
            database_password: None,
            tuning: Tuning::default(),
        }),
    }
}

fn management_hosts(hosts: &Hosts) -> Vec<Host> {
    let key = std::fs::read_to_string(hosts.file("host_key.pub")).unwrap();
    let words: Vec<&str> = key.split_whitespace().collect();
    let key = HostKey { algorithm: words[0].to_owned(), key: words[1].to_owned(), fingerprint: String::new() };
    let host = |(number, port): (usize, &u16)| Host {
        name: HostName::new(name(number)).unwrap(),
        access: Access {
            address: "127.0.0.1".to_owned(),
            port: *port,
            user: hosts.user.clone(),
            key: SecretRef::File(hosts.file("user_key")),
            host_key: Some(key.clone()),
        },
        jump: None,
        elevate: Elevate::No,
    };
    hosts.ports.iter().enumerate().map(host).collect()
}
