//! What must be true after a run, whatever happened: from the hosts' ground truth, not from what was recorded.

use std::collections::BTreeMap;

use model::event::{Event, EventKind, Outcome, Stream};
use model::id::{RunId, StepId};
use model::plan::{Plan, Step, StepKind};
use model::verb::Verdict;

use crate::hosts::Host;
use crate::plan::{Start, ends, host_of, lines, prints, rounds, starts};
use crate::viewers::Seen;

/// A run that is over: what was planned, what is stored, and where it was done.
pub struct Story<'s> {
    pub run: &'s RunId,
    pub plan: &'s Plan,
    pub events: &'s [Event],
    pub hosts: &'s [Host],
}

/// A script that really began, with the step and the attempt it belongs to.
struct Begun<'s> {
    step: &'s Step,
    attempt: u32,
    start: Start,
    has_ended: bool,
    /// How many rounds of output it has surely printed.
    rounds: usize,
}

impl Story<'_> {
    pub fn check(&self) {
        self.numbers_have_no_gap();
        let begun = self.begun();
        self.nothing_was_started_twice(&begun);
        self.everything_was_done(&begun);
        self.output_is_what_was_printed(&begun);
    }

    fn numbers_have_no_gap(&self) {
        assert!(self.events.iter().zip(1..).all(|(event, number)| event.seq == number), "the journal has a gap");
    }

    /// Every script of this run that began anywhere.
    fn begun(&self) -> Vec<Begun<'_>> {
        let mut begun = Vec::new();
        for host in self.hosts {
            let over = ends(&host.truth());
            for start in starts(&host.truth()) {
                let Some(rest) = start.spool.strip_prefix(self.run.as_str()) else { continue };
                let (number, attempt) = rest.trim_start_matches('-').split_once('-').unwrap();
                let step = self.plan.steps().nth(number.parse().unwrap()).unwrap();
                let is_planned =
                    start.step == step.id.as_str() && start.host == host.name.as_str() && host_of(step) == &host.name;
                assert!(is_planned, "{start:?} was not planned on {}", host.name);
                let rounds = lines(&host.truth().join(format!("rounds-{}", start.spool))).len();
                let has_ended = over.contains(&start.spool);
                begun.push(Begun { step, attempt: attempt.parse().unwrap(), start, has_ended, rounds });
            }
        }
        begun
    }

    fn nothing_was_started_twice(&self, begun: &[Begun<'_>]) {
        let mut by_spool: BTreeMap<&str, usize> = BTreeMap::new();
        let mut by_step: BTreeMap<&StepId, usize> = BTreeMap::new();
        for one in begun {
            *by_spool.entry(&one.start.spool).or_default() += 1;
            *by_step.entry(&one.step.id).or_default() += 1;
        }
        let twice: Vec<_> = by_spool.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "attempts that were started more than once: {twice:?}");
        let freed = self.agreed(Verdict::Retry);
        for step in self.plan.steps().filter(|step| step.kind == StepKind::Once) {
            let times = by_step.get(&step.id).copied().unwrap_or(0);
            let allowed = 1 + freed.get(&step.id).copied().unwrap_or(0);
            assert!(times <= allowed, "{} was started {times} times, {allowed} are allowed", step.id);
        }
        for host in self.hosts {
            let overlaps = lines(&host.truth().join("overlaps"));
            assert!(overlaps.is_empty(), "two scripts at once on {}: {overlaps:?}", host.name);
            let cut = begun.iter().filter(|one| one.start.host == host.name.as_str() && !one.has_ended);
            assert!(
                cut.count() <= host.reboots,
                "a script on {} was cut off by something else than a reboot",
                host.name
            );
        }
    }

    /// How often two people have settled a step like this.
    fn agreed(&self, wanted: Verdict) -> BTreeMap<&StepId, usize> {
        let mut asked: BTreeMap<&StepId, Verdict> = BTreeMap::new();
        let mut agreed: BTreeMap<&StepId, usize> = BTreeMap::new();
        for event in self.events {
            match &event.kind {
                EventKind::VerdictAsked { step, verdict, .. } => drop(asked.insert(step, *verdict)),
                EventKind::VerdictAgreed { step, .. } if asked.get(step) == Some(&wanted) => {
                    *agreed.entry(step).or_default() += 1;
                }
                _ => {}
            }
        }
        agreed
    }

    fn everything_was_done(&self, begun: &[Begun<'_>]) {
        let signed = self.agreed(Verdict::MarkDone);
        let mut is_complete = true;
        for step in self.plan.stages.iter().flat_map(|stage| &stage.steps) {
            let is_done = begun.iter().any(|one| one.step.id == step.id && one.has_ended);
            is_complete &= is_done;
            assert!(is_done || signed.contains_key(&step.id), "{} was not done, and nobody signed for it", step.id);
        }
        let wanted = if is_complete { Outcome::Succeeded } else { Outcome::Incomplete };
        let outcome = self.events.last().map(|event| &event.kind);
        assert_eq!(outcome, Some(&EventKind::Finished { outcome: wanted }));
        for host in self.hosts {
            assert!(!host.truth().join("marker").exists(), "the marker is still on {}", host.name);
        }
    }

    fn output_is_what_was_printed(&self, begun: &[Begun<'_>]) {
        let mut stored: BTreeMap<(&StepId, u32, Stream), String> = BTreeMap::new();
        for event in self.events {
            let EventKind::Output { step, attempt, stream, offset, text, .. } = &event.kind else { continue };
            let pipe = stored.entry((step, *attempt, *stream)).or_default();
            assert_eq!(pipe.len() as u64, *offset, "{step}, try {attempt}: a gap or a repetition");
            pipe.push_str(text);
        }
        for one in begun {
            let all = prints(&one.step.id, rounds(one.step));
            let sure = prints(&one.step.id, if one.has_ended { rounds(one.step) } else { one.rounds });
            for (stream, all, sure) in [(Stream::Stdout, all.0, sure.0), (Stream::Stderr, all.1, sure.1)] {
                let found = stored.remove(&(&one.step.id, one.attempt, stream)).unwrap_or_default();
                let what = format!("{stream:?} of {}, try {}", one.step.id, one.attempt);
                assert!(all.starts_with(&found), "{what} is not what was printed: {found}");
                assert!(
                    found.starts_with(&sure),
                    "{what}: {} of {} bytes were lost",
                    sure.len() - found.len(),
                    sure.len()
                );
            }
        }
        assert!(stored.is_empty(), "output of what never began: {:?}", stored.keys());
    }

    /// Gapless, without a repetition, and the same as what is stored.
    pub fn check_viewer(&self, seen: &Seen) {
        let from = usize::try_from(seen.after).unwrap();
        let stored = &self.events[from..];
        let differs = seen.events.iter().zip(stored).find(|(seen, stored)| seen != stored);
        assert!(differs.is_none(), "a viewer saw something else than what is stored: {differs:#?}");
        assert_eq!(seen.events.len(), stored.len(), "a viewer who began after {from} missed something");
    }
}
