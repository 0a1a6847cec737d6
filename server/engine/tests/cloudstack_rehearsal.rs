//! A rehearsal before the real run: the same steps in the same order, and nothing is touched by it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::LabConfig;
use model::event::Outcome;
use model::procedure::RestartSystemVms;
use support::{Story, assert_outcome, events, native, script, sequence};

async fn the_rehearsal_is_the_run(inputs: RestartSystemVms) {
    let story = Story::begin(LabConfig::default()).await;
    let request = story.prepare(inputs).await.unwrap();
    let before = story.lab.truth().await;
    let id = story.engine.rehearse(&story.rita, &request, None).await.unwrap();
    let (rehearsal, _) = story.engine.rehearsal(&id).await.unwrap();
    let after = story.lab.truth().await;
    assert_eq!(before.vms, after.vms, "a rehearsal has touched a VM");
    assert_eq!(rehearsal.outcome, Some(Outcome::Succeeded));
    story.approve(&request).await;
    let run = story.start(&request).await.unwrap();
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    assert_eq!(sequence(&rehearsal.events), sequence(&events(&story, &run).await));
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_signed_requests() {
    // Two at once may overtake each other.
    the_rehearsal_is_the_run(RestartSystemVms { parallel_routers: 1, ..native() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_vendors_script() {
    the_rehearsal_is_the_run(script()).await;
}
