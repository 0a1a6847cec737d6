//! What is told of runs: the events that people have to know of, as they are recorded.

use std::collections::BTreeSet;

use model::event::{Event, EventKind, Outcome};
use model::id::{GroupName, NotificationId, PersonId, RunId, StepId};
use model::notification::{Notification, Occasion, Subject};
use model::people::{Person, Role};
use model::plan::Plan;
use model::policy::Group;
use model::request::Decision;
use model::run::{RunState, Status};
use model::time::Timestamp;
use model::wait::WaitReason;
use sqlx::{Any, Transaction};

use super::{ids_of, tell};
use crate::store::journal;
use crate::store::people;
use crate::store::policies;
use crate::store::requests::{self as rows, RequestHead};
use crate::{EngineError, Result};

/// How the run stood before an event, as far as it decides whether the event is news.
#[derive(Debug, Clone)]
pub struct Before {
    was_unknown: bool,
    had_debt: bool,
    responsible: String,
}

/// Something about a run that people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub occasion: Occasion,
    /// Number of the event, or the moment a wait began: with the run and the occasion it makes the id.
    pub mark: i64,
    pub says: String,
    pub whom: Whom,
    /// Login name of whose hands the run is in.
    pub responsible: String,
}

/// Whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Whoever asked for the run, agreed to it, started it, or has it in hand.
    Involved,
    /// Those, and the operators.
    Operators,
    /// Whoever could be the second person, besides the one of that name.
    SecondPerson { besides: String },
    /// Operators, approvers, and whoever is involved.
    Overseers,
    /// Only the one of that name.
    Only(String),
    /// Those of this group, but for who asked for the run.
    Group(GroupName),
}

impl Before {
    /// To be looked at before the event is applied.
    pub fn of(state: &RunState, event: &Event, plan: &Plan) -> Self {
        let step = event.kind.step().and_then(|id| state.steps.get(id));
        Self {
            was_unknown: step.is_some_and(|step| matches!(step.status, Status::Unknown { .. })),
            had_debt: state.open_debt(plan).is_some(),
            responsible: state.responsible.clone(),
        }
    }

    /// What is to be told once the event is applied.
    pub fn told(self, after: &RunState, event: &Event, plan: &Plan) -> Vec<Told> {
        let responsible = || after.responsible.clone();
        let news = |occasion, says, whom| Told { occasion, mark: event.seq, says, whom, responsible: responsible() };
        let mut told = Vec::new();
        match &event.kind {
            EventKind::StepUnknown { step, .. } if !self.was_unknown => {
                let says = format!(
                    "Nobody can tell how {} ended. Its proof is still looked for; a person may have to decide.{}",
                    title(plan, step),
                    hands(after)
                );
                told.push(news(Occasion::Unknown, says, Whom::Operators));
            }
            EventKind::Held { until } => {
                let says = format!(
                    "{} Somebody has to decide until {until}; then what was opened is closed.{}",
                    failures(after, plan),
                    hands(after)
                );
                told.push(news(Occasion::Failed, says, Whom::Operators));
            }
            EventKind::VerdictAsked { step, verdict, by, .. } => {
                let says =
                    format!("About {}, {by} asks to {verdict}. A second person has to agree.", title(plan, step));
                told.push(news(Occasion::ApprovalNeeded, says, Whom::SecondPerson { besides: by.clone() }));
            }
            EventKind::AbortAsked { by, .. } => {
                let says = format!(
                    "{by} asks to end the run while the outcome of a step is unknown. A second person has to agree."
                );
                told.push(news(Occasion::ApprovalNeeded, says, Whom::SecondPerson { besides: by.clone() }));
            }
            EventKind::GateWaiting { wait, .. } => {
                if let WaitReason::Confirmation { from, .. } = &wait.reason {
                    let says = format!("It waits until somebody of the group {from} confirms that it may go on.");
                    told.push(news(Occasion::ApprovalNeeded, says, Whom::Group(from.clone())));
                }
            }
            EventKind::GateRefused { by, .. } => {
                let says = format!("{by} does not confirm that it may go on: it is paused.{}", hands(after));
                told.push(news(Occasion::Failed, says, Whom::Operators));
            }
            EventKind::HandOverOffered { by, to, .. } => {
                let says = format!("{by} asks {to} to take the run in hand.");
                told.push(news(Occasion::HandOver, says, Whom::Only(to.clone())));
            }
            EventKind::HandOverAccepted { by } | EventKind::TakenInHand { by, .. } => {
                let says = format!("The run is in the hands of {by} now.");
                told.push(news(Occasion::HandOver, says, Whom::Only(self.responsible.clone())));
            }
            EventKind::HandOverDropped { by } if *by != self.responsible => {
                let says =
                    format!("{by} does not take the run in hand: it is still in the hands of {}.", self.responsible);
                told.push(news(Occasion::HandOver, says, Whom::Only(self.responsible.clone())));
            }
            EventKind::Finished { outcome: Outcome::Failed } => {
                let says = format!("The run is over. {}", failures(after, plan));
                told.push(news(Occasion::Failed, says, Whom::Operators));
            }
            EventKind::Finished { outcome } => {
                told.push(news(Occasion::Finished, ended(*outcome).to_owned(), Whom::Involved));
            }
            _ => {}
        }
        if let Some(step) = after.open_debt(plan).filter(|_| !self.had_debt) {
            let says = format!("“{}” has not worked. It is tried again; until then the run stays open.", step.title);
            told.push(news(Occasion::Alarm, says, Whom::Operators));
        }
        told
    }
}

/// Whom to look for first.
fn hands(state: &RunState) -> String {
    format!(" It is in the hands of {}.", state.responsible)
}

const fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "Every step has its proof.",
        Outcome::WithErrors => "Every step has its proof; the platform has told of errors on the way.",
        Outcome::Incomplete => "It is done in part: two people left something out, or signed for it.",
        Outcome::Failed => "It failed.",
        Outcome::Aborted => "It was aborted; what was opened is closed.",
    }
}

/// A step by its title. Its id and what was seen of it stay in the house.
pub(super) fn title(plan: &Plan, step: &StepId) -> String {
    plan.step(step).map_or_else(|| "a step".to_owned(), |step| format!("“{}”", step.title))
}

fn failures(state: &RunState, plan: &Plan) -> String {
    let titles: Vec<String> = state.failures().map(|(id, _)| title(plan, id)).collect();
    match titles.as_slice() {
        [] => "A step has failed.".to_owned(),
        [one] => format!("{one} has failed."),
        [first, rest @ ..] => format!("{first} and {} more have failed.", rest.len()),
    }
}

/// Records what is to be told of a run, in the transaction that records what happened in it.
pub async fn tell_of_run(tx: &mut Transaction<'static, Any>, run: &RunId, told: &[Told], now: Timestamp) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let (request, starter) = journal::origin(tx, run).await?;
    let head = rows::head(tx, &request).await?;
    let head = head.ok_or_else(|| EngineError::damaged("run", run.as_str(), "its request is gone"))?;
    let (people, groups) = (people::all(tx).await?, policies::groups(&mut **tx).await?);
    for news in told {
        let occasion = news.occasion;
        let notification = Notification {
            id: NotificationId::new(format!("run-{run}-{}-{}", news.mark, occasion.word()))?,
            occasion,
            at: now,
            environment: head.settings.id.clone(),
            environment_name: head.settings.name.clone(),
            procedure: head.procedure,
            subject: Subject::Run(run.clone()),
            by: starter.clone(),
            says: news.says.clone(),
        };
        tell(tx, now, &notification, &concerned(news, &people, &groups, &head, &starter)).await?;
    }
    Ok(())
}

fn concerned(
    news: &Told,
    people: &[Person],
    groups: &[Group],
    head: &RequestHead,
    starter: &str,
) -> BTreeSet<PersonId> {
    let has_agreed = |person: &Person| {
        head.decisions.iter().any(|decision| decision.by == person.id && decision.decision == Decision::Approve)
    };
    let is_involved = |person: &Person| {
        let has_it = person.name == starter || person.name == news.responsible;
        has_it || head.makers.contains(&person.id) || has_agreed(person)
    };
    let labels = &head.settings.labels;
    let may = |person: &Person, role: Role| person.may_at(role, labels);
    ids_of(people, |person| match &news.whom {
        // Who does not see the environment is told nothing of it, whatever they had to do with it once.
        Whom::Involved => is_involved(person) && person.sees(labels),
        Whom::Operators => is_involved(person) && person.sees(labels) || may(person, Role::Operator),
        Whom::Overseers => {
            is_involved(person) && person.sees(labels) || may(person, Role::Operator) || may(person, Role::Approver)
        }
        Whom::Group(name) => {
            let is_in = groups.iter().any(|group| group.name == *name && group.members.contains(&person.id));
            is_in && !head.makers.contains(&person.id) && (may(person, Role::Approver) || may(person, Role::Operator))
        }
        Whom::Only(name) => person.name == *name && person.sees(labels),
        Whom::SecondPerson { besides } => {
            let may = person.may_at(Role::Operator, labels) || person.may_at(Role::Approver, labels);
            person.name != *besides && may
        }
    })
}
