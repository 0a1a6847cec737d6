use model::event::{EventKind, Stream};
use model::people::Role;
use model::printed::Moment;
use model::time::Timestamp;

use super::*;
use crate::executor::testing::started_run;
use crate::store::journal::{self, Author, Bytes, Fact};
use crate::testing::on_both;

fn printed(step: &str, host: &str, stream: Stream, start: usize, text: &str) -> Fact {
    let kind = EventKind::Output {
        step: StepId::new(step).unwrap(),
        attempt: 1,
        host: HostName::new(host).unwrap(),
        stream,
        offset: start as u64,
        text: String::new(),
    };
    let (start, stop) = (start as u64, (start + text.len()) as u64);
    Fact { kind, output: Some(Bytes { attempt: 1, stream, start, stop, stored: text.into() }) }
}

async fn write(engine: &Engine, run: &RunId, at: i64, facts: &[Fact]) -> i64 {
    let mut tx = engine.store().write().await.unwrap();
    let last = journal::append(&mut tx, run, Author::Person, Timestamp(at), facts).await.unwrap();
    tx.commit().await.unwrap();
    last
}

fn asked(place: LogPlace) -> LogAsked {
    LogAsked { place, ..LogAsked::default() }
}

fn seqs(page: &LogPage) -> Vec<i64> {
    page.output.iter().map(|event| event.seq).collect()
}

on_both! {
    async fn a_page_begins_anywhere_and_leads_on_and_back_without_gap(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        // Three pieces are more than a page.
        let large = format!("{}\n", "x".repeat(100_000));
        for at in 0..7 {
            write(engine, &run, at * 1000, &[printed("stop", "a", Stream::Stdout, 100_001 * at as usize, &large)]).await;
        }
        let first = engine.log(&run, &asked(LogPlace::Beginning)).await.unwrap();
        assert_eq!((seqs(&first), first.earlier, first.later), (vec![2, 3], None, Some(3)));
        let mut all = seqs(&first);
        let mut later = first.later;
        while let Some(after) = later {
            let page = engine.log(&run, &asked(LogPlace::After(after))).await.unwrap();
            all.extend(seqs(&page));
            later = page.later;
        }
        assert_eq!(all, (2..=8).collect::<Vec<_>>());
        let end = engine.log(&run, &asked(LogPlace::End)).await.unwrap();
        assert_eq!((seqs(&end), end.earlier, end.later), (vec![7, 8], Some(7), None));
        let before = engine.log(&run, &asked(LogPlace::Before(7))).await.unwrap();
        assert_eq!((seqs(&before), before.earlier, before.later), (vec![5, 6], Some(5), Some(6)));
        let half = engine.log(&run, &asked(LogPlace::Part(50))).await.unwrap();
        assert_eq!((seqs(&half)[0], half.part), (5, 50));
        let at = engine.log(&run, &asked(LogPlace::At(6))).await.unwrap();
        assert!(seqs(&at).contains(&6) && seqs(&at)[0] == 5, "{:?}", seqs(&at));
        let nowhere = engine.log(&run, &asked(LogPlace::After(99))).await.unwrap();
        assert_eq!((seqs(&nowhere), nowhere.earlier), (vec![], Some(100)), "the way back is there");
    }
}

on_both! {
    async fn the_page_of_a_run_begins_with_the_end_of_its_output_and_goes_on_from_there(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let vera = fresh.person("vera", &[Role::Viewer]).await;
        let large = format!("{}\n", "x".repeat(60_000));
        let mut last = 0;
        for at in 0..7 {
            last =
                write(engine, &run, at * 1000, &[printed("stop", "a", Stream::Stdout, 60_001 * at as usize, &large)]).await;
        }
        let view = engine.run(&vera, &run).await.unwrap();
        assert_eq!(view.state.seq, last, "what is on the page is sent once more");
        assert!(view.output_cut && view.output.len() < 3, "{} pieces", view.output.len());
        assert_eq!(view.output.last().map(|event| event.seq), Some(last));
    }
}

on_both! {
    async fn a_time_leads_to_what_was_printed_then(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let began = engine.store().run_line(&run).await.unwrap().unwrap().created_at.0;
        for minute in 1..=5 {
            let text = format!("minute {minute}\n");
            write(engine, &run, began + minute * 60_000, &[printed("stop", "a", Stream::Stdout, 0, &text)]).await;
        }
        for (minute, first) in [(0, Some(2)), (1, Some(2)), (3, Some(4)), (5, Some(6)), (6, None)] {
            let place = LogPlace::Time(Moment::At(Timestamp(began + minute * 60_000)));
            let page = engine.log(&run, &asked(place)).await.unwrap();
            assert_eq!(seqs(&page).first().copied(), first, "minute {minute}");
        }
    }
}

on_both! {
    async fn one_host_is_read_without_the_others_and_lines_are_whole(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let facts = [
            printed("stop", "a", Stream::Stdout, 0, "of a, be"),
            printed("start", "b", Stream::Stdout, 0, "of b\n"),
            printed("stop", "a", Stream::Stdout, 8, "gun\n"),
        ];
        write(engine, &run, 1000, &facts).await;
        let page = engine.log(&run, &LogAsked { host: Some(HostName::new("b").unwrap()), ..LogAsked::default() }).await.unwrap();
        assert_eq!((seqs(&page), page.earlier, page.later), (vec![3], None, None));
        let names: Vec<&str> = page.hosts.iter().map(HostName::as_str).collect();
        assert_eq!(names, ["a", "b"], "one cannot choose another one");
        let none = engine.log(&run, &LogAsked { host: Some(HostName::new("c").unwrap()), ..LogAsked::default() }).await.unwrap();
        assert!(none.output.is_empty());
        let step = LogAsked { step: Some(StepId::new("stop").unwrap()), ..asked(LogPlace::After(3)) };
        let rest = engine.log(&run, &step).await.unwrap();
        assert_eq!((seqs(&rest), rest.earlier), (vec![4], Some(4)));
        let begun = rest.begun.iter().map(|event| match &event.kind {
            EventKind::Output { text, .. } => text.as_str(),
            other => panic!("{other:?}"),
        });
        assert_eq!(begun.collect::<Vec<_>>(), ["of a, be"]);
    }
}

on_both! {
    async fn the_first_error_is_what_a_try_that_failed_has_complained_of(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        let id = |step: &str| StepId::new(step).unwrap();
        let begin = |step| EventKind::StepStarted { step: id(step), attempt: 1, spool: None, expires: None };
        let fail = |step| EventKind::StepFailed { step: id(step), reason: "refused".into(), again: false };
        let facts = [
            begin("stop").into(),
            printed("stop", "a", Stream::Stdout, 0, "fine\n"),
            printed("stop", "a", Stream::Stderr, 0, "bad\n"),
            printed("stop", "a", Stream::Stdout, 5, "last\n"),
            fail("stop").into(),
            begin("start").into(),
            printed("start", "a", Stream::Stdout, 0, "one\n"),
            printed("start", "a", Stream::Stdout, 4, "two\n"),
            fail("start").into(),
            begin("open").into(),
            fail("open").into(),
        ];
        write(engine, &run, 1000, &facts).await;
        let mut at = Vec::new();
        for number in 1..=4 {
            let page = engine.log(&run, &asked(LogPlace::Error(number))).await.unwrap();
            assert_eq!(page.errors, 3);
            at.push(page.at);
        }
        assert_eq!(at, [Some(4), Some(9), Some(12), None]);
    }
}

on_both! {
    async fn a_text_leads_from_place_to_place_of_this_run(fresh: Fresh) {
        let (engine, run) = (&fresh.engine, started_run(&fresh.engine).await);
        fresh.person("vera", &[Role::Viewer]).await;
        let texts = ["disk full\n", "nothing\n", "full disk\n", "the Disk is full, DISK  FULL\n", "disk fu", "ll again\n"];
        let mut start = 0;
        for text in texts {
            write(engine, &run, 1000, &[printed("stop", "a", Stream::Stdout, start, text)]).await;
            start += text.len();
        }
        let query: Query = "disk full".parse().unwrap();
        let find = |place| LogAsked { find: Some(query.clone()), ..asked(place) };
        let early = engine.log(&run, &find(LogPlace::Beginning)).await.unwrap().found.unwrap();
        assert!(early.is_unread && early.here.is_none(), "{early:?}");
        engine.read_all_runs().await.unwrap();
        let found = |here, previous, next| Some(LogFound { here, previous, next, is_cut: false, is_unread: false });
        for (place, expected) in [
            (LogPlace::Beginning, found(Some(2), None, Some(5))),
            (LogPlace::After(2), found(Some(5), Some(2), Some(7))),
            (LogPlace::At(5), found(Some(5), Some(2), Some(7))),
            (LogPlace::End, found(Some(7), Some(5), None)),
            (LogPlace::Before(5), found(Some(2), None, Some(5))),
            (LogPlace::After(7), found(None, None, None)),
        ] {
            let page = engine.log(&run, &find(place)).await.unwrap();
            assert_eq!(page.found, expected, "{place:?}");
        }
        let elsewhere = LogAsked { host: Some(HostName::new("b").unwrap()), ..find(LogPlace::Beginning) };
        assert_eq!(engine.log(&run, &elsewhere).await.unwrap().found, found(None, None, None));
    }
}

#[test]
fn a_page_of_blank_lines_is_cut_where_a_piece_ends() {
    let piece = |seq| {
        let (step, host) = (StepId::new("stop").unwrap(), HostName::new("a").unwrap());
        let text = "\n".repeat(LINES / 2);
        Event {
            seq,
            at: Timestamp(0),
            kind: EventKind::Output { step, attempt: 1, host, stream: Stream::Stdout, offset: 0, text },
        }
    };
    let all = || (1..=5).map(piece).collect::<Vec<_>>();
    let seqs = |events: Vec<Event>| events.iter().map(|event| event.seq).collect::<Vec<_>>();
    assert_eq!(seqs(within_lines(all(), false, 0)), [1, 2]);
    assert_eq!(seqs(within_lines(all(), true, 0)), [4, 5]);
    assert_eq!(seqs(within_lines(all(), false, 4)), [1, 2, 3, 4], "what was asked for is there");
}
