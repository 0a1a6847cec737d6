//! A manager's machine: room, people, certificates, files, services.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::cloudify::{Certificate, Machine};
use model::observed::Observed;
use model::time::span_words;

use crate::components::{Badge, observed, source_of};
use crate::look::Look;
use crate::summary::cloudify::counted;

/// What was seen over SSH.
pub fn section(machine: &Observed<Machine>) -> AnyView {
    let shown = observed(machine, known);
    view! { <div class="stack-tight"><h3>"Its machine"</h3> {shown} {source_of(machine)}</div> }.into_any()
}

/// Free room by directory.
pub fn room(free: &BTreeMap<String, u64>) -> String {
    let one = |(path, bytes): (&String, &u64)| format!("{path} {} MB free", bytes / (1024 * 1024));
    free.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn known(machine: &Machine) -> AnyView {
    let skew = span_words(machine.clock_skew_ms.abs());
    let missing: Vec<&str> = machine.missing_programs.iter().map(String::as_str).collect();
    let missing = if missing.is_empty() { "none".to_owned() } else { missing.join(", ") };
    let files: Vec<_> = machine
        .files
        .iter()
        .map(|(path, file)| {
            view! { <li class="mono break-words">{format!("{path} {} {} {} bytes", file.mode, file.owner, file.bytes)}</li> }
        })
        .collect();
    let file_count = counted(files.len(), "file");
    let security = if machine.has_rest_security() { "there" } else { "not there" };
    view! {
        <dl class="facts">
            <dt>"Free room"</dt><dd>{room(&machine.free_bytes)}</dd>
            <dt>"Who is there"</dt><dd>{people(machine)}</dd>
            <dt>"Certificates"</dt><dd>{certificates(&machine.certificates)}</dd>
            <dt>"rest-security.conf"</dt><dd>{security}</dd>
            <dt>"Files that matter"</dt>
            <dd><details class="disclosure"><summary>{file_count}</summary> <ul class="stack-tight">{files}</ul></details></dd>
            <dt>"Services"</dt><dd>{services(machine)}</dd>
            <dt>"Programs missing"</dt><dd>{missing}</dd>
            <dt>"Boot id"</dt><dd class="mono break-words">{machine.boot_id.clone()}</dd>
            <dt>"Clock"</dt><dd>{format!("{} there, {skew} apart from ours", machine.local_time)}</dd>
        </dl>
    }
    .into_any()
}

fn people(machine: &Machine) -> AnyView {
    let sessions =
        machine.sessions.iter().map(|one| (Look::warning("Terminal"), format!("{} {}", one.user, one.detail)));
    let connections = machine.connections.iter().flatten().map(|one| {
        let look = if one.ours { Look::quiet("Ours") } else { Look::warning("Connected") };
        (look, format!("{} to port {}, {}", one.from, one.port, counted(one.count as usize, "connection")))
    });
    let rows: Vec<_> = sessions
        .chain(connections)
        .map(|(look, words)| view! { <li class="cluster"><Badge look/> {words}</li> })
        .collect();
    let unseen = machine.connections.is_none().then(|| {
        view! { <li class="cluster"><Badge look=Look::unknown("Unknown")/> "who is connected: ss is not there"</li> }
    });
    if rows.is_empty() && unseen.is_none() {
        return "nobody".into_any();
    }
    view! { <ul class="stack-tight">{rows} {unseen}</ul> }.into_any()
}

fn certificates(all: &[Certificate]) -> AnyView {
    if all.is_empty() {
        return "none were found".into_any();
    }
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            let (look, words) = match &one.expires {
                Ok(until) if one.expired => (Look::failed("Expired"), format!("since {until}")),
                Ok(until) => (Look::ok("Valid"), format!("until {until}")),
                Err(reason) => (Look::unknown("Unknown"), reason.clone()),
            };
            view! { <li class="cluster"><Badge look/> <span class="mono break-words">{one.path.clone()}</span> <span class="hint">{words}</span></li> }
        })
        .collect();
    view! { <ul class="stack-tight">{rows}</ul> }.into_any()
}

fn services(machine: &Machine) -> AnyView {
    let down = machine.services.values().filter(|state| *state != "active").count();
    let words = match down {
        0 => format!("{}, all active", counted(machine.services.len(), "service")),
        _ => format!("{}, {down} not active", counted(machine.services.len(), "service")),
    };
    let rows: Vec<_> = machine
        .services
        .iter()
        .map(|(unit, state)| {
            let look = match state.as_str() {
                "active" => Look::ok("active"),
                "failed" => Look::failed("failed"),
                "inactive" => Look::quiet("inactive"),
                other => Look::unknown(other),
            };
            view! { <li class="cluster"><Badge look/> <span class="mono">{unit.to_string()}</span></li> }
        })
        .collect();
    view! { <details class="disclosure"><summary>{words}</summary> <ul class="stack-tight">{rows}</ul></details> }
        .into_any()
}
