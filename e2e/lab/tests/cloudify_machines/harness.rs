//! Two managers with their machines, and what a person does with them.

use lab::LabHost;
use lab::cloudify::{CloudifyLab, CloudifyLabConfig, Form, Place, Release};
use reqwest::{Client, Method};
use serde_json::{Value, json};

pub use crate::support::{is_left, is_root, ssh_to, until};

pub async fn start(old: Release, new: Release, form: Form) -> CloudifyLab {
    CloudifyLab::start(CloudifyLabConfig::small(old, new, form)).await.unwrap()
}

pub async fn url(lab: &CloudifyLab, place: Place) -> String {
    lab.manager(place, |manager| manager.api()).await.unwrap()
}

pub fn client() -> Client {
    Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}

/// Status and body of a call by the admin; status 0 is no answer.
pub async fn call(method: Method, url: &str, password: &str, body: Option<Value>) -> (u16, Value) {
    let mut request =
        client().request(method, url).basic_auth("admin", Some(password)).header("Tenant", "default_tenant");
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let Ok(answer) = request.send().await else { return (0, Value::Null) };
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap_or_default()).unwrap_or_default())
}

pub async fn get(url: &str, password: &str) -> (u16, Value) {
    call(Method::GET, url, password, None).await
}

pub async fn status(lab: &CloudifyLab, place: Place) -> u16 {
    get(&format!("{}/status", url(lab, place).await), &lab.admin(place).password).await.0
}

pub async fn until_status(lab: &CloudifyLab, place: Place, wanted: u16) {
    until(async || (status(lab, place).await == wanted).then_some(())).await;
}

pub async fn boot_id(host: &LabHost) -> Option<String> {
    let out = ssh_to(host, "cat /proc/sys/kernel/random/boot_id").await;
    (out.code == 0).then(|| out.stdout.trim().to_owned())
}

/// Makes a snapshot and fetches it.
pub async fn fetched(lab: &CloudifyLab) -> Vec<u8> {
    let (api, password) = (url(lab, Place::Old).await, lab.admin(Place::Old).password.clone());
    let path = format!("{api}/snapshots/upgrade");
    assert_eq!(call(Method::PUT, &path, &password, Some(json!({}))).await.0, 201);
    until(async || (get(&path, &password).await.1["status"] == "created").then_some(())).await;
    let archive = client().get(format!("{path}/archive")).basic_auth("admin", Some(password));
    archive.header("Tenant", "default_tenant").send().await.unwrap().bytes().await.unwrap().to_vec()
}

/// Uploads and restores. What the restore was asked is the body.
pub async fn restored(lab: &CloudifyLab, archive: Vec<u8>, body: Value) {
    let (api, password) = (url(lab, Place::New).await, lab.admin(Place::New).password.clone());
    let path = format!("{api}/snapshots/upgrade");
    let upload = client().put(format!("{path}/archive")).basic_auth("admin", Some(&password)).body(archive);
    assert_eq!(upload.header("Tenant", "default_tenant").send().await.unwrap().status(), 201);
    assert_eq!(call(Method::POST, &format!("{path}/restore"), &password, Some(body)).await.0, 200);
}
