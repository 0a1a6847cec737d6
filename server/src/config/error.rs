//! What is wrong with the configuration: which key, where it was set, what is allowed.

use std::fmt;
use std::path::PathBuf;

/// Where a value was set; later ones win.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nowhere.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// A `DRYDOCK_…` variable.
    Environment,
    /// The command line.
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("the environment"),
            Self::Flag => f.write_str("the command line"),
        }
    }
}

/// Why Drydock does not start with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or has a key nobody knows. The message names line and key.
    #[error("the configuration file {} is not valid: {source}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A value cannot be taken.
    #[error("configuration key `{key}`, set by {from}: {problem}; allowed is {allowed}")]
    Invalid {
        /// The key as the file calls it.
        key: &'static str,
        /// Who set it.
        from: Source,
        /// What is wrong.
        problem: String,
        /// What would be right.
        allowed: &'static str,
    },
    /// A path cannot be made absolute.
    #[error("configuration key `{key}`: {source}")]
    NoFolder {
        /// The key as the file calls it.
        key: &'static str,
        /// Why.
        source: std::io::Error,
    },
}
