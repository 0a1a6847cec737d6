//! A cluster in memory, its API, and a client that does what an Open vStorage client does.

#[path = "../support/until.rs"]
mod waiting;

use std::net::IpAddr;
use std::sync::Arc;

use lab::ovs::api::{ApiConfig, ApiError, Cluster, Grant, MemoryCluster, OvsApi, Release};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

pub use waiting::until;

pub const ROUTERS: &str = "storagerouters/";

pub struct Site {
    pub api: OvsApi,
    pub cluster: Arc<MemoryCluster>,
    pub masters: Vec<IpAddr>,
    pub http: reqwest::Client,
    token: String,
}

/// An answer, whatever its status.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// The body: JSON, or a string.
    pub body: Value,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Status and error code.
    #[track_caller]
    pub fn error(&self) -> (u16, &str) {
        assert!(self.body["error_description"].is_string(), "{self:?}");
        (self.status, self.body["error"].as_str().unwrap())
    }
}

/// Three masters, and a client that has a token.
pub async fn site(release: Release) -> Site {
    site_with(release, |_| {}).await
}

pub async fn site_with(release: Release, change: impl Fn(&mut ApiConfig)) -> Site {
    for _ in 0..50 {
        let (a, b) = (rand::random_range(10..250_u8), rand::random_range(1..250_u8));
        let masters = [1, 11, 21].map(|host| IpAddr::from([127, a, b, host])).to_vec();
        let cluster = MemoryCluster::new(release, &masters);
        let mut config = ApiConfig::new(8443);
        change(&mut config);
        let behind: Arc<dyn Cluster> = Arc::<MemoryCluster>::clone(&cluster);
        match OvsApi::start(behind, config).await {
            Ok(api) => {
                let mut site = Site { api, cluster, masters, http: client(), token: String::new() };
                site.log_in().await;
                return site;
            }
            // Somebody else's address.
            Err(ApiError::Listen { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("no free address");
}

/// Does not look at certificates, as the vendor's own client, and does not follow redirects.
pub fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().danger_accept_invalid_certs(true).no_proxy();
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl Site {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api.url(self.masters[0]))
    }

    /// Takes a token of the client with all roles.
    pub async fn log_in(&mut self) {
        let (id, secret) = self.api.credentials(Grant::ClientCredentials).unwrap();
        let answer = self.token_for(&id, &secret, "grant_type=client_credentials").await;
        self.token = answer.ok()["access_token"].as_str().unwrap().to_owned();
    }

    pub fn use_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    pub async fn token_for(&self, id: &str, secret: &str, form: &str) -> Answer {
        send(self.token_request(form).basic_auth(id, Some(secret))).await
    }

    /// A POST to the token endpoint without credentials in its header.
    pub fn token_request(&self, form: &str) -> RequestBuilder {
        let request = self.http.post(self.url("oauth2/token/"));
        request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())
    }

    /// A request with token and version.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_to(self.masters[0], method, path)
    }

    pub fn request_to(&self, master: IpAddr, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.api.url(master)));
        request.bearer_auth(&self.token).header("accept", "application/json; version=*")
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        send(request.body(body.to_string())).await
    }

    /// The guid of a node by its place.
    pub fn router(&self, place: usize) -> String {
        self.cluster.edit(|memory| memory.model.storage_routers[place].guid.clone())
    }

    /// `GET storagerouters/<first>/<call>/`: the task it began.
    pub async fn begin(&self, call: &str) -> String {
        let path = format!("{ROUTERS}{}/{call}/", self.router(0));
        self.get(&path).await.ok().as_str().unwrap().to_owned()
    }

    /// Begins a task with a GET on a node and waits for its end.
    pub async fn task_on(&self, place: usize, call: &str) -> Value {
        let path = format!("{ROUTERS}{}/{call}/", self.router(place));
        let id = self.get(&path).await.ok();
        self.ended(id.as_str().unwrap()).await
    }

    /// The result of a task that succeeds.
    pub async fn result(&self, call: &str) -> Value {
        let task = self.task_on(0, call).await;
        assert_eq!(task["status"], "SUCCESS", "{task}");
        task["result"].clone()
    }

    /// Begins a task with a POST on a node and waits for its end.
    pub async fn post_task(&self, place: usize, call: &str, body: &Value) -> Value {
        let path = format!("{ROUTERS}{}/{call}/", self.router(place));
        let id = self.post(&path, body).await.ok();
        self.ended(id.as_str().unwrap()).await
    }

    /// Waits for the end of a task, as the vendor's client does.
    pub async fn ended(&self, id: &str) -> Value {
        until(async || {
            let task = self.get(&format!("tasks/{id}/")).await.ok();
            (task["ready"] == true).then_some(task)
        })
        .await
    }

    /// Makes packages pending on a node.
    pub fn pend(&self, place: usize, packages: &[(&str, &str, &str)]) {
        let node = self.masters[place];
        self.cluster.edit(|memory| memory.make_pending(node, packages));
    }

    /// The components of all launches so far, and where they ran.
    pub fn launches(&self) -> Vec<(IpAddr, Vec<String>)> {
        self.cluster
            .edit(|memory| memory.launches.iter().map(|launch| (launch.node, launch.components.clone())).collect())
    }
}

pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer { status, body: serde_json::from_str(&text).unwrap_or_else(|_| text.into()) }
}
