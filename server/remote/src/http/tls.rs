//! Whom an HTTPS connection trusts.
//!
//! The management servers of these platforms usually show a certificate they signed themselves.
//! An admin looks at its fingerprint once and pins it, as with an ssh host key; checking is never
//! switched off.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use webpki_roots::TLS_SERVER_ROOTS;

use super::error::HttpError;

/// Whom to trust.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// The authorities that browsers trust.
    #[default]
    Public,
    /// The authorities in this PEM file, and no others.
    CaFile(PathBuf),
    /// Servers that show exactly one of these certificates.
    Pinned(Vec<Fingerprint>),
}

/// The SHA-256 of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Reads 64 hexadecimal digits, with or without colons, as `openssl x509 -fingerprint` prints them.
    pub fn parse(text: &str) -> Result<Self, HttpError> {
        let digits: String = text.trim().chars().filter(|c| *c != ':').collect();
        let mut bytes = [0; 32];
        match hex::decode_to_slice(&digits, &mut bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(_) => Err(HttpError::Invalid {
                address: "a pinned certificate".to_owned(),
                said: format!("{text:?} is not a SHA-256 fingerprint of 64 hexadecimal digits"),
            }),
        }
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pairs: Vec<String> = self.0.iter().map(|byte| format!("{byte:02X}")).collect();
        f.write_str(&pairs.join(":"))
    }
}

/// Adds the trust to a client that is being made.
pub(super) fn apply(builder: reqwest::ClientBuilder, trust: &Trust) -> Result<reqwest::ClientBuilder, HttpError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let accepted = match trust {
        Trust::Public => vouched_for(RootCertStore { roots: TLS_SERVER_ROOTS.to_vec() }, &provider)?,
        Trust::CaFile(path) => vouched_for(authorities(path)?, &provider)?,
        Trust::Pinned(fingerprints) => Accepted::Pinned(fingerprints.clone()),
    };
    let is_pinned = matches!(accepted, Accepted::Pinned(_));
    let verifier = Arc::new(Verifier { accepted, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Invalid { address: "HTTPS".to_owned(), said: error.to_string() })?;
    let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    // What is pinned is a platform's own web server: those know nothing newer than HTTP/1.1.
    if !is_pinned {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    }
    Ok(builder.use_preconfigured_tls(config))
}

fn authorities(path: &Path) -> Result<RootCertStore, HttpError> {
    let invalid = |said: String| HttpError::Invalid { address: path.display().to_string(), said };
    let pem = std::fs::read(path).map_err(|error| invalid(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| invalid(error.to_string()))?;
        roots.add(certificate).map_err(|error| invalid(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(invalid("there is no certificate in it".to_owned()));
    }
    Ok(roots)
}

fn vouched_for(roots: RootCertStore, provider: &Arc<CryptoProvider>) -> Result<Accepted, HttpError> {
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    let invalid = |said: String| HttpError::Invalid { address: "the authorities that are trusted".to_owned(), said };
    inner.map(Accepted::VouchedFor).map_err(|error| invalid(error.to_string()))
}

/// Which certificates are accepted.
#[derive(Debug)]
enum Accepted {
    /// What an authority vouches for.
    VouchedFor(Arc<WebPkiServerVerifier>),
    /// Those that are known, whoever signed them and whatever name is in them.
    Pinned(Vec<Fingerprint>),
}

/// Names what it refuses, so that it can be compared and pinned. Who is accepted still has to prove that it has the key.
#[derive(Debug)]
struct Verifier {
    accepted: Accepted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = Fingerprint(Sha256::digest(certificate).into());
        let why = match &self.accepted {
            Accepted::VouchedFor(inner) => {
                match inner.verify_server_cert(certificate, intermediates, name, ocsp, now) {
                    Ok(verified) => return Ok(verified),
                    Err(error) => format!("{error}; it shows the certificate {shown}"),
                }
            }
            Accepted::Pinned(pinned) if pinned.contains(&shown) => return Ok(ServerCertVerified::assertion()),
            Accepted::Pinned(_) => format!("it shows the certificate {shown}, which is not pinned"),
        };
        Err(rustls::Error::General(format!("{why}; compare it on the server before you pin it")))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
