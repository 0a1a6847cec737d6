//! Collects what a script prints between two commits, and takes secrets out of it.

use model::event::EventKind;
use model::id::{HostName, StepId};
use model::plan::{Shell, Step};
use remote::{Offsets, Pipe, Redactor};

use super::shell_step::stream;
use crate::store::journal::Bytes;

/// How many bytes are collected at most before they are stored.
const FULL: usize = 64 * 1024;

/// Output on its way to the journal.
pub(super) struct Collector {
    step: StepId,
    host: HostName,
    attempt: u32,
    fresh: Redactor,
    stdout: Half,
    stderr: Half,
    /// In the order in which it came.
    waiting: Vec<(Pipe, Bytes)>,
    size: usize,
}

struct Half {
    redactor: Redactor,
    /// Up to which byte of the pipe everything was handed on to the journal.
    stored: u64,
    /// Up to which byte of the pipe everything was taken in.
    taken: u64,
}

impl Collector {
    pub fn new(step: &Step, shell: &Shell, attempt: u32, from: Offsets, redactor: Redactor) -> Self {
        let half = |at: u64| Half { redactor: redactor.clone(), stored: at, taken: at };
        Self {
            step: step.id.clone(),
            host: shell.host.clone(),
            attempt,
            stdout: half(from.stdout),
            stderr: half(from.stderr),
            fresh: redactor,
            waiting: Vec::new(),
            size: 0,
        }
    }

    /// From where on the pipes have to be read.
    pub const fn offsets(&self) -> Offsets {
        Offsets { stdout: self.stdout.taken, stderr: self.stderr.taken }
    }

    pub fn take(&mut self, pipe: Pipe, bytes: &[u8]) {
        let half = self.half(pipe);
        half.taken += bytes.len() as u64;
        let safe = half.redactor.feed(bytes);
        let stop = half.taken - half.redactor.held() as u64;
        self.keep(pipe, safe, stop);
    }

    pub const fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub const fn is_full(&self) -> bool {
        self.size >= FULL
    }

    /// What can be stored now.
    pub fn drain(&mut self) -> Vec<(EventKind, Bytes)> {
        self.size = 0;
        let (step, host, attempt) = (&self.step, &self.host, self.attempt);
        let event = |(pipe, bytes): (Pipe, Bytes)| {
            let kind = EventKind::Output {
                step: step.clone(),
                attempt,
                host: host.clone(),
                stream: stream(pipe),
                offset: bytes.start,
                text: String::new(),
            };
            (kind, bytes)
        };
        self.waiting.drain(..).map(event).collect()
    }

    /// What can be stored after the last byte has come.
    pub fn finish(&mut self) -> Vec<(EventKind, Bytes)> {
        for pipe in [Pipe::Stdout, Pipe::Stderr] {
            let half = self.half(pipe);
            let safe = half.redactor.flush();
            let stop = half.taken;
            self.keep(pipe, safe, stop);
        }
        self.drain()
    }

    /// Forgets what was held back: it is read again.
    pub fn rewind(&mut self) {
        for pipe in [Pipe::Stdout, Pipe::Stderr] {
            let fresh = self.fresh.clone();
            let half = self.half(pipe);
            half.taken = half.stored;
            half.redactor = fresh;
        }
    }

    fn keep(&mut self, pipe: Pipe, safe: Vec<u8>, stop: u64) {
        let attempt = self.attempt;
        let half = self.half(pipe);
        let start = half.stored;
        if safe.is_empty() && stop == start {
            return;
        }
        half.stored = stop;
        self.size += safe.len();
        match self.waiting.last_mut() {
            Some((last, bytes)) if *last == pipe => {
                bytes.stored.extend_from_slice(&safe);
                bytes.stop = stop;
            }
            Some(_) | None => {
                let bytes = Bytes { attempt, stream: stream(pipe), start, stop, stored: safe };
                self.waiting.push((pipe, bytes));
            }
        }
    }

    const fn half(&mut self, pipe: Pipe) -> &mut Half {
        match pipe {
            Pipe::Stdout => &mut self.stdout,
            Pipe::Stderr => &mut self.stderr,
        }
    }
}
