//! A rehearsal before the real thing: the same steps in the same order, and neither manager hears of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{CloudifyLabConfig, Form, Place, Release};
use model::cloudify::UploadState;
use model::environment::CloudifyTuning;
use model::event::{Event, Outcome};
use model::id::SnapshotId;
use model::plan::Side;
use model::procedure::{CreateSnapshot, Inputs, MigrateManager, UploadSnapshot};

use support::archives::{archive_of, bring};
use support::managers::{migrate, migration, tuning};
use support::migration::{MigrationStory, assert_whole, in_place};
use support::{assert_outcome, events, sequence};

/// Without how a step was done: a rehearsal waits for nobody, and what people do is so already.
fn order(all: &[Event]) -> Vec<String> {
    let plain = |line: String| line.split(" is done").next().unwrap_or_default().to_owned();
    sequence(all).into_iter().map(plain).collect()
}

async fn begin(form: Form) -> MigrationStory {
    // Two at once may overtake each other.
    let tuning = CloudifyTuning { agents_at_once: 1, ..tuning() };
    MigrationStory::begin_with(CloudifyLabConfig::small(Release::V4_2, Release::V5_0_5, form), tuning).await
}

/// First played, then carried out.
async fn the_rehearsal_is_the_run(story: &MigrationStory, inputs: Inputs) {
    let request = story.ask(inputs).await.unwrap();
    let heard = async || story.lab.received(Place::Old).await.len() + story.lab.received(Place::New).await.len();
    let (before, calls) = (story.truth().await, heard().await);
    let id = story.engine.rehearse(&story.rita, &request, None).await.unwrap();
    let (rehearsal, _) = story.engine.rehearsal(&id).await.unwrap();
    assert_eq!(rehearsal.outcome, Some(Outcome::Succeeded));
    assert_eq!(heard().await, calls, "a manager was asked for something");
    assert_eq!(story.truth().await, before, "a rehearsal has touched something");
    story.approve(&request).await;
    let run = story.start(&request).await.unwrap();
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    assert_eq!(order(&rehearsal.events), order(&events(story, &run).await));
}

async fn of_a_migration(form: Form, inputs: MigrateManager) {
    let story = begin(form).await;
    the_rehearsal_is_the_run(&story, migrate(inputs)).await;
    assert_whole(&story.truth().await, 4);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_migration_to_a_new_host() {
    of_a_migration(Form::NewHost, migration()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_migration_in_place() {
    of_a_migration(Form::SameHost, in_place(Release::V5_0_5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_snapshot_that_is_made_and_of_its_archive_that_is_brought_to_the_other_manager() {
    let story = begin(Form::NewHost).await;
    let snapshot = SnapshotId::new("before_monday").unwrap();
    let creation = CreateSnapshot { on: Side::Old, snapshot: snapshot.clone(), options: [].into() };
    the_rehearsal_is_the_run(&story, Inputs::CreateSnapshot(creation)).await;
    let archive = archive_of(&story, Side::Old, &snapshot).await;
    assert_eq!(bring(&story, &snapshot, &archive).await, UploadState::Kept);
    let upload = UploadSnapshot { on: Side::New, snapshot: snapshot.clone() };
    the_rehearsal_is_the_run(&story, Inputs::UploadSnapshot(upload)).await;
    assert_eq!(archive_of(&story, Side::New, &snapshot).await, archive);
    story.finish().await;
}
