//! Where notifications go.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Occasion;
use crate::id::{EnvironmentId, PersonId, TargetId};
use crate::secret::SecretRef;

/// A place that is told of some occasions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationTarget {
    /// Never reused.
    pub id: TargetId,
    /// Whose it is.
    pub of: TargetOf,
    /// How it is reached.
    pub channel: Channel,
    /// What it is told of.
    pub occasions: BTreeSet<Occasion>,
}

impl NotificationTarget {
    /// Whether it is to be told of such a thing in that environment, when it concerns these people.
    #[must_use]
    pub fn wants(&self, occasion: Occasion, environment: &EnvironmentId, people: &BTreeSet<PersonId>) -> bool {
        let concerns = match &self.of {
            TargetOf::Everywhere => true,
            TargetOf::Environment(id) => id == environment,
            TargetOf::Person(id) => people.contains(id),
        };
        concerns && self.occasions.contains(&occasion)
    }
}

/// Whose a target is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of", content = "id")]
pub enum TargetOf {
    /// An admin's, for all environments.
    Everywhere,
    /// An admin's, for one environment.
    Environment(EnvironmentId),
    /// A person's own: told of what concerns this person.
    Person(PersonId),
}

/// How a target is reached. The address of a webhook is a secret of its own: whoever knows it can post there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "channel")]
pub enum Channel {
    /// One address.
    Mail {
        /// Which.
        to: String,
    },
    /// A POST of JSON.
    Post {
        /// Where the whole address is.
        address: SecretRef,
        /// Scheme, host and port of it: what may be shown.
        shown: String,
        /// In whose words.
        format: Format,
    },
}

/// What is posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "format")]
pub enum Format {
    /// Our own JSON, signed.
    Signed {
        /// What it is signed with.
        key: SecretRef,
    },
    /// What Slack takes, and what is compatible with it.
    Slack,
    /// What a workflow of Microsoft Teams takes.
    Teams,
}

impl fmt::Display for Channel {
    /// Nothing secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mail { to } => write!(f, "mail to {to}"),
            Self::Post { shown, format: Format::Signed { .. }, .. } => write!(f, "webhook {shown}"),
            Self::Post { shown, format: Format::Slack, .. } => write!(f, "Slack at {shown}"),
            Self::Post { shown, format: Format::Teams, .. } => write!(f, "Teams at {shown}"),
        }
    }
}

/// What holds for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSettings {
    /// Through which mails go; `None`: none are sent.
    pub mail: Option<MailServer>,
    /// After so many minutes a wait for people is too long.
    pub waiting_minutes: u32,
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self { mail: None, waiting_minutes: 60 }
    }
}

/// A server that takes mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    /// Name or address.
    pub host: String,
    /// 587, 465 or 25 as a rule.
    pub port: u16,
    /// See [`MailSecurity`].
    pub security: MailSecurity,
    /// Empty: it is not logged in.
    pub user: String,
    /// What it is logged in with.
    pub password: Option<SecretRef>,
    /// The sender's address.
    pub from: String,
    /// The authorities in this PEM file, and no others. Empty: those that browsers trust.
    pub ca_file: String,
}

/// How the way to a mail server is kept secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// TLS once it has said hello; without it nothing is sent.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a relay on the same machine.
    None,
}

impl MailSecurity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::StartTls, Self::Tls, Self::None];

    /// The word for it in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::StartTls => "start_tls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }
}
