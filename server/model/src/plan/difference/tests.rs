//! What is shown of two plans is all that differs, and nothing else.

use proptest::prelude::*;

use super::*;
use crate::cloudstack::VmKind;
use crate::environment::Elevate;
use crate::id::{CloudId, HostName};
use crate::plan::{OutputReader, PLAN_FORMAT, Shell, Target, Undo, VmRef, Weight};
use crate::procedure::RestartSystemVms;

const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

/// A script on a host.
pub fn step(id: &str, host: &str) -> Step {
    let host = HostName::new(host).unwrap();
    let shell = Shell {
        host: host.clone(),
        elevate: Elevate::No,
        script: "true".into(),
        args: Vec::new(),
        secrets: Vec::new(),
        reads: OutputReader::Plain,
        quiet: None,
    };
    let setting = Probe::Setting { name: "x".into(), value: "1".into() };
    Step::plain(StepId::new(id).unwrap(), id.into(), Target::Host { host }, Action::Shell(shell), setting, 60)
}

/// One stage of these.
pub fn plan(steps: Vec<Step>) -> Plan {
    let stage = Stage { title: "All".into(), limit: 1, unit: "steps".into(), steps, rolling: None };
    Plan {
        format: PLAN_FORMAT,
        environment: EnvironmentId::new(ID).unwrap(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: "For tests.".into(),
        stages: vec![stage],
        finally: Vec::new(),
        hazards: Vec::new(),
        left_out: Vec::new(),
        hold: 0,
        confirmations: vec![],
    }
}

fn words(before: &Plan, after: &Plan) -> String {
    PlanDifference::between(before, after).words()
}

fn rebuilt(disk: &str) -> Step {
    let vm = VmRef { id: CloudId::new(ID).unwrap(), name: "r-4-VM".into(), kind: VmKind::Router };
    let disk = CloudId::new(disk).unwrap();
    let proof = Probe::VmRebuilt { vm: vm.clone(), disk: DiskProof::New { not: disk.clone() }, agent_version: None };
    Step { proof: Probe::All { of: vec![proof] }, untouched: Some(Probe::VmUntouched { vm, disk }), ..step("a", "h1") }
}

#[test]
fn the_parts_of_a_step_that_changed_are_named() {
    let before = step("a", "h1");
    #[track_caller]
    fn check(before: &Step, after: Step, expected: &[Part]) {
        let difference = PlanDifference::between(&plan(vec![before.clone()]), &plan(vec![after]));
        assert_eq!(difference.changed.len(), usize::from(!expected.is_empty()));
        let parts: Vec<Part> = difference.changed.iter().flat_map(|change| &change.parts).copied().collect();
        assert_eq!(parts, expected);
    }
    let Action::Shell(shell) = before.action.clone() else { panic!("it is a script") };
    let other = Action::Shell(Shell { script: "false".into(), ..shell });
    check(&before, before.clone(), &[]);
    check(&before, Step { action: other, ..before.clone() }, &[Part::Command]);
    check(&before, step("a", "h2"), &[Part::Command, Part::Target]);
    check(&before, Step { deadline: 90, attempts: 5, ..before.clone() }, &[Part::Repeating, Part::Timeout]);
    check(
        &before,
        Step { undo: Undo::Impossible, hazard: Some("x".into()), ..before.clone() },
        &[Part::Hazard, Part::Undo],
    );
    check(&before, Step { proof: Probe::ApiReady, ..before.clone() }, &[Part::Proof]);
    check(
        &before,
        Step { impact: "all".into(), vendor: Some("v".into()), ..before.clone() },
        &[Part::Impact, Part::Vendor],
    );
}

#[test]
fn a_vm_that_only_has_another_disk_since_the_last_restart_is_told_apart() {
    let (one, other) = ("2e7293a0-d168-46f3-bc29-262ddbf22401", "2e7293a0-d168-46f3-bc29-262ddbf22402");
    let difference = PlanDifference::between(&plan(vec![rebuilt(one)]), &plan(vec![rebuilt(other)]));
    assert_eq!(difference.changed[0].parts, [Part::Seen].into());
    assert_eq!(difference.changed_in_earnest().count(), 0);
    assert!(!difference.is_empty());
    assert_eq!(difference.words(), "the same, but for the disks that VMs have now");
    let more = Step { deadline: 1, ..rebuilt(other) };
    assert_eq!(PlanDifference::between(&plan(vec![rebuilt(one)]), &plan(vec![more])).changed_in_earnest().count(), 1);
}

#[test]
fn what_differs_is_said_in_one_sentence() {
    let (a, b, c) = (step("a", "h1"), step("b", "h1"), step("c", "h1"));
    let slow = Step { deadline: 600, ..a.clone() };
    let before = plan(vec![a.clone(), b.clone()]);
    assert_eq!(words(&before, &before), "the same, to the last byte");
    assert_eq!(words(&before, &plan(vec![slow.clone(), b.clone()])), "the same but for 1 step changed");
    assert_eq!(words(&before, &plan(vec![slow, c])), "the same but for 1 step changed, 1 step new and 1 step gone");
    assert_eq!(words(&before, &plan(vec![b, a])), "the same but for another is the order of the steps");
    let held = Plan { hold: 60, summary: "Other.".into(), ..before.clone() };
    let expected = "the same but for another is the time to decide after a failure and summary and titles";
    assert_eq!(words(&before, &held), expected);
}

#[test]
fn a_step_that_came_or_went_is_no_other_order() {
    let (a, b, c) = (step("a", "h1"), step("b", "h1"), step("c", "h1"));
    let difference = PlanDifference::between(&plan(vec![a.clone(), b]), &plan(vec![c, a]));
    assert_eq!(difference.around, BTreeSet::new());
}

fn any_step() -> impl Strategy<Value = Step> {
    let parts = (0_u8..6, 1_u8..3, prop::bool::ANY, 50_u32..53, "[a-b]?", prop::option::of("[x-y]"));
    parts.prop_map(|(id, host, once, deadline, impact, hazard)| Step {
        kind: if once { crate::plan::StepKind::Once } else { crate::plan::StepKind::Idempotent },
        deadline,
        impact,
        hazard,
        ..step(&format!("s{id}"), &format!("h{host}"))
    })
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let stage = (prop::collection::vec(any_step(), 0..5), 1_u16..3, "[a-b]");
    let all = (prop::collection::vec(stage, 0..3), prop::collection::vec(any_step(), 0..2), 0_u32..2, 0_usize..2);
    all.prop_map(|(stages, finally, hold, hazards)| {
        let mut seen = BTreeSet::new();
        // An id is there once in a plan.
        let mut unique =
            |steps: Vec<Step>| -> Vec<Step> { steps.into_iter().filter(|step| seen.insert(step.id.clone())).collect() };
        let stages = stages.into_iter().map(|(steps, limit, title)| Stage {
            title,
            limit,
            unit: "steps".into(),
            steps: unique(steps),
            rolling: None,
        });
        let stages = stages.collect();
        let hazard = Hazard { weight: Weight::Note, words: "mind".into() };
        Plan { stages, finally: unique(finally), hold, hazards: vec![hazard; hazards], ..plan(Vec::new()) }
    })
}

proptest! {
    #[test]
    fn a_plan_differs_from_itself_in_nothing(plan in any_plan()) {
        let difference = PlanDifference::between(&plan, &plan);
        prop_assert!(difference.is_empty() && difference.around.is_empty());
        prop_assert_eq!(difference, PlanDifference::default());
    }

    #[test]
    fn with_the_difference_the_earlier_plan_becomes_the_later_one(before in any_plan(), after in any_plan()) {
        let difference = PlanDifference::between(&before, &after);
        let applied = difference.applied_to(&before);
        prop_assert_eq!(applied.as_ref(), Some(&after));
        prop_assert_eq!(difference.is_empty(), before.digest() == after.digest());
    }

    #[test]
    fn whatever_is_another_is_named_somewhere(before in any_plan(), after in any_plan()) {
        let difference = PlanDifference::between(&before, &after);
        let is_named = !difference.added.is_empty() || !difference.removed.is_empty()
            || !difference.changed.is_empty() || !difference.around.is_empty();
        prop_assert_eq!(is_named, !difference.is_empty());
        prop_assert!(difference.changed.iter().all(|change| !change.parts.is_empty()));
    }
}
