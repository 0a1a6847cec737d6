//! `drydock evidence …`: whether the pack of a run is what was made.

use std::fs::File;
use std::io::{BufReader, Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use engine::verify_evidence;
use model::evidence::SCRIPT;
use model::id::AuditKey;

use super::Failure;
use crate::cli::EvidenceCommand;
use crate::output::answer;

/// Nothing is wrong, but nobody has said whose signature it should be.
const NOT_CONFIRMED: u8 = 3;

/// Does one of the `evidence` commands. None needs a configuration.
pub fn run(command: EvidenceCommand) -> Result<ExitCode, Failure> {
    match command {
        EvidenceCommand::Verify { file, keys } => verify(&file, &keys),
        EvidenceCommand::Script => {
            stdout().write_all(SCRIPT.as_bytes()).map_err(Failure::Write)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn verify(path: &Path, keys: &[AuditKey]) -> Result<ExitCode, Failure> {
    let file = File::open(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    let problem = |problem| Failure::Evidence { path: path.to_owned(), problem };
    let intact = verify_evidence(BufReader::new(file), keys).map_err(problem)?;
    let manifest = &intact.manifest;
    // What a pack brings along does not reach the terminal as it is.
    let environment = manifest.environment_name.escape_debug();
    answer(&format!("{} on {environment}: {}", manifest.procedure, manifest.outcome_words()));
    answer(&format!("run {}, plan {}", manifest.run, manifest.plan));
    answer(&format!(
        "{} files and {} events are what they were when the pack was made, {}",
        manifest.members.len(),
        manifest.events,
        manifest.made_at
    ));
    if intact.decisions.without > 0 {
        answer(&format!(
            "{} decisions are older than signatures under decisions: that they are what was recorded is said by the audit log alone",
            intact.decisions.without
        ));
    }
    if intact.is_confirmed() {
        answer("signed with the key that was given, as is every decision that is signed");
        return Ok(ExitCode::SUCCESS);
    }
    for key in &intact.unconfirmed {
        let what = if *key == manifest.key { "signed" } else { "decisions are signed" };
        answer(&format!("NOT CONFIRMED: {what} with the key {key}; anybody could have made such a key"));
    }
    answer("give the key that `drydock audit key` prints on the server with --key");
    Ok(ExitCode::from(NOT_CONFIRMED))
}
