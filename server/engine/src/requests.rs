//! From a click to an approved plan, and from there to a run.

use model::event::EventKind;
use model::id::{EnvironmentId, PlanDigest, RequestId, RunId};
use model::people::{Person, Role};
use model::precheck::{Precheck, allow_start};
use model::procedure::Inputs;
use model::request::{Approval, Decision, Request, RequestState, Standing, may_decide, standing};
use model::view::{RequestLine, RequestView};

use crate::drift::differences;
use crate::error::{conflict, invalid, not_found};
use crate::platform;
use crate::store::audit::{Deed, record};
use crate::store::journal::{self, Author, NewRun};
use crate::store::people;
use crate::store::requests::{self as rows, Closed};
use crate::{Engine, EngineError, Result};

impl Engine {
    /// Takes a fresh inventory, makes the plan, checks what can be checked, and stores the request.
    pub async fn prepare(
        &self,
        by: &Person,
        environment: &EnvironmentId,
        inputs: Inputs,
        reason: &str,
    ) -> Result<RequestId> {
        check_reason(reason)?;
        let settings = self.environment(environment).await?;
        let inventory = self.look(&settings).await?;
        let (plan, prechecks) = platform::plan(&settings, &inventory, &inputs)?;
        let people = self.store().people().await?;
        let digest = plan.digest();
        if standing(&by.id, &digest, &[], &people) == Standing::Impossible {
            return Err(conflict(
                "nobody could ever approve this: besides you there is no person with the role approver",
            ));
        }
        let request = Request {
            id: RequestId::new(uuid::Uuid::now_v7().to_string())?,
            environment: environment.clone(),
            settings,
            digest,
            plan,
            prechecks,
            by: by.id.clone(),
            by_name: by.name.clone(),
            reason: reason.trim().to_owned(),
            at: self.now(),
            state: RequestState::Open,
            approvals: Vec::new(),
        };
        let mut tx = self.store().write().await?;
        rows::insert(&mut tx, &request).await?;
        let detail =
            format!("{} on {}, plan {}", request.plan.inputs.procedure(), request.settings.name, request.digest);
        let deed = Deed { who: &by.name, what: "request.made", subject: request.id.as_str(), detail };
        record(&mut tx, request.at, deed).await?;
        tx.commit().await?;
        Ok(request.id)
    }

    /// Everything the request page shows to `viewer`.
    pub async fn request(&self, viewer: &Person, id: &RequestId) -> Result<RequestView> {
        let request = self.stored(id).await?;
        let people = self.store().people().await?;
        let standing = standing(&request.by, &request.digest, &request.approvals, &people);
        let (active, _) = self.store().runs_of(&request.environment).await?;
        let busy = active.map(|run| format!("another run is under way in this environment, started by {}", run.by));
        Ok(RequestView {
            may_decide: why_not_decide(viewer, &request),
            may_start: why_not_start(viewer, &request, &standing, busy),
            may_withdraw: request.state == RequestState::Open && viewer.id == request.by,
            standing,
            request,
            now: self.now(),
        })
    }

    /// Requests that are open, newest first.
    pub async fn open_requests(&self) -> Result<Vec<RequestLine>> {
        let mut lines = Vec::new();
        for id in self.store().open_requests(None).await? {
            lines.extend(self.request_line(&id).await?);
        }
        Ok(lines)
    }

    pub(crate) async fn request_line(&self, id: &RequestId) -> Result<Option<RequestLine>> {
        let Some(request) = self.store().request(id).await? else { return Ok(None) };
        let people = self.store().people().await?;
        Ok(Some(RequestLine {
            procedure: request.plan.inputs.procedure(),
            environment: request.environment.clone(),
            environment_name: request.settings.name.clone(),
            by: request.by_name.clone(),
            at: request.at,
            summary: request.plan.summary.clone(),
            reason: request.reason.clone(),
            standing: standing(&request.by, &request.digest, &request.approvals, &people),
            id: request.id,
        }))
    }

    /// Records a decision on the plan with that digest. Deciding the same twice is deciding once.
    pub async fn decide(
        &self,
        by: &Person,
        id: &RequestId,
        digest: &PlanDigest,
        decision: Decision,
        reason: &str,
    ) -> Result<()> {
        check_reason(reason)?;
        if decision == Decision::Deny && reason.trim().is_empty() {
            return Err(invalid("reason", "say why, so that the requester knows what to change"));
        }
        let at = self.now();
        let mut tx = self.store().write().await?;
        let request = rows::get(&mut tx, id).await?.ok_or_else(|| not_found("this request"))?;
        let earlier = request.approvals.iter().find(|approval| approval.by == by.id);
        if let Some(earlier) = earlier {
            let same = earlier.decision == decision && &earlier.digest == digest;
            return if same { Ok(()) } else { Err(conflict("you have decided on this request before")) };
        }
        why_not_decide(by, &request).map_err(conflict)?;
        if &request.digest != digest {
            return Err(conflict("the plan is not the one you were looking at: read it again"));
        }
        let approval = Approval {
            by: by.id.clone(),
            by_name: by.name.clone(),
            digest: digest.clone(),
            decision,
            reason: reason.trim().to_owned(),
            at,
        };
        rows::insert_approval(&mut tx, id, &approval).await?;
        let what = match decision {
            Decision::Approve => "request.approved",
            Decision::Deny => {
                rows::close(&mut tx, id, Closed::Denied).await?;
                "request.denied"
            }
        };
        let detail = match approval.reason.as_str() {
            "" => format!("plan {digest}"),
            reason => format!("plan {digest}: {reason}"),
        };
        record(&mut tx, at, Deed { who: &by.name, what, subject: id.as_str(), detail }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The requester takes it back.
    pub async fn withdraw(&self, by: &Person, id: &RequestId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let request = rows::get(&mut tx, id).await?.ok_or_else(|| not_found("this request"))?;
        if request.by != by.id {
            return Err(conflict(format!("only {} can take this request back", request.by_name)));
        }
        match request.state {
            RequestState::Withdrawn => return Ok(()),
            RequestState::Open => {}
            RequestState::Denied | RequestState::Started { .. } => return Err(conflict("this request is closed")),
        }
        rows::close(&mut tx, id, Closed::Withdrawn).await?;
        let deed = Deed { who: &by.name, what: "request.withdrawn", subject: id.as_str(), detail: String::new() };
        record(&mut tx, self.now(), deed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Looks again, re-checks prechecks, drift and approvals, and starts the run. Starting twice is starting once.
    pub async fn start(&self, by: &Person, id: &RequestId, digest: &PlanDigest) -> Result<RunId> {
        let request = self.stored(id).await?;
        if let RequestState::Started { run } = request.state {
            return Ok(run);
        }
        self.check_start(by, &request, digest).await?;
        let run = self.create_run(by, id, digest).await?;
        if let Some(free) = self.store().lease(&run).await? {
            self.execute(free);
        }
        Ok(run)
    }

    /// What takes time and may change meanwhile: the world is looked at before the transaction begins.
    async fn check_start(&self, by: &Person, request: &Request, digest: &PlanDigest) -> Result<()> {
        let people = self.store().people().await?;
        let standing = standing(&request.by, &request.digest, &request.approvals, &people);
        why_not_start(by, request, &standing, None).map_err(conflict)?;
        if &request.digest != digest {
            return Err(conflict("the plan is not the one you were looking at: read it again"));
        }
        let settings = self.environment(&request.environment).await?;
        if settings != request.settings {
            return Err(conflict(
                "the environment's settings have changed since the plan was made: make a new request",
            ));
        }
        let inventory = self.look(&settings).await?;
        let (now, prechecks) =
            platform::plan(&settings, &inventory, &request.plan.inputs).map_err(|error| match error {
                EngineError::Refused(refusal) => conflict(format!("the plan does not fit any more: {refusal}")),
                other => other,
            })?;
        if !allow_start(&prechecks) {
            return Err(conflict(format!("not started: {}", bad_news(&prechecks))));
        }
        let drift = differences(&request.plan, &now);
        if !drift.is_empty() {
            return Err(conflict(format!(
                "not started, the environment has changed since the plan was made: {}. Make a new request",
                drift.join("; ")
            )));
        }
        Ok(())
    }

    /// One transaction: policy satisfied, digest equal, lock taken, run created.
    async fn create_run(&self, by: &Person, id: &RequestId, digest: &PlanDigest) -> Result<RunId> {
        let at = self.now();
        let mut tx = self.store().write().await?;
        let request = rows::get(&mut tx, id).await?.ok_or_else(|| not_found("this request"))?;
        if let RequestState::Started { run } = request.state {
            return Ok(run);
        }
        let people = people::all(&mut tx).await?;
        let starter = people.iter().find(|person| person.id == by.id).ok_or_else(|| not_found("this person"))?;
        let standing = standing(&request.by, &request.digest, &request.approvals, &people);
        why_not_start(starter, &request, &standing, None).map_err(conflict)?;
        if &request.digest != digest || &request.plan.digest() != digest {
            return Err(conflict("the stored plan is not the one that was approved: make a new request"));
        }
        let run = RunId::new(uuid::Uuid::now_v7().to_string())?;
        let new = NewRun {
            id: &run,
            request: id,
            environment: &request.environment,
            procedure: request.plan.inputs.procedure(),
            by: &by.name,
            at,
            steps_total: request.plan.steps().count(),
        };
        if !journal::create(&mut tx, &new).await? {
            return Err(conflict("another run is under way in this environment: wait for its end, or abort it"));
        }
        let event = EventKind::Created { request: id.clone(), digest: digest.clone(), by: by.name.clone() };
        journal::append(&mut tx, &run, Author::Person, at, &[event.into()]).await?;
        rows::close(&mut tx, id, Closed::Started).await?;
        let detail = format!("run {run} of plan {digest}");
        record(&mut tx, at, Deed { who: &by.name, what: "request.started", subject: id.as_str(), detail }).await?;
        tx.commit().await?;
        Ok(run)
    }

    async fn stored(&self, id: &RequestId) -> Result<Request> {
        self.store().request(id).await?.ok_or_else(|| not_found("this request"))
    }
}

fn bad_news(prechecks: &[Precheck]) -> String {
    let bad = prechecks.iter().filter(|precheck| !precheck.verdict.allows_start());
    bad.map(|precheck| format!("{}: {}. {}", precheck.title, precheck.evidence, precheck.resolution))
        .collect::<Vec<_>>()
        .join("; ")
}

fn why_not_decide(viewer: &Person, request: &Request) -> std::result::Result<(), String> {
    if request.state != RequestState::Open {
        return Err("this request is closed".to_owned());
    }
    if viewer.id == request.by {
        return Err("you asked for it: somebody else has to decide".to_owned());
    }
    if !may_decide(viewer, &request.by) {
        return Err(format!("this needs the role {}", Role::Approver));
    }
    if request.approvals.iter().any(|approval| approval.by == viewer.id) {
        return Err("you have decided on this request before".to_owned());
    }
    Ok(())
}

fn why_not_start(
    viewer: &Person,
    request: &Request,
    standing: &Standing,
    busy: Option<String>,
) -> std::result::Result<(), String> {
    if request.state != RequestState::Open {
        return Err("this request is closed".to_owned());
    }
    match standing {
        Standing::Approved { .. } => {}
        Standing::Waiting { missing, could } => {
            return Err(format!("{missing} more approval is needed; {} could give it", could.join(", ")));
        }
        Standing::Impossible => return Err("nobody is left who could approve it".to_owned()),
        Standing::Denied { by } => return Err(format!("{by} has decided against it")),
    }
    if !viewer.may(Role::Operator) {
        return Err(format!("this needs the role {}", Role::Operator));
    }
    busy.map_or(Ok(()), Err)
}

fn check_reason(reason: &str) -> Result<()> {
    if reason.len() > 4000 {
        return Err(invalid("reason", "at most 4000 characters are allowed"));
    }
    Ok(())
}
