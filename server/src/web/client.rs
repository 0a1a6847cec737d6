//! Where a request comes from: the socket's other end, or what a proxy says that the configuration trusts.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use super::Web;
use crate::config::Networks;

/// More of what a browser says of itself is not kept.
const LONGEST_AGENT: usize = 300;

/// Who knocks: shown to whoever is logged in with it, among their sessions.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub address: IpAddr,
    /// What the browser says of itself.
    pub agent: String,
}

impl Visitor {
    /// Of a request.
    pub fn of(headers: &HeaderMap, extensions: &Extensions, web: &Web) -> Self {
        let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            address: address(headers, extensions, &web.config.trusted_proxies),
            agent: agent.chars().take(LONGEST_AGENT).collect(),
        }
    }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.extensions, web))
    }
}

/// The client's address.
///
/// `X-Forwarded-For` grows to the right, so it is read from there, up to the first address that is no trusted proxy:
/// what stands left of that was written by the client itself.
pub fn address(headers: &HeaderMap, extensions: &Extensions, trusted: &Networks) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let mut nearest = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    for hop in forwarded(headers).into_iter().rev() {
        if !trusted.contain(nearest) {
            break;
        }
        let Some(hop) = hop else { break };
        nearest = hop;
    }
    nearest
}

fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = headers.get_all("x-forwarded-for").iter();
    let texts = values.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    texts.map(|text| text.trim().parse().ok().map(|address: IpAddr| address.to_canonical())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(peer: &str, forwarded: &str, expected: &str) {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let trusted = Networks::parse("10.0.0.0/8").unwrap();
        assert_eq!(address(&headers, &extensions, &trusted), expected.parse::<IpAddr>().unwrap());
    }

    #[test]
    fn a_client_cannot_choose_its_own_address() {
        check("192.0.2.1", "198.51.100.9", "192.0.2.1");
        check("10.0.0.1", "203.0.113.5, 192.0.2.1", "192.0.2.1");
        check("10.0.0.1", "203.0.113.5, 192.0.2.1, 10.0.0.2", "192.0.2.1");
        check("10.0.0.1", "not an address", "10.0.0.1");
    }
}
