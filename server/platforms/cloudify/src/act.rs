//! Asking the managers for changes. What comes of them is for probes to tell.

use std::collections::BTreeSet;

use model::cloudify::{ExecutionStatus, SnapshotStatus};
use model::id::{ExecutionId, JobId, NodeInstanceId, SnapshotId};
use model::plan::{CloudifyCall, DeploymentRef, Side};
use model::procedure::SnapshotOption;
use model::submission::{JobStatus, SubmitError, Submitted};
use rand::distr::{Alphanumeric, SampleString as _};
use remote::http::{Method, Moved};
use remote::{Job, ReadLimit, Secret};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::CloudifyError;
use crate::client::Inner;
use crate::probe::snapshot::find;
use crate::probe::work::Work;
use crate::rest::change::{Changed, refused};
use crate::rest::{Of, Session};

/// Letters and digits of a new password.
const PASSWORD: usize = 24;
/// The salt of users' hashes (S7).
const READ_SECURITY: &str = "cat /opt/manager/rest-security.conf";

#[derive(Deserialize)]
struct Begun {
    id: ExecutionId,
}

pub(crate) async fn submit(inner: &Inner, call: &CloudifyCall) -> Result<Submitted, SubmitError> {
    let session = inner.rest(call.side()).session().await.map_err(not_sent)?;
    match call {
        CloudifyCall::CreateSnapshot { snapshot, options, .. } => {
            let body = creation(&session, options);
            begin(&session, Method::Put, &format!("snapshots/{snapshot}"), &body, Of::Tenant(session.tenant())).await
        }
        CloudifyCall::Restore { snapshot, force, certificates } => {
            let body = restoration(&session, *force, *certificates);
            let path = format!("snapshots/{snapshot}/restore");
            begin(&session, Method::Post, &path, &body, Of::Tenant(session.tenant())).await
        }
        CloudifyCall::ValidateAgents { deployment, only } => agents(inner, &session, deployment, only, true).await,
        CloudifyCall::InstallAgents { deployment, only } => agents(inner, &session, deployment, only, false).await,
        CloudifyCall::SetMaintenance { on, active } => {
            let path = format!("maintenance/{}", if *active { "activate" } else { "deactivate" });
            let said = match session.change::<Value>(Method::Post, &path, &json!({}), Of::Manager).await? {
                Changed::Accepted(now) => format!("{on} says {}", now["status"].as_str().unwrap_or("nothing")),
                Changed::AlreadySo => "it is so already".to_owned(),
            };
            Ok(Submitted::Done { said })
        }
        CloudifyCall::ResetPassword { snapshot, user } => reset(inner, &session, snapshot, user).await,
        CloudifyCall::KeepSecurity { snapshot } => keep_security(inner, snapshot).await,
        CloudifyCall::KeepArchive { .. } | CloudifyCall::UploadArchive { .. } => {
            Err(SubmitError::NotSent { error: "an archive is moved, and not asked for".to_owned() })
        }
    }
}

/// Nobody was let in, so nothing was asked for. While REST restarts it may work in a minute.
fn not_sent(error: CloudifyError) -> SubmitError {
    match refused(error) {
        SubmitError::MaybeSent { error } => SubmitError::NotSent { error },
        SubmitError::Refused { code: 401, text, .. } => SubmitError::Refused { code: 401, text, transient: true },
        other => other,
    }
}

/// The keys that its release knows (2.2).
fn creation(session: &Session<'_>, options: &BTreeSet<SnapshotOption>) -> Value {
    let with = |option| options.contains(&option);
    let mut body = json!({
        "include_metrics": with(SnapshotOption::WithMetrics),
        "include_credentials": !with(SnapshotOption::WithoutCredentials),
    });
    if session.version.has_tenants() && !session.version.is_at_least(4, 3, 0) {
        body["private_resource"] = json!(false);
    }
    if session.version.is_at_least(4, 6, 0) {
        body["include_logs"] = json!(!with(SnapshotOption::WithoutLogs));
        body["include_events"] = json!(!with(SnapshotOption::WithoutEvents));
        body["queue"] = json!(false);
    }
    body
}

/// The first key is mandatory up to 5.x, and unknown later.
fn restoration(session: &Session<'_>, force: bool, certificates: bool) -> Value {
    let mut body = json!({ "force": force, "restore_certificates": certificates, "no_reboot": false });
    if !session.version.is_at_least(6, 0, 0) {
        body["recreate_deployments_envs"] = json!(true);
    }
    if session.version.is_at_least(4, 5, 0) {
        body["ignore_plugin_failure"] = json!(false);
    }
    body
}

async fn begin(
    session: &Session<'_>,
    method: Method,
    path: &str,
    body: &Value,
    of: Of<'_>,
) -> Result<Submitted, SubmitError> {
    let begun: Begun = match session.change(method, path, body, of).await? {
        Changed::Accepted(begun) => begun,
        Changed::AlreadySo => return Ok(Submitted::Done { said: "it is so already".to_owned() }),
    };
    match JobId::new(begun.id.as_str()) {
        Ok(job) => Ok(Submitted::Job(job)),
        Err(error) => Err(SubmitError::MaybeSent { error: error.to_string() }),
    }
}

async fn agents(
    inner: &Inner,
    session: &Session<'_>,
    deployment: &DeploymentRef,
    only: &BTreeSet<NodeInstanceId>,
    is_dry_run: bool,
) -> Result<Submitted, SubmitError> {
    let mut parameters = Map::new();
    parameters.insert("install_agent_timeout".to_owned(), json!(inner.settings.tuning.agent_timeout));
    if !only.is_empty() {
        let ids: Vec<&str> = only.iter().map(NodeInstanceId::as_str).collect();
        parameters.insert("node_instance_ids".to_owned(), json!(ids));
    }
    if is_dry_run {
        parameters.insert("install".to_owned(), json!(false));
    }
    let body = json!({
        "deployment_id": deployment.id, "workflow_id": "install_new_agents", "parameters": parameters,
        // Deployments that came from 3.x do not declare all of them (3.6). Truth values are words (2.2).
        "allow_custom_parameters": "true", "force": "false",
    });
    begin(session, Method::Post, "executions", &body, Of::Tenant(&deployment.tenant)).await
}

/// Sealed first: a password that the manager knows and nobody else would be lost.
async fn reset(
    inner: &Inner,
    session: &Session<'_>,
    snapshot: &SnapshotId,
    user: &str,
) -> Result<Submitted, SubmitError> {
    let failed = |error: crate::ArchiveError| SubmitError::NotSent { error: error.to_string() };
    let password = match inner.archives.password(snapshot, user).map_err(failed)? {
        Some(password) => password,
        None => {
            let new = Secret::new(Alphanumeric.sample_string(&mut rand::rng(), PASSWORD));
            inner.archives.keep_password(snapshot, user, &new).map_err(failed)?;
            new
        }
    };
    let body = json!({ "password": password.expose() });
    session.change::<Value>(Method::Post, &format!("users/{}", crate::rest::escaped(user)), &body, Of::Manager).await?;
    Ok(Submitted::Done { said: format!("{user} has a new password, which is sealed beside the archive") })
}

async fn keep_security(inner: &Inner, snapshot: &SnapshotId) -> Result<Submitted, SubmitError> {
    let not_done = |error: String| SubmitError::NotSent { error };
    let host = &inner.settings.old.host.name;
    let access = inner.hosts.get(host).ok_or_else(|| not_done(format!("{host} is not a host of this environment")))?;
    let read = inner.remote.read(access, &Job::new(READ_SECURITY), ReadLimit::default()).await;
    let output = read.map_err(|error| not_done(format!("{host}: {error}")))?;
    if output.code != 0 {
        // Its standard output may be secret.
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(not_done(format!("{host}: {said}")));
    }
    inner.archives.keep_security(snapshot, &output.stdout).map_err(|error| not_done(error.to_string()))?;
    Ok(Submitted::Done { said: format!("{} bytes are kept sealed", output.stdout.len()) })
}

pub(crate) async fn job(inner: &Inner, call: &CloudifyCall, job: &JobId) -> Result<JobStatus, CloudifyError> {
    let session = inner.rest(call.side()).session().await?;
    let of = match call {
        CloudifyCall::ValidateAgents { deployment, .. } | CloudifyCall::InstallAgents { deployment, .. } => {
            Of::Tenant(&deployment.tenant)
        }
        _ => Of::Tenant(session.tenant()),
    };
    let work: Work = match session.ask(&format!("executions/{job}"), of).await {
        Ok(work) => work,
        // Its record is gone while a restore replaces the database; the proof looks for it again.
        Err(error) if error.is_missing() => return Ok(JobStatus::Forgotten),
        Err(error) => return Err(error),
    };
    Ok(match work.status {
        ExecutionStatus::Terminated => JobStatus::Succeeded { said: format!("execution {job} is terminated") },
        ExecutionStatus::Failed => JobStatus::Failed { code: 0, text: work.why() },
        ExecutionStatus::Cancelled => JobStatus::Cancelled,
        _ => JobStatus::Pending,
    })
}

pub(crate) async fn transfer(inner: &Inner, call: &CloudifyCall, moved: &Moved) -> Result<String, String> {
    match call {
        CloudifyCall::KeepArchive { snapshot } => fetch(inner, snapshot, moved).await,
        CloudifyCall::UploadArchive { on, archive, snapshot } => bring(inner, *on, archive, snapshot, moved).await,
        other => Err(format!("{} moves no archive", other.name())),
    }
}

async fn fetch(inner: &Inner, snapshot: &SnapshotId, moved: &Moved) -> Result<String, String> {
    let session = inner.rest(Side::Old).session().await.map_err(words)?;
    let mut coming = inner.archives.receive(snapshot).await.map_err(words)?;
    let mut answer = match session.download(snapshot, coming.there).await {
        // Nothing is left to send, or what is there is no beginning of it.
        Err(error) if coming.there > 0 && error.refusal().is_none() => {
            coming.begin_anew().await.map_err(words)?;
            session.download(snapshot, 0).await.map_err(|_| words(error))?
        }
        other => other.map_err(words)?,
    };
    if answer.status() != 206 && coming.there > 0 {
        coming.begin_anew().await.map_err(words)?;
    }
    moved.add(coming.there);
    let told: Option<u64> = answer.header("content-length").and_then(|text| text.parse().ok());
    let whole = told.map(|rest| coming.there + rest);
    let short = |there: u64| match whole {
        Some(whole) => format!("{there} of {whole} bytes came"),
        None => format!("{there} bytes came, of nobody knows how many"),
    };
    loop {
        match answer.piece().await {
            Ok(Some(piece)) => {
                coming.take(piece.as_ref()).await.map_err(words)?;
                moved.add(piece.as_ref().len() as u64);
            }
            Ok(None) => break,
            Err(error) => return Err(format!("{}, then it broke off: {error}", short(coming.there))),
        }
    }
    if whole.is_some_and(|whole| whole != coming.there) {
        return Err(short(coming.there));
    }
    let kept = inner.archives.keep(snapshot, coming).await.map_err(words)?;
    Ok(format!("{} bytes came, SHA-256 {}", kept.bytes, kept.sha256))
}

async fn bring(
    inner: &Inner,
    on: Side,
    archive: &SnapshotId,
    snapshot: &SnapshotId,
    moved: &Moved,
) -> Result<String, String> {
    let session = inner.rest(on).session().await.map_err(words)?;
    if let Some(there) = find(&session, snapshot).await.map_err(words)?
        && there.status != SnapshotStatus::Uploaded
    {
        return Err(format!(
            "{on} has a snapshot {snapshot} of its own, which is {}: it is not replaced",
            there.status
        ));
    }
    // What an earlier try has left would be a conflict; an archive cannot be continued.
    let (path, nothing) = (format!("snapshots/{snapshot}"), json!({}));
    match session.change::<Value>(Method::Delete, &path, &nothing, Of::Tenant(session.tenant())).await {
        Ok(_) | Err(SubmitError::Refused { code: 404, .. }) => {}
        Err(error) => return Err(words(error)),
    }
    let file = inner.archives.open(archive).await.map_err(words)?;
    session.upload(snapshot, file, moved).await.map_err(words)?;
    Ok(format!("{} bytes were sent", moved.bytes()))
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
