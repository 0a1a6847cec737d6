//! Names and identifiers, one type each, so that a run is never mistaken for a request.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not a valid identifier of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {given:?} is not valid: {rule}")]
pub struct InvalidId {
    /// What the text should have been, in words.
    pub kind: &'static str,
    /// What was given, cut to 80 characters.
    pub given: String,
    /// What is allowed.
    pub rule: &'static str,
}

fn invalid(kind: &'static str, given: &str, rule: &'static str) -> InvalidId {
    InvalidId { kind, given: given.chars().take(80).collect(), rule }
}

/// Defines a text newtype that can only be made from text that passes `$check`.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes the text if it is valid.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok(Self(text)) } else { Err(invalid($kind, &text, $rule)) }
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn is_package(text: &str) -> bool {
    is_name(&text.replace('+', "_"))
}

fn is_step(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_digest(text: &str) -> bool {
    is_hex(text, 64)
}

fn is_signature(text: &str) -> bool {
    is_hex(text, 128)
}

/// A name that others gave away: shown, sent in a path of REST and given to a command as one argument.
fn is_foreign(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 256
        && !text.starts_with('-')
        && text.trim() == text
        && text != "."
        && text != ".."
        && !text.chars().any(|c| c.is_control() || c == '/' || c == '\\')
}

const UUID: &str = "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected";
const NAME: &str = "letters, digits, dot, dash and underscore are allowed, beginning with a letter or digit";

text_id!(/// One installation of a platform.
    EnvironmentId, "environment", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// A person's wish to have a plan run.
    RequestId, "request", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// One execution of one approved plan.
    RunId, "run", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// A plan that was played through.
    RehearsalId, "rehearsal", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// An exported run that somebody has opened.
    ReplayId, "replay", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// Somebody who can log in.
    PersonId, "person", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// A login in one browser: SHA-256 of what its cookie holds, as 64 lower-case hexadecimal digits. Knowing it opens nothing.
    SessionId, "session", "64 lower-case hexadecimal digits are expected", is_digest);
text_id!(/// What a program shows instead of a password; this is its name, and opens nothing.
    TokenId, "token", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// A secret that is kept sealed in the database.
    SealedId, "sealed secret", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// What a host is called within its environment.
    HostName, "host", "letters, digits, dot, dash and underscore are allowed, beginning with a letter or digit", is_name);
text_id!(/// A step, unique within its plan, for example `zone1/routers/r-4-VM/reboot`.
    StepId, "step", "letters, digits, dot, dash, underscore and slash are allowed", is_step);
text_id!(/// SHA-256 over a plan's canonical JSON, as 64 lower-case hexadecimal digits.
    PlanDigest, "plan digest", "64 lower-case hexadecimal digits are expected", is_digest);
text_id!(/// SHA-256 over the canonical JSON of what policies ask for, as 64 lower-case hexadecimal digits.
    PolicyDigest, "policy digest", "64 lower-case hexadecimal digits are expected", is_digest);
text_id!(/// A policy.
    PolicyId, "policy", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// People who agree for the same reason.
    GroupName, "group", "letters, digits, dot, dash and underscore are allowed, beginning with a letter or digit", is_name);
text_id!(/// A place that is told of what happens.
    TargetId, "notification target", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// Something that people are told. It goes out with every message, so that a repeat can be told from news.
    NotificationId, "notification", "letters, digits, dot, dash and underscore are allowed, beginning with a letter or digit", is_name);
text_id!(/// One audit log; a database has one for ever.
    AuditLogId, "audit log", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// What stands for an audit entry and everything before it: SHA-256 as 64 lower-case hexadecimal digits.
    AuditHash, "audit hash", "64 lower-case hexadecimal digits are expected", is_digest);
text_id!(/// The public half of what signs checkpoints: Ed25519 as 64 lower-case hexadecimal digits.
    AuditKey, "audit key", "64 lower-case hexadecimal digits are expected, as `drydock audit key` prints them", is_digest);
text_id!(/// An Ed25519 signature as 128 lower-case hexadecimal digits.
    AuditSignature, "audit signature", "128 lower-case hexadecimal digits are expected", is_signature);
text_id!(/// A CloudStack object: zone, VM, volume, template, network or VPC.
    CloudId, "CloudStack id", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// An asynchronous job of a platform: of CloudStack, or an execution of Cloudify.
    JobId, "job", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// A package of a distribution, for example `openvstorage-core`.
    PackageName, "package", "letters, digits, dot, dash, plus and underscore are allowed, beginning with a letter or digit", is_package);
text_id!(/// A unit of upstart or systemd without its suffix, for example `ovs-volumedriver_vpool1`.
    UnitName, "unit", "letters, digits, dot, dash and underscore are allowed, beginning with a letter or digit", is_name);
text_id!(/// The directory on a host in which one attempt of one step keeps its files.
    SpoolId, "spool", "letters, digits, dot, dash and underscore are allowed, beginning with a letter or digit", is_name);

text_id!(/// A tenant of a Cloudify manager, for example `default_tenant`.
    TenantName, "tenant", "1 to 256 characters without slashes and control characters are allowed, not beginning with a dash", is_foreign);
text_id!(/// A deployment of a tenant of a Cloudify manager. Not unique without its tenant.
    DeploymentId, "deployment", "1 to 256 characters without slashes and control characters are allowed, not beginning with a dash", is_foreign);
text_id!(/// A node instance of a Cloudify manager, for example `vm_k3j2h1`.
    NodeInstanceId, "node instance", "1 to 256 characters without slashes and control characters are allowed, not beginning with a dash", is_foreign);
text_id!(/// An execution of a workflow of a Cloudify manager.
    ExecutionId, "execution", "a UUID such as 2e7293a0-d168-46f3-bc29-262ddbf22474 is expected", is_uuid);
text_id!(/// A snapshot of a Cloudify manager. It becomes a path of REST and the name of a file, so a slash is refused.
    SnapshotId, "snapshot", "letters, digits, dot, dash and underscore are allowed, beginning with a letter or digit", is_name);

impl CloudId {
    /// What is allowed, for messages about a field.
    pub const RULE: &'static str = UUID;
}

impl GroupName {
    /// What is allowed, for messages about a field.
    pub const RULE: &'static str = NAME;
}

impl HostName {
    /// What is allowed, for messages about a field.
    pub const RULE: &'static str = NAME;
}

impl SnapshotId {
    /// What the vendor's text calls it.
    #[must_use]
    pub fn usual() -> Self {
        Self("upgrade_snapshot".to_owned())
    }
}

impl StepId {
    /// Makes an id from parts that may hold anything; what is not allowed becomes a dash.
    #[must_use]
    pub fn from_parts(parts: &[&str]) -> Self {
        let clean = |part: &&str| -> String {
            part.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect()
        };
        let text = parts.iter().map(clean).collect::<Vec<_>>().join("/");
        Self(text.chars().take(200).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_would_mean_something_to_a_shell_is_refused() {
        for nasty in ["1; rm -rf /", "$(id)", "", "a b", "--help", "../x"] {
            assert!(HostName::new(nasty).is_err(), "{nasty:?} was taken");
            assert!(CloudId::new(nasty).is_err(), "{nasty:?} was taken");
        }
    }

    #[test]
    fn an_id_that_would_leave_its_path_or_become_an_option_is_refused() {
        for nasty in ["a/b", "..", "", "-t", " a", "a\nb", "a\\b"] {
            assert!(SnapshotId::new(nasty).is_err(), "{nasty:?} was taken");
            assert!(DeploymentId::new(nasty).is_err(), "{nasty:?} was taken");
            assert!(TenantName::new(nasty).is_err(), "{nasty:?} was taken");
        }
        assert!(SnapshotId::new("upgrade_snapshot.2").is_ok());
        // Releases up to 4.2 took any name.
        assert!(DeploymentId::new("our shop (new)").is_ok());
    }

    #[test]
    fn the_refusal_names_the_kind_and_what_was_given() {
        let refused = CloudId::new("zone one").unwrap_err().to_string();
        assert!(refused.contains("CloudStack id") && refused.contains("zone one"), "{refused}");
    }

    #[test]
    fn a_step_id_can_be_made_from_any_names() {
        let step = StepId::from_parts(&["zone 1", "r-4-VM", "reboot"]);
        assert_eq!(step.as_str(), "zone-1/r-4-VM/reboot");
        assert!(StepId::new(step.as_str()).is_ok());
    }
}
