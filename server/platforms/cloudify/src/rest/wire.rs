//! One request: knows HTTP and the headers of 2.1.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use remote::Secret;
use remote::http::{Fingerprint, Http, HttpError, HttpOptions, HttpRequest, Method, Trust};

use super::Of;
use crate::CloudifyError;

/// A page of node instances carries what every instance keeps: certificates, keys, lists of files.
const LARGEST_ANSWER: usize = 64 << 20;

/// A client for one manager.
pub(super) struct Wire {
    pub(super) http: Http,
    base: String,
}

impl Wire {
    pub(super) fn new(which: &str, endpoint: &str, certificate: Option<&str>) -> Result<Self, CloudifyError> {
        let about = |error: HttpError| CloudifyError::Setting {
            field: format!("{which}.certificate_sha256"),
            problem: error.to_string(),
        };
        let trust = match certificate {
            None => Trust::Public,
            Some(text) => Trust::Pinned(vec![Fingerprint::parse(text).map_err(about)?]),
        };
        let connect_timeout = Duration::from_secs(5);
        let options = HttpOptions { trust, connect_timeout, max_bytes: LARGEST_ANSWER, ..HttpOptions::default() };
        Ok(Self { http: Http::new(&options).map_err(about)?, base: base(which, endpoint)? })
    }

    /// The tenant is always a header; a password travels in one, too, where no access log keeps it.
    pub(super) fn get(&self, path: &str, basic: &Secret, of: Of<'_>) -> HttpRequest {
        self.request(Method::Get, path, basic, of)
    }

    /// The same with another verb.
    pub(super) fn request(&self, method: Method, path: &str, basic: &Secret, of: Of<'_>) -> HttpRequest {
        let request = HttpRequest::new(method, format!("{}{path}", self.base))
            .header("accept", "application/json")
            .header("authorization", format!("Basic {}", basic.expose()));
        // What only reads does no harm in maintenance mode; from 7.0 on an admin may (2.1).
        let request = match method {
            Method::Get => request.header("x-bypass-maintenance", "true"),
            _ => request,
        };
        match of {
            Of::Manager => request,
            Of::Tenant(tenant) => request.header("tenant", tenant.as_str()),
        }
    }
}

/// The standard alphabet: managers of all releases take it (2.1).
pub(super) fn basic(user: &str, password: &Secret) -> Secret {
    Secret::new(STANDARD.encode(format!("{user}:{}", password.expose())))
}

/// The endpoint as people write it, with one slash at its end; somebody may have copied a path of the API with it.
fn base(which: &str, endpoint: &str) -> Result<String, CloudifyError> {
    let is_http = endpoint.starts_with("http://") || endpoint.starts_with("https://");
    if !is_http || endpoint.contains(['?', '#', '@', ' ']) || model::environment::machine_of(endpoint).is_none() {
        let problem = format!("{endpoint:?} is not an address such as http://10.0.0.5");
        return Err(CloudifyError::Setting { field: format!("{which}.endpoint"), problem });
    }
    let plain = endpoint.trim_end_matches('/');
    let plain = match plain.rsplit_once("/api") {
        Some((before, rest)) if rest.is_empty() || rest.starts_with("/v") => before,
        _ => plain,
    };
    Ok(format!("{plain}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_or_a_fingerprint_that_cannot_be_used_is_named() {
        let field = |endpoint: &str, certificate: Option<&str>| match Wire::new("old", endpoint, certificate) {
            Err(CloudifyError::Setting { field, .. }) => field,
            Err(other) => panic!("{other:?}"),
            Ok(_) => "none".to_owned(),
        };
        for bad in ["10.0.0.5", "http://u:p@10.0.0.5", "http://10.0.0.5/?x", "http://", "ftp://10.0.0.5"] {
            assert_eq!(field(bad, None), "old.endpoint", "{bad}");
        }
        assert_eq!(field("https://10.0.0.5", Some("ab:cd")), "old.certificate_sha256");
    }

    #[test]
    fn what_was_copied_with_a_path_of_the_api_is_the_same_address() {
        for same in ["http://10.0.0.5", "http://10.0.0.5/", "http://10.0.0.5/api/v3.1", "http://10.0.0.5/api/"] {
            assert_eq!(base("old", same).unwrap(), "http://10.0.0.5/");
        }
        assert_eq!(base("old", "https://cfy.example:8443/x").unwrap(), "https://cfy.example:8443/x/");
    }

    #[test]
    fn a_request_shows_neither_its_query_nor_its_login() {
        let wire = Wire::new("old", "http://10.0.0.5", None).unwrap();
        let basic = basic("admin", &Secret::new("s3cret".to_owned()));
        assert_eq!(basic.expose(), "YWRtaW46czNjcmV0");
        let request = wire.get("api/v3.1/executions?x=y", &basic, Of::Manager);
        assert_eq!(format!("{request:?}"), "Get http://10.0.0.5/api/v3.1/executions");
    }
}
