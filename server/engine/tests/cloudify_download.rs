//! The archive on its way: it is continued where it broke off, and what is no whole snapshot is never kept.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{Forgery, ManagerConfig, ManagerFault, Release};
use model::event::Outcome;

use support::managers::{ManagersStory, migrate, migration, tuning};
use support::{assert_outcome, complaints};

const PAYLOAD: u64 = 4 << 20;

async fn begin(ranges: bool) -> ManagersStory {
    let large = |old: &mut ManagerConfig, _: &mut ManagerConfig| {
        old.payload = PAYLOAD;
        old.ranges = ranges;
    };
    ManagersStory::begin_with(Release::V4_2, Release::V4_6, tuning(), large).await
}

/// Statuses of the downloads that the old manager was asked for.
fn downloads(story: &ManagersStory) -> Vec<u16> {
    let calls = story.old().received();
    let archives = calls.iter().filter(|call| call.method == "GET" && call.target.ends_with("/archive"));
    archives.map(|call| call.status).collect()
}

async fn broken_once(ranges: bool, answers: [u16; 2]) {
    let mut story = begin(ranges).await;
    story.old().set_fault(ManagerFault::DownloadBreaks);
    let run = story.carry_out(migrate(migration())).await;
    story.until_step(&run, "restore/compare", |_| true).await;
    assert_eq!(downloads(&story), answers);
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    story.assert_whole();
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_broke_off_is_continued_where_ranges_are_known() {
    broken_once(true, [200, 206]).await;
}

/// As managers are by themselves (2.2).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_broke_off_comes_once_more_where_they_are_not() {
    broken_once(false, [200, 200]).await;
}

async fn is_refused(fault: ManagerFault, words: &str) {
    let story = begin(false).await;
    story.old().set_fault(fault);
    let run = story.carry_out(migrate(migration())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let said = complaints(&view);
    assert!(said.contains("snapshot/keep failed") && said.contains(words), "{said}");
    assert_eq!(downloads(&story).len(), 3, "it was tried three times");
    let calls = story.new.received();
    assert!(calls.iter().all(|call| call.method == "GET"), "the new manager was only looked at: {calls:#?}");
    assert!(story.estate.hosts().iter().all(|host| host.manager() == Some("old")));
    story.finish().await;
}

/// Fact 1: the vendor's client of 4.2 exits with 0.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_that_is_always_truncated_ends_the_run_before_the_new_manager_is_touched() {
    is_refused(ManagerFault::DownloadTruncated, "bytes came, then it broke off").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn something_that_is_no_zip_ends_the_run_before_the_new_manager_is_touched() {
    is_refused(ManagerFault::DownloadIs(Forgery::NoZip), "not the zip of a snapshot").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zip_bomb_ends_the_run_before_the_new_manager_is_touched() {
    is_refused(ManagerFault::DownloadIs(Forgery::Bomb), "that is no snapshot").await;
}
