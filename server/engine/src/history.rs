//! What can be learned from runs: which there were, what they have printed, how two of them differ, how long another one will take.

use std::collections::HashMap;

use model::comparison::{Both, ComparedRuns, Side, compare};
use model::course::Course;
use model::estimate::{Estimate, Profile};
use model::event::EventKind;
use model::id::{EnvironmentId, RunId, StepId};
use model::people::Person;
use model::plan::Plan;
use model::search::Query;
use model::view::{Found, FoundRest, FoundRun, HistoryFilter, HistoryView, Hit, RunLine};

use crate::access::Seen;
use crate::error::not_found;
use crate::store::search::Candidate;
use crate::{Engine, EngineError, Result};

/// How many places one page of what was found holds.
const HITS: usize = 50;

/// Of one piece of output so many lines are shown.
const LINES: usize = 3;

/// How many documents with the words are looked at for one page, and how many bytes of output are read. More would take longer than
/// somebody waits; the page says so and goes on from there.
const MOST_CANDIDATES: usize = 20_000;
const MOST_PIECES: usize = 2_000;
const MOST_BYTES: usize = 16 * 1024 * 1024;

impl Engine {
    /// Runs that `viewer` sees, newest first, at most 100.
    pub async fn history(&self, viewer: &Person, filter: &HistoryFilter) -> Result<Vec<RunLine>> {
        let (mut runs, _) = self.store().history(filter, &self.seen_by(viewer).await?).await?;
        self.tell_what_is_left(&mut runs).await?;
        Ok(runs)
    }

    /// Everything the page of History shows to `viewer`.
    pub async fn history_view(&self, viewer: &Person, filter: &HistoryFilter) -> Result<HistoryView> {
        let seen = self.seen_by(viewer).await?;
        let (mut runs, older) = self.store().history(filter, &seen).await?;
        self.tell_what_is_left(&mut runs).await?;
        let trend = self.store().trend(filter, &seen).await?;
        let choices = self.store().history_choices(&seen).await?;
        Ok(HistoryView { runs, older, trend, choices })
    }

    /// Where a text stands in what runs have printed that fit the filter and that `viewer` sees: newest first, from that place on.
    pub async fn search_output(
        &self,
        viewer: &Person,
        filter: &HistoryFilter,
        query: &Query,
        before: Option<i64>,
    ) -> Result<Found> {
        let seen = self.seen_by(viewer).await?;
        let (hits, rest) = self.hits(query, (filter, &seen), before.unwrap_or(i64::MAX)).await?;
        let mut runs: Vec<FoundRun> = Vec::new();
        for (run, hit) in hits {
            match runs.last_mut().filter(|last| last.run.id == run) {
                Some(last) => last.hits.push(hit),
                None => {
                    let line = self.store().run_line(&run).await?.ok_or_else(|| not_found("this run"))?;
                    runs.push(FoundRun { run: line, hits: vec![hit] });
                }
            }
        }
        let unread = self.store().unread(filter, &seen).await?;
        Ok(Found { runs, rest, unread, choices: self.store().history_choices(&seen).await? })
    }

    async fn hits(
        &self,
        query: &Query,
        asked: (&HistoryFilter, &Seen),
        mut before: i64,
    ) -> Result<(Vec<(RunId, Hit)>, FoundRest)> {
        let (mut hits, mut titles) = (Vec::new(), HashMap::new());
        let (mut candidates, mut pieces, mut bytes, mut limit) = (0, 0, 0, 64);
        loop {
            let found = self.store().candidates(query, asked, before, limit).await?;
            let is_last = found.len() < limit as usize;
            for candidate in found {
                if candidates >= MOST_CANDIDATES || pieces >= MOST_PIECES || bytes >= MOST_BYTES {
                    return Ok((hits, FoundRest::NotLookedAt { before }));
                }
                candidates += 1;
                before = candidate.id;
                if !candidate.fits {
                    continue;
                }
                pieces += 1;
                let (hit, read) = self.hit(query, &candidate, &mut titles).await?;
                bytes += read;
                hits.extend(hit.map(|hit| (candidate.run, hit)));
                if hits.len() >= HITS {
                    return Ok((hits, FoundRest::Older { before }));
                }
            }
            if is_last {
                return Ok((hits, FoundRest::Nothing));
            }
            limit = 1_000;
        }
    }

    /// Where the text stands in a piece of output, if it does, and how much was read for it.
    async fn hit(
        &self,
        query: &Query,
        candidate: &Candidate,
        titles: &mut HashMap<RunId, HashMap<StepId, String>>,
    ) -> Result<(Option<Hit>, usize)> {
        let Some((event, carry, bytes)) = self.store().piece(&candidate.run, candidate.seq).await? else {
            return Ok((None, 0));
        };
        let EventKind::Output { step, attempt, host, stream, .. } = event.kind else { return Ok((None, 0)) };
        let mut lines = query.lines(&carry, &bytes);
        if lines.is_empty() {
            return Ok((None, bytes.len()));
        }
        if !titles.contains_key(&candidate.run) {
            titles.insert(candidate.run.clone(), self.store().titles(&candidate.run).await?.into_iter().collect());
        }
        let title = titles.get(&candidate.run).and_then(|titles| titles.get(&step)).cloned();
        let more = u32::try_from(lines.len().saturating_sub(LINES)).unwrap_or(u32::MAX);
        lines.truncate(LINES);
        let title = title.unwrap_or_else(|| step.to_string());
        let (seq, at) = (event.seq, event.at);
        Ok((Some(Hit { seq, at, step, title, attempt, host, stream, lines, more }), bytes.len()))
    }

    /// Two runs step by step, the earlier one first. Whoever asks sees the first; whether they see the other is looked at here.
    pub async fn compare_runs(&self, viewer: &Person, run: &RunId, with: &RunId) -> Result<ComparedRuns> {
        let other = || not_found("the run to compare it with");
        match self.labels_seen(viewer, with).await {
            Err(EngineError::Refused(_)) => return Err(other()),
            seen => drop(seen?),
        }
        let mut both = [self.told(run).await?, self.told(with).await?];
        both.sort_by(|one, other| (one.0.created_at, &one.0.id).cmp(&(other.0.created_at, &other.0.id)));
        let [(before, plan_before, course_before), (after, plan_after, course_after)] = both;
        let comparison = compare(
            Side { plan: &plan_before, course: &course_before },
            Side { plan: &plan_after, course: &course_after },
        );
        Ok(ComparedRuns { runs: Both { before, after }, comparison })
    }

    async fn told(&self, run: &RunId) -> Result<(RunLine, Plan, Course)> {
        let line = self.store().run_line(run).await?.ok_or_else(|| not_found("this run"))?;
        let request = self.store().request(&line.request).await?.ok_or_else(|| not_found("the request of this run"))?;
        Ok((line, request.plan, self.course(run, i64::MAX).await?))
    }

    /// How a run went so far.
    pub(crate) async fn course(&self, run: &RunId, until: i64) -> Result<Course> {
        let mut events = self.store().events(run, 0).await?;
        events.retain(|event| event.seq <= until);
        Course::of(&events).map_err(|source| EngineError::Journal { run: run.to_string(), source })
    }

    /// Says of each run under way how much is left, as far as its own steps tell. One question for all of them.
    pub(crate) async fn tell_what_is_left(&self, runs: &mut [RunLine]) -> Result<()> {
        if runs.iter().all(|run| run.outcome.is_some()) {
            return Ok(());
        }
        let left = self.all_left().await?;
        for run in runs.iter_mut().filter(|run| run.outcome.is_none()) {
            run.left = Some(left.get(&run.id).copied().unwrap_or(Estimate::Unknown { runs: 0 }));
        }
        Ok(())
    }

    /// How much is left of each run under way for which there is any run to go by.
    pub(crate) async fn all_left(&self) -> Result<HashMap<RunId, Estimate>> {
        let now = self.now();
        let mut all: HashMap<RunId, (u32, u32, i64, Vec<Profile>)> = HashMap::new();
        for one in self.store().under_way().await? {
            let first = || (one.done, one.of, now.since(one.since), Vec::new());
            all.entry(one.run).or_insert_with(first).3.push(one.past);
        }
        let estimate = |(run, (done, of, since, past)): (RunId, (u32, u32, i64, Vec<Profile>))| {
            (run, Estimate::of(&past, done, of, since))
        };
        Ok(all.into_iter().map(estimate).collect())
    }

    /// How much is left of a run that went like that so far.
    pub(crate) async fn left(&self, line: &RunLine, course: &Course) -> Result<Estimate> {
        let past = self.store().profiles(&line.environment, line.procedure, line.steps_total).await?;
        let course = course.clone().up_to(self.now());
        let done = u32::try_from(course.done.len()).unwrap_or(u32::MAX);
        Ok(Estimate::of(&past, done, line.steps_total, course.since_done()))
    }

    /// How long a plan with so many steps usually takes.
    pub(crate) async fn usual(&self, environment: &EnvironmentId, plan: &Plan) -> Result<Estimate> {
        let steps = u32::try_from(plan.steps().count()).unwrap_or(u32::MAX);
        let past = self.store().profiles(environment, plan.inputs.procedure(), steps).await?;
        Ok(Estimate::of(&past, 0, steps, 0))
    }
}
