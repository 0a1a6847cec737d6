//! What a manager tells about itself (2.2).

use serde_json::{Map, Value, json};

use super::config::Edition;
use super::release::Release;
use super::route::Member;
use super::shared::Shared;
use super::unit::{self, Unit};

pub(super) fn version(shared: &Shared) -> Value {
    let release = shared.config.release;
    let number = release.number();
    if release == Release::V3_4_2 {
        return json!({ "version": number, "build": "85", "date": "", "commit": "" });
    }
    let edition = match shared.config.edition {
        Edition::Community => "community",
        Edition::Premium => "premium",
    };
    let mut version = json!({ "edition": edition, "version": number, "build": null, "date": null, "commit": null });
    if release.is_clustered() {
        version["distribution"] = "centos".into();
        version["distro_release"] = "Core".into();
    }
    version
}

pub(super) fn status(shared: &Shared) -> Value {
    let stopped = shared.state().stopped.clone();
    let told = unit::told(&shared.config).map(|unit| (unit, !stopped.contains(unit.name)));
    if shared.config.release.is_clustered() {
        let services: Map<String, Value> = told
            .map(|(unit, runs)| {
                let state = if runs { vec![unit_state(unit)] } else { Vec::new() };
                let systemd = json!({ "display_name": unit.description, "instances": state, "unit_id": unit.name });
                let status = if runs { "Active" } else { "Inactive" };
                let service = json!({ "status": status, "is_remote": false, "extra_info": { "systemd": systemd } });
                (unit.description.to_owned(), service)
            })
            .collect();
        let is_whole = services.values().all(|service| service["status"] == "Active");
        return json!({ "status": if is_whole { "OK" } else { "Fail" }, "services": services });
    }
    let services = told.map(|(unit, runs)| {
        // One that is stopped is there without an instance, and the CLI calls it `unknown`.
        let instances = if runs { vec![unit_state(unit)] } else { Vec::new() };
        json!({ "display_name": unit.description, "instances": instances })
    });
    json!({ "status": "running", "services": services.collect::<Vec<_>>() })
}

fn unit_state(unit: &Unit) -> Value {
    json!({
        "state": "running", "SubState": "running", "ActiveState": "active", "LoadState": "loaded",
        "Id": format!("{}.service", unit.name), "MainPID": 1234, "Description": unit.description,
    })
}

pub(super) fn provider_context(shared: &Shared) -> Value {
    let address = shared.address.ip().to_string();
    let networks: Map<String, Value> =
        shared.config.networks.iter().map(|name| (name.clone(), address.clone().into())).collect();
    json!({ "name": "provider", "context": { "cloudify": { "cloudify_agent": { "networks": networks } } } })
}

/// The one member of each kind. Without a broker's name the client of 5.0.5 dies (6.2).
pub(super) fn member(shared: &Shared, member: Member) -> Value {
    let address = shared.address.ip().to_string();
    let config = &shared.config;
    match member {
        Member::Manager => json!({
            "id": 0, "hostname": config.name, "private_ip": address, "public_ip": address, "networks": {},
            "version": config.release.number(), "edition": "premium", "distribution": "centos",
            "distro_release": "Core", "node_id": "manager", "ca_cert_content": "", "last_seen": shared.now(),
            "status_report_frequency": 5,
        }),
        Member::Broker => json!({
            "name": config.name, "host": address, "management_host": address, "port": 5671, "params": {},
            "networks": {}, "is_external": false, "node_id": "broker", "ca_cert_content": "",
        }),
        Member::Database => json!({
            "name": config.name, "host": address, "is_external": false, "node_id": "db",
        }),
    }
}

pub(super) fn license() -> Value {
    json!({
        "customer_id": "lab", "expiration_date": null, "license_edition": "Premium", "trial": false,
        "cloudify_version": null, "capabilities": [], "expired": false,
    })
}
