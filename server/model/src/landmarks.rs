//! What somebody can go to: environments, runs and open requests in a line each, for the page that finds them by a few letters.

use serde::{Deserialize, Serialize};

use crate::environment::{Platform, RiskClass};
use crate::grant::Labels;
use crate::id::{EnvironmentId, RequestId};
use crate::procedure::Procedure;
use crate::time::Timestamp;
use crate::view::RunLine;

/// All that one person sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landmarks {
    /// By name.
    pub environments: Vec<EnvironmentLine>,
    /// Every run under way, and the latest of those that are over; newest first.
    pub runs: Vec<RunLine>,
    /// Requests that are open, newest first.
    pub requests: Vec<OpenRequest>,
}

impl Landmarks {
    /// The run that holds an environment, if one does.
    #[must_use]
    pub fn held_by(&self, environment: &EnvironmentId) -> Option<&RunLine> {
        self.runs.iter().find(|run| run.ended_at.is_none() && run.environment == *environment)
    }
}

/// An environment without what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentLine {
    /// Which.
    pub id: EnvironmentId,
    /// What people call it.
    pub name: String,
    /// What it is an installation of.
    pub platform: Platform,
    /// What people call it besides.
    pub labels: Labels,
    /// How bad it would be.
    pub risk: RiskClass,
}

/// An open request without where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// Which.
    pub id: RequestId,
    /// What.
    pub procedure: Procedure,
    /// Where.
    pub environment: EnvironmentId,
    /// Name of the environment.
    pub environment_name: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
