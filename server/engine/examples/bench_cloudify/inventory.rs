//! The baseline: everything there is to see of a manager with 50 tenants, 100 deployments in each, 4 instances in each.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use engine::{AuditSettings, Engine, EnvironmentDraft, NewPerson, Settings};
use model::cloudify::Deployment;
use model::environment::{PlatformSettings, RiskClass};
use model::inventory::Facts;
use model::people::Role;

use crate::managers::Managers;
use crate::measured::{Measured, row, verdict};
use crate::memory;

const TENANTS: usize = 50;
const DEPLOYMENTS: usize = 100;
/// Each has one instance besides itself.
const HOSTS: usize = 2;
const ROUNDS: usize = 3;
const LIMIT: Duration = Duration::from_secs(20);

pub async fn measure(lab: &Path) {
    let folder = tempfile::Builder::new().prefix("drydock-bench-").tempdir().unwrap();
    let managers = Managers::start(lab, &["--estate", &format!("{TENANTS}x{DEPLOYMENTS}x{HOSTS}")]);
    let engine = opened(folder.path()).await;
    let roles = [Role::Requester].into();
    let rita = NewPerson { name: "rita".into(), password: "a long password".into(), roles };
    let rita = engine.add_person(None, rita).await.unwrap();
    let draft = EnvironmentDraft {
        name: "bench".into(),
        labels: BTreeSet::new(),
        risk: RiskClass::Test,
        platform: PlatformSettings::Cloudify(Box::new(managers.settings(folder.path()))),
    };
    let id = engine.add_environment(None, draft).await.unwrap();
    for host in engine.test_connection(None, &id).await.unwrap().hosts {
        let offered = host.offered.into_iter().next().unwrap();
        engine.accept_host_key(None, &id, &host.name, offered.of, offered.key).await.unwrap();
    }
    let before = memory::now();
    memory::forget_peak();
    let (mut times, mut slowest, mut seen) = (Measured::default(), Duration::ZERO, String::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let inventory = engine.take_inventory(Some(&rita), &id).await.unwrap();
        let time = begun.elapsed();
        eprintln!("    {:.1} s for the inventory", time.as_secs_f64());
        times.seconds(time);
        slowest = slowest.max(time);
        let Facts::Cloudify(facts) = &inventory.facts else { panic!("these are no managers") };
        let old = &facts.old;
        let deployments = old.deployments.value().expect("the deployments could not be seen");
        let instances: usize = deployments.iter().map(Deployment::instances).sum();
        let agents: usize = deployments.iter().map(|one| one.agents().count()).sum();
        let tenants = old.tenants.value().expect("the tenants could not be seen").len();
        assert_eq!((deployments.len(), instances), (TENANTS * DEPLOYMENTS, TENANTS * DEPLOYMENTS * HOSTS * 2));
        seen = format!("{tenants}, {}, {instances}, {agents}", deployments.len());
    }
    row("inventory: tenants, deployments, instances and agents seen", &seen);
    row("the same: both managers, their machines, everything stored", &times.words("s"));
    row("goal: 50 tenants x 100 deployments x 4 instances within 20 s", verdict(slowest <= LIMIT));
    row("Drydock's memory for it", &format!("{:.0} MB above {before:.0} MB", memory::peak() - before));
    engine.shutdown().await;
}

async fn opened(folder: &Path) -> Engine {
    let settings = Settings {
        database_url: format!("sqlite://{}", folder.join("drydock.db").display()),
        data_dir: folder.join("data"),
        archive_dir: folder.join("data").join("archives"),
        key_file: folder.join("key"),
        instance: "bench".to_owned(),
        audit: AuditSettings::below(folder),
        webhook_ca_file: None,
    };
    Engine::open(settings).await.unwrap()
}
