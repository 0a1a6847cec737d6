//! What the cluster's own check says is pending (dossier 2.4, 2.6).

use model::open_vstorage::{Generation, Mark, StorageRouter, ToldUpdate};
use serde_json::Value;

use crate::OvsError;
use crate::api::reply::text;
use crate::client::Inner;

pub(super) async fn told(
    inner: &Inner,
    generation: Generation,
    routers: &[StorageRouter],
) -> Result<Vec<ToldUpdate>, OvsError> {
    let mut found = Vec::new();
    match generation {
        Generation::A => {
            // One node after the other: each of these runs apt-get update there.
            for router in routers {
                let path = format!("storagerouters/{}/get_update_status/", router.guid);
                let status = inner.api.ask_task(&path).await?;
                found.extend(of_a(&router.ip, &status).map_err(|problem| not_understood(&path, problem))?);
            }
        }
        Generation::B | Generation::C => {
            let Some(router) = routers.first() else { return Ok(found) };
            let path = format!("storagerouters/{}/merge_package_information/", router.guid);
            let merged = inner.api.ask_task(&path).await?;
            found = of_later(&merged).map_err(|problem| not_understood(&path, problem))?;
        }
    }
    found.sort();
    Ok(found)
}

fn not_understood(path: &str, problem: String) -> OvsError {
    OvsError::NotUnderstood { path: format!("/{path}"), problem }
}

/// `get_update_status` of one node.
fn of_a(ip: &str, status: &Value) -> Result<Vec<ToldUpdate>, String> {
    let mut found = Vec::new();
    for component in ["framework", "volumedriver"] {
        let parts = status.get(component).and_then(Value::as_array);
        for part in parts.ok_or_else(|| format!("the answer has no list named {component}"))? {
            let (Some(name), Some(candidate)) = (text(part, "name"), text(part, "to")) else { continue };
            found.push(ToldUpdate {
                ip: ip.to_owned(),
                component: component.to_owned(),
                name,
                installed: None,
                candidate,
                mark: None,
            });
        }
    }
    Ok(found)
}

/// `merge_package_information`: address, component, package.
fn of_later(merged: &Value) -> Result<Vec<ToldUpdate>, String> {
    let levels = merged.as_object().ok_or("the answer is no object")?;
    let mut found = Vec::new();
    for (ip, components) in levels.iter().filter(|(ip, _)| ip.parse::<std::net::IpAddr>().is_ok()) {
        let components = components.as_object().ok_or_else(|| format!("what it says of {ip} is no object"))?;
        for (component, packages) in components {
            // Generation B may add a list of errors here: then the check of that node has failed (1.3, P1).
            if component == "errors" {
                let errors = packages.as_array().filter(|errors| !errors.is_empty());
                match errors {
                    Some(errors) => return Err(format!("the check of {ip} has failed: {}", words(errors))),
                    None => continue,
                }
            }
            let packages =
                packages.as_object().ok_or_else(|| format!("what it says of {component} on {ip} is no object"))?;
            for (name, package) in packages {
                let Some(candidate) = text(package, "candidate") else { continue };
                let installed = text(package, "installed");
                let (installed, mark) = marked(installed, &candidate);
                let (ip, component, name) = (ip.clone(), component.clone(), name.clone());
                found.push(ToldUpdate { ip, component, name, installed, candidate, mark });
            }
        }
    }
    Ok(found)
}

fn words(errors: &[Value]) -> String {
    let text = |error: &Value| error.as_str().map_or_else(|| error.to_string(), str::to_owned);
    errors.iter().map(text).collect::<Vec<_>>().join("; ")
}

/// Special values that stand in place of the installed version (dossier 1.2).
fn marked(installed: Option<String>, candidate: &str) -> (Option<String>, Option<Mark>) {
    match installed.as_deref() {
        Some("migrations") => (Some(candidate.to_owned()), Some(Mark::Migrations)),
        Some("service_restart") => (Some(candidate.to_owned()), Some(Mark::ServiceRestart)),
        Some(version) => match version.strip_suffix("-reboot") {
            Some(version) => (Some(version.to_owned()), Some(Mark::ServiceRestart)),
            None => (installed, None),
        },
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_answer_of_generation_a_is_read() {
        let status = json!({"upgrade_ongoing": false, "volumedriver": [], "framework": [
            {"name": "ovs", "namespace": "ovs", "to": "2.6.1-rev.3402.4d1e2aa-1", "gui_down": true},
            {"name": "openvstorage-sdm", "namespace": "alba", "to": "Remote ASD"}]});
        let told = of_a("10.0.0.1", &status).unwrap();
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].name.as_str(), told[0].candidate.as_str()), ("ovs", "2.6.1-rev.3402.4d1e2aa-1"));
        assert!(of_a("10.0.0.1", &json!({"framework": []})).unwrap_err().contains("volumedriver"));
    }

    #[test]
    fn the_marks_of_the_later_generations_are_no_versions() {
        let merged = json!({"10.0.0.1": {"framework": {
            "openvstorage": {"installed": "2.11.3-1", "candidate": "2.11.4-1"},
            "arakoon": {"installed": "service_restart", "candidate": "1.9.22"}},
            "alba": {"alba": {"installed": "1.5.22-reboot", "candidate": "1.5.22"}}}});
        let told = of_later(&merged).unwrap();
        let marks: Vec<_> = told.iter().map(|update| (update.name.as_str(), update.mark)).collect();
        assert!(marks.contains(&("arakoon", Some(Mark::ServiceRestart))), "{marks:?}");
        assert!(marks.contains(&("alba", Some(Mark::ServiceRestart))), "{marks:?}");
        assert!(marks.contains(&("openvstorage", None)), "{marks:?}");
    }

    #[test]
    fn a_failed_check_is_never_nothing_pending() {
        let merged = json!({"10.0.0.1": {"errors": ["apt-get update failed"]}});
        assert!(of_later(&merged).unwrap_err().contains("apt-get update failed"));
    }
}
