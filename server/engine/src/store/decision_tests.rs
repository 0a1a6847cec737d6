//! Promises of signatures under decisions, on both databases: who can change the database cannot agree for others.

use model::id::AuditKey;
use model::people::{Person, Role};
use model::policy::{Standing, VoidReason};
use model::request::{Decision, Request, RequestWait};
use sqlx::AssertSqlSafe;

use crate::executor::testing::open_request;
use crate::testing::{Fresh, QUICK, on_both};
use crate::{Engine, Settings};

struct Office {
    fresh: Fresh,
    rita: Person,
    paul: Person,
    ada: Person,
    request: Request,
}

impl Office {
    /// Rita has asked, and Paul has agreed.
    async fn open(fresh: Fresh) -> Self {
        let rita = fresh.person("rita", &[Role::Requester, Role::Operator]).await;
        let paul = fresh.person("paul", &[Role::Approver]).await;
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let request = open_request(&fresh.engine, rita.clone()).await;
        let office = Self { fresh, rita, paul, ada, request };
        office.decide(&office.fresh.engine, &office.paul, Decision::Approve).await;
        office
    }

    async fn decide(&self, engine: &Engine, by: &Person, decision: Decision) {
        engine.decide(by, &self.request.id, &self.request.digest, decision, "as it is").await.unwrap();
    }

    /// What somebody does who can write to the database.
    async fn tamper(&self, sql: &str) {
        let mut tx = self.fresh.engine.store().write().await.unwrap();
        let done = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{sql}");
        tx.commit().await.unwrap();
    }

    async fn start(&self, engine: &Engine) -> std::result::Result<(), String> {
        let started = engine.create_run(&self.rita, &self.request.id, &self.request.digest).await;
        started.map(drop).map_err(|error| error.to_string())
    }

    async fn voids(&self, engine: &Engine) -> Vec<VoidReason> {
        let view = engine.request(&self.paul, &self.request.id).await.unwrap();
        view.voids.iter().map(|void| void.why).collect()
    }
}

on_both! {
    async fn a_decision_that_was_changed_in_the_database_keeps_its_request_from_starting_and_is_named(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let engine = &office.fresh.engine;
        let (ada, other) = (office.ada.id.as_str(), "f".repeat(64));
        let changes = [
            ("decision = 'deny'".to_owned(), "decision = 'approve'".to_owned(), "paul"),
            ("reason = 'as it was'".to_owned(), "reason = 'as it is'".to_owned(), "paul"),
            ("at = at + 1".to_owned(), "at = at - 1".to_owned(), "paul"),
            (format!("digest = '{other}'"), format!("digest = '{}'", office.request.digest), "paul"),
            (format!("by_id = '{ada}'"), format!("by_id = '{}'", office.paul.id), "ada"),
        ];
        for (change, back, named) in changes {
            office.tamper(&format!("update decision set {change}")).await;
            let why = office.start(engine).await.unwrap_err();
            assert!(why.contains(&format!("the decision of {named}")) && why.contains("does not verify"), "{change}: {why}");
            let view = engine.request(&office.paul, &office.request.id).await.unwrap();
            assert!(matches!(view.waits[0], RequestWait::Forged { .. }), "{change}: {:?}", view.waits);
            office.tamper(&format!("update decision set {back}")).await;
        }
        office.start(engine).await.unwrap();
    }
}

on_both! {
    async fn another_approval_does_not_cover_up_one_that_was_changed(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let engine = &office.fresh.engine;
        office.tamper("update decision set reason = 'never mind'").await;
        let refused = engine.decide(&office.ada, &office.request.id, &office.request.digest, Decision::Approve, "").await;
        assert!(refused.unwrap_err().to_string().contains("the decision of paul"));
        assert!(office.start(engine).await.unwrap_err().contains("the decision of paul"));
    }
}

on_both! {
    async fn an_approval_that_nobody_has_signed_or_somebody_else_has_to_be_given_again(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let engine = &office.fresh.engine;
        office.tamper("update decision set signed_with = null, signature = null").await;
        assert_eq!(office.voids(engine).await, [VoidReason::Unsigned]);
        let why = office.start(engine).await.unwrap_err();
        assert!(why.contains("what paul has decided does not count") && why.contains("before approvals were signed"), "{why}");
        let theirs = format!("signed_with = '{}', signature = '{}'", "a".repeat(64), "b".repeat(128));
        office.tamper(&format!("update decision set {theirs}")).await;
        assert_eq!(office.voids(engine).await, [VoidReason::OtherKey]);
        assert!(office.start(engine).await.unwrap_err().contains("a key that is not believed here"));
        office.decide(engine, &office.paul, Decision::Approve).await;
        office.start(engine).await.unwrap();
    }
}

/// The same database under another key.
async fn with_new_key(settings: &Settings, also_believed: Vec<AuditKey>) -> Engine {
    let mut settings = settings.clone();
    // Each has its own folder for SSH.
    settings.data_dir = settings.data_dir.join(uuid::Uuid::new_v4().to_string());
    settings.audit.key_file.set_extension("new");
    settings.audit.also_believed = also_believed;
    Engine::open_with(settings, QUICK).await.unwrap()
}

on_both! {
    async fn a_former_key_counts_as_long_as_the_configuration_names_it(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let settings = &office.fresh.settings;
        let former = Engine::audit_key(settings).unwrap();
        let replaced = with_new_key(settings, Vec::new()).await;
        assert_eq!(office.voids(&replaced).await, [VoidReason::OtherKey]);
        assert!(!settings.audit.key_file.with_extension("new").exists(), "looking has made a key");
        assert!(office.start(&replaced).await.is_err());
        let named = with_new_key(settings, vec![former]).await;
        assert_eq!(office.voids(&named).await, []);
        let view = named.request(&office.paul, &office.request.id).await.unwrap();
        assert!(matches!(view.standing, Standing::Approved { .. }));
        office.start(&named).await.unwrap();
    }
}
