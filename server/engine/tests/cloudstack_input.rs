//! Bad input: a clear error that names the field or the host, and nothing changed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use engine::EngineError;
use lab::LabConfig;
use model::environment::PlatformSettings;
use model::id::CloudId;
use model::precheck::Verdict;
use model::procedure::RestartSystemVms;
use model::refusal::Refusal;
use model::secret::SecretRef;
use support::{Story, native, script};

const STRANGER: &str = "00000000-0000-4000-8000-000000000000";

fn field(error: &EngineError) -> (&str, &str) {
    match error {
        EngineError::Refused(Refusal::Invalid { field, problem }) => (field, problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_shell_would_run_is_no_zone_and_no_vm() {
    for nasty in ["1; rm -rf /", "$(reboot)", "' or 1=1 --", "-z", ""] {
        let json = serde_json::json!({
            "procedure": "restart_system_vms", "mode": "script", "zones": [nasty], "kinds": [], "vms": [],
            "parallel_routers": 1, "which": "needed"
        });
        assert!(serde_json::from_value::<model::procedure::Inputs>(json).is_err(), "{nasty:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_zone_or_vm_is_named_and_nothing_is_stored() {
    let story = Story::begin(LabConfig::default()).await;
    let stranger = CloudId::new(STRANGER).unwrap();
    for base in [native(), script()] {
        let zone = RestartSystemVms { zones: [stranger.clone()].into(), ..base.clone() };
        let refused = story.prepare(zone).await.unwrap_err();
        assert!(field(&refused).0.contains("zone") && refused.to_string().contains(STRANGER), "{refused}");
        let vm = RestartSystemVms { vms: [stranger.clone()].into(), ..base };
        let refused = story.prepare(vm).await.unwrap_err();
        assert!(field(&refused).0.contains("vm") && refused.to_string().contains(STRANGER), "{refused}");
    }
    for routers in [0, 1000] {
        let refused = story.prepare(RestartSystemVms { parallel_routers: routers, ..native() }).await.unwrap_err();
        assert_eq!(field(&refused).0, "parallel_routers", "{refused}");
    }
    assert!(story.engine.open_requests(&story.rita).await.unwrap().is_empty());
    assert!(story.lab.truth().await.vms.values().all(|vm| vm.stops.is_empty()));
    story.finish().await;
}

/// Changes the settings of the environment.
async fn change(story: &Story, edit: impl FnOnce(&mut model::environment::CloudStackSettings)) {
    let mut environment = story.engine.environment(&story.environment).await.unwrap();
    let PlatformSettings::CloudStack(settings) = &mut environment.platform else { panic!("another platform") };
    edit(settings);
    let draft = engine::EnvironmentDraft {
        name: environment.name,
        labels: environment.labels,
        risk: environment.risk,
        platform: environment.platform,
    };
    story.engine.change_environment(None, &story.environment, draft).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_pair_is_told_apart_from_a_dead_server() {
    let story = Story::begin(LabConfig::default()).await;
    let wrong = story.engine.seal_secret(None, "not the secret key".into()).await.unwrap();
    change(&story, |settings| settings.secret_key = SecretRef::Sealed(wrong)).await;
    let said = format!("{:?}", story.report().await.api);
    assert!(said.contains("401") || said.contains("signature"), "{said}");
    change(&story, |settings| settings.endpoint = "http://127.0.0.1:1/client/api".into()).await;
    let said = format!("{:?}", story.report().await.api);
    assert!(said.contains("127.0.0.1:1"), "{said}");
    let inventory = story.engine.take_inventory(None, &story.environment).await.unwrap();
    let model::inventory::Facts::CloudStack(facts) = inventory.facts else { panic!("another platform") };
    assert!(facts.system_vms.value().is_none(), "unreachable is unknown, not empty");
    assert!(facts.system_vms.reason().is_some_and(|reason| !reason.is_empty()));
    assert!(story.prepare(native()).await.is_err());
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_host_a_wrong_user_key_and_a_changed_host_key_are_named() {
    let story = Story::begin(LabConfig::default()).await;
    let host = story.lab.management()[0].name.clone();
    let says = async |words: &str| {
        let report = story.report().await;
        let said = format!("{:?}", report.hosts[0]);
        let bad = report.hosts[0].checks.iter().any(|check| check.verdict == Verdict::Blocking);
        assert!(bad && said.contains(words), "{words:?} not in {said}");
    };
    let environment = story.engine.environment(&story.environment).await.unwrap();
    let PlatformSettings::CloudStack(good) = environment.platform else { panic!("another platform") };
    change(&story, |settings| settings.management_hosts[0].access.port = 1).await;
    says("127.").await;
    change(&story, |settings| *settings = good.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("stranger");
    let made =
        std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    change(&story, |settings| settings.management_hosts[0].access.key = SecretRef::File(key.display().to_string()))
        .await;
    says(&host).await;
    let refused = match story.prepare(script()).await {
        Err(refused) => refused.to_string(),
        Ok(request) => {
            story.approve(&request).await;
            story.start(&request).await.unwrap_err().to_string()
        }
    };
    assert!(refused.contains(&host), "{refused}");
    change(&story, |settings| {
        *settings = good.clone();
        let key = settings.management_hosts[0].access.host_key.as_mut().unwrap();
        key.key = "AAAAC3NzaC1lZDI1NTE5AAAAIJq0nsfF0PZ2RtMgzqTgn/UUZ3pZKxDzHPVdgDyMxnDS".into();
    })
    .await;
    says("host key").await;
    assert!(story.lab.truth().await.vms.values().all(|vm| vm.stops.is_empty()));
    story.finish().await;
}
