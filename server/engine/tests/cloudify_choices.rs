//! What a person may choose besides what has to be: preparations that are undone again, and new passwords for users who
//! could not log in.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{CloudifyFault, CloudifyLabConfig, Form, ManagerFault, Place, Release, RestorePhase};
use model::cloudify::MaintenanceStatus;
use model::event::Outcome;
use model::inventory::Facts;
use model::procedure::{MigrateManager, Preparation};

use support::managers::{ManagersStory, end_of, migrate, migration};
use support::migration::{MigrationStory, assert_whole};
use support::{assert_outcome, complaints, events};

fn with(preparation: &[Preparation]) -> MigrateManager {
    MigrateManager { preparation: preparation.iter().copied().collect(), ..migration() }
}

async fn maintenance(story: &MigrationStory) -> MaintenanceStatus {
    let inventory = story.engine.take_inventory(None, &story.environment).await.unwrap();
    let Facts::Cloudify(seen) = &inventory.facts else { panic!("{inventory:?}") };
    seen.successor().maintenance.value().unwrap().status.clone()
}

/// S4, S7, S11: what heals is stopped on the old manager, so that the heal which lies in wait never comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_preparation_at_once_and_what_is_opened_is_closed() {
    let config = CloudifyLabConfig::small(Release::V4_1, Release::V7_0, Form::NewHost);
    let story = MigrationStory::begin(config).await;
    let fault = ManagerFault::HealStarts { tenant: "default_tenant".to_owned(), deployment: "web".to_owned() };
    story.lab.set_fault(CloudifyFault::Manager { place: Place::Old, fault }).await.unwrap();
    let run = story.carry_out(migrate(with(&Preparation::ALL))).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, end_of(Release::V4_1));
    assert_whole(&story.truth().await, 4);
    assert_eq!(maintenance(&story).await, MaintenanceStatus::Deactivated);
    let calls = story.lab.received(Place::New).await;
    let at = |path: &str| calls.iter().position(|call| call.method == "POST" && call.target.ends_with(path)).unwrap();
    assert!(at("maintenance/activate") < at("move-1/restore"), "{calls:#?}");
    assert!(at("move-1/restore") < at("maintenance/deactivate"), "{calls:#?}");
    assert!(at("maintenance/deactivate") < at("executions"), "agents are not installed in maintenance mode");
    story.finish().await;
}

/// Invariant 7: also when it failed in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_fails_leaves_no_maintenance_mode_and_the_web_interfaces_run_again() {
    let config = CloudifyLabConfig::small(Release::V4_5, Release::V7_0, Form::NewHost);
    let story = MigrationStory::begin(config).await;
    let fault = ManagerFault::RestoreFails { at: RestorePhase::Files, error: "no such file".to_owned() };
    story.lab.set_fault(CloudifyFault::Manager { place: Place::New, fault }).await.unwrap();
    let run = story.carry_out(migrate(with(&[Preparation::Maintenance, Preparation::StopConsoles]))).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    assert!(complaints(&view).contains("no such file"), "{}", complaints(&view));
    assert_eq!(maintenance(&story).await, MaintenanceStatus::Deactivated);
    let closed = view.state.steps.iter().filter(|(id, _)| id.as_str().starts_with("close/"));
    let closed: Vec<&str> = closed.map(|(id, _)| id.as_str()).collect();
    assert_eq!(closed, ["close/consoles", "close/maintenance"]);
    let inventory = story.engine.take_inventory(None, &story.environment).await.unwrap();
    let Facts::Cloudify(seen) = &inventory.facts else { panic!("{inventory:?}") };
    assert!(seen.old.status.value().unwrap().is_good(), "{:?}", seen.old.status);
    story.finish().await;
}

/// 2.1, 2.4: up to 4.4 it would refuse the restore itself, and later hide its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn maintenance_mode_is_refused_where_nobody_could_see_the_restore() {
    for new in [Release::V4_2, Release::V5_0_5] {
        let story = ManagersStory::begin(Release::V4_1, new).await;
        let refused = story.ask(migrate(with(&[Preparation::Maintenance]))).await.unwrap_err().to_string();
        assert!(refused.contains("nobody could tell how the restore ends"), "{refused}");
        story.finish().await;
    }
}

/// S7: without it they could not log in after a snapshot before 4.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_of_4_1_get_new_passwords_that_are_in_no_log_and_are_handed_over_from_a_sealed_file() {
    let mut story = ManagersStory::begin(Release::V4_1, Release::V4_2).await;
    story.make_key();
    let inputs = MigrateManager { reset_passwords: true, ..migration() };
    let run = story.carry_out(migrate(inputs)).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, end_of(Release::V4_1));
    story.assert_whole();
    let able = story.new.truth().able_to_log_in;
    assert!(able.contains("erika") && able.contains("admin"), "{able:?}");
    let snapshot = migration().snapshot;
    let password = story.engine.hand_over_password(None, &story.environment, &snapshot, "erika").await.unwrap();
    let password = password.expose();
    assert!(story.new.lets_in("erika", password));
    assert!(!story.new.lets_in("erika", "erika-secret"));
    let said = format!("{:?}\n{view:?}", events(&story, &run).await);
    assert!(!said.contains(password), "the password stands in the journal");
    assert_eq!(story.files_with(password.as_bytes()), Vec::<std::path::PathBuf>::new(), "the password lies open");
    story.finish().await;
}

/// Fact 4.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_a_new_password_where_users_work_as_before() {
    let story = ManagersStory::begin(Release::V4_2, Release::V4_6).await;
    let inputs = MigrateManager { reset_passwords: true, ..migration() };
    let refused = story.ask(migrate(inputs)).await.unwrap_err().to_string();
    assert!(refused.contains("nobody's password has to be reset"), "{refused}");
    story.finish().await;
}
