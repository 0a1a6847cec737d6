//! For labs and benchmarks only, and not in the server's binary: carries out a plan that nobody has approved, as if it had
//! been. What follows is the engine as it is.

mod instant;
mod past;

use std::sync::Arc;
use std::time::Instant;

use model::environment::Environment;
use model::event::EventKind;
use model::id::{EnvironmentId, RequestId, RunId};
use model::inventory::Inventory;
use model::people::Person;
use model::plan::Plan;
use model::procedure::Inputs;
use model::request::{Request, RequestState};
use model::time::Timestamp;

use crate::executor::drive;
use crate::executor::journal::RunJournal;
use crate::executor::step::{Carrier, request_lifetime};
use crate::platform;
use crate::store::journal::{self, Author, NewRun};
use crate::store::requests;
use crate::{Engine, EngineError, Result};
use instant::InstantWorld;
pub use past::Past;

/// A run in a world that answers at once: what is left is what the engine itself needs.
#[derive(Debug)]
pub struct Timed {
    /// Which.
    pub run: RunId,
    /// When the first executor took it up.
    pub begun: Instant,
    /// When the proof of each step was asked for, in the order of asking.
    pub proofs: Vec<Instant>,
    /// When it was over.
    pub ended: Instant,
}

impl Engine {
    /// The plan for what a look has seen, with its prechecks, and nothing of it stored: what it costs apart from the look.
    pub async fn plan_of(&self, environment: &EnvironmentId, seen: &Inventory, inputs: &Inputs) -> Result<Plan> {
        let settings = self.environment(environment).await?;
        platform::plan(&settings, seen, inputs).map(|(plan, _)| plan)
    }

    /// Stores the plan with a request of `by`, and starts it.
    pub async fn start_unapproved(&self, by: &Person, environment: &EnvironmentId, plan: Plan) -> Result<RunId> {
        let run = self.create_unapproved(by, environment, plan).await?;
        if let Some(free) = self.store().lease(&run).await? {
            self.execute(free);
        }
        Ok(run)
    }

    /// As [`Engine::start_unapproved`], in a world in which each script prints a line, ends and is proven without any
    /// time passing. Journal and executor are those of real runs. Returns when the run is over.
    pub async fn time_unapproved(&self, by: &Person, environment: &EnvironmentId, plan: Plan) -> Result<Timed> {
        let run = self.create_unapproved(by, environment, plan.clone()).await?;
        let settings = self.environment(environment).await?;
        let seen = self.store().lease(&run).await?.ok_or(EngineError::Fenced)?;
        let wake = self.0.wakes.subscribe(&run);
        let (plan, world) = (Arc::new(plan), Arc::new(InstantWorld::default()));
        let begun = Instant::now();
        let journal = Arc::new(RunJournal::claim(self, &run, plan.clone(), &seen).await?);
        let carrier = Arc::new(Carrier {
            journal: journal.clone(),
            world: world.clone(),
            plan,
            run: run.clone(),
            pace: self.0.pace,
            lifetime: request_lifetime(&settings),
        });
        tokio::select! {
            driven = drive(&carrier, wake) => driven?,
            lost = journal.keep(self.0.pace.beat) => return Err(lost),
        }
        Ok(Timed { run, begun, proofs: world.proofs(), ended: Instant::now() })
    }

    async fn create_unapproved(&self, by: &Person, environment: &EnvironmentId, plan: Plan) -> Result<RunId> {
        let settings = self.environment(environment).await?;
        let request = unapproved(by, settings, plan, self.now())?;
        let run = RunId::new(uuid::Uuid::now_v7().to_string())?;
        let mut tx = self.store().write().await?;
        requests::insert(&mut tx, &request).await?;
        let new = NewRun {
            id: &run,
            request: &request.id,
            environment,
            procedure: request.plan.inputs.procedure(),
            by: &by.name,
            at: request.at,
            steps_total: request.plan.steps().count(),
        };
        journal::create(&mut tx, &new).await?;
        let created = EventKind::Created { request: request.id, digest: request.digest, by: by.name.clone() };
        journal::append(&mut tx, &run, Author::Person, request.at, &[created.into()]).await?;
        tx.commit().await?;
        Ok(run)
    }
}

/// A request of that plan that nobody has agreed to.
fn unapproved(by: &Person, settings: Environment, plan: Plan, at: Timestamp) -> Result<Request> {
    Ok(Request {
        id: RequestId::new(uuid::Uuid::now_v7().to_string())?,
        environment: settings.id.clone(),
        settings,
        digest: plan.digest(),
        plan,
        prechecks: Vec::new(),
        by: by.id.clone(),
        by_name: by.name.clone(),
        makers: [by.id.clone()].into(),
        reason: "lab".to_owned(),
        ticket: String::new(),
        at,
        state: RequestState::Open,
        approvals: Vec::new(),
    })
}
