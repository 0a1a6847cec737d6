//! What cannot be a migration is refused before anything is touched, and says what to do instead.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use std::net::Ipv4Addr;

use lab::cloudify::{CloudifyLabConfig, Form, Place, Release};
use model::environment::{Access, NewManager};
use model::id::{HostName, NodeInstanceId, SnapshotId, TenantName};
use model::procedure::{Inputs, MigrateManager};

use support::managers::{ManagersStory, assert_untouched, change, migrate, migration};
use support::migration::MigrationStory;

/// They become parts of paths, here and on the managers.
#[test]
fn a_snapshot_is_called_nothing_that_leads_elsewhere() {
    for name in ["a/b", "../etc", "..", ".hidden", "", "a b", "a\nb", "ä"] {
        assert!(SnapshotId::new(name).is_err(), "{name:?}");
    }
    let text = r#"{"migrate_manager":{"snapshot":"a/b"}}"#;
    assert!(serde_json::from_str::<Inputs>(text).is_err(), "nor does a form bring one in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_the_manager_does_not_have_is_refused_by_its_name() {
    let story = ManagersStory::begin(Release::V4_2, Release::V4_6).await;
    change(&story, |settings| settings.old.rest.tenant = TenantName::new("nowhere").unwrap()).await;
    let refused = story.ask(migrate(migration())).await.unwrap_err().to_string();
    assert!(refused.contains("nowhere"), "{refused}");
    assert_untouched(&story.old().received());
    assert_untouched(&story.new.received());
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_nobody_knows_cannot_be_left_behind() {
    let story = ManagersStory::begin(Release::V4_2, Release::V4_6).await;
    let inputs = MigrateManager { left_behind: [NodeInstanceId::new("vm_nobody").unwrap()].into(), ..migration() };
    let refused = story.ask(migrate(inputs)).await.unwrap_err().to_string();
    assert!(refused.contains("no deployment has a host vm_nobody"), "{refused}");
    assert_untouched(&story.old().received());
    story.finish().await;
}

/// Under another name, and its address written in another way: what tells is how the machine has booted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_managers_host_given_as_the_new_ones_is_found_out_by_the_machine_itself() {
    let story = MigrationStory::begin(CloudifyLabConfig::small(Release::V4_2, Release::V4_6, Form::NewHost)).await;
    change(&story, |settings| {
        let access = settings.old.host.access.clone();
        let address: Ipv4Addr = access.address.parse().unwrap();
        let NewManager::AnotherHost(new) = &mut settings.new else { panic!("it comes in place") };
        new.host.name = HostName::new("cfy-next").unwrap();
        new.host.access = Access { address: address.to_bits().to_string(), ..access };
    })
    .await;
    let before = story.truth().await;
    let refused = story.ask(migrate(migration())).await.unwrap_err().to_string();
    for words in ["new.host", "old and cfy-next are one machine", before.machines[0].boot_id.as_str()] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    for place in [Place::Old, Place::New] {
        assert_untouched(&story.lab.received(place).await);
    }
    assert_eq!(story.truth().await, before);
    story.finish().await;
}
