//! Workflows under way: how they begin, tell of themselves, are cancelled and end (1.4, 6.4).

use std::sync::Arc;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::data::{Event, EventKind, Execution, Status, User};
use super::shared::{Shared, State};
use super::{agents, restore, snapshot, unit};

/// Why a workflow does not get to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    Cancelled,
    Failed(String),
}

/// What a workflow does.
pub(super) enum Work {
    CreateSnapshot(snapshot::Creation),
    Restore(Box<restore::Order>),
    InstallAgents(agents::Installation),
    Heal {
        instance: String,
    },
    /// Everything that changes nothing here.
    Other,
}

/// What is told about an execution when it begins.
pub(super) struct Beginning<'a> {
    pub(super) workflow: &'a str,
    pub(super) tenant: &'a str,
    pub(super) user: &'a User,
    /// With its blueprint.
    pub(super) deployment: Option<(&'a str, &'a str)>,
    pub(super) parameters: Map<String, Value>,
    /// It waits until it is alone (4.5 onward).
    pub(super) queued: bool,
}

/// Writes an execution down. Nothing happens until it is carried out.
pub(super) fn record(state: &mut State, now: String, beginning: Beginning) -> Execution {
    let execution = Execution {
        id: Uuid::new_v4().to_string(),
        workflow: beginning.workflow.to_owned(),
        status: if beginning.queued { Status::Queued } else { Status::Pending },
        error: String::new(),
        created_at: now,
        started_at: None,
        ended_at: None,
        deployment: beginning.deployment.map(|(deployment, _)| deployment.to_owned()),
        blueprint: beginning.deployment.map(|(_, blueprint)| blueprint.to_owned()),
        is_system: beginning.deployment.is_none(),
        parameters: beginning.parameters,
        tenant: beginning.tenant.to_owned(),
        created_by: beginning.user.name.clone(),
    };
    state.data.executions.push(execution.clone());
    execution
}

/// Carries an execution out, in the background.
pub(super) fn carry_out(shared: &Arc<Shared>, execution: &Execution, work: Work) {
    let run = Run {
        shared: Arc::clone(shared),
        id: execution.id.clone(),
        workflow: execution.workflow.clone(),
        tenant: execution.tenant.clone(),
        deployment: execution.deployment.clone(),
    };
    let life = shared.state().life.clone();
    tokio::spawn(async move { life.run_until_cancelled_owned(carry(run, work)).await });
}

async fn carry(run: Run, work: Work) {
    run.wait_for_turn().await;
    let mut after = restore::After::default();
    let result = match &work {
        Work::CreateSnapshot(creation) => snapshot::carry_out(&run, creation).await,
        Work::Restore(order) => restore::carry_out(&run, order, &mut after).await,
        Work::InstallAgents(installation) => agents::carry_out(&run, installation).await,
        Work::Heal { instance } => heal(&run, instance).await,
        Work::Other => run.other().await,
    };
    run.end(&result);
    if matches!(work, Work::Restore(_)) {
        restore::finish(&run.shared, result.is_ok(), after).await;
    }
}

async fn heal(run: &Run, instance: &str) -> Result<(), Stop> {
    run.start()?;
    run.step().await?;
    run.shared.estate.heal(instance, &run.shared.config.name);
    run.step().await
}

/// A workflow under way.
pub(super) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) id: String,
    pub(super) tenant: String,
    pub(super) deployment: Option<String>,
    workflow: String,
}

impl Run {
    async fn wait_for_turn(&self) {
        loop {
            {
                let mut state = self.shared.state();
                let is_busy = state.data.executions.iter().any(|other| other.id != self.id && other.status.is_active());
                match state.data.execution_mut(&self.id) {
                    Some(execution) if execution.status == Status::Queued && is_busy => {}
                    Some(execution) if execution.status == Status::Queued => {
                        execution.status = Status::Pending;
                        break;
                    }
                    _ => break,
                }
            }
            self.shared.pause().await;
        }
        self.shared.pause().await;
    }

    /// From `pending` to `started`, if nobody has cancelled it meanwhile.
    pub(super) fn start(&self) -> Result<(), Stop> {
        let now = self.shared.now();
        {
            let mut state = self.shared.state();
            match state.data.execution_mut(&self.id) {
                Some(execution) if execution.status == Status::Pending => {
                    execution.status = Status::Started;
                    execution.started_at = Some(now);
                }
                _ => return Err(Stop::Cancelled),
            }
        }
        self.event("workflow_started", &format!("Starting '{}' workflow execution", self.workflow), None);
        Ok(())
    }

    async fn other(&self) -> Result<(), Stop> {
        self.start()?;
        for _ in 0..3 {
            self.step().await?;
        }
        Ok(())
    }

    /// Takes the time of one step. That is where a workflow notices that it is being cancelled.
    pub(super) async fn step(&self) -> Result<(), Stop> {
        loop {
            self.shared.pause().await;
            let state = self.shared.state();
            let status = state.data.execution(&self.id).map(|execution| execution.status);
            if status.is_some_and(Status::is_being_cancelled) {
                return Err(Stop::Cancelled);
            }
            if !state.faults.hangs() && !state.stopped.contains(unit::WORKER) {
                return Ok(());
            }
        }
    }

    pub(super) fn log(&self, text: &str) {
        self.write(EventKind::Log("info".to_owned()), text, None);
    }

    pub(super) fn warn(&self, text: &str) {
        self.write(EventKind::Log("warning".to_owned()), text, None);
    }

    pub(super) fn event(&self, kind: &str, text: &str, instance: Option<&str>) {
        self.write(EventKind::Event(kind.to_owned()), text, instance);
    }

    fn write(&self, kind: EventKind, text: &str, instance: Option<&str>) {
        let event = Event {
            execution: self.id.clone(),
            at: self.shared.now(),
            kind,
            message: text.to_owned(),
            instance: instance.map(ToOwned::to_owned),
        };
        self.shared.state().data.events.push(event);
    }

    /// The end event first, then the status: who sees the status can read the event, as with a real manager.
    fn end(&self, result: &Result<(), Stop>) {
        let (status, kind, text, error) = match result {
            Ok(()) => (Status::Terminated, "workflow_succeeded", "execution succeeded".to_owned(), ""),
            Err(Stop::Cancelled) => (Status::Cancelled, "workflow_cancelled", "execution cancelled".to_owned(), ""),
            Err(Stop::Failed(error)) => {
                (Status::Failed, "workflow_failed", format!("execution failed: {error}"), error.as_str())
            }
        };
        if !self.shared.state().faults.loses_end_event() {
            self.event(kind, &format!("'{}' workflow {text}", self.workflow), None);
        }
        let now = self.shared.now();
        let mut state = self.shared.state();
        if let Some(execution) = state.data.execution_mut(&self.id) {
            execution.status = status;
            error.clone_into(&mut execution.error);
            execution.ended_at = Some(now);
        }
    }
}
