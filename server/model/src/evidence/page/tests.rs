#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::json;

use super::*;
use crate::audit::AuditEntry;
use crate::comment::{Comment, Saying};
use crate::environment::{CloudStackSettings, Elevate, Environment, Platform, PlatformSettings, RiskClass, Tuning};
use crate::event::{EventKind, How, Outcome, Stream};
use crate::evidence::Member;
use crate::id::{
    AuditHash, AuditKey, AuditLogId, EnvironmentId, HostName, PersonId, PlanDigest, RequestId, RunId, StepId,
};
use crate::plan::{
    Action, Hazard, LeftOut, OutputReader, PLAN_FORMAT, Plan, Probe, Shell, Stage, Step, Target, Weight,
};
use crate::policy::{BrokenGlass, Review};
use crate::precheck::{Verdict, bad};
use crate::procedure::{Inputs, Procedure, RestartSystemVms};
use crate::request::{Approval, Decision, RequestState};
use crate::secret::SecretRef;
use crate::time::Timestamp;

/// Leaves an element, a quoted attribute, a style sheet, and a page that reads from left to right.
const HOSTILE: &str = "</pre></style><script>alert('1')</script>\"><img src=x onerror=alert(2)>\u{202e}\u{1b}[2J";

const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

fn hostile() -> String {
    HOSTILE.to_owned()
}

fn digest() -> PlanDigest {
    PlanDigest::new("a".repeat(64)).unwrap()
}

fn step() -> Step {
    let host = HostName::new("ms1").unwrap();
    let shell = Shell {
        host: host.clone(),
        elevate: Elevate::No,
        script: hostile(),
        args: vec![hostile()],
        secrets: Vec::new(),
        reads: OutputReader::Plain,
        quiet: None,
    };
    let setting = Probe::Setting { name: hostile(), value: hostile() };
    let target = Target::Host { host };
    let id = StepId::new("stop").unwrap();
    let plain = Step::plain(id, hostile(), target, Action::Shell(shell), setting, 60);
    Step { impact: hostile(), hazard: Some(hostile()), vendor: Some(hostile()), ..plain }
}

fn plan() -> Plan {
    Plan {
        format: PLAN_FORMAT,
        environment: EnvironmentId::new(ID).unwrap(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: hostile(),
        stages: vec![Stage {
            title: hostile(),
            limit: 1,
            unit: hostile(),
            steps: vec![step(), Step { id: StepId::new("again").unwrap(), ..step() }],
            rolling: None,
        }],
        finally: Vec::new(),
        hazards: vec![Hazard { weight: Weight::Danger, words: hostile() }],
        left_out: vec![LeftOut { what: hostile(), why: hostile() }],
        hold: 0,
        confirmations: vec![],
    }
}

fn request() -> Request {
    let secret = || SecretRef::Variable("KEY".to_owned());
    let cloud = CloudStackSettings {
        endpoint: hostile(),
        api_key: secret(),
        secret_key: secret(),
        certificate_sha256: None,
        management_hosts: Vec::new(),
        integration_address: String::new(),
        database_password: None,
        tuning: Tuning::default(),
    };
    let person = PersonId::new(ID).unwrap();
    Request {
        id: RequestId::new(ID).unwrap(),
        environment: EnvironmentId::new(ID).unwrap(),
        settings: Environment {
            id: EnvironmentId::new(ID).unwrap(),
            name: hostile(),
            labels: [hostile()].into(),
            risk: RiskClass::Production,
            platform: PlatformSettings::CloudStack(cloud),
        },
        plan: plan(),
        digest: digest(),
        prechecks: vec![bad(Verdict::Warning, hostile(), hostile(), hostile())],
        by: person.clone(),
        by_name: hostile(),
        makers: [person.clone()].into(),
        reason: hostile(),
        ticket: hostile(),
        at: Timestamp(0),
        state: RequestState::Started { run: RunId::new(ID).unwrap() },
        approvals: vec![Approval {
            by: person,
            by_name: hostile(),
            digest: digest(),
            policy: Demand::of_nobody().digest(),
            decision: Decision::Approve,
            reason: hostile(),
            at: Timestamp(0),
            signed: None,
        }],
    }
}

fn manifest(outcome: Option<Outcome>) -> Manifest {
    Manifest {
        drydock_evidence: 1,
        run: RunId::new(ID).unwrap(),
        request: RequestId::new(ID).unwrap(),
        environment: EnvironmentId::new(ID).unwrap(),
        environment_name: hostile(),
        platform: Platform::CloudStack,
        risk: RiskClass::Production,
        procedure: Procedure::RestartSystemVms,
        plan: digest(),
        outcome,
        events: 4,
        made_at: Timestamp(0),
        made_by: hostile(),
        instance: hostile(),
        log: AuditLogId::new(ID).unwrap(),
        key: AuditKey::new("b".repeat(64)).unwrap(),
        members: vec![Member { name: name::PLAN.to_owned(), length: 7, sha256: "c".repeat(64) }],
    }
}

fn events() -> Vec<Event> {
    let step = || StepId::new("stop").unwrap();
    let kinds = [
        EventKind::Created { request: RequestId::new(ID).unwrap(), digest: digest(), by: hostile() },
        EventKind::Claimed { epoch: 1, by: hostile() },
        EventKind::StepStarted { step: step(), attempt: 1, spool: None, expires: None },
        EventKind::Acted { step: step(), said: hostile() },
        EventKind::StepDone { step: step(), how: How::Acted, evidence: hostile() },
    ];
    (1..).zip(kinds).map(|(seq, kind)| Event { seq, at: Timestamp(seq), kind }).collect()
}

fn printed(stream: Stream) -> Printed {
    Printed { step: StepId::new("stop").unwrap(), attempt: 1, host: HostName::new("ms1").unwrap(), stream }
}

fn audit() -> AuditLine {
    let hash = || AuditHash::new("d".repeat(64)).unwrap();
    let (who, what) = (hostile(), "request.made".to_owned());
    let entry = AuditEntry { seq: 1, at: Timestamp(0), who, what, subject: ID.into(), detail: hostile(), hash: hash() };
    AuditLine { before: hash(), entry }
}

fn comment(number: i64, saying: Saying) -> Comment {
    let by = PersonId::new(ID).unwrap();
    let (text, told) = (hostile(), [hostile()].into());
    Comment { number, by, by_name: hostile(), at: Timestamp(0), saying, text, told }
}

fn glass() -> BrokenGlass {
    let by = || PersonId::new(ID).unwrap();
    BrokenGlass {
        run: RunId::new(ID).unwrap(),
        request: RequestId::new(ID).unwrap(),
        environment: EnvironmentId::new(ID).unwrap(),
        by: by(),
        by_name: hostile(),
        reason: hostile(),
        at: Timestamp(0),
        due: Timestamp(9),
        review: Some(Review { by: by(), by_name: hostile(), at: Timestamp(1), text: hostile() }),
    }
}

/// A page in which every text that people, hosts or platforms have given is hostile.
fn shown(outcome: Option<Outcome>, output: &[Excerpt], after: &Look) -> String {
    let (manifest, request, events) = (manifest(outcome), request(), events());
    let demand = Demand::of_nobody();
    let decisions = Decisions { plan: digest(), policy: Some(demand.digest()), decisions: request.approvals.clone() };
    let seen = |value: &str| json!({ "hosts": [{ "name": HOSTILE, "version": value }] });
    let unlike = Look::Seen { taken_at: Timestamp(9), apart: 1, facts: seen(HOSTILE) };
    page(&Case {
        manifest: &manifest,
        request: &request,
        decisions: &decisions,
        glass: Some(&glass()),
        comments: &[comment(1, Saying::Remark), comment(2, Saying::Question)],
        demand: Some(&demand),
        state: &RunState::fold(&events).unwrap(),
        events: &events,
        output,
        before: &Look::Seen { taken_at: Timestamp(0), apart: 1, facts: seen("4.19") },
        after: if after.facts().is_some() { &unlike } else { after },
        audit: &[audit()],
    })
}

fn after() -> Look {
    Look::Seen { taken_at: Timestamp(9), apart: 1, facts: json!({}) }
}

fn excerpt(bytes: &[u8], length: u64, room: usize) -> Excerpt {
    Excerpt::of("output/0001_stop.stdout.txt".to_owned(), printed(Stream::Stdout), length, bytes, room)
}

#[test]
fn whatever_people_and_hosts_say_stays_text() {
    let output = [excerpt(HOSTILE.as_bytes(), HOSTILE.len() as u64, SHOWN_OUTPUT)];
    let page = shown(Some(Outcome::Succeeded), &output, &after());
    for markup in ["<script", "<img", "onerror=alert(2)>", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(markup), "{markup:?} is in the page");
    }
    let safe = crate::html::escaped(HOSTILE);
    assert!(page.matches(&safe).count() > 25, "something of it is not shown: {}", page.matches(&safe).count());
    assert_eq!(page.matches("</style>").count(), 1);
    assert_eq!(page.matches("<pre").count(), page.matches("</pre>").count());
}

#[test]
fn the_page_needs_no_script_and_nothing_from_elsewhere() {
    let page = shown(Some(Outcome::Failed), &[], &after());
    assert!(page.contains("default-src 'none'"), "nothing forbids loading");
    for outside in ["http://", "https://", "url(", "@import", "<link", "<script", "<img", "<iframe"] {
        assert!(!page.contains(outside), "{outside} is in the page");
    }
    for (at, _) in page.match_indices("href=\"") {
        let target = page[at + 6..].split('"').next().unwrap();
        assert!(!target.contains(':') && !target.starts_with('/'), "a link leads to {target}");
    }
}

#[test]
fn a_question_that_nobody_has_answered_is_told_to_be_so() {
    assert!(shown(None, &[], &after()).contains("question that nobody has answered"));
}

#[test]
fn a_run_that_is_not_over_is_told_to_be_so() {
    let words = "not over when this was made";
    assert!(shown(None, &[], &after()).contains(words));
    assert!(!shown(Some(Outcome::Aborted), &[], &after()).contains(words));
}

#[test]
fn what_nobody_has_seen_is_unknown_and_nothing_is_compared_with_it() {
    let unknown = Look::Unknown { why: "nobody has looked".to_owned() };
    let page = shown(Some(Outcome::Succeeded), &[], &unknown);
    assert!(page.contains("unknown: nobody has looked"));
    assert!(page.contains("What has changed cannot be said") && !page.contains("What is another"));
    assert!(shown(Some(Outcome::Succeeded), &[], &after()).contains("<code>4.19</code>"));
}

#[test]
fn of_long_output_the_end_is_shown_and_what_has_no_room_is_named() {
    let mut end = vec![b'a'; SHOWN_WHOLE];
    end.extend(b"the last line\n");
    let long = excerpt(&end, 5_000_000_000, SHOWN_OUTPUT);
    assert_eq!(long.text.len(), SHOWN_WHOLE / 4);
    let page = shown(None, std::slice::from_ref(&long), &after());
    assert!(
        page.contains("5.0 GB. Below is only its end; all of it is in the file.") && page.contains("the last line")
    );
    let no_room = excerpt(&end, 5_000_000_000, 10);
    assert_eq!(no_room.text, "");
    let page = shown(None, &[no_room], &after());
    assert!(page.contains("Too much was printed") && !page.contains("the last line"));
}

#[test]
fn a_script_that_many_steps_have_is_shown_once() {
    let page = shown(None, &[], &after());
    assert_eq!(page.matches("The same script as in stop.").count(), 1);
}

#[test]
fn a_step_whose_id_looks_like_a_path_stays_below_its_folder() {
    let step = StepId::new("../../etc/passwd").unwrap();
    let name = crate::evidence::output_name(7, &Printed { step, ..printed(Stream::Stderr) });
    assert_eq!(name, "output/0007_etc.passwd_try1_ms1.stderr.txt");
}
