//! `drydock env …`: environments from files, and the first contact with their hosts.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use engine::{Engine, ImportConsent, read_environment, write_environment};
use model::connection::{ConnectionReport, HostReport, KeyOwner, OfferedKey};
use model::environment::Environment;
use model::id::HostName;
use model::import::{Effect, ImportPreview, SettingChange};
use model::precheck::{Precheck, Verdict, allow_start};

use super::Failure;
use crate::cli::EnvCommand;
use crate::output::{answer, table};

/// Does one of the `env` commands.
pub async fn run(engine: &Engine, command: EnvCommand) -> Result<ExitCode, Failure> {
    match command {
        EnvCommand::Add { file } => {
            let text = read(&file)?;
            let draft = read_environment(&text).map_err(|problems| Failure::Description { path: file, problems })?;
            let name = draft.name.clone();
            let id = engine.add_environment(None, draft).await?;
            answer(&format!("{name} was added as {id}; next: drydock env test {name:?}"));
        }
        EnvCommand::List => list(&all(engine).await?),
        EnvCommand::Export { name: Some(name) } => {
            answer(write_environment(&find(engine, &name).await?)?.trim_end());
        }
        EnvCommand::Export { name: None } => answer(engine.export_environments(None).await?.trim_end()),
        EnvCommand::Import { file, apply } => import(engine, &file, apply).await?,
        EnvCommand::Test { name } => {
            let report = engine.test_connection(None, &find(engine, &name).await?.id).await?;
            return Ok(print(&report));
        }
        EnvCommand::HandOver { name, snapshot, user } => {
            let environment = find(engine, &name).await?;
            let password = engine.hand_over_password(None, &environment.id, &snapshot, &user).await?;
            answer(password.expose());
        }
        EnvCommand::Trust { name, host, fingerprint } => trust(engine, &name, &host, &fingerprint).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(engine: &Engine) -> Result<Vec<Environment>, Failure> {
    Ok(engine.environments().await?)
}

async fn find(engine: &Engine, name: &str) -> Result<Environment, Failure> {
    let found = all(engine).await?.into_iter().find(|environment| environment.name == name);
    found.ok_or_else(|| Failure::NoSuchEnvironment(name.to_owned()))
}

fn list(environments: &[Environment]) {
    let row = |environment: &Environment| {
        vec![
            environment.name.clone(),
            environment.platform.platform().to_string(),
            environment.risk.to_string(),
            environment.hosts().iter().map(|host| host.name.to_string()).collect::<Vec<_>>().join(", "),
        ]
    };
    table(&["NAME", "PLATFORM", "RISK", "HOSTS"], &environments.iter().map(row).collect::<Vec<_>>());
}

/// The text of a file, or of standard input.
fn read(path: &Path) -> Result<String, Failure> {
    let unreadable = |source| Failure::Read { path: path.to_path_buf(), source };
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        return Ok(text);
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

/// Shows what the import would do; with `apply`, does that.
async fn import(engine: &Engine, file: &Path, apply: bool) -> Result<(), Failure> {
    let text = read(file)?;
    let wrong = |error| Failure::of_import(file.to_path_buf(), error);
    let preview = engine.preview_import(&text).await.map_err(wrong)?;
    show_import(&preview);
    let effects = preview.effects();
    if apply {
        // What was sealed elsewhere is refused by name: nobody types a secret here.
        let consent = ImportConsent { seen: preview.seen(), secrets: Vec::new() };
        engine.import_environments(None, &text, consent).await.map_err(wrong)?;
        answer(&format!("\nImported: {effects}"));
    } else if effects.is_nothing() {
        answer("\nEverything is as the file says");
    } else {
        answer(&format!("\nNothing was changed; with --apply: {effects}"));
    }
    Ok(())
}

fn show_import(preview: &ImportPreview) {
    for line in &preview.environments {
        let (word, changes) = match &line.effect {
            Effect::Create(changes) => ("new", changes.as_slice()),
            Effect::Change(changes) => ("changed", changes.as_slice()),
            Effect::Unchanged => ("unchanged", [].as_slice()),
        };
        answer(&format!("{}  {} ({})", word, line.name, line.platform));
        changes.iter().for_each(print_change);
    }
    for asked in &preview.asked {
        let fields = asked.fields.join(", ");
        answer(&format!("to be typed on the page  {}: {fields}", asked.environment));
    }
    if !preview.others.is_empty() {
        answer(&format!("not in the file, and stay as they are: {}", preview.others.join(", ")));
    }
}

fn print_change(change: &SettingChange) {
    let words = match (&change.before, &change.after) {
        (None, after) => after.clone().unwrap_or_default(),
        (Some(before), None) => format!("{before} is taken away"),
        (Some(before), Some(after)) => format!("{before} → {after}"),
    };
    answer(&format!("    {}  {words}", change.field));
}

async fn trust(engine: &Engine, name: &str, host: &HostName, fingerprint: &str) -> Result<(), Failure> {
    let environment = find(engine, name).await?;
    let report = engine.test_connection(None, &environment.id).await?;
    let Some(seen) = report.hosts.iter().find(|report| &report.name == host) else {
        let known = report.hosts.iter().map(|report| report.name.to_string()).collect::<Vec<_>>().join(", ");
        return Err(Failure::NoSuchHost { environment: environment.name, host: host.clone(), known });
    };
    let Some(offered) = seen.offered.iter().find(|offered| offered.key.fingerprint == fingerprint) else {
        return Err(Failure::OtherKey { host: host.clone(), shown: shown(seen) });
    };
    engine.accept_host_key(None, &environment.id, host, offered.of, offered.key.clone()).await?;
    answer(&format!("{host}: the key {fingerprint} of {} is accepted", owner(offered.of)));
    Ok(())
}

fn shown(report: &HostReport) -> String {
    if report.offered.is_empty() {
        return "shows no key that still has to be accepted; `drydock env test` says more".to_owned();
    }
    format!("shows {}", report.offered.iter().map(key_words).collect::<Vec<_>>().join(" and "))
}

fn key_words(offered: &OfferedKey) -> String {
    format!("{} {} ({})", offered.key.algorithm, offered.key.fingerprint, owner(offered.of))
}

const fn owner(of: KeyOwner) -> &'static str {
    match of {
        KeyOwner::Host => "the host",
        KeyOwner::Jump => "its jump host",
    }
}

/// Prints the report; the exit code says whether anything blocks.
fn print(report: &ConnectionReport) -> ExitCode {
    answer("API");
    report.api.iter().for_each(print_check);
    for host in &report.hosts {
        answer(&format!("\nHost {}", host.name));
        host.checks.iter().for_each(print_check);
        for offered in &host.offered {
            answer(&format!("  to accept  {}", key_words(offered)));
        }
    }
    let fine = allow_start(&report.api)
        && report.hosts.iter().all(|host| allow_start(&host.checks) && host.offered.is_empty());
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print_check(check: &Precheck) {
    let verdict = match check.verdict {
        Verdict::Good => "good",
        Verdict::Warning => "warning",
        Verdict::Blocking => "BLOCKING",
        Verdict::Unknown => "UNKNOWN",
    };
    answer(&format!("  {verdict:9}  {}: {}", check.title, check.evidence));
    if !check.resolution.is_empty() {
        answer(&format!("             {}", check.resolution));
    }
}
