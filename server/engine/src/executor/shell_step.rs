//! A step that is a script on a host: start it once, follow its output, see the proof.
//!
//! The script belongs to the host: a lost link or a restarted server only interrupts the following. Output is stored
//! from the offset that was stored last, so nothing is lost and nothing is there twice (invariant 6).

use std::time::Duration;

use cloudstack::script::Reader;
use futures::StreamExt;
use model::event::{EventKind, Stream};
use model::plan::{Answer, OutputReader, QuietRule, Shell, Step, StepKind};
use model::run::StepState;
use model::wait::WaitReason;
use remote::{End, Followed, HostAccess, Job, Offsets, Pipe, RemoteError, SpoolId, SpoolState, Vanished};
use tokio::time::Instant;

use super::output::Collector;
use super::step::{Carrier, Heed, Looks, aborted, is_aborted};
use crate::Result;

/// How long output is collected before it is stored: a commit per line would be the bottleneck.
const COLLECT: Duration = Duration::from_millis(100);

/// How often silence is looked at.
const QUIET_LOOK: Duration = Duration::from_secs(1);

/// Why following came to an end.
enum Over {
    Ended(End),
    Aborted,
    /// Silent for too long while nothing is pending: it hangs (dossier 1.7).
    Hangs,
    TooLong,
}

impl Carrier {
    pub(super) async fn carry_shell(
        &self,
        step: &Step,
        shell: &Shell,
        begun: StepState,
        heed: &mut Heed,
    ) -> Result<()> {
        let reached = self.world.host(&shell.host, shell.elevate).and_then(|host| {
            let spool = begun.spool.as_ref().map_or("", |spool| spool.as_str());
            Ok((host, SpoolId::new(spool).map_err(|error| error.to_string())?))
        });
        let (host, spool) = match reached {
            Ok(reached) => reached,
            Err(problem) => return self.fail_for_good(step, problem).await,
        };
        let job = match self.world.job_for(shell).await {
            Ok(job) => job,
            Err(problem) => return self.fail_for_good(step, problem).await,
        };
        if !self.start(step, shell, &host, &spool, &job, heed).await? {
            return Ok(());
        }
        let over = self.follow(step, shell, &begun, &host, &spool, heed).await?;
        self.finish(step, shell, &begun, &host, &spool, over, heed).await
    }

    /// Starts the script unless it was started before; `false` when the step has come to rest.
    async fn start(
        &self,
        step: &Step,
        shell: &Shell,
        host: &HostAccess,
        spool: &SpoolId,
        job: &Job,
        heed: &mut Heed,
    ) -> Result<bool> {
        let mut looks = Looks::new(self.pace);
        loop {
            let error = match self.world.remote().start(host, spool, job).await {
                Ok(_) => return Ok(true),
                Err(error) => error,
            };
            if !error.is_transient() {
                self.fail_for_good(step, crate::error::chain(&error)).await?;
                return Ok(false);
            }
            if is_aborted(heed) {
                // A start whose reply was lost may have worked: what is there is ended before anybody goes on.
                let left = self.end_group(host, spool).await;
                self.stopped(step, format!("aborted while {} could not be reached ({error}); {left}", shell.host))
                    .await?;
                return Ok(false);
            }
            self.waiting(step, host_reason(shell, &error), None).await?;
            tokio::select! {
                () = looks.pause() => {}
                () = aborted(heed) => {}
            }
        }
    }

    /// Stores output until the script ends, or until a reason to end it.
    async fn follow(
        &self,
        step: &Step,
        shell: &Shell,
        begun: &StepState,
        host: &HostAccess,
        spool: &SpoolId,
        heed: &mut Heed,
    ) -> Result<Over> {
        let (stdout, stderr) = self.journal.stored(&step.id, begun.attempt).await?;
        let mut collector =
            Collector::new(step, shell, begun.attempt, Offsets { stdout, stderr }, self.world.redactor());
        let mut reader = Reader::new();
        let mut looks = Looks::new(self.pace);
        let mut quiet_since = Instant::now();
        let deadline = self.deadline(step, begun);
        loop {
            let mut stream = self.world.remote().follow(host, spool, collector.offsets());
            self.waiting(step, WaitReason::Command { host: shell.host.clone() }, Some(deadline)).await?;
            let broke = loop {
                let next = if collector.is_empty() { QUIET_LOOK } else { COLLECT };
                tokio::select! {
                    item = stream.next() => match item {
                        Some(Ok(Followed::Chunk { pipe, bytes, .. })) => {
                            quiet_since = Instant::now();
                            looks = Looks::new(self.pace);
                            self.report(step, shell.reads, &mut reader, pipe, &bytes).await?;
                            collector.take(pipe, &bytes);
                            if collector.is_full() {
                                self.journal.append_output(collector.drain()).await?;
                            }
                        }
                        Some(Ok(Followed::End(end))) => {
                            self.journal.append_output(collector.finish()).await?;
                            return Ok(Over::Ended(end));
                        }
                        Some(Err(error)) => break Some(error),
                        None => break None,
                    },
                    () = tokio::time::sleep(next) => {
                        self.journal.append_output(collector.drain()).await?;
                        if self.hangs(shell.quiet.as_ref(), quiet_since).await {
                            return Ok(Over::Hangs);
                        }
                        if self.journal.now() > deadline {
                            return Ok(Over::TooLong);
                        }
                    }
                    () = aborted(heed) => {
                        self.journal.append_output(collector.drain()).await?;
                        return Ok(Over::Aborted);
                    }
                }
            };
            self.journal.append_output(collector.drain()).await?;
            // What was held back for redaction was not stored: it comes again with the next connection.
            collector.rewind();
            if let Some(error) = broke {
                self.waiting(step, host_reason(shell, &error), Some(deadline)).await?;
            }
            if self.journal.now() > deadline {
                return Ok(Over::TooLong);
            }
            tokio::select! {
                () = looks.pause() => {}
                () = aborted(heed) => return Ok(Over::Aborted),
            }
        }
    }

    async fn report(
        &self,
        step: &Step,
        reads: OutputReader,
        reader: &mut Reader,
        pipe: Pipe,
        bytes: &[u8],
    ) -> Result<()> {
        match reads {
            OutputReader::Plain => Ok(()),
            OutputReader::Sysvmadm => {
                let progress = reader.feed(stream(pipe), bytes).into_iter().last();
                let Some(progress) = progress else { return Ok(()) };
                let (done, of, note) = (progress.done, progress.of, progress.note);
                self.journal.append(vec![EventKind::Progress { step: step.id.clone(), done, of, note }]).await
            }
        }
    }

    async fn hangs(&self, rule: Option<&QuietRule>, quiet_since: Instant) -> bool {
        let Some(rule) = rule else { return false };
        quiet_since.elapsed() > Duration::from_secs(u64::from(rule.seconds))
            && matches!(self.world.probe(&rule.idle).await, Answer::Holds { .. })
    }

    #[expect(clippy::too_many_arguments, reason = "one step's whole context, used once")]
    async fn finish(
        &self,
        step: &Step,
        shell: &Shell,
        begun: &StepState,
        host: &HostAccess,
        spool: &SpoolId,
        over: Over,
        heed: &mut Heed,
    ) -> Result<()> {
        match over {
            Over::Ended(End::Exited(0)) => {
                self.said(step, format!("exit code 0 on {}", shell.host)).await?;
                self.tidy(host, spool).await;
                self.prove(step, begun, heed).await
            }
            Over::Ended(End::Exited(code)) => {
                self.tidy(host, spool).await;
                self.judge(step, format!("the script ended with exit code {code} on {}", shell.host)).await
            }
            Over::Ended(End::Killed(signal)) => {
                self.tidy(host, spool).await;
                let reason = format!("the script was killed on {} (signal {signal})", shell.host);
                self.interrupted(step, begun, reason, heed).await
            }
            Over::Ended(End::Vanished(Vanished::NeverStarted)) => {
                self.tidy(host, spool).await;
                self.not_begun(step, format!("the script was never begun on {}", shell.host)).await
            }
            Over::Ended(End::Vanished(why)) => {
                let reason = format!("the script has vanished from {} ({})", shell.host, vanished(why));
                self.interrupted(step, begun, reason, heed).await
            }
            Over::Aborted => {
                let left = self.end_group(host, spool).await;
                self.stopped(step, format!("aborted; {left}")).await
            }
            Over::Hangs => {
                let left = self.end_group(host, spool).await;
                let quiet = shell.quiet.as_ref().map_or(0, |rule| rule.seconds);
                let quiet = model::time::span_words(i64::from(quiet) * 1000);
                self.judge(
                    step,
                    format!("the script was silent for {quiet} while nothing was pending, so it was ended: {left}"),
                )
                .await
            }
            Over::TooLong => {
                let left = self.end_group(host, spool).await;
                let limit = model::time::span_words(i64::from(step.deadline) * 1000);
                self.judge(step, format!("the script did not end within {limit}, so it was ended: {left}")).await
            }
        }
    }

    async fn said(&self, step: &Step, said: String) -> Result<()> {
        self.journal.append(vec![EventKind::Acted { step: step.id.clone(), said }]).await
    }

    /// It ended badly, but the proof decides (invariant 3).
    async fn judge(&self, step: &Step, reason: String) -> Result<()> {
        match self.world.probe(&step.proof).await {
            Answer::Holds { evidence } => self.done(step, format!("{evidence} (although {reason})")).await,
            Answer::NotYet { evidence: seen } | Answer::Never { evidence: seen } | Answer::Busy { by: seen } => {
                self.fail(step, format!("{reason}; {seen}")).await
            }
            Answer::Unknown { reason: unseen } => {
                self.fail(step, format!("{reason}; and its effect could not be looked at: {unseen}")).await
            }
        }
    }

    /// It was cut off in the middle: the proof decides, and without one a `once` step is unknown.
    async fn interrupted(&self, step: &Step, begun: &StepState, reason: String, heed: &mut Heed) -> Result<()> {
        match (self.world.probe(&step.proof).await, step.kind) {
            (Answer::Holds { evidence }, _) => self.done(step, format!("{evidence} (although {reason})")).await,
            (answer, StepKind::Once) => {
                let question = format!("{reason}; {}. How far did it come?", answer.words());
                self.unknown(step, begun, question, heed).await
            }
            (answer, StepKind::ReadOnly | StepKind::Idempotent | StepKind::Manual) => {
                self.fail(step, format!("{reason}; {}", answer.words())).await
            }
        }
    }

    /// Ends the process group, and says in words what is left of it.
    async fn end_group(&self, host: &HostAccess, spool: &SpoolId) -> String {
        match self.world.remote().cancel(host, spool, self.pace.grace).await {
            Ok(report) if report.left.is_empty() => {
                let gone = match report.state {
                    SpoolState::NotThere => "it was never started",
                    SpoolState::Starting | SpoolState::Running { .. } => "it was told to end",
                    SpoolState::Ended(_) => "its processes are gone",
                };
                gone.to_owned()
            }
            Ok(report) => {
                let left: Vec<String> = report.left.iter().map(|p| format!("{} (pid {})", p.name, p.pid)).collect();
                format!("still running: {}", left.join(", "))
            }
            Err(error) => format!("whether its processes are gone could not be seen: {error}"),
        }
    }

    /// Everything is stored: the files on the host are no longer needed. What cannot be removed does no harm.
    async fn tidy(&self, host: &HostAccess, spool: &SpoolId) {
        if let Err(error) = self.world.remote().remove(host, spool).await {
            tracing::warn!(run.id = %self.run, spool = %spool, error = %error, "A spool could not be removed");
        }
    }
}

pub(super) const fn stream(pipe: Pipe) -> Stream {
    match pipe {
        Pipe::Stdout => Stream::Stdout,
        Pipe::Stderr => Stream::Stderr,
    }
}

fn host_reason(shell: &Shell, error: &RemoteError) -> WaitReason {
    WaitReason::Host { host: shell.host.clone(), error: crate::error::chain(error) }
}

const fn vanished(why: Vanished) -> &'static str {
    match why {
        Vanished::NeverStarted => "it was never started",
        Vanished::ProcessGone => "its process is gone without an exit code",
        Vanished::Rebooted => "the host was restarted meanwhile",
        Vanished::SpoolLost => "its files are gone",
        Vanished::Removed => "its files were removed",
    }
}
