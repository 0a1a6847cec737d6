//! Simulated managers with a client on them.

// Each test binary uses a part of this, and a helper that fails is a failed test.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cloudify::{AdminPassword, Archives, Cloudify, Passwords, Sealer};
use lab::cloudify::{Account, Estate, Manager, ManagerConfig, NewDeployment, Release};
use model::environment::{
    Access, CloudifyManager, CloudifySettings, CloudifyTuning, Elevate, Host, ManagerRest, NewManager,
};
use model::id::{HostName, TenantName};
use model::secret::SecretRef;
use model::time::Timestamp;
use remote::http::{Http, HttpOptions, HttpRequest, Method};
use remote::{HostAccess, LocalRemote, Secret};
use serde_json::Value;

pub const TENANT: &str = "default_tenant";
pub const OLD_PASSWORD: &str = "old-secret";
pub const NEW_PASSWORD: &str = "new-secret";

pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A manager whose admin has this password.
pub async fn manager(
    estate: &Estate,
    name: &str,
    release: Release,
    password: &str,
    change: impl FnOnce(&mut ManagerConfig),
) -> Manager {
    let mut config = ManagerConfig::new(name, anywhere(), release);
    config.admin = Account::admin("admin", password);
    change(&mut config);
    Manager::start(estate, config).await.unwrap()
}

/// What most tests look at: two tenants, three deployments, a second user.
pub fn furnished(config: &mut ManagerConfig) {
    config.accounts = vec![Account::user("erika", "erika-secret", &[TENANT])];
    config.tenants = vec!["empty".to_owned()];
    let mut heals = NewDeployment::new("team", "data", 1);
    heals.heals = true;
    config.deployments = vec![NewDeployment::new(TENANT, "web", 2), NewDeployment::new(TENANT, "shop", 1), heals];
}

pub fn host(name: &str) -> Host {
    let access = Access {
        // Names of hosts are not looked up: a test has no machine for them, or its own.
        address: format!("{name}.example"),
        port: 22,
        user: "root".to_owned(),
        key: SecretRef::Variable("KEY".to_owned()),
        host_key: None,
    };
    Host { name: HostName::new(name).unwrap(), access, jump: None, elevate: Elevate::No }
}

pub fn rest(endpoint: String) -> ManagerRest {
    ManagerRest {
        endpoint,
        user: "admin".to_owned(),
        password: SecretRef::Variable("not looked up here".to_owned()),
        tenant: TenantName::new(TENANT).unwrap(),
        certificate_sha256: None,
    }
}

/// The settings of a migration to a host of its own.
pub fn settings(old: String, new: String) -> CloudifySettings {
    CloudifySettings {
        old: CloudifyManager { rest: rest(old), host: host("old") },
        new: NewManager::AnotherHost(Box::new(CloudifyManager { rest: rest(new), host: host("new") })),
        cli: None,
        tuning: CloudifyTuning::default(),
    }
}

pub fn client_for(settings: &CloudifySettings) -> Cloudify {
    client_with(settings, BTreeMap::new())
}

pub fn client_with(settings: &CloudifySettings, hosts: BTreeMap<HostName, HostAccess>) -> Cloudify {
    let password = |text: &str| AdminPassword(Secret::new(text.to_owned()));
    let passwords = Passwords { old: password(OLD_PASSWORD), new: password(NEW_PASSWORD) };
    let folder = std::env::temp_dir().join("drydock-no-archives");
    let archives = Archives::new(folder, Arc::new(NoKey));
    Cloudify::new(settings, &passwords, hosts, Arc::new(LocalRemote::new().unwrap()), archives, now).unwrap()
}

/// Nothing is sealed by looking.
struct NoKey;

impl Sealer for NoKey {
    fn seal(&self, _plain: &[u8]) -> Result<Vec<u8>, String> {
        Err("there is no key".to_owned())
    }
    fn open(&self, _sealed: &[u8]) -> Result<Vec<u8>, String> {
        Err("there is no key".to_owned())
    }
}

/// A host whose scripts run here.
pub fn local(name: &str) -> (HostName, HostAccess) {
    let access = HostAccess {
        name: name.to_owned(),
        address: "127.0.0.1".to_owned(),
        port: 22,
        user: "nobody".to_owned(),
        identity: "/dev/null".into(),
        host_key: Vec::new(),
        jump: None,
        elevate: remote::Elevate::No,
    };
    (HostName::new(name).unwrap(), access)
}

/// Two managers in one estate, and a client that knows both.
pub struct Pair {
    pub estate: Estate,
    pub old: Manager,
    pub new: Manager,
    pub client: Cloudify,
}

pub async fn pair(old: Release, new: Release) -> Pair {
    let estate = Estate::new();
    let old = manager(&estate, "old", old, OLD_PASSWORD, furnished).await;
    let new = manager(&estate, "new", new, NEW_PASSWORD, |_| {}).await;
    let client = client_for(&settings(old.url(), new.url()));
    Pair { estate, old, new, client }
}

/// A call of somebody else. Returns what came back, which has to be JSON.
pub async fn call(manager: &Manager, password: &str, method: Method, path: &str, body: &Value) -> Value {
    let answer = send(manager, password, method, path, "application/json", body.to_string().into_bytes()).await;
    serde_json::from_slice(&answer).unwrap()
}

pub async fn send(manager: &Manager, password: &str, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Vec<u8> {
    let basic = STANDARD.encode(format!("admin:{password}"));
    let request = HttpRequest::new(method, format!("{}/{path}", manager.api()))
        .header("authorization", format!("Basic {basic}"))
        .header("tenant", TENANT);
    let request = if body.is_empty() { request } else { request.body(kind, body) };
    let answer = Http::new(&HttpOptions::default()).unwrap().send(&request).await.unwrap();
    assert!(answer.is_success(), "{method:?} {path}: {} {}", answer.status, answer.text());
    answer.body
}

/// Waits for a state, never for a change.
pub async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("it never came to that")
}
