//! Gates that a policy puts before or after a stage: there the run waits until somebody of a group confirms. Pure.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Demand, Group, Missing, PolicyProblem, Starter, Voters};
use crate::grant::Labels;
use crate::id::{GroupName, PersonId};
use crate::people::{Person, Role};
use crate::plan::{Confirmation, Plan};

/// That somebody of a group has to confirm before a run goes on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StageGate {
    /// On which side of the stage.
    pub place: GatePlace,
    /// Every stage whose title holds these words, in whatever letters. A plan without such a stage has no such gate.
    pub stage: String,
    /// Who has to.
    pub from: GroupName,
    /// What they look at: `the storage team looks at the vPool`.
    pub text: String,
}

/// On which side of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatePlace {
    /// Nothing of the stage has begun.
    Before,
    /// All of it is done.
    After,
}

impl fmt::Display for GatePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

/// As many as a policy may have.
const MOST: usize = 20;

impl StageGate {
    /// In one sentence, without its end: `before “routers” the group storage confirms: they look at the vPool`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} “{}” the group {} confirms: {}", self.place, self.stage, self.from, self.text)
    }

    /// Whether a stage of that title is meant.
    #[must_use]
    pub fn fits(&self, title: &str) -> bool {
        title.to_lowercase().contains(&self.stage.to_lowercase())
    }

    pub(super) fn check_all(gates: &[Self], groups: &[Group]) -> Result<(), PolicyProblem> {
        let problem = |problem: String| Err(PolicyProblem { field: "gates", problem });
        if gates.len() > MOST {
            return problem(format!("at most {MOST} are possible"));
        }
        for (at, gate) in gates.iter().enumerate() {
            if gate.stage.trim().is_empty() || gate.stage.chars().count() > 80 {
                return problem("words of a stage's title are needed, at most 80 characters".to_owned());
            }
            if gate.text.trim().is_empty() || gate.text.chars().count() > 300 {
                return problem(format!("{}: say in 1 to 300 characters what they look at", gate.stage));
            }
            if !groups.iter().any(|group| group.name == gate.from) {
                return problem(format!("there is no group {}", gate.from));
            }
            if gates[..at].contains(gate) {
                return problem(format!("the gate {} “{}” stands there twice", gate.place, gate.stage));
            }
        }
        Ok(())
    }
}

impl Demand {
    /// The points of that plan at which somebody has to confirm, in their order.
    #[must_use]
    pub fn confirmations(&self, plan: &Plan) -> Vec<Confirmation> {
        let mut found = BTreeSet::new();
        for gate in &self.gates {
            for (at, _) in (0_u16..).zip(&plan.stages).filter(|(_, stage)| gate.fits(&stage.title)) {
                let before = match gate.place {
                    GatePlace::Before => at,
                    GatePlace::After => at + 1,
                };
                let (from, text) = (gate.from.clone(), gate.text.clone());
                found.insert(Confirmation { before, from, text, starter: self.starter });
            }
        }
        found.into_iter().collect()
    }

    /// Gates that this plan has no stage for: a word that was mistyped in a policy is seen before anybody relies on it.
    pub fn gates_without_stage(&self, plan: &Plan) -> impl Iterator<Item = &StageGate> {
        self.gates.iter().filter(|gate| !plan.stages.iter().any(|stage| gate.fits(&stage.title)))
    }
}

/// Whether this person may confirm or refuse there: one of the group who may have a say in this environment, and has neither
/// asked for the plan nor made it; nor started the run, where the policies say that somebody else has to.
///
/// # Errors
/// Why not, in words.
pub fn may_confirm(
    person: &Person,
    labels: &Labels,
    makers: &BTreeSet<PersonId>,
    started_by: &str,
    confirmation: &Confirmation,
    groups: &[Group],
) -> Result<(), String> {
    let Confirmation { from, starter, .. } = confirmation;
    let is_in = |group: &Group| group.name == *from && group.members.contains(&person.id);
    if !groups.iter().any(is_in) {
        return Err(format!("somebody of the group {from} has to confirm this"));
    }
    if !person.may_at(Role::Approver, labels) && !person.may_at(Role::Operator, labels) {
        return Err(format!("this needs the role {} or {}", Role::Operator, Role::Approver));
    }
    if makers.contains(&person.id) {
        return Err("you asked for it, or made the plan: somebody else has to confirm".to_owned());
    }
    if *starter == Starter::IsSomebodyElse && person.name == started_by {
        return Err("you have started the run: somebody else has to confirm".to_owned());
    }
    Ok(())
}

/// The groups of which nobody is there who could confirm, each once. Who will start the run is not known yet.
#[must_use]
pub fn missing_confirmers(
    confirmations: &[Confirmation],
    labels: &Labels,
    makers: &BTreeSet<PersonId>,
    people: &[Person],
    groups: &[Group],
) -> Vec<Missing> {
    let could = |confirmation: &Confirmation| {
        // A name that nobody has.
        people.iter().any(|person| may_confirm(person, labels, makers, "", confirmation, groups).is_ok())
    };
    let lost: BTreeSet<&GroupName> = confirmations.iter().filter(|one| !could(one)).map(|one| &one.from).collect();
    lost.into_iter().map(|from| Missing { from: Voters::Group(from.clone()), count: 1, could: Vec::new() }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::gate::GateId;
    use crate::id::EnvironmentId;
    use crate::plan::{PLAN_FORMAT, Stage};
    use crate::procedure::{Inputs, RestartSystemVms};
    use crate::time::Timestamp;

    fn gate(place: GatePlace, stage: &str, from: &str) -> StageGate {
        let from = GroupName::new(from).unwrap();
        StageGate { place, stage: stage.into(), from, text: "look".into() }
    }

    fn plan(titles: &[&str]) -> Plan {
        let stage =
            |title: &&str| Stage { title: (*title).into(), limit: 1, unit: "VMs".into(), steps: vec![], rolling: None };
        Plan {
            format: PLAN_FORMAT,
            environment: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
            inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
            summary: String::new(),
            stages: titles.iter().map(stage).collect(),
            finally: vec![],
            hazards: vec![],
            left_out: vec![],
            hold: 0,
            confirmations: vec![],
        }
    }

    fn person(number: u8, role: Role) -> Person {
        let id = PersonId::new(format!("2e7293a0-d168-46f3-bc29-262ddbf2240{number}")).unwrap();
        Person { id, name: format!("p{number}"), roles: [role].into(), disabled_at: None }
    }

    #[test]
    fn a_gate_stands_at_every_stage_with_those_words_and_changes_the_digest() {
        let gates = vec![
            gate(GatePlace::Before, "routers", "network"),
            gate(GatePlace::After, "routers in zone2", "storage"),
            gate(GatePlace::Before, "volume drivers", "storage"),
        ];
        let demand = Demand { gates, ..Demand::of_nobody() };
        let mut plan = plan(&["SSVM", "Routers in zone1", "Routers in zone2"]);
        let digest = plan.digest();
        plan.confirmations = demand.confirmations(&plan);
        let places: Vec<(u16, &str)> = plan.confirmations.iter().map(|one| (one.before, one.from.as_str())).collect();
        assert_eq!(places, [(1, "network"), (2, "network"), (3, "storage")]);
        let words: Vec<String> = plan.confirmations.iter().map(|one| plan.place_of(one)).collect();
        assert_eq!(words, ["before “Routers in zone1”", "before “Routers in zone2”", "after the last stage"]);
        assert_ne!(plan.digest(), digest, "nobody has agreed to this gate");
        let idle: Vec<&str> = demand.gates_without_stage(&plan).map(|gate| gate.stage.as_str()).collect();
        assert_eq!(idle, ["volume drivers"]);
        assert_eq!(plan.confirmations_at(GateId::END).map(|(number, _)| number).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn without_gates_neither_plan_nor_demand_is_another_than_before_there_were_any() {
        let plain = |value: serde_json::Value| {
            !value.to_string().contains("gates") && !value.to_string().contains("confirmations")
        };
        assert!(plain(serde_json::to_value(plan(&["SSVM"])).unwrap()));
        assert!(plain(serde_json::to_value(Demand::of_nobody()).unwrap()));
    }

    #[test]
    fn whoever_confirms_is_of_the_group_and_has_neither_asked_nor_started_it() {
        let (stan, maker, viewer, other) =
            (person(1, Role::Approver), person(2, Role::Approver), person(3, Role::Viewer), person(4, Role::Admin));
        let gone = Person { disabled_at: Some(Timestamp(1)), ..person(5, Role::Operator) };
        let name = GroupName::new("storage").unwrap();
        let members = [&stan, &maker, &viewer, &gone].map(|person| person.id.clone()).into();
        let groups = [Group { name: name.clone(), members }];
        let makers = BTreeSet::from([maker.id.clone()]);
        let asks = |starter| Confirmation { before: 0, from: name.clone(), text: "look".into(), starter };
        let may = |person: &Person, started_by: &str, starter| {
            may_confirm(person, &Labels::new(), &makers, started_by, &asks(starter), &groups)
        };
        let (any, not_starter) = (Starter::MayHaveAgreed, Starter::IsSomebodyElse);
        assert!(may(&stan, "p9", any).is_ok() && may(&stan, "p1", any).is_ok());
        assert!(may(&stan, "p1", not_starter).unwrap_err().contains("started the run"));
        assert!(may(&maker, "p9", any).unwrap_err().contains("asked for it"));
        assert!(may(&viewer, "p9", any).unwrap_err().contains("operator or approver"));
        assert!(may(&other, "p9", any).unwrap_err().contains("the group storage"), "an admin is not of the group");
        assert!(may(&gone, "p9", any).is_err());
        let missing =
            |people: &[Person]| missing_confirmers(&[asks(any), asks(any)], &Labels::new(), &makers, people, &groups);
        assert_eq!(missing(&[stan]), []);
        let lost = missing(&[maker, viewer, other, gone]);
        assert_eq!(lost, [Missing { from: Voters::Group(name.clone()), count: 1, could: vec![] }]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let groups = [Group { name: GroupName::new("storage").unwrap(), members: BTreeSet::new() }];
        let good = || gate(GatePlace::Before, "routers", "storage");
        let check = |gates: &[StageGate]| StageGate::check_all(gates, &groups).map_err(|problem| problem.problem);
        assert_eq!(check(&[good()]), Ok(()));
        for (wrong, words) in [
            (vec![StageGate { stage: " ".into(), ..good() }], "words of a stage"),
            (vec![StageGate { text: String::new(), ..good() }], "what they look at"),
            (vec![gate(GatePlace::After, "routers", "nobody")], "there is no group nobody"),
            (vec![good(), good()], "twice"),
            (vec![good(); 21], "at most 20"),
        ] {
            assert!(check(&wrong).unwrap_err().contains(words), "{wrong:?}");
        }
    }
}
