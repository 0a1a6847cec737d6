//! What is asked before, and what the answers are.

use model::cloudify::{Execution, ExecutionStatus, Login};
use model::environment::NewManager;
use model::id::ExecutionId;
use model::precheck::{Precheck, Verdict, allow_start};
use model::procedure::MigrateManager;

use super::prechecks;
use crate::fixture::{inputs, known, new_host, one_manager, same_host, two_managers, unknown, version};

fn of(title: &str, prechecks: &[Precheck]) -> Precheck {
    prechecks
        .iter()
        .find(|one| one.title.starts_with(title))
        .unwrap_or_else(|| panic!("no {title}: {prechecks:#?}"))
        .clone()
}

#[test]
fn every_caution_of_the_vendor_has_its_line() {
    let moved = prechecks(&new_host(), &two_managers("4.2.0", "5.0.5"), &inputs());
    let in_place = MigrateManager { release: Some(version("4.2.0")), ..inputs() };
    let in_place = prechecks(&same_host(), &one_manager("4.1.0"), &in_place);
    for all in [moved, in_place] {
        for number in 1..=13 {
            of(&format!("S{number}:"), &all);
        }
        assert!(allow_start(&all), "{all:#?}");
    }
}

#[test]
fn every_bad_answer_says_what_to_do() {
    for (old, new) in [("3.4.2", "4.6.0"), ("4.0.1", "4.2.0"), ("4.2.0", "5.0.5")] {
        for check in prechecks(&new_host(), &two_managers(old, new), &inputs()) {
            assert_eq!(check.resolution.is_empty(), check.verdict == Verdict::Good, "{check:#?}");
            assert!(!check.evidence.is_empty(), "{check:#?}");
        }
    }
}

#[test]
fn what_runs_on_a_manager_is_named() {
    let mut inventory = two_managers("4.2.0", "5.0.5");
    let id = "686be33b-f1f1-43d7-a8fb-acd0077a7f31";
    inventory.old.executions = known(vec![Execution {
        id: ExecutionId::new(id).unwrap(),
        tenant: None,
        workflow: "scale".to_owned(),
        deployment: None,
        status: ExecutionStatus::Started,
        error: String::new(),
        created_at: "2026-11-21T02:41:28.970Z".to_owned(),
        is_system: false,
    }]);
    let check = of("Nothing is executed on the old manager", &prechecks(&new_host(), &inventory, &inputs()));
    assert_eq!(check.verdict, Verdict::Warning);
    assert!(check.evidence.contains("scale") && check.evidence.contains(id), "{check:#?}");
}

#[test]
fn credentials_the_wrong_way_round_block() {
    let mut inventory = two_managers("4.2.0", "5.0.5");
    inventory.old.login = known(Login::New);
    let checks = prechecks(&new_host(), &inventory, &inputs());
    assert_eq!(of("The admin can log in to the old manager", &checks).verdict, Verdict::Blocking);
}

/// Over HTTPS the manager that is installed in the old one's place is let in by its certificate, or not at all.
#[test]
fn in_place_it_is_asked_which_certificate_the_new_manager_will_show() {
    const TITLE: &str = "It is known which certificate";
    let inputs = MigrateManager { release: Some(version("4.6.0")), ..inputs() };
    let of_pins = |old: Option<&str>, new: Option<&str>| {
        let mut settings = same_host();
        let mut rest = settings.new.rest().clone();
        for (rest, pin) in [(&mut settings.old.rest, old), (&mut rest, new)] {
            rest.endpoint = "https://10.0.0.5".to_owned();
            rest.certificate_sha256 = pin.map(ToOwned::to_owned);
        }
        settings.new = NewManager::SameHost(rest);
        of(TITLE, &prechecks(&settings, &one_manager("4.2.0"), &inputs))
    };
    let unknown = of_pins(Some("ab12"), None);
    assert_eq!(unknown.verdict, Verdict::Warning);
    assert!(unknown.evidence.contains("the old one's, ab12, or"), "{unknown:#?}");
    assert!(of_pins(None, None).evidence.contains("trusted with one of a public authority"));
    let known = of_pins(Some("ab12"), Some("cd34"));
    assert_eq!(known.verdict, Verdict::Good);
    assert!(known.evidence.contains("cd34"), "{known:#?}");
    let plain = prechecks(&same_host(), &one_manager("4.2.0"), &inputs);
    assert!(plain.iter().all(|check| !check.title.starts_with(TITLE)), "{plain:#?}");
}

#[test]
fn what_cannot_be_seen_blocks_where_it_matters() {
    let mut inventory = two_managers("4.2.0", "5.0.5");
    inventory.new.as_mut().unwrap().status = unknown("502 from nginx");
    let checks = prechecks(&new_host(), &inventory, &inputs());
    assert_eq!(of("All services of the new manager run", &checks).verdict, Verdict::Unknown);
}
