//! A story: one lab, one engine, a requester and an approver. Tests tell it forward and then ask the lab what happened.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]
#![allow(dead_code, unused_imports, reason = "each test file uses its own part of this")]

pub mod archives;
pub mod cluster;
mod desk;
pub mod managers;
pub mod migration;

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use engine::EngineError;
use lab::{Lab, LabConfig, Truth};
use model::environment::{CloudStackSettings, PlatformSettings, Tuning};
use model::id::{RequestId, RunId};
use model::procedure::{Inputs, RestartMode, RestartSystemVms};

pub use desk::{Desk, assert_outcome, complaints, events, outcome, output, sequence};
use desk::{PATIENCE, host, secret};

/// Waits that suit the lab, in seconds.
pub fn tuning() -> Tuning {
    Tuning { vm_deadline: 20, restart_deadline: 20, request_lifetime: 4, quiet_limit: 4, clock_skew: 30, hold: 0 }
}

pub struct Story {
    pub lab: Lab,
    desk: Desk,
}

impl Deref for Story {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl DerefMut for Story {
    fn deref_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

impl Story {
    pub async fn begin(config: LabConfig) -> Self {
        Self::begin_with(config, tuning()).await
    }

    pub async fn begin_with(config: LabConfig, tuning: Tuning) -> Self {
        let lab = Lab::start(config).await.unwrap();
        let desk = Desk::open(|folder| {
            PlatformSettings::CloudStack(CloudStackSettings {
                endpoint: lab.api_url(),
                api_key: secret(folder, "api_key", lab.api_key()),
                secret_key: secret(folder, "secret_key", lab.secret_key()),
                certificate_sha256: None,
                management_hosts: lab.management().iter().map(host).collect(),
                integration_address: lab.integration_address(),
                database_password: None,
                tuning,
            })
        });
        let desk = desk.await;
        desk.accept_host_keys(lab.management()).await;
        Self { lab, desk }
    }

    pub async fn prepare(&self, inputs: RestartSystemVms) -> Result<RequestId, EngineError> {
        self.ask(Inputs::RestartSystemVms(inputs)).await
    }

    /// Prepares, approves and starts.
    pub async fn run(&self, inputs: RestartSystemVms) -> RunId {
        self.carry_out(Inputs::RestartSystemVms(inputs)).await
    }

    /// Waits until something holds of the lab.
    pub async fn until_truth(&self, what: &str, holds: impl Fn(&Truth) -> bool) -> Truth {
        let wait = async {
            loop {
                let truth = self.lab.truth().await;
                if holds(&truth) {
                    return truth;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(truth) => truth,
            Err(_) => panic!("{what} never held: {:#?}", self.lab.truth().await),
        }
    }

    pub async fn finish(self) {
        self.desk.engine.shutdown().await;
        self.lab.stop().await.unwrap();
    }
}

pub fn native() -> RestartSystemVms {
    RestartSystemVms::default()
}

pub fn script() -> RestartSystemVms {
    RestartSystemVms { mode: RestartMode::Script, ..RestartSystemVms::default() }
}

/// What must be true of the lab after every story, however it went.
#[track_caller]
pub fn assert_safe(truth: &Truth) {
    assert!(!truth.port_8096_open, "port 8096 is open: {:#?}", truth.port_8096_intervals);
    assert_eq!(truth.violations, Vec::<String>::new());
    assert_eq!(truth.ssvm_overlaps, [], "two SSVMs of a zone were down together");
    assert_eq!(truth.router_overlaps, [], "two routers of a network were down together");
}
