//! Certificates (2.1).

use lab::ovs::api::{Certificates, Release};
use reqwest::tls::TlsInfo;
use sha2::{Digest as _, Sha256};

use crate::harness::{Site, site, site_with};

/// The certificate each master shows.
async fn shown(site: &Site) -> Vec<Vec<u8>> {
    let http = reqwest::Client::builder().danger_accept_invalid_certs(true).tls_info(true).no_proxy().build().unwrap();
    let mut all = Vec::new();
    for master in &site.masters {
        let response = http.get(site.api.url(*master)).send().await.unwrap();
        let info = response.extensions().get::<TlsInfo>().unwrap();
        all.push(info.peer_certificate().unwrap().to_owned());
    }
    all
}

fn fingerprint(certificate: &[u8]) -> String {
    Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn has_run_out(certificate: &[u8]) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("certificate.der");
    std::fs::write(&file, certificate).unwrap();
    let mut openssl = std::process::Command::new("openssl");
    let output =
        openssl.args(["x509", "-inform", "der", "-noout", "-checkend", "0", "-in"]).arg(&file).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains("will expire")
}

#[tokio::test]
async fn each_master_shows_a_certificate_of_its_own_whose_fingerprint_the_lab_tells() {
    let site = site(Release::V2_6_1).await;
    let certificates = shown(&site).await;
    for (master, certificate) in site.masters.iter().zip(&certificates) {
        assert_eq!(site.api.fingerprint(*master), Some(fingerprint(certificate).as_str()));
        assert!(!has_run_out(certificate));
    }
    assert_ne!(certificates[0], certificates[1]);
    site.api.stop().await;
}

#[tokio::test]
async fn the_masters_can_share_one_certificate() {
    let certificates = Certificates { shared: true, expired: false };
    let site = site_with(Release::V2_6_1, |config| config.certificates = certificates).await;
    let certificates = shown(&site).await;
    assert!(certificates.iter().all(|certificate| *certificate == certificates[0]));
    site.api.stop().await;
}

#[tokio::test]
async fn a_certificate_can_have_run_out() {
    let certificates = Certificates { shared: false, expired: true };
    let site = site_with(Release::V2_6_1, |config| config.certificates = certificates).await;
    for certificate in shown(&site).await {
        assert!(has_run_out(&certificate));
    }
    site.api.stop().await;
}

#[tokio::test]
async fn a_client_that_trusts_public_authorities_only_does_not_get_in() {
    let site = site(Release::V2_6_1).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let error = http.get(site.url("")).send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    site.api.stop().await;
}
