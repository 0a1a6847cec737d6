//! Chaos: real server processes, real `sshd`s and real databases are killed, stopped, cut off and rebooted at random
//! moments of runs with ten hosts. Afterwards the hosts' own records are compared with what was promised.
//!
//! The moments come from a seed, which is printed; `DRYDOCK_CHAOS_SEED` sets it. What happens between them is up to the
//! machine, so a seed tells what was done, and not exactly when.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod checks;
mod hosts;
mod people;
mod plan;
mod postgres;
mod servers;
mod viewers;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use engine::{Engine, EnvironmentDraft, Followed, NewPerson, Pace};
use lab::{Lab, LabConfig};
use model::environment::{CloudStackSettings, PlatformSettings, RiskClass, Tuning};
use model::event::{Event, EventKind};
use model::id::{EnvironmentId, RunId};
use model::people::Role;
use model::plan::Plan;
use model::secret::SecretRef;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use checks::Story;
use hosts::Host;
use people::{People, Site};
use postgres::Postgres;
use servers::{QUICK, Server, serve_if_told, settings};
use viewers::Seen;

/// So often each variant is disturbed; the three make more than 200.
const MOMENTS: usize = 68;

/// A run that is no longer disturbed ends within this time, or it hangs. Undisturbed it takes half a minute.
const PATIENCE: Duration = Duration::from_secs(300);

/// The promise for a run whose server is gone.
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(30);

#[test]
fn on_sqlite_nothing_starts_twice_and_nothing_is_lost() {
    if serve_if_told() {
        return;
    }
    let scene = Scene::set("on_sqlite_nothing_starts_twice_and_nothing_is_lost", None, 1, QUICK);
    scene.play(MOMENTS);
}

#[test]
fn on_postgres_nothing_starts_twice_and_nothing_is_lost() {
    if serve_if_told() {
        return;
    }
    let Some(postgres) = Postgres::start() else { return say_that_there_is_none() };
    let scene = Scene::set("on_postgres_nothing_starts_twice_and_nothing_is_lost", Some(postgres), 3, QUICK);
    scene.play(MOMENTS);
}

#[test]
fn on_a_postgres_that_is_restarted_all_the_time_nothing_starts_twice_and_nothing_is_lost() {
    if serve_if_told() {
        return;
    }
    let Some(postgres) = Postgres::start() else { return say_that_there_is_none() };
    let name = "on_a_postgres_that_is_restarted_all_the_time_nothing_starts_twice_and_nothing_is_lost";
    let mut scene = Scene::set(name, Some(postgres), 3, QUICK);
    scene.restarts_postgres = true;
    scene.play(MOMENTS);
}

/// At the pace of production, and with a server that never comes back.
#[test]
fn another_server_takes_over_within_30_seconds_and_the_old_one_can_do_nothing_more() {
    if serve_if_told() {
        return;
    }
    let Some(postgres) = Postgres::start() else { return say_that_there_is_none() };
    let name = "another_server_takes_over_within_30_seconds_and_the_old_one_can_do_nothing_more";
    let mut scene = Scene::set(name, Some(postgres), 2, Pace::default());
    let run = scene.start_run();
    let holder = scene.until_held(&run, |_| true);
    let falls = vec![Fall { at: now(), server: holder.clone(), until: None }];
    scene.server(&holder).stop();
    scene.until_held(&run, |by| by != holder);
    scene.server(&holder).go_on();
    scene.end(run, &falls);
}

fn say_that_there_is_none() {
    eprintln!("skipped: there is no PostgreSQL to start (initdb was not found)");
}

/// Everything there is in one variant. Dropping it ends all of it.
struct Scene {
    servers: Vec<Server>,
    hosts: Vec<Host>,
    /// Known to the environment, and in no plan.
    bystander: Host,
    postgres: Option<Postgres>,
    restarts_postgres: bool,
    people: Arc<People>,
    environment: EnvironmentId,
    database_url: String,
    dice: StdRng,
    lab: Option<Lab>,
    runtime: Runtime,
    folder: TempDir,
}

/// A run under way, with those who look at it.
struct Run {
    id: RunId,
    plan: Arc<Plan>,
    people: JoinHandle<()>,
    viewers: Vec<JoinHandle<Seen>>,
}

/// A server that was killed, or stopped until then.
struct Fall {
    at: i64,
    server: String,
    until: Option<i64>,
}

/// What came of it, for whoever wonders whether enough happened.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    claims: usize,
    attempts: usize,
    cut_in_the_middle: usize,
    settled_by_people: usize,
    reboots: usize,
    longest_without_executor_ms: i64,
}

impl Tally {
    fn add(&mut self, events: &[Event], falls: &[Fall]) {
        let count = |is_such: fn(&EventKind) -> bool| events.iter().filter(|event| is_such(&event.kind)).count();
        self.runs += 1;
        self.claims += count(|kind| matches!(kind, EventKind::Claimed { .. }));
        self.attempts += count(|kind| matches!(kind, EventKind::StepStarted { .. }));
        self.cut_in_the_middle +=
            count(|kind| matches!(kind, EventKind::StepUnknown { .. } | EventKind::StepFailed { .. }));
        self.settled_by_people += count(|kind| matches!(kind, EventKind::VerdictAgreed { .. }));
        self.longest_without_executor_ms =
            self.longest_without_executor_ms.max(longest_without_executor(events, falls));
    }
}

/// What has to be put right, and when.
enum Due {
    Boot(usize),
    Sshd(usize),
    Start(usize),
    GoOn(usize),
}

impl Scene {
    fn set(test: &str, postgres: Option<Postgres>, servers: usize, pace: Pace) -> Self {
        let seed = std::env::var("DRYDOCK_CHAOS_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
        eprintln!("{test}: DRYDOCK_CHAOS_SEED={seed}");
        let folder = tempfile::Builder::new().prefix("chaos-").tempdir().unwrap();
        std::fs::create_dir(folder.path().join("run")).unwrap();
        let runtime = Runtime::new().unwrap();
        let new_host = |name: String| Host::boot_first(runtime.handle(), folder.path(), &name);
        let hosts: Vec<Host> = (1..=10).map(|number| new_host(format!("host-{number}"))).collect();
        let bystander = new_host("bystander".to_owned());
        let database_url = match &postgres {
            Some(postgres) => postgres.url(),
            None => format!("sqlite://{}", folder.path().join("drydock.db").display()),
        };
        let lab = runtime.block_on(Lab::start(LabConfig::default())).unwrap();
        let sites = hosts.iter().map(Host::site).collect();
        let draft = draft(&folder, &lab, hosts.iter().chain([&bystander]));
        let (people, environment) = runtime.block_on(async {
            let engine = Engine::open_with(settings(folder.path(), &database_url, "desk"), pace).await.unwrap();
            let add = async |name: &str| {
                let roles = [Role::Operator].into();
                let new = NewPerson { name: name.into(), password: "a long password".into(), roles };
                engine.add_person(None, new).await.unwrap()
            };
            let (rita, paul) = (add("rita").await, add("paul").await);
            let environment = engine.add_environment(None, draft).await.unwrap();
            (People { engine, rita, paul, sites }, environment)
        });
        let server = |number| Server::new(test, folder.path(), &database_url, &format!("server-{number}"), pace);
        Self {
            servers: (1..=servers).map(server).collect(),
            hosts,
            bystander,
            postgres,
            restarts_postgres: false,
            people: Arc::new(people),
            environment,
            database_url,
            dice: StdRng::seed_from_u64(seed),
            lab: Some(lab),
            runtime,
            folder,
        }
    }

    /// Runs, one after the other, until there were enough moments.
    fn play(mut self, moments: usize) {
        let (mut left, mut tally) = (moments, Tally::default());
        while left > 0 {
            let run = self.start_run();
            let falls = self.disturb(&run, &mut left);
            tally.add(&self.end(run, &falls), &falls);
        }
        tally.reboots = self.hosts.iter().map(|host| host.reboots).sum();
        eprintln!("{moments} moments: {tally:#?}");
        let lab = self.lab.take().unwrap();
        self.runtime.block_on(lab.stop()).unwrap();
    }

    /// A server that is asked to stop at once begins it, and the others take it up.
    fn start_run(&mut self) -> Run {
        let plan = Arc::new(plan::plan(&self.environment, &self.hosts, &mut self.dice));
        let starter = settings(self.folder.path(), &self.database_url, "starter");
        let id = self.runtime.block_on(async {
            let engine = Engine::open_with(starter, QUICK).await.unwrap();
            let started = engine.start_unapproved(&self.people.rita, &self.environment, (*plan).clone()).await;
            engine.shutdown().await;
            started.unwrap()
        });
        self.servers.iter_mut().for_each(Server::start);
        let (people, of, run) = (self.people.clone(), plan.clone(), id.clone());
        let look_after = self.runtime.spawn(async move { people.look_after(&run, &of).await });
        let viewers = (0..5).map(|_| {
            let seed = self.dice.random();
            let (engine, somebody) = (self.people.engine.clone(), self.people.rita.clone());
            self.runtime.spawn(viewers::watch(engine, somebody, id.clone(), seed))
        });
        Run { viewers: viewers.collect(), id, plan, people: look_after }
    }

    /// Does harm at random moments, until there were enough or the run is over. Then everything is put right.
    fn disturb(&mut self, run: &Run, left: &mut usize) -> Vec<Fall> {
        let mut falls = Vec::new();
        let mut due: Vec<(Instant, Due)> = Vec::new();
        let mut next = Instant::now();
        let mut next_restart = Instant::now() + Duration::from_secs(2);
        while *left > 0 && !run.viewers.iter().any(JoinHandle::is_finished) {
            std::thread::sleep(Duration::from_millis(20));
            let now = Instant::now();
            self.put_right(&mut due, |at| at <= now);
            if now >= next {
                next = now + self.between(300, 900);
                *left -= usize::from(self.harm(&mut due, &mut falls));
            }
            if self.restarts_postgres && now >= next_restart {
                next_restart = now + self.between(2500, 5000);
                let at_once = self.dice.random();
                self.postgres.as_mut().unwrap().restart(at_once);
            }
        }
        self.put_right(&mut due, |_| true);
        falls
    }

    fn between(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.dice.random_range(least..=most))
    }

    /// One disturbance, if what it concerns is there at all.
    fn harm(&mut self, due: &mut Vec<(Instant, Due)>, falls: &mut Vec<Fall>) -> bool {
        let server = self.dice.random_range(0..self.servers.len());
        // Where a script runs there is most to be lost.
        let busy: Vec<usize> = (0..self.hosts.len()).filter(|host| self.hosts[*host].is_busy()).collect();
        let host = match busy.len() {
            0 => self.dice.random_range(0..self.hosts.len()),
            many => busy[self.dice.random_range(0..many)],
        };
        let choice = self.dice.random_range(0..100);
        let pause = match choice {
            25..35 => self.between(3300, 5000),
            _ => self.between(200, 2500),
        };
        let again = Instant::now() + pause;
        match choice {
            0..35 if !self.servers[server].is_running() || self.servers[server].is_stopped => return false,
            0..25 => {
                self.servers[server].kill();
                due.push((again, Due::Start(server)));
                falls.push(Fall { at: now(), server: self.servers[server].name.clone(), until: None });
            }
            25..35 => {
                self.servers[server].stop();
                due.push((again, Due::GoOn(server)));
                let until = Some(now() + i64::try_from(pause.as_millis()).unwrap());
                falls.push(Fall { at: now(), server: self.servers[server].name.clone(), until });
            }
            _ if !self.hosts[host].is_up() => return false,
            35..65 => self.hosts[host].cut(),
            65..80 => {
                self.hosts[host].stop_sshd();
                self.hosts[host].cut();
                due.push((again, Due::Sshd(host)));
            }
            _ => {
                self.hosts[host].go_down();
                due.push((again, Due::Boot(host)));
            }
        }
        true
    }

    fn put_right(&mut self, due: &mut Vec<(Instant, Due)>, is_due: impl Fn(Instant) -> bool) {
        for (_, what) in due.extract_if(.., |(at, _)| is_due(*at)) {
            match what {
                Due::Boot(host) => self.hosts[host].boot(),
                Due::Sshd(host) => self.hosts[host].start_sshd(),
                Due::Start(server) => self.servers[server].start(),
                Due::GoOn(server) => self.servers[server].go_on(),
            }
        }
        // As a service manager does with what has ended by itself: one that found no database, for example.
        let is_waited_for =
            |number| due.iter().any(|(_, what)| matches!(what, Due::Start(server) if *server == number));
        for (number, server) in self.servers.iter_mut().enumerate() {
            if !is_waited_for(number) {
                server.start();
            }
        }
    }

    /// Waits for the end of a run and looks at everything. The journal.
    fn end(&mut self, run: Run, falls: &[Fall]) -> Vec<Event> {
        let viewers = futures::future::try_join_all(run.viewers);
        let seen = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, viewers).await });
        run.people.abort();
        let Ok(seen) = seen else {
            let last = self.runtime.block_on(self.people.last_words(&run.id));
            panic!("the run does not end:\n{last}");
        };
        let events = self.runtime.block_on(everything(&self.people.engine, &run.id));
        let story = Story { run: &run.id, plan: &run.plan, events: &events, hosts: &self.hosts };
        story.check();
        seen.unwrap().iter().for_each(|seen| story.check_viewer(seen));
        let is_touched = self.bystander.has_spools() || self.bystander.truth().read_dir().unwrap().next().is_some();
        assert!(!is_touched, "something was started on a host that is not in the plan");
        let longest = Duration::from_millis(longest_without_executor(&events, falls).unsigned_abs());
        assert!(longest < TAKEN_UP_WITHIN, "the run was taken up only after {longest:?}");
        events
    }

    /// Waits until such a server has the run.
    fn until_held(&self, run: &Run, is_such: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let view = self.runtime.block_on(self.people.engine.run(&self.people.rita, &run.id)).unwrap();
            let holder = view.state.executor;
            if self.servers.iter().any(|server| server.name == holder) && is_such(&holder) {
                return holder;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("no such server has the run");
    }

    fn server(&mut self, name: &str) -> &mut Server {
        self.servers.iter_mut().find(|server| server.name == name).unwrap()
    }
}

impl Host {
    fn site(&self) -> Site {
        Site { host: self.name.to_string(), boot_id: self.boot_id_file(), truth: self.truth() }
    }
}

/// An environment whose API is the lab's, and whose hosts are ours.
fn draft<'h>(folder: &TempDir, lab: &Lab, hosts: impl Iterator<Item = &'h Host>) -> EnvironmentDraft {
    let secret = |name: &str, value: &str| {
        let path: PathBuf = folder.path().join(name);
        std::fs::write(&path, value).unwrap();
        SecretRef::File(path.display().to_string())
    };
    EnvironmentDraft {
        name: "chaos".into(),
        labels: BTreeSet::new(),
        risk: RiskClass::Test,
        platform: PlatformSettings::CloudStack(CloudStackSettings {
            endpoint: lab.api_url(),
            api_key: secret("api_key", lab.api_key()),
            secret_key: secret("secret_key", lab.secret_key()),
            certificate_sha256: None,
            management_hosts: hosts.map(Host::settings).collect(),
            integration_address: lab.integration_address(),
            database_password: None,
            tuning: Tuning::default(),
        }),
    }
}

/// In milliseconds.
fn longest_without_executor(events: &[Event], falls: &[Fall]) -> i64 {
    falls.iter().filter_map(|fall| taken_up_after(events, fall)).max().unwrap_or(0)
}

/// How long after the fall of its executor a run was taken up; `None` when that server did not have it.
fn taken_up_after(events: &[Event], fall: &Fall) -> Option<i64> {
    let claims = events.iter().filter_map(|event| match &event.kind {
        EventKind::Claimed { by, .. } => Some((event.at.0, by)),
        _ => None,
    });
    let (before, after): (Vec<_>, Vec<_>) = claims.partition(|(at, _)| *at <= fall.at);
    let had_it = before.last().is_some_and(|(_, by)| **by == fall.server);
    let over = events.last().map_or(0, |event| event.at.0);
    let taken = after.first().map_or(over, |(at, _)| *at);
    // One that was stopped and that nobody relieved has gone on by itself.
    let counts = had_it && fall.until.is_none_or(|until| taken < until);
    counts.then_some(taken - fall.at)
}

/// The whole journal, as it is stored.
async fn everything(engine: &Engine, run: &RunId) -> Vec<Event> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map_or(0, |event: &Event| event.seq);
        let Ok(mut tail) = engine.follow(run, after).await else { continue };
        loop {
            match tail.next().await {
                Ok(Followed::Events(events)) => all.extend(events),
                Ok(Followed::End) => return all,
                Err(_) => break,
            }
        }
    }
}

/// Milliseconds since 1970, as events carry them.
fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
