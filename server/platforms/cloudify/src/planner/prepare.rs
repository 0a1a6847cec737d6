//! Before anything is touched (dossier 3.1).

use model::id::UnitName;
use model::plan::{CloudifyCall, CloudifyProbe, Probe, Side, Stage, Step, Undo};
use model::procedure::{Confirmation, Preparation};

use super::scripts::{START_UNITS, STOP_UNITS, UNITS_STOPPED};
use super::steps::{LOOK, at, call, id, look, observe, on, shell, stage, step};
use super::view::View;
use super::{PlanError, vendor};

/// The web interfaces of the old manager (P6).
const CONSOLES: [&str; 2] = ["cloudify-stage", "cloudify-composer"];
const OLD_CONSOLE: &str = "cloudify-webui";
/// What heals up to 4.6 (N9).
const HEALER: &str = "cloudify-riemann";

pub(super) fn check(view: &View<'_>) -> Result<(), PlanError> {
    if view.wants(Preparation::Maintenance) && !view.new.can_be_watched_in_maintenance() {
        return Err(PlanError::NoMaintenance(view.new.clone()));
    }
    if view.wants(Preparation::StopHealing) {
        if view.in_place || !view.old.has_riemann() {
            return Err(PlanError::NoHealingToStop);
        }
        view.needs(Confirmation::SupportAgrees)?;
    }
    Ok(())
}

/// Nothing runs, nobody else is there, and what is to be overwritten is empty.
pub(super) fn look_around(view: &View<'_>) -> Stage {
    let tuning = &view.settings.tuning;
    let mut steps = Vec::new();
    if view.is_retry() {
        steps.push(idle(view, Side::New));
    } else {
        steps.push(idle(view, Side::Old));
    }
    if view.has_users_to_see() {
        let minutes = tuning.quiet_time.div_ceil(60);
        let title = format!("Nobody else has used the old manager for {minutes} min (S4)");
        let proof = Probe::Cloudify(CloudifyProbe::NobodyElse { on: Side::Old, minutes });
        steps.push(Step {
            hazard: Some("Whoever works in the web interfaces from now on may lose what they do.".to_owned()),
            vendor: Some(vendor::NOBODY.to_owned()),
            ..observe(id(&["look", "nobody", "old"]), title, on(Side::Old), proof, tuning.idle_deadline)
        });
    }
    if !view.in_place && !view.is_retry() {
        steps.push(empty(view, LOOK));
    }
    stage("Nothing is under way, and nobody else is there", "looks", steps)
}

fn idle(view: &View<'_>, side: Side) -> Step {
    let title = format!("Nothing is executed on {side}");
    let proof = Probe::Cloudify(CloudifyProbe::Idle { on: side });
    let deadline = view.settings.tuning.idle_deadline;
    Step {
        hazard: Some(
            "A workflow that hangs blocks the snapshot: cancel it on the manager. Executions of all tenants are looked \
             at; up to 4.5 the manager itself looks at one tenant only."
                .to_owned(),
        ),
        vendor: Some(vendor::NOT_IN_TEXT.to_owned()),
        ..observe(id(&["look", "idle", word(side)]), title, on(side), proof, deadline)
    }
}

/// The new manager is what the plan was made for, and empty.
pub(super) fn empty(view: &View<'_>, deadline: u32) -> Step {
    let title = format!("The new manager runs {} and has no blueprint (S1)", view.new);
    let proof = Probe::Cloudify(CloudifyProbe::Empty { version: view.new.clone() });
    observe(id(&["look", "empty", "new"]), title, on(Side::New), proof, deadline)
}

pub(super) const fn word(side: Side) -> &'static str {
    match side {
        Side::Old => "old",
        Side::New => "new",
    }
}

/// What was chosen, and what has to be before an old manager is torn down.
pub(super) fn prepare(view: &View<'_>) -> Option<Stage> {
    let consoles = view.wants(Preparation::StopConsoles).then(|| stop_consoles(view));
    let security = view.keeps_security().then(|| keep_security(view));
    let steps: Vec<Step> = consoles.into_iter().chain(security).collect();
    (!steps.is_empty()).then(|| stage("Preparation on the old manager", "steps", steps))
}

fn stop_consoles(view: &View<'_>) -> Step {
    let units = consoles(view);
    let host = &view.settings.old.host;
    let args: Vec<String> = units.iter().map(ToString::to_string).collect();
    Step {
        impact: "The web interfaces of the old manager are away until the end of the run.".to_owned(),
        undo: Undo::ByStep(id(&["close", "consoles"])),
        vendor: Some(vendor::NOBODY.to_owned()),
        ..step(
            id(&["prepare", "consoles"]),
            "Stop the web interfaces of the old manager (S4)",
            at(host),
            shell(host, STOP_UNITS, args.clone()),
            look(host, UNITS_STOPPED, args),
        )
    }
}

fn keep_security(view: &View<'_>) -> Step {
    let snapshot = view.inputs.snapshot.clone();
    Step {
        hazard: Some("It holds what passwords are salted with: it is sealed, and printed nowhere.".to_owned()),
        vendor: Some(vendor::SECURITY.to_owned()),
        ..call(
            id(&["prepare", "security"]),
            "Keep a sealed copy of rest-security.conf (S7)",
            CloudifyCall::KeepSecurity { snapshot: snapshot.clone() },
            CloudifyProbe::SecurityKept { snapshot },
        )
    }
}

/// With the support's consent, right before agents are moved (N9). It is not started again: from then on a heal would
/// make machines twice. A run that ends before the old manager is shut down says how it is undone.
pub(super) fn stop_healing(view: &View<'_>) -> Option<Stage> {
    if !view.wants(Preparation::StopHealing) {
        return None;
    }
    let host = &view.settings.old.host;
    let args = vec![HEALER.to_owned()];
    let step = Step {
        impact: "Neither manager heals or scales anything until the new one gets its first events.".to_owned(),
        hazard: Some(
            "Nodes that fail meanwhile may stay failed: the new manager heals only what it has heard of (S11)."
                .to_owned(),
        ),
        undo: Undo::ByHand(format!("systemctl start {HEALER} on {}, if the old manager is to go on.", host.name)),
        vendor: Some(vendor::STOP_HEALING.to_owned()),
        ..step(
            id(&["prepare", "healing"]),
            "Stop what heals on the old manager (S11)",
            at(host),
            shell(host, STOP_UNITS, args.clone()),
            look(host, UNITS_STOPPED, args),
        )
    };
    Some(stage("No healing by the old manager", "steps", vec![step]))
}

/// What was stopped is started again, unless the manager is gone by then.
pub(super) fn start_again(view: &View<'_>) -> Option<Step> {
    if !view.wants(Preparation::StopConsoles) || view.is_retry() {
        return None;
    }
    let host = &view.settings.old.host;
    let units = consoles(view);
    let args = units.iter().map(ToString::to_string).collect();
    Some(Step {
        attempts: 3,
        ..step(
            id(&["close", "consoles"]),
            "Start the web interfaces again, where the old manager is still there",
            at(host),
            shell(host, START_UNITS, args),
            Probe::Cloudify(CloudifyProbe::ServicesRun { on: Side::Old, units }),
        )
    })
}

fn consoles(view: &View<'_>) -> Vec<UnitName> {
    let names: &[&str] = if view.old.has_tenants() { &CONSOLES } else { &[OLD_CONSOLE] };
    names.iter().filter_map(|name| UnitName::new(*name).ok()).collect()
}

impl View<'_> {
    /// Whether the old manager tells who was there.
    fn has_users_to_see(&self) -> bool {
        !self.is_retry() && self.is_premium(&self.inventory.old)
    }

    /// S7: in place it is needed when several users are to go on with their passwords; elsewhere the old manager keeps
    /// it, so that it is a choice.
    pub(crate) fn keeps_security(&self) -> bool {
        let leaves_users_out = self.old.has_tenants() && !self.old.snapshot_carries_admin();
        let has_to = self.in_place && !self.other_users().is_empty();
        leaves_users_out && (has_to || self.wants(Preparation::KeepSecurity))
    }
}
