//! Archives of snapshots through Drydock: fetched from a simulated manager, and brought by a browser or by `curl`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, ORIGIN, RANGE};
use axum::http::{HeaderName, Method, StatusCode};
use engine::EnvironmentDraft;
use futures::{StreamExt as _, stream};
use lab::cloudify::{Account, Estate, Manager, ManagerConfig, ManagerFault, Release};
use model::audit::{AuditFormat, AuditRange};
use model::cloudify::{Upload, UploadState};
use model::environment::{
    Access, CloudifyManager, CloudifySettings, CloudifyTuning, Elevate, Host, ManagerRest, NewManager,
    PlatformSettings, RiskClass,
};
use model::id::{EnvironmentId, HostName, TenantName};
use model::people::Role;
use model::secret::SecretRef;
use sha2::{Digest as _, Sha256};

use crate::support::{Answer, Browser, OWN, Server, alone, resident};

const NAME: &str = "before_monday";
const OPERATOR: &[Role] = &[Role::Operator, Role::Requester];

struct World {
    server: Server,
    manager: Manager,
    environment: EnvironmentId,
}

impl World {
    async fn start() -> Self {
        let server = Server::start().await;
        let mut config = ManagerConfig::new("old", SocketAddr::from(([127, 0, 0, 1], 0)), Release::V4_2);
        config.admin = Account::admin("admin", "secret-4711");
        config.payload = 3 << 20;
        let manager = Manager::start(&Estate::new(), config).await.unwrap();
        let password = server.folder.path().join("password");
        std::fs::write(&password, "secret-4711").unwrap();
        let secret = SecretRef::File(password.display().to_string());
        let access = Access {
            address: "cfy.invalid".to_owned(),
            port: 22,
            user: "root".to_owned(),
            key: secret.clone(),
            host_key: None,
        };
        let rest = ManagerRest {
            endpoint: manager.url(),
            user: "admin".to_owned(),
            password: secret,
            tenant: TenantName::new("default_tenant").unwrap(),
            certificate_sha256: None,
        };
        let host = Host { name: HostName::new("cfy").unwrap(), access, jump: None, elevate: Elevate::No };
        let draft = EnvironmentDraft {
            name: "lab".to_owned(),
            labels: BTreeSet::new(),
            risk: RiskClass::Test,
            platform: PlatformSettings::Cloudify(Box::new(CloudifySettings {
                old: CloudifyManager { rest: rest.clone(), host },
                new: NewManager::SameHost(rest),
                cli: None,
                tuning: CloudifyTuning::default(),
            })),
        };
        let environment = server.engine.add_environment(None, draft).await.unwrap();
        Self { server, manager, environment }
    }

    /// Makes a snapshot, as somebody else might, and gives its archive.
    async fn snapshot(&self) -> Vec<u8> {
        let address = format!("{}/api/v3.1/snapshots/{NAME}", self.manager.url());
        let asked = |request: reqwest::RequestBuilder| {
            request.basic_auth("admin", Some("secret-4711")).header("tenant", "default_tenant").send()
        };
        let client = reqwest::Client::new();
        let put = client.put(&address).header("content-type", "application/json").body("{}");
        assert_eq!(asked(put).await.unwrap().status(), 201);
        while self.manager.truth().snapshots[0].status == "creating" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        asked(client.get(format!("{address}/archive"))).await.unwrap().bytes().await.unwrap().to_vec()
    }

    fn archive(&self) -> String {
        format!("/environments/{}/snapshots/old/{NAME}/archive", self.environment)
    }

    fn upload(&self, name: &str) -> String {
        format!("/api/uploads/{}/{name}", self.environment)
    }
}

async fn bytes(
    browser: &mut Browser,
    path: &str,
    headers: &[(HeaderName, &str)],
) -> (axum::http::response::Parts, Vec<u8>) {
    let (parts, body) = browser.raw(Method::GET, path, headers, Body::empty()).await.into_parts();
    (parts, to_bytes(body, usize::MAX).await.unwrap().to_vec())
}

fn told(parts: &axum::http::response::Parts, name: HeaderName) -> &str {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn an_archive_comes_whole_and_goes_on_in_its_middle() {
    let world = World::start().await;
    let whole = world.snapshot().await;
    let mut olaf = world.server.logged_in("olaf", OPERATOR).await;
    let (parts, came) = bytes(&mut olaf, &world.archive(), &[]).await;
    assert_eq!((parts.status, came == whole), (StatusCode::OK, true));
    assert_eq!(told(&parts, CONTENT_LENGTH), whole.len().to_string());
    assert_eq!(told(&parts, CONTENT_DISPOSITION), format!("attachment; filename=\"{NAME}.zip\""));
    let tag = told(&parts, ETAG).to_owned();
    // As a browser does, and as `curl -C -` does.
    for headers in [vec![(RANGE, "bytes=1000000-"), (IF_RANGE, &tag)], vec![(RANGE, "bytes=1000000-")]] {
        let (parts, came) = bytes(&mut olaf, &world.archive(), &headers).await;
        assert_eq!((parts.status, came == whole[1_000_000..]), (StatusCode::PARTIAL_CONTENT, true));
        let range = format!("bytes 1000000-{}/{}", whole.len() - 1, whole.len());
        assert_eq!(told(&parts, CONTENT_RANGE), range);
        assert_eq!(told(&parts, CONTENT_LENGTH), (whole.len() - 1_000_000).to_string());
    }
    let (parts, came) = bytes(&mut olaf, &world.archive(), &[(RANGE, "bytes=5-9")]).await;
    assert_eq!((parts.status, came == whole[5..10]), (StatusCode::PARTIAL_CONTENT, true));
    // The beginning was of another snapshot of that name.
    let other = [(RANGE, "bytes=1000000-"), (IF_RANGE, "\"another\"")];
    let (parts, came) = bytes(&mut olaf, &world.archive(), &other).await;
    assert_eq!((parts.status, came == whole), (StatusCode::OK, true));
    let behind = format!("bytes={}-", whole.len());
    let (parts, _) = bytes(&mut olaf, &world.archive(), &[(RANGE, &behind)]).await;
    assert_eq!(parts.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(told(&parts, CONTENT_RANGE), format!("bytes */{}", whole.len()));
    let (range, audit) = (AuditRange { from: 1, to: None }, world.server.engine.audit_log());
    let log: Vec<_> = audit.export(range, AuditFormat::Csv).await.unwrap().collect().await;
    let log: String = log.into_iter().map(Result::unwrap).collect();
    assert!(log.contains("archive.downloaded") && log.contains("from byte 1000000 on"), "{log}");
}

#[tokio::test]
async fn half_an_archive_is_never_taken_for_the_whole() {
    let world = World::start().await;
    world.snapshot().await;
    world.manager.set_fault(ManagerFault::DownloadTruncated);
    let mut olaf = world.server.logged_in("olaf", OPERATOR).await;
    let answer = olaf.raw(Method::GET, &world.archive(), &[], Body::empty()).await;
    assert_eq!(answer.status(), StatusCode::OK, "its head has left before anybody knows");
    assert!(to_bytes(answer.into_body(), usize::MAX).await.is_err(), "the body breaks off");
}

#[tokio::test]
async fn who_may_not_or_asks_for_nonsense_gets_nothing() {
    let world = World::start().await;
    world.snapshot().await;
    let mut vera = world.server.logged_in("vera", &[Role::Viewer, Role::Requester, Role::Approver]).await;
    assert_eq!(vera.get(&world.archive()).await.status, StatusCode::FORBIDDEN);
    let mut nobody = world.server.browser();
    assert_eq!(nobody.get(&world.archive()).await.status, StatusCode::SEE_OTHER);
    let mut olaf = world.server.logged_in("olaf", OPERATOR).await;
    let at = |side: &str, name: &str| format!("/environments/{}/snapshots/{side}/{name}/archive", world.environment);
    for (path, status, words) in [
        (at("old", "%2e%2e%2fetc"), StatusCode::UNPROCESSABLE_ENTITY, "snapshot"),
        (at("old", ".."), StatusCode::UNPROCESSABLE_ENTITY, "snapshot"),
        (at("old", "two%20words"), StatusCode::UNPROCESSABLE_ENTITY, "snapshot"),
        (at("both", NAME), StatusCode::UNPROCESSABLE_ENTITY, "old and new"),
        (at("old", "nothing"), StatusCode::NOT_FOUND, "nothing"),
    ] {
        let answer = olaf.get(&path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(answer.body.contains(words), "{path}: {}", answer.body);
    }
    // Who has clicked reads it, and finds back.
    let html = [(ACCEPT, "text/html")];
    let answer = olaf.get_with(&at("old", "nothing"), &html).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let back = format!("href=\"/environments/{}/snapshots\"", world.environment);
    assert!(answer.body.contains("does not exist") && answer.body.contains(&back), "{}", answer.body);
}

async fn put(browser: &mut Browser, path: &str, range: &str, body: Body) -> Answer {
    browser.send(Method::PUT, path, &[(ORIGIN, OWN), (CONTENT_RANGE, range)], body).await
}

fn upload_of(answer: &Answer) -> Upload {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

async fn settled(browser: &mut Browser, path: &str) -> Upload {
    loop {
        let upload = upload_of(&browser.get(path).await);
        if upload.state != UploadState::Checking {
            return upload;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_goes_on_where_it_was_and_is_the_same_file() {
    let world = World::start().await;
    let file = world.snapshot().await;
    let (path, of) = (world.upload("mine"), file.len());
    let mut olaf = world.server.logged_in("olaf", OPERATOR).await;
    let asked = upload_of(&put(&mut olaf, &path, &format!("bytes */{of}"), Body::empty()).await);
    assert_eq!((asked.there, asked.state), (0, UploadState::Incomplete));
    // The link is lost in the middle of the first part.
    let first = Bytes::copy_from_slice(&file[..1_000_000]);
    let lost = stream::iter([Ok(first), Err(std::io::Error::other("reset"))]);
    let range = format!("bytes 0-{}/{of}", of - 1);
    let answer = put(&mut olaf, &path, &range, Body::from_stream(lost)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    let asked = upload_of(&put(&mut olaf, &path, &format!("bytes */{of}"), Body::empty()).await);
    assert_eq!(asked.there, 1_000_000, "what has come stays");
    let again = put(&mut olaf, &path, &range, Body::from(file.clone())).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "nothing is written over what is there: {}", again.body);
    // As `curl -T FILE -C 1000000` says it.
    let range = format!("bytes 1000000-{}/{of}", of - 1);
    upload_of(&put(&mut olaf, &path, &range, Body::from(file[1_000_000..].to_vec())).await);
    assert_eq!(settled(&mut olaf, &path).await.state, UploadState::Kept);
    let view = world.server.engine.snapshots(&world.environment).await.unwrap();
    assert_eq!(view.archives[0].sha256, hex::encode(Sha256::digest(&file)));
    assert!(view.uploads.is_empty());
}

#[tokio::test]
async fn what_is_no_snapshot_does_not_fit_or_comes_from_elsewhere_is_refused() {
    let world = World::start().await;
    let mut olaf = world.server.logged_in("olaf", OPERATOR).await;
    let path = world.upload("letter");
    upload_of(&put(&mut olaf, &path, "bytes 0-4/5", Body::from("hello")).await);
    let UploadState::Refused(why) = settled(&mut olaf, &path).await.state else { panic!("it was kept") };
    assert!(why.contains("not the zip"), "{why}");
    let huge = put(&mut olaf, &world.upload("huge"), &format!("bytes */{}", 1_u64 << 60), Body::empty()).await;
    assert_eq!(huge.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(huge.body.contains("room"), "{}", huge.body);
    for bad in ["a%2fb", "..", "two%20words", ".hidden"] {
        let answer = put(&mut olaf, &world.upload(bad), "bytes */5", Body::empty()).await;
        assert!(
            matches!(answer.status, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::NOT_FOUND),
            "{bad}: {}",
            answer.status
        );
    }
    let foreign = [(ORIGIN, "https://evil.example"), (CONTENT_RANGE, "bytes 0-4/5")];
    let answer = olaf.send(Method::PUT, &world.upload("foreign"), &foreign, Body::from("hello")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let mut vera = world.server.logged_in("vera", &[Role::Viewer, Role::Operator, Role::Approver]).await;
    let answer = put(&mut vera, &world.upload("hers"), "bytes 0-4/5", Body::from("hello")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    let mut nobody = world.server.browser();
    let answer = put(&mut nobody, &world.upload("nobodys"), "bytes 0-4/5", Body::from("hello")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
    let uploads = world.server.engine.snapshots(&world.environment).await.unwrap().uploads;
    assert_eq!(uploads.len(), 1, "only the letter has left a trace: {uploads:?}");
    let gone = [("environment", world.environment.as_str()), ("snapshot", "letter")];
    assert_eq!(olaf.post("/api/discard_upload", &gone).await.status, StatusCode::OK);
    assert!(world.server.engine.snapshots(&world.environment).await.unwrap().uploads.is_empty());
}

#[test]
fn hundreds_of_megabytes_come_without_being_held() {
    alone("archives::hundreds_of_megabytes_come_without_being_held", they_come);
}

async fn they_come() {
    const PIECE: usize = 1 << 20;
    const PIECES: usize = 400;
    let world = World::start().await;
    let mut olaf = world.server.logged_in("olaf", OPERATOR).await;
    let before = resident();
    let piece = Bytes::from(vec![0; PIECE]);
    let pieces = stream::iter((0..PIECES).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
    let of = PIECE * PIECES;
    let range = format!("bytes 0-{}/{of}", of - 1);
    let path = world.upload("zeros");
    let upload = upload_of(&put(&mut olaf, &path, &range, Body::from_stream(pieces)).await);
    assert_eq!(upload.there, of as u64);
    assert!(matches!(settled(&mut olaf, &path).await.state, UploadState::Refused(_)), "zeros are no zip");
    let grown = resident().saturating_sub(before);
    assert!(grown < (of / 16) as u64, "{grown} bytes more are resident after {of} came");
}
