//! Managers, and a client that does what a Cloudify client does.

#[path = "../support/until.rs"]
mod waiting;

use std::net::SocketAddr;

use lab::cloudify::{Account, Estate, Manager, ManagerConfig, NewDeployment, Release};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

pub use waiting::until;

pub const TENANT: &str = "default_tenant";

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
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.body
    }

    /// Status and error code.
    #[track_caller]
    pub fn error(&self) -> (u16, &str) {
        assert!(self.body["message"].is_string(), "{self:?}");
        (self.status, self.body["error_code"].as_str().unwrap())
    }

    /// The items of a list, and its paging.
    #[track_caller]
    pub fn list(self) -> (Vec<Value>, Value) {
        let body = self.ok();
        (body["items"].as_array().unwrap().clone(), body["metadata"]["pagination"].clone())
    }

    #[track_caller]
    pub fn items(self) -> Vec<Value> {
        self.list().0
    }
}

/// One user of one manager.
#[derive(Clone)]
pub struct Client {
    pub http: reqwest::Client,
    pub url: String,
    pub api: String,
    pub login: Option<(String, String)>,
    pub tenant: Option<String>,
}

impl Client {
    pub fn new(manager: &Manager, name: &str, password: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        let login = Some((name.to_owned(), password.to_owned()));
        Self { http, url: manager.url(), api: manager.api(), login, tenant: Some(TENANT.to_owned()) }
    }

    pub fn as_user(&self, name: &str, password: &str) -> Self {
        Self { login: Some((name.to_owned(), password.to_owned())), ..self.clone() }
    }

    pub fn without_login(&self) -> Self {
        Self { login: None, ..self.clone() }
    }

    pub fn in_tenant(&self, tenant: Option<&str>) -> Self {
        Self { tenant: tenant.map(ToOwned::to_owned), ..self.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = if path.starts_with("/api/") { &self.url } else { &self.api };
        let mut request = self.http.request(method, format!("{base}{path}"));
        if let Some((name, password)) = &self.login {
            request = request.basic_auth(name, Some(password));
        }
        if let Some(tenant) = &self.tenant {
            request = request.header("Tenant", tenant);
        }
        request
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.with_body(Method::PUT, path, body.to_string()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.with_body(Method::POST, path, body.to_string()).await
    }

    pub async fn with_body(&self, method: Method, path: &str, body: String) -> Answer {
        send(self.request(method, path).header("content-type", "application/json").body(body)).await
    }

    /// Makes a snapshot and waits for the end of its execution.
    pub async fn snapshot(&self, id: &str) -> Value {
        let execution = self.put(&format!("/snapshots/{id}"), &json!({ "include_metrics": false })).await.ok();
        self.ended(&execution).await
    }

    /// Waits for the end of an execution. Whatever is no answer means that it still runs (3.5).
    pub async fn ended(&self, execution: &Value) -> Value {
        let path = format!("/executions/{}", execution["id"].as_str().unwrap());
        until(async || {
            let answer = self.get(&path).await;
            let is_over = ["terminated", "failed", "cancelled"].contains(&answer.body["status"].as_str()?);
            is_over.then_some(answer.body)
        })
        .await
    }

    pub async fn download(&self, id: &str) -> Vec<u8> {
        let response = self.request(Method::GET, &format!("/snapshots/{id}/archive")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap().to_vec()
    }

    pub async fn upload(&self, id: &str, bytes: Vec<u8>) -> Answer {
        send(self.request(Method::PUT, &format!("/snapshots/{id}/archive")).body(bytes)).await
    }

    pub async fn restore(&self, id: &str, body: &Value) -> Answer {
        self.post(&format!("/snapshots/{id}/restore"), body).await
    }

    /// Begins a workflow.
    pub async fn start(&self, deployment: &str, workflow: &str, parameters: Value) -> Answer {
        // Booleans are words, as the real client sends them (2.2).
        let body = json!({
            "deployment_id": deployment, "workflow_id": workflow, "parameters": parameters,
            "allow_custom_parameters": "false", "force": "false",
        });
        self.post("/executions", &body).await
    }

    /// Installs agents and waits for the end.
    pub async fn install_agents(&self, deployment: &str) -> Value {
        let execution = self.start(deployment, "install_new_agents", Value::Null).await.ok();
        self.ended(&execution).await
    }
}

pub async fn send(request: RequestBuilder) -> Answer {
    // Nobody listens while a machine boots: that is no answer, and no status either.
    let Ok(response) = request.send().await else {
        return Answer { status: 0, body: Value::Null };
    };
    let status = response.status().as_u16();
    let text = response.text().await.unwrap_or_default();
    Answer { status, body: serde_json::from_str(&text).unwrap_or_else(|_| text.into()) }
}

/// Any free port.
pub fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A manager and its admin.
pub async fn manager(release: Release) -> (Manager, Client) {
    manager_with(&Estate::new(), "manager", release, |_| {}).await
}

pub async fn manager_with(
    estate: &Estate,
    name: &str,
    release: Release,
    change: impl FnOnce(&mut ManagerConfig),
) -> (Manager, Client) {
    let mut config = ManagerConfig::new(name, anywhere(), release);
    change(&mut config);
    let (user, password) = (config.admin.name.clone(), config.admin.password.clone());
    let manager = Manager::start(estate, config).await.unwrap();
    let client = Client::new(&manager, &user, &password);
    (manager, client)
}

/// Two managers in one estate: the old one with deployments and users, the new one empty.
pub struct Pair {
    pub estate: Estate,
    pub old: Manager,
    pub old_admin: Client,
    pub new: Manager,
    pub new_admin: Client,
}

pub async fn pair(old: Release, new: Release) -> Pair {
    pair_with(old, new, |_| {}).await
}

pub async fn pair_with(old: Release, new: Release, change: impl FnOnce(&mut ManagerConfig)) -> Pair {
    let estate = Estate::new();
    let (old, old_admin) = manager_with(&estate, "old", old, |config| {
        config.admin = Account::admin("admin", "old-secret");
        config.accounts = vec![Account::user("erika", "erika-secret", &[TENANT])];
        config.tenants = vec!["team".to_owned()];
        config.deployments = vec![
            NewDeployment::new(TENANT, "web", 2),
            NewDeployment::new(TENANT, "shop", 1),
            NewDeployment::new("team", "data", 1),
        ];
    })
    .await;
    let (new, new_admin) = manager_with(&estate, "new", new, |config| {
        config.admin = Account::admin("admin", "new-secret");
        change(config);
    })
    .await;
    Pair { estate, old, old_admin, new, new_admin }
}

impl Pair {
    /// Takes a snapshot of the old manager to the new one.
    pub async fn carry_over(&self) {
        let made = self.old_admin.snapshot("upgrade").await;
        assert_eq!(made["status"], "terminated", "{made}");
        let archive = self.old_admin.download("upgrade").await;
        self.new_admin.upload("upgrade", archive).await.ok();
    }

    /// Restores and waits for the end, as ground truth knows it: REST may answer nobody, and nobody's password may be
    /// the right one.
    pub async fn restore(&self, body: &Value) -> (String, String) {
        let begun = self.new_admin.restore("upgrade", body).await.ok();
        let id = begun["id"].as_str().unwrap().to_owned();
        until(async || {
            let truth = self.new.truth();
            let found = truth.executions.iter().find(|execution| execution.id == id)?;
            let is_over = !truth.is_restoring && ["terminated", "failed"].contains(&found.status.as_str());
            is_over.then(|| (found.status.clone(), found.error.clone()))
        })
        .await
    }

    /// The client that works on the new manager once the old one's password is in force there.
    pub async fn admin_after(&self) -> Client {
        let client = self.new_admin.as_user("admin", "old-secret");
        until(async || (client.get("/user").await.status == 200).then_some(())).await;
        client
    }

    pub fn owners(&self, deployment: &str) -> Vec<String> {
        let mut hosts = self.estate.hosts();
        hosts.retain(|host| host.deployment == deployment);
        hosts.iter().map(|host| host.manager().unwrap().to_owned()).collect()
    }

    pub async fn stop(self) {
        self.old.stop().await;
        self.new.stop().await;
    }
}
