//! Promises of the search in output, on SQLite and on PostgreSQL alike.

use model::event::{EventKind, Stream};
use model::id::{EnvironmentId, HostName, RunId, StepId};
use model::people::{Person, Role};
use model::procedure::Procedure;
use model::search::Query;
use model::view::{Ending, Found, FoundRest, HistoryFilter};

use super::journal::{self, Author, Bytes, Fact};
use crate::Engine;
use crate::access::Seen;
use crate::executor::testing::started_run;
use crate::testing::on_both;

fn printed(start: usize, text: &str) -> Fact {
    let kind = EventKind::Output {
        step: StepId::new("stop").unwrap(),
        attempt: 1,
        host: HostName::new("mgmt1").unwrap(),
        stream: Stream::Stdout,
        offset: start as u64,
        text: String::new(),
    };
    let (start, stop) = (start as u64, (start + text.len()) as u64);
    Fact { kind, output: Some(Bytes { attempt: 1, stream: Stream::Stdout, start, stop, stored: text.into() }) }
}

/// Prints these pieces, one after the other, to one pipe.
async fn print(engine: &Engine, run: &RunId, pieces: &[&str]) {
    let (mut start, mut facts) = (0, Vec::new());
    for text in pieces {
        facts.push(printed(start, text));
        start += text.len();
    }
    let mut tx = engine.store().write().await.unwrap();
    journal::append(&mut tx, run, Author::Person, engine.now(), &facts).await.unwrap();
    tx.commit().await.unwrap();
}

async fn search(engine: &Engine, viewer: &Person, text: &str, before: Option<i64>) -> Found {
    let query: Query = text.parse().unwrap();
    engine.search_output(viewer, &HistoryFilter::default(), &query, before).await.unwrap()
}

async fn lines(engine: &Engine, viewer: &Person, text: &str) -> Vec<String> {
    let found = search(engine, viewer, text, None).await;
    let hits = found.runs.iter().flat_map(|run| &run.hits);
    hits.flat_map(|hit| &hit.lines).map(model::search::MarkedLine::text).collect()
}

on_both! {
    async fn what_was_printed_is_found_across_the_pieces_it_came_in(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let vera = fresh.person("vera", &[Role::Viewer]).await;
        print(engine, &run, &["ok\nCannot rea", "ch \u{1b}[1mthe ho", "st ovs-1\nGröße: 12\n"]).await;
        assert_eq!(search(engine, &vera, "reach", None).await.unread, 1, "it is not said that this was not read yet");
        assert_eq!(engine.read_all_runs().await.unwrap(), 3);
        assert_eq!(search(engine, &vera, "reach", None).await.unread, 0);
        assert_eq!(lines(engine, &vera, "cannot reach the HOST").await, ["Cannot reach the host ovs-1"]);
        assert_eq!(lines(engine, &vera, "größe").await, ["Größe: 12"]);
        assert_eq!(lines(engine, &vera, "ovs-1").await.len(), 1);
        assert_eq!(lines(engine, &vera, "the reach").await, Vec::<String>::new(), "words in another order");
        assert_eq!(lines(engine, &vera, "each").await, Vec::<String>::new(), "the middle of a word");
        // What comes later is read from there on, also by a reader that knows nothing of the first one.
        print(engine, &run, &["and host ovs-2\n"]).await;
        assert_eq!(engine.read_all_runs().await.unwrap(), 1);
        assert_eq!(lines(engine, &vera, "host ovs").await, ["and host ovs-2", "Cannot reach the host ovs-1"], "newest first");
        let hit = search(engine, &vera, "ovs-1", None).await.runs[0].hits[0].clone();
        assert_eq!((hit.seq, hit.title.as_str(), hit.host.as_str()), (4, "stop", "mgmt1"));
    }
}

on_both! {
    async fn who_does_not_see_an_environment_finds_nothing_of_it(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        print(engine, &run, &["the word is swordfish\n"]).await;
        engine.read_all_runs().await.unwrap();
        let vera = fresh.person("vera", &[Role::Viewer]).await;
        assert_eq!(lines(engine, &vera, "swordfish").await.len(), 1);
        let grants = "viewer@paris operator@paris".parse().unwrap();
        let new = crate::NewPerson { name: "paula".into(), password: "a long password".into(), roles: grants };
        let paula = engine.add_person(None, new).await.unwrap();
        let found = search(engine, &paula, "swordfish", None).await;
        assert!(found.runs.is_empty() && found.choices.environments.is_empty() && found.choices.people.is_empty());
        print(engine, &run, &["more of it\n"]).await;
        assert_eq!(search(engine, &paula, "swordfish", None).await.unread, 0, "she learns that there is a run");
    }
}

on_both! {
    async fn what_is_not_seen_or_of_another_environment_is_not_even_counted(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        print(engine, &run, &["the word is swordfish\n"]).await;
        engine.read_all_runs().await.unwrap();
        let store = engine.store();
        let query: Query = "swordfish".parse().unwrap();
        let here = store.run_line(&run).await.unwrap().unwrap().environment;
        let elsewhere: EnvironmentId = "2e7293a0-d168-46f3-bc29-262ddbf22474".parse().unwrap();
        let only = |ids: &[&EnvironmentId]| Seen::Only(ids.iter().map(|id| (*id).clone()).collect());
        for (environment, seen, expected) in [
            (None, Seen::All, 1),
            (None, only(&[&here]), 1),
            (None, only(&[&elsewhere, &here]), 1),
            (None, only(&[&elsewhere]), 0),
            (None, only(&[]), 0),
            (Some(&here), Seen::All, 1),
            (Some(&here), only(&[&here, &elsewhere]), 1),
            (Some(&here), only(&[&elsewhere]), 0),
            (Some(&elsewhere), Seen::All, 0),
        ] {
            let filter = HistoryFilter { environment: environment.cloned(), ..HistoryFilter::default() };
            let found = store.candidates(&query, (&filter, &seen), i64::MAX, 10).await.unwrap();
            assert_eq!(found.len(), expected, "{environment:?} {seen:?}");
        }
    }
}

on_both! {
    async fn two_servers_read_each_piece_once(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let vera = fresh.person("vera", &[Role::Viewer]).await;
        let pieces: Vec<String> = (0..300).map(|number| format!("piece {number}\n")).collect();
        print(engine, &run, &pieces.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let readers = (0..4).map(|_| engine.read_all_runs());
        for read in futures::future::join_all(readers).await {
            read.unwrap();
        }
        let (mut found, mut before) = (0, None);
        loop {
            let page = search(engine, &vera, "piece", before).await;
            found += page.runs.iter().map(|run| run.hits.len()).sum::<usize>();
            match page.rest {
                FoundRest::Older { before: place } => before = Some(place),
                rest => {
                    assert_eq!(rest, FoundRest::Nothing);
                    break;
                }
            }
        }
        assert_eq!(found, 300);
    }
}

on_both! {
    async fn a_search_keeps_to_the_filter_and_a_page_has_an_end(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let vera = fresh.person("vera", &[Role::Viewer]).await;
        let long = "disk full\n".repeat(5);
        print(engine, &run, &["nothing\n", &long]).await;
        engine.read_all_runs().await.unwrap();
        let query: Query = "disk full".parse().unwrap();
        for (filter, fits) in [
            (HistoryFilter { outcome: Some(Ending::Running), ..HistoryFilter::default() }, true),
            (HistoryFilter { procedure: Some(Procedure::MigrateManager), ..HistoryFilter::default() }, false),
            (HistoryFilter { by: "olaf".into(), ..HistoryFilter::default() }, false),
        ] {
            let found = engine.search_output(&vera, &filter, &query, None).await.unwrap();
            assert_eq!((found.runs.len(), found.rest), (usize::from(fits), FoundRest::Nothing), "{filter:?}");
        }
        let found = search(engine, &vera, "disk full", None).await;
        let hit = &found.runs[0].hits[0];
        assert_eq!((hit.lines.len(), hit.more), (3, 2));
    }
}
