//! One trouble, chosen by a person; everything else goes well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use model::id::StepId;
use model::plan::{Action, OutputReader, Plan};
use model::rehearsal::Trouble;
use remote::Pipe;

use super::mischief::{Call, Disturbance, Mischief, Script, Work, WorkEnd};

/// See the module.
pub(super) struct Chosen {
    plan: Arc<Plan>,
    trouble: Option<Trouble>,
    /// Trouble comes once.
    has_come: AtomicBool,
}

/// What a job of the platform takes, for example to stop a VM.
const JOB: Duration = Duration::from_secs(60);

/// What a script takes.
const SCRIPT: Duration = Duration::from_secs(45);

/// For how long a host that is gone is gone.
const GONE: Duration = Duration::from_secs(600);

impl Chosen {
    pub fn new(plan: Arc<Plan>, trouble: Option<Trouble>) -> Self {
        Self { plan, trouble, has_come: AtomicBool::new(false) }
    }

    fn befalls(&self, step: &StepId) -> bool {
        self.trouble.as_ref().and_then(Trouble::step) == Some(step)
    }

    /// When all goes well, no deadline is missed.
    fn within_deadline(&self, step: &StepId, usual: Duration) -> Duration {
        let deadline = self.plan.step(step).map_or(u32::MAX, |step| step.deadline);
        usual.min(Duration::from_secs(u64::from(deadline)) / 3)
    }

    fn comes_now(&self) -> bool {
        !self.has_come.swap(true, Ordering::Relaxed)
    }
}

impl Mischief for Chosen {
    fn disturb(&self, call: Call<'_>) -> Disturbance {
        let (Call::Submit(step) | Call::Start(step) | Call::Follow(step)) = call else { return Disturbance::None };
        if !self.befalls(step) {
            return Disturbance::None;
        }
        let is_start = !matches!(call, Call::Follow(_));
        let disturbance = match &self.trouble {
            Some(Trouble::ReplyLost { .. }) if is_start => Disturbance::LoseReply,
            Some(Trouble::ServerDies { .. }) if is_start => Disturbance::DieAfter,
            Some(Trouble::HostRestarts { .. }) if !is_start => Disturbance::Reboot,
            Some(Trouble::HostGone { .. }) if is_start => Disturbance::Down(GONE),
            _ => return Disturbance::None,
        };
        if self.comes_now() { disturbance } else { Disturbance::None }
    }

    fn script(&self, id: &StepId) -> Script {
        let is_bad = self.befalls(id);
        let fails = is_bad && matches!(self.trouble, Some(Trouble::Fails { .. }));
        let only_says_so = is_bad && matches!(self.trouble, Some(Trouble::OnlySaysSo { .. }));
        let reads = self.plan.step(id).map(|step| match &step.action {
            Action::Shell(shell) => shell.reads,
            Action::CloudStack(_) | Action::Cloudify(_) | Action::Download(_) | Action::Observe => OutputReader::Plain,
        });
        let lasts = self.within_deadline(id, SCRIPT);
        let words = match reads {
            Some(OutputReader::Sysvmadm) => "Stopping and starting the VMs of the plan (rehearsal)\n",
            Some(OutputReader::Plain) | None => "(rehearsal: nothing was run)\n",
        };
        Script {
            lasts,
            code: i32::from(fails),
            // Once a second: silence would be taken for hanging.
            prints: (0..lasts.as_secs())
                .map(|second| (Duration::from_secs(second), Pipe::Stdout, words.as_bytes().to_vec()))
                .collect(),
            leaves_a_mess: fails,
            works_after: (!fails && !only_says_so).then_some(lasts),
        }
    }

    fn work(&self, step: &StepId) -> Work {
        let ends = match &self.trouble {
            Some(Trouble::Fails { .. }) if self.befalls(step) => WorkEnd::Fails,
            Some(Trouble::OnlySaysSo { .. }) if self.befalls(step) => WorkEnd::OnlySaysSo,
            _ => WorkEnd::Works,
        };
        Work { lasts: self.within_deadline(step, JOB), ends }
    }

    fn drift(&self) -> Option<String> {
        let drifts = matches!(self.trouble, Some(Trouble::Drift));
        drifts.then(|| "the environment is not what the plan was made for (rehearsal)".to_owned())
    }
}
