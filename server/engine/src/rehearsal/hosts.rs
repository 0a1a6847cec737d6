//! Hosts that are only played: spools with the rules of the real ones, and scripts that print and end by the clock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use model::id::StepId;
use model::time::Timestamp;
use remote::{
    CancelReport, End, Followed, HostAccess, HostFacts, Job, Offsets, Output, Pipe, ReadLimit, Remote, RemoteError,
    SpoolId, SpoolState, Started, Vanished,
};
use tokio::sync::watch;

use super::ledger::die;
use super::mischief::{Call, Disturbance, Script};
use super::world::{Stage, Truth, is_down, later};

/// A directory on a played host.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    pub step: StepId,
    started: Timestamp,
    script: Script,
    fate: Fate,
    pub has_worked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It lives, or has come to its own end.
    Natural,
    /// It was ended at that time.
    Killed(Timestamp),
    /// The host was restarted at that time.
    Rebooted(Timestamp),
    /// Everything is known; only its name is left.
    Removed,
    /// It was forbidden before it had begun.
    Forbidden,
}

impl Spool {
    /// When its script takes effect if it lives; the end of time if never.
    pub fn works_at(&self) -> Timestamp {
        self.script.works_after.map_or(Timestamp(i64::MAX), |after| later(self.started, after))
    }

    /// Whether its script should have taken effect by now and has not.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let alive_until = match self.fate {
            Fate::Killed(at) | Fate::Rebooted(at) => at,
            Fate::Natural | Fate::Removed => now,
            Fate::Forbidden => return false,
        };
        !self.has_worked && self.works_at() <= alive_until.min(now)
    }

    /// What it has printed by then; `None` when it is not there to be asked any more.
    #[cfg(test)]
    pub fn all_printed(&self, pipe: Pipe, now: Timestamp) -> Option<Vec<u8>> {
        (!matches!(self.fate, Fate::Removed | Fate::Forbidden)).then(|| self.printed(pipe, now))
    }

    fn ends_at(&self) -> Timestamp {
        later(self.started, self.script.lasts)
    }

    fn state(&self, now: Timestamp) -> SpoolState {
        let ended = self.ends_at() <= now;
        match self.fate {
            Fate::Removed | Fate::Forbidden => SpoolState::Ended(End::Vanished(Vanished::Removed)),
            Fate::Killed(at) if at < self.ends_at() => SpoolState::Ended(End::Killed(9)),
            Fate::Rebooted(at) if at < self.ends_at() => SpoolState::Ended(End::Vanished(Vanished::Rebooted)),
            _ if ended => SpoolState::Ended(End::Exited(self.script.code)),
            _ => SpoolState::Running { pid: 1 },
        }
    }

    /// What it has printed to that pipe by now.
    fn printed(&self, pipe: Pipe, now: Timestamp) -> Vec<u8> {
        let alive_until = match self.fate {
            Fate::Killed(at) | Fate::Rebooted(at) => at.min(now),
            Fate::Natural | Fate::Removed | Fate::Forbidden => now,
        };
        let pieces = self
            .script
            .prints
            .iter()
            .filter(|(after, to, _)| *to == pipe && later(self.started, *after) <= alive_until);
        pieces.flat_map(|(_, _, bytes)| bytes.iter().copied()).collect()
    }
}

/// One executor's links to the hosts.
#[derive(Clone)]
pub(crate) struct PlayedHosts {
    pub(super) stage: Arc<Stage>,
    pub(super) deaths: watch::Sender<bool>,
}

const ROUND_TRIP: Duration = Duration::from_millis(20);

impl PlayedHosts {
    fn now(&self) -> Timestamp {
        self.stage.ledger.now()
    }

    fn truth(&self) -> std::sync::MutexGuard<'_, Truth> {
        let mut truth = self.stage.truth();
        let now = self.now();
        // What was on its way for long arrives at last.
        let (due, still): (Vec<_>, Vec<_>) =
            std::mem::take(&mut truth.late).into_iter().partition(|(at, ..)| *at <= now);
        truth.late = still;
        for (_, host, spool) in due {
            self.make(&mut truth, &host, &spool);
        }
        truth
    }

    /// What `mkdir` decides: whoever makes the spool starts the script.
    fn make(&self, truth: &mut Truth, host: &str, spool: &str) -> Started {
        let name = (host.to_owned(), spool.to_owned());
        let Some(step) = self.stage.step_of_spool(spool) else { return Started::AlreadyThere };
        if truth.spools.contains_key(&name) {
            return Started::AlreadyThere;
        }
        truth.begun.entry(step.id.clone()).or_default().push(self.now());
        let script = self.stage.mischief.script(&step.id);
        if script.leaves_a_mess {
            self.stage.makes_a_mess(truth, &step.id);
        }
        let spool =
            Spool { step: step.id.clone(), started: self.now(), script, fate: Fate::Natural, has_worked: false };
        truth.spools.insert(name, spool);
        Started::Now
    }

    fn reboot(&self, truth: &mut Truth, host: &str) {
        let now = self.now();
        for ((on, _), spool) in &mut truth.spools {
            if on == host && spool.fate == Fate::Natural {
                spool.fate = Fate::Rebooted(now);
            }
        }
        truth.down.insert(host.to_owned(), later(now, Duration::from_secs(40)));
    }

    /// Lets a call be disturbed before it has an effect.
    async fn before(&self, host: &HostAccess, call: Call<'_>) -> Result<Disturbance, RemoteError> {
        tokio::time::sleep(ROUND_TRIP).await;
        let disturbance = self.stage.mischief.disturb(call);
        match disturbance {
            Disturbance::DieBefore => die(&self.deaths).await,
            Disturbance::Stall(time) => tokio::time::sleep(time).await,
            Disturbance::LoseRequest => return Err(lost(host)),
            Disturbance::Down(time) => {
                let until = later(self.now(), time);
                self.truth().down.insert(host.name.clone(), until);
            }
            _ => {}
        }
        if is_down(&self.truth(), &host.name, self.now()) {
            return Err(RemoteError::Connect {
                host: host.name.clone(),
                address: host.address.clone(),
                said: "no route to host (played)".to_owned(),
            });
        }
        Ok(disturbance)
    }

    /// Lets a call be disturbed after it had its effect.
    async fn after(&self, host: &HostAccess, disturbance: Disturbance) -> Result<(), RemoteError> {
        match disturbance {
            Disturbance::DieAfter => die(&self.deaths).await,
            Disturbance::LoseReply | Disturbance::Repeat(_) => return Err(lost(host)),
            Disturbance::Reboot => {
                self.reboot(&mut self.truth(), &host.name);
                return Err(lost(host));
            }
            _ => {}
        }
        Ok(())
    }

    /// How long until that spool has something new to tell; at most the beat of a quiet link.
    fn until_next(&self, host: &str, spool: &str) -> Duration {
        let now = self.now();
        let truth = self.truth();
        let Some(found) = truth.spools.get(&(host.to_owned(), spool.to_owned())) else { return BEAT };
        let prints = found.script.prints.iter().map(|(after, ..)| later(found.started, *after));
        let next = prints.chain([found.ends_at()]).filter(|at| *at > now).min();
        next.map_or(BEAT, |at| Duration::from_millis((at.0 - now.0).unsigned_abs())).min(BEAT)
    }

    /// The next thing to be read from there, without waiting; `None` when nothing is new.
    fn next_item(&self, host: &str, spool: &str, from: &mut Offsets) -> Option<Followed> {
        let now = self.now();
        let truth = self.truth();
        let Some(found) = truth.spools.get(&(host.to_owned(), spool.to_owned())) else {
            return Some(Followed::End(End::Vanished(Vanished::SpoolLost)));
        };
        let state = found.state(now);
        if !matches!(found.fate, Fate::Removed | Fate::Forbidden) {
            for pipe in [Pipe::Stdout, Pipe::Stderr] {
                let at = match pipe {
                    Pipe::Stdout => from.stdout,
                    Pipe::Stderr => from.stderr,
                };
                let printed = found.printed(pipe, now);
                let fresh = printed.get(usize::try_from(at).unwrap_or(usize::MAX)..).unwrap_or_default();
                if !fresh.is_empty() {
                    let bytes = fresh.iter().copied().take(PIECE).collect::<Vec<u8>>();
                    from.advance(pipe, bytes.len());
                    return Some(Followed::Chunk { pipe, offset: at, bytes });
                }
            }
        }
        match state {
            SpoolState::Ended(end) => Some(Followed::End(end)),
            SpoolState::NotThere | SpoolState::Starting | SpoolState::Running { .. } => None,
        }
    }
}

/// How often a quiet link is heard of.
const BEAT: Duration = Duration::from_secs(5);

/// Small, so that pieces end in awkward places.
const PIECE: usize = 7;

fn lost(host: &HostAccess) -> RemoteError {
    RemoteError::LinkLost { host: host.name.clone(), said: "broken pipe (played)".to_owned() }
}

#[async_trait]
impl Remote for PlayedHosts {
    async fn start(&self, host: &HostAccess, spool: &SpoolId, _job: &Job) -> Result<Started, RemoteError> {
        let step = self.stage.step_of_spool(spool.as_str()).map(|step| step.id.clone());
        let step = step.ok_or_else(|| RemoteError::Protocol {
            host: host.name.clone(),
            said: format!("{spool} belongs to no step"),
        })?;
        let disturbance = self.before(host, Call::Start(&step)).await?;
        // A host looks for the spool first: what was started there before needs no room.
        let is_there = self.truth().spools.contains_key(&(host.name.clone(), spool.to_string()));
        if disturbance == Disturbance::Refuse && !is_there {
            return Err(RemoteError::DiskFull { host: host.name.clone(), dir: "/var/tmp (played)".to_owned() });
        }
        let started = self.make(&mut self.truth(), &host.name, spool.as_str());
        if let Disturbance::Repeat(after) = disturbance {
            let at = later(self.now(), after);
            self.truth().late.push((at, host.name.clone(), spool.to_string()));
        }
        self.after(host, disturbance).await?;
        Ok(started)
    }

    fn follow(
        &self,
        host: &HostAccess,
        spool: &SpoolId,
        from: Offsets,
    ) -> BoxStream<'static, Result<Followed, RemoteError>> {
        let (hosts, host, spool) = (self.clone(), host.clone(), spool.to_string());
        let step = hosts.stage.step_of_spool(&spool).map(|step| step.id.clone());
        futures::stream::unfold(Some(from), move |from| {
            let (hosts, host, spool, step) = (hosts.clone(), host.clone(), spool.clone(), step.clone());
            async move {
                let mut from = from?;
                loop {
                    let Some(step) = &step else { return Some((Err(lost(&host)), None)) };
                    let disturbance = match hosts.before(&host, Call::Follow(step)).await {
                        Ok(disturbance) => disturbance,
                        Err(error) => return Some((Err(error), None)),
                    };
                    if let Err(error) = hosts.after(&host, disturbance).await {
                        return Some((Err(error), None));
                    }
                    match hosts.next_item(&host.name, &spool, &mut from) {
                        Some(item @ Followed::End(_)) => return Some((Ok(item), None)),
                        Some(item) => return Some((Ok(item), Some(from))),
                        None => tokio::time::sleep(hosts.until_next(&host.name, &spool)).await,
                    }
                }
            }
        })
        .boxed()
    }

    async fn look(&self, host: &HostAccess, spool: &SpoolId) -> Result<SpoolState, RemoteError> {
        self.before(host, Call::Probe).await?;
        let now = self.now();
        let truth = self.truth();
        let found = truth.spools.get(&(host.name.clone(), spool.to_string()));
        Ok(found.map_or(SpoolState::NotThere, |spool| spool.state(now)))
    }

    async fn cancel(&self, host: &HostAccess, spool: &SpoolId, _grace: Duration) -> Result<CancelReport, RemoteError> {
        let disturbance = self.before(host, Call::Cancel).await?;
        let state = {
            let now = self.now();
            let mut truth = self.truth();
            let name = (host.name.clone(), spool.to_string());
            match (truth.spools.get_mut(&name), self.stage.step_of_spool(spool.as_str())) {
                (Some(found), _) => {
                    if found.fate == Fate::Natural && now < found.ends_at() {
                        found.fate = Fate::Killed(now);
                    }
                    found.state(now)
                }
                (None, Some(step)) => {
                    let script = self.stage.mischief.script(&step.id);
                    let (step, fate) = (step.id.clone(), Fate::Forbidden);
                    truth.spools.insert(name, Spool { step, started: now, script, fate, has_worked: false });
                    SpoolState::Ended(End::Vanished(Vanished::Removed))
                }
                (None, None) => SpoolState::NotThere,
            }
        };
        self.after(host, disturbance).await?;
        Ok(CancelReport { state, left: Vec::new() })
    }

    async fn remove(&self, host: &HostAccess, spool: &SpoolId) -> Result<(), RemoteError> {
        let disturbance = self.before(host, Call::Remove).await?;
        {
            let now = self.now();
            let mut truth = self.truth();
            let name = (host.name.clone(), spool.to_string());
            if let Some(found) = truth.spools.get(&name).cloned() {
                if matches!(found.state(now), SpoolState::Running { .. }) {
                    return Err(RemoteError::StillRunning { host: host.name.clone(), spool: spool.to_string() });
                }
                for (pipe, word) in [(Pipe::Stdout, "stdout"), (Pipe::Stderr, "stderr")] {
                    if found.fate != Fate::Removed {
                        let printed = found.printed(pipe, now);
                        truth.printed.insert((spool.to_string(), word.to_owned()), printed);
                    }
                }
                if let Some(spool) = truth.spools.get_mut(&name) {
                    spool.fate = Fate::Removed;
                }
            }
        }
        self.after(host, disturbance).await
    }

    async fn read(&self, host: &HostAccess, _job: &Job, _limit: ReadLimit) -> Result<Output, RemoteError> {
        Err(RemoteError::Protocol { host: host.name.clone(), said: "nothing is read in a play".to_owned() })
    }

    async fn facts(&self, host: &HostAccess) -> Result<HostFacts, RemoteError> {
        Err(RemoteError::Protocol { host: host.name.clone(), said: "nothing is read in a play".to_owned() })
    }
}
