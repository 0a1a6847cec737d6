//! Once more after a restore that failed: with the archive that is kept, under a fresh id (4.3).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{
    CloudifyFault, CloudifyLabConfig, Form, Manager, ManagerFault, NewDeployment, Place, Release, RestorePhase,
};
use model::event::Outcome;
use model::id::SnapshotId;
use model::procedure::MigrateManager;

use support::managers::{
    ManagersStory, NEW_PASSWORD, OLD_PASSWORD, assert_untouched, change, config, end_of, migrate, migration, once_more,
};
use support::migration::{MigrationStory, assert_whole, in_place};
use support::{assert_outcome, complaints};

/// Half way: the database is replaced by then (4.3).
fn breaks() -> ManagerFault {
    ManagerFault::RestoreFails { at: RestorePhase::Plugins, error: "wagon install failed".to_owned() }
}

async fn failed_restore(old: Release, new: Release) -> ManagersStory {
    let story = ManagersStory::begin(old, new).await;
    story.new.set_fault(breaks());
    let run = story.carry_out(migrate(migration())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let said = complaints(&view);
    assert!(said.contains("restore/restore failed") && said.contains("wagon install failed"), "{said}");
    assert!(story.estate.hosts().iter().all(|host| host.manager() == Some("old")), "no agent was touched");
    story.new.clear_faults();
    story
}

/// Up to 4.5 nothing runs after a restore that failed, so that the new admin stays; later ones go on to the end (4.2).
async fn succeeds_in_the_end(old: Release, new: Release, password: &str) {
    let mut story = failed_restore(old, new).await;
    let run = story.carry_out(migrate(once_more())).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, end_of(old));
    story.assert_whole();
    let truth = story.new.truth();
    assert_eq!(truth.admin.1, password);
    assert_eq!(truth.executions_of("install_new_agents").len(), 6, "each deployment was asked once, and moved once");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_4_2_to_4_5_the_second_try_succeeds() {
    succeeds_in_the_end(Release::V4_2, Release::V4_5, OLD_PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_4_5_to_5_0_5_the_second_try_succeeds() {
    succeeds_in_the_end(Release::V4_5, Release::V5_0_5, OLD_PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_4_1_to_4_2_the_second_try_succeeds_and_the_new_admin_stays() {
    succeeds_in_the_end(Release::V4_1, Release::V4_2, NEW_PASSWORD).await;
}

/// The old manager is gone by then: what it had is known from the archive alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_place_the_archive_alone_is_enough() {
    let config = CloudifyLabConfig::small(Release::V4_2, Release::V4_6, Form::SameHost);
    let story = MigrationStory::begin(config).await;
    story.lab.set_fault(CloudifyFault::Manager { place: Place::New, fault: breaks() }).await.unwrap();
    let run = story.carry_out(migrate(in_place(Release::V4_6))).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Failed);
    story.lab.clear_faults().await.unwrap();
    let run = story.carry_out(migrate(once_more())).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let truth = story.truth().await;
    assert_whole(&truth, 4);
    assert_eq!(truth.managers["manager"].admin.1, "old-secret");
    story.finish().await;
}

/// 4.3: the rows of both tries would be mixed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_3_x_snapshot_is_never_restored_twice_on_premium() {
    let story = failed_restore(Release::V3_4_2, Release::V4_6).await;
    let asked = story.new.received().len();
    let refused = story.ask(migrate(once_more())).await.unwrap_err().to_string();
    assert!(refused.contains("Set the new manager up anew"), "{refused}");
    let changes = story.new.received().split_off(asked);
    assert_untouched(&changes);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_name_of_its_own_or_an_archive_there_is_no_second_try() {
    let story = failed_restore(Release::V4_2, Release::V4_6).await;
    let same = MigrateManager { snapshot: SnapshotId::new("move-1").unwrap(), ..once_more() };
    let refused = story.ask(migrate(same)).await.unwrap_err().to_string();
    assert!(refused.contains("a name of its own"), "{refused}");
    let missing = MigrateManager { retry_of: Some(SnapshotId::new("other").unwrap()), ..once_more() };
    let refused = story.ask(migrate(missing)).await.unwrap_err().to_string();
    assert!(refused.contains("no archive of other is kept"), "{refused}");
    let refused = story.ask(migrate(migration())).await.unwrap_err().to_string();
    assert!(refused.contains("a snapshot move-1 is there already"), "{refused}");
    story.finish().await;
}

/// The settings name another old manager by now, of the same release.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_of_another_manager_is_not_restored() {
    let story = failed_restore(Release::V4_2, Release::V4_6).await;
    let mut other = config("other", Release::V4_2, OLD_PASSWORD);
    other.deployments = vec![NewDeployment::new("default_tenant", "web", 1)];
    let other = Manager::start(&story.estate, other).await.unwrap();
    change(&story, |settings| settings.old.rest.endpoint = other.url()).await;
    let refused = story.ask(migrate(once_more())).await.unwrap_err().to_string();
    assert!(refused.contains("is of another manager") && refused.contains("vm_"), "{refused}");
    assert_eq!(story.new.truth().executions_of("restore_snapshot").len(), 1, "the one that had failed");
    other.stop().await;
    story.finish().await;
}
