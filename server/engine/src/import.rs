//! All environments as one file, and such a file read in again.
//!
//! What an import would do is shown first ([`Engine::preview_import`]) and done as it was shown or not at all: whoever agrees
//! says what they have seen, and in the transaction that applies it the same comes out once more, or nothing is done.

use std::collections::BTreeSet;

use model::environment::{Access, Environment};
use model::id::EnvironmentId;
use model::import::{AskedSecret, Effect, ImportLine, ImportPreview, ImportProblem, differences};
use model::people::Person;
use model::refusal::Refusal;
use model::words::count;
use sqlx::{Any, Transaction};

use crate::environment_file::fleet;
use crate::environment_file::secret::{Asked, sealed_of};
use crate::environment_file::{Entry, settings};
use crate::environment_rules::check;
use crate::environments::{assemble, keep_host_keys};
use crate::error::conflict;
use crate::notify::settings_changed;
use crate::rules::Rules;
use crate::store::audit::{Deed, record};
use crate::store::environments::{all, insert, update};
use crate::store::sealed;
use crate::{Engine, EngineError, Result};

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Something in the file is wrong.
    #[error("nothing was imported:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<ImportProblem>),
    /// Something has changed since it was shown what the import would do. This is what it would do now.
    #[error("nothing was imported: something has changed since it was shown what the import would do")]
    Outdated(Box<ImportPreview>),
    /// It could not be done.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// What somebody agrees to who has seen a preview.
#[derive(Default)]
pub struct ImportConsent {
    /// See [`ImportPreview::seen`].
    pub seen: String,
    /// What was typed, in the order of [`ImportPreview::asked`].
    pub secrets: Vec<String>,
}

// Errors and logs are full of `Debug`; what was typed must not be.
impl std::fmt::Debug for ImportConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportConsent").field("seen", &self.seen).finish_non_exhaustive()
    }
}

/// One environment of a file, and what becomes of it.
struct Prepared {
    before: Option<Environment>,
    after: Environment,
    asked: Vec<Asked>,
    effect: Effect,
}

impl Engine {
    /// The environments that `by` sees, as a file. Secrets stay where they are. `by` is `None` on the server's command line.
    pub async fn export_environments(&self, by: Option<&Person>) -> Result<String> {
        let mut environments = self.store().environments().await?;
        environments.retain(|environment| by.is_none_or(|by| by.sees(&environment.labels)));
        let text = fleet::write(&environments)?;
        let detail = count(environments.len(), "environment");
        self.record(Deed { who: name_of(by), what: "environments.exported", subject: "", detail }).await?;
        Ok(text)
    }

    /// What the import of this file would do. Changes nothing.
    pub async fn preview_import(&self, text: &str) -> std::result::Result<ImportPreview, ImportError> {
        let entries = fleet::read(text).map_err(ImportError::Wrong)?;
        let here = self.store().environments().await?;
        let prepared = prepare(entries, &here)?;
        Ok(preview(&prepared, &here))
    }

    /// Imports the file, all of it or nothing. `by` is `None` on the server's command line.
    pub async fn import_environments(
        &self,
        by: Option<&Person>,
        text: &str,
        consent: ImportConsent,
    ) -> std::result::Result<ImportPreview, ImportError> {
        let entries = fleet::read(text).map_err(ImportError::Wrong)?;
        let mut tx = self.store().write().await?;
        // As for a change of one: labels and risk decide which policies count.
        let rules = self.hold_rules(&mut tx).await?;
        let here = all(&mut tx).await?;
        let prepared = prepare(entries, &here)?;
        let preview = preview(&prepared, &here);
        if preview.seen() != consent.seen {
            return Err(ImportError::Outdated(Box::new(preview)));
        }
        let effects = preview.effects();
        if effects.is_nothing() {
            return Ok(preview);
        }
        let asked: Vec<&Asked> = prepared.iter().flat_map(|one| &one.asked).collect();
        self.seal_typed(&mut tx, by, &asked, &preview.asked, consent.secrets).await?;
        for one in &prepared {
            self.apply(&mut tx, by, &rules, one).await?;
        }
        let deed = Deed { who: name_of(by), what: "environments.imported", subject: "", detail: effects.to_string() };
        record(&mut tx, self.now(), deed).await?;
        tx.commit().await.map_err(EngineError::from)?;
        self.0.post.wake();
        Ok(preview)
    }

    /// Seals what was typed. `asked` and `shown` are the same, in the same order.
    async fn seal_typed(
        &self,
        tx: &mut Transaction<'static, Any>,
        by: Option<&Person>,
        asked: &[&Asked],
        shown: &[AskedSecret],
        typed: Vec<String>,
    ) -> std::result::Result<(), ImportError> {
        // Browsers send line ends as CRLF, which OpenSSH does not take in a private key.
        let mut typed: Vec<String> = typed.into_iter().map(|text| text.replace("\r\n", "\n")).collect();
        typed.resize(shown.len(), String::new());
        let missing: Vec<ImportProblem> =
            shown.iter().zip(&typed).filter(|(_, typed)| typed.trim().is_empty()).map(|(one, _)| untold(one)).collect();
        if !missing.is_empty() {
            return Err(ImportError::Wrong(missing));
        }
        for (one, text) in asked.iter().zip(typed) {
            let row = self.seal(text.as_bytes(), true)?;
            sealed::insert(tx, &one.id, &row).await?;
            let deed =
                Deed { who: name_of(by), what: "secret.sealed", subject: one.id.as_str(), detail: String::new() };
            record(tx, self.now(), deed).await?;
        }
        Ok(())
    }

    async fn apply(
        &self,
        tx: &mut Transaction<'static, Any>,
        by: Option<&Person>,
        rules: &Rules,
        one: &Prepared,
    ) -> Result<()> {
        let (after, now) = (&one.after, self.now());
        let what = match &one.effect {
            Effect::Unchanged => return Ok(()),
            Effect::Create(_) => "environment.added",
            Effect::Change(_) => "environment.changed",
        };
        let is_written = match &one.before {
            None => insert(tx, after).await?,
            Some(_) => update(tx, after).await?,
        };
        if !is_written {
            return Err(conflict(format!("somebody has just added an environment {:?}", after.name)));
        }
        if let Some(before) = &one.before {
            settings_changed(tx, rules, (before, after), now).await?;
        }
        let (who, subject) = (name_of(by), after.id.as_str());
        record(tx, now, Deed { who, what, subject, detail: after.name.clone() }).await?;
        for detail in newly_pinned(one) {
            record(tx, now, Deed { who, what: "host_key.accepted", subject, detail }).await?;
        }
        Ok(())
    }
}

fn name_of(by: Option<&Person>) -> &str {
    by.map_or("drydock", |by| &by.name)
}

/// Every entry beside what is here; or everything that is wrong.
fn prepare(entries: Vec<Entry>, here: &[Environment]) -> std::result::Result<Vec<Prepared>, ImportError> {
    let (mut prepared, mut problems, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
    for entry in entries {
        let name = entry.name.clone();
        if !names.insert(name.clone()) {
            problems.push(about(&name, "name", "it is in the file twice"));
            continue;
        }
        match prepare_one(entry, here.iter().find(|environment| environment.name == name)) {
            Ok(one) => prepared.push(one),
            Err(ImportError::Wrong(more)) => problems.extend(more),
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() { Ok(prepared) } else { Err(ImportError::Wrong(problems)) }
}

fn prepare_one(entry: Entry, before: Option<&Environment>) -> std::result::Result<Prepared, ImportError> {
    let name = entry.name.clone();
    let known = before.map(|before| sealed_of(&before.platform)).unwrap_or_default();
    let (draft, asked) = entry.into_draft(&known).map_err(|problem| {
        ImportError::Wrong(vec![ImportProblem { line: None, environment: Some(name.clone()), field: None, problem }])
    })?;
    if let Err(error) = check(&draft) {
        return Err(match error {
            EngineError::Refused(Refusal::Invalid { field, problem }) => {
                ImportError::Wrong(vec![about(&name, &field, &problem)])
            }
            other => other.into(),
        });
    }
    let platform = draft.platform.platform();
    if let Some(before) = before.filter(|before| before.platform.platform() != platform) {
        let words = format!(
            "{} of that name is here, and an environment stays of its platform: give this one another name",
            before.platform.platform()
        );
        return Err(ImportError::Wrong(vec![about(&name, "platform", &words)]));
    }
    let id = match before {
        Some(before) => before.id.clone(),
        None => EnvironmentId::new(uuid::Uuid::now_v7().to_string()).map_err(EngineError::from)?,
    };
    let mut after = assemble(id, draft);
    if let Some(before) = before {
        keep_host_keys(before, &mut after);
    }
    let now = before.map(settings::of).transpose()?.unwrap_or_default();
    let changes = differences(&now, &settings::of(&after)?);
    let effect = match before {
        None => Effect::Create(changes),
        Some(_) if changes.is_empty() => Effect::Unchanged,
        Some(_) => Effect::Change(changes),
    };
    Ok(Prepared { before: before.cloned(), after, asked, effect })
}

fn preview(prepared: &[Prepared], here: &[Environment]) -> ImportPreview {
    let line = |one: &Prepared| ImportLine {
        name: one.after.name.clone(),
        platform: one.after.platform.platform(),
        effect: one.effect.clone(),
    };
    let asked = |one: &Prepared| -> Vec<AskedSecret> {
        let of = |asked: &Asked| AskedSecret {
            environment: one.after.name.clone(),
            name: asked.name.clone(),
            fields: asked.fields.clone(),
            kind: asked.kind,
        };
        one.asked.iter().map(of).collect()
    };
    let is_other = |name: &String| prepared.iter().all(|one| &one.after.name != name);
    ImportPreview {
        environments: prepared.iter().map(line).collect(),
        asked: prepared.iter().flat_map(asked).collect(),
        others: here.iter().map(|environment| environment.name.clone()).filter(is_other).collect(),
    }
}

fn about(environment: &str, field: &str, problem: &str) -> ImportProblem {
    ImportProblem {
        line: None,
        environment: Some(environment.to_owned()),
        field: Some(field.to_owned()),
        problem: problem.to_owned(),
    }
}

/// Of a secret that nobody has typed.
fn untold(one: &AskedSecret) -> ImportProblem {
    let words =
        "it was sealed elsewhere and is not known here: type it on the page, or name the file or the variable it is in";
    about(&one.environment, &one.fields.join(", "), words)
}

/// The host keys that this environment has not had before, in the words of the audit log.
fn newly_pinned(one: &Prepared) -> Vec<String> {
    let mut told = Vec::new();
    for host in one.after.hosts() {
        let known = one.before.as_ref().and_then(|before| before.host(&host.name));
        let pairs = [
            (Some(&host.access), known.map(|known| &known.access), "Host"),
            (host.jump.as_ref(), known.and_then(|known| known.jump.as_ref()), "Jump"),
        ];
        for (after, before, of) in pairs {
            let key = |access: Option<&Access>| access.and_then(|access| access.host_key.clone());
            if let Some(new) = key(after).filter(|new| Some(new) != key(before).as_ref()) {
                told.push(format!("{} for {} ({of}) of {}", new.fingerprint, host.name, one.after.name));
            }
        }
    }
    told
}
