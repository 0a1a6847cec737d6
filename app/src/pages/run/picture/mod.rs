//! A run as a picture: a matrix of stages and hosts, a timeline, and a table that says the same. Drawn on the server.

mod matrix;
mod table;
mod timeline;

use leptos::prelude::*;
use model::id::RunId;
use model::picture::PictureView;
use model::picture::sheet::{By, Matrix, Timeline, sections};
use model::words::count;

use crate::api::records::load_run_picture;
use crate::components::{Elapsed, Moment, Notice, Page, PageHead, RiskBadge, data_of, refused_view, waiting};
use crate::look::Look;
use crate::pages::params::{id_of_path, query};

/// Seconds between two looks, while the run goes on.
const REFRESH: u32 = 10;

/// The page; `?stage=` shows one stage alone.
#[component]
pub fn RunPicture() -> AnyView {
    let id = id_of_path::<RunId>();
    let stage = query("stage");
    let data = data_of(move || id.get(), |id| async move { load_run_picture(id?).await });
    view! {
        <Transition fallback=waiting>
            {move || Suspend::new(async move {
                let (refresh, shown) = match data.await {
                    Ok(view) => {
                        let refresh = if view.picture.is_over { 0 } else { REFRESH };
                        (refresh, show(&view, stage.get_untracked().parse().ok()))
                    }
                    Err(refused) => {
                        (0, view! { <PageHead title="Matrix and timeline"/> {refused_view(&refused)} }.into_any())
                    }
                };
                view! { <Page title="Matrix and timeline" refresh=refresh>{shown}</Page> }
            })}
        </Transition>
    }
    .into_any()
}

/// The whole run, or the stage of that number.
fn show(view: &PictureView, stage: Option<usize>) -> AnyView {
    let PictureView { head, state, picture } = view;
    let run = format!("/runs/{}", head.run);
    let place = format!("{run}/picture");
    let title = format!("{} on {}", head.plan.inputs.procedure(), head.environment_name);
    let crumbs = vec![
        ("/".to_owned(), "Updates".to_owned()),
        (format!("/environments/{}", head.environment), head.environment_name.clone()),
        (run.clone(), title),
    ];
    let shown = sections(&head.plan, stage);
    let (matrix, name) = match (stage, shown.as_slice()) {
        (Some(_), [only]) => (Matrix::of_section(only), Some(format!("{}. {}", only.number, only.title))),
        _ => (Matrix::of_plan(&head.plan), None),
    };
    let timeline = Timeline::of(&shown, picture);
    let (all, all_too) = (place.clone(), place.clone());
    let whole = stage.map(|_| view! { <a class="btn btn-quiet" href=all>"The whole run"</a> });
    let (risk, began) = (head.risk, picture.began);
    let to = picture.is_over.then_some(picture.until);
    let steps = count(shown.iter().map(|section| section.steps.len()).sum(), "step");
    view! {
        <PageHead title=name.unwrap_or_else(|| "Matrix and timeline".to_owned()) crumbs=crumbs>
            <RiskBadge risk/>
            {whole}
            <a class="btn btn-quiet" href=run>"To the run"</a>
        </PageHead>
        {shown.is_empty().then(|| view! {
            <Notice look=Look::unknown("No such stage")><a class="link" href=all_too>"Show the whole run"</a></Notice>
        })}
        <p class="text-muted">
            {format!("{steps}. The run began ")} <Moment at=began/> {if picture.is_over { ", and took " } else { ", and takes so far " }}
            <Elapsed from=began to=to/> "."
        </p>
        {matrix::matrix(&matrix, state, &place)}
        {timeline::timeline(&timeline, picture)}
        {table::table(&timeline, picture)}
    }
    .into_any()
}

/// What a row is called where rows are counted.
const fn unit(by: By) -> &'static str {
    match by {
        By::Step => "Step",
        By::Host => "Host",
        By::Stage => "Stage",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use model::id::{HostName, StepId};
    use model::picture::{Ending, Picture, Try};
    use model::plan::{Action, Plan, Probe, Stage, Step, Target};
    use model::run::RunState;
    use model::time::Timestamp;

    /// A plan for a hundred nodes, and a run in which each of its steps failed once and was then done.
    fn large() -> (Plan, Picture) {
        let step = |stage: usize, node: usize| {
            let (id, host) = (format!("s{stage}-n{node}"), HostName::new(format!("ovs-node{node}")).unwrap());
            let (title, target) =
                (format!("Restart the storage driver of {host}, part {stage}"), Target::Host { host });
            Step::plain(StepId::new(id).unwrap(), title, target, Action::Observe, Probe::ApiReady, 60)
        };
        let stage = |stage: usize| Stage {
            title: format!("The services of part {stage}"),
            limit: 5,
            unit: "nodes".to_owned(),
            steps: (0..100).map(|node| step(stage, node)).collect(),
            rolling: None,
        };
        let plan = Plan { stages: (0..70).map(stage).collect(), finally: vec![], ..crate::live::testing::plan() };
        let one = |number: u32, from: i64, ending| Try {
            number,
            from: Timestamp(from),
            to: Some(Timestamp(from + 400)),
            ending,
            waits: vec![],
        };
        let tries = (0..).zip(plan.steps()).map(|(at, step)| {
            let tries = vec![one(1, at * 1000, Ending::Failed), one(2, at * 1000 + 500, Ending::Done)];
            (step.id.clone(), tries)
        });
        let picture =
            Picture { until: Timestamp(7_000_000), is_over: true, tries: tries.collect(), ..Picture::default() };
        (plan, picture)
    }

    #[test]
    fn the_picture_of_seven_thousand_steps_is_a_page_that_loads() {
        let (plan, picture) = large();
        let state = RunState::default();
        for stage in [None, Some(3)] {
            let shown = sections(&plan, stage);
            let matrix = match shown.as_slice() {
                [only] => Matrix::of_section(only),
                _ => Matrix::of_plan(&plan),
            };
            let timeline = Timeline::of(&shown, &picture);
            let page = Owner::new().with(|| {
                let parts = (
                    matrix::matrix(&matrix, &state, "/runs/1/picture"),
                    timeline::timeline(&timeline, &picture),
                    table::table(&timeline, &picture),
                );
                parts.to_html()
            });
            assert!(page.len() < 250_000, "stage {stage:?}: {} bytes", page.len());
            assert!(page.contains("Restart") || stage.is_none(), "a stage of a hundred steps tells of each");
        }
    }
}
