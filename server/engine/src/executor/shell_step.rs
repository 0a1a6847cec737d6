//! A step that is a script on a host: start it once, follow its output, see the proof.
//!
//! The script belongs to the host: a lost link or a restarted server only interrupts the following. Output is stored
//! from the offset that was stored last, so nothing is lost and nothing is there twice (invariant 6).

use std::time::Duration;

use cloudstack::script::Reader;
use futures::StreamExt;
use model::event::{Doubt, EventKind, Stream};
use model::plan::{Answer, OutputReader, QuietRule, Shell, Step, StepKind};
use model::run::StepState;
use model::wait::WaitReason;
use remote::{CancelReport, End, Followed, HostAccess, Job, Offsets, Pipe, RemoteError, SpoolId, SpoolState, Vanished};
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
        let (host, spool) = match self.reach(shell, &begun) {
            Ok(reached) => reached,
            Err(problem) => return self.fail_for_good(step, problem).await,
        };
        let job = match self.world.job_for(shell).await {
            Ok(job) => job,
            Err(problem) => return self.fail_for_good(step, problem).await,
        };
        if !self.start(step, shell, &begun, &host, &spool, &job, heed).await? {
            return Ok(());
        }
        let over = self.follow(step, shell, &begun, &host, &spool, heed).await?;
        self.finish(step, shell, &begun, &host, &spool, over, heed).await
    }

    /// Where an attempt runs; why it cannot be reached at all, in words.
    fn reach(&self, shell: &Shell, begun: &StepState) -> std::result::Result<(HostAccess, SpoolId), String> {
        let host = self.world.host(&shell.host, shell.elevate)?;
        let spool = begun.spool.as_ref().map_or("", |spool| spool.as_str());
        Ok((host, SpoolId::new(spool).map_err(|error| error.to_string())?))
    }

    /// Starts the script unless it was started before; `false` when the step has come to rest.
    #[expect(clippy::too_many_arguments, reason = "one step's whole context, used once")]
    async fn start(
        &self,
        step: &Step,
        shell: &Shell,
        begun: &StepState,
        host: &HostAccess,
        spool: &SpoolId,
        job: &Job,
        heed: &mut Heed,
    ) -> Result<bool> {
        let mut looks = Looks::new(self.pace);
        loop {
            self.journal.vouch().await?;
            let started = match self.end_earlier_attempt(step, begun, host).await {
                Ok(()) => self.world.remote().start(host, spool, job).await,
                Err(error) => Err(error),
            };
            let error = match started {
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
                let unread = self.last_words(step, shell, begun, host, spool).await?;
                let words = format!("aborted while {} could not be reached ({error}); {left}{unread}", shell.host);
                self.stopped(step, words).await?;
                return Ok(false);
            }
            let deadline = self.deadline(step, begun).await;
            if self.journal.now() > deadline {
                let why = format!("{} could not be reached in time", shell.host);
                self.give_up(step, shell, begun, why, heed).await?;
                return Ok(false);
            }
            self.waiting(step, host_reason(shell, &error), Some(deadline)).await?;
            tokio::select! {
                biased;
                () = aborted(heed) => {}
                () = looks.pause() => {}
            }
        }
    }

    /// An attempt that was given up while its host could not be reached may still be running: no two run at once.
    async fn end_earlier_attempt(
        &self,
        step: &Step,
        begun: &StepState,
        host: &HostAccess,
    ) -> std::result::Result<(), RemoteError> {
        let earlier = begun.attempt.checked_sub(1).filter(|earlier| *earlier > 0);
        let Some(Ok(Some(earlier))) = earlier.map(|earlier| self.spool(step, earlier)) else { return Ok(()) };
        let earlier = SpoolId::new(earlier.as_str())?;
        self.world.remote().cancel(host, &earlier, self.pace.grace).await?;
        self.world.remote().remove(host, &earlier).await
    }

    /// Stores output until the script ends, or until a reason to end it. That it ended well is recorded with its last
    /// output.
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
        let runs = WaitReason::Command { host: shell.host.clone() };
        // Said when it lasts, for most end at once; and said again only when the host is really there again, and not at
        // each try.
        let mut is_said = false;
        loop {
            let deadline = self.deadline(step, begun).await;
            let mut stream = self.world.remote().follow(host, spool, collector.offsets());
            let broke = loop {
                let next = if is_said && collector.is_empty() { QUIET_LOOK } else { COLLECT };
                tokio::select! {
                    biased;
                    () = aborted(heed) => {
                        self.journal.append_output(collector.drain()).await?;
                        return Ok(Over::Aborted);
                    }
                    item = stream.next() => match item {
                        Some(Ok(Followed::Chunk { pipe, bytes, .. })) => {
                            quiet_since = Instant::now();
                            looks = Looks::new(self.pace);
                            if is_said {
                                self.waiting(step, runs.clone(), Some(deadline)).await?;
                            }
                            self.report(step, shell.reads, &mut reader, pipe, &bytes).await?;
                            collector.take(pipe, &bytes);
                            if collector.is_full() {
                                self.journal.append_output(collector.drain()).await?;
                                is_said = true;
                            }
                        }
                        Some(Ok(Followed::End(end))) => {
                            let last = collector.finish();
                            if end == End::Exited(0) {
                                let said = format!("exit code 0 on {}", shell.host);
                                self.journal.append_end(last, EventKind::Acted { step: step.id.clone(), said }).await?;
                            } else {
                                self.journal.append_output(last).await?;
                            }
                            return Ok(Over::Ended(end));
                        }
                        Some(Err(error)) => break Some(error),
                        None => break None,
                    },
                    () = tokio::time::sleep(next) => {
                        self.journal.append_output(collector.drain()).await?;
                        if !is_said || next == QUIET_LOOK {
                            is_said = true;
                            self.waiting(step, runs.clone(), Some(deadline)).await?;
                        }
                        if self.hangs(shell.quiet.as_ref(), quiet_since).await {
                            return Ok(Over::Hangs);
                        }
                        if self.journal.now() > self.deadline(step, begun).await {
                            return Ok(Over::TooLong);
                        }
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
                biased;
                () = aborted(heed) => return Ok(Over::Aborted),
                () = looks.pause() => {}
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
        // What follows from the end is recorded before the spool goes: until then it is the only witness.
        match over {
            Over::Ended(End::Exited(0)) => {
                let ((), proven) = tokio::join!(self.tidy(host, spool), self.prove(step, begun, heed));
                return proven;
            }
            Over::Ended(End::Exited(code)) => {
                self.judge(step, format!("the script ended with exit code {code} on {}", shell.host)).await?;
            }
            Over::Ended(End::Killed(signal)) => {
                let reason = format!("the script was killed on {} (signal {signal})", shell.host);
                self.interrupted(step, begun, reason, heed).await?;
            }
            Over::Ended(End::Vanished(Vanished::NeverStarted)) => {
                self.not_begun(step, format!("the script was never begun on {}", shell.host)).await?;
            }
            Over::Ended(End::Vanished(why)) => {
                let reason = format!("the script has vanished from {} ({})", shell.host, vanished(why));
                self.interrupted(step, begun, reason, heed).await?;
            }
            Over::Aborted => {
                let left = self.end_group(host, spool).await;
                let unread = self.last_words(step, shell, begun, host, spool).await?;
                self.stopped(step, format!("aborted; {left}{unread}")).await?;
            }
            Over::Hangs => {
                let quiet = shell.quiet.as_ref().map_or(0, |rule| rule.seconds);
                let quiet = model::time::span_words(i64::from(quiet) * 1000);
                let why = format!("the script was silent for {quiet} while nothing was pending");
                return self.give_up(step, shell, begun, why, heed).await;
            }
            Over::TooLong => {
                let limit = self.deadline(step, begun).await.0 - begun.started_at.0;
                let why = format!("the script did not end within {}", model::time::span_words(limit));
                return self.give_up(step, shell, begun, why, heed).await;
            }
        }
        self.tidy(host, spool).await;
        Ok(())
    }

    /// Ends what has lasted too long, and lets the proof decide. As long as the host cannot be reached nobody knows
    /// whether it still runs, so the step is unknown.
    pub(super) async fn give_up(
        &self,
        step: &Step,
        shell: &Shell,
        begun: &StepState,
        why: String,
        heed: &mut Heed,
    ) -> Result<()> {
        let (host, spool) = match self.reach(shell, begun) {
            Ok(reached) => reached,
            Err(problem) => return self.fail_for_good(step, problem).await,
        };
        let mut is_unknown = self.is_unknown(step).await;
        loop {
            let error = match self.world.remote().cancel(&host, &spool, self.pace.grace).await {
                Ok(report) => {
                    let unread = self.last_words(step, shell, begun, &host, &spool).await?;
                    let why = format!("{why}, so it was ended: {}{unread}", left_words(&report));
                    match report.state {
                        SpoolState::Ended(End::Vanished(cause)) if cause != Vanished::NeverStarted => {
                            self.interrupted(step, begun, format!("{why}; {}", vanished(cause)), heed).await?;
                        }
                        _ => self.judge(step, why).await?,
                    }
                    self.tidy(&host, &spool).await;
                    return Ok(());
                }
                Err(error) => error,
            };
            if is_aborted(heed) {
                let words = format!("aborted; {why}, and {} cannot be reached: {error}{}", shell.host, unread(&spool));
                return self.stopped(step, words).await;
            }
            if !is_unknown {
                let question =
                    format!("{why}, and {} cannot be reached to end it ({error}). Is it still running?", shell.host);
                let doubt = Doubt::OutOfReach;
                self.journal.append(vec![EventKind::StepUnknown { step: step.id.clone(), question, doubt }]).await?;
                is_unknown = true;
            }
            tokio::select! {
                biased;
                () = aborted(heed) => {}
                () = tokio::time::sleep(self.pace.slowest) => {}
            }
            if !self.is_unknown(step).await {
                return Ok(());
            }
        }
    }

    /// Stores what a script has printed until it was ended. When the host does not answer in time: words that say where
    /// the rest is.
    async fn last_words(
        &self,
        step: &Step,
        shell: &Shell,
        begun: &StepState,
        host: &HostAccess,
        spool: &SpoolId,
    ) -> Result<String> {
        let mut looks = Looks::new(self.pace);
        let patience = Instant::now() + self.pace.grace * 3;
        while Instant::now() < patience {
            let (stdout, stderr) = self.journal.stored(&step.id, begun.attempt).await?;
            let from = Offsets { stdout, stderr };
            let mut collector = Collector::new(step, shell, begun.attempt, from, self.world.redactor());
            let mut stream = self.world.remote().follow(host, spool, from);
            while let Ok(Some(Ok(item))) = tokio::time::timeout_at(patience, stream.next()).await {
                match item {
                    Followed::Chunk { pipe, bytes, .. } => {
                        collector.take(pipe, &bytes);
                        if collector.is_full() {
                            self.journal.append_output(collector.drain()).await?;
                        }
                    }
                    Followed::End(_) => {
                        self.journal.append_output(collector.finish()).await?;
                        return Ok(String::new());
                    }
                }
            }
            self.journal.append_output(collector.drain()).await?;
            looks.pause().await;
        }
        Ok(unread(spool))
    }

    /// It ended badly, but the proof decides (invariant 3).
    async fn judge(&self, step: &Step, reason: String) -> Result<()> {
        match self.look(step).await {
            Answer::Holds { evidence } => self.done(step, format!("{evidence} (although {reason})")).await,
            Answer::Flawed { evidence } => self.done_with_errors(step, format!("{evidence} (although {reason})")).await,
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
        match (self.look(step).await, step.kind) {
            (Answer::Holds { evidence }, _) => self.done(step, format!("{evidence} (although {reason})")).await,
            (Answer::Flawed { evidence }, _) => {
                self.done_with_errors(step, format!("{evidence} (although {reason})")).await
            }
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
            Ok(report) => left_words(&report),
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

/// What became of the processes of a script that was ended.
fn left_words(report: &CancelReport) -> String {
    if report.left.is_empty() {
        let gone = match report.state {
            SpoolState::NotThere => "it was never started",
            SpoolState::Starting | SpoolState::Running { .. } => "it was told to end",
            SpoolState::Ended(End::Vanished(Vanished::Removed)) => {
                "nothing of it was there, and it can no longer be started"
            }
            SpoolState::Ended(_) => "its processes are gone",
        };
        return gone.to_owned();
    }
    let left: Vec<String> = report.left.iter().map(|p| format!("{} (pid {})", p.name, p.pid)).collect();
    format!("still running: {}", left.join(", "))
}

fn unread(spool: &SpoolId) -> String {
    format!("; its last output could not be read and is still on the host, in the spool {spool}")
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
