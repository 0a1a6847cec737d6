//! Requests that change something: sent once, and every end told apart (invariant 2).

use model::submission::SubmitError;
use remote::http::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Of, Session, reply};
use crate::{CloudifyError, ErrorCode};

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Changed<T> {
    /// It was accepted.
    Accepted(T),
    /// It is so already (304).
    AlreadySo,
}

impl Session<'_> {
    /// Sends it once, under the newest prefix the manager serves.
    pub(crate) async fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        of: Of<'_>,
    ) -> Result<Changed<T>, SubmitError> {
        let of = if self.version.has_tenants() { of } else { Of::Manager };
        let path = format!("api/{}/{path}", self.version.api_prefix());
        let shown = || format!("/{}", path.split('?').next().unwrap_or_default());
        let request = self.door.wire.request(method, &path, &self.door.basic, of);
        let request = request.body("application/json", body.to_string());
        let answer = self.door.wire.http.send(&request).await.map_err(|error| {
            let said = error.to_string();
            if error.may_have_acted() {
                SubmitError::MaybeSent { error: said }
            } else {
                SubmitError::NotSent { error: said }
            }
        })?;
        if answer.status == 304 {
            return Ok(Changed::AlreadySo);
        }
        reply::read(answer.status, &answer.body, shown).map(Changed::Accepted).map_err(refused)
    }
}

/// What a refusal means for who asked for a change.
pub(crate) fn refused(error: CloudifyError) -> SubmitError {
    let said = error.to_string();
    match &error {
        CloudifyError::Refused { status, code, .. } => {
            SubmitError::Refused { code: *status, text: said, transient: passes(*status, code) }
        }
        CloudifyError::Setting { .. } | CloudifyError::Untrusted { .. } => SubmitError::NotSent { error: said },
        // The web server may have handed it on before REST went away.
        CloudifyError::NoAnswer { .. }
        | CloudifyError::Away { .. }
        | CloudifyError::Foreign { .. }
        | CloudifyError::NotUnderstood { .. }
        | CloudifyError::Moving { .. } => SubmitError::MaybeSent { error: said },
    }
}

/// Whether the same request may well be accepted in a minute.
fn passes(status: u16, code: &ErrorCode) -> bool {
    match code {
        ErrorCode::ExistingRunningExecution
        | ErrorCode::EnteringMaintenanceMode
        | ErrorCode::InsufficientMemory
        | ErrorCode::InSnapshotRestore => true,
        ErrorCode::Unauthorized
        | ErrorCode::SnapshotAction
        | ErrorCode::BadParameters
        | ErrorCode::IllegalAction
        | ErrorCode::NonexistentWorkflow
        | ErrorCode::Forbidden
        | ErrorCode::NotFound
        | ErrorCode::MissingPremiumPackage
        | ErrorCode::Conflict
        | ErrorCode::InternalServer
        | ErrorCode::MaintenanceModeActive => false,
        ErrorCode::Other(_) => status == 503,
    }
}
