//! Reading what a manager answers (2, 2.4).

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{CloudifyError, ErrorCode};

/// What a refusal looks like. `detail` is what 7.x may say instead.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    error_code: Option<String>,
}

/// What stood in an answer, or what its absence means. `path` is asked for only then.
pub(super) fn read<T: DeserializeOwned>(
    status: u16,
    body: &[u8],
    path: impl Fn() -> String,
) -> Result<T, CloudifyError> {
    if (200..300).contains(&status) {
        return serde_json::from_slice(body).map_err(|error| {
            if error.is_data() {
                return CloudifyError::NotUnderstood { path: path(), problem: error.to_string() };
            }
            CloudifyError::Foreign { path: path(), status }
        });
    }
    let refusal = serde_json::from_slice::<Refusal>(body).ok();
    let refused = refusal.and_then(|refusal| {
        let text = refusal.message.or(refusal.detail);
        // REST names what it says; a web server in front of it does not.
        (text.is_some() || refusal.error_code.is_some()).then_some((refusal.error_code, text))
    });
    match (refused, status) {
        (Some((code, text)), _) => Err(CloudifyError::Refused {
            path: path(),
            status,
            code: ErrorCode::of(&code.unwrap_or_default()),
            text: text.unwrap_or_else(|| "no reason given".to_owned()),
        }),
        (None, 502..=504) => Err(CloudifyError::Away { path: path(), status }),
        (None, _) => Err(CloudifyError::Foreign { path: path(), status }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer(status: u16, body: &str) -> Result<Value, CloudifyError> {
        read(status, body.as_bytes(), || "/api/v3.1/tenants".to_owned())
    }

    #[test]
    fn refusals_are_told_apart_by_their_word() {
        for (status, word, code) in [
            (400, "existing_running_execution_error", ErrorCode::ExistingRunningExecution),
            (400, "illegal_action_error", ErrorCode::IllegalAction),
            (401, "unauthorized_error", ErrorCode::Unauthorized),
            (403, "forbidden_error", ErrorCode::Forbidden),
            (404, "not_found_error", ErrorCode::NotFound),
            (404, "missing_premium_package_error", ErrorCode::MissingPremiumPackage),
            (409, "conflict_error", ErrorCode::Conflict),
            (500, "internal_server_error", ErrorCode::InternalServer),
            (503, "maintenance_mode_active", ErrorCode::MaintenanceModeActive),
            (503, "in_snapshot_restore_error", ErrorCode::InSnapshotRestore),
            (400, "new_word", ErrorCode::Other("new_word".to_owned())),
        ] {
            let body = json!({ "message": "words", "error_code": word, "server_traceback": null }).to_string();
            let error = answer(status, &body).unwrap_err();
            assert_eq!(error.refusal(), Some((status, &code)), "{error}");
            assert!(error.to_string().contains(word) && error.to_string().contains("words"), "{error}");
        }
    }

    #[test]
    fn a_rest_service_that_is_away_is_neither_a_refusal_nor_an_answer() {
        let html = "<html><head><title>502 Bad Gateway</title></head></html>";
        assert_eq!(
            answer(502, html).unwrap_err(),
            CloudifyError::Away { path: "/api/v3.1/tenants".to_owned(), status: 502 }
        );
        assert!(answer(502, html).unwrap_err().is_away());
        for (status, body) in [(200, html), (404, "<html>"), (500, "Internal Server Error"), (200, "")] {
            let error = answer(status, body).unwrap_err();
            assert!(matches!(error, CloudifyError::Foreign { .. }), "{status}: {error}");
            assert!(!error.is_away());
        }
    }

    #[test]
    fn an_answer_that_lacks_something_names_it() {
        #[derive(Debug, Deserialize)]
        struct Named {
            #[serde(rename = "name")]
            _name: String,
        }
        let error = read::<Named>(200, b"{\"nam\":1}", || "/api/v3.1/x".to_owned()).unwrap_err();
        assert!(error.to_string().contains("name") && error.to_string().contains("/api/v3.1/x"), "{error}");
    }
}
