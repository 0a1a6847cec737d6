//! Tokens for programs, as their owners see them.

use serde::{Deserialize, Serialize};

use crate::grant::Grants;
use crate::id::TokenId;
use crate::time::Timestamp;

/// No token is good for longer.
pub const LONGEST_TOKEN_DAYS: u32 = 365;

/// A token, without what it consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    /// Which.
    pub id: TokenId,
    /// What its owner calls it.
    pub name: String,
    /// What it may do, and where.
    pub roles: Grants,
    /// Whether it only looks.
    pub read_only: bool,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it is good.
    pub expires: Timestamp,
    /// When and from where it was used last.
    pub used: Option<TokenUse>,
}

/// Where a token was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUse {
    /// When, to the minute.
    pub at: Timestamp,
    /// The address.
    pub from: String,
}
