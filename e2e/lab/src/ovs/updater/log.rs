//! The updater's log (7.6).

use time::OffsetDateTime;
use time::macros::format_description;

use crate::ovs::cluster::Cluster;
use crate::ovs::config::OvsGeneration;

/// Appends a line to the log of the node on which the updater runs. `about` is the address of a node, or empty.
pub(super) fn write(cluster: &Cluster, node: usize, level: &str, about: &str, text: &str) {
    let name = &cluster.node(node).access.name;
    let now = OffsetDateTime::now_utc();
    let date = now.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]")).unwrap_or_default();
    let text = if about.is_empty() { text.to_owned() } else { format!("{about:<15}: {text}") };
    let micros = now.microsecond();
    let (file, line) = match cluster.config().generation {
        OvsGeneration::A => (
            "/var/log/ovs/lib.log",
            format!("{date} {micros} - [{name}] - [10809/140546189371200] - [lib/update] - [1] - [{level}] - [{text}]"),
        ),
        OvsGeneration::B | OvsGeneration::C => (
            "/var/log/ovs/update.log",
            format!("{date} {micros} +0000 - {name} - 10809/140546189371200 - lib/update - 1 - {level} - {text}"),
        ),
    };
    if let Err(error) = cluster.node(node).append(file, &format!("{line}\n")) {
        tracing::error!("{file} was not written: {error}");
    }
}
