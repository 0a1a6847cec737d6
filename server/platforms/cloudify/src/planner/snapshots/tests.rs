//! Whole plans, as an operator would note them down, and what there is no plan for.

use expect_test::{Expect, expect};
use model::cloudify::{CloudifyInventory, Snapshot, SnapshotStatus};
use model::plan::{Plan, Side};
use model::procedure::{CreateSnapshot, SnapshotOption, UploadSnapshot};

use super::{SnapshotPlanError, plan_creation, plan_upload};
use crate::fixture::{environment, kept, known, new_host, one_manager, same_host, snapshot, two_managers, unknown};

fn creation(on: Side, options: &[SnapshotOption]) -> CreateSnapshot {
    CreateSnapshot { on, snapshot: snapshot("before_monday"), options: options.iter().copied().collect() }
}

fn create(seen: &CloudifyInventory, inputs: &CreateSnapshot) -> Result<Plan, SnapshotPlanError> {
    plan_creation(&environment(&new_host()), &new_host(), seen, inputs)
}

fn bring(seen: &CloudifyInventory, on: Side) -> Result<Plan, SnapshotPlanError> {
    let inputs = UploadSnapshot { on, snapshot: snapshot("move-1") };
    plan_upload(&environment(&new_host()), &new_host(), seen, &inputs)
}

fn outline(plan: &Plan) -> String {
    let mut lines = vec![plan.summary.clone()];
    for stage in &plan.stages {
        lines.push(format!("  {}", stage.title));
        for step in &stage.steps {
            lines.push(format!(
                "    {} [{:?} x{}, {} s] {}",
                step.id, step.kind, step.attempts, step.deadline, step.title
            ));
            lines.push(format!("      does: {}", serde_json::to_string(&step.action).unwrap()));
            lines.push(format!("      proof: {}", serde_json::to_string(&step.proof).unwrap()));
            lines.extend(
                step.untouched.iter().map(|one| format!("      untouched: {}", serde_json::to_string(one).unwrap())),
            );
        }
    }
    lines.extend(plan.hazards.iter().map(|hazard| format!("  {:?}: {}", hazard.weight, hazard.words)));
    lines.join("\n")
}

fn check(plan: &Plan, expected: &Expect) {
    expected.assert_eq(&outline(plan));
}

#[test]
fn a_snapshot_is_made_once_and_judged_by_its_own_state() {
    let plan = create(&two_managers("4.2.0", "5.0.5"), &creation(Side::Old, &[])).unwrap();
    check(
        &plan,
        &expect![[r#"
        Makes the snapshot before_monday on the old manager, 4.2.0. Nothing is restored.
          Nothing is under way
            look/idle [ReadOnly x1, 14400 s] Nothing is executed on the old manager, in any tenant
              does: {"do":"observe"}
              proof: {"look":"cloudify","see":"idle","on":"old"}
          Snapshot
            snapshot/create [Once x1, 7200 s] Create the snapshot before_monday on the old manager
              does: {"do":"cloudify","call":"create_snapshot","snapshot":"before_monday"}
              proof: {"look":"cloudify","see":"snapshot_created","snapshot":"before_monday"}
              untouched: {"look":"cloudify","see":"snapshot_unknown","on":"old","snapshot":"before_monday"}
          Caution: No workflow can be started on this manager until the snapshot has ended.
          Note: Its archive holds keys and salts."#]],
    );
}

#[test]
fn what_is_left_out_of_a_snapshot_stands_in_its_plan() {
    let options = [SnapshotOption::WithoutCredentials, SnapshotOption::WithoutLogs];
    let plan = create(&two_managers("4.2.0", "5.0.5"), &creation(Side::New, &options)).unwrap();
    check(
        &plan,
        &expect![[r#"
        Makes the snapshot before_monday on the new manager, 5.0.5, without the keys of agents and without logs. Nothing is restored.
          Nothing is under way
            look/idle [ReadOnly x1, 14400 s] Nothing is executed on the new manager, in any tenant
              does: {"do":"observe"}
              proof: {"look":"cloudify","see":"idle","on":"new"}
          Snapshot
            snapshot/create [Once x1, 7200 s] Create the snapshot before_monday on the new manager
              does: {"do":"cloudify","call":"create_snapshot","on":"new","snapshot":"before_monday","options":["without_credentials","without_logs"]}
              proof: {"look":"cloudify","see":"snapshot_created","on":"new","snapshot":"before_monday"}
              untouched: {"look":"cloudify","see":"snapshot_unknown","on":"new","snapshot":"before_monday"}
          Caution: No workflow can be started on this manager until the snapshot has ended.
          Caution: Without the keys of agents, agents cannot be installed anew after a restore of this snapshot: it is no base for a migration."#]],
    );
}

#[test]
fn an_archive_is_proven_before_it_is_brought_and_read_back_behind_it() {
    let mut seen = two_managers("4.2.0", "5.0.5");
    seen.archives = vec![kept("move-1", "4.2.0")];
    check(
        &bring(&seen, Side::New).unwrap(),
        &expect![[r#"
        Brings the archive move-1 (4096 bytes, made by 4.2.0, SHA-256 0000000000000000000000000000000000000000000000000000000000000000) to the new manager, 5.0.5. Nothing is restored.
          The archive is whole, and its name is free
            archive/proven [ReadOnly x1, 21600 s] The archive move-1 is what came
              does: {"do":"observe"}
              proof: {"look":"cloudify","see":"archive_kept","snapshot":"move-1","versions":["4.2.0"]}
            look/free [ReadOnly x1, 300 s] move-1 is no name on the new manager yet
              does: {"do":"observe"}
              proof: {"look":"cloudify","see":"snapshot_unknown","on":"new","snapshot":"move-1"}
          Upload
            snapshot/upload [Idempotent x3, 21600 s] Upload the archive to the new manager as move-1, and read it back
              does: {"do":"cloudify","call":"upload_archive","archive":"move-1","snapshot":"move-1"}
              proof: {"look":"cloudify","see":"uploaded","archive":"move-1","snapshot":"move-1"}
          Caution: Whoever may restore on that manager can then restore this archive there: what the manager has is replaced by what is in it.
          Note: The archive holds keys and salts."#]],
    );
}

#[track_caller]
fn refused(result: Result<Plan, SnapshotPlanError>, field: &str, words: &str) {
    let error = result.unwrap_err();
    assert!(error.field() == field && error.to_string().contains(words), "{}: {error}", error.field());
}

#[test]
fn an_option_that_the_release_does_not_know_is_refused_with_what_it_takes() {
    let seen = two_managers("4.2.0", "5.0.5");
    refused(create(&seen, &creation(Side::New, &[SnapshotOption::WithMetrics])), "options", "keeps no metrics");
    refused(create(&seen, &creation(Side::Old, &[SnapshotOption::WithoutLogs])), "options", "4.6 or later");
    create(&seen, &creation(Side::Old, &[SnapshotOption::WithMetrics])).unwrap();
}

#[test]
fn nothing_that_is_there_is_replaced_and_what_cannot_be_seen_is_not_taken_for_nothing() {
    let mut seen = two_managers("4.2.0", "5.0.5");
    seen.archives = vec![kept("move-1", "4.2.0")];
    let there = |name: &str| Snapshot {
        id: snapshot(name),
        tenant: None,
        status: SnapshotStatus::Failed,
        error: "broke".to_owned(),
        created_at: "2026-11-21T02:41:28.970Z".to_owned(),
        created_by: None,
        visibility: None,
    };
    seen.old.snapshots = known(vec![there("before_monday")]);
    refused(create(&seen, &creation(Side::Old, &[])), "snapshot", "already");
    if let Some(new) = &mut seen.new {
        new.snapshots = known(vec![there("move-1")]);
    }
    refused(bring(&seen, Side::New), "snapshot", "already");
    seen.old.snapshots = unknown("502");
    refused(create(&seen, &creation(Side::Old, &[])), "inventory", "502");
    seen.archives.clear();
    refused(bring(&seen, Side::Old), "inventory", "502");
}

#[test]
fn in_place_there_is_one_manager() {
    let (settings, seen) = (same_host(), one_manager("4.2.0"));
    let made = plan_creation(&environment(&settings), &settings, &seen, &creation(Side::New, &[]));
    refused(made, "on", "one manager");
    plan_creation(&environment(&settings), &settings, &seen, &creation(Side::Old, &[])).unwrap();
}

#[test]
fn only_what_is_kept_can_be_brought() {
    refused(bring(&two_managers("4.2.0", "5.0.5"), Side::New), "snapshot", "upload its file first");
}
