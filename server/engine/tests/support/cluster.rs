//! A story of Open vStorage: a simulated cluster, an engine, a requester and an approver.

use std::ops::{Deref, DerefMut};

use lab::ovs::api::Grant;
use lab::ovs::{OvsLab, OvsLabConfig, OvsTruth};
use model::environment::{OpenVstorageSettings, OpenVstorageTuning, PlatformSettings};
use model::procedure::{Inputs, OpenVstorageUpdate, UpdateMode};

use super::desk::{Desk, host, secret};

/// Waits that suit the lab, in seconds.
pub fn tuning() -> OpenVstorageTuning {
    OpenVstorageTuning {
        service_deadline: 60,
        install_deadline: 90,
        migration_deadline: 60,
        updater_deadline: 180,
        idle_deadline: 60,
        arakoon_pause: 1,
        clock_skew: 30,
        free_mebibytes: 1,
        lists_age: 3600,
        hold: 0,
    }
}

pub struct ClusterStory {
    pub lab: OvsLab,
    desk: Desk,
}

impl Deref for ClusterStory {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl DerefMut for ClusterStory {
    fn deref_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

impl ClusterStory {
    pub async fn begin(config: OvsLabConfig) -> Self {
        Self::begin_with(config, tuning()).await
    }

    pub async fn begin_with(config: OvsLabConfig, tuning: OpenVstorageTuning) -> Self {
        let lab = OvsLab::start(config).await.unwrap();
        let first = lab.nodes()[0].address.parse().unwrap();
        let (client_id, client_secret) = lab.api().credentials(Grant::ClientCredentials).unwrap();
        let fingerprint = |address: &str| lab.api().fingerprint(address.parse().unwrap());
        let certificates = lab.nodes().iter().filter_map(|node| fingerprint(&node.address));
        let desk = Desk::open(|folder| {
            PlatformSettings::OpenVstorage(OpenVstorageSettings {
                endpoint: lab.api().url(first),
                client_id,
                client_secret: secret(folder, "client_secret", &client_secret),
                certificate_sha256: certificates.map(|shown| shown.replace(':', "").to_lowercase()).collect(),
                nodes: lab.nodes().iter().map(host).collect(),
                tuning,
            })
        });
        let desk = desk.await;
        desk.accept_host_keys(lab.nodes()).await;
        Self { lab, desk }
    }

    pub async fn finish(self) {
        self.desk.engine.shutdown().await;
        self.lab.stop().await.unwrap();
    }
}

pub fn framework(mode: UpdateMode) -> Inputs {
    Inputs::UpdateFramework(OpenVstorageUpdate { mode, ..OpenVstorageUpdate::default() })
}

pub fn storage_driver(mode: UpdateMode) -> Inputs {
    Inputs::UpdateStorageDriver(OpenVstorageUpdate { mode, ..OpenVstorageUpdate::default() })
}

/// What must be true of the cluster after every story, however it went.
#[track_caller]
pub fn assert_clean(truth: &OvsTruth) {
    assert_eq!(truth.violations, [], "the cluster was mishandled");
    for (name, node) in &truth.nodes {
        assert!(node.flags.is_empty(), "{name} still has {:?}", node.flags);
    }
}
