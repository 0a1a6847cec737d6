//! Questions about the management hosts.

use model::cloudstack::{CloudStackInventory, DatabaseAccess, ManagementHost, ScriptGeneration};
use model::environment::{CloudStackSettings, Host};
use model::precheck::{Precheck, Verdict, bad, good};
use model::procedure::RestartMode;
use model::time::span_words;

use crate::planner::{ScriptHost, is_fit, script_host};

/// Room for the two logs of a long run, in bytes: some kilobytes for each router, and a margin.
const LOG_ROOM: u64 = 16 << 20;

/// One question for each configured host, or one about there being none.
pub(crate) fn reachable(
    settings: &CloudStackSettings,
    inventory: &CloudStackInventory,
    mode: RestartMode,
) -> Vec<Precheck> {
    let verdict = match mode {
        RestartMode::Native => Verdict::Warning,
        RestartMode::Script => Verdict::Blocking,
    };
    if settings.management_hosts.is_empty() {
        return vec![bad(
            verdict,
            "Management hosts can be reached",
            "none is configured",
            "Add them, so that Drydock can see whether port 8096 is closed, and can use the script.",
        )];
    }
    settings.management_hosts.iter().map(|host| one(host, settings, inventory, verdict)).collect()
}

fn one(host: &Host, settings: &CloudStackSettings, inventory: &CloudStackInventory, verdict: Verdict) -> Precheck {
    let title = format!("{} can be reached and used", host.name);
    let seen = inventory.management_hosts.get(&host.name);
    let Some(found) = seen.and_then(|seen| seen.value()) else {
        let reason = seen.and_then(|seen| seen.reason()).unwrap_or("it was not looked at");
        return bad(verdict, title, reason, "Accept its host key, check user, key and sudo, then look again.");
    };
    let mut problems = Vec::new();
    if found.service != "active" {
        problems.push(format!("cloudstack-management is {}", found.service));
    }
    if found.clock_skew_ms.abs() > i64::from(settings.tuning.clock_skew).saturating_mul(1000) {
        let apart = span_words(found.clock_skew_ms.abs());
        problems.push(format!("its clock is {apart} from Drydock's, {} s are allowed", settings.tuning.clock_skew));
    }
    if found.free_bytes < LOG_ROOM {
        problems.push(format!("{} MiB are free for logs, {} are wanted", found.free_bytes >> 20, LOG_ROOM >> 20));
    }
    if problems.is_empty() {
        let free = found.free_bytes >> 20;
        let apart = span_words(found.clock_skew_ms.abs());
        return good(title, format!("service active, clocks {apart} apart, {free} MiB free"));
    }
    bad(verdict, title, problems.join("; "), "Cure this on the host, then look again.")
}

/// An open port is a danger by itself; in script mode it is also what the plan has to know.
pub(crate) fn port(settings: &CloudStackSettings, inventory: &CloudStackInventory, mode: RestartMode) -> Precheck {
    const TITLE: &str = "The unauthenticated port 8096 is closed";
    let seen = inventory.management_hosts.iter().filter_map(|(name, seen)| seen.value().map(|host| (name, host)));
    let open: Vec<String> = seen
        .filter(|(_, host)| host.integration_listening)
        .map(|(name, host)| {
            let from_here = if host.integration_reachable { ", also for this machine" } else { "" };
            format!("{name} listens{from_here}")
        })
        .collect();
    let setting = match inventory.integration_port.value() {
        Some(port) => format!("integration.api.port is {port}"),
        None => format!("integration.api.port: {}", inventory.integration_port.reason().unwrap_or_default()),
    };
    const CLOSE: &str = "Set integration.api.port to 0 and restart every management server, now: whoever reaches the \
                         port rules the cloud without a password.";
    match (open.is_empty(), inventory.integration_port.value(), mode) {
        (false, _, _) => bad(Verdict::Warning, TITLE, format!("{}; {setting}", open.join("; ")), CLOSE),
        (true, None, RestartMode::Script) => bad(Verdict::Unknown, TITLE, setting, "Cure this, then look again."),
        (true, None, RestartMode::Native) => bad(Verdict::Warning, TITLE, setting, "Look at it yourself."),
        (true, Some(0), _) if settings.management_hosts.is_empty() => {
            good(TITLE, format!("{setting}; no host was looked at"))
        }
        (true, Some(0), _) => good(TITLE, format!("{setting}, no host listens")),
        (true, Some(_), _) => bad(
            Verdict::Warning,
            TITLE,
            format!("no host listens, but {setting}: it opens at the next restart"),
            "Set integration.api.port to 0.",
        ),
    }
}

pub(crate) fn script(settings: &CloudStackSettings, inventory: &CloudStackInventory) -> Vec<Precheck> {
    const TITLE: &str = "cloudstack-sysvmadm is there";
    let at = match script_host(settings, inventory) {
        Ok(at) => at,
        Err(error) => {
            let resolution = "Choose native mode, or install the script on a management host.";
            return vec![bad(Verdict::Blocking, TITLE, error.to_string(), resolution)];
        }
    };
    let found = format!("{} on {}, generation {}", at.script.path, at.host.name, at.script.generation);
    vec![good(TITLE, found), fit(&at, inventory), programs(&at), database(settings, &at)]
}

fn fit(at: &ScriptHost<'_>, inventory: &CloudStackInventory) -> Precheck {
    const TITLE: &str = "The script fits this release";
    let generation = at.script.generation;
    let Some(version) = inventory.version.value() else {
        return bad(Verdict::Unknown, TITLE, "the release is not known", "Cure this, then look again.");
    };
    if !is_fit(generation, version) {
        return bad(
            Verdict::Blocking,
            TITLE,
            format!("generation {generation} reads job states by position, which fails with CloudStack {version}"),
            "Choose native mode: this script would stop the VMs and start none.",
        );
    }
    match generation {
        ScriptGeneration::G0 | ScriptGeneration::G1 => bad(
            Verdict::Warning,
            TITLE,
            format!("generation {generation} reads job states by position; with CloudStack {version} that works"),
            "Native mode does not depend on it.",
        ),
        ScriptGeneration::G2 | ScriptGeneration::G3 => good(TITLE, format!("generation {generation} with {version}")),
    }
}

fn programs(at: &ScriptHost<'_>) -> Precheck {
    let title = format!("{} has the programs the script needs", at.host.name);
    let missing: Vec<&str> = at.seen.missing_programs.iter().map(String::as_str).collect();
    if missing.is_empty() {
        return good(title, "all were found");
    }
    bad(Verdict::Blocking, title, format!("missing: {}", missing.join(", ")), "Install them.")
}

fn database(settings: &CloudStackSettings, at: &ScriptHost<'_>) -> Precheck {
    let title = format!("The database can be used from {}", at.host.name);
    let ManagementHost { database, .. } = at.seen;
    match database {
        DatabaseAccess::Works { host, user } => good(title, format!("{user} can log in to the database on {host}")),
        DatabaseAccess::Encrypted => {
            let resolution = match settings.database_password {
                Some(_) => "A database password is configured, but it was not used: check the reference to it.",
                None => "Configure the database password of this environment, or choose native mode.",
            };
            bad(Verdict::Blocking, title, "the password in db.properties is encrypted: ENC(\u{2026})", resolution)
        }
        DatabaseAccess::Fails(reason) => {
            bad(Verdict::Blocking, title, reason.clone(), "Cure this on the host, or choose native mode.")
        }
    }
}
