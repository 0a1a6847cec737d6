//! `cargo xtask bench cloudstack`: what Drydock itself costs, and native mode beside the vendor's script.
//!
//! The lab runs as a process of its own (its path is the first argument), so that processor time and memory measured
//! here are Drydock's alone. Prints Markdown.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on says why, and is printed"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use engine::{AuditSettings, Engine, EnvironmentDraft, Followed, NewPerson, Settings};
use lab::Details;
use model::environment::{Access, CloudStackSettings, Elevate, Host, PlatformSettings, RiskClass, Tuning};
use model::event::{Event, EventKind, Outcome};
use model::id::{EnvironmentId, HostName, StepId};
use model::people::{Person, Role};
use model::procedure::{Inputs, RestartMode, RestartSystemVms};
use model::request::Decision;
use model::secret::SecretRef;
use tempfile::TempDir;

/// How often a plan is made; the median is shown.
const PLANS: usize = 5;

#[tokio::main]
async fn main() {
    let lab = std::env::args().nth(1).expect("the path of the lab's program is the first argument");
    println!("| Restart System VMs against the lab | |");
    println!("|---|--:|");
    many(&lab).await;
    both_modes(&lab).await;
}

/// 500 system VMs: what a request costs, and a whole run.
async fn many(lab: &str) {
    let bench = Bench::begin(lab, "many:500").await;
    let idle = memory();
    let mut times = Vec::new();
    for _ in 0..PLANS {
        let begun = Instant::now();
        bench.prepare(inputs(RestartMode::Native)).await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    row("500 system VMs: inventory, plan and prechecks", &milliseconds(times[PLANS / 2]));
    row("500 system VMs: memory for it", &format!("{} MB above {} MB", (memory() - idle) / 1000, idle / 1000));
    let (cpu, begun) = (processor_time(), Instant::now());
    let events = bench.run(inputs(RestartMode::Native)).await;
    let (wall, cpu) = (begun.elapsed(), processor_time().saturating_sub(cpu));
    let steps = events.iter().filter(|event| matches!(event.kind, EventKind::StepDone { .. })).count();
    row("500 system VMs: whole run, 50 routers at a time", &format!("{:.1} s", wall.as_secs_f64()));
    row("Drydock's processor time per step", &format!("{:.2} ms", cpu.as_secs_f64() * 1000.0 / steps as f64));
    let gaps = gaps(&events);
    row("from a step's proof to the next step of the same VM, p50", &format!("{} ms", gaps[gaps.len() / 2]));
    row("the same, p99", &format!("{} ms", gaps[gaps.len() * 99 / 100]));
    row("memory after the run", &format!("{} MB", memory() / 1000));
}

/// The same small cloud, restarted by each mode in the same run of this program.
async fn both_modes(lab: &str) {
    let mut walls = Vec::new();
    for mode in [RestartMode::Native, RestartMode::Script] {
        let bench = Bench::begin(lab, "small").await;
        let begun = Instant::now();
        bench.run(inputs(mode)).await;
        walls.push(begun.elapsed().as_secs_f64());
    }
    row("6 system VMs by signed requests", &format!("{:.1} s", walls[0]));
    row("6 system VMs by the vendor's script, port opened and closed", &format!("{:.1} s", walls[1]));
    row("ratio", &format!("{:.2}", walls[0] / walls[1]));
}

fn inputs(mode: RestartMode) -> Inputs {
    Inputs::RestartSystemVms(RestartSystemVms { mode, parallel_routers: 50, ..RestartSystemVms::default() })
}

/// Milliseconds from a proof to the beginning of the step that completes the proven one, sorted.
fn gaps(events: &[Event]) -> Vec<i64> {
    let done = |id: &StepId| {
        events.iter().find(|event| matches!(&event.kind, EventKind::StepDone { step, .. } if step == id)).map(|e| e.at)
    };
    let mut gaps: Vec<i64> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::StepStarted { step, .. } => {
                let stop = StepId::new(step.as_str().strip_suffix("/start")?.to_owned() + "/stop").ok()?;
                Some(event.at.since(done(&stop)?))
            }
            _ => None,
        })
        .collect();
    gaps.sort_unstable();
    gaps
}

fn row(what: &str, value: &str) {
    println!("| {what} | {value} |");
}

fn milliseconds(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

/// Resident memory of this process in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Processor time of this process, user and system.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name, which may hold blanks: field 14 and 15 of proc(5), in ticks of 10 ms.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

struct Bench {
    engine: Engine,
    rita: Person,
    paul: Person,
    environment: EnvironmentId,
    _lab: Child,
    _folder: TempDir,
}

impl Bench {
    async fn begin(lab: &str, cloud: &str) -> Self {
        let mut lab = Command::new(lab)
            .args(["--cloud", cloud, "--pace", "fast", "--until-stdin-closes"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(lab.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let details: Details = serde_json::from_str(&line).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(Settings {
            database_url: format!("sqlite://{}", folder.path().join("drydock.db").display()),
            data_dir: folder.path().join("data"),
            archive_dir: folder.path().join("data").join("archives"),
            key_file: folder.path().join("key"),
            instance: "bench".to_owned(),
            audit: AuditSettings::below(folder.path()),
            webhook_ca_file: None,
        })
        .await
        .unwrap();
        let add = async |name: &str, roles: &[Role]| {
            let roles = roles.iter().copied().collect();
            engine.add_person(None, NewPerson { name: name.into(), password: "a long password".into(), roles }).await
        };
        let rita = add("rita", &[Role::Requester]).await.unwrap();
        let paul = add("paul", &[Role::Approver, Role::Operator]).await.unwrap();
        let environment = add_environment(&engine, &details, &folder).await;
        Self { engine, rita, paul, environment, _lab: lab, _folder: folder }
    }

    async fn prepare(&self, inputs: Inputs) -> model::id::RequestId {
        self.engine.prepare(&self.rita, &self.environment, inputs, "bench").await.unwrap()
    }

    async fn run(&self, inputs: Inputs) -> Vec<Event> {
        let request = self.prepare(inputs).await;
        let digest = self.engine.request(&self.paul, &request).await.unwrap().request.digest;
        self.engine.decide(&self.paul, &request, &digest, Decision::Approve, "").await.unwrap();
        let run = self.engine.start(&self.paul, &request, &digest).await.unwrap();
        let mut tail = self.engine.follow(&run, 0).await.unwrap();
        let mut all = Vec::new();
        while let Followed::Events(events) = tail.next().await.unwrap() {
            all.extend(events);
        }
        let succeeded = EventKind::Finished { outcome: Outcome::Succeeded };
        assert_eq!(all.last().map(|event| &event.kind), Some(&succeeded), "a run that fails measures nothing");
        all
    }
}

async fn add_environment(engine: &Engine, details: &Details, folder: &TempDir) -> EnvironmentId {
    let secret = |name: &str, value: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, value).unwrap();
        SecretRef::File(path.display().to_string())
    };
    let hosts = details.management.iter().map(|host| Host {
        name: HostName::new(host.name.clone()).unwrap(),
        access: Access {
            address: host.address.clone(),
            port: host.port,
            user: host.user.clone(),
            key: SecretRef::File(host.private_key.display().to_string()),
            host_key: None,
        },
        jump: None,
        elevate: Elevate::Sudo,
    });
    let settings = CloudStackSettings {
        endpoint: details.api_url.clone(),
        api_key: secret("api_key", &details.api_key),
        secret_key: secret("secret_key", &details.secret_key),
        certificate_sha256: None,
        management_hosts: hosts.collect(),
        integration_address: details.integration_address.clone(),
        database_password: None,
        tuning: Tuning::default(),
    };
    let draft = EnvironmentDraft {
        name: "bench".into(),
        labels: BTreeSet::new(),
        risk: RiskClass::Test,
        platform: PlatformSettings::CloudStack(settings),
    };
    let id = engine.add_environment(None, draft).await.unwrap();
    for host in engine.test_connection(None, &id).await.unwrap().hosts {
        let offered = host.offered.into_iter().next().unwrap();
        engine.accept_host_key(None, &id, &host.name, offered.of, offered.key).await.unwrap();
    }
    id
}
