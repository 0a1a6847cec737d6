//! One call as it came in.

use axum::http::{HeaderMap, Method, request::Parts};
use serde_json::{Map, Value};

use super::error::Refusal;

/// A call. Of an upload the body is not part of it.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) authorization: Option<String>,
    pub(super) token: Option<String>,
    pub(super) tenant: Option<String>,
    /// `X-BYPASS-MAINTENANCE` (2.1).
    pub(super) bypass: bool,
    /// From that byte on (`Range: bytes=N-`).
    pub(super) from: Option<u64>,
    content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Call {
    pub(super) fn new(head: &Parts) -> Self {
        let query = head.uri.query().unwrap_or_default();
        Self {
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            authorization: text(&head.headers, "authorization"),
            token: text(&head.headers, "authentication-token"),
            tenant: text(&head.headers, "tenant"),
            bypass: text(&head.headers, "x-bypass-maintenance").is_some_and(|told| told.eq_ignore_ascii_case("true")),
            from: text(&head.headers, "range").and_then(|range| from(&range)),
            content_type: text(&head.headers, "content-type"),
            body: Vec::new(),
        }
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// A parameter of the query.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    /// A boolean of the query: clients write `True` as Python does (6.2).
    pub(super) fn flag(&self, name: &str) -> bool {
        self.one(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A number of the query.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let Some(value) = self.one(name) else {
            return Ok(None);
        };
        let number = value.parse();
        number.map(Some).map_err(|_| Refusal::bad_parameters(format!("Invalid pagination parameter: {name}={value}")))
    }

    /// The body, which has to be an object and has to say that it is JSON (2.1).
    pub(super) fn json(&self) -> Result<Map<String, Value>, Refusal> {
        let told = self.content_type.as_deref().unwrap_or_default();
        let kind = told.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Refusal::content_type());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(Refusal::bad_parameters("Request data must be a JSON object")),
            Err(error) => Err(Refusal::bad_parameters(format!("Failed to decode JSON: {error}"))),
        }
    }
}

/// A boolean of a body: itself, or the word for it.
pub(super) fn flag(body: &Map<String, Value>, name: &str, default: bool) -> Result<bool, Refusal> {
    match body.get(name) {
        None => Ok(default),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("false") => Ok(false),
        Some(value) => Err(Refusal::bad_parameters(format!("{name} must be <true/false>, got {value}"))),
    }
}

/// A text of a body, without which there is no call.
pub(super) fn word<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    match body.get(name) {
        Some(Value::String(word)) => Ok(word),
        Some(_) => Err(Refusal::bad_parameters(format!("Wrong type for the parameter {name}: a string is expected"))),
        None => Err(Refusal::bad_parameters(format!("Missing {name} in json request body"))),
    }
}

/// The one shape that a client which goes on behind what it has asks for.
fn from(range: &str) -> Option<u64> {
    range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
