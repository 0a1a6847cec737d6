//! Points of a plan at which somebody of a group has to confirm before it goes on, because a policy says so.

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::gate::GateId;
use crate::id::GroupName;
use crate::policy::Starter;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Confirmation {
    /// Before the stage of this index, from 0; as many as there are stages: after the last one.
    pub before: u16,
    /// Who.
    pub from: GroupName,
    /// What they look at, in the words of the policy.
    pub text: String,
    /// Whether whoever has started the run may.
    #[serde(default, skip_serializing_if = "is_welcome")]
    pub starter: Starter,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")]
fn is_welcome(starter: &Starter) -> bool {
    *starter == Starter::default()
}

impl Plan {
    /// The gate at which it is asked for.
    #[must_use]
    pub fn gate_of(&self, confirmation: &Confirmation) -> GateId {
        let before = usize::from(confirmation.before);
        if before < self.stages.len() { GateId::before(before, 0) } else { GateId::END }
    }

    /// What is asked for at that gate, with its number.
    pub fn confirmations_at(&self, gate: GateId) -> impl Iterator<Item = (u16, &Confirmation)> {
        (0..).zip(&self.confirmations).filter(move |(_, one)| self.gate_of(one) == gate)
    }

    /// Where it is asked for, in words: `before “Routers”`.
    #[must_use]
    pub fn place_of(&self, confirmation: &Confirmation) -> String {
        match self.stages.get(usize::from(confirmation.before)) {
            Some(stage) => format!("before “{}”", stage.title),
            None => "after the last stage".to_owned(),
        }
    }
}
