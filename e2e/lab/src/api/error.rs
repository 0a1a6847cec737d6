//! The errors of the API and the body they are told in (dossier 3.4).

use super::params::Params;
use crate::json::{Fields, Json};

/// A refused call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    /// HTTP status and `errorcode`.
    pub(crate) status: u16,
    pub(crate) text: String,
    /// `cserrorcode`; absent on 401.
    detail: Option<i64>,
}

impl ApiError {
    fn new(status: u16, detail: Option<i64>, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), detail }
    }

    /// Wrong key, wrong signature, expired: the real system does not say which.
    pub(crate) fn unauthorized() -> Self {
        let text = "unable to verify user credentials and/or request signature";
        Self::new(401, None, text)
    }

    pub(crate) fn unknown_on_signed(command: &str) -> Self {
        let text = format!("The given command '{command}' either does not exist, is not available");
        Self::new(401, None, format!("{text} for user."))
    }

    pub(crate) fn unknown_on_integration(command: &str) -> Self {
        Self::new(432, Some(9999), format!("Unknown API command: {command}"))
    }

    pub(crate) fn parameter(text: impl Into<String>) -> Self {
        Self::new(431, Some(4350), text)
    }

    /// An id that names nothing.
    pub(crate) fn no_such(command: &str, name: &str, value: &str) -> Self {
        Self::parameter(format!(
            "Unable to execute API command {} due to invalid value. Invalid parameter {name} \
             value={value} due to incorrect long value format, or entity does not exist",
            command.to_lowercase()
        ))
    }

    pub(crate) fn missing(command: &str, name: &str) -> Self {
        Self::parameter(format!(
            "Unable to execute API command {} due to missing parameter {name}",
            command.to_lowercase()
        ))
    }

    pub(crate) fn internal(text: impl Into<String>) -> Self {
        Self::new(530, Some(4250), text)
    }

    pub(crate) fn method() -> Self {
        let text = "The given command cannot be called with this HTTP method: use POST";
        Self::new(405, Some(9999), text)
    }

    pub(crate) fn throttled() -> Self {
        let text = "The given user has reached his/her account api limit, please retry after 1000 ms.";
        Self::new(429, Some(9999), text)
    }

    /// A refusal that a test asked for.
    pub(crate) fn wanted(code: u16) -> Self {
        match code {
            431 => Self::parameter("The lab refuses this call (parameter error)"),
            503 => Self::new(
                503,
                Some(9999),
                "Maintenance or Shutdown has been initiated on this management server. \
                 Can not accept new jobs",
            ),
            401 => Self::unauthorized(),
            other => Self::new(other, Some(9999), "The lab refuses this call"),
        }
    }

    /// The answer's body.
    pub(crate) fn body(&self, params: &Params) -> Fields {
        let error = Fields::new()
            .with("uuidList", Json::List(Vec::new()))
            .with("errorcode", i64::from(self.status))
            .maybe("cserrorcode", self.detail)
            .with("errortext", self.text.as_str());
        let key = match params.get("command") {
            Some(command) if self.status != 432 && super::catalog::is_known(command) => super::envelope_key(command),
            _ => "errorresponse".to_owned(),
        };
        Fields::new().with(&key, error)
    }
}
