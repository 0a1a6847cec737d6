//! Whole plans, as an operator would note them down. A change here is a change of what is done to production.

mod in_place;
mod new_host;

use expect_test::Expect;
use model::cloudify::CloudifyInventory;
use model::environment::CloudifySettings;
use model::plan::{Plan, Step};
use model::procedure::MigrateManager;

use super::tests::make;

fn outline(plan: &Plan) -> String {
    let mut lines = vec![plan.summary.clone()];
    let line = |step: &Step| {
        let after: Vec<&str> = step.after.iter().map(model::id::StepId::as_str).collect();
        let after = if after.is_empty() { String::new() } else { format!("  <- {}", after.join(", ")) };
        format!("    {} [{:?} x{}] {}{after}", step.id, step.kind, step.attempts, step.title)
    };
    for stage in &plan.stages {
        let budget = stage
            .rolling
            .as_ref()
            .map_or(String::new(), |rolling| format!(", canary {}, {} may fail", rolling.canary, rolling.budget));
        lines.push(format!("  {} (limit {}{budget})", stage.title, stage.limit));
        lines.extend(stage.steps.iter().map(line));
    }
    lines.push("  finally".to_owned());
    lines.extend(plan.finally.iter().map(line));
    lines.extend(plan.left_out.iter().map(|out| format!("  left out: {}: {}", out.what, out.why)));
    lines.extend(plan.hazards.iter().map(|hazard| format!("  {:?}: {}", hazard.weight, hazard.words)));
    lines.join("\n")
}

fn check(settings: &CloudifySettings, inventory: &CloudifyInventory, inputs: &MigrateManager, expected: Expect) {
    expected.assert_eq(&outline(&make(settings, inventory, inputs).unwrap()));
}

/// The vendor's words beside each step, in the order of the plan.
fn vendor(plan: &Plan) -> String {
    let said = plan.steps().filter_map(|step| Some(format!("{}: {}", step.id, step.vendor.as_ref()?)));
    said.collect::<Vec<_>>().join("\n")
}
