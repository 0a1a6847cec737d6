//! In which order the routers of one network or VPC go, so that one of them always serves (dossier 4.4).

use model::cloudstack::{Redundancy, Serves, SystemVm, VmKind, VmState};
use model::plan::{Hazard, Weight};

use super::PlanError;
use super::scope::{Chosen, by_name};

/// Routers that serve the same, in the order in which they go.
#[derive(Debug)]
pub(crate) struct Group<'c, 'i> {
    pub(crate) serves: Option<&'i Serves>,
    pub(crate) routers: Vec<&'c Chosen<'i>>,
}

/// Puts routers into groups; `routers` is sorted by name, and so is the result by the first router of each group.
pub(crate) fn groups<'c, 'i>(routers: &[&'c Chosen<'i>]) -> Result<Vec<Group<'c, 'i>>, PlanError> {
    let mut groups: Vec<Group<'c, 'i>> = Vec::new();
    for router in routers {
        let serves = router.vm.serves.as_ref();
        match groups.iter_mut().find(|group| serves.is_some() && same(group.serves, serves)) {
            Some(group) => group.routers.push(router),
            None => groups.push(Group { serves, routers: vec![router] }),
        }
    }
    for group in &mut groups {
        refuse_two_primaries(group)?;
        group.routers.sort_by(|a, b| rank(a.vm).cmp(&rank(b.vm)).then_with(|| by_name(a.vm, b.vm)));
    }
    Ok(groups)
}

/// Names may change between two looks; ids do not.
fn same(a: Option<&Serves>, b: Option<&Serves>) -> bool {
    match (a, b) {
        (Some(Serves::Network { id: a, .. }), Some(Serves::Network { id: b, .. }))
        | (Some(Serves::Vpc { id: a, .. }), Some(Serves::Vpc { id: b, .. })) => a == b,
        _ => false,
    }
}

/// The one that carries the traffic goes last.
fn rank(vm: &SystemVm) -> u8 {
    match vm.redundancy {
        Redundancy::Backup => 0,
        Redundancy::Unclear(_) => 1,
        Redundancy::Single => 2,
        Redundancy::Primary => 3,
    }
}

fn refuse_two_primaries(group: &Group<'_, '_>) -> Result<(), PlanError> {
    let primaries: Vec<String> = group
        .routers
        .iter()
        .filter(|router| router.vm.redundancy == Redundancy::Primary)
        .map(|router| router.vm.name.clone())
        .collect();
    match (group.serves, primaries.len() > 1) {
        (Some(serves), true) => Err(PlanError::TwoPrimaries { serves: serves.words(), routers: primaries }),
        _ => Ok(()),
    }
}

/// Another running router that serves the same, whether it is restarted or not.
pub(crate) fn partner<'i>(vm: &SystemVm, all: &'i [SystemVm]) -> Option<&'i SystemVm> {
    let serves_the_same = |other: &&SystemVm| {
        other.kind == VmKind::Router
            && other.id != vm.id
            && other.state == VmState::Running
            && vm.redundancy != Redundancy::Single
            && same(vm.serves.as_ref(), other.serves.as_ref())
    };
    all.iter().filter(serves_the_same).min_by(|a, b| by_name(a, b))
}

/// What is unusual about the redundancy of these routers.
pub(crate) fn hazards(groups: &[Group<'_, '_>], all: &[SystemVm]) -> Vec<Hazard> {
    groups.iter().flat_map(|group| group.routers.iter().filter_map(|router| hazard(router.vm, all))).collect()
}

fn hazard(vm: &SystemVm, all: &[SystemVm]) -> Option<Hazard> {
    let serves = vm.serves.as_ref().map_or_else(|| "its network".to_owned(), Serves::words);
    let words = match (&vm.redundancy, partner(vm, all)) {
        (Redundancy::Single, _) if vm.serves.is_some() => return None,
        (Redundancy::Single, _) => {
            format!("{} does not say which network or VPC it serves, so it cannot be kept apart from others.", vm.name)
        }
        (_, None) => format!(
            "{} is redundant, but no other router of {serves} is running: {serves} is down while it is rebuilt.",
            vm.name
        ),
        (Redundancy::Unclear(word), Some(other)) => format!(
            "{} says that its redundant state is {word}; {} of {serves} goes {}.",
            vm.name,
            other.name,
            if rank(other) < rank(vm) { "first" } else { "after it" }
        ),
        (Redundancy::Primary | Redundancy::Backup, Some(other)) if other.redundancy == vm.redundancy => {
            format!("{} and {} of {serves} report the same redundant state.", vm.name, other.name)
        }
        (Redundancy::Primary | Redundancy::Backup, Some(_)) => return None,
    };
    Some(Hazard { weight: Weight::Caution, words })
}
