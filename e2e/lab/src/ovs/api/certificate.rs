//! The certificates the masters made for themselves (2.1).

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

/// How long the real ones are good for.
const LIFETIME: Duration = Duration::days(356);

/// A certificate, ready to be shown.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    pub(super) tls: Arc<ServerConfig>,
    /// SHA-256, as `openssl x509 -fingerprint` prints it.
    pub(super) fingerprint: String,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    #[error("cannot use the certificate")]
    Use(#[from] rustls::Error),
}

impl Certificate {
    /// Makes one for these addresses. An expired one ran out yesterday.
    pub(super) fn make(addresses: &[IpAddr], is_expired: bool) -> Result<Self, CertificateError> {
        let names: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
        let age = if is_expired { LIFETIME + Duration::DAY } else { Duration::DAY };
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "openvstorage");
        params.not_before = OffsetDateTime::now_utc() - age;
        params.not_after = params.not_before + LIFETIME;
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.der().clone();
        let fingerprint = fingerprint(&certificate);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        Ok(Self { tls: Arc::new(tls), fingerprint })
    }
}

fn fingerprint(certificate: &[u8]) -> String {
    let pairs: Vec<String> = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}
