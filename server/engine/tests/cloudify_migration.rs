//! Migrations to a new host, from the request to the old manager's end, against two simulated managers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{ManagerFault, Release};
use model::event::Outcome;
use model::id::StepId;
use model::run::Status;

use support::assert_outcome;
use support::managers::{ManagersStory, SHUT_DOWN, TENANT, migrate, migration};

fn runs(state: &model::run::StepState) -> bool {
    state.status == Status::Running
}

async fn migrated(old: Release, new: Release) {
    let mut story = ManagersStory::begin(old, new).await;
    let run = story.carry_out(migrate(migration())).await;
    story.until_step(&run, SHUT_DOWN, runs).await;
    let view = story.engine.run(&story.paul, &run).await.unwrap();
    assert!(view.state.ended_at.is_none(), "{:#?}", view.state);
    assert!(story.owners().iter().all(|owner| owner.as_deref() == Some("new")), "{:#?}", story.estate.hosts());
    story.shut_down_old().await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    assert_eq!(story.owners().len(), 4, "no machine is there twice, and none is lost");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_4_2_to_5_0_5_on_a_new_host() {
    migrated(Release::V4_2, Release::V5_0_5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_4_5_to_4_6_on_a_new_host() {
    migrated(Release::V4_5, Release::V4_6).await;
}

/// Fact 5.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forbidden_pair_is_refused_before_the_snapshot() {
    let story = ManagersStory::begin(Release::V3_4_2, Release::V5_0_5).await;
    let refused = story.ask(migrate(migration())).await.unwrap_err().to_string();
    assert!(refused.contains("Migrate to 4.6 first"), "{refused}");
    assert!(story.old().truth().snapshots.is_empty());
    story.finish().await;
}

/// Fact 3: its execution says `terminated`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_fails_behind_a_terminated_execution_ends_the_run_and_is_told() {
    let story = ManagersStory::begin(Release::V4_2, Release::V5_0_5).await;
    story.old().set_fault(ManagerFault::SnapshotFails { error: "pg_dump broke".to_owned() });
    let run = story.carry_out(migrate(migration())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let step = StepId::new("snapshot/create").unwrap();
    let Status::Failed { reason, .. } = &view.state.steps[&step].status else { panic!("{:#?}", view.state) };
    assert!(reason.contains("pg_dump broke") && reason.contains("terminated"), "{reason}");
    assert!(story.new.truth().snapshots.is_empty(), "nothing was brought to the new manager");
    story.finish().await;
}

/// S10: it stops before the agents of the next tenant are touched, and names the execution.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_heal_in_the_window_stops_the_run_and_is_named() {
    let story = ManagersStory::begin(Release::V4_2, Release::V5_0_5).await;
    let heals = ManagerFault::HealStarts { tenant: TENANT.to_owned(), deployment: "web".to_owned() };
    story.old().set_fault(heals);
    let run = story.carry_out(migrate(migration())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let watch = StepId::new("watch/agents/2").unwrap();
    let Status::Failed { reason, .. } = &view.state.steps[&watch].status else { panic!("{:#?}", view.state) };
    let truth = story.old().truth();
    assert!(reason.contains(&truth.executions_of("heal")[0].id), "{reason}");
    let of_data = story.estate.hosts().into_iter().find(|host| host.deployment == "data").unwrap();
    assert_eq!(of_data.manager(), Some("old"), "nothing irreversible was begun after the heal");
    story.finish().await;
}

/// Facts 7 and 8: the others move; the old manager has to stay, and the host is named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_host_blocks_its_own_deployment_only_and_the_old_manager_is_not_given_up() {
    let story = ManagersStory::begin(Release::V4_2, Release::V5_0_5).await;
    let dead = story.estate.hosts().into_iter().find(|host| host.deployment == "shop").unwrap().instance;
    story.new.set_fault(ManagerFault::AgentHostDead { instance: dead.clone() });
    let run = story.carry_out(migrate(migration())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let verify = StepId::new("verify/agents").unwrap();
    let Status::Failed { reason, .. } = &view.state.steps[&verify].status else { panic!("{:#?}", view.state) };
    assert!(reason.contains(&dead) && reason.contains("shop"), "{reason}");
    assert!(!view.state.steps.contains_key(&StepId::new(SHUT_DOWN).unwrap()), "nobody was asked to shut it down");
    for host in story.estate.hosts() {
        let owner = if host.deployment == "shop" { "old" } else { "new" };
        assert_eq!(host.manager(), Some(owner), "{host:?}");
    }
    story.finish().await;
}
