//! A lab in another process: its details, and its switches over HTTP on loopback.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::{CloudifyFault, CloudifyLab, CloudifyTruth, Form, Place};
use crate::cloudify::Manager;
use crate::control::serve;
use crate::lab::{LabError, LabHost};

/// Everything somebody needs to connect to a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudifyDetails {
    pub form: Form,
    pub old: ManagerDetails,
    /// In place: what will be there, at the same address, once it is installed.
    pub new: ManagerDetails,
    pub old_host: LabHost,
    /// In place, the same as the old one's.
    pub new_host: LabHost,
    /// Where people have their CLI.
    pub cli: LabHost,
    /// `GET /truth`, `POST /fault`, `DELETE /fault`, `POST /act`, `GET /details`.
    pub control_url: String,
}

/// How to call a manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerDetails {
    /// With its port.
    pub url: String,
    /// The user it is set up with.
    pub user: String,
    pub password: String,
    /// SHA-256 of its certificate in hexadecimal, if it serves HTTPS and is there.
    pub certificate: Option<String>,
}

/// Something that people do with machines, and no program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloudifyAct {
    /// Tears the old manager down.
    TearDown,
    /// Installs the new manager in the place of the old one.
    Install,
    PowerOff(Place),
    PowerOn(Place),
}

impl CloudifyLab {
    /// How to connect to it.
    pub async fn details(&self, control_url: &str) -> CloudifyDetails {
        CloudifyDetails {
            form: self.form(),
            old: self.manager_details(Place::Old).await,
            new: self.manager_details(Place::New).await,
            old_host: self.host(Place::Old).clone(),
            new_host: self.host(Place::New).clone(),
            cli: self.host(Place::Cli).clone(),
            control_url: control_url.to_owned(),
        }
    }

    async fn manager_details(&self, place: Place) -> ManagerDetails {
        let plain = |manager: &Manager| {
            let certificate = manager.fingerprint().map(|text| text.replace(':', "").to_lowercase());
            (manager.url(), certificate)
        };
        let (url, certificate) = self.manager(place, plain).await.unwrap_or_default();
        // The one that is there is not the one that will be.
        let certificate = certificate.filter(|_| place == Place::Old || !self.awaits_installation());
        let admin = self.admin(place);
        ManagerDetails { url, user: admin.name.clone(), password: admin.password.clone(), certificate }
    }

    /// Does something.
    pub async fn act(&self, act: CloudifyAct) -> Result<(), LabError> {
        match act {
            CloudifyAct::TearDown => self.tear_down().await,
            CloudifyAct::Install => self.install().await,
            CloudifyAct::PowerOff(place) => {
                self.power_off(place).await;
                Ok(())
            }
            CloudifyAct::PowerOn(place) => {
                self.power_on(place).await;
                Ok(())
            }
        }
    }
}

/// Serves the control interface as long as the process runs. Answers its URL.
pub async fn serve_cloudify_control(lab: Arc<CloudifyLab>) -> Result<String, LabError> {
    let address = lab.host(Place::Cli).address.clone();
    serve(&address, |url| {
        Router::new()
            .route("/details", get(details))
            .route("/truth", get(truth))
            .route("/fault", post(set_fault).delete(clear_faults))
            .route("/act", post(act))
            .with_state(Shared { lab, url })
    })
    .await
}

#[derive(Clone)]
struct Shared {
    lab: Arc<CloudifyLab>,
    url: String,
}

type Answer = Result<(), (StatusCode, String)>;

async fn details(State(shared): State<Shared>) -> Json<CloudifyDetails> {
    Json(shared.lab.details(&shared.url).await)
}

async fn truth(State(shared): State<Shared>) -> Json<CloudifyTruth> {
    Json(shared.lab.truth().await)
}

async fn set_fault(State(shared): State<Shared>, Json(fault): Json<CloudifyFault>) -> Answer {
    shared.lab.set_fault(fault).await.map_err(refused)
}

async fn clear_faults(State(shared): State<Shared>) -> Answer {
    shared.lab.clear_faults().await.map_err(refused)
}

async fn act(State(shared): State<Shared>, Json(act): Json<CloudifyAct>) -> Answer {
    shared.lab.act(act).await.map_err(refused)
}

fn refused(error: LabError) -> (StatusCode, String) {
    (StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
}
