//! What pages show: nouns put together the way a page needs them.

use serde::{Deserialize, Serialize};

use crate::comment::{Comment, OpenQuestion};
use crate::environment::{Environment, Platform, RiskClass};
use crate::event::{Event, Outcome};
use crate::grant::Labels;
use crate::id::{EnvironmentId, RequestId, RunId};
use crate::inventory::Inventory;
use crate::people::Person;
use crate::plan::{Confirmation, Plan, PlanDifference};
use crate::policy::{BrokenGlass, Demand, Group, Policy, Standing, Void};
use crate::procedure::Procedure;
use crate::request::{Request, RequestWait};
use crate::run::{Offer, RunState};
use crate::time::Timestamp;

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
    /// Only this procedure.
    pub procedure: Option<Procedure>,
    /// Only runs that ended so.
    pub outcome: Option<Outcome>,
    /// Only runs of which the environment's name, the starter or the id contains this.
    pub text: String,
    /// Only runs created before this one: for the next page.
    pub before: Option<Timestamp>,
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
