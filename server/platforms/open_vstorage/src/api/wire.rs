//! One request and its answer: knows HTTP, and nothing of Open vStorage.

use std::collections::BTreeSet;
use std::time::Duration;

use remote::Secret;
use remote::http::{Fingerprint, Http, HttpError, HttpOptions, HttpRequest, HttpResponse, Trust};

use crate::OvsError;

/// A client for the masters of one cluster.
#[derive(Debug)]
pub(crate) struct Wire {
    http: Http,
}

impl Wire {
    pub(crate) fn new(certificates: &BTreeSet<String>) -> Result<Self, OvsError> {
        let about = |error: HttpError| OvsError::Setting { field: "certificate_sha256", problem: error.to_string() };
        let pinned = certificates.iter().map(|text| Fingerprint::parse(text)).collect::<Result<Vec<_>, _>>();
        let trust = match pinned.map_err(about)? {
            none if none.is_empty() => Trust::Public,
            pinned => Trust::Pinned(pinned),
        };
        // A master that is down must not hold up a look: the others are asked then.
        let options = HttpOptions { trust, connect_timeout: Duration::from_secs(5), ..HttpOptions::default() };
        Ok(Self { http: Http::new(&options).map_err(about)? })
    }

    pub(crate) async fn get(&self, url: &str, token: Option<&Secret>) -> Result<HttpResponse, HttpError> {
        // `*` is the highest version each call allows (dossier 2.1).
        let request = HttpRequest::get(url).header("accept", "application/json; version=*");
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {}", token.expose())),
            None => request,
        };
        self.http.send(&request).await
    }

    /// Asks for a token. Id and secret travel in a header, where no access log keeps them.
    pub(crate) async fn login(&self, url: &str, basic: &Secret) -> Result<HttpResponse, HttpError> {
        let request = HttpRequest::post(url)
            .header("accept", "application/json; version=*")
            .header("authorization", format!("Basic {}", basic.expose()))
            .body("application/x-www-form-urlencoded", "grant_type=client_credentials");
        self.http.send(&request).await
    }
}

/// The endpoint as people write it, as the base of all paths: with one slash at the end.
pub(crate) fn base(endpoint: &str) -> Result<String, OvsError> {
    let is_http = endpoint.starts_with("http://") || endpoint.starts_with("https://");
    if !is_http || endpoint.contains(['?', '#', '@', ' ']) || host_of(endpoint).is_none() {
        let problem = format!("{endpoint:?} is not an address such as https://10.100.199.151/api/");
        return Err(OvsError::Setting { field: "endpoint", problem });
    }
    Ok(format!("{}/", endpoint.trim_end_matches('/')))
}

/// The same address on another host; IPv6 in brackets.
pub(crate) fn on_host(base: &str, ip: &str) -> Option<String> {
    let host = host_of(base)?;
    let ip = if ip.contains(':') { format!("[{ip}]") } else { ip.to_owned() };
    Some(base.replacen(host, &ip, 1))
}

/// `10.0.0.1` of `https://10.0.0.1:443/api/`, with its brackets if it has some.
pub(crate) fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let host = match authority.strip_prefix('[') {
        Some(inner) => &authority[..inner.find(']')? + 2],
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_or_a_fingerprint_that_cannot_be_used_is_named() {
        let field = |result: Result<(), OvsError>| match result {
            Err(OvsError::Setting { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        for bad in ["10.0.0.1", "https://u:p@10.0.0.1/api/", "https://10.0.0.1/api/?x", "https:///api"] {
            assert_eq!(field(base(bad).map(|_| ())), "endpoint");
        }
        assert_eq!(field(Wire::new(&["ab:cd".to_owned()].into()).map(|_| ())), "certificate_sha256");
        assert_eq!(base("https://10.0.0.1/api").unwrap(), "https://10.0.0.1/api/");
    }

    #[test]
    fn another_master_is_asked_under_the_same_port_and_path() {
        let other = |base: &str, ip: &str| on_host(base, ip).unwrap();
        assert_eq!(other("https://10.0.0.1:8443/api/", "10.0.0.2"), "https://10.0.0.2:8443/api/");
        assert_eq!(other("https://[fd00::1]:8443/api/", "fd00::2"), "https://[fd00::2]:8443/api/");
        assert_eq!(other("https://ovs.example/api/", "10.0.0.2"), "https://10.0.0.2/api/");
    }
}
