//! How browsers reach this server: what links, cookies and the origin check go by.

use std::fmt;
use std::net::SocketAddr;

/// Scheme, host and port; never a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// An operator said so: no other origin is taken.
    Configured,
    /// Guessed from the address we listen on; people may well use another name for it.
    Guessed,
}

impl PublicUrl {
    /// Reads `http://host[:port]` or `https://host[:port]`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let origin = text.trim_end_matches('/').to_ascii_lowercase();
        let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let host = rest.ok_or_else(|| format!("{text:?} does not begin with http:// or https://"))?;
        if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte)) {
            return Err(format!("{text:?} needs a host and nothing behind it"));
        }
        let origin = without_default_port(&origin).to_owned();
        Ok(Self { origin, how: How::Configured })
    }

    /// What to assume when nobody said how browsers reach us.
    #[must_use]
    pub fn of(listen: SocketAddr) -> Self {
        let host =
            if listen.ip().is_unspecified() { format!("localhost:{}", listen.port()) } else { listen.to_string() };
        Self { origin: format!("http://{host}"), how: How::Guessed }
    }

    /// The same with the address that was really bound, where it had to be guessed: the port may have been 0.
    #[must_use]
    pub fn bound_to(self, listen: SocketAddr) -> Self {
        match self.how {
            How::Configured => self,
            How::Guessed => Self::of(listen),
        }
    }

    /// Whether browsers come over https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Whether a request that names this `Origin`, and came to this `Host`, comes from our own pages.
    #[must_use]
    pub fn is_own_origin(&self, origin: &str, host: Option<&str>) -> bool {
        match self.how {
            How::Configured => origin.eq_ignore_ascii_case(&self.origin),
            How::Guessed => {
                let named = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
                named.zip(host).is_some_and(|(named, host)| named.eq_ignore_ascii_case(host))
            }
        }
    }
}

/// Browsers leave the usual port out of `Origin`.
fn without_default_port(origin: &str) -> &str {
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(port).unwrap_or(origin)
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}
