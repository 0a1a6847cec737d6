//! Runs that earlier versions have recorded, kept as they are: every version must read them, come to the same result,
//! and carry an unfinished one to its end. A history is never rewritten; a new format gets new files beside them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::event::{Event, EventKind};
use model::export::{EXPORT_FORMAT, Export, ExportHead, ExportLine, Replay};
use model::id::{EnvironmentId, RequestId, RunId, StepId};
use model::plan::{Plan, StepKind};
use model::rehearsal::Trouble;
use model::run::{Phase, RunState};
use model::time::Timestamp;

use super::chosen::Chosen;
use super::ledger::Ledger;
use super::mischief::Mischief;
use super::simulation::plans;
use super::world::Stage;
use super::{Beginning, Troupe, perform, play};
use crate::settings::Pace;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("histories")
}

fn histories() -> Vec<(String, Export)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    assert!(files.len() >= 6, "the histories are not there");
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let export = Export::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, export)
    };
    files.iter().map(read).collect()
}

/// What stands beside a history: how it ended, step by step.
fn summary(plan: &Plan, state: &RunState) -> String {
    let steps = plan.steps().map(|step| {
        let begun = state.steps.get(&step.id);
        let words = begun.map_or("to come".to_owned(), |begun| format!("{:?}, try {}", begun.status, begun.attempt));
        format!("{}: {words}\n", step.id)
    });
    format!("{}{:?}\n{:?}\n", steps.collect::<String>(), state.phase, state.alarm(plan))
}

#[test]
fn every_history_is_read_and_comes_to_the_result_it_came_to() {
    for (name, export) in histories() {
        let state = export.state_after(usize::MAX);
        let wanted = std::fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap();
        assert_eq!(summary(&export.head.plan, &state), wanted, "{name}");
    }
}

#[test]
fn all_at_once_one_by_one_and_with_repeated_prefixes_is_the_same() {
    for (name, export) in histories() {
        let at_once = RunState::fold(&export.events).unwrap();
        let mut one_by_one = Replay::default();
        for (count, event) in export.events.iter().enumerate() {
            one_by_one.take(event).unwrap();
            assert_eq!(one_by_one.state, export.state_after(count + 1), "{name} after {}", event.seq);
        }
        assert_eq!(one_by_one.state, at_once, "{name}");
        let mut stuttering = Replay::default();
        for count in 1..=export.events.len() {
            for event in &export.events[..count] {
                stuttering.take(event).unwrap();
            }
        }
        assert_eq!(stuttering.state, at_once, "{name}");
    }
}

#[test]
fn an_event_that_is_missing_or_swapped_is_noticed() {
    for (name, export) in histories() {
        for at in 0..export.events.len() - 1 {
            let mut events = export.events.clone();
            events.remove(at);
            let mut replay = Replay::default();
            let result = events.iter().try_for_each(|event| replay.take(event));
            assert!(result.is_err(), "{name}: event {} was not missed", at + 1);
        }
    }
}

/// Cut off after each event in turn, and taken up by this version.
#[test]
fn every_history_can_be_carried_on_from_wherever_it_was_cut_off() {
    for (name, export) in histories() {
        for count in 2..export.events.len() {
            let (plan, events) = (export.head.plan.clone(), export.events[..count].to_vec());
            let state = carry_on(plan.clone(), events.clone());
            let words = || format!("{name} cut off after event {count}: {}", summary(&plan, &state));
            assert!(matches!(state.phase, Phase::Over(_)), "{}", words());
            assert_eq!(state.alarm(&plan), None, "{}", words());
        }
    }
}

fn carry_on(plan: Plan, events: Vec<Event>) -> RunState {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async move {
        let plan = Arc::new(plan);
        let before = RunState::fold(&events).unwrap();
        let last = events.last().unwrap().at;
        let ledger = Ledger::new(run_id(), Timestamp(last.0 + 1000), None);
        ledger.restore(&events);
        let mischief: Arc<dyn Mischief> = Arc::new(Chosen::new(plan.clone(), None));
        let stage = Stage::new(plan.clone(), None, ledger.clone(), mischief);
        stage.pretend(&before);
        let troupe = Troupe { pace: Pace::default(), lifetime: 120, secrets: vec![] };
        let everybody = async {
            tokio::select! {
                biased;
                result = play(&stage, &troupe) => result.unwrap(),
                () = super::simulation::people_who_settle(&stage) => {}
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(30 * 24 * 3600), everybody).await;
        let events = ledger.events();
        let agreed = |id: &StepId| {
            let is_it = |event: &&Event| matches!(&event.kind, EventKind::VerdictAgreed { step, .. } if step == id);
            events.iter().filter(is_it).count()
        };
        let truth = stage.truth();
        for step in plan.steps().filter(|step| step.kind == StepKind::Once) {
            let begun = truth.begun.get(&step.id).map_or(0, Vec::len);
            assert!(begun <= 1 + agreed(&step.id), "{} was begun {begun} times", step.id);
        }
        drop(truth);
        ledger.state()
    })
}

fn run_id() -> RunId {
    RunId::new("2e7293a0-d168-46f3-bc29-262ddbf22480").unwrap()
}

/// Writes the histories that are not there yet. Run by hand when the format grows:
/// `cargo test -p engine --lib write_histories -- --ignored`.
#[test]
#[ignore = "writes files"]
fn write_histories() {
    let step = |name: &str| StepId::new(name).unwrap();
    let troubles: [(&str, Option<Trouble>); 8] = [
        ("all-well", None),
        ("job-fails", Some(Trouble::Fails { step: step("reboot-3") })),
        ("script-fails", Some(Trouble::Fails { step: step("update-1") })),
        ("only-says-so", Some(Trouble::OnlySaysSo { step: step("start-1") })),
        ("reply-lost", Some(Trouble::ReplyLost { step: step("reboot-2") })),
        ("host-restarts", Some(Trouble::HostRestarts { step: step("update-2") })),
        ("host-gone", Some(Trouble::HostGone { step: step("update-1") })),
        ("server-dies", Some(Trouble::ServerDies { step: step("stop-1") })),
    ];
    for (name, trouble) in troubles {
        let file = folder().join(format!("format-{EXPORT_FORMAT}-{name}.jsonl"));
        if file.exists() {
            continue;
        }
        let plan = plans::with_everything();
        let beginning = Beginning {
            run: run_id(),
            request: RequestId::new("2e7293a0-d168-46f3-bc29-262ddbf22481").unwrap(),
            by: "rita".to_owned(),
            at: Timestamp(1_800_000_000_000),
            lifetime: 120,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let performance = runtime.block_on(perform(Arc::new(plan.clone()), None, beginning, trouble));
        write(&file, &plan, &performance.events, &performance.state);
    }
}

fn write(file: &Path, plan: &Plan, events: &[Event], state: &RunState) {
    let Some(EventKind::Created { request, digest, .. }) = events.first().map(|event| &event.kind) else {
        panic!("a history begins with its creation")
    };
    let head = ExportHead {
        drydock_run: EXPORT_FORMAT,
        exported_at: state.created_at,
        run: run_id(),
        request: request.clone(),
        environment: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22482").unwrap(),
        environment_name: "golden".to_owned(),
        platform: model::environment::Platform::CloudStack,
        risk: model::environment::RiskClass::Test,
        digest: digest.clone(),
        plan: plan.clone(),
    };
    let mut text = serde_json::to_string(&head).unwrap();
    for event in events {
        text.push('\n');
        text.push_str(&serde_json::to_string(&ExportLine { event: event.clone(), bytes: None }).unwrap());
    }
    text.push('\n');
    std::fs::create_dir_all(folder()).unwrap();
    std::fs::write(file, text).unwrap();
    std::fs::write(file.with_extension("txt"), summary(plan, state)).unwrap();
}
