//! For labs and benchmarks only, and not in the server's binary: carries out a plan that nobody has approved, as if it had
//! been. What follows is the engine as it is.

use model::event::EventKind;
use model::id::{EnvironmentId, RequestId, RunId};
use model::people::Person;
use model::plan::Plan;
use model::request::{Request, RequestState};

use crate::store::journal::{self, Author, NewRun};
use crate::store::requests;
use crate::{Engine, Result};

impl Engine {
    /// Stores the plan with a request of `by`, and starts it.
    pub async fn start_unapproved(&self, by: &Person, environment: &EnvironmentId, plan: Plan) -> Result<RunId> {
        let settings = self.environment(environment).await?;
        let request = Request {
            id: RequestId::new(uuid::Uuid::now_v7().to_string())?,
            environment: environment.clone(),
            settings,
            digest: plan.digest(),
            plan,
            prechecks: Vec::new(),
            by: by.id.clone(),
            by_name: by.name.clone(),
            reason: "lab".to_owned(),
            at: self.now(),
            state: RequestState::Open,
            approvals: Vec::new(),
        };
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
        if let Some(free) = self.store().lease(&run).await? {
            self.execute(free);
        }
        Ok(run)
    }
}
