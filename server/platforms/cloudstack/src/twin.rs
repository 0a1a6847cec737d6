//! A twin of a cloud, for rehearsals: made from what was seen, changed by the commands of a plan as CloudStack would be
//! when all goes well. Nothing outside is touched.

use std::collections::{BTreeMap, BTreeSet};

use model::cloudstack::{CloudStackInventory, VmState};
use model::id::CloudId;
use model::plan::{Answer, CloudStackCommand, DiskProof, Plan, Probe, VmRef};

use crate::settings::INTEGRATION_PORT;

/// See the module.
#[derive(Debug, Clone)]
pub struct Twin {
    vms: BTreeMap<CloudId, TwinVm>,
    settings: BTreeMap<String, String>,
    /// 8096 answers: the setting as of the last restart of the management server.
    port_is_open: bool,
}

#[derive(Debug, Clone)]
struct TwinVm {
    is_running: bool,
    /// The disk it was seen with.
    disk: Option<CloudId>,
    /// How often it was rebuilt here.
    rebuilt: u32,
}

impl Twin {
    /// The cloud as it was seen; VMs of the plan that were not seen run with the disk the plan expects.
    #[must_use]
    pub fn of(plan: &Plan, seen: Option<&CloudStackInventory>) -> Self {
        let mut vms = BTreeMap::new();
        for step in plan.steps() {
            for vm in vms_of(&step.proof).into_iter().chain(running(&step.proof)) {
                vms.insert(vm.id.clone(), TwinVm { is_running: true, disk: None, rebuilt: 0 });
            }
        }
        for vm in seen.and_then(|seen| seen.system_vms.value()).into_iter().flatten() {
            let disk = vm.root.value().map(|root| root.id.clone());
            vms.insert(vm.id.clone(), TwinVm { is_running: vm.state == VmState::Running, disk, rebuilt: 0 });
        }
        let port = seen.and_then(|seen| seen.integration_port.value().copied()).unwrap_or(0);
        let listens = |seen: &CloudStackInventory| {
            let mut hosts = seen.management_hosts.values().filter_map(|host| host.value());
            hosts.any(|host| host.integration_listening)
        };
        Self {
            vms,
            settings: BTreeMap::from([(INTEGRATION_PORT.to_owned(), port.to_string())]),
            port_is_open: seen.is_some_and(listens),
        }
    }

    /// What CloudStack would have done when that command, or its job, is over.
    pub fn act(&mut self, command: &CloudStackCommand) {
        match command {
            CloudStackCommand::StopSystemVm(vm) => {
                self.vms.entry(vm.id.clone()).or_insert_with(TwinVm::new).is_running = false;
            }
            CloudStackCommand::StartSystemVm(vm)
            | CloudStackCommand::RebootRouter(vm)
            | CloudStackCommand::StartRouter(vm) => self.rebuild(vm),
            CloudStackCommand::UpdateConfiguration { name, value } => {
                self.settings.insert(name.clone(), value.clone());
            }
        }
    }

    /// What a script would have done that is proven by `proof`.
    pub fn ran_script(&mut self, proof: &Probe) {
        for vm in vms_of(proof).into_iter().cloned().collect::<BTreeSet<VmRef>>() {
            self.rebuild(&vm);
        }
        if restarts_the_server(proof) {
            self.port_is_open = self.settings.get(INTEGRATION_PORT).is_some_and(|port| port != "0");
        }
    }

    fn rebuild(&mut self, vm: &VmRef) {
        let twin = self.vms.entry(vm.id.clone()).or_insert_with(TwinVm::new);
        twin.is_running = true;
        twin.rebuilt += 1;
    }

    /// What CloudStack would answer; `None` where the probe asks a host, or for all of several things.
    #[must_use]
    pub fn look(&self, probe: &Probe) -> Option<Answer> {
        let says = |holds: bool, evidence: String| {
            Some(if holds { Answer::Holds { evidence } } else { Answer::NotYet { evidence } })
        };
        match probe {
            Probe::VmStopped { vm, disk } => {
                let twin = self.vm(vm)?;
                let was_stopped = twin.rebuilt > 0 || twin.disk.as_ref().is_some_and(|now| now != disk);
                says(!twin.is_running || was_stopped, format!("{} is {}", vm.name, twin.words()))
            }
            Probe::VmRebuilt { vm, disk, .. } => {
                let twin = self.vm(vm)?;
                let is_new = twin.rebuilt > 0
                    || match disk {
                        DiskProof::New { not } => twin.disk.as_ref().is_some_and(|now| now != not),
                        DiskProof::Current => false,
                    };
                says(twin.is_running && is_new, format!("{} is {}", vm.name, twin.words()))
            }
            Probe::VmRunning { vm } => {
                let twin = self.vm(vm)?;
                says(twin.is_running, format!("{} is {}", vm.name, twin.words()))
            }
            Probe::VmUntouched { vm, .. } => {
                let twin = self.vm(vm)?;
                says(twin.is_running && twin.rebuilt == 0, format!("{} is {}", vm.name, twin.words()))
            }
            Probe::Setting { name, value } => {
                let now = self.settings.get(name).map_or("", String::as_str);
                says(now == value, format!("{name} is {now}"))
            }
            Probe::ApiReady => says(true, "the API answers".to_owned()),
            Probe::IntegrationOpen { .. } => says(self.port_is_open, self.port_words()),
            Probe::IntegrationClosed { .. } => says(!self.port_is_open, self.port_words()),
            Probe::All { .. }
            | Probe::NoPendingJobs
            | Probe::Cloudify(_)
            | Probe::Shell { .. }
            | Probe::OvsApiReady
            | Probe::OvsVolumesUnused { .. }
            | Probe::OvsUpdater { .. }
            | Probe::CopiesSealed { .. } => None,
        }
    }

    fn vm(&self, vm: &VmRef) -> Option<&TwinVm> {
        self.vms.get(&vm.id)
    }

    fn port_words(&self) -> String {
        format!("port 8096 is {}", if self.port_is_open { "open" } else { "closed" })
    }
}

impl TwinVm {
    const fn new() -> Self {
        Self { is_running: true, disk: None, rebuilt: 0 }
    }

    const fn words(&self) -> &'static str {
        match (self.is_running, self.rebuilt) {
            (false, _) => "Stopped",
            (true, 0) => "Running with the disk it had",
            (true, _) => "Running with a new disk",
        }
    }
}

/// The VMs that a probe wants rebuilt.
fn vms_of(probe: &Probe) -> Vec<&VmRef> {
    match probe {
        Probe::All { of } => of.iter().flat_map(vms_of).collect(),
        Probe::VmRebuilt { vm, .. } => vec![vm],
        _ => Vec::new(),
    }
}

/// The VM that a probe wants running.
fn running(probe: &Probe) -> Option<&VmRef> {
    match probe {
        Probe::VmRunning { vm } => Some(vm),
        _ => None,
    }
}

fn restarts_the_server(probe: &Probe) -> bool {
    match probe {
        Probe::All { of } => of.iter().any(restarts_the_server),
        Probe::IntegrationOpen { .. } | Probe::IntegrationClosed { .. } => true,
        _ => false,
    }
}
