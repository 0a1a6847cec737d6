//! Addresses that something is posted to. Such an address often is its own password, so it is never shown.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use remote::http::{Http, HttpError, HttpOptions, Trust};

/// How long one of the audit log's may take.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// An address. Shown without what may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook(String);

/// A text that is no such address. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("https:// and http:// need a host, and no blanks")]
pub struct InvalidWebhook;

impl FromStr for Webhook {
    type Err = InvalidWebhook;

    fn from_str(text: &str) -> Result<Self, InvalidWebhook> {
        let webhook = Self(text.to_owned());
        let is_web = text.starts_with("https://") || text.starts_with("http://");
        let has_host = !webhook.to_string().ends_with("//") && !text.contains(char::is_whitespace);
        if is_web && has_host { Ok(webhook) } else { Err(InvalidWebhook) }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Webhook {
    /// Scheme, host and port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        write!(f, "{scheme}://{host}")
    }
}

impl Webhook {
    /// The whole of it, for asking it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A text of the other side without any part of the address that may be secret.
    pub fn hide_in(&self, text: &str) -> String {
        let shown = self.to_string();
        let parts = self.0.strip_prefix("https://").or_else(|| self.0.strip_prefix("http://")).unwrap_or(&self.0);
        let parts = parts.split(['/', '?', '#', '&', '=', '@', ':']);
        parts
            .filter(|part| part.len() >= 4 && !shown.contains(part))
            .fold(text.to_owned(), |text, part| text.replace(part, "…"))
    }
}

/// What they are asked with. Where there is a file of authorities, no others are trusted.
pub fn client(patience: Duration, ca_file: Option<&Path>) -> Result<Http, HttpError> {
    let trust = ca_file.map_or_else(Trust::default, |path| Trust::CaFile(path.to_owned()));
    Http::new(&HttpOptions { connect_timeout: patience / 2, timeout: patience, max_bytes: 1 << 20, trust })
}

/// What went wrong, without the address.
pub fn said(error: &HttpError) -> String {
    match error {
        HttpError::NotSent { said, .. } => format!("it cannot be reached: {said}"),
        HttpError::Tls { said, .. } => format!("it is not trusted: {said}"),
        HttpError::MaybeSent { said, .. } => format!("it gave no complete answer: {said}"),
        HttpError::TooLarge { limit, .. } => format!("its answer is longer than {limit} bytes"),
        HttpError::Invalid { said, .. } => format!("it cannot be asked: {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_of_an_address_is_shown_not_even_when_the_other_side_repeats_it() {
        let hook: Webhook = "https://me:pass@hooks.example:8443/services/T0KEN/B1B2?key=s3cret".parse().unwrap();
        assert_eq!(
            (hook.to_string(), format!("{hook:?}")),
            ("https://hooks.example:8443".into(), "https://hooks.example:8443".into())
        );
        let said = hook.hide_in("no /services/T0KEN/B1B2?key=s3cret here, me");
        for secret in ["T0KEN", "B1B2", "s3cret"] {
            assert!(!said.contains(secret), "{said}");
        }
        for wrong in ["", "ftp://host/x", "https://", "https://me@/x", "https://host/a b"] {
            assert_eq!(wrong.parse::<Webhook>(), Err(InvalidWebhook), "{wrong:?}");
        }
    }
}
