//! What is different between two plans, step by step: for somebody who has read the one and has to agree to the other.
//!
//! It is complete: with it, the earlier plan becomes the later one ([`PlanDifference::applied_to`]). Nothing that differs can
//! therefore be missing from what is shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Action, Confirmation, DiskProof, Hazard, LeftOut, Plan, Probe, Rolling, Stage, Step};
use crate::id::{EnvironmentId, StepId};
use crate::procedure::Inputs;
use crate::time::limit_words;
use crate::words::{count, listed};

/// What a later plan has otherwise than an earlier one. Steps are the same when their ids are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDifference {
    /// Steps that only the later one has, in its order.
    pub added: Vec<Step>,
    /// Steps that only the earlier one has, in its order.
    pub removed: Vec<Step>,
    /// Steps that both have, and that are not alike; in the order of the later one.
    pub changed: Vec<StepChange>,
    /// What differs besides the steps themselves.
    pub around: BTreeSet<Around>,
    /// Everything of the later one but its steps, if any of it is another.
    frame: Option<Frame>,
}

/// A step that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepChange {
    /// As it was.
    pub before: Step,
    /// As it is.
    pub after: Step,
    /// What of it differs; never empty.
    pub parts: BTreeSet<Part>,
}

/// A part of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What is done: the command, its arguments, its host.
    Command,
    /// What it acts on.
    Target,
    /// What has to be seen for it to count as done, or as not begun.
    Proof,
    /// Only the disk that a VM has now, and must not have afterwards: another one after every restart.
    Seen,
    /// What repeating it would do, and how often it may be tried.
    Repeating,
    /// How long one try may take.
    Timeout,
    /// What it comes after, or completes.
    Order,
    /// What stops meanwhile, and for whom.
    Impact,
    /// What can go wrong.
    Hazard,
    /// How it is undone.
    Undo,
    /// What it is called.
    Title,
    /// What the vendor's text says.
    Vendor,
}

impl Part {
    /// For a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Command => "the command",
            Self::Target => "what it acts on",
            Self::Proof => "the proof",
            Self::Seen => "the disk it has now",
            Self::Repeating => "how often it may be tried",
            Self::Timeout => "the timeout",
            Self::Order => "what it comes after",
            Self::Impact => "what stops",
            Self::Hazard => "the hazard",
            Self::Undo => "how it is undone",
            Self::Title => "its title",
            Self::Vendor => "the vendor's text",
        }
    }

    /// This part of a step, in words.
    #[must_use]
    pub fn of(self, step: &Step) -> String {
        let ids = |ids: &[StepId]| ids.iter().map(StepId::as_str).collect::<Vec<_>>().join(", ");
        match self {
            Self::Command => command(&step.action),
            Self::Target => step.target.words(),
            Self::Proof | Self::Seen => match &step.untouched {
                Some(untouched) => format!("{}; not begun when {}", step.proof.words(), untouched.words()),
                None => step.proof.words(),
            },
            Self::Repeating => format!("{}, {}", step.kind.words(), count(usize::from(step.attempts), "try")),
            Self::Timeout => limit_words(step.deadline),
            Self::Order => match &step.completes {
                Some(completed) => format!("after {}; completes {completed}", ids(&step.after)),
                None => format!("after {}", ids(&step.after)),
            },
            Self::Impact => step.impact.clone(),
            Self::Hazard => step.hazard.clone().unwrap_or_default(),
            Self::Undo => step.undo.words(),
            Self::Title => step.title.clone(),
            Self::Vendor => step.vendor.clone().unwrap_or_default(),
        }
    }
}

/// An action as text: all of it, so that whatever differs is seen.
fn command(action: &Action) -> String {
    match action {
        Action::CloudStack(command) => command.words(),
        Action::Cloudify(call) => call.words(),
        Action::Observe => "nothing is done; the proof is waited for".to_owned(),
        Action::Shell(shell) => {
            let args: String =
                shell.args.iter().enumerate().map(|(at, arg)| format!("${} = {arg}\n", at + 1)).collect();
            let secrets: String =
                shell.secrets.iter().map(|secret| format!("{} from {}\n", secret.name, secret.value)).collect();
            format!("on {}\n{args}{secrets}{}", shell.host, shell.script)
        }
        Action::Download(download) => {
            let files: String = download.files.iter().map(|file| format!("{} {}\n", file.sha256, file.path)).collect();
            format!("on {}\n{files}{}", download.host, download.script)
        }
    }
}

/// A part of a plan besides its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Around {
    /// What was chosen in the form.
    Inputs,
    /// The order of the steps that both have, or in which stage they stand.
    Order,
    /// How many go at once, how large the batches are, what must hold between them.
    Manner,
    /// What somebody should know before agreeing.
    Hazards,
    /// What was left out, and why.
    LeftOut,
    /// How long people may decide after a failure.
    Hold,
    /// Where somebody has to confirm before it goes on.
    Confirmations,
    /// Only words: the summary, titles of stages, what is counted in them.
    Words,
    /// The environment, or the format.
    Kind,
}

impl Around {
    /// For a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Inputs => "what was chosen",
            Self::Order => "the order of the steps",
            Self::Manner => "how many go at once",
            Self::Hazards => "the hazards",
            Self::LeftOut => "what is left out",
            Self::Hold => "the time to decide after a failure",
            Self::Confirmations => "where somebody has to confirm",
            Self::Words => "summary and titles",
            Self::Kind => "environment or format",
        }
    }
}

/// A plan without its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Frame {
    format: u32,
    environment: EnvironmentId,
    inputs: Inputs,
    summary: String,
    stages: Vec<StageFrame>,
    finally: Vec<StepId>,
    hazards: Vec<Hazard>,
    left_out: Vec<LeftOut>,
    hold: u32,
    confirmations: Vec<Confirmation>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StageFrame {
    title: String,
    limit: u16,
    unit: String,
    rolling: Option<Rolling>,
    steps: Vec<StepId>,
}

impl Frame {
    // Each field is named, so that a new one does not compile until it is compared.
    fn of(plan: &Plan) -> Self {
        let Plan { format, environment, inputs, summary, stages, finally, hazards, left_out, hold, confirmations } =
            plan;
        let ids = |steps: &[Step]| steps.iter().map(|step| step.id.clone()).collect();
        let stage = |stage: &Stage| {
            let Stage { title, limit, unit, steps, rolling } = stage;
            StageFrame {
                title: title.clone(),
                limit: *limit,
                unit: unit.clone(),
                rolling: rolling.clone(),
                steps: ids(steps),
            }
        };
        Self {
            format: *format,
            environment: environment.clone(),
            inputs: inputs.clone(),
            summary: summary.clone(),
            stages: stages.iter().map(stage).collect(),
            finally: ids(finally),
            hazards: hazards.clone(),
            left_out: left_out.clone(),
            hold: *hold,
            confirmations: confirmations.clone(),
        }
    }

    /// The plan with these steps; `None` if one is missing.
    fn filled(self, steps: &BTreeMap<&StepId, &Step>) -> Option<Plan> {
        let all = |ids: &[StepId]| -> Option<Vec<Step>> {
            ids.iter().map(|id| steps.get(id).map(|step| (*step).clone())).collect()
        };
        let stage = |stage: StageFrame| {
            let StageFrame { title, limit, unit, rolling, steps } = stage;
            Some(Stage { title, limit, unit, steps: all(&steps)?, rolling })
        };
        Some(Plan {
            format: self.format,
            environment: self.environment,
            inputs: self.inputs,
            summary: self.summary,
            stages: self.stages.into_iter().map(stage).collect::<Option<_>>()?,
            finally: all(&self.finally)?,
            hazards: self.hazards,
            left_out: self.left_out,
            hold: self.hold,
            confirmations: self.confirmations,
        })
    }

    /// What of it is another than in `before`; the order only as far as both have the steps.
    fn differs(&self, before: &Self, common: &BTreeSet<&StepId>) -> BTreeSet<Around> {
        let order = |frame: &Self| -> Vec<Vec<StepId>> {
            let lists = frame.stages.iter().map(|stage| &stage.steps).chain([&frame.finally]);
            let kept = |ids: &Vec<StepId>| ids.iter().filter(|id| common.contains(id)).cloned().collect::<Vec<_>>();
            // A stage that has nothing in common does not count as one.
            lists.map(kept).filter(|ids| !ids.is_empty()).collect()
        };
        let manner = |frame: &Self| -> Vec<(u16, Option<Rolling>)> {
            frame.stages.iter().map(|stage| (stage.limit, stage.rolling.clone())).collect()
        };
        let words = |frame: &Self| -> Vec<(String, String)> {
            frame.stages.iter().map(|stage| (stage.title.clone(), stage.unit.clone())).collect()
        };
        let differs = [
            (Around::Inputs, self.inputs != before.inputs),
            (Around::Order, order(self) != order(before)),
            (Around::Manner, manner(self) != manner(before)),
            (Around::Hazards, self.hazards != before.hazards),
            (Around::LeftOut, self.left_out != before.left_out),
            (Around::Hold, self.hold != before.hold),
            (Around::Confirmations, self.confirmations != before.confirmations),
            (Around::Words, self.summary != before.summary || words(self) != words(before)),
            (Around::Kind, (self.format, &self.environment) != (before.format, &before.environment)),
        ];
        differs.into_iter().filter(|(_, is_other)| *is_other).map(|(what, _)| what).collect()
    }
}

impl PlanDifference {
    /// What `after` has otherwise than `before`.
    #[must_use]
    pub fn between(before: &Plan, after: &Plan) -> Self {
        let earlier: BTreeMap<&StepId, &Step> = before.steps().map(|step| (&step.id, step)).collect();
        let later: BTreeMap<&StepId, &Step> = after.steps().map(|step| (&step.id, step)).collect();
        let common: BTreeSet<&StepId> = earlier.keys().filter(|id| later.contains_key(*id)).copied().collect();
        let change = |step: &Step| {
            let before = *earlier.get(&step.id)?;
            let parts = parts(before, step);
            (!parts.is_empty()).then(|| StepChange { before: before.clone(), after: step.clone(), parts })
        };
        let (was, is) = (Frame::of(before), Frame::of(after));
        let of_one = |plan: &Plan| plan.steps().filter(|step| !common.contains(&step.id)).cloned().collect::<Vec<_>>();
        let (added, removed) = (of_one(after), of_one(before));
        let mut around = is.differs(&was, &common);
        // The same steps in stages that are divided otherwise, where nothing else shows it.
        if is != was && around.is_empty() && added.is_empty() && removed.is_empty() {
            around.insert(Around::Order);
        }
        let changed = after.steps().filter_map(change).collect();
        Self { added, removed, changed, around, frame: (is != was).then_some(is) }
    }

    /// The later plan, made of the earlier one; `None` if this is the difference to another one.
    #[must_use]
    pub fn applied_to(&self, before: &Plan) -> Option<Plan> {
        let mut steps: BTreeMap<&StepId, &Step> = before.steps().map(|step| (&step.id, step)).collect();
        let changed = self.changed.iter().map(|change| &change.after);
        steps.extend(self.added.iter().chain(changed).map(|step| (&step.id, step)));
        self.frame.clone().unwrap_or_else(|| Frame::of(before)).filled(&steps)
    }

    /// Whether they are the same, byte for byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty() && self.frame.is_none()
    }

    /// Changed steps of which more differs than the disk a VM has now.
    pub fn changed_in_earnest(&self) -> impl Iterator<Item = &StepChange> {
        self.changed.iter().filter(|change| change.parts.iter().any(|part| *part != Part::Seen))
    }

    /// In one sentence, behind "Compared with the last run: ".
    #[must_use]
    pub fn words(&self) -> String {
        let changed = self.changed_in_earnest().count();
        let only_seen = self.changed.len() - changed;
        let steps = [
            (changed > 0).then(|| format!("{} changed", count(changed, "step"))),
            (!self.added.is_empty()).then(|| format!("{} new", count(self.added.len(), "step"))),
            (!self.removed.is_empty()).then(|| format!("{} gone", count(self.removed.len(), "step"))),
        ];
        let around: Vec<&str> = self.around.iter().map(|around| around.words()).collect();
        let around = (!around.is_empty()).then(|| format!("another is {}", listed(&around)));
        let all: Vec<String> = steps.into_iter().flatten().chain(around).collect();
        let disks = match only_seen {
            0 => "",
            _ if all.is_empty() => ", but for the disks that VMs have now",
            _ => ", and VMs have other disks now",
        };
        match (self.is_empty(), all.is_empty()) {
            (true, _) => "the same, to the last byte".to_owned(),
            (false, true) => format!("the same{disks}"),
            (false, false) => format!("the same but for {}{disks}", listed(&all)),
        }
    }
}

/// What of a step is another. Each field is named, so that a new one does not compile until it is compared.
fn parts(before: &Step, after: &Step) -> BTreeSet<Part> {
    let Step {
        id: _,
        title,
        target,
        kind,
        after: comes_after,
        completes,
        action,
        proof,
        already,
        untouched,
        deadline,
        attempts,
        impact,
        hazard,
        undo,
        vendor,
    } = after;
    let looks = |step: &Step| (step.proof.clone(), step.untouched.clone(), step.already);
    let is_other = looks(before) != (proof.clone(), untouched.clone(), *already);
    let tamed = |step: &Step| (tame(&step.proof), step.untouched.as_ref().map(tame), step.already);
    let is_other_in_earnest = is_other && tamed(before) != tamed(after);
    let differs = [
        (Part::Command, before.action != *action),
        (Part::Target, before.target != *target),
        (Part::Proof, is_other_in_earnest),
        (Part::Seen, is_other && !is_other_in_earnest),
        (Part::Repeating, (before.kind, before.attempts) != (*kind, *attempts)),
        (Part::Timeout, before.deadline != *deadline),
        (Part::Order, (&before.after, &before.completes) != (comes_after, completes)),
        (Part::Impact, before.impact != *impact),
        (Part::Hazard, before.hazard != *hazard),
        (Part::Undo, before.undo != *undo),
        (Part::Title, before.title != *title),
        (Part::Vendor, before.vendor != *vendor),
    ];
    differs.into_iter().filter(|(_, is_other)| *is_other).map(|(part, _)| part).collect()
}

/// A look that does not say which disk a VM has now: the VM's own id stands in its place.
fn tame(probe: &Probe) -> Probe {
    match probe {
        Probe::All { of } => Probe::All { of: of.iter().map(tame).collect() },
        Probe::VmStopped { vm, .. } => Probe::VmStopped { vm: vm.clone(), disk: vm.id.clone() },
        Probe::VmUntouched { vm, .. } => Probe::VmUntouched { vm: vm.clone(), disk: vm.id.clone() },
        Probe::VmRebuilt { vm, disk: DiskProof::New { .. }, agent_version } => Probe::VmRebuilt {
            vm: vm.clone(),
            disk: DiskProof::New { not: vm.id.clone() },
            agent_version: agent_version.clone(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
pub(super) mod tests;
