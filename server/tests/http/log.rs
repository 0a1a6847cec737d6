//! The whole log of a run: what its address asks for, and how it looks without a script.

use axum::http::StatusCode;
use model::event::{Event, EventKind, Stream};
use model::export::Export;
use model::id::HostName;
use model::people::Role;

use crate::records::{history, run_of};
use crate::support::{Browser, Server};

/// As the next event of a recorded run: the n-th step has printed this on that host.
fn print(export: &mut Export, step: usize, host: &str, stream: Stream, text: &str) {
    let step = export.head.plan.steps().nth(step).unwrap().id.clone();
    let last = export.events.last().unwrap();
    let (seq, at) = (last.seq + 1, last.at.plus_seconds(60));
    let host = HostName::new(host).unwrap();
    let kind = EventKind::Output { step, attempt: 1, host, stream, offset: 0, text: text.to_owned() };
    export.events.push(Event { seq, at, kind });
}

async fn looked(browser: &mut Browser, export: &Export, query: &str) -> String {
    let page = browser.get(&format!("/runs/{}/log{query}", export.head.run)).await;
    assert_eq!(page.status, StatusCode::OK, "{query}: {}", page.body);
    page.body
}

/// The address that a link with these words leads to.
fn link(page: &str, words: &str) -> Option<String> {
    let before = page.split(&format!(">{words}</a>")).next().filter(|before| before.len() < page.len())?;
    let href = before.rsplit("href=\"").next()?.split('"').next()?;
    Some(href.replace("&amp;", "&"))
}

#[tokio::test]
async fn the_whole_log_is_read_by_host_by_place_and_by_what_was_looked_for() {
    let server = Server::start().await;
    let mut export = Export::read(&history("job-fails")).unwrap();
    print(&mut export, 0, "ms1", Stream::Stdout, "\u{1b}[32mfine\u{1b}[0m <b>here</b>\n 10%\r100%\n");
    print(&mut export, 1, "ms2", Stream::Stderr, "of the other host\n");
    for number in 1..=600 {
        print(&mut export, 0, "ms1", Stream::Stdout, &format!("line {number} of many\n"));
    }
    run_of(&server, &export).await;
    server.engine.read_all_runs().await.unwrap();
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;

    let first = looked(&mut vera, &export, "").await;
    assert!(first.contains("<span class=\"shade ink-2\">fine</span> &lt;b&gt;here&lt;/b&gt;"), "{first}");
    assert!(
        first.contains(">100%</span>") && !first.contains("10%\r"),
        "a line that was written over is one line: {first}"
    );
    assert!(first.contains("stderr ms2") && first.contains("<option value=\"ms2\""), "{first}");
    assert!(link(&first, "Beginning").is_none() && link(&first, "Earlier").is_none(), "{first}");

    let later = looked(&mut vera, &export, &link(&first, "Later").unwrap()).await;
    assert!(later.contains("line 600 of many") && !later.contains("line 1 of many"), "{later}");
    assert!(link(&later, "Earlier").is_some() && link(&later, "Later").is_none(), "{later}");
    let back = looked(&mut vera, &export, &link(&later, "Earlier").unwrap()).await;
    assert!(back.contains("line 2 of many") && !back.contains("line 600 of many"), "{back}");

    let other = looked(&mut vera, &export, "?host=ms2").await;
    assert!(other.contains("of the other host") && !other.contains(" of many"), "{other}");
    let unwrapped = looked(&mut vera, &export, "?wrap=no&host=ms2").await;
    assert!(unwrapped.contains("is-unwrapped") && !other.contains("is-unwrapped"), "{unwrapped}");

    let found = looked(&mut vera, &export, "?find=line+30").await;
    assert!(found.contains("<mark>line 30</mark> of many") && found.contains("id=\"found\""), "{found}");
    assert!(found.contains("and nowhere else") && link(&found, "Next place").is_none(), "{found}");
    let many = looked(&mut vera, &export, "?find=of+many").await;
    assert!(many.contains("line 1 <mark>of many</mark>") && link(&many, "Previous place").is_none(), "{many}");
    let next = looked(&mut vera, &export, &link(&many, "Next place").unwrap()).await;
    assert!(next.contains("line 1 of many") && next.contains("line 2 <mark>of many</mark>"), "{next}");
    assert!(link(&next, "Previous place").is_some(), "{next}");
    let none = looked(&mut vera, &export, "?find=line+30&host=ms2").await;
    assert!(none.contains("was not found from here on"), "{none}");

    let half = looked(&mut vera, &export, "?go=50%25").await;
    assert!(half.contains("line 400 of many") && !half.contains("line 100 of many"), "{half}");
    let at = export.events.last().unwrap().at.utc();
    let last = looked(&mut vera, &export, &format!("?go={}", at.replace(' ', "+").replace(':', "%3A"))).await;
    assert!(last.contains("line 600 of many") && !last.contains("line 599 of many"), "{last}");

    let error = looked(&mut vera, &export, "?error=1").await;
    assert!(error.contains("error"), "{error}");
    for (query, told) in [("?go=soon", "is neither a time"), ("?find=-%3E", "a letter or a digit is needed")] {
        let page = looked(&mut vera, &export, query).await;
        assert!(page.contains(told) && page.contains("fine"), "{query}: {page}");
    }
    for query in
        ["?at=-5", "?after=999999999", "?before=0", "?error=0", "?error=99", "?host=%00", "?go=100%25", "?before=end"]
    {
        looked(&mut vera, &export, query).await;
    }
    let run = vera.get(&format!("/runs/{}", export.head.run)).await.body;
    assert!(run.contains("line 600 of many") && run.contains("role=\"log\""), "{run}");
    assert!(run.contains("<title>✖ Failed – "), "the tab does not tell how it ended: {run}");
}
