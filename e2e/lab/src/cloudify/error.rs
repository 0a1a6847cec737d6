//! Refusals and the envelope they are told in (2.4).

use serde_json::{Value, json};

/// A refused call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn body(&self) -> Value {
        json!({ "message": self.message, "error_code": self.code, "server_traceback": null })
    }

    pub(super) fn unauthorized(why: &str) -> Self {
        Self::new(401, "unauthorized_error", format!("User unauthorized: {why}"))
    }

    /// The text of 6.4.
    pub(super) fn wrong_password(name: &str) -> Self {
        Self::unauthorized(&format!("Authentication failed for <User username=`{name}`>"))
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "forbidden_error", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "not_found_error", message)
    }

    pub(super) fn no_such(kind: &str, id: &str) -> Self {
        Self::not_found(format!("Requested `{kind}` with ID `{id}` was not found"))
    }

    pub(super) fn no_page() -> Self {
        let text = "The requested URL was not found on the server. If you entered the URL manually please check your \
                    spelling and try again.";
        Self::not_found(text)
    }

    pub(super) fn method() -> Self {
        Self::new(405, "method_not_allowed_error", "The method is not allowed for the requested URL.")
    }

    pub(super) fn premium() -> Self {
        let text = "This feature exists only in the premium edition of Cloudify.";
        Self::new(404, "missing_premium_package_error", text)
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "conflict_error", message)
    }

    pub(super) fn bad_parameters(message: impl Into<String>) -> Self {
        Self::new(400, "bad_parameters_error", message)
    }

    pub(super) fn bad_execution_parameters(message: impl Into<String>) -> Self {
        Self::new(400, "illegal_execution_parameters_error", message)
    }

    pub(super) fn no_such_field(name: &str) -> Self {
        Self::new(400, "no_such_include_field_error", format!("Requested include field `{name}` does not exist"))
    }

    pub(super) fn illegal_action(message: impl Into<String>) -> Self {
        Self::new(400, "illegal_action_error", message)
    }

    pub(super) fn snapshot_action(message: impl Into<String>) -> Self {
        Self::new(400, "snapshot_action_error", message)
    }

    pub(super) fn busy(message: impl Into<String>) -> Self {
        Self::new(400, "existing_running_execution_error", message)
    }

    pub(super) fn no_workflow(deployment: &str, workflow: &str) -> Self {
        let text = format!("Workflow {workflow} does not exist in deployment {deployment}");
        Self::new(400, "nonexistent_workflow_error", text)
    }

    pub(super) fn content_type() -> Self {
        let text = "Content type must be application/json";
        Self::new(415, "unsupported_content_type_error", text)
    }

    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "internal_server_error", message)
    }

    pub(super) fn in_maintenance() -> Self {
        let text = "Your request was rejected since Cloudify Manager is currently in maintenance mode";
        Self::new(503, "maintenance_mode_active", text)
    }

    pub(super) fn entering_maintenance() -> Self {
        let text = "Your request was rejected since Cloudify Manager is currently entering maintenance mode";
        Self::new(503, "entering_maintenance_mode", text)
    }

    pub(super) fn in_restore() -> Self {
        let text = "This operation is not allowed while a snapshot is being restored";
        Self::new(503, "in_snapshot_restore_error", text)
    }
}
