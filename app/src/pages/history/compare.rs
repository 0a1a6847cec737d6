//! Two runs side by side, step by step.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::comparison::{Both, ComparedRuns, Comparison, StageCompared, StepCompared, StepSide};
use model::id::RunId;
use model::refusal::Refusal;
use model::time::span_words;
use model::view::RunLine;
use model::words::{capitalised, count};

use crate::api::history::compare_runs;
use crate::components::{Badge, Column, Moment, Page, PageHead, Table, data_of, loaded};
use crate::error::Answer;
use crate::looks;

/// A stage with more steps is closed if nothing in it differs.
const FEW: usize = 20;

/// `?a=` and `?b=`, or `?run=` twice, name them.
#[component]
pub fn CompareRuns() -> AnyView {
    let query = use_query_map();
    let runs = Memo::new(move |_| query.with(chosen));
    let compared = data_of(move || runs.get(), load);
    view! {
        <Page title="Two runs compared">
            <PageHead title="Two runs compared" crumbs=vec![("/history".to_owned(), "History".to_owned())]/>
            {loaded(compared, |compared| show(&compared))}
        </Page>
    }
    .into_any()
}

fn chosen(query: &ParamsMap) -> Vec<String> {
    let all = ["a", "b", "run"].into_iter().flat_map(|name| query.get_all(name).unwrap_or_default());
    all.filter(|run| !run.is_empty()).collect()
}

async fn load(runs: Vec<String>) -> Answer<ComparedRuns> {
    let [run, with] = runs.as_slice() else {
        let problem = format!("choose two runs in History; {} were chosen", runs.len());
        return Err(Refusal::Invalid { field: "run".to_owned(), problem }.into());
    };
    let id = |text: &String| {
        text.parse::<RunId>().map_err(|_| Refusal::NotFound { what: "a run that this address names".to_owned() })
    };
    compare_runs(id(run)?, id(with)?).await
}

fn show(compared: &ComparedRuns) -> AnyView {
    let ComparedRuns { runs, comparison } = compared;
    let stages: Vec<_> = comparison.stages.iter().map(|one| stage(one, comparison)).collect();
    view! { {heads(runs, comparison)} {first(comparison)} {stages} }.into_any()
}

fn heads(runs: &Both<RunLine>, comparison: &Comparison) -> AnyView {
    let sides = [("Earlier", &runs.before), ("Later", &runs.after)].map(|(name, run)| {
        let words = format!("{} on {}", run.procedure, run.environment_name);
        let (href, look, by, at) = (format!("/runs/{}", run.id), looks::of_line(run), run.by.clone(), run.created_at);
        view! {
            <dt>{name}</dt>
            <dd class="cluster">
                <a class="link" href=href>{words}</a> <Badge look/>
                <span class="text-muted">{format!("by {by}, ")} <Moment at/> {format!(" ({at})")}</span>
            </dd>
        }
        .into_any()
    });
    let [before, after] = [comparison.took.before, comparison.took.after].map(took_words);
    let [waited_before, waited_after] = [comparison.waited.before, comparison.waited.after].map(span_words);
    view! {
        <section class="card" aria-label="Both runs">
            <div class="card-body">
                <dl class="facts">
                    {sides.into_iter().collect::<Vec<_>>()}
                    <dt>"Worked"</dt>
                    <dd>{format!("{before}, then {after}: {}", longer_words(&comparison.took))}</dd>
                    <dt>"Only waited for people"</dt>
                    <dd>{format!("{waited_before}, then {waited_after}")}</dd>
                </dl>
                <p class="hint">"Times of stages and steps are without what people took to decide, to resume, or to do something by hand."</p>
            </div>
        </section>
    }
    .into_any()
}

/// The first step that ended otherwise: what follows often only follows from it.
fn first(comparison: &Comparison) -> AnyView {
    let all: usize = comparison.stages.iter().map(|stage| stage.steps.len()).sum();
    let Some(first) = &comparison.first else {
        let words = format!("All {} ended alike.", count(all, "step"));
        return view! { <p class="font-medium">{words}</p> }.into_any();
    };
    let step = comparison.stages.iter().flat_map(|stage| &stage.steps).find(|step| &step.id == first);
    let title = step.map_or_else(|| first.to_string(), |step| step.title.clone());
    let words =
        format!("{} of {all} ended otherwise or are in one run only. The first: ", count(comparison.different, "step"));
    view! { <p class="font-medium">{words} <a class="link" href="#first">{title}</a></p> }.into_any()
}

fn stage(stage: &StageCompared, comparison: &Comparison) -> AnyView {
    let is_open = stage.steps.len() <= FEW || stage.steps.iter().any(StepCompared::is_different);
    let rows: Vec<_> = stage.steps.iter().map(|step| row(step, comparison.first.as_ref() == Some(&step.id))).collect();
    let [before, after] = [stage.took.before, stage.took.after].map(took_words);
    let words = format!("{before}, then {after}: {}", longer_words(&stage.took));
    let label = format!("Steps of {}", stage.title);
    view! {
        <section class="card">
            <div class="card-head"><h2>{stage.title.clone()}</h2> <span class="text-muted">{words}</span></div>
            <div class="card-body">
                <details class="disclosure" open=is_open>
                    <summary>{count(stage.steps.len(), "step")}</summary>
                    <Table label=label rows
                        columns=vec![
                            Column::Plain("Step"), Column::Plain("Earlier"), Column::Plain("Later"), Column::Plain("Time"),
                        ]/>
                </details>
            </div>
        </section>
    }
    .into_any()
}

fn row(step: &StepCompared, is_first: bool) -> AnyView {
    let mark = match (step.is_different(), is_first) {
        (_, true) => Some("The first difference"),
        (true, false) => Some("Different"),
        (false, false) => None,
    };
    let mark = mark.map(|words| view! { <span class="badge is-accent">{words}</span> });
    view! {
        <tr id=is_first.then_some("first")>
            <td data-label="Step">
                <div class="stack-tight gap-0">
                    <span class="font-medium">{step.title.clone()}</span>
                    <span class="hint">{step.target.clone()}</span>
                    {mark}
                </div>
            </td>
            <td data-label="Earlier">{side(step.sides.before.as_ref())}</td>
            <td data-label="Later">{side(step.sides.after.as_ref())}</td>
            <td data-label="Time">{capitalised(&longer_words(&step.took()))}</td>
        </tr>
    }
    .into_any()
}

fn side(side: Option<&StepSide>) -> AnyView {
    let Some(side) = side else { return view! { <span class="text-muted">"Not in this run"</span> }.into_any() };
    let look = looks::of_step(side.state.as_ref(), true);
    let mut words = Vec::new();
    if let Some(state) = &side.state {
        words.push(span_words(side.course.took));
        if state.attempt > 1 {
            words.push(format!("{} tries", state.attempt));
        }
    }
    if side.course.waited > 0 {
        words.push(format!("waited {} for people", span_words(side.course.waited)));
    }
    view! {
        <div class="stack-tight gap-0">
            <span><Badge look/></span>
            <span class="hint">{words.join(", ")}</span>
        </div>
    }
    .into_any()
}

fn took_words(took: Option<i64>) -> String {
    took.map_or_else(|| "not known".to_owned(), span_words)
}

/// Which of the two took longer, and by how much. A tenth of a second is no difference.
fn longer_words(took: &Both<Option<i64>>) -> String {
    match took.longer() {
        None => "nothing to compare".to_owned(),
        Some(longer) if longer.abs() < 100 => "as long".to_owned(),
        Some(longer) if longer > 0 => format!("{} longer", span_words(longer)),
        Some(longer) => format!("{} shorter", span_words(-longer)),
    }
}
