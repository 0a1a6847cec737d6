//! `GET /audit/export?from=…&to=…&format=…`: the audit log as a file, for `drydock audit verify` and for spreadsheets.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use model::audit::{AuditFormat, AuditRange};
use model::people::Role;
use model::refusal::Refusal;
use serde::Deserialize;

use super::backend::AuthSession;
use super::{Web, export, refusal};

/// What the address says.
#[derive(Debug, Deserialize)]
pub struct Asked {
    from: Option<i64>,
    to: Option<i64>,
    #[serde(default)]
    format: String,
}

/// Sends the file as it is read, to whoever may see the page.
pub async fn file(State(web): State<Web>, auth: AuthSession, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Some(account) = auth.user else { return refusal::respond(&Refusal::NotLoggedIn) };
    if !account.person.may(Role::Admin) {
        return refusal::respond(&Refusal::Forbidden { any_of: vec![Role::Admin] });
    }
    let (range, format) = match read(asked) {
        Ok(asked) => asked,
        Err(refused) => return refusal::respond(&refused),
    };
    let kind = match format {
        AuditFormat::Jsonl => "application/x-ndjson",
        AuditFormat::Csv => "text/csv; charset=utf-8",
    };
    match web.engine.audit_log().export(range, format).await {
        Ok(pieces) => {
            let to = range.to.map_or_else(String::new, |to| format!("-to-{to}"));
            export::attachment(&format!("drydock-audit-from-{}{to}.{format}", range.from), kind, pieces)
        }
        Err(error) => refusal::respond(&error.refusal()),
    }
}

fn read(asked: Result<Query<Asked>, QueryRejection>) -> Result<(AuditRange, AuditFormat), Refusal> {
    let invalid = |field: &str, problem: String| Refusal::Invalid { field: field.to_owned(), problem };
    let Query(asked) = asked.map_err(|error| invalid("from and to", error.body_text()))?;
    let format = match asked.format.as_str() {
        "" => AuditFormat::default(),
        word => word.parse().map_err(|error: model::audit::NoSuchFormat| invalid("format", error.to_string()))?,
    };
    Ok((AuditRange { from: asked.from.unwrap_or(1), to: asked.to }, format))
}
