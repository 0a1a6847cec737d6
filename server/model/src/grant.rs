//! What was granted: a role, and where it counts. The one place that says whether somebody may do something somewhere.

use std::collections::{BTreeSet, btree_set};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::HostName;
use crate::people::{NoSuchRole, Role};

/// The labels of an environment.
pub type Labels = BTreeSet<String>;

/// Where a grant counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// In every environment, and for what belongs to none.
    Everywhere,
    /// In environments with this label, whichever have it at that moment.
    Label(String),
}

impl Reach {
    fn includes(&self, labels: &Labels) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Label(label) => labels.contains(label),
        }
    }

    fn covers(&self, other: &Self) -> bool {
        *self == Self::Everywhere || self == other
    }
}

/// A role where it counts: `operator`, or `operator@berlin` for environments with that label.
///
/// There is no admin of a label. Whoever may change the settings of one environment names hosts, keys on this server and labels,
/// and so reaches all others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Grant {
    role: Role,
    reach: Reach,
}

impl Grant {
    /// Which role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Where.
    #[must_use]
    pub const fn reach(&self) -> &Reach {
        &self.reach
    }

    /// A role in environments with a label.
    ///
    /// # Errors
    /// It is no label, or the role is [`Role::Admin`].
    pub fn at(role: Role, label: &str) -> Result<Self, InvalidGrant> {
        if role == Role::Admin {
            return Err(InvalidGrant::AdminOfLabel);
        }
        if HostName::new(label).is_err() {
            return Err(InvalidGrant::Label(label.chars().take(80).collect()));
        }
        Ok(Self { role, reach: Reach::Label(label.to_owned()) })
    }

    /// Whether whoever has this one has the other too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.role.includes(other.role) && self.reach.covers(&other.reach)
    }
}

impl From<Role> for Grant {
    /// Everywhere.
    fn from(role: Role) -> Self {
        Self { role, reach: Reach::Everywhere }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reach {
            Reach::Everywhere => write!(f, "{}", self.role),
            Reach::Label(label) => write!(f, "{}@{label}", self.role),
        }
    }
}

/// A text that is no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGrant {
    /// The word before the `@`.
    #[error(transparent)]
    Role(#[from] NoSuchRole),
    /// What stands behind it.
    #[error("{0:?} is no label of an environment: {rule}", rule = HostName::RULE)]
    Label(String),
    /// See [`Grant`].
    #[error("admin counts everywhere or not at all: who changes one environment's settings reaches the others")]
    AdminOfLabel,
}

impl FromStr for Grant {
    type Err = InvalidGrant;

    fn from_str(text: &str) -> Result<Self, InvalidGrant> {
        match text.split_once('@') {
            None => Ok(text.parse::<Role>()?.into()),
            Some((role, label)) => Self::at(role.parse()?, label),
        }
    }
}

impl TryFrom<String> for Grant {
    type Error = InvalidGrant;

    fn try_from(text: String) -> Result<Self, InvalidGrant> {
        text.parse()
    }
}

impl From<Grant> for String {
    fn from(grant: Grant) -> Self {
        grant.to_string()
    }
}

/// Everything that was granted to somebody. Nothing granted allows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants(BTreeSet<Grant>);

impl Grants {
    /// One by one.
    pub fn iter(&self) -> btree_set::Iter<'_, Grant> {
        self.0.iter()
    }

    /// Whether nothing was granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all of it back.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether they allow, in an environment with these labels, what that role allows.
    #[must_use]
    pub fn allow_at(&self, needed: Role, labels: &Labels) -> bool {
        self.iter().any(|grant| grant.role.includes(needed) && grant.reach.includes(labels))
    }

    /// Whether they allow in every environment, and for what belongs to none, what that role allows.
    #[must_use]
    pub fn allow_everywhere(&self, needed: Role) -> bool {
        self.iter().any(|grant| grant.role.includes(needed) && grant.reach == Reach::Everywhere)
    }

    /// Whether there could be an environment in which they allow what that role allows.
    #[must_use]
    pub fn allow_somewhere(&self, needed: Role) -> bool {
        self.iter().any(|grant| grant.role.includes(needed))
    }

    /// Whether whoever has these has that one too.
    #[must_use]
    pub fn cover(&self, grant: &Grant) -> bool {
        self.iter().any(|own| own.covers(grant))
    }

    /// Every single grant that whoever has these could hand on.
    #[must_use]
    pub fn covered(&self) -> Self {
        let below = |grant: &Grant| {
            let roles = Role::ALL.into_iter().filter(|role| grant.role.includes(*role));
            let reach = grant.reach.clone();
            // An admin's are everywhere, so there is none of a label among them.
            roles.map(|role| Grant { role, reach: reach.clone() }).collect::<Vec<_>>()
        };
        self.iter().flat_map(below).collect()
    }

    /// Looking, wherever these allow to look.
    #[must_use]
    pub fn only_looking(&self) -> Self {
        self.iter().map(|grant| Grant { role: Role::Viewer, reach: grant.reach.clone() }).collect()
    }

    /// For people, with commas between them.
    #[must_use]
    pub fn words(&self) -> String {
        if self.is_empty() { "no role".to_owned() } else { self.joined(", ") }
    }

    /// For a column of the database and for forms, with blanks between them.
    #[must_use]
    pub fn text(&self) -> String {
        self.joined(" ")
    }

    fn joined(&self, between: &str) -> String {
        self.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
    }
}

impl FromStr for Grants {
    type Err = InvalidGrant;

    /// What [`Grants::text`] has written.
    fn from_str(text: &str) -> Result<Self, InvalidGrant> {
        text.split_whitespace().map(str::parse::<Grant>).collect()
    }
}

impl<G: Into<Grant>> FromIterator<G> for Grants {
    fn from_iter<I: IntoIterator<Item = G>>(grants: I) -> Self {
        Self(grants.into_iter().map(Into::into).collect())
    }
}

impl<G: Into<Grant>, const N: usize> From<[G; N]> for Grants {
    fn from(grants: [G; N]) -> Self {
        grants.into_iter().collect()
    }
}

impl From<BTreeSet<Role>> for Grants {
    /// Everywhere.
    fn from(roles: BTreeSet<Role>) -> Self {
        roles.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(text: &str) -> Grants {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn labels(words: &[&str]) -> Labels {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn nothing_granted_allows_nothing_and_every_role_lets_look_where_it_counts() {
        for role in Role::ALL {
            assert!(!Grants::default().allow_at(role, &labels(&["berlin"])), "{role}");
            assert!(!Grants::default().allow_everywhere(role), "{role}");
            assert!(!Grants::default().allow_somewhere(role), "{role}");
        }
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
            let here = grants(&format!("{role}@berlin"));
            assert!(here.allow_at(Role::Viewer, &labels(&["berlin", "storage"])), "{role}");
            assert!(!here.allow_at(Role::Viewer, &labels(&["storage"])), "{role}");
            assert!(!here.allow_at(Role::Viewer, &labels(&[])), "{role}");
            assert!(!here.allow_everywhere(Role::Viewer), "{role}");
        }
    }

    #[test]
    fn a_role_counts_where_it_was_granted_and_nowhere_else() {
        let granted = grants("viewer operator@berlin approver@paris");
        let (berlin, paris, rome) = (labels(&["berlin"]), labels(&["paris"]), labels(&["rome"]));
        assert!(granted.allow_at(Role::Operator, &berlin) && !granted.allow_at(Role::Operator, &paris));
        assert!(granted.allow_at(Role::Approver, &paris) && !granted.allow_at(Role::Approver, &berlin));
        assert!(granted.allow_at(Role::Viewer, &rome) && granted.allow_everywhere(Role::Viewer));
        assert!(!granted.allow_everywhere(Role::Operator) && granted.allow_somewhere(Role::Operator));
        assert!(!granted.allow_somewhere(Role::Admin));
        // An environment with both labels is both teams'.
        assert!(granted.allow_at(Role::Operator, &labels(&["berlin", "paris"])));
        assert!(grants("admin").allow_at(Role::Approver, &rome) && grants("admin").allow_everywhere(Role::Admin));
    }

    #[test]
    fn what_is_handed_on_is_never_wider_than_what_one_has() {
        let granted = grants("viewer operator@berlin");
        assert_eq!(granted.covered(), grants("viewer viewer@berlin operator@berlin"));
        assert_eq!(granted.only_looking(), grants("viewer viewer@berlin"));
        for given in granted.covered().iter() {
            assert!(granted.cover(given), "{given}");
        }
        for wider in ["operator", "operator@paris", "requester@berlin", "admin"] {
            assert!(!granted.cover(&wider.parse().unwrap()), "{wider}");
        }
        assert!(grants("admin").cover(&"approver@berlin".parse().unwrap()));
    }

    #[test]
    fn a_text_that_is_no_grant_is_refused_with_the_reason() {
        for (text, says) in [
            ("king", "is no role"),
            ("king@berlin", "is no role"),
            ("operator@", "is no label"),
            ("operator@two words", "is no label"),
            ("operator@a@b", "is no label"),
            ("admin@berlin", "everywhere or not at all"),
            ("", "is no role"),
        ] {
            let refused = text.parse::<Grant>().unwrap_err().to_string();
            assert!(refused.contains(says), "{text}: {refused}");
        }
        for text in ["viewer", "operator@berlin", "approver@eu-1.storage"] {
            assert_eq!(text.parse::<Grant>().unwrap().to_string(), text);
        }
    }
}
