//! The plan to the last command, and what became of each of its steps.

use std::collections::BTreeMap;

use super::Case;
use super::doc::{Doc, moment};
use crate::environment::Elevate;
use crate::evidence::name;
use crate::id::StepId;
use crate::plan::{Action, Shell, Step};
use crate::run::{Status, StepState};
use crate::time::limit_words;
use crate::words::count;

/// Which step has shown a script: the same one is not shown again for each of a hundred hosts.
type Scripts<'a> = BTreeMap<&'a str, &'a StepId>;

pub(super) fn plan(doc: &mut Doc, case: &Case<'_>) {
    let plan = &case.request.plan;
    doc.raw("<h2>The plan, and what became of it</h2>\n").p(&plan.summary);
    for hazard in &plan.hazards {
        doc.raw("<p><strong>Hazard:</strong> ").text(&hazard.words).raw("</p>\n");
    }
    for (number, asked) in (0..).zip(&plan.confirmations) {
        let became = match case.state.confirmed.get(&number) {
            Some(said) if said.reason.is_empty() => format!("{} confirmed, {}", said.by, said.at),
            Some(said) => format!("{} confirmed, {}: {}", said.by, said.at, said.reason),
            None => "nobody has confirmed".to_owned(),
        };
        let what = format!("{}, by the group {}: {}. ", plan.place_of(asked), asked.from, asked.text);
        doc.raw("<p><strong>To be confirmed</strong> ").text(what).text(became).raw("</p>\n");
    }
    let mut scripts = Scripts::new();
    let finally = (!plan.finally.is_empty()).then_some(("At the end, whatever happened", &plan.finally));
    let stages = plan.stages.iter().map(|stage| (stage.title.as_str(), &stage.steps));
    for (number, (title, steps)) in stages.chain(finally).enumerate() {
        doc.raw("<h3>").text(format!("{}. {title} ({})", number + 1, count(steps.len(), "step"))).raw("</h3>\n");
        for step in steps {
            one_step(doc, step, case.state.steps.get(&step.id), &mut scripts);
        }
    }
    for left in &plan.left_out {
        doc.raw("<p class=\"muted\">Left out: ").text(format!("{}: {}", left.what, left.why)).raw("</p>\n");
    }
    doc.raw("<p>").file(name::PLAN).raw("</p>\n");
}

fn one_step<'a>(doc: &mut Doc, step: &'a Step, state: Option<&StepState>, scripts: &mut Scripts<'a>) {
    doc.raw("<div class=\"step\">\n<p><strong>")
        .text(&step.title)
        .raw("</strong> ")
        .text(format!("({}, {})", step.target.words(), step.kind.words()))
        .raw("<br><code>")
        .text(step.id.as_str())
        .raw("</code></p>\n<dl>\n");
    match state {
        None => {
            doc.fact("Outcome", "has not begun");
        }
        Some(state) => became(doc, state),
    }
    doc.fact("Proven when", step.proof.words())
        .fact_of("Stops meanwhile", &step.impact)
        .fact_of("Hazard", step.hazard.as_deref().unwrap_or_default())
        .fact("Limit", limit_words(step.deadline))
        .fact("To undo it", step.undo.words())
        .fact_of("Vendor's text", step.vendor.as_deref().unwrap_or_default())
        .raw("</dl>\n");
    action(doc, step, scripts);
    doc.raw("</div>\n");
}

fn became(doc: &mut Doc, state: &StepState) {
    let words = match &state.status {
        Status::Done { evidence, .. } | Status::Stopped { evidence } | Status::Skipped { evidence } => evidence.clone(),
        Status::Failed { reason, .. } => reason.clone(),
        Status::Unknown { question, .. } => question.clone(),
        Status::Freed { by } => format!("{by} lets it be tried once more"),
        Status::Running | Status::NotBegun => String::new(),
    };
    let tries = format!("try {}, {} to {}", state.attempt, state.started_at, moment(state.ended_at));
    doc.fact("Outcome", state.status.word())
        .fact_of("What was seen", &words)
        .fact("When", tries)
        .fact_of("Job of the platform", state.job.as_ref().map_or("", |job| job.as_str()))
        .fact_of("What it said", state.said.as_deref().unwrap_or_default());
}

fn action<'a>(doc: &mut Doc, step: &'a Step, scripts: &mut Scripts<'a>) {
    match &step.action {
        Action::Observe => {
            doc.hint("Nothing is done; the proof is waited for.");
        }
        Action::CloudStack(command) => {
            doc.element("pre", command.words());
        }
        Action::Cloudify(call) => {
            doc.element("pre", call.words());
        }
        Action::Shell(shell) => {
            let rights = match shell.elevate {
                Elevate::Sudo => "with sudo -n",
                Elevate::No => "as the login user",
            };
            doc.p(format!("Script on {} {rights}, under set -eu", shell.host));
            script(doc, &shell.script, &step.id, scripts);
            given(doc, shell);
        }
        Action::Download(download) => {
            let paths: Vec<&str> = download.files.iter().map(|file| file.path.as_str()).collect();
            doc.p(format!("Read on {} and sealed in Drydock's own store: {}", download.host, paths.join(", ")));
            script(doc, &download.script, &step.id, scripts);
        }
    }
}

fn script<'a>(doc: &mut Doc, text: &'a str, step: &'a StepId, scripts: &mut Scripts<'a>) {
    match scripts.get(text) {
        Some(first) => {
            doc.hint(format!("The same script as in {first}."));
        }
        None => {
            scripts.insert(text, step);
            doc.raw("<pre>\n").text(text).raw("</pre>\n");
        }
    }
}

/// What a script gets besides its text.
fn given(doc: &mut Doc, shell: &Shell) {
    let args: Vec<String> = shell.args.iter().enumerate().map(|(at, arg)| format!("${} = {arg}", at + 1)).collect();
    let secrets: Vec<String> =
        shell.secrets.iter().map(|secret| format!("{} from {}", secret.name, secret.value)).collect();
    if !args.is_empty() || !secrets.is_empty() {
        doc.raw("<dl>\n").fact_of("Arguments", &args.join(", ")).fact_of("Secrets", &secrets.join(", ")).raw("</dl>\n");
    }
}
