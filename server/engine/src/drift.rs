//! What has changed between the plan that was approved and the plan that would be made now.

use model::plan::{Plan, Step};

/// In words, at most a handful of differences; empty when the plans are equal.
#[must_use]
pub fn differences(approved: &Plan, now: &Plan) -> Vec<String> {
    if approved == now {
        return Vec::new();
    }
    let mut found = Vec::new();
    for step in approved.steps() {
        match now.step(&step.id) {
            None => found.push(format!("\u{201c}{}\u{201d} is no longer needed or possible", step.title)),
            Some(other) if other != step => found.push(changed(step, other)),
            Some(_) => {}
        }
    }
    for step in now.steps().filter(|step| approved.step(&step.id).is_none()) {
        found.push(format!("\u{201c}{}\u{201d} would have to be done, too", step.title));
    }
    for hazard in now.hazards.iter().filter(|hazard| !approved.hazards.contains(hazard)) {
        found.push(format!("new: {}", hazard.words));
    }
    if found.is_empty() {
        found.push("the order or the description of the plan is different".to_owned());
    }
    found
}

fn changed(before: &Step, after: &Step) -> String {
    let part = if before.action != after.action {
        "would be done differently"
    } else if before.proof != after.proof || before.untouched != after.untouched {
        "starts from another state: the disk or version of its VM has changed"
    } else if before.after != after.after {
        "has another place in the order, for example because a redundant pair has failed over"
    } else {
        "has another description or other limits"
    };
    format!("\u{201c}{}\u{201d} {part}", before.title)
}
