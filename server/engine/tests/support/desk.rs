//! What every story has, whatever the platform: an engine, a requester, an approver, and an environment.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use engine::{AuditSettings, Engine, EngineError, EnvironmentDraft, Followed, NewPerson, Pace, Settings};
use lab::LabHost;
use model::connection::ConnectionReport;
use model::environment::{Access, Elevate, Host, PlatformSettings, RiskClass};
use model::event::{Event, EventKind, Outcome};
use model::id::{EnvironmentId, HostName, RequestId, RunId};
use model::people::{Person, Role};
use model::procedure::Inputs;
use model::request::Decision;
use model::run::{Phase, Status};
use model::secret::SecretRef;
use model::view::{EnvironmentCard, RequestView, RunView};
use tempfile::TempDir;

/// The lab is quick, so looks can be.
pub const QUICK: Pace = Pace {
    quickest: Duration::from_millis(30),
    slowest: Duration::from_millis(300),
    grace: Duration::from_secs(1),
    finally_retry: Duration::from_millis(500),
    beat: Duration::from_millis(500),
    lease: Duration::from_secs(5),
    checkpoint: Duration::from_secs(60),
    read: Duration::from_secs(1),
    delivery: engine::DeliveryPace::USUAL,
};

/// Longer than any story may take: a hanging one fails instead of blocking everything.
pub const PATIENCE: Duration = Duration::from_secs(240);

pub struct Desk {
    pub engine: Engine,
    pub rita: Person,
    pub paul: Person,
    pub environment: EnvironmentId,
    settings: Settings,
    folder: TempDir,
}

impl Desk {
    /// An engine on a new database, with one environment whose settings `platform` makes; secrets lie in the folder.
    pub async fn open(platform: impl FnOnce(&TempDir) -> PlatformSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            database_url: format!("sqlite://{}", folder.path().join("drydock.db").display()),
            data_dir: folder.path().join("data"),
            archive_dir: folder.path().join("data").join("archives"),
            key_file: folder.path().join("key"),
            instance: "test".to_owned(),
            audit: AuditSettings::below(folder.path()),
            webhook_ca_file: None,
        };
        let engine = Engine::open_with(settings.clone(), QUICK).await.unwrap();
        let roles = |roles: &[Role]| roles.iter().copied().collect();
        let add = async |name: &str, granted: &[Role]| {
            let new = NewPerson { name: name.into(), password: "a long password".into(), roles: roles(granted) };
            engine.add_person(None, new).await.unwrap()
        };
        let rita = add("rita", &[Role::Requester, Role::Operator]).await;
        let paul = add("paul", &[Role::Approver, Role::Operator]).await;
        let draft = EnvironmentDraft {
            name: "lab".into(),
            labels: BTreeSet::new(),
            risk: RiskClass::Test,
            platform: platform(&folder),
        };
        let environment = engine.add_environment(None, draft).await.unwrap();
        Self { engine, rita, paul, environment, settings, folder }
    }

    /// As an admin would: shown fingerprints are compared with what the machine itself says.
    pub async fn accept_host_keys(&self, hosts: &[LabHost]) {
        let report = self.report().await;
        for (host, lab) in report.hosts.iter().zip(hosts) {
            let shown = host.offered.iter().find(|offered| offered.key.fingerprint == lab.fingerprint);
            let shown = shown.unwrap_or_else(|| panic!("{} does not show {}: {host:#?}", host.name, lab.fingerprint));
            let (of, key) = (shown.of, shown.key.clone());
            self.engine.accept_host_key(None, &self.environment, &host.name, of, key).await.unwrap();
        }
    }

    /// As an admin would: from now on things can be sealed.
    pub fn make_key(&self) {
        std::fs::write(&self.settings.key_file, [7; 32]).unwrap();
    }

    /// The files of the server, and of its database, in which these bytes stand.
    pub fn files_with(&self, bytes: &[u8]) -> Vec<PathBuf> {
        let mut folders = vec![self.folder.path().to_owned()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else if std::fs::read(&entry).unwrap_or_default().windows(bytes.len()).any(|part| part == bytes) {
                    found.push(entry);
                }
            }
        }
        found
    }

    pub async fn report(&self) -> ConnectionReport {
        self.engine.test_connection(None, &self.environment).await.unwrap()
    }

    pub async fn ask(&self, inputs: Inputs) -> Result<RequestId, EngineError> {
        self.engine.prepare(&self.rita, &self.environment, inputs, "test").await
    }

    pub async fn request(&self, id: &RequestId) -> RequestView {
        self.engine.request(&self.paul, id).await.unwrap()
    }

    pub async fn approve(&self, id: &RequestId) {
        let digest = self.request(id).await.request.digest;
        self.engine.decide(&self.paul, id, &digest, Decision::Approve, "").await.unwrap();
    }

    pub async fn start(&self, id: &RequestId) -> Result<RunId, EngineError> {
        let digest = self.request(id).await.request.digest;
        self.engine.start(&self.paul, id, &digest).await
    }

    /// Prepares, approves and starts.
    pub async fn carry_out(&self, inputs: Inputs) -> RunId {
        let request = self.ask(inputs).await.unwrap();
        self.approve(&request).await;
        match self.start(&request).await {
            Ok(run) => run,
            Err(error) => panic!("{error}\n{:#?}", self.request(&request).await.request.prechecks),
        }
    }

    /// Waits until the run is over. One that does nothing any more is not waited for.
    pub async fn end(&self, run: &RunId) -> RunView {
        let mut tail = self.engine.follow(run, 0).await.unwrap();
        loop {
            match tokio::time::timeout(PATIENCE, tail.next()).await {
                Ok(next) => {
                    if !matches!(next.unwrap(), Followed::Events(_)) {
                        return self.engine.run(&self.rita, run).await.unwrap();
                    }
                }
                Err(_) => {
                    panic!("the run does not end: {:#?}", self.engine.run(&self.rita, run).await.unwrap().state)
                }
            }
        }
    }

    /// Waits until something holds of the run.
    pub async fn until(&self, run: &RunId, what: &str, holds: impl Fn(&RunView) -> bool) -> RunView {
        let wait = async {
            loop {
                let view = self.engine.run(&self.rita, run).await.unwrap();
                if holds(&view) {
                    return view;
                }
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(view) => view,
            Err(_) => panic!("{what} never held: {:#?}", self.engine.run(&self.rita, run).await.unwrap().state),
        }
    }

    /// Waits until something holds of the environment's card.
    pub async fn until_card(&self, what: &str, holds: impl Fn(&EnvironmentCard) -> bool) {
        let wait = async {
            while !holds(&self.engine.environment_card(&self.environment).await.unwrap()) {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "{what} never came");
    }

    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Waits until a step has begun. A quick one may be over by then.
    pub async fn until_begun(&self, run: &RunId, step: &str) {
        let has_begun = |view: &RunView| {
            let has_begun = view.state.steps.keys().any(|id| id.as_str() == step);
            assert!(has_begun || outcome(view).is_none(), "{step} is not reached: {}", complaints(view));
            has_begun
        };
        self.until(run, step, has_begun).await;
    }

    /// The server goes away and another one is started on the same database.
    pub async fn restart_server(&mut self) {
        self.engine.shutdown().await;
        self.engine = Engine::open_with(self.settings.clone(), QUICK).await.unwrap();
        self.engine.resume().await.unwrap();
    }
}

pub fn secret(folder: &TempDir, name: &str, value: &str) -> SecretRef {
    let path = folder.path().join(name);
    std::fs::write(&path, value).unwrap();
    SecretRef::File(path.display().to_string())
}

pub fn host(host: &LabHost) -> Host {
    Host {
        name: HostName::new(host.name.clone()).unwrap(),
        access: Access {
            address: host.address.clone(),
            port: host.port,
            user: host.user.clone(),
            key: SecretRef::File(host.private_key.display().to_string()),
            host_key: None,
        },
        jump: None,
        elevate: if host.user == "root" { Elevate::No } else { Elevate::Sudo },
    }
}

pub fn outcome(view: &RunView) -> Option<Outcome> {
    match view.state.phase {
        Phase::Over(outcome) => Some(outcome),
        Phase::Stages | Phase::Finally => None,
    }
}

/// Everything a step has to say about why it failed, stopped or is unknown.
pub fn complaints(view: &RunView) -> String {
    let words = view.state.steps.iter().filter_map(|(id, step)| match &step.status {
        Status::Failed { reason, .. } => Some(format!("{id} failed: {reason}")),
        Status::Unknown { question, .. } => Some(format!("{id} unknown: {question}")),
        Status::Stopped { evidence } => Some(format!("{id} stopped: {evidence}")),
        Status::Skipped { evidence } => Some(format!("{id} skipped: {evidence}")),
        Status::Running | Status::Done { .. } | Status::NotBegun | Status::Freed { .. } => None,
    });
    let gate = view.state.wait().map(|wait| format!("the run: {}", wait.reason.words()));
    let words = words.chain(gate);
    words.collect::<Vec<_>>().join("\n")
}

#[track_caller]
pub fn assert_outcome(view: &RunView, wanted: Outcome) {
    assert_eq!(outcome(view), Some(wanted), "{}", complaints(view));
}

/// Every event of a run, output included.
pub async fn events(desk: &Desk, run: &RunId) -> Vec<Event> {
    let mut tail = desk.engine.follow(run, 0).await.unwrap();
    let mut all = Vec::new();
    while let Followed::Events(events) = tail.next().await.unwrap() {
        all.extend(events);
    }
    all
}

/// Everything the commands of a run printed.
pub async fn output(desk: &Desk, run: &RunId) -> String {
    let text = |event: &Event| match &event.kind {
        EventKind::Output { text, .. } => text.clone(),
        _ => String::new(),
    };
    desk.engine.output(run, None, 0, 5000).await.unwrap().iter().map(text).collect()
}

/// Every step as it began and as it ended, in order.
pub fn sequence(events: &[Event]) -> Vec<String> {
    let told = events.iter().filter_map(|event| match &event.kind {
        EventKind::StepStarted { step, attempt, .. } => Some(format!("{step} begins, try {attempt}")),
        EventKind::StepDone { step, how, .. } => Some(format!("{step} is done: {how:?}")),
        EventKind::StepFailed { step, .. } => Some(format!("{step} fails")),
        EventKind::FinallyBegun => Some("finally".to_owned()),
        EventKind::Finished { outcome } => Some(outcome.word().to_owned()),
        _ => None,
    });
    told.collect()
}
