//! A plan as a document: what could go wrong, what stops, and every step down to the command.

use leptos::prelude::*;
use model::gate::GateId;
use model::gate::batches;
use model::id::PlanDigest;
use model::plan::{Hazard, LeftOut, Plan, Rolling, Stage, Step, Target};
use model::time::limit_words;

use super::blast::blast_radius;
use crate::components::{Badge, Copyable, HazardNote, Icon, StepDetails};
use crate::look::Sign;
use crate::looks;

/// A plan with more steps than this is read stage by stage: of 100 nodes it has thousands.
const ON_ONE_PAGE: usize = 200;

/// So many steps of one stage stand on one page.
const OF_A_STAGE: usize = 100;

/// What a plan is read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Commands are opened one by one.
    Screen,
    /// Nothing can be opened, so everything is.
    Paper,
}

/// The part of a plan that a page shows: a stage, and from which of its steps on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Counted from 1; the one after the last stage is what is done at the end.
    pub stage: usize,
    pub from: usize,
}

impl Part {
    /// What an address says in `?stage=` and `?from=`.
    pub fn of_query(stage: &str, from: &str) -> Option<Self> {
        Some(Self { stage: stage.parse().ok()?, from: from.parse().unwrap_or(0) })
    }
}

/// The whole plan; a large one with links to its parts, which the page at `address` shows. Its digest was computed when it was
/// made, and is compared with the plan at the start: to compute it takes longer than the page.
pub fn plan(plan: &Plan, digest: &PlanDigest, address: &str, reading: Reading) -> AnyView {
    let is_large = plan.steps().count() > ON_ONE_PAGE;
    let stages: Vec<_> = plan
        .stages
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let confirmed = confirmations(plan, GateId::before(at, 0));
            let stage = if is_large { outlined(at + 1, one, address) } else { stage(at + 1, one, reading) };
            view! { {confirmed} {stage} }
        })
        .collect();
    let confirmed_at_end = confirmations(plan, GateId::END);
    let digest = digest.to_string();
    view! {
        {blast_radius(plan)}
        {hazards(&plan.hazards)}
        <section class="stack">
            <h2>"What is done, in this order"</h2>
            {(is_large && reading == Reading::Paper).then(|| view! {
                <p class="hint">"This plan is large: the commands and proofs of each stage stand on pages of their own, which can be printed as well."</p>
            })}
            <p class="text-muted">{after_a_failure(plan.hold, !plan.finally.is_empty())}</p>
            {stages}
            {confirmed_at_end}
            {if is_large { outlined_finally(plan, address) } else { finally(&plan.finally, reading) }}
        </section>
        {left_out(&plan.left_out, reading)}
        <div class="stack-tight">
            <p class="hint">"Digest of this plan, which is what is approved:"</p>
            <Copyable what="the digest"><code class="mono">{digest}</code></Copyable>
        </div>
    }
    .into_any()
}

/// One part of a large plan, down to the command.
pub fn part(plan: &Plan, part: Part, address: &str) -> AnyView {
    let number = part.stage;
    let (title, steps) = match plan.stages.get(number.wrapping_sub(1)) {
        Some(stage) => (format!("{number}. {}", stage.title), stage.steps.as_slice()),
        None => ("At the end, whatever happened".to_owned(), plan.finally.as_slice()),
    };
    let from = part.from.min(steps.len());
    let shown = &steps[from..steps.len().min(from + OF_A_STAGE)];
    let words = match shown.len() {
        0 => "no step".to_owned(),
        count => format!("steps {} to {} of {}", from + 1, from + count, steps.len()),
    };
    let link = |at: usize, words: &'static str| view! { <a class="btn btn-small" href=part_address(address, number, at)>{words}</a> };
    let before = (from > 0).then(|| link(from.saturating_sub(OF_A_STAGE), "The steps before"));
    let after = (from + shown.len() < steps.len()).then(|| link(from + OF_A_STAGE, "The steps after"));
    let rows: Vec<_> = shown.iter().map(|one| step(one, true, Reading::Screen)).collect();
    view! {
        <section class="card">
            <div class="card-head"><h2>{title}</h2> <span class="hint">{words}</span></div>
            <div class="card-body">
                <ol class="steps">{rows}</ol>
                <div class="cluster">{before} {after}</div>
            </div>
        </section>
    }
    .into_any()
}

/// Who has to confirm there before it goes on.
fn confirmations(plan: &Plan, at: GateId) -> AnyView {
    let asked = plan.confirmations_at(at);
    let words = asked.map(|(_, one)| format!("Waits until somebody of the group {} confirms: {}", one.from, one.text));
    words.map(gate).collect::<Vec<_>>().into_any()
}

fn part_address(address: &str, stage: usize, from: usize) -> String {
    format!("{address}?stage={stage}&from={from}")
}

/// A stage of a large plan: what it does to how many, and where its steps stand.
fn outlined(number: usize, stage: &Stage, address: &str) -> AnyView {
    const TOLD: usize = 3;
    let gate =
        (number > 1).then(|| gate("Looks whether the rest of the plan still fits, before the next stage begins"));
    let count = stage.steps.len();
    let mut titles: Vec<_> =
        stage.steps.iter().take(TOLD).map(|one| view! { <li>{one.title.clone()}</li> }.into_any()).collect();
    if count > TOLD {
        titles.push(view! { <li class="text-muted">{format!("and {} more", count - TOLD)}</li> }.into_any());
    }
    let common = common_hazard(&stage.steps);
    let href = part_address(address, number, 0);
    view! {
        {gate}
        <section class="card">
            <div class="card-head"><h3>{format!("{number}. {}", stage.title)}</h3> <span class="hint">{manners(stage)}</span></div>
            <div class="card-body">
                {common.map(|words| view! { <HazardNote words=format!("at each step, {words}")/> })}
                <ul class="stack-tight">{titles}</ul>
                <div><a class="link" href=href>"Every command and proof of this stage"</a></div>
            </div>
        </section>
    }
    .into_any()
}

fn hazards(hazards: &[Hazard]) -> AnyView {
    let mut hazards = hazards.to_vec();
    hazards.sort_by_key(|hazard| std::cmp::Reverse(hazard.weight));
    let is_empty = hazards.is_empty();
    let rows: Vec<_> = hazards
        .into_iter()
        .map(|hazard| view! {
            <li class="flex gap-2 items-start"><Badge look=looks::of_weight(hazard.weight)/> <span class="min-w-0">{hazard.words}</span></li>
        })
        .collect();
    (!is_empty)
        .then(|| view! { <section class="stack-tight"><h2>"What to know before agreeing"</h2> <ul class="stack-tight">{rows}</ul></section> })
        .into_any()
}

/// What becomes of the run when something fails.
fn after_a_failure(hold: u32, opens: bool) -> String {
    let then = if opens { "what was opened is closed" } else { "the run ends as failed" };
    match hold {
        0 => format!("After a failure {then} at once."),
        hold => {
            let hold = limit_words(hold);
            format!(
                "After a failure it waits {hold} for a decision: try again, skip, or abort. If nobody decides, {then}."
            )
        }
    }
}

fn stage(number: usize, stage: &Stage, reading: Reading) -> AnyView {
    let gate =
        (number > 1).then(|| gate("Looks whether the rest of the plan still fits, before the next stage begins"));
    let manners = manners(stage);
    let batches = batches(stage);
    let common = common_hazard(&stage.steps);
    let steps = if batches.len() > 1 {
        by_batch(stage, &batches, common.is_none(), reading)
    } else {
        stage.steps.iter().map(|one| step(one, common.is_none(), reading)).collect()
    };
    view! {
        {gate}
        <section class="card">
            <div class="card-head"><h3>{format!("{number}. {}", stage.title)}</h3> <span class="hint">{manners}</span></div>
            <div class="card-body">
                {common.map(|words| view! { <HazardNote words=format!("at each step, {words}")/> })}
                <ol class="steps">{steps}</ol>
            </div>
        </section>
    }
    .into_any()
}

/// The hazard that every step of a stage has. It is said once: repeated for each of 50 routers it would hide the others.
fn common_hazard(steps: &[Step]) -> Option<String> {
    let (first, others) = steps.split_first()?;
    let words = first.hazard.clone()?;
    (!others.is_empty() && others.iter().all(|step| step.hazard.as_ref() == Some(&words))).then_some(words)
}

/// How the steps of a stage go: how many at a time, and how carefully.
fn manners(stage: &Stage) -> String {
    let together = match (stage.steps.len(), stage.limit) {
        (1, _) => return String::new(),
        (count, 1) => format!("{count} steps, one at a time"),
        (count, limit) => format!("{count} steps, at most {limit} at a time"),
    };
    match &stage.rolling {
        Some(rolling) => format!("{together}; {}", rolling_words(rolling, &stage.unit)),
        None => together,
    }
}

/// For example `the first one alone, then batches of 10 routers, no failure allowed`.
fn rolling_words(rolling: &Rolling, unit: &str) -> String {
    let canary = match rolling.canary {
        0 => String::new(),
        1 => "the first one alone, then ".to_owned(),
        many => format!("the first {many} by themselves, then "),
    };
    let failures = match rolling.budget {
        0 => "no failure allowed".to_owned(),
        1 => "1 failure allowed".to_owned(),
        many => format!("{many} failures allowed"),
    };
    format!("{canary}batches of {} {unit}, {failures}", rolling.batch.max(1))
}

/// The steps under their batches, with the gates between them.
fn by_batch(stage: &Stage, batches: &[Vec<&Target>], with_hazard: bool, reading: Reading) -> Vec<AnyView> {
    let rows = |(number, batch): (usize, &Vec<&Target>)| {
        let title = format!("Batch {} of {}", number + 1, batches.len());
        let gate = (number > 0).then(|| gate("Looks whether the batch before is healthy and the rest still fits"));
        let head = view! { <li class="batch"><span class="eyebrow">{title}</span> {gate}</li> }.into_any();
        let steps =
            stage.steps.iter().filter(|one| batch.contains(&&one.target)).map(|one| step(one, with_hazard, reading));
        std::iter::once(head).chain(steps).collect::<Vec<_>>()
    };
    batches.iter().enumerate().flat_map(rows).collect()
}

/// A point at which the run looks around.
fn gate(words: impl Into<String>) -> AnyView {
    let words = words.into();
    view! { <p class="cluster hint"><Icon sign=Sign::Clock/> {words}</p> }.into_any()
}

fn outlined_finally(plan: &Plan, address: &str) -> AnyView {
    let count = plan.finally.len();
    let href = part_address(address, plan.stages.len() + 1, 0);
    (count > 0)
        .then(|| view! {
            <section class="card">
                <div class="card-head"><h3>"At the end, whatever happened"</h3> <span class="hint">"also after a failure or an abort"</span></div>
                <div class="card-body"><a class="link" href=href>{format!("The {count} steps that close what was opened")}</a></div>
            </section>
        })
        .into_any()
}

fn finally(steps: &[Step], reading: Reading) -> AnyView {
    if steps.is_empty() {
        return ().into_any();
    }
    let steps: Vec<_> = steps.iter().map(|one| step(one, true, reading)).collect();
    view! {
        <section class="card">
            <div class="card-head"><h3>"At the end, whatever happened"</h3> <span class="hint">"also after a failure or an abort"</span></div>
            <div class="card-body"><ol class="steps">{steps}</ol></div>
        </section>
    }
    .into_any()
}

fn step(step: &Step, with_hazard: bool, reading: Reading) -> AnyView {
    let hazard = step.hazard.clone().filter(|_| with_hazard);
    let details = step.clone();
    view! {
        <li class="step scroll-mt-20" id=step.id.to_string()>
            <span class="step-mark" aria-hidden="true">"•"</span>
            <div class="stack-tight">
                <div class="spread">
                    <span class="step-title">{step.title.clone()}</span>
                    <span class="hint"><span class="mono">{step.target.words()}</span> {format!(" · {}", step.kind.words())}</span>
                </div>
                {hazard.map(|words| view! { <HazardNote words/> })}
                <details class="disclosure" open={reading == Reading::Paper}>
                    <summary>"Command and proof"</summary>
                    <StepDetails step=details/>
                </details>
            </div>
        </li>
    }
    .into_any()
}

fn left_out(left_out: &[LeftOut], reading: Reading) -> AnyView {
    let is_empty = left_out.is_empty();
    let count = left_out.len();
    let rows: Vec<_> = left_out
        .iter()
        .cloned()
        .map(|one| view! { <li><span class="mono">{one.what}</span> ": " {one.why}</li> })
        .collect();
    (!is_empty)
        .then(|| {
            view! {
                // A few are read at once: what is not restarted matters as much as what is.
                <details class="disclosure" open={count <= 5 || reading == Reading::Paper}>
                    <summary>{format!("Left out: {count}")}</summary>
                    <ul class="stack-tight">{rows}</ul>
                </details>
            }
        })
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(canary: u16, batch: u16, budget: u16, expected: &str) {
        let rolling = Rolling { canary, batch, health: vec![], budget };
        assert_eq!(rolling_words(&rolling, "routers"), expected);
    }

    #[test]
    fn a_rolling_stage_says_how_carefully_it_goes() {
        check(1, 10, 0, "the first one alone, then batches of 10 routers, no failure allowed");
        check(0, 5, 1, "batches of 5 routers, 1 failure allowed");
        check(3, 5, 2, "the first 3 by themselves, then batches of 5 routers, 2 failures allowed");
    }

    #[test]
    fn the_plan_says_what_becomes_of_a_failure() {
        let waits = "After a failure it waits 30 min for a decision: try again, skip, or abort. If nobody decides, what was \
                     opened is closed.";
        assert_eq!(after_a_failure(1800, true), waits);
        assert_eq!(after_a_failure(0, false), "After a failure the run ends as failed at once.");
    }

    #[test]
    fn on_paper_every_command_and_proof_is_open() {
        let plan = crate::live::testing::plan();
        let closed = |reading| {
            let page = Owner::new().with(|| super::plan(&plan, &plan.digest(), "/requests/1/plan", reading).to_html());
            let all = page.matches("<summary>Command and proof").count();
            (all, page.matches("<details class=\"disclosure\"><summary>Command and proof").count())
        };
        let steps = plan.steps().count();
        assert_eq!(closed(Reading::Screen), (steps, steps));
        assert_eq!(closed(Reading::Paper), (steps, 0));
    }

    #[test]
    fn an_address_names_a_part_or_nothing() {
        assert_eq!(Part::of_query("3", "100"), Some(Part { stage: 3, from: 100 }));
        assert_eq!(Part::of_query("3", ""), Some(Part { stage: 3, from: 0 }));
        assert_eq!(Part::of_query("", "100"), None);
    }
}
