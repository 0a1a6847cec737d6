//! What goes wrong. Everything else a manager does by itself.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::estate::Estate;

/// A switch of one manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagerFault {
    /// A download ends after 40 % of what its `Content-Length` says (fact 1).
    DownloadTruncated,
    /// The next download that is asked for from its beginning ends after 40 %; those after it are whole.
    DownloadBreaks,
    /// What is sent as an archive is no snapshot, although its length is right.
    DownloadIs(Forgery),
    /// Snapshots fail with this text. From 4.0 to 5.0.5 their execution is `terminated` all the same (fact 3).
    SnapshotFails { error: String },
    /// A restore stays in its database phase for this long, or until the faults are cleared. Meanwhile everything is
    /// answered with 500, 502, 401 and 404 in turn (3.5).
    RestoreAnswersBadly { lasts: Duration },
    /// The execution of a restore is not put back into the restored database: 404 from then on (3.5).
    ExecutionDisappears,
    /// What follows a restore (the admin's account, the restart of REST, the boot) comes this much later, or when the
    /// faults are cleared.
    RestRestartsLate { lasts: Duration },
    /// A restore fails when it comes to this phase.
    RestoreFails { at: RestorePhase, error: String },
    /// Executions stay where they are for as long as this is on. They can be cancelled.
    ExecutionsHang,
    /// No execution writes its end event any more (1.3, CFY-7937).
    EndEventMissing,
    /// Installing agents fails for every deployment of a tenant.
    TenantAgentsFail { tenant: String },
    /// The agent on this host, a node instance, answers nobody: its whole deployment fails validation (4.5).
    AgentHostDead { instance: String },
    /// As soon as agents are being installed anywhere, this manager heals a host of this deployment, once (S10).
    HealStarts { tenant: String, deployment: String },
    /// Somebody works with the web interface for as long as this is on (S4).
    SomebodyLogsIn { user: String },
}

/// The phases of a restore, in the order of 4.2 (4.1). From 4.5.5 on files come before the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestorePhase {
    /// Unpacking into `/tmp`, where the disk is full before anywhere else.
    Unpack,
    Database,
    Files,
    Plugins,
    Agents,
    Environments,
}

/// What comes instead of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// As when a proxy in between answers with a page of its own.
    NoZip,
    /// A zip that is thousands of times as large unpacked.
    Bomb,
}

/// What is switched on, and since when.
#[derive(Debug, Default)]
pub(super) struct Faults {
    on: Vec<ManagerFault>,
    /// How many bad answers were given.
    bad_answers: usize,
}

impl Faults {
    pub(super) fn add(&mut self, fault: ManagerFault) {
        self.on.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.on.clear();
    }

    /// Whether a download that begins there ends too early.
    pub(super) fn truncates(&mut self, from: u64) -> bool {
        if from == 0
            && let Some(place) = self.on.iter().position(|fault| *fault == ManagerFault::DownloadBreaks)
        {
            self.on.remove(place);
            return true;
        }
        self.on.contains(&ManagerFault::DownloadTruncated)
    }

    pub(super) fn forgery(&self) -> Option<Forgery> {
        self.on.iter().find_map(|fault| match fault {
            ManagerFault::DownloadIs(forgery) => Some(*forgery),
            _ => None,
        })
    }

    pub(super) fn hangs(&self) -> bool {
        self.on.contains(&ManagerFault::ExecutionsHang)
    }

    pub(super) fn loses_execution(&self) -> bool {
        self.on.contains(&ManagerFault::ExecutionDisappears)
    }

    pub(super) fn loses_end_event(&self) -> bool {
        self.on.contains(&ManagerFault::EndEventMissing)
    }

    pub(super) fn snapshot_fails(&self) -> Option<String> {
        self.on.iter().find_map(|fault| match fault {
            ManagerFault::SnapshotFails { error } => Some(error.clone()),
            _ => None,
        })
    }

    pub(super) fn restore_fails(&self, phase: RestorePhase) -> Option<String> {
        self.on.iter().find_map(|fault| match fault {
            ManagerFault::RestoreFails { at, error } if *at == phase => Some(error.clone()),
            _ => None,
        })
    }

    pub(super) fn tenant_fails(&self, name: &str) -> bool {
        self.on.iter().any(|fault| matches!(fault, ManagerFault::TenantAgentsFail { tenant } if tenant == name))
    }

    pub(super) fn is_dead(&self, host: &str) -> bool {
        self.on.iter().any(|fault| matches!(fault, ManagerFault::AgentHostDead { instance } if instance == host))
    }

    /// Whether a restore that is in its database phase since then stays in it.
    pub(super) fn holds_database(&self, since: Instant) -> bool {
        self.on
            .iter()
            .any(|fault| matches!(fault, ManagerFault::RestoreAnswersBadly { lasts } if since.elapsed() < *lasts))
    }

    /// Whether what follows a restore that ended then has to wait.
    pub(super) fn holds_restart(&self, since: Instant) -> bool {
        self.on
            .iter()
            .any(|fault| matches!(fault, ManagerFault::RestRestartsLate { lasts } if since.elapsed() < *lasts))
    }

    /// The next bad answer.
    pub(super) fn bad_status(&mut self) -> u16 {
        let status = [500, 502, 401, 404][self.bad_answers % 4];
        self.bad_answers += 1;
        status
    }

    /// The heal whose time has come. It is used up.
    pub(super) fn heal_due(&mut self, estate: &Estate) -> Option<(String, String)> {
        if !estate.is_window_open() {
            return None;
        }
        let place = self.on.iter().position(|fault| matches!(fault, ManagerFault::HealStarts { .. }))?;
        match self.on.remove(place) {
            ManagerFault::HealStarts { tenant, deployment } => Some((tenant, deployment)),
            _ => None,
        }
    }

    /// Who works with the web interface.
    pub(super) fn visitors(&self) -> Vec<String> {
        let names = self.on.iter().filter_map(|fault| match fault {
            ManagerFault::SomebodyLogsIn { user } => Some(user.clone()),
            _ => None,
        });
        names.collect()
    }
}
