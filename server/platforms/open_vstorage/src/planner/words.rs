//! What units and packages are for people.

use model::open_vstorage::Duty;
pub(crate) use model::words::{count, listed, shortened};

use super::arakoon::MODEL;

/// What a unit is, for example `the volume driver of vpool1`.
pub(crate) fn unit(duty: &Duty) -> String {
    match duty {
        Duty::WatcherFramework => "the framework".to_owned(),
        Duty::FollowsWatcher => "a part of the framework".to_owned(),
        Duty::WatcherVolumedriver => "the watcher of the volume drivers".to_owned(),
        Duty::WatcherConfig => "the watcher of the configuration".to_owned(),
        Duty::Memcached => "memcached".to_owned(),
        Duty::Arakoon { cluster } => format!("arakoon {cluster}"),
        Duty::Volumedriver { vpool } => format!("the volume driver of {vpool}"),
        Duty::Dtl { vpool } => format!("the write log (DTL) of {vpool}"),
        Duty::Proxy { vpool } => format!("the ALBA proxy of {vpool}"),
        Duty::Asd { id } => format!("disk {}", id.chars().take(8).collect::<String>()),
        Duty::AsdManager => "the ASD manager".to_owned(),
        Duty::Maintenance { backend } => format!("the maintenance of backend {backend}"),
        Duty::Rebalancer { backend } => format!("the rebalancer of backend {backend}"),
        Duty::SupportAgent => "the support agent".to_owned(),
        Duty::Other => "a service".to_owned(),
    }
}

/// What stops while a unit is down, and for whom; empty when nobody notices.
pub(crate) fn impact(duty: &Duty, host: &str) -> String {
    match duty {
        Duty::WatcherFramework => {
            format!("On {host} the API, the GUI and all scheduled work of Open vStorage stop. Volumes go on.")
        }
        Duty::Memcached => format!("The framework's cache on {host} is away; only the framework uses it."),
        Duty::Arakoon { cluster } if cluster == MODEL => {
            "The model of Open vStorage cannot be read or written until a majority is up again. Volumes go on."
                .to_owned()
        }
        Duty::Volumedriver { vpool } => format!("vPool {vpool}: all vDisks offline on {host}."),
        Duty::Dtl { vpool } => format!("vPool {vpool}: no second copy of what is being written is kept on {host}."),
        Duty::Proxy { vpool } => format!("vPool {vpool}: {host} cannot reach its backend."),
        Duty::Asd { .. } => format!("A disk of {host} is away from its backend."),
        Duty::Maintenance { backend } => format!("Backend {backend}: nothing is repaired or cleaned up from {host}."),
        Duty::Rebalancer { backend } => format!("Backend {backend}: nothing is rebalanced from {host}."),
        Duty::Arakoon { cluster } => format!("{cluster}: one member is away for a moment."),
        Duty::WatcherVolumedriver
        | Duty::WatcherConfig
        | Duty::FollowsWatcher
        | Duty::AsdManager
        | Duty::SupportAgent
        | Duty::Other => String::new(),
    }
}
