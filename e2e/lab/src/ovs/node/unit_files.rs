//! Unit files, and what units have to do with each other.

use std::collections::BTreeMap;

use crate::ovs::config::{OvsGeneration, OvsInit};
use crate::ovs::unit::{Duty, Unit};

/// Where a unit's file lies (4.1); `None` for what upstart does not know.
pub(crate) fn path(init: OvsInit, name: &str, unit: &Unit) -> Option<String> {
    match init {
        OvsInit::Upstart if unit.duty.is_sysv() => None,
        OvsInit::Upstart => Some(format!("/etc/init/{name}.conf")),
        OvsInit::Systemd => Some(format!("/lib/systemd/system/{name}.service")),
    }
}

/// The proxies that a volume driver of this generation requires: stopping or restarting one of them does the
/// same to the volume driver (5.1, framework#1149).
pub(crate) fn requires(generation: OvsGeneration, unit: &Unit, all: &BTreeMap<String, Unit>) -> Vec<String> {
    match &unit.duty {
        Duty::Volumedriver { vpool } if generation == OvsGeneration::A => proxies(vpool, all),
        _ => Vec::new(),
    }
}

/// The units that require this one.
pub(crate) fn required_by(generation: OvsGeneration, unit: &Unit, all: &BTreeMap<String, Unit>) -> Vec<String> {
    match &unit.duty {
        Duty::Proxy { vpool } if generation == OvsGeneration::A => {
            let same = |other: &&String| matches!(&all[*other].duty, Duty::Volumedriver { vpool: of } if of == vpool);
            all.keys().filter(same).cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// The proxies of a vPool.
pub(crate) fn proxies(vpool: &str, all: &BTreeMap<String, Unit>) -> Vec<String> {
    let own = |unit: &Unit| matches!(&unit.duty, Duty::Proxy { vpool: of } if of == vpool);
    all.iter().filter(|(_, unit)| own(unit)).map(|(name, _)| name.clone()).collect()
}

/// Whether the end of this unit is followed by a script that kills every volume driver if the mount is busy
/// (5.3, 5).
pub(crate) fn has_stop_hook(generation: OvsGeneration, unit: &Unit) -> bool {
    matches!(unit.duty, Duty::Volumedriver { .. }) && generation == OvsGeneration::A
}

/// What that script is.
pub(crate) fn stop_hook(vpool: &str) -> String {
    format!(
        "/bin/sh -c 'n=0; while mount | grep -q /mnt/{vpool}; do n=$((n+1)); \
         [ $n -lt 100 ] || pkill -9 volumedriver_fs; sleep 1; done'"
    )
}

pub(crate) fn text(
    generation: OvsGeneration,
    init: OvsInit,
    name: &str,
    unit: &Unit,
    all: &BTreeMap<String, Unit>,
) -> String {
    match init {
        OvsInit::Upstart => upstart(name, unit),
        OvsInit::Systemd => systemd(generation, name, unit, all),
    }
}

fn upstart(name: &str, unit: &Unit) -> String {
    let (start, stop) = match &unit.duty {
        Duty::FollowsWatcher => {
            ("started ovs-watcher-framework".to_owned(), "stopping ovs-watcher-framework".to_owned())
        }
        Duty::Volumedriver { .. } | Duty::Dtl { .. } => {
            ("started ovs-watcher-volumedriver".to_owned(), "runlevel [016]".to_owned())
        }
        Duty::Proxy { vpool } => {
            (format!("starting ovs-volumedriver_{vpool}"), format!("stopped ovs-volumedriver_{vpool}"))
        }
        _ => ("runlevel [2345]".to_owned(), "runlevel [016]".to_owned()),
    };
    let before = match &unit.duty {
        duty if duty.is_watcher() => {
            "pre-start script\n    /opt/OpenvStorage/ovs/extensions/generic/wait.sh\nend script\n"
        }
        Duty::Volumedriver { .. } => "kill timeout 60\n",
        _ => "",
    };
    format!(
        "description \"{name}\"\n\nstart on {start}\nstop on {stop}\n\nrespawn\nrespawn limit 10 5\n{before}\n\
         exec {}\n",
        unit.command
    )
}

fn systemd(generation: OvsGeneration, name: &str, unit: &Unit, all: &BTreeMap<String, Unit>) -> String {
    let requires: String = requires(generation, unit, all)
        .iter()
        .map(|proxy| format!("Requires={proxy}.service\nAfter={proxy}.service\n"))
        .collect();
    let hook = match &unit.duty {
        Duty::Volumedriver { vpool } if has_stop_hook(generation, unit) => {
            format!("ExecStopPost={}\n", stop_hook(vpool))
        }
        _ => String::new(),
    };
    let bound = match &unit.duty {
        Duty::FollowsWatcher => "PartOf=ovs-watcher-framework.service\nAfter=ovs-watcher-framework.service\n",
        _ => "",
    };
    format!(
        "[Unit]\nDescription={name}\n{requires}{bound}\n[Service]\nType=simple\nExecStart={}\n{hook}\
         Restart=on-failure\n\n[Install]\nWantedBy={}\n",
        unit.command,
        wanted_by(unit)
    )
}

pub(crate) fn wanted_by(unit: &Unit) -> &'static str {
    match unit.duty {
        Duty::FollowsWatcher => "ovs-watcher-framework.service",
        Duty::Volumedriver { .. } | Duty::Dtl { .. } => "ovs-watcher-volumedriver.service",
        _ => "multi-user.target",
    }
}
