//! Two people who settle what no machine can: a script that must not start twice and was cut off in the middle.

use std::path::PathBuf;
use std::time::Duration;

use engine::{Engine, Followed};
use model::event::EventKind;
use model::id::{RunId, SpoolId, StepId};
use model::people::Person;
use model::plan::Plan;
use model::run::Status;
use model::verb::{Verb, Verdict};

use crate::plan::{ends, host_of, starts};

/// What they can look at: a host's boot id and its ground truth.
pub struct Site {
    pub host: String,
    pub boot_id: PathBuf,
    pub truth: PathBuf,
}

pub struct People {
    pub engine: Engine,
    pub rita: Person,
    pub paul: Person,
    pub sites: Vec<Site>,
}

impl People {
    /// Looks after a run for ever.
    pub async fn look_after(&self, run: &RunId, plan: &Plan) {
        loop {
            tokio::time::sleep(Duration::from_millis(400)).await;
            // The database may just be gone.
            let Ok(view) = self.engine.run(&self.rita, run).await else { continue };
            for (id, step) in &view.state.steps {
                let Status::Unknown { .. } = step.status else { continue };
                if let Some(spool) = &step.spool
                    && self.was_cut_off(plan, id, spool)
                {
                    self.settle(run, id, step.attempt, step.asked.is_some()).await;
                }
            }
        }
    }

    /// They look at the host with their own eyes.
    fn was_cut_off(&self, plan: &Plan, id: &StepId, spool: &SpoolId) -> bool {
        let host = host_of(plan.step(id).unwrap());
        let site = self.sites.iter().find(|site| site.host == host.as_str()).unwrap();
        let boot = std::fs::read_to_string(&site.boot_id).unwrap();
        let is_over = ends(&site.truth).contains(&spool.to_string());
        let is_gone = |begun: &crate::plan::Start| begun.spool == spool.as_str() && begun.boot != boot.trim();
        !is_over && starts(&site.truth).iter().any(is_gone)
    }

    async fn settle(&self, run: &RunId, id: &StepId, attempt: u32, is_asked: bool) {
        // Now and then they find that it was enough.
        let was_enough = (id.as_str().len() + id.as_str().bytes().map(usize::from).sum::<usize>()).is_multiple_of(4);
        let verdict = if was_enough && attempt == 1 { Verdict::MarkDone } else { Verdict::Retry };
        let ask = Verb::Ask { step: id.clone(), verdict };
        if !is_asked && self.engine.intervene(&self.rita, run, &ask, "it was cut off by a reboot").await.is_err() {
            return;
        }
        // If it does not work now, it does when they look again.
        let _ = self.engine.intervene(&self.paul, run, &Verb::Agree { step: id.clone() }, "").await;
    }

    /// What happened last in a run, for whoever has to find out why it goes no further.
    pub async fn last_words(&self, run: &RunId) -> String {
        let mut tail = self.engine.follow(run, 0).await.unwrap();
        let mut words = Vec::new();
        // It is not over, so after the last event nothing more comes.
        while let Ok(Ok(Followed::Events(events))) = tokio::time::timeout(Duration::from_secs(2), tail.next()).await {
            let told = events.iter().filter(|event| !matches!(event.kind, EventKind::Output { .. }));
            words.extend(told.map(|event| format!("{} {} {}", event.seq, event.at, event.kind.words())));
        }
        words.split_off(words.len().saturating_sub(200)).join("\n")
    }
}
