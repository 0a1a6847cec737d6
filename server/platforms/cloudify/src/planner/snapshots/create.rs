//! **Create Snapshot** (P5, P11): on a manager that works, and goes on working.

use model::cloudify::{CloudifyInventory, ManagerInventory, ManagerVersion};
use model::environment::{CloudifySettings, Environment};
use model::plan::{CloudifyCall, CloudifyProbe, Hazard, PLAN_FORMAT, Plan, Probe, Side, Step, Undo, Weight};
use model::procedure::{CreateSnapshot, Inputs, SnapshotOption};
use model::words::listed;

use super::{SnapshotPlanError, manager, version_without};
use crate::planner::steps::{call, id, observe, on, once, stage};
use crate::planner::vendor;

/// From here on a list that is asked for at once is an error, or cut short (fact 10).
const LONG_LIST: usize = 1000;

/// The plan of **Create Snapshot**.
///
/// # Errors
/// The name is taken, the release does not know an option, or what must be known is not.
pub fn plan_creation(
    environment: &Environment,
    settings: &CloudifySettings,
    inventory: &CloudifyInventory,
    inputs: &CreateSnapshot,
) -> Result<Plan, SnapshotPlanError> {
    let side = inputs.on;
    let manager = manager(inventory, side)?;
    let version = version_without(manager, side, &inputs.snapshot)?;
    check_options(version, inputs)?;
    let options: Vec<String> = inputs.options.iter().map(ToString::to_string).collect();
    let with = if options.is_empty() { String::new() } else { format!(", {}", listed(&options)) };
    Ok(Plan {
        format: PLAN_FORMAT,
        environment: environment.id.clone(),
        inputs: Inputs::CreateSnapshot(inputs.clone()),
        summary: format!("Makes the snapshot {} on {side}, {version}{with}. Nothing is restored.", inputs.snapshot),
        stages: vec![
            stage("Nothing is under way", "steps", vec![idle(settings, side)]),
            stage("Snapshot", "steps", vec![create(settings, version, inputs)]),
        ],
        finally: Vec::new(),
        hazards: hazards(manager, version, inputs),
        left_out: Vec::new(),
        hold: 0,
        confirmations: vec![],
    })
}

fn check_options(version: &ManagerVersion, inputs: &CreateSnapshot) -> Result<(), SnapshotPlanError> {
    for option in &inputs.options {
        match option {
            SnapshotOption::WithoutCredentials => {}
            SnapshotOption::WithMetrics if version.is_at_least(5, 0, 5) => {
                return Err(SnapshotPlanError::NoMetrics(version.clone()));
            }
            SnapshotOption::WithMetrics => {}
            SnapshotOption::WithoutLogs | SnapshotOption::WithoutEvents if !version.is_at_least(4, 6, 0) => {
                return Err(SnapshotPlanError::NotLeftOut { version: version.clone(), option: *option });
            }
            SnapshotOption::WithoutLogs | SnapshotOption::WithoutEvents => {}
        }
    }
    Ok(())
}

/// A manager refuses while anything runs; up to 4.5 it looks at one tenant only, and the others run into the snapshot.
fn idle(settings: &CloudifySettings, side: Side) -> Step {
    let title = format!("Nothing is executed on {side}, in any tenant");
    let proof = Probe::Cloudify(CloudifyProbe::Idle { on: side });
    Step {
        hazard: Some("It waits for what runs to end, and cancels nothing.".to_owned()),
        ..observe(id(&["look", "idle"]), title, on(side), proof, settings.tuning.idle_deadline)
    }
}

fn create(settings: &CloudifySettings, version: &ManagerVersion, inputs: &CreateSnapshot) -> Step {
    let (side, snapshot) = (inputs.on, &inputs.snapshot);
    let flags: String = inputs.options.iter().map(|option| format!(" {}", option.flag())).collect();
    let asked = call(
        id(&["snapshot", "create"]),
        format!("Create the snapshot {snapshot} on {side}"),
        CloudifyCall::CreateSnapshot { on: side, snapshot: snapshot.clone(), options: inputs.options.clone() },
        CloudifyProbe::SnapshotCreated { on: side, snapshot: snapshot.clone() },
    );
    let flagged = if flags.is_empty() { String::new() } else { format!(" Here with{flags}.") };
    Step {
        deadline: settings.tuning.snapshot_deadline,
        impact: "Until it has ended, no workflow can be started on this manager.".to_owned(),
        hazard: Some(
            "It needs room for the database, the files and the archive on the manager. If it fails, its error is told, and \
             nothing else has happened."
                .to_owned(),
        ),
        undo: Undo::ByHand(format!("cfy snapshots delete {snapshot}, on that manager.")),
        vendor: Some(format!("{}{flagged}", vendor::create(version, snapshot))),
        ..once(asked, CloudifyProbe::SnapshotUnknown { on: side, snapshot: snapshot.clone() })
    }
}

fn hazards(manager: &ManagerInventory, version: &ManagerVersion, inputs: &CreateSnapshot) -> Vec<Hazard> {
    let caution = |words: &str| Hazard { weight: Weight::Caution, words: words.to_owned() };
    let mut found = vec![caution("No workflow can be started on this manager until the snapshot has ended.")];
    if inputs.options.contains(&SnapshotOption::WithoutCredentials) {
        found.push(caution(
            "Without the keys of agents, agents cannot be installed anew after a restore of this snapshot: it is no base for a \
             migration.",
        ));
    } else {
        found.push(Hazard { weight: Weight::Note, words: "Its archive holds keys and salts.".to_owned() });
    }
    let instances: usize =
        manager.deployments.value().into_iter().flatten().map(model::cloudify::Deployment::instances).sum();
    if !version.is_at_least(4, 5, 5) && instances > LONG_LIST {
        found.push(caution(
            "A manager before 4.5.5 lists its nodes at once for a snapshot, and fails when they are more than 1000. It \
             may have that many.",
        ));
    }
    found
}
