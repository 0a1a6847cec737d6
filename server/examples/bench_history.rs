//! `cargo xtask bench history`: 10,000 runs of two years with 10 million lines of output, on SQLite: first page, charts, and
//! searches, asked for over HTTP, with a scan of the same rows beside them. Prints Markdown.
//!
//! The first argument is the number of runs, if it is to be another. They are written through the journal and read by the task that
//! reads them in a server.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on says why, and is printed"
)]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use drydock::config::{self, Layer};
use drydock::web::{Web, router};
use engine::{Engine, EnvironmentDraft, NewPerson, Past};
use model::environment::{CloudStackSettings, PlatformSettings, RiskClass, Tuning};
use model::event::Outcome;
use model::id::{EnvironmentId, HostName, StepId};
use model::people::{Person, Role};
use model::plan::{Action, PLAN_FORMAT, Plan, Probe, Stage, Step, Target};
use model::procedure::{Inputs, RestartSystemVms};
use model::secret::SecretRef;
use model::time::Timestamp;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use sqlx::{AnyPool, AssertSqlSafe};

const RUNS: u32 = 10_000;
const LINES_EACH: u32 = 1_000;
const ENVIRONMENTS: u32 = 40;
const STEPS: u32 = 8;
const PASSWORD: &str = "a long password";

/// How often each page is asked for; the median is shown, with the quickest and the slowest.
const TIMES: usize = 7;

const FIRST_PAGE: Duration = Duration::from_millis(150);
const SEARCH: Duration = Duration::from_secs(1);

/// In one line of all.
const RARE: &str = "quetzalcoatl";

#[tokio::main]
async fn main() {
    let runs: u32 = std::env::args().nth(1).map_or(RUNS, |runs| runs.parse().expect("a number of runs"));
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let flags = Layer {
        data_dir: Some(folder.path().display().to_string()),
        public_url: Some(url.clone()),
        ..Layer::default()
    };
    let config = config::load(None, |_| None, flags).unwrap();
    let engine = Engine::open(config.engine.clone()).await.unwrap();
    let people = people(&engine).await;

    let begun = Instant::now();
    let written = write(&engine, &people, runs).await;
    eprintln!("    {:.0} s for writing them", begun.elapsed().as_secs_f64());
    println!(
        "| History: {runs} runs of two years, {:.1} million lines of output, SQLite | |",
        f64::from(written.lines) / 1e6
    );
    println!("|---|--:|");
    row("output", &format!("{:.0} MB in {} pieces", written.bytes as f64 / 1e6, written.pieces));
    read(&engine, &people[0], &written).await;
    sizes(folder.path()).await;

    let web = Web::new(engine.clone(), config);
    let service = router(web).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let browser = Browser::logged_in(url).await;
    pages(&browser).await;
    searches(&browser).await;
    scans(folder.path()).await;
    engine.shutdown().await;
}

async fn people(engine: &Engine) -> Vec<Person> {
    let mut people = Vec::new();
    for name in ["ada", "olaf", "rita", "vera"] {
        let roles = [Role::Operator, Role::Viewer].into();
        let new = NewPerson { name: name.into(), password: PASSWORD.into(), roles };
        people.push(engine.add_person(None, new).await.unwrap());
    }
    people
}

struct Written {
    lines: u32,
    bytes: usize,
    pieces: u32,
}

async fn write(engine: &Engine, people: &[Person], runs: u32) -> Written {
    let mut environments = Vec::new();
    for number in 0..ENVIRONMENTS {
        environments.push(environment(engine, number).await);
    }
    let plans: Vec<Plan> = environments.iter().map(plan).collect();
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let words = Words::new(&mut dice);
    let host = HostName::new("node1").unwrap();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let years = 2 * 365 * 86_400_000_i64;
    let mut written = Written { lines: 0, bytes: 0, pieces: 0 };
    for number in 0..runs {
        let place = dice.below(ENVIRONMENTS) as usize;
        let at = now - years + years / i64::from(runs) * i64::from(number);
        let outcome = match dice.below(100) {
            0..80 => Outcome::Succeeded,
            80..84 => Outcome::WithErrors,
            84..87 => Outcome::Incomplete,
            87..95 => Outcome::Failed,
            _ => Outcome::Aborted,
        };
        let done =
            if matches!(outcome, Outcome::Failed | Outcome::Aborted) { 1 + dice.below(STEPS - 1) } else { STEPS };
        // From a third of the usual number of lines to five thirds.
        let lines = LINES_EACH / 3 + dice.below(LINES_EACH * 4 / 3);
        let mut clock = at;
        let mut steps = Vec::new();
        for step in 0..done {
            let mut left = lines / done;
            let mut pieces = Vec::new();
            while left > 0 {
                let count = piece_size(&mut dice).min(left);
                left -= count;
                let mut text = String::new();
                for _ in 0..count {
                    words.line(&mut dice, clock, &mut text);
                }
                if number == runs / 3 && step == 0 && left == 0 {
                    text.push_str("INFO the name of the host is Quetzalcoatl\n");
                }
                clock += 100 + i64::from(dice.below(2_000));
                written.bytes += text.len();
                written.lines += count;
                written.pieces += 1;
                pieces.push((Timestamp(clock), text.into_bytes()));
            }
            steps.push((id(step), pieces));
        }
        let plan = &plans[place];
        let past = Past {
            environment: &environments[place],
            plan,
            at: Timestamp(at),
            outcome,
            host: &host,
            steps,
            ended_at: Timestamp(clock + 500),
        };
        engine.record_past(&people[number as usize % people.len()], &past).await.unwrap();
    }
    written
}

/// How many lines come within the tenth of a second after which an executor stores what came.
fn piece_size(dice: &mut Dice) -> u32 {
    match dice.below(10) {
        0..6 => 1 + dice.below(5),
        6..9 => 10 + dice.below(50),
        _ => 100 + dice.below(500),
    }
}

fn id(step: u32) -> StepId {
    StepId::new(format!("node{}/install", step + 1)).unwrap()
}

async fn environment(engine: &Engine, number: u32) -> EnvironmentId {
    let settings = CloudStackSettings {
        endpoint: "http://127.0.0.1:9/client/api".to_owned(),
        api_key: SecretRef::Variable("NONE".to_owned()),
        secret_key: SecretRef::Variable("NONE".to_owned()),
        certificate_sha256: None,
        management_hosts: Vec::new(),
        integration_address: "127.0.0.1".to_owned(),
        database_password: None,
        tuning: Tuning::default(),
    };
    let draft = EnvironmentDraft {
        name: format!("cloud {number}"),
        labels: BTreeSet::new(),
        risk: RiskClass::Production,
        platform: PlatformSettings::CloudStack(settings),
    };
    engine.add_environment(None, draft).await.unwrap()
}

fn plan(environment: &EnvironmentId) -> Plan {
    let step = |number: u32| {
        let host = HostName::new(format!("node{}", number + 1)).unwrap();
        let proof = Probe::Setting { name: "version".to_owned(), value: "2".to_owned() };
        Step::plain(
            id(number),
            format!("Install on node{}", number + 1),
            Target::Host { host },
            Action::Observe,
            proof,
            600,
        )
    };
    Plan {
        format: PLAN_FORMAT,
        environment: environment.clone(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: "For a benchmark.".to_owned(),
        stages: vec![Stage {
            title: "Nodes".to_owned(),
            limit: 1,
            unit: "nodes".to_owned(),
            steps: (0..STEPS).map(step).collect(),
            rolling: None,
        }],
        finally: Vec::new(),
        hazards: Vec::new(),
        left_out: Vec::new(),
        confirmations: Vec::new(),
        hold: 0,
    }
}

/// Reads everything, while somebody else writes now and then, as an executor does.
async fn read(engine: &Engine, somebody: &Person, written: &Written) {
    let (writer, somebody) = (engine.clone(), somebody.clone());
    let beside = tokio::spawn(async move {
        let mut times = Vec::new();
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let begun = Instant::now();
            writer.logged_out(&somebody).await.unwrap();
            times.push(begun.elapsed());
            TIMES_BESIDE.lock().unwrap().clone_from(&times);
        }
    });
    let begun = Instant::now();
    engine.read_all_runs().await.unwrap();
    let took = begun.elapsed();
    beside.abort();
    row(
        "made searchable",
        &format!("{:.1} s, {:.0} lines/s", took.as_secs_f64(), f64::from(written.lines) / took.as_secs_f64()),
    );
    let mut times = TIMES_BESIDE.lock().unwrap().clone();
    times.sort_unstable();
    if let Some(slowest) = times.last() {
        let of = |percent: usize| milliseconds(times[(times.len() - 1) * percent / 100]);
        row(
            "another commit meanwhile, p50, p99 and slowest",
            &format!("{}, {}, {}", of(50), of(99), milliseconds(*slowest)),
        );
    }
}

static TIMES_BESIDE: std::sync::Mutex<Vec<Duration>> = std::sync::Mutex::new(Vec::new());

async fn pool(folder: &Path) -> AnyPool {
    AnyPool::connect(&format!("sqlite://{}", folder.join("drydock.db").display())).await.unwrap()
}

async fn sizes(folder: &Path) {
    let pool = pool(folder).await;
    let size = async |names: &str| -> i64 {
        let sql = format!("select cast(coalesce(sum(pgsize), 0) as bigint) from dbstat where {names}");
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&pool).await.unwrap()
    };
    let (all, index) = (size("1 = 1").await, size("name like 'output_%'").await);
    row("the database", &format!("{:.0} MB, of that {:.0} MB for the search", all as f64 / 1e6, index as f64 / 1e6));
    pool.close().await;
}

async fn pages(browser: &Browser) {
    let first = browser.measure("/history").await;
    row("first page of History, with charts", &spread(&first));
    row("goal: 150 ms, also the slowest time", met(first.last().is_some_and(|slowest| *slowest <= FIRST_PAGE)));
    let filters = [
        ("one outcome and person", "/history?outcome=failed&by=olaf"),
        ("a month a year ago", &format!("/history?from={}&until={}", day(395), day(365))),
        ("a text", "/history?text=cloud+7"),
        ("nothing fits", "/history?by=nobody"),
    ];
    for (what, path) in filters {
        row(&format!("filtered: {what}"), &spread(&browser.measure(path).await));
    }
}

fn day(ago: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    Timestamp(i64::try_from(now).unwrap() - ago * 86_400_000).day()
}

async fn searches(browser: &Browser) {
    let mut slowest = Duration::ZERO;
    for (what, text, expected) in [
        ("a word that is in one line", RARE, "That is all there is"),
        ("a word that is in every third line", "package", "Older places"),
        ("the beginning of words", "pack", "Older places"),
        ("two words beside each other", "setting up", "Older places"),
        ("a word that is nowhere", "xylophone", "Nothing was found"),
        (
            "two words that are everywhere, but not beside each other",
            "package unpacking",
            "Not everything was looked at",
        ),
    ] {
        let path = format!("/history?find={}", text.replace(' ', "+"));
        let page = browser.get(&path).await;
        // Of few runs everything is looked at.
        let is_told =
            page.contains(expected) || page.contains("That is all there is") || page.contains("Nothing was found");
        assert!(is_told, "{text}: {page}");
        let times = browser.measure(&path).await;
        slowest = slowest.max(times.last().copied().unwrap_or_default());
        row(&format!("search in output: {what} (`{text}`)"), &spread(&times));
    }
    row("goal: 1 s, also the slowest time", met(slowest <= SEARCH));
}

/// What a search would be without words: every line is looked at.
async fn scans(folder: &Path) {
    let pool = pool(folder).await;
    for (what, text) in [("in one line", RARE), ("nowhere", "xylophone")] {
        let begun = Instant::now();
        let sql = format!(
            "select count(*) from (select 1 from event where step is not null
             and cast(bytes as text) like '%{text}%' order by at desc limit 50)"
        );
        let _: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&pool).await.unwrap();
        row(
            &format!("beside it: `like '%{text}%'` over the same rows, {what}"),
            &format!("{:.2} s (once)", begun.elapsed().as_secs_f64()),
        );
    }
    pool.close().await;
}

/// Somebody who is logged in.
struct Browser {
    client: reqwest::Client,
    url: String,
    cookie: String,
}

impl Browser {
    async fn logged_in(url: String) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let form = format!("name=vera&password={}", PASSWORD.replace(' ', "+"));
        let ask = client.post(format!("{url}/login")).header(ORIGIN, &url);
        let ask = ask.header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = ask.send().await.unwrap();
        let cookies = answer.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookie = cookies.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ");
        Self { client, url, cookie }
    }

    async fn get(&self, path: &str) -> String {
        let ask = self.client.get(format!("{}{path}", self.url)).header(COOKIE, &self.cookie);
        let answer = ask.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// In order. What is asked for the first time does not count: the file has to be read from the disk once.
    async fn measure(&self, path: &str) -> Vec<Duration> {
        self.get(path).await;
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let begun = Instant::now();
            self.get(path).await;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        times
    }
}

fn row(what: &str, value: &str) {
    println!("| {what} | {value} |");
}

fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}

fn spread(times: &[Duration]) -> String {
    let [first, .., last] = times else { return String::new() };
    let of = |time: &Duration| time.as_secs_f64() * 1000.0;
    format!("{:.0} ms ({:.0} to {:.0}, {} times)", of(&times[times.len() / 2]), of(first), of(last), times.len())
}

/// The same numbers every time (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound.max(1))).unwrap()
    }
}

/// What packages, hosts and classes are called.
struct Words(Vec<String>);

impl Words {
    fn new(dice: &mut Dice) -> Self {
        const PARTS: [&str; 24] = [
            "lib", "ssl", "core", "net", "db", "py", "utils", "dev", "common", "glib", "perl", "boost", "system",
            "kern", "vol", "alba", "ara", "koon", "mem", "cache", "rabbit", "queue", "web", "app",
        ];
        let mut part = || PARTS[dice.below(24) as usize];
        Self((0..5_000).map(|_| format!("{}{}-{}", part(), part(), part())).collect())
    }

    fn line(&self, dice: &mut Dice, clock: i64, text: &mut String) {
        use std::fmt::Write as _;
        // Some are much more frequent than others.
        let mut word = || {
            let bound = 1 + dice.below(5_000);
            self.0[dice.below(bound) as usize].as_str()
        };
        let (one, other) = (word(), word());
        let (a, b, c) = (dice.below(20), dice.below(60), dice.below(100_000));
        let at = Timestamp(clock).utc();
        match dice.below(12) {
            0 => writeln!(
                text,
                "Get:{b} http://archive.ubuntu.com/ubuntu bionic/main amd64 {one} amd64 {a}.{b}-{a} [{c} B]"
            ),
            1 => writeln!(text, "Selecting previously unselected package {one}."),
            2 => writeln!(text, "Unpacking {one} ({a}.{b}.{a}) over ({a}.{b}.0) ..."),
            3 => writeln!(text, "Setting up {one} ({a}.{b}.{a}) ..."),
            4 => writeln!(text, "{at} INFO  [c.c.a.{one}] (job-{c}) request completed for package {other} in {b} ms"),
            5 => writeln!(text, "{at} DEBUG [o.v.{one}] 10.{a}.{b}.{a} - - connection accepted, {c} bytes"),
            6 => writeln!(text, "{at} WARN  {one}: retrying connection to 10.100.{a}.{b}:{c} (attempt {a})"),
            7 => writeln!(text, "Preparing to unpack .../{b}-{one}_{a}.{b}_amd64.deb ..."),
            8 => writeln!(text, "  {one}: {c} of 100000 blocks copied, {b}% done"),
            9 => {
                writeln!(text, "\u{1b}[32mok\u{1b}[0m: service {one} is running (pid {c}), package {other} is current")
            }
            10 => writeln!(text, "Processing triggers for {one} ({a}.{b}) ..."),
            _ => writeln!(text, "{at} {one} {other} {:016x} status=active version={a}.{b}.{c}", dice.next()),
        }
        .unwrap();
    }
}
