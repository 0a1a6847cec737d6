//! A plan: immutable data that leaves no choice to whoever carries it out (DESIGN §4).
//!
//! Actions are values, not closures, so a plan can be stored, hashed, shown, compared, rehearsed and resumed.

mod answer;
mod blast;
mod cloudify;
mod confirmation;
mod difference;
mod download;
mod words;

use serde::{Deserialize, Serialize};

use crate::canonical::digest;
use crate::cloudstack::VmKind;
use crate::environment::Elevate;
use crate::id::{CloudId, EnvironmentId, HostName, PlanDigest, StepId};
use crate::procedure::Inputs;
use crate::secret::SecretRef;
pub use answer::Answer;
pub use blast::{BlastRadius, Doing, Stop};
pub use cloudify::{AgentRef, Baseline, CloudifyCall, CloudifyProbe, DeploymentRef, NoSuchSide, Side};
pub use confirmation::Confirmation;
pub use difference::{Around, Part, PlanDifference, StepChange};
pub use download::{Download, FileCopy};

/// What will be done, to the last command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Raised when the meaning of a field changes, so that old runs stay readable.
    pub format: u32,
    /// Where.
    pub environment: EnvironmentId,
    /// What was chosen.
    pub inputs: Inputs,
    /// What the whole plan does, in one or two sentences.
    pub summary: String,
    /// Carried out in order.
    pub stages: Vec<Stage>,
    /// Carried out at the end whatever happened (invariant 7).
    pub finally: Vec<Step>,
    /// What somebody should know before agreeing.
    pub hazards: Vec<Hazard>,
    /// Things that were left out, and why; for example VMs that are up to date.
    pub left_out: Vec<LeftOut>,
    /// Seconds that a person has to decide after a failure, before what was opened is closed. 0: it is closed at once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hold: u32,
    /// Where somebody has to confirm before it goes on, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmations: Vec<Confirmation>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The format of the plans this version makes.
pub const PLAN_FORMAT: u32 = 1;

/// Steps that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// For example `Routers in zone1`.
    pub title: String,
    /// How many steps may be under way at once. Never two on one target.
    pub limit: u16,
    /// What is counted for progress, for example `routers`.
    pub unit: String,
    /// In order of preference; [`Step::after`] binds.
    pub steps: Vec<Step>,
    /// Where all at once, up to the limit, would be careless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolling: Option<Rolling>,
}

/// How a stage goes through its targets batch by batch. Between two batches there is a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rolling {
    /// So many targets go first, as a batch of their own; if one of them fails, the budget does not count. 0: none.
    pub canary: u16,
    /// So many targets make one batch.
    pub batch: u16,
    /// What must hold before the next batch begins.
    pub health: Vec<Probe>,
    /// So many targets may fail, and the others are still done. The run counts as failed all the same.
    pub budget: u16,
}

/// The unit of work: one action on one target, and its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Unique within the plan.
    pub id: StepId,
    /// For example `Reboot router r-4-VM`.
    pub title: String,
    /// What it acts on.
    pub target: Target,
    /// See [`StepKind`].
    pub kind: StepKind,
    /// Steps of the same stage that must be done before.
    pub after: Vec<StepId>,
    /// The step whose work this one completes: once that has begun, this one runs even when the run is aborted or
    /// something else fails, so that nothing is left half done (a system VM that was stopped is started again).
    pub completes: Option<StepId>,
    /// What is done.
    pub action: Action,
    /// What must be observed for the step to have succeeded (invariant 3).
    pub proof: Probe,
    /// What to do when the proof is there before anything was done.
    pub already: Already,
    /// What shows that the action was never begun; without it a lost reply can only be settled by proof or a person.
    pub untouched: Option<Probe>,
    /// Seconds from the first request until proof, for one attempt.
    pub deadline: u32,
    /// How often it may be tried in all. 1 for `once`.
    pub attempts: u8,
    /// What stops meanwhile and for whom; empty when nothing does.
    pub impact: String,
    /// What can go wrong, in the place where it matters.
    pub hazard: Option<String>,
    /// How it is undone.
    pub undo: Undo,
    /// What the vendor's text says here, where it says something.
    pub vendor: Option<String>,
}

impl Step {
    /// A step that may be repeated once, and about which there is nothing special; `deadline` in seconds.
    #[must_use]
    pub fn plain(id: StepId, title: String, target: Target, action: Action, proof: Probe, deadline: u32) -> Self {
        Self {
            id,
            title,
            target,
            kind: StepKind::Idempotent,
            after: Vec::new(),
            completes: None,
            action,
            proof,
            already: Already::IsDone,
            untouched: None,
            deadline,
            attempts: 2,
            impact: String::new(),
            hazard: None,
            undo: Undo::NotNeeded,
            vendor: None,
        }
    }
}

/// What a step acts on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "on")]
pub enum Target {
    /// A machine reached over SSH.
    Host {
        /// Which.
        host: HostName,
    },
    /// A system VM, through the API.
    SystemVm(VmRef),
    /// The platform as a whole: a global setting.
    Platform,
    /// One of the managers of a migration, through its API.
    Manager {
        /// Which.
        side: Side,
    },
    /// What a manager has deployed.
    Deployment(DeploymentRef),
}

impl Target {
    /// For tables.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Host { host } => host.to_string(),
            Self::SystemVm(vm) => vm.name.clone(),
            Self::Platform => "the whole installation".to_owned(),
            Self::Manager { side } => side.to_string(),
            Self::Deployment(deployment) => deployment.to_string(),
        }
    }
}

/// Names a system VM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VmRef {
    /// Its UUID.
    pub id: CloudId,
    /// Its name, for people.
    pub name: String,
    /// See [`VmKind`].
    pub kind: VmKind,
}

/// What repeating a step would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Changes nothing.
    ReadOnly,
    /// May be repeated.
    Idempotent,
    /// Must never be started twice (invariant 2).
    Once,
    /// A person does it and signs.
    Manual,
}

/// What to do when the proof is there before anything was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Already {
    /// Then there is nothing to do.
    IsDone,
    /// Act all the same: the proof cannot tell before from after.
    ActAnyway,
}

/// How a step is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// It leaves nothing behind.
    NotNeeded,
    /// By a later step of this plan.
    ByStep(StepId),
    /// By hand, like this.
    ByHand(String),
    /// Not at all.
    Impossible,
}

/// Something done to the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// A script on a host.
    Shell(Shell),
    /// An API command that changes something.
    CloudStack(CloudStackCommand),
    /// Copies of files leave their host.
    Download(Download),
    /// A call to a manager of Cloudify.
    Cloudify(CloudifyCall),
    /// Nothing is done; the proof is waited for.
    Observe,
}

/// A POSIX sh script for one host. Runs under `set -eu`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shell {
    /// Where.
    pub host: HostName,
    /// As whom.
    pub elevate: Elevate,
    /// The text; arguments are never spliced into it.
    pub script: String,
    /// `$1`, `$2` …
    pub args: Vec<String>,
    /// Environment variables whose values are looked up at the moment of the start.
    pub secrets: Vec<SecretVariable>,
    /// How progress is read from the output.
    pub reads: OutputReader,
    /// When silence means that it hangs.
    pub quiet: Option<QuietRule>,
}

/// An environment variable with a secret value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretVariable {
    /// Its name.
    pub name: String,
    /// Where the value is.
    pub value: SecretRef,
}

/// How progress is read from the output of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputReader {
    /// It is not.
    Plain,
    /// The lines of `cloudstack-sysvmadm` (dossier 1.6).
    Sysvmadm,
}

/// When a script prints nothing for this long, and nothing is pending, it hangs: its process group is ended and the proof decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietRule {
    /// Seconds without output.
    pub seconds: u32,
    /// What shows that nothing is under way any more.
    pub idle: Box<Probe>,
}

/// API commands that change something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum CloudStackCommand {
    /// `stopSystemVm`, asynchronous.
    StopSystemVm(VmRef),
    /// `startSystemVm`, asynchronous.
    StartSystemVm(VmRef),
    /// `rebootRouter`, asynchronous; stop and start on the server's side (dossier 4.3).
    RebootRouter(VmRef),
    /// `startRouter`, asynchronous.
    StartRouter(VmRef),
    /// `updateConfiguration`, synchronous.
    UpdateConfiguration {
        /// Name of the setting.
        name: String,
        /// Its new value.
        value: String,
    },
}

impl CloudStackCommand {
    /// The API's name for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::StopSystemVm(_) => "stopSystemVm",
            Self::StartSystemVm(_) => "startSystemVm",
            Self::RebootRouter(_) => "rebootRouter",
            Self::StartRouter(_) => "startRouter",
            Self::UpdateConfiguration { .. } => "updateConfiguration",
        }
    }

    /// Its parameters.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::StopSystemVm(vm) | Self::StartSystemVm(vm) | Self::RebootRouter(vm) | Self::StartRouter(vm) => {
                vec![("id", vm.id.to_string())]
            }
            Self::UpdateConfiguration { name, value } => vec![("name", name.clone()), ("value", value.clone())],
        }
    }

    /// As it would be typed into CloudMonkey: `stopSystemVm id=…`.
    #[must_use]
    pub fn words(&self) -> String {
        let parameters = self.parameters().into_iter().map(|(name, value)| format!(" {name}={value}"));
        format!("{}{}", self.name(), parameters.collect::<String>())
    }
}

/// A read-only look at the world with an expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "look")]
pub enum Probe {
    /// All of them hold.
    All {
        /// Which.
        of: Vec<Probe>,
    },
    /// The VM is stopped, or already on its way up again: the server's own scanner may be faster (dossier 4.5).
    VmStopped {
        /// Which.
        vm: VmRef,
        /// The disk it had.
        disk: CloudId,
    },
    /// The VM runs again, and its disk and version are what they should be (dossier 4.2).
    VmRebuilt {
        /// Which.
        vm: VmRef,
        /// What its disk must be.
        disk: DiskProof,
        /// SSVM and CPVM: the agent version that must be reported, where known.
        agent_version: Option<String>,
    },
    /// The VM runs with its old disk and no job works on it: nothing has begun.
    VmUntouched {
        /// Which.
        vm: VmRef,
        /// The disk it had.
        disk: CloudId,
    },
    /// The VM runs, from whatever disk, and no job works on it.
    VmRunning {
        /// Which.
        vm: VmRef,
    },
    /// A global setting has this value.
    Setting {
        /// Its name.
        name: String,
        /// The value.
        value: String,
    },
    /// Every management server answers signed requests, is `Up`, and all run one version.
    ApiReady,
    /// The integration API answers on the host itself.
    IntegrationOpen {
        /// Where.
        host: HostName,
        /// Address to ask, as seen from the host.
        address: String,
    },
    /// Nobody answers on 8096: asked on the host itself and from outside (dossier 2.3).
    IntegrationClosed {
        /// Where.
        hosts: Vec<HostName>,
        /// Address to ask, as seen from the host.
        address: String,
    },
    /// No asynchronous job is pending.
    NoPendingJobs,
    /// The API answers on every master, and no node has missed its heartbeats.
    OvsApiReady,
    /// Nobody has a volume of these vPools open, as the API says.
    OvsVolumesUnused {
        /// Names; all when empty.
        vpools: Vec<String>,
    },
    /// The cluster's own updater has come to its end, as the node says that it was started on. What the cluster says of
    /// tasks that launch updates is told beside it and proves nothing; one that failed ends the wait when nothing is at
    /// work on the node.
    OvsUpdater {
        /// What the node has to say.
        node: Box<Probe>,
    },
    /// Drydock's own store has copies of these files, and they can be opened.
    CopiesSealed {
        /// Where they come from.
        host: HostName,
        /// Which.
        files: Vec<FileCopy>,
    },
    /// Something of Cloudify.
    Cloudify(CloudifyProbe),
    /// A script on a host exits with 0; what it prints is the evidence. 10: something is at work on it. 20: it can no
    /// longer come true. Anything else: not yet.
    Shell {
        /// Where.
        host: HostName,
        /// As whom.
        elevate: Elevate,
        /// The text.
        script: String,
        /// `$1`, `$2` …
        args: Vec<String>,
    },
}

/// What a VM's disk must be to count as rebuilt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskProof {
    /// Another volume than this one, made from the template the record names.
    New {
        /// The volume it had.
        not: CloudId,
    },
    /// Made from the template the record names; for a VM that was up to date before.
    Current,
}

/// Something to know before agreeing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    /// How much it matters.
    pub weight: Weight,
    /// In words.
    pub words: String,
}

/// How much a hazard matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Good to know.
    Note,
    /// Somebody will notice.
    Caution,
    /// Something may break or be exposed.
    Danger,
}

/// Something in scope that the plan does not touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name.
    pub what: String,
    /// Why.
    pub why: String,
}

impl Plan {
    /// SHA-256 over the canonical JSON (RFC 8785): the same for the same content, whatever the order of maps.
    ///
    /// # Panics
    /// Never: a plan holds no value that JSON cannot express.
    #[must_use]
    pub fn digest(&self) -> PlanDigest {
        PlanDigest::new(digest(self)).expect("SHA-256 in hexadecimal is a digest")
    }

    /// All steps, in order, `finally` last.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.stages.iter().flat_map(|stage| &stage.steps).chain(&self.finally)
    }

    /// The step of that id.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps().find(|step| &step.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procedure::RestartSystemVms;

    fn plan() -> Plan {
        Plan {
            format: PLAN_FORMAT,
            environment: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
            inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
            summary: "Restarts nothing.".into(),
            stages: vec![],
            finally: vec![],
            hazards: vec![],
            left_out: vec![],
            hold: 0,
            confirmations: vec![],
        }
    }

    #[test]
    fn a_plan_keeps_its_digest_through_storage() {
        let stored = serde_json::to_string(&plan()).unwrap();
        let read: Plan = serde_json::from_str(&stored).unwrap();
        assert_eq!(read.digest(), plan().digest());
    }

    #[test]
    fn one_changed_byte_changes_the_digest() {
        let mut other = plan();
        other.summary = "Restarts nothing!".into();
        assert_ne!(other.digest(), plan().digest());
    }

    #[test]
    fn order_of_map_keys_and_white_space_do_not_enter_the_digest() {
        let value: serde_json::Value = serde_json::to_value(plan()).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let read: Plan = serde_json::from_str(&pretty).unwrap();
        assert_eq!(read.digest(), plan().digest());
    }
}
