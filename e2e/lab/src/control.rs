//! A lab in another process: its details, and its switches over HTTP on loopback.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::fault::Fault;
use crate::lab::{Lab, LabError, LabHost};
use crate::truth::Truth;

/// Everything somebody needs to connect to a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub api_url: String,
    pub api_key: String,
    pub secret_key: String,
    /// What the script's `-m` must be.
    pub integration_address: String,
    /// Another address of the first management server.
    pub other_address: String,
    pub management: Vec<LabHost>,
    /// `GET /truth`, `POST /fault`, `DELETE /fault`, `GET /details`.
    pub control_url: String,
}

/// Serves the control API of a lab as long as the process runs. Answers its URL.
pub async fn serve_control(lab: Arc<Lab>) -> Result<String, LabError> {
    let address = lab.integration_address();
    serve(&address, |url| {
        Router::new()
            .route("/details", get(details))
            .route("/truth", get(truth))
            .route("/fault", post(set_fault).delete(clear_faults))
            .with_state(Shared { lab, url })
    })
    .await
}

/// Serves at a free port of an address what is made with the URL, as long as the process runs. Answers the URL.
pub(crate) async fn serve(address: &str, router: impl FnOnce(String) -> Router) -> Result<String, LabError> {
    let failed = |error: std::io::Error| LabError::Control { reason: error.to_string() };
    let listener = TcpListener::bind((address, 0)).await.map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let router = router(url.clone());
    tokio::spawn(async move {
        // Ends with the process, and has no error.
        let _ = axum::serve(listener, router).await;
    });
    Ok(url)
}

#[derive(Clone)]
struct Shared {
    lab: Arc<Lab>,
    url: String,
}

async fn details(State(shared): State<Shared>) -> Json<Details> {
    Json(shared.lab.details(&shared.url))
}

async fn truth(State(shared): State<Shared>) -> Json<Truth> {
    Json(shared.lab.truth().await)
}

async fn set_fault(State(shared): State<Shared>, Json(fault): Json<Fault>) {
    shared.lab.set_fault(fault).await;
}

async fn clear_faults(State(shared): State<Shared>) {
    shared.lab.clear_faults().await;
}
