//! "Test connection" says what stands in the way of a migration.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use lab::cloudify::{Account, Estate, Release};
use model::precheck::{Precheck, Verdict};
use support::{OLD_PASSWORD, client_for, client_with, local, manager, pair, settings};

#[track_caller]
fn one<'c>(checks: &'c [Precheck], words: &str) -> &'c Precheck {
    checks.iter().find(|check| check.title.contains(words)).unwrap_or_else(|| panic!("{words:?}: {checks:#?}"))
}

#[tokio::test]
async fn two_managers_that_fit_pass_and_plain_http_is_a_warning() {
    let pair = pair(Release::V4_2, Release::V5_0_5).await;
    let checks = pair.client.test_connection().await;
    assert!(checks.iter().all(|check| check.verdict.allows_start()), "{checks:#?}");
    assert_eq!(one(&checks, "These releases").verdict, Verdict::Good);
    assert_eq!(one(&checks, "to the old manager is protected").verdict, Verdict::Warning);
    assert!(one(&checks, "The new manager answers").evidence.contains("5.0.5 premium"));
}

#[tokio::test]
async fn releases_that_do_not_fit_a_wrong_password_and_a_plain_user_block() {
    let pair = pair(Release::V3_4_2, Release::V5_0_5).await;
    let checks = pair.client.test_connection().await;
    let releases = one(&checks, "These releases");
    assert_eq!(releases.verdict, Verdict::Blocking);
    assert!(releases.evidence.contains("3.4.2") && releases.resolution.contains("4.6"), "{releases:?}");

    let estate = Estate::new();
    let old = manager(&estate, "old", Release::V4_2, "another", |_| {}).await;
    let checks = client_for(&settings(old.url(), "http://127.0.0.1:1".to_owned())).test_connection().await;
    assert_eq!(one(&checks, "The old manager answers").verdict, Verdict::Blocking);
    assert_eq!(one(&checks, "The new manager answers").verdict, Verdict::Unknown);

    let old = manager(&estate, "plain", Release::V4_2, "x", |config| {
        config.admin = Account::user("admin", OLD_PASSWORD, &[support::TENANT]);
    })
    .await;
    let checks = client_for(&settings(old.url(), "http://127.0.0.1:1".to_owned())).test_connection().await;
    let rights = one(&checks, "what a migration needs");
    assert_eq!((rights.verdict, rights.evidence.as_str()), (Verdict::Blocking, "the role is default"));
}

#[tokio::test]
async fn two_names_of_one_machine_are_found_out() {
    let pair = pair(Release::V4_2, Release::V5_0_5).await;
    let settings = settings(pair.old.url(), pair.new.url());
    let (old, access) = local("old");
    let hosts = [(old, access.clone()), (local("new").0, access)].into();
    let checks = client_with(&settings, hosts).test_connection().await;
    assert_eq!(one(&checks, "two machines").verdict, Verdict::Blocking);
}
