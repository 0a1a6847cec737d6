//! Managers over HTTPS. One that shows another certificate than the one that is pinned is sent nothing, is named by what it
//! shows, and is never taken for gone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{CloudifyLabConfig, Estate, Form, Manager, ManagerConfig, Place, Release};
use model::environment::NewManager;
use model::event::Outcome;
use model::view::RunView;

use support::managers::{
    ManagersStory, OLD_PASSWORD, SHUT_DOWN, assert_untouched, change, config, migrate, migration, once_more, tuning,
};
use support::migration::{MigrationStory, assert_whole, in_place};
use support::{assert_outcome, complaints};

const INSTALL: &str = "in-place/install";

fn over_tls(form: Form) -> CloudifyLabConfig {
    CloudifyLabConfig::small(Release::V4_5, Release::V5_0_5, form).with_tls()
}

/// As messages show it, and `openssl x509 -fingerprint`.
async fn shown_at(story: &MigrationStory, place: Place) -> String {
    let shown = story.lab.manager(place, |manager| manager.fingerprint().map(ToOwned::to_owned)).await;
    shown.flatten().unwrap()
}

/// As settings take it.
fn pin(fingerprint: &str) -> Option<String> {
    Some(fingerprint.replace(':', "").to_lowercase())
}

/// What a step waits for, in words.
fn waits_for(view: &RunView, step: &str) -> String {
    let found = view.state.steps.iter().find(|(id, _)| id.as_str() == step);
    found.and_then(|(_, state)| state.wait.as_ref()).map(|wait| wait.reason.words()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_pin_is_refused_with_what_is_shown_instead_and_nothing_is_sent() {
    let story = MigrationStory::begin(over_tls(Form::NewHost)).await;
    let shown = shown_at(&story, Place::Old).await;
    change(&story, |settings| settings.old.rest.certificate_sha256 = Some("ab".repeat(32))).await;
    let asked = story.lab.received(Place::Old).await.len();
    let refused = story.ask(migrate(migration())).await.unwrap_err().to_string();
    assert!(refused.contains(&shown) && refused.contains("not pinned"), "{refused}");
    assert_eq!(story.lab.received(Place::Old).await.len(), asked, "no password has left for it");
    assert_untouched(&story.lab.received(Place::New).await);
    let truth = story.truth().await;
    assert!(truth.managers.values().all(|manager| manager.snapshots.is_empty()), "{truth:#?}");
    story.finish().await;
}

/// I3: nobody knows beforehand which certificate an installation makes. It is waited for, and never trusted silently; what
/// is kept is enough to go on once a person has compared and pinned it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_place_a_new_certificate_holds_the_run_up_and_is_named_until_a_person_pins_it() {
    let story = MigrationStory::begin(over_tls(Form::SameHost)).await;
    let run = story.carry_out(migrate(in_place(Release::V5_0_5))).await;
    story.until_begun(&run, "in-place/teardown").await;
    story.lab.tear_down().await.unwrap();
    story.until_begun(&run, INSTALL).await;
    story.lab.install().await.unwrap();
    let shown = shown_at(&story, Place::New).await;
    let names_it = |view: &RunView| waits_for(view, INSTALL).contains(&shown);
    let view = story.until(&run, "it names the certificate", names_it).await;
    let said = waits_for(&view, INSTALL);
    assert!(said.contains("is not trusted") && said.contains("pin what it shows as the new manager's"), "{said}");
    let received = story.lab.received(Place::New).await;
    assert!(received.is_empty(), "something was sent to who is not trusted: {received:#?}");

    story.engine.abort(&story.paul, &run, "its certificate has to be pinned").await.unwrap();
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Aborted);
    change(&story, |settings| {
        let NewManager::SameHost(rest) = &mut settings.new else { panic!("it has a host of its own") };
        rest.certificate_sha256 = pin(&shown);
    })
    .await;
    let run = story.carry_out(migrate(once_more())).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let truth = story.truth().await;
    assert_whole(&truth, 4);
    assert_eq!(truth.managers["manager"].admin.1, "old-secret", "fact 4");
    story.finish().await;
}

/// 3.2: agents want the certificates of before anyway, so the old pin is good for what comes in its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_place_a_manager_that_was_given_the_old_certificate_is_let_in_without_a_pin_of_its_own() {
    let mut config = over_tls(Form::SameHost);
    config.new.keeps_certificate = true;
    let story = MigrationStory::begin(config).await;
    let before = shown_at(&story, Place::Old).await;
    let run = story.carry_out(migrate(in_place(Release::V5_0_5))).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    assert_eq!(shown_at(&story, Place::New).await, before);
    let truth = story.truth().await;
    assert_whole(&truth, 4);
    assert_eq!(truth.machines[0].boots, 1, "S9");
    story.finish().await;
}

/// S12, invariant 3: somebody is there, so it is not proven that nobody is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_manager_that_shows_another_certificate_is_not_taken_for_shut_down() {
    let tls = |old: &mut ManagerConfig, _: &mut ManagerConfig| old.tls = true;
    let mut story = ManagersStory::begin_with(Release::V4_5, Release::V4_6, tuning(), tls).await;
    let shown = story.old().fingerprint().unwrap().to_owned();
    change(&story, |settings| settings.old.rest.certificate_sha256 = pin(&shown)).await;
    let address = story.old().address();
    let run = story.carry_out(migrate(migration())).await;
    story.until_begun(&run, SHUT_DOWN).await;
    story.shut_down_old().await;
    let mut renewed = config("renewed", Release::V4_5, OLD_PASSWORD);
    (renewed.tls, renewed.address) = (true, address);
    let renewed = Manager::start(&Estate::new(), renewed).await.unwrap();
    let shown = renewed.fingerprint().unwrap().to_owned();
    let is_seen = |view: &RunView| waits_for(view, SHUT_DOWN).contains(&shown);
    let view = story.until(&run, "it is seen to be there still", is_seen).await;
    assert!(waits_for(&view, SHUT_DOWN).contains("is still there"), "{}", waits_for(&view, SHUT_DOWN));
    assert!(renewed.received().is_empty(), "{:#?}", renewed.received());
    renewed.stop().await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    assert_eq!(complaints(&view), "");
    story.finish().await;
}
