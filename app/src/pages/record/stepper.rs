//! From event to event, by plain links.

use leptos::prelude::*;
use model::record::RecordView;
use model::time::span_words;

use super::events::words_of;

/// First, previous, next, last, a jump, and the event one is at.
pub fn stepper(view: &RecordView, place: &str) -> AnyView {
    let first = (view.previous.is_some()).then_some(1);
    let last = view.next.is_some().then_some(view.last);
    let current = view.listed.iter().find(|event| event.seq == view.until).map(words_of).unwrap_or_default();
    let when = format!("Event {} of {}, after {}: ", view.until, view.last, span_words(view.at.since(view.began)));
    view! {
        <section class="card" aria-label="Event by event">
            <div class="card-body">
                <div class="spread">
                    <nav class="cluster" aria-label="Events">
                        {go(place, "First", first)}
                        {go(place, "Previous", view.previous)}
                        {go(place, "Next", view.next)}
                        {go(place, "Last", last)}
                    </nav>
                    <form class="cluster" method="get" action=place.to_owned()>
                        <label class="label" for="until">"Event"</label>
                        <input class="input input-number" id="until" name="until" type="number" min="1" max=view.last value=view.until required=true/>
                        <button class="btn" type="submit">"Go"</button>
                    </form>
                </div>
                <p role="status"><span class="font-semibold num" title=view.at.to_string()>{when}</span> {current}</p>
            </div>
        </section>
    }
    .into_any()
}

fn go(place: &str, words: &'static str, to: Option<i64>) -> AnyView {
    match to {
        Some(to) => view! { <a class="btn" href=format!("{place}?until={to}")>{words}</a> }.into_any(),
        None => view! { <span class="btn" aria-disabled="true" role="link">{words}</span> }.into_any(),
    }
}
