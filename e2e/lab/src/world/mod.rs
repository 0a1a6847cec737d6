//! The state of the simulated cloud: plain data, changed only under one lock.
//!
//! The tables are those of dossier 7.2. Numeric ids exist beside UUIDs because the old script uses them.

pub(crate) mod records;
mod topology;
mod watch;

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::config::{LabConfig, Version};
use crate::fault::Faults;
use crate::truth::Recorder;
use records::{Hypervisor, Job, Network, Router, Server, Template, Vm, VmKind, VmState, Volume, Vpc, Zone};

/// The whole cloud.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) version: Version,
    /// Rows of the `configuration` table that exist here.
    pub(crate) settings: BTreeMap<&'static str, String>,
    pub(crate) servers: Vec<Server>,
    pub(crate) zones: Vec<Zone>,
    pub(crate) hypervisors: Vec<Hypervisor>,
    pub(crate) templates: Vec<Template>,
    pub(crate) networks: Vec<Network>,
    pub(crate) vpcs: Vec<Vpc>,
    pub(crate) vms: BTreeMap<u64, Vm>,
    pub(crate) volumes: Vec<Volume>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) faults: Faults,
    pub(crate) recorder: Recorder,
    /// Ids of the account and the domain every caller here has.
    pub(crate) account: String,
    pub(crate) domain: String,
}

impl World {
    /// A cloud whose management servers were just upgraded: every VM already names the new template,
    /// every disk was made from the old one (dossier 4.1).
    pub(crate) fn new(config: &LabConfig) -> Self {
        topology::build(config)
    }

    pub(crate) fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// The VM a caller means: by UUID or by number.
    pub(crate) fn vm_named(&self, id: &str) -> Option<&Vm> {
        self.vms.values().find(|vm| !vm.removed && (vm.uuid == id || vm.id.to_string() == id))
    }

    pub(crate) fn network_named(&self, id: &str) -> Option<&Network> {
        self.networks.iter().find(|network| network.uuid == id || network.id.to_string() == id)
    }

    pub(crate) fn vpc_named(&self, id: &str) -> Option<&Vpc> {
        self.vpcs.iter().find(|vpc| vpc.uuid == id || vpc.id.to_string() == id)
    }

    /// The disk a VM runs from. Every VM has one from birth on.
    pub(crate) fn root_volume(&self, vm: u64) -> &Volume {
        self.volumes
            .iter()
            .find(|volume| volume.vm == vm && !volume.removed)
            .expect("a VM is made together with its disk")
    }

    /// Gives a VM a new disk made from the template it names, and destroys the old one.
    pub(crate) fn replace_root_volume(&mut self, vm: u64) {
        let Some(template) = self.vms.get(&vm).map(|vm| vm.template) else {
            return;
        };
        for volume in &mut self.volumes {
            volume.removed |= volume.vm == vm;
        }
        self.volumes.push(Volume::new(vm, template, now()));
    }

    /// Whether a router has to be rebuilt, as its running part sees it (dossier 4.2).
    pub(crate) fn requires_upgrade(&self, router: &Router) -> bool {
        let behind = router.template_version != self.setting(MIN_TEMPLATE);
        // From 4.17 on a live-patched router passes although its template is old.
        let patched =
            self.version > Version::V4_15 && router.software_version.as_deref() == Some(self.version.release());
        behind && !patched
    }

    /// Routers that serve the same network or VPC.
    pub(crate) fn router_group(&self, group: &str) -> Vec<u64> {
        self.vms.values().filter(|vm| !vm.removed && vm.group() == Some(group)).map(|vm| vm.id).collect()
    }

    /// Changes the state of a VM, and looks whether others of its group are down too.
    pub(crate) fn set_state(&mut self, id: u64, state: VmState) {
        if let Some(vm) = self.vms.get_mut(&id) {
            vm.state = state;
            vm.was_up |= state == VmState::Running;
            self.look_for_overlap(id);
        }
    }

    pub(crate) fn next_vm_id(&self) -> u64 {
        self.vms.keys().next_back().map_or(1, |last| last + 1)
    }

    /// Adds a VM with a disk from the template it names.
    pub(crate) fn add_vm(&mut self, vm: Vm) {
        self.volumes.push(Volume::new(vm.id, vm.template, vm.created));
        self.vms.insert(vm.id, vm);
    }

    pub(crate) fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.uuid == id)
    }

    pub(crate) fn job_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.uuid == id)
    }

    /// The newest running job on an object, as list answers show it.
    pub(crate) fn pending_job(&self, instance: &str) -> Option<&Job> {
        self.jobs.iter().rev().find(|job| job.instance.as_deref() == Some(instance) && job.is_pending())
    }
}

/// The setting with the template version routers must have.
pub(crate) const MIN_TEMPLATE: &str = "minreq.sysvmtemplate.version";
/// The setting for the unauthenticated port.
pub(crate) const INTEGRATION_PORT: &str = "integration.api.port";
/// The setting that demands expiring signatures and POST.
pub(crate) const ENFORCE_POST: &str = "enforce.post.requests.and.timestamps";

impl Vm {
    /// What a router shares with its partner: the UUID of its network or VPC.
    pub(crate) fn group(&self) -> Option<&str> {
        match &self.kind {
            VmKind::Router(router) => Some(&router.serves),
            VmKind::SecondaryStorage | VmKind::ConsoleProxy { .. } => None,
        }
    }
}

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// A time as the API writes it.
pub(crate) fn api_time(time: OffsetDateTime) -> String {
    time.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+0000")).unwrap_or_default()
}

/// A time as the ground truth has it.
pub(crate) fn truth_time(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
