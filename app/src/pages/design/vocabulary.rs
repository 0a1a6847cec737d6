//! Every state that Drydock tells of: each has one sign, one word and one colour, the same wherever it is shown.

use leptos::prelude::*;
use model::cloudify::{ExecutionStatus, SnapshotStatus};
use model::cloudstack::{AgentState, Need, VmState};
use model::environment::RiskClass;
use model::event::{Doubt, How, Outcome};
use model::gate::GateId;
use model::plan::Weight;
use model::policy::{Missing, Standing, Voters};
use model::precheck::Verdict;
use model::request::RequestState;
use model::run::{Hold, Status, StepState, Wish};
use model::time::Timestamp;
use model::wait::{Wait, WaitReason};

use super::samples;
use crate::components::{Badge, RiskBadge};
use crate::live::Situation;
use crate::look::Look;
use crate::looks;

/// The states by what they are of.
pub fn vocabulary() -> Vec<(&'static str, Vec<Look>)> {
    vec![
        ("A run that is over", Outcome::ALL.map(looks::of_outcome).to_vec()),
        ("A run as it goes on", situations()),
        ("A run in a list", samples::runs().iter().map(looks::of_line).collect()),
        ("A rehearsal", samples::rehearsals().iter().map(looks::of_rehearsal).collect()),
        ("A step", steps()),
        ("A request", requests()),
        ("What is checked before", verdicts()),
        ("A hazard", [Weight::Note, Weight::Caution, Weight::Danger].map(looks::of_weight).to_vec()),
        ("What a system VM needs", needs()),
        ("A system VM", vms()),
        (
            "The agent in a system VM",
            [AgentState::Up, AgentState::NotUp("Alert".into())].iter().map(looks::of_agent).collect(),
        ),
        ("An execution of a Cloudify manager", executions()),
        ("A snapshot of a Cloudify manager", snapshots()),
    ]
}

fn situations() -> Vec<Look> {
    let wish = || Wish { by: "olaf".to_owned(), reason: String::new(), at: Timestamp(0) };
    let gate = GateId::before(1, 0);
    let wait = Wait { reason: WaitReason::Foreign { by: "apt".to_owned() }, since: Timestamp(0), until: None };
    let calm = [
        Situation::Working,
        Situation::Looking(gate),
        Situation::Closed { gate, wait },
        Situation::Pausing { wish: wish(), under_way: 1 },
        Situation::Paused(wish()),
        Situation::Held(Hold { since: Timestamp(0), until: Timestamp(1), is_over: false }),
        Situation::Asking,
        Situation::Aborting { under_way: 1 },
        Situation::Closing,
    ];
    calm.iter().map(|situation| looks::of_situation(situation, false)).collect()
}

fn steps() -> Vec<Look> {
    let done = |how| Status::Done { how, evidence: String::new() };
    let failed = |again| Status::Failed { reason: String::new(), again };
    let all = [
        Status::Running,
        done(How::Acted),
        done(How::AlreadySo),
        done(How::WithErrors),
        done(How::Signed),
        failed(true),
        Status::Freed { by: String::new() },
        failed(false),
        Status::NotBegun,
        Status::Unknown { question: String::new(), doubt: Doubt::HowFar },
        Status::Stopped { evidence: String::new() },
        Status::Skipped { evidence: String::new() },
    ];
    let wait = Wait { reason: WaitReason::ByHand { seen: String::new() }, since: Timestamp(0), until: None };
    let waiting = StepState { wait: Some(wait), ..step(Status::Running) };
    let begun = all.into_iter().map(step).chain([waiting]);
    let begun = begun.map(|step| looks::of_step(Some(&step), false));
    [false, true].map(|is_over| looks::of_step(None, is_over)).into_iter().chain(begun).collect()
}

fn step(status: Status) -> StepState {
    StepState {
        status,
        attempt: 1,
        failures: 0,
        started_at: Timestamp(0),
        ended_at: None,
        spool: None,
        expires: None,
        job: None,
        said: None,
        wait: None,
        progress: None,
        granted: 0,
        asked: None,
    }
}

fn requests() -> Vec<Look> {
    let waits = |count| Standing::Waiting { missing: missing(count) };
    let open = [
        waits(1),
        waits(2),
        Standing::Approved { by: vec!["abel".to_owned()] },
        Standing::Impossible { missing: missing(1) },
        Standing::Denied { by: vec!["abel".to_owned()] },
    ];
    let closed = samples::run_id().map(|run| RequestState::Started { run });
    let closed = [RequestState::Withdrawn, RequestState::Denied].into_iter().chain(closed);
    let open_looks = open.iter().map(|standing| looks::of_request(&RequestState::Open, standing));
    open_looks.chain(closed.map(|state| looks::of_request(&state, &open[0]))).collect()
}

fn missing(count: u16) -> Vec<Missing> {
    vec![Missing { from: Voters::Approvers, count, could: vec!["abel".to_owned()] }]
}

fn verdicts() -> Vec<Look> {
    [Verdict::Good, Verdict::Warning, Verdict::Blocking, Verdict::Unknown].map(looks::of_verdict).to_vec()
}

fn needs() -> Vec<Look> {
    let old = Need::OldVersion { found: "4.15".to_owned(), wanted: "4.19".to_owned() };
    let all = [Need::None, Need::OldDisk, Need::RequiresUpgrade, old, Need::Unknown(String::new())];
    all.iter().map(looks::of_need).collect()
}

fn vms() -> Vec<Look> {
    let all =
        [VmState::Running, VmState::Starting, VmState::Stopping, VmState::Stopped, VmState::Other("Error".into())];
    all.iter().map(looks::of_vm).collect()
}

fn executions() -> Vec<Look> {
    use ExecutionStatus as Of;
    let all = [
        Of::Pending,
        Of::Queued,
        Of::Scheduled,
        Of::Started,
        Of::Terminated,
        Of::Failed,
        Of::Cancelling,
        Of::ForceCancelling,
        Of::KillCancelling,
        Of::Cancelled,
        Of::Other("a word of a later release".to_owned()),
    ];
    all.iter().map(looks::of_execution).collect()
}

fn snapshots() -> Vec<Look> {
    use SnapshotStatus as Of;
    let other = Of::Other("a word of a later release".to_owned());
    [Of::Creating, Of::Created, Of::Uploaded, Of::Failed, other].iter().map(looks::of_snapshot).collect()
}

/// The states as they look.
pub fn shown() -> AnyView {
    let groups: Vec<_> = vocabulary()
        .into_iter()
        .map(|(of, looks)| {
            let badges: Vec<_> = looks.into_iter().map(|look| view! { <Badge look/> }).collect();
            view! { <dt>{of}</dt> <dd class="cluster">{badges}</dd> }
        })
        .collect();
    let risks = [RiskClass::Test, RiskClass::Staging, RiskClass::Production];
    let risks: Vec<_> = risks.into_iter().map(|risk| view! { <RiskBadge risk/> }).collect();
    view! { <dl class="facts gap-y-3">{groups} <dt>"How bad it would be"</dt> <dd class="cluster">{risks}</dd></dl> }
        .into_any()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    /// The looks that `looks.rs` writes down with their word: `Look::failed("Stopped")`.
    fn written() -> Vec<Look> {
        let source = include_str!("../../looks.rs").split("#[cfg(test)]").next().unwrap_or_default();
        let read = |rest: &str| {
            let (kind, rest) = rest.split_once('(')?;
            let (word, _) = rest.strip_prefix('"')?.split_once('"')?;
            let look: fn(&str) -> Look = match kind {
                "ok" => |word| Look::ok(word),
                "running" => |word| Look::running(word),
                "waiting" => |word| Look::waiting(word),
                "unknown" => |word| Look::unknown(word),
                "warning" => |word| Look::warning(word),
                "failed" => |word| Look::failed(word),
                "stopped" => |word| Look::stopped(word),
                "quiet" => |word| Look::quiet(word),
                "to_come" => |word| Look::to_come(word),
                other => panic!("say here what Look::{other} makes"),
            };
            Some(look(word))
        };
        source.split("Look::").skip(1).filter_map(read).collect()
    }

    /// What each badge of a page says: its colour, the strokes of its sign, its word.
    fn badges(page: &str) -> Vec<[String; 3]> {
        let attribute = |text: &str, name: &str| {
            let (_, rest) = text.split_once(&format!("{name}=\""))?;
            Some(rest.split('"').next().unwrap_or_default().to_owned())
        };
        let word = |text: &str| {
            let texts = text.split('<').filter_map(|piece| piece.split_once('>'));
            texts.map(|(_, text)| text).collect::<String>()
        };
        page.split("<span ")
            .skip(1)
            .filter_map(|rest| rest.split("</span>").next())
            .filter_map(|badge| {
                let colours = attribute(badge, "class")?;
                Some([colours, attribute(badge, " d")?, word(&format!("<span {badge}"))])
            })
            .collect()
    }

    #[test]
    fn every_state_is_on_the_page_with_its_sign_and_its_word() {
        let page = Owner::new().with(|| shown().to_html());
        let shown = badges(&page);
        let expected = written();
        assert!(expected.len() > 40, "the looks were not read: {expected:?}");
        let known: Vec<Look> = vocabulary().into_iter().flat_map(|(_, looks)| looks).collect();
        for look in expected.iter().chain(&known) {
            let badge = [look.tone.badge_classes(), look.sign.strokes(), look.word.as_str()].map(str::to_owned);
            assert!(shown.contains(&badge), "the page does not show {badge:?}");
        }
        assert!(shown.iter().all(|[_, _, word]| !word.trim().is_empty()), "a badge says nothing in words");
    }
}
