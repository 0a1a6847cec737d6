//! HTTP for the clients of the platforms.
//!
//! Nothing is sent twice behind the caller's back: no redirect is followed, no request repeated,
//! no idle connection reused (a request that meets one just being closed might have arrived or
//! not). [`Http::get_with_retry`] repeats, for what only reads.

mod error;
mod retry;
mod tls;
mod transfer;

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

pub use error::HttpError;
pub use retry::Retry;
pub use tls::{Fingerprint, Trust};
pub use transfer::{Download, Moved};

use crate::Secret;

/// How a platform's interface is asked.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    pub connect_timeout: Duration,
    /// For one request, from connecting to the end of the answer.
    pub timeout: Duration,
    /// Of one answer.
    pub max_bytes: usize,
    pub trust: Trust,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            max_bytes: 16 << 20,
            trust: Trust::default(),
        }
    }
}

/// The verbs in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// A request. `Debug` shows neither its query nor its headers nor its body.
#[derive(Clone)]
pub struct HttpRequest {
    method: Method,
    url: String,
    headers: Vec<(String, Secret)>,
    body: Vec<u8>,
}

impl HttpRequest {
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url)
    }

    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::Post, url)
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), Secret::new(value)));
        self
    }

    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// Scheme, host and path: what may be shown.
    fn address(&self) -> String {
        let shown = self.url.split(['?', '#']).next().unwrap_or_default();
        // A user name and password before the host are not shown either.
        match (shown.split_once("://"), shown.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => shown.to_owned(),
        }
    }
}

impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.method, self.address())
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    pub status: u16,
    headers: HeaderMap,
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The server's clock in milliseconds since 1970, from its `Date` header.
    pub fn date_unix_ms(&self) -> Option<i64> {
        http_date(self.header("date")?)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Milliseconds since 1970 of a date as HTTP writes it.
fn http_date(text: &str) -> Option<i64> {
    let date = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    i64::try_from(date.unix_timestamp_nanos() / 1_000_000).ok()
}

/// Asks one kind of server. Clones share their settings.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    max_bytes: usize,
    timeout: Duration,
}

impl Http {
    pub fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        let builder = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // Management servers are next door; what a proxy in the environment would do with a
            // request is not known.
            .no_proxy();
        let client = tls::apply(builder, &options.trust)?
            .build()
            .map_err(|error| HttpError::from_reqwest("a platform's interface", error))?;
        Ok(Self { client, max_bytes: options.max_bytes, timeout: options.timeout })
    }

    /// Sends a request once. Any status is an answer.
    pub async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
        let address = request.address();
        let sending = self.send_untimed(request, &address);
        let answer = tokio::time::timeout(self.timeout, sending).await;
        answer.unwrap_or_else(|_| Err(HttpError::timed_out(&address, self.timeout)))
    }

    async fn send_untimed(&self, request: &HttpRequest, address: &str) -> Result<HttpResponse, HttpError> {
        let failed = |error| HttpError::from_reqwest(address, error);
        let built = self.client.request(method(request.method), &request.url).headers(headers(request, address)?);
        let mut answer = built.body(request.body.clone()).send().await.map_err(failed)?;
        let mut body = Vec::new();
        // `Content-Length` is only a promise: the bytes are counted as they come.
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            if body.len() + piece.len() > self.max_bytes {
                return Err(HttpError::TooLarge { address: address.to_owned(), limit: self.max_bytes });
            }
            body.extend_from_slice(&piece);
        }
        Ok(HttpResponse { status: answer.status().as_u16(), headers: answer.headers().clone(), body })
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn headers(request: &HttpRequest, address: &str) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let invalid =
            || HttpError::Invalid { address: address.to_owned(), said: format!("the header {name:?} is malformed") };
        let name = HeaderName::try_from(name.as_str()).map_err(|_| invalid())?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| invalid())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let request = HttpRequest::get("https://u:pw@cs.example:8443/client/api?apikey=K&signature=S")
            .header("authorization", "Basic abc");
        assert_eq!(format!("{request:?}"), "Get https://cs.example:8443/client/api");
    }

    #[test]
    fn the_date_of_a_server_is_read() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(http_date("yesterday"), None);
    }
}
