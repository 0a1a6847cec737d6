//! An environment of Cloudify: what it may be, and that looking at it is remembered.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use engine::{EngineError, EnvironmentDraft};
use lab::cloudify::{Account, Estate, Manager, ManagerConfig, NewDeployment, Release};
use model::environment::{
    Access, CloudifyManager, CloudifySettings, CloudifyTuning, Elevate, Host, ManagerRest, NewManager,
    PlatformSettings, RiskClass,
};
use model::id::{HostName, TenantName};
use model::inventory::Facts;
use model::precheck::Verdict;
use model::refusal::Refusal;
use model::secret::SecretRef;
use support::Desk;

const PASSWORDS: [&str; 2] = ["old-secret-4711", "new-secret-4712"];

async fn manager(estate: &Estate, name: &str, release: Release, password: &str) -> Manager {
    let mut config = ManagerConfig::new(name, SocketAddr::from(([127, 0, 0, 1], 0)), release);
    config.admin = Account::admin("admin", password);
    if name == "old" {
        config.deployments =
            vec![NewDeployment::new("default_tenant", "web", 2), NewDeployment::new("team", "data", 1)];
    }
    Manager::start(estate, config).await.unwrap()
}

/// Nobody listens there: what is seen of a machine is not what these tests are about.
fn host(name: &str, port: u16, folder: &Path) -> Host {
    let access = Access {
        address: "127.0.0.1".to_owned(),
        port,
        user: "root".to_owned(),
        key: secret(folder, "key", "no key"),
        host_key: None,
    };
    Host { name: HostName::new(name).unwrap(), access, jump: None, elevate: Elevate::No }
}

fn secret(folder: &Path, name: &str, text: &str) -> SecretRef {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    SecretRef::File(path.display().to_string())
}

fn rest(endpoint: String, password: SecretRef) -> ManagerRest {
    let tenant = TenantName::new("default_tenant").unwrap();
    ManagerRest { endpoint, user: "admin".to_owned(), password, tenant, certificate_sha256: None }
}

fn settings(old: String, new: String, folder: &Path) -> CloudifySettings {
    let [of_old, of_new] = PASSWORDS;
    CloudifySettings {
        old: CloudifyManager { rest: rest(old, secret(folder, "old", of_old)), host: host("cfy-old", 1, folder) },
        new: NewManager::AnotherHost(Box::new(CloudifyManager {
            rest: rest(new, secret(folder, "new", of_new)),
            host: host("cfy-new", 2, folder),
        })),
        cli: None,
        tuning: CloudifyTuning::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_both_managers_is_remembered_and_holds_no_password() {
    let estate = Estate::new();
    let old = manager(&estate, "old", Release::V4_2, PASSWORDS[0]).await;
    let new = manager(&estate, "new", Release::V5_0_5, PASSWORDS[1]).await;
    let desk =
        Desk::open(|folder| PlatformSettings::Cloudify(Box::new(settings(old.url(), new.url(), folder.path())))).await;
    desk.engine.take_inventory(None, &desk.environment).await.unwrap();
    let card = desk.engine.environment_card(&desk.environment).await.unwrap();
    let inventory = card.inventory.as_ref().unwrap();
    let Facts::Cloudify(seen) = &inventory.facts else { panic!("{inventory:?}") };
    let deployments = seen.old.deployments.value().unwrap();
    let found: BTreeSet<(String, String)> =
        deployments.iter().map(|one| (one.tenant.to_string(), one.id.to_string())).collect();
    assert_eq!(found, old.truth().deployments);
    assert_eq!(seen.successor().version.value().unwrap().to_string(), "5.0.5");
    assert!(seen.old.machine.reason().is_some_and(|reason| reason.contains("cfy-old")), "{:?}", seen.old.machine);
    let said = format!("{card:?}");
    assert!(PASSWORDS.iter().all(|password| !said.contains(password)), "a password is in what is remembered");
    let report = desk.report().await;
    assert!(report.api.iter().all(|check| check.verdict != Verdict::Blocking), "{:#?}", report.api);
    assert_eq!(report.hosts.len(), 2);
    desk.engine.shutdown().await;
    old.stop().await;
    new.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_migration_is_refused_by_the_name_of_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let good = settings("http://10.0.0.5".to_owned(), "http://10.0.0.6".to_owned(), folder.path());
    let desk = Desk::open(|_| PlatformSettings::Cloudify(Box::new(good.clone()))).await;
    let refused = async |edit: fn(&mut CloudifySettings, &mut CloudifyManager)| {
        let mut settings = good.clone();
        let NewManager::AnotherHost(mut new) = settings.new.clone() else { panic!("{settings:?}") };
        edit(&mut settings, &mut new);
        settings.new = NewManager::AnotherHost(new);
        let platform = PlatformSettings::Cloudify(Box::new(settings));
        let draft = EnvironmentDraft { name: "next".into(), labels: BTreeSet::new(), risk: RiskClass::Test, platform };
        match desk.engine.add_environment(None, draft).await {
            Err(EngineError::Refused(Refusal::Invalid { field, .. })) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(|old, new| new.rest.endpoint = old.old.rest.endpoint.clone()).await, "new.endpoint");
    assert_eq!(refused(|_, new| new.rest.endpoint = "https://10.0.0.5/".into()).await, "new.endpoint");
    assert_eq!(refused(|old, new| new.host.access = old.old.host.access.clone()).await, "new.host");
    assert_eq!(refused(|settings, _| settings.old.rest.endpoint = "10.0.0.5".into()).await, "old.endpoint");
    assert_eq!(refused(|settings, _| settings.old.rest.user = "a:b".into()).await, "old.user");
    assert_eq!(refused(|_, new| new.rest.certificate_sha256 = Some("ab".into())).await, "new.certificate_sha256");
    assert_eq!(refused(|_, new| new.rest.password = SecretRef::File("here".into())).await, "new.password");
    assert_eq!(refused(|settings, _| settings.tuning.agents_at_once = 0).await, "tuning.agents_at_once");
    assert_eq!(refused(|settings, _| settings.cli = Some(settings.old.host.clone())).await, "hosts");
    desk.engine.shutdown().await;
}
