//! What is kept and read for evidence packs, on SQLite and on PostgreSQL alike.

use std::io::Cursor;

use futures::TryStreamExt as _;
use model::event::{EventKind, Outcome, Stream};
use model::evidence::{Manifest, Printed};
use model::id::{HostName, RunId, StepId};
use model::inventory::{Facts, Inventory};
use model::people::Role;
use model::time::Timestamp;
use serde_json::{Value, json};

use super::evidence::remember_start;
use super::journal::{self, Author, Bytes, Fact, Visible};
use super::requests;
use crate::executor::testing::started_run;
use crate::testing::on_both;
use crate::{Engine, verify_evidence};

fn printed(attempt: u32, stream: Stream, start: u64, bytes: &[u8]) -> Fact {
    let (step, host) = (StepId::new("open").unwrap(), HostName::new("host").unwrap());
    Fact {
        kind: EventKind::Output { step, attempt, host, stream, offset: start, text: String::new() },
        output: Some(Bytes { attempt, stream, start, stop: start + bytes.len() as u64, stored: bytes.to_vec() }),
    }
}

fn pipe(attempt: u32, stream: Stream) -> Printed {
    Printed { step: StepId::new("open").unwrap(), attempt, host: HostName::new("host").unwrap(), stream }
}

/// Prints to both pipes, and once more in a second try.
async fn prints(engine: &Engine, run: &RunId) {
    let step = StepId::new("open").unwrap();
    let begun = |attempt| EventKind::StepStarted { step: step.clone(), attempt, spool: None, expires: None };
    let failed = EventKind::StepFailed { step: step.clone(), reason: "no".into(), again: true };
    let facts = [
        EventKind::Claimed { epoch: 1, by: "test".into() }.into(),
        begun(1).into(),
        printed(1, Stream::Stdout, 0, b"one \xff\x00"),
        printed(1, Stream::Stderr, 0, b"complaint\n"),
        printed(1, Stream::Stdout, 6, b"two\n"),
        failed.into(),
        begun(2).into(),
        printed(2, Stream::Stdout, 0, b"three\n"),
    ];
    let mut tx = engine.store().write().await.unwrap();
    journal::append(&mut tx, run, Author::Person, engine.now(), &facts).await.unwrap();
    tx.commit().await.unwrap();
}

on_both! {
    async fn what_was_printed_is_read_pipe_by_pipe_and_try_by_try(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        prints(engine, &run).await;
        let store = engine.store();
        assert_eq!(store.last_event(&run).await.unwrap(), 9);
        let all = [pipe(1, Stream::Stdout), pipe(1, Stream::Stderr), pipe(2, Stream::Stdout)];
        assert_eq!(store.printed(&run, 9).await.unwrap(), all);
        assert_eq!(store.printed(&run, 5).await.unwrap(), all[..2], "what came later is in it");
        let one = (StepId::new("open").unwrap(), 1, Stream::Stdout);
        let pieces = store.pieces(&run, &one, (0, 9), 10).await.unwrap();
        assert_eq!(pieces, [(4, b"one \xff\x00".to_vec()), (6, b"two\n".to_vec())]);
        assert_eq!(store.pieces(&run, &one, (4, 9), 10).await.unwrap(), pieces[1..]);
        let lengths: Vec<Option<u64>> =
            store.with_lengths(&run, (2, 9), 10).await.unwrap().into_iter().map(|(_, length)| length).collect();
        assert_eq!(lengths, [None, Some(6), Some(10), Some(4), None, None, Some(6)]);
    }
}

on_both! {
    async fn a_pack_holds_together_whatever_was_printed(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        prints(engine, &run).await;
        let request = engine.store().run_line(&run).await.unwrap().unwrap().request;
        let mut tx = engine.store().write().await.unwrap();
        requests::close(&mut tx, &request, requests::Closed::Started).await.unwrap();
        tx.commit().await.unwrap();
        let vera = fresh.person("vera", &[Role::Viewer]).await;
        let pack: Vec<Vec<u8>> = engine.evidence(&vera, &run).await.unwrap().try_collect().await.unwrap();
        let key = Engine::audit_key(&fresh.settings).unwrap();
        let intact = verify_evidence(Cursor::new(pack.concat()), &[key]).unwrap();
        assert!(intact.is_confirmed());
        let Manifest { outcome, events, made_by, members, .. } = intact.manifest;
        assert_eq!((outcome, events, made_by.as_str()), (None, 9, "vera"));
        let files: Vec<&str> = members.iter().map(|one| one.name.as_str()).filter(|name| name.starts_with("output/")).collect();
        let wanted = ["output/0001_open_try1_host.stdout.txt", "output/0002_open_try1_host.stderr.txt", "output/0003_open_try2_host.stdout.txt"];
        assert_eq!(files, wanted);
        let empty = verify_evidence(Cursor::new(Vec::new()), &[]).unwrap_err().to_string();
        assert!(empty.contains("ZIP"), "{empty}");
    }
}

/// Something that was seen then; what, does not matter here.
fn inventory(at: i64) -> Inventory {
    let unknown = json!({ "at": at, "source": "test", "seen": { "unknown": "nobody asked" } });
    let mut fields = serde_json::Map::new();
    for field in [
        "version",
        "clock_skew_ms",
        "missing_rights",
        "management_servers",
        "hypervisors",
        "zones",
        "system_vms",
        "templates",
        "integration_port",
        "minimum_template_version",
        "pending_jobs",
    ] {
        fields.insert(field.to_owned(), unknown.clone());
    }
    fields.insert("management_hosts".to_owned(), json!({}));
    fields.insert("platform".to_owned(), json!("cloud_stack"));
    let facts: Facts = serde_json::from_value(Value::Object(fields)).unwrap();
    Inventory { taken_at: Timestamp(at), facts }
}

on_both! {
    async fn the_last_look_before_a_run_and_the_first_one_after_it_are_kept_with_it(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let store = engine.store();
        let environment = store.run_line(&run).await.unwrap().unwrap().environment;
        store.remember_inventory(&environment, &inventory(10)).await.unwrap();
        let kept = store.kept_of(&run).await.unwrap();
        assert!(kept.before.is_none() && kept.after.is_none() && kept.policy.is_none(), "{kept:?}");
        let mut tx = store.write().await.unwrap();
        remember_start(&mut tx, &run, &environment, "{}").await.unwrap();
        tx.commit().await.unwrap();
        store.remember_inventory(&environment, &inventory(20)).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let over = Visible { outcome: Some(Outcome::Failed), ..Visible::default() };
        journal::show(&mut tx, &run, Timestamp(30), &over).await.unwrap();
        tx.commit().await.unwrap();
        for at in [29, 40, 50] {
            store.remember_inventory(&environment, &inventory(at)).await.unwrap();
        }
        let kept = store.kept_of(&run).await.unwrap();
        assert_eq!(kept.before.map(|(at, _)| at), Some(Timestamp(10)), "not the last one before the start");
        assert_eq!(kept.after.map(|(at, _)| at), Some(Timestamp(40)), "not the first one after the end");
        assert_eq!(kept.policy.as_deref(), Some("{}"));
    }
}
