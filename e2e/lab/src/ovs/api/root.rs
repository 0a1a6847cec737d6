//! `GET /api/`: what the API tells to everybody (2.1).

use std::net::IpAddr;

use serde_json::{Value, json};

use super::cluster::Model;
use super::release::Release;
use super::token::Bearer;

/// The answer. `who` is the bearer, or what is wrong with the one who asks.
pub(super) fn metadata(model: &Model, release: Release, master: IpAddr, who: Result<Bearer, &'static str>) -> Value {
    let plugins = if model.alba.is_some() { json!({ "alba": ["backend", "gui"] }) } else { json!({}) };
    let ips: Vec<IpAddr> = model.storage_routers.iter().map(|router| router.ip).collect();
    let (state, name, roles) = match &who {
        Ok(bearer) => {
            let roles = bearer.roles.iter().map(|role| role.word()).collect();
            ("authenticated", Some(bearer.account.as_str()), roles)
        }
        Err(state) => (*state, None, Vec::new()),
    };
    json!({
        "release": { "name": release.name() },
        "authenticated": who.is_ok(),
        "authentication_state": state,
        "authentication_metadata": { "ip": master, "mode": "local" },
        "username": name,
        "userguid": name.map(guid_of),
        "roles": roles,
        "identification": { "cluster_id": model.cluster_id },
        "storagerouter_ips": ips,
        "versions": release.versions().collect::<Vec<_>>(),
        "plugins": plugins,
    })
}

/// A guid that is the same for the same account.
fn guid_of(account: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(account)[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
