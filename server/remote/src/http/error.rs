//! Why a request failed, with the one distinction that matters afterwards: may the other side
//! have acted on it?

use std::time::Duration;

/// A failed request. Addresses are shown without their query, which may carry credentials.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nothing reached the other side: it is safe to send again.
    #[error("cannot connect to {address}: {said}")]
    NotSent { address: String, said: String },
    /// The other side is not the one we trust. Nothing was sent.
    #[error("{address} is not trusted: {said}")]
    Tls { address: String, said: String },
    /// The request may have been received and acted upon: look before you send it again.
    #[error("no complete answer from {address}, which may have acted on the request: {said}")]
    MaybeSent { address: String, said: String },
    /// The answer was longer than allowed. The other side has acted on the request.
    #[error("the answer of {address} is longer than {limit} bytes")]
    TooLarge { address: String, limit: usize },
    /// The request could not even be written down. Nothing was sent.
    #[error("cannot ask {address}: {said}")]
    Invalid { address: String, said: String },
}

impl HttpError {
    /// Whether the other side may have acted on the request.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::NotSent { .. } | Self::Tls { .. } | Self::Invalid { .. } => false,
            Self::MaybeSent { .. } | Self::TooLarge { .. } => true,
        }
    }

    /// Whether the same request may well work in a minute.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NotSent { .. } | Self::MaybeSent { .. } => true,
            Self::Tls { .. } | Self::TooLarge { .. } | Self::Invalid { .. } => false,
        }
    }

    pub(super) fn timed_out(address: &str, after: Duration) -> Self {
        Self::MaybeSent { address: address.to_owned(), said: format!("no complete answer within {after:?}") }
    }

    /// What `reqwest` reports before or while an answer is awaited.
    pub(super) fn from_reqwest(address: &str, error: reqwest::Error) -> Self {
        let error = error.without_url();
        let (address, said) = (address.to_owned(), chain(&error));
        if error.is_builder() {
            return Self::Invalid { address, said };
        }
        if is_tls(&error) {
            return Self::Tls { address, said };
        }
        // Resolving, connecting and the handshake all come before the first byte of a request.
        if error.is_connect() {
            return Self::NotSent { address, said };
        }
        Self::MaybeSent { address, said }
    }
}

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    let first: &'a (dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |error| (*error).source())
}

/// A refused certificate; a link that breaks during the handshake is not one.
fn is_tls(error: &reqwest::Error) -> bool {
    error.is_connect() && causes(error).any(find_rustls)
}

/// `io::Error` hides what it carries from the chain of causes, and there may be one in another.
fn find_rustls(cause: &(dyn std::error::Error + 'static)) -> bool {
    let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    cause.is::<rustls::Error>() || inner.is_some_and(|inner| find_rustls(inner))
}

/// The message and its causes, each once.
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = cause.to_string();
        if !parts.last().is_some_and(|last| last.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}
