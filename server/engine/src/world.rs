//! Everything outside that a run can touch. Two implementations: the real one, and the one of the executor's tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt as _;
use model::environment::{Access, Elevate, Environment, Host};
use model::gate::Fit;
use model::id::{HostName, JobId};
use model::inventory::{Facts, Inventory};
use model::plan::{Action, Answer, CloudStackCommand, CloudifyCall, Download, Probe, Shell, Step};
use model::submission::{JobStatus, SubmitError, Submitted, Trace};
use model::time::Timestamp;
use remote::http::Moved;
use remote::{EnvName, HostAccess, HostKey, Job, Redactor, Remote, Secret};

use crate::copies::NotSealed;
use crate::error::chain;
use crate::platform::Platform;
use crate::{Engine, Result};

/// What a platform's API is asked to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApiCall<'p> {
    CloudStack(&'p CloudStackCommand),
    Cloudify(&'p CloudifyCall),
}

impl<'p> ApiCall<'p> {
    /// What an action asks of an API, if it does.
    pub fn of(action: &'p Action) -> Option<Self> {
        match action {
            Action::CloudStack(command) => Some(Self::CloudStack(command)),
            Action::Cloudify(call) => Some(Self::Cloudify(call)),
            Action::Shell(_) | Action::Download(_) | Action::Observe => None,
        }
    }

    /// For a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudStack(command) => command.name(),
            Self::Cloudify(call) => call.name(),
        }
    }
}

/// What the executor may do to the world.
#[async_trait]
pub(crate) trait World: Send + Sync {
    /// Asks for a change. A CloudStack refuses it after `expires`; what was asked of others has arrived by then, or
    /// never will.
    async fn submit(&self, call: ApiCall<'_>, expires: Timestamp) -> std::result::Result<Submitted, SubmitError>;
    /// Asks for the job that a call has begun; why not, in words, when that fails.
    async fn job(&self, call: ApiCall<'_>, job: &JobId) -> std::result::Result<JobStatus, String>;
    /// Moves an archive and counts the bytes; why it has stopped, in words.
    async fn transfer(&self, call: &CloudifyCall, moved: &Moved) -> std::result::Result<String, String>;
    /// Looks whether that was accepted since then, whatever became of it. Changes nothing.
    async fn trace(&self, call: ApiCall<'_>, since: Timestamp) -> Trace;
    /// Takes copies of files off a host into Drydock's own store. May be repeated.
    async fn download(&self, download: &Download) -> std::result::Result<String, NotSealed>;
    /// Looks. Changes nothing.
    async fn probe(&self, probe: &Probe) -> Answer;
    /// Whether the steps that are still to come fit what is there now. Changes nothing.
    async fn fit(&self, rest: &[&Step]) -> Fit;
    /// Hosts.
    fn remote(&self) -> &dyn Remote;
    /// How a host is reached; why not, in words, when it cannot be.
    fn host(&self, name: &HostName, elevate: Elevate) -> std::result::Result<HostAccess, String>;
    /// A script with its secrets looked up; why not, in words, when that fails.
    async fn job_for(&self, shell: &Shell) -> std::result::Result<Job, String>;
    /// Takes every secret of the environment out of output.
    fn redactor(&self) -> Redactor;
}

/// What a plan for another platform would meet.
const OTHER_PLATFORM: &str = "this environment is of another platform than the plan";

/// The real one.
struct RealWorld {
    engine: Engine,
    environment: Environment,
    remote: Arc<dyn Remote>,
    platform: Platform,
    hosts: BTreeMap<HostName, HostAccess>,
    secrets: Vec<Secret>,
}

#[async_trait]
impl World for RealWorld {
    async fn submit(&self, call: ApiCall<'_>, expires: Timestamp) -> std::result::Result<Submitted, SubmitError> {
        match (&self.platform, call) {
            (Platform::CloudStack(cloud), ApiCall::CloudStack(command)) => cloud.submit(command, expires).await,
            (Platform::Cloudify(managers), ApiCall::Cloudify(call)) => managers.submit(call).boxed().await,
            _ => Err(SubmitError::NotSent { error: OTHER_PLATFORM.to_owned() }),
        }
    }

    async fn job(&self, call: ApiCall<'_>, job: &JobId) -> std::result::Result<JobStatus, String> {
        match (&self.platform, call) {
            (Platform::CloudStack(cloud), ApiCall::CloudStack(_)) => {
                cloud.job(job).await.map_err(|error| error.to_string())
            }
            (Platform::Cloudify(managers), ApiCall::Cloudify(call)) => {
                managers.job(call, job).boxed().await.map_err(|error| error.to_string())
            }
            _ => Ok(JobStatus::Forgotten),
        }
    }

    async fn transfer(&self, call: &CloudifyCall, moved: &Moved) -> std::result::Result<String, String> {
        match &self.platform {
            Platform::Cloudify(managers) => managers.transfer(call, moved).boxed().await,
            Platform::CloudStack(_) | Platform::OpenVstorage(_) => Err(OTHER_PLATFORM.to_owned()),
        }
    }

    async fn trace(&self, call: ApiCall<'_>, since: Timestamp) -> Trace {
        match (&self.platform, call) {
            (Platform::CloudStack(cloud), ApiCall::CloudStack(command)) => cloud.trace(command, since).await,
            // What shows there that nothing was begun looks at the executions themselves.
            (Platform::Cloudify(_), ApiCall::Cloudify(_)) => {
                Trace::None { evidence: "the manager's list of executions was looked at".to_owned() }
            }
            _ => Trace::Unknown { reason: OTHER_PLATFORM.to_owned() },
        }
    }

    async fn download(&self, download: &Download) -> std::result::Result<String, NotSealed> {
        let host = self.host(&download.host, download.elevate).map_err(NotSealed::Refused)?;
        self.engine.download(&self.environment.id, &*self.remote, &host, download).await
    }

    async fn probe(&self, probe: &Probe) -> Answer {
        if let Probe::CopiesSealed { host, files } = probe {
            return self.engine.look_at_copies(&self.environment.id, host, files).await;
        }
        match &self.platform {
            Platform::CloudStack(cloud) => cloud.probe(probe).await,
            Platform::OpenVstorage(cluster) => cluster.probe(probe).await,
            Platform::Cloudify(managers) => managers.probe(probe).boxed().await,
        }
    }

    async fn fit(&self, rest: &[&Step]) -> Fit {
        match &self.platform {
            Platform::CloudStack(_) => match self.engine.look(&self.environment).await {
                Ok(Inventory { facts: Facts::CloudStack(facts), .. }) => cloudstack::fit(&facts, rest),
                Ok(_) => Fit::Unseen { error: OTHER_PLATFORM.to_owned() },
                Err(error) => Fit::Unseen { error: chain(&error) },
            },
            // Its API is often away while it is updated.
            Platform::OpenVstorage(cluster) => open_vstorage::fit(&cluster.nodes().boxed().await, rest),
            Platform::Cloudify(managers) => cloudify::fit(&managers.glances(rest).boxed().await, rest),
        }
    }

    fn remote(&self) -> &dyn Remote {
        &*self.remote
    }

    fn host(&self, name: &HostName, elevate: Elevate) -> std::result::Result<HostAccess, String> {
        let host = self.hosts.get(name).ok_or_else(|| format!("{name} is not a host of this environment"))?;
        Ok(host.with_elevate(elevated(elevate)))
    }

    async fn job_for(&self, shell: &Shell) -> std::result::Result<Job, String> {
        let mut job = Job::new(shell.script.clone());
        job.args.clone_from(&shell.args);
        for variable in &shell.secrets {
            let name = EnvName::new(variable.name.clone()).map_err(|error| error.to_string())?;
            let value = self.engine.secret(&variable.name, &variable.value).await.map_err(|error| error.to_string())?;
            job = job.secret(name, value);
        }
        Ok(job)
    }

    fn redactor(&self) -> Redactor {
        Redactor::new(&self.secrets)
    }
}

impl Engine {
    /// Reaches for an environment: looks up its secrets, opens nothing yet.
    pub(crate) async fn world(&self, environment: &Environment) -> Result<Arc<dyn World>> {
        Ok(Arc::new(RealWorld {
            engine: self.clone(),
            environment: environment.clone(),
            remote: self.0.remote.clone(),
            platform: self.platform(environment).await?,
            hosts: self.hosts(environment).await?,
            secrets: self.platform_secrets(environment).await?,
        }))
    }

    pub(crate) async fn hosts(&self, environment: &Environment) -> Result<BTreeMap<HostName, HostAccess>> {
        let mut hosts = BTreeMap::new();
        for host in environment.hosts() {
            hosts.insert(host.name.clone(), self.host_access(host).await?);
        }
        Ok(hosts)
    }

    pub(crate) async fn host_access(&self, host: &Host) -> Result<HostAccess> {
        let jump = match &host.jump {
            Some(jump) => Some(Box::new(self.access(&format!("{} (jump host)", host.name), jump).await?)),
            None => None,
        };
        let access = self.access(host.name.as_str(), &host.access).await?;
        Ok(HostAccess { jump, elevate: elevated(host.elevate), ..access })
    }

    async fn access(&self, name: &str, access: &Access) -> Result<HostAccess> {
        let keys = access.host_key.iter().map(|key| HostKey::parse(&format!("{} {}", key.algorithm, key.key)));
        Ok(HostAccess {
            name: name.to_owned(),
            address: access.address.clone(),
            port: access.port,
            user: access.user.clone(),
            identity: self.identity(&format!("key of {name}"), &access.key).await?,
            host_key: keys.collect::<std::result::Result<_, _>>()?,
            jump: None,
            elevate: remote::Elevate::No,
        })
    }
}

const fn elevated(elevate: Elevate) -> remote::Elevate {
    match elevate {
        Elevate::No => remote::Elevate::No,
        Elevate::Sudo => remote::Elevate::Sudo,
    }
}
