//! Who may log in, and what for.

use std::collections::BTreeSet;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Read,
    Write,
    Manage,
}

impl Role {
    pub(super) const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Manage];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// How an account gets its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// A user of the stock page: name and password.
    Password,
    /// A third-party client: id and secret.
    ClientCredentials,
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    pub grant: Grant,
    /// User name, or client id.
    pub name: String,
    /// Password, or client secret.
    pub secret: String,
    pub roles: BTreeSet<Role>,
    pub active: bool,
}

impl Account {
    /// An active account with these roles.
    #[must_use]
    pub fn new(grant: Grant, name: &str, secret: &str, roles: &[Role]) -> Self {
        let roles = roles.iter().copied().collect();
        Self { grant, name: name.to_owned(), secret: secret.to_owned(), roles, active: true }
    }
}
