//! Looking whether something is as expected: the only way in which a step is proven (invariant 3).
//!
//! What a migration has begun is found again by the ids of its snapshots, and times are compared on one manager's own
//! clock only (N12).

mod agents;
mod heal;
mod kept;
mod managers;
mod people;
pub(crate) mod restore;
pub(crate) mod snapshot;
pub(crate) mod work;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use model::plan::{Answer, CloudifyProbe, Probe, Side};
use remote::{Job, ReadLimit};

use crate::CloudifyError;
use crate::client::Inner;
use crate::discovery::{scope::Scope, work::executions};
use crate::planner::{Glance, Glances};

/// How many parts of one probe are looked at at once.
const AT_ONCE: usize = 8;

pub(crate) fn probe<'a>(inner: &'a Inner, probe: &'a Probe) -> BoxFuture<'a, Answer> {
    Box::pin(async move {
        match probe {
            Probe::All { of } => {
                let looks: Vec<BoxFuture<'_, Answer>> = of.iter().map(|part| self::probe(inner, part)).collect();
                let answers: Vec<Answer> = futures::stream::iter(looks).buffered(AT_ONCE).collect().await;
                Answer::worst(&answers)
            }
            Probe::Cloudify(probe) => look(inner, probe).await,
            Probe::Shell { host, elevate, script, args } => {
                let Some(access) = inner.hosts.get(host) else {
                    return Answer::Unknown { reason: format!("{host} is not a host of this environment") };
                };
                let access = access.with_elevate(elevated(*elevate));
                let job = Job { args: args.clone(), ..Job::new(script.clone()) };
                match inner.remote.read(&access, &job, ReadLimit::default()).await {
                    Ok(output) => Answer::of_exit_code(output.code, format!("{host}: {}", output.last_words())),
                    Err(error) => Answer::Unknown { reason: format!("{host}: {error}") },
                }
            }
            Probe::VmStopped { .. }
            | Probe::VmRebuilt { .. }
            | Probe::VmUntouched { .. }
            | Probe::VmRunning { .. }
            | Probe::Setting { .. }
            | Probe::ApiReady
            | Probe::IntegrationOpen { .. }
            | Probe::IntegrationClosed { .. }
            | Probe::NoPendingJobs
            | Probe::OvsApiReady
            | Probe::OvsVolumesUnused { .. }
            | Probe::OvsUpdater { .. }
            | Probe::CopiesSealed { .. } => {
                Answer::Unknown { reason: "this environment is no other platform than Cloudify".to_owned() }
            }
        }
    })
}

fn elevated(elevate: model::environment::Elevate) -> remote::Elevate {
    match elevate {
        model::environment::Elevate::No => remote::Elevate::No,
        model::environment::Elevate::Sudo => remote::Elevate::Sudo,
    }
}

async fn look(inner: &Inner, probe: &CloudifyProbe) -> Answer {
    let looked = match probe {
        CloudifyProbe::SnapshotCreated { on, snapshot } => snapshot::created(inner, *on, snapshot).await,
        CloudifyProbe::SnapshotUnknown { on, snapshot } => snapshot::unknown(inner, *on, snapshot).await,
        CloudifyProbe::ArchiveKept { snapshot, versions } => return kept::archive(inner, snapshot, versions).await,
        CloudifyProbe::NetworksFit { archive } => kept::networks_fit(inner, archive).await,
        CloudifyProbe::Room { archive, times } => return kept::room(inner, archive, *times).await,
        CloudifyProbe::SecurityKept { snapshot } => return kept::security(inner, snapshot),
        CloudifyProbe::Uploaded { on, archive, snapshot } => snapshot::uploaded(inner, *on, archive, snapshot).await,
        CloudifyProbe::RestoreNotBegun { snapshot } => restore::not_begun(inner, snapshot).await,
        CloudifyProbe::Restored { snapshot } => return restore::restored(inner, snapshot).await,
        CloudifyProbe::Settled { pause, answers, admin } => {
            return restore::settled(inner, *pause, *answers, *admin).await;
        }
        CloudifyProbe::SameAsBefore { deployments } => restore::same_as_before(inner, deployments).await,
        CloudifyProbe::AgentsAnswer { deployment, agents } => agents::answer(inner, deployment, agents).await,
        CloudifyProbe::AgentsMoved { deployment, agents } => agents::moved(inner, deployment, agents).await,
        CloudifyProbe::AgentsUntouched { deployment, agents, restored } => {
            agents::untouched(inner, deployment, agents, restored).await
        }
        CloudifyProbe::NoHeal { created, restored } => {
            return heal::none(inner, created.as_ref(), restored.as_ref()).await;
        }
        CloudifyProbe::NobodyElse { on, minutes } => people::nobody_else(inner, *on, *minutes).await,
        CloudifyProbe::Idle { on } => managers::idle(inner, *on).await,
        CloudifyProbe::Empty { version } => managers::empty(inner, version).await,
        CloudifyProbe::TornDown { version } => return managers::torn_down(inner, version).await,
        CloudifyProbe::Gone { on } => return managers::gone(inner, *on).await,
        CloudifyProbe::ServicesRun { on, units } => return managers::services_run(inner, *on, units).await,
        CloudifyProbe::Maintenance { on, active } => managers::maintenance(inner, *on, *active).await,
        CloudifyProbe::PasswordWorks { snapshot, user } => return people::password_works(inner, snapshot, user).await,
    };
    looked.unwrap_or_else(|error| unknown(&error))
}

/// What the managers show at a gate.
pub(crate) async fn glances(inner: &Inner, sides: &[Side]) -> Glances {
    let mut glances = Glances::default();
    for side in sides {
        let seen = glance(inner, *side).await;
        match side {
            Side::Old => glances.old = Some(seen),
            Side::New => glances.new = Some(seen),
        }
    }
    glances
}

async fn glance(inner: &Inner, side: Side) -> Glance {
    let session = match inner.rest(side).session().await {
        Ok(session) => session,
        Err(error) => return Glance { version: Err(error.to_string()), executions: Ok(Vec::new()) },
    };
    let tenants = managers::tenants(inner, &session).await;
    let scope = Scope::new(&session, &tenants);
    let executions = executions(&session, &scope).await.map_err(|error| error.to_string());
    Glance { version: Ok(session.version.clone()), executions }
}

fn holds(evidence: impl Into<String>) -> Answer {
    Answer::Holds { evidence: evidence.into() }
}

fn not_yet(evidence: impl Into<String>) -> Answer {
    Answer::NotYet { evidence: evidence.into() }
}

fn never(evidence: impl Into<String>) -> Answer {
    Answer::Never { evidence: evidence.into() }
}

fn busy(by: impl Into<String>) -> Answer {
    Answer::Busy { by: by.into() }
}

fn unknown(error: &CloudifyError) -> Answer {
    Answer::Unknown { reason: error.to_string() }
}
