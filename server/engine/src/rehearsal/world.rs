//! A world that is only played: a twin of the platform, hosts with scripts that do what the plan says of them, and a
//! clock that jumps. The executor cannot tell it from the real one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cloudstack::Twin;
use model::cloudstack::CloudStackInventory;
use model::environment::Elevate;
use model::gate::Fit;
use model::id::{HostName, JobId, StepId};
use model::plan::{Action, Answer, CloudStackCommand, CloudifyCall, Download, Plan, Probe, Shell, Step};
use model::submission::{JobStatus, SubmitError, Submitted, Trace};
use model::time::Timestamp;
use remote::http::Moved;
use remote::{HostAccess, Job, Redactor, Remote, Secret};
use tokio::sync::watch;

use super::hosts::{PlayedHosts, Spool};
use super::ledger::{Ledger, die};
use super::mischief::{Call, Disturbance, Mischief, WorkEnd};
use crate::copies::NotSealed;
use crate::world::{ApiCall, World};

/// See the module.
pub(crate) struct PlayedWorld {
    pub(super) stage: Arc<Stage>,
    hosts: PlayedHosts,
    secrets: Vec<Secret>,
}

/// What is shared by everything that plays; it outlives the executors.
pub(crate) struct Stage {
    pub(super) plan: Arc<Plan>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) mischief: Arc<dyn Mischief>,
    truth: Mutex<Truth>,
}

/// What is so, whoever knows it.
#[derive(Debug)]
pub(crate) struct Truth {
    twin: Twin,
    /// What read-only scripts say, by what they are.
    facts: BTreeMap<String, bool>,
    jobs: BTreeMap<JobId, PlayedJob>,
    pub(super) spools: BTreeMap<(String, String), Spool>,
    /// Hosts that cannot be reached, and until when.
    pub(super) down: BTreeMap<String, Timestamp>,
    /// Requests that arrive once more, late.
    pub(super) late: Vec<(Timestamp, String, String)>,
    /// When the action of each step has begun.
    pub begun: BTreeMap<StepId, Vec<Timestamp>>,
    /// How often the action of each step has taken effect.
    pub worked: BTreeMap<StepId, u32>,
    /// What each attempt at a script has really printed, by spool and pipe.
    pub printed: BTreeMap<(String, String), Vec<u8>>,
}

#[derive(Debug, Clone)]
struct PlayedJob {
    step: StepId,
    /// What it changes in the twin; of another platform nothing but what its proof says.
    command: Option<CloudStackCommand>,
    ends: Timestamp,
    end: WorkEnd,
    is_over: bool,
}

impl Stage {
    pub fn new(
        plan: Arc<Plan>,
        seen: Option<&CloudStackInventory>,
        ledger: Arc<Ledger>,
        mischief: Arc<dyn Mischief>,
    ) -> Arc<Self> {
        let truth = Truth {
            twin: Twin::of(&plan, seen),
            facts: facts(&plan),
            jobs: BTreeMap::new(),
            spools: BTreeMap::new(),
            down: BTreeMap::new(),
            late: Vec::new(),
            begun: BTreeMap::new(),
            worked: BTreeMap::new(),
            printed: BTreeMap::new(),
        };
        Arc::new(Self { plan, ledger, mischief, truth: Mutex::new(truth) })
    }

    /// Makes so what a record says: for runs that are taken up in the middle.
    #[cfg(test)]
    pub fn pretend(&self, state: &model::run::RunState) {
        use model::event::How;
        use model::run::Status;
        let now = self.ledger.now();
        let mut truth = self.truth.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, begun) in &state.steps {
            let Some(step) = self.plan.step(id) else { continue };
            let has_worked = matches!(begun.status, Status::Done { how: How::Acted, .. }) || begun.said.is_some();
            let command = match &step.action {
                Action::CloudStack(command) => command,
                Action::Shell(_) | Action::Download(_) | Action::Cloudify(_) if has_worked => {
                    truth.begun.entry(id.clone()).or_default().push(begun.started_at);
                    self.makes_a_mess(&mut truth, id);
                    self.script_worked(&mut truth, id);
                    continue;
                }
                Action::Shell(_) | Action::Download(_) | Action::Cloudify(_) | Action::Observe => continue,
            };
            if let Some(job) = &begun.job {
                let ends = if has_worked { now } else { later(now, Duration::from_secs(10)) };
                let (step, command) = (id.clone(), Some(command.clone()));
                let job_state = PlayedJob { step, command, ends, end: WorkEnd::Works, is_over: has_worked };
                truth.jobs.insert(job.clone(), job_state);
            }
            if has_worked {
                truth.twin.act(command);
                self.took_effect(&mut truth, id);
            }
            if has_worked || begun.job.is_some() {
                truth.begun.entry(id.clone()).or_default().push(begun.started_at);
            }
        }
    }

    /// What is so now.
    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        let mut truth = self.truth.lock().unwrap_or_else(PoisonError::into_inner);
        self.play(&mut truth);
        truth
    }

    /// Whether that is so now, without anybody's error in looking.
    #[cfg(test)]
    pub fn holds(&self, probe: &Probe) -> bool {
        matches!(look(&self.truth(), probe), Answer::Holds { .. })
    }

    /// Lets happen what is due by now, in its order.
    fn play(&self, truth: &mut Truth) {
        let now = self.ledger.now();
        loop {
            let job = truth.jobs.iter().filter(|(_, job)| !job.is_over && job.ends <= now);
            let job = job.min_by_key(|(id, job)| (job.ends, (*id).clone())).map(|(id, job)| (id.clone(), job.clone()));
            let spool = truth.spools.iter().filter(|(_, spool)| spool.is_due(now));
            let spool = spool.min_by_key(|(name, spool)| (spool.works_at(), (*name).clone()));
            let spool = spool.map(|(name, spool)| (name.clone(), spool.works_at(), spool.step.clone()));
            match (job, spool) {
                (None, None) => break,
                (Some((id, job)), spool) if spool.as_ref().is_none_or(|(_, at, _)| job.ends <= *at) => {
                    if let Some(job) = truth.jobs.get_mut(&id) {
                        job.is_over = true;
                    }
                    if job.end == WorkEnd::Works {
                        match &job.command {
                            Some(command) => {
                                truth.twin.act(command);
                                self.took_effect(truth, &job.step);
                            }
                            None => self.script_worked(truth, &job.step),
                        }
                    }
                }
                (_, Some((name, _, step))) => {
                    if let Some(spool) = truth.spools.get_mut(&name) {
                        spool.has_worked = true;
                    }
                    self.script_worked(truth, &step);
                }
                (Some(_), None) => break,
            }
        }
    }

    fn took_effect(&self, truth: &mut Truth, step: &StepId) {
        *truth.worked.entry(step.clone()).or_default() += 1;
    }

    fn script_worked(&self, truth: &mut Truth, id: &StepId) {
        let Some(step) = self.plan.step(id) else { return };
        self.took_effect(truth, id);
        truth.twin.ran_script(&step.proof);
        for probe in step.untouched.iter().flat_map(shells) {
            truth.facts.insert(key(probe), false);
        }
        for probe in shells(&step.proof) {
            truth.facts.insert(key(probe), true);
        }
    }

    /// A script has begun: whatever has to be cleared up on its host is there from now on.
    pub(super) fn makes_a_mess(&self, truth: &mut Truth, id: &StepId) {
        let Some(step) = self.plan.step(id) else { return };
        if self.plan.finally.iter().any(|finally| &finally.id == id) {
            return;
        }
        let to_clear = self.plan.finally.iter().filter(|other| other.target == step.target);
        for probe in to_clear.flat_map(|other| shells(&other.proof)) {
            truth.facts.insert(key(probe), false);
        }
    }

    /// The step whose script that spool holds: its number stands in the name.
    pub(super) fn step_of_spool(&self, spool: &str) -> Option<&Step> {
        let number = spool.rsplit('-').nth(1)?.parse().ok()?;
        self.plan.steps().nth(number)
    }

    fn step_of(&self, call: ApiCall<'_>) -> Option<&Step> {
        self.plan.steps().find(|step| ApiCall::of(&step.action) == Some(call))
    }
}

impl PlayedWorld {
    /// One executor's view of the stage. It dies when `deaths` says so.
    pub fn new(stage: &Arc<Stage>, deaths: watch::Sender<bool>, secrets: Vec<Secret>) -> Self {
        let hosts = PlayedHosts { stage: stage.clone(), deaths };
        Self { stage: stage.clone(), hosts, secrets }
    }

    /// Lets a question be disturbed; whether its answer gets through.
    async fn asked(&self, call: Call<'_>) -> bool {
        match self.stage.mischief.disturb(call) {
            Disturbance::DieBefore | Disturbance::DieAfter => {
                die(&self.hosts.deaths).await;
                false
            }
            Disturbance::Stall(time) => {
                tokio::time::sleep(time).await;
                true
            }
            Disturbance::None | Disturbance::Reboot => true,
            Disturbance::LoseRequest
            | Disturbance::LoseReply
            | Disturbance::Repeat(_)
            | Disturbance::Refuse
            | Disturbance::Down(_) => false,
        }
    }
}

const LOST: &str = "connection reset by peer (played)";

/// How long the answer to a question takes.
const ROUND_TRIP: Duration = Duration::from_millis(20);

#[async_trait]
impl World for PlayedWorld {
    async fn submit(&self, call: ApiCall<'_>, expires: Timestamp) -> Result<Submitted, SubmitError> {
        let Some(step) = self.stage.step_of(call) else {
            let text = format!("{} is not in the plan", call.name());
            return Err(SubmitError::Refused { code: 431, text, transient: false });
        };
        let disturbance = self.stage.mischief.disturb(Call::Submit(&step.id));
        let mut delay = ROUND_TRIP;
        match disturbance {
            Disturbance::DieBefore => die(&self.hosts.deaths).await,
            Disturbance::Stall(time) => delay += time,
            Disturbance::LoseRequest => return Err(SubmitError::MaybeSent { error: LOST.to_owned() }),
            Disturbance::Refuse => {
                let text = "the server is in preparation to shut down (played)".to_owned();
                return Err(SubmitError::Refused { code: 534, text, transient: true });
            }
            Disturbance::Down(_) => {
                return Err(SubmitError::NotSent { error: "connection refused (played)".to_owned() });
            }
            _ => {}
        }
        tokio::time::sleep(delay).await;
        let accepted = self.accept(call, step, expires);
        match disturbance {
            Disturbance::DieAfter => die(&self.hosts.deaths).await,
            Disturbance::LoseReply | Disturbance::Repeat(_) | Disturbance::Reboot => {
                return Err(SubmitError::MaybeSent { error: LOST.to_owned() });
            }
            _ => {}
        }
        accepted
    }

    async fn job(&self, _call: ApiCall<'_>, job: &JobId) -> Result<JobStatus, String> {
        tokio::time::sleep(ROUND_TRIP).await;
        if !self.asked(Call::Job).await {
            return Err(LOST.to_owned());
        }
        let truth = self.stage.truth();
        Ok(match truth.jobs.get(job) {
            None => JobStatus::Forgotten,
            Some(job) if !job.is_over => JobStatus::Pending,
            Some(job) if job.end == WorkEnd::Fails => {
                JobStatus::Failed { code: 530, text: "it did not work (played)".to_owned() }
            }
            Some(_) => JobStatus::Succeeded { said: "the job succeeded".to_owned() },
        })
    }

    async fn transfer(&self, call: &CloudifyCall, moved: &Moved) -> Result<String, String> {
        tokio::time::sleep(ROUND_TRIP).await;
        let Some(step) = self.stage.step_of(ApiCall::Cloudify(call)) else {
            return Err(format!("{} is not in the plan", call.name()));
        };
        match self.stage.mischief.disturb(Call::Submit(&step.id)) {
            Disturbance::DieBefore | Disturbance::DieAfter => die(&self.hosts.deaths).await,
            Disturbance::Stall(time) => tokio::time::sleep(time).await,
            Disturbance::None | Disturbance::Reboot => {}
            _ => return Err(LOST.to_owned()),
        }
        let work = self.stage.mischief.work(&step.id);
        tokio::time::sleep(work.lasts).await;
        moved.add(1 << 20);
        let mut truth = self.stage.truth();
        truth.begun.entry(step.id.clone()).or_default().push(self.stage.ledger.now());
        match work.ends {
            WorkEnd::Fails => Err("it broke off (played)".to_owned()),
            WorkEnd::Works => {
                self.stage.script_worked(&mut truth, &step.id);
                Ok("it was moved (played)".to_owned())
            }
            _ => Ok("it was moved (played)".to_owned()),
        }
    }

    async fn trace(&self, call: ApiCall<'_>, since: Timestamp) -> Trace {
        tokio::time::sleep(ROUND_TRIP).await;
        if !self.asked(Call::Probe).await {
            return Trace::Unknown { reason: LOST.to_owned() };
        }
        let begun = self.stage.step_of(call).and_then(|step| self.stage.truth().begun.get(&step.id).cloned());
        match begun.into_iter().flatten().find(|at| *at >= since) {
            Some(at) => Trace::Found { words: format!("it was accepted at {at}") },
            None => Trace::None { evidence: "it was never accepted".to_owned() },
        }
    }

    async fn download(&self, download: &Download) -> Result<String, NotSealed> {
        let is_it = |step: &&Step| matches!(&step.action, Action::Download(other) if other == download);
        let Some(step) = self.stage.plan.steps().find(is_it) else {
            return Err(NotSealed::Refused("this is not in the plan".to_owned()));
        };
        tokio::time::sleep(ROUND_TRIP).await;
        if !self.asked(Call::Start(&step.id)).await {
            return Err(NotSealed::NotNow(LOST.to_owned()));
        }
        let mut truth = self.stage.truth();
        if is_down(&truth, download.host.as_str(), self.stage.ledger.now()) {
            return Err(NotSealed::NotNow(format!("{} cannot be reached (played)", download.host)));
        }
        truth.begun.entry(step.id.clone()).or_default().push(self.stage.ledger.now());
        match self.stage.mischief.work(&step.id).ends {
            WorkEnd::Works => self.stage.script_worked(&mut truth, &step.id),
            WorkEnd::OnlySaysSo => {}
            WorkEnd::Fails => return Err(NotSealed::Refused("it did not work (played)".to_owned())),
        }
        Ok("all copies are sealed (played)".to_owned())
    }

    async fn probe(&self, probe: &Probe) -> Answer {
        tokio::time::sleep(ROUND_TRIP).await;
        if !self.asked(Call::Probe).await {
            return Answer::Unknown { reason: LOST.to_owned() };
        }
        let truth = self.stage.truth();
        if let Some(host) = host_of(probe).filter(|host| is_down(&truth, host, self.stage.ledger.now())) {
            return Answer::Unknown { reason: format!("{host} cannot be reached (played)") };
        }
        look(&truth, probe)
    }

    async fn fit(&self, rest: &[&Step]) -> Fit {
        tokio::time::sleep(ROUND_TRIP).await;
        if !self.asked(Call::Fit).await {
            return Fit::Unseen { error: LOST.to_owned() };
        }
        match self.stage.mischief.drift() {
            Some(difference) => Fit::Differs { differences: vec![difference] },
            None => Fit::Fits { evidence: format!("{} steps to come are as planned", rest.len()) },
        }
    }

    fn remote(&self) -> &dyn Remote {
        &self.hosts
    }

    fn host(&self, name: &HostName, _elevate: Elevate) -> Result<HostAccess, String> {
        Ok(HostAccess {
            name: name.to_string(),
            address: name.to_string(),
            port: 22,
            user: "nobody".to_owned(),
            identity: "/dev/null".into(),
            host_key: Vec::new(),
            jump: None,
            elevate: remote::Elevate::No,
        })
    }

    async fn job_for(&self, shell: &Shell) -> Result<Job, String> {
        let mut job = Job::new(shell.script.clone());
        job.args.clone_from(&shell.args);
        Ok(job)
    }

    fn redactor(&self) -> Redactor {
        Redactor::new(&self.secrets)
    }
}

impl PlayedWorld {
    fn accept(&self, call: ApiCall<'_>, step: &Step, expires: Timestamp) -> Result<Submitted, SubmitError> {
        let now = self.stage.ledger.now();
        if now > expires {
            let text = "signature expired (played)".to_owned();
            return Err(SubmitError::Refused { code: 401, text, transient: true });
        }
        let mut truth = self.stage.truth();
        let is_busy = truth.jobs.values().any(|job| !job.is_over && self.stage.target(&job.step) == Some(&step.target));
        if is_busy {
            let text = "another job works on it (played)".to_owned();
            return Err(SubmitError::Refused { code: 530, text, transient: true });
        }
        truth.begun.entry(step.id.clone()).or_default().push(now);
        let command = match call {
            ApiCall::CloudStack(command @ CloudStackCommand::UpdateConfiguration { .. }) => {
                truth.twin.act(command);
                self.stage.took_effect(&mut truth, &step.id);
                return Ok(Submitted::Done { said: "the setting was changed".to_owned() });
            }
            ApiCall::CloudStack(command) => Some(command.clone()),
            ApiCall::Cloudify(_) => None,
        };
        let work = self.stage.mischief.work(&step.id);
        let id = job_id(truth.jobs.len());
        let ends = later(now, work.lasts);
        let step = step.id.clone();
        truth.jobs.insert(id.clone(), PlayedJob { step, command, ends, end: work.ends, is_over: false });
        Ok(Submitted::Job(id))
    }
}

impl Stage {
    fn target(&self, step: &StepId) -> Option<&model::plan::Target> {
        self.plan.step(step).map(|step| &step.target)
    }
}

pub(super) fn later(from: Timestamp, by: Duration) -> Timestamp {
    Timestamp(from.0 + i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
}

/// Counted, so that every performance of a play is the same.
fn job_id(number: usize) -> JobId {
    let text = format!("00000000-0000-4000-8000-{number:012x}");
    JobId::new(text).unwrap_or_else(|error| unreachable!("{error}"))
}

pub(super) fn is_down(truth: &Truth, host: &str, now: Timestamp) -> bool {
    truth.down.get(host).is_some_and(|until| now < *until)
}

fn host_of(probe: &Probe) -> Option<&str> {
    match probe {
        Probe::OvsUpdater { node } => host_of(node),
        Probe::Shell { host, .. } | Probe::IntegrationOpen { host, .. } => Some(host.as_str()),
        _ => None,
    }
}

fn look(truth: &Truth, probe: &Probe) -> Answer {
    match probe {
        Probe::All { of } => {
            let answers: Vec<Answer> = of.iter().map(|one| look(truth, one)).collect();
            match answers.iter().find(|answer| !matches!(answer, Answer::Holds { .. })) {
                Some(bad) => bad.clone(),
                None => Answer::Holds { evidence: answers.iter().map(Answer::words).collect::<Vec<_>>().join("; ") },
            }
        }
        // Nobody plays the cluster's tasks, which prove nothing.
        Probe::OvsUpdater { node } => look(truth, node),
        Probe::NoPendingJobs => match truth.jobs.iter().find(|(_, job)| !job.is_over) {
            Some((id, _)) => Answer::Busy { by: format!("job {id}") },
            None => Answer::Holds { evidence: "no job is pending".to_owned() },
        },
        Probe::Cloudify(wanted) => match truth.facts.get(&key(probe)) {
            Some(true) => Answer::Holds { evidence: wanted.words() },
            Some(false) | None => Answer::NotYet { evidence: format!("not so yet: {}", wanted.words()) },
        },
        Probe::Shell { host, .. } | Probe::CopiesSealed { host, .. } => match truth.facts.get(&key(probe)) {
            Some(true) => Answer::Holds { evidence: format!("so it is on {host}") },
            Some(false) | None => Answer::NotYet { evidence: format!("not so on {host}") },
        },
        Probe::OvsApiReady => Answer::Holds { evidence: "the API answers on every master".to_owned() },
        Probe::OvsVolumesUnused { .. } => Answer::Holds { evidence: "nobody has a volume open".to_owned() },
        other => {
            let busy = vm_of(other).and_then(|vm| {
                let works_on = |job: &PlayedJob| {
                    let command = job.command.as_ref();
                    command.is_some_and(|command| command.parameters().first().is_some_and(|(_, id)| id == vm))
                };
                truth.jobs.iter().find(|(_, job)| !job.is_over && works_on(job))
            });
            match busy {
                Some((id, _)) => Answer::Busy { by: format!("job {id}") },
                None => {
                    truth.twin.look(other).unwrap_or(Answer::Unknown { reason: "it is not in the play".to_owned() })
                }
            }
        }
    }
}

fn vm_of(probe: &Probe) -> Option<&str> {
    match probe {
        Probe::VmStopped { vm, .. }
        | Probe::VmRebuilt { vm, .. }
        | Probe::VmUntouched { vm, .. }
        | Probe::VmRunning { vm } => Some(vm.id.as_str()),
        _ => None,
    }
}

fn key(probe: &Probe) -> String {
    serde_json::to_string(probe).unwrap_or_default()
}

fn shells(probe: &Probe) -> Vec<&Probe> {
    match probe {
        Probe::All { of } => of.iter().flat_map(shells).collect(),
        Probe::OvsUpdater { node } => shells(node),
        Probe::Shell { .. } | Probe::CopiesSealed { .. } | Probe::Cloudify(_) => vec![probe],
        _ => Vec::new(),
    }
}

/// What holds before anything is done: what is only looked at, and what is to be cleared up at the end. What a step does
/// is not so before it, also where another looks at it once more.
fn facts(plan: &Plan) -> BTreeMap<String, bool> {
    let at_the_end: BTreeSet<&StepId> = plan.finally.iter().map(|step| &step.id).collect();
    let acts = |step: &Step| !matches!(step.action, Action::Observe) && !at_the_end.contains(&step.id);
    let looked_at = plan.steps().filter(|step| !acts(step)).flat_map(|step: &Step| shells(&step.proof));
    let mut facts: BTreeMap<String, bool> = looked_at.map(|probe| (key(probe), true)).collect();
    for step in plan.steps().filter(|step| acts(step)) {
        facts.extend(shells(&step.proof).into_iter().map(|probe| (key(probe), false)));
        facts.extend(step.untouched.iter().flat_map(shells).map(|probe| (key(probe), true)));
    }
    facts
}
