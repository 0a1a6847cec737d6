//! What people are told without looking at a page: on which occasions, where it goes, and what is said.
//!
//! A [`Notification`] holds no command, no output and no parameter of a plan: it leaves the house. What it is about stands
//! behind its link.

mod place;
mod view;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{EnvironmentId, NotificationId, RequestId, RunId};
use crate::procedure::Procedure;
use crate::time::Timestamp;

pub use place::{Channel, Format, MailSecurity, MailServer, NotificationSettings, NotificationTarget, TargetOf};
pub use view::{AccountView, Failure, NotificationsView, TargetState, Tested};

/// Why somebody is told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A request needs somebody to agree.
    ApprovalNeeded,
    /// A request or a run has waited for people longer than it should.
    WaitingTooLong,
    /// A run is over and did what it could.
    Finished,
    /// Something in a run failed: it waits for a decision, or it is over.
    Failed,
    /// The outcome of a step cannot be known.
    Unknown,
    /// What a run has opened cannot be closed.
    Alarm,
    /// Nobody is left who could approve a request.
    NobodyLeft,
    /// Somebody asks about a request, or answers.
    Question,
    /// Somebody is named in a comment.
    Mentioned,
    /// A run was started without its approvals.
    GlassBroken,
    /// The review of such a run is overdue.
    ReviewOverdue,
    /// Somebody is asked to be responsible for a run, or has become so.
    HandOver,
}

impl Occasion {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::ApprovalNeeded,
        Self::WaitingTooLong,
        Self::Finished,
        Self::Failed,
        Self::Unknown,
        Self::Alarm,
        Self::NobodyLeft,
        Self::Question,
        Self::Mentioned,
        Self::GlassBroken,
        Self::ReviewOverdue,
        Self::HandOver,
    ];

    /// The word for it in messages and the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ApprovalNeeded => "approval_needed",
            Self::WaitingTooLong => "waiting_too_long",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Alarm => "alarm",
            Self::NobodyLeft => "nobody_left",
            Self::Question => "question",
            Self::Mentioned => "mentioned",
            Self::GlassBroken => "glass_broken",
            Self::ReviewOverdue => "review_overdue",
            Self::HandOver => "hand_over",
        }
    }

    /// What a message begins with.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::ApprovalNeeded => "Approval needed",
            Self::WaitingTooLong => "Waiting for people",
            Self::Finished => "Finished",
            Self::Failed => "Failed",
            Self::Unknown => "Outcome unknown",
            Self::Alarm => "Something may still be open",
            Self::NobodyLeft => "Nobody is left to approve",
            Self::Question => "Question about a request",
            Self::Mentioned => "Named in a comment",
            Self::GlassBroken => "STARTED WITHOUT APPROVALS",
            Self::ReviewOverdue => "Review overdue",
            Self::HandOver => "Run handed over",
        }
    }

    /// When it comes, in one line.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ApprovalNeeded => "a request needs somebody to agree, or a run a second person",
            Self::WaitingTooLong => "a request or a run has waited for people too long",
            Self::Finished => "a run is over",
            Self::Failed => "a step failed, or a run ended so",
            Self::Unknown => "the outcome of a step cannot be known",
            Self::Alarm => "what a run has opened cannot be closed",
            Self::NobodyLeft => "the last person who could approve a request is gone",
            Self::Question => "somebody asks about a request, or answers",
            Self::Mentioned => "somebody is named in a comment",
            Self::GlassBroken => "a run was started without its approvals",
            Self::ReviewOverdue => "the review of a run that was started without approvals is missing",
            Self::HandOver => "a run is to be in other hands, or is",
        }
    }

    /// When it concerns a person.
    #[must_use]
    pub const fn concerns(self) -> &'static str {
        match self {
            Self::ApprovalNeeded => "if you can still give it",
            Self::WaitingTooLong => "if you can end it, or asked for it",
            Self::Finished => "if you asked for it, agreed to it or started it",
            Self::Failed | Self::Unknown | Self::Alarm => "the same, and if you are an operator",
            Self::NobodyLeft => "if you asked for it, or are an admin",
            Self::Question => "if you can answer it, or have asked it",
            Self::Mentioned => "if it is you",
            Self::GlassBroken | Self::ReviewOverdue => "if you asked for it, or are an approver or an operator",
            Self::HandOver => "if you are asked, or it was in your hands",
        }
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// A word that is no occasion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is nothing one could be told of")]
pub struct NoSuchOccasion(pub String);

impl FromStr for Occasion {
    type Err = NoSuchOccasion;

    fn from_str(word: &str) -> Result<Self, NoSuchOccasion> {
        let found = Self::ALL.into_iter().find(|occasion| occasion.word() == word);
        found.ok_or_else(|| NoSuchOccasion(word.to_owned()))
    }
}

/// Something that people are told, once each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Made from what happened: the same thing has the same id, whoever notices it and how often.
    pub id: NotificationId,
    /// Why.
    pub occasion: Occasion,
    /// When it happened.
    pub at: Timestamp,
    /// Where.
    pub environment: EnvironmentId,
    /// Name of the environment.
    pub environment_name: String,
    /// What is carried out, or was asked for.
    pub procedure: Procedure,
    /// What it is about.
    pub subject: Subject,
    /// Login name of who asked, or who started the run.
    pub by: String,
    /// What happened, in one sentence.
    pub says: String,
}

/// What a notification leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "subject", content = "id")]
pub enum Subject {
    /// A request.
    Request(RequestId),
    /// A run.
    Run(RunId),
}

impl Subject {
    /// Path of its page.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Request(id) => format!("/requests/{id}"),
            Self::Run(id) => format!("/runs/{id}"),
        }
    }
}

impl Notification {
    /// One line: what a mail has as its subject.
    #[must_use]
    pub fn headline(&self) -> String {
        format!("{}: {} on {}", self.occasion, self.procedure, self.environment_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occasion_is_found_by_its_word() {
        for occasion in Occasion::ALL {
            assert_eq!(occasion.word().parse(), Ok(occasion));
            assert_eq!(serde_json::to_value(occasion).unwrap(), occasion.word());
        }
        assert!("lunch".parse::<Occasion>().is_err());
    }
}
