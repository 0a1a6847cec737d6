//! What may go wrong in a world that is only played. Two kinds: the one trouble a person has chosen for a rehearsal, and
//! the dice of the simulation.

use std::time::Duration;

use model::id::StepId;
use remote::Pipe;

/// Something the executor is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call<'a> {
    /// Write to the journal.
    Append,
    /// Ask the API for a change.
    Submit(&'a StepId),
    /// Ask the API for a job.
    Job,
    /// Look at something.
    Probe,
    /// Look whether the rest fits.
    Fit,
    /// Start a script.
    Start(&'a StepId),
    /// Read what a script has printed.
    Follow(&'a StepId),
    /// End a script.
    Cancel,
    /// Remove what a script has left.
    Remove,
}

/// What happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "a rehearsal has only some of the troubles that the simulation has"))]
pub(crate) enum Disturbance {
    /// Nothing.
    None,
    /// Drydock sleeps this long before it happens; it does not notice.
    Stall(Duration),
    /// Drydock dies before it has happened.
    DieBefore,
    /// It happens, and Drydock dies before it learns of it.
    DieAfter,
    /// It gets lost on the way.
    LoseRequest,
    /// It happens, and the answer gets lost.
    LoseReply,
    /// It happens, the answer gets lost, and this much later the same arrives once more.
    Repeat(Duration),
    /// It is refused: no room on the disk, or the server does not want to.
    Refuse,
    /// It happens, and then the host restarts.
    Reboot,
    /// The host cannot be reached from now on for this long.
    Down(Duration),
}

/// How a script behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script {
    pub lasts: Duration,
    pub code: i32,
    /// What it prints, and how long after its start.
    pub prints: Vec<(Duration, Pipe, Vec<u8>)>,
    /// Whether it leaves something behind that has to be cleared up at the end of the run.
    pub leaves_a_mess: bool,
    /// When it takes effect, if it lives that long; `None`: never.
    pub works_after: Option<Duration>,
}

/// How a job of the platform behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work {
    pub lasts: Duration,
    pub ends: WorkEnd,
}

/// How a job of the platform ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkEnd {
    /// It works.
    Works,
    /// It fails, and says so.
    Fails,
    /// It says that it has worked, and nothing has changed.
    OnlySaysSo,
}

/// See the module.
pub(crate) trait Mischief: Send + Sync {
    /// What happens to a call.
    fn disturb(&self, call: Call<'_>) -> Disturbance;
    /// How the script of a step behaves.
    fn script(&self, step: &StepId) -> Script;
    /// How the job of a step behaves.
    fn work(&self, step: &StepId) -> Work;
    /// What is different from what the rest of the plan was made for, if something is.
    fn drift(&self) -> Option<String>;
}
