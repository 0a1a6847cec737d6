//! A simulated cluster with a client on it, and the smallest thing that can carry out a plan.

// Each test binary uses a part of this, and a helper that fails is a failed test.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::StreamExt as _;
use lab::ovs::api::{ApiConfig, Certificates, Grant, MemoryCluster, OvsApi, Release};
use lab::{LabHost, OvsGeneration, OvsLab, OvsLabConfig};
use model::environment::{
    Access, Elevate, Environment, Host, OpenVstorageSettings, OpenVstorageTuning, PlatformSettings, RiskClass,
};
use model::id::{EnvironmentId, HostName};
use model::open_vstorage::{CopyStore, OpenVstorageInventory};
use model::plan::{Action, Already, Answer, Plan, Shell, Step};
use model::procedure::Inputs;
use model::secret::SecretRef;
use model::time::Timestamp;
use open_vstorage::{ClientSecret, Logins, OpenVstorage};
use remote::{End, Followed, HostAccess, HostKey, Job, Offsets, Remote, Secret, SpoolId, Ssh, SshOptions};

pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

pub struct Site {
    pub lab: OvsLab,
    pub api: OvsApi,
    pub cluster: Arc<MemoryCluster>,
    pub client: OpenVstorage,
    pub settings: OpenVstorageSettings,
    remote: Arc<dyn Remote>,
    access: BTreeMap<HostName, HostAccess>,
    logins: Logins,
    _sockets: tempfile::TempDir,
}

impl Site {
    /// Another one who looks from here, as at every look of a server.
    pub fn next_client(&self, client_id: &str, secret: &str) -> OpenVstorage {
        let settings = OpenVstorageSettings { client_id: client_id.to_owned(), ..self.settings.clone() };
        let (secret, remote) = (ClientSecret(Secret::new(secret.to_owned())), Arc::clone(&self.remote));
        OpenVstorage::new(&settings, secret, &self.logins, self.access.clone(), remote, CopyStore::default(), now)
            .unwrap()
    }
}

pub async fn site(config: OvsLabConfig) -> Site {
    let lab = OvsLab::start(config).await.expect("the lab starts");
    let sockets = tempfile::Builder::new().prefix("ov").tempdir_in("/tmp").unwrap();
    let ssh = Ssh::open(SshOptions::in_dir(sockets.path().join("c"))).await.unwrap();
    let remote: Arc<dyn Remote> = Arc::new(ssh);
    let masters: Vec<IpAddr> = lab.nodes().iter().map(|host| host.address.parse().unwrap()).collect();
    let cluster = MemoryCluster::new(release(config.generation), &masters);
    // Its one client would keep every run waiting.
    cluster.edit(|memory| memory.model.vdisks.iter_mut().for_each(|vdisk| vdisk.clients.clear()));
    let api = ApiConfig { certificates: Certificates { shared: true, expired: true }, ..ApiConfig::new(8443) };
    let api = OvsApi::start(Arc::<MemoryCluster>::clone(&cluster), api).await.unwrap();
    let (id, secret) = api.credentials(Grant::ClientCredentials).unwrap();
    let settings = OpenVstorageSettings {
        client_id: id,
        certificate_sha256: masters.iter().filter_map(|master| api.fingerprint(*master)).map(str::to_owned).collect(),
        ..settings(&lab)
    };
    let access: BTreeMap<HostName, HostAccess> = lab.nodes().iter().map(access).collect();
    let secret = ClientSecret(Secret::new(secret));
    let logins = Logins::default();
    let copies = CopyStore::default();
    let client =
        OpenVstorage::new(&settings, secret, &logins, access.clone(), Arc::clone(&remote), copies, now).unwrap();
    Site { lab, api, cluster, client, settings, remote, access, logins, _sockets: sockets }
}

fn release(generation: OvsGeneration) -> Release {
    match generation {
        OvsGeneration::A => Release::V2_6_1,
        OvsGeneration::B => Release::V2_9_23,
        OvsGeneration::C => Release::V2_13_5,
    }
}

fn access(host: &LabHost) -> (HostName, HostAccess) {
    let access = HostAccess {
        name: host.name.clone(),
        address: host.address.clone(),
        port: host.port,
        user: host.user.clone(),
        identity: host.private_key.clone(),
        host_key: vec![HostKey::parse(&host.host_key).unwrap()],
        jump: None,
        elevate: remote::Elevate::No,
    };
    (HostName::new(&host.name).unwrap(), access)
}

fn settings(lab: &OvsLab) -> OpenVstorageSettings {
    let host = |host: &LabHost| Host {
        name: HostName::new(&host.name).unwrap(),
        access: Access {
            address: host.address.clone(),
            port: host.port,
            user: host.user.clone(),
            key: SecretRef::File(host.private_key.display().to_string()),
            host_key: None,
        },
        jump: None,
        elevate: Elevate::No,
    };
    OpenVstorageSettings {
        endpoint: format!("https://{}:8443/api/", lab.nodes()[0].address),
        client_id: "drydock".into(),
        client_secret: SecretRef::Variable("not looked up here".into()),
        certificate_sha256: Default::default(),
        nodes: lab.nodes().iter().map(host).collect(),
        // The discs of simulated nodes are small.
        tuning: OpenVstorageTuning { arakoon_pause: 1, free_mebibytes: 64, ..OpenVstorageTuning::default() },
    }
}

impl Site {
    pub fn environment(&self) -> Environment {
        Environment {
            id: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
            name: "lab".into(),
            labels: BTreeSet::new(),
            risk: RiskClass::Test,
            platform: PlatformSettings::OpenVstorage(self.settings.clone()),
        }
    }

    pub fn plan(&self, inventory: &OpenVstorageInventory, inputs: &Inputs) -> Plan {
        open_vstorage::plan(&self.environment(), &self.settings, inventory, inputs).unwrap()
    }

    /// What the API says is pending: it knows nothing of the packages of the simulated nodes.
    pub fn tell(&self, packages: &[(&str, &str, &str)]) {
        for host in self.lab.nodes() {
            let node = host.address.parse().unwrap();
            self.cluster.edit(|memory| memory.make_pending(node, packages));
        }
        lab::ovs::api::Cluster::refresh(&*self.cluster);
    }

    /// Carries out a plan: stage after stage, in the order of the steps, `finally` always. The first step that fails.
    pub async fn carry_out(&self, plan: &Plan) -> Result<(), String> {
        let mut failed = None;
        for step in plan.stages.iter().flat_map(|stage| &stage.steps) {
            if let Err(error) = self.step(step).await {
                failed = Some(format!("{}: {error}", step.id));
                break;
            }
        }
        for step in &plan.finally {
            self.step(step).await?;
        }
        failed.map_or(Ok(()), Err)
    }

    async fn step(&self, step: &Step) -> Result<(), String> {
        let begun = std::time::Instant::now();
        if step.already == Already::IsDone && matches!(self.client.probe(&step.proof).await, Answer::Holds { .. }) {
            return Ok(());
        }
        if let Action::Shell(shell) = &step.action {
            self.shell(shell, step.id.as_str()).await?;
        }
        for _ in 0..600 {
            match self.client.probe(&step.proof).await {
                Answer::Holds { .. } | Answer::Flawed { .. } => return Ok(()),
                Answer::Never { evidence } => return Err(evidence),
                Answer::NotYet { evidence } if begun.elapsed() > Duration::from_secs(20) => return Err(evidence),
                Answer::NotYet { .. } | Answer::Busy { .. } => tokio::time::sleep(Duration::from_millis(200)).await,
                Answer::Unknown { reason } => return Err(reason),
            }
        }
        Err("no proof".into())
    }

    async fn shell(&self, shell: &Shell, id: &str) -> Result<(), String> {
        let access = &self.access[&shell.host];
        let job = shell.args.iter().fold(Job::new(shell.script.clone()), |job, arg| job.arg(arg.clone()));
        let name: String = id.replace('/', "-").chars().take(60).collect();
        let spool = SpoolId::new(format!("t-{name}-{}", now().0)).unwrap();
        self.remote.start(access, &spool, &job).await.map_err(|error| error.to_string())?;
        let mut followed = self.remote.follow(access, &spool, Offsets::default());
        let mut said = String::new();
        while let Some(item) = followed.next().await {
            match item.map_err(|error| error.to_string())? {
                Followed::Chunk { bytes, .. } => said.push_str(&String::from_utf8_lossy(&bytes)),
                Followed::End(End::Exited(0)) => {
                    self.remote.remove(access, &spool).await.map_err(|error| error.to_string())?;
                    return Ok(());
                }
                Followed::End(end) => return Err(format!("{end:?}: {said}")),
            }
        }
        Err("cut".into())
    }
}
