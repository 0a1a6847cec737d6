//! What is known of two Cloudify managers, in a few lines.

use model::cloudify::{CloudifyInventory, MaintenanceStatus, ManagerInventory};
use model::observed::Observed;

use crate::look::{Look, Tone};

/// One manager.
#[derive(Debug, Clone, Copy)]
pub struct ManagerSummary<'i> {
    /// `Old manager`, `New manager`, or `Manager` where both share a host.
    pub name: &'static str,
    pub seen: &'i ManagerInventory,
}

/// The managers in the order in which the page shows them.
#[must_use]
pub fn managers(cloudify: &CloudifyInventory) -> Vec<ManagerSummary<'_>> {
    match &cloudify.new {
        Some(new) => vec![
            ManagerSummary { name: "Old manager", seen: &cloudify.old },
            ManagerSummary { name: "New manager", seen: new },
        ],
        None => vec![ManagerSummary { name: "Manager", seen: &cloudify.old }],
    }
}

/// What matters most about them.
#[must_use]
pub fn tone(cloudify: &CloudifyInventory) -> Tone {
    let all = managers(cloudify);
    let any = |tone: Tone| all.iter().any(|one| one.look().tone == tone);
    [Tone::Failed, Tone::Warning, Tone::Unknown, Tone::Running, Tone::Waiting]
        .into_iter()
        .find(|tone| any(*tone))
        .unwrap_or(Tone::Ok)
}

/// `Cloudify 4.2.0, new manager 5.0.5`.
#[must_use]
pub fn versions(cloudify: &CloudifyInventory) -> String {
    let words = |seen: &ManagerInventory| match seen.version.value() {
        Some(version) => version.to_string(),
        None => "version unknown".to_owned(),
    };
    match &cloudify.new {
        Some(new) => format!("Cloudify {}, new manager {}", words(&cloudify.old), words(new)),
        None => format!("Cloudify {}", words(&cloudify.old)),
    }
}

/// What stops for whom while managers are migrated (S4, S8, S10).
pub const IMPACT: &str = "Nobody may use either manager meanwhile: its pages, REST and cfy. What they manage goes on; \
                          from the installation of the new agents until the old manager is gone, healing can duplicate VMs.";

impl ManagerSummary<'_> {
    /// Its sign and colour. What could not be seen is never told as good.
    #[must_use]
    pub fn look(&self) -> Look {
        let seen = self.seen;
        if seen.version.value().is_none() {
            return Look::unknown("Unknown");
        }
        if seen.restoring.value() == Some(&true) {
            return Look::running("Restoring");
        }
        if seen.status.value().is_some_and(|status| !status.is_good()) {
            return Look::warning("Degraded");
        }
        if seen.maintenance.value().is_some_and(|mode| mode.status != MaintenanceStatus::Deactivated) {
            return Look::waiting("Maintenance");
        }
        if self.unknown().is_some() {
            return Look::unknown("Partly unknown");
        }
        match seen.executions.value().map(Vec::len) {
            Some(0) => Look::ok("Idle"),
            _ => Look::running("Busy"),
        }
    }

    /// For example `Old manager 4.2.0 Premium: 3 tenants, 12 deployments, 24 hosts with an agent`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { name, seen } = self;
        let Some(version) = seen.version.value() else { return format!("{name} unknown") };
        let edition = seen.edition.value().map(|edition| format!(" {edition}")).unwrap_or_default();
        let tenants = seen.tenants.value().map(|tenants| counted(tenants.len(), "tenant"));
        let deployments = seen.deployments.value();
        let count = deployments.map(|all| counted(all.len(), "deployment"));
        let agents = deployments.map(|all| all.iter().map(|one| one.agents().count()).sum());
        let agents = agents.map(|agents: usize| format!("{} with an agent", counted(agents, "host")));
        let or_unknown = |words: Option<String>, what: &str| words.unwrap_or_else(|| format!("{what} unknown"));
        format!(
            "{name} {version}{edition}: {}, {}, {}",
            or_unknown(tenants, "tenants"),
            or_unknown(count, "deployments"),
            or_unknown(agents, "agents"),
        )
    }

    /// Why something is not known, or what is under way.
    #[must_use]
    pub fn below(&self) -> Option<String> {
        if let Some(reason) = self.unknown() {
            return Some(reason.to_owned());
        }
        if let Some(status) = self.seen.status.value()
            && !status.is_good()
        {
            let troubles: Vec<String> =
                status.troubles().map(|(service, state)| format!("{service} is {state}")).collect();
            let of = if troubles.is_empty() { String::new() } else { format!(": {}", troubles.join(", ")) };
            return Some(format!("it says it is {}{of}", status.word));
        }
        const SHOWN: usize = 3;
        let running = self.seen.executions.value()?;
        let mut words: Vec<String> = running
            .iter()
            .take(SHOWN)
            .map(|one| {
                let of = one.deployment.as_ref().map(|deployment| format!(" of {deployment}")).unwrap_or_default();
                format!("{}{of} is {}", one.workflow, one.status)
            })
            .collect();
        if running.len() > SHOWN {
            words.push(format!("and {} more", running.len() - SHOWN));
        }
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// The first reason for something that is not known and that a migration would need.
    fn unknown(&self) -> Option<&str> {
        fn reason<T>(value: &Observed<T>) -> Option<&str> {
            value.reason()
        }
        let seen = self.seen;
        reason(&seen.version)
            .or_else(|| reason(&seen.tenants))
            .or_else(|| reason(&seen.deployments))
            .or_else(|| reason(&seen.executions))
            .or_else(|| reason(&seen.machine))
    }
}

/// `1 tenant`, `2 tenants`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::cloudify::{Edition, Login, Maintenance, ManagerStatus, ManagerVersion};
    use model::time::Timestamp;

    use super::*;

    fn known<T>(value: T) -> Observed<T> {
        Observed::known(value, "test", Timestamp(0))
    }

    fn untold<T>() -> Observed<T> {
        Observed::unknown("REST is away", "test", Timestamp(0))
    }

    fn idle() -> ManagerInventory {
        let mode = Maintenance { status: MaintenanceStatus::Deactivated, requested_by: None, remaining: Vec::new() };
        ManagerInventory {
            login: known(Login::Old),
            version: known(ManagerVersion::of(4, 2, 0)),
            edition: known(Edition::Premium),
            clock_skew_ms: known(0),
            role: known("sys_admin".to_owned()),
            status: known(ManagerStatus { word: "running".to_owned(), services: BTreeMap::new() }),
            tenants: known([model::id::TenantName::new("default_tenant").unwrap()].into()),
            users: known(Vec::new()),
            blueprints: known(0),
            deployments: known(Vec::new()),
            executions: known(Vec::new()),
            snapshots: known(Vec::new()),
            maintenance: known(mode),
            // A release before 5.0.5 does not tell, which is nothing to worry about.
            restoring: untold(),
            networks: known([].into()),
            machine: known(model::cloudify::Machine {
                boot_id: String::new(),
                clock_skew_ms: 0,
                local_time: String::new(),
                free_bytes: BTreeMap::new(),
                sessions: Vec::new(),
                connections: None,
                certificates: Vec::new(),
                files: BTreeMap::new(),
                services: BTreeMap::new(),
                missing_programs: [].into(),
            }),
        }
    }

    fn look(seen: &ManagerInventory) -> Look {
        ManagerSummary { name: "Old manager", seen }.look()
    }

    #[test]
    fn what_could_not_be_seen_is_never_told_as_good() {
        let seen = idle();
        assert_eq!(look(&seen), Look::ok("Idle"));
        assert_eq!(look(&ManagerInventory { version: untold(), ..idle() }), Look::unknown("Unknown"));
        assert_eq!(look(&ManagerInventory { deployments: untold(), ..idle() }), Look::unknown("Partly unknown"));
        assert_eq!(look(&ManagerInventory { machine: untold(), ..idle() }), Look::unknown("Partly unknown"));
        let words = ManagerSummary { name: "Old manager", seen: &seen }.words();
        assert_eq!(words, "Old manager 4.2.0 Premium: 1 tenant, 0 deployments, 0 hosts with an agent");
        let blind = ManagerInventory { deployments: untold(), ..idle() };
        let one = ManagerSummary { name: "Old manager", seen: &blind };
        assert!(one.words().contains("deployments unknown") && one.below().unwrap().contains("REST is away"));
    }

    #[test]
    fn a_service_that_does_not_run_is_named() {
        let services = [("Riemann".to_owned(), "unknown".to_owned())].into();
        let status = known(ManagerStatus { word: "running".to_owned(), services });
        let seen = ManagerInventory { status, ..idle() };
        assert_eq!(look(&seen), Look::warning("Degraded"));
        let below = ManagerSummary { name: "Old manager", seen: &seen }.below();
        assert_eq!(below.as_deref(), Some("it says it is running: Riemann is unknown"));
    }
}
