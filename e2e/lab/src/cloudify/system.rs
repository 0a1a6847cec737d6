//! What a manager tells about itself (2.2).

use serde_json::{Map, Value, json};

use super::config::Edition;
use super::release::Release;
use super::route::Member;
use super::shared::Shared;

/// Units of 4.x, by their names in `/status`. Riemann went with 5.0 (4.2).
const UNITS: &[(&str, &str)] = &[
    ("Manager Rest-Service", "cloudify-restservice.service"),
    ("Management Worker", "cloudify-mgmtworker.service"),
    ("RabbitMQ", "cloudify-rabbitmq.service"),
    ("Riemann", "cloudify-riemann.service"),
    ("Webserver", "nginx.service"),
    ("PostgreSQL", "postgresql-9.5.service"),
];
const SERVICES: &[(&str, &str)] = &[
    ("Manager Rest-Service", "cloudify-restservice"),
    ("Management Worker", "cloudify-mgmtworker"),
    ("RabbitMQ", "cloudify-rabbitmq"),
    ("Webserver", "nginx"),
    ("PostgreSQL", "postgresql-9.5"),
];

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
    if shared.config.release.is_clustered() {
        let services = SERVICES.iter().map(|(name, unit)| {
            let systemd = json!({ "display_name": name, "instances": [unit_state(unit, name)], "unit_id": unit });
            let service = json!({ "status": "Active", "is_remote": false, "extra_info": { "systemd": systemd } });
            ((*name).to_owned(), service)
        });
        return json!({ "status": "OK", "services": services.collect::<Map<_, _>>() });
    }
    let services =
        UNITS.iter().map(|(name, unit)| json!({ "display_name": name, "instances": [unit_state(unit, name)] }));
    json!({ "status": "running", "services": services.collect::<Vec<_>>() })
}

fn unit_state(unit: &str, description: &str) -> Value {
    json!({
        "state": "running", "SubState": "running", "ActiveState": "active", "LoadState": "loaded", "Id": unit,
        "MainPID": 1234, "Description": description,
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
