//! What holds for every cloud.

use model::cloudstack::{Need, Redundancy, SystemVm, VmKind};
use model::plan::Action;
use model::procedure::{RestartMode, RestartSystemVms};
use proptest::prelude::*;

use super::plan;
use super::tests::with;
use crate::fixture::{environment, rebuilt, router, settings, vm};

/// Many small clouds: networks with one router or a pair, some VMs rebuilt already.
fn clouds() -> impl Strategy<Value = Vec<SystemVm>> {
    prop::collection::vec((0u32..6, any::<bool>(), 0u8..3), 1..20).prop_map(|rows| {
        let mut pairs = std::collections::BTreeMap::new();
        let make = |(number, (network, old, kind)): (usize, (u32, bool, u8))| {
            let number = 10 + u32::try_from(number).unwrap();
            let made = match kind {
                0 => vm(number, VmKind::SecondaryStorage),
                1 => vm(number, VmKind::ConsoleProxy),
                _ => {
                    let seen: &mut u32 = pairs.entry(network).or_default();
                    *seen += 1;
                    let state = if *seen == 1 { Redundancy::Primary } else { Redundancy::Backup };
                    router(number, 200 + network, state)
                }
            };
            if old { made } else { rebuilt(made) }
        };
        rows.into_iter().enumerate().map(make).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn the_order_in_which_things_were_listed_does_not_matter(
        (vms, shuffled) in clouds().prop_flat_map(|vms| (Just(vms.clone()), Just(vms).prop_shuffle())),
        mode in prop_oneof![Just(RestartMode::Native), Just(RestartMode::Script)],
    ) {
        let inputs = RestartSystemVms { mode, ..RestartSystemVms::default() };
        let a = plan(&environment(), &settings(), &with(vms), &inputs);
        let b = plan(&environment(), &settings(), &with(shuffled), &inputs);
        prop_assert_eq!(a.map(|plan| plan.digest()), b.map(|plan| plan.digest()));
    }

    #[test]
    fn only_what_needs_it_is_touched_and_routers_of_a_network_are_chained(vms in clouds()) {
        let Ok(plan) = plan(&environment(), &settings(), &with(vms.clone()), &RestartSystemVms::default()) else {
            return Ok(());
        };
        for step in plan.steps() {
            let Action::CloudStack(command) = &step.action else { continue };
            let id = &command.parameters()[0].1;
            let vm = vms.iter().find(|vm| vm.id.as_str() == id).unwrap();
            prop_assert_ne!(vm.need(Some("4.20.1.0")), Need::None, "{} is up to date", vm.name);
        }
        for stage in &plan.stages {
            for (at, step) in stage.steps.iter().enumerate() {
                let network = |step: &model::plan::Step| vms
                    .iter()
                    .find(|vm| step.title.ends_with(&vm.name))
                    .and_then(|vm| vm.serves.clone());
                let earlier = stage.steps[..at].iter().rev().find(|other| {
                    network(step).is_some() && network(other) == network(step)
                });
                prop_assert!(earlier.is_none_or(|other| step.after.contains(&other.id)), "{}", step.id);
            }
        }
    }
}
