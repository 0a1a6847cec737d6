//! What the pages of notifications show.

use serde::{Deserialize, Serialize};

use super::{NotificationSettings, NotificationTarget};
use crate::id::EnvironmentId;
use crate::people::{Person, SecondFactor};
use crate::time::Timestamp;

/// What admins see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationsView {
    /// Targets of admins and of people, with how each stands.
    pub targets: Vec<TargetState>,
    /// Environments a target can be for, by name.
    pub environments: Vec<(EnvironmentId, String)>,
    /// What holds for all.
    pub settings: NotificationSettings,
}

/// A target, and what became of what it was to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetState {
    /// Which.
    pub target: NotificationTarget,
    /// Name of the environment or the login name of the person it belongs to; empty for one of all environments.
    pub of_name: String,
    /// When it took the last message.
    pub delivered: Option<Timestamp>,
    /// How many messages it has taken.
    pub delivered_count: i64,
    /// How many wait.
    pub waiting: i64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Timestamp>,
    /// Why, if one was tried.
    pub failing: Option<Failure>,
    /// What became of the last test message.
    pub tested: Option<Tested>,
    /// How many were given up, and the last of them with why.
    pub given_up: i64,
    /// See `given_up`.
    pub given_up_last: Option<Failure>,
}

/// What became of a test message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// When it was sent.
    pub at: Timestamp,
    /// Whether it was taken.
    pub taken: bool,
    /// What the other side said, or why it was not taken.
    pub said: String,
}

/// Why a message did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Since when; of one that was given up: when.
    pub since: Timestamp,
    /// In words.
    pub why: String,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried again.
    pub next: Option<Timestamp>,
}

/// What a person sees of their own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// Who.
    pub person: Person,
    /// Where they sign in, if that is at a provider: then there is no password here.
    pub issuer: Option<String>,
    /// What is shown besides the password.
    pub second_factor: SecondFactor,
    /// Where this person is told, if anywhere.
    pub own: Option<TargetState>,
    /// Whether an admin has named a server for mail.
    pub has_mail: bool,
}
