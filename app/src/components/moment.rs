//! Times: relative in the text, absolute when one asks for it. The `data-` attributes are for [`crate::islands::Pulse`].

use leptos::prelude::*;
use model::time::{Timestamp, span_words};

use crate::clock::{ago, ahead, now, passes, so_far};

/// A moment as `5 min ago`. The title has the UTC time and, in the browser, the viewer's own.
#[component]
pub fn Moment(at: Timestamp) -> impl IntoView {
    view! { <time datetime=machine_readable(at) data-ago=ticking(at) title=at.to_string()>{ago(at, now())}</time> }
}

/// A moment to come, as `in 5 min`.
#[component]
pub fn MomentAhead(at: Timestamp) -> impl IntoView {
    view! { <time datetime=machine_readable(at) data-ahead=ticking(at) title=at.to_string()>{ahead(at, now())}</time> }
}

/// A time of day: `02:45 UTC` from the server, the viewer's own in the browser.
#[component]
pub fn ClockTime(at: Timestamp) -> impl IntoView {
    let utc = at.utc();
    let words = format!("{} UTC", utc.get(11..16).unwrap_or_default());
    view! { <time datetime=machine_readable(at) data-clock=at.0.to_string() title=at.to_string()>{words}</time> }
}

/// How long something has taken, or takes so far.
#[component]
pub fn Elapsed(from: Timestamp, to: Option<Timestamp>) -> impl IntoView {
    let words = to.map_or_else(|| so_far(from, now()), |to| span_words(to.since(from)));
    let ticks = ticking(from).filter(|_| to.is_none());
    view! { <span class="num" title=format!("since {from}") data-elapsed=ticks>{words}</span> }
}

/// What the browser counts on from; nothing where time stands still.
fn ticking(at: Timestamp) -> Option<String> {
    passes().then(|| at.0.to_string())
}

fn machine_readable(at: Timestamp) -> String {
    format!("{}Z", at.utc().replace(' ', "T"))
}
