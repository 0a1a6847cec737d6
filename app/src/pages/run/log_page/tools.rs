//! Ways through the whole log. Forms and links: it is read at times at which little else works.

use leptos::prelude::*;
use model::printed::{LogPage, LogPlace};
use model::words::count;

use super::asked::{Asked, Wrap};
use crate::components::{query_choice, query_input, query_select};
use crate::live::Log;

/// Search, host, and where to.
pub fn tools(page: &LogPage, asked: &Asked) -> AnyView {
    let chosen = asked.log.host.as_ref();
    let mut hosts = vec![query_choice(String::new(), "All hosts".to_owned(), chosen.is_none())];
    hosts.extend(page.hosts.iter().map(|host| query_choice(host.to_string(), host.to_string(), chosen == Some(host))));
    if let Some(host) = chosen.filter(|host| !page.hosts.contains(host)) {
        hosts.push(query_choice(host.to_string(), format!("{host} (nothing yet)"), true));
    }
    let step = asked.log.step.as_ref().map(|step| view! { <input type="hidden" name="step" value=step.to_string()/> });
    let is_unwrapped = asked.wrap == Wrap::No;
    view! {
        <form method="get" role="search" aria-label="In this log" class="card">
            <div class="card-body">
                <div class="grid gap-3 sm:grid-cols-3">
                    {query_input("find", "Text", "search", asked.find.clone(), None, asked.problem("find"))}
                    {query_select("host", "Host", hosts, None)}
                    {query_input("go", "Go to a time (UTC) or a part", "text", asked.go.clone(), None, asked.problem("go"))}
                </div>
                <div class="spread">
                    <label class="choice">
                        <input type="checkbox" name="wrap" value="no" checked=is_unwrapped/> <span>"Long lines stay in one line"</span>
                    </label>
                    {step}
                    <button class="btn btn-primary" type="submit">"Show"</button>
                </div>
                <p class="hint">"Such as 02:14, 2026-01-31 02:14:05, or 50%. Text is found by whole words in their order."</p>
            </div>
        </form>
    }
    .into_any()
}

/// Where this is, and where one can go from here.
pub fn ways(label: &'static str, page: &LogPage, asked: &Asked, log: &Log) -> AnyView {
    let times = || log.lines().map(|line| line.at);
    let span = times().min().zip(times().max()).map(|(from, to)| {
        let words = format!("{} to {}, {} % of the run before it", from.utc(), to, page.part);
        view! { <span class="text-muted num">{words}</span> }
    });
    let link = |href: Option<String>, words: &'static str| {
        href.map(|href| view! { <a class="btn btn-small" href=href>{words}</a> })
    };
    let parts: Vec<_> = [10, 20, 30, 40, 50, 60, 70, 80, 90]
        .into_iter()
        .map(|part| view! { <a class="link num" href=asked.part(part)>{format!("{part}%")}</a> })
        .collect();
    view! {
        <nav class="stack-tight" aria-label=label>
            <div class="cluster">
                {link(page.earlier.map(|_| asked.beginning()), "Beginning")}
                {link(page.earlier.map(|seq| asked.before(seq)), "Earlier")}
                {link(page.later.map(|seq| asked.after(seq)), "Later")}
                {link(page.later.map(|_| asked.end()), "End")}
                {errors(page, asked)}
                {span}
            </div>
            {(page.earlier.is_some() || page.later.is_some()).then(|| view! { <div class="cluster">{parts}</div> })}
        </nav>
    }
    .into_any()
}

/// To what went wrong.
fn errors(page: &LogPage, asked: &Asked) -> Option<AnyView> {
    if page.errors == 0 {
        return None;
    }
    let here = match asked.log.place {
        LogPlace::Error(number) if (1..=page.errors).contains(&number) => Some(number),
        _ => None,
    };
    let (to, words) = match here {
        None => (1, format!("First of {}", count(page.errors as usize, "error"))),
        Some(number) if number < page.errors => (number + 1, format!("Next error ({number} of {})", page.errors)),
        Some(number) => (1, format!("First error ({number} of {})", page.errors)),
    };
    Some(view! { <a class="btn btn-small" href=asked.error(to)>{words}</a> }.into_any())
}
