//! What the commands print, as they print it.

use leptos::html::Div;
use leptos::prelude::*;
use model::event::Stream;
use model::id::RunId;

use crate::live::{Line, LiveRun};

/// The last lines of every host, following the end unless told otherwise.
pub fn log_view(run: &RunId, was_cut: bool, live: LiveRun) -> impl IntoView + use<> {
    let follow = RwSignal::new(true);
    let window = NodeRef::<Div>::new();
    Effect::new(move || {
        live.log.track();
        if follow.get()
            && let Some(window) = window.get()
        {
            // After the new lines are in the page.
            request_animation_frame(move || window.set_scroll_top(window.scroll_height()));
        }
    });
    let all = format!("/runs/{run}/log");
    let is_cut = Memo::new(move |_| was_cut || live.log.with(crate::live::Log::is_cut));
    let is_over = Memo::new(move |_| live.state.with(|state| state.ended_at.is_some()));
    let earlier = all.clone();
    view! {
        <div class="spread">
            <h2>"Output"</h2>
            <div class="cluster">
                <label class="choice">
                    <input type="checkbox" prop:checked=follow checked=true on:change=move |event| follow.set(event_target_checked(&event))/>
                    <span>"Follow"</span>
                </label>
                <a class="link" href=all>"Whole log"</a>
            </div>
        </div>
        {move || is_cut.get().then(|| view! {
            <p class="hint">"These are the last lines. " <a class="link" href=earlier.clone()>"Read from the beginning"</a></p>
        })}
        <div class="log" node_ref=window tabindex="0" role="log" aria-label="Output of the commands" aria-live="off">
            <For each=move || live.log.with(|log| log.lines().cloned().collect::<Vec<_>>()) key=|line| (line.id, line.text.len()) let:line>
                {line_view(line)}
            </For>
            {move || live.log.with(crate::live::Log::is_empty).then(|| view! {
                <p class="px-4 text-terminal-muted whitespace-normal">
                    {nothing_printed(is_over.get())} " API calls print nothing; their proof stands with each step."
                </p>
            })}
        </div>
    }
}

const fn nothing_printed(is_over: bool) -> &'static str {
    if is_over { "No command printed anything." } else { "No command has printed anything yet." }
}

/// One line, with its host and pipe.
pub fn line_view(line: Line) -> impl IntoView {
    let mark = match line.stream {
        Stream::Stdout => "",
        // No alarm by itself: many commands write their ordinary words there.
        Stream::Stderr => "stderr ",
    };
    let time = line.at.utc().split_off(11);
    view! {
        <div class="log-line flex-wrap gap-y-0 sm:flex-nowrap">
            <span class="log-time" title=line.at.to_string()>{time}</span>
            <span class="log-host">{format!("{mark}{}", line.host)}</span>
            <span class="w-full min-w-0 sm:w-auto">{line.text}</span>
        </div>
    }
}
