//! A cluster in another process: its details, and its switches over HTTP on loopback.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::api::Grant;
use super::{OvsFault, OvsLab, OvsTruth};
use crate::control::serve;
use crate::lab::{LabError, LabHost};

/// Everything somebody needs to connect to a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OvsDetails {
    pub api_url: String,
    pub client_id: String,
    pub client_secret: String,
    /// SHA-256 of the certificate of every master, in hexadecimal.
    pub certificates: Vec<String>,
    pub nodes: Vec<LabHost>,
    /// `GET /truth`, `POST /fault`, `DELETE /fault`, `GET /details`.
    pub control_url: String,
}

impl OvsLab {
    /// How to connect to it.
    pub fn details(&self, control_url: &str) -> OvsDetails {
        let addresses = || self.nodes().iter().filter_map(|node| node.address.parse().ok());
        let certificates =
            addresses().filter_map(|ip| Some(self.api().fingerprint(ip)?.replace(':', "").to_lowercase()));
        let (client_id, client_secret) = self.api().credentials(Grant::ClientCredentials).unwrap_or_default();
        OvsDetails {
            api_url: addresses().next().map(|ip| self.api().url(ip)).unwrap_or_default(),
            client_id,
            client_secret,
            certificates: certificates.collect(),
            nodes: self.nodes().to_vec(),
            control_url: control_url.to_owned(),
        }
    }
}

/// Serves the control interface of a cluster as long as the process runs. Answers its URL.
pub async fn serve_ovs_control(lab: Arc<OvsLab>) -> Result<String, LabError> {
    let address = lab.nodes()[0].address.clone();
    serve(&address, |url| {
        Router::new()
            .route("/details", get(details))
            .route("/truth", get(truth))
            .route("/fault", post(set_fault).delete(clear_faults))
            .with_state(Shared { lab, url })
    })
    .await
}

#[derive(Clone)]
struct Shared {
    lab: Arc<OvsLab>,
    url: String,
}

type Answer = Result<(), (StatusCode, String)>;

async fn details(State(shared): State<Shared>) -> Json<OvsDetails> {
    Json(shared.lab.details(&shared.url))
}

async fn truth(State(shared): State<Shared>) -> Json<OvsTruth> {
    Json(shared.lab.truth())
}

async fn set_fault(State(shared): State<Shared>, Json(fault): Json<OvsFault>) -> Answer {
    shared.lab.set_fault(fault).await.map_err(refused)
}

async fn clear_faults(State(shared): State<Shared>) -> Answer {
    shared.lab.clear_faults().await.map_err(refused)
}

fn refused(error: LabError) -> (StatusCode, String) {
    (StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
}
