//! The real `cfy` 7.0.5 at work on simulated managers: something that was not written here understands them (6.1, 6.2).

use lab::cloudify::{Account, Estate, Manager, ManagerConfig, ManagerFault, NewDeployment, Release};
use serde_json::Value;

use crate::harness::{TENANT, manager_with, until};
use crate::person::Person;

const OLD: &str = "old-secret";
const NEW: &str = "new-secret";

/// What it asks when it uploads (6.2).
const UPLOAD: [&str; 3] = ["GET /api/version", "GET license-check", "PUT snapshots/upgrade/archive"];

fn furnished(config: &mut ManagerConfig) {
    config.admin = Account::admin("admin", OLD);
    config.accounts = vec![Account::user("erika", "erika-secret", &[TENANT])];
    config.tenants = vec!["team".to_owned()];
    config.deployments = vec![NewDeployment::new(TENANT, "web", 2), NewDeployment::new("team", "data", 1)];
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

/// Waits until the snapshot is made, and sees that the client shows it.
async fn snapshot_made(person: &Person, manager: &Manager, id: &str) {
    // A look by the client takes most of a second of the processor.
    until(async || manager.truth().snapshots.iter().any(|one| one.id == id && one.status == "created").then_some(()))
        .await;
    let list = person.shows(&["snapshots", "list"]).await;
    assert!(list.as_array().unwrap().iter().any(|item| item["id"] == id && item["status"] == "created"), "{list}");
}

/// What was asked of a manager since then, without the host and what stands before `/api/`.
fn asked(manager: &Manager, since: usize) -> Vec<String> {
    let calls = manager.received().split_off(since);
    calls.into_iter().map(|call| format!("{} {}", call.method, call.target.replace("/api/v3.1/", ""))).collect()
}

#[tokio::test]
async fn a_person_migrates_to_a_new_host_with_nothing_but_the_real_client() {
    migrate_from(Release::V4_2).await;
}

#[tokio::test]
#[ignore = "minutes: cargo xtask test cloudify runs it"]
async fn a_person_migrates_between_managers_of_its_own_release_too() {
    migrate_from(Release::V7_0).await;
}

async fn migrate_from(from: Release) {
    let Some(on_old) = Person::called(OLD) else { return };
    let estate = Estate::new();
    let (old, _) = manager_with(&estate, "old", from, furnished).await;
    let (new, _) =
        manager_with(&estate, "new", Release::V7_0, |config| config.admin = Account::admin("admin", NEW)).await;

    assert!(on_old.uses(&old, &[]).await.ok().contains("Using manager 127.0.0.1 with port"));
    let made = on_old.says(&["snapshots", "create", "upgrade"]).await.execution();
    snapshot_made(&on_old, &old, "upgrade").await;
    // What it shows is `status_display`, which 4.2 does not have (1.3).
    let shown = on_old.shows(&["executions", "get", &made]).await["status"].clone();
    assert_eq!(shown, if from == Release::V4_2 { Value::Null } else { "completed".into() });
    let archive = on_old.file("upgrade.zip");
    let path = archive.to_str().unwrap();
    let said = on_old.says(&["snapshots", "download", "upgrade", "-o", path]).await.ok();
    assert!(said.contains(&format!("Snapshot downloaded as {path}")), "{said}");
    assert_eq!(std::fs::metadata(&archive).unwrap().len(), old.truth().snapshots[0].length.unwrap());

    let mut on_new = Person::called(NEW).unwrap();
    on_new.uses(&new, &[]).await.ok();
    let said = on_new.says(&["snapshots", "upload", path, "-s", "upgrade"]).await.ok();
    assert!(said.contains("Snapshot uploaded. The snapshot's id is upgrade"), "{said}");
    let calls = asked(&new, 0);
    assert!(calls.ends_with(&UPLOAD.map(str::to_owned)), "{calls:?}");
    let restored = on_new.says(&["snapshots", "restore", "upgrade"]).await.execution();
    until(async || {
        let truth = new.truth();
        let is_over = truth.executions.iter().any(|found| found.id == restored && found.status == "terminated");
        (is_over && truth.admin.1 == OLD && truth.able_to_log_in.contains("admin")).then_some(())
    })
    .await;
    let said = on_new.says(&["snapshots", "status"]).await.ok();
    assert!(said.contains("No snapshot is currently being restored"), "{said}");

    // The old manager's password is in force now (fact 4).
    on_new.password = Some(OLD.to_owned());
    until(async || (on_new.says(&["tenants", "list"]).await.code == Some(0)).then_some(())).await;
    assert_eq!(ids(&on_new.shows(&["deployments", "list", "-a"]).await), ["web", "data"]);
    let said = on_new.says(&["agents", "install", "--all-tenants"]).await.ok();
    for deployment in ["web", "data"] {
        let end = format!("Finished executing workflow 'install_new_agents' on deployment '{deployment}'");
        assert!(said.contains(&end), "{said}");
    }
    let agents = on_new.shows(&["agents", "list", "--all-tenants"]).await;
    assert_eq!(agents.as_array().unwrap().len(), 3);
    assert!(estate.hosts().iter().all(|host| host.manager() == Some("new")));
    assert!(estate.duplicated().is_empty());
    assert!(estate.lost().is_empty());
    old.stop().await;
    new.stop().await;
}

#[tokio::test]
async fn what_the_real_client_asks_is_what_the_dossier_says_and_gets_its_answers() {
    let Some(person) = Person::called(OLD) else { return };
    let (manager, _) = manager_with(&Estate::new(), "manager", Release::V7_0, furnished).await;
    let mut seen = 0;
    let mut since = |manager: &Manager| {
        let new = asked(manager, seen);
        seen += new.len();
        new
    };
    person.uses(&manager, &[]).await.ok();
    assert_eq!(since(&manager), ["GET status", "GET provider/context"]);
    let said = person.says(&["--version"]).await.ok();
    assert!(said.contains("Cloudify CLI 7.0.5") && said.contains("Cloudify Manager 7.0.0"), "{said}");
    assert_eq!(since(&manager), ["GET /api/version"]);
    let said = person.says(&["status"]).await.ok();
    assert!(said.contains("RabbitMQ") && said.contains("Active"), "{said}");
    assert_eq!(since(&manager), ["GET status", "GET maintenance"]);
    assert_eq!(person.shows(&["status"]).await["status"], "OK");
    since(&manager);

    let said = person.says(&["users", "list"]).await.ok();
    assert!(said.contains("erika") && said.contains("sys_admin"), "{said}");
    assert!(since(&manager)[0].starts_with("GET users?"));
    let said = person.says(&["tenants", "list"]).await.ok();
    assert!(said.contains(TENANT) && said.contains("team"), "{said}");
    assert!(since(&manager)[0].starts_with("GET tenants?"));
    assert_eq!(ids(&person.shows(&["deployments", "list"]).await), ["web"]);
    since(&manager);

    person.says(&["maintenance-mode", "activate", "--wait", "--timeout", "30"]).await.ok();
    assert_eq!(since(&manager)[0], "POST maintenance/activate");
    let said = person.says(&["maintenance-mode", "activate"]).await;
    assert_eq!(said.code, Some(1));
    // The words of 7.0.5 for a 304 (2.2).
    assert!(said.out.contains("Nothing to modify"), "{said:?}");
    let said = person.says(&["maintenance-mode", "status"]).await.ok();
    assert!(said.contains("activated"), "{said}");
    person.says(&["maintenance-mode", "deactivate"]).await.ok();
    since(&manager);

    // With --json the id of the execution is lost (1.3).
    assert_eq!(person.says(&["--json", "snapshots", "create", "upgrade"]).await.ok(), "");
    snapshot_made(&person, &manager, "upgrade").await;
    assert_eq!(since(&manager)[0], "PUT snapshots/upgrade");
    let said = person.says(&["snapshots", "create", "upgrade"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("409"), "{said:?}");
    let executions = person.shows(&["executions", "list", "--include-system-workflows"]).await;
    assert_eq!(executions[0]["workflow_id"], "create_snapshot");
    let said = person.says(&["snapshots", "delete", "upgrade"]).await.ok();
    assert!(said.contains("Snapshot deleted successfully"), "{said}");
    assert!(manager.truth().snapshots.is_empty());
    manager.stop().await;
}

#[tokio::test]
async fn with_a_password_in_its_profile_the_client_asks_for_the_cluster() {
    let Some(mut person) = Person::called(OLD) else { return };
    person.password = None;
    let (manager, _) = manager_with(&Estate::new(), "manager", Release::V7_0, furnished).await;
    person.uses(&manager, &["-u", "admin", "-p", OLD]).await.ok();
    assert_eq!(
        asked(&manager, 0),
        ["GET status", "GET provider/context", "GET managers", "GET brokers", "GET db-nodes"]
    );
    // What an existing profile is told is ignored, and that is no failure (1.2).
    let said = person.uses(&manager, &["-u", "admin", "-p", "another"]).await.ok();
    assert!(said.contains("already exists"), "{said}");
    person.says(&["deployments", "list"]).await.ok();
    manager.stop().await;
}

#[tokio::test]
async fn the_oldest_manager_answers_the_client_as_far_as_it_knows_it() {
    is_known_to_the_client(Release::V4_2).await;
}

#[tokio::test]
#[ignore = "minutes: cargo xtask test cloudify runs it"]
async fn managers_in_between_answer_the_client_as_far_as_it_knows_them() {
    for release in [Release::V4_6, Release::V5_0_5] {
        is_known_to_the_client(release).await;
    }
}

async fn is_known_to_the_client(release: Release) {
    let Some(person) = Person::called(OLD) else { return };
    let (manager, admin) = manager_with(&Estate::new(), "manager", release, furnished).await;
    person.uses(&manager, &[]).await.ok();
    let said = person.says(&["--version"]).await.ok();
    assert!(said.contains(&format!("Cloudify Manager {}", release.number())), "{said}");
    let said = person.says(&["tenants", "list"]).await.ok();
    assert!(said.contains("team"), "{said}");
    assert_eq!(ids(&person.shows(&["deployments", "list", "-a"]).await), ["web", "data"]);
    person.says(&["maintenance-mode", "activate"]).await.ok();
    person.says(&["maintenance-mode", "deactivate"]).await.ok();
    // Users have no roles by groups before 4.3, and the list of services had another shape before 5.0.5.
    let code = |knows: bool| Some(i32::from(!knows));
    assert_eq!(person.says(&["users", "list"]).await.code, code(release > Release::V4_2));
    assert_eq!(person.says(&["status"]).await.code, code(release >= Release::V5_0_5));
    assert_eq!(person.says(&["snapshots", "status"]).await.code, code(release >= Release::V5_0_5));
    assert_eq!(person.says(&["agents", "list", "-a"]).await.code, code(release > Release::V4_2));
    // It leaves out a word that they want (2.2), so it can restore on none of them.
    admin.snapshot("upgrade").await;
    let said = person.says(&["snapshots", "restore", "upgrade", "-f"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("Missing recreate_deployments_envs"), "{said:?}");
    if release > Release::V4_2 {
        // On 4.2 it would ask for pages without a size, get empty ones, and never end (2.4).
        let said = person.says(&["agents", "install", "--all-tenants"]).await.ok();
        assert!(said.contains("Finished executing workflow"), "{said}");
    }
    manager.stop().await;
}

#[tokio::test]
async fn its_exit_code_says_little_about_what_happened() {
    let Some(mut person) = Person::called("wrong") else { return };
    let (manager, admin) = manager_with(&Estate::new(), "manager", Release::V7_0, furnished).await;
    person.uses(&manager, &["--skip-credentials-validation"]).await.ok();
    let said = person.says(&["status"]).await.ok();
    assert!(said.contains("User is unauthorized"), "{said}");
    person.password = Some(OLD.to_owned());

    admin.snapshot("upgrade").await;
    manager.set_fault(ManagerFault::DownloadTruncated);
    let file = person.file("torn.zip");
    let said = person.says(&["snapshots", "download", "upgrade", "-o", file.to_str().unwrap()]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(std::fs::metadata(&file).unwrap().len() < manager.truth().snapshots[0].length.unwrap());
    manager.clear_faults();
    // What is left of it is in the way of the next try (1.3).
    let said = person.says(&["snapshots", "download", "upgrade", "-o", file.to_str().unwrap()]).await;
    assert_eq!(said.code, Some(1), "{said:?}");

    manager.set_fault(ManagerFault::SnapshotFails { error: "no room".to_owned() });
    let said = person.says(&["snapshots", "create", "second", "--wait-for-status"]).await.ok();
    assert!(said.contains("creation failed [error=no room]"), "{said}");
    manager.stop().await;
}

#[tokio::test]
async fn it_trusts_the_certificate_that_it_is_given_and_no_other() {
    let Some(person) = Person::called(OLD) else { return };
    let secure = |config: &mut ManagerConfig| {
        furnished(config);
        config.tls = true;
    };
    let (manager, _) = manager_with(&Estate::new(), "manager", Release::V7_0, secure).await;
    let (other, _) = manager_with(&Estate::new(), "other", Release::V7_0, secure).await;
    for (file, certificate, code) in
        [("other.pem", other.certificate(), Some(1)), ("own.pem", manager.certificate(), Some(0))]
    {
        std::fs::write(person.file(file), certificate.unwrap()).unwrap();
        let path = person.file(file).to_str().unwrap().to_owned();
        let said = person.uses(&manager, &["-c", &path, "--profile-name", file]).await;
        assert_eq!(said.code, code, "{said:?}");
    }
    assert_eq!(ids(&person.shows(&["deployments", "list"]).await), ["web"]);
    manager.stop().await;
    other.stop().await;
}
