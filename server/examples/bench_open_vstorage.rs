//! `cargo xtask bench ovs`: a cluster of 100 nodes with 40 services each, looked at, planned for, and shown.
//!
//! The lab runs as a process of its own (its path is the first argument): 100 roots with real sshd, apt and dpkg, and
//! 4,000 processes, on the same processors as Drydock. Prints Markdown.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on says why, and is printed"
)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{Request, Response, StatusCode};
use drydock::config::{self, Layer};
use drydock::web::{Web, router};
use engine::{Engine, EnvironmentDraft, NewPerson};
use model::environment::{
    Access, Elevate, Host, OpenVstorageSettings, OpenVstorageTuning, PlatformSettings, RiskClass,
};
use model::id::{EnvironmentId, HostName};
use model::inventory::Facts;
use model::people::{Person, Role};
use model::procedure::{Inputs, OpenVstorageUpdate, UpdateMode};
use model::secret::SecretRef;
use serde::Deserialize;
use tempfile::TempDir;
use tower::ServiceExt as _;

const ADDRESS: &str = "http://drydock.bench";
const PASSWORD: &str = "a long password";
/// How often a page is rendered; the median is shown.
const PAGES: usize = 7;

const KNOWN: Duration = Duration::from_secs(15);
const CONNECTIONS: usize = 16;
const PAGE: Duration = Duration::from_millis(150);

/// What the lab says about itself.
#[derive(Deserialize)]
struct Cluster {
    api_url: String,
    client_id: String,
    client_secret: String,
    certificates: BTreeSet<String>,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    name: String,
    address: String,
    port: u16,
    user: String,
    private_key: String,
}

#[tokio::main]
async fn main() {
    let lab = std::env::args().nth(1).expect("the path of the lab's program is the first argument");
    let (_lab, cluster) = start(&lab);
    let bench = Bench::begin(&cluster).await;
    println!("| Open vStorage: 100 nodes with 40 services each | |");
    println!("|---|--:|");

    let watch = Connections::watch();
    let begun = Instant::now();
    let inventory = bench.engine.take_inventory(Some(&bench.rita), &bench.environment).await.unwrap();
    let looked = begun.elapsed();
    let at_once = watch.most();
    let Facts::OpenVstorage(seen) = &inventory.facts else { panic!("this is no cluster") };
    let nodes: Vec<_> = seen.nodes.values().map(|node| node.value().expect("a node could not be seen")).collect();
    let services: usize = nodes.iter().map(|node| node.services.len()).sum();
    row("services seen on the nodes", &format!("{services} on {}", nodes.len()));
    row("first look at the API and all nodes, no connection open yet", &seconds(looked));
    row("connections open at once, most", &at_once.to_string());
    row("goal: at most 16", met(at_once <= CONNECTIONS));

    let begun = Instant::now();
    let plan = bench.engine.plan_of(&bench.environment, &inventory, &storage_driver()).await.unwrap();
    let planned = begun.elapsed();
    assert!(plan.steps().count() > 5000);
    row("the plan for it, with its prechecks", &milliseconds(planned));
    row("both together", &seconds(looked + planned));
    row("goal: within 15 s, the nodes being simulated on the same processors", met(looked + planned <= KNOWN));

    // A request looks at everything once more, as its plan must be about what is there now.
    let begun = Instant::now();
    let request = bench.engine.prepare(&bench.rita, &bench.environment, storage_driver(), "bench").await.unwrap();
    let both = begun.elapsed();
    row("a request: another look, plan, prechecks", &seconds(both));
    let shown = bench.engine.request(&bench.rita, &request).await.unwrap().request;
    let begun = Instant::now();
    let digest = shown.plan.digest();
    assert_eq!(digest, shown.digest);
    row("the plan: steps", &shown.plan.steps().count().to_string());
    row("the plan: its digest alone", &milliseconds(begun.elapsed()));
    row("resident memory of the server afterwards", &format!("{} MB", memory() / 1000));

    let browser = Browser::logged_in(&bench).await;
    browser.measure("the Updates page", "/").await;
    let page = browser.measure("the page of the cluster", &format!("/environments/{}", bench.environment)).await;
    row("goal: at most 150 ms", met(page <= PAGE));
    browser.measure("the request with its whole plan", &format!("/requests/{request}")).await;
    bench.engine.shutdown().await;
}

fn storage_driver() -> Inputs {
    Inputs::UpdateStorageDriver(OpenVstorageUpdate { mode: UpdateMode::StepByStep, ..OpenVstorageUpdate::default() })
}

fn row(what: &str, value: &str) {
    println!("| {what} | {value} |");
}

fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
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

fn start(lab: &str) -> (Child, Cluster) {
    let mut lab = Command::new(lab)
        .args(["--open-vstorage", "c", "--init", "systemd", "--shape", "hundred"])
        .args(["--pace", "fast", "--until-stdin-closes"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(lab.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (lab, serde_json::from_str(&line).expect("the lab did not start; it needs root"))
}

/// Counts in the background how many connections there are at a time.
struct Connections {
    most: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Connections {
    fn watch() -> Self {
        let watch = Self { most: Arc::default(), over: Arc::default() };
        let (most, over) = (Arc::clone(&watch.most), Arc::clone(&watch.over));
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                most.fetch_max(sessions(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        watch
    }

    fn most(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        self.most.load(Ordering::Relaxed)
    }
}

/// Connections that are open, used or not: OpenSSH is told the control socket with `-S`, one for each of them.
fn sessions() -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    let sockets = lines.filter_map(|line| {
        // The process that keeps a connection open calls itself so.
        if let Some(named) = line.strip_prefix("ssh: ") {
            return Some(named.split(" [mux]").next()?.to_owned());
        }
        let mut words = line.strip_prefix("ssh\0")?.split('\0').skip_while(|word| *word != "-S");
        words.nth(1).map(str::to_owned)
    });
    sockets.collect::<BTreeSet<_>>().len()
}

struct Bench {
    engine: Engine,
    router: axum::Router,
    rita: Person,
    environment: EnvironmentId,
    _folder: TempDir,
}

impl Bench {
    async fn begin(cluster: &Cluster) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let flags = Layer {
            data_dir: Some(folder.path().display().to_string()),
            public_url: Some(ADDRESS.to_owned()),
            ..Layer::default()
        };
        let config = config::load(None, |_| None, flags).unwrap();
        let engine = Engine::open(config.engine.clone()).await.unwrap();
        let router = router(Web::new(engine.clone(), config));
        let roles = [Role::Requester, Role::Viewer].into();
        let rita = NewPerson { name: "rita".into(), password: PASSWORD.into(), roles };
        let rita = engine.add_person(None, rita).await.unwrap();
        // Without somebody who could approve it, no request is taken.
        let roles = [Role::Approver].into();
        let abel = NewPerson { name: "abel".into(), password: PASSWORD.into(), roles };
        engine.add_person(None, abel).await.unwrap();
        let environment = add(&engine, cluster, &folder).await;
        Self { engine, router, rita, environment, _folder: folder }
    }
}

async fn add(engine: &Engine, cluster: &Cluster, folder: &TempDir) -> EnvironmentId {
    let secret = folder.path().join("client-secret");
    std::fs::write(&secret, &cluster.client_secret).unwrap();
    let nodes = cluster.nodes.iter().map(|node| Host {
        name: HostName::new(node.name.clone()).unwrap(),
        access: Access {
            address: node.address.clone(),
            port: node.port,
            user: node.user.clone(),
            key: SecretRef::File(node.private_key.clone()),
            host_key: None,
        },
        jump: None,
        elevate: Elevate::No,
    });
    let settings = OpenVstorageSettings {
        endpoint: cluster.api_url.clone(),
        client_id: cluster.client_id.clone(),
        client_secret: SecretRef::File(secret.display().to_string()),
        certificate_sha256: cluster.certificates.clone(),
        nodes: nodes.collect(),
        tuning: OpenVstorageTuning { free_mebibytes: 1, ..OpenVstorageTuning::default() },
    };
    let draft = EnvironmentDraft {
        name: "bench".into(),
        labels: BTreeSet::new(),
        risk: RiskClass::Test,
        platform: PlatformSettings::OpenVstorage(settings),
    };
    let id = engine.add_environment(None, draft).await.unwrap();
    for host in engine.test_connection(None, &id).await.unwrap().hosts {
        let offered = host.offered.into_iter().next().unwrap();
        engine.accept_host_key(None, &id, &host.name, offered.of, offered.key).await.unwrap();
    }
    id
}

/// Somebody who is logged in; the server is asked without a socket.
struct Browser {
    router: axum::Router,
    cookie: String,
}

impl Browser {
    async fn logged_in(bench: &Bench) -> Self {
        let form = format!("name=rita&password={}", PASSWORD.replace(' ', "+"));
        let ask =
            Request::post("/login").header(ORIGIN, ADDRESS).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = send(&bench.router, ask, form.into()).await;
        assert_eq!(answer.headers()[LOCATION], "/", "nobody is logged in");
        let cookies = answer.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies: Vec<&str> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
        Self { router: bench.router.clone(), cookie: cookies.join("; ") }
    }

    /// The median, which is shown.
    async fn measure(&self, what: &str, path: &str) -> Duration {
        let (mut times, mut size) = (Vec::new(), 0);
        for _ in 0..PAGES {
            let begun = Instant::now();
            let answer = send(&self.router, Request::get(path).header(COOKIE, &self.cookie), Body::empty()).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            size = to_bytes(answer.into_body(), usize::MAX).await.unwrap().len();
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        row(
            &format!("{what}, rendered on the server"),
            &format!("{}, {} KB", milliseconds(times[PAGES / 2]), size / 1000),
        );
        times[PAGES / 2]
    }
}

async fn send(router: &axum::Router, ask: axum::http::request::Builder, body: Body) -> Response<Body> {
    let from: std::net::SocketAddr = "192.0.2.1:50000".parse().unwrap();
    let host = ADDRESS.trim_start_matches("http://");
    router.clone().oneshot(ask.header(HOST, host).extension(ConnectInfo(from)).body(body).unwrap()).await.unwrap()
}
