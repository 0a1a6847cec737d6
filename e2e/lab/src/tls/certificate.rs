//! Certificates that servers made for themselves.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

/// How long those of Open vStorage are good for; nobody here asks about longer ones.
const LIFETIME: Duration = Duration::days(356);

/// A certificate, ready to be shown.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) tls: Arc<ServerConfig>,
    /// SHA-256, as `openssl x509 -fingerprint` prints it.
    pub(crate) fingerprint: String,
    /// As it lies on a disk.
    pub(crate) pem: String,
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
    /// Makes one of this name for these addresses. An expired one ran out yesterday.
    pub(crate) fn make(name: &str, addresses: &[IpAddr], is_expired: bool) -> Result<Self, CertificateError> {
        let names: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
        let age = if is_expired { LIFETIME + Duration::DAY } else { Duration::DAY };
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = OffsetDateTime::now_utc() - age;
        params.not_after = params.not_before + LIFETIME;
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.der().clone();
        let pem = pem(&certificate);
        let fingerprint = fingerprint(&certificate);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        Ok(Self { tls: Arc::new(tls), fingerprint, pem })
    }
}

fn fingerprint(certificate: &[u8]) -> String {
    let pairs: Vec<String> = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let lines: String = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line) + "\n").collect();
    format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
}
