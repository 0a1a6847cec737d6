//! What must hold for every seed, compared with what is so, and not with what was said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};

use model::event::{Event, EventKind, How, Stream};
use model::id::StepId;
use model::plan::{Plan, StepKind, Target};
use model::verb::Verdict;
use remote::{Pipe, Redactor};

use super::SECRET;
use crate::rehearsal::ledger::Witness;
use crate::rehearsal::world::Stage;

/// See the module.
#[derive(Clone)]
pub struct Checks(Arc<Inner>);

struct Inner {
    plan: Arc<Plan>,
    stage: OnceLock<std::sync::Weak<Stage>>,
    broken: Mutex<Vec<String>>,
}

impl Checks {
    pub fn new(plan: Arc<Plan>) -> Self {
        Self(Arc::new(Inner { plan, stage: OnceLock::new(), broken: Mutex::default() }))
    }

    pub fn watch(&self, stage: &Arc<Stage>) {
        let _ = self.0.stage.set(Arc::downgrade(stage));
    }

    /// Sees every event at the moment in which it is recorded.
    pub fn witness(&self) -> Witness {
        let checks = self.clone();
        Box::new(move |event| checks.see(event))
    }

    fn see(&self, event: &Event) {
        let Some(stage) = self.0.stage.get().and_then(std::sync::Weak::upgrade) else { return };
        match &event.kind {
            EventKind::StepDone { step, how: How::Acted | How::AlreadySo, evidence } => {
                let proof = self.0.plan.step(step).map(|step| &step.proof);
                let completes = self.0.plan.step(step).and_then(|step| step.completes.as_ref());
                let untouched = completes.and_then(|id| self.0.plan.step(id)).and_then(|step| step.untouched.as_ref());
                let is_so = proof.is_some_and(|proof| stage.holds(proof));
                let had_nothing_to_do = untouched.is_some_and(|untouched| stage.holds(untouched));
                if !is_so && !had_nothing_to_do {
                    self.complain(format!("{step} counts as done ({evidence}), and is not"));
                }
            }
            EventKind::Finished { .. } => {
                for step in &self.0.plan.finally {
                    if !stage.holds(&step.proof) {
                        self.complain(format!("the run is over, and {} is not so", step.id));
                    }
                }
            }
            _ => {}
        }
    }

    /// Whoever stopped a VM has started it again, unless that failed or people took it on themselves.
    fn nothing_half_done(&self, stage: &Arc<Stage>) {
        for step in self.0.plan.steps() {
            let Some(completed) = &step.completes else { continue };
            let had_effect = stage.truth().worked.get(completed).is_some_and(|times| *times > 0);
            if !had_effect || stage.holds(&step.proof) {
                continue;
            }
            let events = stage.ledger.events();
            let about_it = events.iter().rev().filter(|event| event.kind.step() == Some(&step.id));
            let is_excused = about_it.take(2).any(|event| {
                matches!(event.kind, EventKind::StepFailed { again: false, .. } | EventKind::VerdictAgreed { .. })
            });
            if !is_excused {
                self.complain(format!("{completed} had its effect, and {} was not done after it", step.id));
            }
        }
    }

    fn complain(&self, words: String) {
        self.0.broken.lock().unwrap().push(words);
    }

    /// After the end of the run.
    pub fn verdict(&self, stage: &Arc<Stage>) -> Result<(), String> {
        self.nothing_half_done(stage);
        self.at_most_once(stage);
        self.only_the_scope(stage);
        self.nothing_lost(stage);
        let broken = self.0.broken.lock().unwrap();
        if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
    }

    fn at_most_once(&self, stage: &Arc<Stage>) {
        let mut freed: BTreeMap<StepId, usize> = BTreeMap::new();
        let mut asked: BTreeMap<StepId, Verdict> = BTreeMap::new();
        for event in stage.ledger.events() {
            match event.kind {
                EventKind::VerdictAsked { step, verdict, .. } => drop(asked.insert(step, verdict)),
                EventKind::VerdictAgreed { step, .. } if asked.get(&step) == Some(&Verdict::Retry) => {
                    *freed.entry(step).or_default() += 1;
                }
                _ => {}
            }
        }
        let truth = stage.truth();
        for step in self.0.plan.steps().filter(|step| step.kind == StepKind::Once) {
            let begun = truth.begun.get(&step.id).map_or(0, Vec::len);
            let allowed = 1 + freed.get(&step.id).copied().unwrap_or(0);
            if begun > allowed {
                self.complain(format!("{} was begun {begun} times, {allowed} are allowed", step.id));
            }
        }
    }

    fn only_the_scope(&self, stage: &Arc<Stage>) {
        let truth = stage.truth();
        for ((host, spool), found) in &truth.spools {
            let target = self.0.plan.step(&found.step).map(|step| step.target.clone());
            if !matches!(&target, Some(Target::Host { host: wanted }) if wanted.as_str() == host) {
                self.complain(format!("{spool} on {host} is not in the plan"));
            }
        }
        if let Some(step) = truth.begun.keys().find(|id| self.0.plan.step(id).is_none()) {
            self.complain(format!("{step} is not in the plan"));
        }
    }

    /// Steps of which a person did not want to wait for the rest of the output, and was told so.
    fn given_up(&self, stage: &Arc<Stage>) -> BTreeSet<StepId> {
        let events = stage.ledger.events();
        let steps = events.iter().filter_map(|event| match &event.kind {
            EventKind::StepStopped { step, evidence } if evidence.contains("could not be read") => Some(step.clone()),
            EventKind::VerdictAgreed { step, .. } => Some(step.clone()),
            _ => None,
        });
        steps.collect()
    }

    /// What was stored is what was printed, byte for byte, but for the secrets.
    fn nothing_lost(&self, stage: &Arc<Stage>) {
        let mut stored: BTreeMap<(String, String), Vec<u8>> = BTreeMap::new();
        let mut read_to: BTreeMap<(String, String), u64> = BTreeMap::new();
        for (kind, bytes) in stage.ledger.output() {
            let Some(number) = self.0.plan.steps().position(|step| Some(&step.id) == kind.step()) else {
                self.complain("output of no step".to_owned());
                continue;
            };
            let spool = format!("{}-{number}-{}", stage.ledger.run, bytes.attempt);
            let pipe = match bytes.stream {
                Stream::Stdout => "stdout",
                Stream::Stderr => "stderr",
            };
            let key = (spool, pipe.to_owned());
            let at = read_to.entry(key.clone()).or_default();
            if *at != bytes.start {
                self.complain(format!("output of {key:?} goes on at {} instead of {at}", bytes.start));
            }
            *at = bytes.stop;
            stored.entry(key).or_default().extend(&bytes.stored);
        }
        let given_up = self.given_up(stage);
        for (key, printed) in printed(stage) {
            if stage.step_of_spool(&key.0).is_some_and(|step| given_up.contains(&step.id)) {
                continue;
            }
            let mut redactor = Redactor::new(&[remote::Secret::new(SECRET)]);
            let mut wanted = redactor.feed(&printed);
            wanted.extend(redactor.flush());
            let found = stored.remove(&key).unwrap_or_default();
            if found != wanted {
                let (found, wanted) = (String::from_utf8_lossy(&found), String::from_utf8_lossy(&wanted));
                self.complain(format!("output of {key:?} is {found:?} instead of {wanted:?}"));
            }
        }
        let leaked = stored.values().any(|bytes| bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
        if leaked {
            self.complain("a secret was stored".to_owned());
        }
    }
}

/// What every script has printed, by spool and pipe.
fn printed(stage: &Arc<Stage>) -> BTreeMap<(String, String), Vec<u8>> {
    let now = stage.ledger.now();
    let truth = stage.truth();
    let mut printed = truth.printed.clone();
    for ((_, name), spool) in &truth.spools {
        for (pipe, word) in [(Pipe::Stdout, "stdout"), (Pipe::Stderr, "stderr")] {
            if let Some(bytes) = spool.all_printed(pipe, now) {
                printed.insert((name.clone(), word.to_owned()), bytes);
            }
        }
    }
    printed
}
