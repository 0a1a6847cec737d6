//! Mail over TLS: whom is trusted, and that nothing is said in clear where it must not be.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use remote::{Mail, MailError, MailSecurity, MailServer, Secret};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const MAIL: Mail<'static> = Mail {
    from: "drydock@example.org",
    to: "ada@example.org",
    subject: "Ärger",
    text: ".a line that begins with a dot",
    html: "<p>text</p>",
    message_id: "run-1@drydock.example.org",
    about: ("Drydock-Event", "run-1"),
    at: 0,
};

/// What a server does about TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offers {
    Tls,
    StartTls,
    Nothing,
}

struct Server {
    port: u16,
    /// Everything that was said to it, `TLS` where that began.
    heard: Arc<Mutex<Vec<String>>>,
    ca_file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start(offers: Offers) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, pem(certificate.der())).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let log = heard.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, log) = (acceptor.clone(), log.clone());
                tokio::spawn(async move {
                    if offers == Offers::Tls {
                        let Ok(stream) = acceptor.accept(stream).await else { return };
                        log.lock().unwrap().push("TLS".to_owned());
                        let _ = converse(BufReader::new(stream), &log, true, offers).await;
                        return;
                    }
                    let Some(stream) = converse(BufReader::new(stream), &log, true, offers).await else { return };
                    let Ok(stream) = acceptor.accept(stream.into_inner()).await else { return };
                    log.lock().unwrap().push("TLS".to_owned());
                    let _ = converse(BufReader::new(stream), &log, false, Offers::Nothing).await;
                });
            }
        });
        Self { port, heard, ca_file, _folder: folder }
    }

    fn as_seen(&self, security: MailSecurity, ca_file: Option<PathBuf>) -> MailServer {
        MailServer {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            security,
            login: Some(("ada".to_owned(), Secret::new("hunter2"))),
            ca_file,
            hello: "drydock.example.org".to_owned(),
            timeout: Duration::from_secs(20),
        }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn pem(certificate: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// Until the end, or until TLS is to begin: then the connection comes back.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: BufReader<S>,
    log: &Mutex<Vec<String>>,
    greets: bool,
    offers: Offers,
) -> Option<BufReader<S>> {
    if greets {
        stream.write_all(b"220 mail.test\r\n").await.ok()?;
    }
    let mut in_data = false;
    loop {
        stream.flush().await.ok()?;
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        log.lock().unwrap().push(line.trim_end().to_owned());
        let extensions = if offers == Offers::StartTls { "250-STARTTLS\r\n" } else { "" };
        let answer = match line.trim_end() {
            "." if in_data => {
                in_data = false;
                "250 taken".to_owned()
            }
            _ if in_data => continue,
            "STARTTLS" => {
                stream.write_all(b"220 go on\r\n").await.ok()?;
                stream.flush().await.ok()?;
                return Some(stream);
            }
            "DATA" => {
                in_data = true;
                "354 go on".to_owned()
            }
            hello if hello.starts_with("EHLO") => format!("250-mail.test\r\n{extensions}250 AUTH PLAIN"),
            login if login.starts_with("AUTH") => "235 welcome".to_owned(),
            _ => "250 ok".to_owned(),
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}

fn position(heard: &[String], begins: &str) -> usize {
    heard.iter().position(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("no {begins}: {heard:#?}"))
}

#[tokio::test]
async fn over_tls_and_after_starttls_the_login_and_the_mail_are_encrypted() {
    for (offers, security) in [(Offers::Tls, MailSecurity::Tls), (Offers::StartTls, MailSecurity::StartTls)] {
        let server = Server::start(offers).await;
        let said = server.as_seen(security, Some(server.ca_file.clone())).send(&MAIL).await.unwrap();
        assert!(said.contains("taken"), "{said}");
        let heard = server.heard();
        assert!(position(&heard, "TLS") < position(&heard, "AUTH PLAIN"), "{heard:#?}");
        assert!(position(&heard, "AUTH PLAIN") < position(&heard, "DATA"), "{heard:#?}");
        assert!(heard.contains(&"..a line that begins with a dot".to_owned()), "{heard:#?}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_trusted_and_nothing_is_said_to_it() {
    for (offers, security) in [(Offers::Tls, MailSecurity::Tls), (Offers::StartTls, MailSecurity::StartTls)] {
        let server = Server::start(offers).await;
        let refused = server.as_seen(security, None).send(&MAIL).await.unwrap_err();
        assert!(matches!(&refused, MailError::NotSent { .. }) && !refused.may_have_arrived(), "{refused}");
        let heard = server.heard();
        assert!(!heard.iter().any(|line| line.starts_with("AUTH") || line == "DATA"), "{heard:#?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_offer_encryption_gets_no_password() {
    let server = Server::start(Offers::Nothing).await;
    let refused = server.as_seen(MailSecurity::StartTls, None).send(&MAIL).await.unwrap_err();
    assert!(!refused.may_have_arrived(), "{refused}");
    let heard = server.heard();
    assert!(!heard.iter().any(|line| line.starts_with("AUTH") || line == "DATA"), "{heard:#?}");
}
