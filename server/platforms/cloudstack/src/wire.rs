//! One request and its answer: knows HTTP, and nothing of CloudStack.

use model::time::Timestamp;
use remote::http::{Fingerprint, Http, HttpError, HttpOptions, HttpRequest, Trust};

use crate::CloudStackError;

/// What came back.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) status: u16,
    /// The server's clock, from the `Date` header.
    pub(crate) server_time: Option<Timestamp>,
    pub(crate) body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    /// Nobody has seen the request.
    #[error("{0}")]
    NotSent(String),
    /// Somebody may have seen it.
    #[error("{0}")]
    MaybeSent(String),
}

/// A client for one endpoint.
#[derive(Debug)]
pub(crate) struct Wire {
    http: Http,
    endpoint: String,
}

impl Wire {
    pub(crate) fn new(endpoint: &str, certificate_sha256: Option<&str>) -> Result<Self, CloudStackError> {
        let about = |field: &'static str| {
            move |error: HttpError| CloudStackError::Setting { field, problem: error.to_string() }
        };
        let is_http = endpoint.starts_with("http://") || endpoint.starts_with("https://");
        if !is_http || endpoint.contains(['?', '#', '@', ' ']) {
            let problem = format!("{endpoint:?} is not an address such as https://cloud.example:8443/client/api");
            return Err(CloudStackError::Setting { field: "endpoint", problem });
        }
        let trust = match certificate_sha256 {
            Some(text) => Trust::Pinned(vec![Fingerprint::parse(text).map_err(about("certificate_sha256"))?]),
            None => Trust::Public,
        };
        let http = Http::new(&HttpOptions { trust, ..HttpOptions::default() }).map_err(about("endpoint"))?;
        Ok(Self { http, endpoint: endpoint.to_owned() })
    }

    /// Sends a form. Keys and signatures travel in the body, where no access log keeps them.
    pub(crate) async fn post(&self, form: String) -> Result<Exchange, WireError> {
        let request = HttpRequest::post(&self.endpoint).body("application/x-www-form-urlencoded", form);
        let answer = self.http.send(&request).await.map_err(|error| match error.may_have_acted() {
            true => WireError::MaybeSent(error.to_string()),
            false => WireError::NotSent(error.to_string()),
        })?;
        Ok(Exchange { status: answer.status, server_time: answer.date_unix_ms().map(Timestamp), body: answer.body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_or_a_fingerprint_that_cannot_be_used_is_named() {
        let field = |endpoint: &str, certificate: Option<&str>| match Wire::new(endpoint, certificate) {
            Err(CloudStackError::Setting { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        for bad in ["cloud.example", "https://u:p@cloud.example/client/api", "https://cloud.example/?command=x"] {
            assert_eq!(field(bad, None), "endpoint");
        }
        assert_eq!(field("https://cloud.example/client/api", Some("ab:cd")), "certificate_sha256");
        assert!(Wire::new("https://cloud.example/client/api", Some(&"ab".repeat(32))).is_ok());
    }
}
