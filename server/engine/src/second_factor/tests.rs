//! Promises of the second factor, on SQLite and on PostgreSQL alike.

use model::audit::AuditFilter;
use model::people::{Person, Role, SecondFactor};
use model::refusal::Refusal;
use model::time::Timestamp;

use super::codes;
use crate::testing::on_both;
use crate::{Engine, EngineError, Entrant};

const PASSWORD: &str = "a long password";

/// Times of tests: an even step, so that what stands beside it does not depend on when the test runs.
const THEN: Timestamp = Timestamp(1_800_000_000_000);

fn steps_later(steps: i64) -> Timestamp {
    THEN.plus_seconds(30 * steps)
}

/// The code that an app shows at that time.
fn code(key: &str, at: Timestamp) -> String {
    let app = codes::app(key, "anybody").unwrap();
    app.generate(u64::try_from(at.0 / 1000).unwrap()).to_string()
}

/// Somebody whose app has shown its first code at [`THEN`]: the app's key and the recovery codes.
async fn set_up(engine: &Engine, person: &Person) -> (String, Vec<String>) {
    let key = engine.begin_second_factor(person, PASSWORD, "test").await.unwrap().text;
    let codes = engine.confirm_second_factor_at(person, &code(&key, THEN), THEN).await.unwrap();
    (key, codes)
}

async fn logs_in(engine: &Engine, person: &Person, code: &str, at: Timestamp) -> bool {
    engine.authenticate_code_at(&person.id, code, "test", at).await.unwrap().is_some()
}

async fn awaits_code(engine: &Engine, person: &Person) -> bool {
    match engine.authenticate(&person.name, PASSWORD, "test").await.unwrap().unwrap() {
        Entrant::AwaitsCode(_) => true,
        Entrant::LoggedIn(_) => false,
    }
}

async fn deeds(engine: &Engine) -> Vec<(String, String, String)> {
    let audit = engine.audit(&AuditFilter::default()).await.unwrap();
    audit.into_iter().rev().map(|entry| (entry.who, entry.what, entry.detail)).collect()
}

#[track_caller]
fn conflicts<T: std::fmt::Debug>(result: Result<T, EngineError>) {
    assert!(matches!(result, Err(EngineError::Refused(Refusal::Conflict { .. }))), "{result:?}");
}

#[track_caller]
fn invalid<T: std::fmt::Debug>(result: Result<T, EngineError>, name: &str) {
    match result {
        Err(EngineError::Refused(Refusal::Invalid { field, .. })) => assert_eq!(field, name),
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn a_key_counts_only_after_a_code_that_was_made_with_it(fresh: Fresh) {
        let (engine, anna) = (&fresh.engine, fresh.person("anna", &[]).await);
        invalid(engine.begin_second_factor(&anna, "a wrong password", "test").await, "password");
        conflicts(engine.confirm_second_factor_at(&anna, "123456", THEN).await);
        let first = engine.begin_second_factor(&anna, PASSWORD, "test").await.unwrap().text;
        let key = engine.begin_second_factor(&anna, PASSWORD, "test").await.unwrap().text;
        assert_eq!(engine.second_factor(&anna.id).await.unwrap(), SecondFactor::Begun);
        assert!(!awaits_code(engine, &anna).await, "a key that was never used keeps somebody out");
        assert!(!logs_in(engine, &anna, &code(&key, THEN), THEN).await, "a key counts before it was confirmed");
        invalid(engine.confirm_second_factor_at(&anna, &code(&first, THEN), THEN).await, "code");
        let codes = engine.confirm_second_factor_at(&anna, &code(&key, THEN), THEN).await.unwrap();
        assert_eq!(codes.len(), 10);
        assert_eq!(engine.second_factor(&anna.id).await.unwrap(), SecondFactor::Active { since: THEN, codes_left: 10 });
        assert!(awaits_code(engine, &anna).await);
        conflicts(engine.begin_second_factor(&anna, PASSWORD, "test").await);
        conflicts(engine.confirm_second_factor_at(&anna, &code(&key, THEN), THEN).await);
        assert_eq!(engine.store().all_sealed().await.unwrap().len(), 1, "keys that nobody has are kept");
    }
}

on_both! {
    async fn a_code_is_taken_once_and_never_after_a_later_one(fresh: Fresh) {
        let (engine, anna) = (&fresh.engine, fresh.person("anna", &[]).await);
        let (key, _) = set_up(engine, &anna).await;
        assert!(!logs_in(engine, &anna, &code(&key, THEN), THEN).await, "the code that has confirmed the key works again");
        let next = code(&key, steps_later(1));
        assert!(logs_in(engine, &anna, &next, steps_later(1)).await);
        assert!(!logs_in(engine, &anna, &next, steps_later(1)).await, "a code was replayed");
        assert!(!logs_in(engine, &anna, &next, steps_later(2)).await, "a code was replayed one step later");
        assert!(logs_in(engine, &anna, &code(&key, steps_later(4)), steps_later(3)).await, "a clock one step ahead");
        assert!(!logs_in(engine, &anna, &code(&key, steps_later(3)), steps_later(3)).await, "an older code after a newer one");
    }
}

on_both! {
    async fn a_code_that_comes_twice_at_the_same_moment_is_taken_once(fresh: Fresh) {
        let (engine, anna) = (&fresh.engine, fresh.person("anna", &[]).await);
        let (key, codes) = set_up(engine, &anna).await;
        for code in [code(&key, steps_later(1)), codes[0].clone()] {
            let tries = (0..4).map(|_| logs_in(engine, &anna, &code, steps_later(1)));
            let taken = futures::future::join_all(tries).await.into_iter().filter(|taken| *taken).count();
            assert_eq!(taken, 1, "{code}");
        }
    }
}

on_both! {
    async fn one_step_of_drift_is_forgiven_and_not_two(fresh: Fresh) {
        let (engine, anna) = (&fresh.engine, fresh.person("anna", &[]).await);
        let (key, _) = set_up(engine, &anna).await;
        assert!(!logs_in(engine, &anna, &code(&key, steps_later(8)), steps_later(10)).await);
        assert!(!logs_in(engine, &anna, &code(&key, steps_later(12)), steps_later(10)).await);
        assert!(logs_in(engine, &anna, &code(&key, steps_later(9)), steps_later(10)).await);
        assert!(logs_in(engine, &anna, &code(&key, steps_later(11)), steps_later(10)).await);
    }
}

on_both! {
    async fn a_recovery_code_works_once_for_its_owner_and_new_ones_void_the_old(fresh: Fresh) {
        let (engine, anna) = (&fresh.engine, fresh.person("anna", &[]).await);
        let (berta, now) = (fresh.person("berta", &[]).await, engine.now());
        let (_, codes) = set_up(engine, &anna).await;
        set_up(engine, &berta).await;
        assert!(!logs_in(engine, &berta, &codes[0], now).await, "somebody else's recovery code works");
        assert!(logs_in(engine, &anna, &codes[0].to_uppercase(), now).await);
        assert!(!logs_in(engine, &anna, &codes[0], now).await, "a recovery code works twice");
        invalid(engine.renew_recovery_codes(&anna, &codes[0], "test").await, "code");
        let renewed = engine.renew_recovery_codes(&anna, &codes[1], "test").await.unwrap();
        assert!(!logs_in(engine, &anna, &codes[2], now).await, "an old code works beside the new ones");
        assert!(logs_in(engine, &anna, &renewed[0], now).await);
        let SecondFactor::Active { codes_left, .. } = engine.second_factor(&anna.id).await.unwrap() else { panic!() };
        assert_eq!(codes_left, 9);
        assert!(deeds(engine).await.iter().any(|(_, _, detail)| detail.contains("with a recovery code; 9 are left")));
    }
}

on_both! {
    async fn neither_the_key_nor_a_recovery_code_is_in_the_database_in_clear(fresh: Fresh) {
        let (engine, anna) = (&fresh.engine, fresh.person("anna", &[]).await);
        let (key, codes) = set_up(engine, &anna).await;
        for row in engine.store().all_sealed().await.unwrap() {
            assert!(!row.sealed.windows(8).any(|bytes| key.as_bytes().windows(8).any(|part| part == bytes)));
        }
        let hashes = engine.store().recovery_hashes().await.unwrap();
        assert_eq!(hashes.len(), 10);
        for code in codes {
            assert!(!hashes.iter().any(|hash| hash.contains(&code) || hash.contains(&codes::tidied(&code))));
        }
    }
}

on_both! {
    async fn who_switches_it_on_or_off_or_loses_it_is_logged_in_nowhere_else(fresh: Fresh) {
        let engine = &fresh.engine;
        let (ada, anna) = (fresh.person("ada", &[Role::Admin]).await, fresh.person("anna", &[]).await);
        let binding = || async { engine.person_for_session(&anna.id).await.unwrap().unwrap().1 };
        let mut before = binding().await;
        let mut changed = |now: Vec<u8>| std::mem::replace(&mut before, now.clone()) != now;
        let (_, codes) = set_up(engine, &anna).await;
        assert!(changed(binding().await), "a session without a code goes on");
        invalid(engine.switch_second_factor_off(&anna, "000000x", "test").await, "code");
        assert!(!changed(binding().await));
        engine.switch_second_factor_off(&anna, &codes[0], "test").await.unwrap();
        assert!(changed(binding().await));
        assert!(!awaits_code(engine, &anna).await);
        set_up(engine, &anna).await;
        changed(binding().await);
        engine.remove_second_factor(Some(&ada), &anna.id).await.unwrap();
        assert!(changed(binding().await), "a session goes on although the second factor was lost");
        assert_eq!(engine.second_factor(&anna.id).await.unwrap(), SecondFactor::None);
        assert_eq!(engine.store().all_sealed().await.unwrap().len(), 0, "the key is kept");
        conflicts(engine.remove_second_factor(None, &anna.id).await);
        let last = deeds(engine).await.pop().unwrap();
        assert_eq!(last, ("ada".into(), "second_factor.removed".into(), "anna (they had lost it)".into()));
    }
}

on_both! {
    async fn an_admin_does_not_get_around_their_own_code(fresh: Fresh) {
        let (engine, ada) = (&fresh.engine, fresh.person("ada", &[Role::Admin]).await);
        set_up(engine, &ada).await;
        conflicts(engine.remove_second_factor(Some(&ada), &ada.id).await);
        assert!(awaits_code(engine, &ada).await);
    }
}

on_both! {
    async fn a_disabled_account_is_not_opened_by_a_code(fresh: Fresh) {
        let (engine, anna) = (&fresh.engine, fresh.person("anna", &[]).await);
        fresh.person("ada", &[Role::Admin]).await;
        let (_, codes) = set_up(engine, &anna).await;
        engine.set_disabled(None, &anna.id, true).await.unwrap();
        assert!(!logs_in(engine, &anna, &codes[0], THEN).await);
    }
}

on_both! {
    async fn another_key_file_locks_nobody_out_who_has_a_recovery_code(fresh: Fresh) {
        let (engine, anna) = (&fresh.engine, fresh.person("anna", &[]).await);
        let (key, codes) = set_up(engine, &anna).await;
        std::fs::write(&fresh.settings.key_file, [7; 32]).unwrap();
        let refused = engine.authenticate_code_at(&anna.id, &code(&key, steps_later(1)), "test", steps_later(1)).await;
        assert!(refused.unwrap_err().to_string().contains("another key file"));
        assert!(logs_in(engine, &anna, &codes[0], steps_later(1)).await);
    }
}

on_both! {
    async fn what_was_tried_is_in_the_audit_log_without_what_was_typed(fresh: Fresh) {
        let (engine, anna) = (&fresh.engine, fresh.person("anna", &[]).await);
        let (key, codes) = set_up(engine, &anna).await;
        awaits_code(engine, &anna).await;
        logs_in(engine, &anna, "123456789", THEN).await;
        logs_in(engine, &anna, &code(&key, steps_later(1)), steps_later(1)).await;
        engine.switch_second_factor_off(&anna, "wrong", "test").await.unwrap_err();
        let deeds = deeds(engine).await;
        let what: Vec<&str> = deeds.iter().map(|(_, what, _)| what.as_str()).collect();
        assert_eq!(
            what,
            ["person.added", "second_factor.set_up", "login.password_accepted", "login.failed", "login.succeeded",
             "proof.failed"]
        );
        for (_, _, detail) in &deeds {
            assert!(!detail.contains(&key) && !detail.contains("123456789") && !detail.contains(&codes[0]), "{detail}");
        }
    }
}
