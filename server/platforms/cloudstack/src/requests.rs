//! Asking CloudStack to change something, and asking what became of it (dossier 3.5).

use model::id::JobId;
use model::plan::CloudStackCommand;
use model::time::Timestamp;
use serde_json::Value;

use crate::api::Api;
use crate::reply::{flag, number, text};
use crate::{CloudStackError, JobStatus, SubmitError, Submitted};

pub(crate) async fn submit(
    api: &Api,
    command: &CloudStackCommand,
    expires: Timestamp,
) -> Result<Submitted, SubmitError> {
    let parameters = command.parameters();
    let parameters: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let inside = api.change(command.name(), &parameters, expires).await?;
    let job = text(&inside, "jobid").map(JobId::new);
    match (command, job) {
        (_, Some(Ok(job))) => Ok(Submitted::Job(job)),
        (CloudStackCommand::UpdateConfiguration { name, .. }, None) => {
            let value = inside.get("configuration").and_then(|row| text(row, "value")).unwrap_or_default();
            Ok(Submitted::Done { said: format!("{name} is {value:?} now") })
        }
        (_, Some(Err(_)) | None) => {
            let error = format!("{} was accepted, but the answer names no job", command.name());
            Err(SubmitError::MaybeSent { error })
        }
    }
}

pub(crate) async fn job(api: &Api, job: &JobId) -> Result<JobStatus, CloudStackError> {
    const COMMAND: &str = "queryAsyncJobResult";
    match api.ask(COMMAND, &[("jobid", job.as_str())]).await {
        Ok(inside) => {
            status(&inside).map_err(|problem| CloudStackError::NotUnderstood { command: COMMAND.to_owned(), problem })
        }
        // The only parameter names a job that does not exist.
        Err(CloudStackError::Refused { code: 431, .. }) => Ok(JobStatus::Forgotten),
        Err(error) => Err(error),
    }
}

/// Top-level fields only, by name: what is inside `jobresult` carries a `jobstatus` of its own, which may lie.
fn status(inside: &Value) -> Result<JobStatus, String> {
    let result = inside.get("jobresult");
    let words = |name| result.and_then(|result| text(result, name));
    match number(inside, "jobstatus") {
        Some(0) => Ok(JobStatus::Pending),
        Some(1) if result.and_then(|result| flag(result, "success")) == Some(false) => Ok(JobStatus::Failed {
            code: number(inside, "jobresultcode").unwrap_or(0),
            text: words("displaytext").unwrap_or_else(|| "the job ended with success = false".to_owned()),
        }),
        Some(1) => {
            Ok(JobStatus::Succeeded { said: words("displaytext").unwrap_or_else(|| "job succeeded".to_owned()) })
        }
        Some(2) => Ok(JobStatus::Failed {
            code: result
                .and_then(|result| number(result, "errorcode"))
                .or_else(|| number(inside, "jobresultcode"))
                .unwrap_or(0),
            text: words("errortext").unwrap_or_else(|| "no reason given".to_owned()),
        }),
        Some(3) => Ok(JobStatus::Cancelled),
        Some(other) => Err(format!("jobstatus {other} is not known")),
        None => Err("the answer has no jobstatus".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_outer_job_status_counts() {
        let job =
            json!({"jobstatus": 1, "jobresult": {"systemvm": {"jobid": "x", "jobstatus": 0}}, "jobprocstatus": 0});
        assert_eq!(status(&job), Ok(JobStatus::Succeeded { said: "job succeeded".into() }));
    }

    #[test]
    fn a_failed_job_tells_its_code_and_words() {
        let job = json!({
            "jobstatus": 2, "jobresultcode": 530,
            "jobresult": {"errorcode": 530, "errortext": "Unable to stop VM[SecondaryStorageVm|s-2-VM]"},
        });
        let text = "Unable to stop VM[SecondaryStorageVm|s-2-VM]".to_owned();
        assert_eq!(status(&job), Ok(JobStatus::Failed { code: 530, text }));
    }

    #[test]
    fn a_cancelled_job_is_not_a_pending_one() {
        assert_eq!(status(&json!({"jobstatus": 3})), Ok(JobStatus::Cancelled));
        assert_eq!(status(&json!({"jobstatus": 0})), Ok(JobStatus::Pending));
        assert!(status(&json!({"jobprocstatus": 0})).is_err());
    }

    #[test]
    fn success_that_says_false_is_a_failure() {
        let job = json!({"jobstatus": 1, "jobresult": {"success": false, "displaytext": "no"}});
        assert_eq!(status(&job), Ok(JobStatus::Failed { code: 0, text: "no".into() }));
    }
}
