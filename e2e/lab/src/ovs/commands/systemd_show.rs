//! What `systemctl` shows, and `journalctl`.

use super::Reply;
use crate::ovs::cluster::{Cluster, NodeWorld};
use crate::ovs::node::unit_files;
use crate::ovs::unit::{Duty, Unit, UnitPhase};
use crate::stand_in::systemctl::{Options, fits_any};

/// State words: active, sub, and whether it is loaded by itself.
fn words(unit: &Unit) -> (&'static str, &'static str) {
    match unit.phase {
        UnitPhase::Stopped => ("inactive", "dead"),
        UnitPhase::Starting => ("activating", "start-pre"),
        UnitPhase::Running => ("active", "running"),
        UnitPhase::Stopping => ("deactivating", "stop-sigterm"),
        UnitPhase::Failed => ("failed", "failed"),
    }
}

pub(super) fn active_word(cluster: &Cluster, node: usize, name: &str) -> &'static str {
    cluster.world().nodes[node].units.get(name).map_or("inactive", |unit| words(unit).0)
}

/// Units that do something and fit.
pub(super) fn active(cluster: &Cluster, node: usize, pattern: &str) -> Vec<String> {
    let world = cluster.world();
    let units = world.nodes[node].units.iter();
    units
        .filter(|(name, unit)| unit.phase != UnitPhase::Stopped && fits_any(&[pattern], name))
        .map(|(name, _)| name.clone())
        .collect()
}

pub(super) fn list_units(cluster: &Cluster, node: usize, options: &Options, patterns: &[&str]) -> Reply {
    let world = cluster.world();
    let world = &world.nodes[node];
    if !options.types.is_empty() && !options.types.iter().any(|wanted| wanted == "service") {
        return Reply::silent();
    }
    let mut lines = Vec::new();
    for (name, unit) in world.units.iter().filter(|(name, _)| fits_any(patterns, name)) {
        let (active, sub) = words(unit);
        let wanted = match options.states.as_slice() {
            [] => options.all || unit.phase != UnitPhase::Stopped,
            states => states.iter().any(|state| state == active || state == sub || state == "loaded"),
        };
        if wanted {
            lines.push(format!("{name}.service loaded {active} {sub} {name}"));
        }
    }
    if options.all && options.states.is_empty() {
        let foreign = world.foreign_units.iter().filter(|name| fits_any(patterns, name));
        lines.extend(foreign.map(|name| format!("{name}.service loaded inactive dead {name}")));
    }
    if !options.no_legend {
        lines.insert(0, "UNIT LOAD ACTIVE SUB DESCRIPTION".to_owned());
        let count = lines.len() - 1;
        lines.push(String::new());
        lines.push(format!("{count} loaded units listed."));
    }
    Reply::says(lines.join("\n"))
}

pub(super) fn list_unit_files(cluster: &Cluster, node: usize, options: &Options, patterns: &[&str]) -> Reply {
    let world = cluster.world();
    let world = &world.nodes[node];
    let enabled = |enabled: bool| if enabled { "enabled" } else { "disabled" };
    let units = world.units.iter().map(|(name, unit)| (name, enabled(unit.enabled)));
    let all = units.chain(world.foreign_units.iter().map(|name| (name, "disabled")));
    let mut lines: Vec<String> = all
        .filter(|(name, state)| {
            fits_any(patterns, name)
                && (options.states.is_empty() || options.states.iter().any(|wanted| wanted == state))
        })
        .map(|(name, state)| format!("{name}.service {state}"))
        .collect();
    if !options.no_legend {
        let count = lines.len();
        lines.insert(0, "UNIT FILE STATE".to_owned());
        lines.push(String::new());
        lines.push(format!("{count} unit files listed."));
    }
    Reply::says(lines.join("\n"))
}

pub(super) fn is_enabled(cluster: &Cluster, node: usize, name: &str) -> Reply {
    match cluster.world().nodes[node].units.get(name) {
        Some(unit) if unit.enabled => Reply::says("enabled"),
        Some(_) => Reply::says("disabled").with_code(1),
        None => Reply::fails(1, format!("Failed to get unit file state for {name}.service: No such file or directory")),
    }
}

pub(super) fn show(cluster: &Cluster, node: usize, name: &str, options: &Options) -> Reply {
    let generation = cluster.config().generation;
    let world = cluster.world();
    let all = properties(&world.nodes[node], name, generation);
    let wanted = all
        .iter()
        .filter(|(key, _)| options.properties.is_empty() || options.properties.iter().any(|asked| asked == key));
    let lines: Vec<String> =
        wanted.map(|(key, value)| if options.value_only { value.clone() } else { format!("{key}={value}") }).collect();
    Reply::says(lines.join("\n"))
}

fn properties(
    node: &NodeWorld,
    name: &str,
    generation: crate::ovs::config::OvsGeneration,
) -> Vec<(&'static str, String)> {
    let services =
        |names: Vec<String>| names.iter().map(|name| format!("{name}.service")).collect::<Vec<_>>().join(" ");
    let Some(unit) = node.units.get(name) else {
        return vec![
            ("Id", format!("{name}.service")),
            ("MainPID", "0".into()),
            ("LoadState", "not-found".into()),
            ("ActiveState", "inactive".into()),
            ("SubState", "dead".into()),
        ];
    };
    let (active, sub) = words(unit);
    let main = match unit.phase {
        UnitPhase::Running | UnitPhase::Stopping => unit.pid.unwrap_or_default(),
        _ => 0,
    };
    let mut found = vec![
        ("Type", "simple".to_owned()),
        ("Restart", if unit.duty.is_sysv() { "no" } else { "on-failure" }.to_owned()),
        ("NRestarts", unit.restarts.to_string()),
        ("MainPID", main.to_string()),
        ("ControlPID", if main == 0 { unit.pid.unwrap_or_default() } else { 0 }.to_string()),
        ("ExecMainPID", main.to_string()),
        ("ExecStart", command(&unit.command)),
    ];
    if let Duty::Volumedriver { vpool } = &unit.duty
        && unit_files::has_stop_hook(generation, unit)
    {
        found.push(("ExecStopPost", command(&unit_files::stop_hook(vpool))));
    }
    found.extend([
        ("Id", format!("{name}.service")),
        ("Names", format!("{name}.service")),
        ("Requires", services(unit_files::requires(generation, unit, &node.units))),
        ("WantedBy", unit_files::wanted_by(unit).to_owned()),
        ("RequiredBy", services(unit_files::required_by(generation, unit, &node.units))),
        ("Description", name.to_owned()),
        ("LoadState", "loaded".to_owned()),
        ("ActiveState", active.to_owned()),
        ("SubState", sub.to_owned()),
        ("FragmentPath", format!("/lib/systemd/system/{name}.service")),
        ("UnitFileState", if unit.enabled { "enabled" } else { "disabled" }.to_owned()),
    ]);
    found
}

fn command(line: &str) -> String {
    let path = line.split(' ').next().unwrap_or_default();
    format!(
        "{{ path={path} ; argv[]={line} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; \
         code=(null) ; status=0/0 }}"
    )
}

pub(super) fn status(cluster: &Cluster, node: usize, name: &str) -> Reply {
    let world = cluster.world();
    let Some(unit) = world.nodes[node].units.get(name) else {
        return Reply::fails(4, format!("Unit {name}.service could not be found."));
    };
    let (active, sub) = words(unit);
    let enabled = if unit.enabled { "enabled" } else { "disabled" };
    let mut text = format!(
        "* {name}.service - {name}\n   Loaded: loaded (/lib/systemd/system/{name}.service; {enabled})\n   \
         Active: {active} ({sub})"
    );
    if let Some(pid) = unit.pid {
        text.push_str(&format!("\n Main PID: {pid} ({})", unit.program()));
    }
    Reply::says(text).with_code(if active == "active" { 0 } else { 3 })
}

pub(super) fn cat(cluster: &Cluster, node: usize, name: &str) -> Reply {
    match cluster.node(node).read(&format!("/usr/lib/systemd/system/{name}.service")) {
        Ok(text) => Reply::says(format!("# /lib/systemd/system/{name}.service\n{text}")),
        Err(_) => Reply::fails(1, format!("No files found for {name}.service.")),
    }
}

pub(super) fn journalctl(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    let mut unit = None;
    let mut count = usize::MAX;
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-u" | "--unit" => unit = words.next(),
            "-n" | "--lines" => count = words.next().and_then(|number| number.parse().ok()).unwrap_or(10),
            "--since" | "-S" | "--until" | "-U" | "-o" | "--output" => {
                words.next();
            }
            option => {
                unit = option.strip_prefix("--unit=").or_else(|| option.strip_prefix("-u")).or(unit);
                let lines = option.strip_prefix("--lines=").or_else(|| option.strip_prefix("-n"));
                count = lines.and_then(|number| number.parse().ok()).unwrap_or(count);
            }
        }
    }
    let world = cluster.world();
    let name = unit.map(|unit| unit.strip_suffix(".service").unwrap_or(unit));
    let Some(unit) = name.and_then(|name| world.nodes[node].units.get(name)) else {
        return Reply::says("-- No entries --");
    };
    let skipped = unit.log.len().saturating_sub(count);
    Reply::says(unit.log[skipped..].join("\n"))
}
