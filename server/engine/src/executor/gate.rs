//! A gate: before anything new begins, what was done is looked at once more, and whether the rest of the plan still fits.

use model::event::EventKind;
use model::gate::{Fit, GateId, health_before, still_to_come};
use model::plan::Answer;
use model::wait::{Wait, WaitReason};

use super::step::{Carrier, Looks};
use crate::Result;

impl Carrier {
    /// Looks until the gate opens. Where somebody has to confirm, that comes first, and alone it opens nothing: a plan that does
    /// not fit any more is not carried on.
    pub(super) async fn look_at_gate(&self, id: GateId) -> Result<()> {
        if self.journal.sync().await?.gate.is_none() {
            self.journal.append(vec![EventKind::GateReached { gate: id }]).await?;
        }
        let mut looks = Looks::new(self.pace);
        loop {
            match self.sight(id).await? {
                Ok(evidence) => return self.journal.append(vec![EventKind::GatePassed { gate: id, evidence }]).await,
                Err(reason) => self.gate_waits(id, reason).await?,
            }
            looks.pause().await;
        }
    }

    /// What was seen, if the gate opens; otherwise why it does not.
    async fn sight(&self, id: GateId) -> Result<std::result::Result<String, WaitReason>> {
        let state = self.journal.sync().await?;
        let mut asked = self.plan.confirmations_at(id).filter(|(number, _)| !state.confirmed.contains_key(number));
        if let Some((number, asked)) = asked.next() {
            return Ok(Err(WaitReason::Confirmation { number, from: asked.from.clone(), text: asked.text.clone() }));
        }
        let confirmed: Vec<&str> = self
            .plan
            .confirmations_at(id)
            .filter_map(|(number, _)| state.confirmed.get(&number).map(|wish| wish.by.as_str()))
            .collect();
        let confirmed =
            if confirmed.is_empty() { String::new() } else { format!("; {} confirmed", confirmed.join(" and ")) };
        let health = health_before(&self.plan, &state, id);
        for probe in &health {
            match self.world.probe(probe).await {
                Answer::Holds { .. } | Answer::Flawed { .. } => {}
                Answer::Unknown { reason } => return Ok(Err(WaitReason::Unseen { error: reason })),
                seen @ (Answer::NotYet { .. } | Answer::Busy { .. } | Answer::Never { .. }) => {
                    return Ok(Err(WaitReason::Health { seen: seen.words().to_owned() }));
                }
            }
        }
        Ok(match self.world.fit(&still_to_come(&self.plan, &state)).await {
            Fit::Fits { evidence } if health.is_empty() => Ok(evidence + &confirmed),
            Fit::Fits { evidence } => Ok(format!("{evidence}; what was done before is as it was proven{confirmed}")),
            Fit::Differs { differences } => Err(WaitReason::Drift { differences }),
            Fit::Busy { by } => Err(WaitReason::Foreign { by }),
            Fit::Unseen { error } => Err(WaitReason::Unseen { error }),
        })
    }

    async fn gate_waits(&self, id: GateId, reason: WaitReason) -> Result<()> {
        let known = self.journal.sync().await?.gate.and_then(|gate| gate.wait);
        if known.is_some_and(|known| known.reason == reason) {
            return Ok(());
        }
        let wait = Wait { reason, since: self.journal.now(), until: None };
        self.journal.append(vec![EventKind::GateWaiting { gate: id, wait }]).await
    }
}
