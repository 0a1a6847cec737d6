//! From a click to an approved plan, and from there to a run.

use model::canonical::canonical;
use model::comment::Thread;
use model::event::EventKind;
use model::id::{EnvironmentId, PlanDigest, RequestId, RunId};
use model::people::{Person, Role};
use model::plan::PlanDifference;
use model::policy::{BrokenGlass, Signed, Standing, demand, statement};
use model::precheck::{Precheck, allow_start};
use model::procedure::Inputs;
use model::request::{Approval, Decision, Request, RequestState, Situation, Stale, Why, waits};
use model::time::Timestamp;
use model::view::{Compared, RequestLine, RequestView};

use crate::comments::may_speak;
use crate::drift::differences;
use crate::error::{conflict, invalid, not_found};
use crate::glass;
use crate::notify::{Matter, approval_needed, nobody_left};
use crate::platform;
use crate::request_rules::{Start, closed, confirmations_fit, could_be_approved, counted, not_told, why_not_decide};
use crate::rules::{About, Rules};
use crate::store::audit::{Deed, record};
use crate::store::comments;
use crate::store::environments;
use crate::store::evidence::remember_start;
use crate::store::glass as glass_rows;
use crate::store::journal::{self, Author, NewRun};
use crate::store::requests::{self as rows, Closed};
use crate::{Engine, EngineError, Result};

impl Engine {
    /// Takes a fresh inventory, makes the plan, checks what can be checked, and stores the request.
    pub async fn prepare(
        &self,
        by: &Person,
        environment: &EnvironmentId,
        inputs: Inputs,
        why: impl Into<Why> + Send,
    ) -> Result<RequestId> {
        let why: Why = why.into();
        check_reason(&why.reason)?;
        check_ticket(&why.ticket)?;
        let settings = self.environment(environment).await?;
        let inventory = self.look(&settings).await?;
        let (mut plan, prechecks) = platform::plan(&settings, &inventory, &inputs)?;
        let mut tx = self.store().write().await?;
        let rules = self.hold_rules(&mut tx).await?;
        plan.confirmations = demand(&rules.policies, inputs.procedure(), &settings).confirmations(&plan);
        let request = Request {
            id: RequestId::new(uuid::Uuid::now_v7().to_string())?,
            environment: environment.clone(),
            settings,
            digest: plan.digest(),
            plan,
            prechecks,
            by: by.id.clone(),
            by_name: by.name.clone(),
            makers: [by.id.clone()].into(),
            reason: why.reason.trim().to_owned(),
            ticket: why.ticket.trim().to_owned(),
            at: self.now(),
            state: RequestState::Open,
            approvals: Vec::new(),
        };
        if let Some((field, problem)) = not_told(&rules.demand(&About::of(&request)), &request) {
            return Err(invalid(field, problem));
        }
        could_be_approved(&rules, &request)?;
        rows::insert(&mut tx, &request).await?;
        let detail =
            format!("{} on {}, plan {}", request.plan.inputs.procedure(), request.settings.name, request.digest);
        let deed = Deed { who: &by.name, what: "request.made", subject: request.id.as_str(), detail };
        record(&mut tx, request.at, deed).await?;
        approval_needed(&mut tx, &rules, Matter::of(&request), request.at).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(request.id)
    }

    /// Looks again and makes the plan of an open request anew. Whoever does counts as a maker from then on: what was
    /// agreed to before does not count for another plan, nor what its makers agree to.
    pub async fn replan(&self, by: &Person, id: &RequestId) -> Result<()> {
        let before = self.stored(id).await?;
        if before.state != RequestState::Open {
            return Err(conflict("this request is closed"));
        }
        let settings = self.environment(&before.environment).await?;
        let inventory = self.look(&settings).await?;
        let (mut plan, prechecks) = platform::plan(&settings, &inventory, &before.plan.inputs)?;
        let mut tx = self.store().write().await?;
        let rules = self.hold_rules(&mut tx).await?;
        plan.confirmations = demand(&rules.policies, plan.inputs.procedure(), &settings).confirmations(&plan);
        let mut request = rows::get(&mut tx, id).await?.ok_or_else(|| not_found("this request"))?;
        if request.state != RequestState::Open {
            return Err(conflict("this request is closed"));
        }
        let digest = plan.digest();
        let is_other = digest != request.digest;
        if is_other {
            request.makers.insert(by.id.clone());
        }
        let at = self.now();
        request = Request { settings, plan, digest, prechecks, at, ..request };
        could_be_approved(&rules, &request)?;
        rows::replan(&mut tx, &request).await?;
        let news = if is_other { "another plan" } else { "the same plan" };
        let detail = format!("{news}, {}", request.digest);
        record(&mut tx, at, Deed { who: &by.name, what: "request.replanned", subject: id.as_str(), detail }).await?;
        approval_needed(&mut tx, &rules, Matter::of(&request), at).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// Everything the request page shows to `viewer`.
    pub async fn request(&self, viewer: &Person, id: &RequestId) -> Result<RequestView> {
        let request = self.stored(id).await?;
        let (rules, now) = (self.rules().await?, self.now());
        let (standing, voids) = rules.standing(&About::of(&request), now);
        let stale = self.stale(&request, &rules).await?;
        let (active, _) = self.store().runs_of(&request.environment).await?;
        let busy = active.map(|run| format!("another run is under way in this environment, started by {}", run.by));
        let is_open = request.state == RequestState::Open;
        let comments = self.store().comments(id).await?;
        let thread = Thread { comments: &comments, requester: &request.by, requester_name: &request.by_name };
        let closed = closed(&rules.demand(&About::of(&request)), now).map(|closed| closed.words());
        let open_questions = thread.open_questions();
        let unreviewed = self.store().unreviewed(Some(&request.environment)).await?;
        let overdue: Vec<BrokenGlass> = unreviewed.iter().filter(|glass| glass.is_overdue(now)).cloned().collect();
        let situation = Situation {
            standing: &standing,
            voids: &voids,
            stale: stale.as_ref(),
            closed: closed.as_deref(),
            overdue: &overdue,
            questions: &open_questions,
        };
        let waits = if is_open { waits(&situation) } else { Vec::new() };
        let may_break_glass = glass::why_not_break(viewer, &request, &rules, now);
        let not_busy = busy.map_or(Ok(()), Err);
        Ok(RequestView {
            may_decide: why_not_decide(viewer, &request, &rules, now),
            may_start: Start::Approved.why_not(viewer, &request, &rules, &unreviewed, now).and(not_busy.clone()),
            may_break_glass: may_break_glass.and(not_busy),
            glass: match &request.state {
                RequestState::Started { run } => self.store().glass_of(run).await?,
                RequestState::Open | RequestState::Withdrawn | RequestState::Denied => None,
            },
            may_withdraw: is_open && viewer.id == request.by,
            may_replan: is_open && viewer.may_at(Role::Requester, &request.settings.labels),
            demand: rules.demand(&About::of(&request)),
            closed,
            waits,
            compared: self.compared(&request).await?,
            usual: if is_open { Some(self.usual(&request.environment, &request.plan).await?) } else { None },
            comments,
            may_comment: may_speak(viewer, &request.settings.labels),
            is_mentioned: self.store().is_mentioned(id, &viewer.id).await?,
            viewer: viewer.name.clone(),
            standing,
            voids,
            request,
            now,
        })
    }

    /// That an open request cannot be started as it is, because what its plan was made for is another by now.
    async fn stale(&self, request: &Request, rules: &Rules) -> Result<Option<Stale>> {
        let about = About::of(request);
        let present = self.store().environment(&request.environment).await?;
        if let Some(present) = present.filter(|present| *present != request.settings) {
            let missing = rules.nobody_for(&About { settings: &present, ..about });
            return Ok(Some(Stale::Settings { missing }));
        }
        Ok(confirmations_fit(request, rules).err().map(|why| Stale::Confirmations { why }))
    }

    /// What this plan has otherwise than that of the last run of the same procedure in the same environment.
    async fn compared(&self, request: &Request) -> Result<Option<Compared>> {
        let began = match &request.state {
            RequestState::Started { run } => self.store().run_line(run).await?.map(|line| line.created_at),
            RequestState::Open | RequestState::Withdrawn | RequestState::Denied => None,
        };
        let (procedure, before) = (request.plan.inputs.procedure(), began.unwrap_or(Timestamp(i64::MAX)));
        let earlier = self.store().run_before(&request.environment, procedure, &request.id, before).await?;
        let Some(earlier) = earlier else { return Ok(None) };
        let Some(run) = self.store().run_line(&earlier).await? else { return Ok(None) };
        let Some(last) = self.store().request(&run.request).await? else { return Ok(None) };
        let difference = PlanDifference::between(&last.plan, &request.plan);
        Ok(Some(Compared { run, difference }))
    }

    /// Requests that are open and that `viewer` sees, newest first.
    pub async fn open_requests(&self, viewer: &Person) -> Result<Vec<RequestLine>> {
        let seen = self.seen_by(viewer).await?;
        let mut lines = Vec::new();
        for id in self.store().open_requests(None).await? {
            let line = self.request_line(&id).await?;
            lines.extend(line.filter(|line| seen.includes(&line.environment)));
        }
        Ok(lines)
    }

    pub(crate) async fn request_line(&self, id: &RequestId) -> Result<Option<RequestLine>> {
        let Some(head) = self.store().request_head(id).await? else { return Ok(None) };
        let rules = self.rules().await?;
        // Labels come and go, and with them people who could agree: the plan will be made anew for those that are there.
        let present = self.store().environment(&head.settings.id).await?.filter(|_| head.is_open);
        let settings = present.as_ref().unwrap_or(&head.settings);
        let (standing, _) = rules.standing(&About { settings, ..head.about() }, self.now());
        let said = self.store().comments(id).await?;
        let thread = Thread { comments: &said, requester: &head.by, requester_name: &head.by_name };
        let questions = if head.is_open { thread.open_questions() } else { Vec::new() };
        // Made by a version that did not keep it apart.
        let summary = if head.summary.is_empty() { self.stored(id).await?.plan.summary } else { head.summary };
        Ok(Some(RequestLine {
            procedure: head.procedure,
            environment: head.settings.id,
            environment_name: head.settings.name,
            labels: head.settings.labels,
            by: head.by_name,
            at: head.at,
            summary,
            reason: head.reason,
            standing,
            questions,
            id: id.clone(),
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
        let rules = self.hold_rules(&mut tx).await?;
        let mut request = rows::get(&mut tx, id).await?.ok_or_else(|| not_found("this request"))?;
        let by = rules.person(&by.id).ok_or_else(|| not_found("this person"))?;
        if &request.digest != digest {
            return Err(conflict("the plan is not the one you were looking at: read it again"));
        }
        if let Some(earlier) = counted(&rules, &request, by, at) {
            let same = earlier.decision == decision;
            return if same { Ok(()) } else { Err(conflict("you have decided on this request before")) };
        }
        why_not_decide(by, &request, &rules, at).map_err(conflict)?;
        if decision == Decision::Approve {
            confirmations_fit(&request, &rules).map_err(conflict)?;
        }
        let mut approval = Approval {
            by: by.id.clone(),
            by_name: by.name.clone(),
            digest: digest.clone(),
            policy: rules.demand(&About::of(&request)).digest(),
            decision,
            reason: reason.trim().to_owned(),
            at,
            signed: None,
        };
        let key = self.0.keys.own()?;
        let message = statement(&request.id, request.approvals.len() + 1, &approval, key.public());
        approval.signed = Some(Signed { key: key.public().clone(), signature: key.signature(&message)? });
        rows::insert_decision(&mut tx, &request, &approval).await?;
        let what = match decision {
            Decision::Approve => "request.approved",
            Decision::Deny => "request.denied",
        };
        let detail = match approval.reason.as_str() {
            "" => format!("plan {digest}"),
            reason => format!("plan {digest}: {reason}"),
        };
        request.approvals.push(approval);
        match rules.standing(&About::of(&request), at).0 {
            Standing::Denied { .. } => rows::close(&mut tx, id, Closed::Denied).await?,
            // Those who are left cannot make up for a denial.
            Standing::Impossible { .. } => nobody_left(&mut tx, &rules, Matter::of(&request), at).await?,
            Standing::Approved { .. } | Standing::Waiting { .. } => {}
        }
        record(&mut tx, at, Deed { who: &by.name, what, subject: id.as_str(), detail }).await?;
        // Whoever decides has read what was said.
        comments::seen(&mut tx, id, &by.id, at).await?;
        tx.commit().await?;
        self.0.post.wake();
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
        self.start_as(by, id, digest, &Start::Approved).await
    }

    pub(crate) async fn start_as(
        &self,
        by: &Person,
        id: &RequestId,
        digest: &PlanDigest,
        how: &Start,
    ) -> Result<RunId> {
        let request = self.stored(id).await?;
        if let RequestState::Started { run } = request.state {
            return Ok(run);
        }
        self.check_start(by, &request, digest, how).await?;
        let run = self.create_run_as(by, id, digest, how).await?;
        if let Some(free) = self.store().lease(&run).await? {
            self.execute(free);
        }
        Ok(run)
    }

    /// What takes time and may change meanwhile: the world is looked at before the transaction begins.
    async fn check_start(&self, by: &Person, request: &Request, digest: &PlanDigest, how: &Start) -> Result<()> {
        let (rules, now) = (self.rules().await?, self.now());
        let unreviewed = self.store().unreviewed(Some(&request.environment)).await?;
        how.why_not(by, request, &rules, &unreviewed, now).map_err(conflict)?;
        if &request.digest != digest {
            return Err(conflict("the plan is not the one you were looking at: read it again"));
        }
        let settings = self.environment(&request.environment).await?;
        if settings != request.settings {
            return Err(conflict(CHANGED_SETTINGS));
        }
        let inventory = self.look(&settings).await?;
        let (mut now, prechecks) =
            platform::plan(&settings, &inventory, &request.plan.inputs).map_err(|error| match error {
                EngineError::Refused(refusal) => conflict(format!("the plan does not fit any more: {refusal}")),
                other => other,
            })?;
        // These are looked at with the rules.
        now.confirmations.clone_from(&request.plan.confirmations);
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

    /// As [`Engine::create_run_as`], with approvals.
    #[cfg(test)]
    pub(crate) async fn create_run(&self, by: &Person, id: &RequestId, digest: &PlanDigest) -> Result<RunId> {
        self.create_run_as(by, id, digest, &Start::Approved).await
    }

    /// One transaction: policy satisfied, digest equal, no review overdue, lock taken, run created.
    pub(crate) async fn create_run_as(
        &self,
        by: &Person,
        id: &RequestId,
        digest: &PlanDigest,
        how: &Start,
    ) -> Result<RunId> {
        let at = self.now();
        let mut tx = self.store().write().await?;
        // Held until the commit: whoever takes somebody's role away, or changes a policy, comes before or after the start.
        let rules = self.hold_rules(&mut tx).await?;
        let request = rows::get(&mut tx, id).await?.ok_or_else(|| not_found("this request"))?;
        if let RequestState::Started { run } = request.state {
            return Ok(run);
        }
        let starter = rules.person(&by.id).ok_or_else(|| not_found("this person"))?;
        let unreviewed = glass_rows::unreviewed(&mut tx, Some(&request.environment)).await?;
        how.why_not(starter, &request, &rules, &unreviewed, at).map_err(conflict)?;
        if environments::get(&mut tx, &request.environment).await?.as_ref() != Some(&request.settings) {
            return Err(conflict(CHANGED_SETTINGS));
        }
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
        let policy = canonical(&rules.demand(&About::of(&request)));
        remember_start(&mut tx, &run, &request.environment, &String::from_utf8_lossy(&policy)).await?;
        let event = EventKind::Created { request: id.clone(), digest: digest.clone(), by: by.name.clone() };
        journal::append(&mut tx, &run, Author::Person, at, &[event.into()]).await?;
        if let Start::WithoutApprovals { reason } = how {
            let review_due = glass::due(&request, &rules, at);
            let event = EventKind::GlassBroken { by: by.name.clone(), reason: reason.clone(), review_due };
            journal::append(&mut tx, &run, Author::Person, at, &[event.into()]).await?;
            glass::broken(&mut tx, &run, &request, starter, reason, review_due, at).await?;
        }
        rows::close(&mut tx, id, Closed::Started).await?;
        let detail = format!("run {run} of plan {digest}");
        record(&mut tx, at, Deed { who: &by.name, what: "request.started", subject: id.as_str(), detail }).await?;
        tx.commit().await?;
        self.0.post.wake();
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

const CHANGED_SETTINGS: &str = "the environment's settings have changed since the plan was made: make the plan anew";

fn check_ticket(ticket: &str) -> Result<()> {
    if ticket.chars().count() > 100 || ticket.chars().any(char::is_control) {
        return Err(invalid("ticket", "at most 100 characters on one line are allowed"));
    }
    Ok(())
}

fn check_reason(reason: &str) -> Result<()> {
    if reason.len() > 4000 {
        return Err(invalid("reason", "at most 4000 characters are allowed"));
    }
    Ok(())
}
