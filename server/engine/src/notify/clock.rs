//! What is told because time has passed: that a request or a run has waited for people too long. Once for each wait.

use model::notification::Occasion;
use model::plan::Plan;
use model::policy::Standing;
use model::run::{RunState, Status};
use model::time::Timestamp;
use model::wait::WaitReason;

use super::requests::{Matter, could};
use super::runs::{Told, Whom, tell_of_run, title};
use super::{ids_of, tell};
use crate::rules::Rules;
use crate::store::notifications;
use crate::{Engine, Result};

impl Engine {
    /// Tells of every wait for people that is too long at that time and was not told of before.
    pub(crate) async fn tell_of_long_waits(&self, now: Timestamp) -> Result<()> {
        if notifications::targets(self.store().reader()).await?.is_empty() {
            return Ok(());
        }
        self.tell_of_overdue_reviews(now).await?;
        let minutes = notifications::settings(self.store().reader()).await?.waiting_minutes;
        let since = now.plus_seconds(-60 * i64::from(minutes));
        self.tell_of_requests(since).await?;
        self.tell_of_runs(since).await
    }

    async fn tell_of_requests(&self, since: Timestamp) -> Result<()> {
        for id in self.store().open_since(since).await? {
            let Some(head) = self.store().request_head(&id).await? else { continue };
            let (mut tx, now) = (self.store().write().await?, self.now());
            let rules = Rules::within(&mut tx, self.0.keys.believed()).await?;
            let matter = Matter::of_head(&id, &head);
            let (Standing::Waiting { missing }, _) = rules.standing(&matter.about, now) else { continue };
            let says = format!(
                "{} asked for it at {}. It still needs {}.",
                head.by_name,
                head.at,
                missing
                    .iter()
                    .map(|one| format!("{} more of {}", one.count, one.from))
                    .collect::<Vec<_>>()
                    .join(" and ")
            );
            let told = matter.notification(&rules, Occasion::WaitingTooLong, head.at, None, says)?;
            let makers = ids_of(&rules.people, |person| head.makers.contains(&person.id));
            let people = could(&rules, &missing).into_iter().chain(makers).collect();
            tell(&mut tx, now, &told, &people).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn tell_of_runs(&self, since: Timestamp) -> Result<()> {
        for lease in self.store().leases().await? {
            let Some(line) = self.store().run_line(&lease.run).await? else { continue };
            let Some(request) = self.store().request(&line.request).await? else { continue };
            let state = self.state(&lease.run).await?;
            let Some((begun, what)) = waits_for_people(&state, &request.plan) else { continue };
            if begun > since {
                continue;
            }
            let says = format!("{what} It has waited since {begun}. It is in the hands of {}.", state.responsible);
            let (whom, responsible) = (Whom::Operators, state.responsible.clone());
            let told = Told { occasion: Occasion::WaitingTooLong, mark: begun.0, says, whom, responsible };
            let mut tx = self.store().write().await?;
            tell_of_run(&mut tx, &lease.run, &[told], self.now()).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// What a run waits for that only people can end, and since when; the oldest of several.
fn waits_for_people(state: &RunState, plan: &Plan) -> Option<(Timestamp, String)> {
    let run = state.wait().and_then(|wait| {
        let what = match &wait.reason {
            WaitReason::Decision { .. } => "Something failed, and somebody has to decide.".to_owned(),
            WaitReason::Paused { by, .. } => format!("{by} has paused it."),
            WaitReason::Confirmation { from, .. } => {
                format!("Somebody of the group {from} has to confirm that it may go on.")
            }
            WaitReason::Drift { .. } => "The environment is not what the plan was made for.".to_owned(),
            _ => return None,
        };
        Some((wait.since, what))
    });
    let steps = state.steps.iter().flat_map(|(id, step)| {
        let wait = step.wait.as_ref().filter(|wait| {
            step.status == Status::Running
                && matches!(wait.reason, WaitReason::Person { .. } | WaitReason::ByHand { .. })
        });
        let asked = step.asked.as_ref();
        let by_hand = wait.map(|wait| (wait.since, format!("{} has to be done by a person.", title(plan, id))));
        let verdict = asked.map(|asked| (asked.at, format!("A second person has to agree about {}.", title(plan, id))));
        let is_unknown = matches!(step.status, Status::Unknown { .. });
        let unknown = step.ended_at.or_else(|| step.wait.as_ref().map(|wait| wait.since)).filter(|_| is_unknown);
        let unknown = unknown.map(|since| (since, format!("The outcome of {} is unknown.", title(plan, id))));
        [by_hand, verdict, unknown]
    });
    let abort = state.abort_asked.as_ref();
    let abort = abort.map(|asked| (asked.at, "A second person has to agree to end it.".to_owned()));
    run.into_iter().chain(abort).chain(steps.flatten()).min_by_key(|(since, _)| *since)
}
