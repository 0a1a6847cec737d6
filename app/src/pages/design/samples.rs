//! Made-up runs, checks and steps that the parts are shown with. Nothing of it is anybody's.

use model::environment::{Elevate, Platform, RiskClass};
use model::estimate::Estimate;
use model::event::Outcome;
use model::id::{EnvironmentId, HostName, InvalidId, PersonId, RehearsalId, RequestId, RunId, StepId};
use model::plan::{Action, OutputReader, Probe, Shell, Step, Target, Undo};
use model::policy::{BrokenGlass, Review};
use model::precheck::{Precheck, Verdict};
use model::procedure::Procedure;
use model::rehearsal::RehearsalLine;
use model::time::Timestamp;
use model::view::RunLine;

use crate::clock::now;

const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

/// So many seconds ago.
pub fn ago(seconds: i64) -> Timestamp {
    now().plus_seconds(-seconds)
}

/// Some run.
pub fn run_id() -> Option<RunId> {
    RunId::new(ID).ok()
}

/// One under way, one that needs a person, and one for each way to end.
pub fn runs() -> Vec<RunLine> {
    let made = || -> Result<Vec<RunLine>, InvalidId> {
        let base = RunLine {
            id: RunId::new(ID)?,
            request: RequestId::new(ID)?,
            procedure: Procedure::RestartSystemVms,
            environment: EnvironmentId::new(ID)?,
            environment_name: "Frankfurt".to_owned(),
            platform: Platform::CloudStack,
            risk: RiskClass::Production,
            by: "rosa".to_owned(),
            created_at: ago(900),
            ended_at: None,
            outcome: None,
            alarm: None,
            steps_done: 7,
            steps_total: 19,
            left: Some(Estimate::Unknown { runs: 2 }),
        };
        let alarm = Some("outcome of r-4-VM is unknown".to_owned());
        let stuck = RunLine { alarm, risk: RiskClass::Staging, ..base.clone() };
        let over = Outcome::ALL.map(|outcome| RunLine {
            outcome: Some(outcome),
            ended_at: Some(ago(60)),
            left: None,
            risk: RiskClass::Test,
            ..base.clone()
        });
        Ok([base, stuck].into_iter().chain(over).collect())
    };
    made().unwrap_or_default()
}

/// One that would stay open, and one that would not.
pub fn rehearsals() -> Vec<RehearsalLine> {
    let made = |outcome| -> Result<RehearsalLine, InvalidId> {
        let (id, request, by) = (RehearsalId::new(ID)?, RequestId::new(ID)?, "rosa".to_owned());
        Ok(RehearsalLine { id, request, by, at: ago(60), trouble: None, outcome, alarm: None })
    };
    [None, Some(Outcome::Succeeded)].into_iter().filter_map(|outcome| made(outcome).ok()).collect()
}

/// One of each answer.
pub fn prechecks() -> Vec<Precheck> {
    let check = |verdict, title: &str, evidence: &str, resolution: &str| Precheck {
        title: title.to_owned(),
        verdict,
        evidence: evidence.to_owned(),
        resolution: resolution.to_owned(),
    };
    vec![
        check(Verdict::Good, "Management servers run one version", "listManagementServers: 4.19.1 on both", ""),
        check(Verdict::Warning, "Nobody has a console open", "2 sessions", "Tell who has them, or go on."),
        check(
            Verdict::Blocking,
            "No asynchronous job is pending",
            "deployVirtualMachine since 02:10",
            "Wait for its end.",
        ),
        check(
            Verdict::Unknown,
            "The clocks agree",
            "mgmt2 cannot be reached: no route to host",
            "Look at the network.",
        ),
    ]
}

/// A step with everything that a step can say.
pub fn step() -> Option<Step> {
    let host = HostName::new("mgmt1").ok()?;
    let shell = Shell {
        host: host.clone(),
        elevate: Elevate::Sudo,
        script: "systemctl restart \"$1\"\n".to_owned(),
        args: vec!["cloudstack-management".to_owned()],
        secrets: Vec::new(),
        reads: OutputReader::Plain,
        quiet: None,
    };
    let title = "Restart the management server on mgmt1".to_owned();
    let id = StepId::new("restart-mgmt1").ok()?;
    let plain = Step::plain(id, title, Target::Host { host }, Action::Shell(shell), Probe::ApiReady, 1800);
    Some(Step {
        impact: "The API and the GUI of this server do not answer for some minutes.".to_owned(),
        hazard: Some("jobs that run on this server fail with it".to_owned()),
        undo: Undo::Impossible,
        vendor: Some("Restart the management server.".to_owned()),
        ..plain
    })
}

/// Started without approvals: still to be reviewed, and reviewed.
pub fn broken_glass() -> Vec<BrokenGlass> {
    let made = || -> Result<Vec<BrokenGlass>, InvalidId> {
        let open = BrokenGlass {
            run: RunId::new(ID)?,
            request: RequestId::new(ID)?,
            environment: EnvironmentId::new(ID)?,
            by: PersonId::new(ID)?,
            by_name: "olaf".to_owned(),
            reason: "the storage is full".to_owned(),
            at: ago(3600),
            due: now().plus_seconds(3600),
            review: None,
        };
        let review = Review {
            by: PersonId::new(ID)?,
            by_name: "paul".to_owned(),
            at: ago(60),
            text: "It was right.".to_owned(),
        };
        Ok(vec![open.clone(), BrokenGlass { review: Some(review), ..open }])
    };
    made().unwrap_or_default()
}
