//! Refusals and the bodies they are told in (2.1).

use serde_json::{Value, json};

/// A refused call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: Body,
}

/// What a refusal says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Json(Value),
    Html(String),
    Empty,
}

impl Refusal {
    fn new(status: u16, code: &str, text: impl AsRef<str>) -> Self {
        let body = Body::Json(json!({ "error": code, "error_description": text.as_ref() }));
        Self { status, body }
    }

    pub(super) fn missing_header() -> Self {
        let text = "The Accept header has to name a version of the API, as in 'application/json; version=1'";
        Self::new(406, "missing_header", text)
    }

    /// `status` is 426, in generation A 406.
    pub(super) fn invalid_version(status: u16, lowest: u32, highest: u32, asked: &str) -> Self {
        let text = format!("This call takes versions {lowest} to {highest} of the API, not {asked}");
        Self::new(status, "invalid_version", text)
    }

    pub(super) fn unauthorized(code: &str) -> Self {
        let text = match code {
            "invalid_token" => "The token is invalid",
            "token_expired" => "The token has expired",
            "inactive_user" => "The user is inactive",
            "invalid_authorization_type" => "Only bearer tokens are allowed",
            _ => "Not authenticated",
        };
        Self::new(401, code, text)
    }

    pub(super) fn invalid_roles(needed: &str) -> Self {
        Self::new(403, "invalid_roles", format!("This call needs the roles {needed}"))
    }

    pub(super) fn missing_credentials() -> Self {
        Self::new(403, "missing_credentials", "Client credentials were not provided")
    }

    /// A refusal of the token endpoint.
    pub(super) fn grant(code: &str) -> Self {
        let text = match code {
            "invalid_client" => "The credentials are wrong",
            "invalid_scope" => "The scope is not allowed for this client",
            "invalid_grant" => "The client may not use this grant",
            "inactive_user" => "The user is inactive",
            "unsupported_grant_type" => "The grant type is not supported",
            _ => "The request lacks a parameter",
        };
        Self::new(400, code, text)
    }

    pub(super) fn no_object() -> Self {
        Self::new(404, "object_not_found", "There is no such object")
    }

    pub(super) fn missing_data(name: &str) -> Self {
        Self::new(406, "invalid_data", format!("The argument {name} is missing"))
    }

    pub(super) fn rate_limit_reached(calls: usize, seconds: u64) -> Self {
        Self::new(429, "rate_limit_reached", format!("{calls} calls within {seconds} s are too many"))
    }

    pub(super) fn rate_limit_timeout(left: f64) -> Self {
        Self::new(429, "rate_limit_timeout", format!("Too many calls before; wait {left:.2} s"))
    }

    pub(super) fn internal(text: impl AsRef<str>) -> Self {
        Self::new(500, "internal_server", text)
    }

    /// Django's own words for a body that is no JSON.
    pub(super) fn parse_error(text: &str) -> Self {
        Self { status: 400, body: Body::Json(json!({ "detail": format!("JSON parse error - {text}") })) }
    }

    pub(super) fn method(method: &str) -> Self {
        Self { status: 405, body: Body::Json(json!({ "detail": format!("Method '{method}' not allowed.") })) }
    }

    /// The same for the two pages that are no part of the framework's views.
    pub(super) fn plain_method() -> Self {
        Self { status: 405, body: Body::Empty }
    }

    /// Django's own page.
    pub(super) fn no_page(path: &str) -> Self {
        let shown = path.replace('&', "&amp;").replace('<', "&lt;");
        let text = format!("<h1>Not Found</h1><p>The requested URL {shown} was not found on this server.</p>");
        Self { status: 404, body: Body::Html(text) }
    }
}
