//! Promises of the database, on SQLite and on PostgreSQL alike.

use model::audit::AuditFilter;
use model::event::{EventKind, Stream};
use model::grant::Grants;
use model::id::{HostName, ReplayId, StepId};
use model::people::Role;
use model::record::ReplayLine;
use model::refusal::Refusal;
use model::time::Timestamp;

use super::journal::{self, Author, Bytes, Fact};
use super::replays;
use crate::executor::testing::started_run;
use crate::testing::on_both;
use crate::{EngineError, NewPerson};

on_both! {
    async fn migrating_twice_changes_nothing(fresh: Fresh) {
        assert_eq!(crate::Engine::migrate(&fresh.settings).await.unwrap(), 0);
        fresh.engine.ready().await.unwrap();
    }
}

on_both! {
    async fn the_setup_link_makes_one_admin_and_is_then_used_up(fresh: Fresh) {
        let engine = &fresh.engine;
        let token = engine.setup_token().await.unwrap().unwrap();
        assert!(engine.set_up("wrong", "ada", "a long password").await.is_err());
        let ada = engine.set_up(&token, "ada", "a long password").await.unwrap();
        assert!(ada.may(Role::Admin));
        assert_eq!(engine.setup_token().await.unwrap(), None);
        assert!(engine.set_up(&token, "eve", "a long password").await.is_err());
        assert_eq!(engine.people().await.unwrap().len(), 1);
    }
}

on_both! {
    async fn only_the_right_password_of_an_enabled_account_logs_in(fresh: Fresh) {
        let engine = &fresh.engine;
        fresh.person("ada", &[Role::Admin]).await;
        let rita = fresh.person("rita", &[Role::Requester]).await;
        assert!(engine.authenticate("rita", "a long password", "test").await.unwrap().is_some());
        assert!(engine.authenticate("rita", "a wrong password", "test").await.unwrap().is_none());
        assert!(engine.authenticate("nobody", "a long password", "test").await.unwrap().is_none());
        let (_, before) = engine.person_for_session(&rita.id).await.unwrap().unwrap();
        engine.set_password(None, &rita.id, "another password").await.unwrap();
        let (_, after) = engine.person_for_session(&rita.id).await.unwrap().unwrap();
        assert_ne!(before, after, "old sessions would go on");
        engine.set_disabled(None, &rita.id, true).await.unwrap();
        assert!(engine.authenticate("rita", "another password", "test").await.unwrap().is_none());
        assert!(engine.person_for_session(&rita.id).await.unwrap().is_none());
        let audit = engine.audit(&AuditFilter::default()).await.unwrap();
        let what: Vec<&str> = audit.iter().rev().map(|entry| entry.what.as_str()).collect();
        assert_eq!(
            what,
            ["person.added", "person.added", "login.succeeded", "login.failed", "login.failed", "person.password_set",
             "person.disabled", "login.failed"]
        );
        assert!(audit.iter().rev().zip(1..).all(|(entry, seq)| entry.seq == seq), "the audit log has gaps");
    }
}

on_both! {
    async fn who_could_log_in_before_roles_had_labels_sees_everything_still(fresh: Fresh) {
        let (vera, olaf) = (fresh.person("vera", &[]).await, fresh.person("olaf", &[Role::Operator]).await);
        assert!(!vera.may(Role::Viewer), "who has no role now sees nothing");
        let mut tx = fresh.engine.store().write().await.unwrap();
        let migration = include_str!("../../../../migrations/0016_grants.sql");
        sqlx::raw_sql(migration).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let people = fresh.engine.people().await.unwrap();
        let now = |id| people.iter().find(|person| person.id == id).unwrap();
        assert!(now(vera.id).may(Role::Viewer));
        assert_eq!(now(olaf.id.clone()).roles, olaf.roles);
        assert!(now(olaf.id).sees(&["berlin".to_owned()].into()));
    }
}

on_both! {
    async fn the_last_admin_stays(fresh: Fresh) {
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let refused = fresh.engine.set_roles(None, &ada.id, [Role::Viewer].into()).await.unwrap_err();
        assert!(matches!(refused, EngineError::Refused(Refusal::Conflict { .. })), "{refused}");
        assert!(fresh.engine.set_disabled(None, &ada.id, true).await.is_err());
        assert_eq!(fresh.engine.people().await.unwrap(), [ada]);
    }
}

on_both! {
    async fn bad_names_and_short_passwords_name_the_field(fresh: Fresh) {
        for (name, password, field) in
            [("", "a long password", "name"), ("a b", "a long password", "name"), ("rita", "short", "password"),
             ("drydock", "a long password", "name")]
        {
            let new = NewPerson { name: name.into(), password: password.into(), roles: Grants::default() };
            match fresh.engine.add_person(None, new).await {
                Err(EngineError::Refused(Refusal::Invalid { field: named, .. })) => assert_eq!(named, field),
                other => panic!("{name:?}: {other:?}"),
            }
        }
        assert_eq!(fresh.engine.people().await.unwrap(), []);
    }
}

on_both! {
    async fn a_sealed_secret_is_not_in_the_database_in_clear_and_comes_back(fresh: Fresh) {
        let id = fresh.engine.seal_secret(None, "tr0ub4dor".to_owned()).await.unwrap();
        let row = fresh.engine.store().sealed(&id).await.unwrap().unwrap();
        assert!(!row.sealed.windows(9).any(|bytes| bytes == b"tr0ub4dor"));
        let secret = fresh.engine.secret("key", &model::secret::SecretRef::Sealed(id)).await.unwrap();
        assert_eq!(secret.expose(), "tr0ub4dor");
    }
}

on_both! {
    async fn output_is_kept_byte_for_byte_and_numbered_with_the_events(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let step = StepId::new("stop").unwrap();
        let chunk = |stream, start: u64, bytes: &[u8]| {
            let kind = EventKind::Output {
                step: StepId::new("stop").unwrap(),
                attempt: 1,
                host: HostName::new("mgmt1").unwrap(),
                stream,
                offset: start,
                text: String::new(),
            };
            let stop = start + bytes.len() as u64;
            Fact { kind, output: Some(Bytes { attempt: 1, stream, start, stop, stored: bytes.to_vec() }) }
        };
        let mut tx = engine.store().write().await.unwrap();
        let facts = [chunk(Stream::Stdout, 0, b"a\xff\x00b"), chunk(Stream::Stderr, 0, b"err"), chunk(Stream::Stdout, 4, b"\n")];
        let last = journal::append(&mut tx, &run, Author::Executor(0), engine.now(), &facts).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(last, 4, "numbers have gaps");
        assert_eq!(engine.store().stored(&run, &step, 1).await.unwrap(), (5, 3));
        let numbers: Vec<i64> = engine.store().everything(&run, 1, 10).await.unwrap().iter().map(|e| e.seq).collect();
        assert_eq!(numbers, [2, 3, 4]);
        assert_eq!(engine.store().events(&run, 0).await.unwrap().len(), 1, "output is not for the fold");
        let text = |event: &model::event::Event| match &event.kind {
            EventKind::Output { text, .. } => text.clone(),
            other => panic!("{other:?}"),
        };
        let output = engine.output(&run, Some(&step), 0, 10).await.unwrap();
        assert_eq!(output.iter().map(text).collect::<Vec<_>>(), ["a\u{fffd}\u{0}b", "err", "\n"]);
    }
}

on_both! {
    async fn numbers_have_no_gaps_when_many_write_at_once(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let writers = (0..20).map(|n| {
            let (engine, run) = (engine.clone(), run.clone());
            async move {
                let mut tx = engine.store().write().await.unwrap();
                let event = EventKind::AbortRequested { by: format!("person {n}"), reason: String::new() };
                journal::append(&mut tx, &run, Author::Person, engine.now(), &[event.into()]).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
        futures::future::join_all(writers).await;
        let numbers: Vec<i64> = engine.store().events(&run, 0).await.unwrap().iter().map(|e| e.seq).collect();
        assert_eq!(numbers, (1..=21).collect::<Vec<_>>());
    }
}

on_both! {
    async fn a_second_run_in_the_same_environment_is_refused(fresh: Fresh) {
        let engine = &fresh.engine;
        let run = started_run(engine).await;
        let line = engine.store().run_line(&run).await.unwrap().unwrap();
        let mut tx = engine.store().write().await.unwrap();
        let mut second = crate::executor::testing::request_for(engine, &line).await;
        second.id = model::id::RequestId::new(uuid::Uuid::now_v7().to_string()).unwrap();
        crate::store::requests::insert(&mut tx, &second).await.unwrap();
        let id = model::id::RunId::new(uuid::Uuid::now_v7().to_string()).unwrap();
        let new = journal::NewRun {
            id: &id,
            request: &second.id,
            environment: &line.environment,
            procedure: line.procedure,
            by: "rita",
            at: engine.now(),
            steps_total: 1,
        };
        assert!(!journal::create(&mut tx, &new).await.unwrap());
    }
}

on_both! {
    async fn a_run_is_taken_up_by_one_and_only_by_who_has_seen_the_last_sign_of_life(fresh: Fresh) {
        let store = fresh.engine.store();
        let run = started_run(&fresh.engine).await;
        let free = store.lease(&run).await.unwrap().unwrap();
        assert_eq!(free.holder, None);
        let claim = |seen: journal::Lease, by: &'static str| {
            let run = run.clone();
            async move {
                let mut tx = store.write().await.unwrap();
                let epoch = journal::claim(&mut tx, &run, &seen, by).await.unwrap();
                tx.commit().await.unwrap();
                epoch
            }
        };
        let both = futures::future::join(claim(free.clone(), "one"), claim(free, "two")).await;
        let winners = [both.0, both.1].into_iter().flatten().collect::<Vec<i64>>();
        assert_eq!(winners, [1], "two servers have the same run");
        let seen = store.lease(&run).await.unwrap().unwrap();
        assert!(store.beat(&run, 1).await.unwrap());
        assert_eq!(claim(seen, "three").await, None, "it was alive after all");
        let silent = store.lease(&run).await.unwrap().unwrap();
        assert_eq!(claim(silent, "three").await, Some(2));
        assert!(!store.beat(&run, 1).await.unwrap(), "the old holder still counts as alive");
        store.release(&run, 1).await.unwrap();
        assert_eq!(store.lease(&run).await.unwrap().unwrap().holder.as_deref(), Some("three"));
        store.release(&run, 2).await.unwrap();
        assert_eq!(store.lease(&run).await.unwrap().unwrap().holder, None);
    }
}

on_both! {
    async fn an_export_has_every_event_and_every_byte(fresh: Fresh) {
        use futures::TryStreamExt;
        let run = started_run(&fresh.engine).await;
        let step = StepId::new("open").unwrap();
        let mut tx = fresh.engine.store().write().await.unwrap();
        let claimed = EventKind::Claimed { epoch: 1, by: "test".into() };
        let begun = EventKind::StepStarted { step: step.clone(), attempt: 1, spool: None, expires: None };
        let printed = |start: u64, bytes: &[u8]| Fact {
            kind: EventKind::Output {
                step: step.clone(),
                attempt: 1,
                host: HostName::new("host").unwrap(),
                stream: Stream::Stdout,
                offset: start,
                text: String::new(),
            },
            output: Some(Bytes {
                attempt: 1,
                stream: Stream::Stdout,
                start,
                stop: start + bytes.len() as u64,
                stored: bytes.to_vec(),
            }),
        };
        let facts = [claimed.into(), begun.into(), printed(0, "gr\u{fc}n\n".as_bytes()), printed(6, &[0xff, 0x00, 0xfe])];
        journal::append(&mut tx, &run, Author::Person, fresh.engine.now(), &facts).await.unwrap();
        tx.commit().await.unwrap();
        let lines: Vec<String> = fresh.engine.export(&run).await.unwrap().try_collect().await.unwrap();
        let text = lines.concat();
        let export = model::export::Export::read(&text).unwrap();
        assert_eq!(export.events.len(), 5);
        let state = model::run::RunState { seq: 5, ..fresh.engine.state(&run).await.unwrap() };
        assert_eq!(export.state_after(5), state);
        let last: model::export::ExportLine = model::export::ExportLine::read(6, text.lines().last().unwrap()).unwrap();
        assert_eq!(last.bytes.as_deref(), Some("/wD+"));
    }
}

on_both! {
    async fn opened_files_go_by_age_and_a_person_keeps_the_newest_few(fresh: Fresh) {
        let vera = fresh.person("vera", &[Role::Viewer]).await;
        let anna = fresh.person("anna", &[Role::Viewer]).await;
        let store = fresh.engine.store();
        let mut tx = store.write().await.unwrap();
        for (by, at) in [(&anna, 99), (&anna, 100), (&vera, 101), (&vera, 102), (&vera, 103)] {
            let id = ReplayId::new(uuid::Uuid::now_v7().to_string()).unwrap();
            let line = ReplayLine { id, by: by.name.clone(), at: Timestamp(at), title: format!("of {at}") };
            replays::insert(&mut tx, &line, &by.id, "a file").await.unwrap();
        }
        replays::remove(&mut tx, Timestamp(100), &vera.id, 2).await.unwrap();
        tx.commit().await.unwrap();
        let titles = |lines: Vec<ReplayLine>| lines.into_iter().map(|line| line.title).collect::<Vec<_>>();
        assert_eq!(titles(store.replays(None).await.unwrap()), ["of 103", "of 102", "of 100"]);
        let annas = store.replays(Some(&anna.id)).await.unwrap();
        let (by, line, file) = store.replay(&annas[0].id).await.unwrap().unwrap();
        assert_eq!((by, line.by.as_str(), file.as_str()), (anna.id.clone(), "anna", "a file"));
        assert_eq!(titles(annas), ["of 100"]);
    }
}
