//! Which release can become which, and by which way: the pairs that are allowed succeed and lose nothing, the others are
//! refused before a snapshot is made, with the reason.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{CloudifyLabConfig, Form, Place, Release};
use model::event::Outcome;
use model::procedure::MigrateManager;

use support::assert_outcome;
use support::managers::{ManagersStory, NEW_PASSWORD, OLD_PASSWORD, end_of, migrate, migration};
use support::migration::{MigrationStory, assert_whole, in_place};

async fn on_a_new_host(old: Release, new: Release) {
    let mut story = ManagersStory::begin(old, new).await;
    let run = story.carry_out(migrate(migration())).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, end_of(old));
    story.assert_whole();
    assert_eq!(story.estate.hosts().len(), 4);
    let truth = story.new.truth();
    let carries_admin = old >= Release::V4_2;
    assert_eq!(truth.admin.1, if carries_admin { OLD_PASSWORD } else { NEW_PASSWORD }, "fact 4");
    let has_users = old > Release::V3_4_2;
    assert_eq!(truth.users.contains("erika"), has_users, "4.4");
    assert_eq!(truth.able_to_log_in.contains("erika"), carries_admin, "4.4");
    story.finish().await;
}

async fn in_the_old_ones_place(old: Release, new: Release) {
    let mut config = CloudifyLabConfig::small(old, new, Form::SameHost);
    config.old.update_3 = old == Release::V4_0_1;
    let story = MigrationStory::begin(config).await;
    let certificates = story.truth().await.managers["manager"].certificates.clone();
    let run = story.carry_out(migrate(in_place(new))).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, end_of(old));
    let truth = story.truth().await;
    assert_whole(&truth, 4);
    let manager = &truth.managers["manager"];
    let carries_admin = old >= Release::V4_2;
    assert_eq!(manager.version, new.number());
    assert_eq!(manager.certificates, certificates);
    assert_eq!(manager.admin.1, if carries_admin { "old-secret" } else { "new-secret" }, "fact 4");
    assert_eq!(manager.able_to_log_in.contains("erika"), carries_admin, "4.4");
    assert_eq!(truth.machines[0].boots, 1, "S9");
    story.finish().await;
}

macro_rules! allowed {
    ($($(#[$long:meta])? $name:ident: $way:ident, $old:ident, $new:ident;)+) => {
        $(
            $(#[$long])?
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $way(Release::$old, Release::$new).await;
            }
        )+
    };
}

allowed! {
    new_host_3_4_2_to_4_2: on_a_new_host, V3_4_2, V4_2;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_3_4_2_to_4_6: on_a_new_host, V3_4_2, V4_6;
    new_host_4_0_1_to_4_2: on_a_new_host, V4_0_1, V4_2;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_4_0_1_to_4_6: on_a_new_host, V4_0_1, V4_6;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_4_0_1_to_5_0_5: on_a_new_host, V4_0_1, V5_0_5;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_4_1_to_4_2: on_a_new_host, V4_1, V4_2;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_4_1_to_4_6: on_a_new_host, V4_1, V4_6;
    new_host_4_1_to_5_0_5: on_a_new_host, V4_1, V5_0_5;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_4_2_to_4_2: on_a_new_host, V4_2, V4_2;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_4_2_to_4_6: on_a_new_host, V4_2, V4_6;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_4_2_to_5_0_5: on_a_new_host, V4_2, V5_0_5;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_4_5_to_4_6: on_a_new_host, V4_5, V4_6;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    new_host_4_5_to_5_0_5: on_a_new_host, V4_5, V5_0_5;
    in_place_4_0_1_to_4_2: in_the_old_ones_place, V4_0_1, V4_2;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    in_place_4_0_1_to_4_6: in_the_old_ones_place, V4_0_1, V4_6;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    in_place_4_0_1_to_5_0_5: in_the_old_ones_place, V4_0_1, V5_0_5;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    in_place_4_1_to_4_2: in_the_old_ones_place, V4_1, V4_2;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    in_place_4_1_to_4_6: in_the_old_ones_place, V4_1, V4_6;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    in_place_4_1_to_5_0_5: in_the_old_ones_place, V4_1, V5_0_5;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    in_place_4_2_to_4_2: in_the_old_ones_place, V4_2, V4_2;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    in_place_4_2_to_4_6: in_the_old_ones_place, V4_2, V4_6;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    in_place_4_2_to_5_0_5: in_the_old_ones_place, V4_2, V5_0_5;
    #[ignore = "minutes in all: cargo xtask test cloudify runs it"]
    in_place_4_5_to_4_6: in_the_old_ones_place, V4_5, V4_6;
    in_place_4_5_to_5_0_5: in_the_old_ones_place, V4_5, V5_0_5;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pairs_that_are_forbidden_on_a_new_host_are_refused_before_the_snapshot() {
    for (old, new, why) in [
        (Release::V3_4_2, Release::V5_0_5, "5.0.5 refuses snapshots of 3.4.2"),
        (Release::V4_5, Release::V4_2, "the new manager, 4.2.0, is older than the old one, 4.5.0"),
    ] {
        let story = ManagersStory::begin(old, new).await;
        let refused = story.ask(migrate(migration())).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
        for manager in [story.old(), &story.new] {
            assert!(manager.truth().snapshots.is_empty());
            assert!(manager.received().iter().all(|call| call.method == "GET"), "{:#?}", manager.received());
        }
        story.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pairs_that_are_forbidden_in_place_are_refused_before_the_snapshot() {
    let too_old = "cannot be upgraded in place: that takes 4.0.1 or later (S2)";
    for (old, new, why) in [
        (Release::V3_4_2, Release::V4_2, too_old),
        (Release::V3_4_2, Release::V4_6, too_old),
        (Release::V3_4_2, Release::V5_0_5, "5.0.5 refuses snapshots of 3.4.2"),
        (Release::V4_5, Release::V4_2, "the new manager, 4.2.0, is older than the old one, 4.5.0"),
    ] {
        let story = MigrationStory::begin(CloudifyLabConfig::small(old, new, Form::SameHost)).await;
        let refused = story.ask(migrate(in_place(new))).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
        assert!(story.truth().await.managers["manager"].snapshots.is_empty());
        let calls = story.lab.received(Place::Old).await;
        assert!(calls.iter().all(|call| call.method == "GET"), "{calls:#?}");
        story.finish().await;
    }
}

/// S3: nobody sees it from outside, so it is answered for; and the archive tells the truth.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_4_0_1_without_its_update_3_is_found_out_by_its_archive_and_nothing_is_restored() {
    let unpatched = |old: &mut lab::cloudify::ManagerConfig, _: &mut lab::cloudify::ManagerConfig| old.update_3 = false;
    let story = ManagersStory::begin_with(Release::V4_0_1, Release::V4_2, support::managers::tuning(), unpatched).await;
    let silent = MigrateManager { confirmed: [].into(), ..migration() };
    let refused = story.ask(migrate(silent)).await.unwrap_err().to_string();
    assert!(refused.contains("confirm that"), "{refused}");
    let run = story.carry_out(migrate(migration())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let said = support::complaints(&view);
    assert!(said.contains("snapshot/keep failed") && said.contains("update-3"), "{said}");
    assert!(story.new.truth().snapshots.is_empty());
    story.finish().await;
}
