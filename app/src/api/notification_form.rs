//! The forms of notifications as they travel: what people have typed, not yet checked.

use model::notification::{Channel, Format, MailSecurity, NotificationSettings, NotificationTarget, TargetOf};
use serde::{Deserialize, Serialize};

use super::environment_form::{SecretField, SecretPlace};

/// A new target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetForm {
    /// Id of an environment; empty: all.
    pub of: String,
    pub channel: ChannelChoice,
    /// Addresses for mail, separated by commas or blanks: one target each.
    pub to: String,
    pub address: SecretField,
    pub key: SecretField,
}

impl TargetForm {
    /// The form as it has to be filled in to give this target; sealed secrets stay sealed.
    #[must_use]
    pub fn of(target: &NotificationTarget) -> Self {
        let of = match &target.of {
            TargetOf::Environment(id) => id.to_string(),
            TargetOf::Everywhere | TargetOf::Person(_) => String::new(),
        };
        match &target.channel {
            Channel::Mail { to } => Self { of, to: to.clone(), ..Self::new() },
            Channel::Post { address, format, .. } => {
                let (channel, key) = match format {
                    Format::Signed { key } => (ChannelChoice::Signed, SecretField::of(key)),
                    Format::Slack => (ChannelChoice::Slack, Self::new().key),
                    Format::Teams => (ChannelChoice::Teams, Self::new().key),
                };
                Self { of, channel, to: String::new(), address: SecretField::of(address), key }
            }
        }
    }

    /// Of a place that is new.
    #[must_use]
    pub fn new() -> Self {
        let sealed = SecretField { place: SecretPlace::Sealed, ..SecretField::default() };
        Self { address: sealed.clone(), key: sealed, ..Self::default() }
    }
}

/// How a target is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelChoice {
    #[default]
    Mail,
    Signed,
    Slack,
    Teams,
}

impl ChannelChoice {
    pub const ALL: [Self; 4] = [Self::Mail, Self::Signed, Self::Slack, Self::Teams];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Signed => "signed",
            Self::Slack => "slack",
            Self::Teams => "teams",
        }
    }

    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Mail => "Mail",
            Self::Signed => "Webhook, signed",
            Self::Slack => "Slack, or what takes its JSON",
            Self::Teams => "Microsoft Teams (a workflow)",
        }
    }
}

/// The server for mail, and what holds for all targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailForm {
    /// Empty: no mail is sent.
    pub host: String,
    pub port: String,
    pub security: MailSecurity,
    pub user: String,
    pub password: SecretField,
    pub from: String,
    pub ca_file: String,
    pub waiting_minutes: String,
}

impl Default for MailForm {
    fn default() -> Self {
        Self::of(&NotificationSettings::default())
    }
}

impl MailForm {
    /// The form as it has to be filled in to give these settings.
    #[must_use]
    pub fn of(settings: &NotificationSettings) -> Self {
        let waiting_minutes = settings.waiting_minutes.to_string();
        match &settings.mail {
            None => Self {
                host: String::new(),
                port: "587".to_owned(),
                security: MailSecurity::default(),
                user: String::new(),
                password: SecretField::default(),
                from: String::new(),
                ca_file: String::new(),
                waiting_minutes,
            },
            Some(server) => Self {
                host: server.host.clone(),
                port: server.port.to_string(),
                security: server.security,
                user: server.user.clone(),
                password: server.password.as_ref().map(SecretField::of).unwrap_or_default(),
                from: server.from.clone(),
                ca_file: server.ca_file.clone(),
                waiting_minutes,
            },
        }
    }
}
