//! Promises of removing a policy and of putting it back, on both databases.

use model::id::PolicyId;
use model::people::Role;
use model::policy::{Asked, Need, Policy, Scope, Starter, Voters};
use model::request::Decision;

use crate::executor::testing::open_request;
use crate::new_policy_id;
use crate::testing::on_both;

fn policy() -> Policy {
    Policy {
        id: PolicyId::new(new_policy_id()).unwrap(),
        name: "Nights".to_owned(),
        version: 0,
        scope: Scope::default(),
        needs: vec![Need { from: Voters::Approvers, count: 1 }],
        denials: 1,
        approval_lasts: None,
        starter: Starter::default(),
        reason: Asked::Welcome,
        ticket: Asked::Welcome,
        calendar: None,
        glass: None,
        gates: Vec::new(),
    }
}

on_both! {
    async fn a_policy_that_was_removed_is_put_back_as_it_was_and_what_was_decided_under_it_stays_void(fresh: Fresh) {
        let rita = fresh.person("rita", &[Role::Requester]).await;
        let [paul, ada] = [fresh.person("paul", &[Role::Approver]).await, fresh.person("ada", &[Role::Admin]).await];
        let engine = fresh.engine.clone();
        let request = open_request(&engine, rita).await;
        let nights = policy();
        engine.save_policy(&ada, nights.clone()).await.unwrap();
        engine.decide(&paul, &request.id, &request.digest, Decision::Approve, "").await.unwrap();
        let counted = async || engine.request(&paul, &request.id).await.unwrap().may_decide.is_err();
        assert!(counted().await, "who has agreed is not asked again");

        engine.remove_policy(&ada, &nights.id).await.unwrap();
        let view = engine.policies_view(&ada, None).await.unwrap();
        assert_eq!(view.removed.iter().map(|removed| &removed.policy.id).collect::<Vec<_>>(), [&nights.id]);
        assert!(engine.policies_view(&paul, None).await.unwrap().removed.is_empty(), "only an admin can put it back");

        engine.put_policy_back(&ada, &nights.id).await.unwrap();
        engine.put_policy_back(&ada, &nights.id).await.unwrap();
        let view = engine.policies_view(&ada, None).await.unwrap();
        assert_eq!(view.policies, [Policy { version: 2, ..nights }], "twice is once");
        assert!(view.removed.is_empty());
        assert!(!counted().await, "what was agreed to under the first version counts again");
    }
}

on_both! {
    async fn a_policy_is_not_put_back_beside_another_one_of_its_name(fresh: Fresh) {
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let engine = fresh.engine.clone();
        let (old, new) = (policy(), policy());
        engine.save_policy(&ada, old.clone()).await.unwrap();
        engine.remove_policy(&ada, &old.id).await.unwrap();
        engine.save_policy(&ada, new.clone()).await.unwrap();
        let why = engine.put_policy_back(&ada, &old.id).await.unwrap_err().to_string();
        assert!(why.contains("\"Nights\""), "{why}");
        assert_eq!(engine.policies_view(&ada, None).await.unwrap().policies, [Policy { version: 1, ..new }]);
        let unknown = PolicyId::new(new_policy_id()).unwrap();
        engine.put_policy_back(&ada, &unknown).await.unwrap_err();
    }
}
