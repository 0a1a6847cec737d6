//! Recorded runs, event by event: runs of this Drydock, rehearsals, and exported files that somebody has opened.

use model::event::Event;
use model::export::Export;
use model::id::{RehearsalId, ReplayId, RunId};
use model::people::{Person, Role};
use model::picture::{Picture, PictureView};
use model::plan::Plan;
use model::record::{RECORD_OUTPUT, RecordHead, RecordView, ReplayLine};
use model::rehearsal::RehearsalLine;
use model::time::Timestamp;

use crate::error::{invalid, not_found};
use crate::store::audit::{Deed, record};
use crate::store::replays;
use crate::{Engine, EngineError, Result};

/// The largest file that can be opened, in bytes.
pub const LARGEST_REPLAY: usize = 32 * 1024 * 1024;

/// How long an opened file is kept, in seconds.
const KEPT: i64 = 7 * 24 * 3600;

/// How many opened files of one person are kept: they lie in the database in which the runs are.
const KEPT_EACH: u32 = 10;

impl Engine {
    /// A run as it was after the event of that number; as it is now, if none is given.
    pub async fn run_record(&self, id: &RunId, until: Option<i64>) -> Result<RecordView> {
        let head = self.run_head(id).await?;
        let events = self.store().events(id, 0).await?;
        let mut view = shown(head, &events, until)?;
        // Of a long log only what is shown is read.
        let (before, limit) = (view.next.unwrap_or(i64::MAX), u32::try_from(RECORD_OUTPUT).unwrap_or(u32::MAX));
        view.output = self.store().output_before(id, before, limit).await?;
        let first = view.output.first().map_or(0, |event| event.seq);
        view.output_cut = !self.store().output_before(id, first, 1).await?.is_empty();
        Ok(view)
    }

    /// What ran where.
    async fn run_head(&self, id: &RunId) -> Result<RecordHead> {
        let line = self.store().run_line(id).await?.ok_or_else(|| not_found("this run"))?;
        let request = self.store().request(&line.request).await?.ok_or_else(|| not_found("the request of this run"))?;
        Ok(RecordHead {
            run: line.id,
            request: line.request,
            environment: line.environment,
            environment_name: line.environment_name,
            risk: line.risk,
            plan: request.plan,
        })
    }

    /// How the time of a run went by so far, step by step.
    pub async fn run_picture(&self, id: &RunId) -> Result<PictureView> {
        let head = self.run_head(id).await?;
        let events = self.store().events(id, 0).await?;
        let drawn = Picture::of(&events, self.now());
        let (picture, state) = drawn.map_err(|source| EngineError::Journal { run: id.to_string(), source })?;
        Ok(PictureView { head, state, picture })
    }

    /// A rehearsal as it was after the event of that number; at its end, if none is given.
    pub async fn rehearsal_record(&self, id: &RehearsalId, until: Option<i64>) -> Result<(RehearsalLine, RecordView)> {
        let rehearsal = self.store().rehearsal(id).await?.ok_or_else(|| not_found("this rehearsal"))?;
        let request = self.store().request(&rehearsal.request).await?.ok_or_else(|| not_found("its request"))?;
        let head = RecordHead {
            // It never was a run; only its own journal knows the number it was played under.
            run: RunId::new(id.as_str())?,
            request: request.id,
            environment: request.environment,
            environment_name: request.settings.name,
            risk: request.settings.risk,
            plan: request.plan,
        };
        let view = shown(head, &rehearsal.events, until)?;
        Ok((rehearsal.into(), view))
    }

    /// Checks an exported run and keeps it for a week, for who has opened it and for admins.
    pub async fn open_replay(&self, by: &Person, file: String) -> Result<ReplayId> {
        if file.len() > LARGEST_REPLAY {
            return Err(invalid("file", format!("at most {} MB can be opened", LARGEST_REPLAY / 1024 / 1024)));
        }
        let (file, read) = parsed(file).await?;
        let export = read.map_err(|error| invalid("file", error.to_string()))?;
        if export.events.is_empty() {
            return Err(invalid("file", "nothing has happened in it: after the line about the run come its events"));
        }
        let line = ReplayLine {
            id: ReplayId::new(uuid::Uuid::now_v7().to_string())?,
            by: by.name.clone(),
            at: self.now(),
            title: format!("{} on {}", export.head.plan.inputs.procedure(), export.head.environment_name),
        };
        let mut tx = self.store().write().await?;
        replays::remove(&mut tx, Timestamp(line.at.0 - KEPT * 1000), &by.id, KEPT_EACH - 1).await?;
        replays::insert(&mut tx, &line, &by.id, &file).await?;
        let detail = format!("run {}", export.head.run);
        record(&mut tx, line.at, Deed { who: &by.name, what: "replay.opened", subject: line.id.as_str(), detail })
            .await?;
        tx.commit().await?;
        Ok(line.id)
    }

    /// An opened file as it was after the event of that number; at its end, if none is given.
    pub async fn replay(&self, by: &Person, id: &ReplayId, until: Option<i64>) -> Result<(ReplayLine, RecordView)> {
        let (line, export) = self.opened(by, id).await?;
        let head = RecordHead {
            run: export.head.run,
            request: export.head.request,
            environment: export.head.environment,
            environment_name: export.head.environment_name,
            risk: export.head.risk,
            plan: export.head.plan,
        };
        Ok((line, shown(head, &export.events, until)?))
    }

    /// The plan in an opened file.
    pub async fn replay_plan(&self, by: &Person, id: &ReplayId) -> Result<(ReplayLine, Plan)> {
        let (line, export) = self.opened(by, id).await?;
        Ok((line, export.head.plan))
    }

    /// The files that `by` has opened; for an admin, all. Newest first.
    pub async fn replays(&self, by: &Person) -> Result<Vec<ReplayLine>> {
        self.store().replays((!by.may(Role::Admin)).then_some(&by.id)).await
    }

    async fn opened(&self, by: &Person, id: &ReplayId) -> Result<(ReplayLine, Export)> {
        let found = self.store().replay(id).await?;
        // Whose file it is is nobody else's business, and neither is that it is there.
        let is_theirs = |owner: &model::id::PersonId| *owner == by.id || by.may(Role::Admin);
        let (_, line, file) =
            found.filter(|(owner, ..)| is_theirs(owner)).ok_or_else(|| not_found("this opened file"))?;
        let (_, read) = parsed(file).await?;
        let export = read.map_err(|error| EngineError::damaged("replay", id.as_str(), error))?;
        Ok((line, export))
    }
}

/// Reads a file where it holds nobody up.
async fn parsed(file: String) -> Result<(String, std::result::Result<Export, model::export::ExportError>)> {
    let read = tokio::task::spawn_blocking(move || {
        let read = Export::read(&file);
        (file, read)
    });
    read.await.map_err(EngineError::Step)
}

fn shown(head: RecordHead, events: &[Event], until: Option<i64>) -> Result<RecordView> {
    let run = head.run.to_string();
    RecordView::of(head, events, until).map_err(|source| EngineError::Journal { run, source })
}
