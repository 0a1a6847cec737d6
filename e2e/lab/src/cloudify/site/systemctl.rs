//! `systemctl` on a manager's machine (6.5).

use std::sync::Arc;

use super::Site;
use crate::cloudify::shared::{Front, Shared};
use crate::cloudify::unit::{self, Unit};
use crate::stand_in::Reply;
use crate::stand_in::systemctl::{Options, fits_any, options};

impl Site {
    pub(super) async fn systemctl(self: &Arc<Self>, words: &[&str], is_root: bool) -> Reply {
        let (options, words) = match options(words) {
            Ok(found) => found,
            Err(reply) => return reply,
        };
        let shared = self.shared().await;
        let units: Vec<&'static Unit> = shared.iter().flat_map(|shared| unit::units(&shared.config)).collect();
        let (verb, names) = words.split_first().map_or(("list-units", &[][..]), |(verb, rest)| (*verb, rest));
        match verb {
            "list-units" => return list(shared.as_deref(), &units, &options, names),
            "reboot" => return self.soon(true, is_root),
            "poweroff" | "halt" => return self.soon(false, is_root),
            "daemon-reload" | "reset-failed" => return Reply::silent(),
            _ if names.is_empty() => return Reply::fails(1, "Too few arguments."),
            _ => {}
        }
        let mut reply = Reply::silent();
        for name in names {
            let name = name.strip_suffix(".service").unwrap_or(name);
            let fitting: Vec<&Unit> = units.iter().copied().filter(|unit| fits_any(&[name], unit.name)).collect();
            if fitting.is_empty() && !name.contains(['*', '?']) {
                reply = reply.and(unknown(verb, name));
            }
            for unit in fitting {
                let Some(shared) = &shared else { continue };
                reply = reply.and(one(shared, verb, unit, &options, is_root));
            }
        }
        if verb == "is-active" && reply.out.iter().any(|word| word == "active") {
            // One that is active is enough.
            reply = reply.with_code(0);
        }
        if options.quiet { Reply { out: Vec::new(), ..reply } } else { reply }
    }
}

fn unknown(verb: &str, name: &str) -> Reply {
    match verb {
        "is-active" => Reply::says("unknown").with_code(3),
        "is-enabled" => {
            Reply::fails(1, format!("Failed to get unit file state for {name}.service: No such file or directory"))
        }
        "show" => Reply::says("LoadState=not-found\nActiveState=inactive\nSubState=dead"),
        "cat" => Reply::fails(1, format!("No files found for {name}.service.")),
        "status" => Reply::fails(4, format!("Unit {name}.service could not be found.")),
        _ => Reply::fails(5, format!("Failed to {verb} {name}.service: Unit {name}.service not loaded.")),
    }
}

fn one(shared: &Arc<Shared>, verb: &str, unit: &Unit, options: &Options, is_root: bool) -> Reply {
    let name = unit.name;
    let (active, sub, code) = words(shared, unit);
    match verb {
        "start" | "stop" | "restart" | "try-restart" | "reload-or-restart" if !is_root => {
            Reply::fails(1, format!("Failed to {verb} {name}.service: Interactive authentication required."))
        }
        "start" if active == "active" => Reply::silent(),
        "try-restart" if active != "active" => Reply::silent(),
        "start" | "restart" | "try-restart" | "reload-or-restart" => {
            start(shared, unit);
            Reply::silent()
        }
        "stop" => {
            stop(shared, unit);
            Reply::silent()
        }
        "is-active" => Reply::says(active).with_code(code),
        "is-enabled" => Reply::says("enabled"),
        "cat" => {
            Reply::says(format!("# /usr/lib/systemd/system/{name}.service\n[Unit]\nDescription={}", unit.description))
        }
        "status" => {
            let text = format!(
                "* {name}.service - {}\n   Loaded: loaded (/usr/lib/systemd/system/{name}.service; enabled)\n   \
                 Active: {active} ({sub})",
                unit.description
            );
            Reply::says(text).with_code(code)
        }
        "show" => show(unit, active, sub, options),
        _ => Reply::fails(1, format!("Unknown operation {verb}.")),
    }
}

fn words(shared: &Shared, unit: &Unit) -> (&'static str, &'static str, u8) {
    if shared.state().stopped.contains(unit.name) { ("inactive", "dead", 3) } else { ("active", "running", 0) }
}

fn show(unit: &Unit, active: &str, sub: &str, options: &Options) -> Reply {
    let name = format!("{}.service", unit.name);
    let all = [
        ("Id", name.as_str()),
        ("LoadState", "loaded"),
        ("ActiveState", active),
        ("SubState", sub),
        ("UnitFileState", "enabled"),
        ("Description", unit.description),
    ];
    let wanted = all
        .iter()
        .filter(|(key, _)| options.properties.is_empty() || options.properties.iter().any(|asked| asked == key));
    let lines: Vec<String> = wanted
        .map(|(key, value)| if options.value_only { (*value).to_owned() } else { format!("{key}={value}") })
        .collect();
    Reply::says(lines.join("\n"))
}

fn list(shared: Option<&Shared>, units: &[&Unit], options: &Options, patterns: &[&str]) -> Reply {
    let mut lines = Vec::new();
    for unit in units.iter().filter(|unit| fits_any(patterns, unit.name)) {
        let (active, sub, _) = shared.map_or(("inactive", "dead", 3), |shared| words(shared, unit));
        let is_wanted = match options.states.as_slice() {
            [] => options.all || active == "active",
            states => states.iter().any(|state| state == active || state == sub || state == "loaded"),
        };
        if is_wanted {
            lines.push(format!("{}.service loaded {active} {sub} {}", unit.name, unit.description));
        }
    }
    if !options.no_legend {
        let count = lines.len();
        lines.insert(0, "UNIT LOAD ACTIVE SUB DESCRIPTION".to_owned());
        lines.extend([String::new(), format!("{count} loaded units listed.")]);
    }
    Reply::says(lines.join("\n"))
}

/// Starts a service, which is running as soon as its process exists. REST answers a while later.
fn start(shared: &Arc<Shared>, unit: &Unit) {
    shared.state().stopped.remove(unit.name);
    match unit.name {
        unit::REST => {
            let shared = Arc::clone(shared);
            // At once, so that nobody meets the REST of before.
            shared.state().front = Front::BadGateway;
            tokio::spawn(async move { shared.restart_rest().await });
        }
        unit::BROKER => shared.estate.open(&shared.config.name, shared.address),
        _ => {}
    }
}

fn stop(shared: &Shared, unit: &Unit) {
    shared.state().stopped.insert(unit.name);
    if unit.name == unit::BROKER {
        shared.estate.close(&shared.config.name);
    }
}
