//! A lab with a client on it, and the smallest thing that can carry out a plan.

// Each test binary uses a part of this, and a helper that fails is a failed test.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cloudstack::script::Reader;
use cloudstack::{CloudStack, JobStatus, KeyPair, Submitted};
use futures::StreamExt as _;
use lab::{Cloud, Lab, LabConfig, Pace, ScriptGeneration, Version};
use model::environment::{Access, CloudStackSettings, Elevate, Environment, Host, PlatformSettings, RiskClass, Tuning};
use model::event::Stream;
use model::id::{EnvironmentId, HostName};
use model::plan::{Action, Already, Answer, Plan, Probe, Shell, Step};
use model::precheck::allow_start;
use model::procedure::RestartSystemVms;
use model::secret::SecretRef;
use model::time::Timestamp;
use remote::{End, Followed, HostAccess, HostKey, Job, Offsets, Pipe, Remote, Secret, SpoolId, Ssh, SshOptions};

pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

/// A lab and what Drydock would be configured with for it.
pub struct Site {
    pub lab: Lab,
    pub cloud: CloudStack,
    pub settings: CloudStackSettings,
    remote: Arc<dyn Remote>,
    access: BTreeMap<HostName, HostAccess>,
    database_password: Option<Secret>,
    _sockets: tempfile::TempDir,
}

pub async fn small(version: Version) -> Site {
    site(version, ScriptGeneration::G2, Cloud::Small).await
}

pub async fn site(version: Version, script: ScriptGeneration, cloud: Cloud) -> Site {
    let lab = Lab::start(LabConfig { version, script, cloud, pace: Pace::Fast }).await.expect("the lab starts");
    let sockets = tempfile::Builder::new().prefix("cs").tempdir_in("/tmp").unwrap();
    let ssh = Ssh::open(SshOptions::in_dir(sockets.path().join("c"))).await.unwrap();
    let remote: Arc<dyn Remote> = Arc::new(ssh);
    let settings = settings(&lab);
    let access: BTreeMap<HostName, HostAccess> = lab.management().iter().map(access).collect();
    let cloud = client(&settings, lab.secret_key(), None, &access, &remote);
    Site { lab, cloud, settings, remote, access, database_password: None, _sockets: sockets }
}

fn client(
    settings: &CloudStackSettings,
    secret_key: &str,
    database_password: Option<Secret>,
    access: &BTreeMap<HostName, HostAccess>,
    remote: &Arc<dyn Remote>,
) -> CloudStack {
    let SecretRef::Variable(api_key) = &settings.api_key else { panic!("set by this module") };
    let keys = KeyPair { api_key: Secret::new(api_key), secret_key: Secret::new(secret_key) };
    CloudStack::new(settings, keys, database_password, access.clone(), Arc::clone(remote), now).unwrap()
}

fn access(host: &lab::LabHost) -> (HostName, HostAccess) {
    let access = HostAccess {
        name: host.name.clone(),
        address: host.address.clone(),
        port: host.port,
        user: host.user.clone(),
        identity: host.private_key.clone(),
        host_key: vec![HostKey::parse(&host.host_key).unwrap()],
        jump: None,
        elevate: remote::Elevate::Sudo,
    };
    (HostName::new(&host.name).unwrap(), access)
}

fn settings(lab: &Lab) -> CloudStackSettings {
    let host = |host: &lab::LabHost| Host {
        name: HostName::new(&host.name).unwrap(),
        access: Access {
            address: host.address.clone(),
            port: host.port,
            user: host.user.clone(),
            key: SecretRef::File(host.private_key.display().to_string()),
            host_key: None,
        },
        jump: None,
        elevate: Elevate::Sudo,
    };
    CloudStackSettings {
        endpoint: lab.api_url(),
        api_key: SecretRef::Variable(lab.api_key().to_owned()),
        secret_key: SecretRef::Variable("not looked up here".into()),
        certificate_sha256: None,
        management_hosts: lab.management().iter().map(host).collect(),
        integration_address: lab.integration_address(),
        database_password: None,
        tuning: Tuning::default(),
    }
}

impl Site {
    pub fn environment(&self) -> Environment {
        Environment {
            id: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
            name: "lab".into(),
            labels: BTreeSet::new(),
            risk: RiskClass::Test,
            platform: PlatformSettings::CloudStack(self.settings.clone()),
        }
    }

    /// A client with another secret key.
    pub fn with_secret_key(&self, secret_key: &str) -> CloudStack {
        client(&self.settings, secret_key, self.database_password.clone(), &self.access, &self.remote)
    }

    /// Looks, checks that a start is allowed, and plans.
    pub async fn plan(&self, inputs: &RestartSystemVms) -> Plan {
        let inventory = self.cloud.inventory().await;
        let (environment, settings) = (self.environment(), &self.settings);
        let checks = cloudstack::prechecks(&environment, settings, &inventory, inputs);
        assert!(allow_start(&checks), "{checks:#?}");
        cloudstack::plan(&environment, settings, &inventory, inputs).unwrap()
    }

    /// Carries out a plan, one step after the other, each until its proof is seen.
    pub async fn carry_out(&self, plan: &Plan) {
        for step in plan.steps() {
            self.carry_out_step(step).await;
        }
    }

    pub async fn carry_out_step(&self, step: &Step) {
        let before = self.cloud.probe(&step.proof).await;
        if step.already == Already::IsDone && matches!(before, Answer::Holds { .. }) {
            return;
        }
        // Somebody else may be at it, such as the platform's own scanner.
        if !matches!(before, Answer::Busy { .. }) {
            self.act(step).await;
        }
        self.holds(&step.proof).await;
    }

    /// Configures the database password, as for an environment whose `db.properties` holds it encrypted.
    pub fn use_database_password(&mut self, password: &str) {
        self.settings.database_password = Some(SecretRef::Variable("not looked up here".into()));
        self.database_password = Some(Secret::new(password));
        self.cloud = self.with_secret_key(self.lab.secret_key());
    }

    async fn act(&self, step: &Step) {
        match &step.action {
            Action::Observe => {}
            Action::Download(_) | Action::Cloudify(_) => panic!("{}: no plan of CloudStack does this", step.id),
            Action::CloudStack(command) => {
                let submitted = self.cloud.submit(command, now().plus_seconds(120)).await.unwrap();
                if let Submitted::Job(job) = submitted {
                    let status = until(async || match self.cloud.job(&job).await.unwrap() {
                        JobStatus::Pending => None,
                        other => Some(other),
                    });
                    let status = status.await;
                    assert!(matches!(status, JobStatus::Succeeded { .. }), "{}: {status:?}", step.id);
                }
            }
            Action::Shell(shell) => {
                let (end, output) = self.run(&step.id.as_str().replace('/', "-"), shell).await;
                assert_eq!(end, End::Exited(0), "{}: {output}", step.id);
            }
        }
    }

    /// Runs a step's script as the engine would: in a spool, followed to its end.
    pub async fn run(&self, spool: &str, shell: &Shell) -> (End, String) {
        let (access, spool) = self.start(spool, shell).await;
        let mut output = String::new();
        let mut reader = Reader::new();
        let mut followed = self.remote.follow(&access, &spool, Offsets::default());
        while let Some(next) = followed.next().await {
            match next.unwrap() {
                Followed::Chunk { pipe, bytes, .. } => {
                    let stream = match pipe {
                        Pipe::Stdout => Stream::Stdout,
                        Pipe::Stderr => Stream::Stderr,
                    };
                    for progress in reader.feed(stream, &bytes) {
                        output.push_str(&format!("({} of {}) {}\n", progress.done, progress.of, progress.note));
                    }
                    output.push_str(&String::from_utf8_lossy(&bytes));
                }
                Followed::End(end) => {
                    self.remote.remove(&access, &spool).await.unwrap();
                    return (end, output);
                }
            }
        }
        panic!("{spool} was not followed to its end: {output}");
    }

    /// Runs a script until it has announced its routers and no job is pending, then ends it as the engine would; tells
    /// what is left of its processes.
    pub async fn run_until_silent(&self, spool: &str, shell: &Shell) -> Vec<remote::LeftProcess> {
        let (access, spool) = self.start(spool, shell).await;
        let mut followed = self.remote.follow(&access, &spool, Offsets::default());
        let mut output = String::new();
        while !output.contains("Restarting router") {
            match followed.next().await.unwrap().unwrap() {
                Followed::Chunk { bytes, .. } => output.push_str(&String::from_utf8_lossy(&bytes)),
                Followed::End(end) => panic!("it ended with {end:?}: {output}"),
            }
        }
        self.holds(&Probe::NoPendingJobs).await;
        self.remote.cancel(&access, &spool, Duration::from_secs(5)).await.unwrap().left
    }

    async fn start(&self, spool: &str, shell: &Shell) -> (HostAccess, SpoolId) {
        let elevate = match shell.elevate {
            Elevate::No => remote::Elevate::No,
            Elevate::Sudo => remote::Elevate::Sudo,
        };
        let access = self.access[&shell.host].with_elevate(elevate);
        let spool = SpoolId::new(spool).unwrap();
        let mut job = shell.args.iter().fold(Job::new(shell.script.as_str()), |job, arg| job.arg(arg.as_str()));
        for secret in &shell.secrets {
            let value = self.database_password.clone().unwrap();
            job = job.secret(remote::EnvName::new(&secret.name).unwrap(), value);
        }
        self.remote.start(&access, &spool, &job).await.unwrap();
        (access, spool)
    }

    /// Waits until a probe holds.
    pub async fn holds(&self, probe: &Probe) -> String {
        until(async || match self.cloud.probe(probe).await {
            Answer::Holds { evidence } | Answer::Flawed { evidence } => Some(evidence),
            Answer::Never { evidence } => panic!("{probe:?} can never hold: {evidence}"),
            Answer::NotYet { .. } | Answer::Busy { .. } | Answer::Unknown { .. } => None,
        })
        .await
    }

    pub async fn stop(self) {
        // Connections to a host that is gone take their time to notice.
        drop(self.remote);
        self.lab.stop().await.unwrap();
    }
}

/// Asks until there is an answer. The limit only ends a test that would hang.
pub async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), asking).await.expect("an answer within 90 s")
}
