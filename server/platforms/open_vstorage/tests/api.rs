//! The API of a cluster, asked as Drydock asks it.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

mod support;

use std::net::IpAddr;
use std::time::Duration;

use lab::ovs::api::{ApiFault, Front, Grant, Trouble};
use lab::{OvsGeneration, OvsInit, OvsLabConfig, OvsShape, Pace};
use model::environment::Elevate;
use model::id::HostName;
use model::plan::{Answer, Probe};
use model::precheck::Verdict;
use support::{Site, site};

async fn three(generation: OvsGeneration, init: OvsInit) -> Site {
    site(OvsLabConfig { generation, init, shape: OvsShape::ThreeMasters, pace: Pace::Fast }).await
}

fn ips(site: &Site) -> Vec<IpAddr> {
    site.lab.nodes().iter().map(|host| host.address.parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_asked_in_generation_a() {
    let site = three(OvsGeneration::A, OvsInit::Upstart).await;
    site.cluster.edit(|memory| memory.make_pending(ips(&site)[1], &[("volumedriver-server", "3.6.1-0", "3.6.2-0")]));
    let tested = site.client.test_connection().await;
    assert!(tested.iter().all(|check| check.verdict == Verdict::Good), "{tested:#?}");
    let inventory = site.client.inventory().await;
    assert_eq!(inventory.storage_routers.value().map(Vec::len), Some(3), "{:?}", inventory.storage_routers);
    assert_eq!(inventory.alba_nodes.value().map(Vec::len), Some(3), "{:?}", inventory.alba_nodes);
    let told = inventory.told.value().unwrap_or_else(|| panic!("{:?}", inventory.told));
    assert!(told.iter().any(|update| update.component == "volumedriver" && update.candidate == "3.6.2-0"), "{told:?}");
    let pool = &inventory.vpools.value().unwrap()[0];
    assert_eq!((pool.vdisks, pool.routers.len()), (2, 3), "{pool:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_of_the_api_is_lived_through_or_told() {
    let site = three(OvsGeneration::C, OvsInit::Systemd).await;
    let ips = ips(&site);
    site.cluster.edit(|memory| {
        memory.make_pending(ips[1], &[("alba", "1.5.22", "1.5.23"), ("openvstorage", "2.11.3-1", "2.11.4-1")]);
    });
    lab::ovs::api::Cluster::refresh(&*site.cluster);
    let inventory = site.client.inventory().await;
    let told = inventory.told.value().unwrap_or_else(|| panic!("{:?}", inventory.told));
    assert_eq!(told.len(), 2, "{told:?}");
    let client = lab::ovs::api::EdgeClient { ip: ips[0], port: 44_000 };
    site.cluster.edit(|memory| memory.model.vdisks[0].clients.push(client));
    let unused = Probe::OvsVolumesUnused { vpools: Vec::new() };
    let answer = site.client.probe(&unused).await;
    assert!(
        matches!(&answer, Answer::NotYet { evidence } if evidence.contains("vdisk1 of vpool1 has 1 clients")),
        "{answer:?}"
    );
    site.cluster.edit(|memory| memory.model.vdisks[0].clients.clear());
    let answer = site.client.probe(&unused).await;
    assert!(matches!(answer, Answer::Holds { .. }), "{answer:?}");
    let answer = site.client.probe(&Probe::OvsApiReady).await;
    assert!(matches!(answer, Answer::Holds { .. }), "{answer:?}");
    // A token that has run out, once.
    site.api.set_fault(ApiFault::Answers { path: "storagerouters".into(), with: Trouble::TokenExpired, times: 1 });
    assert!(site.client.inventory().await.storage_routers.value().is_some());
    site.api.set_fault(ApiFault::Answers { path: "storagerouters".into(), with: Trouble::ReplyLost, times: 1 });
    assert!(site.client.inventory().await.storage_routers.value().is_some());
    // The first master is gone: another one is asked.
    site.cluster.edit(|memory| memory.fronts.insert(ips[0], Front::Refused));
    let inventory = site.client.inventory().await;
    assert!(inventory.storage_routers.value().is_some(), "{:?}", inventory.storage_routers);
    let answer = site.client.probe(&Probe::OvsApiReady).await;
    assert!(matches!(answer, Answer::NotYet { .. }), "{answer:?}");
    site.cluster.edit(|memory| memory.fronts.insert(ips[0], Front::BadGateway));
    assert!(site.client.inventory().await.storage_routers.value().is_some());
    site.cluster.edit(|memory| memory.fronts.clear());
    // memcached has lost all tokens.
    site.cluster.edit(|memory| memory.set_memcached(false));
    let answer = site.client.probe(&Probe::OvsApiReady).await;
    assert!(matches!(answer, Answer::NotYet { .. } | Answer::Unknown { .. }), "{answer:?}");
    site.cluster.edit(|memory| memory.set_memcached(true));
    let answer = site.client.probe(&Probe::OvsApiReady).await;
    assert!(matches!(answer, Answer::Holds { .. }), "{answer:?}");
    // A node that is not heard of.
    site.cluster.edit(|memory| memory.model.storage_routers[2].process_heartbeat = Duration::from_secs(600));
    let answer = site.client.probe(&Probe::OvsApiReady).await;
    assert!(matches!(&answer, Answer::NotYet { evidence } if evidence.contains("FAILURE")), "{answer:?}");
    // A task that fails.
    let name = "merge_package_information".to_owned();
    site.api.set_fault(ApiFault::TaskFails { name, reason: "a node did not answer".into() });
    let told = site.client.inventory().await.told;
    assert!(told.reason().is_some_and(|reason| reason.contains("a node did not answer")), "{told:?}");
}

/// What a probe answers once its words contain these.
async fn answers(site: &Site, probe: &Probe, words: &str) -> Answer {
    let looks = async {
        loop {
            let answer = site.client.probe(probe).await;
            if answer.words().contains(words) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), looks).await.unwrap_or_else(|_| panic!("nobody says {words:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_of_somebody_is_shown_proves_nothing_and_ends_the_wait_where_nothing_is_at_work() {
    let site = three(OvsGeneration::C, OvsInit::Systemd).await;
    let node = |code: u8| Probe::Shell {
        host: HostName::new(&site.lab.nodes()[0].name).unwrap(),
        elevate: Elevate::No,
        script: format!("echo as it is; exit {code}"),
        args: Vec::new(),
    };
    let updater = |code| Probe::OvsUpdater { node: Box::new(node(code)) };
    let (works, silent, ended) = (updater(10), updater(1), updater(0));
    site.api.set_fault(ApiFault::TasksHang);
    let succeeds = site.api.press_update(ips(&site)[0]).unwrap();
    let under_way = format!("task update_components {succeeds} is PENDING with celery@");
    assert!(matches!(answers(&site, &works, &under_way).await, Answer::Busy { .. }));
    assert!(matches!(answers(&site, &ended, &under_way).await, Answer::Holds { .. }));
    site.api.clear_faults();
    // It was handed to `at`, and that is all: the node says nothing of an updater.
    let handed = format!("task update_components {succeeds} has handed its update over");
    assert!(matches!(answers(&site, &silent, &handed).await, Answer::NotYet { .. }));

    let reason = "Command 'ovs update' failed: Can't open /var/run/atd.pid".to_owned();
    let fails = ApiFault::TaskFails { name: "update_components".into(), reason: reason.clone() };
    site.api.set_fault(fails);
    site.api.set_fault(ApiFault::TasksHang);
    let failing = site.api.press_update(ips(&site)[1]).unwrap();
    answers(&site, &silent, &format!("{failing} is PENDING")).await;
    site.api.end_fault(&ApiFault::TasksHang);
    assert!(matches!(answers(&site, &works, &reason).await, Answer::Busy { .. }), "something is at work all the same");
    assert!(matches!(answers(&site, &ended, &reason).await, Answer::Holds { .. }), "the node says that it has ended");
    assert!(matches!(answers(&site, &silent, &reason).await, Answer::Never { .. }));

    site.cluster.edit(|memory| memory.fronts.extend(ips(&site).into_iter().map(|ip| (ip, Front::BadGateway))));
    assert!(matches!(answers(&site, &works, "the API does not tell of tasks now").await, Answer::Busy { .. }));
}

/// The API locks out for a minute who asks for six tokens in one (dossier 2.1).
#[tokio::test(flavor = "multi_thread")]
async fn seven_looks_in_a_row_log_in_once_and_a_wrong_secret_gets_nobody_elses_token() {
    let site = three(OvsGeneration::C, OvsInit::Systemd).await;
    let (id, secret) = site.api.credentials(Grant::ClientCredentials).unwrap();
    let unused = Probe::OvsVolumesUnused { vpools: Vec::new() };
    for _ in 0..7 {
        let answer = site.next_client(&id, &secret).probe(&unused).await;
        assert!(matches!(answer, Answer::Holds { .. }), "{answer:?}");
    }
    let logins = |status: u16| {
        site.api.received().iter().filter(|call| call.target.contains("oauth2") && call.status == status).count()
    };
    assert_eq!((logins(200), logins(429)), (1, 0));
    let answer = site.next_client(&id, "not its secret").probe(&unused).await;
    assert!(matches!(answer, Answer::Unknown { .. }), "{answer:?}");
}
