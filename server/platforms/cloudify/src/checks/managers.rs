//! Whether the managers can take part.

use model::cloudify::{Execution, Login, MaintenanceStatus, ManagerInventory, ManagerStatus};
use model::plan::Side;
use model::precheck::{Precheck, Verdict, about, bad, good};
use model::time::span_words;

use crate::planner::{View, count, shortened};

pub(super) fn checks(view: &View<'_>) -> Vec<Precheck> {
    let old = (!(view.in_place && view.is_retry())).then_some((Side::Old, &view.inventory.old));
    let new = view.new_inventory().map(|new| (Side::New, new));
    let mut found = Vec::new();
    for (side, manager) in old.into_iter().chain(new) {
        found.push(login(side, manager));
        found.push(role(view, side, manager));
        found.push(about(&format!("All services of {side} run"), &manager.status, |status| services(side, status)));
        found.push(about(&format!("Nothing is executed on {side}"), &manager.executions, |all| idle(side, all)));
        found.push(maintenance(side, manager));
        found.push(clock(view, side, manager));
    }
    found.extend(new.map(|(_, manager)| restoring(manager)));
    found.extend(two_machines(view));
    found.extend(certificate_to_come(view));
    found.push(deployments(view));
    found.push(agents_without_broker(view));
    found.extend(networks(view));
    found.push(disk(view));
    found.extend(cfy(view));
    found
}

fn login(side: Side, manager: &ManagerInventory) -> Precheck {
    about(&format!("The admin can log in to {side}"), &manager.login, |login| {
        let title = format!("The admin can log in to {side}");
        match (side, login) {
            (Side::Old, Login::Old) | (Side::New, Login::New) => good(title, format!("as {login}")),
            // A retry: the restore that went wrong has got as far as that.
            (Side::New, Login::Old) => good(title, format!("as {login}: an earlier restore has put that one in force")),
            (Side::Old, Login::New) => bad(
                Verdict::Blocking,
                title,
                "the old manager lets the new manager's admin in, and not its own",
                "Correct the credentials in the settings: the two may be the wrong way round.",
            ),
        }
    })
}

/// Only the admin it was bootstrapped with may restore (4.1); the role is what can be seen of that.
fn role(view: &View<'_>, side: Side, manager: &ManagerInventory) -> Precheck {
    let title = format!("Who logs in to {side} is its admin");
    let has_users = match side {
        Side::Old => view.old.has_tenants(),
        Side::New => true,
    };
    if !has_users {
        return good(title, "this release has no roles");
    }
    about(&title, &manager.role, |role| match role.as_str() {
        "sys_admin" | "admin" => good(title.clone(), format!("role {role}; it has to be the one it was set up with")),
        other => bad(
            Verdict::Blocking,
            title.clone(),
            format!("role {other}"),
            "Give the admin that the manager was bootstrapped with: nobody else may restore a snapshot.",
        ),
    })
}

pub(super) fn services(side: Side, status: &ManagerStatus) -> Precheck {
    let title = format!("All services of {side} run");
    if status.is_good() {
        return good(title, format!("status {}", status.word));
    }
    let troubles: Vec<String> = status.troubles().map(|(name, state)| format!("{name} is {state}")).collect();
    let said = format!("status {}; {}", status.word, shortened(troubles));
    bad(Verdict::Blocking, title, said, "Start what does not run, on the manager's machine, then look again.")
}

/// P5. The plan waits for it; a fresh start should not have to.
pub(super) fn idle(side: Side, executions: &[Execution]) -> Precheck {
    let title = format!("Nothing is executed on {side}");
    let running: Vec<String> = executions
        .iter()
        .filter(|execution| !execution.status.has_ended())
        .map(|execution| format!("{} {} ({})", execution.workflow, execution.id, execution.status))
        .collect();
    if running.is_empty() {
        return good(title, "no execution of any tenant is under way");
    }
    let said = format!("{}: {}", count(running.len(), "execution"), shortened(running));
    bad(Verdict::Warning, title, said, "The run waits until they have ended. Cancel one that hangs, on the manager.")
}

/// Up to 4.4 it would block the snapshot itself; later it hides what becomes of it (2.4).
fn maintenance(side: Side, manager: &ManagerInventory) -> Precheck {
    let title = format!("Maintenance mode of {side} is off");
    about(&title, &manager.maintenance, |maintenance| {
        let said = format!("it is {}", maintenance.status);
        match maintenance.status {
            MaintenanceStatus::Deactivated => good(title.clone(), said),
            _ => {
                let words = "cfy maintenance-mode deactivate: in it neither agents nor, up to 4.4, snapshots can be made, \
                             and executions are not shown.";
                bad(Verdict::Blocking, title.clone(), said, words)
            }
        }
    })
}

fn clock(view: &View<'_>, side: Side, manager: &ManagerInventory) -> Precheck {
    let title = format!("The clock of {side} agrees with ours");
    let limit = i64::from(view.settings.tuning.clock_skew) * 1000;
    about(&title, &manager.clock_skew_ms, |skew| {
        let said = format!("{} apart", span_words(skew.abs()));
        if skew.abs() <= limit {
            good(title.clone(), said)
        } else {
            let words =
                "Let both machines use the same time servers. Times are compared on one clock only, all the same.";
            bad(Verdict::Warning, title.clone(), said, words)
        }
    })
}

fn restoring(manager: &ManagerInventory) -> Precheck {
    const TITLE: &str = "No snapshot is being restored on the new manager";
    match manager.restoring.value() {
        Some(true) => bad(Verdict::Blocking, TITLE, "one is", "Wait until it is over, then look again."),
        Some(false) => good(TITLE, "snapshot-status says not-running"),
        None => good(TITLE, "releases before 5.0.5 tell by their executions"),
    }
}

/// Where both are seen and are one, there is no plan.
fn two_machines(view: &View<'_>) -> Option<Precheck> {
    const TITLE: &str = "The managers are on two machines";
    let new = view.inventory.new.as_ref().filter(|_| !view.in_place)?;
    let (old_host, new_host) = (&view.settings.old.host.name, &view.settings.new_host().name);
    let unseen: Vec<String> = [(old_host, &view.inventory.old.machine), (new_host, &new.machine)]
        .into_iter()
        .filter_map(|(host, machine)| Some(format!("{host}: {}", machine.reason()?)))
        .collect();
    Some(if unseen.is_empty() {
        good(TITLE, format!("{old_host} and {new_host} have booted apart"))
    } else {
        let words = "Make sure of it on both: a restore onto the manager that the snapshot came from would wipe it.";
        bad(Verdict::Warning, TITLE, format!("their boot ids cannot be compared. {}", shortened(unseen)), words)
    })
}

/// A certificate that is not expected holds the run up after the teardown: better thought of before.
fn certificate_to_come(view: &View<'_>) -> Option<Precheck> {
    const TITLE: &str = "It is known which certificate the new manager will show";
    let (old, new) = (&view.settings.old.rest, view.settings.new.rest());
    if !view.in_place || view.is_retry() || !new.endpoint.starts_with("https://") {
        return None;
    }
    let kept = match &old.certificate_sha256 {
        Some(pinned) => format!("the old one's, {pinned}, or one of a public authority"),
        None => "one of a public authority".to_owned(),
    };
    Some(match &new.certificate_sha256 {
        Some(pinned) => good(TITLE, format!("{pinned} is pinned for it; it is trusted with no other")),
        None => bad(
            Verdict::Warning,
            TITLE,
            format!("none is pinned for it: it is trusted with {kept}, and with no other"),
            "Install it with the old manager's certificate and key. If it will have another one that is known already, pin \
             that in the settings, and prepare the plan anew: a run keeps the settings of its request.",
        ),
    })
}

/// Fact 7: the vendor's command would not say a word.
fn deployments(view: &View<'_>) -> Precheck {
    const TITLE: &str = "Every deployment with agents takes part";
    let all = format!("{} get new agents", count(view.planned.len(), "deployment"));
    if view.skipped.is_empty() {
        return good(TITLE, all);
    }
    let left: Vec<String> = view.skipped.iter().map(|left| format!("{}: {}", left.what, left.why)).collect();
    let said = format!("{all}. Left out: {}", shortened(left));
    let words = "What is left out cannot be reached once the old manager is gone. Cure it first, or accept that.";
    bad(Verdict::Warning, TITLE, said, words)
}

/// Dossier 5: such agents are only warned of by the restore.
fn agents_without_broker(view: &View<'_>) -> Precheck {
    const TITLE: &str = "Every agent tells the broker it listens to";
    let all = view.inventory.old.deployments.value().into_iter().flatten();
    let without: Vec<String> = all
        .flat_map(|deployment| {
            let agents = deployment.agents().filter(|(_, agent)| agent.broker.is_none());
            agents.map(move |(id, _)| format!("{id} of {}", deployment.id))
        })
        .collect();
    // Up to 3.4.2 it stands on the manager, and goes into the snapshot from there.
    if without.is_empty() || !view.old.has_tenants() {
        return good(TITLE, "as far as the old manager tells");
    }
    bad(
        Verdict::Warning,
        TITLE,
        shortened(without),
        "The new manager may not find these agents: the dry run tells before anything is moved.",
    )
}

/// N4, as far as it can be seen before the archive is there.
fn networks(view: &View<'_>) -> Option<Precheck> {
    const TITLE: &str = "The new manager has the old one's networks";
    if view.in_place || !view.old.snapshot_carries_admin() {
        return None;
    }
    let new = view.inventory.new.as_ref()?;
    let (here, there) = (view.inventory.old.networks.value()?, new.networks.value()?);
    let missing: Vec<String> = here.difference(there).cloned().collect();
    Some(if missing.is_empty() {
        good(TITLE, shortened(there.iter().cloned().collect()))
    } else {
        bad(
            Verdict::Blocking,
            TITLE,
            format!("missing: {}", shortened(missing)),
            "Networks are set at bootstrap only: set the new manager up anew, with them.",
        )
    })
}

/// 1.1: the release of the client is the manager's. The client itself never says that it is not.
fn cfy(view: &View<'_>) -> Option<Precheck> {
    if view.inputs.by_cfy.is_empty() {
        return None;
    }
    let words = "Look with cfy --version there. One of another release may be refused, with nothing done: the restore of 4.1 \
                 to 5.x refuses the cfy of 6 and 7.";
    let said = format!("which cfy is there is not seen; {} and {} are asked by it", view.old, view.new);
    Some(bad(Verdict::Warning, "The CLI host has the cfy of the managers' releases", said, words))
}

/// P13, as far as it can be told before the size of the archive is known.
fn disk(view: &View<'_>) -> Precheck {
    const TITLE: &str = "There is room on the machine that restores";
    let machine = &view.inventory.successor().machine;
    match machine.value() {
        Some(machine) => {
            let free: Vec<String> =
                machine.free_bytes.iter().map(|(path, bytes)| format!("{path}: {} MB", bytes / 1_000_000)).collect();
            let times = view.settings.tuning.free_factor;
            good(
                TITLE,
                format!("{} free; {times} times the archive's size is wanted before the upload", shortened(free)),
            )
        }
        None => bad(
            Verdict::Warning,
            TITLE,
            format!("{}: {}", machine.source, machine.reason().unwrap_or_default()),
            "Nothing can be said about it without SSH. Look with df: a restore unpacks the archive into /tmp.",
        ),
    }
}
