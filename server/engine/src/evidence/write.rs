//! Writes a pack, member by member. Runs beside the other tasks, where it may wait.

use std::collections::HashMap;

use model::audit::Checkpoint;
use model::canonical::canonical;
use model::event::EventKind;
use model::evidence::{
    Case, EventLine, EvidenceRequest, Excerpt, OutputPlace, Printed, SCRIPT, SHOWN_OUTPUT, SHOWN_WHOLE, message, name,
    output_name, page,
};
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;

use super::Material;
use super::archive::Archive;
use crate::store::evidence::Pipe;
use crate::{Engine, EngineError, Result};

/// How many events are read at once.
const BATCH: u32 = 500;

/// How many pieces of output are read at once: each may have 64 KiB.
const PIECES: u32 = 16;

/// All of it, in pieces.
pub(super) fn pack(engine: &Engine, handle: &Handle, material: Material, pieces: Sender<Vec<u8>>) -> Result<()> {
    let mut archive = Archive::new(pieces);
    let writer = Writer { engine, handle, material };
    match writer.fill(&mut archive) {
        Ok(()) => archive.finish(),
        Err(error) => {
            archive.abandon();
            Err(error)
        }
    }
}

struct Writer<'a> {
    engine: &'a Engine,
    handle: &'a Handle,
    material: Material,
}

impl Writer<'_> {
    fn fill(&self, archive: &mut Archive) -> Result<()> {
        let material = &self.material;
        archive.whole(name::REQUEST, &readable(&EvidenceRequest::from(&material.request))?)?;
        archive.whole(name::PLAN, &canonical(&material.request.plan))?;
        archive.whole(name::PRECHECKS, &readable(&material.request.prechecks)?)?;
        archive.whole(name::APPROVALS, &readable(&material.decisions)?)?;
        archive.whole(name::COMMENTS, &readable(&material.comments)?)?;
        if let Some(glass) = &material.glass {
            archive.whole(name::REVIEW, &readable(glass)?)?;
        }
        if let Some(policy) = &material.policy {
            archive.whole(name::POLICY, policy.as_bytes())?;
        }
        archive.whole(name::BEFORE, &readable(&material.before)?)?;
        archive.whole(name::AFTER, &readable(&material.after)?)?;
        let output = self.output(archive)?;
        self.events(archive, &output)?;
        self.audit(archive)?;
        archive.whole(name::SCRIPT, SCRIPT.as_bytes())?;
        let mut manifest = material.manifest.clone();
        manifest.members = archive.members().to_vec();
        let case = Case {
            manifest: &manifest,
            request: &material.request,
            decisions: &material.decisions,
            glass: material.glass.as_ref(),
            comments: &material.comments,
            demand: material.demand.as_ref(),
            state: &material.state,
            events: &material.events,
            output: &output,
            before: &material.before,
            after: &material.after,
            audit: &material.audit,
        };
        archive.whole(name::PAGE, page(&case).as_bytes())?;
        manifest.members = archive.members().to_vec();
        let manifest = readable(&manifest)?;
        archive.whole(name::MANIFEST, &manifest)?;
        let signature = material.key.signature(&message(&manifest))?;
        archive.whole(name::SIGNATURE, format!("{signature}\n").as_bytes())
    }

    /// What was printed: a file for each pipe of each try.
    fn output(&self, archive: &mut Archive) -> Result<Vec<Excerpt>> {
        let mut room = SHOWN_OUTPUT;
        let mut shown = Vec::new();
        for (number, printed) in self.material.printed.iter().enumerate() {
            let member = output_name(number + 1, printed);
            let (length, end) = self.pipe(archive, &member, printed)?;
            let excerpt = Excerpt::of(member, printed.clone(), length, &end, room);
            room = room.saturating_sub(excerpt.text.len());
            shown.push(excerpt);
        }
        Ok(shown)
    }

    /// How long it is, and its end.
    fn pipe(&self, archive: &mut Archive, member: &str, printed: &Printed) -> Result<(u64, Vec<u8>)> {
        let manifest = &self.material.manifest;
        let pipe = key_of(printed);
        let (store, mut after, mut end) = (self.engine.store(), 0, Vec::new());
        archive.member(member, |member| {
            loop {
                let range = (after, manifest.events);
                let pieces = self.handle.block_on(store.pieces(&manifest.run, &pipe, range, PIECES))?;
                let Some((last, _)) = pieces.last() else { return Ok((member.length(), end)) };
                after = *last;
                for (_, bytes) in &pieces {
                    member.take(bytes)?;
                    end.extend_from_slice(bytes);
                    let surplus = end.len().saturating_sub(SHOWN_WHOLE);
                    end.drain(..surplus);
                }
            }
        })
    }

    /// Every event; where what it printed is.
    fn events(&self, archive: &mut Archive, output: &[Excerpt]) -> Result<()> {
        let manifest = &self.material.manifest;
        let mut places: HashMap<Pipe, (&str, u64)> =
            output.iter().map(|one| (key_of(&one.printed), (one.member.as_str(), 0))).collect();
        let mut after = 0;
        archive.member(name::EVENTS, |member| {
            loop {
                let range = (after, manifest.events);
                let store = self.engine.store();
                let events = self.handle.block_on(store.with_lengths(&manifest.run, range, BATCH))?;
                let Some((last, _)) = events.last() else { return Ok(()) };
                after = last.seq;
                for (event, length) in events {
                    let place = match &event.kind {
                        EventKind::Output { step, attempt, stream, .. } => {
                            places.get_mut(&(step.clone(), *attempt, *stream))
                        }
                        _ => None,
                    };
                    let output = place.map(|(member, from)| {
                        let length = length.unwrap_or(0);
                        let place = OutputPlace { member: (*member).to_owned(), from: *from, length };
                        *from += length;
                        place
                    });
                    member.take(&line(&EventLine { event, output })?)?;
                }
            }
        })
    }

    /// The entries about the run, and a checkpoint of each.
    fn audit(&self, archive: &mut Archive) -> Result<()> {
        let Material { manifest, key, audit, .. } = &self.material;
        archive.member(name::AUDIT, |member| audit.iter().try_for_each(|entry| member.take(&line(entry)?)))?;
        archive.member(name::CHECKPOINTS, |member| {
            audit.iter().try_for_each(|audit| {
                let head = (audit.entry.seq, audit.entry.hash.clone());
                let checkpoint: Checkpoint =
                    key.sign(manifest.log.clone(), head, manifest.made_at, &manifest.instance)?;
                member.take(format!("{}\n", checkpoint.line()).as_bytes())
            })
        })
    }
}

fn key_of(printed: &Printed) -> Pipe {
    (printed.step.clone(), printed.attempt, printed.stream)
}

/// For people as well.
fn readable(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| EngineError::damaged("evidence", "", error))?;
    text.push(b'\n');
    Ok(text)
}

fn line(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec(value).map_err(|error| EngineError::damaged("evidence", "", error))?;
    text.push(b'\n');
    Ok(text)
}
