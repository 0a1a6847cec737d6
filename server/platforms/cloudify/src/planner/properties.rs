//! What holds for every migration.

use std::collections::BTreeSet;

use model::cloudify::CloudifyInventory;
use model::environment::CloudifySettings;
use model::plan::{Action, CloudifyCall, CloudifyProbe, Plan, Probe, Step, StepKind, Target};
use model::procedure::{CfyStep, MigrateManager, Preparation};
use proptest::prelude::*;

use super::tests::make;
use crate::fixture::{
    deployment, healing, inputs, instance, known, new_host, one_manager, same_host, two_managers, version,
};

/// What is migrated, and how.
#[derive(Debug, Clone)]
struct Case {
    settings: CloudifySettings,
    inventory: CloudifyInventory,
    inputs: MigrateManager,
}

fn cases() -> impl Strategy<Value = Case> {
    let old = prop::sample::select(vec!["3.4.2", "4.0.1", "4.1.0", "4.2.0", "4.5.0", "4.6.0"]);
    let new = prop::sample::select(vec!["4.2.0", "4.5.0", "4.6.0", "5.0.5", "7.0.0"]);
    let shapes = prop::collection::vec((0usize..3, 0usize..4, any::<bool>()), 0..60);
    let preparation = prop::collection::btree_set(prop::sample::select(Preparation::ALL.to_vec()), 0..3);
    let by_cfy = prop::collection::btree_set(prop::sample::select(CfyStep::ALL.to_vec()), 0..3);
    (old, new, any::<bool>(), shapes, preparation, by_cfy, any::<bool>()).prop_map(
        |(old, new, in_place, shapes, preparation, by_cfy, leaves)| {
            let deployments = shapes.iter().enumerate().map(|(number, (of, hosts, heals))| {
                let made = deployment(["default_tenant", "a", "b"][*of], &format!("d{number}"), *hosts);
                if *heals { healing(made) } else { made }
            });
            let mut deployments: Vec<_> = deployments.collect();
            deployments.sort();
            let mut inventory = if in_place { one_manager(old) } else { two_managers(old, new) };
            let first = deployments.iter().flat_map(|one| one.hosts.keys()).next().cloned();
            inventory.old.deployments = known(deployments);
            let release = in_place.then(|| version(new));
            let left_behind = first.filter(|_| leaves).into_iter().collect();
            let inputs = MigrateManager { preparation, by_cfy, release, left_behind, ..inputs() };
            Case { settings: if in_place { same_host() } else { new_host() }, inventory, inputs }
        },
    )
}

fn place(plan: &Plan, of: impl Fn(&Step) -> bool) -> Option<usize> {
    plan.stages.iter().flat_map(|stage| &stage.steps).position(of)
}

fn places(plan: &Plan, of: impl Fn(&Step) -> bool) -> Vec<usize> {
    let steps = plan.stages.iter().flat_map(|stage| &stage.steps).enumerate();
    steps.filter(|(_, step)| of(step)).map(|(at, _)| at).collect()
}

fn installs(step: &Step) -> bool {
    matches!(&step.proof, Probe::Cloudify(CloudifyProbe::AgentsMoved { .. })) && step.kind == StepKind::Once
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn nobody_is_asked_to_shut_the_old_manager_down_before_every_agent_is_proven(case in cases()) {
        let Ok(plan) = make(&case.settings, &case.inventory, &case.inputs) else { return Ok(()) };
        let gone = place(&plan, |step| matches!(&step.proof, Probe::Cloudify(CloudifyProbe::Gone { .. })));
        let is_on_new_host = case.inventory.new.is_some();
        prop_assert_eq!(gone.is_some(), is_on_new_host);
        let verify = plan.steps().find(|step| step.id.as_str() == "verify/agents").unwrap();
        let Probe::All { of } = &verify.proof else { panic!("{verify:?}") };
        let moved: Vec<&Probe> = plan.steps().filter(|step| installs(step)).map(|step| &step.proof).collect();
        prop_assert_eq!(of.iter().collect::<Vec<_>>(), moved);
        if let Some(gone) = gone {
            let verified = place(&plan, |step| step.id == verify.id).unwrap();
            prop_assert!(places(&plan, installs).iter().all(|at| *at < verified));
            prop_assert!(verified < gone);
            let stage_of = |id: &str| plan.stages.iter().position(|stage| stage.steps.iter().any(|step| step.id.as_str() == id));
            prop_assert!(stage_of("verify/agents") < stage_of("old/shut-down"));
        }
    }

    #[test]
    fn what_must_not_start_twice_has_a_proof_of_its_own_and_one_that_it_has_not_begun(case in cases()) {
        let Ok(plan) = make(&case.settings, &case.inventory, &case.inputs) else { return Ok(()) };
        let mut proofs = BTreeSet::new();
        for step in plan.steps().filter(|step| step.kind == StepKind::Once) {
            prop_assert_eq!(step.attempts, 1);
            prop_assert!(step.untouched.is_some(), "{}", step.id);
            prop_assert!(proofs.insert(serde_json::to_string(&step.proof).unwrap()), "{}", step.id);
        }
    }

    #[test]
    fn a_heal_is_looked_for_before_whatever_cannot_be_undone(case in cases()) {
        let Ok(plan) = make(&case.settings, &case.inventory, &case.inputs) else { return Ok(()) };
        for stage in plan.stages.iter().filter(|stage| stage.steps.iter().any(installs)) {
            let first = stage.steps.first().unwrap();
            let watches = matches!(&first.proof, Probe::Cloudify(CloudifyProbe::NoHeal { restored: Some(_), .. }));
            prop_assert!(watches);
            // The canary: its failure is not in the budget.
            prop_assert_eq!(stage.rolling.as_ref().map(|rolling| rolling.canary), Some(1));
            prop_assert!(stage.steps.iter().skip(1).all(|step| step.target != first.target));
        }
        if case.inventory.new.is_some() {
            let watched = place(&plan, |step| step.id.as_str() == "watch/before-restore").unwrap();
            let restored = place(&plan, |step| step.id.as_str() == "restore/restore").unwrap();
            prop_assert!(watched < restored);
        }
    }

    #[test]
    fn every_deployment_is_moved_or_left_out_with_a_reason(case in cases()) {
        let Ok(plan) = make(&case.settings, &case.inventory, &case.inputs) else { return Ok(()) };
        for deployment in case.inventory.old.deployments.value().unwrap() {
            let name = deployment.id.as_str();
            let moved = plan.steps().any(|step| {
                installs(step) && matches!(&step.target, Target::Deployment(one) if one.id.as_str() == name)
            });
            let left = plan.left_out.iter().any(|left| {
                left.what.starts_with(&format!("agents of {name} of")) && !left.why.is_empty()
            });
            prop_assert!(moved != left, "{}", name);
        }
    }

    #[test]
    fn maintenance_mode_is_only_used_where_snapshots_pass_and_is_always_switched_off(case in cases()) {
        let Ok(plan) = make(&case.settings, &case.inventory, &case.inputs) else { return Ok(()) };
        let sets = |active: bool| move |step: &Step| {
            matches!(&step.action, Action::Cloudify(CloudifyCall::SetMaintenance { active: is, .. }) if *is == active)
        };
        let Some(on) = place(&plan, sets(true)) else { return Ok(()) };
        let new = case.inventory.new.as_ref().and_then(|new| new.version.value().cloned());
        let new = new.or(case.inputs.release.clone()).unwrap();
        prop_assert!(new.can_be_watched_in_maintenance());
        let off = place(&plan, sets(false)).unwrap();
        prop_assert!(on < off && places(&plan, installs).iter().all(|at| off < *at));
        prop_assert!(plan.finally.iter().any(sets(false)));
    }

    #[test]
    fn only_hosts_of_the_environment_get_scripts_and_only_chosen_hosts_new_agents(case in cases()) {
        let Ok(plan) = make(&case.settings, &case.inventory, &case.inputs) else { return Ok(()) };
        let hosts: BTreeSet<_> = case.settings.hosts().into_iter().map(|host| host.name.clone()).collect();
        let mut ids = BTreeSet::new();
        for step in plan.steps() {
            prop_assert!(ids.insert(step.id.clone()), "{} is there twice", step.id);
            if let Action::Shell(shell) = &step.action {
                prop_assert!(hosts.contains(&shell.host), "{}", shell.host);
            }
            if let Probe::Cloudify(CloudifyProbe::AgentsMoved { agents, .. }) = &step.proof {
                prop_assert!(agents.iter().all(|agent| !case.inputs.left_behind.contains(&agent.instance)));
            }
        }
        prop_assert!(!case.inputs.left_behind.contains(&instance("vm_nobody")));
    }

    #[test]
    fn the_same_facts_give_the_same_digest(case in cases()) {
        let digest = || make(&case.settings, &case.inventory, &case.inputs).map(|plan| plan.digest());
        prop_assert_eq!(digest(), digest());
    }
}
