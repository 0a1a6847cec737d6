//! Steps that are run by the vendor's own client, over HTTPS with the certificate that is pinned: judged by what the
//! managers show, and not by its exit code. Where the real one is not installed, there is nothing to see.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{CloudifyFault, CloudifyLabConfig, Form, ManagerFault, Place, Release};
use model::event::Outcome;
use model::procedure::{CfyStep, MigrateManager};

use support::managers::{migrate, migration};
use support::migration::{MigrationStory, assert_whole};
use support::{assert_outcome, complaints, outcome, output};

fn by_cfy() -> MigrateManager {
    MigrateManager { by_cfy: CfyStep::ALL.into(), ..migration() }
}

async fn begin() -> Option<MigrationStory> {
    // See the lab's tests of the same client. It is one of 7.0, and a restore on 5.x would refuse it (2.2).
    std::env::var_os("DRYDOCK_TEST_CFY")?;
    let config = CloudifyLabConfig::small(Release::V4_5, Release::V7_0, Form::NewHost).with_tls();
    Some(MigrationStory::begin(config).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "each call of the client takes a second of processor: `cargo xtask test cloudify`"]
async fn the_real_client_creates_restores_and_installs_with_the_pinned_certificate() {
    let Some(story) = begin().await else { return };
    let run = story.carry_out(migrate(by_cfy())).await;
    let view = story.attended(&run).await;
    let said = output(&story, &run).await;
    assert_eq!(outcome(&view), Some(Outcome::Succeeded), "{}\n{said}", complaints(&view));
    assert_whole(&story.truth().await, 4);
    for words in ["Creating snapshot move-1", "Restoring snapshot move-1", "'install_new_agents'"] {
        assert!(said.contains(words), "{words} was not said by cfy:\n{said}");
    }
    assert!(["old-secret", "new-secret"].iter().all(|password| !said.contains(password)), "{said}");
    story.finish().await;
}

/// Fact 1: it exits with 0 when its snapshot fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "each call of the client takes a second of processor: `cargo xtask test cloudify`"]
async fn its_exit_code_proves_nothing() {
    let Some(story) = begin().await else { return };
    let fault = ManagerFault::SnapshotFails { error: "pg_dump broke".to_owned() };
    story.lab.set_fault(CloudifyFault::Manager { place: Place::Old, fault }).await.unwrap();
    let run = story.carry_out(migrate(by_cfy())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let said = complaints(&view);
    assert!(said.contains("snapshot/create failed") && said.contains("pg_dump broke"), "{said}");
    assert!(story.truth().await.managers["new"].snapshots.is_empty());
    story.finish().await;
}
