//! What cannot be a migration is refused before anything is touched, and says what to do instead.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::cloudify::{Manager, Release};
use model::id::{NodeInstanceId, SnapshotId, TenantName};
use model::procedure::{Inputs, MigrateManager};

use support::managers::{ManagersStory, change, migrate, migration};

/// They become parts of paths, here and on the managers.
#[test]
fn a_snapshot_is_called_nothing_that_leads_elsewhere() {
    for name in ["a/b", "../etc", "..", ".hidden", "", "a b", "a\nb", "ä"] {
        assert!(SnapshotId::new(name).is_err(), "{name:?}");
    }
    let text = r#"{"migrate_manager":{"snapshot":"a/b"}}"#;
    assert!(serde_json::from_str::<Inputs>(text).is_err(), "nor does a form bring one in");
}

#[track_caller]
fn assert_untouched(manager: &Manager) {
    let calls = manager.received();
    assert!(calls.iter().all(|call| call.method == "GET"), "it was only looked at: {calls:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_the_manager_does_not_have_is_refused_by_its_name() {
    let story = ManagersStory::begin(Release::V4_2, Release::V4_6).await;
    change(&story, |settings| settings.old.rest.tenant = TenantName::new("nowhere").unwrap()).await;
    let refused = story.ask(migrate(migration())).await.unwrap_err().to_string();
    assert!(refused.contains("nowhere"), "{refused}");
    assert_untouched(story.old());
    assert_untouched(&story.new);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_nobody_knows_cannot_be_left_behind() {
    let story = ManagersStory::begin(Release::V4_2, Release::V4_6).await;
    let inputs = MigrateManager { left_behind: [NodeInstanceId::new("vm_nobody").unwrap()].into(), ..migration() };
    let refused = story.ask(migrate(inputs)).await.unwrap_err().to_string();
    assert!(refused.contains("no deployment has a host vm_nobody"), "{refused}");
    assert_untouched(story.old());
    story.finish().await;
}
