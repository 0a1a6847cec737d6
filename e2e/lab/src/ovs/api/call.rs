//! One call as it came in.

use std::net::IpAddr;

use axum::http::Method;
use serde_json::Value;

use super::error::Refusal;

/// A call.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) client: IpAddr,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) accept: Option<String>,
    pub(super) authorization: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Call {
    /// A parameter of the query. Of a repeated one the last counts.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        last(self.query.as_bytes(), name)
    }

    /// A field of a form. Nothing unless the body says that it is one.
    pub(super) fn form(&self, name: &str) -> Option<String> {
        self.is("application/x-www-form-urlencoded").then(|| last(&self.body, name)).flatten()
    }

    /// An argument of a call: the body wins over the query (2.2). `decode` says whether text is read as JSON.
    pub(super) fn argument(&self, name: &str, decode: bool) -> Result<Option<Value>, Refusal> {
        if self.is("application/json") && !self.body.is_empty() {
            let body: Value =
                serde_json::from_slice(&self.body).map_err(|error| Refusal::parse_error(&error.to_string()))?;
            if let Some(value) = body.get(name) {
                return Ok(Some(value.clone()));
            }
        }
        let text = self.form(name).or_else(|| self.query(name));
        Ok(text.map(|text| match serde_json::from_str(&text) {
            Ok(value) if decode => value,
            _ => Value::String(text),
        }))
    }

    fn is(&self, kind: &str) -> bool {
        let told = self.content_type.as_deref().unwrap_or_default();
        told.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(kind)
    }
}

fn last(pairs: &[u8], wanted: &str) -> Option<String> {
    form_urlencoded::parse(pairs).filter(|(name, _)| name == wanted).last().map(|(_, value)| value.into_owned())
}
