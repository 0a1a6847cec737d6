//! Promises of approvals under policies, on both databases.

use std::collections::BTreeSet;

use model::audit::AuditFilter;
use model::id::{GroupName, PolicyId};
use model::people::{Person, Role};
use model::policy::text::read_gates;
use model::policy::{Asked, Calendar, Freeze, LocalDate, Need, Policy, Scope, Standing, Starter, VoidReason, Voters};
use model::request::{Decision, Request, RequestWait, Stale};

use crate::executor::testing::open_request;
use crate::store::requests;
use crate::testing::{Fresh, on_both};
use crate::{Engine, new_policy_id};

struct Office {
    engine: Engine,
    rita: Person,
    paul: Person,
    ada: Person,
    request: Request,
    _fresh: Fresh,
}

impl Office {
    async fn open(fresh: Fresh) -> Self {
        let rita = fresh.person("rita", &[Role::Requester, Role::Approver, Role::Operator]).await;
        let paul = fresh.person("paul", &[Role::Approver, Role::Operator]).await;
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let request = open_request(&fresh.engine, rita.clone()).await;
        Self { engine: fresh.engine.clone(), rita, paul, ada, request, _fresh: fresh }
    }

    async fn approve(&self, by: &Person) -> crate::Result<()> {
        self.engine.decide(by, &self.request.id, &self.request.digest, Decision::Approve, "").await
    }

    async fn start(&self, by: &Person) -> crate::Result<model::id::RunId> {
        self.engine.create_run(by, &self.request.id, &self.request.digest).await
    }

    async fn standing(&self) -> (Standing, Vec<VoidReason>) {
        let view = self.engine.request(&self.paul, &self.request.id).await.unwrap();
        (view.standing, view.voids.iter().map(|void| void.why).collect())
    }

    async fn save(&self, policy: Policy) {
        self.engine.save_policy(&self.ada, policy).await.unwrap();
    }

    async fn why_not_started(&self, by: &Person) -> String {
        self.start(by).await.unwrap_err().to_string()
    }
}

fn policy(needs: Vec<Need>) -> Policy {
    Policy {
        id: PolicyId::new(new_policy_id()).unwrap(),
        name: "house rule".into(),
        version: 0,
        scope: Scope::default(),
        needs,
        starter: Starter::default(),
        denials: 1,
        approval_lasts: None,
        reason: Asked::default(),
        ticket: Asked::default(),
        calendar: None,
        glass: None,
        gates: vec![],
    }
}

fn approvers(count: u16) -> Need {
    Need { from: Voters::Approvers, count }
}

fn storage() -> GroupName {
    GroupName::new("storage").unwrap()
}

on_both! {
    async fn a_changed_policy_voids_what_was_agreed_to_and_it_can_be_agreed_to_again(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.approve(&office.paul).await.unwrap();
        assert!(matches!(office.standing().await.0, Standing::Approved { .. }));
        let mut rule = policy(vec![approvers(1)]);
        office.save(rule.clone()).await;
        assert_eq!(office.standing().await.1, [VoidReason::PolicyChanged]);
        assert!(office.why_not_started(&office.paul).await.contains("1 more of the approvers"));
        office.approve(&office.paul).await.unwrap();
        // The same words under another version are another rule.
        rule.denials = 2;
        office.save(rule).await;
        assert_eq!(office.standing().await.1, [VoidReason::PolicyChanged, VoidReason::PolicyChanged]);
        office.approve(&office.paul).await.unwrap();
        office.start(&office.paul).await.unwrap();
    }
}

on_both! {
    async fn a_role_that_counts_elsewhere_from_now_on_has_not_agreed_and_could_not(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let engine = &office.engine;
        office.approve(&office.paul).await.unwrap();
        let elsewhere = "viewer operator approver@elsewhere".parse().unwrap();
        engine.set_roles(None, &office.paul.id, elsewhere).await.unwrap();
        assert_eq!(office.standing().await.1, [VoidReason::NoApprover]);
        assert!(office.start(&office.paul).await.is_err());
        assert!(office.approve(&office.paul).await.is_err(), "approver of another label");
        // Rita asked for it, and an admin could still agree; without one nobody is left.
        engine.set_roles(None, &office.rita.id, [Role::Admin].into()).await.unwrap();
        engine.set_disabled(None, &office.ada.id, true).await.unwrap();
        assert!(matches!(office.standing().await.0, Standing::Impossible { .. }));
        assert!(office.why_not_started(&office.paul).await.contains("nobody could ever approve this"));
        engine.set_roles(None, &office.paul.id, [Role::Operator, Role::Approver].into()).await.unwrap();
        // The role is back, and so is what was agreed to.
        assert!(matches!(office.standing().await.0, Standing::Approved { .. }));
        engine.set_roles(None, &office.paul.id, "approver operator@elsewhere".parse().unwrap()).await.unwrap();
        assert!(office.why_not_started(&office.paul).await.contains("this needs the role operator"));
        engine.set_roles(None, &office.paul.id, [Role::Operator, Role::Approver].into()).await.unwrap();
        office.start(&office.paul).await.unwrap();
    }
}

on_both! {
    async fn who_loses_the_role_or_the_account_has_not_agreed(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let engine = &office.engine;
        office.approve(&office.paul).await.unwrap();
        engine.set_roles(None, &office.paul.id, [Role::Operator].into()).await.unwrap();
        assert_eq!(office.standing().await.1, [VoidReason::NoApprover]);
        assert!(office.start(&office.paul).await.is_err());
        engine.set_roles(None, &office.paul.id, [Role::Operator, Role::Approver].into()).await.unwrap();
        engine.set_disabled(None, &office.paul.id, true).await.unwrap();
        assert_eq!(office.standing().await.1, [VoidReason::CannotLogIn]);
        assert!(office.start(&office.rita).await.is_err());
    }
}

on_both! {
    async fn a_group_has_to_agree_with_people_of_its_own(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let engine = &office.engine;
        engine.save_group(&office.ada, storage(), [office.ada.id.clone()].into()).await.unwrap();
        office.save(policy(vec![approvers(1), Need { from: Voters::Group(storage()), count: 1 }])).await;
        office.approve(&office.paul).await.unwrap();
        assert!(office.why_not_started(&office.paul).await.contains("1 more of the group storage (ada)"));
        office.approve(&office.ada).await.unwrap();
        office.start(&office.paul).await.unwrap();
        let refused = engine.remove_group(&office.ada, &storage()).await.unwrap_err().to_string();
        assert!(refused.contains("house rule"), "{refused}");
    }
}

on_both! {
    async fn who_left_the_group_does_not_count_and_nobody_left_is_said(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let engine = &office.engine;
        engine.save_group(&office.ada, storage(), [office.paul.id.clone()].into()).await.unwrap();
        office.save(policy(vec![Need { from: Voters::Group(storage()), count: 1 }])).await;
        office.approve(&office.paul).await.unwrap();
        engine.save_group(&office.ada, storage(), BTreeSet::new()).await.unwrap();
        let (standing, voids) = office.standing().await;
        assert!(matches!(standing, Standing::Impossible { .. }), "{standing:?}");
        assert_eq!(voids, [VoidReason::NotAsked]);
        assert!(office.why_not_started(&office.paul).await.contains("1 of the group storage"));
    }
}

on_both! {
    async fn nothing_begins_within_a_freeze(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let day = |year| LocalDate { year, month: 1, day: 1 };
        let freeze = Freeze { first: day(2000), last: day(9000), why: "the audit".into() };
        let calendar = Calendar { zone: "Europe/Berlin".into(), windows: vec![], freezes: vec![freeze] };
        office.save(Policy { calendar: Some(calendar), ..policy(vec![approvers(1)]) }).await;
        office.approve(&office.paul).await.unwrap();
        assert!(office.why_not_started(&office.paul).await.contains("the audit"));
    }
}

on_both! {
    async fn a_reason_that_a_later_policy_asks_for_is_missed_at_the_start(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.save(Policy { reason: Asked::Required, ..policy(vec![approvers(1)]) }).await;
        office.approve(&office.paul).await.unwrap();
        assert!(office.why_not_started(&office.paul).await.contains("reason: the policies ask for one"));
    }
}

on_both! {
    async fn who_agreed_may_be_kept_from_pressing_start(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.save(Policy { starter: Starter::IsSomebodyElse, ..policy(vec![approvers(1)]) }).await;
        office.approve(&office.paul).await.unwrap();
        assert!(office.why_not_started(&office.paul).await.contains("somebody else has to start it"));
        office.start(&office.rita).await.unwrap();
    }
}

on_both! {
    async fn one_denial_of_two_leaves_it_open_and_two_close_it(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.save(Policy { denials: 2, ..policy(vec![approvers(1)]) }).await;
        let deny = async |by: &Person| {
            office.engine.decide(by, &office.request.id, &office.request.digest, Decision::Deny, "not tonight").await
        };
        deny(&office.paul).await.unwrap();
        assert!(!matches!(office.standing().await.0, Standing::Denied { .. }));
        deny(&office.ada).await.unwrap();
        assert!(matches!(office.standing().await.0, Standing::Denied { .. }));
        assert!(office.approve(&office.ada).await.is_err());
    }
}

on_both! {
    async fn a_rule_that_cannot_be_meant_is_refused_and_nothing_changes(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let nobody = Need { from: Voters::Group(storage()), count: 1 };
        let calendar = Calendar { zone: "Mars/Base".into(), windows: vec![], freezes: vec![] };
        for bad in [
            policy(vec![]),
            policy(vec![nobody]),
            Policy { calendar: Some(calendar), ..policy(vec![approvers(1)]) },
        ] {
            office.engine.save_policy(&office.ada, bad).await.unwrap_err();
        }
        assert_eq!(office.engine.policies_view(&office.ada, None).await.unwrap().policies, []);
    }
}

/// Whoever changes a rule while somebody starts comes before the start or after it, and never in between.
async fn raced(fresh: Fresh, spoil: impl AsyncFn(&Office)) {
    let office = Office::open(fresh).await;
    office.approve(&office.paul).await.unwrap();
    let (started, ()) = tokio::join!(office.start(&office.paul), spoil(&office));
    let audit = office.engine.audit(&AuditFilter::default()).await.unwrap();
    let number = |what: &str| audit.iter().find(|entry| entry.what == what).map(|entry| entry.seq);
    let spoilt = number("policy.added").or(number("person.roles_set")).or(number("person.disabled")).unwrap();
    match (started, number("request.started")) {
        (Ok(_), Some(start)) => assert!(start < spoilt, "started after what it stood on was gone"),
        (Err(_), None) => {}
        (started, recorded) => panic!("{started:?}, but the audit log says {recorded:?}"),
    }
}

on_both! {
    async fn a_start_never_slips_past_a_change_of_policy(fresh: Fresh) {
        raced(fresh, async |office| office.save(policy(vec![approvers(2)])).await).await;
    }
}

on_both! {
    async fn a_start_never_slips_past_the_loss_of_a_role(fresh: Fresh) {
        raced(fresh, async |office| {
            office.engine.set_roles(None, &office.paul.id, [Role::Operator].into()).await.unwrap();
        })
        .await;
    }
}

on_both! {
    async fn a_start_never_slips_past_a_disabled_account(fresh: Fresh) {
        raced(fresh, async |office| office.engine.set_disabled(None, &office.paul.id, true).await.unwrap()).await;
    }
}

on_both! {
    async fn a_gate_in_the_middle_of_a_run_is_part_of_the_plan_and_somebody_has_to_be_there_for_it(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let engine = &office.engine;
        engine.save_group(&office.ada, storage(), [office.paul.id.clone()].into()).await.unwrap();
        office.approve(&office.paul).await.unwrap();
        let mut rule = policy(vec![approvers(1)]);
        rule.gates = read_gates("before routers | storage | look at the vPool").unwrap();
        office.save(rule.clone()).await;
        // The plan does not have the gate yet: nobody agrees to it, and nothing starts.
        assert_eq!(office.standing().await.1, [VoidReason::PolicyChanged]);
        let other = "other confirmations in the middle of the run";
        assert!(office.approve(&office.paul).await.unwrap_err().to_string().contains(other));
        assert!(office.why_not_started(&office.paul).await.contains(other));
        let view = engine.request(&office.paul, &office.request.id).await.unwrap();
        assert!(matches!(view.waits[0], RequestWait::Replan(Stale::Confirmations { .. })), "{:?}", view.waits);
        // As after a new plan.
        let mut request = office.request.clone();
        request.plan.confirmations = view.demand.confirmations(&request.plan);
        request.digest = request.plan.digest();
        assert_ne!(request.digest, office.request.digest, "the gate is not in the digest");
        let mut tx = engine.store().write().await.unwrap();
        requests::replan(&mut tx, &request).await.unwrap();
        tx.commit().await.unwrap();
        engine.decide(&office.paul, &request.id, &request.digest, Decision::Approve, "").await.unwrap();
        assert!(matches!(office.standing().await.0, Standing::Approved { .. }));
        // Without anybody who could let it go on, it is not begun.
        engine.save_group(&office.ada, storage(), [office.rita.id.clone()].into()).await.unwrap();
        let Standing::Impossible { missing } = office.standing().await.0 else { panic!("{:?}", office.standing().await) };
        assert_eq!(missing[0].from, Voters::Group(storage()));
        assert!(engine.remove_group(&office.ada, &storage()).await.is_err(), "a group that a gate waits for was removed");
        engine.save_group(&office.ada, storage(), [office.paul.id.clone()].into()).await.unwrap();
        engine.create_run(&office.paul, &request.id, &request.digest).await.unwrap();
    }
}

on_both! {
    async fn of_labels_that_somebody_does_not_see_not_even_the_name_is_shown(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let mut both = Policy { name: "both".into(), ..policy(vec![approvers(1)]) };
        both.scope.labels = ["berlin", "secret"].map(str::to_owned).into();
        let mut other = Policy { name: "other".into(), ..policy(vec![approvers(1)]) };
        other.scope.labels = ["secret".to_owned()].into();
        let all = Policy { name: "all".into(), ..policy(vec![approvers(1)]) };
        for policy in [both, other, all] {
            office.save(policy).await;
        }
        let vera = Person { roles: "viewer@berlin".parse().unwrap(), ..office.paul.clone() };
        let seen = office.engine.policies_view(&vera, None).await.unwrap().policies;
        let seen: Vec<(&str, usize)> = seen.iter().map(|one| (one.name.as_str(), one.scope.labels.len())).collect();
        assert_eq!(seen, [("all", 0), ("both", 1)]);
        assert_eq!(office.engine.policies_view(&office.ada, None).await.unwrap().policies.len(), 3);
    }
}
