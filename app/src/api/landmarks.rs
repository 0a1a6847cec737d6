//! Where one can go.

use leptos::prelude::*;
use model::landmarks::Landmarks;

use crate::error::Answer;

/// Environments, runs and open requests that the viewer sees, in a line each.
#[server(endpoint = "load_landmarks")]
pub async fn load_landmarks() -> Answer<Landmarks> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.landmarks(&desk.by).await?)
}
