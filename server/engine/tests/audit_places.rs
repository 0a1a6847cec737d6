//! How far the audit log has come is told elsewhere: to files, webhooks and syslog servers that are really there.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{AuditProblem, AuditSettings, CheckpointPlace, Checkpoints, Engine, NewPerson, Pace, Settings};
use model::audit::{AuditFilter, AuditView, ChainState, Checkpoint, Failing};
use model::grant::Grants;
use model::people::Person;
use sqlx::AnyPool;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

struct Server {
    engine: Engine,
    settings: Settings,
    ada: Person,
    folder: TempDir,
}

impl Server {
    /// A server that has something to tell, to these places.
    async fn with(places: impl FnOnce(&Path) -> Vec<String>, often: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let places: Vec<CheckpointPlace> = places(folder.path()).iter().map(|place| place.parse().unwrap()).collect();
        let settings = Settings {
            database_url: format!("sqlite://{}", folder.path().join("drydock.db").display()),
            archive_dir: folder.path().join("data").join("archives"),
            data_dir: folder.path().join("data"),
            key_file: folder.path().join("key"),
            instance: "drydock-1".to_owned(),
            audit: AuditSettings { checkpoints: places, ..AuditSettings::below(folder.path()) },
            webhook_ca_file: None,
        };
        let pace = Pace { checkpoint: often, ..Pace::default() };
        let engine = Engine::open_with(settings.clone(), pace).await.unwrap();
        let new = NewPerson { name: "ada".into(), password: "a long password".into(), roles: Grants::default() };
        let ada = engine.add_person(None, new).await.unwrap();
        engine.resume().await.unwrap();
        Self { engine, settings, ada, folder }
    }

    /// Another entry.
    async fn record(&self) {
        self.engine.logged_out(&self.ada).await.unwrap();
    }

    async fn until(&self, what: &str, fits: impl Fn(&AuditView) -> bool) -> AuditView {
        let begun = std::time::Instant::now();
        loop {
            let view = self.engine.audit_view(&AuditFilter::default()).await.unwrap();
            if fits(&view) {
                return view;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{what} did not come: {:?} {:?}",
                view.chain,
                view.places
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Holds the log against what a place has received.
    async fn hold_against(&self, received: &str) -> Result<Option<i64>, AuditProblem> {
        let key = Engine::audit_key(&self.settings).unwrap();
        let checkpoints = Checkpoints::read(received.as_bytes(), &[key])?;
        Ok(self.engine.audit_log().verify(&checkpoints).await?.checked.signed)
    }

    async fn sql(&self, statement: &'static str) {
        let pool = AnyPool::connect(&self.settings.database_url).await.unwrap();
        sqlx::query(statement).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

const OFTEN: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::from_secs(3600);

fn delivered(view: &AuditView, seq: i64) -> bool {
    view.places.iter().all(|place| place.delivered.is_some_and(|last| last.seq == seq) && place.failing.is_none())
}

/// Answers every request with the status that stands there, and keeps the bodies that it has taken.
async fn webhook(status: Arc<Mutex<u16>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hooks/T0KEN?key=s3cret", listener.local_addr().unwrap());
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let kept = bodies.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read_request(&mut stream).await;
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("POST /hooks/T0KEN?key=s3cret ") && head.contains("application/json"), "{head}");
            let status = *status.lock().unwrap();
            if status == 200 {
                kept.lock().unwrap().push(body.to_owned());
            }
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, bodies)
}

async fn read_request(stream: &mut tokio::net::TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let mut bytes = [0; 4096];
        let length = stream.read(&mut bytes).await.unwrap();
        request.extend_from_slice(&bytes[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let said = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            said.is_some_and(|length: usize| body.len() >= length)
        });
        if whole || length == 0 {
            return text;
        }
    }
}

fn read(path: &Path) -> String {
    let mut text = String::new();
    std::fs::File::open(path).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn every_place_receives_checkpoints_that_the_log_agrees_with() {
    let (hook, bodies) = webhook(Arc::new(Mutex::new(200))).await;
    let syslog = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = syslog.local_addr().unwrap().port();
    let local = tempfile::tempdir().unwrap();
    let machine = tokio::net::UnixDatagram::bind(local.path().join("log")).unwrap();
    let places = |folder: &Path| {
        vec![
            format!("file:{}", folder.join("places.jsonl").display()),
            hook.clone(),
            format!("syslog://127.0.0.1:{port}"),
            format!("syslog:{}", local.path().join("log").display()),
        ]
    };
    let server = Server::with(places, OFTEN).await;
    server.until("the first entry", |view| delivered(view, 1)).await;
    server.record().await;
    let view = server.until("the second entry", |view| delivered(view, 2)).await;
    assert_eq!(view.places[1].place, hook.split("/hooks").next().unwrap().replace("http", "webhook http"));
    server.engine.shutdown().await;

    let server = Server { engine: Engine::open(server.settings.clone()).await.unwrap(), ..server };
    let file = read(&server.folder.path().join("places.jsonl"));
    assert_eq!(file.lines().count(), 2, "nothing has changed in between: {file}");
    assert_eq!(server.hold_against(&file).await.unwrap(), Some(2));
    let posted = bodies.lock().unwrap().join("\n");
    assert_eq!(server.hold_against(&posted).await.unwrap(), Some(2));
    for _ in 0..2 {
        let (mut far, mut near) = ([0; 4096], [0; 4096]);
        let (length, near_length) = (syslog.recv(&mut far).await.unwrap(), machine.recv(&mut near).await.unwrap());
        for message in [&far[..length], &near[..near_length]] {
            assert!(message.starts_with(b"<110>"));
            server.hold_against(&String::from_utf8_lossy(message)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_place_that_is_down_is_told_with_since_and_why_and_gets_the_newest_when_it_is_back() {
    let status = Arc::new(Mutex::new(503));
    let (hook, bodies) = webhook(status.clone()).await;
    let places = |folder: &Path| vec![format!("file:{}", folder.join("mount/places.jsonl").display()), hook.clone()];
    let server = Server::with(places, OFTEN).await;
    let both = |view: &AuditView| view.places.iter().all(|place| place.failing.is_some());
    let view = server.until("the failure", both).await;
    let failing: Vec<Failing> = view.places.iter().map(|place| place.failing.clone().unwrap()).collect();
    assert!(failing[0].why.contains("No such file"), "{failing:?}");
    assert!(failing[1].why.contains("503") && !failing[1].why.contains("T0KEN"), "{failing:?}");
    server.record().await;

    // It is tried again, and what is told stays the same: since when it fails.
    std::fs::create_dir(server.folder.path().join("mount")).unwrap();
    let view = server.until("the file", |view| view.places[0].failing.is_none()).await;
    assert_eq!(view.places[1].failing.as_ref(), Some(&failing[1]));
    *status.lock().unwrap() = 200;
    server.until("the webhook", |view| delivered(view, 2)).await;
    let posted = bodies.lock().unwrap().clone();
    assert_eq!(posted.len(), 1, "the newest says it all");
    assert_eq!(server.hold_against(&posted[0]).await.unwrap(), Some(2));
}

#[tokio::test]
async fn what_was_recorded_last_is_told_when_the_server_stops() {
    let server = Server::with(|folder| vec![format!("file:{}", folder.join("places.jsonl").display())], NEVER).await;
    server.until("the first entry", |view| delivered(view, 1)).await;
    server.record().await;
    server.engine.shutdown().await;
    let file = read(&server.folder.path().join("places.jsonl"));
    let last = Checkpoint::find(2, file.lines().nth(1).unwrap()).unwrap().unwrap();
    assert_eq!(last.statement.seq, 2);
}

#[tokio::test]
async fn a_torn_line_does_not_damage_the_checkpoint_after_it() {
    let torn = |folder: &Path| {
        let path = folder.join("places.jsonl");
        std::fs::write(&path, "{\"half").unwrap();
        vec![format!("file:{}", path.display())]
    };
    let server = Server::with(torn, OFTEN).await;
    server.until("the first entry", |view| delivered(view, 1)).await;
    assert_eq!(server.hold_against(&read(&server.folder.path().join("places.jsonl"))).await.unwrap(), Some(1));
}

#[tokio::test]
async fn the_server_itself_notices_when_its_log_is_changed() {
    let server = Server::with(|_| Vec::new(), OFTEN).await;
    let whole =
        |last| move |view: &AuditView| matches!(view.chain, ChainState::Whole { last: seen, .. } if seen == last);
    server.until("a look at the first entry", whole(1)).await;
    for _ in 0..3 {
        server.record().await;
    }
    server.until("a look at the others", whole(4)).await;
    server.sql("delete from audit where seq = 4").await;
    let view = server.until("the flaw", |view| matches!(view.chain, ChainState::Broken { .. })).await;
    let ChainState::Broken { flaw, .. } = view.chain else { unreachable!() };
    assert!(flaw.starts_with("entry 4 is not there as it was"), "{flaw}");
}

#[tokio::test]
async fn the_key_is_made_once_for_its_owner_only_and_signs_the_same_after_a_restart() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::with(|_| Vec::new(), NEVER).await;
    let key = Engine::audit_key(&server.settings).unwrap();
    let mode = std::fs::metadata(&server.settings.audit.key_file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(Engine::audit_key(&server.settings).unwrap(), key);
    std::fs::write(&server.settings.audit.key_file, "short").unwrap();
    let refused = Engine::audit_key(&server.settings).unwrap_err().to_string();
    assert!(refused.contains("audit.key") && refused.contains("`audit_key`"), "{refused}");
}
