//! What pages show: nouns put together the way a page needs them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::comment::{Comment, OpenQuestion};
use crate::environment::{Environment, Platform, RiskClass};
use crate::estimate::Estimate;
use crate::event::{Event, Outcome, Stream};
use crate::grant::Labels;
use crate::id::{EnvironmentId, HostName, RequestId, RunId, StepId};
use crate::inventory::Inventory;
use crate::people::Person;
use crate::plan::{Confirmation, Plan, PlanDifference};
use crate::policy::{BrokenGlass, Demand, Group, Policy, Standing, Void};
use crate::procedure::Procedure;
use crate::request::{Request, RequestWait};
use crate::run::{Offer, RunState};
use crate::search::MarkedLine;
use crate::time::Timestamp;
use crate::trend::Trend;

/// One card of the Updates page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentCard {
    /// The environment.
    pub environment: Environment,
    /// What is known of it, if somebody has looked.
    pub inventory: Option<Inventory>,
    /// Why the last look failed as a whole, if it did.
    pub inventory_error: Option<String>,
    /// Requests that are still open.
    pub open_requests: Vec<RequestLine>,
    /// The run that holds the environment now.
    pub active_run: Option<RunLine>,
    /// Runs that were started here without approvals and that nobody has reviewed yet, oldest first.
    pub unreviewed: Vec<BrokenGlass>,
    /// The last run that ended.
    pub last_run: Option<RunLine>,
    /// The server's time when this was put together.
    pub now: Timestamp,
}

/// A request in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
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
    /// What its plan does, in one or two sentences.
    pub summary: String,
    /// Why, in the requester's words; may be empty.
    pub reason: String,
    /// Where it stands.
    pub standing: Standing,
    /// The labels of the environment when the plan was made.
    pub labels: Labels,
    /// Questions that wait for an answer, oldest first.
    pub questions: Vec<OpenQuestion>,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLine {
    /// Which.
    pub id: RunId,
    /// The request it came from.
    pub request: RequestId,
    /// What.
    pub procedure: Procedure,
    /// Where.
    pub environment: EnvironmentId,
    /// Name of the environment.
    pub environment_name: String,
    /// Which platform.
    pub platform: Platform,
    /// Risk class of the environment.
    pub risk: RiskClass,
    /// Who pressed start.
    pub by: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Set when it cannot close what it opened, or waits for a person.
    pub alarm: Option<String>,
    /// Steps that are done, of how many.
    pub steps_done: u32,
    /// See `steps_done`.
    pub steps_total: u32,
    /// While it runs, where pages show it: how much work is left.
    #[serde(default)]
    pub left: Option<Estimate>,
}

/// Everything the request page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestView {
    /// The request with its plan.
    pub request: Request,
    /// Where it stands.
    pub standing: Standing,
    /// Whether the viewer may approve or deny it; otherwise why not, in words.
    pub may_decide: Result<(), String>,
    /// Whether the viewer may start it; otherwise why not, in words.
    pub may_start: Result<(), String>,
    /// Whether the viewer may start it without its approvals; otherwise why not, in words.
    pub may_break_glass: Result<(), String>,
    /// That it was started without them, if it was.
    pub glass: Option<BrokenGlass>,
    /// Whether the viewer may take it back.
    pub may_withdraw: bool,
    /// Whether the viewer may have its plan made anew.
    pub may_replan: bool,
    /// What the policies ask for.
    pub demand: Demand,
    /// Decisions that do not count, and why.
    pub voids: Vec<Void>,
    /// Why nothing may begin now, in words, if so.
    pub closed: Option<String>,
    /// What it waits for while it is open.
    pub waits: Vec<RequestWait>,
    /// What its plan has otherwise than that of the last run of the same procedure in the same environment, if there was one.
    pub compared: Option<Compared>,
    /// While it is open: how long runs like it usually take.
    pub usual: Option<Estimate>,
    /// What was said about it, oldest first.
    pub comments: Vec<Comment>,
    /// Whether the viewer may say something; otherwise why not, in words.
    pub may_comment: Result<(), String>,
    /// Whether the viewer is named in a comment, and has not dealt with it.
    pub is_mentioned: bool,
    /// Login name of the viewer.
    pub viewer: String,
    /// The server's time.
    pub now: Timestamp,
}

/// A plan beside that of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The earlier run.
    pub run: RunLine,
    /// What the plan has otherwise than that run's.
    pub difference: PlanDifference,
}

/// Everything the run page shows at first; the rest comes as events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// What lists show.
    pub line: RunLine,
    /// What is carried out.
    pub plan: Plan,
    /// The state after all events so far.
    pub state: RunState,
    /// The last part of the output, oldest first.
    pub output: Vec<Event>,
    /// Whether earlier output was left out of `output`.
    pub output_cut: bool,
    /// Login name of the viewer.
    pub viewer: String,
    /// Whether the viewer may pause, abort, retry and so on; otherwise why not, in words.
    pub may_intervene: Result<(), String>,
    /// Whether the viewer may agree to what somebody else asked for; otherwise why not, in words.
    pub may_agree: Result<(), String>,
    /// What was said about its request, oldest first.
    pub comments: Vec<Comment>,
    /// That it was started without its approvals, if it was.
    pub glass: Option<BrokenGlass>,
    /// Whether the viewer may review that; otherwise why not, in words.
    pub may_review: Result<(), String>,
    /// Login names of those whom the viewer can hand the run to, if it is in the viewer's hands.
    pub could_take: Vec<String>,
    /// Whether the viewer may take it without being asked.
    pub may_take: bool,
    /// What somebody has to confirm now.
    pub asked: Option<AskedToConfirm>,
    /// The run of the same procedure in the same environment before it.
    pub previous: Option<RunId>,
    /// The server's time.
    pub now: Timestamp,
}

/// A point at which a run waits for somebody to confirm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedToConfirm {
    /// Which of the plan's confirmations, from 0.
    pub number: u16,
    /// What is asked, of whom.
    pub confirmation: Confirmation,
    /// Where, in words: `before “Routers”`.
    pub place: String,
    /// Whether the viewer may; otherwise why not, in words.
    pub may: Result<(), String>,
}

/// What waits for one person besides requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duties {
    /// Runs that were started without their approvals and that this person may review, oldest first.
    pub reviews: Vec<BrokenGlass>,
    /// Runs that this person is asked to take in hand.
    pub offers: Vec<(RunLine, Offer)>,
    /// Runs that wait for somebody to confirm, as this person may.
    pub gates: Vec<(RunLine, AskedToConfirm)>,
}

/// What History is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryFilter {
    /// Only this environment.
    pub environment: Option<EnvironmentId>,
    /// Only procedures of this platform.
    pub platform: Option<Platform>,
    /// Only this procedure.
    pub procedure: Option<Procedure>,
    /// Only runs that are so.
    pub outcome: Option<Ending>,
    /// Only runs that somebody of this login name has started, in capitals or not. Empty: everybody.
    #[serde(default)]
    pub by: String,
    /// Only runs of which the environment's name, the starter or the id contains this.
    pub text: String,
    /// Only runs started at this time or later.
    pub from: Option<Timestamp>,
    /// Only runs started before this time.
    pub until: Option<Timestamp>,
    /// Only runs older than this one: for the next page.
    pub before: Option<RunId>,
}

impl HistoryFilter {
    /// Whether it leaves anything out.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        *self != Self::default()
    }

    /// Procedures that fit; `None` when all do.
    #[must_use]
    pub fn procedures(&self) -> Option<Vec<Procedure>> {
        if self.platform.is_none() && self.procedure.is_none() {
            return None;
        }
        let fits = |one: &Procedure| {
            self.procedure.is_none_or(|procedure| procedure == *one)
                && self.platform.is_none_or(|platform| platform == one.platform())
        };
        Some(Procedure::ALL.into_iter().filter(fits).collect())
    }
}

/// How a run ended, or that it has not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Ending {
    /// It is under way.
    Running,
    /// It is over.
    Ended(Outcome),
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Running,
        Self::Ended(Outcome::Succeeded),
        Self::Ended(Outcome::WithErrors),
        Self::Ended(Outcome::Incomplete),
        Self::Ended(Outcome::Failed),
        Self::Ended(Outcome::Aborted),
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ended(outcome) => outcome.word(),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl From<Ending> for String {
    fn from(ending: Ending) -> Self {
        ending.word().to_owned()
    }
}

/// A word that no run can be asked for with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of running, succeeded, with_errors, incomplete, failed and aborted")]
pub struct NoEnding(String);

impl FromStr for Ending {
    type Err = NoEnding;
    fn from_str(word: &str) -> Result<Self, NoEnding> {
        Self::ALL.into_iter().find(|ending| ending.word() == word).ok_or_else(|| NoEnding(word.to_owned()))
    }
}

impl TryFrom<String> for Ending {
    type Error = NoEnding;
    fn try_from(word: String) -> Result<Self, NoEnding> {
        word.parse()
    }
}

/// Everything the page of History shows of the runs that fit its filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryView {
    /// A page of them, newest first.
    pub runs: Vec<RunLine>,
    /// The last one of this page, if there are older ones.
    pub older: Option<RunId>,
    /// Of those that are over, on whichever page.
    pub trend: Trend,
    /// What can be chosen from.
    pub choices: HistoryChoices,
}

/// What a filter can be made of: as far as the viewer sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryChoices {
    /// Environments, by name; also those that were removed.
    pub environments: Vec<(EnvironmentId, String)>,
    /// Login names of those who have started runs.
    pub people: Vec<String>,
}

/// What was found in the output of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Newest first; a run that printed beside another one may come more than once.
    pub runs: Vec<FoundRun>,
    /// What this page leaves.
    pub rest: FoundRest,
    /// So many of the runs that fit have printed something that cannot be searched yet.
    pub unread: u32,
    /// What can be chosen from.
    pub choices: HistoryChoices,
}

/// A run in whose output something was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundRun {
    /// Which.
    pub run: RunLine,
    /// Where, newest first.
    pub hits: Vec<Hit>,
}

/// A place in the output of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Number of the piece of output.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Which step printed it.
    pub step: StepId,
    /// Its title.
    pub title: String,
    /// Which try of it.
    pub attempt: u32,
    /// On which host.
    pub host: HostName,
    /// To which pipe.
    pub stream: Stream,
    /// The first lines of the piece in which it stands.
    pub lines: Vec<MarkedLine>,
    /// In so many more lines of the piece it stands, too.
    pub more: u32,
}

/// What is left to look at behind a page of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundRest {
    /// Nothing: everything was looked at.
    Nothing,
    /// The page is full; there may be more in what is older than this place.
    Older {
        /// For the next page.
        before: i64,
    },
    /// Much had the words and not the text, and what is older than this place was not looked at.
    NotLookedAt {
        /// For going on.
        before: i64,
    },
}

/// Everything the page of policies shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliciesView {
    /// All of them, by name.
    pub policies: Vec<Policy>,
    /// All of them, by name.
    pub groups: Vec<Group>,
    /// Everybody who can log in, by name.
    pub people: Vec<Person>,
    /// What a request would need now, by environment and procedure.
    pub needed: Vec<Needed>,
    /// Whether the viewer may change any of it.
    pub may_change: bool,
    /// What was removed lately and can be put back, newest first; only for who may do so.
    pub removed: Vec<RemovedPolicy>,
}

/// A policy that does not count any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedPolicy {
    /// As it was.
    pub policy: Policy,
    /// Since when.
    pub at: Timestamp,
}

/// What a request for one procedure in one environment would need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needed {
    /// Name of the environment.
    pub environment: String,
    /// How bad it would be.
    pub risk: RiskClass,
    /// Which button.
    pub procedure: Procedure,
    /// What is asked for.
    pub demand: Demand,
    /// Who is missing whoever asks, in words, if anybody.
    pub missing: Option<String>,
}
