//! A plan in words: what is looked for, how a step may be treated, how it is undone.

use super::{DiskProof, Probe, StepKind, Undo};

impl Probe {
    /// What has to be seen, in one sentence without a full stop.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::All { of } => of.iter().map(Self::words).collect::<Vec<_>>().join("; and "),
            Self::VmStopped { vm, .. } => format!("{} is stopped, or already on its way up again", vm.name),
            Self::VmRebuilt { vm, disk, agent_version } => {
                let disk = match disk {
                    DiskProof::New { not } => format!("on a new disk (not {not}) made from the template of its record"),
                    DiskProof::Current => "on a disk made from the template of its record".to_owned(),
                };
                let agent =
                    agent_version.as_ref().map(|version| format!(", and its agent is up with version {version}"));
                format!("{} runs {disk}{}", vm.name, agent.unwrap_or_default())
            }
            Self::VmRunning { vm } => format!("{} runs, from whatever disk, and no job works on it", vm.name),
            Self::VmUntouched { vm, disk } => format!("{} runs on its old disk {disk} and no job works on it", vm.name),
            Self::Setting { name, value } => format!("setting {name} is {value}"),
            Self::ApiReady => "every management server answers, is Up, and all run one version".to_owned(),
            Self::IntegrationOpen { host, address } => format!("the integration API answers at {address} on {host}"),
            Self::IntegrationClosed { hosts, address } => {
                let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
                format!("nobody answers at {address} on {}, nor from outside", hosts.join(", "))
            }
            Self::NoPendingJobs => "no job of the cloud is pending".to_owned(),
            Self::OvsApiReady => "the API answers on every master, and no node has missed its heartbeats".to_owned(),
            Self::OvsVolumesUnused { vpools } if vpools.is_empty() => "nobody has a volume open".to_owned(),
            Self::OvsVolumesUnused { vpools } => format!("nobody has a volume of {} open", vpools.join(", ")),
            Self::OvsUpdater { node } => {
                format!("{}; what the cluster's tasks say is told, and proves nothing", node.words())
            }
            Self::CopiesSealed { host, files } => {
                let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
                format!("Drydock's own store has copies of {} of {host} that can be opened", paths.join(", "))
            }
            Self::Cloudify(probe) => probe.words(),
            Self::Shell { host, script, .. } => format!("on {host} this ends with exit code 0: {script}"),
        }
    }
}

impl StepKind {
    /// What repeating it would do.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::ReadOnly => "changes nothing",
            Self::Idempotent => "may be repeated",
            Self::Once => "never started twice",
            Self::Manual => "done by a person",
        }
    }
}

impl Undo {
    /// How a step is undone.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NotNeeded => "nothing is left behind".to_owned(),
            Self::ByStep(step) => format!("step {step} of this plan does it"),
            Self::ByHand(how) => format!("by hand: {how}"),
            Self::Impossible => "not possible".to_owned(),
        }
    }
}
