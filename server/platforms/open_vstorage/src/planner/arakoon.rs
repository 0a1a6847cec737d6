//! Arakoon clusters, each by the number of its own members (dossier 3.5, 5.3 step 16).

use model::open_vstorage::{ArakoonCluster, Duty, OpenVstorageInventory};
use model::plan::{LeftOut, Probe, Stage, Step, Undo};
use model::procedure::Procedure;

use super::PlanError;
use super::scripts::{MASTER, RESTART_MEMBER, RUNNING};
use super::steps::{LOOK, Maker, id, in_order, look, observe, shell, stage, step, unit_args};
use super::vendor;
use super::view::{Place, View};

/// The cluster that holds the framework's data model.
pub(crate) const MODEL: &str = "ovsdb";

pub(crate) fn clusters(inventory: &OpenVstorageInventory) -> Result<&[ArakoonCluster], PlanError> {
    inventory.clusters.value().map(Vec::as_slice).ok_or_else(|| PlanError::NotSeen {
        what: "the arakoon clusters".to_owned(),
        reason: inventory.clusters.reason().unwrap_or_default().to_owned(),
    })
}

pub(crate) fn members<'i>(view: &View<'i>, cluster: &str) -> Vec<Place<'i>> {
    view.places(|duty| matches!(duty, Duty::Arakoon { cluster: of } if of == cluster))
}

impl Maker<'_> {
    /// One stage per cluster: its members one by one, or all down and all up.
    pub(crate) fn renew(&self, view: &View<'_>, cluster: &ArakoonCluster) -> Option<Stage> {
        let places: Vec<Place<'_>> = members(view, &cluster.name).into_iter().filter(Place::takes_part).collect();
        let name = &cluster.name;
        let size = super::words::count(cluster.members.len(), "member");
        if cluster.can_roll() {
            let first = self.has_master(&format!("verify/{name}/before"), &places, cluster)?;
            let mut groups = vec![vec![first]];
            groups.extend(places.iter().map(|place| vec![self.restart_member(place, &places, cluster)]));
            stage(format!("Renew arakoon {name}, one of its {size} after the other"), "members", in_order(groups))
        } else {
            let stop = places.iter().map(|place| self.stop(place)).collect();
            let start = places.iter().map(|place| self.start(place)).collect();
            let last = self.has_master(&format!("verify/{name}/after"), &places, cluster).into_iter().collect();
            let title = format!("Renew arakoon {name}: with {size} it is stopped as a whole");
            stage(title, "members", in_order(vec![stop, start, last]))
        }
    }

    fn restart_member(&self, place: &Place<'_>, places: &[Place<'_>], cluster: &ArakoonCluster) -> Step {
        let (host, unit) = (place.seat.host.as_str(), place.unit.as_str());
        let config = config_on(place, cluster);
        let args = [unit_args(place), vec![format!("pause={}", self.tuning.arakoon_pause), format!("config={config}")]]
            .concat();
        let own = look(&place.seat, RUNNING, [unit_args(place), self.new_args(place)].concat());
        let mut of = vec![own, look(&place.seat, MASTER, vec![cluster.name.clone(), config])];
        of.extend(
            places.iter().filter(|other| other.unit != place.unit || other.seat.host != place.seat.host).map(is_up),
        );
        Step {
            // Started anew once more it would do no harm: the script touches nothing while there is no master.
            deadline: self.tuning.service_deadline.saturating_add(self.tuning.arakoon_pause),
            attempts: 1,
            impact: format!("{}: one member is away for a moment; the others carry it.", cluster.name),
            hazard: Some(
                "A second member down at the same time would take the whole cluster, and its backend, down.".to_owned(),
            ),
            undo: Undo::NotNeeded,
            vendor: Some(vendor::MEMBERS.to_owned()),
            ..step(
                id(&["renew", unit, host]),
                format!("Start arakoon {} on {host} anew", cluster.name),
                &place.seat,
                shell(&place.seat, RESTART_MEMBER, args),
                Probe::All { of },
            )
        }
    }

    /// A master that is known to every member, and all members up.
    pub(crate) fn has_master(&self, key: &str, places: &[Place<'_>], cluster: &ArakoonCluster) -> Option<Step> {
        let first = places.first()?;
        let asks =
            places.iter().map(|place| look(&place.seat, MASTER, vec![cluster.name.clone(), config_on(place, cluster)]));
        let of = places.iter().map(is_up).chain(asks).collect();
        let title = format!("Arakoon {} has a master, and all its members are up", cluster.name);
        let key: Vec<&str> = key.split('/').collect();
        Some(Step { deadline: LOOK, ..observe(id(&key), title, &first.seat, Probe::All { of }, LOOK) })
    }
}

/// Why the model's cluster is not started anew beside running volumes: without it every watcher of the framework starts
/// and ends in a loop (5.3, 4).
pub(crate) fn model_stays(cluster: &ArakoonCluster) -> LeftOut {
    LeftOut {
        what: format!("arakoon {}", cluster.name),
        why: format!(
            "with {} it would have to be stopped as a whole, and the framework with it: it runs the new arakoon after {}",
            super::words::count(cluster.members.len(), "member"),
            Procedure::UpdateFramework
        ),
    }
}

fn is_up(place: &Place<'_>) -> Probe {
    look(&place.seat, RUNNING, unit_args(place))
}

fn config_on(place: &Place<'_>, cluster: &ArakoonCluster) -> String {
    let member = place.seat.node.arakoon.iter().find(|member| member.cluster == cluster.name);
    member.map(|member| member.config.clone()).unwrap_or_default()
}

/// Members that no host of the environment is: they cannot be started anew, nor seen.
pub(crate) fn strangers(cluster: &ArakoonCluster) -> Vec<&str> {
    cluster.members.iter().filter(|(_, host)| host.is_none()).map(|(id, _)| id.as_str()).collect()
}
