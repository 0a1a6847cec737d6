//! Tasks of the cluster: asked until they are over, and never longer than a deadline (dossier 2.8).

use std::time::Duration;

use serde_json::Value;

use super::{Api, reply, shown};
use crate::OvsError;

/// The version check of a node runs `apt-get update` there.
const DEADLINE_SECONDS: u64 = 180;
const PAUSE: Duration = Duration::from_secs(1);

impl Api {
    /// Starts a task that only looks, and gives its result.
    pub(crate) async fn ask_task(&self, path: &str) -> Result<Value, OvsError> {
        let answer = self.ask(path).await?;
        let Some(id) = answer.as_str().filter(|id| is_task(id)) else {
            let problem = "the answer is not the id of a task".to_owned();
            return Err(OvsError::NotUnderstood { path: shown(path), problem });
        };
        let deadline = tokio::time::Instant::now() + Duration::from_secs(DEADLINE_SECONDS);
        loop {
            let task = self.ask(&format!("tasks/{id}/")).await?;
            match reply::text(&task, "status").as_deref() {
                Some("SUCCESS") => return Ok(task.get("result").cloned().unwrap_or(Value::Null)),
                Some("FAILURE" | "REVOKED") => {
                    return Err(OvsError::TaskFailed { path: shown(path), text: failure(&task) });
                }
                // Whoever asks for an id that is not known is told PENDING for ever.
                status if tokio::time::Instant::now() >= deadline => {
                    return Err(OvsError::TaskSilent {
                        path: shown(path),
                        id: id.to_owned(),
                        status: status.unwrap_or("without a status").to_owned(),
                        seconds: DEADLINE_SECONDS,
                    });
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// The words of a task that has failed.
pub(super) fn failure(task: &Value) -> String {
    match task.get("result") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "no reason given".to_owned(),
    }
}

pub(super) fn is_task(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
