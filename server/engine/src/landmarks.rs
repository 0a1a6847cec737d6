//! What somebody can go to, found with a handful of queries however many environments there are.

use model::environment::Environment;
use model::landmarks::{EnvironmentLine, Landmarks};
use model::people::Person;
use model::view::{Ending, HistoryFilter};

use crate::{Engine, Result};

impl Engine {
    /// Everything that `viewer` sees: environments, runs and open requests.
    pub async fn landmarks(&self, viewer: &Person) -> Result<Landmarks> {
        let seen = self.seen_by(viewer).await?;
        let under_way = HistoryFilter { outcome: Some(Ending::Running), ..HistoryFilter::default() };
        let (mut runs, _) = self.store().history(&under_way, &seen).await?;
        let (latest, _) = self.store().history(&HistoryFilter::default(), &seen).await?;
        runs.extend(latest.into_iter().filter(|run| run.ended_at.is_some()));
        runs.sort_by_key(|run| std::cmp::Reverse(run.created_at));
        let mut requests = self.store().open_lines().await?;
        requests.retain(|request| seen.includes(&request.environment));
        let all = self.store().environments().await?.into_iter();
        let environments = all.filter(|environment| viewer.sees(&environment.labels)).map(line).collect();
        Ok(Landmarks { environments, runs, requests })
    }
}

fn line(environment: Environment) -> EnvironmentLine {
    let platform = environment.platform.platform();
    let Environment { id, name, labels, risk, .. } = environment;
    EnvironmentLine { id, name, platform, labels, risk }
}
