//! The evidence pack of a run: put together from the journal, the request and the audit log, and checked.
//!
//! What stands in it is told by [`model::evidence`]. It is written as it is read: what a run has printed may be longer than the
//! memory.

mod archive;
mod verify;
mod write;

use futures::{Stream, StreamExt as _, stream};
use model::comment::Comment;
use model::event::{Event, EventKind};
use model::evidence::{AuditLine, Decisions, EVIDENCE_FORMAT, Look, Manifest, Printed};
use model::id::{AuditLogId, PlanDigest, PolicyDigest, RunId};
use model::people::Person;
use model::policy::{BrokenGlass, Demand};
use model::request::Request;
use model::run::RunState;
use model::time::Timestamp;
use model::view::RunLine;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

pub use verify::{EvidenceProblem, Intact, verify_evidence};

use crate::audit::key::SigningKey;
use crate::error::not_found;
use crate::store::audit::Deed;
use crate::{Engine, EngineError, Result};

/// How many pieces of a pack wait for who takes it.
const AHEAD: usize = 4;

/// Everything of a pack that is small, or is in memory for every reader of the run anyway.
struct Material {
    /// Without members.
    manifest: Manifest,
    key: SigningKey,
    request: Request,
    decisions: Decisions,
    glass: Option<BrokenGlass>,
    comments: Vec<Comment>,
    policy: Option<String>,
    demand: Option<Demand>,
    state: RunState,
    /// But those that tell of output.
    events: Vec<Event>,
    printed: Vec<Printed>,
    before: Look,
    after: Look,
    audit: Vec<AuditLine>,
}

impl Engine {
    /// The pack of a run for `by`, piece by piece; of a run that is not over, up to now. That it was taken is recorded first, so
    /// it stands in it.
    ///
    /// # Errors
    /// When there is no such run; a later item, when it cannot be written to its end.
    pub async fn evidence(
        &self,
        by: &Person,
        run: &RunId,
    ) -> Result<impl Stream<Item = Result<Vec<u8>>> + Send + use<>> {
        self.labels_seen(by, run).await?;
        let material = self.material(by, run).await?;
        let (pieces, mut taken) = mpsc::channel(AHEAD);
        let engine = self.clone();
        let handle = tokio::runtime::Handle::current();
        // Packing is work for the processor, and waits for who takes it: both are done beside the other tasks.
        let written = tokio::task::spawn_blocking(move || write::pack(&engine, &handle, material, pieces));
        let pieces = stream::poll_fn(move |context| taken.poll_recv(context)).map(Ok);
        let end = stream::once(async move {
            match written.await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(Err(error)),
                Err(error) => Some(Err(EngineError::Step(error))),
            }
        });
        Ok(pieces.chain(end.filter_map(std::future::ready)))
    }

    async fn material(&self, by: &Person, run: &RunId) -> Result<Material> {
        let line = self.store().run_line(run).await?.ok_or_else(|| not_found("this run"))?;
        let request = self.store().request(&line.request).await?.ok_or_else(|| not_found("the request of this run"))?;
        let last = self.store().last_event(run).await?;
        let mut events = self.store().events(run, 0).await?;
        // What has come since then belongs to another pack.
        events.retain(|event| event.seq <= last);
        let damaged = |source| EngineError::Journal { run: run.to_string(), source };
        let state = RunState::fold(&events).map_err(damaged)?;
        let detail = format!("up to event {last}");
        self.record(Deed { who: &by.name, what: "evidence.taken", subject: run.as_str(), detail }).await?;
        let kept = self.store().kept_of(run).await?;
        let key = SigningKey::open_or_make(&self.0.settings.audit.key_file)?;
        let policy = match &kept.policy {
            Some(text) => Some(PolicyDigest::new(hex::encode(Sha256::digest(text)))?),
            None => None,
        };
        let log = self.store().audit_log().await?;
        Ok(Material {
            manifest: self.manifest(by, &line, (started_with(&events, &request), last), (log, &key), &state),
            decisions: Decisions { plan: request.digest.clone(), policy, decisions: request.approvals.clone() },
            // What an older version has stored and this one cannot read is still in the pack as it is.
            demand: kept.policy.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            policy: kept.policy,
            before: look(kept.before, |at| state.created_at.since(at), "nobody had looked when the run was started"),
            after: look(
                kept.after,
                |at| at.since(state.ended_at.unwrap_or(at)),
                match state.ended_at {
                    None => "the run was not over",
                    Some(_) => "nobody has looked since the run was over and before another one began",
                },
            ),
            printed: self.store().printed(run, last).await?,
            glass: self.store().glass_of(run).await?,
            comments: self.store().comments(&request.id).await?,
            audit: self.store().audit_about(run, &request.id).await?,
            key,
            request,
            state,
            events,
        })
    }

    fn manifest(
        &self,
        by: &Person,
        line: &RunLine,
        (plan, last): (PlanDigest, i64),
        (log, key): (AuditLogId, &SigningKey),
        state: &RunState,
    ) -> Manifest {
        Manifest {
            drydock_evidence: EVIDENCE_FORMAT,
            run: line.id.clone(),
            request: line.request.clone(),
            environment: line.environment.clone(),
            environment_name: line.environment_name.clone(),
            platform: line.platform,
            risk: line.risk,
            procedure: line.procedure,
            plan,
            // As the events say: a run may have ended since they were read.
            outcome: match state.phase {
                model::run::Phase::Over(outcome) => Some(outcome),
                model::run::Phase::Stages | model::run::Phase::Finally => None,
            },
            events: last,
            made_at: self.now(),
            made_by: by.name.clone(),
            instance: self.0.settings.instance.clone(),
            log,
            key: key.public().clone(),
            members: Vec::new(),
        }
    }
}

/// The digest that the run was started with. Its first event says it: whoever has changed the request since is found out.
fn started_with(events: &[Event], request: &Request) -> PlanDigest {
    let created = events.iter().find_map(|event| match &event.kind {
        EventKind::Created { digest, .. } => Some(digest.clone()),
        _ => None,
    });
    created.unwrap_or_else(|| request.digest.clone())
}

fn look(seen: Option<(Timestamp, Value)>, apart: impl Fn(Timestamp) -> i64, why: &str) -> Look {
    match seen {
        Some((taken_at, facts)) => Look::Seen { taken_at, apart: apart(taken_at), facts },
        None => Look::Unknown { why: why.to_owned() },
    }
}
