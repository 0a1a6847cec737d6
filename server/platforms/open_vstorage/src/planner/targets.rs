//! Which package goes from which version to which.

use std::collections::{BTreeMap, BTreeSet};

use model::id::PackageName;
use model::open_vstorage::{Component, Duty, Service, VersionOrder};
use model::procedure::{Inputs, OpenVstorageUpdate, Procedure};

use super::PlanError;
use super::view::{Place, Seat, View};
use super::words::listed;

/// What every node is to have in the end.
pub(crate) struct Targets {
    /// Packages in scope that are not kept: the version they get, which may be the one they have.
    pub(crate) versions: BTreeMap<PackageName, String>,
    /// Those that at least one node does not have yet.
    pub(crate) pending: BTreeSet<PackageName>,
}

/// The choice of a button of Open vStorage.
pub(crate) fn choice(inputs: &Inputs) -> Result<&OpenVstorageUpdate, PlanError> {
    match inputs {
        Inputs::UpdateFramework(update) | Inputs::UpdateStorageDriver(update) => Ok(update),
        Inputs::RestartSystemVms(_)
        | Inputs::MigrateManager(_)
        | Inputs::CreateSnapshot(_)
        | Inputs::UploadSnapshot(_) => Err(PlanError::WrongProcedure(inputs.procedure())),
    }
}

pub(crate) fn is_in_scope(package: &PackageName, procedure: Procedure) -> bool {
    Component::of(package.as_str()).is_some_and(|component| Component::of_procedure(procedure).contains(&component))
}

pub(crate) fn targets(
    view: &View<'_>,
    procedure: Procedure,
    keep: &BTreeSet<PackageName>,
) -> Result<Targets, PlanError> {
    let mut versions = BTreeMap::new();
    let mut pending = BTreeSet::new();
    for name in installed(view) {
        if !is_in_scope(name, procedure) || keep.contains(name) {
            continue;
        }
        let version = target(view, name)?;
        let is_old = |seat: &Seat<'_>| seat.installed(name).is_some_and(|installed| installed != version);
        if view.seats.iter().any(is_old) {
            pending.insert(name.clone());
        }
        versions.insert(name.clone(), version);
    }
    check_kept(view, procedure, keep, &pending)?;
    Ok(Targets { versions, pending })
}

fn installed<'i>(view: &View<'i>) -> BTreeSet<&'i PackageName> {
    let of = |seat: &Seat<'i>| {
        seat.node.packages.iter().filter(|(_, package)| package.installed.is_some()).map(|(name, _)| name)
    };
    view.seats.iter().flat_map(of).collect()
}

/// The one version that every node with the package would get.
fn target(view: &View<'_>, name: &PackageName) -> Result<String, PlanError> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for seat in &view.seats {
        let Some(package) = seat.node.packages.get(name) else { continue };
        let Some(installed) = &package.installed else { continue };
        let host = seat.host.to_string();
        let Some(candidate) = &package.candidate else {
            return Err(PlanError::NoCandidate { package: name.to_string(), host });
        };
        if package.order == VersionOrder::Older {
            let (package, installed, candidate) = (name.to_string(), installed.clone(), candidate.clone());
            return Err(PlanError::Downgrade { package, host, installed, candidate });
        }
        found.entry(candidate).or_default().push(host);
    }
    if found.len() > 1 {
        let versions: Vec<String> =
            found.iter().map(|(version, hosts)| format!("{version} on {}", listed(hosts))).collect();
        return Err(PlanError::CandidatesDiffer { package: name.to_string(), versions: versions.join("; ") });
    }
    Ok(found.into_keys().next().unwrap_or_default().to_owned())
}

/// Packages that depend on each other's exact version (dossier 4.3).
const TOGETHER: [&[&str]; 2] = [
    &["openvstorage", "openvstorage-core", "openvstorage-webapps"],
    &["openvstorage-backend", "openvstorage-backend-core", "openvstorage-backend-webapps"],
];

fn check_kept(
    view: &View<'_>,
    procedure: Procedure,
    keep: &BTreeSet<PackageName>,
    pending: &BTreeSet<PackageName>,
) -> Result<(), PlanError> {
    let installed = installed(view);
    for name in keep {
        if !installed.contains(name) {
            return Err(PlanError::UnknownPackage(name.to_string()));
        }
        if !is_in_scope(name, procedure) {
            return Err(PlanError::KeptElsewhere { package: name.to_string(), procedure });
        }
        let group = TOGETHER.iter().find(|group| group.contains(&name.as_str()));
        let moved = pending.iter().find(|other| group.is_some_and(|group| group.contains(&other.as_str())));
        if let Some(moved) = moved {
            return Err(PlanError::KeptApart { kept: name.to_string(), moved: moved.to_string() });
        }
    }
    Ok(())
}

impl Seat<'_> {
    pub(crate) fn installed(&self, name: &PackageName) -> Option<&str> {
        self.node.packages.get(name)?.installed.as_deref()
    }
}

impl Targets {
    /// Name, present and future version of the pending packages that this node has.
    pub(crate) fn changes(&self, seat: &Seat<'_>, wanted: impl Fn(Component) -> bool) -> Vec<[String; 3]> {
        let of_it = self.pending.iter().filter(|name| Component::of(name.as_str()).is_some_and(&wanted));
        of_it
            .filter_map(|name| {
                let (from, to) = (seat.installed(name)?, self.versions.get(name)?);
                Some([name.to_string(), from.to_owned(), to.clone()])
            })
            .collect()
    }

    pub(crate) fn is_pending(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.pending.iter().any(|name| wanted(name.as_str()))
    }

    /// Whether the service says that it runs something else than it is to run.
    pub(crate) fn is_stale(&self, service: &Service) -> bool {
        self.versions.iter().any(|(name, to)| service.runs_other(name, to).is_some())
    }

    /// Whether units of that duty run something old, or were left down by an earlier run.
    pub(crate) fn has_stale(&self, view: &View<'_>, wanted: impl Fn(&Duty) -> bool) -> bool {
        let is_to_start = |place: &Place<'_>| place.service.stopped_by_drydock || self.is_stale(place.service);
        view.places(wanted).iter().any(is_to_start)
    }
}
