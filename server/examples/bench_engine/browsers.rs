//! The web server in front of the engine, and browsers that follow a run over it, in a process of their own: what they
//! need is not the server's.

use std::io::Read as _;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use ::drydock::config::{self, Layer};
use ::drydock::web::{Web, router};
use model::event::{Event, EventKind, Stream};
use model::id::{RunId, StepId};
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::instance::{Drydock, PASSWORD, assert_succeeded};

pub const VIEWERS: usize = 50;

/// Milliseconds; later than this counts as this.
pub const LATEST: usize = 60_000;

/// A web server, and the cookie of somebody who is logged in.
pub struct Site {
    url: String,
    cookie: String,
    _folder: TempDir,
}

impl Site {
    pub async fn open(drydock: &Drydock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let layer = Layer {
            data_dir: Some(folder.path().display().to_string()),
            public_url: Some(url.clone()),
            ..Layer::default()
        };
        let web = Web::new(drydock.engine.clone(), config::load(None, |_| None, layer).unwrap());
        let service = router(web).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let cookie = log_in(&url, &drydock.by.name).await;
        Self { url, cookie, _folder: folder }
    }

    /// Lets them all follow one run, of which each expects so many lines.
    pub fn browsers(&self, run: &RunId, lines: usize) -> Browsers {
        let page = format!("{}/runs/{run}/events", self.url);
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["browsers", &page, &self.cookie, &lines.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Browsers(process)
    }
}

async fn log_in(url: &str, name: &str) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form =
        form_urlencoded::Serializer::new(String::new()).extend_pairs([("name", name), ("password", PASSWORD)]).finish();
    let request = client.post(format!("{url}/login")).header(ORIGIN, url).body(form);
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    let cookie = answer.headers().get(SET_COOKIE).unwrap_or_else(|| panic!("{answer:?} sets no cookie"));
    cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// The process of all viewers.
pub struct Browsers(Child);

impl Browsers {
    /// What each has seen.
    pub async fn end(mut self) -> Vec<Seen> {
        tokio::task::spawn_blocking(move || {
            let mut told = String::new();
            self.0.stdout.take().unwrap().read_to_string(&mut told).unwrap();
            assert!(self.0.wait().unwrap().success(), "a viewer has missed something");
            serde_json::from_str(&told).unwrap()
        })
        .await
        .unwrap()
    }
}

/// What a viewer has seen.
#[derive(Serialize, Deserialize)]
pub struct Seen {
    /// How many lines came with that many milliseconds of delay.
    pub delays: Vec<u64>,
    pub lines: usize,
    /// When the first and the last of them were printed, in nanoseconds.
    pub first: u64,
    pub last: u64,
}

/// In the process of the viewers: follows, and prints what was seen.
pub async fn follow(page: &str, cookie: &str, lines: usize) {
    let viewers: Vec<_> = (0..VIEWERS).map(|_| tokio::spawn(view(page.to_owned(), cookie.to_owned(), lines))).collect();
    let mut all = Vec::new();
    for viewer in viewers {
        all.push(viewer.await.unwrap());
    }
    println!("{}", serde_json::to_string(&all).unwrap());
}

async fn view(page: String, cookie: String, expected: usize) -> Seen {
    let mut answer = reqwest::Client::new().get(page).header(COOKIE, cookie).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    let mut seen = Seen { delays: vec![0; LATEST + 1], lines: 0, first: 0, last: 0 };
    let (mut buffer, mut rest, mut ends) = (Vec::new(), String::new(), Vec::new());
    while let Some(chunk) = answer.chunk().await.unwrap() {
        let now = nanoseconds();
        buffer.extend_from_slice(&chunk);
        let whole = buffer.windows(2).rposition(|two| two == b"\n\n").map_or(0, |at| at + 2);
        let text: Vec<u8> = buffer.drain(..whole).collect();
        for data in String::from_utf8(text).unwrap().lines().filter_map(|line| line.strip_prefix("data: ")) {
            if data != "end" {
                seen.event(serde_json::from_str(data).unwrap(), now, &mut rest, &mut ends);
            }
        }
    }
    assert_succeeded(&ends);
    assert!(rest.is_empty() && seen.lines == expected, "{} of {expected} lines came", seen.lines);
    seen
}

impl Seen {
    fn event(&mut self, event: Event, now: u64, rest: &mut String, ends: &mut Vec<Event>) {
        let printing = StepId::new("h000/0").unwrap();
        match &event.kind {
            EventKind::Output { step, stream: Stream::Stdout, text, .. } if *step == printing => {
                rest.push_str(text);
                let whole = rest.rfind('\n').map_or(0, |at| at + 1);
                rest[..whole].lines().for_each(|line| self.line(line, now));
                rest.drain(..whole);
            }
            EventKind::StepFailed { .. } | EventKind::Finished { .. } => ends.push(event),
            _ => {}
        }
    }

    fn line(&mut self, line: &str, now: u64) {
        let words = line.split_once(' ').and_then(|(number, at)| Some((number.parse().ok()?, at.parse().ok()?)));
        let (number, at): (usize, u64) = words.unwrap_or_else(|| panic!("{line:?} is half a line"));
        assert_eq!(number, self.lines, "lines are lost, doubled or in another order");
        self.lines += 1;
        if number == 0 {
            self.first = at;
        }
        self.last = at;
        let delay = usize::try_from(now.saturating_sub(at) / 1_000_000).unwrap_or(LATEST);
        self.delays[delay.min(LATEST)] += 1;
    }
}

fn nanoseconds() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}
