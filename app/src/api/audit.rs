//! The audit log.

use leptos::prelude::*;
use model::audit::{AuditFilter, AuditView};

use crate::error::Answer;

/// The entries that fit, newest first, at most 200, and how the log itself is.
#[server(endpoint = "load_audit")]
pub async fn load_audit(filter: AuditFilter) -> Answer<AuditView> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.audit_view(&filter).await?)
}
