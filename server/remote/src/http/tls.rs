//! Whom an HTTPS connection trusts.
//!
//! The management servers of these platforms usually show a certificate they signed themselves.
//! An admin looks at its fingerprint once and pins it, as with an ssh host key; checking is never
//! switched off.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use sha2::{Digest, Sha256};

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
    match trust {
        Trust::Public => Ok(builder),
        Trust::CaFile(path) => {
            let invalid = |said: String| HttpError::Invalid { address: path.display().to_string(), said };
            let pem = std::fs::read(path).map_err(|error| invalid(error.to_string()))?;
            let authorities =
                reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| invalid(error.to_string()))?;
            if authorities.is_empty() {
                return Err(invalid("there is no certificate in it".to_owned()));
            }
            let builder = builder.tls_built_in_root_certs(false);
            Ok(authorities.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate))
        }
        Trust::Pinned(fingerprints) => Ok(builder.use_preconfigured_tls(pinned(fingerprints)?)),
    }
}

fn pinned(fingerprints: &[Fingerprint]) -> Result<ClientConfig, HttpError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(PinnedCertificate { pinned: fingerprints.to_vec(), provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Invalid { address: "a pinned certificate".to_owned(), said: error.to_string() })?;
    Ok(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Accepts certificates that are known, whoever signed them and whatever name is in them. The server still has to
/// prove that it has the key.
#[derive(Debug)]
struct PinnedCertificate {
    pinned: Vec<Fingerprint>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedCertificate {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = Fingerprint(Sha256::digest(certificate).into());
        if self.pinned.contains(&shown) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General(format!(
            "it shows the certificate {shown}, which is not pinned; compare it on the server before you pin it"
        )))
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
