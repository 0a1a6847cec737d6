//! Whether the server has ever accepted a command: a job that has failed is gone from `listAsyncJobs` (dossier 3.5), but
//! each accepted command leaves an event when it is queued, whatever becomes of it.
//!
//! The answer is used against starting twice only, so it errs on that side: an event that cannot be told apart counts.

use model::cloudstack::VmKind;
use model::plan::CloudStackCommand;
use model::time::Timestamp;
use serde_json::Value;

use crate::Trace;
use crate::client::Inner;
use crate::reply::{items, moment, text};

/// Events are listed newest first; more than this many of one type within one request's life are not looked through.
const LOOKED_AT: usize = 100;

/// Milliseconds by which an event may be older than the request: clocks differ, and events carry whole seconds.
const SLACK: i64 = 5_000;

pub(crate) async fn trace(inner: &Inner, command: &CloudStackCommand, since: Timestamp) -> Trace {
    let Some((kind, vm)) = event_type(command) else {
        return Trace::Unknown { reason: format!("{} leaves no event to look for", command.name()) };
    };
    let size = LOOKED_AT.to_string();
    let parameters = [("type", kind), ("listall", "true"), ("page", "1"), ("pagesize", size.as_str())];
    match inner.api.ask("listEvents", &parameters).await {
        Ok(inside) => read(items(&inside), kind, vm, Timestamp(since.0 + inner.api.skew().unwrap_or(0) - SLACK)),
        Err(error) => Trace::Unknown { reason: error.to_string() },
    }
}

/// What the events say; `since` is on the server's clock.
fn read(rows: &[Value], kind: &str, vm: &str, since: Timestamp) -> Trace {
    let mut oldest = None;
    for row in rows {
        let Some(at) = text(row, "created").as_deref().and_then(moment) else {
            return Trace::Unknown { reason: format!("an event {kind} has no time that can be read") };
        };
        oldest = Some(at);
        if at >= since && may_be_of(row, vm) {
            let words = text(row, "description").unwrap_or_default();
            return Trace::Found { words: format!("{kind} at {at}: {words}") };
        }
    }
    if rows.len() >= LOOKED_AT && oldest.is_some_and(|at| at >= since) {
        return Trace::Unknown { reason: format!("there are more than {LOOKED_AT} events {kind} since then") };
    }
    Trace::None { evidence: format!("no event {kind} tells of it") }
}

/// Newer releases name the resource; in older ones the description ends with the id, as a UUID or as a number that says
/// nothing to us.
fn may_be_of(row: &Value, vm: &str) -> bool {
    if let Some(resource) = text(row, "resourceid") {
        return resource == vm;
    }
    let description = text(row, "description").unwrap_or_default();
    let names_another = description.split([' ', ':', ',', '(', ')']).any(|word| is_uuid(word) && word != vm);
    description.contains(vm) || !names_another
}

fn is_uuid(word: &str) -> bool {
    model::id::CloudId::new(word).is_ok()
}

/// The type of the event that an accepted command leaves, and the VM it is about.
fn event_type(command: &CloudStackCommand) -> Option<(&'static str, &str)> {
    match command {
        CloudStackCommand::RebootRouter(vm) => Some(("ROUTER.REBOOT", vm.id.as_str())),
        CloudStackCommand::StartRouter(vm) => Some(("ROUTER.START", vm.id.as_str())),
        CloudStackCommand::StopSystemVm(vm) => match vm.kind {
            VmKind::SecondaryStorage => Some(("SSVM.STOP", vm.id.as_str())),
            VmKind::ConsoleProxy => Some(("PROXY.STOP", vm.id.as_str())),
            VmKind::Router => None,
        },
        CloudStackCommand::StartSystemVm(vm) => match vm.kind {
            VmKind::SecondaryStorage => Some(("SSVM.START", vm.id.as_str())),
            VmKind::ConsoleProxy => Some(("PROXY.START", vm.id.as_str())),
            VmKind::Router => None,
        },
        CloudStackCommand::UpdateConfiguration { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const VM: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";
    const OTHER: &str = "2e7293a0-d168-46f3-bc29-262ddbf22475";

    fn since() -> Timestamp {
        moment("2026-11-21T12:00:00+0000").unwrap()
    }

    #[track_caller]
    fn check(row: Value, found: bool) {
        let trace = read(std::slice::from_ref(&row), "ROUTER.REBOOT", VM, since());
        assert_eq!(matches!(trace, Trace::Found { .. }), found, "{row}: {trace:?}");
    }

    #[test]
    fn an_event_about_this_vm_since_then_is_a_trace() {
        let late = "2026-11-21T12:00:03+0000";
        check(json!({"created": late, "description": format!("rebooting router: {VM}")}), true);
        check(json!({"created": late, "description": "rebooting router", "resourceid": VM}), true);
        check(json!({"created": late, "description": format!("rebooting router: {OTHER}")}), false);
        check(json!({"created": late, "description": "rebooting router", "resourceid": OTHER}), false);
        check(json!({"created": "2026-11-21T11:00:00+0000", "description": format!("rebooting router: {VM}")}), false);
    }

    #[test]
    fn an_event_that_cannot_be_told_apart_counts() {
        check(json!({"created": "2026-11-21T12:00:03+0000", "description": "rebooting router: 42"}), true);
    }

    #[test]
    fn a_time_that_cannot_be_read_is_no_proof() {
        let rows = [json!({"created": "yesterday", "description": ""})];
        assert!(matches!(read(&rows, "ROUTER.REBOOT", VM, since()), Trace::Unknown { .. }));
    }

    #[test]
    fn too_many_events_to_look_through_are_no_proof() {
        let row = json!({"created": "2026-11-21T12:00:03+0000", "description": format!("rebooting router: {OTHER}")});
        let rows = vec![row; LOOKED_AT];
        assert!(matches!(read(&rows, "ROUTER.REBOOT", VM, since()), Trace::Unknown { .. }));
    }
}
