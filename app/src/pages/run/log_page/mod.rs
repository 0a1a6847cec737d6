//! The whole output of a run, page by page, or what stands around one place in it.

mod asked;
mod tools;

use leptos::prelude::*;
use model::id::RunId;
use model::printed::LogPage;
use model::search::Query;

use crate::api::runs::load_log;
use crate::components::{Notice, Page, PageHead, data_of, loaded};
use crate::error::Answer;
use crate::live::rows::{Stands, grouped, row};
use crate::live::{Line, Log};
use crate::look::Look;
use crate::pages::params::{id_of_path, query};

use asked::{Asked, Words, Wrap};

/// `?after=` and `?before=` say from or up to where, `?go=` a time or a part, `?error=` which of those that failed; `?step=` and
/// `?host=` of what only; `?at=` is a piece of output, and `?find=` what stands in it.
#[component]
pub fn RunLog() -> AnyView {
    let id = id_of_path::<RunId>();
    let words = Words {
        after: query("after"),
        before: query("before"),
        at: query("at"),
        go: query("go"),
        error: query("error"),
        step: query("step"),
        host: query("host"),
        find: query("find"),
        wrap: query("wrap"),
    };
    let asked = Memo::new(move |_| words.read());
    let page = data_of(move || (id.get(), asked.get()), load);
    let run = move || id.get().map(|id| id.to_string()).unwrap_or_default();
    view! {
        <Page title="Log">
            {move || view! { <PageHead title="Whole log" crumbs=vec![(format!("/runs/{}", run()), "Run".to_owned())]/> }}
            {loaded(page, move |page| show(&page, &asked.get_untracked()))}
        </Page>
    }.into_any()
}

async fn load((run, asked): (Answer<RunId>, Asked)) -> Answer<LogPage> {
    load_log(run?, asked.log).await
}

fn show(page: &LogPage, asked: &Asked) -> AnyView {
    let mut log = Log::keeping(usize::MAX);
    page.begun.iter().for_each(|event| log.print(event));
    page.output.iter().for_each(|event| log.push(event));
    let is_empty = log.is_empty();
    let lines = lines(&log, page.at, asked.log.find.as_ref());
    let classes = match asked.wrap {
        Wrap::Yes => "log max-h-none",
        Wrap::No => "log max-h-none is-unwrapped",
    };
    let label = match &asked.log.host {
        Some(host) => format!("Output of {host}"),
        None => "Output".to_owned(),
    };
    view! {
        {tools::tools(page, asked)}
        {asked.log.step.as_ref().map(|step| view! {
            <p class="hint">{format!("Only what {step} has printed. ")} <a class="link" href=asked.of_all_steps()>"All of it"</a></p>
        })}
        {found(page, asked)}
        {tools::ways("Through the log", page, asked, &log)}
        {is_empty.then(|| view! { <div class="empty">"Nothing was printed here."</div> })}
        {(!is_empty).then(|| view! { <div class=classes tabindex="0" role="region" aria-label=label inner_html=lines></div> })}
        {(!is_empty).then(|| tools::ways("Through the log, from its end", page, asked, &log))}
    }
    .into_any()
}

/// All lines; what is looked for is marked from the place on that was asked for, and the first such line is led to.
fn lines(log: &Log, at: Option<i64>, find: Option<&Query>) -> String {
    let is_there = |line: &Line| at.is_none_or(|at| line.seq >= at);
    let marks = |line: &Line| match find {
        Some(find) if is_there(line) => find.places(line.text.letters()),
        _ => Vec::new(),
    };
    let led_to = match find {
        Some(_) => log.lines().find(|line| !marks(line).is_empty()),
        None => None,
    };
    // What is written over is found by the search, and is not there to be marked.
    let led_to = led_to.or_else(|| log.lines().find(|line| at.is_some() && is_there(line))).map(|line| line.id);
    let mut html = String::new();
    grouped(log.lines(), &mut html, |line, html| match led_to == Some(line.id) {
        true => row(line, "found", &marks(line), Stands::Out, html),
        false => row(line, &format!("l{}", line.id), &marks(line), Stands::Among, html),
    });
    html
}

/// What became of the search.
fn found(page: &LogPage, asked: &Asked) -> Option<AnyView> {
    let (found, find) = (page.found.as_ref()?, asked.log.find.as_ref()?);
    let words = format!("“{}”", find.typed());
    let place = |seq: Option<i64>, words: &'static str| {
        seq.map(|seq| view! { <a class="btn btn-small" href=asked.at(seq)>{words}</a> })
    };
    let said = match found.here {
        Some(_) if found.next.is_none() && found.previous.is_none() => {
            view! { <span>{words} " stands here, and nowhere else."</span> }
        }
        Some(_) => view! { <span>{words} " stands here."</span> },
        None => view! { <span>{words} " was not found from here on."</span> },
    };
    let from_beginning = found.here.is_none().then(|| asked.find_from_beginning()).flatten();
    Some(
        view! {
            {found.is_unread.then(|| view! {
                <Notice look=Look::waiting("Not complete")>"What was printed last cannot be searched yet. It is being read; look again in a moment."</Notice>
            })}
            {found.is_cut.then(|| view! {
                <Notice look=Look::unknown("Not everything was looked at")>"These words are in very much output, and not all of it was looked at. More words, one host or a time find it faster."</Notice>
            })}
            <div class="cluster">
                {said}
                {place(found.previous, "Previous place")}
                {place(found.next, "Next place")}
                {from_beginning.map(|href| view! { <a class="link" href=href>"Look from the beginning"</a> })}
            </div>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use model::event::{Event, EventKind, Stream};
    use model::id::{HostName, StepId};
    use model::time::Timestamp;

    use super::*;

    fn piece(seq: i64, host: &str, text: &str) -> Event {
        let (step, host) = (StepId::new("step").unwrap(), HostName::new(host).unwrap());
        let kind =
            EventKind::Output { step, attempt: 1, host, stream: Stream::Stdout, offset: 0, text: text.to_owned() };
        Event { seq, at: Timestamp(seq), kind }
    }

    /// The letters of the line that is led to.
    #[track_caller]
    fn check(events: &[Event], at: Option<i64>, find: Option<&str>, expected: Option<&str>) {
        let mut log = Log::keeping(usize::MAX);
        events.iter().for_each(|event| log.push(event));
        let find: Option<Query> = find.map(|text| text.parse().unwrap());
        let html = lines(&log, at, find.as_ref());
        let found = html.split("id=\"found\"").nth(1).map(|rest| {
            let text = rest.split("<span class=\"log-text\">").nth(1).unwrap();
            text.split("</span></div>").next().unwrap().replace("<mark>", "[").replace("</mark>", "]")
        });
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn the_first_line_with_it_is_led_to_from_the_place_on() {
        let events = [piece(1, "a", "disk\n"), piece(2, "a", "a disk, a DISK\n"), piece(3, "a", "disk\n")];
        check(&events, Some(2), Some("disk"), Some("a [disk], a [DISK]"));
        check(&events, None, Some("disk"), Some("[disk]"));
        check(&events, None, None, None);
    }

    #[test]
    fn a_line_that_ends_at_the_place_is_at_the_place() {
        let events = [piece(1, "a", "one\ntw"), piece(2, "b", "two\n"), piece(3, "a", "o\n")];
        check(&events, Some(3), Some("two"), Some("[two]"));
        check(&events, Some(3), None, Some("two"));
    }

    #[test]
    fn what_was_written_over_leads_to_its_piece() {
        let events = [piece(1, "a", "one\n"), piece(2, "a", "half way\rdone    \n")];
        check(&events, Some(2), Some("half way"), Some("done    "));
    }
}
