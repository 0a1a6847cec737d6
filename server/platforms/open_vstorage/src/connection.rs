//! "Test connection": the part that concerns the API.

use model::open_vstorage::{NodeRole, StorageRouter};
use model::precheck::{Precheck, Verdict, bad, good};
use serde_json::Value;

use crate::OvsError;
use crate::api::{host_of, reply};

use crate::client::Inner;

pub(crate) async fn test(inner: &Inner) -> Vec<Precheck> {
    let root = inner.api.root().await;
    let mut checks = vec![answers(inner, &root)];
    if root.is_err() {
        // Nothing answered at all: asking on would only cost time.
        return checks;
    }
    checks.push(certificate(inner));
    // A token of before would hide that the client was switched off or has other rights now.
    inner.api.log_in_again().await;
    let routers = crate::discovery::storage_routers(inner).await;
    checks.push(rights(&routers));
    if let Ok(routers) = &routers {
        checks.push(masters(routers));
    }
    checks
}

fn answers(inner: &Inner, root: &Result<Value, OvsError>) -> Precheck {
    const TITLE: &str = "The API answers";
    match root {
        Ok(root) => {
            let release = root.get("release").and_then(|release| reply::text(release, "name"));
            good(TITLE, format!("release {} at {}", release.as_deref().unwrap_or("not told"), inner.endpoint))
        }
        Err(error) => bad(
            Verdict::Unknown,
            TITLE,
            error.to_string(),
            "Check address and port. The certificate is self-signed and usually expired: pin its fingerprint.",
        ),
    }
}

/// A certificate that is not trusted shows as an API that does not answer; this says what protects the connection.
fn certificate(inner: &Inner) -> Precheck {
    const TITLE: &str = "The connection is protected";
    let host = host_of(&inner.endpoint).unwrap_or_default();
    match (inner.endpoint.starts_with("https://"), inner.pinned) {
        (true, true) => good(TITLE, format!("HTTPS to {host}, with a pinned certificate")),
        (true, false) => good(TITLE, format!("HTTPS to {host}, with a certificate of a public authority")),
        (false, _) => bad(
            Verdict::Warning,
            TITLE,
            "plain HTTP",
            "Everybody in between can read the client's secret and change answers. Use HTTPS.",
        ),
    }
}

/// Any of them may be asked, and all of them in the end.
fn masters(routers: &[StorageRouter]) -> Precheck {
    const TITLE: &str = "Every master answers, with a certificate that is known";
    let silent: Vec<String> = routers.iter().filter_map(crate::discovery::rows::silent_master).collect();
    let all = routers.iter().filter(|router| router.role == NodeRole::Master).count();
    if silent.is_empty() {
        return good(TITLE, format!("{all} masters"));
    }
    let resolution =
        "Compare the fingerprint with the one on the node and add it to the settings; or see why its API is away.";
    bad(Verdict::Blocking, TITLE, silent.join("; "), resolution)
}

fn rights(routers: &Result<Vec<StorageRouter>, OvsError>) -> Precheck {
    const TITLE: &str = "The client may log in and read";
    match routers {
        Ok(routers) => good(TITLE, format!("{} StorageRouters are listed", routers.len())),
        Err(error) => {
            let resolution = match error.status() {
                Some(401) => "Id or secret of the client is wrong, or the client was removed.",
                Some(403) => {
                    "Give the client's user the roles read, write and manage (Administration > User Management)."
                }
                Some(429) => "Too many logins from this address: wait a minute.",
                _ => "Cure what stands in the evidence, then look again.",
            };
            bad(Verdict::Blocking, TITLE, error.to_string(), resolution)
        }
    }
}
