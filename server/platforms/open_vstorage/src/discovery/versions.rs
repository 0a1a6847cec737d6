//! What a service wrote down about its program when it was started (dossier 3.1).

use std::collections::BTreeMap;

use model::id::PackageName;
use model::open_vstorage::{Duty, plain_version};

/// Package and version, and whether the file itself says that a restart is needed. Generation A writes the version
/// alone, the later ones `package=version;package=version`.
pub(super) fn run_file(text: &str, duty: &Duty) -> (BTreeMap<PackageName, String>, bool) {
    let mut running = BTreeMap::new();
    let mut restart_needed = false;
    for part in text.split([';', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        let (package, version) = match part.split_once('=') {
            Some((package, version)) => (package, version),
            None => match program(duty) {
                Some(package) => (package, part),
                None => continue,
            },
        };
        let version = match version.strip_suffix("-reboot") {
            Some(version) => {
                restart_needed = true;
                version
            }
            None => version,
        };
        if let Ok(package) = PackageName::new(package) {
            running.insert(package, plain_version(version).to_owned());
        }
    }
    (running, restart_needed)
}

/// The package whose version stands alone in the file.
const fn program(duty: &Duty) -> Option<&'static str> {
    match duty {
        Duty::Arakoon { .. } => Some("arakoon"),
        Duty::Volumedriver { .. } | Duty::Dtl { .. } => Some("volumedriver-server"),
        Duty::Proxy { .. } | Duty::Asd { .. } | Duty::Maintenance { .. } | Duty::Rebalancer { .. } => Some("alba"),
        Duty::WatcherFramework
        | Duty::FollowsWatcher
        | Duty::WatcherVolumedriver
        | Duty::WatcherConfig
        | Duty::Memcached
        | Duty::AsdManager
        | Duty::SupportAgent
        | Duty::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, duty: &Duty) -> (Vec<String>, bool) {
        let (running, restart) = run_file(text, duty);
        (running.into_iter().map(|(package, version)| format!("{package} {version}")).collect(), restart)
    }

    #[test]
    fn both_forms_of_run_files_are_read_and_written_alike() {
        let arakoon = Duty::Arakoon { cluster: "ovsdb".into() };
        let proxy = Duty::Proxy { vpool: "vpool1".into() };
        assert_eq!(read("1.8.12", &arakoon), (vec!["arakoon 1.8.12".into()], false));
        assert_eq!(
            read("arakoon=1.9.22;alba=1.5.22", &arakoon),
            (vec!["alba 1.5.22".into(), "arakoon 1.9.22".into()], false)
        );
        assert_eq!(read("alba=ee-1.5.22-reboot", &proxy), (vec!["alba 1.5.22".into()], true));
        assert_eq!(
            read("6.16.6-0", &Duty::Volumedriver { vpool: "v".into() }),
            (vec!["volumedriver-server 6.16.6".into()], false)
        );
        assert_eq!(read("", &proxy), (vec![], false));
    }
}
