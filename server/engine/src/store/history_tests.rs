//! Promises of History, on SQLite and on PostgreSQL alike.

use std::slice;

use model::estimate::Estimate;
use model::event::{EventKind, How, Outcome};
use model::id::{RequestId, RunId};
use model::people::{Person, Role};
use model::procedure::Procedure;
use model::request::Request;
use model::run::RunState;
use model::time::Timestamp;
use model::view::{Ending, HistoryFilter};

use super::journal::{self, Author, NewRun, Visible};
use super::requests;
use crate::Engine;
use crate::executor::testing::open_request;
use crate::testing::on_both;

const MINUTE: i64 = 60_000;

/// A run of the same plan in the same environment, started at that minute by that name, whose steps take a minute each. As many of
/// them are done as are said; with an outcome it is over then.
async fn run_like(
    engine: &Engine,
    like: &Request,
    by: &str,
    minute: i64,
    steps: usize,
    outcome: Option<Outcome>,
) -> RunId {
    let id = |text: uuid::Uuid| text.to_string();
    let request = Request { id: RequestId::new(id(uuid::Uuid::now_v7())).unwrap(), ..like.clone() };
    let run = RunId::new(id(uuid::Uuid::now_v7())).unwrap();
    let at = |minutes: i64| Timestamp((minute + minutes) * MINUTE);
    let mut tx = engine.store().write().await.unwrap();
    requests::insert(&mut tx, &request).await.unwrap();
    let new = NewRun {
        id: &run,
        request: &request.id,
        environment: &request.environment,
        procedure: request.plan.inputs.procedure(),
        by,
        at: at(0),
        steps_total: request.plan.steps().count(),
    };
    assert!(journal::create(&mut tx, &new).await.unwrap());
    let created = EventKind::Created { request: request.id.clone(), digest: request.digest.clone(), by: by.into() };
    let mut all = vec![(at(0), created)];
    for (minutes, step) in (0..).zip(request.plan.steps().take(steps)) {
        let id = step.id.clone();
        all.push((at(minutes), EventKind::StepStarted { step: id.clone(), attempt: 1, spool: None, expires: None }));
        all.push((at(minutes + 1), EventKind::StepDone { step: id, how: How::Acted, evidence: "seen".into() }));
    }
    let last = all.last().map(|(at, _)| *at).unwrap();
    all.extend(outcome.map(|outcome| (last, EventKind::Finished { outcome })));
    for (at, kind) in all {
        journal::append(&mut tx, &run, Author::Person, at, &[kind.into()]).await.unwrap();
        let state = RunState::fold(&journal::events(&mut tx, &run, 0).await.unwrap()).unwrap();
        journal::show(&mut tx, &run, at, &Visible::of(&state, &request.plan)).await.unwrap();
    }
    tx.commit().await.unwrap();
    run
}

async fn ids(engine: &Engine, viewer: &Person, filter: HistoryFilter) -> Vec<RunId> {
    engine.history(viewer, &filter).await.unwrap().into_iter().map(|run| run.id).collect()
}

on_both! {
    async fn a_filter_leaves_what_fits_and_nothing_else(fresh: Fresh) {
        let engine = &fresh.engine;
        let rita = fresh.person("rita", &[Role::Admin]).await;
        let like = open_request(engine, rita.clone()).await;
        let day = 24 * 60;
        let first = run_like(engine, &like, "Rita", 0, 6, Some(Outcome::Succeeded)).await;
        let second = run_like(engine, &like, "olaf", day - 1, 2, Some(Outcome::Failed)).await;
        let third = run_like(engine, &like, "olaf", day, 1, None).await;
        let all = HistoryFilter::default;
        assert_eq!(ids(engine, &rita, all()).await, [&third, &second, &first].map(Clone::clone));
        assert_eq!(ids(engine, &rita, HistoryFilter { by: "rita".into(), ..all() }).await, slice::from_ref(&first));
        let running = HistoryFilter { outcome: Some(Ending::Running), ..all() };
        assert_eq!(ids(engine, &rita, running).await, slice::from_ref(&third));
        let failed = HistoryFilter { outcome: Some(Ending::Ended(Outcome::Failed)), ..all() };
        assert_eq!(ids(engine, &rita, failed).await, slice::from_ref(&second));
        let until = Some(Timestamp(day * MINUTE));
        assert_eq!(ids(engine, &rita, HistoryFilter { until, ..all() }).await, [second.clone(), first.clone()]);
        assert_eq!(ids(engine, &rita, HistoryFilter { from: until, ..all() }).await, slice::from_ref(&third));
        let platform = |platform| HistoryFilter { platform: Some(platform), ..all() };
        assert_eq!(ids(engine, &rita, platform(Procedure::RestartSystemVms.platform())).await.len(), 3);
        assert_eq!(ids(engine, &rita, platform(Procedure::MigrateManager.platform())).await, []);
        let nobody = HistoryFilter { procedure: Some(Procedure::MigrateManager), ..platform(Procedure::RestartSystemVms.platform()) };
        assert_eq!(ids(engine, &rita, nobody).await, [], "no procedure is of both");
        let older = HistoryFilter { before: Some(second.clone()), ..all() };
        assert_eq!(ids(engine, &rita, older).await, slice::from_ref(&first));
        let trend = engine.history_view(&rita, &all()).await.unwrap().trend;
        let told: Vec<_> = trend.points.iter().map(|point| (point.took / MINUTE, point.outcome)).collect();
        assert_eq!(told, [(6, Outcome::Succeeded), (2, Outcome::Failed)]);
        let choices = engine.history_view(&rita, &all()).await.unwrap().choices;
        assert_eq!((choices.environments.len(), choices.people), (1, vec!["Rita".to_owned(), "olaf".to_owned()]));
    }
}

on_both! {
    async fn runs_of_one_moment_are_all_on_one_page_or_the_next(fresh: Fresh) {
        let engine = &fresh.engine;
        let rita = fresh.person("rita", &[Role::Admin]).await;
        let like = open_request(engine, rita.clone()).await;
        let mut made = Vec::new();
        for _ in 0..103 {
            made.push(run_like(engine, &like, "rita", 5, 0, Some(Outcome::Aborted)).await);
        }
        let first = engine.history_view(&rita, &HistoryFilter::default()).await.unwrap();
        assert_eq!(first.runs.len(), 100);
        let rest = HistoryFilter { before: first.older, ..HistoryFilter::default() };
        let second = engine.history_view(&rita, &rest).await.unwrap();
        assert_eq!((second.runs.len(), second.older), (3, None));
        let mut seen: Vec<RunId> = first.runs.into_iter().chain(second.runs).map(|run| run.id).collect();
        seen.sort();
        made.sort();
        assert_eq!(seen, made);
    }
}

on_both! {
    async fn what_is_left_goes_by_five_earlier_runs_or_is_unknown(fresh: Fresh) {
        let engine = &fresh.engine;
        let rita = fresh.person("rita", &[Role::Admin]).await;
        let like = open_request(engine, rita.clone()).await;
        for number in 0..4 {
            run_like(engine, &like, "rita", number * 100, 6, Some(Outcome::Succeeded)).await;
        }
        // One that failed tells nothing of how long it takes to succeed.
        run_like(engine, &like, "rita", 900, 3, Some(Outcome::Failed)).await;
        engine.read_all_runs().await.unwrap();
        assert_eq!(engine.usual(&like.environment, &like.plan).await.unwrap(), Estimate::Unknown { runs: 4 });
        run_like(engine, &like, "rita", 1000, 6, Some(Outcome::WithErrors)).await;
        engine.read_all_runs().await.unwrap();
        let all = 6 * MINUTE;
        let usual = engine.usual(&like.environment, &like.plan).await.unwrap();
        assert_eq!(usual, Estimate::Range { from: all, median: all, to: all, runs: 5 });

        let now = engine.now().0 / MINUTE;
        let run = run_like(engine, &like, "rita", now - 3, 3, None).await;
        let listed = engine.history(&rita, &HistoryFilter::default()).await.unwrap();
        assert_eq!(listed.iter().filter(|line| line.left.is_some()).count(), 1, "what is over has nothing left");
        let in_list = listed.into_iter().find(|line| line.id == run).unwrap().left.unwrap();
        let on_page = engine.run(&rita, &run).await.unwrap().line.left.unwrap();
        let on_card = engine.environment_cards(&rita).await.unwrap()[0].active_run.clone().unwrap().left.unwrap();
        for left in [in_list, on_page, on_card] {
            // Three steps of a minute are to come; up to one of them may have gone by since the last one was done.
            let Estimate::Range { from, to, runs: 5, .. } = left else { panic!("{left:?}") };
            assert!((2 * MINUTE..=3 * MINUTE).contains(&from) && from <= to && to <= 3 * MINUTE, "{left:?}");
        }
    }
}

on_both! {
    async fn two_runs_are_compared_and_whoever_does_not_see_one_is_not_told_of_it(fresh: Fresh) {
        let engine = &fresh.engine;
        let rita = fresh.person("rita", &[Role::Admin]).await;
        let like = open_request(engine, rita.clone()).await;
        let earlier = run_like(engine, &like, "rita", 0, 6, Some(Outcome::Succeeded)).await;
        let later = run_like(engine, &like, "rita", 100, 2, Some(Outcome::Failed)).await;
        for (run, with) in [(&earlier, &later), (&later, &earlier)] {
            let compared = engine.compare_runs(&rita, run, with).await.unwrap();
            assert_eq!((&compared.runs.before.id, &compared.runs.after.id), (&earlier, &later));
            assert_eq!(compared.comparison.different, 4, "four steps have not begun in the later one");
            assert_eq!(compared.comparison.took.longer(), Some(-4 * MINUTE));
        }
        let view = engine.run(&rita, &later).await.unwrap();
        assert_eq!(view.previous, Some(earlier.clone()));
        let nobody = fresh.person("nora", &[]).await;
        let refused = engine.compare_runs(&nobody, &earlier, &later).await.unwrap_err();
        assert_eq!(refused.refusal().to_string(), crate::error::not_found("the run to compare it with").refusal().to_string());
    }
}
