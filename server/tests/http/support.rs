//! A whole server inside the test, without a socket, and a browser that keeps its cookie.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode};
use drydock::config::{self, Layer};
use drydock::web::{Web, router};
use engine::{Engine, NewPerson};
use model::grant::Grants;
use model::people::{Person, Role};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const PASSWORD: &str = "correct horse battery";
pub const OWN: &str = "http://drydock.test";

pub struct Server {
    pub engine: Engine,
    pub router: Router,
    pub stopping: CancellationToken,
    pub folder: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl FnOnce(&mut Layer)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut flags = Layer {
            data_dir: Some(folder.path().display().to_string()),
            public_url: Some(OWN.to_owned()),
            login_attempts: Some("1000".to_owned()),
            ..Layer::default()
        };
        change(&mut flags);
        let config = config::load(None, |_| None, flags).unwrap();
        let engine = Engine::open(config.engine.clone()).await.unwrap();
        let web = Web::new(engine.clone(), config);
        let stopping = web.stopping.clone();
        Self { engine, router: router(web), stopping, folder }
    }

    pub async fn person(&self, name: &str, roles: &[Role]) -> Person {
        // Who is granted something here looks everywhere, unless a test says otherwise.
        let roles = roles.iter().copied().chain([Role::Viewer]).collect();
        self.granted(name, roles).await
    }

    /// Somebody who is granted that and nothing else.
    pub async fn granted(&self, name: &str, roles: Grants) -> Person {
        let new = NewPerson { name: name.to_owned(), password: PASSWORD.to_owned(), roles };
        self.engine.add_person(None, new).await.unwrap()
    }

    /// A browser in which nobody is logged in.
    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookie: None, address: "192.0.2.1:50000".parse().unwrap() }
    }

    /// A browser in which a new person with these roles is logged in.
    pub async fn logged_in(&self, name: &str, roles: &[Role]) -> Browser {
        self.person(name, roles).await;
        self.entered(name).await
    }

    /// A browser in which somebody is logged in who exists.
    pub async fn entered(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.log_in(name, PASSWORD).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{}", answer.body);
        browser
    }
}

pub struct Browser {
    router: Router,
    /// `name=value`, as it is sent.
    pub cookie: Option<String>,
    pub address: SocketAddr,
}

impl Browser {
    pub async fn log_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/login", &[("name", name), ("password", password)]).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&mut self, path: &str, headers: &[(HeaderName, &str)]) -> Answer {
        self.send(Method::GET, path, headers, Body::empty()).await
    }

    /// Sends a form as a page of ours does.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, form, &[(ORIGIN, OWN)]).await
    }

    pub async fn post_with(&mut self, path: &str, form: &[(&str, &str)], headers: &[(HeaderName, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let kind = [(CONTENT_TYPE, "application/x-www-form-urlencoded")];
        self.send(Method::POST, path, &[headers, &kind].concat(), body.finish().into()).await
    }

    pub async fn send(&mut self, method: Method, path: &str, headers: &[(HeaderName, &str)], body: Body) -> Answer {
        Answer::of(self.raw(method, path, headers, body).await).await
    }

    /// The answer with a body that has not been read: for streams.
    pub async fn raw(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: Body,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, "drydock.test");
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let request = request.extension(ConnectInfo(self.address)).body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.keep_cookie(response.headers());
        response
    }

    fn keep_cookie(&mut self, headers: &HeaderMap) {
        let Some(set) = session_cookie(headers) else { return };
        let pair = set.split(';').next().unwrap_or_default();
        self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
    }
}

/// The `Set-Cookie` of the session, if there is one.
pub fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.into_iter().find(|cookie| cookie.split('=').next().is_some_and(|name| name.ends_with("drydock")))
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Self { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub fn header(&self, name: impl axum::http::header::AsHeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.header(LOCATION)
    }
}

/// Resident memory of this process.
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Set in the process that does it.
const ALONE: &str = "DRYDOCK_TEST_ALONE";

/// What is resident counts for a process, so such a test has one of its own: this program once more, with the test of that
/// name alone.
#[track_caller]
pub fn alone<F: Future<Output = ()>>(name: &str, test: impl FnOnce() -> F) {
    if std::env::var_os(ALONE).is_some() {
        return tokio::runtime::Runtime::new().unwrap().block_on(test());
    }
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    let told = alone.args(["--exact", "--nocapture", name]).env(ALONE, "1").output().unwrap();
    let words = String::from_utf8_lossy(&told.stdout);
    assert!(told.status.success() && words.contains("1 passed"), "{words}{}", String::from_utf8_lossy(&told.stderr));
}
