//! Who may do what.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::grant::{Grants, Labels};
use crate::id::PersonId;
use crate::time::Timestamp;

/// What somebody may do. Roles are granted one by one, each for everywhere or for a label ([`crate::grant`]). Only [`Role::Admin`]
/// implies all others, and each implies [`Role::Viewer`] where it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything but secrets.
    Viewer,
    /// Asks for a plan to be run.
    Requester,
    /// Agrees to plans of others.
    Approver,
    /// Starts approved plans and aborts runs.
    Operator,
    /// Manages environments and people.
    Admin,
}

impl Role {
    /// All roles, weakest first.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Requester, Self::Approver, Self::Operator, Self::Admin];

    /// The word for it in pages, configuration and the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Requester => "requester",
            Self::Approver => "approver",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl Role {
    /// Whether whoever has this one may do what the other allows.
    #[must_use]
    pub fn includes(self, needed: Self) -> bool {
        self == Self::Admin || self == needed || needed == Self::Viewer
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role: viewer, requester, approver, operator and admin are")]
pub struct NoSuchRole(pub String);

impl FromStr for Role {
    type Err = NoSuchRole;
    fn from_str(word: &str) -> Result<Self, NoSuchRole> {
        Self::ALL.into_iter().find(|role| role.word() == word).ok_or_else(|| NoSuchRole(word.to_owned()))
    }
}

/// Somebody who can log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Never reused.
    pub id: PersonId,
    /// The login name.
    pub name: String,
    /// What was granted.
    pub roles: Grants,
    /// Since when, if this person may not log in any more.
    pub disabled_at: Option<Timestamp>,
}

impl Person {
    /// Whether this person may log in, and do what concerns nobody but themselves.
    #[must_use]
    pub const fn may_log_in(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Whether this person may do what `needed` allows in every environment, and for what belongs to none.
    #[must_use]
    pub fn may(&self, needed: Role) -> bool {
        self.may_log_in() && self.roles.allow_everywhere(needed)
    }

    /// Whether this person may do what `needed` allows in an environment with these labels.
    #[must_use]
    pub fn may_at(&self, needed: Role, labels: &Labels) -> bool {
        self.may_log_in() && self.roles.allow_at(needed, labels)
    }

    /// Whether there could be an environment in which this person may do what `needed` allows.
    #[must_use]
    pub fn may_somewhere(&self, needed: Role) -> bool {
        self.may_log_in() && self.roles.allow_somewhere(needed)
    }

    /// Whether an environment with these labels exists as far as this person is concerned.
    #[must_use]
    pub fn sees(&self, labels: &Labels) -> bool {
        self.may_at(Role::Viewer, labels)
    }
}

/// What somebody shows besides the password when they log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Nothing.
    None,
    /// Nothing yet: an app was given a key, and has still to prove that it has it.
    Begun,
    /// A code.
    Active {
        /// From when on.
        since: Timestamp,
        /// How many recovery codes were not used yet.
        codes_left: i64,
    },
}

/// With what somebody shows again that it is they, before they do what cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Of who has no second factor.
    Password,
    /// Of the app, or a recovery code.
    Code,
    /// By signing in once more where they always do.
    Provider,
}

impl Proof {
    /// The word for it in headers and pages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Provider => "provider",
        }
    }
}

/// Everybody, as admins see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleView {
    /// By name.
    pub people: Vec<PersonView>,
    /// Every label that an environment has or a grant names.
    pub labels: Labels,
}

/// Somebody, as admins see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// Who.
    pub person: Person,
    /// Where they sign in, if that is at a provider.
    pub issuer: Option<String>,
    /// Since when codes are asked for, if they are.
    pub second_factor_since: Option<Timestamp>,
    /// In how many browsers they are logged in.
    pub sessions: i64,
}
