//! Promises of tokens, on SQLite and on PostgreSQL alike.

use model::audit::AuditFilter;
use model::people::{Person, Role};
use model::refusal::Refusal;

use super::NewToken;
use crate::testing::on_both;
use crate::{Engine, EngineError};

fn wanted(roles: &[Role]) -> NewToken {
    NewToken { name: "nightly".to_owned(), roles: roles.iter().copied().collect(), read_only: false, days: 30 }
}

async fn opens(engine: &Engine, token: &str) -> bool {
    engine.authenticate_token(token, "192.0.2.1").await.unwrap().is_some()
}

async fn made(engine: &Engine, by: &Person, roles: &[Role]) -> String {
    engine.create_token(by, wanted(roles)).await.unwrap()
}

on_both! {
    async fn a_token_is_worth_what_it_was_made_for_and_no_more_than_its_owner(fresh: Fresh) {
        let engine = &fresh.engine;
        let olaf = fresh.person("olaf", &[Role::Operator, Role::Requester]).await;
        let token = made(engine, &olaf, &[Role::Requester]).await;
        let holder = engine.authenticate_token(&token, "192.0.2.1").await.unwrap().unwrap();
        assert_eq!((holder.person.id, holder.person.roles), (olaf.id.clone(), [Role::Requester].into()));
        let refused = [
            (wanted(&[Role::Approver]), "roles"),
            (wanted(&[Role::Admin]), "roles"),
            (NewToken { days: 0, ..wanted(&[]) }, "days"),
            (NewToken { days: 366, ..wanted(&[]) }, "days"),
            (NewToken { name: " ".into(), ..wanted(&[]) }, "name"),
        ];
        for (new, name) in refused {
            match engine.create_token(&olaf, new.clone()).await {
                Err(EngineError::Refused(Refusal::Invalid { field, .. })) => assert_eq!(field, name, "{new:?}"),
                other => panic!("{new:?}: {other:?}"),
            }
        }
        let ada = fresh.person("ada", &[Role::Admin]).await;
        assert!(opens(engine, &made(engine, &ada, &[Role::Approver]).await).await, "an admin may do all");
    }
}

on_both! {
    async fn an_expired_a_revoked_and_a_guessed_token_open_nothing(fresh: Fresh) {
        let engine = &fresh.engine;
        let (anna, berta) = (fresh.person("anna", &[]).await, fresh.person("berta", &[]).await);
        let token = made(engine, &anna, &[]).await;
        let (now, days) = (engine.now(), |days: i64| engine.now().plus_seconds(days * 86_400));
        assert!(engine.authenticate_token_at(&token, "x", days(29)).await.unwrap().is_some());
        assert!(engine.authenticate_token_at(&token, "x", days(30).plus_seconds(60)).await.unwrap().is_none());
        for guess in ["", "drydock_", &token[8..], &token.to_uppercase(), &format!("{token}0")] {
            assert!(engine.authenticate_token_at(guess, "x", now).await.unwrap().is_none(), "{guess:?}");
        }
        let id = engine.tokens(&anna).await.unwrap()[0].id.clone();
        assert!(engine.revoke_token(&berta, &id).await.is_err(), "somebody else has revoked it");
        assert!(opens(engine, &token).await);
        engine.revoke_token(&anna, &id).await.unwrap();
        assert!(!opens(engine, &token).await);
        assert_eq!(engine.tokens(&anna).await.unwrap(), []);
        assert!(engine.revoke_token(&anna, &id).await.is_err());
    }
}

on_both! {
    async fn who_loses_a_role_or_the_account_loses_its_tokens_for_good(fresh: Fresh) {
        let engine = &fresh.engine;
        fresh.person("ada", &[Role::Admin]).await;
        let olaf = fresh.person("olaf", &[Role::Operator, Role::Requester]).await;
        let (operator, looker) = (made(engine, &olaf, &[Role::Operator]).await, made(engine, &olaf, &[]).await);
        engine.set_roles(None, &olaf.id, [Role::Requester].into()).await.unwrap();
        assert!(!opens(engine, &operator).await);
        assert!(opens(engine, &looker).await, "a token that is still covered was revoked");
        engine.set_roles(None, &olaf.id, olaf.roles.clone()).await.unwrap();
        assert!(!opens(engine, &operator).await, "the role came back, and its token with it");
        engine.set_disabled(None, &olaf.id, true).await.unwrap();
        assert!(!opens(engine, &looker).await);
        engine.set_disabled(None, &olaf.id, false).await.unwrap();
        assert!(!opens(engine, &looker).await);
        let audit = engine.audit(&AuditFilter::default()).await.unwrap();
        assert_eq!(audit.iter().filter(|entry| entry.what == "token.revoked" && entry.who == "drydock").count(), 2);
    }
}

on_both! {
    async fn a_token_is_not_in_the_database_and_its_use_is_on_record(fresh: Fresh) {
        let engine = &fresh.engine;
        let anna = fresh.person("anna", &[]).await;
        let token = made(engine, &anna, &[]).await;
        assert!(engine.store().token_hashes().await.unwrap().iter().all(|hash| !token.contains(hash)));
        assert_eq!(engine.tokens(&anna).await.unwrap()[0].used, None);
        for from in ["192.0.2.1", "192.0.2.1", "198.51.100.7"] {
            engine.authenticate_token(&token, from).await.unwrap().unwrap();
        }
        let used = engine.tokens(&anna).await.unwrap()[0].used.clone().unwrap();
        assert_eq!(used.from, "198.51.100.7");
        let audit = engine.audit(&AuditFilter::default()).await.unwrap();
        let said: Vec<&str> = audit.iter().rev().map(|entry| entry.what.as_str()).collect();
        assert_eq!(said, ["person.added", "token.created", "token.used", "token.used"]);
        assert!(audit.iter().all(|entry| !entry.detail.contains(&token)));
    }
}
