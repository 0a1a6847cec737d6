//! Promises of starting without approvals, and of the review that has to follow, on both databases.

use model::audit::AuditFilter;
use model::event::EventKind;
use model::id::{GroupName, PolicyId, RunId};
use model::people::{Person, Role};
use model::policy::{
    Asked, Breakers, Calendar, Freeze, Glass, GlassHours, LocalDate, Need, Policy, Scope, Starter, Voters,
};
use model::request::{Decision, Request, RequestWait};
use model::time::Timestamp;

use crate::executor::testing::open_request;
use crate::request_rules::Start;
use crate::testing::{Fresh, on_both};
use crate::{Engine, new_policy_id};

struct Office {
    engine: Engine,
    /// Asks.
    rita: Person,
    /// Operates.
    olaf: Person,
    /// Approves.
    paul: Person,
    ada: Person,
    request: Request,
    _fresh: Fresh,
}

impl Office {
    async fn open(fresh: Fresh) -> Self {
        let rita = fresh.person("rita", &[Role::Requester, Role::Approver, Role::Operator]).await;
        let olaf = fresh.person("olaf", &[Role::Operator, Role::Approver]).await;
        let paul = fresh.person("paul", &[Role::Approver]).await;
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let request = open_request(&fresh.engine, rita.clone()).await;
        Self { engine: fresh.engine.clone(), rita, olaf, paul, ada, request, _fresh: fresh }
    }

    async fn allow(&self, glass: Option<Glass>) {
        self.engine.save_policy(&self.ada, policy(glass)).await.unwrap();
    }

    /// As [`Engine::break_glass`], but for the look at the world, which is not there.
    async fn breaks(&self, by: &Person, request: &Request) -> Result<RunId, String> {
        let how = Start::WithoutApprovals { reason: "the storage is full".to_owned() };
        let run = self.engine.create_run_as(by, &request.id, &request.digest, &how).await;
        run.map_err(|error| error.to_string())
    }

    async fn starts(&self, by: &Person, request: &Request) -> Result<RunId, String> {
        let run = self.engine.create_run(by, &request.id, &request.digest).await;
        run.map_err(|error| error.to_string())
    }

    /// Another request in the same environment, approved. A run that is over is out of its way.
    async fn next(&self, run: &RunId) -> Request {
        let store = self.engine.store();
        let mut tx = store.write().await.unwrap();
        sqlx::query("update run set outcome = 'succeeded', ended_at = 1 where id = $1")
            .bind(run.as_str())
            .execute(&mut *tx)
            .await
            .unwrap();
        let id = model::id::RequestId::new(uuid::Uuid::now_v7().to_string()).unwrap();
        let next = Request { id, at: self.engine.now(), ..self.request.clone() };
        crate::store::requests::insert(&mut tx, &next).await.unwrap();
        tx.commit().await.unwrap();
        self.engine.decide(&self.paul, &next.id, &next.digest, Decision::Approve, "").await.unwrap();
        next
    }

    /// Lets the review be due at that moment.
    async fn due(&self, run: &RunId, at: Timestamp) {
        let mut tx = self.engine.store().write().await.unwrap();
        let due = sqlx::query("update broken_glass set due = $2 where run = $1").bind(run.as_str()).bind(at.0);
        assert_eq!(due.execute(&mut *tx).await.unwrap().rows_affected(), 1);
        tx.commit().await.unwrap();
    }
}

fn glass(by: Breakers) -> Option<Glass> {
    Some(Glass { by, hours: GlassHours::Bind, review_hours: 24 })
}

fn policy(glass: Option<Glass>) -> Policy {
    Policy {
        id: PolicyId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
        name: "house rule".into(),
        version: 0,
        scope: Scope::default(),
        needs: vec![Need { from: Voters::Approvers, count: 1 }],
        starter: Starter::default(),
        denials: 1,
        approval_lasts: None,
        reason: Asked::default(),
        ticket: Asked::default(),
        calendar: None,
        glass,
        gates: vec![],
    }
}

on_both! {
    async fn without_a_policy_that_says_so_nobody_starts_anything_without_approvals(fresh: Fresh) {
        let office = Office::open(fresh).await;
        for person in [&office.olaf, &office.ada] {
            assert!(office.breaks(person, &office.request).await.unwrap_err().contains("let nobody"));
        }
        office.allow(None).await;
        assert!(office.breaks(&office.ada, &office.request).await.unwrap_err().contains("let nobody"));
        office.allow(glass(Breakers::Admins)).await;
        assert!(office.breaks(&office.olaf, &office.request).await.unwrap_err().contains("only admins"));
        assert!(office.breaks(&office.paul, &office.request).await.is_err(), "an approver has started it");
        let view = office.engine.request(&office.olaf, &office.request.id).await.unwrap();
        assert!(view.may_break_glass.is_err() && view.glass.is_none());
        // A second policy that says nothing of it forbids it.
        let other = Policy { id: PolicyId::new(new_policy_id()).unwrap(), name: "other".into(), ..policy(None) };
        office.engine.save_policy(&office.ada, other).await.unwrap();
        assert!(office.breaks(&office.ada, &office.request).await.unwrap_err().contains("let nobody"));
    }
}

on_both! {
    async fn a_run_that_was_started_without_approvals_says_so_everywhere_and_waits_for_its_review(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.allow(glass(Breakers::Operators)).await;
        assert!(office.starts(&office.olaf, &office.request).await.unwrap_err().contains("still needed"));
        let run = office.breaks(&office.olaf, &office.request).await.unwrap();
        assert_eq!(office.breaks(&office.olaf, &office.request).await.unwrap(), run, "started twice");
        let state = office.engine.state(&run).await.unwrap();
        assert_eq!(state.glass.map(|wish| (wish.by, wish.reason)), Some(("olaf".into(), "the storage is full".into())));
        let events = office.engine.store().events(&run, 0).await.unwrap();
        assert!(matches!(&events[1].kind, EventKind::GlassBroken { by, .. } if by == "olaf"), "{events:?}");
        let view = office.engine.run(&office.paul, &run).await.unwrap();
        let broken = view.glass.unwrap();
        assert_eq!(broken.due, broken.at.plus_seconds(24 * 3600));
        assert_eq!(view.may_review, Ok(()));
        let request = office.engine.request(&office.paul, &office.request.id).await.unwrap();
        assert_eq!(request.glass, Some(broken.clone()));
        let card = office.engine.environment_card(&office.request.environment).await.unwrap();
        assert_eq!(card.unreviewed, [broken]);
        let audit = office.engine.audit(&AuditFilter::default()).await.unwrap();
        let entry = audit.iter().find(|entry| entry.what == "request.glass_broken").unwrap();
        assert!(entry.who == "olaf" && entry.detail.contains("the storage is full"), "{entry:?}");
    }
}

on_both! {
    async fn whoever_started_it_or_asked_for_it_does_not_review_it_and_one_review_is_enough(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.allow(glass(Breakers::Operators)).await;
        let run = office.breaks(&office.olaf, &office.request).await.unwrap();
        let review = async |by: &Person, text: &str| {
            office.engine.review(by, &run, text).await.map_err(|error| error.to_string())
        };
        assert!(review(&office.olaf, "fine").await.unwrap_err().contains("you have started it"));
        assert!(review(&office.rita, "fine").await.unwrap_err().contains("you asked for it"));
        assert!(review(&office.paul, " \n").await.unwrap_err().contains("say something"));
        review(&office.paul, "the storage was full indeed").await.unwrap();
        assert!(review(&office.ada, "again").await.unwrap_err().contains("paul has reviewed it"));
        let glass = office.engine.run(&office.ada, &run).await.unwrap().glass.unwrap();
        assert_eq!(glass.review.map(|review| review.text), Some("the storage was full indeed".to_owned()));
        let card = office.engine.environment_card(&office.request.environment).await.unwrap();
        assert_eq!(card.unreviewed, []);
    }
}

on_both! {
    async fn a_review_is_for_those_whom_the_policies_ask(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let storage = GroupName::new("storage").unwrap();
        office.engine.save_group(&office.ada, storage.clone(), [office.ada.id.clone()].into()).await.unwrap();
        let needs = vec![Need { from: Voters::Group(storage.clone()), count: 1 }];
        let rule = Policy { needs, ..policy(glass(Breakers::Operators)) };
        office.engine.save_policy(&office.ada, rule).await.unwrap();
        let run = office.breaks(&office.olaf, &office.request).await.unwrap();
        let refused = office.engine.review(&office.paul, &run, "fine").await.unwrap_err().to_string();
        assert!(refused.contains("in none of these"), "{refused}");
        office.engine.review(&office.ada, &run, "fine").await.unwrap();
    }
}

on_both! {
    async fn an_overdue_review_bars_the_next_start_and_no_emergency(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.allow(glass(Breakers::Operators)).await;
        let run = office.breaks(&office.olaf, &office.request).await.unwrap();
        let next = office.next(&run).await;
        let view = office.engine.request(&office.olaf, &next.id).await.unwrap();
        assert_eq!(view.may_start, Ok(()), "nothing is overdue yet");
        office.due(&run, Timestamp(1)).await;
        let why = office.starts(&office.olaf, &next).await.unwrap_err();
        assert!(why.contains("olaf has started a run here without approvals") && why.contains("review"), "{why}");
        let view = office.engine.request(&office.olaf, &next.id).await.unwrap();
        assert_eq!(view.may_start.unwrap_err(), why);
        assert!(matches!(&view.waits[0], RequestWait::Review { run: named, .. } if *named == run), "{:?}", view.waits);
        assert_eq!(view.may_break_glass, Ok(()), "an emergency waits for a review");
        office.engine.review(&office.paul, &run, "it was right").await.unwrap();
        office.starts(&office.olaf, &next).await.unwrap();
    }
}

on_both! {
    async fn an_emergency_starts_although_a_review_is_overdue(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.allow(glass(Breakers::Operators)).await;
        let run = office.breaks(&office.olaf, &office.request).await.unwrap();
        let next = office.next(&run).await;
        office.due(&run, Timestamp(1)).await;
        office.breaks(&office.olaf, &next).await.unwrap();
    }
}

on_both! {
    async fn approvals_are_all_that_is_passed_over(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.allow(glass(Breakers::Operators)).await;
        let other = model::id::PlanDigest::new("a".repeat(64)).unwrap();
        let how = Start::WithoutApprovals { reason: "x".to_owned() };
        let refused = office.engine.create_run_as(&office.olaf, &office.request.id, &other, &how).await;
        assert!(refused.is_err(), "another plan was started");
        let run = office.breaks(&office.olaf, &office.request).await.unwrap();
        // The environment is held by that run.
        let id = model::id::RequestId::new(uuid::Uuid::now_v7().to_string()).unwrap();
        let second = Request { id, ..office.request.clone() };
        let mut tx = office.engine.store().write().await.unwrap();
        crate::store::requests::insert(&mut tx, &second).await.unwrap();
        tx.commit().await.unwrap();
        assert!(office.breaks(&office.olaf, &second).await.unwrap_err().contains("another run is under way"));
        let next = office.next(&run).await;
        office.engine.decide(&office.ada, &second.id, &second.digest, Decision::Deny, "no").await.unwrap();
        assert!(office.breaks(&office.olaf, &second).await.unwrap_err().contains("closed"), "what was denied was started");
        office.engine.set_roles(None, &office.olaf.id, [Role::Approver].into()).await.unwrap();
        assert!(office.breaks(&office.olaf, &next).await.is_err(), "started by who is no operator any more");
    }
}

on_both! {
    async fn a_freeze_binds_an_emergency_unless_the_policy_says_otherwise(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let day = |year| LocalDate { year, month: 1, day: 1 };
        let freeze = Freeze { first: day(2000), last: day(9000), why: "the audit".into() };
        let calendar = Some(Calendar { zone: "Europe/Berlin".into(), windows: vec![], freezes: vec![freeze] });
        let with = |hours| {
            let glass = Some(Glass { by: Breakers::Operators, hours, review_hours: 1 });
            Policy { calendar: calendar.clone(), ..policy(glass) }
        };
        office.engine.save_policy(&office.ada, with(GlassHours::Bind)).await.unwrap();
        assert!(office.breaks(&office.olaf, &office.request).await.unwrap_err().contains("the audit"));
        office.engine.save_policy(&office.ada, with(GlassHours::Pass)).await.unwrap();
        office.breaks(&office.olaf, &office.request).await.unwrap();
    }
}

on_both! {
    async fn a_ticket_that_the_policies_ask_for_is_asked_of_an_emergency_too(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let with_ticket = Policy { ticket: Asked::Required, ..policy(glass(Breakers::Operators)) };
        office.engine.save_policy(&office.ada, with_ticket).await.unwrap();
        assert!(office.breaks(&office.olaf, &office.request).await.unwrap_err().contains("ticket"));
    }
}

on_both! {
    async fn nobody_breaks_the_glass_without_a_reason(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.allow(glass(Breakers::Operators)).await;
        let (id, digest) = (&office.request.id, &office.request.digest);
        let refused = office.engine.break_glass(&office.olaf, id, digest, "  ").await.unwrap_err().to_string();
        assert!(refused.contains("reason"), "{refused}");
    }
}
