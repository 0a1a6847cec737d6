//! The things a cloud consists of.

use std::sync::Arc;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::json::Fields;
use crate::truth::{Act, Path};

#[derive(Debug)]
pub(crate) struct Zone {
    pub(crate) id: u64,
    pub(crate) uuid: String,
    pub(crate) name: String,
}

#[derive(Debug)]
pub(crate) struct Hypervisor {
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) zone: usize,
}

/// A system VM template, the old and the new one.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) version: &'static str,
}

#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) id: u64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) zone: usize,
    /// The tier's VPC.
    pub(crate) vpc: Option<usize>,
    pub(crate) redundant: bool,
    /// Of a system-only offering.
    pub(crate) system: bool,
    pub(crate) owner: Owner,
    pub(crate) restart_required: bool,
}

#[derive(Debug)]
pub(crate) struct Vpc {
    pub(crate) id: u64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) zone: usize,
    pub(crate) redundant: bool,
    pub(crate) owner: Owner,
    pub(crate) restart_required: bool,
}

/// Whose network, VPC or router it is. Objects of a project are hidden from plain lists (dossier 3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    Account(String),
    Project { name: String, uuid: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VmState {
    Running,
    Stopping,
    Stopped,
    Starting,
    Destroyed,
}

impl VmState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Starting => "Starting",
            Self::Destroyed => "Destroyed",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgentState {
    Up,
    Disconnected,
    Connecting,
}

impl AgentState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Up => "Up",
            Self::Disconnected => "Disconnected",
            Self::Connecting => "Connecting",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Redundancy {
    Primary,
    Backup,
    Unknown,
}

#[derive(Debug, Clone)]
pub(crate) struct Router {
    /// UUID of the network or VPC.
    pub(crate) serves: String,
    pub(crate) network: Option<usize>,
    pub(crate) vpc: Option<usize>,
    /// `None` for a router without partner.
    pub(crate) redundancy: Option<Redundancy>,
    /// What the running router reports.
    pub(crate) template_version: String,
    /// `None` before 4.17.
    pub(crate) software_version: Option<String>,
    pub(crate) owner: Owner,
}

#[derive(Debug, Clone)]
pub(crate) enum VmKind {
    SecondaryStorage,
    ConsoleProxy { sessions: i64 },
    Router(Router),
}

#[derive(Debug)]
pub(crate) struct Vm {
    pub(crate) id: u64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) kind: VmKind,
    pub(crate) state: VmState,
    pub(crate) zone: usize,
    pub(crate) hypervisor: usize,
    pub(crate) template: usize,
    pub(crate) agent: AgentState,
    /// Version of the agent code.
    pub(crate) version: String,
    pub(crate) created: OffsetDateTime,
    pub(crate) removed: bool,
    /// A VM that never ran cannot be missed.
    pub(crate) was_up: bool,
    /// Counts starts, so that what lags behind an older start knows it is late.
    pub(crate) boots: u32,
    /// Operations on one VM run one after the other.
    pub(crate) gate: Arc<tokio::sync::Mutex<()>>,
    pub(crate) first_root: Option<String>,
    pub(crate) stops: Vec<Act>,
    pub(crate) starts: Vec<Act>,
    pub(crate) reboots: Vec<Act>,
}

impl Vm {
    /// A VM that was never started.
    pub(crate) fn new(id: u64, kind: VmKind, zone: usize, template: usize, created: OffsetDateTime) -> Self {
        let letter = match kind {
            VmKind::SecondaryStorage => 's',
            VmKind::ConsoleProxy { .. } => 'v',
            VmKind::Router(_) => 'r',
        };
        Self {
            id,
            uuid: new_uuid(),
            name: format!("{letter}-{id}-VM"),
            kind,
            state: VmState::Stopped,
            zone,
            hypervisor: zone * 2,
            template,
            agent: AgentState::Disconnected,
            version: String::new(),
            created,
            removed: false,
            was_up: false,
            boots: 0,
            gate: Arc::default(),
            first_root: None,
            stops: Vec::new(),
            starts: Vec::new(),
            reboots: Vec::new(),
        }
    }

    pub(crate) fn kind_word(&self) -> &'static str {
        match self.kind {
            VmKind::SecondaryStorage => "secondarystoragevm",
            VmKind::ConsoleProxy { .. } => "consoleproxy",
            VmKind::Router(_) => "router",
        }
    }

    pub(crate) fn is_router(&self) -> bool {
        matches!(self.kind, VmKind::Router(_))
    }

    pub(crate) fn router(&self) -> Option<&Router> {
        match &self.kind {
            VmKind::Router(router) => Some(router),
            VmKind::SecondaryStorage | VmKind::ConsoleProxy { .. } => None,
        }
    }

    pub(crate) fn router_mut(&mut self) -> Option<&mut Router> {
        match &mut self.kind {
            VmKind::Router(router) => Some(router),
            VmKind::SecondaryStorage | VmKind::ConsoleProxy { .. } => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Volume {
    pub(crate) uuid: String,
    pub(crate) vm: u64,
    pub(crate) template: usize,
    pub(crate) created: OffsetDateTime,
    pub(crate) removed: bool,
}

impl Volume {
    pub(crate) fn new(vm: u64, template: usize, created: OffsetDateTime) -> Self {
        Self { uuid: new_uuid(), vm, template, created, removed: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobStatus {
    InProgress,
    Succeeded,
    Failed,
    Cancelled,
}

impl JobStatus {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::InProgress => 0,
            Self::Succeeded => 1,
            Self::Failed => 2,
            Self::Cancelled => 3,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) uuid: String,
    /// Name of the class, as the API shows it.
    pub(crate) class: String,
    pub(crate) status: JobStatus,
    pub(crate) code: i64,
    pub(crate) result: Option<Fields>,
    pub(crate) instance_type: &'static str,
    pub(crate) instance: Option<String>,
    pub(crate) server: usize,
    pub(crate) created: OffsetDateTime,
    pub(crate) completed: Option<OffsetDateTime>,
}

impl Job {
    pub(crate) fn is_pending(&self) -> bool {
        self.status == JobStatus::InProgress
    }
}

/// Where the management service is on its way up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Stopped,
    /// The process runs; nothing listens yet.
    Refusing,
    /// Port 8080 listens and answers 503.
    Unavailable,
    Up,
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) uuid: String,
    pub(crate) msid: i64,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) phase: Phase,
    /// What `enforce.post.requests.and.timestamps` was at the last start.
    pub(crate) enforces_post: bool,
    pub(crate) started: OffsetDateTime,
    pub(crate) stopped: OffsetDateTime,
    pub(crate) starts: u32,
}

pub(crate) fn new_uuid() -> String {
    Uuid::new_v4().to_string()
}

impl Act {
    pub(crate) fn now(by: Path) -> Self {
        Self { at: super::truth_time(super::now()), by }
    }
}
