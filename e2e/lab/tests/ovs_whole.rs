//! Nodes and API of a simulated Open vStorage cluster are one: what happens to the one is seen in the other.

#![allow(clippy::unwrap_used, reason = "in a test a panic is a failed test")]

mod support;

use std::net::IpAddr;

use lab::ovs::api::Grant;
use lab::{Outcome, OvsAct, OvsFault, OvsGeneration, OvsInit, OvsLab, OvsShape};
use serde_json::{Value, json};
use support::ovs::{ok, on, start, until_all_run, until_truth};
use support::until;

struct Client<'a> {
    lab: &'a OvsLab,
    http: reqwest::Client,
    token: String,
}

impl<'a> Client<'a> {
    async fn new(lab: &'a OvsLab) -> Self {
        let http = reqwest::Client::builder().danger_accept_invalid_certs(true).no_proxy().build().unwrap();
        let (id, secret) = lab.api().credentials(Grant::ClientCredentials).unwrap();
        let login = http.post(url(lab, 0, "oauth2/token/")).basic_auth(id, Some(secret));
        let reply = login.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
        let body: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
        Self { lab, http, token: body["access_token"].as_str().unwrap().to_owned() }
    }

    async fn get(&self, path: &str) -> Value {
        let call = self.http.get(url(self.lab, 0, path)).bearer_auth(&self.token);
        let reply = call.header("Accept", "application/json; version=*").send().await.unwrap();
        serde_json::from_str(&reply.text().await.unwrap()).unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let call = self.http.post(url(self.lab, 0, path)).bearer_auth(&self.token).body(body.to_string());
        let call = call.header("Accept", "application/json; version=*").header("Content-Type", "application/json");
        serde_json::from_str(&call.send().await.unwrap().text().await.unwrap()).unwrap()
    }

    async fn routers(&self) -> Vec<Value> {
        self.get("storagerouters/?sort=name&contents=_dynamics").await["data"].as_array().unwrap().clone()
    }

    /// Waits for a task.
    async fn task(&self, id: &Value) -> Value {
        let path = format!("tasks/{}/", id.as_str().unwrap());
        until(async || {
            let task = self.get(&path).await;
            (task["ready"] == true).then_some(task)
        })
        .await
    }
}

fn url(lab: &OvsLab, node: usize, path: &str) -> String {
    let address: IpAddr = lab.nodes()[node].address.parse().unwrap();
    lab.api().url(address) + path
}

#[tokio::test]
async fn an_update_of_generation_a_launched_over_the_api_runs_on_the_nodes() {
    let lab = start(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMastersOneExtra).await;
    let client = Client::new(&lab).await;
    let routers = client.routers().await;
    assert_eq!(routers.len(), 4);
    let found = lab.nodes().iter().all(|node| routers.iter().any(|router| router["ip"] == node.address.as_str()));
    assert!(found, "{routers:?}");
    let guid = routers[0]["guid"].as_str().unwrap();
    let status = client.get(&format!("storagerouters/{guid}/get_update_status/")).await;
    let status = client.task(&status).await;
    assert_eq!(status["result"]["framework"][0]["to"], "1.8.12", "{status}");
    let launched = client.post(&format!("storagerouters/{guid}/update_framework/"), &json!({})).await;
    assert!(launched.is_string(), "{launched}");
    let ended = |act: &OvsAct| matches!(act, OvsAct::UpdaterEnded { .. });
    let truth = until_truth(&lab, |truth| truth.events.iter().any(|event| ended(&event.act))).await;
    let last = truth.events.iter().rfind(|event| ended(&event.act)).unwrap();
    assert_eq!((last.node.as_str(), &last.act), ("ovs-node1", &OvsAct::UpdaterEnded { outcome: Outcome::Done }));
    until_all_run(&lab).await;
    let client = Client::new(&lab).await;
    assert_eq!(client.routers().await.len(), 4);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_pending_in_generation_c_is_what_the_nodes_lack() {
    let lab = start(OvsGeneration::C, OvsInit::Systemd, OvsShape::ThreeMastersOneExtraOneStorage).await;
    let client = Client::new(&lab).await;
    let guid = client.routers().await[0]["guid"].as_str().unwrap().to_owned();
    let merged = client.get(&format!("storagerouters/{guid}/merge_package_information/")).await;
    let merged = client.task(&merged).await["result"].clone();
    let (first, disks) = (lab.nodes()[0].address.as_str(), lab.nodes()[4].address.as_str());
    assert_eq!(merged[first]["framework"]["openvstorage"]["candidate"], "2.11.4-1", "{merged}");
    assert_eq!(merged[disks]["alba"]["alba"]["installed"], "1.5.22", "{merged}");
    ok(on(&lab, 4, "apt-get install -y alba openvstorage-sdm").await);
    let refreshed = client.get(&format!("storagerouters/{guid}/refresh_package_information/")).await;
    assert_eq!(client.task(&refreshed).await["status"], "SUCCESS");
    let merged = client.get(&format!("storagerouters/{guid}/merge_package_information/")).await;
    let merged = client.task(&merged).await["result"].clone();
    // Files are new, and the disks' services still run the old program.
    assert_eq!(merged[disks]["alba"]["alba"]["installed"], "service_restart", "{merged}");
    // A node whose check fails looks like one that has nothing pending.
    lab.set_fault(OvsFault::VersionCheckFails { node: "ovs-node2".into() }).await.unwrap();
    let refreshed = client.get(&format!("storagerouters/{guid}/refresh_package_information/")).await;
    assert_eq!(client.task(&refreshed).await["status"], "FAILURE");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn without_the_frameworks_services_the_api_is_gone() {
    let lab = start(OvsGeneration::C, OvsInit::Systemd, OvsShape::ThreeMasters).await;
    let client = Client::new(&lab).await;
    ok(on(&lab, 1, "systemctl stop ovs-watcher-framework").await);
    let status =
        async |node| client.http.get(url(&lab, node, "")).send().await.map_or(0, |reply| reply.status().as_u16());
    assert_eq!(status(1).await, 502);
    ok(on(&lab, 1, "systemctl stop nginx").await);
    until(async || (status(1).await == 0).then_some(())).await;
    assert_eq!(status(0).await, 200);
    lab.set_fault(OvsFault::NodeDown { node: "ovs-node3".into() }).await.unwrap();
    until(async || (status(2).await == 0).then_some(())).await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn clients_and_guests_have_their_volumes_open() {
    let lab = start(OvsGeneration::A, OvsInit::Upstart, OvsShape::Single).await;
    let client = Client::new(&lab).await;
    let clients = async || {
        let disks = client.get("vdisks/?contents=_dynamics").await;
        disks["data"][0]["edge_clients"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(clients().await, 0);
    lab.set_fault(OvsFault::VolumeInUse { vdisk: "ovs-node1-disk".into(), clients: 2 }).await.unwrap();
    lab.set_fault(OvsFault::GuestRunning { node: "ovs-node1".into(), guest: "web1".into() }).await.unwrap();
    assert_eq!(clients().await, 3);
    lab.stop().await.unwrap();
}
