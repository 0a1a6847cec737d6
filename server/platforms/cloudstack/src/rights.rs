//! Which API commands Drydock uses, so that a missing right is found before anything is started (dossier 3.3, 3.7).

use model::cloudstack::version_numbers;

const ALWAYS: [&str; 17] = [
    "listApis",
    "listAsyncJobs",
    "listCapabilities",
    "listConfigurations",
    "listEvents",
    "listHosts",
    "listRouters",
    "listSystemVms",
    "listTemplates",
    "listVolumes",
    "listZones",
    "queryAsyncJobResult",
    "rebootRouter",
    "startRouter",
    "startSystemVm",
    "stopSystemVm",
    ONLY_FOR_THE_SCRIPT,
];

/// Opens and closes the integration port; native mode does without.
pub(crate) const ONLY_FOR_THE_SCRIPT: &str = "updateConfiguration";

/// From this release on the management servers can be listed by every root admin.
const LISTS_SERVERS: [u32; 2] = [4, 17];

/// The commands that a server of this version must allow the key.
#[must_use]
pub fn required_commands(version: &str) -> Vec<&'static str> {
    let mut commands = ALWAYS.to_vec();
    if lists_management_servers(version) {
        commands.push("listManagementServers");
    }
    commands
}

pub(crate) fn lists_management_servers(version: &str) -> bool {
    version_numbers(version).as_slice() >= LISTS_SERVERS.as_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_not_asked_for_what_it_cannot_have() {
        assert!(!required_commands("4.15.2.0").contains(&"listManagementServers"));
        assert!(required_commands("4.20.1.0").contains(&"listManagementServers"));
        assert!(required_commands("24.0.0").contains(&"listManagementServers"));
    }
}
