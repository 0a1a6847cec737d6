//! Values that must not be seen, and the names under which a command receives them.
//!
//! A [`Secret`] can be printed and logged by accident without harm, and it cannot be
//! serialised at all, so that it never slips into a plan, an event or a page.

use std::fmt;

use crate::RemoteError;

/// A password, token or key in clear.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a value in; from here on it is shown as `«secret»`.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value in clear. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("«secret»")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("«secret»")
    }
}

/// The name of an environment variable: `A` to `Z`, digits and `_`, not starting with a digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvName(String);

impl EnvName {
    /// Refuses names that change how the command itself is run, such as `PATH`.
    pub fn new(name: impl Into<String>) -> Result<Self, RemoteError> {
        let name = name.into();
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let starts_well = name.chars().next().is_some_and(|c| !c.is_ascii_digit() && allowed(c));
        if !starts_well || !name.chars().all(allowed) {
            return Err(RemoteError::Invalid {
                what: "environment variable name",
                value: name,
                rule: "capital letters, digits and _, not starting with a digit",
            });
        }
        if RESERVED.contains(&name.as_str()) || name.starts_with("LD_") {
            return Err(RemoteError::Invalid {
                what: "environment variable name",
                value: name,
                rule: "one that does not change how the shell finds and runs commands",
            });
        }
        Ok(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Some of them are constants in one shell or another, where an assignment ends the script.
const RESERVED: [&str; 15] = [
    "PATH",
    "IFS",
    "ENV",
    "BASH_ENV",
    "HOME",
    "SHELL",
    "PS4",
    "PWD",
    "OLDPWD",
    "UID",
    "EUID",
    "PPID",
    "SHELLOPTS",
    "BASHOPTS",
    "OPTIND",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "«secret» «secret»");
    }

    #[test]
    fn names_that_could_break_out_of_an_assignment_are_refused() {
        for bad in ["", "1A", "a", "A B", "A=B", "A;reboot", "PATH", "UID", "LD_PRELOAD"] {
            assert!(EnvName::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(EnvName::new("DB_PASSWORD_2").unwrap().as_str(), "DB_PASSWORD_2");
    }
}
