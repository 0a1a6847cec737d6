//! `drydock replay`: what an exported run did, and whether its record is whole.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;

use model::event::{Event, EventKind};
use model::export::{ExportError, ExportHead, ExportLine, Replay};
use model::plan::Plan;
use model::run::{Phase, RunState};

use super::Failure;
use crate::output::{answer, table};

/// Reads the file line by line, tells each event, and ends with the state.
pub fn run(path: &Path, until: Option<i64>, with_output: bool) -> Result<(), Failure> {
    let unreadable = |source| Failure::Read { path: path.to_owned(), source };
    let input: Box<dyn BufRead> = match path.to_str() {
        Some("-") => Box::new(stdin().lock()),
        _ => Box::new(BufReader::new(File::open(path).map_err(unreadable)?)),
    };
    let mut head = None;
    let mut replay = Replay::default();
    for (at, line) in input.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let Some(_) = &head else {
            head = Some(tell_head(ExportHead::read(&line)?));
            continue;
        };
        let event = ExportLine::read(at + 1, &line)?.event;
        if until.is_some_and(|until| event.seq > until) {
            break;
        }
        let began = replay.state.created_at;
        replay.take(&event)?;
        tell(&event, if replay.state.seq == 1 { event.at.0 } else { began.0 }, with_output);
    }
    let head = head.ok_or(ExportError::Empty)?;
    tell_state(&head.plan, &replay.state);
    Ok(())
}

fn tell_head(head: ExportHead) -> ExportHead {
    answer(&format!("{} on {} ({})", head.plan.inputs.procedure(), head.environment_name, head.risk));
    answer(&head.plan.summary);
    answer(&format!("run {}, plan {}\n", head.run, head.digest));
    head
}

fn tell(event: &Event, began: i64, with_output: bool) {
    if let EventKind::Output { host, stream, text, .. } = &event.kind {
        if with_output {
            let pipe = match stream {
                model::event::Stream::Stdout => "",
                model::event::Stream::Stderr => "stderr ",
            };
            text.lines().for_each(|line| answer(&format!("{:>25}  {pipe}{host}: {line}", "")));
        }
        return;
    }
    let after = model::time::span_words(event.at.0 - began);
    answer(&format!("{:>6}  {after:>16}  {}", event.seq, event.kind.words()));
}

fn tell_state(plan: &Plan, state: &RunState) {
    let row = |step: &model::plan::Step| {
        let begun = state.steps.get(&step.id);
        vec![step.id.to_string(), begun.map_or_else(|| "to come".to_owned(), |begun| begun.status.word().to_owned())]
    };
    answer("");
    table(&["STEP", "STATE"], &plan.steps().map(row).collect::<Vec<_>>());
    let phase = match state.phase {
        Phase::Stages => "in its stages",
        Phase::Finally => "closing what was opened",
        Phase::Over(outcome) => outcome.word(),
    };
    answer(&format!("\nAfter event {}: {phase}", state.seq));
    if let Some(wait) = state.wait() {
        answer(&format!("Stands still: {}", wait.reason.words()));
    }
    if let Some(alarm) = state.alarm(plan) {
        answer(&format!("Needs a person: {alarm}"));
    }
}
