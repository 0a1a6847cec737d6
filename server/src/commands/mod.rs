//! One function per command.

mod audit;
mod env;
mod evidence;
mod migrate;
mod password;
mod replay;
mod serve;
mod user;
mod version;

use std::path::PathBuf;
use std::process::ExitCode;

use engine::{Engine, EngineError, ImportError};
use model::id::HostName;
use model::import::ImportProblem;
use model::words::count;

use crate::cli::{Cli, Command};
use crate::config::{self, Config, ConfigError};
use crate::logging;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// See the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The engine refused.
    #[error("{}", .0.refusal())]
    Engine(#[from] EngineError),
    /// The description of an environment is not valid.
    #[error("{} does not describe an environment: {}", path.display(), listed(problems))]
    Description {
        /// The file that was read.
        path: PathBuf,
        /// What is wrong in it.
        problems: Vec<ImportProblem>,
    },
    /// A file of environments is not valid.
    #[error("nothing was changed: {} has {}\n{}", path.display(), count(problems.len(), "mistake"), listed(problems))]
    Environments {
        /// The file that was read.
        path: PathBuf,
        /// What is wrong in it.
        problems: Vec<ImportProblem>,
    },
    /// Somebody else was at work in the same moment.
    #[error("nothing was changed: somebody has changed something meanwhile; look at it again")]
    Outdated,
    /// The port cannot be had.
    #[error("cannot listen on {listen} (configuration key `listen`): {source}")]
    Listen {
        /// Where.
        listen: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The server itself stopped.
    #[error("the server stopped: {0}")]
    Server(std::io::Error),
    /// No password could be read.
    #[error("cannot read the password from {from}: {problem}")]
    Password {
        /// A file, or standard input.
        from: String,
        /// Why not.
        problem: String,
    },
    /// A name that nobody has.
    #[error("nobody is called {0:?}; `drydock user list` shows everybody")]
    NoSuchPerson(String),
    /// A name that no environment has.
    #[error("no environment is called {0:?}; `drydock env list` shows them")]
    NoSuchEnvironment(String),
    /// A name that no host of the environment has.
    #[error("{environment} has no host {host}; it has {known}")]
    NoSuchHost {
        /// Where.
        environment: String,
        /// Which.
        host: HostName,
        /// Those that exist.
        known: String,
    },
    /// The host shows another key than expected.
    #[error("nothing was accepted: {host} {shown}")]
    OtherKey {
        /// Which.
        host: HostName,
        /// What it shows instead.
        shown: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is no exported run, or a damaged one.
    #[error(transparent)]
    Replay(#[from] model::export::ExportError),
    /// Something is wrong with the audit log, or with what it is held against.
    #[error("{}{problem}", what.as_ref().map(|path| format!("{}: ", path.display())).unwrap_or_default())]
    Audit {
        /// The file that was read, if it was one.
        what: Option<PathBuf>,
        /// What is wrong.
        problem: engine::AuditProblem,
    },
    /// An evidence pack is not what was made.
    #[error("{}: {problem}", path.display())]
    Evidence {
        /// The file that was read.
        path: PathBuf,
        /// What is wrong.
        problem: engine::EvidenceProblem,
    },
    /// The answer could not be written.
    #[error("cannot write: {0}")]
    Write(std::io::Error),
    /// The data folder cannot be made.
    #[error("cannot make the data folder {} (configuration key `data_dir`): {source}", path.display())]
    DataFolder {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl Failure {
    /// Why the file was not imported.
    fn of_import(path: PathBuf, error: ImportError) -> Self {
        match error {
            ImportError::Wrong(problems) => Self::Environments { path, problems },
            ImportError::Outdated(_) => Self::Outdated,
            ImportError::Engine(error) => Self::Engine(error),
        }
    }
}

fn listed(problems: &[ImportProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Does what the command line asks for.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let load = || config::load(cli.config.as_deref(), |name| std::env::var(name).ok(), cli.settings.clone());
    match cli.command {
        Command::Version => version::run(),
        Command::Replay { file, until, no_output } => replay::run(&file, until, !no_output)?,
        Command::Evidence(command) => return evidence::run(command),
        Command::Audit(command) => audit::run(command, || quiet(load()?)).await?,
        Command::Serve => serve::run(load()?).await?,
        Command::Migrate => migrate::run(&quiet(load()?)?).await?,
        Command::User(command) => user::run(&open(load()?).await?, command).await?,
        Command::Env(command) => return env::run(&open(load()?).await?, command).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(config: Config) -> Result<Engine, Failure> {
    Ok(Engine::open(quiet(config)?.engine).await?)
}

/// A command's own words matter, not the log of what it did on the way.
fn quiet(mut config: Config) -> Result<Config, Failure> {
    if config.log.filter == "info" {
        config.log.filter = "warn".to_owned();
    }
    logging::start(&config.log);
    make_data_folder(&config)?;
    Ok(config)
}

fn make_data_folder(config: &Config) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let path = &config.engine.data_dir;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| Failure::DataFolder { path: path.clone(), source })
}
