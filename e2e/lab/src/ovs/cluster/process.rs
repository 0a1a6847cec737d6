//! Processes of services: started, killed, and what follows when they end.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tokio::process::Child;

use super::Cluster;
use crate::ovs::config::OvsInit;
use crate::ovs::node::Spawn;
use crate::ovs::packages::volumedriver_packages;
use crate::ovs::truth::{OvsAct, StopCause};
use crate::ovs::unit::{Duty, UnitPhase};

/// upstart's `respawn limit 10 5` (5.1).
const RESPAWNS: (usize, Duration) = (10, Duration::from_secs(5));
const SIGNAL_KILL: i32 = 9;

impl Cluster {
    /// The version of a package's files on a node's disk.
    pub(crate) fn code(&self, node: usize, package: &str) -> Option<String> {
        let text = self.node(node).read(&format!("/usr/share/{package}/version")).ok()?;
        Some(text.trim_end().to_owned())
    }

    /// Starts the process of a unit, and follows it. The unit must be known and its gate held.
    pub(super) async fn start_process(&self, node: usize, name: &str, phase: UnitPhase) -> Result<u32, String> {
        let (duty, command, program) = {
            let world = self.world();
            let unit = world.nodes[node].units.get(name).ok_or_else(|| format!("{name} is unknown"))?;
            (unit.duty.clone(), unit.command.clone(), unit.program().to_owned())
        };
        let link = format!("/usr/lib/ovs-lab/run/{program}");
        let spawn = match duty {
            Duty::Memcached => Spawn {
                shown: &command,
                program: "/usr/bin/python3",
                arguments: &["-S", "-E", "/usr/lib/ovs-lab/memcached.py"],
                says_ready: true,
            },
            _ => Spawn { shown: &command, program: &link, arguments: &["infinity"], says_ready: false },
        };
        let started = self.node(node).spawn(&spawn).await;
        let (pid, child) = started.map_err(|error| error.to_string())?;
        let names = duty.runs().iter().map(|package| match *package {
            // The name changed with 2.7 (4.3).
            "volumedriver-server" => volumedriver_packages(self.config().generation)[1],
            other => other,
        });
        let code: BTreeMap<String, String> =
            names.filter_map(|package| Some((package.to_owned(), self.code(node, package)?))).collect();
        if duty == Duty::Memcached {
            self.write_pid_file(node, pid);
        }
        if phase == UnitPhase::Running {
            self.write_run_file(node, name, &duty, &code);
        }
        {
            let mut world = self.world();
            if let Some(unit) = world.nodes[node].units.get_mut(name) {
                unit.phase = phase;
                unit.pid = Some(pid);
                unit.since = Some(Instant::now());
                unit.code.clone_from(&code);
            }
            if phase == UnitPhase::Running {
                world.record(node, OvsAct::Started { unit: name.to_owned(), pid, code });
            }
        }
        self.follow(node, name, pid, child);
        self.log(node, name, &format!("started with process {pid}"));
        self.changed();
        Ok(pid)
    }

    /// Tells a unit's process to end, and waits until it has.
    pub(super) async fn end_process(&self, node: usize, name: &str, signal: &str) {
        let pid = self.world().nodes[node].units.get(name).and_then(|unit| unit.pid);
        let Some(pid) = pid else { return };
        self.kill(node, pid, signal).await;
        let gone = self.until(|world| {
            let unit = world.nodes[node].units.get(name);
            unit.is_none_or(|unit| unit.pid != Some(pid)).then_some(())
        });
        gone.await;
    }

    pub(super) async fn kill(&self, node: usize, pid: u32, signal: &str) {
        let killed = self.node(node).run("kill -\"$1\" \"$2\"", &[signal, &pid.to_string()]).await;
        if let Err(error) = killed {
            tracing::error!("process {pid} was not killed: {error}");
        }
    }

    fn follow(&self, node: usize, name: &str, pid: u32, mut child: Child) {
        let (cluster, name) = (self.clone(), name.to_owned());
        self.spawn(async move {
            if let Ok(status) = child.wait().await {
                cluster.ended(node, &name, pid, status).await;
            }
        });
    }

    /// A process has ended. Was that asked for, and does the init system start it again?
    async fn ended(&self, node: usize, name: &str, pid: u32, status: ExitStatus) {
        let again = {
            let mut world = self.world();
            let is_down = world.nodes[node].is_down;
            let Some(unit) = world.nodes[node].units.get_mut(name) else { return };
            if unit.pid != Some(pid) {
                return;
            }
            let was = unit.phase;
            unit.pid = None;
            unit.since = None;
            unit.ended = Some(Instant::now());
            let forgets = unit.duty == Duty::Memcached;
            // A watcher goes on waiting, whatever became of the process that waits.
            let waits = was == UnitPhase::Starting && unit.wanted;
            unit.phase = if waits { UnitPhase::Starting } else { UnitPhase::Stopped };
            let died = was == UnitPhase::Running && !is_down;
            if died {
                unit.deaths.push_back(Instant::now());
                unit.deaths.retain(|death| death.elapsed() < RESPAWNS.1);
            }
            let again = died && self.starts_again(unit.duty.is_sysv(), unit.deaths.len(), status);
            if died && !again && self.config().init == OvsInit::Systemd && !is_clean(status) {
                unit.phase = UnitPhase::Failed;
            }
            world.memcached_life += u64::from(forgets);
            if died {
                world.record(node, OvsAct::Stopped { unit: name.to_owned(), cause: StopCause::Died });
            }
            died.then_some(again)
        };
        self.changed();
        if let Some(again) = again {
            self.after_death(node, name, again).await;
        }
    }

    /// upstart: `respawn`. systemd: `Restart=on-failure` (5.1). Neither for what the distribution brings.
    fn starts_again(&self, is_sysv: bool, deaths: usize, status: ExitStatus) -> bool {
        let wanted = match self.config().init {
            OvsInit::Upstart => true,
            OvsInit::Systemd => !is_clean(status),
        };
        wanted && !is_sysv && deaths <= RESPAWNS.0
    }

    /// As the distribution's own script for memcached does.
    fn write_pid_file(&self, node: usize, pid: u32) {
        if let Err(error) = self.node(node).write("/run/memcached.pid", &format!("{pid}\n")) {
            tracing::error!("no pid file of memcached: {error}");
        }
    }

    /// (3.1)
    fn write_run_file(&self, node: usize, name: &str, duty: &Duty, code: &BTreeMap<String, String>) {
        use crate::ovs::config::OvsGeneration::{A, B, C};
        if code.is_empty() {
            return;
        }
        let generation = self.config().generation;
        let version = |version: &str| match duty {
            // These know their program's version, not the package's.
            Duty::Proxy { .. } | Duty::Asd | Duty::Maintenance | Duty::Arakoon { .. } | Duty::Volumedriver { .. } => {
                crate::ovs::packages::upstream(version).to_owned()
            }
            _ => version.to_owned(),
        };
        let text = match generation {
            A => code.iter().next_back().map(|(_, found)| version(found)).unwrap_or_default(),
            B | C => {
                let pairs = code.iter().rev().map(|(package, found)| format!("{package}={}", version(found)));
                pairs.collect::<Vec<_>>().join(";")
            }
        };
        let short = name.strip_prefix("ovs-").unwrap_or(name);
        let dir = match (duty, generation) {
            (Duty::Asd | Duty::AsdManager | Duty::AsdWatcher, A) => "/opt/alba-asdmanager/run",
            (Duty::Asd | Duty::AsdManager | Duty::AsdWatcher, B | C) => "/opt/asd-manager/run",
            (Duty::Maintenance, B | C) => "/opt/asd-manager/run",
            _ => "/opt/OpenvStorage/run",
        };
        if let Err(error) = self.node(node).write(&format!("{dir}/{short}.version"), &format!("{text}\n")) {
            tracing::error!("no run file of {name}: {error}");
        }
    }

    /// A line of the unit's own log (4.1).
    pub(super) fn log(&self, node: usize, name: &str, text: &str) {
        let line = format!("{} {name}: {text}", super::now());
        if self.config().init == OvsInit::Upstart {
            // A node that is down has no disk to write to; then nobody reads it either.
            let _ = self.node(node).append(&format!("/var/log/upstart/{name}.log"), &format!("{line}\n"));
        }
        if let Some(unit) = self.world().nodes[node].units.get_mut(name) {
            unit.log.push(line);
        }
    }
}

/// What systemd takes for a clean end: SIGTERM is one (5.1).
fn is_clean(status: ExitStatus) -> bool {
    match status.signal() {
        Some(signal) => signal != SIGNAL_KILL,
        None => status.success(),
    }
}
