//! When a run of this plan may begin, as the policies have it.

use leptos::prelude::*;
use model::policy::Calendar;
use model::policy::text::{write_freezes, write_windows};
use model::view::RequestView;

use crate::components::Badge;
use crate::look::Look;

/// The card beside the plan.
pub fn hours(view: &RequestView) -> AnyView {
    let calendars: Vec<_> = view.demand.calendars.iter().map(calendar).collect();
    let look = if view.closed.is_some() { Look::waiting("Not now") } else { Look::ok("Now") };
    let always = calendars.is_empty();
    view! {
        <section class="card" id="hours">
            <div class="card-head"><h2>"When it may begin"</h2> <Badge look/></div>
            <div class="card-body">
                {always.then(|| view! { <p>"At any time: no policy for it names hours or days."</p> })}
                {calendars}
            </div>
        </section>
    }
    .into_any()
}

fn calendar(calendar: &Calendar) -> AnyView {
    let (windows, freezes) = (write_windows(&calendar.windows), write_freezes(&calendar.freezes));
    let within = if windows.is_empty() { "at any time".to_owned() } else { windows };
    view! {
        <dl class="facts">
            <dt>"Time zone"</dt>
            <dd>{calendar.zone.clone()}</dd>
            <dt>"Within"</dt>
            <dd class="whitespace-pre-wrap">{within}</dd>
            {(!freezes.is_empty()).then(|| view! { <dt>"Never on"</dt> <dd class="whitespace-pre-wrap">{freezes}</dd> })}
        </dl>
    }
    .into_any()
}
