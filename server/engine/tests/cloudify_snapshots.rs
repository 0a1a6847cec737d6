//! Snapshots beside a migration: made, listed, fetched, brought to another manager, against two simulated managers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use lab::cloudify::{ManagerFault, Release, RestorePhase};
use model::cloudify::{Restore, SnapshotStatus, SnapshotsView, UploadState, WorkKind};
use model::event::Outcome;
use model::id::{SnapshotId, StepId};
use model::plan::Side;
use model::procedure::{CreateSnapshot, Inputs, SnapshotOption, UploadSnapshot};
use model::run::Status;

use support::archives::{archive_of, bring};
use support::assert_outcome;
use support::managers::{ManagersStory, migrate, migration};

const NAME: &str = "before_monday";

fn id(name: &str) -> SnapshotId {
    SnapshotId::new(name).unwrap()
}

fn creation(on: Side, options: &[SnapshotOption]) -> Inputs {
    let options: BTreeSet<_> = options.iter().copied().collect();
    Inputs::CreateSnapshot(CreateSnapshot { on, snapshot: id(NAME), options })
}

fn bringing(on: Side) -> Inputs {
    Inputs::UploadSnapshot(UploadSnapshot { on, snapshot: id(NAME) })
}

async fn page(story: &ManagersStory) -> SnapshotsView {
    story.engine.snapshots(&story.environment).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_is_made_on_either_manager_and_listed_with_who_made_it() {
    for (side, options) in [(Side::Old, &[][..]), (Side::New, &[SnapshotOption::WithoutEvents][..])] {
        let story = ManagersStory::begin(Release::V4_2, Release::V5_0_5).await;
        let run = story.carry_out(creation(side, options)).await;
        assert_outcome(&story.end(&run).await, Outcome::Succeeded);
        let of = |wanted: Side| match wanted {
            Side::Old => story.old.as_ref().unwrap().truth(),
            Side::New => story.new.truth(),
        };
        assert_eq!(of(side).snapshots[0].status, "created");
        let other = if side == Side::Old { Side::New } else { Side::Old };
        assert!(of(other).snapshots.is_empty(), "the other manager is not touched");
        let seen = page(&story).await;
        let manager = seen.managers.iter().find(|one| one.side == side).unwrap();
        let [snapshot] = &manager.snapshots.value().unwrap()[..] else { panic!("{manager:#?}") };
        assert_eq!((snapshot.id.as_str(), &snapshot.status), (NAME, &SnapshotStatus::Created));
        assert_eq!(snapshot.created_by.as_deref(), Some("admin"));
        assert_eq!(manager.restore(), Restore::None);
        // Nothing that is there is made again.
        let refused = story.ask(creation(side, &[])).await.unwrap_err().to_string();
        assert!(refused.contains("already"), "{refused}");
        story.finish().await;
    }
}

/// Fact 3: its execution says `terminated`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_fails_behind_a_terminated_execution_fails_the_run_and_shows_why() {
    let story = ManagersStory::begin(Release::V4_2, Release::V5_0_5).await;
    story.old.as_ref().unwrap().set_fault(ManagerFault::SnapshotFails { error: "pg_dump broke".to_owned() });
    let run = story.carry_out(creation(Side::Old, &[])).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let Status::Failed { reason, .. } = &view.state.steps[&StepId::new("snapshot/create").unwrap()].status else {
        panic!("{:#?}", view.state)
    };
    assert!(reason.contains("pg_dump broke") && reason.contains("terminated"), "{reason}");
    let seen = page(&story).await;
    let snapshot = &seen.managers[0].snapshots.value().unwrap()[0];
    assert_eq!((&snapshot.status, snapshot.error.as_str()), (&SnapshotStatus::Failed, "pg_dump broke"));
    let (by, environment) = (&story.rita, &story.environment);
    let refused = story.engine.fetch_archive(by, environment, Side::Old, None, &id(NAME), 0, None).await.unwrap_err();
    assert!(refused.to_string().contains("failed"), "{refused}");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_goes_from_one_manager_through_a_person_to_the_other_byte_for_byte() {
    let story = ManagersStory::begin(Release::V4_2, Release::V5_0_5).await;
    let run = story.carry_out(creation(Side::Old, &[])).await;
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    let bytes = archive_of(&story, Side::Old, &id(NAME)).await;
    assert_eq!(Some(bytes.len() as u64), story.old.as_ref().unwrap().truth().snapshots[0].length);
    assert_eq!(bring(&story, &id(NAME), &bytes).await, UploadState::Kept);
    assert_eq!(page(&story).await.archives[0].bytes, bytes.len() as u64);
    assert!(story.new.truth().snapshots.is_empty(), "nothing reaches a manager without a request");
    let run = story.carry_out(bringing(Side::New)).await;
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    assert_eq!(story.new.truth().snapshots[0].status, "uploaded");
    assert_eq!(archive_of(&story, Side::New, &id(NAME)).await, bytes);
    // The manager has it now, and nothing there is replaced.
    let refused = story.ask(bringing(Side::New)).await.unwrap_err().to_string();
    assert!(refused.contains("already"), "{refused}");
    let refused = story.ask(bringing(Side::Old)).await.unwrap_err().to_string();
    assert!(refused.contains("already"), "{refused}");
    story.finish().await;
}

/// 3.5: a restore goes on after errors; they are counted, and told beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_fails_is_told_with_its_error_and_what_it_has_logged() {
    let story = ManagersStory::begin(Release::V4_2, Release::V5_0_5).await;
    let error = "plugin is broken".to_owned();
    story.new.set_fault(ManagerFault::RestoreFails { at: RestorePhase::Unpack, error: error.clone() });
    let run = story.carry_out(migrate(migration())).await;
    assert_outcome(&story.end(&run).await, Outcome::Failed);
    let seen = page(&story).await;
    let new = seen.managers.iter().find(|one| one.side == Side::New).unwrap();
    let [restore] = &new.work.value().unwrap()[..] else { panic!("{new:#?}") };
    assert_eq!((restore.kind, restore.snapshot.as_deref()), (WorkKind::Restore, Some("move-1")));
    assert!(restore.status.has_ended() && restore.error.contains(&error), "{restore:#?}");
    assert!(restore.logged.as_ref().unwrap().is_ok(), "{restore:#?}");
    story.finish().await;
}

/// 3.5: 500, 502, 401 and 404 are how a restore looks from outside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_manager_restores_and_answers_badly_nobody_is_told_that_nothing_is_under_way() {
    let story = ManagersStory::begin(Release::V4_2, Release::V4_6).await;
    story.new.set_fault(ManagerFault::RestoreAnswersBadly { lasts: Duration::from_secs(60) });
    let run = story.carry_out(migrate(migration())).await;
    story.until_step(&run, "restore/restore", |step| step.status == Status::Running).await;
    while !story.new.truth().is_restoring {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for _ in 0..8 {
        let seen = page(&story).await;
        assert!(story.new.truth().is_restoring, "the fault holds it");
        let new = seen.managers.iter().find(|one| one.side == Side::New).unwrap();
        assert_ne!(new.restore(), Restore::None, "{new:#?}");
    }
    story.new.clear_faults();
    story.until_step(&run, "old/shut-down", |step| step.status == Status::Running).await;
    let seen = page(&story).await;
    let new = seen.managers.iter().find(|one| one.side == Side::New).unwrap();
    assert_eq!(new.restore(), Restore::None, "{new:#?}");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manager_that_is_away_is_unknown_with_the_reason_and_the_other_one_is_shown() {
    let mut story = ManagersStory::begin(Release::V4_2, Release::V5_0_5).await;
    story.shut_down_old().await;
    let seen = page(&story).await;
    let old = &seen.managers[0];
    assert!(old.snapshots.reason().is_some() && old.work.reason().is_some(), "{old:#?}");
    assert_eq!(old.restore(), Restore::Unknown);
    assert!(seen.managers[1].snapshots.value().is_some());
    story.finish().await;
}
