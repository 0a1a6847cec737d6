//! Promises of the audit log, on SQLite and on PostgreSQL alike.

use futures::TryStreamExt;
use model::audit::{AuditFilter, AuditFormat, AuditRange, Break, Flaw};
use model::people::Role;
use model::refusal::Refusal;
use model::time::Timestamp;
use sqlx::{AnyPool, AssertSqlSafe};

use super::audit::{Deed, record};
use crate::testing::{Fresh, on_both};
use crate::{AuditLog, AuditProblem, Checkpoints, Engine, EngineError, Verified, verify_file};

fn deed(who: &str, detail: impl Into<String>) -> Deed<'_> {
    Deed { who, what: "login.succeeded", subject: "", detail: detail.into() }
}

/// Looks at the log as another process would.
async fn verified(fresh: &Fresh) -> Result<Verified, AuditProblem> {
    AuditLog::open(&fresh.settings).await.unwrap().verify(&Checkpoints::default()).await
}

/// What somebody does who can write into the database.
async fn run(fresh: &Fresh, statements: &[&str]) {
    let pool = AnyPool::connect(&fresh.settings.database_url).await.unwrap();
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe((*statement).to_owned())).execute(&pool).await.unwrap();
    }
    pool.close().await;
}

async fn exported(engine: &Engine, range: AuditRange, format: AuditFormat) -> String {
    let pieces = engine.audit_log().export(range, format).await.unwrap();
    pieces.try_collect::<Vec<_>>().await.unwrap().concat()
}

on_both! {
    async fn the_chain_holds_when_many_write_at_once(fresh: Fresh) {
        let writers = (0..20).map(|n| {
            let engine = fresh.engine.clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    engine.record(deed(&format!("person-{n}"), format!("round {round}"))).await.unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let verified = verified(&fresh).await.unwrap();
        assert_eq!((verified.checked.first, verified.checked.last), (1, 400));
    }
}

on_both! {
    async fn what_is_not_committed_leaves_no_gap_in_the_chain(fresh: Fresh) {
        fresh.engine.record(deed("ada", "first")).await.unwrap();
        let mut tx = fresh.engine.store().write().await.unwrap();
        record(&mut tx, fresh.engine.now(), deed("eve", "undone")).await.unwrap();
        tx.rollback().await.unwrap();
        fresh.engine.record(deed("ada", "second")).await.unwrap();
        assert_eq!(verified(&fresh).await.unwrap().checked.last, 2);
    }
}

/// The tables as the version before the chain has left them, with that many entries.
fn as_before_the_chain(entries: u32) -> Vec<String> {
    vec![
        "delete from audit".to_owned(),
        "drop table audit_log".to_owned(),
        "alter table audit drop column hash".to_owned(),
        "delete from _sqlx_migrations where version = 6".to_owned(),
        format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {entries})
             insert into audit (seq, at, who, what, subject, detail)
             select i, i, 'rita', 'login.succeeded', '', 'from ' || i from n"
        ),
        format!("update counter set value = {entries} where name = 'audit'"),
    ]
}

on_both! {
    async fn entries_of_an_older_version_are_chained_once_and_the_log_says_so(fresh: Fresh) {
        let statements = as_before_the_chain(2500);
        run(&fresh, &statements.iter().map(String::as_str).collect::<Vec<_>>()).await;
        assert_eq!(Engine::migrate(&fresh.settings).await.unwrap(), 1);
        let first = verified(&fresh).await.unwrap();
        assert_eq!(first.checked.last, 2501, "the entry about the chaining is missing");
        let engine = Engine::open(fresh.settings.clone()).await.unwrap();
        let newest = engine.audit(&AuditFilter::default()).await.unwrap().remove(0);
        assert_eq!((newest.who.as_str(), newest.what.as_str()), ("drydock", "audit.chained"));
        assert_eq!(newest.detail, "entries 1 to 2500, recorded by an older version");
        assert_eq!(Engine::migrate(&fresh.settings).await.unwrap(), 0);
        assert_eq!(verified(&fresh).await.unwrap(), first, "it was chained a second time");
    }
}

on_both! {
    async fn what_an_older_server_records_beside_this_one_is_chained_with_the_next_entry(fresh: Fresh) {
        fresh.engine.record(deed("ada", "by the new one")).await.unwrap();
        run(&fresh, &[
            "update counter set value = value + 2 where name = 'audit'",
            "insert into audit (seq, at, who, what, subject, detail) values (2, 0, 'rita', 'run.started', '', 'old')",
            "insert into audit (seq, at, who, what, subject, detail) values (3, 0, 'rita', 'run.ended', '', 'old')",
        ]).await;
        fresh.engine.record(deed("ada", "by the new one")).await.unwrap();
        assert_eq!(verified(&fresh).await.unwrap().checked.last, 4);
    }
}

on_both! {
    async fn an_entry_without_its_hash_in_the_middle_is_not_healed(fresh: Fresh) {
        for n in 0..5 {
            fresh.engine.record(deed("ada", format!("{n}"))).await.unwrap();
        }
        run(&fresh, &["update audit set detail = 'nothing', hash = '' where seq = 3"]).await;
        fresh.engine.record(deed("ada", "later")).await.unwrap();
        let found = verified(&fresh).await.unwrap_err();
        assert!(matches!(found, AuditProblem::Flaw(Flaw::Chain(Break::Changed { seq: 3 }))), "{found}");
        let shown = fresh.engine.audit(&AuditFilter::default()).await.unwrap();
        assert_eq!(shown.len(), 6, "a damaged hash hides the log");
    }
}

on_both! {
    async fn an_end_that_is_cut_off_is_noticed_by_the_numbers_that_were_given_out(fresh: Fresh) {
        for n in 0..5 {
            fresh.engine.record(deed("ada", format!("{n}"))).await.unwrap();
        }
        run(&fresh, &["delete from audit where seq > 3"]).await;
        let found = verified(&fresh).await.unwrap_err();
        assert!(matches!(found, AuditProblem::Short { last: 3, recorded: 5 }), "{found}");
    }
}

on_both! {
    async fn the_same_range_is_the_same_file_whenever_it_is_written(fresh: Fresh) {
        for n in 0..5 {
            fresh.engine.record(deed("ada", format!("{n}"))).await.unwrap();
        }
        let (whole, part) = (AuditRange { from: 1, to: Some(5) }, AuditRange { from: 3, to: Some(4) });
        let mut before = Vec::new();
        for format in [AuditFormat::Jsonl, AuditFormat::Csv] {
            before.push((exported(&fresh.engine, whole, format).await, exported(&fresh.engine, part, format).await));
        }
        fresh.engine.record(deed("ada", "later")).await.unwrap();
        for (format, before) in [AuditFormat::Jsonl, AuditFormat::Csv].into_iter().zip(before) {
            let after = (exported(&fresh.engine, whole, format).await, exported(&fresh.engine, part, format).await);
            assert_eq!(after, before);
            assert_eq!(after.1.lines().count(), 3);
        }
        let none = Checkpoints::default();
        let text = exported(&fresh.engine, part, AuditFormat::Jsonl).await;
        let checked = verify_file(text.as_bytes(), part, &none).unwrap().checked;
        assert_eq!((checked.first, checked.last), (3, 4));
        // What the file holds is for who checks it to say.
        let refused = verify_file(text.as_bytes(), AuditRange::default(), &none).unwrap_err();
        assert!(matches!(refused, AuditProblem::Begins { found: 3, expected: 1 }), "{refused}");
        let refused = verify_file(text.as_bytes(), AuditRange { from: 3, to: Some(5) }, &none).unwrap_err();
        assert!(matches!(refused, AuditProblem::Ends { found: 4, expected: 5 }), "{refused}");
    }
}

on_both! {
    async fn a_range_that_is_not_there_is_refused_and_not_filled_up_later(fresh: Fresh) {
        fresh.engine.record(deed("ada", "only")).await.unwrap();
        for (from, to) in [(0, None), (-5, Some(1)), (1, Some(2)), (3, None), (2, Some(1)), (i64::MAX, None), (1, Some(i64::MAX))] {
            let refused = fresh.engine.audit_log().export(AuditRange { from, to }, AuditFormat::Jsonl).await.err().unwrap();
            assert!(matches!(refused, EngineError::Refused(Refusal::Invalid { .. })), "{from} {to:?}: {refused}");
        }
    }
}

on_both! {
    async fn the_filter_finds_by_person_deed_thing_words_and_time(fresh: Fresh) {
        let ada = fresh.person("ada", &[Role::Admin]).await;
        fresh.engine.record(deed("Rita_B", "100% of ROUTERS! done")).await.unwrap();
        fresh.engine.record(deed("ritaxb", "100 of routers")).await.unwrap();
        let found = async |filter: AuditFilter| -> Vec<i64> {
            fresh.engine.audit(&filter).await.unwrap().iter().map(|entry| entry.seq).collect()
        };
        let (all, nothing) = (AuditFilter::default, Vec::<i64>::new());
        assert_eq!(found(all()).await, [3, 2, 1]);
        assert_eq!(found(AuditFilter { who: "rita_b".into(), ..all() }).await, [2], "_ is a letter here");
        assert_eq!(found(AuditFilter { who: " RITA ".into(), ..all() }).await, [3, 2]);
        assert_eq!(found(AuditFilter { what: "person.".into(), ..all() }).await, [1]);
        assert_eq!(found(AuditFilter { subject: ada.id.as_str()[..20].into(), ..all() }).await, [1]);
        assert_eq!(found(AuditFilter { text: "0% of routers!".into(), ..all() }).await, [2]);
        assert_eq!(found(AuditFilter { text: "x' or '1'='1".into(), ..all() }).await, nothing);
        assert_eq!(found(AuditFilter { before: Some(3), ..all() }).await, [2, 1]);
        let later = Some(fresh.engine.now().plus_seconds(60));
        assert_eq!(found(AuditFilter { from: later, ..all() }).await, nothing);
        assert_eq!(found(AuditFilter { from: Some(Timestamp(0)), until: later, ..all() }).await, [3, 2, 1]);
        assert_eq!(found(AuditFilter { until: Some(Timestamp(0)), ..all() }).await, nothing);
    }
}
