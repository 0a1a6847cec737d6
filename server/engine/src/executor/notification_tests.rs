//! What people are told of a run, as it is recorded: on both databases, once each, also when its server dies.

use std::sync::Arc;

use model::id::StepId;
use model::notification::{Channel, Format, Occasion};
use model::people::{Person, Role};
use model::secret::SecretRef;
use model::time::Timestamp;
use model::verb::{Verb, Verdict};
use serde_json::Value;

use super::tests::{Bench, Silence, TinyWorld};
use crate::Engine;
use crate::notify::receivers::Hook;
use crate::store::requests::{Closed, close};
use crate::testing::{Fresh, on_both};

/// A webhook that is told of everything, in the words of Slack or our own.
async fn hook(engine: &Engine, fresh: &Fresh, ada: &Person) -> Hook {
    let hook = Hook::open().await;
    let file = |name: &str, text: &str| {
        let path = fresh.settings.data_dir.join(name);
        std::fs::write(&path, text).unwrap();
        SecretRef::File(path.display().to_string())
    };
    let format = Format::Signed { key: file("key-of-hook", "key") };
    let channel = Channel::Post { address: file("hook", &hook.url()), shown: String::new(), format };
    engine.add_target(ada, None, channel, Occasion::ALL.into()).await.unwrap();
    engine.deliver_notifications();
    hook
}

/// What was told: the occasion, and what it says.
fn told(hook: &Hook) -> Vec<(String, String)> {
    let read = |body: &str| serde_json::from_str::<Value>(body).unwrap();
    let words = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let posted = hook.taken();
    posted.iter().map(|posted| read(&posted.body)).map(|body| (words(&body, "type"), words(&body, "says"))).collect()
}

fn occasions(hook: &Hook) -> Vec<String> {
    told(hook).into_iter().map(|(occasion, _)| occasion).filter(|occasion| occasion != "approval_needed").collect()
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let looking = async {
        while !holds().await {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(std::time::Duration::from_secs(60), looking).await.is_ok(), "{what}");
}

/// As the start of its run does.
async fn close_request(bench: &Bench) {
    let line = bench.engine.store().run_line(&bench.run).await.unwrap().unwrap();
    let mut tx = bench.engine.store().write().await.unwrap();
    close(&mut tx, &line.request, Closed::Started).await.unwrap();
    tx.commit().await.unwrap();
}

fn in_background(bench: &Bench, world: &Arc<TinyWorld>) -> tokio::task::JoinHandle<()> {
    let (bench, world) = (bench.clone(), world.clone());
    tokio::spawn(async move { drop(bench.drive(&world).await) })
}

on_both! {
    async fn a_run_that_ends_well_is_told_once(fresh: Fresh) {
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let (bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        let hook = hook(&bench.engine, &bench.fresh, &ada).await;
        bench.drive(&world).await;
        hook.until(1).await;
        assert_eq!(told(&hook), [("finished".to_owned(), "Every step has its proof.".to_owned())]);
    }
}

on_both! {
    async fn a_failure_is_told_when_somebody_has_to_decide_and_when_it_is_over(fresh: Fresh) {
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let olaf = fresh.person("olaf", &[Role::Operator]).await;
        let (mut bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        bench.hold(600);
        close_request(&bench).await;
        let hook = hook(&bench.engine, &bench.fresh, &ada).await;
        world.refuse(Some("rebootRouter"));
        let driving = in_background(&bench, &world);
        hook.until(1).await;
        let (occasion, says) = told(&hook).remove(0);
        assert_eq!(occasion, "failed");
        assert!(says.contains("Somebody has to decide until"), "{says}");
        assert!(!says.contains("no such VM"), "what the platform said stays in the house: {says}");
        // An hour without a decision is too long, and is said once.
        let later = Timestamp(bench.engine.now().0 + 2 * 3_600_000);
        for _ in 0..3 {
            bench.engine.tell_of_long_waits(later).await.unwrap();
        }
        bench.engine.0.post.wake();
        hook.until(2).await;
        let state = bench.engine.state(&bench.run).await.unwrap();
        let failed: StepId = state.failures().next().map(|(id, _)| id.clone()).unwrap();
        let ask = Verb::Ask { step: failed, verdict: Verdict::Skip };
        bench.engine.intervene(&olaf, &bench.run, &ask, "secret-reason-MARK").await.unwrap();
        hook.until(3).await;
        let (occasion, says) = told(&hook).remove(2);
        assert_eq!(occasion, "approval_needed", "{:#?}", told(&hook));
        assert!(says.contains("olaf asks to skip it. A second person has to agree."), "{says}");
        bench.engine.abort(&olaf, &bench.run, "secret-reason-MARK").await.unwrap();
        driving.await.unwrap();
        hook.until(4).await;
        assert_eq!(occasions(&hook)[..2], ["failed", "waiting_too_long"]);
        assert!(!hook.taken().iter().any(|posted| posted.body.contains("MARK")));
    }
}

on_both! {
    async fn what_cannot_be_closed_is_told_once_however_often_it_is_tried(fresh: Fresh) {
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let (bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        let hook = hook(&bench.engine, &bench.fresh, &ada).await;
        let driving = in_background(&bench, &world);
        until("the port is open", async || world.times("set 8096") > 0).await;
        world.refuse(Some("updateConfiguration"));
        hook.until(1).await;
        let (occasion, says) = told(&hook).remove(0);
        assert_eq!((occasion.as_str(), says.contains("“close” has not worked")), ("alarm", true), "{says}");
        let close = StepId::new("close").unwrap();
        until("it is tried again and again", async || {
            bench.engine.state(&bench.run).await.unwrap().steps[&close].failures > 3
        })
        .await;
        world.refuse(None);
        driving.await.unwrap();
        hook.until(2).await;
        assert_eq!(occasions(&hook), ["alarm", "finished"]);
    }
}

on_both! {
    async fn what_was_recorded_by_a_server_that_died_is_told_by_the_next(fresh: Fresh) {
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let (bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        let hook = hook(&bench.engine, &bench.fresh, &ada).await;
        // It ends without having delivered anything; then the run ends, and the whole server.
        bench.engine.0.post.stop().await;
        bench.drive(&world).await;
        assert_eq!(hook.taken(), []);
        let data_dir = bench.fresh.settings.data_dir.join("next");
        let settings = crate::Settings { data_dir, ..bench.fresh.settings.clone() };
        let next = Engine::open_with(settings, crate::testing::QUICK).await.unwrap();
        next.deliver_notifications();
        hook.until(1).await;
        assert_eq!(occasions(&hook), ["finished"]);
        next.shutdown().await;
    }
}
