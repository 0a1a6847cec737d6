//! One request and its answer over HTTP: knows nothing of CloudStack.

use std::time::Duration;

use model::time::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::CloudStackError;

/// Long enough for a slow list, short enough for somebody who waits at a page.
const TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

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
    client: reqwest::Client,
    endpoint: String,
}

impl Wire {
    pub(crate) fn new(endpoint: &str, certificate_sha256: Option<&str>) -> Result<Self, CloudStackError> {
        let problem = |problem: String| CloudStackError::Setting { field: "endpoint", problem };
        if certificate_sha256.is_some() {
            return Err(problem("a pinned certificate cannot be checked yet".to_owned()));
        }
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            // A kept connection may be closed by a server that restarts; what was written to it then would be neither
            // sent nor not sent.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| problem(error.to_string()))?;
        Ok(Self { client, endpoint: endpoint.to_owned() })
    }

    /// Sends a form. Keys and signatures travel in the body, where no access log keeps them.
    pub(crate) async fn post(&self, form: String) -> Result<Exchange, WireError> {
        let request = self.client.post(&self.endpoint).header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(form).send().await.map_err(|error| told(&error))?;
        let status = response.status().as_u16();
        let date = response.headers().get("date").and_then(|date| date.to_str().ok()).and_then(http_date);
        let body = response.bytes().await.map_err(|error| WireError::MaybeSent(chain(&error)))?;
        Ok(Exchange { status, server_time: date, body: body.to_vec() })
    }
}

fn told(error: &reqwest::Error) -> WireError {
    if error.is_connect() || error.is_builder() {
        WireError::NotSent(chain(error))
    } else {
        WireError::MaybeSent(chain(error))
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

/// `Sat, 31 Jan 2026 12:00:00 GMT`.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    OffsetDateTime::parse(text, &Rfc2822).ok().map(|at| Timestamp(at.unix_timestamp().saturating_mul(1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_header_is_read() {
        assert_eq!(http_date("Sat, 31 Jan 2026 12:00:00 GMT"), Some(Timestamp(1_769_860_800_000)));
        assert_eq!(http_date("now"), None);
    }
}
