//! That a run was started without its approvals: loud, and with what is still missing.

use leptos::prelude::*;
use model::policy::BrokenGlass;

use super::{Moment, MomentAhead, Notice};
use crate::clock::now;
use crate::look::Look;

/// The banner; quiet once somebody has reviewed it.
#[component]
pub fn GlassBanner(
    glass: BrokenGlass,
    /// Whether it leads to the run: not where one is on its page.
    #[prop(optional)]
    with_link: bool,
) -> AnyView {
    let look = match &glass.review {
        Some(_) => Look::warning("Started without approvals, and reviewed"),
        None => Look::failed("STARTED WITHOUT APPROVALS"),
    };
    let link = with_link.then(|| view! { " " <a class="link" href=format!("/runs/{}", glass.run)>"To the run"</a> });
    let review = match glass.review.clone() {
        Some(review) => view! {
            <p class="whitespace-pre-wrap break-words">
                {format!("{} has reviewed it ", review.by_name)} <Moment at=review.at/> {format!(": “{}”", review.text)}
            </p>
        }
        .into_any(),
        None if glass.is_overdue(now()) => view! {
            <p>
                "Its review was due " <Moment at=glass.due/>
                ". Until somebody has reviewed it, nothing starts in this environment the usual way."
            </p>
        }
        .into_any(),
        None => view! {
            <p>"Somebody who has neither started it nor asked for it has to review it, " <MomentAhead at=glass.due/> " at the latest."</p>
        }
        .into_any(),
    };
    view! {
        <Notice look>
            {format!("by {} ", glass.by_name)} <Moment at=glass.at/>
            <span class="whitespace-pre-wrap break-words">{format!(": “{}”", glass.reason)}</span>
            {link}
            {review}
        </Notice>
    }
    .into_any()
}
