//! One mail to a mail server, over SMTP.
//!
//! The conversation is held step by step, so that a failure says whether the server may have taken the mail: before its
//! text was sent it has not, and it is safe to send it again.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use lettre::message::{MultiPart, header};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail as MailCommand, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};

use crate::Secret;

/// How long the goodbye may take. The mail is taken by then.
const GOODBYE: Duration = Duration::from_secs(1);

/// A server that takes mail.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Name or address; also what its certificate has to say.
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    /// User and password.
    pub login: Option<(String, Secret)>,
    /// The authorities in this PEM file, and no others. `None`: those that browsers trust.
    pub ca_file: Option<PathBuf>,
    /// What it is greeted with: the name of this machine.
    pub hello: String,
    /// For the whole conversation.
    pub timeout: Duration,
}

/// How the way there is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    StartTls,
    Tls,
    None,
}

/// A mail. Plain text and HTML say the same.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
    /// Without angle brackets. The same for every try, so that a repeat can be recognised.
    pub message_id: &'a str,
    /// Further headers of its own, such as what it is about.
    pub about: (&'static str, &'a str),
    /// Milliseconds since 1970.
    pub at: i64,
}

/// Why a mail was not taken, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The mail or the server is described wrongly. Nothing was sent.
    #[error("{what} cannot be used: {said}")]
    Invalid { what: &'static str, said: String },
    /// The mail did not reach the server: it is safe to send it again.
    #[error("{server} cannot be reached: {said}")]
    NotSent { server: String, said: String },
    /// The server does not want it.
    #[error("{server} refused {what}: {said}")]
    Refused { server: String, what: &'static str, said: String },
    /// The mail was sent and nobody knows what became of it.
    #[error("{server} gave no answer to the mail, which it may have taken: {said}")]
    MaybeSent { server: String, said: String },
}

impl MailError {
    /// Whether the server may have taken the mail.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::MaybeSent { .. })
    }

    /// Whether another mail would most likely not be taken either.
    #[must_use]
    pub fn is_about_server(&self) -> bool {
        match self {
            Self::NotSent { .. } | Self::MaybeSent { .. } => true,
            Self::Invalid { .. } | Self::Refused { .. } => false,
        }
    }
}

/// Whether that is one address that mail can be sent to.
///
/// # Errors
/// Says what is wrong with it.
pub fn check_mail_address(text: &str) -> Result<(), String> {
    if !text.is_ascii() {
        return Err("only letters, digits and signs of ASCII are possible".to_owned());
    }
    text.parse::<Address>().map(drop).map_err(|error| error.to_string())
}

impl MailServer {
    /// Sends a mail once; what the server said when it took it.
    pub async fn send(&self, mail: &Mail<'_>) -> Result<String, MailError> {
        let letter = Letter::write(mail)?;
        let deadline = tokio::time::Instant::now() + self.timeout;
        let too_long = || format!("no answer within {} s", self.timeout.as_secs());
        let greeted = tokio::time::timeout_at(deadline, self.hand_in(&letter)).await;
        let mut connection = greeted.unwrap_or_else(|_| Err(self.not_sent(too_long())))?;
        // From here on it may be taken.
        let taken = tokio::time::timeout_at(deadline, connection.message(&letter.bytes)).await;
        let said = match taken {
            Ok(Ok(answer)) => format!("{} {}", answer.code(), answer.message().collect::<Vec<_>>().join(" ")),
            Ok(Err(error)) if is_refusal(&error) => return Err(self.refused("the mail", &error)),
            Ok(Err(error)) => return Err(self.maybe_sent(error.to_string())),
            Err(_) => return Err(self.maybe_sent(too_long())),
        };
        let _ = tokio::time::timeout(GOODBYE, connection.abort()).await;
        Ok(said)
    }

    /// Everything up to the moment at which the server waits for the text.
    async fn hand_in(&self, letter: &Letter) -> Result<AsyncSmtpConnection, MailError> {
        let hello = ClientId::Domain(self.hello.clone());
        let tls = match self.security {
            MailSecurity::None => None,
            MailSecurity::StartTls | MailSecurity::Tls => Some(self.tls()?),
        };
        let (first, upgrade) = if self.security == MailSecurity::Tls { (tls, None) } else { (None, tls) };
        let failed = |what: &'static str| {
            move |error: SmtpError| {
                if is_refusal(&error) { self.refused(what, &error) } else { self.not_sent(error.to_string()) }
            }
        };
        let server = (self.host.as_str(), self.port);
        let connected = AsyncSmtpConnection::connect_tokio1(server, Some(self.timeout), &hello, first, None).await;
        let mut connection = connected.map_err(failed("to talk"))?;
        if let Some(tls) = upgrade {
            connection.starttls(tls, &hello).await.map_err(failed("to encrypt"))?;
        }
        if let Some((user, password)) = &self.login {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, &credentials).await.map_err(failed("the login"))?;
        }
        let from = MailCommand::new(Some(letter.from.clone()), Vec::new());
        connection.command(from).await.map_err(failed("the sender"))?;
        connection.command(Rcpt::new(letter.to.clone(), Vec::new())).await.map_err(failed("the recipient"))?;
        connection.command(Data).await.map_err(failed("to take a mail"))?;
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, MailError> {
        let builder = TlsParametersBuilder::new(self.host.clone());
        let builder = match &self.ca_file {
            None => builder.certificate_store(CertificateStore::WebpkiRoots),
            Some(path) => {
                let invalid = |said: String| MailError::Invalid { what: "the file of authorities", said };
                let pem = std::fs::read(path).map_err(|error| invalid(error.to_string()))?;
                let authority = Certificate::from_pem(&pem).map_err(|error| invalid(error.to_string()))?;
                builder.certificate_store(CertificateStore::None).add_root_certificate(authority)
            }
        };
        builder.build_rustls().map_err(|error| MailError::Invalid { what: "TLS", said: error.to_string() })
    }

    fn not_sent(&self, said: String) -> MailError {
        MailError::NotSent { server: self.name(), said }
    }

    fn maybe_sent(&self, said: String) -> MailError {
        MailError::MaybeSent { server: self.name(), said }
    }

    fn refused(&self, what: &'static str, error: &SmtpError) -> MailError {
        MailError::Refused { server: self.name(), what, said: error.to_string() }
    }

    fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// It answered, and the answer was no.
fn is_refusal(error: &SmtpError) -> bool {
    error.is_transient() || error.is_permanent()
}

/// A mail as it goes out.
struct Letter {
    from: Address,
    to: Address,
    bytes: Vec<u8>,
}

impl Letter {
    fn write(mail: &Mail<'_>) -> Result<Self, MailError> {
        let address = |what: &'static str, text: &str| {
            text.parse::<Address>().map_err(|error| MailError::Invalid { what, said: error.to_string() })
        };
        let (from, to) = (address("the sender's address", mail.from)?, address("the address", mail.to)?);
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(mail.at).unwrap_or(0));
        let (name, value) = mail.about;
        let about = header::HeaderValue::new(header::HeaderName::new_from_ascii_str(name), one_line(value));
        let message = Message::builder()
            .from(from.clone().into())
            .to(to.clone().into())
            .subject(one_line(mail.subject))
            .message_id(Some(format!("<{}>", mail.message_id)))
            .date(at)
            .raw_header(about)
            // Nobody's absence notice is to come back (RFC 3834).
            .raw_header(header::HeaderValue::new(
                header::HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(mail.text.to_owned(), mail.html.to_owned()))
            .map_err(|error| MailError::Invalid { what: "the mail", said: error.to_string() })?;
        Ok(Self { from, to, bytes: message.formatted() })
    }
}

/// A line end would begin another header.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused_and_a_line_end_begins_no_header() {
        for wrong in ["", "ada", "ada@", "a b@example.org", "ada@example.org\r\nBcc: eve@example.org", "ä@example.org"]
        {
            assert!(check_mail_address(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(check_mail_address("ada@example.org"), Ok(()));
        let mail = Mail {
            from: "drydock@example.org",
            to: "ada@example.org",
            subject: "Failed\r\nBcc: eve@example.org",
            text: "text",
            html: "<p>text</p>",
            message_id: "run-1@drydock.example.org",
            about: ("Drydock-Event", "run-1\r\nBcc: eve@example.org"),
            at: 0,
        };
        let bytes = Letter::write(&mail).map(|letter| letter.bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(text.contains("Message-ID: <run-1@drydock.example.org>\r\n"), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
    }
}
