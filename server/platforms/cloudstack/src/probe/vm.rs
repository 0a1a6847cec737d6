//! What the state of a VM says about a probe. Pure (dossier 4.2, 4.4, 4.5).

use model::cloudstack::{AgentState, Redundancy, RootVolume, SystemVm, VmKind, VmState, same_version};
use model::id::CloudId;
use model::plan::{Answer, DiskProof};

/// A VM and its disk, looked at one after the other: the disk first, so that a new disk is never paired with a state
/// from before.
pub(crate) struct Look {
    pub(crate) vm: SystemVm,
    /// The disk, or why it was not seen.
    pub(crate) disk: Result<RootVolume, String>,
    /// A job that works on the VM.
    pub(crate) job: Option<String>,
}

pub(crate) fn holds(evidence: String) -> Answer {
    Answer::Holds { evidence }
}

pub(crate) fn not_yet(evidence: String) -> Answer {
    Answer::NotYet { evidence }
}

impl Look {
    fn name(&self) -> &str {
        &self.vm.name
    }

    /// `NotYet` while nothing is under way, `Busy` while a job works on the VM.
    fn not_yet(&self, evidence: String) -> Answer {
        match &self.job {
            Some(job) => Answer::Busy { by: format!("{job}: {evidence}") },
            None => not_yet(evidence),
        }
    }

    /// The answer where the VM is neither Running nor on its way, if so.
    fn lost(&self, word: &str) -> Answer {
        let evidence = format!("{} is in state {word}", self.name());
        match word {
            "Error" | "Destroyed" | "Expunging" => Answer::Never { evidence },
            _ => self.not_yet(evidence),
        }
    }

    fn moving(&self) -> Answer {
        Answer::Busy { by: format!("{} is {}", self.name(), self.vm.state) }
    }

    pub(crate) fn stopped(&self, old: &CloudId) -> Answer {
        let name = self.name();
        match (&self.vm.state, &self.disk) {
            (VmState::Stopped, _) => match &self.job {
                Some(job) => Answer::Busy { by: format!("{job}: {name} is Stopped") },
                None => holds(format!("{name} is Stopped")),
            },
            (VmState::Starting, _) => holds(format!("{name} was stopped and is Starting again")),
            (VmState::Running, Ok(disk)) if &disk.id != old => {
                holds(format!("{name} was stopped and runs from the new disk {}", disk.id))
            }
            (VmState::Running, Ok(_)) => self.not_yet(format!("{name} is Running with its old disk")),
            (VmState::Running, Err(reason)) => Answer::Unknown { reason: reason.clone() },
            (VmState::Stopping, _) => self.moving(),
            (VmState::Other(word), _) => self.lost(word),
        }
    }

    pub(crate) fn running(&self) -> Answer {
        let name = self.name();
        match (&self.vm.state, &self.job) {
            (_, Some(job)) => Answer::Busy { by: format!("{job}: {name} is {}", self.vm.state) },
            (VmState::Running, None) => holds(format!("{name} is Running")),
            (VmState::Starting | VmState::Stopping, None) => self.moving(),
            (VmState::Stopped, None) => not_yet(format!("{name} is Stopped")),
            (VmState::Other(word), None) => self.lost(word),
        }
    }

    pub(crate) fn untouched(&self, old: &CloudId) -> Answer {
        let name = self.name();
        if let Some(job) = &self.job {
            return Answer::Busy { by: job.clone() };
        }
        match (&self.vm.state, &self.disk) {
            (VmState::Running, Ok(disk)) if &disk.id == old => {
                holds(format!("{name} is Running with its old disk {old}, and no job works on it"))
            }
            (_, Ok(disk)) if &disk.id != old => {
                Answer::Never { evidence: format!("{name} has another disk: {}", disk.id) }
            }
            (_, Err(reason)) => Answer::Unknown { reason: reason.clone() },
            (VmState::Starting | VmState::Stopping, _) => self.moving(),
            (VmState::Running | VmState::Stopped | VmState::Other(_), Ok(_)) => {
                not_yet(format!("{name} is {}", self.vm.state))
            }
        }
    }

    pub(crate) fn rebuilt(&self, proof: &DiskProof, agent_version: Option<&str>) -> Answer {
        let name = self.name();
        match &self.vm.state {
            VmState::Running => {}
            VmState::Starting | VmState::Stopping => return self.moving(),
            VmState::Stopped => return self.not_yet(format!("{name} is Stopped")),
            VmState::Other(word) => return self.lost(word),
        }
        let disk = match self.disk(proof) {
            Ok(evidence) => evidence,
            Err(answer) => return answer,
        };
        if let Some(job) = &self.job {
            return Answer::Busy { by: format!("{job}: {name} is Running") };
        }
        let service = match self.vm.kind {
            VmKind::SecondaryStorage | VmKind::ConsoleProxy => self.agent(agent_version),
            VmKind::Router => self.router(),
        };
        match service {
            Ok(evidence) => holds(format!("{name} is Running from {disk}, {evidence}")),
            Err(answer) => answer,
        }
    }

    fn disk(&self, proof: &DiskProof) -> Result<String, Answer> {
        let name = self.name();
        let disk = self.disk.as_ref().map_err(|reason| Answer::Unknown { reason: reason.clone() })?;
        let Some(template) = &self.vm.template else {
            return Err(Answer::Unknown { reason: format!("the record of {name} names no template") });
        };
        let template_name = self.vm.template_name.as_deref().unwrap_or(template.as_str());
        let from_it = disk.template.as_ref() == Some(template);
        match proof {
            DiskProof::New { not } if &disk.id == not => {
                Err(self.not_yet(format!("{name} is Running with its old disk {not}")))
            }
            DiskProof::New { .. } if !from_it => Err(Answer::Never {
                evidence: format!("{name} has the new disk {}, but not from {template_name}", disk.id),
            }),
            DiskProof::New { .. } => {
                Ok(format!("the new disk {} made from {template_name} on {}", disk.id, disk.created))
            }
            DiskProof::Current if !from_it => {
                Err(self.not_yet(format!("the disk of {name} is not from {template_name}")))
            }
            DiskProof::Current => Ok(format!("disk {} made from {template_name}", disk.id)),
        }
    }

    fn agent(&self, wanted: Option<&str>) -> Result<String, Answer> {
        let name = self.name();
        match &self.vm.agent {
            Some(AgentState::Up) => {}
            Some(AgentState::NotUp(word)) => return Err(not_yet(format!("{name} is Running, its agent is {word}"))),
            None => return Err(Answer::Unknown { reason: format!("the server does not tell the agent of {name}") }),
        }
        match (&self.vm.version, wanted) {
            (Some(found), Some(wanted)) if !same_version(found, wanted) => Err(not_yet(format!(
                "the agent of {name} is Up with version {found}, {wanted} is expected; on KVM that is the version of the \
                 package on host {}",
                self.vm.hypervisor.as_deref().unwrap_or("it runs on")
            ))),
            (None, Some(wanted)) => {
                Err(not_yet(format!("the agent of {name} is Up, version {wanted} is not told yet")))
            }
            (Some(found), _) => Ok(format!("its agent is Up with version {found}")),
            (None, None) => Ok("its agent is Up".to_owned()),
        }
    }

    fn router(&self) -> Result<String, Answer> {
        let name = self.name();
        let version = self.vm.version.as_deref().unwrap_or("not told");
        match self.vm.requires_upgrade {
            Some(false) => {}
            Some(true) => {
                return Err(not_yet(format!(
                    "{name} is Running, the server still says that it requires an upgrade (its version: {version})"
                )));
            }
            None => {
                return Err(Answer::Unknown {
                    reason: format!("the server does not say whether {name} requires an upgrade"),
                });
            }
        }
        let role = match &self.vm.redundancy {
            Redundancy::Single => "",
            Redundancy::Primary => ", carries the traffic",
            Redundancy::Backup => ", stands by",
            Redundancy::Unclear(word) => {
                return Err(not_yet(format!("{name} is Running, its redundant state has not settled: {word}")));
            }
        };
        Ok(format!("version {version}{role}"))
    }
}

/// Whether `FAULT` is where a router stays: none of its network or VPC carries traffic, as is normal for a VPC all of
/// whose instances are stopped (dossier 4.4).
pub(crate) fn rests_in_fault(vm: &SystemVm, neighbours: &[SystemVm]) -> bool {
    let carries = |other: &SystemVm| matches!(other.redundancy, Redundancy::Primary | Redundancy::Backup);
    vm.redundancy == Redundancy::Unclear("FAULT".to_owned()) && !neighbours.iter().any(carries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, id, router};

    fn look(vm: SystemVm) -> Look {
        let disk = vm.root.value().cloned().ok_or_else(|| "not seen".to_owned());
        Look { vm, disk, job: None }
    }

    fn ssvm() -> SystemVm {
        fixture::vm(11, VmKind::SecondaryStorage)
    }

    fn new() -> DiskProof {
        DiskProof::New { not: id(5011) }
    }

    fn rebuilt(vm: SystemVm) -> Answer {
        look(vm).rebuilt(&new(), Some(fixture::VERSION))
    }

    #[test]
    fn a_new_template_in_the_record_is_no_proof() {
        assert!(matches!(rebuilt(ssvm()), Answer::NotYet { .. }));
    }

    #[test]
    fn a_new_disk_with_its_agent_up_and_right_is_proof() {
        let Answer::Holds { evidence } = rebuilt(fixture::rebuilt(ssvm())) else { panic!("it is rebuilt") };
        assert!(evidence.contains(id(6011).as_str()) && evidence.contains("4.20.1.0"), "{evidence}");
    }

    #[test]
    fn running_is_not_enough_while_the_agent_is_away_or_old() {
        let away = SystemVm { agent: Some(AgentState::NotUp("Connecting".into())), ..fixture::rebuilt(ssvm()) };
        assert!(matches!(rebuilt(away), Answer::NotYet { .. }));
        let old = SystemVm { version: Some("4.19.1.0".into()), ..fixture::rebuilt(ssvm()) };
        let Answer::NotYet { evidence } = rebuilt(old) else { panic!("its version is old") };
        assert!(evidence.contains("kvm1"), "the host to look at is named: {evidence}");
    }

    #[test]
    fn a_disk_from_a_wrong_template_will_not_become_right() {
        let vm = SystemVm { template: Some(id(902)), ..fixture::rebuilt(ssvm()) };
        assert!(matches!(rebuilt(vm), Answer::Never { .. }));
    }

    #[test]
    fn a_stop_that_the_scanner_has_undone_counts_as_stopped() {
        let stopped = |vm: SystemVm| look(vm).stopped(&id(5011));
        assert!(matches!(stopped(ssvm()), Answer::NotYet { .. }));
        for state in [VmState::Stopped, VmState::Starting] {
            assert!(matches!(stopped(SystemVm { state, ..ssvm() }), Answer::Holds { .. }));
        }
        assert!(matches!(stopped(fixture::rebuilt(ssvm())), Answer::Holds { .. }));
        assert!(matches!(stopped(SystemVm { state: VmState::Stopping, ..ssvm() }), Answer::Busy { .. }));
    }

    #[test]
    fn a_vm_with_a_job_is_not_untouched() {
        let mut seen = look(ssvm());
        assert!(matches!(seen.untouched(&id(5011)), Answer::Holds { .. }));
        seen.job = Some("job 1".into());
        assert!(matches!(seen.untouched(&id(5011)), Answer::Busy { .. }));
        assert!(matches!(look(fixture::rebuilt(ssvm())).untouched(&id(5011)), Answer::Never { .. }));
    }

    #[test]
    fn a_disk_that_was_not_seen_is_unknown() {
        let mut seen = look(fixture::rebuilt(ssvm()));
        seen.disk = Err("listVolumes timed out".into());
        assert!(matches!(seen.rebuilt(&new(), None), Answer::Unknown { .. }));
    }

    #[test]
    fn a_redundant_router_is_proven_only_when_its_pair_has_settled() {
        let state = |redundancy| look(fixture::rebuilt(router(11, 202, redundancy))).rebuilt(&new(), None);
        assert!(matches!(state(Redundancy::Unclear("UNKNOWN".into())), Answer::NotYet { .. }));
        assert!(matches!(state(Redundancy::Backup), Answer::Holds { .. }));
        assert!(matches!(state(Redundancy::Primary), Answer::Holds { .. }));
    }

    #[test]
    fn fault_is_a_place_to_rest_only_where_nobody_carries_traffic() {
        let fault = Redundancy::Unclear("FAULT".into());
        let vm = router(11, 202, fault.clone());
        assert!(rests_in_fault(&vm, &[router(12, 202, fault)]));
        assert!(!rests_in_fault(&vm, &[router(12, 202, Redundancy::Primary)]));
    }
}
