//! A probe in words: what has to be seen.

use model::plan::{DiskProof, Probe};

/// One sentence without a full stop.
#[must_use]
pub fn probe_words(probe: &Probe) -> String {
    match probe {
        Probe::All { of } => of.iter().map(probe_words).collect::<Vec<_>>().join("; and "),
        Probe::VmStopped { vm, .. } => format!("{} is stopped, or already on its way up again", vm.name),
        Probe::VmRebuilt { vm, disk, agent_version } => {
            let disk = match disk {
                DiskProof::New { not } => format!("on a new disk (not {not}) made from the template of its record"),
                DiskProof::Current => "on a disk made from the template of its record".to_owned(),
            };
            let agent = agent_version.as_ref().map(|version| format!(", and its agent is up with version {version}"));
            format!("{} runs {disk}{}", vm.name, agent.unwrap_or_default())
        }
        Probe::VmRunning { vm } => format!("{} runs, from whatever disk, and no job works on it", vm.name),
        Probe::VmUntouched { vm, disk } => format!("{} runs on its old disk {disk} and no job works on it", vm.name),
        Probe::Setting { name, value } => format!("setting {name} is {value}"),
        Probe::ApiReady => "every management server answers, is Up, and all run one version".to_owned(),
        Probe::IntegrationOpen { host, address } => format!("the integration API answers at {address} on {host}"),
        Probe::IntegrationClosed { hosts, address } => {
            let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            format!("nobody answers at {address} on {}, nor from outside", hosts.join(", "))
        }
        Probe::NoPendingJobs => "no job of the cloud is pending".to_owned(),
        Probe::OvsApiReady => "the API answers on every master, and no node has missed its heartbeats".to_owned(),
        Probe::OvsVolumesUnused { vpools } if vpools.is_empty() => "nobody has a volume open".to_owned(),
        Probe::OvsVolumesUnused { vpools } => format!("nobody has a volume of {} open", vpools.join(", ")),
        Probe::OvsUpdater { node } => {
            format!("{}; what the cluster's tasks say is told, and proves nothing", probe_words(node))
        }
        Probe::CopiesSealed { host, files } => {
            let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
            format!("Drydock's own store has copies of {} of {host} that can be opened", paths.join(", "))
        }
        Probe::Cloudify(probe) => probe.words(),
        Probe::Shell { host, script, .. } => format!("on {host} this ends with exit code 0: {script}"),
    }
}
