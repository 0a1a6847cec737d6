#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::id::{EnvironmentId, HostName, StepId};
use crate::plan::{Action, PLAN_FORMAT, Probe, Stage, Target};
use crate::procedure::{Inputs, RestartSystemVms};
use crate::time::Timestamp;

/// So many stages, in each of which every host has so many steps.
fn plan(stages: usize, hosts: usize, each: usize) -> Plan {
    let step = |stage: usize, host: usize, number: usize| {
        let id = StepId::new(format!("s{stage}-h{host}-{number}")).unwrap();
        let target = Target::Host { host: HostName::new(format!("n{host}")).unwrap() };
        Step::plain(id, format!("Do {number} on n{host}"), target, Action::Observe, Probe::ApiReady, 60)
    };
    let stage = |stage: usize| Stage {
        title: format!("Stage {stage}"),
        limit: 5,
        unit: "nodes".to_owned(),
        steps: (0..each).flat_map(|number| (0..hosts).map(move |host| step(stage, host, number))).collect(),
        rolling: None,
    };
    Plan {
        format: PLAN_FORMAT,
        environment: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: String::new(),
        stages: (0..stages).map(stage).collect(),
        finally: vec![],
        hazards: vec![],
        left_out: vec![],
        hold: 0,
        confirmations: vec![],
    }
}

fn once(from: i64, to: i64) -> Try {
    Try { number: 1, from: Timestamp(from), to: Some(Timestamp(to)), ending: Ending::Done, waits: vec![] }
}

/// Every step took a second, one after the other.
fn all_done(plan: &Plan) -> Picture {
    let tries = (0..).zip(plan.steps()).map(|(at, step)| (step.id.clone(), vec![once(at * 1000, at * 1000 + 1000)]));
    let tries: BTreeMap<StepId, Vec<Try>> = tries.collect();
    let until = Timestamp(tries.len() as i64 * 1000);
    Picture { until, is_over: true, tries, ..Picture::default() }
}

fn row(bars: &[(i64, i64, Shows)]) -> Vec<(i64, i64, Shows)> {
    let bars = bars.iter().map(|(from, to, shows)| Bar { from: *from, to: *to, shows: *shows }).collect();
    over_each_other(bars).into_iter().map(|bar| (bar.from, bar.to, bar.shows)).collect()
}

const DONE: Shows = Shows::Work(Ending::Done);
const FAILED: Shows = Shows::Work(Ending::Failed);
const PEOPLE: Shows = Shows::Wait(Idle::People);

#[test]
fn every_step_stands_once_in_the_matrix_under_its_host() {
    let mut plan = plan(3, 4, 2);
    plan.finally = plan.stages[0].steps.split_off(7);
    let matrix = Matrix::of_plan(&plan);
    assert_eq!(matrix.columns, ["n0", "n1", "n2", "n3"]);
    let names: Vec<&str> = matrix.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["1. Stage 0", "2. Stage 1", "3. Stage 2", "4. At the end, whatever happened"]);
    assert_eq!(matrix.rows[3].cells.iter().map(Vec::len).collect::<Vec<_>>(), [0, 0, 0, 1]);
    for line in &matrix.rows {
        for (cell, column) in line.cells.iter().zip(&matrix.columns) {
            assert!(cell.iter().all(|step| step.target.words() == *column));
        }
    }
    let shown: usize = matrix.rows.iter().flat_map(|row| &row.cells).map(Vec::len).sum();
    assert_eq!((shown, matrix.is_folded), (24, false));
    let sections = sections(&plan, Some(2));
    let of_stage = Matrix::of_section(&sections[0]);
    assert_eq!(of_stage.rows.iter().map(|row| row.cells[0].len()).collect::<Vec<_>>(), [2, 2, 2, 2]);
    assert_eq!(super::sections(&plan, Some(4))[0].steps.len(), 1);
    assert_eq!(super::sections(&plan, Some(9)), []);
}

#[test]
fn a_plan_of_thousands_of_steps_is_folded_and_loses_none() {
    let plan = plan(70, 100, 1);
    let matrix = Matrix::of_plan(&plan);
    assert!(matrix.is_folded && matrix.columns.len() <= 25 && matrix.rows.len() <= 30, "{:?}", matrix.columns);
    let shown: usize = matrix.rows.iter().flat_map(|row| &row.cells).map(Vec::len).sum();
    assert_eq!(shown, 7_000);
    assert_eq!(
        (matrix.columns[0].as_str(), matrix.rows[0].name.as_str()),
        ("n0 … n3 (4)", "1 to 3. Stage 0 … Stage 2")
    );
    let picture = all_done(&plan);
    let timeline = Timeline::of(&sections(&plan, None), &picture);
    assert_eq!((timeline.by, timeline.rows.len(), timeline.not_begun), (By::Stage, 70, 0));
    assert_eq!(timeline.rows[1].stage, Some(2), "it leads to its stage");
    assert_eq!(timeline.rows[1].bars, [Bar { from: 100_000, to: 200_000, shows: DONE }]);
    let bars: usize = timeline.rows.iter().map(|row| row.bars.len()).sum();
    assert!(bars <= MOST_BARS);
}

#[test]
fn one_stage_is_told_by_step_or_by_host() {
    let few = plan(2, 10, 3);
    let timeline = Timeline::of(&sections(&few, Some(1)), &all_done(&few));
    assert_eq!((timeline.by, timeline.rows.len()), (By::Step, 30));
    let many = plan(2, 50, 3);
    let timeline = Timeline::of(&sections(&many, Some(1)), &all_done(&many));
    assert_eq!((timeline.by, timeline.rows.len(), timeline.rows[0].steps.len()), (By::Host, 50, 3));
    let nothing = Picture::default();
    let timeline = Timeline::of(&sections(&many, None), &nothing);
    assert_eq!((timeline.rows.len(), timeline.not_begun), (0, 300));
}

#[test]
fn a_try_is_cut_by_its_waits() {
    let wait = |from, to: Option<i64>| Waited {
        from: Timestamp(from),
        to: to.map(Timestamp),
        idle: Idle::People,
        why: String::new(),
    };
    let mut one = once(10, 50);
    one.waits = vec![wait(20, Some(30)), wait(40, Some(50))];
    let picture = Picture { until: Timestamp(60), ..Picture::default() };
    let bars = |one: &Try| bars_of(one, &picture).iter().map(|bar| (bar.from, bar.to, bar.shows)).collect::<Vec<_>>();
    assert_eq!(bars(&one), [(10, 20, DONE), (20, 30, PEOPLE), (30, 40, DONE), (40, 50, PEOPLE), (50, 50, DONE)]);
    let open = Try { to: None, ending: Ending::UnderWay, waits: vec![wait(20, None)], ..once(10, 0) };
    assert_eq!(bars(&open)[..2], [(10, 20, Shows::Work(Ending::UnderWay)), (20, 60, PEOPLE)]);
    assert_eq!(bars(&once(10, 10)), [(10, 10, DONE)], "what took no time was there all the same");
}

#[test]
fn of_bars_over_each_other_the_one_that_presses_most_is_seen() {
    assert_eq!(row(&[(0, 10, DONE), (10, 20, DONE)]), [(0, 20, DONE)]);
    assert_eq!(row(&[(0, 10, PEOPLE), (5, 8, DONE)]), [(0, 5, PEOPLE), (5, 8, DONE), (8, 10, PEOPLE)]);
    assert_eq!(row(&[(0, 10, DONE), (5, 20, FAILED)]), [(0, 5, DONE), (5, 20, FAILED)]);
    assert_eq!(row(&[(0, 4, DONE), (6, 8, DONE)]), [(0, 4, DONE), (6, 8, DONE)], "a gap stays a gap");
    let ended = [(0, 10, PEOPLE), (10, 10, FAILED)];
    assert_eq!(row(&ended), ended, "that it failed is seen behind the wait");
    assert_eq!(row(&[(0, 10, FAILED), (5, 5, DONE)]), [(0, 10, FAILED)]);
}

#[test]
fn very_many_bars_become_few_that_cover_the_same_time() {
    let bars: Vec<Bar> = (0..5_000)
        .map(|at| Bar { from: at * 10, to: at * 10 + 9, shows: if at < 2_500 { DONE } else { PEOPLE } })
        .collect();
    let row = coarse(bars, 20);
    let told: Vec<_> = row.iter().map(|bar| (bar.from, bar.to, bar.shows)).collect();
    assert_eq!(told, [(0, 24_999, DONE), (24_999, 49_999, PEOPLE)]);
}
