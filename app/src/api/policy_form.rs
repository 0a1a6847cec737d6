//! The form of a policy as it travels: what people type, read into a [`Policy`].

use std::collections::BTreeSet;

use model::environment::RiskClass;
use model::id::{GroupName, PolicyId};
use model::policy::text::{
    read_calendar, read_gates, read_needs, write_freezes, write_gates, write_needs, write_windows,
};
use model::policy::{Asked, Breakers, Glass, GlassHours, Policy, PolicyProblem, Scope, Starter};
use model::procedure::Procedure;
use model::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// See [`Policy`]. Boxes that nobody has checked do not travel at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyForm {
    /// Empty for a new one.
    pub id: String,
    pub name: String,
    pub procedures: BTreeSet<Procedure>,
    /// Separated by commas or blanks.
    pub labels: String,
    pub risks: BTreeSet<RiskClass>,
    /// See [`read_needs`].
    pub needs: String,
    pub starter: Starter,
    pub denials: String,
    /// Empty: an approval lasts as long as the request.
    pub lasts_hours: String,
    pub reason: Asked,
    pub ticket: Asked,
    pub zone: String,
    /// See [`read_calendar`].
    pub windows: String,
    pub freezes: String,
    /// Who may start without approvals: `operators`, `admins`, the name of a group; empty: nobody.
    pub glass: String,
    pub glass_hours: GlassHours,
    pub review_hours: String,
    /// See [`read_gates`].
    pub gates: String,
}

impl Default for PolicyForm {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            procedures: BTreeSet::new(),
            labels: String::new(),
            risks: BTreeSet::new(),
            needs: "1 approvers".to_owned(),
            starter: Starter::default(),
            denials: "1".to_owned(),
            lasts_hours: String::new(),
            reason: Asked::default(),
            ticket: Asked::default(),
            zone: "UTC".to_owned(),
            windows: String::new(),
            freezes: String::new(),
            glass: String::new(),
            glass_hours: GlassHours::default(),
            review_hours: "24".to_owned(),
            gates: String::new(),
        }
    }
}

impl From<Policy> for PolicyForm {
    fn from(policy: Policy) -> Self {
        let calendar = policy.calendar;
        Self {
            id: policy.id.to_string(),
            name: policy.name,
            procedures: policy.scope.procedures,
            labels: policy.scope.labels.into_iter().collect::<Vec<_>>().join(", "),
            risks: policy.scope.risks,
            needs: write_needs(&policy.needs),
            starter: policy.starter,
            denials: policy.denials.to_string(),
            lasts_hours: policy.approval_lasts.map(|seconds| (seconds / 3600).to_string()).unwrap_or_default(),
            reason: policy.reason,
            ticket: policy.ticket,
            zone: calendar.as_ref().map_or_else(|| "UTC".to_owned(), |calendar| calendar.zone.clone()),
            windows: calendar.as_ref().map(|calendar| write_windows(&calendar.windows)).unwrap_or_default(),
            freezes: calendar.as_ref().map(|calendar| write_freezes(&calendar.freezes)).unwrap_or_default(),
            glass: policy.glass.as_ref().map(|glass| write_breakers(&glass.by)).unwrap_or_default(),
            glass_hours: policy.glass.as_ref().map(|glass| glass.hours).unwrap_or_default(),
            gates: write_gates(&policy.gates),
            review_hours: policy.glass.map_or_else(|| "24".to_owned(), |glass| glass.review_hours.to_string()),
        }
    }
}

impl PolicyForm {
    /// The policy; `new` is the id of one that is new.
    ///
    /// # Errors
    /// Names the field that cannot be read.
    pub fn read(self, new: impl FnOnce() -> String) -> Result<Policy, Refusal> {
        let refused = |problem: PolicyProblem| invalid(problem.field, problem.problem);
        let id = if self.id.is_empty() { new() } else { self.id };
        let words = self.labels.split([',', ' ']).filter(|label| !label.is_empty());
        Ok(Policy {
            id: PolicyId::new(id).map_err(|error| invalid("id", error.to_string()))?,
            name: self.name.trim().to_owned(),
            version: 0,
            scope: Scope { procedures: self.procedures, labels: words.map(str::to_owned).collect(), risks: self.risks },
            needs: read_needs(&self.needs).map_err(refused)?,
            starter: self.starter,
            denials: read_denials(&self.denials)?,
            approval_lasts: read_hours(&self.lasts_hours)?,
            reason: self.reason,
            ticket: self.ticket,
            calendar: read_calendar(&self.zone, &self.windows, &self.freezes).map_err(refused)?,
            gates: read_gates(&self.gates).map_err(refused)?,
            glass: read_glass(&self.glass, self.glass_hours, &self.review_hours)?,
        })
    }
}

fn read_denials(text: &str) -> Result<u16, Refusal> {
    text.trim().parse().map_err(|_| invalid("denials", format!("{text:?} is no number of people")))
}

/// What stands in the form for those who are no group.
const OPERATORS: &str = "operators";
const ADMINS: &str = "admins";

fn write_breakers(by: &Breakers) -> String {
    match by {
        Breakers::Operators => OPERATORS.to_owned(),
        Breakers::Admins => ADMINS.to_owned(),
        Breakers::Group(name) => name.to_string(),
    }
}

fn read_glass(by: &str, hours: GlassHours, review_hours: &str) -> Result<Option<Glass>, Refusal> {
    let by = match by.trim() {
        "" => return Ok(None),
        OPERATORS => Breakers::Operators,
        ADMINS => Breakers::Admins,
        name => Breakers::Group(GroupName::new(name).map_err(|error| invalid("glass", error.to_string()))?),
    };
    let review_hours = review_hours.trim().parse();
    let review_hours = review_hours.map_err(|_| invalid("review_hours", "1 to 720 hours are possible".to_owned()))?;
    Ok(Some(Glass { by, hours, review_hours }))
}

/// Whole hours, as seconds.
fn read_hours(text: &str) -> Result<Option<u32>, Refusal> {
    match text.trim() {
        "" => Ok(None),
        number => match number.parse::<u32>() {
            Ok(hours @ 1..=8760) => Ok(Some(hours * 3600)),
            _ => Err(invalid("lasts_hours", format!("{number:?}: 1 to 8760 hours, or nothing"))),
        },
    }
}

fn invalid(field: &str, problem: String) -> Refusal {
    Refusal::Invalid { field: field.to_owned(), problem }
}

impl PolicyForm {
    /// All fields by name; lists several times.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("id", self.id.clone()),
            ("name", self.name.clone()),
            ("labels", self.labels.clone()),
            ("needs", self.needs.clone()),
            ("gates", self.gates.clone()),
            ("starter", word(&self.starter)),
            ("denials", self.denials.clone()),
            ("lasts_hours", self.lasts_hours.clone()),
            ("reason", word(&self.reason)),
            ("ticket", word(&self.ticket)),
            ("zone", self.zone.clone()),
            ("windows", self.windows.clone()),
            ("freezes", self.freezes.clone()),
            ("glass", self.glass.clone()),
            ("glass_hours", word(&self.glass_hours)),
            ("review_hours", self.review_hours.clone()),
        ];
        fields.extend(self.procedures.iter().map(|procedure| ("procedures", word(procedure))));
        fields.extend(self.risks.iter().map(|risk| ("risks", word(risk))));
        fields
    }

    /// What stands in an address. Words that mean nothing are left out, as boxes are that nobody has checked.
    #[must_use]
    pub fn of_fields(one: impl Fn(&str) -> Option<String>, all: impl Fn(&str) -> Vec<String>) -> Self {
        let default = Self::default();
        let text = |name: &str, otherwise: &str| one(name).unwrap_or_else(|| otherwise.to_owned());
        Self {
            id: text("id", ""),
            name: text("name", ""),
            procedures: all("procedures").iter().filter_map(|text| read_word(text)).collect(),
            labels: text("labels", ""),
            risks: all("risks").iter().filter_map(|text| read_word(text)).collect(),
            needs: text("needs", &default.needs),
            starter: one("starter").and_then(|text| read_word(&text)).unwrap_or_default(),
            denials: text("denials", &default.denials),
            lasts_hours: text("lasts_hours", ""),
            reason: one("reason").and_then(|text| read_word(&text)).unwrap_or_default(),
            ticket: one("ticket").and_then(|text| read_word(&text)).unwrap_or_default(),
            zone: text("zone", &default.zone),
            windows: text("windows", ""),
            freezes: text("freezes", ""),
            glass: text("glass", ""),
            glass_hours: one("glass_hours").and_then(|text| read_word(&text)).unwrap_or_default(),
            review_hours: text("review_hours", &default.review_hours),
            gates: text("gates", ""),
        }
    }
}

/// The word of a plain enum, as it stands in JSON.
pub fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn read_word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_the_same_after_its_way_through_an_address() {
        let form = PolicyForm {
            id: "11111111-1111-1111-1111-111111111111".into(),
            name: "Two for storage".into(),
            procedures: [Procedure::UpdateFramework, Procedure::MigrateManager].into(),
            labels: "berlin, lab".into(),
            risks: [RiskClass::Production].into(),
            needs: "2 approvers\n1 storage".into(),
            starter: Starter::IsSomebodyElse,
            denials: "2".into(),
            lasts_hours: "12".into(),
            reason: Asked::Required,
            ticket: Asked::Required,
            zone: "Europe/Berlin".into(),
            windows: "Fri 22:00-04:00".into(),
            freezes: "2026-12-20 2026-12-31 year-end closing".into(),
            glass: "storage".into(),
            glass_hours: GlassHours::Pass,
            review_hours: "4".into(),
            gates: "before volume drivers | storage | look at the vPool".into(),
        };
        let fields = form.fields();
        let all = |name: &str| -> Vec<String> {
            fields.iter().filter(|(field, _)| *field == name).map(|(_, value)| value.clone()).collect()
        };
        assert_eq!(PolicyForm::of_fields(|name| all(name).first().cloned(), all), form);
        let policy = form.clone().read(String::new).unwrap();
        assert_eq!(PolicyForm::from(policy), form);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_field() {
        for (form, field) in [
            (PolicyForm { denials: "many".into(), ..PolicyForm::default() }, "denials"),
            (PolicyForm { lasts_hours: "-1".into(), ..PolicyForm::default() }, "lasts_hours"),
            (PolicyForm { needs: "everybody".into(), ..PolicyForm::default() }, "needs"),
            (PolicyForm { windows: "always".into(), ..PolicyForm::default() }, "windows"),
            (PolicyForm { gates: "storage looks".into(), ..PolicyForm::default() }, "gates"),
            (PolicyForm { glass: "a;b".into(), ..PolicyForm::default() }, "glass"),
            (
                PolicyForm { glass: "admins".into(), review_hours: "soon".into(), ..PolicyForm::default() },
                "review_hours",
            ),
        ] {
            let refused = form.read(|| "11111111-1111-1111-1111-111111111111".into()).unwrap_err();
            assert!(matches!(&refused, Refusal::Invalid { field: named, .. } if named == field), "{refused}");
        }
    }
}
