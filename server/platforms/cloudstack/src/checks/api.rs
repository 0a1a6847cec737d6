//! Questions about the API itself.

use std::collections::BTreeSet;

use model::cloudstack::{ManagementServer, same_version};
use model::observed::Observed;
use model::precheck::{Precheck, Verdict, about, bad, good};
use model::procedure::RestartMode;
use model::time::span_words;

use crate::api::skew_words;
use crate::rights::{ONLY_FOR_THE_SCRIPT, lists_management_servers};

pub(crate) fn version(version: &Observed<String>) -> Precheck {
    const TITLE: &str = "The API answers";
    about(TITLE, version, |version| good(TITLE, format!("CloudStack {version} answers signed requests")))
}

pub(crate) fn clocks(skew: &Observed<i64>, limit: u32) -> Precheck {
    const TITLE: &str = "The server's clock agrees with Drydock's";
    about(TITLE, skew, |skew| {
        if skew.abs() <= i64::from(limit).saturating_mul(1000) {
            good(TITLE, format!("{} apart", span_words(skew.abs())))
        } else {
            bad(
                Verdict::Blocking,
                TITLE,
                format!("{}, {limit} s are allowed", skew_words(*skew)),
                "Set both clocks by NTP. Requests carry an expiry, and times in reports would not fit together.",
            )
        }
    })
}

/// Without a mode, everything that could be needed.
pub(crate) fn rights(missing: &Observed<BTreeSet<String>>, mode: Option<RestartMode>) -> Precheck {
    const TITLE: &str = "The key may use every command that is needed";
    about(TITLE, missing, |missing| {
        let not_needed = |command: &&String| mode == Some(RestartMode::Native) && *command == ONLY_FOR_THE_SCRIPT;
        let missing: Vec<&str> = missing.iter().filter(|command| !not_needed(command)).map(String::as_str).collect();
        if missing.is_empty() {
            return good(TITLE, "listApis names all of them");
        }
        bad(
            Verdict::Blocking,
            TITLE,
            format!("missing: {}", missing.join(", ")),
            "Use the keys of a root admin, or add these commands to the role of the key.",
        )
    })
}

pub(crate) fn management_servers(servers: &Observed<Vec<ManagementServer>>, version: &Observed<String>) -> Precheck {
    const TITLE: &str = "All management servers are Up and run one version";
    if servers.value().is_none() && version.value().is_some_and(|version| !lists_management_servers(version)) {
        return bad(
            Verdict::Warning,
            TITLE,
            format!("{}: {}", servers.source, servers.reason().unwrap_or_default()),
            "This release may not list its management servers. Look at each of them yourself.",
        );
    }
    about(TITLE, servers, |servers| {
        let line = |server: &ManagementServer| format!("{} is {} with {}", server.name, server.state, server.version);
        let all: Vec<String> = servers.iter().map(line).collect();
        let wanted = version.value().or_else(|| servers.first().map(|server| &server.version));
        let one_version =
            servers.iter().all(|server| wanted.is_some_and(|wanted| same_version(&server.version, wanted)));
        let all_up = servers.iter().all(|server| server.state == "Up");
        let resolution = match (servers.is_empty(), one_version, all_up) {
            (true, _, _) => "No management server is listed although one answers: look at the table mshost.",
            (false, true, true) => return good(TITLE, all.join("; ")),
            (false, false, _) => "Finish the upgrade on every management server first.",
            (false, true, false) => {
                "Start those that are down, cancel a maintenance or shutdown that was begun: a server that is about to \
                 shut down takes no jobs."
            }
        };
        bad(Verdict::Blocking, TITLE, all.join("; "), resolution)
    })
}
