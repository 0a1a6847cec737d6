//! What the commands print, as they print it.

use leptos::html::Section;
use leptos::prelude::*;
use model::id::RunId;

use crate::islands::screen;
use crate::live::rows::rows;
use crate::live::{LiveRun, Log};

/// The last lines of every host, following the end unless told otherwise. What it does in the browser stands in
/// [`crate::islands::screen`]; the server renders the lines that there are.
pub fn log_view(run: &RunId, was_cut: bool, live: LiveRun) -> impl IntoView + use<> {
    let place = NodeRef::<Section>::new();
    Effect::new(move || {
        if let Some(place) = place.get()
            && let Err(error) = screen::begin(&place, live)
        {
            leptos::logging::error!("{error:?}");
        }
    });
    let all = format!("/runs/{run}/log");
    let error = format!("{all}?error=1");
    let is_cut = was_cut || live.log.with_value(Log::is_cut);
    let is_empty = Memo::new(move |_| {
        live.printed.track();
        live.log.with_value(Log::is_empty)
    });
    let is_over = Memo::new(move |_| live.state.with(|state| state.ended_at.is_some()));
    let has_failed = Memo::new(move |_| live.state.with(|state| !crate::live::find::failed(state).is_empty()));
    // In the browser they are there already.
    let lines = if cfg!(target_arch = "wasm32") { String::new() } else { live.log.with_value(rows) };
    view! {
        <section class="stack" node_ref=place aria-label="Output">
            <div class="spread">
                <h2>"Output"</h2>
                <div class="cluster">
                    {move || has_failed.get().then(|| view! { <a class="link" href=error.clone()>"First error of the run"</a> })}
                    <a class="link" href=all.clone() data-log="all">"Whole log"</a>
                </div>
            </div>
            <div hidden=move || is_empty.get()>{tools()}</div>
            <p class="hint" data-log="cut" hidden=!is_cut>
                "These are the last lines. " <a class="link" href=all>"Read from the beginning"</a>
            </p>
            <div class="relative">
                <div class="log is-followed" tabindex="0" role="log" aria-label="Output of the commands" aria-live="off" inner_html=lines></div>
                <button class="btn btn-small absolute right-4 bottom-3" type="button" data-log="end" hidden=true></button>
            </div>
            {move || is_empty.get().then(|| view! {
                <p class="text-muted">{nothing_printed(is_over.get())} " API calls print nothing; their proof stands with each step."</p>
            })}
        </section>
    }
}

/// Not shown before they do something.
fn tools() -> impl IntoView {
    view! {
        <div class="stack-tight awaits" data-log="tools" role="group" aria-label="How the output is shown">
            <div class="cluster">
                <label class="choice"><input type="checkbox" checked=true data-log="follow"/> <span>"Follow"</span></label>
                <label class="choice"><input type="checkbox" checked=true data-log="wrap"/> <span>"Wrap lines"</span></label>
                <select class="input w-auto max-w-full" data-log="host" aria-label="Host"><option value="">"All hosts"</option></select>
                <select class="input w-auto" data-log="pipe" aria-label="Pipe">
                    <option value="">"Both pipes"</option>
                    <option value="stderr">"Only stderr"</option>
                </select>
            </div>
            <div class="cluster">
                <input class="input w-48" type="search" data-log="find" placeholder="Find in these lines" aria-label="Find in these lines"
                    autocomplete="off" maxlength="200"/>
                <button class="btn btn-small" type="button" data-log="previous">"Previous"</button>
                <button class="btn btn-small" type="button" data-log="next">"Next"</button>
                <span class="hint num" aria-live="polite" data-log="count"></span>
                <button class="btn btn-small" type="button" data-log="error">"Next error"</button>
                <span class="hint" aria-live="polite" data-log="said"></span>
            </div>
        </div>
    }
}

const fn nothing_printed(is_over: bool) -> &'static str {
    if is_over { "No command printed anything." } else { "No command has printed anything yet." }
}
