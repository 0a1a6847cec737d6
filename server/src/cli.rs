//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use model::audit::AuditFormat;
use model::grant::Grant;
use model::id::{AuditKey, HostName, SnapshotId};

use crate::config::Layer;

/// Drydock runs the upgrade procedures of Open vStorage, Apache CloudStack and Cloudify: planned, approved, watched,
/// and proven.
///
/// Configuration comes from one TOML file, then from DRYDOCK_… variables, then from flags; the later one wins.
/// drydock.example.toml explains every key.
#[derive(Debug, Parser)]
#[command(name = "drydock", version, propagate_version = true)]
pub struct Cli {
    /// The configuration file [default: ./drydock.toml if it is there]
    #[arg(long, global = true, env = "DRYDOCK_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Configuration")]
    pub settings: Layer,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the pages and carry out runs, until SIGINT or SIGTERM
    ///
    /// Brings the database up to date first. On the first start a link for making the first admin is printed.
    /// Stopping the server leaves alone what runs on hosts; the next start takes it up again.
    Serve,
    /// Bring the database up to date, and say what was applied
    Migrate,
    /// Manage who can log in
    #[command(subcommand)]
    User(UserCommand),
    /// Manage environments: the installations that Drydock looks after
    #[command(subcommand)]
    Env(EnvCommand),
    /// Show what an exported run did, event by event, and check that its record is whole
    ///
    /// The file comes from the run's page ("Export"). Needs no database. Exit code 1 if the record is damaged.
    Replay {
        /// The file; - for standard input
        file: PathBuf,
        /// Stop after this event, and show the state as it was then
        #[arg(long, value_name = "NUMBER")]
        until: Option<i64>,
        /// Leave out what the commands printed
        #[arg(long)]
        no_output: bool,
    },
    /// Export the audit log, and tell whether it is what it was
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Check the evidence pack of a run
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Print version, commit and plan format
    Version,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add somebody; the password is the first line of standard input or of a file
    Add {
        /// The login name
        name: String,
        /// viewer, requester, approver, operator or admin; operator@berlin counts where that label is; may be given several times
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<Grant>,
        /// Read the password from this file instead of standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// List everybody with their roles
    List,
    /// Replace somebody's roles
    Roles {
        /// The login name
        name: String,
        /// viewer, requester, approver, operator or admin; operator@berlin counts where that label is; may be given several times
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<Grant>,
    },
    /// Let somebody log in no more; ends their sessions
    Disable {
        /// The login name
        name: String,
    },
    /// Let somebody log in again
    Enable {
        /// The login name
        name: String,
    },
    /// Log somebody out everywhere
    EndSessions {
        /// The login name
        name: String,
    },
    /// Take away the second factor of somebody who has lost it, and end their sessions
    RemoveSecondFactor {
        /// The login name
        name: String,
    },
    /// Set a new password and end their sessions; it is read like that of `user add`
    Password {
        /// The login name
        name: String,
        /// Read the password from this file instead of standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Write the log to standard output; the same range is the same file whenever it is written
    Export {
        /// The first entry
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        from: i64,
        /// The last entry [default: the newest]
        #[arg(long, value_name = "NUMBER")]
        to: Option<i64>,
        /// jsonl, which can be verified, or csv for spreadsheets
        #[arg(long, value_name = "FORMAT", default_value_t)]
        format: AuditFormat,
    },
    /// Find whatever was changed, taken out, moved, cut off or put back. Exit code 1 if anything was
    ///
    /// Without a file, the log in the database. Only checkpoints show that the end is missing, or that all of it was written
    /// anew: give what the places of the key `audit_checkpoints` have received.
    Verify {
        /// An exported log (jsonl); - for standard input. Needs no database
        file: Option<PathBuf>,
        /// The first entry that the file should hold
        #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "file")]
        from: i64,
        /// The last entry that the file should hold [default: all that were signed]
        #[arg(long, value_name = "NUMBER", requires = "file")]
        to: Option<i64>,
        /// Checkpoints, one a line; lines of a syslog server are fine
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
        /// Believe only checkpoints signed with this key; may be given several times [default: with the key of this server
        /// for the log in the database, with any for a file]
        #[arg(long = "key", value_name = "HEX", requires = "checkpoints")]
        keys: Vec<AuditKey>,
    },
    /// Print the public key that checkpoints of this server are checked with
    Key,
}

#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Find whatever was changed, taken out, put in, or put together wrongly. Exit code 1 if anything was
    ///
    /// The file comes from the run's page ("Evidence pack"). Needs no database. Exit code 3: nothing is wrong, but without --key
    /// nobody can tell who has made it.
    Verify {
        /// The ZIP archive
        file: PathBuf,
        /// Believe only a pack signed with this key, which `drydock audit key` prints on its server; may be given several times
        #[arg(long = "key", value_name = "HEX")]
        keys: Vec<AuditKey>,
    },
    /// Print the program that checks a pack with nothing but Python 3: not every pack is to be believed about it
    Script,
}

#[derive(Debug, Subcommand)]
pub enum EnvCommand {
    /// Add an environment described by a TOML file (environment.example.toml explains every key)
    Add {
        /// The description
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// List environments
    List,
    /// Print all environments as one TOML file, for `env import`; secrets stay references
    Export {
        /// Only the environment of this name, in the form that `env add` takes
        name: Option<String>,
    },
    /// Show what the import of such a file would create, change and leave as it is; with --apply, do it
    ///
    /// An environment is known by its name. Nothing is removed, and nothing is done when anything in the file is wrong. What was
    /// sealed in another Drydock can only be typed on the page: name a file or a variable instead.
    Import {
        /// What `drydock env export` has printed, or the page; - for standard input
        file: PathBuf,
        /// Do what is shown, in one transaction
        #[arg(long)]
        apply: bool,
    },
    /// Try to reach everything and print what was seen; changes nothing. Exit code 1 if anything blocks
    Test {
        /// Name of the environment
        name: String,
    },
    /// Accept the key a host shows now, if it has this fingerprint
    ///
    /// Compare the fingerprint first with what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints on the host
    /// itself. For a host behind a jump host: accept the key of the jump host first, then that of the host.
    Trust {
        /// Name of the environment
        name: String,
        /// Name of the host within the environment
        host: HostName,
        /// For example SHA256:2cMJ…
        fingerprint: String,
    },
    /// Print the password that a migration has given to a user of a Cloudify manager, to hand it over
    HandOver {
        /// Name of the environment
        name: String,
        /// The snapshot that was restored, as the step of the plan calls it
        snapshot: SnapshotId,
        /// The manager's user
        user: String,
    },
}
