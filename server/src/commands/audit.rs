//! `drydock audit …`: the log as a file, and whether it is what it was.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Write, stdin, stdout};
use std::path::{Path, PathBuf};

use engine::{AuditLog, Checkpoints, Engine, Verified, verify_file};
use futures::TryStreamExt;
use model::audit::{AuditFormat, AuditRange};
use model::id::AuditKey;

use super::Failure;
use crate::cli::AuditCommand;
use crate::config::Config;
use crate::output::answer;

/// Does one of the `audit` commands. A file is checked without a configuration.
pub async fn run(command: AuditCommand, config: impl FnOnce() -> Result<Config, Failure>) -> Result<(), Failure> {
    match command {
        AuditCommand::Export { from, to, format } => export(&config()?, AuditRange { from, to }, format).await,
        AuditCommand::Key => {
            answer(Engine::audit_key(&config()?.engine)?.as_str());
            Ok(())
        }
        AuditCommand::Verify { file: Some(file), from, to, checkpoints, keys } => {
            let checkpoints = read_checkpoints(checkpoints.as_deref(), &keys)?;
            let lines = open(&file)?;
            let verified = verify_file(lines, AuditRange { from, to }, &checkpoints);
            tell(&verified.map_err(|problem| Failure::Audit { what: Some(file), problem })?, &keys);
            Ok(())
        }
        AuditCommand::Verify { file: None, checkpoints, keys, .. } => {
            let config = config()?;
            let keys = if keys.is_empty() { own_key(&config)? } else { keys };
            // Before the log is read: what is recorded meanwhile must not seem to be missing.
            let checkpoints = read_checkpoints(checkpoints.as_deref(), &keys)?;
            let verified = AuditLog::open(&config.engine).await?.verify(&checkpoints).await;
            tell(&verified.map_err(|problem| Failure::Audit { what: None, problem })?, &keys);
            Ok(())
        }
    }
}

async fn export(config: &Config, range: AuditRange, format: AuditFormat) -> Result<(), Failure> {
    let log = AuditLog::open(&config.engine).await?;
    let mut pieces = std::pin::pin!(log.export(range, format).await?);
    let mut output = stdout().lock();
    while let Some(piece) = pieces.try_next().await? {
        match output.write_all(piece.as_bytes()).and_then(|()| output.flush()) {
            Ok(()) => {}
            // A reader that has seen enough (`| head`) is no error.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            Err(error) => return Err(Failure::Write(error)),
        }
    }
    Ok(())
}

/// Verifying makes no key: one that is not there has signed nothing.
fn own_key(config: &Config) -> Result<Vec<AuditKey>, Failure> {
    Ok(if config.engine.audit.key_file.exists() { vec![Engine::audit_key(&config.engine)?] } else { Vec::new() })
}

fn read_checkpoints(path: Option<&Path>, keys: &[AuditKey]) -> Result<Checkpoints, Failure> {
    let Some(path) = path else { return Ok(Checkpoints::default()) };
    Checkpoints::read(open(path)?, keys).map_err(|problem| Failure::Audit { what: Some(path.to_owned()), problem })
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    let unreadable = |source| Failure::Read { path: PathBuf::from(path), source };
    Ok(match path.to_str() {
        Some("-") => Box::new(stdin().lock()),
        _ => Box::new(BufReader::new(File::open(path).map_err(unreadable)?)),
    })
}

/// What holds, and what nobody can tell.
fn tell(verified: &Verified, believed: &[AuditKey]) {
    let Verified { log, checked, keys, later } = verified;
    if checked.last < checked.first {
        answer(&format!("the log {log} is empty"));
        return;
    }
    answer(&format!("entries {} to {} of the log {log} are whole", checked.first, checked.last));
    match checked.signed {
        None if checked.compared == 0 && keys.is_empty() => answer(&format!(
            "without checkpoints nobody can tell whether entries after {} are missing, or whether all was written anew",
            checked.last
        )),
        None => answer("no checkpoint speaks of these entries"),
        Some(signed) => {
            answer(&format!("they agree with {}, the last of entry {signed}", counted(checked.compared, "checkpoint")));
            if signed < checked.last {
                answer(&format!("nobody can tell whether entries after {} are missing", checked.last));
            }
        }
    }
    for (count, words) in [(checked.earlier, "earlier"), (*later, "later")] {
        if count > 0 {
            answer(&format!("{} of {words} entries could not be compared", counted(count, "checkpoint")));
        }
    }
    if believed.is_empty() {
        for key in keys {
            answer(&format!(
                "signed with the key {key}: compare it with `drydock audit key` on the server, or give --key"
            ));
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
