//! Steps that are run by the vendor's own client, over HTTPS with the certificate that is pinned: judged by what the
//! managers show, and not by its exit code. Where the real one is not installed, there is nothing to see.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::LabHost;
use lab::cloudify::{CloudifyFault, CloudifyLabConfig, Form, ManagerFault, Place, Release};
use model::event::Outcome;
use model::id::StepId;
use model::plan::{Action, Shell};
use model::procedure::{CfyStep, MigrateManager};
use remote::{Elevate, EnvName, HostAccess, HostKey, Job, Output, ReadLimit, Remote as _, Secret, Ssh, SshOptions};

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

/// Runs a step's script where it would be run.
async fn carried_out(shell: &Shell, host: &LabHost, password: &str) -> Output {
    let sockets = tempfile::tempdir().unwrap();
    let ssh = Ssh::open(SshOptions::in_dir(sockets.path())).await.unwrap();
    let host = HostAccess {
        name: host.name.clone(),
        address: host.address.clone(),
        port: host.port,
        user: host.user.clone(),
        identity: host.private_key.clone(),
        host_key: vec![HostKey::parse(&host.host_key).unwrap()],
        jump: None,
        elevate: Elevate::No,
    };
    let secret = EnvName::new(shell.secrets[0].name.clone()).unwrap();
    let job = Job { args: shell.args.clone(), ..Job::new(shell.script.clone()) };
    let job = job.secret(secret, Secret::new(password.to_owned()));
    ssh.read(&host, &job, ReadLimit::default()).await.unwrap()
}

/// The way from the CLI host is not ours: somebody else may stand in it, and is given neither password nor command.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "each call of the client takes a second of processor: `cargo xtask test cloudify`"]
async fn who_shows_another_certificate_than_the_pinned_one_is_not_handed_to_the_client() {
    let Some(story) = begin().await else { return };
    let request = story.ask(migrate(by_cfy())).await.unwrap();
    let plan = story.request(&request).await.request.plan;
    let step = plan.step(&StepId::new("snapshot/create").unwrap()).unwrap();
    let Action::Shell(shell) = &step.action else { panic!("{:?}", step.action) };
    let pinned = shell.args.iter().find(|arg| arg.len() == 64).unwrap();
    let wrong = "ab".repeat(32);
    let args = shell.args.iter().map(|arg| if arg == pinned { wrong.clone() } else { arg.clone() }).collect();
    let (asked, before) = (story.lab.received(Place::Old).await.len(), story.truth().await);
    let output = carried_out(&Shell { args, ..shell.clone() }, story.lab.host(Place::Cli), "old-secret").await;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.code, 1, "{said}");
    assert!(said.contains(&format!("shows the certificate {pinned}, and {wrong} is pinned")), "{said}");
    assert!(!said.contains("Attempting to connect"), "the client was begun: {said}");
    assert_eq!(story.lab.received(Place::Old).await.len(), asked, "the manager was asked for something");
    assert_eq!(story.truth().await, before);

    // The same script with the right one does what it is for.
    let output = carried_out(shell, story.lab.host(Place::Cli), "old-secret").await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.code == 0 && said.contains("Creating snapshot move-1"), "{output:?}");
    assert_eq!(story.truth().await.managers["old"].snapshots.len(), 1);
    story.finish().await;
}
