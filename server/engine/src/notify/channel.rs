//! Brings one message to one target, once.

use model::notification::{Channel, Format, MailSecurity, MailServer, Notification, NotificationTarget};
use remote::http::{Http, HttpError, HttpRequest};
use remote::{Mail, MailError};

use super::message::{Message, signature};
use crate::error::chain;
use crate::store::notifications;
use crate::webhook::{self, Webhook};
use crate::{Engine, EngineError, Result};

/// How much of an answer is repeated.
const SAID: usize = 200;

/// Why a message did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// Nobody has said through which server mails go.
    #[error("no mail server is named: an admin can do so on the page Notifications")]
    NoMailServer,
    /// A secret cannot be read, or what stands there cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// The mail server did not take it.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The webhook did not.
    #[error("{}", webhook::said(.0))]
    Webhook(#[from] HttpError),
    /// The webhook said no.
    #[error("it answered with status {status}{said}")]
    Status { status: u16, said: String },
}

impl Undelivered {
    /// Whether the next message would most likely not arrive either.
    pub fn is_about_target(&self) -> bool {
        match self {
            Self::NoMailServer | Self::Unusable(_) | Self::Webhook(_) => true,
            Self::Mail(error) => error.is_about_server(),
            Self::Status { status, .. } => *status >= 500 || *status == 429,
        }
    }
}

impl From<EngineError> for Undelivered {
    fn from(error: EngineError) -> Self {
        Self::Unusable(chain(&error))
    }
}

impl Engine {
    /// Brings it there; what the other side said.
    pub(super) async fn deliver(
        &self,
        http: &Http,
        target: &NotificationTarget,
        told: &Notification,
    ) -> std::result::Result<String, Undelivered> {
        let drydock = self.0.post.drydock();
        let message = Message { told, drydock: drydock.as_deref() };
        match &target.channel {
            Channel::Mail { to } => self.mail(to, target, message).await,
            Channel::Post { address, format, .. } => {
                let webhook = self.webhook(address).await?;
                let id = told.id.as_str();
                let request = HttpRequest::post(webhook.expose());
                let request = match format {
                    Format::Signed { key } => {
                        let key = self.secret("key", key).await?;
                        let (body, at) = (message.own().to_string(), self.now().0 / 1000);
                        let signature = signature(key.expose(), id, at, &body);
                        request
                            .header("webhook-timestamp", at.to_string())
                            .header("webhook-signature", signature)
                            .body("application/json", body)
                    }
                    Format::Slack => request.body("application/json", message.slack().to_string()),
                    Format::Teams => request.body("application/json", message.teams().to_string()),
                };
                let request = request.header("webhook-id", id).header("idempotency-key", id);
                let answer = http.send(&request).await?;
                let said = webhook.hide_in(&first_line(&answer.text()));
                if answer.is_success() {
                    return Ok(format!("status {} {said}", answer.status).trim_end().to_owned());
                }
                let said = if said.is_empty() { said } else { format!(": {said}") };
                Err(Undelivered::Status { status: answer.status, said })
            }
        }
    }

    /// The address behind a reference.
    pub(super) async fn webhook(&self, address: &model::secret::SecretRef) -> Result<Webhook> {
        let address = self.secret("address", address).await?;
        address
            .expose()
            .parse()
            .map_err(|error: webhook::InvalidWebhook| crate::error::invalid("address", error.to_string()))
    }

    async fn mail(
        &self,
        to: &str,
        target: &NotificationTarget,
        message: Message<'_>,
    ) -> std::result::Result<String, Undelivered> {
        let settings = notifications::settings(self.store().reader()).await.map_err(Undelivered::from)?;
        let server = settings.mail.ok_or(Undelivered::NoMailServer)?;
        let told = message.told;
        let domain = host_of(message.drydock).or_else(|| server.from.rsplit_once('@').map(|(_, domain)| domain));
        let domain = domain.unwrap_or("drydock").to_owned();
        // Of one notification each recipient has a mail of their own, and one that is sent again is the same one.
        let message_id = format!("{}.{}@{domain}", told.id, target.id);
        let (subject, text, html) = (told.headline(), message.text(), message.html());
        let mail = Mail {
            from: &server.from,
            to,
            subject: &subject,
            text: &text,
            html: &html,
            message_id: &message_id,
            about: ("Drydock-Event", told.id.as_str()),
            at: told.at.0,
        };
        Ok(self.mail_server(&server, domain).await?.send(&mail).await?)
    }

    async fn mail_server(&self, server: &MailServer, hello: String) -> Result<remote::MailServer> {
        let login = match &server.password {
            Some(password) if !server.user.is_empty() => {
                Some((server.user.clone(), self.secret("password", password).await?))
            }
            Some(_) | None => None,
        };
        Ok(remote::MailServer {
            host: server.host.clone(),
            port: server.port,
            security: match server.security {
                MailSecurity::StartTls => remote::MailSecurity::StartTls,
                MailSecurity::Tls => remote::MailSecurity::Tls,
                MailSecurity::None => remote::MailSecurity::None,
            },
            login,
            ca_file: (!server.ca_file.is_empty()).then(|| server.ca_file.clone().into()),
            hello,
            timeout: self.0.pace.delivery.patience,
        })
    }
}

/// `drydock.example.org` of `https://drydock.example.org:8443`; nothing that needs brackets.
fn host_of(drydock: Option<&str>) -> Option<&str> {
    let (_, rest) = drydock?.split_once("://")?;
    let host = rest.split([':', '/']).next()?;
    let fits = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
    fits.then_some(host)
}

fn first_line(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().filter(|c| !c.is_control()).take(SAID).collect()
}
