//! Single promises of plans.

use std::collections::BTreeSet;

use model::cloudify::CloudifyInventory;
use model::environment::CloudifySettings;
use model::id::StepId;
use model::plan::{Action, CloudifyCall, CloudifyProbe, Plan, Probe, StepKind};
use model::procedure::{CfyStep, Confirmation, MigrateManager, Preparation};

use super::{PlanError, plan};
use crate::fixture::{
    environment, inputs, instance, kept, known, machine, new_host, one_manager, same_host, snapshot, two_managers,
    unknown, version,
};

pub(super) fn make(
    settings: &CloudifySettings,
    inventory: &CloudifyInventory,
    inputs: &MigrateManager,
) -> Result<Plan, PlanError> {
    plan(&environment(settings), settings, inventory, inputs)
}

fn moved(old: &str, new: &str, inputs: &MigrateManager) -> Result<Plan, PlanError> {
    make(&new_host(), &two_managers(old, new), inputs)
}

fn in_place(old: &str, new: &str) -> Result<Plan, PlanError> {
    make(&same_host(), &one_manager(old), &MigrateManager { release: Some(version(new)), ..inputs() })
}

#[track_caller]
fn refused(made: Result<Plan, PlanError>, field: &str, words: &str) {
    let error = made.unwrap_err();
    assert_eq!(error.field(), field, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

fn step<'p>(plan: &'p Plan, id: &str) -> &'p model::plan::Step {
    plan.step(&StepId::new(id).unwrap()).unwrap_or_else(|| panic!("no step {id}"))
}

fn has(plan: &Plan, id: &str) -> bool {
    plan.step(&StepId::new(id).unwrap()).is_some()
}

#[test]
fn pairs_that_cannot_follow_each_other_make_no_plan_and_say_why() {
    refused(moved("3.3.1", "4.2.0", &inputs()), "inventory", "(S1)");
    refused(moved("5.0.5", "7.0.0", &inputs()), "inventory", "only 3.4.2 and 4.x");
    refused(moved("4.0.1", "4.1.0", &inputs()), "release", "only 4.2 and later");
    refused(moved("4.5.0", "4.2.0", &inputs()), "release", "older than the old one");
    refused(moved("3.4.2", "5.0.5", &inputs()), "release", "Migrate to 4.6 first");
    refused(in_place("3.4.2", "4.2.0"), "release", "(S2)");
    refused(in_place("4.0.0", "4.2.0"), "release", "S6");
    for (old, new) in
        [("3.4.2", "4.2.0"), ("3.4.2", "4.6.0"), ("4.0.0", "4.2.0"), ("4.1.0", "5.0.5"), ("4.5.0", "5.0.5")]
    {
        assert!(moved(old, new, &inputs()).is_ok(), "{old} to {new}");
    }
    for (old, new) in [("4.0.1", "4.2.0"), ("4.2.0", "4.2.0"), ("4.2.0", "5.0.5"), ("4.5.0", "4.6.0")] {
        assert!(in_place(old, new).is_ok(), "{old} to {new}");
    }
}

#[test]
fn what_nobody_can_see_has_to_be_confirmed() {
    let without = |what: Confirmation| {
        let mut inputs = inputs();
        inputs.confirmed.remove(&what);
        inputs
    };
    refused(moved("4.0.1", "4.2.0", &without(Confirmation::UpdateThree)), "confirmed", "(S3)");
    refused(moved("4.1.0", "4.2.0", &without(Confirmation::ConsolesMayBeLost)), "confirmed", "(S5)");
    let inputs = MigrateManager { release: Some(version("5.0.5")), ..without(Confirmation::SimpleBlueprint) };
    refused(make(&same_host(), &one_manager("4.2.0"), &inputs), "confirmed", "(S2)");
    let preparation = BTreeSet::from([Preparation::StopHealing]);
    let inputs = MigrateManager { preparation, ..without(Confirmation::SupportAgrees) };
    refused(moved("4.2.0", "5.0.5", &inputs), "confirmed", "(S11)");
    assert!(
        moved(
            "4.2.0",
            "5.0.5",
            &MigrateManager { confirmed: BTreeSet::new(), ..without(Confirmation::SimpleBlueprint) }
        )
        .is_ok()
    );
}

#[test]
fn a_wrong_choice_names_its_field() {
    let with = |change: fn(&mut MigrateManager)| {
        let mut inputs = inputs();
        change(&mut inputs);
        moved("4.2.0", "5.0.5", &inputs)
    };
    refused(with(|inputs| inputs.release = Some(version("5.0.5"))), "release", "leave this empty");
    refused(with(|inputs| inputs.left_behind = [instance("vm_x")].into()), "left_behind", "vm_x");
    refused(with(|inputs| inputs.retry_of = Some(snapshot("lost"))), "retry_of", "no archive of lost");
    refused(with(|inputs| inputs.reset_passwords = true), "reset_passwords", "users work as before");
    let maintenance = MigrateManager { preparation: [Preparation::Maintenance].into(), ..inputs() };
    refused(moved("4.1.0", "5.0.5", &maintenance), "preparation", "nobody could tell how the restore ends");
    refused(make(&same_host(), &one_manager("4.2.0"), &inputs()), "release", "say which release");
    let by_cfy = MigrateManager { by_cfy: CfyStep::ALL.into(), ..inputs() };
    let no_cli = CloudifySettings { cli: None, ..new_host() };
    refused(make(&no_cli, &two_managers("4.2.0", "5.0.5"), &by_cfy), "by_cfy", "no CLI host");
}

#[test]
fn what_is_not_known_makes_no_plan() {
    let mut inventory = two_managers("4.2.0", "5.0.5");
    inventory.old.deployments = unknown("502 from nginx");
    refused(make(&new_host(), &inventory, &inputs()), "inventory", "502 from nginx");
}

#[test]
fn a_new_manager_that_was_used_is_not_restored_over() {
    let mut inventory = two_managers("4.2.0", "5.0.5");
    inventory.new.as_mut().unwrap().blueprints = known(3);
    refused(make(&new_host(), &inventory, &inputs()), "inventory", "has 3 blueprints");
}

/// By two names or two addresses: what tells is the machine itself.
#[test]
fn two_hosts_that_are_one_machine_make_no_plan_and_are_named() {
    let with = |old: &str, new: &str| {
        let mut inventory = two_managers("4.2.0", "5.0.5");
        inventory.old.machine = known(machine(old));
        inventory.new.as_mut().unwrap().machine = known(machine(new));
        make(&new_host(), &inventory, &inputs())
    };
    refused(with("b1", "b1"), "new.host", "cfy-old and cfy-new are one machine, by its boot id b1");
    assert!(with("b1", "b2").is_ok());
}

#[test]
fn a_retry_needs_another_name_forces_and_is_never_for_3x_on_premium() {
    let mut inventory = two_managers("4.2.0", "5.0.5");
    inventory.archives = vec![kept("move-1", "4.2.0")];
    inventory.new.as_mut().unwrap().blueprints = known(3);
    let retry = MigrateManager { retry_of: Some(snapshot("move-1")), ..inputs() };
    refused(make(&new_host(), &inventory, &retry), "snapshot", "name of its own");
    let retry = MigrateManager { snapshot: snapshot("move-2"), ..retry };
    let plan = make(&new_host(), &inventory, &retry).unwrap();
    assert!(!has(&plan, "snapshot/create"));
    let force =
        Action::Cloudify(CloudifyCall::Restore { snapshot: snapshot("move-2"), force: true, certificates: false });
    assert_eq!(step(&plan, "restore/restore").action, force);
    let mut inventory = two_managers("3.4.2", "4.6.0");
    inventory.archives = vec![kept("move-1", "3.4.2")];
    refused(make(&new_host(), &inventory, &retry), "retry_of", "rows of both tries");
}

#[test]
fn force_and_certificates_are_kept_for_where_they_belong() {
    let restore = |plan: &Plan| match &step(plan, "restore/restore").action {
        Action::Cloudify(CloudifyCall::Restore { force, certificates, .. }) => (*force, *certificates),
        other => panic!("{other:?}"),
    };
    assert_eq!(restore(&moved("4.2.0", "5.0.5", &inputs()).unwrap()), (false, false));
    assert_eq!(restore(&in_place("4.2.0", "5.0.5").unwrap()), (false, true));
}

#[test]
fn a_patched_4_0_1_is_told_by_its_archive() {
    let plan = moved("4.0.1", "4.6.0", &inputs()).unwrap();
    match &step(&plan, "snapshot/keep").proof {
        Probe::Cloudify(CloudifyProbe::ArchiveKept { versions, .. }) => {
            assert_eq!(versions, &BTreeSet::from(["4.1.0-p3-4.0.1".to_owned()]));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dead_host_that_is_left_behind_lets_its_deployment_move_and_is_named() {
    let inputs = MigrateManager { left_behind: [instance("vm_web_2")].into(), ..inputs() };
    let plan = moved("4.2.0", "5.0.5", &inputs).unwrap();
    let of_web = |step: &&model::plan::Step| {
        step.title.ends_with("of web of tenant default_tenant") && step.kind == StepKind::Once
    };
    match &plan.steps().find(of_web).unwrap().action {
        Action::Cloudify(CloudifyCall::InstallAgents { only, .. }) => assert_eq!(only, &[instance("vm_web_1")].into()),
        other => panic!("{other:?}"),
    }
    assert!(plan.left_out.iter().any(|left| left.what == "agent of vm_web_2 in web of tenant default_tenant"));
    let by_cfy = MigrateManager { by_cfy: [CfyStep::InstallAgents].into(), ..inputs };
    refused(moved("4.1.0", "4.2.0", &by_cfy), "by_cfy", "cannot leave hosts behind");
}

#[test]
fn skipped_deployments_are_listed_with_the_reason() {
    let plan = moved("4.2.0", "5.0.5", &inputs()).unwrap();
    let why = |what: &str| plan.left_out.iter().find(|left| left.what == what).map(|left| left.why.as_str());
    assert_eq!(why("agents of nothing of tenant team"), Some("it has no host with an agent"));
    assert!(why("agents of stopped of tenant team").unwrap().contains("vm_stopped_1 is stopped"));
}

#[test]
fn a_step_by_cfy_has_no_password_in_its_words_and_is_proven_like_the_other() {
    let by_rest = moved("4.2.0", "5.0.5", &inputs()).unwrap();
    let by_cfy = moved("4.2.0", "5.0.5", &MigrateManager { by_cfy: CfyStep::ALL.into(), ..inputs() }).unwrap();
    for id in ["snapshot/create", "restore/restore", "agents/install/1/default_tenant/shop"] {
        let step = step(&by_cfy, id);
        let Action::Shell(shell) = &step.action else { panic!("{id}: {:?}", step.action) };
        assert_eq!(shell.secrets.len(), 1, "{id}");
        assert_eq!(&step.proof, &self::step(&by_rest, id).proof, "{id}");
    }
    // Once the old manager's database is there, so is its admin.
    let Action::Shell(shell) = &step(&by_cfy, "agents/install/1/default_tenant/shop").action else { panic!() };
    assert_eq!(shell.secrets[0].value, new_host().old.rest.password);
    assert!(shell.args.ends_with(&["agents", "install", "--deployment-id", "shop"].map(str::to_owned)), "{shell:?}");
    assert!(by_cfy.finally.iter().any(|step| step.id.as_str() == "close/cfy"));
}

#[test]
fn what_3x_knows_goes_to_the_tenant_of_who_restores() {
    let plan = moved("3.4.2", "4.2.0", &inputs()).unwrap();
    let tenants: BTreeSet<String> = plan
        .steps()
        .filter_map(|step| match &step.target {
            model::plan::Target::Deployment(deployment) => Some(deployment.tenant.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(tenants, BTreeSet::from(["default_tenant".to_owned()]));
}

/// It trusts no certificate but one that it is given, and takes one from 4.2 on only (dossier 1.2).
#[test]
fn over_https_cfy_is_given_the_pinned_certificate_or_the_plan_says_why_it_cannot_be() {
    let by_cfy = MigrateManager { by_cfy: [CfyStep::CreateSnapshot].into(), ..inputs() };
    let over_https = |pinned: Option<&str>, old: &str| {
        let mut settings = new_host();
        settings.old.rest.endpoint = "https://10.0.0.5".to_owned();
        settings.old.rest.certificate_sha256 = pinned.map(ToOwned::to_owned);
        make(&settings, &two_managers(old, "5.0.5"), &by_cfy)
    };
    let pinned = "AB".repeat(32);
    let plan = over_https(Some(&pinned), "4.2.0").unwrap();
    let Action::Shell(shell) = &step(&plan, "snapshot/create").action else { panic!() };
    assert_eq!((shell.args[2].as_str(), shell.args[5].as_str()), ("443", pinned.to_lowercase().as_str()));
    refused(over_https(None, "4.2.0"), "by_cfy", "pin its fingerprint");
    refused(over_https(Some(&pinned), "4.1.0"), "by_cfy", "takes none");
}
