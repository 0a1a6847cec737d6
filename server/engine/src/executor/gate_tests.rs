//! Gates at which somebody of a group has to confirm, on both databases.

use std::time::Duration;

use model::event::{EventKind, Outcome};
use model::id::GroupName;
use model::people::{Person, Role};
use model::plan::Confirmation;
use model::policy::Starter;
use model::run::{Phase, RunState};
use model::verb::Verb;
use model::wait::WaitReason;

use super::tests::{Bench, Silence, TinyWorld};
use crate::testing::on_both;

fn storage() -> GroupName {
    GroupName::new("storage").unwrap()
}

/// Before the routers, and when all is done.
fn confirmations() -> Vec<Confirmation> {
    let one = |before, text: &str| Confirmation {
        before,
        from: storage(),
        text: text.to_owned(),
        starter: Starter::IsSomebodyElse,
    };
    vec![one(2, "look at the vPool"), one(3, "count the volumes")]
}

/// Waits until the run asks for that confirmation.
async fn asked(bench: &Bench, number: u16) -> RunState {
    let looking = async {
        loop {
            let state = bench.engine.state(&bench.run).await.unwrap();
            if state.asked_to_confirm() == Some(number) {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), looking).await.expect("nobody was ever asked")
}

on_both! {
    async fn a_run_waits_for_the_group_and_only_the_group_lets_it_go_on(fresh: Fresh) {
        let (mut bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        bench.confirm(confirmations()).await;
        let engine = bench.engine.clone();
        let rita = engine.people().await.unwrap().remove(0);
        let stan = bench.fresh.person("stan", &[Role::Approver]).await;
        let vera = bench.fresh.person("vera", &[Role::Viewer]).await;
        let olaf = bench.fresh.person("olaf", &[Role::Operator]).await;
        let members = [&rita, &stan, &vera].map(|person| person.id.clone());
        engine.save_group(&rita, storage(), members.into()).await.unwrap();
        let say = async |by: &Person, verb: Verb, reason: &str| {
            engine.intervene(by, &bench.run, &verb, reason).await.map_err(|error| error.to_string())
        };
        let driving = tokio::spawn({
            let (bench, world) = (bench.clone(), world.clone());
            async move { drop(bench.drive(&world).await) }
        });
        let state = asked(&bench, 0).await;
        let wait = state.wait().unwrap();
        assert_eq!(wait.reason, WaitReason::Confirmation { number: 0, from: storage(), text: "look at the vPool".into() });
        assert!(wait.reason.words().contains("the group storage has to confirm"));
        assert_eq!(engine.duties(&stan).await.unwrap().gates.len(), 1);
        for (by, why) in [
            (&rita, "you asked for it"),
            (&olaf, "somebody of the group storage"),
            (&vera, "the role operator or approver"),
        ] {
            assert!(say(by, Verb::Confirm { number: 0 }, "").await.unwrap_err().contains(why), "{}", by.name);
            assert!(engine.duties(by).await.unwrap().gates.is_empty(), "{}", by.name);
            assert!(engine.run(by, &bench.run).await.unwrap().asked.unwrap().may.is_err(), "{}", by.name);
        }
        assert!(say(&stan, Verb::Confirm { number: 1 }, "").await.unwrap_err().contains("nobody is asked"), "out of turn");
        assert!(say(&stan, Verb::RefuseGate { number: 0 }, " ").await.unwrap_err().contains("say why"));
        say(&stan, Verb::RefuseGate { number: 0 }, "a node is missing").await.unwrap();
        let paused = engine.state(&bench.run).await.unwrap();
        assert_eq!(paused.pause.map(|wish| (wish.by, wish.reason)), Some(("stan".into(), "a node is missing".into())));
        assert!(say(&stan, Verb::Confirm { number: 0 }, "").await.is_err(), "a paused run was confirmed");
        say(&olaf, Verb::Resume, "").await.unwrap();
        asked(&bench, 0).await;
        assert_eq!(world.times("reboot vm-2"), 0, "a router was restarted behind the gate");
        // What was so before people took their time need not be so now.
        world.differ(Some("vm-2 is gone"));
        say(&stan, Verb::Confirm { number: 0 }, "all nodes are there").await.unwrap();
        say(&stan, Verb::Confirm { number: 0 }, "").await.unwrap();
        let looking = async {
            loop {
                let wait = engine.state(&bench.run).await.unwrap().wait();
                if wait.is_some_and(|wait| matches!(wait.reason, WaitReason::Drift { .. })) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), looking).await.expect("a confirmation has opened a gate that does not fit");
        assert_eq!(world.times("reboot vm-2"), 0);
        world.differ(None);
        let state = asked(&bench, 1).await;
        assert_eq!((world.times("reboot vm-2"), world.times("set 0")), (1, 0));
        assert_eq!(state.confirmed[&0].reason, "all nodes are there");
        say(&stan, Verb::Confirm { number: 1 }, "").await.unwrap();
        driving.await.unwrap();
        assert_eq!(engine.state(&bench.run).await.unwrap().phase, Phase::Over(Outcome::Succeeded));
        assert_eq!(world.times("set 0"), 1);
        let events = engine.store().events(&bench.run, 0).await.unwrap();
        let confirmed = events.iter().filter(|event| matches!(event.kind, EventKind::GateConfirmed { .. })).count();
        assert_eq!(confirmed, 2, "one yes was counted twice");
        let audit = engine.audit(&model::audit::AuditFilter::default()).await.unwrap();
        let deeds: Vec<(&str, &str)> = audit
            .iter()
            .rev()
            .filter(|entry| entry.what.starts_with("run.gate"))
            .map(|entry| (entry.what.as_str(), entry.detail.as_str()))
            .collect();
        let expected = [
            ("run.gate_refused", "before “Routers”: look at the vPool a node is missing"),
            ("run.gate_confirmed", "before “Routers”: look at the vPool all nodes are there"),
            ("run.gate_confirmed", "after the last stage: count the volumes"),
        ];
        assert_eq!(deeds, expected);
    }
}

on_both! {
    async fn a_run_that_waits_for_the_group_can_be_aborted_and_closes_what_it_opened(fresh: Fresh) {
        let (mut bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        bench.confirm(confirmations()).await;
        let olaf = bench.fresh.person("olaf", &[Role::Operator]).await;
        let driving = tokio::spawn({
            let (bench, world) = (bench.clone(), world.clone());
            async move { drop(bench.drive(&world).await) }
        });
        asked(&bench, 0).await;
        bench.engine.abort(&olaf, &bench.run, "nobody answers").await.unwrap();
        driving.await.unwrap();
        assert_eq!(bench.engine.state(&bench.run).await.unwrap().phase, Phase::Over(Outcome::Aborted));
        assert_eq!((world.times("reboot vm-2"), world.port().as_str()), (0, "0"));
    }
}
