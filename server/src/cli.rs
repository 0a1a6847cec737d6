//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use model::id::HostName;
use model::people::Role;

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
    /// Print version, commit and plan format
    Version,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add somebody; the password is the first line of standard input or of a file
    Add {
        /// The login name
        name: String,
        /// viewer, requester, approver, operator or admin; may be given several times
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<Role>,
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
        /// viewer, requester, approver, operator or admin; may be given several times
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<Role>,
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
pub enum EnvCommand {
    /// Add an environment described by a TOML file (environment.example.toml explains every key)
    Add {
        /// The description
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// List environments
    List,
    /// Print an environment as TOML; secrets stay references
    Export {
        /// Name of the environment
        name: String,
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
}
