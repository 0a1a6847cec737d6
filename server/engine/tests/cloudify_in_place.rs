//! Migrations in the old manager's place: torn down and installed by a person, restored, rebooted by itself (table 3.2).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{CloudifyFault, CloudifyLabConfig, Form, Place, Release};
use model::environment::CloudifyTuning;
use model::event::Outcome;

use support::managers::{end_of, migrate, tuning};
use support::migration::{MigrationStory, assert_whole, in_place};
use support::{assert_outcome, complaints};

fn config(old: Release, new: Release) -> CloudifyLabConfig {
    let mut config = CloudifyLabConfig::small(old, new, Form::SameHost);
    // Without it a snapshot of 4.0.1 knows the agents of one tenant only (S3).
    config.old.update_3 = old == Release::V4_0_1;
    config
}

async fn migrated(old: Release, new: Release) {
    let story = MigrationStory::begin(config(old, new)).await;
    let before = story.truth().await;
    let run = story.carry_out(migrate(in_place(new))).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, end_of(old));
    let truth = story.truth().await;
    assert_whole(&truth, before.hosts.len());
    let [was, is] = [&before, &truth].map(|truth| &truth.managers["manager"]);
    assert_eq!(is.version, new.number());
    assert_eq!(is.certificates, was.certificates, "agents trust the certificates of before");
    assert_eq!(is.deployments, was.deployments);
    let carries_admin = old >= Release::V4_2;
    let password = if carries_admin { "old-secret" } else { "new-secret" };
    assert_eq!(is.admin, ("admin".to_owned(), password.to_owned()), "fact 4");
    assert_eq!(is.able_to_log_in.contains("erika"), carries_admin, "S7");
    assert_eq!(truth.machines[0].boots, 1, "S9: it has rebooted once, by itself");
    assert_ne!(truth.machines[0].boot_id, before.machines[0].boot_id);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_4_2_to_5_0_5_the_machine_reboots_and_the_old_admin_is_in_force() {
    migrated(Release::V4_2, Release::V5_0_5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_4_1_to_4_2_the_new_admin_stays_and_the_old_users_cannot_log_in() {
    migrated(Release::V4_1, Release::V4_2).await;
}

/// I8: the restore itself has succeeded, and yet nothing is said to be done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_never_reboots_ends_the_run_before_any_agent_is_touched() {
    let tuning = CloudifyTuning { reboot_deadline: 5, ..tuning() };
    let story = MigrationStory::begin_with(config(Release::V4_2, Release::V5_0_5), tuning).await;
    story.lab.set_fault(CloudifyFault::NeverReboots { place: Place::Old }).await.unwrap();
    let run = story.carry_out(migrate(in_place(Release::V5_0_5))).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let said = complaints(&view);
    assert!(said.contains("restore/reboot failed") && said.contains("it still runs as before"), "{said}");
    let truth = story.truth().await;
    assert_eq!(truth.machines[0].boots, 0);
    assert!(truth.hosts.iter().all(|host| host.agents.len() == 1), "{:#?}", truth.hosts);
    assert!(truth.managers["manager"].executions_of("install_new_agents").is_empty());
    story.finish().await;
}

/// The server goes away between teardown and installation, and while the machine boots.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_takes_the_run_up_where_people_are_at_work() {
    let mut story = MigrationStory::begin(config(Release::V4_5, Release::V4_6)).await;
    let run = story.carry_out(migrate(in_place(Release::V4_6))).await;
    story.until_begun(&run, "in-place/teardown").await;
    story.lab.tear_down().await.unwrap();
    story.restart_server().await;
    story.until_begun(&run, "in-place/install").await;
    story.lab.install().await.unwrap();
    story.until_begun(&run, "restore/restore").await;
    story.restart_server().await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let truth = story.truth().await;
    assert_whole(&truth, 4);
    assert_eq!(truth.managers["manager"].executions_of("restore_snapshot").len(), 1);
    assert_eq!(truth.machines[0].boots, 1);
    story.finish().await;
}
