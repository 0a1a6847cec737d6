//! Restart System VMs by `cloudstack-sysvmadm`, generation by generation, against the lab.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::{LabConfig, Path, ScriptGeneration, Version};
use model::event::{EventKind, Outcome};
use model::procedure::RestartSystemVms;
use support::{Story, assert_outcome, assert_safe, events, output, script};

fn config(version: Version, script: ScriptGeneration) -> LabConfig {
    LabConfig { version, script, ..LabConfig::default() }
}

async fn the_script_rebuilds_everything_and_the_port_is_closed_again(version: Version, generation: ScriptGeneration) {
    let story = Story::begin(config(version, generation)).await;
    let run = story.run(script()).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let truth = story.lab.truth().await;
    assert!(!truth.port_8096_open, "{:#?}", truth.port_8096_intervals);
    assert_eq!(truth.violations, Vec::<String>::new());
    assert!(truth.all_rebuilt(), "{:#?}", truth.vms);
    for vm in truth.vms.values() {
        assert_eq!(vm.stops.len(), 1, "{}", vm.name);
        assert!(vm.stops.iter().all(|act| act.by == Path::Integration), "{} was not the script's", vm.name);
    }
    assert_eq!(truth.port_8096_intervals.len(), 1, "the port was opened once");
    let printed = output(&story, &run).await;
    assert!(printed.contains("Done restarting router(s)"), "{printed}");
    let progress = events(&story, &run).await.iter().any(|event| matches!(event.kind, EventKind::Progress { .. }));
    assert!(progress, "no progress was read from: {printed}");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g0_on_4_15() {
    the_script_rebuilds_everything_and_the_port_is_closed_again(Version::V4_15, ScriptGeneration::G0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_on_4_15() {
    the_script_rebuilds_everything_and_the_port_is_closed_again(Version::V4_15, ScriptGeneration::G1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g2_on_4_19() {
    the_script_rebuilds_everything_and_the_port_is_closed_again(Version::V4_19, ScriptGeneration::G2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g2_on_4_20() {
    the_script_rebuilds_everything_and_the_port_is_closed_again(Version::V4_20, ScriptGeneration::G2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_on_4_22() {
    the_script_rebuilds_everything_and_the_port_is_closed_again(Version::V4_22, ScriptGeneration::G3).await;
}

/// Dossier 1.5: G0 and G1 read the status from a field that 4.19 has moved; every stop would be "failed" and no VM started.
#[tokio::test(flavor = "multi_thread")]
async fn a_generation_that_cannot_read_the_answers_of_the_release_is_not_started() {
    let story = Story::begin(config(Version::V4_19, ScriptGeneration::G1)).await;
    let refused = match story.prepare(script()).await {
        Err(refused) => refused.to_string(),
        Ok(request) => {
            story.approve(&request).await;
            story.start(&request).await.unwrap_err().to_string()
        }
    };
    assert!(refused.contains("G1"), "{refused}");
    let truth = story.lab.truth().await;
    assert!(truth.vms.values().all(|vm| vm.stops.is_empty()));
    assert_eq!(truth.port_8096_intervals, []);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_vm_can_be_restarted_where_the_script_takes_ids() {
    let story = Story::begin(config(Version::V4_20, ScriptGeneration::G2)).await;
    let before = story.lab.truth().await;
    let proxy = before.vms.values().find(|vm| vm.name.starts_with("v-")).unwrap();
    let inputs = RestartSystemVms { vms: [model::id::CloudId::new(proxy.id.clone()).unwrap()].into(), ..script() };
    let run = story.run(inputs).await;
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    let truth = story.lab.truth().await;
    assert_safe(&truth);
    for vm in truth.vms.values() {
        assert_eq!(vm.stops.len(), usize::from(vm.name == proxy.name), "{}", vm.name);
    }
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_password_is_in_no_argument_list_and_in_no_output() {
    let story = Story::begin(LabConfig::default()).await;
    let request = story.prepare(script()).await.unwrap();
    let plan = story.request(&request).await.request.plan;
    for step in plan.steps() {
        let action = serde_json::to_string(&step.action).unwrap();
        assert!(!action.contains(" -p "), "the script is given a password: {action}");
    }
    story.approve(&request).await;
    let run = story.start(&request).await.unwrap();
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    let everything = serde_json::to_string(&events(&story, &run).await).unwrap();
    assert!(!everything.contains(&database_password(&story)), "the database password was stored");
    assert!(!everything.contains(story.lab.secret_key()), "the secret key was stored");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_goes_on_while_the_server_is_restarted_and_is_started_once() {
    let mut story = Story::begin(LabConfig::default()).await;
    let run = story.run(script()).await;
    story.until_truth("the script is at work", |truth| truth.vms.values().any(|vm| !vm.stops.is_empty())).await;
    story.restart_server().await;
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    let truth = story.lab.truth().await;
    assert!(!truth.port_8096_open);
    for vm in truth.vms.values() {
        assert_eq!(vm.stops.len(), 1, "{} was restarted twice", vm.name);
    }
    let printed = output(&story, &run).await;
    assert_eq!(
        printed.matches("Stopping and starting 1 secondary storage vm(s)").count(),
        2,
        "stdout and log, once each: {printed}"
    );
    story.finish().await;
}

/// As it stands in `db.properties` on the host.
fn database_password(story: &Story) -> String {
    let host = &story.lab.management()[0];
    let output = std::process::Command::new("ssh")
        .args([
            "-F",
            "/dev/null",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "IdentitiesOnly=yes",
        ])
        .arg("-i")
        .arg(&host.private_key)
        .args(["-p", &host.port.to_string(), &format!("{}@{}", host.user, host.address)])
        .arg("sudo -n sed -n 's/^db.cloud.password=//p' /etc/cloudstack/management/db.properties")
        .output()
        .unwrap();
    let password = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    assert!(password.len() >= 8, "{}", String::from_utf8_lossy(&output.stderr));
    password
}
