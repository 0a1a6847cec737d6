//! The executor against a small world of its own, which is stopped at every point where it is touched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use model::environment::Elevate;
use model::event::{EventKind, Outcome};
use model::gate::Fit;
use model::id::{HostName, JobId, RunId, StepId};
use model::plan::{
    Already, Answer, CloudStackCommand, CloudifyCall, Confirmation, Download, Plan, Probe, Shell, Step, VmRef,
};
use model::request::Request;
use model::run::{Phase, RunState};
use model::submission::{JobStatus, SubmitError, Submitted, Trace};
use model::time::Timestamp;
use remote::http::Moved;
use remote::{HostAccess, Job, Redactor, Remote};

use super::journal::RunJournal;
use super::step::Carrier;
use super::testing::{request_for, started_run};
use crate::Engine;
use crate::copies::NotSealed;
use crate::store::requests;
use crate::testing::{Fresh, On, QUICK};
use crate::world::{ApiCall, World};

/// When the world stops answering: at its n-th call, before or after it took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    Never,
    Before(usize),
    After(usize),
}

#[derive(Debug, Default)]
struct Truth {
    calls: usize,
    /// How often each command took effect.
    effects: BTreeMap<String, usize>,
    /// Jobs by id: the command, and how many more looks until it ends.
    jobs: BTreeMap<JobId, (CloudStackCommand, usize)>,
    port: String,
    /// Fails the job of this command with an error, once.
    fail_once: Option<&'static str>,
    /// Loses the reply to this command, once.
    lose_reply: Option<&'static str>,
    /// Refuses this command until told otherwise.
    refuse: Option<&'static str>,
    /// What the rest of the plan does not fit.
    differs: Option<String>,
}

pub(super) struct TinyWorld {
    truth: Mutex<Truth>,
    silence: Mutex<Silence>,
}

impl TinyWorld {
    pub fn new(silence: Silence) -> Arc<Self> {
        let truth = Truth { port: "0".to_owned(), ..Truth::default() };
        Arc::new(Self { truth: Mutex::new(truth), silence: Mutex::new(silence) })
    }

    fn truth(&self) -> std::sync::MutexGuard<'_, Truth> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn refuse(&self, command: Option<&'static str>) {
        self.truth().refuse = command;
    }

    pub fn differ(&self, difference: Option<&str>) {
        self.truth().differs = difference.map(str::to_owned);
    }

    pub fn port(&self) -> String {
        self.truth().port.clone()
    }

    pub fn times(&self, effect: &str) -> usize {
        self.truth().effects.get(effect).copied().unwrap_or(0)
    }

    /// Runs `effect` as the next call, and never returns where the silence falls.
    async fn call<T>(&self, effect: impl FnOnce(&mut Truth) -> T) -> T {
        let number = {
            let mut truth = self.truth();
            truth.calls += 1;
            truth.calls
        };
        let silence = *self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        if silence == Silence::Before(number) {
            std::future::pending::<()>().await;
        }
        let result = effect(&mut self.truth());
        if silence == Silence::After(number) {
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
        result
    }
}

fn look(truth: &Truth, probe: &Probe) -> Answer {
    let done = |what: &str| truth.effects.get(what).copied().unwrap_or(0);
    let busy = |vm: &VmRef| {
        truth.jobs.iter().find(|(_, (command, left))| *left > 0 && command.parameters()[0].1 == vm.id.as_str())
    };
    let says = |holds: bool, words: String| {
        if holds { Answer::Holds { evidence: words } } else { Answer::NotYet { evidence: words } }
    };
    match probe {
        Probe::VmStopped { vm, .. } => match busy(vm) {
            Some((job, _)) => Answer::Busy { by: job.to_string() },
            None => says(done(&format!("stop {}", vm.name)) > 0, format!("{} stopped", vm.name)),
        },
        Probe::VmRebuilt { vm, .. } => match busy(vm) {
            Some((job, _)) => Answer::Busy { by: job.to_string() },
            None => {
                let built = done(&format!("start {}", vm.name)) + done(&format!("reboot {}", vm.name));
                says(built > 0, format!("{} rebuilt {built} times", vm.name))
            }
        },
        Probe::VmUntouched { vm, .. } => match busy(vm) {
            Some((job, _)) => Answer::Busy { by: job.to_string() },
            None => {
                let touched = ["stop", "start", "reboot"].iter().any(|verb| done(&format!("{verb} {}", vm.name)) > 0);
                says(!touched, format!("{} touched: {touched}", vm.name))
            }
        },
        Probe::Setting { value, .. } => says(&truth.port == value, format!("port is {}", truth.port)),
        _ => Answer::Unknown { reason: "not in this world".to_owned() },
    }
}

fn take_effect(truth: &mut Truth, command: &CloudStackCommand) {
    let effect = match command {
        CloudStackCommand::StopSystemVm(vm) => format!("stop {}", vm.name),
        CloudStackCommand::StartSystemVm(vm) | CloudStackCommand::StartRouter(vm) => format!("start {}", vm.name),
        CloudStackCommand::RebootRouter(vm) => format!("reboot {}", vm.name),
        CloudStackCommand::UpdateConfiguration { value, .. } => {
            truth.port.clone_from(value);
            format!("set {value}")
        }
    };
    *truth.effects.entry(effect).or_default() += 1;
}

#[async_trait]
impl World for TinyWorld {
    async fn submit(&self, call: ApiCall<'_>, _expires: Timestamp) -> Result<Submitted, SubmitError> {
        let ApiCall::CloudStack(command) = call else { unreachable!("this world has one platform") };
        self.call(|truth| {
            if truth.refuse == Some(command.name()) {
                return Err(SubmitError::Refused { code: 431, text: "no such VM".to_owned(), transient: false });
            }
            if let CloudStackCommand::UpdateConfiguration { .. } = command {
                take_effect(truth, command);
                return Ok(Submitted::Done { said: "updated".to_owned() });
            }
            let job = JobId::new(uuid::Uuid::now_v7().to_string()).unwrap();
            truth.jobs.insert(job.clone(), (command.clone(), 2));
            if truth.lose_reply == Some(command.name()) {
                truth.lose_reply = None;
                return Err(SubmitError::MaybeSent { error: "connection reset".to_owned() });
            }
            Ok(Submitted::Job(job))
        })
        .await
    }

    async fn job(&self, _call: ApiCall<'_>, job: &JobId) -> Result<JobStatus, String> {
        self.call(|truth| {
            work(truth);
            let (command, left) = truth.jobs.get(job).cloned().unwrap();
            if left > 0 {
                return Ok(JobStatus::Pending);
            }
            if truth.fail_once == Some(command.name()) {
                truth.fail_once = None;
                return Ok(JobStatus::Failed { code: 530, text: "Unable to start".to_owned() });
            }
            Ok(JobStatus::Succeeded { said: "job succeeded".to_owned() })
        })
        .await
    }

    async fn transfer(&self, call: &CloudifyCall, _moved: &Moved) -> Result<String, String> {
        Err(format!("{} is not in this world", call.name()))
    }

    async fn trace(&self, call: ApiCall<'_>, _since: Timestamp) -> Trace {
        let ApiCall::CloudStack(command) = call else { unreachable!("this world has one platform") };
        self.call(|truth| match truth.jobs.iter().find(|(_, (other, _))| other == command) {
            Some((job, _)) => Trace::Found { words: job.to_string() },
            None => Trace::None { evidence: "no event".to_owned() },
        })
        .await
    }

    async fn download(&self, _download: &Download) -> std::result::Result<String, NotSealed> {
        Err(NotSealed::Refused("this world has no hosts".to_owned()))
    }

    async fn probe(&self, probe: &Probe) -> Answer {
        self.call(|truth| {
            work(truth);
            look(truth, probe)
        })
        .await
    }

    async fn fit(&self, _rest: &[&Step]) -> Fit {
        self.call(|truth| match truth.differs.clone() {
            Some(difference) => Fit::Differs { differences: vec![difference] },
            None => Fit::Fits { evidence: "all as planned".to_owned() },
        })
        .await
    }

    fn remote(&self) -> &dyn Remote {
        unreachable!("this world has no hosts")
    }

    fn host(&self, name: &HostName, _elevate: Elevate) -> Result<HostAccess, String> {
        Err(format!("{name} is not in this world"))
    }

    async fn job_for(&self, _shell: &Shell) -> Result<Job, String> {
        Err("this world has no hosts".to_owned())
    }

    fn redactor(&self) -> Redactor {
        Redactor::new(&[])
    }
}

/// Every look brings the jobs forward, whoever looks: they belong to the server.
fn work(truth: &mut Truth) {
    let mut ended = Vec::new();
    for (command, left) in truth.jobs.values_mut() {
        if *left > 0 {
            *left -= 1;
            if *left == 0 && truth.fail_once != Some(command.name()) {
                ended.push(command.clone());
            }
        }
    }
    for command in ended {
        take_effect(truth, &command);
    }
}

#[derive(Clone)]
pub(super) struct Bench {
    pub fresh: Arc<Fresh>,
    pub engine: Engine,
    pub run: RunId,
    plan: Arc<Plan>,
}

impl Bench {
    /// An engine with one run that was started and never taken up.
    async fn new() -> Self {
        Self::of(Fresh::on(On::Sqlite).await.unwrap()).await
    }

    pub async fn of(fresh: Fresh) -> Self {
        let engine = fresh.engine.clone();
        let run = started_run(&engine).await;
        let line = engine.store().run_line(&run).await.unwrap().unwrap();
        let plan = Arc::new(request_for(&engine, &line).await.plan);
        Self { fresh: Arc::new(fresh), engine, run, plan }
    }

    /// Lets the run be held so many seconds after a failure.
    pub fn hold(&mut self, seconds: u32) {
        Arc::make_mut(&mut self.plan).hold = seconds;
    }

    /// Has the steps of the routers act although they look as they should.
    fn up_to_date(&mut self) {
        for step in &mut Arc::make_mut(&mut self.plan).stages[2].steps {
            step.already = Already::ActAnyway;
            step.untouched = None;
        }
    }

    /// Has the run wait for people there.
    pub async fn confirm(&mut self, confirmations: Vec<Confirmation>) {
        Arc::make_mut(&mut self.plan).confirmations = confirmations;
        let line = self.engine.store().run_line(&self.run).await.unwrap().unwrap();
        let before = request_for(&self.engine, &line).await;
        let request = Request { plan: (*self.plan).clone(), digest: self.plan.digest(), ..before };
        let mut tx = self.engine.store().write().await.unwrap();
        requests::replan(&mut tx, &request).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn carrier(&self, world: &Arc<TinyWorld>) -> Arc<Carrier> {
        let seen = self.engine.store().lease(&self.run).await.unwrap().unwrap();
        let journal = RunJournal::claim(&self.engine, &self.run, self.plan.clone(), &seen).await.unwrap();
        Arc::new(Carrier {
            journal: Arc::new(journal),
            world: world.clone(),
            plan: self.plan.clone(),
            run: self.run.clone(),
            pace: QUICK,
            lifetime: 0,
        })
    }

    pub async fn drive(&self, world: &Arc<TinyWorld>) -> RunState {
        let carrier = self.carrier(world).await;
        super::drive(&carrier, self.engine.0.wakes.subscribe(&self.run)).await.unwrap();
        self.engine.state(&self.run).await.unwrap()
    }
}

fn outcome(state: &RunState) -> Option<Outcome> {
    match state.phase {
        Phase::Over(outcome) => Some(outcome),
        Phase::Stages | Phase::Finally => None,
    }
}

#[tokio::test]
async fn a_run_without_trouble_does_every_step_once_and_closes_what_it_opened() {
    let (bench, world) = (Bench::new().await, TinyWorld::new(Silence::Never));
    let state = bench.drive(&world).await;
    assert_eq!(outcome(&state), Some(Outcome::Succeeded));
    for effect in ["stop vm-1", "start vm-1", "reboot vm-2", "reboot vm-3", "set 8096", "set 0"] {
        assert_eq!(world.times(effect), 1, "{effect}");
    }
    let line = bench.engine.store().run_line(&bench.run).await.unwrap().unwrap();
    assert_eq!((line.outcome, line.steps_done, line.alarm), (Some(Outcome::Succeeded), 6, None));
}

/// The server is killed at every point where it touches the world, before or after that took effect.
#[tokio::test(flavor = "multi_thread")]
async fn wherever_the_server_dies_no_once_step_is_done_twice_and_the_port_is_closed() {
    let calls = {
        let (bench, world) = (Bench::new().await, TinyWorld::new(Silence::Never));
        bench.drive(&world).await;
        world.truth().calls
    };
    let points = (1..=calls).flat_map(|n| [Silence::Before(n), Silence::After(n)]);
    futures::future::join_all(points.map(|silence| async move {
        let (bench, world) = (Bench::new().await, TinyWorld::new(silence));
        let first = bench.carrier(&world).await;
        let wake = bench.engine.0.wakes.subscribe(&bench.run);
        let number = match silence {
            Silence::Before(n) | Silence::After(n) => n,
            Silence::Never => 0,
        };
        let reached = async {
            while world.truth().calls < number {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // Whatever else was under way may come to its own end.
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        tokio::select! {
            result = super::drive(&first, wake) => result.unwrap(),
            () = reached => {}
        }
        *world.silence.lock().unwrap() = Silence::Never;
        let state = if outcome(&bench.engine.state(&bench.run).await.unwrap()).is_some() {
            bench.engine.state(&bench.run).await.unwrap()
        } else {
            bench.drive(&world).await
        };
        assert_eq!(outcome(&state), Some(Outcome::Succeeded), "{silence:?}: {state:#?}");
        for once in ["reboot vm-2", "reboot vm-3"] {
            assert_eq!(world.times(once), 1, "{silence:?}: {once}");
        }
        assert_eq!(world.truth().port, "0", "{silence:?}");
        assert!(world.times("start vm-1") >= 1, "{silence:?}");
    }))
    .await;
}

#[tokio::test]
async fn a_lost_reply_is_settled_by_looking_and_not_by_sending_again() {
    let (bench, world) = (Bench::new().await, TinyWorld::new(Silence::Never));
    world.truth().lose_reply = Some("rebootRouter");
    let state = bench.drive(&world).await;
    assert_eq!(outcome(&state), Some(Outcome::Succeeded));
    assert_eq!((world.times("reboot vm-2"), world.times("reboot vm-3")), (1, 1));
}

#[tokio::test]
async fn a_start_that_fails_once_is_tried_again() {
    let (bench, world) = (Bench::new().await, TinyWorld::new(Silence::Never));
    world.truth().fail_once = Some("startSystemVm");
    let state = bench.drive(&world).await;
    assert_eq!(outcome(&state), Some(Outcome::Succeeded));
    assert_eq!(state.steps[&StepId::new("start").unwrap()].attempt, 2);
}

#[tokio::test]
async fn a_failed_once_step_fails_the_run_but_the_port_is_closed() {
    let (bench, world) = (Bench::new().await, TinyWorld::new(Silence::Never));
    world.truth().refuse = Some("rebootRouter");
    let state = bench.drive(&world).await;
    assert_eq!(outcome(&state), Some(Outcome::Failed));
    assert_eq!(world.truth().port, "0");
    assert_eq!(world.times("start vm-1"), 1);
}

#[tokio::test]
async fn a_vm_whose_stop_was_refused_is_not_started() {
    let (bench, world) = (Bench::new().await, TinyWorld::new(Silence::Never));
    world.truth().refuse = Some("stopSystemVm");
    let state = bench.drive(&world).await;
    assert_eq!(outcome(&state), Some(Outcome::Failed));
    assert_eq!(world.times("start vm-1"), 0, "it was never stopped");
    assert_eq!(world.truth().port, "0");
}

#[tokio::test]
async fn a_failed_command_is_not_proven_by_what_was_so_before() {
    let (mut bench, world) = (Bench::new().await, TinyWorld::new(Silence::Never));
    bench.up_to_date();
    for router in ["vm-2", "vm-3"] {
        world.truth().effects.insert(format!("reboot {router}"), 1);
    }
    world.truth().fail_once = Some("rebootRouter");
    let state = bench.drive(&world).await;
    assert_eq!(outcome(&state), Some(Outcome::Failed), "a router that was not rebooted counted as rebooted");
    assert!(world.times("reboot vm-2") + world.times("reboot vm-3") < 4, "both were rebooted");
}

#[tokio::test]
async fn an_abort_between_stop_and_start_still_starts_the_vm_and_closes_the_port() {
    let (bench, world) = (Bench::new().await, TinyWorld::new(Silence::Never));
    let person = bench.fresh.person("olaf", &[model::people::Role::Operator]).await;
    let carrier = bench.carrier(&world).await;
    let wake = bench.engine.0.wakes.subscribe(&bench.run);
    let abort = async {
        while world.times("stop vm-1") == 0 {
            tokio::task::yield_now().await;
        }
        bench.engine.abort(&person, &bench.run, "wrong night").await.unwrap();
        // Asking again changes nothing.
        bench.engine.abort(&person, &bench.run, "wrong night").await.unwrap();
    };
    let (driven, ()) = tokio::join!(super::drive(&carrier, wake), abort);
    driven.unwrap();
    let state = bench.engine.state(&bench.run).await.unwrap();
    assert_eq!(outcome(&state), Some(Outcome::Aborted));
    assert_eq!(world.times("start vm-1"), 1, "the VM was left stopped");
    assert_eq!(world.times("reboot vm-2") + world.times("reboot vm-3"), 0, "the abort came too late");
    assert_eq!(world.truth().port, "0");
}

#[tokio::test]
async fn an_older_executor_can_no_longer_write() {
    let (bench, world) = (Bench::new().await, TinyWorld::new(Silence::Never));
    let older = bench.carrier(&world).await;
    let _newer = bench.carrier(&world).await;
    let refused = older.journal.append(vec![EventKind::FinallyBegun]).await.unwrap_err();
    assert!(matches!(refused, crate::EngineError::Fenced), "{refused}");
    let silent = super::drive(&older, bench.engine.0.wakes.subscribe(&bench.run)).await;
    assert!(silent.is_err());
    assert_eq!(world.truth().effects, BTreeMap::new(), "an executor without the run acted");
}
