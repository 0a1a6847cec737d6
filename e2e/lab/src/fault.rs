//! The switches with which a test makes the platform misbehave.

use serde::{Deserialize, Serialize};

/// Which call a fault concerns. What is left out matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Aim {
    /// An API command, such as `stopSystemVm`.
    pub command: Option<String>,
    /// The name of a VM, such as `s-1-VM`; of a network or VPC for their commands.
    pub vm: Option<String>,
    /// How many calls are hit before the fault is used up; every one if absent.
    pub times: Option<u32>,
}

impl Aim {
    /// One command, on whatever it is called, every time.
    pub fn command(command: &str) -> Self {
        Self { command: Some(command.to_owned()), ..Self::default() }
    }

    /// Only calls on this VM.
    pub fn on(mut self, vm: &str) -> Self {
        self.vm = Some(vm.to_owned());
        self
    }

    /// Only so many calls.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn hits(&self, command: &str, target: &str) -> bool {
        let same = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
        };
        self.times != Some(0) && same(&self.command, command) && same(&self.vm, target)
    }
}

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The job ends with status 2 and this code (530, 533, 534 …). The VM is not touched.
    JobFails { aim: Aim, code: u16 },
    /// The job never leaves status 0. The VM is not touched.
    JobNeverEnds { aim: Aim },
    /// The job ends with status 3 and no result. The VM is not touched.
    JobCancelled { aim: Aim },
    /// The call itself is answered with this error (431, 503 …).
    SubmitRefused { aim: Aim, code: u16 },
    /// The server takes the call, begins the work, and the connection breaks before the answer.
    ReplyLost { aim: Aim },
    /// A start "succeeds" but keeps the old ROOT volume.
    KeepsOldDisk { vm: String },
    /// The agent of this VM never gets beyond `Connecting`.
    AgentNeverUp { vm: String },
    /// The router goes on reporting its old template version, although its disk is new.
    RequiresUpgradeStays { vm: String },
    /// The management server restarts by itself shortly after it accepted such a call; its jobs are cut.
    ServerRestarts { aim: Aim },
    /// The clock of the management servers is wrong by this much.
    ClockOffset { seconds: i64 },
    /// The next calls are answered with 429.
    Throttled { times: u32 },
    /// Stopped system VMs are started by the platform's own scanner after this time; 0 is at once, before
    /// anybody else can. Without this switch a stopped VM stays stopped.
    Scanner { after_ms: u64 },
    /// Management servers other than the first report the release before (or the only one does).
    MixedVersions,
    /// The new system template is not ready in this zone.
    TemplateNotReady { zone: String },
    /// Somebody else's job is pending.
    ForeignJob,
    /// Port 8096 goes on listening whatever the setting says.
    PortStaysOpen,
    /// After its next restart the service answers 503 for ever.
    ServiceNeverReady,
    /// MySQL refuses the login.
    DatabaseDenied,
    /// The script's `sleep 10` never comes back.
    EndlessSleep,
    /// The script is killed at its first `sleep` of this many seconds (5: between two polls, 10: between
    /// two looks at its workers).
    ScriptKilled { at_sleep: u32 },
    /// Every disk of every management host is full: `/tmp`, `/var/tmp`, the login user's home, and what
    /// `/etc` and `/var` are kept on.
    DiskFull,
}

/// What is currently switched on.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn any(&self, wanted: impl Fn(&Fault) -> bool) -> bool {
        self.0.iter().any(wanted)
    }

    pub(crate) fn find<T>(&self, wanted: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(wanted)
    }

    /// Whether a fault hits this call. If it does, one of its times is used up.
    pub(crate) fn strike<T>(
        &mut self,
        command: &str,
        target: &str,
        wanted: impl Fn(&mut Fault) -> Option<(&mut Aim, T)>,
    ) -> Option<T> {
        for fault in &mut self.0 {
            if let Some((aim, found)) = wanted(fault)
                && aim.hits(command, target)
            {
                aim.times = aim.times.map(|left| left - 1);
                return Some(found);
            }
        }
        None
    }

    /// Whether this call is throttled.
    pub(crate) fn throttle(&mut self) -> bool {
        for fault in &mut self.0 {
            if let Fault::Throttled { times } = fault
                && *times > 0
            {
                *times -= 1;
                return true;
            }
        }
        false
    }

    /// Takes a fault away after it has happened.
    pub(crate) fn used_up(&mut self, fault: &Fault) {
        self.0.retain(|other| other != fault);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_with_times_is_used_up_by_the_calls_it_hits_and_by_no_other() {
        let mut faults = Faults::default();
        faults.add(Fault::ReplyLost { aim: Aim::command("stopSystemVm").on("s-1-VM").times(1) });
        let mut strike = |command, vm| {
            faults
                .strike(command, vm, |fault| match fault {
                    Fault::ReplyLost { aim } => Some((aim, ())),
                    _ => None,
                })
                .is_some()
        };
        assert!(!strike("startSystemVm", "s-1-VM"));
        assert!(!strike("stopSystemVm", "v-2-VM"));
        assert!(strike("stopsystemvm", "s-1-VM"));
        assert!(!strike("stopSystemVm", "s-1-VM"));
    }
}
