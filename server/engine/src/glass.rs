//! Starting without approvals, and the review that has to follow.
//!
//! Approvals, and who may press start, are all that is passed over. A ticket where one is asked for, the look at the world,
//! drift, the digest, the lock of the environment and the settings are checked as at every start; hours and freezes bind
//! unless the policies say otherwise. A request that enough people have decided against is closed, and stays so.

use model::comment::clean;
use model::id::{PlanDigest, RequestId, RunId};
use model::notification::Occasion;
use model::people::Person;
use model::policy::{BrokenGlass, GlassHours, Review};
use model::request::Request;
use model::time::Timestamp;
use model::view::Duties;
use sqlx::{Any, Transaction};

use crate::error::{conflict, invalid, not_found};
use crate::notify::{Told, Whom, tell_of_run};
use crate::request_rules::{Start, closed, is_open, not_told};
use crate::rules::{About, Rules};
use crate::runs::asked;
use crate::store::audit::{Deed, record};
use crate::store::{glass as rows, requests};
use crate::{Engine, Result};

impl Engine {
    /// Starts an open request at once, without its approvals. Starting twice is starting once.
    ///
    /// # Errors
    /// When no reason is given, the policies do not let this person, or anything else bars a start.
    pub async fn break_glass(&self, by: &Person, id: &RequestId, digest: &PlanDigest, reason: &str) -> Result<RunId> {
        let reason = words("reason", reason)?;
        self.start_as(by, id, digest, &Start::WithoutApprovals { reason }).await
    }

    /// Records somebody's review of a run that was started without its approvals.
    ///
    /// # Errors
    /// When there is nothing to review, nothing is said, or the review of this person would not count.
    pub async fn review(&self, by: &Person, run: &RunId, text: &str) -> Result<()> {
        let (text, at) = (words("text", text)?, self.now());
        let mut tx = self.store().write().await?;
        let rules = self.hold_rules(&mut tx).await?;
        let glass = rows::of_run(&mut tx, run).await?;
        let glass =
            glass.ok_or_else(|| conflict("this run was started with its approvals: there is nothing to review"))?;
        let head =
            requests::head(&mut tx, &glass.request).await?.ok_or_else(|| not_found("the request of this run"))?;
        let by = rules.person(&by.id).ok_or_else(|| not_found("this person"))?;
        let demand = rules.demand(&head.about());
        glass.may_review(by, &head.settings.labels, &head.makers, &demand, &rules.groups).map_err(conflict)?;
        let review = Review { by: by.id.clone(), by_name: by.name.clone(), at, text };
        if !rows::review(&mut tx, run, &review).await? {
            return Err(conflict("somebody else has just reviewed it"));
        }
        let deed = Deed { who: &by.name, what: "run.reviewed", subject: run.as_str(), detail: review.text };
        record(&mut tx, at, deed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What waits for this person besides requests: runs to review, and runs to take in hand.
    pub async fn duties(&self, of: &Person) -> Result<Duties> {
        let (rules, seen) = (self.rules().await?, self.seen_by(of).await?);
        let mut duties = Duties::default();
        for glass in self.store().unreviewed(None).await? {
            let Some(head) = self.store().request_head(&glass.request).await? else { continue };
            let demand = rules.demand(&head.about());
            let is_theirs = glass.may_review(of, &head.settings.labels, &head.makers, &demand, &rules.groups).is_ok();
            if is_theirs && seen.includes(&glass.environment) {
                duties.reviews.push(glass);
            }
        }
        for lease in self.store().leases().await? {
            let state = self.state(&lease.run).await?;
            let is_asked = state.asked_to_confirm().is_some();
            let offer = state.offer.clone().filter(|offer| offer.to == of.name);
            if offer.is_none() && !is_asked {
                continue;
            }
            let line = self.store().run_line(&lease.run).await?.filter(|line| seen.includes(&line.environment));
            let Some(line) = line else { continue };
            let request = if is_asked { self.store().request(&line.request).await? } else { None };
            if let Some(request) = request {
                let labels = self.labels_seen(of, &lease.run).await?;
                let asked = asked(of, &labels, &request, &state, &rules.groups);
                duties.gates.extend(asked.filter(|asked| asked.may.is_ok()).map(|asked| (line.clone(), asked)));
            }
            duties.offers.extend(offer.map(|offer| (line, offer)));
        }
        Ok(duties)
    }

    /// Tells of every review that is overdue at that time and was not told of before.
    pub(crate) async fn tell_of_overdue_reviews(&self, now: Timestamp) -> Result<()> {
        for glass in self.store().unreviewed(None).await?.into_iter().filter(|glass| glass.is_overdue(now)) {
            let says = format!(
                "{} has started it without approvals, and nobody has reviewed it until {}. Until somebody does, nothing starts \
                 in this environment the usual way.",
                glass.by_name, glass.due
            );
            let (whom, responsible) = (Whom::Overseers, glass.by_name.clone());
            let told = Told { occasion: Occasion::ReviewOverdue, mark: glass.due.0, says, whom, responsible };
            let mut tx = self.store().write().await?;
            tell_of_run(&mut tx, &glass.run, &[told], now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Records with a new run that it was started without its approvals, and tells everybody who should know.
pub(crate) async fn broken(
    tx: &mut Transaction<'static, Any>,
    run: &RunId,
    request: &Request,
    by: &Person,
    reason: &str,
    due: Timestamp,
    at: Timestamp,
) -> Result<()> {
    let glass = BrokenGlass {
        run: run.clone(),
        request: request.id.clone(),
        environment: request.environment.clone(),
        by: by.id.clone(),
        by_name: by.name.clone(),
        reason: reason.to_owned(),
        at,
        due,
        review: None,
    };
    rows::insert(tx, &glass).await?;
    let detail = format!("run {run} of plan {}, review due {due}: {reason}", request.digest);
    let deed = Deed { who: &by.name, what: "request.glass_broken", subject: request.id.as_str(), detail };
    record(tx, at, deed).await?;
    let says = format!("{} has started it at once, without its approvals. A review is due until {due}.", by.name);
    let (whom, responsible) = (Whom::Overseers, by.name.clone());
    let told = Told { occasion: Occasion::GlassBroken, mark: 1, says, whom, responsible };
    tell_of_run(tx, run, &[told], at).await
}

/// Why this person cannot start it without its approvals, if so.
pub(crate) fn why_not_break(
    viewer: &Person,
    request: &Request,
    rules: &Rules,
    now: Timestamp,
) -> std::result::Result<(), String> {
    is_open(request)?;
    let demand = rules.demand(&About::of(request));
    let Some(rule) = &demand.glass else {
        return Err("the policies let nobody start this without its approvals".to_owned());
    };
    rule.may_break(viewer, &request.settings.labels, &rules.groups)?;
    if let Some((field, problem)) = not_told(&demand, request) {
        return Err(format!("{field}: {problem}. Make a new request"));
    }
    match rule.hours {
        GlassHours::Pass => Ok(()),
        GlassHours::Bind => closed(&demand, now).map_or(Ok(()), |closed| Err(closed.words())),
    }
}

/// Until when a run that starts now without approvals has to be reviewed.
pub(crate) fn due(request: &Request, rules: &Rules, at: Timestamp) -> Timestamp {
    let hours = rules.demand(&About::of(request)).glass.map_or(1, |rule| rule.review_hours);
    at.plus_seconds(i64::from(hours) * 3600)
}

/// Reviews that keep a run from starting the usual way in this environment.
pub(crate) fn overdue(unreviewed: &[BrokenGlass], now: Timestamp) -> std::result::Result<(), String> {
    match unreviewed.iter().find(|glass| glass.is_overdue(now)) {
        None => Ok(()),
        Some(glass) => Err(glass.overdue_words()),
    }
}

/// What somebody has to say.
fn words(field: &str, text: &str) -> Result<String> {
    clean(text).map_err(|problem| invalid(field, problem.to_string()))
}
