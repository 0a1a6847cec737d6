//! What the vendor's text says at each place, and what is done instead where it cannot be done literally (dossier 5.1).

use model::open_vstorage::{Duty, Manager};

use super::arakoon::MODEL;
use super::view::Place;

pub(crate) const STOP_VMS: &str = "\u{201c}Stop all virtual machines using any volumes\u{201d}.";
pub(crate) const INSTALL_ALBA: &str = "\u{201c}On all nodes, install the new alba package through apt or yum.\u{201d} \
    Drydock names the exact versions, lets nothing ask, and refuses when a package would be removed.";
pub(crate) const INSTALL_DRIVER: &str = "\u{201c}On all nodes, install new Volume Driver packages through apt or \
    yum.\u{201d} With exact versions, as for ALBA.";
pub(crate) const INSTALL_FRAMEWORK: &str = "\u{201c}Upgrade the packages through apt or yum.\u{201d} In one \
    transaction on each node, because they depend on each other's exact version.";
pub(crate) const GATE: &str = "\u{201c}unless you manually touch /etc/ready_for_upgrade it will refuse to \
    install\u{201d}. Drydock also shows the update as under way, so that nobody starts another one from the GUI, and \
    removes both files whatever happens.";
pub(crate) const CLOSE_GATE: &str =
    "The text leaves /etc/ready_for_upgrade where it is; then any later apt-get upgrade would slip through the gate.";
pub(crate) const MEMBERS: &str = "\u{201c}If < 3: Stop them all, and start them all up again. If >= 3: Restart them \
    one by one, waiting a minute in between\u{201d}. The members of each cluster are counted, not the masters; and \
    besides the minute a master and all members up are wanted.";
pub(crate) const MIGRATE_EXTENSIONS: &str = "\u{201c}On all nodes: from ovs.extensions.migration.migrator import \
    Migrator; Migrator.migrate()\u{201d}. Without the addresses of masters and other nodes one migration of 2.6.1 is \
    skipped for ever, so they are handed over where the release takes them.";
pub(crate) const MIGRATE_MODEL: &str = "\u{201c}On 1 node: from ovs.dal.helpers import Migration}} \
    Migration.migrate()\u{201d}. The braces are a slip of the text.";
pub(crate) const RESTART_MEMCACHED: &str = "\u{201c}Restart memcache on all master nodes\u{201d}. Stopped on all of \
    them, then started, so that each half can be proven.";
pub(crate) const PATCH_AGAIN: &str = "\u{201c}Do not forget to patch files you manually patched after the \
    installation as they might have been overwritten by the package update.\u{201d}";
pub(crate) const BUTTON_FRAMEWORK: &str = "\u{201c}Click the Update Framework button to update the Open vStorage \
    Framework.\u{201d} Drydock starts the same updater by its command, on the one node on which the GUI would start \
    it.";
pub(crate) const BUTTON_DRIVER: &str = "\u{201c}Click the Update Storage Driver button to update the Volume Driver \
    and Open vStorage Backend.\u{201d} Drydock starts the same updater by its command, on the one node on which the \
    GUI would start it.";
pub(crate) const NOT_IN_TEXT: &str = "Not in the vendor's text.";

pub(crate) fn stop(place: &Place<'_>) -> Option<String> {
    let unit = place.unit.as_str();
    let words = match (&place.service.duty, place.service.manager) {
        (Duty::WatcherFramework, _) => quoted("stop ovs-watcher-framework"),
        (Duty::Memcached, Manager::Sysv) => {
            format!("{} upstart does not know it here: service memcached stop.", quoted("stop memcached"))
        }
        (Duty::Memcached, _) => quoted("stop memcached"),
        (Duty::Arakoon { cluster }, _) if cluster == MODEL => {
            format!("{} The unit is called {unit}.", quoted("stop arakoon-ovsdb"))
        }
        (Duty::Arakoon { .. }, _) => MEMBERS.to_owned(),
        (Duty::Volumedriver { .. }, _) => quoted("stop ovs-volumedriver_vpoolname"),
        (Duty::Dtl { .. }, _) => quoted("stop ovs-dtl_vpoolname"),
        (Duty::Proxy { .. }, _) => format!(
            "{} It may have stopped with its volume driver; that is as good.",
            quoted("stop ovs-albaproxy_vpoolname")
        ),
        (Duty::Asd { .. }, _) => format!("{} Units take no wildcards: one by one.", quoted("stop alba-asd-*")),
        (Duty::Maintenance { .. }, _) => format!(
            "{} Before the disks and not after them, so that nothing is repaired that is only stopped.",
            quoted("stop ovs-alba-maintenance*")
        ),
        (Duty::Rebalancer { .. }, _) => quoted("stop ovs-alba-rebalancer*"),
        (Duty::WatcherVolumedriver, _) => {
            format!("{NOT_IN_TEXT} It would start the volume drivers again in the middle of the installation.")
        }
        (Duty::FollowsWatcher | Duty::WatcherConfig | Duty::AsdManager | Duty::SupportAgent | Duty::Other, _) => {
            return None;
        }
    };
    Some(words)
}

pub(crate) fn start(place: &Place<'_>) -> Option<String> {
    let words = match &place.service.duty {
        Duty::WatcherFramework => format!(
            "{} Drydock does not wait in the command, which would hang when a master's service is missing; it looks at \
             the unit and at all that start with it.",
            quoted("start ovs-watcher-framework")
        ),
        Duty::Memcached => "\u{201c}Start arakoon-ovsdb, memcached on the master nodes\u{201d}.".to_owned(),
        Duty::Arakoon { cluster } if cluster == MODEL => {
            "\u{201c}Start arakoon-ovsdb, memcached on the master nodes\u{201d}.".to_owned()
        }
        Duty::Arakoon { .. } => MEMBERS.to_owned(),
        Duty::Asd { .. } => {
            "\u{201c}On all nodes, restart each ASD\u{201d}. A stopped unit cannot be restarted: it is started."
                .to_owned()
        }
        Duty::Proxy { .. } => {
            "\u{201c}restart all proxies by sending a kill signal\u{201d}. They are stopped already; and under \
                               systemd a killed proxy would stay down."
                .to_owned()
        }
        Duty::Volumedriver { .. } => {
            "\u{201c}for each running vPool execute restart ovs-volumedriver_vpoolname\u{201d}. A \
                                      stopped unit cannot be restarted: it is started."
                .to_owned()
        }
        Duty::Maintenance { .. } | Duty::Rebalancer { .. } => {
            "\u{201c}On all nodes, restart the maintenance and rebalancer processes\u{201d}.".to_owned()
        }
        Duty::Dtl { .. } | Duty::WatcherVolumedriver | Duty::SupportAgent => NOT_IN_TEXT.to_owned(),
        Duty::FollowsWatcher | Duty::WatcherConfig | Duty::AsdManager | Duty::Other => return None,
    };
    Some(words)
}

fn quoted(text: &str) -> String {
    format!("\u{201c}{text}\u{201d}.")
}
