//! What a unit is for, told by its name (dossier 4.2).

use std::collections::BTreeSet;

use model::open_vstorage::{Duty, UnitState};

/// `vpools` are those that have a volume driver on the node: only they tell `ovs-albaproxy_vpool_1`, the proxy of a
/// vPool of that name, from the second proxy of `vpool`.
pub(crate) fn duty(unit: &str, vpools: &BTreeSet<String>) -> Duty {
    match unit {
        "ovs-watcher-framework" => Duty::WatcherFramework,
        "ovs-workers" | "ovs-volumerouter-consumer" | "ovs-scheduled-tasks" | "ovs-webapp-api" => Duty::FollowsWatcher,
        "ovs-watcher-volumedriver" => Duty::WatcherVolumedriver,
        "ovs-watcher-config" => Duty::WatcherConfig,
        "memcached" => Duty::Memcached,
        "alba-asdmanager" | "asd-manager" | "asd-watcher" => Duty::AsdManager,
        "ovs-support-agent" => Duty::SupportAgent,
        _ => named_duty(unit, vpools),
    }
}

fn named_duty(unit: &str, vpools: &BTreeSet<String>) -> Duty {
    let after = |prefix: &str| unit.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map(str::to_owned);
    if let Some(cluster) = after("ovs-arakoon-") {
        return Duty::Arakoon { cluster };
    }
    if let Some(vpool) = after("ovs-volumedriver_") {
        return Duty::Volumedriver { vpool };
    }
    if let Some(vpool) = after("ovs-dtl_") {
        return Duty::Dtl { vpool };
    }
    if let Some(rest) = after("ovs-albaproxy_") {
        return Duty::Proxy { vpool: vpool_of_proxy(&rest, vpools) };
    }
    if let Some(id) = after("alba-asd-") {
        return Duty::Asd { id };
    }
    if let Some(backend) = after("ovs-alba-maintenance_") {
        return Duty::Maintenance { backend };
    }
    if let Some(rest) = after("alba-maintenance_") {
        let is_id = |tail: &str| tail.len() == 16 && tail.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let backend = rest.rsplit_once('-').filter(|(_, tail)| is_id(tail)).map_or(rest.as_str(), |(head, _)| head);
        return Duty::Maintenance { backend: backend.to_owned() };
    }
    after("ovs-alba-rebalancer_").map_or(Duty::Other, |backend| Duty::Rebalancer { backend })
}

fn vpool_of_proxy(rest: &str, vpools: &BTreeSet<String>) -> String {
    let is_number = |tail: &str| !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit());
    match rest.rsplit_once('_') {
        Some((head, tail)) if is_number(tail) && !vpools.contains(rest) => head.to_owned(),
        _ => rest.to_owned(),
    }
}

/// The backend of an arakoon cluster named `<backend>-abm` or `<backend>-nsm_<n>` (dossier 4.5).
pub(crate) fn backend_of(cluster: &str) -> Option<String> {
    let (backend, kind) = cluster.rsplit_once('-')?;
    let is_nsm = |kind: &str| {
        kind.strip_prefix("nsm_").is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    (!backend.is_empty() && (kind == "abm" || is_nsm(kind))).then(|| backend.to_owned())
}

/// In the words of upstart and of systemd (dossier 4.1).
pub(crate) fn state(words: &str) -> UnitState {
    match words.trim() {
        "start/running" | "active" => UnitState::Running,
        "stop/waiting" | "inactive" => UnitState::Stopped,
        "activating" => UnitState::Starting,
        "failed" => UnitState::Failed,
        word if word.starts_with("start/") => UnitState::Starting,
        word => UnitState::Other(word.chars().take(120).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(unit: &str) -> Duty {
        duty(unit, &BTreeSet::from(["vpool1".to_owned(), "pool_7".to_owned()]))
    }

    #[test]
    fn names_tell_what_a_unit_is_for() {
        let vpool = || "vpool1".to_owned();
        assert_eq!(of("ovs-volumedriver_vpool1"), Duty::Volumedriver { vpool: vpool() });
        assert_eq!(of("ovs-albaproxy_vpool1"), Duty::Proxy { vpool: vpool() });
        assert_eq!(of("ovs-albaproxy_vpool1_12"), Duty::Proxy { vpool: vpool() });
        assert_eq!(of("ovs-albaproxy_pool_7"), Duty::Proxy { vpool: "pool_7".into() });
        assert_eq!(of("ovs-arakoon-nvme-nsm_0"), Duty::Arakoon { cluster: "nvme-nsm_0".into() });
        assert_eq!(of("alba-asdmanager"), Duty::AsdManager);
        assert_eq!(of("alba-asd-0pXvK2mC"), Duty::Asd { id: "0pXvK2mC".into() });
        let maintenance = Duty::Maintenance { backend: "my-backend".into() };
        assert_eq!(of("ovs-alba-maintenance_my-backend"), maintenance);
        assert_eq!(of("alba-maintenance_my-backend-uqVCFfZ0nmUgoVRl"), maintenance);
        assert_eq!(of("ovs-snmp"), Duty::Other);
    }

    #[test]
    fn the_backend_keeps_all_its_letters() {
        // OVS itself cuts leading letters off (dossier 3.5).
        assert_eq!(backend_of("nvme-abm"), Some("nvme".into()));
        assert_eq!(backend_of("a-b-nsm_12"), Some("a-b".into()));
        assert_eq!(backend_of("ovsdb"), None);
        assert_eq!(backend_of("voldrv"), None);
    }

    #[test]
    fn the_words_of_both_init_systems_are_understood() {
        assert_eq!(state("start/running"), UnitState::Running);
        assert_eq!(state("start/pre-start"), UnitState::Starting);
        assert_eq!(state("inactive"), UnitState::Stopped);
        assert_eq!(state("status: Unknown job: x"), UnitState::Other("status: Unknown job: x".into()));
    }
}
