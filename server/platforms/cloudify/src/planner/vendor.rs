//! The vendor's commands beside each step, in the words of the `cfy` of that release (dossier 1.2), and what is done
//! instead where they cannot be relied on.

use model::cloudify::{Family, ManagerVersion};
use model::id::SnapshotId;
use model::plan::DeploymentRef;

pub(crate) const WATCH: &str = "\u{201c}You will be able to see if this has happened using cfy executions list \
    --all-tenants to check for heal workflows run during that time.\u{201d} That list stops at 1000 rows, oldest first; \
    Drydock asks both managers for the newest, each by its own clock.";
pub(crate) const NOBODY: &str = "\u{201c}Ensure that during the upgrade process no other users are connecting to any \
    manager services (e.g. to the web UI or the composer).\u{201d}";
pub(crate) const SHUT_DOWN: &str = "\u{201c}Shut down the old manager. It may now be deleted. If you intend to keep the \
    old manager for any purposes and you use auto heal policies then the old manager MUST be disconnected entirely from \
    any networks it would use to conduct healing workflows.\u{201d}";
pub(crate) const SECURITY: &str = "\u{201c}ensure that you copy the rest security configuration. By default this is in \
    /opt/manager/rest-security.conf. If you do not do this then you will need to reset the password of every user after \
    the snapshot is restored.\u{201d} Support puts it back.";
pub(crate) const STOP_HEALING: &str = "\u{201c}support can assist you in disabling riemann on the old manager during \
    the upgrade process\u{201d}.";
pub(crate) const SETTLED: &str = "\u{201c}the manager rest service will restart a few seconds after the workflow \
    finishes. You should wait at least 10 seconds after the workflow completes in this case.\u{201d} Then good answers \
    in a row are wanted besides.";
pub(crate) const REBOOT: &str = "\u{201c}The manager will reboot once the restore process is complete.\u{201d}";
pub(crate) const RESET: &str = "\u{201c}Alternatively, you may reset the passwords of all old users to make them work \
    again\u{201d}: cfy users set-password USER -p \u{2026}. Drydock makes the passwords and seals them: none is on a command \
    line.";
pub(crate) const NOT_IN_TEXT: &str = "Not in the vendor's text.";

fn before(family: Family) -> bool {
    family == Family::V3
}

pub(crate) fn create(manager: &ManagerVersion, snapshot: &SnapshotId) -> String {
    let flag = if before(manager.family()) { "-s " } else { "" };
    format!(
        "cfy snapshots create {flag}{snapshot}. It only says that it has begun; Drydock looks at the execution and at the \
         snapshot, because up to 5.0.5 a failed one ends as terminated."
    )
}

pub(crate) fn download(manager: &ManagerVersion, snapshot: &SnapshotId) -> String {
    let flag = if before(manager.family()) { "-s " } else { "" };
    format!(
        "cfy snapshots download {flag}{snapshot}. The cfy of 4.2 also succeeds with half of a file; Drydock counts the \
         bytes, reads every part of the zip, and keeps its SHA-256."
    )
}

pub(crate) fn upload(snapshot: &SnapshotId) -> String {
    format!(
        "cfy snapshots upload -s {snapshot} upgrade_snapshot.zip. The manager takes any bytes; Drydock reads them back."
    )
}

pub(crate) fn restore(snapshot: &SnapshotId, certificates: bool, force: bool) -> String {
    let certificates = if certificates { " --restore-certificates" } else { "" };
    let force = if force { " --force" } else { "" };
    format!("cfy snapshots restore {snapshot}{certificates}{force}. It only says that it has begun.")
}

pub(crate) fn agents(deployment: &DeploymentRef) -> String {
    format!(
        "cfy agents install --all-tenants. That stops at the first tenant that fails, skips deployments without a word, \
         and succeeds when every start was refused; Drydock asks deployment by deployment, as cfy agents install {} -t {} \
         would.",
        deployment.id, deployment.tenant
    )
}

pub(crate) fn validate(manager: &ManagerVersion) -> String {
    let own =
        if manager.is_at_least(4, 4, 0) { " cfy agents validate is for deployments made on 4.4 or later." } else { "" };
    format!("{NOT_IN_TEXT} The workflow of the next stage, told to install nothing.{own}")
}

pub(crate) fn maintenance(active: bool) -> String {
    format!("cfy maintenance-mode {}", if active { "activate" } else { "deactivate" })
}

/// Dossier 1.5.
pub(crate) fn teardown(old: &ManagerVersion) -> String {
    let how = match old.family() {
        Family::V3 | Family::V4_0 => {
            "curl -o ~/cfy_teardown_4_0_0.sh https://raw.githubusercontent.com/cloudify-cosmo/cloudify-dev/master/scripts/\
             cfy_teardown_4_0_0.sh; sudo bash cfy_teardown_4_0_0.sh -f, on the manager"
        }
        Family::V4_1 => TEARDOWN_BY_CLI,
        Family::V4_2 if !old.is_at_least(4, 3, 0) => TEARDOWN_BY_CLI,
        Family::V4_2 | Family::V4_5 | Family::V6 => {
            "sudo cfy_manager remove -f; sudo yum remove cloudify-manager-install, on the manager"
        }
    };
    format!(
        "\u{201c}Tear down the old manager- consult the documentation for the old version\u{201d}: {how}. Afterwards \
         remove ~/.cloudify/profiles/<its address> on the CLI host."
    )
}

const TEARDOWN_BY_CLI: &str = "cfy teardown -f --ignore-deployments, on the CLI host that bootstrapped it (it leaves what \
    is deployed alone)";

pub(crate) fn install(new: &ManagerVersion) -> String {
    let how = if new.is_at_least(4, 3, 0) {
        "cfy_manager install"
    } else {
        "cfy bootstrap with the simple manager blueprint"
    };
    format!(
        "\u{201c}bootstrapping over the top\u{201d}: {how} for {new}, with the same address, the same user and password of \
         RabbitMQ, and an admin as in the settings of this environment."
    )
}
